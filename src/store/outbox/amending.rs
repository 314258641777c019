//! What a correction makes of the debts of its record.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use crate::domain::{DeliveryEvent, DeliveryState, Mark, RecordState, Target, Timestamp};
use crate::store::error::StoreError;
use crate::store::event::Event;
use crate::store::row::{self, damaged};

/// What a correction means for the remotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct ChangeSummary {
    /// Whether the record counts now.
    counts: bool,
    /// Whether that is different from before.
    turned: bool,
    /// Whether what Firestore keeps of it is different.
    reads_otherwise: bool,
}

impl ChangeSummary {
    /// The time of a record has been put right; it counts, or not, as before.
    pub(in crate::store) fn of_the_time(counts: bool) -> Self {
        Self {
            counts,
            turned: false,
            reads_otherwise: true,
        }
    }

    pub(in crate::store) fn between(before: &RecordState, after: &RecordState) -> Self {
        let counts = |state: &RecordState| matches!(state.mark, Mark::Present | Mark::Late);
        let told = |state: &RecordState| {
            (
                state.at,
                state.channel,
                state.punctuality,
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
pub(in crate::store) fn requeue(
    db: &Connection,
    events: &mut Vec<Event>,
    id: Uuid,
    summary: ChangeSummary,
    targets: &[Target],
    now: Timestamp,
) -> Result<(), StoreError> {
    const UNSYNCED: &str = "UPDATE attendance SET synced_to_firebase = 0 WHERE id = ?1";
    let is_news = summary.turned || (summary.counts && summary.reads_otherwise);
    if !is_news {
        return Ok(());
    }
    for target in Target::ALL {
        // A record that never counted is owed to nobody.
        let is_first =
            summary.counts && targets.contains(&target) && owe_first(db, id, target, now)?;
        let changed = is_first
            || match target {
                Target::Firestore => {
                    db.prepare_cached(UNSYNCED)?.execute([id.to_string()])?;
                    amend(db, id, target, DeliveryEvent::Amended, now)?
                }
                // It has no call for what merely reads otherwise.
                Target::Portal if !summary.turned => false,
                Target::Portal if summary.counts => {
                    // It is not told of what it has already.
                    !portal_has_it(db, id)? && amend(db, id, target, DeliveryEvent::Amended, now)?
                }
                Target::Portal => amend(db, id, target, DeliveryEvent::TakenBack, now)?,
            };
        if changed {
            events.push(Event::Queued { target });
        }
    }
    Ok(())
}

/// Owes a record to a target that it was never owed to; `false` when it was.
fn owe_first(
    db: &Connection,
    id: Uuid,
    target: Target,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO outbox (attendance_id, target, next_attempt_at)
        VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let parameters = (id.to_string(), target.as_str(), now.to_string());
    Ok(db.prepare_cached(SQL)?.execute(parameters)? > 0)
}

/// Lets a correction happen to a debt; `false` when there is none, or it changes nothing.
fn amend(
    db: &Connection,
    id: Uuid,
    target: Target,
    event: DeliveryEvent,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const STATE: &str = "SELECT state FROM outbox WHERE attendance_id = ?1 AND target = ?2";
    const AGAIN: &str = "UPDATE outbox SET state = :state, revision = revision + 1, attempts = 0,
            next_attempt_at = :now, last_error = NULL, settled_at = NULL
        WHERE attendance_id = :id AND target = :target";
    const NO_MORE: &str =
        "UPDATE outbox SET state = :state, revision = revision + 1, settled_at = :now,
            last_error = 'taken back before it was sent'
        WHERE attendance_id = :id AND target = :target";
    let key = (id.to_string(), target.as_str());
    let state = row::first(&mut db.prepare_cached(STATE)?, key, |row| {
        DeliveryState::parse(&row.get::<_, String>(0)?).ok_or_else(|| damaged("debt"))
    })?;
    let Some(state) = state.and_then(|state| state.after(event)) else {
        return Ok(false);
    };
    let is_owed = state == DeliveryState::Waiting;
    let mut change = db.prepare_cached(if is_owed { AGAIN } else { NO_MORE })?;
    change.execute(named_params! {
        ":state": state.as_str(), ":now": now.to_string(),
        ":id": id.to_string(), ":target": target.as_str(),
    })?;
    Ok(true)
}

fn portal_has_it(db: &Connection, id: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM outbox
        WHERE attendance_id = ?1 AND target = 'portal' AND told = 'yes'";
    Ok(db.prepare_cached(SQL)?.exists([id.to_string()])?)
}

/// Whether the portal has, or may have, a record that does not stand.
pub(in crate::store) fn portal_has_stale_record(
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
