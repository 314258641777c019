//! One check-in, and what every door says of it: on time or late, and by how much, in agreement.

use serde_json::json;

use super::*;
use crate::cli::tests::{board_says, check_in_says};
use crate::services::export::Format;
use crate::services::{Entrance, Request as CheckIn};
use crate::sync::firestore::document_of;
use crate::tui::testing as terminal;
use crate::words::{CheckInResult, Voice};

/// On-time minutes of the site, seconds from the start to the check-in, and how late that is.
const CASES: [(u64, u64, u32); 7] = [
    (0, 0, 0),
    (0, 2, 1),
    (0, 59, 1),
    (0, 125, 2),
    (10, 600, 0),
    (10, 601, 10),
    (10, 900, 15),
];

/// Puts those who come onto the class list.
async fn enrol_who_comes(kiosk: &Kiosk) {
    let people = [
        ("KEY/1", "Amina Otieno"),
        ("PHONE/1", "Brian Ouma"),
        ("API/1", "Esther Maina"),
    ];
    let students = people.map(|(number, name)| ImportedStudent {
        admission_number: AdmissionNumber::parse(number).unwrap(),
        name: PersonName::parse(name).ok(),
        email: String::new(),
        phone: String::new(),
        place: ListedPlace::default(),
    });
    let list = ClassList {
        unit: UnitCode::parse("CS101").unwrap(),
        semester: kiosk.administration.semester().clone(),
        students: students.to_vec(),
        newcomers: None,
    };
    let imported = kiosk.administration.import(Actor::Shell("shell"), list);
    imported.await.unwrap();
}

async fn checks_in(
    kiosk: &Kiosk,
    number: &str,
    channel: Channel,
) -> Result<CheckInAnswer, Refusal> {
    let request = CheckIn {
        admission_number: number.to_owned(),
        student_name: "Amina Otieno".to_owned(),
        insists: false,
        entrance: Entrance::Current,
        channel,
        device: None,
    };
    kiosk.desk.check_in(request).await
}

/// What is wanted of a record as programs read it.
fn fits(record: &serde_json::Value, late: u32, door: &str) {
    let flags = if late > 0 { json!(["late"]) } else { json!([]) };
    assert_eq!(record["late_minutes"], json!(late), "{door}: {record}");
    assert_eq!(record["flags"], flags, "{door}: {record}");
}

#[track_caller]
fn says(text: &str, words: &str, door: &str) {
    assert!(text.contains(words), "{door}: {words:?} is not in:\n{text}");
}

fn minutes(late: u32) -> &'static str {
    if late == 1 { "minute" } else { "minutes" }
}

fn word(late: u32) -> &'static str {
    if late > 0 { "late" } else { "present" }
}

async fn doors_of_students_agree(kiosk: &Kiosk, late: u32) {
    let (zone, minutes) = (kiosk.desk.zone(), minutes(late));
    // The keypad.
    let answer = checks_in(kiosk, "KEY/1", Channel::Keypad).await;
    let wanted = match late {
        0 => "PRESENT Recorded at 09:".to_owned(),
        _ => format!("{late} {minutes} late."),
    };
    says(&terminal::answer_of(&answer, zone), &wanted, "keypad");
    let Ok(CheckInAnswer::Recorded(receipt)) = &answer else {
        panic!("not recorded: {answer:?}");
    };

    // The phone, and a program.
    let wanted = match late {
        0 => "On time".to_owned(),
        _ => format!("Late by {late} {minutes}"),
    };
    kiosk
        .phone()
        .check_in("PHONE/1", "Brian Ouma")
        .await
        .is(200)
        .says(&wanted);
    let body = json!({ "admission_number": "API/1", "student_name": "Esther Maina", "code": kiosk.code() });
    let posted = kiosk.post_json(body.to_string()).await.json();
    let path = format!(
        "/api/check-ins/{}",
        posted["attendance_id"].as_str().unwrap()
    );
    let read = kiosk.get(&path).await.json();
    for (record, door) in [(&posted, "POST"), (&read, "GET")] {
        fits(record, late, door);
        assert_eq!(record["on_time"], json!(late == 0), "{door}");
    }

    // The shell.
    let wanted = match late {
        0 => "by keypad\n".to_owned(),
        _ => format!(", {late} min late\n"),
    };
    let said = check_in_says(receipt, zone);
    if late > 0 {
        says(&said, &wanted, "kiosk check-in");
    } else {
        assert!(!said.contains("late"), "kiosk check-in: {said}");
    }
    let printed = serde_json::to_value(CheckInResult::new(&answer, Voice::english(zone))).unwrap();
    fits(&printed, late, "kiosk check-in --json");
}

async fn boards_agree(kiosk: &Kiosk, late: u32) {
    let (zone, minutes, word) = (kiosk.desk.zone(), minutes(late), word(late));
    let session = kiosk.session.id;
    // The boards: of the screen, of staff at the terminal, of the shell, of the page.
    let board = kiosk
        .store
        .board(
            session,
            10,
            kiosk.clock.now(),
            crate::store::Rules::default(),
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (board.totals.late > 0, board.totals.present > 0),
        (late > 0, late == 0)
    );
    assert_eq!(
        terminal::latest_of(&board).contains("late"),
        late > 0,
        "the screen's list"
    );
    let roster = kiosk
        .sessions
        .roster(Actor::Shell("shell"), session)
        .await
        .unwrap();
    let line = roster
        .lines
        .iter()
        .find(|line| line.admission_number.as_str() == "KEY/1")
        .unwrap();
    let wanted = match late {
        0 => "• present Present at 09:".to_owned(),
        _ => format!("! late {late} Late by {late} {minutes} at 09:"),
    };
    says(
        &terminal::marks_of(line, zone),
        &wanted,
        "board at the terminal",
    );
    says(&board_says(&roster, zone), word, "kiosk board");
    let laptop = Laptop::signed_in(kiosk, "S1").await;
    let page = laptop.get(&format!("/board/{session}")).await;
    page.is(200).says(&format!("data-mark=\"{word}\""));
    let mut watched = kiosk
        .web
        .boards
        .watch(Actor::Shell("shell"), session)
        .await
        .unwrap();
    let pushed: serde_json::Value =
        serde_json::from_str(&watched.borrow_and_update().json).unwrap();
    for student in pushed["students"].as_array().unwrap() {
        if student["mark"] != "not_yet" {
            fits(student, late, "board in JSON");
            assert_eq!(student["mark"], json!(word), "board in JSON");
        }
    }
}

async fn lists_and_deliveries_agree(kiosk: &Kiosk, late: u32) {
    let (zone, word, session) = (kiosk.desk.zone(), word(late), kiosk.session.id);
    // Lists that leave the kiosk.
    let sheet = kiosk
        .exports
        .session(Actor::Shell("shell"), session)
        .await
        .unwrap();
    let text = |format| String::from_utf8(sheet.to_bytes(format).unwrap()).unwrap();
    let csv = text(Format::Csv);
    let line = csv.lines().find(|line| line.starts_with("KEY/1,")).unwrap();
    says(line, &format!(",{word},"), "export as CSV");
    let wanted = if late > 0 {
        format!(",,{late},late,")
    } else {
        ",,0,,".to_owned()
    };
    says(line, &wanted, "export as CSV");
    says(
        &text(Format::Json),
        &format!("\"{word}\""),
        "export as JSON",
    );

    // What Firestore is sent.
    let now = kiosk.clock.monotonic();
    let due = kiosk
        .store
        .due(Target::Firestore, "kiosk-1".to_owned(), now, 10, None)
        .await
        .unwrap();
    assert_eq!(due.len(), 3);
    for delivery in due {
        let document = document_of(&delivery.report, zone);
        assert_eq!(
            document["late_minutes"],
            json!({ "integerValue": late.to_string() })
        );
        let flags = document["flags"]["arrayValue"]["values"].to_string();
        assert_eq!(flags.contains("late"), late > 0, "{flags}");
    }
}

#[tokio::test]
async fn every_door_says_alike_who_is_late() {
    for (on_time, after, late) in CASES {
        let on_time = Duration::from_secs(on_time * 60);
        let kiosk = Kiosk::with(|site| site.policy.windows.on_time = on_time).await;
        let kiosk = with_staff(kiosk).await;
        enrol_who_comes(&kiosk).await;
        kiosk.pass(after);
        doors_of_students_agree(&kiosk, late).await;
        boards_agree(&kiosk, late).await;
        lists_and_deliveries_agree(&kiosk, late).await;
    }
}
