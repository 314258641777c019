//! Corrects times that were recorded before the clock was synchronised (feature K5).

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::Store;
use super::audit;
use super::error::StoreError;
use super::event::Event;
use super::mirror;
use super::outbox::{self, ChangeSummary};
use super::publications;
use super::row;
use super::sessions;
use crate::domain::{
    BootId, ClockStep, Flag, Flags, Reading, Session, SessionId, Target, Timestamp, Uptime,
    Windows, Within, Zone,
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
        const END_WAITS: [&str; 2] = [
            "UPDATE outbox SET next_attempt_at = ?1 WHERE state = 'waiting' AND next_attempt_at > ?1",
            "UPDATE session_publications SET next_attempt_at = ?1
            WHERE state = 'waiting' AND next_attempt_at > ?1",
        ];
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
            let begins_at = Timestamp::from_millis(fresh).to_string();
            for end_waits in END_WAITS {
                db.execute(end_waits, [&begins_at])?;
            }
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
            let anchor = drop_anchor(db, &set)?;
            let sessions = correct_sessions(db, &set, anchor, zone)?;
            let (records, delivered_before, touched) =
                correct_records(db, events, &set, (anchor, windows))?;
            note(db, &set, sessions.len(), records)?;
            let changed = sessions.iter().chain(&touched);
            events.extend(changed.map(|&session| Event::SessionChanged { session }));
            events.extend(Target::ALL.map(|target| Event::Queued { target }));
            Ok(CorrectedTimes {
                sessions: sessions.len() as u64,
                records,
                delivered_before,
            })
        })
        .await
    }
}

fn is_any_to_correct(db: &Connection, boot: &BootId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM attendance
            WHERE boot_id = :boot AND instr(flags, 'clock_untrusted') > 0 AND corrected_by IS NULL
                AND kiosk_id IS NULL)
        OR EXISTS (SELECT 1 FROM attendance AS a CROSS JOIN kiosk_records AS own ON own.id = a.id
            WHERE a.boot_id = :boot AND a.corrected_by IS NULL AND a.kiosk_id IS NOT NULL
                AND own.kiosk_id IS NULL AND instr(own.flags, 'clock_untrusted') > 0)
        OR EXISTS (SELECT 1 FROM attendance_sessions WHERE boot_id = :boot AND corrected_by IS NULL)";
    Ok(boot.is_known()
        && db
            .prepare_cached(SQL)?
            .query_row(named_params! { ":boot": boot.as_str() }, |row| row.get(0))?)
}

/// Stores the wall-clock time and the monotonic time of one moment after the synchronisation.
fn drop_anchor(db: &Connection, set: &Reading) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO clock_anchors (boot_id, uptime_ms, at) VALUES (?1, ?2, ?3)";
    db.execute(
        SQL,
        (
            set.uptime.boot.as_str(),
            row::millis(&set.uptime),
            set.at.to_string(),
        ),
    )?;
    Ok(db.last_insert_rowid())
}

/// Moves the sessions that were opened "now" to their real time.
fn correct_sessions(
    db: &Connection,
    set: &Reading,
    anchor: i64,
    zone: Zone,
) -> Result<Vec<SessionId>, StoreError> {
    const FIND: &str = "SELECT id, uptime_ms, created_at FROM attendance_sessions
        WHERE boot_id = ?1 AND corrected_by IS NULL";
    // A session stays where it is if its unit has another one at that minute.
    const MOVE: &str =
        "UPDATE OR IGNORE attendance_sessions SET clock_said = starts_at, corrected_by = :anchor,
            starts_at = :starts_at, ends_at = :ends_at, date = :date WHERE id = :id";
    let found = row::collect(
        &mut db.prepare_cached(FIND)?,
        [set.uptime.boot.as_str()],
        |row| {
            let id = SessionId::from_uuid(row::uuid(&row.get::<_, String>(0)?)?);
            let said = row::timestamp(&row.get::<_, String>(2)?)?;
            Ok((id, row::uptime(&set.uptime.boot, row.get(1)?), said))
        },
    )?;
    let mut moved = Vec::new();
    for (id, opened, said) in found {
        let Some(right) = set.time_of(&opened) else {
            continue;
        };
        let session = sessions::find(db, id)?.session;
        // In whole minutes, as when it was opened, and of the same length.
        let starts_at = ClockStep::between(said, right).applied_to(session.starts_at);
        let starts_at = Timestamp::from_millis(starts_at.millis().div_euclid(60_000) * 60_000);
        let ends_at = starts_at + session.ends_at.since(session.starts_at);
        let changed = db.prepare_cached(MOVE)?.execute(named_params! {
            ":anchor": anchor,
            ":starts_at": starts_at.to_string(),
            ":ends_at": ends_at.to_string(),
            ":date": zone.date(starts_at).to_string(),
            ":id": id.to_string(),
        })?;
        if changed > 0 {
            publications::owe_change(db, id, set.at)?;
            moved.push(id);
        }
    }
    Ok(moved)
}

/// A record whose time is to be corrected.
struct RecordToCorrect {
    id: Uuid,
    session: SessionId,
    recorded: Uptime,
    flags: Flags,
    was_delivered: bool,
    counts: bool,
    /// Staff have decided whether it is late.
    judged: bool,
}

/// Corrects the records. Returns their number, how many of them a remote has, and their sessions.
fn correct_records(
    db: &Connection,
    events: &mut Vec<Event>,
    set: &Reading,
    (anchor, windows): (i64, Windows),
) -> Result<(u64, u64, Vec<SessionId>), StoreError> {
    // Each from the index of the rows that are to be corrected: the table grows for years.
    const FIND: &str = "SELECT a.id, a.session_id, a.uptime_ms, coalesce(own.flags, a.flags) AS flags,
            a.counts AND coalesce(own.status = 'present', 1) AS counts,
            EXISTS (SELECT 1 FROM outbox AS o
                WHERE o.attendance_id = a.id AND o.state = 'delivered') AS was_delivered,
            EXISTS (SELECT 1 FROM audit_log AS l
                WHERE l.subject = a.id AND l.action IN ('attendance.marked', 'attendance.changed')
                    AND NOT EXISTS (SELECT 1 FROM audit_log AS later WHERE later.undoes = l.id)) AS judged
        FROM attendance AS a
        LEFT JOIN kiosk_records AS own ON own.id = a.id AND own.kiosk_id IS NULL AND a.kiosk_id IS NOT NULL
        WHERE a.boot_id = :boot AND a.corrected_by IS NULL AND (a.kiosk_id IS NULL OR own.id IS NOT NULL)
            AND instr(coalesce(own.flags, a.flags), 'clock_untrusted') > 0
            AND a.id IN (
                SELECT id FROM attendance WHERE boot_id = :boot AND instr(flags, 'clock_untrusted') > 0
                    AND corrected_by IS NULL AND kiosk_id IS NULL
                UNION ALL
                SELECT id FROM attendance WHERE boot_id = :boot AND corrected_by IS NULL AND kiosk_id IS NOT NULL)
        ORDER BY a.session_id";
    let found = row::collect(
        &mut db.prepare_cached(FIND)?,
        named_params! { ":boot": set.uptime.boot.as_str() },
        |row| {
            let text = |column: &str| row.get::<_, String>(column);
            Ok(RecordToCorrect {
                id: row::uuid(&text("id")?)?,
                session: SessionId::from_uuid(row::uuid(&text("session_id")?)?),
                recorded: row::uptime(&set.uptime.boot, row.get("uptime_ms")?),
                flags: Flags::parse(&text("flags")?),
                was_delivered: row.get("was_delivered")?,
                counts: row.get("counts")?,
                judged: row.get("judged")?,
            })
        },
    )?;
    let mut touched = Vec::new();
    let (mut records, mut delivered_before) = (0, 0);
    for together in found.chunk_by(|one, next| one.session == next.session) {
        let Some(first) = together.first() else {
            continue;
        };
        let session = sessions::find(db, first.session)?.session;
        for record in together {
            let Some(right) = set.time_of(&record.recorded) else {
                continue;
            };
            correct_record(db, record, &session, right, (anchor, windows))?;
            // An attempt that is under way sends the old time, and so must not settle the delivery.
            let summary = ChangeSummary::of_the_time(record.counts);
            outbox::requeue(db, events, record.id, summary, &[], set.monotonic)?;
            records += 1;
            delivered_before += u64::from(record.was_delivered);
        }
        touched.push(session.id);
    }
    Ok((records, delivered_before, touched))
}

fn correct_record(
    db: &Connection,
    record: &RecordToCorrect,
    session: &Session,
    right: Timestamp,
    (anchor, windows): (i64, Windows),
) -> Result<(), StoreError> {
    const ROW: &str = "UPDATE attendance SET clock_said = timestamp, corrected_by = :anchor,
            timestamp = :right, late_minutes = coalesce(:late, late_minutes), flags = :flags
        WHERE id = :id AND kiosk_id IS NULL";
    // Where the row holds another kiosk's record, this kiosk's is in `kiosk_records`.
    const SAID: &str = "UPDATE attendance SET corrected_by = :anchor,
            clock_said = (SELECT timestamp FROM kiosk_records AS own WHERE own.id = attendance.id)
        WHERE id = :id AND kiosk_id IS NOT NULL";
    const BESIDE: &str =
        "UPDATE kiosk_records SET timestamp = :right, late_minutes = coalesce(:late, late_minutes), flags = :flags
        WHERE id = :id AND kiosk_id IS NULL";
    let (punctuality, within) = session.judge(right, windows);
    let flags = if record.judged {
        record.flags
    } else {
        record
            .flags
            .with_punctuality(punctuality)
            .with_if(within == Within::NoWindow, Flag::OutsideWindows)
    };
    let (right, flags, id) = (right.to_string(), flags.to_string(), record.id.to_string());
    let late = (!record.judged).then(|| punctuality.minutes());
    db.prepare_cached(ROW)?.execute(named_params! {
        ":anchor": anchor, ":right": right, ":late": late, ":flags": flags, ":id": id,
    })?;
    db.prepare_cached(SAID)?
        .execute(named_params! { ":anchor": anchor, ":id": id })?;
    db.prepare_cached(BESIDE)?.execute(named_params! {
        ":right": right, ":late": late, ":flags": flags, ":id": id,
    })?;
    mirror::weigh_again(db, &id)
}

/// One line for all corrections: the records keep their original times.
fn note(db: &Connection, set: &Reading, sessions: usize, records: u64) -> Result<(), StoreError> {
    audit::add(
        db,
        &audit::Entry {
            at: set.at,
            actor: "kiosk",
            action: "clock.set",
            subject: set.uptime.boot.as_str(),
            old: None,
            new: Some(&format!(
                "times corrected: {records} records, {sessions} sessions"
            )),
            reason: Some("a time server has set the clock"),
        },
    )
}
