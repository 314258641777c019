//! `kiosk lecturer`: the lecturers, their roles and PINs.

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

use super::operator;
use super::output::{Exit, Output};
use super::pin;
use super::table::Table;
use crate::app::Kiosk;
use crate::domain::{InvalidText, Lecturer, PersonName, StaffId, clean_line};
use crate::services::LecturerChange;

#[derive(Debug, Subcommand)]
pub(super) enum LecturerCommand {
    /// Add a lecturer; asks for a PIN on a terminal
    #[command(after_help = "\
Examples:
  kiosk lecturer add --staff-id L001 --name \"Dr. Smith\" --department Computing --admin
  printf '%s\\n' \"$PIN\" | kiosk lecturer add --staff-id L002 --name \"Dr. Otieno\" --pin-stdin

The first lecturer should be an administrator: the PIN opens the staff area and leaves the screen.")]
    Add(AddLecturerArgs),
    /// Set a lecturer's PIN and clear their failed sign-ins
    SetPin(SetPinArgs),
    /// Change a lecturer: name, department, role, or that they have left
    #[command(after_help = "\
Whoever has left cannot sign in any more; the lectures and units stay as they are.

Examples:
  kiosk lecturer set L002 --admin true
  kiosk lecturer set L002 --left true")]
    Set(SetArgs),
    /// List all lecturers with their roles
    List {
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddLecturerArgs {
    /// The staff ID for signing in
    #[arg(long, value_name = "ID", value_parser = StaffId::parse)]
    staff_id: StaffId,
    /// The name that students see
    #[arg(long, value_name = "NAME", value_parser = PersonName::parse)]
    name: PersonName,
    /// The department, if it matters
    #[arg(long, value_name = "NAME", value_parser = department, default_value = "")]
    department: String,
    /// Make them an administrator: they see and change all units
    #[arg(long)]
    admin: bool,
    /// Read the PIN (4 to 12 digits) from the first line of standard input
    #[arg(long)]
    pin_stdin: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[group(id = "who", required = true, multiple = false, args = ["staff_id", "id"])]
pub(super) struct SetPinArgs {
    /// The lecturer's staff ID
    #[arg(long, value_name = "ID", value_parser = StaffId::parse)]
    staff_id: Option<StaffId>,
    /// The lecturer's staff ID, as an argument
    #[arg(value_name = "STAFF_ID", value_parser = StaffId::parse)]
    id: Option<StaffId>,
    /// Read the PIN (4 to 12 digits) from the first line of standard input
    #[arg(long)]
    pin_stdin: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The lecturer's staff ID
    #[arg(value_name = "STAFF_ID", value_parser = StaffId::parse)]
    staff_id: StaffId,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    output: Output,
}

/// What is changed; the rest stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Change {
    /// The name that students see
    #[arg(long, value_name = "NAME", value_parser = PersonName::parse)]
    name: Option<PersonName>,
    /// The department; "" for none
    #[arg(long, value_name = "NAME", value_parser = department)]
    department: Option<String>,
    /// Whether they are an administrator
    #[arg(long, value_name = "true|false")]
    admin: Option<bool>,
    /// Whether they have left
    #[arg(long, value_name = "true|false")]
    left: Option<bool>,
}

pub(super) async fn run(command: LecturerCommand, kiosk: &Kiosk) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    match command {
        LecturerCommand::List { output } => {
            let lecturers = administration.lecturers(operator()).await?;
            output.show(&lecturers, || {
                table(&lecturers).text("No lecturers yet: add one with `kiosk lecturer add`.")
            })
        }
        LecturerCommand::Add(args) => {
            let pin = pin::optional(args.pin_stdin)?;
            let id = args.staff_id.clone();
            administration
                .add_lecturer(
                    operator(),
                    args.staff_id,
                    args.name,
                    args.department,
                    args.admin,
                    pin,
                )
                .await?;
            let lecturer = find(kiosk, &id).await?;
            args.output.show(&lecturer, || {
                let remedy = if lecturer.has_pin {
                    String::new()
                } else {
                    format!(" They have no PIN yet: set one with `kiosk lecturer set-pin {id}`.")
                };
                format!("Added {} ({id}).{remedy}\n", lecturer.name)
            })
        }
        LecturerCommand::Set(args) => {
            let id = args.staff_id;
            let before = find(kiosk, &id).await?;
            let name = match args.change.name {
                Some(name) => name,
                None => PersonName::parse(&before.name)?,
            };
            let change = LecturerChange {
                name,
                department: args.change.department.unwrap_or(before.department),
                is_admin: args.change.admin.unwrap_or(before.is_admin),
                has_left: args.change.left.unwrap_or(before.has_left),
            };
            administration
                .change_lecturer(operator(), id.clone(), change)
                .await?;
            let lecturer = find(kiosk, &id).await?;
            args.output.show(&lecturer, || {
                format!("Changed {} ({id}): {}.\n", lecturer.name, role(&lecturer))
            })
        }
        LecturerCommand::SetPin(args) => {
            let id = args
                .staff_id
                .or(args.id)
                .context("name the lecturer's staff ID")?;
            // Before asking, so that a wrong staff ID does not cost typing a PIN twice.
            find(kiosk, &id).await?;
            let pin = pin::required(args.pin_stdin)?;
            administration.set_pin(operator(), id.clone(), pin).await?;
            let lecturer = find(kiosk, &id).await?;
            args.output.show(&lecturer, || {
                format!("{} ({id}) has a new PIN.\n", lecturer.name)
            })
        }
    }
}

async fn find(kiosk: &Kiosk, id: &StaffId) -> Result<Lecturer> {
    let lecturers = kiosk.services.administration.lecturers(operator()).await?;
    lecturers
        .into_iter()
        .find(|lecturer| lecturer.staff_id == *id)
        .with_context(|| format!("there is no lecturer {id}; run `kiosk lecturer list` to see all"))
}

fn role(lecturer: &Lecturer) -> &'static str {
    match (lecturer.has_left, lecturer.is_admin) {
        (true, _) => "has left",
        (false, true) => "administrator",
        (false, false) => "lecturer",
    }
}

fn table(lecturers: &[Lecturer]) -> Table<5> {
    Table::of(
        ["STAFF ID", "NAME", "DEPARTMENT", "ROLE", "PIN"],
        lecturers,
        |lecturer| {
            [
                lecturer.staff_id.to_string(),
                lecturer.name.clone(),
                lecturer.department.clone(),
                role(lecturer).to_owned(),
                if lecturer.has_pin { "set" } else { "none yet" }.to_owned(),
            ]
        },
    )
}

fn department(raw: &str) -> Result<String, String> {
    match clean_line(raw, 100) {
        Err(InvalidText::Empty) => Ok(String::new()),
        cleaned => cleaned.map_err(|error| format!("the department {error}")),
    }
}
