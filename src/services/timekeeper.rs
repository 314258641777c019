//! Watches the clock: times from before it was synchronised are corrected once it is (feature K5).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{ClockStep, Reading, Timestamp};
use crate::store::{CorrectedTimes, Store, StoreError};

/// Compares the wall clock with the monotonic time at each tick of the scheduler.
#[derive(Debug, Clone)]
pub struct Timekeeper {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
    /// The reading that the next one is compared with.
    last: Arc<LastSeen>,
}

/// How far the wall clock was ahead of the monotonic time at the last look, in milliseconds.
#[derive(Debug)]
struct LastSeen(AtomicI64);

/// What a look at the clock found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watch {
    /// The clock has been set since the last look.
    pub step: Option<ClockStep>,
    /// The times that were corrected.
    pub corrected: CorrectedTimes,
}

impl Timekeeper {
    /// A timekeeper over a store, with a site's decisions.
    #[must_use]
    pub fn new(store: Store, clock: Clock, policy: Arc<Policy>) -> Self {
        let last = Arc::new(LastSeen(AtomicI64::new(ahead(&clock.reading()))));
        Self {
            store,
            clock,
            policy,
            last,
        }
    }

    /// Notes a step of the clock, and corrects stored times once the clock is synchronised.
    ///
    /// To be called before anything is decided by the time of day, such as which sessions are over.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be used; the next look tries again.
    pub async fn look(&self) -> Result<Watch, StoreError> {
        let now = self.clock.reading();
        let step = self.step(&now);
        if let Some(step) = step {
            tracing::warn!(clock.step_ms = step.millis(), "the clock was set {step}");
        }
        let corrected = if now.trusted {
            self.store
                .correct_times(now, self.policy.windows, self.policy.zone)
                .await?
        } else {
            CorrectedTimes::default()
        };
        if corrected.records + corrected.sessions > 0 {
            tracing::info!(
                records = corrected.records,
                sessions = corrected.sessions,
                "the clock is synchronised, and earlier times were corrected"
            );
        }
        if corrected.delivered_before > 0 {
            let records = corrected.delivered_before;
            tracing::warn!(
                records,
                "records had been delivered before their times were corrected; they are sent to Firestore again"
            );
        }
        Ok(Watch { step, corrected })
    }

    fn step(&self, now: &Reading) -> Option<ClockStep> {
        let before = self.last.0.swap(ahead(now), Ordering::SeqCst);
        // What the clock would say now if nothing had set it.
        let untouched = Reading {
            at: Timestamp::from_millis(now.monotonic.millis() + before),
            ..now.clone()
        };
        now.step_since(&untouched)
    }
}

fn ahead(reading: &Reading) -> i64 {
    reading.at.millis() - reading.monotonic.millis()
}
