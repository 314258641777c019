//! `kiosk export`: lists as files, or on the standard output.

use super::operator;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::output::{self, Outcome};
use super::session;
use super::unit::unit_code;
use crate::app::Kiosk;
use crate::domain::{Semester, UnitCode};
use crate::services::export::{Format, write_whole};

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Everybody of one session: the absent, removed marks, and what is to be taken out at the portal
    #[command(after_help = "\
Examples:
  kiosk export session 5f0c2a91 --out monday.csv
  kiosk export session 5f0c2a91 --format xlsx --out monday.xlsx")]
    Session {
        /// Which session, or the first letters of its id
        #[arg(value_name = "SESSION")]
        session: String,
        #[command(flatten)]
        form: Form,
    },
    /// A unit's students and lectures, each with the reason why it counts as it does
    Unit {
        #[command(flatten)]
        of: OfUnit,
        #[command(flatten)]
        form: Form,
    },
    /// Who may sit the exam of a unit, by what has been held so far
    Exam {
        #[command(flatten)]
        of: OfUnit,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Debug, Args)]
pub(super) struct OfUnit {
    /// Which unit
    #[arg(value_name = "CODE", value_parser = unit_code)]
    unit: UnitCode,
    /// Which semester [default: the site's]
    #[arg(long, value_name = "LABEL", value_parser = semester)]
    semester: Option<Semester>,
}

#[derive(Debug, Args)]
pub(super) struct Form {
    /// csv, xlsx or json
    #[arg(long, value_enum, default_value_t = Kind::Csv)]
    format: Kind,
    /// A file that only its owner can read, replaced only once the new one is whole; - is the standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Put a byte order mark before the CSV, for spreadsheets that take UTF-8 for something else
    #[arg(long)]
    bom: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Csv,
    Xlsx,
    Json,
}

pub(super) async fn run(command: ExportCommand, kiosk: &Kiosk) -> Result<Outcome> {
    let exports = &kiosk.services.exports;
    let by = operator();
    let (sheet, form) = match command {
        ExportCommand::Session { session, form } => {
            let id = session::find(kiosk, &session).await?;
            (exports.session(by, id).await?, form)
        }
        ExportCommand::Unit { of, form } => (exports.unit(by, of.unit, of.semester).await?, form),
        ExportCommand::Exam { of, form } => (exports.exam(by, of.unit, of.semester).await?, form),
    };
    let to_stdout = form.out.as_os_str() == "-";
    let format = match (form.format, form.bom) {
        (Kind::Csv, false) => Format::Csv,
        (Kind::Csv, true) => Format::CsvWithBom,
        (Kind::Json, _) => Format::Json,
        (Kind::Xlsx, _) if to_stdout && std::io::stdout().is_terminal() => {
            bail!("a workbook is no text for a terminal: name a file with --out")
        }
        (Kind::Xlsx, _) => Format::Xlsx,
    };
    let bytes = sheet.to_bytes(format)?;
    if to_stdout {
        output::write(&bytes)?;
        return Ok(Outcome::Done);
    }
    write_whole(&form.out, &bytes)?;
    output::remark(&format!(
        "{}: {} lines in {}",
        sheet.title,
        sheet.rows.len(),
        form.out.display()
    ));
    Ok(Outcome::Done)
}

fn semester(label: &str) -> Result<Semester, String> {
    Semester::parse(label).map_err(|error| error.to_string())
}
