//! The loop that every task with a remote runs: steps while there is something to do, then a wait that ends
//! with new work, with a wake-up or in time.

use std::ops::AddAssign;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::pause::Pause;
use super::wake::WakeHandle;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::store::{Event, Store, StoreError, next_event};

/// The clock is read again at least this often: it may have been set.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Two steps without work are at least this far apart, whatever the database says is due.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// How long a database that cannot be used is left alone.
pub(super) const STORE_WAIT: Duration = Duration::from_secs(5);

/// Whether an event is of interest.
pub type EventFilter = Box<dyn Fn(Event) -> bool + Send + Sync>;

/// A task that works in steps.
pub trait Work: Sized + Send {
    /// What log messages call the task.
    fn name(&self) -> &'static str;

    /// What the task shares with the loop.
    fn context(&self) -> &Context;

    /// As [`Work::context`], to be changed.
    fn context_mut(&mut self) -> &mut Context;

    /// Does a part of what is due, and says when there may be more to do.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be used. Nothing is lost: the step can be repeated.
    fn step(&mut self) -> impl Future<Output = Result<WorkOutcome, StoreError>> + Send;

    /// Which events may mean new work.
    fn new_work(&self) -> EventFilter;

    /// How long a step may go on after the stop. What is cut off is done again after the next start, which
    /// changes nothing that was done before.
    fn grace(&self) -> Duration {
        Duration::ZERO
    }

    /// Called at a wake-up, before the next step.
    fn woken(&mut self) {}

    /// Runs while nothing is due; when it ends, a step follows.
    fn idle(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Wakes the task, for example when the network is back.
    fn wake_handle(&self) -> WakeHandle {
        self.context().wake.clone()
    }

    /// Repeats [`Work::step`] until nothing may be tried for now.
    ///
    /// # Errors
    /// As [`Work::step`].
    fn drain(&mut self) -> impl Future<Output = Result<Tally, StoreError>> + Send {
        self.drain_with(|_| ())
    }

    /// As [`Work::drain`]; calls `progress` after each step.
    ///
    /// # Errors
    /// As [`Work::step`].
    fn drain_with(
        &mut self,
        mut progress: impl FnMut(&Tally) + Send,
    ) -> impl Future<Output = Result<Tally, StoreError>> + Send {
        async move {
            let mut total = Tally::default();
            while let WorkOutcome::Worked(tally) = self.step().await? {
                progress(&tally);
                total += tally;
            }
            Ok(total)
        }
    }

    /// Works until `stop`, or until the store is closed.
    fn run(self, stop: CancellationToken) -> impl Future<Output = ()> + Send {
        run(self, stop)
    }
}

/// What every task has.
#[derive(Debug)]
pub struct Context {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) kiosk_id: String,
    pub(super) pause: Pause,
    /// The error that was last written to the database, which is not written again: a kiosk that is not
    /// accepted for weeks must not wear out its card.
    pub(super) noted: Option<String>,
    wake: WakeHandle,
}

impl Context {
    pub(super) fn new(store: Store, clock: Clock, kiosk_id: String) -> Self {
        Self {
            store,
            clock,
            kiosk_id,
            pause: Pause::default(),
            noted: None,
            wake: WakeHandle::default(),
        }
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkOutcome {
    /// Something was tried. There may be more.
    Worked(Tally),
    /// Nothing may be tried before this moment of the monotonic time; `None`: nothing is left to do.
    Waiting {
        /// When something may.
        until: Option<Timestamp>,
    },
}

/// How many deliveries had which result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Tally {
    /// The remote has them.
    pub delivered: u64,
    /// Another kiosk had reported the student before.
    pub duplicates: u64,
    /// Refused for good.
    pub parked: u64,
    /// To be tried again.
    pub postponed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.duplicates += other.duplicates;
        self.parked += other.parked;
        self.postponed += other.postponed;
    }
}

/// Shows a new status and answers whether it differs from the one before.
pub(super) fn publish<T: PartialEq>(status: &watch::Sender<T>, new: T) -> bool {
    status.send_if_modified(|current| {
        let is_change = *current != new;
        *current = new;
        is_change
    })
}

pub(super) async fn run<W: Work>(mut work: W, stop: CancellationToken) {
    let mut events = work.context().store.subscribe();
    let wake = work.wake_handle();
    let is_new_work = work.new_work();
    let grace = work.grace();
    let mut logged = None;
    let over = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::pin!(over);
    loop {
        let result = tokio::select! {
            biased;
            () = &mut over => return,
            result = work.step() => result,
        };
        if stop.is_cancelled() {
            return;
        }
        let wait = match result {
            Ok(outcome) => {
                logged = None;
                match outcome {
                    WorkOutcome::Worked(_) => continue,
                    WorkOutcome::Waiting { until } => wait_until(until, &work.context().clock),
                }
            }
            Err(StoreError::Closed) => return,
            Err(error) => {
                if logged.as_ref() != Some(&error) {
                    tracing::error!(task = work.name(), %error, "the database cannot be used");
                    logged = Some(error);
                }
                STORE_WAIT
            }
        };
        let is_woken = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = wake.woken() => true,
            () = next_event(&mut events, &is_new_work) => false,
            () = work.idle() => continue,
            () = tokio::time::sleep(wait) => continue,
        };
        work.context_mut().pause.cut_short();
        if is_woken {
            work.woken();
        }
    }
}

fn wait_until(until: Option<Timestamp>, clock: &Clock) -> Duration {
    until.map_or(LONGEST_WAIT, |until| {
        until
            .since(clock.monotonic())
            .clamp(SHORTEST_WAIT, LONGEST_WAIT)
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A task whose steps have these results, and whose database is closed then.
    struct Script {
        context: Context,
        results: Vec<Result<WorkOutcome, StoreError>>,
    }

    impl Work for Script {
        fn name(&self) -> &'static str {
            "a script"
        }

        fn context(&self) -> &Context {
            &self.context
        }

        fn context_mut(&mut self) -> &mut Context {
            &mut self.context
        }

        async fn step(&mut self) -> Result<WorkOutcome, StoreError> {
            self.results.pop().unwrap_or(Err(StoreError::Closed))
        }

        fn new_work(&self) -> EventFilter {
            Box::new(|_| false)
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut log = self.0.lock().unwrap();
            log.push_str(&String::from_utf8_lossy(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_the_database_is_logged_once_until_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let clock = Clock::set_to(Timestamp::from_millis(0));
        let (full, busy) = (Err(StoreError::Full), Err(StoreError::Busy));
        let well = Ok(WorkOutcome::Waiting { until: None });
        let results = [&full, &full, &busy, &busy, &well, &busy, &full, &full];
        let script = Script {
            context: Context::new(store, clock, "kiosk-1".to_owned()),
            results: results.into_iter().cloned().rev().collect(),
        };
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let logging = tracing::subscriber::set_default(subscriber.finish());
        let began = tokio::time::Instant::now();
        script.run(CancellationToken::new()).await;
        drop(logging);
        let waits = 7 * STORE_WAIT + LONGEST_WAIT;
        assert!((waits..waits + STORE_WAIT).contains(&began.elapsed()));
        let log = log.0.lock().unwrap();
        assert_eq!(
            log.matches("the database cannot be used").count(),
            4,
            "{log}"
        );
    }
}
