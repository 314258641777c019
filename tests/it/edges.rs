//! Everything that can be wrong before the first check-in is reported with its remedy.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::kiosk::{Kiosk, PROGRAM, START, refusal_of};
use crate::support::process::output_of;
use crate::support::tmux::Tmux;
use crate::support::tools;
use crate::support::wait::until;

const PROMPT: Duration = Duration::from_secs(10);

/// An error is for people: short, and without programmers' terms.
fn assert_is_a_sentence(said: &str) {
    let lines = said.lines().filter(|line| !line.trim().is_empty()).count();
    assert!((1..=6).contains(&lines), "{said}");
    for word in [
        "panicked",
        "RUST_BACKTRACE",
        "Os {",
        "Err(",
        "Error {",
        "unwrap",
        "src/",
    ] {
        assert!(!said.contains(word), "{word:?} in {said}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (kiosk, _session) = Kiosk::with_open_session();
    let _taken = TcpListener::bind(("127.0.0.1", kiosk.port())).expect("the port is free");
    let (status, said) = kiosk.refusal(&["serve"]);
    assert_eq!(status, 1);
    assert!(said.contains(&kiosk.port().to_string()), "{said}");
    assert_is_a_sentence(&said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_kiosk_on_the_same_data_is_refused_and_commands_still_work() {
    let (kiosk, session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let mut second = kiosk.command(&["serve"]);
    let (status, said) = refusal_of(second.env("KIOSK__SERVER__BIND", "127.0.0.1:0"));
    assert_eq!(status, 1);
    assert!(
        said.contains(&*kiosk.data().to_string_lossy()) || said.contains("data"),
        "{said}"
    );
    assert_is_a_sentence(&said);

    let answer = kiosk.json(&[
        "check-in",
        "adm/2023/001",
        "--name",
        "John Doe",
        "--session",
        &session.id,
        "--json",
    ]);
    assert_eq!(answer["outcome"], "recorded", "{answer}");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_named() {
    let (kiosk, _session) = Kiosk::with_open_session();
    for entry in fs::read_dir(kiosk.data()).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o444))
            .expect("permissions can be set");
    }
    fs::set_permissions(kiosk.data(), fs::Permissions::from_mode(0o555))
        .expect("permissions can be set");
    let mut command = if rustix::process::geteuid().is_root() {
        if tools::missing(&["setpriv"]) {
            return;
        }
        // Root can write everywhere unless it drops that capability.
        let mut bounded = Command::new("setpriv");
        bounded.args([
            "--bounding-set=-dac_override,-dac_read_search,-fowner",
            PROGRAM,
            "serve",
        ]);
        let plain = kiosk.command(&[]);
        bounded.env_clear().envs(
            plain
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        bounded
    } else {
        kiosk.command(&["serve"])
    };
    let (status, said) = refusal_of(&mut command);
    fs::set_permissions(kiosk.data(), fs::Permissions::from_mode(0o755))
        .expect("permissions can be set");
    assert_eq!(status, 1);
    assert!(said.contains(&*kiosk.data().to_string_lossy()), "{said}");
    assert_is_a_sentence(&said);
}

#[test]
fn a_command_typed_in_somebody_elses_home_is_done() {
    if !rustix::process::geteuid().is_root() {
        tools::skip("only root can become another user");
        return;
    }
    if tools::missing(&["setpriv"]) {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("kiosk.toml"), "mine").expect("it can be written");
    // As `sudo -u kiosk kiosk` in another user's home.
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .args([PROGRAM, "config", "check"])
        .current_dir(home.path())
        .env_clear();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).expect("a mode");
    let said = String::from_utf8(output_of(&mut command)).expect("text");
    assert!(said.contains("no configuration file"), "{said}");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let kiosk = Kiosk::new();
    let text = fs::read_to_string(kiosk.config()).expect("the configuration can be read");
    let line = text.lines().count() + 2;
    fs::write(
        kiosk.config(),
        format!("{text}[check_in]\nresult_secconds = 4\n"),
    )
    .expect("it can be written");
    for arguments in [&["config", "check"][..], &["serve"]] {
        let (status, said) = kiosk.refusal(arguments);
        assert_eq!(status, 1, "{said}");
        assert!(
            said.contains("result_secconds") && said.contains(&line.to_string()),
            "{said}"
        );
    }
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let (kiosk, _session) = Kiosk::with_open_session();
    let database = rusqlite::Connection::open(kiosk.data().join("kiosk.db"))
        .expect("the database can be opened");
    database
        .pragma_update(None, "user_version", 9999)
        .expect("the version can be set");
    drop(database);
    let (status, said) = kiosk.refusal(&["serve"]);
    assert_eq!(status, 1);
    assert!(said.contains("newer"), "{said}");
    assert_is_a_sentence(&said);
    assert_eq!(
        kiosk.count("SELECT user_version FROM pragma_user_version"),
        9999
    );
}

#[test]
fn a_screen_needs_a_terminal() {
    let (kiosk, _session) = Kiosk::with_open_session();
    let (status, said) = kiosk.refusal(&["run"]);
    assert_eq!(status, 1);
    assert!(
        said.contains("terminal") && said.contains("kiosk serve"),
        "{said}"
    );
    assert_is_a_sentence(&said);
}

#[test]
fn a_terminal_that_is_too_small_says_so_and_recovers() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let tmux = kiosk.run_in_terminal(20, 5);
    tmux.wait_until("that it is too small", START, |screen| {
        screen.to_lowercase().contains("small")
    });
    tmux.resize(80, 24);
    tmux.wait_for("CS101", PROMPT);
    for (columns, rows) in [(1, 1), (200, 60), (80, 3), (30, 50), (80, 24)] {
        tmux.resize(columns, rows);
    }
    tmux.wait_for("CS101", PROMPT);
    assert_eq!(tmux.exit_status(), None);
}

#[test]
fn without_colours_the_code_is_still_black_and_white() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (mut kiosk, _session) = Kiosk::with_open_session();
    kiosk.set("NO_COLOR", "1");
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    // White and black of the 256-colour cube, as a cell's two colours.
    let screen = tmux.coloured();
    assert!(
        screen.contains("5;231") && screen.contains("5;16"),
        "no symbol in\n{screen}"
    );
}

#[test]
fn without_a_session_the_screen_says_so_and_shows_no_code() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let tmux = kiosk.run_in_terminal(80, 24);
    let screen = tmux.wait_for("No lecture is open", START);
    assert!(!screen.contains('█') && !screen.contains('▄'), "{screen}");
    // Another process opens a session, the screen shows it within a second or so, and it is closed again.
    let session = kiosk.open_session(&[]);
    tmux.wait_for("CS101", PROMPT);
    kiosk.done(&["session", "close", &session.id]);
    tmux.wait_for("No lecture is open", PROMPT);
}

#[test]
fn an_empty_school_has_answers_not_errors() {
    let kiosk = Kiosk::new();
    let (status, said) = kiosk.refusal(&["session", "list"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("kiosk init"), "{said}");
    assert_is_a_sentence(&said);

    kiosk.add_lecturer();
    for arguments in [
        &["session", "list", "--json"][..],
        &["unit", "list", "--json"],
        &["lecturer", "list", "--json"],
        &["sync", "status", "--json"],
        &["config", "check"],
    ] {
        kiosk.done(arguments);
    }
    for arguments in [
        &["check-in", "adm/1"][..],
        &["session", "open", "CS101"],
        &["qr"],
        &["board"],
        &["session", "code"],
    ] {
        let (status, said) = kiosk.refusal(arguments);
        assert_eq!(status, 1, "{arguments:?}: {said}");
        assert_is_a_sentence(&said);
    }
    let (status, _) = kiosk.refusal(&["no-such-command"]);
    assert_eq!(status, 2);
}

#[test]
fn termination_and_hang_up_end_the_screen_cleanly() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    for signal in ["-TERM", "-HUP"] {
        let tmux = kiosk.run_in_terminal(80, 24);
        tmux.wait_for("CS101", START);
        output_of(Command::new("kill").args([signal, &tmux.pid().to_string()]));
        assert_eq!(ended(&tmux), 0, "{signal}");
        tmux.wait_until("the screen as it was before", PROMPT, |screen| {
            !screen.contains("CS101")
        });
    }
    // The terminal is closed.
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    let pid = tmux.pid();
    drop(tmux);
    until("the program to end with its terminal", PROMPT, || {
        (!fs::exists(format!("/proc/{pid}")).unwrap_or(true)).then_some(())
    });
    assert_eq!(kiosk.texts("PRAGMA integrity_check"), ["ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_ends_when_asked() {
    let (kiosk, _session) = Kiosk::with_open_session();
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = kiosk.serve().await;
        server.signal(signal);
        assert_eq!(server.end(PROMPT), 0, "{signal:?}");
    }
}

#[test]
fn what_is_printed_for_a_closed_pipe_is_no_panic() {
    let kiosk = Kiosk::new();
    let mut child = kiosk
        .command(&["man"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("a child can be waited for");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

fn ended(tmux: &Tmux) -> i32 {
    until("the end", PROMPT, || tmux.exit_status())
}
