//! What became of a debt after a try.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use crate::domain::{DeliveryEvent, DeliveryState, Target, Timestamp};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::event::Event;
use crate::store::row::{self, damaged};

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
        error: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// To be tried again.
    Postponed {
        error: String,
        /// Not before this moment.
        next_attempt_at: Timestamp,
    },
}

/// A debt that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub attendance_id: Uuid,
    /// The debt's number of corrections when it was read: one that has been corrected since is still owed.
    pub revision: u32,
    /// What became of it.
    pub settlement: Settlement,
}

impl Store {
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
        |row| DeliveryState::parse(&row.get::<_, String>(0)?).ok_or_else(|| damaged("debt")),
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
    let synced = state == DeliveryState::Delivered;
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
    fn event(&self) -> DeliveryEvent {
        match self {
            Self::Delivered { .. } | Self::Duplicate { .. } => DeliveryEvent::Delivered,
            Self::Parked { .. } => DeliveryEvent::Refused,
            Self::Postponed { .. } => DeliveryEvent::Postponed,
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
