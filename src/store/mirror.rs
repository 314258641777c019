//! What other kiosks recorded in a lecture that this one takes part in.
//!
//! Each kiosk's record is a row of its own, and the view `standing` chooses among them. The set of records only
//! grows and the choice depends on nothing else, so every kiosk comes to the same answer in whatever order they
//! arrive.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::Store;
use super::column;
use super::deliveries::{self, ChangeSummary, Due};
use super::error::StoreError;
use super::event::Event;
use super::lectures;
use super::numbers;
use super::records::{self, NewRecord};
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::stamp::{THIS_KIOSK, kiosk_row};
use super::students;
use crate::domain::{
    Contested, KioskRecord, Mark, MirrorProgress, Percentage, RecordState, Session, SessionId,
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
    /// Whether the last look read it to its end.
    pub is_read: bool,
    /// When it was read whole after its end.
    pub closed_read_at: Option<Timestamp>,
}

/// Records of other kiosks that count no more.
#[derive(Debug, Clone, Default)]
pub struct Withdrawn {
    /// Those that staff there removed.
    pub removed: Vec<Uuid>,
    /// Those that were taken back at the door that made them.
    pub taken_back: Vec<Uuid>,
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
                "SELECT {SESSION_COLUMNS}, m.read_until, coalesce(m.other_kiosks, 0) AS other_kiosks, coalesce(m.is_read, 0) AS is_read, m.closed_read_at
                FROM sessions AS s {SESSION_JOINS} LEFT JOIN readings AS m ON m.lecture = s.id
                WHERE (s.state = 'open' AND s.starts_at <= :begun_by) OR (s.state <> 'open' AND m.lecture IS NOT NULL
                    AND ((m.closed_read_at IS NULL AND s.ends_at >= :closed_since) OR m.closed_read_at >= iif(m.other_kiosks > 0, :closed_since, :alone_since)))
                ORDER BY s.state = 'open' DESC, s.starts_at, s.uuid"
            );
            let parameters = named_params! {
                ":begun_by": begun_by, ":closed_since": closed_since, ":alone_since": alone_since,
            };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                Ok(MirroredSession {
                    session: row::session(row)?,
                    read_until: row.get("read_until")?,
                    other_kiosks: row.get("other_kiosks")?,
                    is_read: row.get("is_read")?,
                    closed_read_at: row.get("closed_read_at")?,
                })
            })
        })
        .await
    }

    /// Takes a page of what is at the remote, and notes in the same transaction how far it reaches.
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
        const REACHED: &str = "INSERT INTO readings (lecture, read_until) VALUES (:lecture, :until)
            ON CONFLICT DO UPDATE SET read_until = max(coalesce(read_until, 0), excluded.read_until)";
        self.write(move |db, events| {
            let lecture = lectures::find(db, session)?;
            for check_in in &check_ins {
                if let Some(attendance) = take(db, &lecture, check_in, now)? {
                    events.push(Event::CheckedIn {
                        session,
                        attendance,
                    });
                }
            }
            db.prepare_cached(REACHED)?
                .execute(named_params! { ":lecture": lecture.id, ":until": read_until })?;
            Ok(())
        })
        .await
    }

    /// Does here what was done at other kiosks to records of theirs: those removed or taken back count no more. What is
    /// known already changes nothing.
    ///
    /// Where one that was taken back stood before this kiosk's own, the remote has a claim of neither any more: this
    /// kiosk tells it of its own again.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn take_withdrawn(
        &self,
        session: SessionId,
        withdrawn: Withdrawn,
        now: Timestamp,
        monotonic: Timestamp,
    ) -> Result<(), StoreError> {
        const GONE: &str = "UPDATE records SET mark = ?3, decided_at = ?2
            WHERE uuid = ?1 AND kiosk <> 0 AND mark <> ?3 AND NOT set_aside RETURNING lecture, student";
        let removed = withdrawn.removed.into_iter().map(|id| (id, Mark::Removed));
        let taken_back = withdrawn.taken_back.into_iter();
        let taken_back = taken_back.map(|id| (id, Mark::TakenBack));
        let gone: Vec<(Uuid, Mark)> = removed.chain(taken_back).collect();
        self.write(move |db, events| {
            for (id, mark) in gone {
                let changed: Option<(i64, i64)> = db
                    .prepare_cached(GONE)?
                    .query_row((id, now, records::stored_mark(mark)), |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()?;
                let Some((lecture, student)) = changed else {
                    continue;
                };
                let shown = records::of_student(db, lecture, student)?;
                if let Some(own) = shown.as_ref().filter(|own| own.kiosk == THIS_KIOSK)
                    && mark == Mark::TakenBack
                {
                    let summary = ChangeSummary::of_what_is_told(own.state.counts());
                    let due = Due::at_once(monotonic);
                    deliveries::requeue(db, events, own.id, summary, &[], due)?;
                }
                events.extend(shown.map(|record| Event::CheckedIn {
                    session,
                    attendance: record.shown_id,
                }));
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
        const SQL: &str = "INSERT INTO readings (lecture, other_kiosks, closed_read_at, is_read)
            SELECT id, :others, :closed, 1 FROM lectures WHERE uuid = :session
            ON CONFLICT DO UPDATE SET other_kiosks = excluded.other_kiosks,
                closed_read_at = excluded.closed_read_at, is_read = 1, last_error = NULL";
        self.write(move |db, _| {
            db.prepare_cached(SQL)?.execute(named_params! {
                ":session": session, ":others": other_kiosks, ":closed": closed_read_at,
            })?;
            Ok(())
        })
        .await
    }

    /// Notes why a session could not be read, for other programs on this database. While one cannot be read, none is.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_mirror_error(
        &self,
        session: SessionId,
        error: String,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO readings (lecture, last_error)
            SELECT id, ?2 FROM lectures WHERE uuid = ?1
            ON CONFLICT DO UPDATE SET last_error = excluded.last_error";
        const NONE: &str =
            "UPDATE readings SET is_read = 0 WHERE closed_read_at IS NULL AND is_read";
        self.write(move |db, _| {
            db.prepare_cached(SQL)?.execute((session, error))?;
            db.prepare_cached(NONE)?.execute([])?;
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
            "SELECT s.uuid, m.read_until, coalesce(m.other_kiosks, 0) AS other_kiosks, m.last_error
            FROM lectures AS s LEFT JOIN readings AS m ON m.lecture = s.id
            WHERE s.state = 'open' ORDER BY s.starts_at, s.uuid";
        self.read(|db| {
            row::collect(&mut db.prepare_cached(SQL)?, [], |row| {
                Ok(MirrorProgress {
                    session_id: row.get("uuid")?,
                    read_until: row.get("read_until")?,
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
        const SQL: &str = "SELECT r.lecture, r.student, r.shown_id, st.admission_number
            FROM standing AS r JOIN students AS st ON st.id = r.student
            WHERE r.lecture = (SELECT id FROM lectures WHERE uuid = ?1) AND st.same_as IS NULL AND EXISTS (SELECT 1 FROM records AS other
                WHERE other.lecture = r.lecture AND other.student = r.student AND other.id <> r.id)
            ORDER BY st.admission_number";
        self.read(move |db| {
            row::collect(&mut db.prepare_cached(SQL)?, [session], |row| {
                let mut records: Vec<KioskRecord> =
                    known(db, row.get("lecture")?, row.get("student")?)?
                        .into_iter()
                        .map(|known| known.record)
                        .collect();
                records.sort_by_key(KioskRecord::order);
                Ok(Contested {
                    attendance_id: row.get("shown_id")?,
                    admission_number: row.get("admission_number")?,
                    records,
                })
            })
        })
        .await
    }
}

/// A record as it is known here.
struct Known {
    id: i64,
    record: KioskRecord,
    /// Whether staff removed it, here or where it was made.
    is_removed: bool,
    /// Staff here removed it together with this kiosk's own.
    is_set_aside: bool,
}

/// Takes one student's records; answers the id that is shown for them, if anything changed.
fn take(
    db: &Connection,
    lecture: &lectures::Opened,
    check_in: &SharedCheckIn,
    now: Timestamp,
) -> Result<Option<Uuid>, StoreError> {
    let student = students::take_stranger(db, (lecture.id, check_in), now)?;
    let known = known(db, lecture.id, student)?;
    let is_renumbered =
        numbers::right(db, &check_in.admission_number)? != check_in.admission_number;
    let Some(holder) = check_in.records.first() else {
        return Ok(None);
    };
    let own_is_removed = known
        .iter()
        .any(|known| known.record.kiosk_id.is_none() && known.is_removed);
    let mut changed = false;
    // Of several records of one kiosk, which was set up anew under its name, its first.
    let firsts = check_in.records.iter().filter(|theirs| {
        !check_in
            .records
            .iter()
            .any(|other| other.kiosk_id == theirs.kiosk_id && other.order() < theirs.order())
    });
    for theirs in firsts {
        let is_holder = theirs.attendance_id == holder.attendance_id;
        let same_kiosk = known
            .iter()
            .find(|known| known.record.kiosk_id == theirs.kiosk_id);
        let Some(before) = same_kiosk else {
            // Where the remote still has this kiosk's record that staff removed, all beside it are about to go
            // with it. One that the remote counts, counts here: staff did not know of it.
            let set_aside = own_is_removed && holder.kiosk_id.is_none();
            changed |= add(db, (lecture.id, student), theirs, set_aside, now)?;
            continue;
        };
        // This kiosk knows best what it recorded itself.
        if theirs.kiosk_id.is_none() {
            continue;
        }
        // Under another number of theirs the student was recorded at that kiosk already.
        if is_renumbered && before.record.attendance_id != theirs.attendance_id {
            continue;
        }
        let set_aside = before.is_set_aside && !is_holder;
        let mark = mark_of(theirs, set_aside);
        let is_same = before.record.voided == (mark == Mark::Removed)
            && KioskRecord {
                voided: theirs.voided,
                ..before.record.clone()
            } == *theirs;
        if is_same {
            continue;
        }
        let removed_at = (mark == Mark::Removed).then_some(now);
        records::write(db, before.id, &state(theirs, mark), None, removed_at)?;
        note(db, before.id, theirs.attendance_id, set_aside)?;
        changed = true;
    }
    if !changed {
        return Ok(None);
    }
    let shown = records::of_student(db, lecture.id, student)?;
    Ok(shown.map(|record| record.shown_id))
}

/// Notes which record of its kiosk a row is of, and whether staff here have set it aside.
fn note(db: &Connection, record: i64, uuid: Uuid, set_aside: bool) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE OR IGNORE records SET uuid = ?2, set_aside = ?3 WHERE id = ?1";
    db.prepare_cached(SQL)?.execute((record, uuid, set_aside))?;
    Ok(())
}

/// Removes what other kiosks recorded of a student, as far as it is known here, together with this kiosk's own.
pub(super) fn set_aside(
    db: &Connection,
    lecture: i64,
    student: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE records SET mark = 'removed', set_aside = 1, decided_at = ?3
        WHERE lecture = ?1 AND student = ?2 AND kiosk <> 0 AND mark <> 'removed'";
    db.prepare_cached(SQL)?.execute((lecture, student, now))?;
    Ok(())
}

/// Takes back what [`set_aside`] did, once this kiosk's own record counts again.
pub(super) fn restore(db: &Connection, lecture: i64, student: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE records SET mark = 'present', set_aside = 0, decided_at = NULL
        WHERE lecture = ?1 AND student = ?2 AND set_aside AND kiosk <> 0";
    db.prepare_cached(SQL)?.execute((lecture, student))?;
    Ok(())
}

/// A record that is seen for the first time; `false` when it is not taken.
fn add(
    db: &Connection,
    (lecture, student): (i64, i64),
    theirs: &KioskRecord,
    set_aside: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const KNOWN: &str = "SELECT 1 FROM records WHERE uuid = ?1";
    // Another student's id, as a careless program may copy it, must not keep the whole page from being read.
    if db.prepare_cached(KNOWN)?.exists([theirs.attendance_id])? {
        return Ok(false);
    }
    let mark = mark_of(theirs, set_aside);
    records::insert(
        db,
        &NewRecord {
            kiosk: kiosk_row(db, theirs.kiosk_id.as_deref())?,
            decided_at: (mark == Mark::Removed).then_some(now),
            set_aside,
            ..NewRecord::new(lecture, student, theirs.attendance_id, &state(theirs, mark))
        },
    )?;
    Ok(true)
}

/// What a record as it is at the remote counts as here.
fn mark_of(theirs: &KioskRecord, set_aside: bool) -> Mark {
    if set_aside || theirs.voided {
        Mark::Removed
    } else {
        theirs.punctuality.into()
    }
}

fn state(record: &KioskRecord, mark: Mark) -> RecordState {
    RecordState {
        mark,
        at: record.checked_in_at,
        channel: record.channel,
        punctuality: record.punctuality,
        flags: record.flags,
        percentage: Some(record.percentage),
        typed_name: None,
        name: None,
        merged_into: None,
    }
}

/// Every record of a student in a lecture.
fn known(db: &Connection, lecture: i64, student: i64) -> Result<Vec<Known>, StoreError> {
    const SQL: &str = "SELECT r.id, r.uuid, nullif(k.name, '') AS kiosk_name, r.at, r.channel, r.mark, r.late_minutes,
            r.flags, r.percentage, r.set_aside
        FROM records AS r JOIN kiosks AS k ON k.id = r.kiosk
        WHERE r.lecture = ?1 AND r.student = ?2 ORDER BY r.uuid";
    row::collect(&mut db.prepare_cached(SQL)?, (lecture, student), |row| {
        let (punctuality, flags) = column::lateness_and_flags(row)?;
        let kiosk_id: Option<String> = row.get("kiosk_name")?;
        let mark = records::mark(row)?;
        Ok(Known {
            is_removed: mark == Mark::Removed,
            id: row.get("id")?,
            is_set_aside: row.get("set_aside")?,
            record: KioskRecord {
                attendance_id: row.get("uuid")?,
                kiosk_id,
                checked_in_at: row.get("at")?,
                channel: row.get("channel")?,
                punctuality,
                // A record that counts for nobody yet is told to nobody.
                percentage: row
                    .get::<_, Option<Percentage>>("percentage")?
                    .unwrap_or_default(),
                flags,
                voided: matches!(mark, Mark::Removed | Mark::TakenBack),
            },
        })
    })
}
