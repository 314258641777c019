//! Check-ins typed at the kiosk's screen.

use std::time::{Duration, Instant};

use crate::support::kiosk::{Kiosk, START};
use crate::support::phone;
use crate::support::tools::{self, report};
use crate::support::wait::until;
use crate::support::{http_client, tmux::Tmux};

/// How long the screen may take on a busy machine.
const PROMPT: Duration = Duration::from_secs(5);

fn type_number(tmux: &Tmux, number: &str) {
    tmux.type_text(number);
    tmux.press("Enter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_number_is_recorded_with_its_percentage_and_the_second_time_already_marked() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);

    type_number(&tmux, "adm/2023/001");
    tmux.wait_for("full name", PROMPT);
    type_number(&tmux, "John Doe");
    let result = tmux.wait_for("1 of 1", PROMPT);
    assert!(
        result.contains("John Doe") && result.contains("CS101"),
        "{result}"
    );
    assert!(result.contains("Dr. Smith"), "{result}");
    let records = "SELECT count(*) FROM attendance";
    assert_eq!(kiosk.count(records), 1);

    // The next key ends the result.
    type_number(&tmux, "ADM/2023/001");
    let again = tmux.wait_for("Already checked in", PROMPT);
    let first = kiosk.texts("SELECT timestamp FROM attendance");
    assert!(
        again.contains(&nairobi_clock(&first[0])),
        "the first time, {first:?} UTC, in\n{again}"
    );
    assert_eq!(kiosk.count(records), 1);
    assert_eq!(kiosk.texts("SELECT channel FROM attendance"), ["keypad"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_sessions_are_the_whole_and_a_thirteenth_is_not_more() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let mut starts = starts();
    let expected = [
        8.33, 16.67, 25.0, 33.33, 41.67, 50.0, 58.33, 66.67, 75.0, 83.33, 91.67,
    ];
    for percentage in expected {
        let session = kiosk.open_session(&["--starts-at", &starts.next().expect("a start")]);
        let answer = kiosk.json(&[
            "check-in",
            "adm/2023/001",
            "--name",
            "John Doe",
            "--session",
            &session.id,
            "--json",
        ]);
        assert_eq!(
            answer["attendance_percentage"].as_f64(),
            Some(percentage),
            "{answer}"
        );
        kiosk.done(&["session", "close", &session.id]);
    }

    let tmux = kiosk.run_in_terminal(80, 24);
    kiosk.wait_until_healthy(|| ()).await;
    for _ in 12..=13 {
        let session = kiosk.open_session(&["--starts-at", &starts.next().expect("a start")]);
        tmux.wait_for("CS101", PROMPT);
        type_number(&tmux, "adm/2023/001");
        tmux.wait_for("100.00", PROMPT);
        kiosk.done(&["session", "close", &session.id]);
        tmux.wait_for("No lecture is open", PROMPT);
    }
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 13);
    assert_eq!(
        kiosk.count("SELECT max(attendance_percentage) = 100.0 FROM attendance"),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_flood_of_keys_the_next_student_is_heard_at_once() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    // A key that is held down, or a long text pasted.
    for _ in 0..10 {
        tmux.type_text(&"7".repeat(10_000));
    }
    tmux.press("C-u");
    tmux.type_text("adm/2023/001");
    tmux.wait_for(" adm/2023/001", PROMPT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_from_a_phone_shows_on_the_screen_within_a_quarter_of_a_second() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    kiosk.wait_until_healthy(|| ()).await;
    let http = http_client();
    let mut waits = Vec::new();
    // Only once: another process that reads the database would trigger an update.
    let code = kiosk.live_code();
    for turn in 0..15 {
        let tail = format!("X{turn:02}");
        let (status, answer) = phone::check_in(
            &http,
            &kiosk.url(),
            &code,
            &format!("ADM/2026/{tail}"),
            "Asha",
        )
        .await;
        let answered = Instant::now();
        assert_eq!(status, 201, "{answer}");
        until("the arrival", PROMPT, || {
            tmux.text().contains(&tail).then_some(())
        });
        waits.push(answered.elapsed());
    }
    waits.sort();
    report(&format!(
        "from the phone's answer to the screen: median {:?}, worst {:?}",
        waits[7], waits[14]
    ));
    assert!(waits[7] < Duration::from_millis(250), "{waits:?}");
}

/// The local time in Nairobi (UTC+3, no summer time) of a UTC timestamp.
fn nairobi_clock(timestamp: &str) -> String {
    let utc = chrono::DateTime::parse_from_rfc3339(timestamp).expect("a timestamp of the database");
    (utc + chrono::Duration::hours(3))
        .format("%H:%M")
        .to_string()
}

/// Start times within the last half hour, one per minute, for one session each.
fn starts() -> impl Iterator<Item = String> {
    let now = chrono::Utc::now();
    (5..).map(move |minutes| {
        (now - chrono::Duration::minutes(minutes))
            .format("%Y-%m-%dT%H:%M:00Z")
            .to_string()
    })
}
