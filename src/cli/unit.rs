//! `kiosk unit`: the units and their lecturers.

mod set;
mod show;

use anyhow::{Context as _, Result, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::operator;
use super::output::{Exit, Output};
use super::table::Table;
use super::values::{day, title, word};
use crate::app::Kiosk;
use crate::domain::{AssignmentFact, AssignmentRole, StaffId, Unit, UnitCode};
use crate::store::NewUnit;

#[derive(Debug, Subcommand)]
pub(super) enum UnitCommand {
    /// Add a unit with its lecturer
    #[command(after_help = "\
Example:
  kiosk unit add CS101 --name \"Programming I\" --lecturer L001 --planned-lessons 12")]
    Add(AddUnitArgs),
    /// Change a unit: its rules, title and lecturer; finish its semester, or retire it
    #[command(after_help = "\
A rule that is not set here is the site's, from [attendance] in kiosk.toml; the value site gives it
back. `kiosk unit show` shows all rules.

Examples:
  kiosk unit set CS101 --required-percent 200/3 --basis planned
  kiosk unit set CS101 --required-percent site --lecturer L002
  kiosk unit set CS101 --finish-semester")]
    Set(Box<set::SetArgs>),
    /// Show a unit with its rules, its lecturer and who acts for it
    #[command(after_help = "\
Example:
  kiosk unit show CS101")]
    Show {
        /// The unit's code, such as CS101
        #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
        code: UnitCode,
        #[command(flatten)]
        output: Output,
    },
    /// Let somebody act for a unit beside its lecturer
    #[command(after_help = "\
An owner may do everything that the unit's lecturer may; a helper everything about lectures and
marks, but not change lists and rules.

Examples:
  kiosk unit assign CS101 L002 --role helper
  kiosk unit assign CS101 L003 --role owner --from 2026-10-05 --until 2026-10-30")]
    Assign(AssignArgs),
    /// Take an assignment back
    #[command(after_help = "\
Example:
  kiosk unit unassign CS101 L002")]
    Unassign {
        /// The unit's code, such as CS101
        #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
        code: UnitCode,
        /// The lecturer's staff ID
        #[arg(value_name = "STAFF_ID", value_parser = StaffId::parse)]
        staff_id: StaffId,
        #[command(flatten)]
        output: Output,
    },
    /// List all units with their lecturers
    List {
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddUnitArgs {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    code: UnitCode,
    /// The title of the unit
    #[arg(long, value_name = "TITLE", value_parser = title)]
    name: String,
    /// The staff ID of its lecturer
    #[arg(long, value_name = "STAFF_ID", value_parser = StaffId::parse)]
    lecturer: StaffId,
    #[arg(long, help = "Lessons planned in a semester [default: attendance.planned_lessons]", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    planned_lessons: Option<u32>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct AssignArgs {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    code: UnitCode,
    /// The lecturer's staff ID
    #[arg(value_name = "STAFF_ID", value_parser = StaffId::parse)]
    staff_id: StaffId,
    /// What they may do
    #[arg(long, value_name = "ROLE", value_parser = word(AssignmentRole::ALL.map(AssignmentRole::as_str), AssignmentRole::parse))]
    role: AssignmentRole,
    /// The first day, such as 2026-10-05 [default: at once]
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<NaiveDate>,
    /// The last day [default: for good]
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<NaiveDate>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: UnitCommand, kiosk: &Kiosk) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    match command {
        UnitCommand::List { output } => {
            let units = administration.units(operator()).await?;
            output.show(&units, || {
                table(&units).text("No units yet: add one with `kiosk unit add`.")
            })
        }
        UnitCommand::Set(args) => set::run(*args, kiosk).await,
        UnitCommand::Show { code, output } => show::run(code, output, kiosk).await,
        UnitCommand::Assign(args) => {
            if let (Some(from), Some(until)) = (args.from, args.until)
                && until < from
            {
                bail!("the last day ({until}) is before the first ({from})");
            }
            let fact = AssignmentFact {
                role: Some(args.role),
                from: args.from,
                until: args.until,
            };
            administration
                .assign(operator(), args.code.clone(), args.staff_id, fact)
                .await?;
            show::run(args.code, args.output, kiosk).await
        }
        UnitCommand::Unassign {
            code,
            staff_id,
            output,
        } => {
            let assigned = administration.assignments(operator(), code.clone()).await?;
            if !assigned.iter().any(|it| it.staff_id == staff_id) {
                bail!(
                    "{staff_id} is not assigned to {code}; run `kiosk unit show {code}` to see who is"
                );
            }
            let fact = AssignmentFact {
                role: None,
                from: None,
                until: None,
            };
            administration
                .assign(operator(), code.clone(), staff_id, fact)
                .await?;
            show::run(code, output, kiosk).await
        }
        UnitCommand::Add(args) => {
            let new = NewUnit {
                code: args.code.clone(),
                name: args.name,
                lecturer: args.lecturer,
                planned_lessons: args.planned_lessons,
            };
            administration.add_unit(operator(), new).await?;
            let units = administration.units(operator()).await?;
            let unit = units
                .into_iter()
                .find(|unit| unit.code == args.code)
                .context("the unit was added but cannot be found")?;
            args.output.show(&unit, || {
                format!(
                    "Added {} {}, lecturer {}, {} lessons planned.\n",
                    unit.code, unit.name, unit.lecturer_name, unit.policy.planned_lessons
                )
            })
        }
    }
}

fn table(units: &[Unit]) -> Table<5> {
    Table::of(
        ["CODE", "TITLE", "LECTURER", " PLANNED", " ENROLLED"],
        units,
        |unit| {
            [
                unit.code.to_string(),
                unit.name.clone(),
                format!("{} ({})", unit.lecturer_name, unit.lecturer_staff_id),
                unit.policy.planned_lessons.to_string(),
                unit.enrolled.to_string(),
            ]
        },
    )
}
