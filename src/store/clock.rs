//! Corrects times that were recorded before the clock was synchronised (feature K5).

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::acts::Act;
use super::deliveries::{self, ChangeSummary, Due};
use super::error::StoreError;
use super::event::Event;
use super::lectures;
use super::marks::staff_judged;
use super::plan::{Plan, commit};
use super::publications;
use super::records::{self, STATE_COLUMNS};
use super::row;
use crate::domain::{
    AdmissionNumber, BootId, ClockStep, Reading, RecordState, Session, SessionId, Statement,
    Target, Timestamp, Uptime, Windows, Zone,
};

/// What was corrected once the clock was synchronised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CorrectedTimes {
    /// Sessions that were opened "now" by an unsynchronised clock.
    pub sessions: u64,
    /// Records that were made by that clock.
    pub records: u64,
    /// Of these, records that had been delivered to a remote before.
    pub delivered_before: u64,
}

impl Store {
    /// The wall-clock time at zero of this run's monotonic time, in milliseconds since 1970. The first program
    /// of a run stores `fresh`, and all others get it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub async fn monotonic_zero(&self, boot: BootId, fresh: i64) -> Result<i64, StoreError> {
        const READ: &str = "SELECT value FROM settings WHERE name = 'steady_zero'";
        const KEEP: &str = "INSERT INTO settings (name, value) VALUES ('steady_zero', ?1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        // Waits of the previous run mean nothing on this run's monotonic time, which may begin hours behind.
        const END_WAITS: &str = "UPDATE deliveries SET next_attempt_at = ?1
            WHERE state = 'waiting' AND next_attempt_at > ?1";
        // Without a boot id, runs cannot be distinguished.
        if !boot.is_known() {
            return Ok(fresh);
        }
        self.write(move |db, _| {
            let kept: Option<Vec<u8>> = db.query_row(READ, [], |row| row.get(0)).optional()?;
            let kept = kept.and_then(|text| {
                let text = String::from_utf8(text).ok()?;
                let (run, zero) = text.split_once(' ')?;
                (run == boot.as_str()).then(|| zero.parse().ok()).flatten()
            });
            if let Some(zero) = kept {
                return Ok(zero);
            }
            db.execute(KEEP, [format!("{boot} {fresh}").into_bytes()])?;
            db.execute(END_WAITS, [Timestamp::from_millis(fresh)])?;
            Ok(fresh)
        })
        .await
    }

    /// Corrects every time that this run of the machine recorded before its clock was synchronised. The original
    /// time is kept beside it, and the flag stays.
    ///
    /// Sessions are corrected first, if they were opened "now"; whether a record is late follows from their
    /// times, unless staff have decided it. A record outside of the session's windows is flagged and counts.
    /// Where another kiosk recorded the student too, the record that counts is chosen again.
    ///
    /// Waiting deliveries are sent with the corrected time, and Firestore's copy is updated. The portal's API
    /// cannot change records.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written; then nothing is corrected.
    pub async fn correct_times(
        &self,
        set: Reading,
        windows: Windows,
        zone: Zone,
    ) -> Result<CorrectedTimes, StoreError> {
        let boot = set.uptime.boot.clone();
        let is_any = self.read(move |db| is_any_to_correct(db, &boot)).await?;
        if !set.trusted || !is_any {
            return Ok(CorrectedTimes::default());
        }
        self.write(move |db, events| {
            // One act for all corrections: the records keep their original times.
            let act = Act::new(set.at, "kiosk", "clock.set", &set.uptime.boot)
                .because(Some("a time server has set the clock"));
            let mut plan = Plan::new(act);
            let sessions = correct_sessions(db, &mut plan, &set, zone)?;
            let corrected = correct_records(db, &mut plan, &set, (windows, &sessions))?;
            if sessions.is_empty() && corrected.is_empty() {
                return Ok(CorrectedTimes::default());
            }
            plan.act_mut().new = Some(format!(
                "times corrected: {} records, {} sessions",
                corrected.len(),
                sessions.len()
            ));
            commit(db, &plan)?;
            for id in sessions.keys() {
                publications::queue(db, *id)?;
            }
            for record in &corrected {
                // An attempt that is under way sends the old time, and so must not settle the delivery.
                let summary = ChangeSummary::of_what_is_told(record.state.counts());
                let due = Due::at_once(set.monotonic);
                deliveries::requeue(db, events, record.id, summary, &[], due)?;
            }
            let mut changed: Vec<SessionId> = corrected.iter().map(|it| it.session).collect();
            changed.dedup();
            let changed = sessions.keys().copied().chain(changed);
            events.extend(changed.map(|session| Event::SessionChanged { session }));
            events.extend(Target::ALL.map(|target| Event::Queued { target }));
            Ok(CorrectedTimes {
                sessions: sessions.len() as u64,
                records: corrected.len() as u64,
                delivered_before: corrected.iter().filter(|it| it.delivered).count() as u64,
            })
        })
        .await
    }
}

fn is_any_to_correct(db: &Connection, boot: &BootId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM records WHERE boot = ?1 AND clock_said IS NULL AND flags & 16)
        OR EXISTS (SELECT 1 FROM lectures WHERE boot = ?1 AND clock_said IS NULL)";
    Ok(boot.is_known()
        && db
            .prepare_cached(SQL)?
            .query_row([boot], |row| row.get(0))?)
}

fn uptime(boot: &BootId, elapsed_ms: u64) -> Uptime {
    Uptime {
        boot: boot.clone(),
        elapsed: Duration::from_millis(elapsed_ms),
    }
}

/// The times of sessions after their correction.
type Moved = BTreeMap<SessionId, Session>;

/// Plans to move the sessions that were opened "now" to their real time.
fn correct_sessions(
    db: &Connection,
    plan: &mut Plan,
    set: &Reading,
    zone: Zone,
) -> Result<Moved, StoreError> {
    const FIND: &str = "SELECT uuid, uptime_ms, opened_at FROM sessions
        WHERE boot = ?1 AND clock_said IS NULL";
    let boot = &set.uptime.boot;
    let found = row::collect(&mut db.prepare_cached(FIND)?, [boot], |row| {
        let opened = uptime(boot, row.get("uptime_ms")?);
        Ok((row.get("uuid")?, opened, row.get("opened_at")?))
    })?;
    let mut moved = Moved::new();
    for (id, opened, said) in found {
        let Some(right) = set.time_of(&opened) else {
            continue;
        };
        let lecture = lectures::find(db, id)?;
        let mut session = lecture.session;
        let first_start = session.starts_at;
        let lasts = session.ends_at.since(first_start);
        // In whole minutes, as when it was opened, and of the same length.
        let starts_at = ClockStep::between(said, right).applied_to(first_start);
        session.starts_at = Timestamp::from_millis(starts_at.millis().div_euclid(60_000) * 60_000);
        session.ends_at = session.starts_at + lasts;
        let date = zone.date(session.starts_at);
        // A session stays where it is if its unit has another one at that minute.
        let start = (&session.semester, date, session.starts_at);
        let is_taken = moved.values().any(|other: &Session| {
            (&other.unit_code, &other.semester, other.starts_at)
                == (&session.unit_code, &session.semester, session.starts_at)
        });
        if is_taken || !lectures::is_free(db, lecture.unit, id, start)? {
            continue;
        }
        let mut fact = lectures::fact(db, id)?;
        let sitting = lectures::sitting(&mut fact)?;
        sitting.clock_said = Some(first_start);
        sitting.starts_at = session.starts_at;
        sitting.ends_at = session.ends_at;
        sitting.date = date;
        plan.state(db, Statement::Lecture(id, Box::new(fact)))?;
        moved.insert(id, session);
    }
    Ok(moved)
}

/// A record whose time is to be corrected.
struct RecordToCorrect {
    id: i64,
    session: SessionId,
    number: AdmissionNumber,
    recorded: Uptime,
    /// What the door saw, where staff have spoken about it.
    seen: Option<String>,
    state: RecordState,
    delivered: bool,
}

/// Corrects the records; answers which.
fn correct_records(
    db: &Connection,
    plan: &mut Plan,
    set: &Reading,
    (windows, moved): (Windows, &Moved),
) -> Result<Vec<RecordToCorrect>, StoreError> {
    let mut corrected = Vec::new();
    let mut of_last: Option<Session> = None;
    for mut record in records_to_correct(db, &set.uptime.boot)? {
        let Some(right) = set.time_of(&record.recorded) else {
            continue;
        };
        let session = match of_last.take() {
            Some(session) if session.id == record.session => session,
            _ => match moved.get(&record.session) {
                Some(session) => session.clone(),
                None => lectures::find(db, record.session)?.session,
            },
        };
        correct_record(db, plan, &mut record, (&session, windows), right)?;
        of_last = Some(session);
        corrected.push(record);
    }
    Ok(corrected)
}

fn records_to_correct(db: &Connection, boot: &BootId) -> Result<Vec<RecordToCorrect>, StoreError> {
    // From the index of the rows that are to be corrected: the table grows for years.
    let sql = format!(
        "SELECT {STATE_COLUMNS}, r.uptime_ms, r.seen, l.uuid AS session_id, st.admission_number,
            st.name AS student_name, EXISTS (SELECT 1 FROM deliveries AS d WHERE d.target IN ('firestore', 'portal')
                AND d.kind = 'check_in' AND d.subject = r.id AND d.state = 'delivered') AS delivered
        FROM records AS r JOIN lectures AS l ON l.id = r.lecture JOIN students AS st ON st.id = r.student
        WHERE r.boot = ?1 AND r.clock_said IS NULL AND r.flags & 16 ORDER BY r.lecture"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [boot], |row| {
        Ok(RecordToCorrect {
            id: row.get("record")?,
            session: row.get("session_id")?,
            number: row.get("admission_number")?,
            recorded: uptime(boot, row.get("uptime_ms")?),
            seen: row.get("seen")?,
            state: records::state(row)?,
            delivered: row.get("delivered")?,
        })
    })
}

fn correct_record(
    db: &Connection,
    plan: &mut Plan,
    record: &mut RecordToCorrect,
    (session, windows): (&Session, Windows),
    right: Timestamp,
) -> Result<(), StoreError> {
    const CORRECTED: &str =
        "UPDATE records SET clock_said = at, at = ?2, late_minutes = ?3, flags = ?4
        WHERE id = ?1";
    let is_stated = record.seen.is_some();
    let judged = is_stated && staff_judged(db, record.session, &record.number, None)?;
    record.state.at = right;
    if !judged {
        record.state = record.state.clone().judged_by(session, windows);
    }
    let state = &record.state;
    db.prepare_cached(CORRECTED)?.execute((
        record.id,
        state.at,
        state.punctuality,
        state.flags.stored_bits(),
    ))?;
    if is_stated {
        // What it is now follows from a statement, so the corrected time is one too.
        let state = Box::new(state.clone());
        plan.state(
            db,
            Statement::Mark(record.session, record.number.clone(), state),
        )?;
    }
    Ok(())
}
