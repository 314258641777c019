//! What other kiosks recorded, taken into this board; and which record stands where several did.
//!
//! Every record is kept as its kiosk made it (`kiosk_records`), and the row of `attendance` says what
//! the one that stands says. The set of records only grows and the choice among them depends on
//! nothing else, so every kiosk comes to the same answer in whatever order it hears of them.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use super::students;
use crate::domain::{
    Channel, Contested, Flags, KioskRecord, MirrorProgress, Percentage, Session, SessionId,
    SharedCheckIn, Timestamp,
};

/// A session whose records at other kiosks are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredSession {
    pub session: Session,
    /// The latest record seen, by the server's clock; `None` before the first reading.
    pub read_until: Option<Timestamp>,
    /// Other kiosks that have joined, as last seen.
    pub other_kiosks: u32,
    /// When it was read whole after its end.
    pub closed_read_at: Option<Timestamp>,
}

impl Store {
    /// The sessions that a mirror reads: those open that began before `begun_by`; those over since
    /// `closed_since` that were not read whole after their end; and those whose end was read since then,
    /// for a kiosk that was away brings its records later. Where no other kiosk was seen, since
    /// `alone_since`: one may have joined, and lost its network before it could say so.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn mirrored_sessions(
        &self,
        begun_by: Timestamp,
        closed_since: Timestamp,
        alone_since: Timestamp,
    ) -> Result<Vec<MirroredSession>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, m.read_until, coalesce(m.other_kiosks, 0) AS other_kiosks, m.closed_read_at
                FROM attendance_sessions AS s {SESSION_JOINS}
                LEFT JOIN mirrored_sessions AS m ON m.session_id = s.id
                WHERE (s.state = 'open' AND s.starts_at <= :begun_by) OR (s.state <> 'open' AND m.session_id IS NOT NULL
                    AND ((m.closed_read_at IS NULL AND s.ends_at >= :closed_since) OR m.closed_read_at >= iif(m.other_kiosks > 0, :closed_since, :alone_since)))
                ORDER BY s.state = 'open' DESC, s.starts_at, s.id"
            );
            let parameters = named_params! {
                ":begun_by": begun_by.to_string(), ":closed_since": closed_since.to_string(),
                ":alone_since": alone_since.to_string(),
            };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                Ok(MirroredSession {
                    session: row::session(row)?,
                    read_until: row::optional_timestamp(row.get("read_until")?)?,
                    other_kiosks: row.get("other_kiosks")?,
                    closed_read_at: row::optional_timestamp(row.get("closed_read_at")?)?,
                })
            })
        })
        .await
    }

    /// Takes a page of what stands at the remote, and notes in the same transaction how far it reaches.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written; nothing of the page is taken then.
    pub async fn take_shared(
        &self,
        session: SessionId,
        check_ins: Vec<SharedCheckIn>,
        read_until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const REACHED: &str = "INSERT INTO mirrored_sessions (session_id, read_until) VALUES (:session, :until)
            ON CONFLICT (session_id) DO UPDATE SET read_until = max(coalesce(read_until, ''), excluded.read_until)";
        self.write(move |db, events| {
            for check_in in &check_ins {
                if let Some(attendance) = take(db, session, check_in, now)? {
                    events.push(Event::CheckedIn {
                        session,
                        attendance,
                    });
                }
            }
            db.prepare_cached(REACHED)?.execute(named_params! {
                ":session": session.to_string(), ":until": read_until.to_string(),
            })?;
            Ok(())
        })
        .await
    }

    /// Does here what staff at other kiosks did to records of theirs: those taken back count no more. What
    /// is known already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn take_withdrawn(
        &self,
        session: SessionId,
        withdrawn: Vec<Uuid>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const VOID: &str = "UPDATE kiosk_records SET status = 'voided' WHERE id = ?1";
        let standing = self.read(move |db| still_standing(db, &withdrawn)).await?;
        if standing.is_empty() {
            return Ok(());
        }
        self.write(move |db, events| {
            for (row_id, record) in standing {
                let id = record.attendance_id.to_string();
                db.prepare_cached(VOID)?.execute([id])?;
                follow_void(db, &row_id, &record, now)?;
                events.push(Event::CheckedIn {
                    session,
                    attendance: row::uuid(&row_id)?,
                });
            }
            Ok(())
        })
        .await
    }

    /// Notes who else takes part in a session that was read to its end, and, for one that is over, that
    /// this was the whole of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_mirrored(
        &self,
        session: SessionId,
        other_kiosks: u32,
        closed_read_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO mirrored_sessions (session_id, other_kiosks, closed_read_at)
            VALUES (:session, :others, :closed)
            ON CONFLICT (session_id) DO UPDATE SET other_kiosks = excluded.other_kiosks,
                closed_read_at = excluded.closed_read_at, last_error = NULL";
        self.write(move |db, _| {
            db.prepare_cached(SQL)?.execute(named_params! {
                ":session": session.to_string(),
                ":others": other_kiosks,
                ":closed": closed_read_at.map(|at| at.to_string()),
            })?;
            Ok(())
        })
        .await
    }

    /// Notes why a session could not be read, for other programs on this database.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_mirror_error(
        &self,
        session: SessionId,
        error: String,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO mirrored_sessions (session_id, last_error) VALUES (?1, ?2)
            ON CONFLICT (session_id) DO UPDATE SET last_error = excluded.last_error";
        self.write(move |db, _| {
            db.prepare_cached(SQL)?
                .execute((session.to_string(), error))?;
            Ok(())
        })
        .await
    }

    /// How far the reading of the open sessions has come.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn mirror_progress(&self) -> Result<Vec<MirrorProgress>, StoreError> {
        const SQL: &str =
            "SELECT s.id, m.read_until, coalesce(m.other_kiosks, 0) AS other_kiosks, m.last_error
            FROM attendance_sessions AS s LEFT JOIN mirrored_sessions AS m ON m.session_id = s.id
            WHERE s.state = 'open' ORDER BY s.starts_at, s.id";
        self.read(|db| {
            row::collect(&mut db.prepare_cached(SQL)?, [], |row| {
                Ok(MirrorProgress {
                    session_id: SessionId::from_uuid(row::uuid(&row.get::<_, String>("id")?)?),
                    read_until: row::optional_timestamp(row.get("read_until")?)?,
                    other_kiosks: row.get("other_kiosks")?,
                    last_error: row.get("last_error")?,
                })
            })
        })
        .await
    }

    /// The students of a session whom several kiosks recorded, with every record, by number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn contested(&self, session: SessionId) -> Result<Vec<Contested>, StoreError> {
        const SQL: &str = "SELECT a.id, st.admission_number
            FROM attendance AS a JOIN students AS st ON st.id = a.student_id
            WHERE a.session_id = ?1
                AND (SELECT count(*) FROM kiosk_records AS k WHERE k.attendance_id = a.id) > 1
            ORDER BY st.admission_number";
        self.read(move |db| {
            row::collect(&mut db.prepare_cached(SQL)?, [session.to_string()], |row| {
                let id: String = row.get("id")?;
                let mut records: Vec<KioskRecord> = records(db, &id)?
                    .into_iter()
                    .map(|kept| kept.record)
                    .collect();
                records.sort_by_key(KioskRecord::order);
                Ok(Contested {
                    attendance_id: row::uuid(&id)?,
                    admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
                    records,
                })
            })
        })
        .await
    }
}

/// A record as it is kept beside the row that it belongs to.
struct Kept {
    record: KioskRecord,
    pending: bool,
}

/// Takes one student's place; answers the row that changed, if one did.
fn take(
    db: &Connection,
    session: SessionId,
    check_in: &SharedCheckIn,
    now: Timestamp,
) -> Result<Option<Uuid>, StoreError> {
    const ROW: &str = "SELECT id FROM attendance WHERE student_id = ?1 AND session_id = ?2";
    let student_id = students::take_stranger(db, check_in, session, now)?;
    let row_id: Option<String> = db
        .prepare_cached(ROW)?
        .query_row((student_id, session.to_string()), |row| row.get(0))
        .optional()?;
    let Some(row_id) = row_id else {
        return first_seen(db, student_id, session, check_in, now);
    };
    let kept = records(db, &row_id)?;
    let mut changed = false;
    for record in &check_in.records {
        let id = record.attendance_id;
        match kept.iter().find(|kept| kept.record.attendance_id == id) {
            // This kiosk knows best what it recorded itself.
            Some(kept) if kept.record.kiosk_id.is_none() || kept.record == *record => continue,
            Some(before) => {
                keep(db, &row_id, record)?;
                if before.record.voided != record.voided {
                    follow_void(db, &row_id, &before.record, now)?;
                }
            }
            None if kept.is_empty() && id.to_string() == row_id => continue,
            None => keep(db, &row_id, record)?,
        }
        changed = true;
    }
    if !changed && kept.is_empty() {
        return Ok(None);
    }
    keep_own(db, &row_id)?;
    if changed {
        stand(db, &row_id)?;
    }
    if let Some(holder) = check_in.records.first() {
        changed |= count_again(db, &row_id, holder.attendance_id)?;
    }
    if !changed {
        return Ok(None);
    }
    Ok(Some(row::uuid(&row_id)?))
}

/// The first record of a student in a session that this kiosk hears of is another's.
fn first_seen(
    db: &Connection,
    student_id: i64,
    session: SessionId,
    check_in: &SharedCheckIn,
    now: Timestamp,
) -> Result<Option<Uuid>, StoreError> {
    const SQL: &str = "INSERT INTO attendance (id, student_id, session_id, timestamp, channel, status,
            attendance_percentage, late_minutes, flags, kiosk_id, voided_at)
        VALUES (:id, :student, :session, :timestamp, :channel, 'present', :percentage, :late, :flags,
            :kiosk, :voided)
        ON CONFLICT (id) DO NOTHING";
    let Some(standing) = KioskRecord::standing(&check_in.records) else {
        return Ok(None);
    };
    let id = standing.attendance_id.to_string();
    let added = db.prepare_cached(SQL)?.execute(named_params! {
        ":id": id,
        ":student": student_id,
        ":session": session.to_string(),
        ":timestamp": standing.checked_in_at.to_string(),
        ":channel": channel_here(standing).as_str(),
        ":percentage": standing.percentage.as_f64(),
        ":late": standing.punctuality.minutes(),
        ":flags": standing.flags.to_string(),
        ":kiosk": standing.kiosk_id,
        ":voided": standing.voided.then(|| now.to_string()),
    })?;
    // Another student's id, as a careless program may copy it, must not keep the whole page from being read.
    if added == 0 {
        return Ok(None);
    }
    for record in &check_in.records {
        keep(db, &id, record)?;
    }
    Ok(Some(standing.attendance_id))
}

/// How a record came, as seen from this kiosk.
fn channel_here(record: &KioskRecord) -> Channel {
    match record.kiosk_id {
        None => record.channel,
        Some(_) => Channel::Remote,
    }
}

/// Chooses anew which record stands, after one that this kiosk made has changed. What was taken back stays so.
pub(super) fn weigh_again(db: &Connection, row_id: &str) -> Result<(), StoreError> {
    // Of most students there is one record only, which is the row.
    if records(db, row_id)?.is_empty() || is_voided(db, row_id)? {
        return Ok(());
    }
    keep_own(db, row_id)?;
    stand(db, row_id)
}

fn is_voided(db: &Connection, row_id: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT voided_at IS NOT NULL FROM attendance WHERE id = ?1";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([row_id], |row| row.get(0))?)
}

/// Writes the record that stands into the row of `attendance`.
///
/// Staff's word on the row, that it does not count, is not touched. A record that waits for approval
/// here gives way to any that another kiosk counts, and one that was taken back to any that was not.
fn stand(db: &Connection, row_id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attendance SET timestamp = :timestamp, channel = :channel, status = 'present',
            attendance_percentage = :percentage, late_minutes = :late, flags = :flags, kiosk_id = :kiosk
        WHERE id = :row";
    let is_voided = is_voided(db, row_id)?;
    let candidates: Vec<KioskRecord> = records(db, row_id)?
        .into_iter()
        .filter(|kept| !kept.pending && (is_voided || !kept.record.voided))
        .map(|kept| kept.record)
        .collect();
    let Some(standing) = KioskRecord::standing(&candidates) else {
        return Ok(());
    };
    db.prepare_cached(SQL)?.execute(named_params! {
        ":timestamp": standing.checked_in_at.to_string(),
        ":channel": channel_here(standing).as_str(),
        ":percentage": standing.percentage.as_f64(),
        ":late": standing.punctuality.minutes(),
        ":flags": standing.flags.to_string(),
        ":kiosk": standing.kiosk_id,
        ":row": row_id,
    })?;
    Ok(())
}

/// A record that was taken back gives way to one that stands at the remote: this board must count what all
/// the others count, and whoever took the first one back knew nothing of the second. Answers whether it did.
///
/// Not where the remote still has the one that was taken back: then it is about to go, with all beside it.
fn count_again(db: &Connection, row_id: &str, holder: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE attendance SET timestamp = k.timestamp,
            channel = iif(k.kiosk_id IS NULL, k.channel, 'remote'), status = 'present',
            attendance_percentage = k.attendance_percentage, late_minutes = k.late_minutes, flags = k.flags,
            kiosk_id = k.kiosk_id, voided_at = NULL
        FROM kiosk_records AS k
        WHERE attendance.id = :row AND attendance.voided_at IS NOT NULL AND k.attendance_id = :row
            AND k.id = :holder AND k.status = 'present'";
    let changed = db
        .prepare_cached(SQL)?
        .execute(named_params! { ":row": row_id, ":holder": holder.to_string() })?;
    Ok(changed > 0)
}

/// The records of other kiosks among these that are not known as taken back, each with its row.
fn still_standing(db: &Connection, ids: &[Uuid]) -> Result<Vec<(String, KioskRecord)>, StoreError> {
    const ROW: &str = "SELECT attendance_id FROM kiosk_records
        WHERE id = ?1 AND kiosk_id IS NOT NULL AND status <> 'voided'";
    let mut standing = Vec::new();
    for id in ids {
        let row_id: Option<String> = db
            .prepare_cached(ROW)?
            .query_row([id.to_string()], |row| row.get(0))
            .optional()?;
        let Some(row_id) = row_id else { continue };
        let kept = records(db, &row_id)?;
        let found = kept
            .into_iter()
            .find(|kept| kept.record.attendance_id == *id);
        standing.extend(found.map(|kept| (row_id, kept.record)));
    }
    Ok(standing)
}

/// Staff at another kiosk took back the record that stands here, or gave it again: the opposite of what
/// it `was`.
fn follow_void(
    db: &Connection,
    row_id: &str,
    was: &KioskRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attendance SET voided_at = :voided
        WHERE id = :row AND kiosk_id = :kiosk AND timestamp = :timestamp";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":voided": (!was.voided).then(|| now.to_string()),
        ":row": row_id,
        ":kiosk": was.kiosk_id,
        ":timestamp": was.checked_in_at.to_string(),
    })?;
    Ok(())
}

fn records(db: &Connection, row_id: &str) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = "SELECT id, kiosk_id, timestamp, channel, status, attendance_percentage, late_minutes, flags
        FROM kiosk_records WHERE attendance_id = ?1 ORDER BY id";
    row::collect(&mut db.prepare_cached(SQL)?, [row_id], |row| {
        let text = |column: &str| row.get::<_, String>(column);
        let status = text("status")?;
        let flags = Flags::parse(&text("flags")?);
        Ok(Kept {
            record: KioskRecord {
                attendance_id: row::uuid(&text("id")?)?,
                kiosk_id: row.get("kiosk_id")?,
                checked_in_at: row::timestamp(&text("timestamp")?)?,
                channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
                punctuality: flags.punctuality(row.get("late_minutes")?),
                percentage: Percentage::from_share(row.get("attendance_percentage")?),
                flags,
                voided: status == "voided",
            },
            pending: status == "pending",
        })
    })
}

/// Keeps a record as its kiosk made it, or as that kiosk has changed it since.
fn keep(db: &Connection, row_id: &str, record: &KioskRecord) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO kiosk_records (id, attendance_id, kiosk_id, timestamp, channel, status,
            attendance_percentage, late_minutes, flags)
        VALUES (:id, :row, :kiosk, :timestamp, :channel, :status, :percentage, :late, :flags)
        ON CONFLICT (id) DO UPDATE SET timestamp = excluded.timestamp, channel = excluded.channel,
            status = excluded.status, attendance_percentage = excluded.attendance_percentage,
            late_minutes = excluded.late_minutes, flags = excluded.flags";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":id": record.attendance_id.to_string(),
        ":row": row_id,
        ":kiosk": record.kiosk_id,
        ":timestamp": record.checked_in_at.to_string(),
        ":channel": record.channel.as_str(),
        ":status": if record.voided { "voided" } else { "present" },
        ":percentage": record.percentage.as_f64(),
        ":late": record.punctuality.minutes(),
        ":flags": record.flags.to_string(),
    })?;
    Ok(())
}

/// Keeps what this kiosk recorded itself, as staff may have corrected it, before the row says something else.
fn keep_own(db: &Connection, row_id: &str) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO kiosk_records (id, attendance_id, kiosk_id, timestamp, channel, status,
            attendance_percentage, late_minutes, flags)
        SELECT id, id, kiosk_id, timestamp, channel, CASE WHEN voided_at IS NULL THEN status ELSE 'voided' END,
            attendance_percentage, late_minutes, flags FROM attendance WHERE id = ?1 AND kiosk_id IS NULL
        ON CONFLICT (id) DO UPDATE SET timestamp = excluded.timestamp, channel = excluded.channel,
            status = excluded.status, attendance_percentage = excluded.attendance_percentage,
            late_minutes = excluded.late_minutes, flags = excluded.flags";
    db.prepare_cached(SQL)?.execute([row_id])?;
    Ok(())
}
