//! The minutes in which one lecture goes and the next one comes: both are open in one room.

use std::fs;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use crate::support::http_client;
use crate::support::kiosk::{Kiosk, START};
use crate::support::phone;
use crate::support::tools;

/// How long the screen may take on a busy machine.
const PROMPT: Duration = Duration::from_secs(5);

/// How many students each of the two lectures has.
const CLASS: usize = 60;

/// The number of a student of the lecture that goes, or of the one that comes.
fn number(unit: &str, student: usize) -> String {
    format!("{unit}/2026/{student:03}")
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Two lectures of 60 students, of which one ends in five minutes and the other one begins then.
fn two_lectures() -> Kiosk {
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let mathematics = [
        "unit",
        "add",
        "MA110",
        "--name",
        "Mathematics",
        "--lecturer",
    ];
    kiosk.done(&[&mathematics[..], &["S001"]].concat());
    for unit in ["CS101", "MA110"] {
        let line = |student| format!("{},Student {student} of {unit}\n", number(unit, student));
        let list: String = (0..CLASS).map(line).collect();
        let file = kiosk.folder().join(format!("{unit}.csv"));
        fs::write(&file, format!("admission_number,name\n{list}")).expect("a class list");
        kiosk.done(&[
            "import",
            "students",
            &file.to_string_lossy(),
            "--unit",
            unit,
        ]);
    }
    let change = Utc::now() + Duration::from_secs(5 * 60);
    for (unit, starts_at) in [
        ("CS101", change - Duration::from_secs(2 * 3600)),
        ("MA110", change),
    ] {
        let starts_at = moment(starts_at);
        let open = ["session", "open", unit, "--minutes", "120", "--starts-at"];
        kiosk.done(&[&open[..], &[&starts_at]].concat());
    }
    kiosk
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_who_come_late_and_sixty_who_come_early_are_each_in_their_own_lecture() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = two_lectures();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    kiosk.wait_until_healthy(|| ()).await;

    // Every second student types. The lecture that ends is on the screen all the time.
    for student in (0..CLASS).step_by(2) {
        for unit in ["CS101", "MA110"] {
            tmux.type_text(&number(unit, student));
            tmux.press("Enter");
            let name = format!("Student {student} of {unit}");
            let answer = tmux.wait_for(&name, PROMPT);
            assert!(!answer.contains("Which lecture"), "{answer}");
        }
    }
    // The others scan what is on the screen, all at once.
    let (http, code, url) = (http_client(), kiosk.live_code(), kiosk.url());
    let phones = (1..CLASS).step_by(2).flat_map(|student| {
        ["CS101", "MA110"].map(|unit| {
            (
                unit,
                number(unit, student),
                format!("Student {student} of {unit}"),
            )
        })
    });
    let answers = join_all(phones.map(async |(unit, number, name)| {
        let (status, answer) = phone::check_in(&http, &url, &code, &number, &name).await;
        (unit, status, answer)
    }));
    for (unit, status, answer) in answers.await {
        assert_eq!(status, 201, "{answer}");
        assert_eq!(answer["session"]["unit_code"], unit, "{answer}");
    }

    let in_their_own = "SELECT count(*) FROM attendance AS a
        JOIN attendance_sessions AS l ON l.id = a.session_id JOIN units AS u ON u.id = l.unit_id
        JOIN students AS s ON s.id = a.student_id WHERE s.admission_number LIKE u.code || '/%' AND a.counts";
    assert_eq!(kiosk.count(in_their_own), 120);
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 120);
    assert_eq!(
        kiosk.count("SELECT count(*) FROM enrollments"),
        120,
        "nobody was enrolled in the other unit"
    );
}
