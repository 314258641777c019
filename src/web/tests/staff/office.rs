//! The office: what it changes, lists and tries again.

use super::*;

#[tokio::test]
async fn the_office_changes_what_it_is_told_and_writes_it_down() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    // A mistake stays in the form with a sentence beside it.
    let wrong = [
        ("number", "ADM/1"),
        ("name", "Amina\u{202e}"),
        ("email", ""),
        ("phone", ""),
    ];
    admin
        .post("/admin/student", &wrong)
        .await
        .is(422)
        .says("id=\"name-error\"");
    let right = [
        ("number", "ADM/1"),
        ("name", "Amina W. Otieno"),
        ("email", "a@b.c"),
        ("phone", "1"),
    ];
    admin.post("/admin/student", &right).await.is(303);
    admin
        .get("/admin/students?q=amina")
        .await
        .is(200)
        .says("Amina W. Otieno")
        .says("a@b.c");
    let unit = |unit| [("number", "ADM/1"), ("unit", unit)];
    admin
        .post("/admin/student/enrol", &unit("LAW200"))
        .await
        .is(303);
    admin.get("/admin/students?unit=LAW200").await.says("ADM/1");
    admin
        .get("/admin/student/withdraw?number=ADM%2F1&unit=LAW200")
        .await
        .says("Withdraw ADM/1 from LAW200?");
    admin
        .post("/admin/student/withdraw", &unit("LAW200"))
        .await
        .is(303);
    // Whoever has withdrawn is not forgotten.
    admin
        .get("/admin/student?number=ADM%2F1")
        .await
        .says("Enrolled until Mon 23 Nov 2026.");
    let taken = [("code", "law200"), ("name", "Again"), ("lecturer", "S1")];
    admin
        .post("/admin/units", &taken)
        .await
        .is(422)
        .says("There already is a unit LAW200.");
    let stranger = [("code", "NEW1"), ("name", "New"), ("lecturer", "NOBODY")];
    admin
        .post("/admin/units", &stranger)
        .await
        .is(422)
        .says("There is no lecturer NOBODY.");
    let change = [
        ("code", "LAW200"),
        ("name", "Law"),
        ("lecturer", "S1"),
        ("planned_lessons", "9"),
    ];
    admin.post("/admin/unit", &change).await.is(303);
    // Nobody locks everybody out of the office.
    let only_one = [("staff_id", "S1"), ("name", "Dr. Smith")];
    // The role is not taken away by a box that was unticked in passing.
    let asked = admin.post("/admin/lecturer", &only_one).await;
    asked.is(200).says("Remove the role");
    let confirmed = [&only_one[..], &[("confirmed", "1")]].concat();
    admin
        .post("/admin/lecturer", &confirmed)
        .await
        .is(422)
        .says("must stay an administrator");
    let pins = [("staff_id", "L2"), ("pin", "1234"), ("again", "4321")];
    admin
        .post("/admin/lecturer/pin", &pins)
        .await
        .is(422)
        .says("not the same");
    let same = [("staff_id", "L2"), ("pin", "1357"), ("again", "1357")];
    let asked = admin.post("/admin/lecturer/pin", &same).await;
    asked.is(422).says("id=\"replace-error\"");
    let _old = Laptop::signed_in(&kiosk, "L2").await;
    let confirmed = [&same[..], &[("replace", "1")]].concat();
    admin.post("/admin/lecturer/pin", &confirmed).await.is(303);
    let mut new = Laptop::new(&kiosk);
    new.sign_in("L2", "1357").await.is(303);
    let log = admin.get("/admin/audit").await;
    for about in ["Amina W. Otieno", "a@b.c", "LAW200"] {
        log.says(about);
    }
    let units = admin.get("/admin/audit?action=unit").await;
    assert!(!units.says("LAW200").text.contains("a@b.c"));
}

#[tokio::test]
async fn the_lists_are_searched_sorted_and_paged() {
    let kiosk = school().await;
    let students: Vec<ImportedStudent> = (0..120)
        .map(|n| ImportedStudent {
            admission_number: AdmissionNumber::parse(&format!("BIG/{n:03}")).unwrap(),
            name: PersonName::parse(&format!("Student {:03}", 119 - n)).ok(),
            email: String::new(),
            phone: String::new(),
            place: ListedPlace::default(),
        })
        .collect();
    let list = ClassList {
        unit: UnitCode::parse("LAW200").unwrap(),
        semester: kiosk.administration.semester().clone(),
        students,
        newcomers: None,
    };
    kiosk
        .administration
        .import(Actor::Shell("shell"), list)
        .await
        .unwrap();
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let rows = |page: &Answer| page.text.matches("<th scope=\"row\">").count();
    let first = admin.get("/admin/students?unit=LAW200").await;
    assert_eq!(rows(&first), 50);
    first.says("page=1").says("121 in all");
    let third = admin.get("/admin/students?unit=LAW200&page=2").await;
    assert_eq!(rows(&third), 20);
    assert!(!third.text.contains("page=3"));
    let sorted = admin.get("/admin/students?unit=LAW200&sort=name").await;
    sorted.says("BIG/119").says("Student 000");
    assert_eq!(rows(&admin.get("/admin/students?q=big%2F11").await), 10);
    admin
        .get("/admin/students?q=%25")
        .await
        .says("No matching students.");
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    assert_eq!(rows(&admin.get("/admin/attendance?sync=waiting").await), 1);
    assert_eq!(rows(&admin.get("/admin/attendance?sync=parked").await), 0);
    assert_eq!(
        rows(
            &admin
                .get("/admin/attendance?unit=CS101&date=2026-11-23")
                .await
        ),
        1
    );
    assert_eq!(
        rows(&admin.get("/admin/attendance?date=2026-11-24").await),
        0
    );
}

#[tokio::test]
async fn the_monitor_shows_what_is_owed_and_has_it_tried_again() {
    let (status, statuses) = watch::channel(RemoteStatus::Connected);
    let (in_hand, in_hands) = watch::channel(Arc::from([]));
    let kiosk = Kiosk::with(|site| {
        site.policy.deliver_to = vec![Target::Portal];
        site.remotes = vec![crate::services::WatchedRemote {
            target: Target::Portal,
            status: statuses,
            in_hand: in_hands,
        }];
    })
    .await;
    let id = StaffId::parse("S1").unwrap();
    let pin = Pin::parse(PIN).unwrap();
    kiosk
        .administration
        .set_pin(Actor::Shell("shell"), id, pin)
        .await
        .unwrap();
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let monitor = async || admin.get("/admin/sync").await;
    monitor()
        .await
        .says("connected")
        .says("Everything has been delivered.");

    kiosk.phone().check_in("ADM/1", "").await.is(200);
    let due = async || {
        let now = kiosk.clock.monotonic() + Channel::Phone.not_me_for();
        let due = kiosk
            .store
            .due(Target::Portal, "kiosk".to_owned(), now, 9, None);
        due.await.unwrap()
    };
    let record = due().await.remove(0).report.attendance_id;
    let later = kiosk.clock.monotonic() + Duration::from_secs(300);
    let postponed = crate::store::Settled {
        attendance_id: record,
        edition: 0,
        settlement: crate::store::Settlement::Postponed {
            next_attempt_at: later,
            error: "connection refused".to_owned(),
        },
    };
    let now = kiosk.clock.now();
    kiosk
        .store
        .settle(Target::Portal, vec![postponed], now)
        .await
        .unwrap();
    status.send_replace(RemoteStatus::Unreachable {
        error: "connection refused".to_owned(),
    });
    monitor()
        .await
        .says("offline")
        .says("0 of 1 delivered")
        .says("connection refused");
    assert!(due().await.is_empty());

    let id = record.to_string();
    let one = [("record", id.as_str()), ("target", "portal")];
    admin.post("/admin/sync/retry", &one).await.is(303);
    assert_eq!(due().await.len(), 1);
    in_hand.send_replace(Arc::from([record]));
    monitor().await.says("delivering").says("1 in hand");
}

#[tokio::test]
async fn whoever_has_left_is_signed_out_and_stays_so() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let lecturer = Laptop::signed_in(&kiosk, "L2").await;
    let left = [
        ("staff_id", "L2"),
        ("name", "Lucy Lawyer"),
        ("has_left", "1"),
    ];
    // A box that was ticked in passing locks nobody out.
    let asked = admin.post("/admin/lecturer", &left).await;
    asked.is(200).says("Has Lucy Lawyer left?");
    lecturer.get("/board/").await.is(200);
    let confirmed = [&left[..], &[("confirmed", "1")]].concat();
    admin.post("/admin/lecturer", &confirmed).await.is(303);
    lecturer.get("/board/").await.is(303);
    let mut again = Laptop::new(&kiosk);
    again
        .sign_in("L2", PIN)
        .await
        .says("Wrong staff ID or PIN.");
    assert_eq!(again.cookie, None);
    admin.get("/admin/lecturers").await.says("has left");
    let page = admin.get("/admin/lecturer?staff_id=L2").await;
    page.says("name=\"has_left\" value=\"1\" checked");
    // It is undone by the same box, and needs no question.
    admin.post("/admin/lecturer", &left[..2]).await.is(303);
    again.sign_in("L2", PIN).await.is(303);
}
