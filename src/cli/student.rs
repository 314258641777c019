//! `kiosk student`: who belongs to a unit, and on which days.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::attendance;
use super::operator;
use super::output::{Exit, Output};
use super::table::Table;
use super::values::{FirstDay, day, first_day, reason};
use crate::app::Kiosk;
use crate::domain::{
    AdmissionNumber, Enrolment, EnrolmentSource, Group, Interval, Listing, NumberChange,
    NumberOrder, Reason, Semester, StudentHistory, UnitCode,
};
use crate::services::export::{days_of, listed};
use crate::services::{Place, PlaceChange, StudentFile, StudentRecord};
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
    /// Merge a number into the student whose it is: a typing error, or two entries of one student
    #[command(after_help = "\
Records, enrolments and excuses of NUMBER become those of --into, in every unit. Where both have a
record in a lecture, one counts: present or late before pending, then the earlier. From then on
NUMBER is on no list, and whoever types it is the student of --into. Firestore follows; what the
portal has is listed by `kiosk attendance portal`. `kiosk student undo NUMBER` takes it back.

Examples:
  kiosk student merge ADM/2023/O11 --into ADM/2023/011 --dry-run
  kiosk student merge ADM/2023/O11 --into ADM/2023/011 --reason \"typed a letter\"")]
    Merge {
        /// The wrong number, in any spelling
        #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        student: AdmissionNumber,
        /// The number of the student whose it is
        #[arg(long, value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        into: AdmissionNumber,
        #[command(flatten)]
        how: How,
    },
    /// Give a student another number, which nobody has yet; the old one leads to it
    #[command(after_help = "\
Example:
  kiosk student renumber ADM/2023/011 --to ADM/2026/111 --dry-run")]
    Renumber {
        /// The old number, in any spelling
        #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        student: AdmissionNumber,
        /// The number that the student has now
        #[arg(long, value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        to: AdmissionNumber,
        #[command(flatten)]
        how: How,
    },
    /// Remove a student who never was one: no mark counts and no enrolment is left
    #[command(after_help = "\
The records stay as evidence. `kiosk student undo NUMBER` takes it back.

Example:
  kiosk student remove TEST/1 --reason \"a test of the kiosk\"")]
    Remove {
        /// The number, in any spelling
        #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        student: AdmissionNumber,
        #[command(flatten)]
        how: How,
    },
    /// Undo the last merge, new number or removal of a number
    Undo {
        /// The number that was merged, changed or removed
        #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        student: AdmissionNumber,
        #[command(flatten)]
        output: Output,
    },
    /// Show a student: name, contact, enrolments, and whose the number is
    Show {
        /// The admission number, in any spelling
        #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        student: AdmissionNumber,
        #[command(flatten)]
        output: Output,
    },
}

/// Whether and why a number is changed.
#[derive(Debug, Args)]
pub(super) struct How {
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<Reason>,
    #[command(flatten)]
    output: Output,
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
        StudentCommand::Merge { student, into, how } => {
            change_number(kiosk, student, NumberChange::Merge { into }, how).await
        }
        StudentCommand::Renumber { student, to, how } => {
            change_number(kiosk, student, NumberChange::Renumber { to }, how).await
        }
        StudentCommand::Remove { student, how } => {
            change_number(kiosk, student, NumberChange::Remove, how).await
        }
        StudentCommand::Undo { student, output } => {
            let students = &kiosk.services.students;
            let undone = students.undo_number(operator(), student).await?;
            let lines = super::voice(kiosk.policy.zone).number_undone(&undone);
            let number = &undone.student.admission_number;
            show_lines(
                output,
                &json!({ "number": number, "changes": lines }),
                &lines,
            )
        }
        StudentCommand::Show { student, output } => show(kiosk, student, output).await,
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

async fn change_number(
    kiosk: &Kiosk,
    number: AdmissionNumber,
    change: NumberChange,
    how: How,
) -> Result<Exit> {
    let students = &kiosk.services.students;
    let order = NumberOrder {
        number,
        change,
        reason: how.reason,
    };
    let effect = if how.dry_run {
        students.preview_number(operator(), order).await?
    } else {
        students.change_number(operator(), order).await?
    };
    let lines = super::voice(kiosk.policy.zone).number_effect(&effect);
    let report = json!({
        "number": effect.student.admission_number,
        "right_number": effect.right.as_ref().map(|right| &right.admission_number),
        "name": effect.right.as_ref().unwrap_or(&effect.student).name,
        "dry_run": how.dry_run,
        "records": effect.records.len(),
        "changes": lines,
    });
    show_lines(how.output, &report, &lines)
}

fn show_lines(output: Output, report: &Value, lines: &[String]) -> Result<Exit> {
    output.show(report, || lines.join("\n") + "\n")
}

async fn show(kiosk: &Kiosk, number: AdmissionNumber, output: Output) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    let found = administration.student(operator(), number.clone()).await?;
    let Some(file) = found else {
        bail!("there is no student {number}");
    };
    let StudentFile { student, units } = file;
    let enrolments: Vec<Value> = units
        .iter()
        .map(|(unit, semester, enrolment)| {
            json!({ "unit_code": unit, "semester": semester, "enrolment": enrolment.intervals() })
        })
        .collect();
    let report = json!({
        "admission_number": student.admission_number,
        "same_as": student.same_as,
        "name": student.name,
        "email": student.email,
        "phone": student.phone,
        "enrolments": enrolments,
    });
    output.show(&report, || {
        let name = student.name.as_ref();
        let name = name.map(|name| format!(" {name}")).unwrap_or_default();
        let number = &student.admission_number;
        if let Some(right) = &student.same_as {
            return format!("{number}{name} is {right}.\n");
        }
        let places = units.iter().map(|(unit, semester, enrolment)| {
            format!(
                "{unit}, semester {semester}: enrolled {}.\n",
                days_of(enrolment)
            )
        });
        format!("{number}{name}\n{}", places.collect::<String>())
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
