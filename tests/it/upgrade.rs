//! A database of the previous program is brought up to date, and says the same as before.

use std::fs;
use std::path::{Path, PathBuf};

use kiosk::store::rebuild;
use serde_json::Value;

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

/// The last column of the exam list is the time of the export.
fn without_the_time(list: &str, format: &str) -> Vec<String> {
    if format == "csv" {
        let lines = list.lines();
        let cut = |line: &str| line.rsplit_once(',').expect("columns").0.to_owned();
        return lines.map(cut).collect();
    }
    let mut list: Value = serde_json::from_str(list).expect("JSON");
    let rows = list["rows"].as_array_mut().expect("rows");
    for row in &mut *rows {
        row["generated_at"].take();
    }
    rows.iter().map(Value::to_string).collect()
}

/// A line of the audit log has another id than before.
fn without_ids(mut history: Value) -> Value {
    for session in history["sessions"].as_array_mut().expect("sessions") {
        for correction in session["corrections"].as_array_mut().expect("corrections") {
            correction["id"].take();
            let is_undo = !correction["undoes"].is_null();
            correction["undoes"] = is_undo.into();
        }
    }
    history
}

fn assert_says_the_same(kiosk: &Kiosk) {
    let sessions: Value = serde_json::from_str(&read("sessions.json")).expect("JSON");
    assert_eq!(kiosk.json(&["session", "list", "--json"]), sessions);
    for of in ["session", "unit"] {
        let exports = exports(of);
        assert!(exports.len() >= 6, "{exports:?}");
        for (what, format) in exports {
            let before = read(&format!("{of}-{what}.{format}"));
            assert_eq!(export(kiosk, of, &what, &format), before, "{of} {what}");
        }
    }
    for (unit, format) in exports("exam") {
        let before = without_the_time(&read(&format!("exam-{unit}.{format}")), &format);
        let now = without_the_time(&export(kiosk, "exam", &unit, &format), &format);
        assert_eq!(now, before, "exam {unit}");
    }
    for (unit, format) in exports("histories") {
        let histories = read(&format!("histories-{unit}.{format}"));
        for before in histories.lines() {
            let before: Value = serde_json::from_str(before).expect("JSON");
            let number = before["admission_number"].as_str().expect("a number");
            let now = kiosk.json(&["attendance", "history", number, "--unit", &unit, "--json"]);
            assert_eq!(without_ids(now), without_ids(before.clone()), "{number}");
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
