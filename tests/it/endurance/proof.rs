//! Compares the databases, Firestore and the portal with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use kiosk::domain::Timestamp;
use rusqlite::Connection;
use serde_json::Value;
use uuid::Uuid;

use super::Term;
use super::ledger::{Record, percent, same};
use super::wire::{Acknowledgement, Answer, Order};

/// The kiosk's own records of a session.
const OWN: &str = "SELECT r.uuid, st.admission_number, r.at, r.percentage / 100.0 AS percentage,
        r.flags & 16 = 0 AS is_trusted
    FROM records AS r JOIN lectures AS l ON l.id = r.lecture JOIN students AS st ON st.id = r.student
    WHERE l.uuid = ?1 AND r.kiosk = 0";

impl Term {
    /// After every step: a kiosk's database has each record that it acknowledged, and no other except
    /// those that a kill left unacknowledged.
    pub(super) fn compare_books(
        &mut self,
        kiosk: usize,
        lecture: usize,
        unanswered: &BTreeSet<String>,
    ) {
        let session = self.ledger.lectures[lecture].id.clone();
        let books = self.machines[kiosk].books();
        let own = own_records(&books, &session);
        for acknowledgement in own.values() {
            if !self.ledger.has(&acknowledgement.attendance_id) {
                assert!(
                    unanswered.contains(&acknowledgement.number),
                    "seed {}: kiosk {kiosk} has a record without an acknowledgement: {acknowledgement:?}",
                    self.seed
                );
                self.tally.unacknowledged += 1;
                self.take(kiosk, lecture, acknowledgement);
            }
        }
        for record in self.ledger.of(lecture) {
            assert!(
                record.kiosk != kiosk || own.contains_key(&record.id),
                "seed {}: kiosk {kiosk} has lost {record:?}",
                self.seed
            );
        }
    }

    /// How the boards of the lectures differ from the ledger; `None` once they agree.
    pub(super) async fn differing_boards(&mut self) -> Option<String> {
        for lecture in self.unproved.clone() {
            for kiosk in 0..self.machines.len() {
                if !self.ledger.lectures[lecture].known[kiosk] {
                    continue;
                }
                let session = self.ledger.lectures[lecture].id.clone();
                let order = Order::Roster { session };
                let answers = self.machines[kiosk].ask(self.at, order).await;
                let lines = answers.into_iter().filter_map(|answer| match answer {
                    Answer::Line(line) => Some(line),
                    _ => None,
                });
                let present = self.ledger.by_student(lecture);
                let times = self.times(lecture);
                let unit = self.ledger.lectures[lecture].unit;
                let attended = self.ledger.attended(kiosk, unit);
                let mut enrolled = 0;
                for line in lines {
                    enrolled += 1;
                    let was_at = attended.get(line.number.as_str()).copied();
                    let was_at = was_at.unwrap_or_default();
                    let records = present.get(line.number.as_str());
                    let at = records.map(|records| times[standing(records, &times).id.as_str()]);
                    let fits = line.at == at
                        && line.attended == was_at
                        && same(line.percentage, percent(was_at));
                    if !fits {
                        return Some(format!(
                            "kiosk {kiosk}, lecture {lecture}: {line:?}, not at {at:?} and {was_at} attended with {records:?}"
                        ));
                    }
                }
                assert_eq!(enrolled, super::STUDENTS, "everybody is on the board");
            }
        }
        None
    }

    /// Once nothing is queued: both remotes have each record of the lectures once.
    pub(super) async fn prove(&mut self) {
        let mut unproved = std::mem::take(&mut self.unproved);
        unproved.dedup();
        for lecture in unproved {
            self.prove_portal(lecture);
            self.prove_firestore(lecture).await;
        }
    }

    fn prove_portal(&self, lecture: usize) {
        let session = &self.ledger.lectures[lecture].id;
        let entries = self.portal.of(session);
        let records: BTreeMap<&str, &Record> = self
            .ledger
            .of(lecture)
            .map(|record| (record.id.as_str(), record))
            .collect();
        // Records that were removed after delivery are still there: the portal has no call for it.
        for (key, entry) in &entries {
            let record = records
                .get(key.as_str())
                .unwrap_or_else(|| panic!("the portal has {entry:?} under {key}"));
            assert_eq!(entry.number, record.number);
            assert!(
                same(entry.percentage, record.percentage),
                "the portal has {entry:?}, not {record:?}"
            );
            let delivered = Timestamp::parse(&entry.timestamp).expect("a time").millis();
            let times = [record.said_at, record.really_at].map(|at| at / 1000 * 1000);
            assert!(
                times.contains(&delivered),
                "the portal has {entry:?}, not {record:?}"
            );
        }
        for (id, record) in &records {
            assert!(entries.contains_key(*id), "the portal lacks {record:?}");
        }
    }

    async fn prove_firestore(&self, lecture: usize) {
        let session = self.ledger.lectures[lecture].id.clone();
        let students = format!("sessions/{session}/students");
        let claims = by_id(self.firestore.documents(&students).await);
        let timeline = self
            .firestore
            .with_text("attendance_records", "session_id", &session)
            .await;
        let timeline = by_id(timeline);
        let by_student = self.ledger.by_student(lecture);
        let expected: BTreeSet<&str> = by_student
            .values()
            .flatten()
            .map(|record| record.id.as_str())
            .collect();
        let there: BTreeSet<&str> = timeline.keys().map(String::as_str).collect();
        assert_eq!(
            there, expected,
            "seed {}: the timeline of lecture {lecture}",
            self.seed
        );
        let times = self.times(lecture);
        let mut claimants = BTreeSet::new();
        for records in by_student.values() {
            let stands = standing(records, &times);
            claimants.insert(stands.id.as_str());
            for record in records {
                let fields = &timeline[&record.id]["fields"];
                let counts = &fields["counts"]["booleanValue"];
                if records.len() > 1 {
                    assert_eq!(
                        *counts,
                        record.id == stands.id,
                        "seed {}: {record:?} beside {stands:?}",
                        self.seed
                    );
                } else {
                    assert_ne!(*counts, false, "{record:?}");
                }
                let percentage = fields["attendance_percentage"]["doubleValue"].as_f64();
                assert!(
                    percentage.is_some_and(|delivered| same(delivered, record.percentage)),
                    "Firestore has {fields}, not {record:?}"
                );
                let delivered = fields["timestamp"]["timestampValue"].as_str();
                let delivered = delivered.and_then(|delivered| Timestamp::parse(delivered).ok());
                let delivered = delivered.expect("a time").millis();
                let fits = delivered == times[record.id.as_str()];
                assert!(fits, "Firestore has {fields}, not {record:?}");
            }
        }
        let claimed: BTreeSet<&str> = claims.keys().map(String::as_str).collect();
        assert_eq!(
            claimed, claimants,
            "seed {}: the claims of lecture {lecture}",
            self.seed
        );
        assert_eq!(claims.len(), by_student.len(), "one claim for each student");
    }

    /// The final times of each kiosk's records: uncorrected or true.
    fn times(&self, lecture: usize) -> BTreeMap<&str, i64> {
        let session = &self.ledger.lectures[lecture].id;
        let own = [0, 1].map(|kiosk| own_records(&self.machines[kiosk].books(), session));
        let time = |record: &Record| {
            let at = own[record.kiosk][&record.id].at;
            let was = at == record.really_at && !record.is_trusted;
            assert!(
                at == record.said_at || was,
                "a time that never was: {at} for {record:?}"
            );
            at
        };
        let records = self.ledger.of(lecture);
        records
            .map(|record| (record.id.as_str(), time(record)))
            .collect()
    }

    /// All checks, once a week.
    pub(super) async fn prove_everything(&self) {
        let kept = self
            .ledger
            .records
            .iter()
            .filter(|record| !record.is_removed);
        let expected: BTreeSet<&str> = kept.map(|record| record.id.as_str()).collect();
        let timeline = self.firestore.documents("attendance_records").await;
        assert_eq!(timeline.len(), expected.len(), "documents in the timeline");
        let timeline = by_id(timeline);
        assert!(timeline.keys().all(|id| expected.contains(id.as_str())));
        assert_eq!(
            self.portal.len(),
            self.ledger.records.len(),
            "entries at the portal"
        );
        for kiosk in 0..self.machines.len() {
            let books = self.machines[kiosk].books();
            assert_eq!(texts(&books, "PRAGMA integrity_check"), ["ok"]);
            self.prove_own(kiosk, &books);
            self.prove_audit(kiosk, &books);
        }
    }

    /// At the end: what the databases hold is what their statements say.
    pub(super) async fn prove_statements(&mut self) {
        for machine in &mut self.machines {
            machine.kill().await;
            let differences = machine.rebuild();
            assert!(
                differences.is_empty(),
                "seed {}: {}: {differences:#?}",
                self.seed,
                machine.name
            );
        }
    }

    fn prove_own(&self, kiosk: usize, books: &Connection) {
        for (index, lecture) in self.ledger.lectures.iter().enumerate() {
            let own: BTreeSet<String> = own_records(books, &lecture.id).into_keys().collect();
            let records = self.ledger.of(index).filter(|record| record.kiosk == kiosk);
            let expected: BTreeSet<String> = records.map(|record| record.id.clone()).collect();
            assert_eq!(
                own, expected,
                "seed {}: kiosk {kiosk}, lecture {index}",
                self.seed
            );
        }
    }

    /// Every change by staff and every session has its line, and no number is missing.
    fn prove_audit(&self, kiosk: usize, books: &Connection) {
        let count = |sql: &str| -> i64 {
            books
                .query_row(sql, [], |row| row.get(0))
                .expect("the log can be counted")
        };
        assert_eq!(
            count("SELECT count(*) FROM audit_log"),
            count("SELECT max(id) FROM audit_log"),
            "a line is missing"
        );
        for action in [
            "attendance.marked",
            "attendance.unmarked",
            "attendance.undone",
        ] {
            let mut acts = BTreeMap::<usize, i64>::new();
            for (at, done) in &self.acts {
                if *done == action {
                    *acts.entry(*at).or_default() += 1;
                }
            }
            let sql = format!("SELECT count(*) FROM audit_log WHERE action = '{action}'");
            let expected = acts.get(&kiosk).copied().unwrap_or_default();
            assert_eq!(count(&sql), expected, "{action} at kiosk {kiosk}");
        }
        for lecture in &self.ledger.lectures {
            if !lecture.known[kiosk] {
                continue;
            }
            let began = if lecture.home == kiosk {
                "session.opened"
            } else {
                "session.joined"
            };
            let lines = |actions: &str| {
                count(&format!(
                    "SELECT count(*) FROM audit_log WHERE subject = '{}' AND action IN ({actions})",
                    lecture.id
                ))
            };
            assert_eq!(lines(&format!("'{began}'")), 1, "{began} of {}", lecture.id);
            assert!(
                lines("'session.closed', 'session.followed'") >= 1,
                "the end of {} is not in the log",
                lecture.id
            );
        }
    }
}

/// Which of several records of a student counts: by synchronised clock, earlier time, id.
fn standing<'a>(records: &[&'a Record], times: &BTreeMap<&str, i64>) -> &'a Record {
    records
        .iter()
        .min_by_key(|record| (!record.is_trusted, times[record.id.as_str()], &record.id))
        .expect("a student with records")
}

fn own_records(books: &Connection, session: &str) -> BTreeMap<String, Acknowledgement> {
    let mut query = books.prepare_cached(OWN).expect("plain SQL");
    let session = Uuid::parse_str(session).expect("an id");
    let rows = query.query_map([session], |row| {
        Ok(Acknowledgement {
            attendance_id: row.get::<_, Uuid>("uuid")?.to_string(),
            number: row.get("admission_number")?,
            at: row.get("at")?,
            percentage: row.get("percentage")?,
            is_trusted: row.get("is_trusted")?,
        })
    });
    rows.and_then(|rows| {
        rows.map(|acknowledgement| {
            acknowledgement
                .map(|acknowledgement| (acknowledgement.attendance_id.clone(), acknowledgement))
        })
        .collect()
    })
    .expect("the books can be read")
}

fn texts(books: &Connection, sql: &str) -> Vec<String> {
    let mut query = books.prepare(sql).expect("plain SQL");
    let rows = query.query_map([], |row| row.get(0));
    rows.and_then(Iterator::collect)
        .expect("the books can be read")
}

/// Documents by their record; each must be unique.
fn by_id(documents: Vec<Value>) -> BTreeMap<String, Value> {
    let count = documents.len();
    let by_id: BTreeMap<String, Value> = documents
        .into_iter()
        .map(|document| {
            let id = document["fields"]["attendance_id"]["stringValue"].as_str();
            (id.expect("an id").to_owned(), document)
        })
        .collect();
    assert_eq!(by_id.len(), count, "a record is there twice");
    by_id
}
