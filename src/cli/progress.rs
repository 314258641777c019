//! A bar on standard error for what takes long enough that a person wonders.

use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar towards `end`; nothing is drawn where standard error is no terminal.
pub(super) fn bar(end: usize, message: &'static str) -> ProgressBar {
    drawn(
        || ProgressBar::new(end as u64),
        "{spinner} {msg} {bar:40} {percent} %",
        message,
    )
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
