//! What the imports share: the file that is read, and the lines of the report.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::output::Output;
use crate::services::RefusedLine;

/// As many lines as a person reads on a terminal; `--json` has all.
const REFUSED_SHOWN: usize = 50;

/// As many changes as fit on a few screens.
const DIFF_SHOWN: usize = 200;

#[derive(Debug, Args)]
pub(in crate::cli) struct FileArgs {
    /// The CSV file; - is standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Show what would change, line by line, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// The change that one line of a file makes.
#[derive(Serialize)]
pub(super) struct DiffLine {
    pub(super) line: u64,
    pub(super) what: &'static str,
    pub(super) text: String,
}

pub(super) fn refused_text(refused: &[RefusedLine]) -> String {
    let mut text = String::new();
    for line in refused.iter().take(REFUSED_SHOWN) {
        let _ = writeln!(text, "line {}: {}", line.line, line.reason);
    }
    if refused.len() > REFUSED_SHOWN {
        let _ = writeln!(text, "... and {} more", refused.len() - REFUSED_SHOWN);
    }
    text
}

pub(super) fn diff_text(diff: &[DiffLine]) -> String {
    let mut text = String::new();
    for line in diff.iter().take(DIFF_SHOWN) {
        let _ = writeln!(text, "line {}: {} {}", line.line, line.what, line.text);
    }
    if diff.len() > DIFF_SHOWN {
        let _ = writeln!(
            text,
            "... and {} more; --json has them all",
            diff.len() - DIFF_SHOWN
        );
    }
    text
}

pub(super) fn verb(is_dry_run: bool) -> &'static str {
    if is_dry_run {
        "Would import"
    } else {
        "Imported"
    }
}
