//! The delivery queue: what a remote does not have yet, or has.
//!
//! A delivery says *that* its subject is behind at a target; what is sent is composed when it is sent. A change
//! raises its edition, so that a try under way settles nothing. `domain::DeliveryState` is the table of states.

mod change;
mod due;
mod listing;
mod settling;

use std::time::Duration;

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use crate::domain::{Channel, DeliveryEvent, DeliveryState, Target, Timestamp};

pub(super) use change::{
    ChangeSummary, STALE_AT_PORTAL, moved_to_another_unit, portal_has_stale_record, requeue,
};
pub use due::DueBy;
pub use listing::UnsettledDelivery;
pub(super) use settling::settle;
pub use settling::{Settled, Settlement};

/// Queues a record; `false` if it has been queued already, or its lecture was entered from paper: the remotes are told
/// of none of these.
fn queue(db: &Connection, target: Target, record: i64, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO deliveries (target, kind, subject, next_attempt_at)
        SELECT :target, 'check_in', r.id, :now FROM records AS r JOIN lectures AS l ON l.id = r.lecture
        WHERE r.id = :record AND l.opened_by IS NOT 'paper' ON CONFLICT DO NOTHING";
    let queued = db.prepare_cached(SQL)?.execute(named_params! {
        ":target": target, ":record": record, ":now": now,
    })?;
    Ok(queued > 0)
}

/// From when on a record may be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    now: Timestamp,
    /// How long the portal, which can take nothing back, is not told of it.
    portal_waits: Duration,
}

impl Due {
    pub(super) fn at_once(now: Timestamp) -> Self {
        Self {
            now,
            portal_waits: Duration::ZERO,
        }
    }

    /// The portal waits as long as the check-in can be taken back at its door.
    pub(super) fn after_check_in(now: Timestamp, channel: Channel) -> Self {
        Self {
            now,
            portal_waits: channel.not_me_for(),
        }
    }

    fn at(self, target: Target) -> Timestamp {
        match target {
            Target::Firestore => self.now,
            Target::Portal => self.now + self.portal_waits,
        }
    }
}

/// Queues a record that counts for each target.
pub(super) fn queue_check_in(
    db: &Connection,
    events: &mut Vec<Event>,
    targets: &[Target],
    record: i64,
    due: Due,
) -> Result<(), StoreError> {
    for &target in targets {
        if queue(db, target, record, due.at(target))? {
            events.push(Event::Queued { target });
        }
    }
    Ok(())
}

impl Store {
    /// Makes deliveries due now: one record's or all, of one target or both, parked ones included. One that was never
    /// tried waits for its own time: its check-in may still be taken back.
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
        const SQL: &str = "UPDATE deliveries SET state = :to, next_attempt_at = iif(attempts = 0, next_attempt_at, :now)
            WHERE state = :from AND target = :target AND (:attendance_id IS NULL
                OR (kind = 'check_in' AND subject = (SELECT id FROM records WHERE uuid = :attendance_id)))";
        self.write(move |db, events| {
            let mut retried = 0;
            for target in Target::ALL
                .into_iter()
                .filter(|candidate| target.is_none_or(|only| only == *candidate))
            {
                let mut statement = db.prepare_cached(SQL)?;
                for from in DeliveryState::STORED {
                    let Some(to) = from.after(DeliveryEvent::Retried) else {
                        continue;
                    };
                    retried += statement.execute(named_params! {
                        ":from": from, ":to": to, ":now": now, ":target": target,
                        ":attendance_id": attendance_id,
                    })?;
                }
                events.push(Event::Queued { target });
            }
            Ok(retried as u64)
        })
        .await
    }
}
