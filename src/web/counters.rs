//! What the web server counts of itself.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// Answers since the start, by the first digit of their status.
#[derive(Debug, Default)]
pub struct Counters {
    answers: [AtomicU64; 5],
}

impl Counters {
    /// Counts an answer.
    pub fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100);
        if let Some(counter) = class.checked_sub(1).and_then(|at| self.answers.get(at)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The first digit of the status, and how many answers had it.
    pub fn answers(&self) -> impl Iterator<Item = (usize, u64)> {
        let counts = self.answers.iter().enumerate();
        counts.map(|(class, count)| (class + 1, count.load(Ordering::Relaxed)))
    }
}
