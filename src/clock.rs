//! Where doors and workers read the time, so that no rule ever does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Timestamp;

/// The kiosk's one clock.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that moves only by [`Clock::advance`], for tests and simulations.
    #[must_use]
    pub fn set_to(start: Timestamp) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(start.millis()))))
    }

    /// The moment now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::from_millis(chrono::Utc::now().timestamp_millis()),
            Source::Set(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a set clock forward; the operating system's clock is not moved.
    pub fn advance(&self, by: Duration) {
        if let Source::Set(millis) = &self.0 {
            millis.fetch_add(
                i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }
}
