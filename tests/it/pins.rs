//! Guessing a PIN, with restarts in between.

use std::time::Duration;

use reqwest::header::ORIGIN;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::http_client;
use crate::support::kiosk::{Kiosk, START, sign_in};
use crate::support::tmux::Tmux;
use crate::support::tools;
use crate::support::wait::until;

/// How long the screen may take after a key on a busy machine.
const PROMPT: Duration = Duration::from_secs(10);

/// How often a PIN may be wrong.
const TRIES: u32 = 5;

const RIGHT: &str = "246813";

/// A sign-in at the terminal, from the students' screen and back. Returns the text of the form.
fn try_at_terminal(tmux: &Tmux, staff_id: &str, pin: &str) -> String {
    tmux.press("F10");
    tmux.wait_for("Staff ID", PROMPT);
    tmux.type_text(staff_id);
    tmux.press("Enter");
    tmux.type_text(pin);
    tmux.press("Enter");
    let answers = [
        "Wrong staff ID or PIN",
        "Too many wrong PINs",
        "Leave the program",
    ];
    let screen = tmux.wait_until("an answer", PROMPT, |screen| {
        answers.iter().any(|answer| screen.contains(answer))
    });
    tmux.press("Escape");
    tmux.wait_for("No lecture is open", PROMPT);
    screen
}

/// A sign-in on the web. Returns the status.
async fn try_at_web(kiosk: &Kiosk, staff_id: &str, pin: &str) -> u16 {
    let answer = http_client()
        .post(format!("{}/login", kiosk.url()))
        .header(ORIGIN, kiosk.url())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("staff_id={staff_id}&pin={pin}"))
        .send()
        .await;
    answer.expect("the kiosk answers").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_pins_lock_the_terminal_alone_also_after_the_plug_was_pulled() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    kiosk.add_staff("S002", "Dr. Two", &[]);
    let tmux = kiosk.run_in_terminal(80, 24);
    kiosk.wait_until_healthy(|| ()).await;
    tmux.wait_for("No lecture is open", START);
    // The first PIN is guessed at the terminal, the second on the web.
    for _ in 0..TRIES {
        let said = try_at_terminal(&tmux, "s001", "000000");
        assert!(said.contains("Wrong staff ID or PIN"), "{said}");
        assert_eq!(try_at_web(&kiosk, "S002", "000000").await, 401);
    }
    assert_eq!(try_at_web(&kiosk, "S002", RIGHT).await, 429);

    let pid = Pid::from_raw(tmux.pid()).expect("a process");
    kill_process(pid, Signal::KILL).expect("it runs");
    until("the end of the program", PROMPT, || tmux.exit_status());
    drop(tmux);
    let tmux = kiosk.run_in_terminal(80, 24);
    kiosk.wait_until_healthy(|| ()).await;
    tmux.wait_for("No lecture is open", START);
    let said = try_at_terminal(&tmux, "s001", RIGHT);
    let locked = "Too many wrong PINs. Try again at ";
    assert!(said.contains(locked), "{said}");
    // Each door has its own count.
    assert_eq!(try_at_web(&kiosk, "S001", RIGHT).await, 303);
    let said = try_at_terminal(&tmux, "s002", "000000");
    assert!(said.contains("Wrong staff ID or PIN"), "{said}");
    // Others can still sign in.
    kiosk.add_staff("S003", "Dr. Three", &[]);
    assert_eq!(try_at_web(&kiosk, "S003", RIGHT).await, 303);
}

#[test]
fn whose_pin_is_another_now_does_not_end_the_program() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("No lecture is open", START);
    let leave = || {
        // The seventh entry of the menu, then its confirmation.
        tmux.press("7");
        tmux.wait_for("Press again to leave", PROMPT);
        tmux.press("7");
    };
    sign_in(&tmux);
    kiosk.with_pin(&["lecturer", "set-pin", "S001"], "975310");
    leave();
    tmux.wait_for("Sign in again", PROMPT);
    assert_eq!(tmux.exit_status(), None);

    kiosk.with_pin(&["lecturer", "set-pin", "S001"], RIGHT);
    // The staff area has closed already. An Escape right before F10 would be read as Alt and F10.
    tmux.wait_for("No lecture is open", PROMPT);
    sign_in(&tmux);
    leave();
    assert_eq!(until("the end", PROMPT, || tmux.exit_status()), 0);
}
