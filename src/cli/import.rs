//! `kiosk import`: class lists from spreadsheets.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde::Serialize;

use super::actor;
use super::output::{Outcome, Output};
use super::progress;
use super::unit::unit_code;
use crate::app::Kiosk;
use crate::domain::UnitCode;
use crate::services::{CsvRoster, RefusedLine};
use crate::store::ImportSummary;

/// More lines than that help nobody on a terminal; `--json` has them all.
const REFUSED_SHOWN: usize = 50;

/// A file that takes long enough for a person to wonder.
const LONG: usize = 200_000;

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Enrol the students of a CSV file in a unit
    #[command(after_help = "\
The first line names the columns, in any order: an admission number (also: adm no, reg no,
registration number, student id), a name (or first name and surname), e-mail, phone; others are
passed over. Comma, semicolon or TAB; UTF-8, UTF-16 or Windows encoding.

Importing again changes nothing but what has changed. Lines that cannot be used are listed with
their numbers and left out; the others are imported, and the exit status is 1.

Examples:
  kiosk import students class-list.csv --unit CS101 --dry-run
  ssh office cat class-list.csv | kiosk import students - --unit CS101")]
    Students(StudentsArgs),
}

#[derive(Debug, Args)]
pub(super) struct StudentsArgs {
    /// The CSV file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The unit to enrol them in
    #[arg(long, value_name = "CODE", value_parser = unit_code)]
    unit: UnitCode,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: ImportCommand, kiosk: &Kiosk) -> Result<Outcome> {
    let ImportCommand::Students(args) = command;
    let name = if args.file == Path::new("-") {
        "standard input".to_owned()
    } else {
        args.file.display().to_string()
    };
    let bytes = read(&args.file).with_context(|| format!("{name} cannot be read"))?;
    let bar = progress_bar(bytes.len());
    let roster = CsvRoster::read(&bytes, &kiosk.policy.number_pattern, |at| {
        bar.set_position(at);
    })
    .with_context(|| format!("{name} is no class list"))?;
    drop(bytes);
    bar.set_message("writing");
    bar.enable_steady_tick(Duration::from_millis(100));
    let students: Vec<_> = roster.students.into_iter().map(|row| row.student).collect();
    let registrar = &kiosk.registrar;
    let summary = if args.dry_run {
        registrar.preview(args.unit.clone(), students).await
    } else {
        registrar
            .import(args.unit.clone(), students, &actor())
            .await
    };
    bar.finish_and_clear();
    let summary = summary?;
    let report = Report {
        unit_code: &args.unit,
        dry_run: args.dry_run,
        summary: &summary,
        refused: roster.refused.len(),
        refused_lines: &roster.refused,
    };
    args.output
        .show(&report, || text(&args, &summary, &roster.refused))?;
    Ok(if roster.refused.is_empty() {
        Outcome::Done
    } else {
        Outcome::Refused
    })
}

/// `import students --json`.
#[derive(Serialize)]
struct Report<'a> {
    unit_code: &'a UnitCode,
    dry_run: bool,
    #[serde(flatten)]
    summary: &'a ImportSummary,
    refused: usize,
    refused_lines: &'a [RefusedLine],
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    // One byte more than is taken, so that a file that is too large is noticed and not cut.
    let most = CsvRoster::MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn text(args: &StudentsArgs, summary: &ImportSummary, refused: &[RefusedLine]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for line in refused.iter().take(REFUSED_SHOWN) {
        let _ = writeln!(text, "line {}: {}", line.line, line.reason);
    }
    if refused.len() > REFUSED_SHOWN {
        let _ = writeln!(text, "... and {} more", refused.len() - REFUSED_SHOWN);
    }
    let _ = writeln!(
        text,
        "{}: {} new, {} changed, {} unchanged, {} refused; {} enrolled in {}.",
        if args.dry_run {
            "Would import"
        } else {
            "Imported"
        },
        summary.new,
        summary.changed,
        summary.unchanged,
        refused.len(),
        summary.enrolled,
        args.unit
    );
    text
}

fn progress_bar(bytes: usize) -> ProgressBar {
    if bytes < LONG {
        return ProgressBar::hidden();
    }
    progress::bar(bytes, "reading")
}
