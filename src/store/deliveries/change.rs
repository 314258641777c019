//! What a change of a record means for its deliveries.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::{Due, queue};
use crate::domain::{DeliveryEvent, DeliveryState, RecordState, Target, Timestamp, UnitCode};
use crate::store::error::StoreError;
use crate::store::event::Event;
use crate::store::row;

/// What a change of a record means for the remotes.
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
    /// What is told of a record was changed; whether it counts is unchanged.
    pub(in crate::store) fn of_what_is_told(counts: bool) -> Self {
        Self {
            counts,
            turned: false,
            reads_otherwise: true,
        }
    }

    pub(in crate::store) fn between(before: &RecordState, after: &RecordState) -> Self {
        let counts = RecordState::counts;
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

    /// With what is told of the record's lecture changed too.
    pub(in crate::store) fn with_its_lecture(self) -> Self {
        Self {
            reads_otherwise: true,
            ..self
        }
    }
}

/// Makes the deliveries of a changed record what they have to be, in the change's own transaction.
///
/// A try that is under way settles nothing any more, since the edition has moved on.
pub(in crate::store) fn requeue(
    db: &Connection,
    events: &mut Vec<Event>,
    record: i64,
    summary: ChangeSummary,
    targets: &[Target],
    due: Due,
) -> Result<(), StoreError> {
    let is_news = summary.turned || (summary.counts && summary.reads_otherwise);
    if !is_news {
        return Ok(());
    }
    for target in Target::ALL {
        let now = due.at(target);
        // A record that never counted is delivered to nobody.
        let is_first =
            summary.counts && targets.contains(&target) && queue(db, target, record, now)?;
        let changed = is_first
            || match target {
                Target::Firestore => amend(db, record, target, DeliveryEvent::Amended, now)?,
                // Its API cannot change what merely reads otherwise.
                Target::Portal if !summary.turned => false,
                Target::Portal if summary.counts => {
                    // It does not get again what it has already.
                    !portal_has_it(db, record)?
                        && amend(db, record, target, DeliveryEvent::Amended, now)?
                }
                Target::Portal => amend(db, record, target, DeliveryEvent::TakenBack, now)?,
            };
        if changed {
            events.push(Event::Queued { target });
        }
    }
    Ok(())
}

/// Lets a change happen to a delivery; `false` when there is none, or it changes nothing.
fn amend(
    db: &Connection,
    record: i64,
    target: Target,
    event: DeliveryEvent,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const STATE: &str = "SELECT state FROM deliveries
        WHERE target = ?1 AND kind = 'check_in' AND subject = ?2";
    const AGAIN: &str = "UPDATE deliveries SET state = :state, edition = edition + 1, attempts = 0,
            next_attempt_at = :now, last_error = NULL, settled_at = NULL
        WHERE target = :target AND kind = 'check_in' AND subject = :record";
    const NO_MORE: &str =
        "UPDATE deliveries SET state = :state, edition = edition + 1, settled_at = :now,
            last_error = 'taken back before it was sent'
        WHERE target = :target AND kind = 'check_in' AND subject = :record";
    let state: Option<DeliveryState> =
        row::first(&mut db.prepare_cached(STATE)?, (target, record), |row| {
            Ok(row.get(0)?)
        })?;
    let Some(state) = state.and_then(|state| state.after(event)) else {
        return Ok(false);
    };
    let is_waiting = state == DeliveryState::Waiting;
    let mut change = db.prepare_cached(if is_waiting { AGAIN } else { NO_MORE })?;
    change.execute(named_params! {
        ":state": state, ":now": now, ":target": target, ":record": record,
    })?;
    Ok(true)
}

/// Notes that the records of a lecture are of another unit now. What the portal has, or may have, is of the old one:
/// a person moves it there. A try that is under way may still tell it so, and settles nothing.
pub(in crate::store) fn moved_to_another_unit(
    db: &Connection,
    lecture: i64,
    (old, new): (&UnitCode, &UnitCode),
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE deliveries
        SET told_unit = nullif(coalesce(told_unit, :old), :new), edition = edition + 1
        WHERE target = 'portal' AND kind = 'check_in'
            AND subject IN (SELECT id FROM records WHERE lecture = :lecture AND kiosk = 0)";
    let parameters = named_params! { ":old": old, ":new": new, ":lecture": lecture };
    db.prepare_cached(SQL)?.execute(parameters)?;
    Ok(())
}

fn portal_has_it(db: &Connection, record: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM deliveries
        WHERE target = 'portal' AND kind = 'check_in' AND subject = ?1 AND told = 'yes'";
    Ok(db.prepare_cached(SQL)?.exists([record])?)
}

/// Whether a person has to correct a record at the portal.
pub(in crate::store) fn portal_has_stale_record(
    db: &Connection,
    id: Uuid,
) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM {STALE_AT_PORTAL} AND r.uuid = ?1");
    Ok(db.prepare_cached(&sql)?.exists([id])?)
}

/// Tables and condition of a query for records `r`, with their deliveries `d`, that the portal has, or may have,
/// of a student who does not count as present, or in the unit that their lecture was of.
pub(in crate::store) const STALE_AT_PORTAL: &str = "records AS r
    JOIN deliveries AS d ON d.target = 'portal' AND d.kind = 'check_in' AND d.subject = r.id AND d.told <> 'no'
    WHERE (d.told_unit IS NOT NULL OR (r.mark <> 'present' AND NOT EXISTS (SELECT 1 FROM records AS counts
        WHERE counts.lecture = r.lecture AND counts.student = r.student AND counts.mark = 'present')))";
