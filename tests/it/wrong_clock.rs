//! A machine with an empty battery, whose clock starts in 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::http_client;
use crate::support::kiosk::{Kiosk, START, sign_in};
use crate::support::phone;
use crate::support::tools;
use crate::support::wait::until;
use crate::support::wall_clock::WallClock;

#[tokio::test(flavor = "multi_thread")]
async fn in_1970_the_kiosk_says_so_records_with_a_flag_and_puts_it_right_when_the_clock_is_set() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a machine in its own time");
    // 10:00 on 2 January 1970, with a setting that trusts the clock.
    let mut kiosk = Kiosk::new();
    let Some(clock) = WallClock::behind(&mut kiosk, since_1970.as_secs() - 34 * 3600) else {
        return;
    };
    kiosk.set_up_school();
    let session = kiosk.open_session(&[]);
    let screen = kiosk.run_in_terminal(100, 30);
    screen.wait_for("Clock not set", START);
    kiosk.wait_until_healthy(|| {}).await;
    let (status, answer) = check_in(&kiosk, "EARLY/1").await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(answer["session"]["session_id"], session.id.as_str());
    let recorded = || kiosk.texts("SELECT timestamp || ' ' || flags FROM attendance ORDER BY id");
    let first = recorded().concat();
    assert!(
        first.starts_with("1970-01-02T") && first.contains("clock_untrusted"),
        "{first}"
    );
    let (status, said) = doctor(&kiosk);
    assert_eq!(status, 1);
    assert!(
        said.contains("it is at 1970-01-02") && said.contains("which cannot be"),
        "{said}"
    );

    clock.is_set();
    screen.wait_until("a clock that is set", START, |screen| {
        !screen.contains("Clock not set") && screen.contains("1 present")
    });
    until("the record to be put right", START, || {
        let now = recorded().concat();
        (!now.starts_with("1970") && now.contains("clock_untrusted")).then_some(())
    });
    let starts = kiosk.texts("SELECT starts_at FROM attendance_sessions WHERE state = 'open'");
    assert!(
        starts.len() == 1 && !starts[0].starts_with("1970"),
        "the session goes on, by the right time: {starts:?}"
    );
    let (status, answer) = check_in(&kiosk, "AFTER/1").await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(
        kiosk.count("SELECT count(*) FROM attendance WHERE flags NOT LIKE '%clock_untrusted%'"),
        1,
        "whoever came later is not flagged"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opened_at_the_kiosk_in_1970_goes_on_by_the_right_time() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a machine in its own time");
    let mut kiosk = Kiosk::new();
    let Some(clock) = WallClock::behind(&mut kiosk, since_1970.as_secs() - 34 * 3600) else {
        return;
    };
    kiosk.set_up_school();
    let screen = kiosk.run_in_terminal(100, 30);
    screen.wait_for("No lecture is open", START);
    // The lecturer takes what the form offers, the time of 1970 with it.
    sign_in(&screen);
    screen.press("Enter");
    screen.wait_for("CS101", START);
    screen.press("Enter");
    screen.wait_for("Minutes", START);
    screen.press("Enter");
    screen.wait_for("Type your admission number", START);
    let starts = || kiosk.texts("SELECT state || ' ' || starts_at FROM attendance_sessions");
    let start = starts().concat();
    assert!(start.starts_with("open 1970-01-02T"), "{start}");

    clock.is_set();
    until("the session to be put right", START, || {
        (!starts().concat().contains("1970")).then_some(())
    });
    screen.wait_until("a clock that is set", START, |screen| {
        !screen.contains("Clock not set") && screen.contains("Type your admission number")
    });
    let start = starts().concat();
    assert!(start.starts_with("open 20"), "it goes on: {start}");
}

async fn check_in(kiosk: &Kiosk, number: &str) -> (u16, serde_json::Value) {
    let code = kiosk.live_code();
    phone::check_in(&http_client(), &kiosk.url(), &code, number, "Asha").await
}

fn doctor(kiosk: &Kiosk) -> (i32, String) {
    let done = kiosk.command(&["doctor"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.code().unwrap_or(-1), said)
}
