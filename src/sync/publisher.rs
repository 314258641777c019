//! Telling other kiosks of sessions: a step, and a loop that repeats it.

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::firestore::{FirestoreRemote, Unpublished};
use super::pause::{LONGEST, Pause};
use super::remote::Trouble;
use super::wake::Bell;
use super::worker::{LONGEST_NAP, SHORTEST_NAP, STORE_NAP, chance};
use crate::clock::Clock;
use crate::domain::{Backoff, SessionState, Timestamp};
use crate::store::{Event, Publication, PublicationOutcome, Store, StoreError};

/// Publishes what is owed of sessions, by the rules by which check-ins are delivered.
pub struct Publisher {
    store: Store,
    clock: Clock,
    kiosk_id: String,
    firestore: Arc<FirestoreRemote>,
    bell: Bell,
    pause: Pause,
    /// The reason for being barred that was last written down: a kiosk that is barred for a term does not
    /// wear out its card.
    noted: Option<String>,
}

impl Publisher {
    /// A publisher of this kiosk's sessions.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        kiosk_id: String,
        firestore: Arc<FirestoreRemote>,
    ) -> Self {
        Self {
            store,
            clock,
            kiosk_id,
            firestore,
            bell: Bell::default(),
            pause: Pause::default(),
            noted: None,
        }
    }

    /// Something to ring when the link comes back.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Publishes what is due, and answers when something may be tried next; `None`: nothing is owed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be used. What was published is found to be so next time.
    pub async fn step(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let now = self.clock.monotonic();
        if let Some(until) = self.pause.until(now) {
            return Ok(Some(until));
        }
        let due = self.due(now).await?;
        for publication in due {
            let id = publication.published.session.id;
            let edition = publication.edition;
            let (outcome, goes_on) = self.publish(publication).await?;
            if let Some(outcome) = outcome {
                self.store.settle_publication(id, edition, outcome).await?;
            }
            if !goes_on {
                break;
            }
        }
        if let Some(until) = self.pause.until(self.clock.monotonic()) {
            return Ok(Some(until));
        }
        self.store.next_publication_due().await
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Publication>, StoreError> {
        let due_by = |by| self.store.due_publications(self.kiosk_id.clone(), by);
        let due = due_by(now).await?;
        if !due.is_empty() {
            return Ok(due);
        }
        // No wait is that long: the clock has been set back, and nothing must wait for it.
        match self.store.next_publication_due().await? {
            Some(next) if next > now + LONGEST => due_by(next).await,
            _ => Ok(due),
        }
    }

    /// Publishes one session: what is to be written down of it, and whether the next one should be tried.
    async fn publish(
        &mut self,
        publication: Publication,
    ) -> Result<(Option<PublicationOutcome>, bool), StoreError> {
        let published = &publication.published;
        // Whoever joins needs it; a session that is over is joined by nobody.
        let is_ours = published.kiosk_id == self.kiosk_id;
        let roster = if is_ours && published.session.state == SessionState::Open {
            let unit = published.session.unit_code.clone();
            Some(self.store.roster_entries(unit).await?)
        } else {
            None
        };
        let answer = self
            .firestore
            .publish_session(published, &self.kiosk_id, roster.as_deref())
            .await;
        let now = self.clock.monotonic();
        let noted = self.noted.take();
        Ok(match answer {
            Ok(()) => {
                self.pause.clear();
                (Some(PublicationOutcome::Published), true)
            }
            Err(Unpublished::Refused) => {
                tracing::warn!(session.id = %published.session.id, "a session was refused for good and is parked");
                let error = "Firestore refuses this session as malformed (INVALID_ARGUMENT)";
                let error = error.to_owned();
                (Some(PublicationOutcome::Parked { error }), true)
            }
            Err(Unpublished::Trouble(Trouble::Unreachable { error, retry_after })) => {
                self.pause.fail(now, retry_after, chance());
                let wait = Backoff::DELIVERY.wait(publication.attempts.saturating_add(1), chance());
                let wait = wait.max(retry_after.unwrap_or_default().min(LONGEST));
                let next_attempt_at = now + wait;
                let outcome = PublicationOutcome::Postponed {
                    error,
                    next_attempt_at,
                };
                (Some(outcome), false)
            }
            Err(Unpublished::Trouble(Trouble::Unauthorized { error })) => {
                self.pause.bar(now);
                self.noted = Some(error.clone());
                let outcome =
                    (noted.as_ref() != Some(&error)).then_some(PublicationOutcome::Postponed {
                        error,
                        next_attempt_at: now,
                    });
                (outcome, false)
            }
        })
    }

    /// Publishes what is due until nothing is for now.
    ///
    /// # Errors
    /// As [`Publisher::step`].
    pub async fn drain(&mut self) -> Result<(), StoreError> {
        loop {
            match self.step().await? {
                Some(next) if next <= self.clock.monotonic() => {}
                _ => return Ok(()),
            }
        }
    }

    /// Publishes until `shutdown`. What is in hand then is published again at the next start, which does
    /// no harm.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut events = self.store.subscribe();
        loop {
            let step = tokio::select! {
                () = shutdown.cancelled() => return,
                step = self.step() => step,
            };
            let nap = match step {
                Ok(until) => until.map_or(LONGEST_NAP, |until| {
                    until
                        .since(self.clock.monotonic())
                        .clamp(SHORTEST_NAP, LONGEST_NAP)
                }),
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "sessions cannot be published");
                    STORE_NAP
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = something_to_say(&mut events) => self.pause.hasten(),
                () = self.bell.rung() => self.pause.hasten(),
                () = tokio::time::sleep(nap) => {}
            }
        }
    }
}

/// Waits until there may be something new of a session.
async fn something_to_say(events: &mut broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(
                Event::SessionChanged { .. }
                | Event::RosterChanged
                | Event::Owed { .. }
                | Event::ChangedElsewhere,
            )
            | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
