//! Progress bars on standard error, for commands that take long.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);

/// A bar up to `end`; hidden unless standard error is a terminal.
pub(super) fn bar(end: usize, message: &'static str) -> ProgressBar {
    drawn(
        || ProgressBar::new(end as u64),
        "{spinner} {msg} {bar:40} {percent} %",
        message,
    )
}

/// A counter without a known end.
pub(super) fn count(message: &'static str) -> ProgressBar {
    let counter = drawn(ProgressBar::new_spinner, "{spinner} {msg} {pos}", message);
    counter.enable_steady_tick(TICK);
    counter
}

fn drawn(make: impl FnOnce() -> ProgressBar, template: &str, message: &'static str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = make().with_message(message);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
