//! External tools that a test may need.

use std::env;
use std::io::{self, Write};
use std::path::Path;

/// Whether a test must be skipped because one of `tools` is not in `PATH`.
///
/// With `KIOSK_TEST_REQUIRE_ALL=1` a missing tool fails the test instead.
pub fn missing(tools: &[&str]) -> bool {
    tools
        .iter()
        .find(|tool| !is_installed(tool))
        .is_some_and(|tool| skip(&format!("{tool} is not installed")))
}

/// Prints why a test is skipped, or fails it with `KIOSK_TEST_REQUIRE_ALL=1`. Always true.
pub fn skip(why: &str) -> bool {
    assert!(
        env::var_os("KIOSK_TEST_REQUIRE_ALL").is_none_or(|value| value != "1"),
        "nothing may be skipped, but {why}"
    );
    // Not `eprintln!`, which cargo hides where the test passes.
    let _ = writeln!(io::stderr(), "SKIPPED: {why}");
    true
}

/// Prints a measured figure, whether the test passes or not.
pub fn report(figure: &str) {
    let _ = writeln!(io::stderr(), "MEASURED: {figure}");
}

fn is_installed(tool: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| is_file(&folder.join(tool))))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file())
}
