//! A unit's page: the exam list, the lectures to decide, enrolments, rules and who may change them.

use super::*;

const PAGE: &str = "/units/CS101";

fn code() -> UnitCode {
    UnitCode::parse("CS101").unwrap()
}

async fn lists(kiosk: &Kiosk, number: &str, name: &str) {
    let student = ImportedStudent {
        admission_number: AdmissionNumber::parse(number).unwrap(),
        name: PersonName::parse(name).ok(),
        email: String::new(),
        phone: String::new(),
        place: ListedPlace::default(),
    };
    let list = ClassList {
        unit: code(),
        semester: kiosk.administration.semester().clone(),
        students: vec![student],
        newcomers: None,
    };
    let imported = kiosk.administration.import(Actor::Shell("shell"), list);
    imported.await.unwrap();
}

async fn assigns(kiosk: &Kiosk, role: AssignmentRole) {
    let fact = AssignmentFact {
        role: Some(role),
        from: None,
        until: None,
    };
    let id = StaffId::parse("L2").unwrap();
    let assigned = kiosk
        .administration
        .assign(Actor::Shell("shell"), code(), id, fact);
    assigned.await.unwrap();
}

/// A lecture of the timetable, tomorrow at this time.
async fn plans_a_lecture(kiosk: &Kiosk) {
    let starts_at = kiosk.clock.now() + Duration::from_secs(24 * 3600);
    let planned = PlannedLecture {
        group: None,
        voluntary: None,
        unit: code(),
        starts_at,
        ends_at: starts_at + Duration::from_secs(7200),
        venue: Venue::default(),
    };
    let imported = kiosk.timetable.import(vec![planned], "shell");
    imported.await.unwrap();
}

/// What stands on a page between two texts.
fn between<'a>(page: &'a Answer, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.text.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

#[tokio::test]
async fn the_exam_list_is_on_the_page_before_any_file() {
    let kiosk = school().await;
    lists(&kiosk, "ADM/2", "Ben Kamau").await;
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    kiosk
        .phone()
        .check_in("NEW/1", "Somebody New")
        .await
        .is(200);
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let running = admin.get(PAGE).await;
    running
        .is(200)
        .says("Undecided: 1")
        .says("too few lectures, a lecture is running");

    kiosk.pass(3 * 3600);
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let page = admin.get(PAGE).await;
    let version = CountingPolicy::default().version();
    page.is(200)
        .says("At least 75 % of the lectures held so far.")
        .says("As of Mon 23 Nov 2026, 12:00.")
        .says(&format!("Policy {version}."))
        .says("Everything held is known.");
    let eligible = between(&page, "Eligible: 1", "Not eligible: 1");
    assert!(eligible.contains("ADM/1") && eligible.contains("1/1"));
    assert!(eligible.contains("100.00 %") && eligible.contains("8.33 %"));
    assert!(!eligible.contains("ADM/2"));
    let not_eligible = between(&page, "Not eligible: 1", "Undecided: 0");
    assert!(not_eligible.contains("ADM/2") && not_eligible.contains("0/1"));
    assert!(not_eligible.contains("below what is required"));
    let apart = between(&page, "On no class list: 1", "Enrol a student");
    assert!(apart.contains("NEW/1") && apart.contains("Add from Mon 23 Nov 2026"));

    // The files are there, and the board leads here.
    let file = admin.get(&format!("{PAGE}/export/exam.csv")).await;
    assert!(file.is(200).text.contains("ADM/2"));
    admin.get(&format!("{PAGE}/export/exam.pdf")).await.is(404);
    admin
        .get(&format!("{PAGE}/export/session.csv"))
        .await
        .is(404);
    let board = admin.get(&format!("/board/{}", kiosk.session.id)).await;
    board.says("href=\"/units/CS101\"");
    admin.get("/units/NOWHERE").await.is(404);
    // Another semester has a list of its own.
    let other = admin.get("/units/CS101?semester=9").await;
    assert!(!other.is(200).text.contains("ADM/1"));
}

#[tokio::test]
async fn a_helper_settles_and_excuses_but_changes_no_list() {
    let kiosk = school().await;
    assigns(&kiosk, AssignmentRole::Helper).await;
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    plans_a_lecture(&kiosk).await;
    kiosk.pass(3 * 24 * 3600);
    let helper = Laptop::signed_in(&kiosk, "L2").await;
    let before = changes(&kiosk).await;
    for (path, fields) in forms(&kiosk) {
        let owners_only = path.starts_with(PAGE) && !path.ends_with("/settle");
        if owners_only {
            helper.post(&path, &fields).await.is(403);
        }
    }
    assert_eq!(changes(&kiosk).await, before);
    let page = helper.get(PAGE).await;
    page.is(200)
        .says("Lectures to decide")
        .says("Tue 24 Nov 2026 09:00, never opened")
        .says("1 lecture is not known.")
        .says("Undecided: 1")
        .says("lectures not known yet");
    assert!(!page.text.contains("/enrol") && !page.text.contains("/add"));

    let lecture = between(&page, "name=\"lecture\" value=\"", "\"").to_owned();
    let settles = async |word| {
        let fields = [("lecture", lecture.as_str()), ("do", word)];
        helper.post(&format!("{PAGE}/settle"), &fields).await
    };
    settles("held").await.is(409).says("was never opened");
    settles("maybe").await.is(400);
    settles("not_held").await.is(303);
    let page = helper.get(PAGE).await;
    assert!(
        !page
            .says("Everything held is known.")
            .text
            .contains("Lectures to decide")
    );
    page.says("Lectures that were not held")
        .says("Decide again");
    settles("undecided").await.is(303);
    helper.get(PAGE).await.says("Lectures to decide");
    let excuse = [
        ("number", "ADM/1"),
        ("category", "official"),
        ("do", "lecture"),
    ];
    let path = format!("/board/{}/excuse", kiosk.session.id);
    helper.post(&path, &excuse).await.is(303);
}

#[tokio::test]
async fn of_a_lecture_that_opened_by_itself_and_to_which_nobody_came_staff_say_that_it_was_held() {
    let kiosk = school().await;
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    plans_a_lecture(&kiosk).await;
    kiosk.pass(24 * 3600);
    assert_eq!(kiosk.timetable.open_due().await.unwrap().len(), 1);
    kiosk.pass(3 * 3600);
    kiosk.sessions.close_ended().await.unwrap();
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let page = admin.get(PAGE).await;
    page.says("Tue 24 Nov 2026 09:00, opened by itself, nobody came")
        .says("Undecided: 1");
    let lecture = between(&page, "name=\"lecture\" value=\"", "\"");
    let held = [("lecture", lecture), ("do", "held")];
    let settled = admin.post(&format!("{PAGE}/settle"), &held).await;
    settled.is(303);
    let page = admin.get(PAGE).await;
    page.says("Everything held is known.")
        .says("Not eligible: 1")
        .says("1/2");
}

#[tokio::test]
async fn owners_enrol_and_withdraw_and_every_mistake_gets_a_sentence() {
    let kiosk = school().await;
    assigns(&kiosk, AssignmentRole::Owner).await;
    let owner = Laptop::signed_in(&kiosk, "L2").await;
    let enrol = async |number, from, group| {
        let fields = [("number", number), ("from", from), ("group", group)];
        owner.post(&format!("{PAGE}/enrol"), &fields).await
    };
    for (number, from, group, field, sentence) in [
        ("", "", "", "enrol-number", "The number is missing."),
        (
            "NOBODY",
            "",
            "",
            "enrol-number",
            "There is no student NOBODY.",
        ),
        ("ADM/1", "soon", "", "enrol-from", "Type a date such as"),
        (
            "ADM/1",
            "",
            "a group with far too long a name",
            "enrol-group",
            "The group has more than 20 characters.",
        ),
    ] {
        let again = enrol(number, from, group).await;
        again
            .is(422)
            .says(sentence)
            .says(&format!("id=\"{field}-error\""));
    }
    enrol("ADM/1", "2026-11-20", "A").await.is(303);
    let page = owner.get(PAGE).await;
    page.says("From 2026-11-20, Group A");

    let withdraw = async |number, last_day| {
        let fields = [("number", number), ("last_day", last_day)];
        owner.post(&format!("{PAGE}/withdraw"), &fields).await
    };
    for (number, last_day, sentence) in [
        ("ADM/1", "", "Choose a day."),
        ("ADM/1", "soon", "Type a date such as"),
        ("NEW/1", "2026-11-22", "NEW/1 is not enrolled in CS101."),
    ] {
        withdraw(number, last_day).await.is(422).says(sentence);
    }
    withdraw("ADM/1", "2026-11-22").await.is(303);
    let page = owner.get(PAGE).await;
    page.says("From 2026-11-20, Until 2026-11-22, Group A");
    assert!(between(&page, "Not eligible: 1", "Undecided: 0").contains("withdrawn"));
}

#[tokio::test]
async fn those_on_no_list_are_added_from_the_first_lecture_to_which_they_came() {
    let kiosk = school().await;
    for number in ["NEW/1", "NEW/2", "NEW/3"] {
        kiosk.phone().check_in(number, "Somebody New").await.is(200);
    }
    kiosk.pass(24 * 3600);
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    admin.get(PAGE).await.says("On no class list: 3");
    let add = format!("{PAGE}/add");
    admin.post(&add, &[("number", "NEW/2")]).await.is(303);
    let page = admin.get(PAGE).await;
    let apart = between(&page, "On no class list: 2", "Add all");
    assert!(apart.contains("NEW/1") && !apart.contains("NEW/2"));
    admin.post(&add, &[]).await.is(303);
    let page = admin.get(PAGE).await;
    assert!(!page.says("Eligible: 3").text.contains("On no class list"));
    assert_eq!(page.text.matches("From 2026-11-23").count(), 3);
}

#[tokio::test]
async fn a_unit_has_rules_of_its_own_where_its_owners_set_them() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let rules = format!("{PAGE}/rules");
    for (field, value, sentence) in [
        (
            "required_percent",
            "101",
            "Enter a percentage from 0 to 100",
        ),
        (
            "warning_percent",
            "much",
            "Enter a percentage from 0 to 100",
        ),
        ("minimum_lectures", "0", "Enter a number from 1 to 1000"),
        ("planned_lessons", "0", "Enter a number from 1 to 1000"),
        ("lates_per_absence", "-1", "Enter a number from 0 to 1000"),
    ] {
        let again = admin.post(&rules, &[(field, value)]).await;
        again
            .is(422)
            .says(sentence)
            .says(&format!("id=\"{field}-error\""))
            .says(&format!("value=\"{value}\""));
    }
    admin.post(&rules, &[("basis", "moon")]).await.is(400);
    let all = [
        ("planned_lessons", "9"),
        ("required_percent", "200/3"),
        ("warning_percent", "70.5"),
        ("basis", "planned"),
        ("excused", "not_counted"),
        ("excused_leaves_plan", "yes"),
        ("lates_per_absence", "3"),
        ("minimum_lectures", "4"),
    ];
    admin.post(&rules, &all).await.is(303);
    let page = admin.get(PAGE).await;
    page.says(
        "At least 200/3 % of the 9 lectures planned; excused lectures are taken off the plan; \
         3 late arrivals cost one lecture; decided from 4 lectures on.",
    );
    for (name, value) in all {
        let field = between(&page, &format!("name=\"{name}\""), "</div>");
        let shown = [
            format!("value=\"{value}\""),
            format!("value=\"{value}\" selected"),
        ];
        let shown = if field.contains("<option") {
            &shown[1]
        } else {
            &shown[0]
        };
        assert!(field.contains(shown), "{name}: {field}");
    }
    // Empty is the site's.
    admin.post(&rules, &[]).await.is(303);
    let page = admin.get(PAGE).await;
    page.says("At least 75 % of the lectures held so far.")
        .says("The site's: 75");
}

#[tokio::test]
async fn a_semester_is_finished_and_a_unit_retired_and_both_are_undone() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let switch = async |name, value| {
        let path = format!("{PAGE}/{name}");
        admin.post(&path, &[(name, value)]).await.is(303);
        admin.get(PAGE).await
    };
    let no_more = "No further lecture is held in semester";
    switch("finished", "1").await.says(no_more);
    let again = switch("finished", "").await;
    assert!(!again.text.contains(no_more));
    switch("retired", "1").await.says("This unit is retired.");
    admin.get("/admin/units").await.says("retired");
    let again = switch("retired", "").await;
    assert!(!again.text.contains("This unit is retired."));
}

#[tokio::test]
async fn somebody_is_assigned_for_some_days_and_the_assignment_ends() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let lecturer = Laptop::signed_in(&kiosk, "L2").await;
    let assign = async |staff_id, role, from, until| {
        let fields = [
            ("staff_id", staff_id),
            ("role", role),
            ("from", from),
            ("until", until),
        ];
        admin.post(&format!("{PAGE}/assign"), &fields).await
    };
    for (staff_id, from, until, sentence) in [
        ("", "", "", "The staff ID is missing."),
        ("NOBODY", "", "", "There is no lecturer NOBODY."),
        ("L2", "soon", "", "Type a date such as"),
        (
            "L2",
            "2026-11-24",
            "2026-11-23",
            "The last day is before the first.",
        ),
    ] {
        let again = assign(staff_id, "helper", from, until).await;
        again.is(422).says(sentence);
    }
    lecturer.get(PAGE).await.is(403);
    assign("L2", "helper", "", "2026-11-30").await.is(303);
    lecturer.get(PAGE).await.is(200);
    admin
        .get(PAGE)
        .await
        .says("helper, the beginning – Mon 30 Nov 2026");
    lecturer.get("/board/").await.says("href=\"/units/CS101\"");
    assign("L2", "", "", "").await.is(303);
    lecturer.get(PAGE).await.is(403);
}
