//! `kiosk export`: lists as files or on standard output.

use super::operator;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::output::{self, Exit};
use super::session;
use crate::app::Kiosk;
use crate::domain::{Semester, UnitCode};
use crate::services::export::{Format, write_whole};

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Every student of a session, absent and removed ones included, with what is to be corrected at the portal
    #[command(after_help = "\
Examples:
  kiosk export session 5f0c2a91 --out monday.csv
  kiosk export session 5f0c2a91 --format xlsx --out monday.xlsx")]
    Session {
        /// The session: its id or the beginning of it
        #[arg(value_name = "SESSION")]
        session: String,
        #[command(flatten)]
        form: Form,
    },
    /// The students of a unit with each lecture, and why it counts or not
    Unit {
        #[command(flatten)]
        of: OfUnit,
        #[command(flatten)]
        form: Form,
    },
    /// Which students of a unit may sit the exam, by the lectures held so far
    Exam {
        #[command(flatten)]
        of: OfUnit,
        #[command(flatten)]
        form: Form,
    },
    /// The planned lectures of a semester, with the ids by which `kiosk import timetable` finds them again
    Timetable {
        /// The semester [default: attendance.semester]
        #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
        semester: Option<Semester>,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Debug, Args)]
pub(super) struct OfUnit {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// The semester [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
}

#[derive(Debug, Args)]
pub(super) struct Form {
    /// The format of the file
    #[arg(long, value_enum, default_value_t = FormatArg::Csv)]
    format: FormatArg,
    /// The file; replaced only once the new one is complete, readable by its owner only; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Begin the CSV with a byte order mark, for spreadsheets that do not recognise UTF-8
    #[arg(long)]
    bom: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    Csv,
    Xlsx,
    Json,
}

pub(super) async fn run(command: ExportCommand, kiosk: &Kiosk) -> Result<Exit> {
    let exports = &kiosk.services.exports;
    let by = operator();
    let (sheet, form) = match command {
        ExportCommand::Session { session, form } => {
            let id = session::find(kiosk, &session).await?;
            (exports.session(by, id).await?, form)
        }
        ExportCommand::Unit { of, form } => (exports.unit(by, of.unit, of.semester).await?, form),
        ExportCommand::Exam { of, form } => (exports.exam(by, of.unit, of.semester).await?, form),
        ExportCommand::Timetable { semester, form } => {
            (exports.timetable(by, semester).await?, form)
        }
    };
    let to_stdout = form.out.as_os_str() == "-";
    let format = match (form.format, form.bom) {
        (FormatArg::Csv, false) => Format::Csv,
        (FormatArg::Csv, true) => Format::CsvWithBom,
        (FormatArg::Json, _) => Format::Json,
        (FormatArg::Xlsx, _) if to_stdout && std::io::stdout().is_terminal() => {
            bail!("a workbook cannot be shown on a terminal: name a file with --out")
        }
        (FormatArg::Xlsx, _) => Format::Xlsx,
    };
    let bytes = sheet.to_bytes(format)?;
    if to_stdout {
        output::write(&bytes)?;
        return Ok(Exit::Done);
    }
    write_whole(&form.out, &bytes)?;
    output::remark(&format!(
        "{}: {} lines in {}",
        sheet.title,
        sheet.rows.len(),
        form.out.display()
    ));
    Ok(Exit::Done)
}
