//! What is still owed to the remotes, and how each debt is settled.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::publications;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use crate::domain::{
    AdmissionNumber, BootId, Channel, Debt, DebtEvent, DebtState, Duty, Flag, Flags, Mark,
    Percentage, RecordState, Report, SessionId, Target, TargetCounts, Timestamp,
};

/// What became of a debt after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The remote has it.
    Delivered {
        /// The id that the remote keeps it under.
        document_id: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Another kiosk's record of the same student and session stands at the remote.
    Duplicate {
        /// The attendance id that stands there.
        theirs: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Refused for good; kept until a person asks for another try.
    Parked {
        /// Why, in words.
        error: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// To be tried again.
    Postponed {
        /// Why, in words.
        error: String,
        /// Not before this moment.
        next_attempt_at: Timestamp,
    },
}

/// A debt that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Which record.
    pub attendance_id: Uuid,
    /// The debt's number of corrections when it was read: one that has been corrected since is still owed.
    pub revision: u32,
    /// What became of it.
    pub settlement: Settlement,
}

/// A debt that is not settled, as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OwedLine {
    /// Which record.
    pub attendance_id: Uuid,
    /// To whom.
    pub target: Target,
    /// Waiting or parked.
    pub state: DebtState,
    /// Tries so far.
    pub attempts: u32,
    /// When the check-in was made.
    pub checked_in_at: Timestamp,
    /// When it is tried next, while it is waiting.
    pub next_attempt_at: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// What the remote said to it, in its own words.
    pub last_answer: Option<String>,
    /// In which session.
    pub session_id: SessionId,
    /// Whose.
    pub admission_number: AdmissionNumber,
    /// Whether no time server had set the clock that it was recorded by, so that it waits a while for one.
    #[serde(skip)]
    pub clock_untrusted: bool,
}

impl Store {
    /// Debts of a target that may be tried now, longest waiting first. A record that cannot be read is
    /// passed over: it must not keep the others from leaving.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn due(
        &self,
        target: Target,
        kiosk_id: String,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Debt>, StoreError> {
        self.due_but(target, kiosk_id, now, limit, None).await
    }

    /// As [`Store::due`], but without the records of a run of the machine whose times may yet be put right.
    ///
    /// # Errors
    /// As there.
    pub async fn due_but(
        &self,
        target: Target,
        kiosk_id: String,
        now: Timestamp,
        limit: usize,
        held_back: Option<BootId>,
    ) -> Result<Vec<Debt>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                // What this kiosk recorded, where the row says by now what another did before it.
                "SELECT {SESSION_COLUMNS}, o.attempts, o.revision, o.target, a.id AS attendance_id,
                    CASE WHEN own.id IS NULL THEN a.counts ELSE own.status = 'present' END AS counts,
                    coalesce(own.timestamp, a.timestamp) AS timestamp, coalesce(own.channel, a.channel) AS channel,
                    coalesce(own.late_minutes, a.late_minutes) AS late_minutes, coalesce(own.flags, a.flags) AS flags,
                    coalesce(own.attendance_percentage, a.attendance_percentage) AS attendance_percentage,
                    st.admission_number, st.name AS student_name, st.email, st.phone
                FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
                LEFT JOIN kiosk_records AS own ON own.id = a.id AND a.kiosk_id IS NOT NULL
                JOIN students AS st ON st.id = a.student_id
                JOIN attendance_sessions AS s ON s.id = a.session_id {SESSION_JOINS}
                WHERE o.state = 'waiting' AND o.target = :target AND o.next_attempt_at <= :now
                    AND (:held_back IS NULL OR a.boot_id IS NOT :held_back OR a.corrected_by IS NOT NULL
                        OR instr(coalesce(own.flags, a.flags), 'clock_untrusted') = 0)
                ORDER BY o.next_attempt_at, o.id LIMIT :limit"
            );
            let parameters = named_params! {
                ":target": target.as_str(), ":now": now.to_string(), ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
                ":held_back": held_back.as_ref().map(BootId::as_str),
            };
            let debts = row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                match debt(row, &kiosk_id) {
                    Ok(debt) => Ok(Some(debt)),
                    Err(error @ StoreError::Damaged(_)) => {
                        tracing::error!(%error, "a debt cannot be read and is passed over");
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            })?;
            Ok(debts.into_iter().flatten().collect())
        })
        .await
    }

    /// When the next debt of a target may be tried; `None` when none is waiting.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn next_due(&self, target: Target) -> Result<Option<Timestamp>, StoreError> {
        const SQL: &str =
            "SELECT min(next_attempt_at) FROM outbox WHERE state = 'waiting' AND target = ?1";
        self.read(move |db| {
            let next: Option<String> = db
                .prepare_cached(SQL)?
                .query_row([target.as_str()], |row| row.get(0))?;
            row::optional_timestamp(next)
        })
        .await
    }

    /// Writes down what became of debts after a try, all in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written; the debts stand as before.
    pub async fn settle(
        &self,
        target: Target,
        settlements: Vec<Settled>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| {
            for settled in &settlements {
                settle(db, target, settled, now)?;
            }
            events.push(Event::Settled { target });
            Ok(())
        })
        .await
    }

    /// How much is owed to a target.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn counts(&self, target: Target) -> Result<TargetCounts, StoreError> {
        self.read(move |db| counts(db, target)).await
    }

    /// Makes debts due now: one record's or all, of one target or both, parked ones included.
    /// Answers how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry(
        &self,
        attendance_id: Option<Uuid>,
        target: Option<Target>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE outbox SET state = :to, next_attempt_at = :now
            WHERE state = :from AND target = :target
            AND (:attendance_id IS NULL OR attendance_id = :attendance_id)";
        self.write(move |db, events| {
            let mut retried = 0;
            for target in Target::ALL
                .into_iter()
                .filter(|candidate| target.is_none_or(|only| only == *candidate))
            {
                let mut statement = db.prepare_cached(SQL)?;
                for from in DebtState::STORED {
                    let Some(to) = from.after(DebtEvent::Retried) else {
                        continue;
                    };
                    retried += statement.execute(named_params! {
                        ":from": from.as_str(),
                        ":to": to.as_str(),
                        ":now": now.to_string(),
                        ":target": target.as_str(),
                        ":attendance_id": attendance_id.map(|id| id.to_string()),
                    })?;
                }
                if target == Target::Firestore && attendance_id.is_none() {
                    retried += publications::retry(db, now)?;
                }
                events.push(Event::Owed { target });
            }
            Ok(retried as u64)
        })
        .await
    }

    /// The debts that are not settled, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn owed_lines(&self, limit: u32) -> Result<Vec<OwedLine>, StoreError> {
        self.owed_page(None, 0, limit).await
    }

    /// A page of the debts that are not settled, of one target or all: parked ones first, since they wait
    /// for a person, then oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn owed_page(
        &self,
        target: Option<Target>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<OwedLine>, StoreError> {
        // Each state from the index that holds it alone: what is delivered grows for years.
        const SQL: &str = "SELECT o.attendance_id, o.target, o.state, o.attempts, o.next_attempt_at, o.last_error,
                o.last_answer, a.timestamp, a.session_id, a.flags, st.admission_number
            FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id JOIN students AS st ON st.id = a.student_id
            WHERE o.id IN (
                SELECT id FROM outbox WHERE state = 'waiting' AND (:target IS NULL OR target = :target)
                UNION ALL
                SELECT id FROM outbox WHERE state = 'parked' AND (:target IS NULL OR target = :target))
            ORDER BY o.state = 'parked' DESC, o.id LIMIT :limit OFFSET :offset";
        self.read(move |db| {
            let parameters = named_params! {
                ":target": target.map(Target::as_str), ":offset": offset, ":limit": limit,
            };
            row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
                let text = |column: &str| row.get::<_, String>(column);
                Ok(OwedLine {
                    attendance_id: row::uuid(&text("attendance_id")?)?,
                    target: Target::parse(&text("target")?).ok_or_else(|| damaged("target"))?,
                    state: DebtState::parse(&text("state")?).ok_or_else(|| damaged("debt"))?,
                    attempts: row.get("attempts")?,
                    checked_in_at: row::timestamp(&text("timestamp")?)?,
                    next_attempt_at: row::timestamp(&text("next_attempt_at")?)?,
                    last_error: row.get("last_error")?,
                    last_answer: row.get("last_answer")?,
                    session_id: SessionId::from_uuid(row::uuid(&text("session_id")?)?),
                    admission_number: row::number(&text("admission_number")?)?,
                    clock_untrusted: Flags::parse(&text("flags")?).has(Flag::ClockUntrusted),
                })
            })
        })
        .await
    }

    /// How many debts of a target have been delivered since a moment of the steady time.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn delivered_since(
        &self,
        target: Target,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT count(*) FROM outbox
            WHERE state = 'delivered' AND target = ?1 AND settled_at > ?2";
        self.read(move |db| {
            Ok(db
                .prepare_cached(SQL)?
                .query_row((target.as_str(), since.to_string()), |row| row.get(0))?)
        })
        .await
    }
}

fn counts(db: &Connection, target: Target) -> Result<TargetCounts, StoreError> {
    // Counted in partial indexes that hold the unsettled debts only. Debts are numbered as they are made.
    const WAITING: &str =
        "SELECT count(*), min(id) FROM outbox WHERE state = 'waiting' AND target = ?1";
    const MADE_AT: &str =
        "SELECT a.timestamp FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
        WHERE o.id = ?1";
    const PARKED: &str = "SELECT count(*) FROM outbox WHERE state = 'parked' AND target = ?1";
    let (waiting, oldest): (u64, Option<i64>) = db
        .prepare_cached(WAITING)?
        .query_row([target.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(TargetCounts {
        waiting,
        parked: db
            .prepare_cached(PARKED)?
            .query_row([target.as_str()], |row| row.get(0))?,
        oldest_waiting: row::first(&mut db.prepare_cached(MADE_AT)?, [oldest], |row| {
            row::timestamp(&row.get::<_, String>(0)?)
        })?,
    })
}

fn debt(row: &rusqlite::Row<'_>, kiosk_id: &str) -> Result<Debt, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    Ok(Debt {
        attempts: row.get("attempts")?,
        revision: row.get("revision")?,
        duty: duty(row)?,
        report: Report {
            attendance_id: row::uuid(&text("attendance_id")?)?,
            kiosk_id: kiosk_id.to_owned(),
            admission_number: row::number(&text("admission_number")?)?,
            student_name: row::name(&text("student_name")?)?,
            email: text("email")?,
            phone: text("phone")?,
            session: row::session(row)?,
            checked_in_at: row::timestamp(&text("timestamp")?)?,
            channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
            late_minutes: row.get("late_minutes")?,
            percentage: Percentage::from_share(row.get("attendance_percentage")?),
            flags: Flags::parse(&text("flags")?),
        },
    })
}

/// The portal has no call for a correction: it is only ever told of what stands.
fn duty(row: &rusqlite::Row<'_>) -> Result<Duty, StoreError> {
    let is_firestore = row.get::<_, String>("target")? == Target::Firestore.as_str();
    let revision: u32 = row.get("revision")?;
    Ok(match (is_firestore && revision > 0, row.get("counts")?) {
        (false, _) => Duty::Tell,
        (true, true) => Duty::Amend,
        (true, false) => Duty::Withdraw,
    })
}

/// What a correction means for the remotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct News {
    /// Whether the record counts now.
    counts: bool,
    /// Whether that is different from before.
    turned: bool,
    /// Whether what Firestore keeps of it is different.
    reads_otherwise: bool,
}

impl News {
    /// The time of a record has been put right; it counts, or not, as before.
    pub(super) fn of_the_time(counts: bool) -> Self {
        Self {
            counts,
            turned: false,
            reads_otherwise: true,
        }
    }

    pub(super) fn between(before: &RecordState, after: &RecordState) -> Self {
        let counts = |state: &RecordState| matches!(state.mark, Mark::Present | Mark::Late);
        let told = |state: &RecordState| {
            (
                state.at,
                state.channel,
                state.late_minutes,
                state.percentage,
                state.name.clone(),
            )
        };
        Self {
            counts: counts(after),
            turned: counts(before) != counts(after),
            reads_otherwise: told(before) != told(after),
        }
    }
}

/// Makes the debts of a corrected record what they have to be, in the correction's own transaction.
///
/// A try that is under way settles nothing any more, since the revision has moved on.
pub(super) fn owe_anew(
    db: &Connection,
    events: &mut Vec<Event>,
    id: Uuid,
    news: News,
    targets: &[Target],
    now: Timestamp,
) -> Result<(), StoreError> {
    // A record that never counted is owed to nobody.
    const FIRST: &str =
        "INSERT INTO outbox (attendance_id, target, next_attempt_at) VALUES (:id, :target, :now)
        ON CONFLICT DO NOTHING";
    const ANEW: &str = "UPDATE outbox SET state = 'waiting', revision = revision + 1, attempts = 0,
            next_attempt_at = :now, last_error = NULL, settled_at = NULL
        WHERE attendance_id = :id AND target = :target";
    // The portal is not told of what it has already, nor of what was taken back before it was sent.
    const PORTAL_AGAIN: &str =
        "UPDATE outbox SET state = 'waiting', revision = revision + 1, attempts = 0,
            next_attempt_at = :now, last_error = NULL, settled_at = NULL
        WHERE attendance_id = :id AND target = 'portal' AND told <> 'yes'";
    const PORTAL_NOT: &str =
        "UPDATE outbox SET state = 'delivered', revision = revision + 1, settled_at = :now,
            last_error = 'taken back before it was sent'
        WHERE attendance_id = :id AND target = 'portal' AND state <> 'delivered'";
    const UNSYNCED: &str = "UPDATE attendance SET synced_to_firebase = 0 WHERE id = ?1";
    let is_news = news.turned || (news.counts && news.reads_otherwise);
    if !is_news {
        return Ok(());
    }
    let (id, now) = (id.to_string(), now.to_string());
    for target in Target::ALL {
        let owed = if news.counts && targets.contains(&target) {
            let made = db
                .prepare_cached(FIRST)?
                .execute(named_params! { ":id": id, ":target": target.as_str(), ":now": now })?;
            made > 0
        } else {
            false
        };
        let changed = match target {
            _ if owed => 1,
            Target::Firestore => {
                db.prepare_cached(UNSYNCED)?.execute([&id])?;
                db.prepare_cached(ANEW)?
                    .execute(named_params! { ":id": id, ":target": target.as_str(), ":now": now })?
            }
            Target::Portal if !news.turned => 0,
            Target::Portal => {
                let sql = if news.counts {
                    PORTAL_AGAIN
                } else {
                    PORTAL_NOT
                };
                db.prepare_cached(sql)?
                    .execute(named_params! { ":id": id, ":now": now })?
            }
        };
        if changed > 0 {
            events.push(Event::Owed { target });
        }
    }
    Ok(())
}

/// Whether the portal has, or may have, a record that does not stand.
pub(super) fn portal_was_told_of_what_is_not(
    db: &Connection,
    id: Uuid,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "SELECT EXISTS (SELECT 1 FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
        WHERE o.attendance_id = ?1 AND o.target = 'portal' AND o.told <> 'no' AND NOT a.counts)";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([id.to_string()], |row| row.get(0))?)
}

fn settle(
    db: &Connection,
    target: Target,
    settled: &Settled,
    now: Timestamp,
) -> Result<(), StoreError> {
    const STANDS: &str = "SELECT state FROM outbox
        WHERE attendance_id = ?1 AND target = ?2 AND revision = ?3";
    // Whatever has been corrected meanwhile: what the portal was told, it was told.
    const TOLD: &str = "UPDATE outbox SET told = CASE
            WHEN :delivered THEN 'yes' WHEN :refused THEN 'no' WHEN told = 'no' THEN 'maybe' ELSE told END
        WHERE attendance_id = :id AND target = 'portal' AND (:delivered OR told <> 'yes')";
    const DEBT: &str =
        "UPDATE outbox SET state = :state, attempts = attempts + 1, last_error = :error,
            last_answer = coalesce(:answer, last_answer),
            next_attempt_at = coalesce(:next, next_attempt_at),
            settled_at = CASE WHEN :state = 'delivered' THEN :now END
        WHERE attendance_id = :id AND target = :target";
    const FIRESTORE: &str = "UPDATE attendance SET synced_to_firebase = :synced,
            firebase_doc_id = coalesce(nullif(:document_id, ''), firebase_doc_id) WHERE id = :id";
    const PORTAL: &str = "UPDATE attendance SET synced_to_portal = :synced, portal_response = :answer WHERE id = :id";
    let Settled {
        attendance_id,
        revision,
        settlement,
    } = settled;
    let id = attendance_id.to_string();
    if target == Target::Portal {
        db.prepare_cached(TOLD)?.execute(named_params! {
            ":delivered": matches!(settlement, Settlement::Delivered { .. }),
            ":refused": matches!(settlement, Settlement::Parked { .. } | Settlement::Duplicate { .. }),
            ":id": id,
        })?;
    }
    let found = row::first(
        &mut db.prepare_cached(STANDS)?,
        (&id, target.as_str(), revision),
        |row| DebtState::parse(&row.get::<_, String>(0)?).ok_or_else(|| damaged("debt")),
    )?;
    // Another process may have been faster, and so may a correction.
    let Some(state) = found.and_then(|state| state.after(settlement.event())) else {
        return Ok(());
    };
    let (error, next, document_id, answer) = settlement.parts();
    let answer = answer.map(|answer| shortened(answer, LONGEST_ANSWER));
    db.prepare_cached(DEBT)?.execute(named_params! {
        ":state": state.as_str(),
        ":error": error,
        ":answer": answer,
        ":next": next.map(|next| next.to_string()),
        ":now": now.to_string(),
        ":id": id,
        ":target": target.as_str(),
    })?;
    let synced = state == DebtState::Delivered;
    match (target, answer) {
        (_, None) => {}
        (Target::Firestore, Some(_)) => {
            db.prepare_cached(FIRESTORE)?.execute(
                named_params! { ":synced": synced, ":document_id": document_id, ":id": id },
            )?;
        }
        (Target::Portal, Some(answer)) => {
            db.prepare_cached(PORTAL)?
                .execute(named_params! { ":synced": synced, ":answer": answer, ":id": id })?;
        }
    }
    Ok(())
}

/// Bytes of a remote's answer that are kept: what the interface of the portal names.
const LONGEST_ANSWER: usize = 4096;

/// As much of a text as fits into so many bytes.
fn shortened(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

impl Settlement {
    /// What it means for a delivery.
    fn event(&self) -> DebtEvent {
        match self {
            Self::Delivered { .. } | Self::Duplicate { .. } => DebtEvent::Delivered,
            Self::Parked { .. } => DebtEvent::Refused,
            Self::Postponed { .. } => DebtEvent::Postponed,
        }
    }

    /// Why it failed, when it is tried next, what stands at the remote, what the remote said.
    fn parts(&self) -> (Option<&str>, Option<Timestamp>, Option<&str>, Option<&str>) {
        match self {
            Self::Delivered {
                document_id,
                answer,
            } => (None, None, Some(document_id), Some(answer)),
            Self::Duplicate { theirs, answer } => {
                (Some(DUPLICATE), None, Some(theirs), Some(answer))
            }
            Self::Parked { error, answer } => (Some(error), None, None, Some(answer)),
            Self::Postponed {
                error,
                next_attempt_at,
            } => (Some(error), Some(*next_attempt_at), None, None),
        }
    }
}

/// What the books say of a record that counts for another kiosk.
const DUPLICATE: &str = "another kiosk recorded this student first";
