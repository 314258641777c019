//! A lecture from the class list to its end, given by a lecturer at the kiosk.

use std::fs;
use std::time::Duration;

use crate::support::kiosk::{Kiosk, START, sign_in};
use crate::support::phone;
use crate::support::{http_client, tools};

/// How long the screen may take after a key on a busy machine.
const PROMPT: Duration = Duration::from_secs(10);

/// Students of the class, of whom thirty check in.
const CLASS: u32 = 40;

fn number(student: u32) -> String {
    format!("ADM/2026/{student:03}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lecture_from_the_class_list_to_its_end() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let list = kiosk.folder().join("class.csv");
    let students =
        (1..=CLASS).map(|student| format!("{},Student Number{student}\n", number(student)));
    let csv = "admission_number,name\n".to_owned() + &students.collect::<String>();
    fs::write(&list, csv).expect("a class list");
    kiosk.done(&[
        "import",
        "students",
        &list.to_string_lossy(),
        "--unit",
        "CS101",
    ]);

    let tmux = kiosk.run_in_terminal(120, 40);
    kiosk.wait_until_healthy(|| ()).await;
    tmux.wait_for("No lecture is open", START);

    // Three keys after the PIN: the menu, the unit, the form.
    sign_in(&tmux);
    tmux.press("Enter");
    tmux.wait_for("CS101", PROMPT);
    tmux.press("Enter");
    tmux.wait_for("Minutes", PROMPT);
    tmux.press("Enter");
    tmux.wait_for("Type your admission number", PROMPT);

    // Ten at the keypad, ten by phone, ten from the shell.
    for student in 1..=10 {
        tmux.type_text(&number(student));
        tmux.press("Enter");
        tmux.wait_for(&format!("Number{student}"), PROMPT);
    }
    let http = http_client();
    let code = kiosk.live_code();
    for student in 11..=20 {
        let (status, answer) =
            phone::check_in(&http, &kiosk.url(), &code, &number(student), "").await;
        assert_eq!(status, 201, "{answer}");
    }
    for student in 21..=30 {
        kiosk.done(&["check-in", &number(student)]);
    }

    // Two corrections: the first student was absent, the last one present.
    sign_in(&tmux);
    tmux.press("Enter");
    tmux.wait_for("Everybody, by number: 40", PROMPT);
    tmux.wait_for("of 40", PROMPT);
    tmux.press("u");
    tmux.wait_for("Reason", PROMPT);
    tmux.type_text("left at once");
    tmux.press("Enter");
    tmux.wait_for("ADM/2026/001: removed", PROMPT);
    tmux.press("End");
    tmux.press("m");
    tmux.wait_for("ADM/2026/040: present", PROMPT);
    tmux.press("Enter");
    tmux.wait_for("by the lecturer", PROMPT);
    // One at a time: terminals read Escape followed at once by a key as Alt and that key.
    tmux.press("Escape");
    tmux.wait_for("Everybody, by number: 40", PROMPT);
    tmux.press("Escape");
    tmux.wait_for("30 of 40 here", PROMPT);
    tmux.press("2");
    tmux.wait_for("Press again", PROMPT);
    tmux.press("2");
    tmux.wait_for("No lecture is open", PROMPT);

    let here = "SELECT count(*) FROM attendance WHERE status = 'present' AND voided_at IS NULL";
    assert_eq!(kiosk.count(here), 30);
    let channels = "SELECT channel || ' ' || count(*) FROM attendance WHERE voided_at IS NULL
        GROUP BY channel ORDER BY channel";
    assert_eq!(
        kiosk.texts(channels),
        ["cli 10", "keypad 9", "lecturer 1", "phone 10"]
    );
    let reasons =
        "SELECT reason FROM audit_log WHERE action = 'attendance.unmarked' AND actor = 'S001'";
    assert_eq!(kiosk.texts(reasons), ["left at once"]);
    let session = kiosk.texts("SELECT id FROM attendance_sessions WHERE state = 'closed'");
    let board = kiosk.json(&["board", &session[0], "--json"]);
    let students = board["students"].as_array().expect("a list of students");
    let marked = |mark: &str| students.iter().filter(|one| one["mark"] == mark).count();
    assert_eq!(
        (students.len(), marked("absent"), marked("removed")),
        (40, 9, 1)
    );

    // The list, from the sessions of today: its form is changed to CSV, and Enter writes it.
    sign_in(&tmux);
    tmux.press("3");
    // The unit alone is also in the status line, which says that its session was closed.
    tmux.wait_for("Room 101", PROMPT);
    tmux.press("x");
    tmux.wait_for("XLSX", PROMPT);
    tmux.press("Down");
    tmux.press("Right");
    tmux.wait_for("CSV", PROMPT);
    tmux.press("Enter");
    tmux.wait_for("Written: CS101-session-1-", PROMPT);
    the_list_says_what_the_database_says(&kiosk);
}

/// Compares the exported file with an independent count.
fn the_list_says_what_the_database_says(kiosk: &Kiosk) {
    let mut written = fs::read_dir(kiosk.data().join("exports")).expect("lists");
    let file = written.next().expect("a list").expect("a name").path();
    let text = fs::read_to_string(&file).expect("the list");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let headings = lines.next().expect("a heading");
    let columns = [
        "Admission number",
        "Mark",
        "Channel",
        "Attended",
        "Of plan %",
        "Correction",
    ]
    .map(|wanted| headings.iter().position(|heading| *heading == wanted));
    let listed: Vec<String> = lines
        .map(|line| columns.map(|at| line[at.expect("the column")]).join("|"))
        .collect();
    let counted = kiosk.texts(
        "SELECT st.admission_number || '|' || CASE WHEN a.id IS NULL THEN 'absent'
                WHEN a.voided_at IS NULL THEN 'present' ELSE 'removed' END
            || '|' || coalesce(CASE a.channel WHEN 'keypad' THEN 'at the kiosk' WHEN 'phone' THEN 'by phone'
                WHEN 'cli' THEN 'by a technician' WHEN 'lecturer' THEN 'by the lecturer' END, '')
            || '|' || (a.id IS NOT NULL AND a.voided_at IS NULL)
            || '|' || CASE WHEN a.id IS NOT NULL AND a.voided_at IS NULL THEN '8.33' ELSE '0.00' END
            || '|' || CASE WHEN a.voided_at IS NOT NULL THEN 'left at once' ELSE '' END
        FROM enrollments AS e JOIN students AS st ON st.id = e.student_id
        LEFT JOIN attendance AS a ON a.student_id = st.id ORDER BY st.admission_number",
    );
    assert_eq!(listed, counted);
    let present = listed
        .iter()
        .filter(|line| line.contains("|present|"))
        .count();
    assert_eq!((listed.len(), present), (40, 30));
}
