//! `kiosk student`: who belongs to a unit, and on which days.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::attendance;
use super::operator;
use super::output::{Exit, Output};
use super::table::Table;
use super::values::{FirstDay, day, first_day};
use crate::app::Kiosk;
use crate::domain::{
    AdmissionNumber, Enrolment, EnrolmentSource, Group, Interval, Listing, Semester,
    StudentHistory, UnitCode,
};
use crate::services::export::{days_of, listed};
use crate::services::{Place, PlaceChange, StudentRecord};
use crate::words::Voice;

#[derive(Debug, Subcommand)]
pub(super) enum StudentCommand {
    /// List the students of a unit with the days of their enrolment; those on no class list come last
    #[command(after_help = "\
Example:
  kiosk student list --unit CS101")]
    List {
        /// The unit's code, such as CS101
        #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
        unit: UnitCode,
        /// The semester [default: attendance.semester]
        #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
        semester: Option<Semester>,
        #[command(flatten)]
        output: Output,
    },
    /// Enrol a student in a unit, or change the days or the group
    #[command(after_help = "\
Without --from, somebody who is enrolled keeps the first day, and everybody else is enrolled
from the beginning of the semester: the lectures held before today then count as missed. No class
list changes days that are set here.

Examples:
  kiosk student enrol ADM/2023/001 --unit CS101 --from today
  kiosk student enrol ADM/2023/001 --unit CS101 --from 2026-10-05 --until 2026-11-30 --group B")]
    Enrol(EnrolArgs),
    /// End a student's enrolment in a unit; the records stay
    #[command(after_help = "\
Lectures after the last day are not held against the student. To bring the student back, enrol
again with --from.

Example:
  kiosk student withdraw ADM/2023/001 --unit CS101 --last-day 2026-10-30")]
    Withdraw(WithdrawArgs),
}

/// Whose place in which unit.
#[derive(Debug, Args)]
pub(super) struct Of {
    /// The admission number, in any spelling
    #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
    student: AdmissionNumber,
    /// The unit's code, such as CS101
    #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// The semester [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
}

#[derive(Debug, Args)]
pub(super) struct EnrolArgs {
    #[command(flatten)]
    of: Of,
    /// The first day: beginning, today or a date such as 2026-10-05
    #[arg(long, value_name = "DAY", value_parser = first_day)]
    from: Option<FirstDay>,
    /// The last day, such as 2026-11-30 [default: the end of the semester]
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<NaiveDate>,
    /// The parallel group whose lectures the student attends
    #[arg(long, value_name = "GROUP", value_parser = Group::parse)]
    group: Option<Group>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct WithdrawArgs {
    #[command(flatten)]
    of: Of,
    /// The last day, such as 2026-10-30 [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    last_day: Option<NaiveDate>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: StudentCommand, kiosk: &Kiosk) -> Result<Exit> {
    match command {
        StudentCommand::List {
            unit,
            semester,
            output,
        } => list(unit, semester, output, kiosk).await,
        StudentCommand::Enrol(args) => enrol(args, kiosk).await,
        StudentCommand::Withdraw(args) => withdraw(args, kiosk).await,
    }
}

async fn list(
    unit: UnitCode,
    semester: Option<Semester>,
    output: Output,
    kiosk: &Kiosk,
) -> Result<Exit> {
    let exports = &kiosk.services.exports;
    let record = exports.unit_record(operator(), unit, semester).await?;
    let students: Vec<&StudentRecord> = listed(&record).collect();
    let lines: Vec<Value> = students
        .iter()
        .map(|it| {
            json!({
                "admission_number": it.student.admission_number,
                "name": it.student.name,
                "listing": it.listing,
                "enrolment": it.enrolment.intervals(),
                "standing": it.standing,
            })
        })
        .collect();
    let voice = super::voice(kiosk.policy.zone);
    output.show(&lines, || {
        let headings = ["NUMBER", "NAME", "ENROLLED", "LIST", " ATTENDED", " HELD"];
        let table = Table::of(headings, &students, |it| {
            let figures = it.standing.as_ref();
            [
                it.student.admission_number.to_string(),
                it.student
                    .name
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                days_of(&it.enrolment),
                on_list(it.listing, voice),
                figures
                    .map(|figures| figures.attended.to_string())
                    .unwrap_or_default(),
                figures
                    .map(|figures| figures.held.to_string())
                    .unwrap_or_default(),
            ]
        });
        table.text(
            "No students yet: import a class list with `kiosk import students FILE --unit CODE`.",
        )
    })
}

/// What sets a student apart in the lists of a unit; nothing for one who is on the class list.
pub(super) fn on_list(listing: Listing, voice: Voice) -> String {
    match listing {
        Listing::Main => String::new(),
        other => voice.say(other),
    }
}

async fn enrol(args: EnrolArgs, kiosk: &Kiosk) -> Result<Exit> {
    let today = kiosk.services.administration.today();
    let before = history(kiosk, &args.of).await?.enrolment;
    let said = interval(&args, &before, today)?;
    change(kiosk, &args.of, PlaceChange::Set(said)).await?;
    let after = history(kiosk, &args.of).await?;
    args.output.show(&place_json(&after), || {
        format!(
            "Enrolled {} in {}: {}.\n",
            named(&after),
            after.unit,
            days_of(&after.enrolment)
        )
    })
}

/// What the arguments make of the last interval.
fn interval(args: &EnrolArgs, before: &Enrolment, today: NaiveDate) -> Result<Interval> {
    let Of { student, unit, .. } = &args.of;
    let last = before.intervals().last();
    let in_force = last.filter(|it| !it.withdrawn && it.until.is_none_or(|until| until >= today));
    let (from, until) = match (args.from, in_force, last) {
        (Some(first), ..) => (first.date(today), args.until),
        (None, Some(in_force), _) => (in_force.from, args.until.or(in_force.until)),
        (None, None, None) => (None, args.until),
        (None, None, Some(_)) => bail!(
            "{student} is not enrolled in {unit} any more ({}): say from when on they are again, with --from today \
             or --from DATE",
            days_of(before)
        ),
    };
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        bail!("the last day ({until}) is before the first ({from})");
    }
    let group = last.and_then(|last| last.group.clone());
    Ok(Interval {
        until,
        group: args.group.clone().or(group),
        ..Interval::from(from, EnrolmentSource::Staff)
    })
}

async fn withdraw(args: WithdrawArgs, kiosk: &Kiosk) -> Result<Exit> {
    let last_day = args.last_day;
    let last_day = last_day.unwrap_or_else(|| kiosk.services.administration.today());
    let before = history(kiosk, &args.of).await?;
    if before.enrolment.is_empty() {
        bail!(
            "{} is not enrolled in {}; run `kiosk student list --unit {}` to see who is",
            args.of.student,
            args.of.unit,
            args.of.unit
        );
    }
    change(kiosk, &args.of, PlaceChange::Withdraw(last_day)).await?;
    let after = history(kiosk, &args.of).await?;
    args.output.show(&place_json(&after), || {
        format!(
            "Withdrew {} from {}: enrolled {}.\n",
            named(&after),
            after.unit,
            days_of(&after.enrolment)
        )
    })
}

async fn history(kiosk: &Kiosk, of: &Of) -> Result<StudentHistory> {
    attendance::history_of(kiosk, &of.unit, of.semester.as_ref(), &of.student).await
}

async fn change(kiosk: &Kiosk, of: &Of, change: PlaceChange) -> Result<()> {
    let administration = &kiosk.services.administration;
    let semester = of.semester.as_ref();
    let place = Place {
        unit: of.unit.clone(),
        semester: semester.unwrap_or(administration.semester()).clone(),
        number: of.student.clone(),
    };
    Ok(administration
        .change_enrolment(operator(), place, change)
        .await?)
}

fn place_json(of: &StudentHistory) -> Value {
    json!({
        "admission_number": of.admission_number,
        "name": of.name,
        "unit_code": of.unit,
        "semester": of.semester,
        "listing": of.listing,
        "enrolment": of.enrolment.intervals(),
        "standing": of.standing,
    })
}

fn named(of: &StudentHistory) -> String {
    match &of.name {
        Some(name) => format!("{} {name}", of.admission_number),
        None => of.admission_number.to_string(),
    }
}
