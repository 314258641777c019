//! `kiosk import`: class lists, timetables and excuses from spreadsheets.

mod lines;
mod timetable;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde_json::json;

use super::input::{name_of, read};
use super::operator;
use super::output::{Exit, Output};
use super::progress;
use super::values::{FirstDay, first_day};
use crate::app::Kiosk;
use crate::domain::{Excused, UnitCode};
use crate::services::{
    AdministrationError, ClassList, CsvExcuses, CsvRoster, ExcuseOrder, ExcuseQuery, ExcuseRow,
    GivenExcuse, ImportChange, ImportResult, ImportSummary, Newcomers, RefusedLine,
};
use crate::words::Voice;
use lines::{DiffLine, FileArgs, diff_text, refused_text, verb};
use timetable::ImportTimetableArgs;

/// In bytes: above this an import takes long enough for a progress bar.
const LONG: usize = 200_000;

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Enrol the students of a CSV file in a unit
    #[command(after_help = "\
The first line names the columns, in any order: an admission number (also: adm no, reg no,
registration number, student id), a name (or first name and surname), e-mail, phone; and of the
enrolment: enrolled from, enrolled until, group. Others are ignored. Comma, semicolon or TAB; UTF-8,
UTF-16 or Windows encoding.

Where lectures have been held, whoever is new on the list and has no date there would have missed
them: --from says from when on they count. A list without dates brings back nobody who has
withdrawn, and changes no days that staff have set.

Importing again only applies the differences. Refused lines are listed with their numbers; the
others are imported, and the exit status is 1.

Examples:
  kiosk import students class-list.csv --unit CS101 --dry-run
  ssh office cat class-list.csv | kiosk import students - --unit CS101")]
    Students(ImportStudentsArgs),
    /// Import a timetable, whose lectures open by themselves
    #[command(after_help = "\
The first line names the columns, in any order: unit, date, start, end, venue. Dates such as
2026-11-23 or 23/11/2026, times such as 09:00 or 9:00 AM, in the kiosk's time zone. A lecture in
this kiosk's venue (kiosk.venue) opens by itself when its check-in begins.

Three columns may be there as well. group: the parallel group that the lecture is for; the first
lectures of all groups in a week give one lesson, the second ones another, and so on. voluntary: yes
where nobody is expected. lecture id: as `kiosk export timetable` gives it.

Importing again only applies the differences. A lecture at another hour is the same lecture where
its id says so, or where one of its unit and group is left over on the same day, or in the same week.
One that was opened keeps its start; while it is open, another end or room reaches its session. One
that staff cancelled stays cancelled.

The report names what to look at: clashes of room, lecturer and class, hours of the night, rooms that
are nearly this kiosk's, lectures that are over and not known (they are left out), and those to come
that the file does not name any more. These stay, or with --replace are cancelled: none while lines
are refused, other than for their unit. Importing the older file again brings them back.

Examples:
  kiosk import timetable semester-1.csv --dry-run
  kiosk import timetable semester-1.csv
  kiosk import timetable edition-2.csv --replace")]
    Timetable(ImportTimetableArgs),
    /// Excuse the students of a CSV file
    #[command(after_help = "\
The first line names the columns, in any order: number, from, until, category, unit. Without
until it is one day (the column may also be called date or lecture date), without a unit it counts
in all, and without a category it is other. Categories: medical, official, family, religious, other.

Importing again only applies the differences. Excuses that the file does not name stay. Refused
lines are listed with their numbers; the others are imported, and the exit status is 1.

Example:
  kiosk import excuses excuses.csv --dry-run")]
    Excuses(FileArgs),
}

#[derive(Debug, Args)]
pub(super) struct ImportStudentsArgs {
    /// The CSV file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The unit to enrol the students in
    #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// From when on students count who are new on this list: beginning, today or a date such as 2026-10-05
    #[arg(long, value_name = "DAY", value_parser = first_day)]
    from: Option<FirstDay>,
    /// Show what would change, line by line, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the refused lines to this CSV file: line, reason
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: ImportCommand, kiosk: &Kiosk) -> Result<Exit> {
    match command {
        ImportCommand::Students(args) => students(args, kiosk).await,
        ImportCommand::Timetable(args) => timetable::run(args, kiosk).await,
        ImportCommand::Excuses(args) => excuses(args, kiosk).await,
    }
}

async fn excuses(args: FileArgs, kiosk: &Kiosk) -> Result<Exit> {
    let name = name_of(&args.file);
    let bytes = read(&args.file, CsvRoster::MAX_BYTES)?;
    let read = CsvExcuses::read(&bytes, &kiosk.policy.number_pattern)
        .with_context(|| format!("{name} is not a list of excuses"))?;
    let administration = &kiosk.services.administration;
    let units = administration.units(operator()).await?;
    let given = administration
        .excuses(operator(), ExcuseQuery::default())
        .await?;
    let (mut refused, mut diff, mut taken) = (read.refused, Vec::new(), 0);
    for ExcuseRow { line, order } in read.excuses {
        let unit = order.unit.as_ref();
        let reason = match unit.filter(|unit| !units.iter().any(|it| it.code == **unit)) {
            Some(unit) => Some(format!("there is no unit {unit}")),
            None => match administration
                .student(operator(), order.student.clone())
                .await?
            {
                Some(_) => None,
                None => Some(format!("there is no student {}", order.student)),
            },
        };
        if let Some(reason) = reason {
            refused.push(RefusedLine { line, reason });
            continue;
        }
        taken += 1;
        let same = given.iter().find(|it| {
            (&it.fact.student, &it.fact.unit, it.fact.covers)
                == (&order.student, &order.unit, order.covers)
        });
        let Some(change) = DiffLine::of_excuse(line, &order, same) else {
            continue;
        };
        if !args.dry_run {
            administration.excuse(operator(), order).await?;
        }
        diff.push(change);
    }
    refused.sort_by_key(|line| line.line);
    report(&args, &diff, taken, &refused)
}

/// Prints what an import did to the lines that it took, and those that it refused.
fn report(
    args: &FileArgs,
    diff: &[DiffLine],
    taken: usize,
    refused: &[RefusedLine],
) -> Result<Exit> {
    let new = diff.iter().filter(|line| line.what == "new").count();
    let changed = diff.len() - new;
    let unchanged = taken - diff.len();
    let report = json!({
        "dry_run": args.dry_run, "new": new, "changed": changed, "unchanged": unchanged,
        "refused": refused.len(), "refused_lines": refused, "lines": diff,
    });
    args.output.show(&report, || {
        let mut text = refused_text(refused);
        if args.dry_run {
            text.push_str(&diff_text(diff));
        }
        text + &format!(
            "{}: {new} new, {changed} changed, {unchanged} unchanged, {} refused.\n",
            verb(args.dry_run),
            refused.len()
        )
    })?;
    Ok(Exit::done_if(refused.is_empty()))
}

impl DiffLine {
    fn of_excuse(line: u64, order: &ExcuseOrder, same: Option<&GivenExcuse>) -> Option<Self> {
        let (what, was) = match same.map(|same| same.fact.category) {
            Some(category) if category == order.category => return None,
            Some(category) => ("changed", format!(" (was {})", category.as_str())),
            None => ("new", String::new()),
        };
        let days = match order.covers {
            Excused::Days(first, last) => format!("{first} to {last}"),
            Excused::Lecture(id) => format!("lecture {id}"),
        };
        let unit = order.unit.as_ref();
        let unit = unit.map_or("every unit".to_owned(), ToString::to_string);
        let category = order.category.as_str();
        Some(Self {
            line,
            what,
            text: format!("{} {days}, {unit}, {category}{was}", order.student),
        })
    }

    fn of_student(change: &ImportChange, line: u64, voice: Voice) -> Self {
        let note = change.note.map(|note| voice.say(note));
        Self {
            line,
            what: match (&note, change.is_new) {
                (Some(_), _) => "kept",
                (None, true) => "new",
                (None, false) => "changed",
            },
            text: [Some(change.text.clone()), note]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": "),
        }
    }
}

async fn students(args: ImportStudentsArgs, kiosk: &Kiosk) -> Result<Exit> {
    let name = name_of(&args.file);
    let bytes = read(&args.file, CsvRoster::MAX_BYTES)?;
    let bar = progress_bar(bytes.len());
    let roster = CsvRoster::read(&bytes, &kiosk.policy.number_pattern, |at| {
        bar.set_position(at);
    })
    .with_context(|| format!("{name} is not a class list"))?;
    drop(bytes);
    bar.set_message("writing");
    bar.enable_steady_tick(Duration::from_millis(100));
    let (lines, students): (Vec<u64>, Vec<_>) = roster
        .students
        .into_iter()
        .map(|row| (row.line, row.student))
        .unzip();
    let administration = &kiosk.services.administration;
    let list = ClassList {
        unit: args.unit.clone(),
        semester: administration.semester().clone(),
        students,
        newcomers: args.from.map(|from| {
            let day = from.date(administration.today());
            day.map_or(Newcomers::FromBeginning, Newcomers::From)
        }),
    };
    let done = if args.dry_run {
        administration.preview(operator(), list).await
    } else {
        administration.import(operator(), list).await
    };
    bar.finish_and_clear();
    let ImportResult { summary, changes } = match done {
        Err(AdministrationError::List(refusal)) => bail!(
            "{refusal}: say from when on they count with --from beginning, --from today or --from DATE"
        ),
        done => done?,
    };
    // An import says what it did not take as the list says; a preview says everything.
    let said = changes
        .iter()
        .filter(|change| args.dry_run || change.note.is_some());
    let voice = super::voice(kiosk.policy.zone);
    let diff: Vec<DiffLine> = said
        .filter_map(|change| {
            let line = lines.get(change.index)?;
            Some(DiffLine::of_student(change, *line, voice))
        })
        .collect();
    if let Some(file) = &args.errors {
        write_errors(file, &roster.refused)?;
    }
    let mut report = json!(summary);
    report["unit_code"] = json!(args.unit);
    report["dry_run"] = json!(args.dry_run);
    report["refused"] = json!(roster.refused.len());
    report["refused_lines"] = json!(roster.refused);
    if !diff.is_empty() {
        report["lines"] = json!(diff);
    }
    args.output
        .show(&report, || text(&args, &summary, &roster.refused, &diff))?;
    Ok(Exit::done_if(roster.refused.is_empty()))
}

/// Writes the refused lines as a CSV file, for the person who maintains the list.
fn write_errors(file: &Path, refused: &[RefusedLine]) -> Result<()> {
    let mut text = "line,reason\r\n".to_owned();
    for line in refused {
        let reason = line.reason.replace('"', "\"\"");
        let _ = write!(text, "{},\"{reason}\"\r\n", line.line);
    }
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn text(
    args: &ImportStudentsArgs,
    summary: &ImportSummary,
    refused: &[RefusedLine],
    diff: &[DiffLine],
) -> String {
    let mut text = refused_text(refused) + &diff_text(diff);
    let _ = writeln!(
        text,
        "{}: {} new, {} changed, {} unchanged, {} refused; {} enrolled in {}.",
        verb(args.dry_run),
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
