//! Whatever comes from outside is read or refused: nothing panics, hangs, or reads otherwise the second time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::fuzz::{fuzz, fuzz_with};
use crate::config::Config;
use crate::domain::{
    AdmissionNumber, Cidr, Code, DeviceId, NumberPattern, PersonName, Reason, Semester, SessionId,
    SignInToken, SigningKey, StaffId, Ticket, Timestamp, UnitCode, Venue, Zone,
};
use crate::services::{CsvRoster, CsvTimetable};
use crate::store::{Store, backup};

fn nairobi() -> Zone {
    Zone::parse("Africa/Nairobi").unwrap()
}

/// Nothing in it moves a cursor, breaks a line or hides.
fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
    })
}

/// What was read, if anything, is one short harmless line, and reads as itself.
fn check_line(text: &str, read: impl Fn(&str) -> Option<String>, most: usize) {
    if let Some(once) = read(text) {
        assert!(is_harmless(&once), "{once:?}");
        assert!((1..=most).contains(&once.chars().count()), "{once:?}");
        assert_eq!(read(&once).as_ref(), Some(&once), "of {text:?}");
    }
}

#[test]
fn a_line_that_somebody_types() {
    fuzz("line", |input| {
        let text = String::from_utf8_lossy(input);
        let number = |raw: &str| Some(AdmissionNumber::parse(raw).ok()?.to_string());
        check_line(&text, number, AdmissionNumber::MAX_CHARS);
        let name = |raw: &str| Some(PersonName::parse(raw).ok()?.as_str().to_owned());
        check_line(&text, name, 200);
        let unit = |raw: &str| Some(UnitCode::parse(raw).ok()?.as_str().to_owned());
        check_line(&text, unit, 100);
        let staff_id = |raw: &str| Some(StaffId::parse(raw).ok()?.as_str().to_owned());
        check_line(&text, staff_id, 100);
        let reason = |raw: &str| Some(Reason::parse(raw).ok()??.as_str().to_owned());
        check_line(&text, reason, Reason::MAX_CHARS);
        let semester = |raw: &str| Some(Semester::parse(raw).ok()?.as_str().to_owned());
        check_line(&text, semester, 100);
        if let Ok(venue) = Venue::parse(&text) {
            assert_eq!(Venue::parse(venue.as_str()), Ok(venue));
        }
        let code = |raw: &str| Some(Code::parse(raw).ok()?.as_str().to_owned());
        check_line(&text, code, Code::CHARS);
        if let Some(id) = SessionId::parse(&text) {
            assert_eq!(SessionId::parse(&id.to_string()), Some(id));
        }
        if let Ok(number) = AdmissionNumber::parse(&text) {
            let _ = number.masked();
        }
        let _ = Cidr::parse(&text);
        let _ = NumberPattern::parse(&text).map(|pattern| pattern.read("ADM/1").is_ok());
    });
}

#[test]
fn a_moment_that_somebody_types_or_sends() {
    fuzz("moment", |input| {
        let text = String::from_utf8_lossy(input);
        let now = Timestamp::parse("2026-11-22T06:00:00Z").unwrap();
        let moments = [Timestamp::parse(&text), nairobi().read(&text, now)];
        for at in moments.into_iter().flatten() {
            let shown = at.to_string();
            assert_eq!(Timestamp::parse(&shown), Ok(at), "{shown} of {text:?}");
            // What is done with it everywhere.
            let day = Duration::from_secs(24 * 3600);
            let _ = (at + day, at - day, at.since(now), now.since(at));
            let _ = (
                nairobi().rfc3339(at),
                crate::words::Voice::english(nairobi()).date(at),
                nairobi().date(at),
            );
        }
    });
}

#[test]
fn a_ticket_or_cookie_that_nobody_issued() {
    let key = SigningKey::from_bytes([7; 32]);
    let now = Timestamp::parse("2026-11-22T06:00:00Z").unwrap();
    let valid_for = Duration::from_secs(180);
    let session = SessionId::parse("00000000-0000-4000-8000-000000000001").unwrap();
    let device = DeviceId::from_bytes([9; 16]);
    let ticket = Ticket::issue(session, Some(device), now).to_field(&key);
    let cookie = device.to_cookie(&key);
    fuzz("secret", |input| {
        let text = String::from_utf8_lossy(input);
        // The corpus cannot know what this key signs: what stands for it is put in here.
        let text = text
            .replace("{ticket}", &ticket)
            .replace("{cookie}", &cookie);
        for holder in [None, Some(device)] {
            if let Ok(read) = Ticket::from_field(&key, &text, holder, now, valid_for) {
                assert_eq!((text.as_str(), holder), (ticket.as_str(), Some(device)));
                assert_eq!(read.session(), session);
            }
        }
        if DeviceId::from_cookie(&key, &text).is_some() {
            assert_eq!(text, cookie);
        }
        if let Some(token) = SignInToken::from_cookie(&text) {
            assert_eq!(token.to_cookie(), text);
        }
    });
}

#[test]
fn a_roster_that_a_spreadsheet_saved() {
    fuzz("roster", |input| {
        let Ok(roster) = CsvRoster::read(input, &NumberPattern::default(), |_| ()) else {
            return;
        };
        let mut again = "admission_number,name,email,phone\n".to_owned();
        for row in &roster.students {
            let student = &row.student;
            let name = student.name.as_ref().map_or("", |name| name.as_str());
            for text in [
                student.admission_number.as_str(),
                name,
                &student.email,
                &student.phone,
            ] {
                assert!(is_harmless(text), "{text:?}");
                write!(again, "\"{}\",", text.replace('"', "\"\"")).unwrap();
            }
            again.push('\n');
        }
        let reread = CsvRoster::read(again.as_bytes(), &NumberPattern::default(), |_| ());
        let reread = reread.expect("what was read can be written and read again");
        assert_eq!(reread.refused, []);
        let students = |roster: &CsvRoster| -> Vec<_> {
            roster
                .students
                .iter()
                .map(|row| row.student.clone())
                .collect()
        };
        assert_eq!(students(&reread), students(&roster));
        for refused in &roster.refused {
            assert!(is_harmless(&refused.reason), "{refused:?}");
        }
    });
}

#[test]
fn a_timetable_that_a_spreadsheet_saved() {
    fuzz("timetable", |input| {
        if let Ok(timetable) = CsvTimetable::read(input, nairobi()) {
            for refused in &timetable.refused {
                assert!(is_harmless(&refused.reason), "{refused:?}");
            }
        }
    });
}

#[test]
fn a_configuration_that_somebody_edited() {
    fuzz("configuration", |input| {
        let text = String::from_utf8_lossy(input);
        match Config::from_toml(Path::new("kiosk.toml"), &text) {
            Ok(config) => drop(format!("{config:?}")),
            Err(error) => assert!(error.to_string().contains("kiosk.toml"), "{error}"),
        }
    });
}

/// What kiosks wrote, an early one and this one, in pages so small that most changes hit something.
fn databases(folder: &Path) -> Vec<Vec<u8>> {
    let early = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-0001.db");
    let (grown, shrunk) = (folder.join("grown.db"), folder.join("shrunk.db"));
    let mut databases = Vec::new();
    for is_opened in [false, true] {
        fs::copy(&early, &grown).unwrap();
        if is_opened {
            drop(Store::open(&grown).unwrap());
        }
        let db = Connection::open(&grown).unwrap();
        db.execute_batch("PRAGMA page_size = 512").unwrap();
        db.execute("VACUUM INTO ?1", [shrunk.to_str().unwrap()])
            .unwrap();
        databases.push(fs::read(&shrunk).unwrap());
        fs::remove_file(&shrunk).unwrap();
    }
    assert!(databases.iter().all(|db| db.len() < 100_000));
    databases
}

#[test]
fn a_backup_from_a_bad_stick() {
    let sound = databases(tempfile::tempdir().unwrap().path());
    fuzz_with("backup", sound, |input| {
        // A folder for each: the store of the one before may still be folding its log into its file.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        fs::write(&path, input).unwrap();
        let sound = backup::check(&path).is_ok();
        let glanced = backup::check_quickly(&path).is_ok();
        assert!(
            glanced || !sound,
            "the short look refuses what the long one takes"
        );
        let _ = backup::verify(&path);
        // What is sound opens, or says why not.
        if sound {
            let _ = Store::open(&path);
        }
    });
}
