//! A cap on how fast records are written.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// At most so many records a second, evenly.
///
/// Google asks for at most 500 writes a second on a collection that is new to traffic; a record is two.
#[derive(Debug)]
pub(super) struct Pace {
    cap: Option<NonZeroU32>,
    free_at: Mutex<Instant>,
}

impl Pace {
    /// `records_per_second` of 0 is no cap.
    pub(super) fn new(records_per_second: u32) -> Self {
        Self {
            cap: NonZeroU32::new(records_per_second),
            free_at: Mutex::new(Instant::now()),
        }
    }

    /// Waits until `records` more may be written.
    pub(super) async fn take(&self, records: usize) {
        let Some(cap) = self.cap else { return };
        let records = u32::try_from(records).unwrap_or(u32::MAX);
        let mut free_at = self.free_at.lock().await;
        tokio::time::sleep_until(*free_at).await;
        *free_at = Instant::now() + Duration::from_secs(1) * records / cap.get();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cap_spreads_the_records() {
        tokio::time::pause();
        let start = Instant::now();
        let pace = Pace::new(250);
        for _ in 0..5 {
            pace.take(100).await;
        }
        let taken = start.elapsed();
        assert!(taken >= Duration::from_millis(1600), "{taken:?}");
        assert!(taken < Duration::from_millis(1700), "{taken:?}");
    }

    #[tokio::test]
    async fn without_a_cap_nothing_waits() {
        tokio::time::pause();
        let start = Instant::now();
        Pace::new(0).take(usize::MAX).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
