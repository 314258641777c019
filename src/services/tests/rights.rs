//! Whose unit it is, asked of every command there is. The commands are read from the sources, so that a new one
//! fails here until somebody has said what a stranger gets of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::services::export::{ExportError, Exports, List, Reader};
use crate::services::tests::neighbours::next_door;
use crate::services::{LiveBoards, NeighbourError};

/// What doors may ask for that looks at nobody's right, and why that is no hole.
const FOR_ANYBODY: &[(&str, &str)] = &[
    (
        "deliveries.page",
        "the numbers of others' students are masked",
    ),
    ("deliveries.retry", "what is owed is paid, nothing else"),
    ("deliveries.retry_all", "as above"),
    ("staff_door.sign_in", "this is where rights come from"),
];

/// What doors may ask for behind an administrator's sign-in only: `web/admin/` takes an `Admin` or an
/// `AdminForm`, and its tests ask for every page and form without one.
const FOR_ADMINISTRATORS: &[&str] = &["office.", "registrar.", "deliveries.progress"];

fn sources_below(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if ["tests", "testing"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found
}

/// A source without white space: how it is laid out is nobody's business here.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Every public command of the services that is told who asks: `timetable.close_as`, `exports.unit`.
fn commands() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in sources_below("services") {
        let module = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let module = match module.iter().nth(2).unwrap().to_str().unwrap() {
            "export" => "exports",
            file => file.trim_end_matches(".rs"),
        };
        for function in text.split("pub async fn ").skip(1) {
            let (name, rest) = function.split_once('(').unwrap();
            let signature = rest.split_once('{').unwrap().0;
            if signature.contains("&Lecturer") || signature.contains("Reader<") {
                found.insert(format!("{module}.{name}"));
            }
        }
    }
    found
}

/// Dr. Other, who has charge of nothing.
fn stranger() -> Lecturer {
    Lecturer {
        staff_id: StaffId::parse("S2").unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_pin: true,
    }
}

/// What each command gives a lecturer of a unit that is not theirs, when it is asked for everything there is.
#[expect(clippy::too_many_lines, reason = "a table, a command after the other")]
async fn attempts(school: &School, who: &Lecturer) -> Vec<(&'static str, String)> {
    fn said<T: std::fmt::Debug>(answer: Result<T, TimetableError>) -> String {
        match answer {
            Err(TimetableError::NotTheirs { .. }) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn corrected<T: std::fmt::Debug>(answer: Result<T, CorrectionError>) -> String {
        match answer {
            Err(CorrectionError::NotTheirs { .. }) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn exported<T: std::fmt::Debug>(answer: Result<T, ExportError>) -> String {
        match answer {
            Err(ExportError::NotTheirs { .. }) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn listed<T: std::fmt::Debug>(answer: Result<Vec<T>, StoreError>) -> String {
        match answer {
            Ok(list) if list.is_empty() => "nothing".to_owned(),
            other => format!("{other:?}"),
        }
    }
    let policy = Arc::new(school.desk.policy().clone());
    let (store, clock) = (school.store.clone(), school.clock.clone());
    let corrections = Corrections::new(store.clone(), clock.clone(), policy.clone());
    let exports = Exports::new(store.clone(), clock, policy);
    // Nobody paints: whoever has the right hears that the kiosk is stopping.
    let (boards, _) = LiveBoards::new(store, school.desk.clone(), school.timetable.clone());
    let (neighbours, elsewhere) = next_door(school);
    let timetable = &school.timetable;
    let session = timetable.sessions(1).await.unwrap()[0].id;
    let planned = timetable.today().await.unwrap()[0].id;
    let student = AdmissionNumber::parse("ADM/1").unwrap();
    let (reason, by) = (|| "because".to_owned(), Reader::Lecturer(who));
    let opening = Opening {
        unit: unit(),
        semester: None,
        starts_at: None,
        lasts: minutes(60),
        venue: None,
    };
    let order = CorrectionOrder {
        session,
        admission_number: student.clone(),
        correction: Correction::Unmark,
        name: None,
        reason: Reason::parse("because").unwrap(),
    };
    let everything = AuditFilter {
        limit: 50,
        ..AuditFilter::default()
    };
    let neighbouring_list = match neighbours.list_remote_of(who).await {
        Ok(list) if list.is_empty() => "nothing".to_owned(),
        other => format!("{other:?}"),
    };
    vec![
        (
            "timetable.open_as",
            said(timetable.open_as(who, opening).await),
        ),
        (
            "timetable.close_as",
            said(timetable.close_as(who, session).await),
        ),
        (
            "timetable.extend_as",
            said(timetable.extend_as(who, session, minutes(5)).await),
        ),
        (
            "timetable.reopen_as",
            said(timetable.reopen_as(who, session, reason()).await),
        ),
        (
            "timetable.cancel_as",
            said(timetable.cancel_as(who, session, reason()).await),
        ),
        (
            "timetable.roster_as",
            said(timetable.roster_as(who, session).await),
        ),
        (
            "timetable.cancel_lecture_as",
            said(timetable.cancel_lecture_as(who, planned, reason()).await),
        ),
        (
            "timetable.sessions_of",
            listed(timetable.sessions_of(who, 9).await),
        ),
        ("timetable.today_of", listed(timetable.today_of(who).await)),
        (
            "timetable.session_as",
            said(timetable.session_as(who, session).await),
        ),
        (
            "timetable.open_lecture_as",
            said(timetable.open_lecture_as(who, planned).await),
        ),
        (
            "live_boards.watch_as",
            said(boards.watch_as(who, session).await),
        ),
        ("neighbours.list_remote_of", neighbouring_list),
        (
            "neighbours.join_as",
            match neighbours.join_as(who, elsewhere).await {
                Err(NeighbourError::NotTheirs { .. }) => "refused".to_owned(),
                other => format!("{other:?}"),
            },
        ),
        (
            "registrar.units_of",
            listed(school.registrar.units_of(who).await),
        ),
        (
            "corrections.correct_as",
            corrected(corrections.correct_as(who, order).await),
        ),
        (
            "corrections.undo_as",
            corrected(corrections.undo_as(who, session, None, None).await),
        ),
        (
            "corrections.history_as",
            corrected(corrections.history_as(who, &unit(), None, &student).await),
        ),
        (
            "corrections.trail_as",
            listed(corrections.trail_as(who, everything).await),
        ),
        (
            "exports.list",
            exported(exports.list(List::Session(session), by).await),
        ),
        (
            "exports.session",
            exported(exports.session(session, by).await),
        ),
        (
            "exports.unit",
            exported(exports.unit(unit(), None, by).await),
        ),
        (
            "exports.exam",
            exported(exports.exam(unit(), None, by).await),
        ),
    ]
}

#[tokio::test]
async fn a_lecturer_gets_nothing_of_anothers_unit_by_any_command() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    let later = PlannedLecture {
        unit: unit(),
        starts_at: school.clock.now() + minutes(180),
        ends_at: school.clock.now() + minutes(240),
        venue: Venue::default(),
    };
    school.timetable.import(vec![later], "shell").await.unwrap();
    let logged = async || {
        let everything = AuditFilter {
            limit: 99,
            ..AuditFilter::default()
        };
        let lines = school.store.audit_trail(everything, None).await;
        lines.unwrap().len()
    };
    let before = logged().await;

    let answers = attempts(&school, &stranger()).await;
    for (command, answer) in &answers {
        assert!(
            ["refused", "nothing"].contains(&answer.as_str()),
            "{command}: {answer}"
        );
    }
    let asked: BTreeSet<String> = answers.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        asked,
        commands(),
        "each command that is told who asks is asked here"
    );
    assert_eq!(logged().await, before, "nothing was changed");

    // The same questions are answered to whoever has the right: the refusals were about that.
    let admin = Lecturer {
        is_admin: true,
        ..stranger()
    };
    for (command, answer) in attempts(&school, &admin).await {
        assert!(
            !["refused", "nothing"].contains(&answer.as_str()),
            "{command}"
        );
    }
}

#[test]
fn no_door_asks_a_service_for_what_looks_at_nobodys_right() {
    // The timetable and the corrections are watched by `tests/layers.rs`.
    const SERVICES: [&str; 5] = ["exports", "registrar", "office", "deliveries", "neighbours"];
    let told_who_asks = commands();
    let mut complaints = Vec::new();
    for (path, text) in [sources_below("tui"), sources_below("web")].concat() {
        let text = dense(&text);
        let is_office = path.components().any(|part| part.as_os_str() == "admin");
        if text.contains("Reader::Shell") {
            complaints.push(format!("{}: reads as the shell", path.display()));
        }
        // `services.timetable.close(`, `web.office.owed(`, `self.registrar.units(`.
        for service in SERVICES {
            for owner in ["services", "web", "self"] {
                for call in text.split(&format!("{owner}.{service}.")).skip(1) {
                    let name = call.split('(').next().unwrap();
                    let command = format!("{service}.{name}");
                    let is_open = FOR_ANYBODY.iter().any(|(open, _)| *open == command);
                    let is_administrators =
                        is_office && FOR_ADMINISTRATORS.iter().any(|of| command.starts_with(of));
                    if !(told_who_asks.contains(&command) || is_open || is_administrators) {
                        complaints.push(format!("{}: {command}", path.display()));
                    }
                }
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
