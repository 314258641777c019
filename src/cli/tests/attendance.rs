//! Marks corrected from the shell, and the audit log.

use super::*;

/// A class with an open session, where one student has checked in.
fn in_session() -> (Shell, String) {
    let shell = Shell::with_a_class();
    let opened = shell.json("session open CS101");
    shell.done("check-in adm/1");
    let id = opened["session_id"].as_str().unwrap().to_owned();
    (shell, id)
}

/// The session's board as `NUMBER mark`.
fn marks(shell: &Shell) -> Vec<String> {
    let board = shell.json("board");
    let students = board["students"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    students
        .map(|one| format!("{} {}", text(&one["admission_number"]), text(&one["mark"])))
        .collect()
}

#[test]
fn a_mark_by_hand_is_said_with_what_it_does_to_the_percentage() {
    let (shell, id) = in_session();
    let text = shell.done("attendance mark adm/2");
    assert!(
        text.starts_with("ADM/2: present\nCS101 Programming, "),
        "{text}"
    );
    assert!(
        text.contains("\nLectures so far: 1 of 1. 100.00 %, the exam needs 75 %\n")
            && text.ends_with("\nPlan: 1 of 12 lectures (8.33 %)\n"),
        "{text}"
    );
    let again = shell.json("attendance mark adm/2");
    assert_eq!(
        (&again["outcome"], &again["mark"], &again["mark_before"]),
        (&"unchanged".into(), &"present".into(), &"present".into())
    );
    assert_eq!(again["channel"], "cli");
    let line = format!(
        "attendance mark adm/2 --late 12 --reason bus~strike --session {}",
        &id[..8]
    );
    let late = shell.json(&line);
    assert_eq!(
        (&late["outcome"], &late["mark"], &late["late_minutes"]),
        (&"corrected".into(), &"late".into(), &12.into())
    );
    let new = shell.json("attendance mark adm/777 --name Joan~Roe");
    assert_eq!(new["student"]["name"], "Joan Roe");
    assert_eq!(
        marks(&shell),
        ["ADM/1 present", "ADM/2 late", "ADM/777 present"]
    );
}

#[test]
fn a_mark_is_removed_and_given_back_with_reasons() {
    let (shell, _) = in_session();
    let text = shell.done("attendance unmark adm/1 --reason left~at~once");
    assert!(
        text.starts_with("ADM/1 Jane Doe: removed (was present)\n"),
        "{text}"
    );
    assert_eq!(marks(&shell), ["ADM/1 removed", "ADM/2 not_yet"]);
    let undone = shell.json("attendance undo --reason it~was~a~twin");
    assert_eq!(
        (&undone["mark"], &undone["mark_before"]),
        (&"present".into(), &"removed".into())
    );
    assert_eq!(marks(&shell), ["ADM/1 present", "ADM/2 not_yet"]);
    let history = shell.json("attendance history adm/1 --unit CS101");
    assert_eq!(
        keys(&history),
        [
            "admission_number",
            "enrolled_on",
            "enrolment",
            "listing",
            "name",
            "semester",
            "sessions",
            "standing",
            "unit_code"
        ]
    );
    let lecture = &history["sessions"][0];
    assert_eq!(
        keys(lecture),
        [
            "corrections",
            "counts",
            "first",
            "lecture_id",
            "reason",
            "record",
            "session",
            "starts_at",
            "status"
        ]
    );
    assert_eq!(lecture["record"]["mark"], "present");
    assert_eq!(lecture["corrections"].as_array().unwrap().len(), 2);
    let text = shell.done("attendance history adm/1 --unit CS101");
    assert!(
        text.contains("left at once") && text.contains("it was a twin"),
        "{text}"
    );
}

#[test]
fn records_that_wait_are_approved_or_given_to_whom_they_belong() {
    let shell = Shell::with_a_class();
    shell.write("kiosk.toml", "[check_in]\nunknown_students = \"pending\"\n");
    shell.done("session open CS101");
    for number in ["new/1", "adn/1"] {
        shell.done(&format!("check-in {number} --name Some~Body"));
    }
    assert_eq!(
        marks(&shell),
        [
            "ADM/1 not_yet",
            "ADM/2 not_yet",
            "ADN/1 pending",
            "NEW/1 pending"
        ]
    );
    assert_eq!(shell.json("attendance approve new/1")["mark"], "present");
    let merged = shell.json("attendance merge adn/1 --into adm/1 --reason slip~of~the~finger");
    assert_eq!(
        (&merged["student"]["admission_number"], &merged["mark"]),
        (&"ADM/1".into(), &"present".into())
    );
    assert_eq!(
        marks(&shell),
        [
            "ADM/1 present",
            "ADM/2 not_yet",
            "ADN/1 removed",
            "NEW/1 present"
        ]
    );
}

#[test]
fn a_typed_name_is_taken_or_turned_down() {
    let shell = Shell::with_a_class();
    shell.done("session open CS101");
    let typed = shell.json("check-in adm/1 --name Janet~Doe");
    assert_eq!(typed["outcome"], "recorded");
    let taken = shell.json("attendance accept-name adm/1");
    assert_eq!(taken["student"]["name"], "Janet Doe", "{taken}");
    let refused = shell.refused("attendance accept-name adm/1 --keep");
    assert!(refused.contains("name"), "{refused}");
}

#[test]
fn what_cannot_be_corrected_is_refused_in_a_sentence_and_changes_nothing() {
    let (shell, id) = in_session();
    let before = shell.json("audit").as_array().unwrap().len();
    for (line, says) in [
        ("attendance mark adm/1 --late 5", "reason"),
        ("attendance unmark adm/1", "reason"),
        ("attendance unmark adm/2 --reason x", "no mark"),
        ("attendance unmark nobody --reason x", "on no list"),
        ("attendance mark nobody", "name"),
        ("attendance approve adm/2", "no mark"),
        (
            "attendance merge adm/1 --into adm/2",
            "not waiting for approval",
        ),
        ("attendance accept-name adm/2", "no mark"),
        ("attendance undo", "correct"),
        ("attendance undo adm/2", "correct"),
    ] {
        let words = shell.refused(line);
        assert!(
            words.to_lowercase().contains(&says.to_lowercase()),
            "{line}: {words}"
        );
    }
    for (line, says) in [
        (
            "attendance mark adm/1 --session 0000",
            "there is no session 0000; run `kiosk session list`",
        ),
        (
            "attendance history nobody --unit CS101",
            "there is no student NOBODY",
        ),
        (
            "attendance history adm/1 --unit X1",
            "there is no unit X1: run `kiosk unit list`",
        ),
        (
            "attendance portal --done 5f0c2a91-0000-4000-8000-000000000000",
            "record 5f0c2a91-0000-4000-8000-000000000000 is not on the list",
        ),
    ] {
        let complaint = shell.complaint(line);
        assert!(complaint.starts_with(says), "{line}: {complaint}");
    }
    shell.done(&format!("session close {id}"));
    let none = shell.complaint("attendance mark adm/1");
    assert!(none.starts_with("no session is open;"), "{none}");
    for line in [
        "attendance mark",
        "attendance mark adm/1 --late 0",
        "attendance mark adm/1 --late 1441",
        "attendance mark adm/1 --reason ~",
        "attendance merge adm/1",
        "attendance history adm/1",
        "attendance portal --done x",
        "attendance mark \u{1b}[2J",
    ] {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
    // Of all that, closing is the one thing that was done.
    assert_eq!(shell.json("audit").as_array().unwrap().len(), before + 1);
}

#[test]
fn what_is_left_at_the_portal_is_listed_and_ticked_off() {
    let shell = Shell::with_a_class();
    let (url, bodies) = portal_that_records();
    shell.write(
        "kiosk.toml",
        &format!("[portal]\nurl = \"{url}\"\n[firestore]\nenabled = false\n"),
    );
    let session = shell.json("session open CS101");
    shell.done("check-in adm/1");
    shell.done("sync run");
    assert_eq!(
        bodies.recv().unwrap()["student"]["admission_number"],
        "ADM/1"
    );
    assert!(
        shell
            .done("attendance portal")
            .starts_with("No records to correct")
    );
    let text = shell.done("attendance unmark adm/1 --reason proxy");
    assert!(text.contains("`kiosk attendance portal` lists"), "{text}");
    let listed = shell.json("attendance portal");
    assert_eq!(
        (
            &listed[0]["admission_number"],
            &listed[0]["certain"],
            &listed[0]["portal_id"]
        ),
        (&"ADM/1".into(), &true.into(), &"P77".into())
    );
    // The same stands where the session is filed.
    let id = session["session_id"].as_str().unwrap();
    let export = shell.json_document(&format!("export session {id} --format json"));
    assert_eq!(export["rows"][0]["to_do_at_the_portal"], "take it out");
    assert_eq!(export["rows"][0]["portal_id"], "P77");
    let record = listed[0]["attendance_id"].as_str().unwrap();
    let done = shell.done(&format!("attendance portal --done {record}"));
    assert!(done.starts_with("Marked record "), "{done}");
    assert_eq!(shell.json("attendance portal"), serde_json::json!([]));
    let again = shell.complaint(&format!("attendance portal --done {record}"));
    assert!(again.contains("is not on the list"), "{again}");
}

/// A portal that takes every record and calls each P77; answers with its address and the bodies that it gets.
fn portal_that_records() -> (String, mpsc::Receiver<Value>) {
    portal(|_| serde_json::json!({"success": true, "id": "P77"}))
}

#[test]
fn the_log_says_who_when_what_and_why_and_can_be_sifted() {
    let (shell, id) = in_session();
    shell.done("attendance unmark adm/1 --reason left~at~once");
    shell.done("attendance mark adm/2");
    let lines = shell.json("audit --action attendance");
    let told = |line: &Value| {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {}",
            text("action"),
            text("admission_number"),
            text("reason")
        )
    };
    let lines: Vec<String> = lines.as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        lines,
        [
            "attendance.marked ADM/2 ",
            "attendance.unmarked ADM/1 left at once"
        ],
        "the latest first"
    );
    let text = shell.done("audit --student adm/1");
    assert!(
        text.contains("check-in removed") && text.contains("left at once"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
    for (line, count) in [
        (
            format!("audit --action attendance --session {}", &id[..8]),
            2,
        ),
        ("audit --actor shell --action attendance".to_owned(), 2),
        ("audit --actor L001".to_owned(), 0),
        ("audit --action attendance --limit 1".to_owned(), 1),
        ("audit --until 2000-01-01T00:00:00Z".to_owned(), 0),
        (
            "audit --action attendance --since 2000-01-01~09:00".to_owned(),
            2,
        ),
    ] {
        assert_eq!(shell.json(&line).as_array().unwrap().len(), count, "{line}");
    }
    assert_eq!(shell.done("audit --actor nobody"), "No matching changes.\n");
    let page = shell.json("audit --limit 1");
    let older = shell.json(&format!("audit --before {}", page[0]["id"]));
    assert!(older[0]["id"].as_i64() < page[0]["id"].as_i64());
    for (line, says) in [
        (
            "audit --since noon",
            "--since is not a time; write \"2026-11-23 09:00\"",
        ),
        ("audit --until x", "--until is not a time"),
        ("audit --session zz", "\"zz\" is not a session id"),
    ] {
        let complaint = shell.complaint(line);
        assert!(complaint.starts_with(says), "{line}: {complaint}");
    }
    assert_eq!(shell.type_line("audit --limit 0").status, 2);
}

#[test]
fn a_lecture_on_paper_does_not_end_before_it_starts() {
    let (shell, _) = in_session();
    shell.write("paper.txt", "adm/1\n");
    let file = shell.path("paper.txt");
    let enter = |start: &str, end: &str| {
        let file = file.display();
        format!(
            "session enter CS101 --date 2026-01-05 --start {start} --end {end} --numbers {file}"
        )
    };
    let complaint = shell.complaint(&enter("10:00", "09:00"));
    assert!(
        complaint.starts_with("it ends before it starts"),
        "{complaint}"
    );
    shell.done(&enter("22:00", "01:00"));
    let twice = shell.complaint(&enter("22:00", "01:00"));
    let command = "kiosk attendance mark --session ";
    assert!(twice.contains(command), "{twice}");
    assert!(shell.complaint(&enter("23:00", "02:00")).contains(command));
    let beside = shell.done(&format!("{} --room Lab-9", enter("23:00", "02:00")));
    assert!(beside.contains("\n! CS101"), "{beside}");
}
