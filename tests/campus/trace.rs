//! What happened in a run, as a hash over every request, answer and check-in with its moment.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

/// Lines kept to show where two runs differ.
const KEPT: usize = 50;

pub struct Trace {
    began: Instant,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    hash: Sha256,
    last: VecDeque<String>,
    count: usize,
}

impl Trace {
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            lines: Mutex::default(),
        }
    }

    pub fn note(&self, kiosk: &str, what: &str) {
        let line = format!("{:9} {kiosk} {what}\n", self.began.elapsed().as_millis());
        let mut lines = self.lines();
        lines.hash.update(line.as_bytes());
        lines.count += 1;
        lines.last.push_back(line.chars().take(200).collect());
        if lines.last.len() > KEPT {
            lines.last.pop_front();
        }
    }

    pub fn count(&self) -> usize {
        self.lines().count
    }

    pub fn hash(&self) -> String {
        let bytes = self.lines().hash.clone().finalize();
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The last lines, each cut to a screen's width.
    pub fn tail(&self) -> String {
        self.lines().last.iter().map(String::as_str).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
