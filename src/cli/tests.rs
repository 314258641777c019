//! Commands as a technician types them, each in a folder of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::mpsc;

use clap::{CommandFactory as _, Parser as _};
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::domain::{PersonName, Receipt, Roster, StaffId, Zone};
use crate::services::Pin;
use crate::words::Voice;

mod attendance;
mod semester;
mod students;
mod timetable;

/// What `kiosk check-in` prints of a new record.
pub(crate) fn check_in_says(receipt: &Receipt, zone: Zone) -> String {
    check_in::in_words("Recorded", receipt, zone)
}

/// What `kiosk board` prints of a session.
pub(crate) fn board_says(roster: &Roster, zone: Zone) -> String {
    board::text(roster, Voice::english(zone))
}

thread_local! {
    static PRINTED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Where commands print in tests.
pub(super) struct Printed;

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        PRINTED.with_borrow_mut(|printed| printed.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A shell in a fresh folder.
struct Shell {
    folder: TempDir,
}

/// What a command did.
struct Ran {
    status: u8,
    printed: String,
    error: String,
}

impl Shell {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// A shell where a kiosk has been set up: a lecturer, a unit, two students.
    fn with_a_class() -> Self {
        let shell = Self::new();
        shell.done("init");
        shell.add_lecturer();
        shell.done("unit add cs101 --name Programming --lecturer L001");
        shell.write("class.csv", "adm,name\nADM/1,Jane Doe\nADM/2,\n");
        shell.done("import students class.csv --unit CS101");
        shell
    }

    /// The command would ask for a PIN where the tests are run in a terminal.
    fn add_lecturer(&self) {
        let loaded = Config::load(&ConfigFlags::default(), &self.environment()).unwrap();
        let added = with_kiosk(&loaded, async |kiosk| {
            kiosk
                .services
                .administration
                .add_lecturer(
                    Actor::Shell("test"),
                    StaffId::parse("L001").unwrap(),
                    PersonName::parse("Dr. Smith").unwrap(),
                    String::new(),
                    true,
                    Some(Pin::parse("1234").unwrap()),
                )
                .await?;
            Ok(Exit::Done)
        });
        added.unwrap();
    }

    fn environment(&self) -> Environment {
        let mut environment = Environment::new(BTreeMap::new(), self.folder.path().to_owned());
        environment.system_directory = self.path("etc");
        environment
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Types a line; words are separated by blanks, and `~` stands for a blank inside a word.
    /// Files are named in full, since tests share one working directory.
    fn type_line(&self, line: &str) -> Ran {
        let words = line.split(' ').map(|word| match word {
            "class.csv" | "code.png" | "code.svg" => self.path(word).display().to_string(),
            word => word.replace('~', " "),
        });
        PRINTED.take();
        let cli = Cli::try_parse_from(std::iter::once("kiosk".to_owned()).chain(words));
        let (status, error) = match cli.map(|cli| dispatch(cli, &self.environment())) {
            Err(usage) => (2, usage.to_string()),
            Ok(Ok(Exit::Done)) => (0, String::new()),
            Ok(Ok(Exit::Refused)) => (1, String::new()),
            Ok(Err(error)) => (1, sentence(&error)),
        };
        Ran {
            status,
            printed: String::from_utf8(PRINTED.take()).unwrap(),
            error,
        }
    }

    fn done(&self, line: &str) -> String {
        let ran = self.type_line(line);
        assert_eq!(ran.status, 0, "{line}: {}{}", ran.printed, ran.error);
        ran.printed
    }

    /// The one JSON document that a command prints, whatever its status.
    fn json(&self, line: &str) -> Value {
        let ran = self.type_line(&format!("{line} --json"));
        serde_json::from_str(&ran.printed)
            .unwrap_or_else(|error| panic!("{line}: {error} in {:?} {}", ran.printed, ran.error))
    }

    /// The one JSON document that a command prints by itself.
    fn json_document(&self, line: &str) -> Value {
        serde_json::from_str(&self.done(line)).unwrap()
    }

    /// The sentence of a refusal, which is an answer: as JSON here, since the plain one is a remark.
    fn refused(&self, line: &str) -> String {
        let ran = self.type_line(&format!("{line} --json"));
        assert_eq!(ran.status, 1, "{line}: {}{}", ran.printed, ran.error);
        let answer: Value = serde_json::from_str(&ran.printed)
            .unwrap_or_else(|error| panic!("{line}: {error} in {:?} {}", ran.printed, ran.error));
        assert_eq!(answer["outcome"], "refused", "{line}");
        answer["error"].as_str().unwrap().to_owned()
    }

    fn complaint(&self, line: &str) -> String {
        let ran = self.type_line(line);
        assert_eq!((ran.status, ran.printed.as_str()), (1, ""), "{line}");
        assert!(!ran.error.contains('\n'), "one sentence: {}", ran.error);
        ran.error
    }
}

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn the_arguments_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_explains_itself() {
    fn check(command: &clap::Command) {
        let path = command.get_name().to_owned();
        assert!(command.get_about().is_some(), "{path} has no sentence");
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{path} {argument} has no help"
            );
        }
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
    let help = Cli::command().render_long_help().to_string();
    for example in ["kiosk demo", "kiosk init", "Exit status:"] {
        assert!(help.contains(example), "{help}");
    }
}

#[test]
fn wrong_usage_is_status_two() {
    let shell = Shell::new();
    for line in [
        "nonsense",
        "unit add",
        "session open CS101 --minutes 0",
        "lecturer set-pin",
        "lecturer set-pin L1 --staff-id L1",
        "sync retry not-an-id",
        "sync retry --target moon",
        "session cancel 5f0c --reason ~",
        "lecturer add --staff-id \u{1b} --name X",
    ] {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
}

#[test]
fn init_makes_a_kiosk_and_never_overwrites() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::new();
    let text = shell.done("init");
    assert!(
        text.contains("kiosk.toml (new)") && text.contains("kiosk run"),
        "{text}"
    );
    assert_eq!(
        fs::read_to_string(shell.path("kiosk.toml")).unwrap(),
        crate::config::MANUAL
    );
    let mode = fs::metadata(shell.path("data"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    shell.write("kiosk.toml", "[kiosk]\nname = \"Mine\"\n");
    let again = shell.json("init");
    assert_eq!(again["config_created"], false);
    assert_eq!(
        fs::read_to_string(shell.path("kiosk.toml")).unwrap(),
        "[kiosk]\nname = \"Mine\"\n"
    );
    let other = shell.json("init --dir other");
    assert!(shell.path("other/data/kiosk.db").exists());
    assert_ne!(other["kiosk_id"], again["kiosk_id"]);
}

#[test]
fn whoever_only_looks_makes_nothing() {
    let shell = Shell::new();
    for line in [
        "board",
        "unit list",
        "lecturer list",
        "session list",
        "sync status",
        "check-in A1",
    ] {
        let complaint = shell.complaint(line);
        assert!(complaint.contains("run `kiosk init` first"), "{complaint}");
    }
    assert!(!shell.path("data").exists());
}

#[test]
fn lists_are_arrays_with_fixed_names() {
    let shell = Shell::with_a_class();
    let lecturers = shell.json("lecturer list");
    assert_eq!(
        keys(&lecturers[0]),
        [
            "department",
            "has_left",
            "has_pin",
            "is_admin",
            "name",
            "staff_id"
        ]
    );
    let units = shell.json("unit list");
    assert_eq!(units[0]["code"], "CS101");
    assert_eq!(units[0]["enrolled"], 2);
    assert_eq!(shell.json("session list"), Value::Array(Vec::new()));
    assert!(shell.done("session list").starts_with("No sessions yet"));
}

#[test]
fn what_is_missing_is_said_with_where_to_look() {
    let shell = Shell::with_a_class();
    for (line, expected) in [
        (
            "unit add X1 --name X --lecturer nobody",
            "there is no lecturer NOBODY: run `kiosk lecturer list`",
        ),
        (
            "session open X1",
            "there is no unit X1: run `kiosk unit list`",
        ),
        (
            "import students class.csv --unit X1",
            "there is no unit X1: run `kiosk unit list`",
        ),
        (
            "lecturer set-pin nobody",
            "there is no lecturer NOBODY; run `kiosk lecturer list`",
        ),
        (
            "session close 0000",
            "there is no session 0000; run `kiosk session list`",
        ),
        ("session close zz", "\"zz\" is not a session id"),
        (
            "board",
            "no session is open; open one with `kiosk session open",
        ),
        (
            "session open CS101 --starts-at noon",
            "--starts-at \"noon\" is not a time; write 14:00",
        ),
        (
            "import students gone.csv --unit CS101",
            "gone.csv cannot be read: No such file",
        ),
        (
            "--set qr.rotate_seconds=1 board",
            "--set: qr.rotate_seconds must be 0 or between",
        ),
    ] {
        let complaint = shell.complaint(line);
        assert!(complaint.starts_with(expected), "{line}: {complaint}");
    }
}

#[test]
fn a_session_lives_from_open_to_cancelled() {
    let shell = Shell::with_a_class();
    let opened = shell.json("session open cs101 --venue Hall~2");
    assert_eq!(
        keys(&opened),
        [
            "code",
            "ends_at",
            "session_id",
            "starts_at",
            "state",
            "unit_code",
            "url"
        ]
    );
    assert_eq!(opened["state"], "open");
    let id = opened["session_id"].as_str().unwrap();
    let live = shell.json("session code");
    let end = format!("/A/{}", live["code"].as_str().unwrap());
    assert!(live["url"].as_str().unwrap().ends_with(&end), "{live}");
    let short = &id[..8];
    assert_eq!(
        shell.json(&format!("session close {short}"))["state"],
        "closed"
    );
    assert!(
        shell
            .complaint("session code")
            .starts_with("no session is open")
    );
    let reopened = shell.json(&format!("session reopen {short} --reason projector~failed"));
    assert_eq!(reopened["state"], "open");
    let cancelled = shell.done(&format!("session cancel {id} --reason strike"));
    assert!(
        cancelled.starts_with("Cancelled CS101 Programming, "),
        "{cancelled}"
    );
    let list = shell.json("session list");
    assert_eq!(list[0]["state"], "cancelled");
    assert_eq!(list[0]["venue"], "Hall 2");
    assert!(shell.done("session list").contains(short));
}

#[test]
fn a_check_in_is_recorded_once_and_a_refusal_is_status_one() {
    let shell = Shell::with_a_class();
    let refused = shell.type_line("check-in adm/1 --json");
    assert_eq!(refused.status, 1);
    assert!(
        refused.printed.contains("\"outcome\":\"session_closed\""),
        "{}",
        refused.printed
    );
    shell.done("session open CS101");
    let first = shell.json("check-in adm/1");
    assert_eq!(first["outcome"], "recorded");
    assert_eq!(first["attendance_percentage"], 8.33);
    assert_eq!(first["firebase"]["queued"], true);
    assert_eq!(first["portal"]["message"], "disabled");
    let again = shell.json("check-in ADM/1");
    assert_eq!(again["outcome"], "already_marked");
    assert_eq!(again["attendance_id"], first["attendance_id"]);
    assert!(shell.done("check-in adm/2").starts_with("Recorded: ADM/2"));
    let stranger = shell.type_line("check-in adm/3");
    assert_eq!((stranger.status, stranger.printed.as_str()), (1, ""));
    assert_eq!(
        shell.json("check-in adm/3 --name Joan~Roe")["outcome"],
        "recorded"
    );
}

#[test]
fn the_board_shows_everybody() {
    let shell = Shell::with_a_class();
    shell.done("session open CS101");
    shell.done("check-in adm/1");
    let board = shell.json("board");
    assert_eq!(board["totals"]["enrolled"], 2);
    assert_eq!(board["totals"]["present"], 1);
    assert_eq!(board["students"][0]["admission_number"], "ADM/1");
    assert_eq!(board["students"][1]["mark"], "not_yet");
    let text = shell.done("board");
    assert!(
        text.contains(
            "1 present, 0 late, 0 absent, 1 not in yet, 0 excused, 0 pending of 2 expected; 0 guests"
        ),
        "{text}"
    );
    let id = board["session"]["session_id"].as_str().unwrap();
    shell.done(&format!("session close {id}"));
    let board = shell.json(&format!("board {id}"));
    assert_eq!(board["students"][1]["mark"], "absent");
}

#[test]
fn an_import_names_refused_lines_and_takes_the_others() {
    let shell = Shell::with_a_class();
    shell.write(
        "class.csv",
        "adm,name\nADM/1,Jane Roe\nADM/3,Joan\n,Jack\nadm/3,Jim\n",
    );
    let preview = shell.json("import students class.csv --unit CS101 --dry-run");
    let report = shell.json("import students class.csv --unit CS101");
    for (key, value) in [
        ("new", 1),
        ("changed", 1),
        ("unchanged", 0),
        ("refused", 2),
        ("enrolled", 1),
    ] {
        assert_eq!(report[key], value, "{key}");
        assert_eq!(preview[key], value, "{key}");
    }
    assert_eq!(report["refused_lines"][1]["line"], 5);
    let again = shell.type_line("import students class.csv --unit CS101");
    assert_eq!(again.status, 1, "some lines are refused");
    assert!(
        again
            .printed
            .contains("line 4: the admission number is missing\n"),
        "{}",
        again.printed
    );
    assert!(
        again.printed.ends_with(
            "Imported: 0 new, 0 changed, 2 unchanged, 2 refused; 0 enrolled in CS101.\n"
        )
    );
}

#[test]
fn a_code_is_drawn_or_written_as_a_picture() {
    let shell = Shell::with_a_class();
    shell.done("session open CS101");
    let address = "--set server.public_url=http://192.0.2.7:8080";
    let drawn = shell.done(&format!("{address} qr"));
    assert!(
        drawn.contains("\nhttp://192.0.2.7:8080/A/") && drawn.lines().count() > 10,
        "{drawn}"
    );
    let picture = shell.done(&format!("{address} qr --png code.png --svg code.svg"));
    assert_eq!(picture, "");
    assert!(
        fs::read(shell.path("code.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    assert!(
        fs::read(shell.path("code.svg"))
            .unwrap()
            .starts_with(b"<svg")
    );
    let report = shell.json(&format!("{address} qr"));
    assert_eq!(keys(&report), ["code", "session_id", "url"]);
}

#[test]
fn debts_are_shown_and_retried() {
    let shell = Shell::with_a_class();
    shell.done("session open CS101");
    shell.done("check-in adm/1");
    let status = shell.json("sync status");
    assert_eq!(status["targets"][0]["target"], "firestore");
    assert_eq!(status["targets"][0]["waiting"], 1);
    assert_eq!(status["targets"][1]["enabled"], false);
    let id = status["owed"][0]["attendance_id"].as_str().unwrap();
    assert_eq!(shell.json(&format!("sync retry {id}"))["retried"], 1);
    assert_eq!(shell.json("sync retry --target portal")["retried"], 0);
    let unknown = shell.complaint("sync retry 5f0c2a91-0000-4000-8000-000000000000");
    assert!(
        unknown.starts_with("nothing is queued for record"),
        "{unknown}"
    );
}

#[test]
fn remotes_that_cannot_be_reached_are_told_apart_from_none() {
    let shell = Shell::with_a_class();
    shell.done("session open CS101");
    shell.done("check-in adm/1");
    // No credentials: the record stays, and the status says that not all is well.
    let run = shell.type_line("sync run --json");
    assert_eq!(run.status, 1);
    let report: Value = serde_json::from_str(&run.printed).unwrap();
    assert_eq!(report["targets"][0]["waiting"], 1);
    assert_eq!(shell.json("sync test")["targets"][0]["success"], false);
    let none = shell.done("--set firestore.enabled=false sync test");
    assert!(none.starts_with("No target is configured"), "{none}");
}

#[test]
fn the_configuration_is_shown_with_its_sources() {
    let shell = Shell::new();
    shell.write("kiosk.toml", "[portal]\napi_key = \"s3cr3t\"\n");
    let text = shell.done("config check");
    assert!(
        text.contains("api_key = \"(hidden)\"") && !text.contains("s3cr3t"),
        "{text}"
    );
    assert_eq!(
        shell.json("config check")["settings"]["portal"]["api_key"],
        "(hidden)"
    );
    shell.write("kiosk.toml", "[portal]\nkey = 1\n");
    let complaint = shell.complaint("config check");
    assert!(
        complaint.contains("kiosk.toml line 2: [portal] has no setting \"key\""),
        "{complaint}"
    );
}

#[test]
fn manual_and_completions_know_every_command() {
    let shell = Shell::new();
    let manual = shell.done("man");
    let bash = shell.done("completions bash");
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(
            manual.contains(&name.replace('-', "\\-")),
            "{name} in the manual"
        );
        assert!(bash.contains(name), "{name} in the completions");
    }
}

/// A portal that takes the given number of pages and refuses the next; answers with its address and
/// the bodies that it gets.
fn portal_that_takes(pages: usize) -> (String, mpsc::Receiver<Value>) {
    let mut left = pages;
    portal(move |body| {
        if left == 0 {
            return serde_json::json!({"success": false, "error": "table is locked"});
        }
        left -= 1;
        let count = body["students"].as_array().unwrap().len();
        serde_json::json!({"success": true, "synced_count": count})
    })
}

/// A portal that answers as it is told to; answers with its address and the bodies that it gets.
fn portal(
    mut answer_to: impl FnMut(&Value) -> Value + Send + 'static,
) -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, bodies) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let text = answer_to(&body).to_string();
            sender.send(body).unwrap();
            write!(
                stream.get_mut(),
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                text.len()
            )
            .unwrap();
        }
    });
    (url, bodies)
}

#[test]
fn the_roster_is_sent_to_the_portal() {
    let shell = Shell::with_a_class();
    shell.write(
        "class.csv",
        "adm,name,email,phone\nADM/3,Ann Poe,ann@school.example,+254 700 000 001\n",
    );
    shell.done("unit add CS102 --name More --lecturer L001");
    shell.done("import students class.csv --unit CS102");
    let (url, bodies) = portal_that_takes(2);

    let all = shell.json(&format!("--set portal.url={url} sync students"));
    assert_eq!(
        all,
        serde_json::json!({"success": true, "students": 3, "sent": 3, "synced_count": 3})
    );
    let body = bodies.recv().unwrap();
    assert_eq!(body["students"][0]["admission_number"], "ADM/1");
    assert_eq!(body["students"][1]["name"], "");

    let one = shell.done(&format!(
        "--set portal.url={url} sync students --unit CS102"
    ));
    assert_eq!(one, "Students sent: 1; accepted by the portal: 1.\n");
    assert_eq!(
        bodies.recv().unwrap()["students"],
        serde_json::json!([{"admission_number": "ADM/3", "name": "Ann Poe",
            "email": "ann@school.example", "phone": "+254 700 000 001"}])
    );
}

#[test]
fn a_roster_that_the_portal_does_not_take_says_how_far_it_got() {
    let shell = Shell::with_a_class();
    let lines: Vec<String> = (0..600).map(|number| format!("S/{number},\n")).collect();
    shell.write("class.csv", &format!("adm,name\n{}", lines.concat()));
    shell.done("import students class.csv --unit CS101");
    let (url, _bodies) = portal_that_takes(1);
    let complaint = shell.complaint(&format!("--set portal.url={url} sync students"));
    assert!(
        complaint.contains("table is locked (page 2 of 2; before it the portal took 500)"),
        "{complaint}"
    );
    let ran = shell.type_line(&format!("--set portal.url={url} sync students --json"));
    assert_eq!(ran.status, 1);
    let report: Value = serde_json::from_str(&ran.printed).unwrap();
    assert_eq!(report["sent"], 0);
    assert_eq!(report["page"], 1);
    assert_eq!(report["students"], 602);
}

#[test]
fn a_roster_needs_a_portal_and_a_unit_that_exist() {
    let shell = Shell::with_a_class();
    let complaint = shell.complaint("sync students");
    assert!(
        complaint.starts_with("no portal is configured: set portal.url"),
        "{complaint}"
    );
    let line = "--set portal.url=http://127.0.0.1:1 sync students --unit X1";
    assert!(shell.complaint(line).contains("kiosk unit list"));
}

#[test]
fn a_cleanup_needs_an_extent_a_deed_and_firestore() {
    let shell = Shell::with_a_class();
    for line in [
        "firestore cleanup",
        "firestore cleanup --all",
        "firestore cleanup --dry-run",
        "firestore cleanup --all --dry-run --confirm",
        "firestore cleanup --all --session-id S --dry-run",
    ] {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
    let off = shell.complaint("--set firestore.enabled=false firestore cleanup --all --dry-run");
    assert!(off.starts_with("Firestore is disabled"), "{off}");
    // There are no credentials.
    shell.complaint("firestore cleanup --all --confirm");
    let kept = fs::read_dir(shell.path("data/backups")).unwrap().count();
    assert_eq!(kept, 0, "no backup of nothing");
}

#[test]
fn what_was_delivered_is_taken_out_again_after_a_backup() {
    let Ok(host) = std::env::var("KIOSK_TEST_FIRESTORE") else {
        assert!(
            std::env::var_os("KIOSK_TEST_REQUIRE_ALL").is_none(),
            "KIOSK_TEST_FIRESTORE must name an emulator"
        );
        eprintln!("SKIPPED: KIOSK_TEST_FIRESTORE names no Firestore emulator");
        return;
    };
    let shell = Shell::with_a_class();
    let project = format!("demo-{}", crate::random::uuid());
    shell.write(
        ".env",
        &format!("FIRESTORE_EMULATOR_HOST={host}\nGOOGLE_CLOUD_PROJECT={project}\n"),
    );
    let session = shell.json("session open CS101");
    let id = session["session_id"].as_str().unwrap();
    shell.done("check-in adm/1");
    shell.done("check-in adm/2 --name John~Doe");
    shell.done("sync run");

    let looked = shell.json(&format!("firestore cleanup --session-id {id} --dry-run"));
    assert_eq!(looked["dry_run"], true);
    assert_eq!(looked["extent"]["session_id"], id);
    assert_eq!(
        (&looked["students"], &looked["total"]),
        (&2.into(), &6.into())
    );
    assert_eq!(looked["backup"], Value::Null);
    let text = shell.done("firestore cleanup --all --dry-run");
    assert_eq!(
        text,
        "Would delete 6 documents (sessions 1, students 2, roster pages 1, attendance records 2). Nothing was changed.\n"
    );
    let other = shell.done("firestore cleanup --session-id other --confirm");
    assert_eq!(other, "No matching documents in Firestore.\n");

    shell.write("class.csv", "kept");
    let refused = shell.complaint("firestore cleanup --all --confirm --backup class.csv");
    assert!(refused.contains("is there already"), "{refused}");
    assert_eq!(fs::read_to_string(shell.path("class.csv")).unwrap(), "kept");

    let done = shell.json("firestore cleanup --all --confirm");
    assert_eq!(done["deleted"], 6);
    let file = done["backup"]["file"].as_str().unwrap();
    let backup: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(backup["documents"].as_array().unwrap().len(), 6);
    assert_eq!(backup["sha256"], done["backup"]["sha256"]);
    assert_eq!(shell.json("firestore cleanup --all --dry-run")["total"], 0);
    let totals = &shell.json("board")["totals"];
    assert_eq!(totals["present"], 2, "the kiosk's own stay");
}

#[test]
fn a_restored_kiosk_says_the_same_byte_for_byte() {
    let shell = Shell::with_a_class();
    let session = shell.json("session open CS101");
    let id = session["session_id"].as_str().unwrap();
    shell.done("check-in adm/1");
    shell.done("check-in adm/9 --name Zoë~Ødegård");
    let copy = shell.path("copy.db").display().to_string();
    let made = shell.json(&format!("backup {copy} --with-secrets"));
    assert_eq!(made["records"], 2);

    let elsewhere = format!("--set kiosk.data_dir={}", shell.path("second").display());
    let done = shell.json(&format!("{elsewhere} restore {copy}"));
    assert_eq!((&done["records"], &done["kept"]), (&2.into(), &Value::Null));
    for line in [
        "lecturer list --json".to_owned(),
        "unit list --json".to_owned(),
        "session list --json".to_owned(),
        "sync status --json".to_owned(),
        format!("board {id} --json"),
        format!("board {id}"),
    ] {
        let (here, there) = (
            shell.done(&line),
            shell.done(&format!("{elsewhere} {line}")),
        );
        assert_eq!(here, there, "{line}");
    }
    for what in [
        format!("session {id}"),
        "unit CS101".to_owned(),
        "exam CS101".to_owned(),
    ] {
        for format in ["csv", "xlsx", "json"] {
            let export = |settings: &str, name: &str| {
                let file = shell.path(name);
                let out = file.display();
                let line = format!("{settings} export {what} --format {format} --out {out}");
                shell.done(line.trim());
                std::fs::read(file).unwrap()
            };
            // The list for the exam says at which second it was made: all three are of one.
            let here = loop {
                let (here, there) = (export("", "here"), export(&elsewhere, "there"));
                if here == export("", "again") {
                    assert!(here == there, "export {what} as {format} differs");
                    break here;
                }
            };
            assert!(here.len() > 100, "export {what} as {format}");
        }
    }
}

#[test]
fn a_backup_is_never_written_over_a_file_and_a_restoration_keeps_what_was_there() {
    let shell = Shell::with_a_class();
    shell.write("class.csv", "mine");
    let refused = shell.complaint("backup class.csv");
    assert!(refused.contains("nothing is overwritten"), "{refused}");
    shell.json("backup");
    shell.done("unit add cs102 --name Later --lecturer L001");
    let done = shell.json("restore --newest");
    assert!(done["kept"].as_str().unwrap().ends_with("kiosk.db.aside-1"));
    assert_eq!(shell.json("unit list").as_array().unwrap().len(), 1);
    for line in [
        "restore",
        "restore --newest --empty",
        "restore class.csv --empty",
    ] {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
}
