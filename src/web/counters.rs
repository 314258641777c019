//! What the web server counts of itself.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Answers since the start, by the first digit of their status.
#[derive(Debug, Default)]
pub struct Counters {
    answers: [AtomicU64; 5],
    connections_dropped: AtomicU64,
}

impl Counters {
    /// Counts an answer.
    pub fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100);
        if let Some(counter) = class.checked_sub(1).and_then(|at| self.answers.get(at)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a connection that was ended for lack of room.
    pub fn count_dropped(&self) {
        self.connections_dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Connections that were ended for lack of room.
    pub fn dropped(&self) -> u64 {
        self.connections_dropped.load(Ordering::Relaxed)
    }

    /// The first digit of the status, and how many answers had it.
    pub fn answers(&self) -> impl Iterator<Item = (usize, u64)> {
        let counts = self.answers.iter().enumerate();
        counts.map(|(class, count)| (class + 1, count.load(Ordering::Relaxed)))
    }
}

/// Lines that requests may write to the log in a minute: several lectures at once write fewer.
const ACCESS_LINES: NonZeroU32 = NonZeroU32::new(200).expect("it is not zero");

/// How many lines of the log requests have used.
#[derive(Debug)]
pub struct AccessLines {
    limit: DefaultDirectRateLimiter,
    unlisted: AtomicU64,
}

impl Default for AccessLines {
    fn default() -> Self {
        Self {
            limit: RateLimiter::direct(Quota::per_minute(ACCESS_LINES)),
            unlisted: AtomicU64::new(0),
        }
    }
}

impl AccessLines {
    /// Takes a line; when there is none left, counts the request instead.
    pub fn is_spent(&self) -> bool {
        let is_spent = self.limit.check().is_err();
        self.unlisted
            .fetch_add(u64::from(is_spent), Ordering::Relaxed);
        is_spent
    }

    /// Logs how many requests had no line since the last time, if any.
    pub fn log_unlisted(&self) {
        let count = self.unlisted.swap(0, Ordering::Relaxed);
        if count > 0 {
            tracing::info!(requests.unlisted = count, "more requests were answered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_leaves_room_in_the_log() {
        let lines = AccessLines::default();
        let written = (0..10_000).filter(|_| !lines.is_spent()).count();
        // One more is free each 0.3 s.
        assert!((200..=205).contains(&written), "{written}");
        assert_eq!(
            lines.unlisted.load(Ordering::Relaxed),
            10_000 - u64::try_from(written).unwrap()
        );
        lines.log_unlisted();
        assert_eq!(lines.unlisted.load(Ordering::Relaxed), 0);
    }
}
