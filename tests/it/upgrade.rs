//! A database of the previous program is brought up to date, and says the same as before, but for what the rules of
//! counting have changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kiosk::store::rebuild;
use serde_json::{Value, json};

use crate::support::kiosk::Kiosk;

/// What the previous program printed of the database beside it: `tests/data/README.md`.
fn printed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-0010")
}

fn read(file: &str) -> String {
    fs::read_to_string(printed().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A kiosk with the previous program's database.
fn of_the_previous_program() -> Kiosk {
    let mut kiosk = Kiosk::new();
    kiosk.set("KIOSK__KIOSK__TIMEZONE", "Africa/Nairobi");
    kiosk.set("KIOSK__ATTENDANCE__SEMESTER", "2026-2");
    fs::create_dir(kiosk.data()).expect("a folder for the data");
    fs::copy(
        printed().with_extension("db"),
        kiosk.data().join("kiosk.db"),
    )
    .expect("the database can be copied");
    kiosk
}

/// The files of the previous program for one command, as the argument of the command and the format.
fn exports(of: &str) -> Vec<(String, String)> {
    let prefix = format!("{of}-");
    let entries = fs::read_dir(printed()).expect("the folder can be read");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut found: Vec<_> = names
        .filter_map(|name| {
            let (what, format) = name.to_str()?.strip_prefix(&prefix)?.rsplit_once('.')?;
            Some((what.to_owned(), format.to_owned()))
        })
        .collect();
    found.sort();
    found
}

fn export(kiosk: &Kiosk, of: &str, what: &str, format: &str) -> String {
    kiosk.done(&["export", of, what, "--format", format])
}

/// The figures and words that changed with the rules of counting, each with the rule: `docs/COUNTING.md`.
const CHANGED: &[(&str, &str, &str, &str, &str)] = &[
    // The word for a mark that staff removed.
    (
        "a599bb07-0435-4730-b08e-83c9bfa44f9f",
        "ADM/002",
        "Mark",
        "unmarked",
        "removed",
    ),
    (
        "df028ed8-6b47-4b92-9ea9-1dcd08ddd1a5",
        "ADM/002",
        "Mark",
        "unmarked",
        "removed",
    ),
    (
        "df028ed8-6b47-4b92-9ea9-1dcd08ddd1a5",
        "ADM/022",
        "Mark",
        "unmarked",
        "removed",
    ),
    (
        "df028ed8-6b47-4b92-9ea9-1dcd08ddd1a5",
        "X/2",
        "Mark",
        "unmarked",
        "removed",
    ),
    (
        "df028ed8-6b47-4b92-9ea9-1dcd08ddd1a5",
        "X/3",
        "Mark",
        "unmarked",
        "removed",
    ),
    (
        "CS101",
        "ADM/002",
        "1 2026-11-30 15:29",
        "unmarked",
        "mark removed",
    ),
    (
        "CS101",
        "ADM/002",
        "2 2026-11-30 15:21",
        "unmarked",
        "mark removed",
    ),
    (
        "CS101",
        "ADM/022",
        "2 2026-11-30 15:21",
        "unmarked",
        "mark removed",
    ),
    // Typed their number at the door and are on no class list: apart and undecided, where the unit has a list.
    ("CS101", "GUEST/9", "Decision", "not eligible", "undecided"),
    ("CS101", "X/1", "Decision", "not eligible", "undecided"),
    ("CS101", "X/4", "Decision", "not eligible", "undecided"),
    ("PH101", "SELF/1", "Decision", "eligible", "undecided"),
];

/// The lecture that was cancelled.
const CANCELLED: &str = "d8c6137f-9306-4d1d-a5eb-ea3db5d55e1f";

/// A list as values by number and heading.
fn table(csv: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().expect("headings").clone();
    let rows = reader.records().map(|row| {
        let row = row.expect("a row");
        let cells = headings.iter().zip(row.iter());
        let cells = cells.map(|(heading, cell)| (heading.to_owned(), cell.to_owned()));
        (row[0].to_owned(), cells.collect())
    });
    rows.collect()
}

/// What differs between a list of the previous program and one of today, but for the time and new columns.
fn differences(before: &str, now: &str) -> Vec<(String, String, String, String)> {
    let (before, now) = (table(before), table(now));
    assert!(
        now.keys().all(|number| before.contains_key(number)),
        "nobody is new"
    );
    let mut found = Vec::new();
    for (number, row) in &before {
        if !now.contains_key(number) {
            found.push((
                number.clone(),
                "Mark".to_owned(),
                row["Mark"].clone(),
                String::new(),
            ));
            continue;
        }
        for (heading, old) in row.iter().filter(|(heading, _)| *heading != "Generated at") {
            // The days of an enrolment are told in a column of their own.
            if heading == "Enrolled on" {
                continue;
            }
            let new = &now[number][heading];
            if new != old {
                found.push((number.clone(), heading.clone(), old.clone(), new.clone()));
            }
        }
    }
    found
}

/// A line of the audit log has another id than before.
fn without_ids(mut correction: Value) -> Value {
    correction["id"].take();
    let is_undo = !correction["undoes"].is_null();
    correction["undoes"] = is_undo.into();
    correction
}

/// What happened in the lectures of a student: session, record and corrections.
fn told(history: &Value) -> Vec<Value> {
    let sessions = history["sessions"].as_array().expect("sessions");
    let opened = sessions.iter().filter(|it| !it["session"].is_null());
    let told = opened.map(|it| {
        let corrections = it["corrections"].as_array().expect("corrections");
        let corrections: Vec<Value> = corrections.iter().cloned().map(without_ids).collect();
        json!([it["session"], it["record"], it["first"], corrections])
    });
    // What the previous program called absent is a removed mark.
    let text = told.collect::<Value>().to_string();
    let text = text.replace("\"mark\":\"absent\"", "\"mark\":\"removed\"");
    serde_json::from_str(&text).expect("JSON")
}

fn assert_says_the_same(kiosk: &Kiosk) {
    let sessions: Value = serde_json::from_str(&read("sessions.json")).expect("JSON");
    assert_eq!(kiosk.json(&["session", "list", "--json"]), sessions);
    let mut changed = Vec::new();
    for of in ["session", "unit", "exam"] {
        let lists = exports(of)
            .into_iter()
            .filter(|(_, format)| format == "csv");
        let lists: Vec<_> = lists.collect();
        assert!(lists.len() >= 3, "{lists:?}");
        for (what, format) in lists {
            let before = read(&format!("{of}-{what}.{format}"));
            let now = export(kiosk, of, &what, &format);
            for (number, heading, old, new) in differences(&before, &now) {
                // Nobody is expected at a lecture that was cancelled.
                if what == CANCELLED && (old.as_str(), new.as_str()) == ("absent", "") {
                    continue;
                }
                changed.push((what.clone(), number, heading, old, new));
            }
        }
    }
    let changed: Vec<_> = changed
        .iter()
        .map(|(unit, number, heading, old, new)| {
            (
                unit.as_str(),
                number.as_str(),
                heading.as_str(),
                old.as_str(),
                new.as_str(),
            )
        })
        .collect();
    assert_eq!(changed, CHANGED);
    for (unit, format) in exports("histories") {
        let histories = read(&format!("histories-{unit}.{format}"));
        for before in histories.lines() {
            let before: Value = serde_json::from_str(before).expect("JSON");
            let number = before["admission_number"].as_str().expect("a number");
            let now = kiosk.json(&["attendance", "history", number, "--unit", &unit, "--json"]);
            assert_eq!(told(&now), told(&before), "{number}");
        }
    }
}

#[test]
fn a_database_of_the_previous_program_says_the_same_and_is_what_its_statements_say() {
    let kiosk = of_the_previous_program();
    assert_says_the_same(&kiosk);
    let copy = kiosk.data().join("backups/before-schema-0011.db");
    assert!(copy.is_file(), "the database is copied before");

    let differences = rebuild(&kiosk.data().join("kiosk.db")).expect("it can be made anew");
    assert!(differences.is_empty(), "{differences:#?}");
    assert_says_the_same(&kiosk);
}
