//! What a student does with a phone.

use super::*;

#[tokio::test]
async fn a_student_scans_sends_and_is_checked_in() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    phone
        .get("/")
        .await
        .is(200)
        .says("Science Hall")
        .says("CS101")
        .says("Room 101");
    let form = phone.get(&format!("/A/{}", kiosk.code())).await;
    form.is(200)
        .says("Programming")
        .says("Dr. Smith")
        .says("09:00 - 11:00");
    let page = phone.check_in("adm/1", "").await;
    page.is(200)
        .says("Checked in")
        .says("On time")
        .says("Amina Otieno")
        .says("CS101")
        .says("Programming")
        .says("Mon 23 Nov 2026")
        .says("09:00 - 11:00")
        .says("Dr. Smith")
        .says("Lectures so far")
        .says("1 of 1")
        .says("100.00 %, the exam needs 75 %")
        .says("You can miss 3 of the 11 to come.")
        .says("Plan: 1 of 12 lectures (8.33 %)");
    assert_eq!(kiosk.records().await, 1);
}

#[tokio::test]
async fn whoever_is_on_no_list_reads_one_sentence_and_no_figure() {
    let kiosk = Kiosk::start().await;
    let page = kiosk.phone().check_in("NEW/1", "Somebody New").await;
    page.is(200)
        .says("Your number is not on this unit's list yet; your lecturer will add you.");
    for figure in ["Lectures so far", "<svg class=\"ring\"", "Plan:", " %"] {
        assert!(!page.body().contains(figure), "{figure} in {}", page.text);
    }
}

#[tokio::test]
async fn a_late_student_reads_by_how_much() {
    let kiosk = Kiosk::start().await;
    kiosk.pass(17 * 60);
    kiosk
        .phone()
        .check_in("ADM/1", "")
        .await
        .is(200)
        .says("Late by 17 minutes");
}

#[tokio::test]
async fn a_code_works_in_any_case_of_path_and_letters() {
    let kiosk = Kiosk::start().await;
    let code = kiosk.code().to_lowercase();
    for path in [
        format!("/A/{code}"),
        format!("/a/{code}"),
        format!("/a/{}", code.to_uppercase()),
    ] {
        kiosk.get(&path).await.is(200);
    }
}

#[tokio::test]
async fn the_front_page_takes_the_code_to_its_form() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let typed = format!(" {} ", kiosk.desk.code(&kiosk.key).grouped().to_lowercase());
    let answer = phone.post("/", &[("code", &typed)]).await;
    answer.is(303);
    assert_eq!(answer.header("location"), format!("/A/{}", kiosk.code()));
    phone.get(answer.header("location")).await.is(200);
    let again = phone.post("/", &[("code", "hello <b>")]).await;
    again
        .is(422)
        .says("aria-invalid=\"true\"")
        .says("hello &lt;b&gt;");
    phone
        .post("/", &[])
        .await
        .is(422)
        .says("Type the code that is on the screen.");
    for path in ["/A", "/A/", "/a"] {
        assert_eq!(phone.get(path).await.is(303).header("location"), "/");
    }
}

#[tokio::test]
async fn a_slow_typist_who_scanned_in_time_is_never_refused() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let path = format!("/A/{}", kiosk.code());
    let ticket = phone.get(&path).await.ticket();
    kiosk.pass(179);
    phone.get(&path).await.is(410);
    let fields = [("admission_number", "ADM/1"), ("ticket", ticket.as_str())];
    phone.post(&path, &fields).await.is(200).says("Checked in");
}

#[tokio::test]
async fn a_ticket_sent_to_a_friend_is_worth_nothing() {
    let kiosk = Kiosk::start().await;
    let path = format!("/A/{}", kiosk.code());
    let ticket = kiosk.phone().get(&path).await.ticket();
    kiosk.pass(60);
    let mut friend = kiosk.phone();
    let fields = [
        ("admission_number", "ADM/2"),
        ("student_name", "Ben"),
        ("ticket", ticket.as_str()),
    ];
    friend.post(&path, &fields).await.is(410);
    assert_eq!(kiosk.records().await, 0);
}

#[tokio::test]
async fn whose_code_expired_types_the_new_one_and_nothing_else() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    phone.keeps_cookies = false;
    let path = format!("/A/{}", kiosk.code());
    let ticket = phone.get(&path).await.ticket();
    kiosk.pass(60);
    let fields = [
        ("admission_number", "ADM/2"),
        ("student_name", "Ben Kamau"),
        ("ticket", ticket.as_str()),
    ];
    let page = phone.post(&path, &fields).await;
    page.is(410)
        .says("This code has expired")
        .says("value=\"ADM/2\"")
        .says("value=\"Ben Kamau\"");
    page.says("name=\"code\"");
    let wrong = [&fields[..], &[("code", "000000")]].concat();
    phone
        .post(&path, &wrong)
        .await
        .is(404)
        .says("value=\"000000\"")
        .says("value=\"Ben Kamau\"");
    let code = kiosk.code();
    let right = [&fields[..], &[("code", code.as_str())]].concat();
    phone.post(&path, &right).await.is(200).says("Ben Kamau");
}

#[tokio::test]
async fn a_phone_without_cookies_is_served_too() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    phone.keeps_cookies = false;
    phone.check_in("ADM/1", "").await.is(200).says("Checked in");
}

#[tokio::test]
async fn a_double_tap_is_not_an_error_and_leaves_one_record() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    phone.check_in("ADM/1", "").await.is(200);
    kiosk.pass(2);
    let again = phone.check_in("ADM/1", "").await;
    again
        .is(200)
        .says("Already checked in")
        .says("09:00, by phone")
        .says("does no harm");
    kiosk.pass(58);
    let after_a_minute = phone.check_in("ADM/1", "").await;
    after_a_minute.is(200).says("does no harm");
    kiosk.pass(1);
    let later = phone.check_in("ADM/1", "").await;
    later
        .is(200)
        .says("First recorded at 09:00, by phone")
        .says("It counts once");
    assert_eq!(kiosk.records().await, 1);
}

#[tokio::test]
async fn a_number_that_another_phone_sent_is_answered_with_the_time_alone() {
    let kiosk = Kiosk::start().await;
    let mut mine = kiosk.phone();
    let first = mine.check_in("ADM/1", "").await;
    first.is(200).says("Amina Otieno");
    kiosk.pass(4);
    let mut other = kiosk.phone();
    let again = other.check_in("ADM/1", "Peter Pan").await;
    again
        .is(200)
        .says("Already checked in")
        .says("At 09:00. Nothing more to do. Not you? Tell the lecturer.");
    for hidden in ["Amina", "Otieno", "%", "so far", "take-back", "ticket"] {
        assert!(!again.body().contains(hidden), "{hidden} in {}", again.text);
    }
    assert_eq!(other.cookie("number"), None, "it may not be theirs");
    let (_, rest) = first.text.split_once("action=\"/check-ins/").unwrap();
    let (id, _) = rest.split_once('/').unwrap();
    let api = format!("/api/check-ins/{id}");
    for (record, name) in [
        (mine.get(&api).await.json(), "Amina Otieno"),
        (other.get(&api).await.json(), ""),
        (kiosk.get(&api).await.json(), ""),
    ] {
        assert_eq!(record["student"]["name"], name, "{record}");
        assert_eq!(record["standing"].is_null(), name.is_empty(), "{record}");
    }
}

#[tokio::test]
async fn the_next_lecture_finds_the_number_on_the_phone() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    phone.check_in("adm/1", "").await.is(200);
    assert_eq!(phone.cookie("number"), Some("ADM%2F1"));
    let device = phone.cookie("device").unwrap().to_owned();
    let form = phone.get(&format!("/A/{}", kiosk.code())).await;
    form.is(200)
        .says("value=\"ADM/1\"")
        .says("Remembered on this phone");
    assert!(
        !form.body().contains("autofocus"),
        "the button is all that is needed"
    );
    assert_eq!(phone.cookie("device"), Some(device.as_str()));
}

#[tokio::test]
async fn an_error_stands_beside_its_field_and_nothing_is_typed_twice() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let page = phone.check_in("new/7", "").await;
    page.is(422)
        .says("value=\"new/7\"")
        .says("aria-describedby=\"student_name-error student_name-hint\"")
        .says("id=\"student_name-error\"")
        .says("This number is new here");
    let (_, name_field) = page.text.split_once("id=\"student_name\"").unwrap();
    assert!(name_field.split('>').next().unwrap().contains("autofocus"));
    assert_eq!(page.body().matches("aria-invalid").count(), 1);
    assert_eq!(page.body().matches(" autofocus").count(), 1);
    let page = phone.check_in("  ", "Zoë <i>").await;
    page.is(422)
        .says("The number is missing.")
        .says("value=\"Zoë &lt;i&gt;\"");
    phone.check_in("new/7", "Zoë").await.is(200).says("Zoë");
    assert_eq!(kiosk.records().await, 1);
}

#[tokio::test]
async fn an_unknown_code_asks_for_the_right_one() {
    let kiosk = Kiosk::start().await;
    for path in [
        "/A/000000",
        "/A/x",
        "/A/%FF",
        "/A/..%2F..%2Fetc",
        "/a/%3Cscript%3E",
    ] {
        let page = kiosk.get(path).await;
        page.is(404).says("name=\"code\"").says("action=\"/\"");
        assert!(!page.text.contains("<script"));
    }
    let fields = [("admission_number", "ADM/1")];
    kiosk.phone().post("/A/000000", &fields).await.is(404);
}

#[tokio::test]
async fn a_closed_lecture_takes_nobody_and_says_so() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let path = format!("/A/{}", kiosk.code());
    let ticket = phone.get(&path).await.ticket();
    kiosk
        .sessions
        .close(Actor::Shell("shell"), kiosk.session.id)
        .await
        .unwrap();
    phone
        .get(&path)
        .await
        .is(410)
        .says("This lecture is closed");
    let fields = [("admission_number", "ADM/1"), ("ticket", ticket.as_str())];
    phone
        .post(&path, &fields)
        .await
        .is(410)
        .says("speak to the lecturer");
    // Nor does it ask to mend what cannot help any more.
    phone.post(&path, &[("admission_number", "")]).await.is(410);
    assert_eq!(kiosk.records().await, 0);
}

#[tokio::test]
async fn an_unlisted_number_waits_for_approval_where_the_site_says_so() {
    let kiosk = Kiosk::with(|site| site.policy.unknown_students = UnknownStudents::Pending).await;
    let page = kiosk.phone().check_in("new/7", "Zoë").await;
    page.is(200)
        .says("Waiting for approval")
        .says("once the lecturer approves");
}

#[tokio::test]
async fn an_unlisted_number_is_sent_back_to_its_field_where_the_site_takes_no_others() {
    let kiosk = Kiosk::with(|site| site.policy.unknown_students = UnknownStudents::Reject).await;
    let page = kiosk.phone().check_in("new/7", "Zoë").await;
    page.is(422)
        .says("This number is not on the list")
        .says("id=\"admission_number-error\"");
}

#[tokio::test]
async fn a_second_student_on_one_phone_is_refused_where_the_site_says_so() {
    let kiosk = Kiosk::with(|site| site.policy.shared_device = SharedDevice::Block).await;
    let mut phone = kiosk.phone();
    phone.check_in("ADM/1", "").await.is(200);
    phone
        .check_in("new/7", "Zoë")
        .await
        .is(403)
        .says("at the kiosk");
    assert_eq!(kiosk.records().await, 1);
}

#[tokio::test]
async fn a_kiosk_that_cannot_record_never_claims_it_did() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let path = format!("/A/{}", kiosk.code());
    let ticket = phone.get(&path).await.ticket();
    kiosk.store.close().await;
    let fields = [("admission_number", "ADM/1"), ("ticket", ticket.as_str())];
    let page = phone.post(&path, &fields).await;
    page.is(503)
        .says("out of order")
        .says("Nothing was recorded");
    assert_eq!(page.header("retry-after"), "30");
}

#[tokio::test]
async fn a_printed_address_opens_the_form_only_where_codes_stay() {
    let rotating = Kiosk::start().await;
    let path = format!("/attend/{}/", rotating.session.id);
    rotating.get(&path).await.is(200).says("name=\"code\"");
    rotating.get("/attend/nonsense/").await.is(404);
    let fixed = Kiosk::with(|site| site.policy.rotation = Rotation::Off).await;
    let answer = fixed.get(&format!("/attend/{}", fixed.session.id)).await;
    assert_eq!(
        answer.is(303).header("location"),
        format!("/A/{}", fixed.code())
    );
    fixed
        .get(&format!("/attend/{}/", uuid::Uuid::nil()))
        .await
        .is(404);
}

#[tokio::test]
async fn before_the_doors_open_the_page_says_when() {
    let kiosk = Kiosk::start().await;
    let opening = Opening {
        unit: UnitCode::parse("CS101").unwrap(),
        semester: None,
        starts_at: Some(kiosk.clock.now() + Duration::from_secs(4 * 3600)),
        lasts: Duration::from_secs(3600),
        venue: None,
    };
    let (_, key) = kiosk
        .sessions
        .open(Actor::Shell("shell"), opening)
        .await
        .unwrap();
    let code = kiosk.desk.code(&key);
    kiosk
        .get(&format!("/A/{code}"))
        .await
        .is(410)
        .says("Come back at 12:50 (");
}

#[tokio::test]
async fn a_near_number_asks_first_and_names_nobody() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let path = format!("/A/{}", kiosk.code());
    let ticket = phone.get(&path).await.ticket();
    let question = phone.check_in("ADM-1", "Wilson Typo").await;
    question
        .is(409)
        .says("Not on any list here")
        .says("The signs between the parts differ.")
        .says("Yes, ADM/1 is mine")
        .says("What I typed is right");
    assert!(!question.body().contains("Amina"), "{}", question.text);
    assert_eq!(kiosk.records().await, 0);
    let yes = question.body().find("value=\"ADM/1\"");
    let insist = question.body().find("name=\"insist\" value=\"ADM-1\"");
    assert!(yes.is_some() && yes < insist, "{}", question.text);
    let fields = [
        ("admission_number", "ADM-1"),
        ("insist", "ADM-1"),
        ("ticket", &ticket),
    ];
    let nameless = phone.post(&path, &fields).await;
    nameless.is(422).says("name=\"insist\" value=\"ADM-1\"");
    // What was insisted on was another number.
    let fields = [
        ("admission_number", "ADM 1"),
        ("insist", "ADM-1"),
        ("ticket", &ticket),
    ];
    phone.post(&path, &fields).await.is(409);
    let fields = [
        ("admission_number", "ADM-1"),
        ("student_name", "Wilson New"),
        ("insist", "ADM-1"),
        ("ticket", &ticket),
    ];
    phone.post(&path, &fields).await.is(200).says("Wilson New");
    phone
        .post(&path, &[("admission_number", "ADM/1"), ("ticket", &ticket)])
        .await
        .is(200)
        .says("Amina Otieno");
    assert_eq!(kiosk.records().await, 2);
}

#[tokio::test]
async fn a_phone_takes_back_a_number_that_was_not_its_own() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let page = phone.check_in("ADM/1", "").await;
    page.is(200).says("Not me");
    // Sent twice: the page of the second answer can take it back too.
    let page = phone.check_in("ADM/1", "").await;
    let (_, rest) = page.text.split_once("action=\"/check-ins/").unwrap();
    let path = format!("/check-ins/{}", rest.split('"').next().unwrap());
    let ticket = page.ticket();
    let mut other = kiosk.phone();
    other.get(&format!("/A/{}", kiosk.code())).await;
    other.post(&path, &[("ticket", &ticket)]).await.is(403);
    for _ in 0..2 {
        let answer = phone.post(&path, &[("ticket", &ticket)]).await;
        answer
            .is(200)
            .says("Taken back")
            .says("Nothing is recorded for ADM/1 at this lecture.");
        assert!(!answer.body().contains("Amina"), "{}", answer.text);
    }
    assert_eq!(phone.cookie("number"), Some(""));
    let api = format!("/api{}", path.trim_end_matches("/take-back"));
    let record = kiosk.get(&api).await.json();
    assert_eq!(record["outcome"], "taken_back", "{record}");
    assert_eq!(record["flags"][0], "taken_back", "{record}");
    assert_eq!(record["standing"], serde_json::Value::Null, "{record}");
    let mut owner = kiosk.phone();
    let right = owner.check_in("ADM/1", "").await;
    right.is(200).says("Checked in").says("Amina Otieno");
    let record = owner.get(&api).await.json();
    assert_eq!(record["outcome"], "already_marked", "{record}");
    assert!(!record["standing"].is_null(), "{record}");
}

#[test]
fn the_button_goes_when_the_time_is_over() {
    let style = include_str!("../pages/style.css");
    let seconds = Channel::Phone.not_me_for().as_secs();
    assert!(style.contains(&format!("animation:gone 0s {seconds}s forwards")));
}

#[tokio::test]
async fn the_time_for_not_me_is_over_after_two_minutes() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    let page = phone.check_in("ADM/1", "").await;
    let (_, rest) = page.text.split_once("action=\"/check-ins/").unwrap();
    let id = rest.split('/').next().unwrap();
    kiosk.pass(121);
    let path = format!("/check-ins/{id}/take-back");
    let late = phone.post(&path, &[("ticket", &page.ticket())]).await;
    late.is(410).says("cannot be taken back any more");
    phone
        .post("/check-ins/nobody/take-back", &[("ticket", "x")])
        .await
        .is(404);
    let program = |path: String, body: &'static str| {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        kiosk.send(request.body(Body::from(body)).unwrap())
    };
    let answer = program(format!("/api{path}"), r#"{"ticket": "forged"}"#).await;
    assert_eq!(answer.is(403).json()["outcome"], "not_taken_back");
    let answer = program(format!("/api{path}"), "{}").await;
    assert_eq!(answer.is(422).json()["success"], false);
}
