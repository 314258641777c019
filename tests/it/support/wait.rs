//! Waiting for a condition, never for a time.

use std::thread;
use std::time::{Duration, Instant};

/// How often the condition is checked.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Calls `look` until it returns a value; fails the test with `what` after `within`.
pub fn until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + within;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "waited {within:?} for {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// The same for an asynchronous condition.
pub async fn until_async<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + within;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "waited {within:?} for {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
