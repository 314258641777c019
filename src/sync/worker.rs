//! Delivering what waits for one target.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::pause::LONGEST_PAUSE;
use super::remote::{Contact, Remote, RemoteError};
use super::work::{self, Context, EventFilter, STORE_WAIT, Tally, Work, WorkOutcome};
use crate::clock::Clock;
use crate::domain::{
    Backoff, Delivery, Operation, RemoteStatus, Report, Target, Timestamp, Verdict,
};
use crate::random;
use crate::store::{DueBy, Event, Settled, Settlement, Store, StoreError};

/// How long deliveries under way may go on after the stop. What is cut off is sent again after the next
/// start, and recognised.
const GRACE: Duration = Duration::from_secs(3);
/// How often a target that is not known to work is tested while nothing is due.
const TEST_EVERY: Duration = Duration::from_secs(60);

/// Delivers to one target, at its own pace.
pub struct Worker {
    context: Context,
    remote: Arc<dyn Remote>,
    status: watch::Sender<RemoteStatus>,
    /// The records that are being sent at this moment.
    in_hand: watch::Sender<Arc<[Uuid]>>,
    /// The target is back after an outage: deliveries need not sit out the waits of that time.
    catching_up: bool,
    /// The last delivery met trouble, and something is still to be delivered: only a delivery can tell when it
    /// is over, or a test that the remote answers.
    delivery_failed: bool,
    /// Results that could not be written to the database yet.
    unsettled: Vec<Settled>,
    clock_wait: ClockWait,
    tested_at: Option<Instant>,
    /// A test under way. It outlasts the waits during which it is made.
    test: JoinSet<Result<Contact, RemoteError>>,
}

impl Worker {
    /// A worker, and the status of its remote. Every report carries `kiosk_id`.
    ///
    /// While the clock is not synchronised, records whose times it gave wait for a while: see `ClockWait`.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        kiosk_id: String,
        remote: Arc<dyn Remote>,
    ) -> (Self, watch::Receiver<RemoteStatus>) {
        let (status, receiver) = watch::channel(RemoteStatus::Unknown);
        let worker = Self {
            context: Context::new(store, clock, kiosk_id),
            remote,
            status,
            in_hand: watch::channel(Arc::from([])).0,
            catching_up: false,
            delivery_failed: false,
            unsettled: Vec::new(),
            clock_wait: ClockWait::default(),
            tested_at: None,
            test: JoinSet::new(),
        };
        (worker, receiver)
    }

    /// The records that it is sending at every moment. Known to this process only: one that is killed leaves
    /// them waiting, which is what the database says all the time.
    #[must_use]
    pub fn in_hand(&self) -> watch::Receiver<Arc<[Uuid]>> {
        self.in_hand.subscribe()
    }

    fn target(&self) -> Target {
        self.remote.target()
    }

    fn now(&self) -> Timestamp {
        self.context.clock.monotonic()
    }

    /// Delivers what is new, then corrects what is not: a correction of something that was never
    /// delivered finds nothing, and is right then too.
    async fn deliver(&mut self, due: Vec<Delivery>) -> Tally {
        let (new, corrected): (Vec<Delivery>, Vec<Delivery>) = due
            .into_iter()
            .partition(|delivery| delivery.operation == Operation::Tell);
        let mut weighed = Vec::with_capacity(new.len() + corrected.len());
        if !new.is_empty() {
            let reports: Vec<Report> = new.iter().map(|one| one.report.clone()).collect();
            let verdicts = self.remote.deliver(&reports).await;
            weighed.extend(new.into_iter().zip(fill_missing(verdicts)));
        }
        if !corrected.is_empty() {
            let verdicts = self.remote.correct(&corrected).await;
            weighed.extend(corrected.into_iter().zip(fill_missing(verdicts)));
        }
        // Together, so that no correction ends a wait that the remote asked for.
        self.weigh(weighed)
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        let by = DueBy {
            first: now,
            again: if self.catching_up {
                now + LONGEST_PAUSE
            } else {
                now
            },
        };
        let due = self.due_by(by).await?;
        if !due.is_empty() {
            return Ok(due);
        }
        // No wait is that long: this run of the machine began with an earlier clock than the last.
        match self.context.store.next_due(self.target()).await? {
            Some(next) if next > now + LONGEST_PAUSE => self.due_by(next.into()).await,
            _ => Ok(due),
        }
    }

    async fn due_by(&self, by: DueBy) -> Result<Vec<Delivery>, StoreError> {
        let Context {
            store,
            clock,
            kiosk_id,
            ..
        } = &self.context;
        let (target, limit) = (self.target(), self.remote.max_batch());
        let holds_back = !clock.trusted() && self.clock_wait.is_on(self.now());
        let held_back = holds_back.then(|| clock.uptime().boot);
        store
            .due(target, kiosk_id.clone(), by, limit, held_back)
            .await
    }

    /// Turns verdicts into settlements, and learns from them how the target is.
    fn weigh(&mut self, weighed: Vec<(Delivery, Verdict)>) -> Tally {
        let now = self.now();
        let mut tally = Tally::default();
        let mut batch = BatchSummary::default();
        for (delivery, verdict) in weighed {
            let settlement = match verdict {
                Verdict::Delivered {
                    document_id,
                    answer,
                } => {
                    tally.delivered += 1;
                    Settlement::Delivered {
                        document_id,
                        answer,
                    }
                }
                Verdict::Duplicate { theirs, answer } => {
                    tally.duplicates += 1;
                    Settlement::Duplicate { theirs, answer }
                }
                Verdict::Refused { error, answer } => {
                    tally.parked += 1;
                    Settlement::Parked { error, answer }
                }
                Verdict::Postponed { error, retry_after } => {
                    tally.postponed += 1;
                    batch.retry_after = batch.retry_after.max(retry_after);
                    batch.unreachable.get_or_insert_with(|| error.clone());
                    Settlement::Postponed {
                        error,
                        next_attempt_at: now + retry_wait(delivery.attempts, retry_after),
                    }
                }
                Verdict::Unauthorized { error } => {
                    tally.postponed += 1;
                    batch.unauthorized.get_or_insert_with(|| error.clone());
                    if self.context.noted.as_ref() == Some(&error) {
                        continue;
                    }
                    Settlement::Postponed {
                        error,
                        next_attempt_at: now,
                    }
                }
            };
            self.unsettled.push(Settled {
                attendance_id: delivery.report.attendance_id,
                edition: delivery.edition,
                settlement,
            });
        }
        if tally.parked > 0 {
            let (remote, parked) = (self.target().as_str(), tally.parked);
            tracing::warn!(
                remote.target = remote,
                parked,
                "reports were refused for good and are parked"
            );
        }
        batch.anything_through = tally.delivered + tally.duplicates + tally.parked > 0;
        self.learn(now, batch, tally.postponed > 0);
        tally
    }

    fn learn(&mut self, now: Timestamp, batch: BatchSummary, some_are_left: bool) {
        if some_are_left {
            self.catching_up = false;
        }
        if let Some(error) = batch.unauthorized {
            self.context.noted = Some(error.clone());
            self.context.pause.reject(now);
            self.delivery_failed = true;
            self.publish(RemoteStatus::Unauthorized { error });
            return;
        }
        self.context.noted = None;
        match (batch.anything_through, batch.unreachable) {
            (true, _) => {
                let was_away = self.context.pause.clear();
                self.catching_up |= was_away && !some_are_left;
                if let Some(asked) = batch.retry_after {
                    self.context.pause.grant(now, asked);
                }
                self.delivery_failed = false;
                self.publish(RemoteStatus::Connected);
            }
            (false, Some(error)) => {
                self.delivery_failed = true;
                self.context
                    .pause
                    .fail(now, batch.retry_after, random::number());
                self.publish(RemoteStatus::Unreachable { error });
            }
            (false, None) => {}
        }
    }

    async fn settle(&mut self) -> Result<(), StoreError> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let settlements = self.unsettled.clone();
        self.context
            .store
            .settle(self.target(), settlements, self.now())
            .await?;
        self.unsettled.clear();
        Ok(())
    }

    /// Shows a status, and logs a change once.
    fn publish(&mut self, status: RemoteStatus) {
        self.clock_wait.note(&status, self.now());
        if !work::publish(&self.status, status.clone()) {
            return;
        }
        let remote = self.target().as_str();
        match status {
            RemoteStatus::Off | RemoteStatus::Unknown => {}
            RemoteStatus::Connected => {
                tracing::info!(remote.target = remote, "the remote is connected");
            }
            RemoteStatus::Unreachable { error } => {
                tracing::warn!(
                    remote.target = remote,
                    error,
                    "the remote cannot be reached"
                );
            }
            RemoteStatus::Unauthorized { error } => {
                tracing::warn!(
                    remote.target = remote,
                    error,
                    "the remote does not accept this kiosk"
                );
            }
        }
    }
}

impl Work for Worker {
    fn name(&self) -> &'static str {
        match self.target() {
            Target::Firestore => "deliveries to Firestore",
            Target::Portal => "deliveries to the portal",
        }
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Tries one batch of the deliveries that are due, and writes down the result of each.
    async fn step(&mut self) -> Result<WorkOutcome, StoreError> {
        self.settle().await?;
        let now = self.now();
        if let Some(until) = self.context.pause.until(now) {
            return Ok(WorkOutcome::Waiting { until: Some(until) });
        }
        let due = self.due(now).await?;
        if due.is_empty() {
            if self.catching_up {
                // Nothing is left that could tell more than a test.
                self.delivery_failed = false;
            }
            self.catching_up = false;
            let next = self.context.store.next_due(self.target()).await?;
            // Due and yet not among the deliveries: its record cannot be read, and looking again at once
            // would not help.
            let until = next.map(|at| if at > now { at } else { now + STORE_WAIT });
            return Ok(WorkOutcome::Waiting { until });
        }
        let ids = due.iter().map(|delivery| delivery.report.attendance_id);
        self.in_hand.send_replace(ids.collect());
        let tally = self.deliver(due).await;
        self.in_hand.send_replace(Arc::from([]));
        self.settle().await?;
        Ok(WorkOutcome::Worked(tally))
    }

    fn new_work(&self) -> EventFilter {
        let mine = self.target();
        Box::new(move |event| match event {
            Event::Queued { target } => target == mine,
            event => event == Event::ChangedElsewhere,
        })
    }

    fn grace(&self) -> Duration {
        GRACE
    }

    fn woken(&mut self) {
        self.tested_at = None;
    }

    /// Tests a target that is not known to work, now and then; otherwise never returns. While deliveries are
    /// tried there is no need: they tell.
    async fn idle(&mut self) {
        let is_known = self.status.borrow().is_connected();
        if is_known || self.context.pause.until(self.now()).is_some() {
            self.test = JoinSet::new();
            return std::future::pending().await;
        }
        if self.test.is_empty() {
            if let Some(tested_at) = self.tested_at {
                tokio::time::sleep_until(tested_at + TEST_EVERY).await;
            }
            self.tested_at = Some(Instant::now());
            let remote = self.remote.clone();
            self.test.spawn(async move { remote.test().await });
        }
        let Some(Ok(result)) = self.test.join_next().await else {
            return;
        };
        match result {
            // A connection says nothing about what the delivery failed for: try one.
            Ok(Contact::Reachable(_)) if self.delivery_failed => self.catching_up = true,
            Ok(_) => {
                self.catching_up |= self.context.pause.clear();
                self.delivery_failed = false;
                self.publish(RemoteStatus::Connected);
            }
            Err(RemoteError::Unreachable { error, .. }) => {
                self.publish(RemoteStatus::Unreachable { error });
            }
            Err(RemoteError::Unauthorized { error }) => {
                self.publish(RemoteStatus::Unauthorized { error });
            }
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        self.clock_wait.is_wanted = true;
        work::run(self, stop).await;
    }
}

/// Adds "unreachable" for each verdict that is missing.
fn fill_missing(verdicts: Vec<Verdict>) -> impl Iterator<Item = Verdict> {
    let missing = iter::repeat_with(|| RemoteError::unreachable("no verdict came back").into());
    verdicts.into_iter().chain(missing)
}

/// How long a delivery waits after a failure; `attempts` is how many were made before.
pub(super) fn retry_wait(attempts: u32, asked: Option<Duration>) -> Duration {
    let wait = Backoff::DELIVERY.wait(attempts.saturating_add(1), random::number());
    wait.max(asked.unwrap_or_default().min(LONGEST_PAUSE))
}

/// Holds back records of a clock that is not synchronised: the network that brings the remote brings the time
/// as well, and one correct report is better than a report and its correction.
///
/// Only for a while after the remote can be reached: a site without any time server reports too.
#[derive(Debug, Default)]
struct ClockWait {
    is_wanted: bool,
    reached_at: Option<Timestamp>,
}

impl ClockWait {
    /// A time server answers within seconds of the network's coming; systemd-timesyncd asks again after 30.
    const SETTLING: Duration = Duration::from_secs(120);

    fn note(&mut self, status: &RemoteStatus, now: Timestamp) {
        if status.is_connected() {
            self.reached_at.get_or_insert(now);
        } else {
            self.reached_at = None;
        }
    }

    fn is_on(&self, now: Timestamp) -> bool {
        self.is_wanted && self.reached_at.is_none_or(|at| now < at + Self::SETTLING)
    }
}

/// What a batch of verdicts says about the target as a whole.
#[derive(Default)]
struct BatchSummary {
    anything_through: bool,
    unreachable: Option<String>,
    unauthorized: Option<String>,
    retry_after: Option<Duration>,
}
