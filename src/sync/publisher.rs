//! Publishing sessions to other kiosks.

use std::sync::Arc;

use super::firestore::{Firestore, Unpublished};
use super::pause::LONGEST_PAUSE;
use super::remote::RemoteError;
use super::work::{Context, EventFilter, Tally, Work, WorkOutcome};
use super::worker::retry_wait;
use crate::clock::Clock;
use crate::domain::{SessionState, Timestamp};
use crate::random;
use crate::store::{Event, Publication, Settlement, Store, StoreError};

/// Publishes the sessions that have changed, by the rules by which check-ins are delivered.
pub struct Publisher {
    context: Context,
    firestore: Arc<Firestore>,
}

impl Publisher {
    /// A publisher of this kiosk's sessions.
    #[must_use]
    pub fn new(store: Store, clock: Clock, kiosk_id: String, firestore: Arc<Firestore>) -> Self {
        Self {
            context: Context::new(store, clock, kiosk_id),
            firestore,
        }
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Publication>, StoreError> {
        let Context {
            store, kiosk_id, ..
        } = &self.context;
        let due_by = |by| store.due_publications(kiosk_id.clone(), by);
        let due = due_by(now).await?;
        if !due.is_empty() {
            return Ok(due);
        }
        // No wait is that long: this run of the machine began with an earlier clock than the last.
        match store.next_publication_due().await? {
            Some(next) if next > now + LONGEST_PAUSE => due_by(next).await,
            _ => Ok(due),
        }
    }

    /// Publishes one session: what is to be written down of it, and whether the next one should be tried.
    async fn publish(
        &mut self,
        publication: Publication,
        tally: &mut Tally,
    ) -> Result<(Option<Settlement>, bool), StoreError> {
        let published = &publication.published;
        let context = &mut self.context;
        // Another kiosk that joins needs the roster; a session that is over cannot be joined.
        let is_ours = published.kiosk_id == context.kiosk_id;
        let roster = if is_ours && published.session.state == SessionState::Open {
            let unit = published.session.unit_code.clone();
            let semester = published.session.semester.clone();
            let listed = context.store.roster_entries(unit, semester, published.date);
            Some(listed.await?)
        } else {
            None
        };
        let answer = self
            .firestore
            .publish_session(published, &context.kiosk_id, roster.as_deref())
            .await;
        let now = context.clock.monotonic();
        let noted = context.noted.take();
        Ok(match answer {
            Ok(()) => {
                tally.delivered += 1;
                context.pause.clear();
                (
                    Some(Settlement::Delivered {
                        document_id: String::new(),
                        answer: String::new(),
                    }),
                    true,
                )
            }
            Err(Unpublished::Refused) => {
                tally.parked += 1;
                tracing::warn!(session.id = %published.session.id, "a session was refused for good and is parked");
                let error = "Firestore refuses this session as malformed (INVALID_ARGUMENT)";
                let error = error.to_owned();
                let answer = String::new();
                (Some(Settlement::Parked { error, answer }), true)
            }
            Err(Unpublished::RemoteError(RemoteError::Unreachable { error, retry_after })) => {
                tally.postponed += 1;
                context.pause.fail(now, retry_after, random::number());
                let outcome = Settlement::Postponed {
                    error,
                    next_attempt_at: now + retry_wait(publication.attempts, retry_after),
                };
                (Some(outcome), false)
            }
            Err(Unpublished::RemoteError(RemoteError::Unauthorized { error })) => {
                tally.postponed += 1;
                context.pause.reject(now);
                context.noted = Some(error.clone());
                let outcome = (noted.as_ref() != Some(&error)).then_some(Settlement::Postponed {
                    error,
                    next_attempt_at: now,
                });
                (outcome, false)
            }
        })
    }
}

impl Work for Publisher {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Publishes what is due, until the first trouble.
    async fn step(&mut self) -> Result<WorkOutcome, StoreError> {
        let now = self.context.clock.monotonic();
        if let Some(until) = self.context.pause.until(now) {
            return Ok(WorkOutcome::Waiting { until: Some(until) });
        }
        let due = self.due(now).await?;
        if due.is_empty() {
            let until = self.context.store.next_publication_due().await?;
            return Ok(WorkOutcome::Waiting { until });
        }
        let mut tally = Tally::default();
        for publication in due {
            let id = publication.published.session.id;
            let edition = publication.edition;
            let (outcome, goes_on) = self.publish(publication, &mut tally).await?;
            if let Some(outcome) = outcome {
                self.context
                    .store
                    .settle_publication(id, edition, outcome, now)
                    .await?;
            }
            if !goes_on {
                break;
            }
        }
        Ok(WorkOutcome::Worked(tally))
    }

    fn new_work(&self) -> EventFilter {
        Box::new(|event| {
            matches!(
                event,
                Event::SessionChanged { .. }
                    | Event::RosterChanged
                    | Event::Queued { .. }
                    | Event::ChangedElsewhere
            )
        })
    }
}
