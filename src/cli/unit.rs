//! `kiosk unit`: the units and their lecturers.

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

use super::operator;
use super::output::{Exit, Output};
use super::table::Table;
use crate::app::Kiosk;
use crate::domain::{StaffId, Unit, UnitCode, clean_line};
use crate::store::NewUnit;

#[derive(Debug, Subcommand)]
pub(super) enum UnitCommand {
    /// Add a unit with its lecturer
    #[command(after_help = "\
Example:
  kiosk unit add CS101 --name \"Programming I\" --lecturer L001 --planned-lessons 12")]
    Add(AddUnitArgs),
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

pub(super) async fn run(command: UnitCommand, kiosk: &Kiosk) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    match command {
        UnitCommand::List { output } => {
            let units = administration.units(operator()).await?;
            output.show(&units, || {
                table(&units).text("No units yet: add one with `kiosk unit add`.")
            })
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
                    unit.code, unit.name, unit.lecturer_name, unit.planned_lessons
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
                unit.planned_lessons.to_string(),
                unit.enrolled.to_string(),
            ]
        },
    )
}

fn title(raw: &str) -> Result<String, String> {
    // As wide as the column of the system that the portal is part of.
    clean_line(raw, 200).map_err(|error| format!("the title {error}"))
}
