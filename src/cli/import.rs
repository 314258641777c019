//! `kiosk import`: class lists, timetables and excuses from spreadsheets.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use super::output::{Exit, Output};
use super::progress;
use super::values::{FirstDay, first_day};
use super::{operator, operator_name};
use crate::app::Kiosk;
use crate::domain::{Excused, UnitCode, Zone};
use crate::services::{
    AdministrationError, ClassList, CsvExcuses, CsvRoster, CsvTimetable, ExcuseOrder, ExcuseQuery,
    ExcuseRow, GivenExcuse, ImportChange, ImportResult, ImportSummary, LectureChange, Newcomers,
    RefusedLine, TimetableRow,
};
use crate::words::Voice;

/// As many lines as a person reads on a terminal; `--json` has all.
const REFUSED_SHOWN: usize = 50;

/// As many changes as fit on a few screens.
const DIFF_SHOWN: usize = 200;

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

Two columns may be there as well. group: the parallel group that the lecture is for; the first
lectures of all groups in a week give one lesson, the second ones another, and so on. voluntary: yes
where nobody is expected.

Importing again only applies the differences, such as another end or venue. Lectures that the file
does not name stay. Refused lines are listed with their numbers; the others are imported.

Examples:
  kiosk import timetable semester-1.csv --dry-run
  kiosk import timetable semester-1.csv")]
    Timetable(FileArgs),
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
pub(super) struct FileArgs {
    /// The CSV file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show what would change, line by line, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
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
        ImportCommand::Timetable(args) => timetable(args, kiosk).await,
        ImportCommand::Excuses(args) => excuses(args, kiosk).await,
    }
}

fn name_of(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

async fn timetable(args: FileArgs, kiosk: &Kiosk) -> Result<Exit> {
    let (name, zone) = (name_of(&args.file), kiosk.policy.zone);
    let bytes = read(&args.file).with_context(|| format!("{name} cannot be read"))?;
    let read =
        CsvTimetable::read(&bytes, zone).with_context(|| format!("{name} is not a timetable"))?;
    let mut refused = read.refused;
    let units = kiosk.services.administration.units(operator()).await?;
    let (rows, strangers): (Vec<_>, Vec<_>) = read
        .lectures
        .into_iter()
        .partition(|row| units.iter().any(|unit| unit.code == row.lecture.unit));
    refused.extend(strangers.into_iter().map(|row| RefusedLine {
        line: row.line,
        reason: format!("there is no unit {}", row.lecture.unit),
    }));
    refused.sort_by_key(|line| line.line);
    let lectures = rows.iter().map(|row| row.lecture.clone()).collect();
    let timetable = &kiosk.services.timetable;
    let done = if args.dry_run {
        timetable.preview(lectures).await?
    } else {
        timetable.import(lectures, &operator_name()).await?
    };
    let diff: Vec<DiffLine> = rows
        .iter()
        .zip(&done)
        .filter_map(|(row, change)| DiffLine::of_lecture(row, change, zone))
        .collect();
    report(&args, &diff, done.len(), &refused)
}

async fn excuses(args: FileArgs, kiosk: &Kiosk) -> Result<Exit> {
    let name = name_of(&args.file);
    let bytes = read(&args.file).with_context(|| format!("{name} cannot be read"))?;
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

/// The change that one line of a file makes.
#[derive(Serialize)]
struct DiffLine {
    line: u64,
    what: &'static str,
    text: String,
}

impl DiffLine {
    fn of_lecture(row: &TimetableRow, change: &LectureChange, zone: Zone) -> Option<Self> {
        let lecture = &row.lecture;
        let (what, was) = match change {
            LectureChange::Unchanged => return None,
            LectureChange::New => ("new", String::new()),
            LectureChange::Changed { ends_at, venue } => {
                let until = zone.hour_minute(*ends_at);
                (
                    "changed",
                    format!(" (was until {until} {})", venue.as_str()),
                )
            }
        };
        let group = lecture.group.as_ref();
        let group = group.map(|group| format!(", group {group}"));
        let text = format!(
            "{} {} {} - {} {}{}{was}",
            lecture.unit,
            zone.date(lecture.starts_at),
            zone.hour_minute(lecture.starts_at),
            zone.hour_minute(lecture.ends_at),
            lecture.venue.as_str(),
            group.unwrap_or_default()
        );
        Some(Self {
            line: row.line,
            what,
            text: text.trim_end().to_owned(),
        })
    }

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

fn diff_text(diff: &[DiffLine]) -> String {
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

async fn students(args: ImportStudentsArgs, kiosk: &Kiosk) -> Result<Exit> {
    let name = name_of(&args.file);
    let bytes = read(&args.file).with_context(|| format!("{name} cannot be read"))?;
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

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    // One byte above the limit, so that a file that is too large is refused and not cut.
    let most = CsvRoster::MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn refused_text(refused: &[RefusedLine]) -> String {
    let mut text = String::new();
    for line in refused.iter().take(REFUSED_SHOWN) {
        let _ = writeln!(text, "line {}: {}", line.line, line.reason);
    }
    if refused.len() > REFUSED_SHOWN {
        let _ = writeln!(text, "... and {} more", refused.len() - REFUSED_SHOWN);
    }
    text
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

fn verb(is_dry_run: bool) -> &'static str {
    if is_dry_run {
        "Would import"
    } else {
        "Imported"
    }
}

fn progress_bar(bytes: usize) -> ProgressBar {
    if bytes < LONG {
        return ProgressBar::hidden();
    }
    progress::bar(bytes, "reading")
}
