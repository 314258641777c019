//! Paying one target's debts: a step, and a loop that repeats it.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::pause::{LONGEST, Pause};
use super::remote::{Contact, Remote, Trouble};
use super::step::{Tally, WorkOutcome};
use super::wake::{self, Bell, Woken};
use crate::clock::Clock;
use crate::domain::{
    Backoff, Delivery, Operation, RemoteStatus, Report, Target, Timestamp, Verdict,
};
use crate::store::{Settled, Settlement, Store, StoreError};

/// How long work in hand may go on after the end has been announced. What is cut off is sent again
/// at the next start, and recognised.
const GRACE: Duration = Duration::from_secs(3);
/// The clock is read again at least this often: it may have been set.
pub(super) const LONGEST_NAP: Duration = Duration::from_secs(30);
/// No two steps without work are closer than this, whatever the database says is due.
pub(super) const SHORTEST_NAP: Duration = Duration::from_millis(50);
/// How long to leave a database alone that cannot be used.
pub(super) const STORE_NAP: Duration = Duration::from_secs(5);
/// How often a target that is not known to work is tested while nothing is due.
const PROBE_EVERY: Duration = Duration::from_secs(60);

/// Pays the debts of one target, at its own pace and in nobody's way.
pub struct Worker {
    store: Store,
    clock: Clock,
    kiosk_id: String,
    remote: Arc<dyn Remote>,
    status: watch::Sender<RemoteStatus>,
    bell: Bell,
    /// The records that are being sent at this moment.
    in_hand: watch::Sender<Arc<[Uuid]>>,
    pause: Pause,
    /// The target is back after an outage: debts need not sit out the waits of that time.
    catching_up: bool,
    /// The last delivery met trouble, and something is still to be delivered: only a delivery can tell when it
    /// is over, or a test that the remote answers.
    delivery_failed: bool,
    /// Verdicts that could not be written down yet.
    unsettled: Vec<Settled>,
    /// Whether records wait for the clock to be set, and since when the remote can be reached.
    hold: Hold,
    /// The reason for being barred that was last written to the database, for other programs to read.
    noted: Option<String>,
    probed_at: Option<Instant>,
}

impl Worker {
    /// A worker, and what it finds out about its remote. `kiosk_id` is told with every report.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        kiosk_id: String,
        remote: Arc<dyn Remote>,
    ) -> (Self, watch::Receiver<RemoteStatus>) {
        let (status, told) = watch::channel(RemoteStatus::Unknown);
        let worker = Self {
            store,
            clock,
            kiosk_id,
            remote,
            status,
            bell: Bell::default(),
            in_hand: watch::channel(Arc::from([])).0,
            pause: Pause::default(),
            catching_up: false,
            delivery_failed: false,
            unsettled: Vec::new(),
            hold: Hold::default(),
            noted: None,
            probed_at: None,
        };
        (worker, told)
    }

    /// Something to ring when the link comes back.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// The records that it is sending at every moment. Known to this program only: one that is killed leaves
    /// them waiting, as they stand in the database all the time.
    #[must_use]
    pub fn in_hand(&self) -> watch::Receiver<Arc<[Uuid]>> {
        self.in_hand.subscribe()
    }

    /// Tries the debts that are due, one batch of them, and writes down what became of each.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be used. Nothing is lost: verdicts that are already
    /// known are written down by the next step.
    pub async fn step(&mut self) -> Result<WorkOutcome, StoreError> {
        self.settle().await?;
        let now = self.clock.monotonic();
        if let Some(until) = self.pause.until(now) {
            return Ok(WorkOutcome::Waiting { until: Some(until) });
        }
        let debts = self.due(now).await?;
        if debts.is_empty() {
            if self.catching_up {
                // Nothing is left that could tell more than a test.
                self.delivery_failed = false;
            }
            self.catching_up = false;
            let next = self.store.next_due(self.target()).await?;
            // Due and yet not among the debts: its record cannot be read, and looking again at once
            // would not help.
            let until = next.map(|at| if at > now { at } else { now + STORE_NAP });
            return Ok(WorkOutcome::Waiting { until });
        }
        let ids = debts.iter().map(|debt| debt.report.attendance_id);
        self.in_hand.send_replace(ids.collect());
        let tally = self.pay(debts).await;
        self.in_hand.send_replace(Arc::from([]));
        self.settle().await?;
        Ok(WorkOutcome::Worked(tally))
    }

    /// Delivers what is new, then corrects what is not: a correction of something that was never
    /// delivered finds nothing, and is right then too.
    async fn pay(&mut self, debts: Vec<Delivery>) -> Tally {
        let (new, corrected): (Vec<Delivery>, Vec<Delivery>) = debts
            .into_iter()
            .partition(|debt| debt.duty == Operation::Tell);
        let mut tally = Tally::default();
        if !new.is_empty() {
            let reports: Vec<Report> = new.iter().map(|debt| debt.report.clone()).collect();
            let verdicts = self.remote.deliver(&reports).await;
            tally += self.weigh(&new, verdicts);
        }
        if !corrected.is_empty() {
            let verdicts = self.remote.correct(&corrected).await;
            tally += self.weigh(&corrected, verdicts);
        }
        tally
    }

    /// Repeats [`Worker::step`] until nothing may be tried for now.
    ///
    /// # Errors
    /// As [`Worker::step`].
    pub async fn drain(&mut self) -> Result<Tally, StoreError> {
        self.drain_telling(|_| ()).await
    }

    /// As [`Worker::drain`], telling what each step came to.
    ///
    /// # Errors
    /// As [`Worker::step`].
    pub async fn drain_telling(&mut self, tell: impl Fn(&Tally)) -> Result<Tally, StoreError> {
        let mut total = Tally::default();
        while let WorkOutcome::Worked(tally) = self.step().await? {
            tell(&tally);
            total += tally;
        }
        Ok(total)
    }

    /// Pays debts until `shutdown`, then finishes the work in hand or leaves it for the next start.
    ///
    /// While no time server has set the clock, records whose times it gave wait for a while: see `Hold`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        self.hold.is_wanted = true;
        let mut events = self.store.subscribe();
        let (bell, target) = (self.bell(), self.target());
        let mut store_error = None;
        let over = async {
            shutdown.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::pin!(over);
        loop {
            let step = tokio::select! {
                step = self.step() => step,
                () = &mut over => return,
            };
            if shutdown.is_cancelled() {
                return;
            }
            let nap = match step {
                Ok(WorkOutcome::Worked(_)) => continue,
                Ok(WorkOutcome::Waiting { until }) => {
                    store_error = None;
                    self.nap(until)
                }
                Err(StoreError::Closed) => return,
                Err(error) => {
                    if store_error.as_ref() != Some(&error) {
                        let remote = target.as_str();
                        tracing::error!(remote.target = remote, %error, "deliveries cannot be written down");
                        store_error = Some(error);
                    }
                    STORE_NAP
                }
            };
            let woken = tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.probe() => continue,
                woken = wake::listen(&mut events, &bell, target, nap) => woken,
            };
            match woken {
                Woken::Rested => {}
                Woken::ByWork => self.pause.hasten(),
                Woken::ByBell => {
                    self.pause.hasten();
                    self.probed_at = None;
                }
            }
        }
    }

    fn target(&self) -> Target {
        self.remote.target()
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        let as_of = if self.catching_up { now + LONGEST } else { now };
        let debts = self.due_by(as_of).await?;
        if !debts.is_empty() {
            return Ok(debts);
        }
        // No wait is that long: the clock has been set back, and the debts must not wait for it.
        match self.store.next_due(self.target()).await? {
            Some(next) if next > now + LONGEST => self.due_by(next).await,
            _ => Ok(debts),
        }
    }

    async fn due_by(&self, as_of: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        let (target, limit) = (self.target(), self.remote.max_batch());
        let held_back = self.holds_back().then(|| self.clock.uptime().boot);
        self.store
            .due_but(target, self.kiosk_id.clone(), as_of, limit, held_back)
            .await
    }

    /// Whether records wait whose times may yet be put right.
    fn holds_back(&self) -> bool {
        let now = self.clock.monotonic();
        self.hold.is_wanted
            && !self.clock.trusted()
            && self.hold.until().is_none_or(|end| now < end)
    }

    /// Turns verdicts into settlements, and learns from them how the target fares.
    fn weigh(&mut self, debts: &[Delivery], verdicts: Vec<Verdict>) -> Tally {
        let now = self.clock.monotonic();
        let mut tally = Tally::default();
        let mut news = News::default();
        let silence = iter::repeat_with(|| Trouble::unreachable("no verdict came back").into());
        for (debt, verdict) in debts.iter().zip(verdicts.into_iter().chain(silence)) {
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
                    let wait = Backoff::DELIVERY.wait(debt.attempts.saturating_add(1), chance());
                    let wait = wait.max(retry_after.unwrap_or_default().min(LONGEST));
                    news.asked = news.asked.max(retry_after);
                    news.unreachable.get_or_insert_with(|| error.clone());
                    Settlement::Postponed {
                        error,
                        next_attempt_at: now + wait,
                    }
                }
                Verdict::Unauthorized { error } => {
                    tally.postponed += 1;
                    news.barred.get_or_insert_with(|| error.clone());
                    if self.noted.as_ref() == Some(&error) {
                        // Written down before. A kiosk that is barred for a term does not wear out its card.
                        continue;
                    }
                    Settlement::Postponed {
                        error,
                        next_attempt_at: now,
                    }
                }
            };
            self.unsettled.push(Settled {
                attendance_id: debt.report.attendance_id,
                revision: debt.revision,
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
        news.anything_through = tally.delivered + tally.duplicates + tally.parked > 0;
        self.learn(now, news, tally.postponed > 0);
        tally
    }

    fn learn(&mut self, now: Timestamp, news: News, some_are_left: bool) {
        if some_are_left {
            self.catching_up = false;
        }
        if let Some(error) = news.barred {
            self.noted = Some(error.clone());
            self.pause.bar(now);
            self.delivery_failed = true;
            self.publish(RemoteStatus::Unauthorized { error });
            return;
        }
        self.noted = None;
        match (news.anything_through, news.unreachable) {
            (true, _) => {
                let was_away = self.pause.clear();
                self.catching_up |= was_away && !some_are_left;
                if let Some(asked) = news.asked {
                    self.pause.grant(now, asked);
                }
                self.delivery_failed = false;
                self.publish(RemoteStatus::Connected);
            }
            (false, Some(error)) => {
                self.delivery_failed = true;
                self.pause.fail(now, news.asked, chance());
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
        self.store
            .settle(self.target(), settlements, self.clock.monotonic())
            .await?;
        self.unsettled.clear();
        Ok(())
    }

    fn nap(&self, until: Option<Timestamp>) -> Duration {
        until.map_or(LONGEST_NAP, |until| {
            until
                .since(self.clock.monotonic())
                .clamp(SHORTEST_NAP, LONGEST_NAP)
        })
    }

    /// Tests a target that is not known to work, now and then; otherwise never returns.
    ///
    /// While debts are tried there is no need: the tries tell.
    pub(super) async fn probe(&mut self) {
        let known = self.status.borrow().is_connected();
        if known || self.pause.until(self.clock.monotonic()).is_some() {
            return std::future::pending().await;
        }
        if let Some(probed_at) = self.probed_at {
            tokio::time::sleep_until(probed_at + PROBE_EVERY).await;
        }
        self.probed_at = Some(Instant::now());
        match self.remote.test().await {
            // A connection says nothing about what the delivery failed for: try one.
            Ok(Contact::Reachable(_)) if self.delivery_failed => self.catching_up = true,
            Ok(_) => {
                self.catching_up |= self.pause.clear();
                self.delivery_failed = false;
                self.publish(RemoteStatus::Connected);
            }
            Err(Trouble::Unreachable { error, .. }) => {
                self.publish(RemoteStatus::Unreachable { error });
            }
            Err(Trouble::Unauthorized { error }) => {
                self.publish(RemoteStatus::Unauthorized { error });
            }
        }
    }

    /// Tells of a change, and logs it once.
    fn publish(&mut self, status: RemoteStatus) {
        self.hold.note(&status, self.clock.monotonic());
        let changed = self.status.send_if_modified(|current| {
            let changed = *current != status;
            current.clone_from(&status);
            changed
        });
        if !changed {
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

/// Records of a clock that is not set are held back a little, for the network that brings the remote brings
/// the time as well: better told once and right than twice.
///
/// Only for so long after the remote can be reached: a site without any time server reports too.
#[derive(Debug, Default)]
struct Hold {
    is_wanted: bool,
    reached_at: Option<Timestamp>,
}

impl Hold {
    /// A time server answers within seconds of the network's coming; systemd-timesyncd asks again after 30.
    const SETTLING: Duration = Duration::from_secs(120);

    fn note(&mut self, status: &RemoteStatus, now: Timestamp) {
        if status.is_connected() {
            self.reached_at.get_or_insert(now);
        } else {
            self.reached_at = None;
        }
    }

    fn until(&self) -> Option<Timestamp> {
        Some(self.reached_at? + Self::SETTLING)
    }
}

/// What a batch of verdicts says about the target as a whole.
#[derive(Default)]
struct News {
    anything_through: bool,
    unreachable: Option<String>,
    barred: Option<String>,
    asked: Option<Duration>,
}

/// A random number for the jitter; without a random source, the longest wait.
pub(super) fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}
