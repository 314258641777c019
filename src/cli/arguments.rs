//! What can be typed: the commands and what all of them take. Each command's own arguments stand in its file.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::lecturer::LecturerCommand;
use super::unit::UnitCommand;
use super::{attendance, audit, timetable};
use super::{
    backup, board, check_in, config, doctor, export, firestore, import, init, qr, restore, session,
    shell, start, sync,
};

/// A classroom check-in kiosk: students type their number or scan the code on the screen.
#[derive(Debug, Parser)]
#[command(name = "kiosk", version, max_term_width = 100, after_help = EXAMPLES)]
pub(super) struct Cli {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration [default: $KIOSK_CONFIG, ./kiosk.toml, /etc/kiosk/kiosk.toml, built in]"
    )]
    pub(super) config: Option<PathBuf>,

    /// One setting, stronger than file and environment; may be repeated
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub(super) set: Vec<String>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const EXAMPLES: &str = "\
Try it, with nothing to set up and nothing left behind:
  kiosk demo

Set up a kiosk:
  kiosk init
  kiosk lecturer add --staff-id L001 --name \"Dr. Smith\" --admin
  kiosk unit add CS101 --name \"Programming I\" --lecturer L001
  kiosk import students class-list.csv --unit CS101

A lecture:
  kiosk run                         on the kiosk's own terminal; a staff PIN leaves it
  kiosk session open CS101          in any other shell: the screen follows within a second
  kiosk board                       who is here

Exit status: 0 done, 1 failed or refused, 2 wrong usage.";

/// What the program is to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the screen, serve phones, deliver records (the default)
    Run,
    /// The same without a screen
    Serve,
    /// A sample university with simulated arrivals, in a throw-away folder
    Demo(start::DemoArgs),
    /// Write kiosk.toml, make the data folder and its keys
    Init(init::InitArgs),
    #[command(flatten)]
    Kiosk(KioskCommand),
    /// Is this kiosk ready for a class?
    Doctor(doctor::DoctorArgs),
    /// Copy the database, also while the kiosk runs
    Backup(backup::BackupArgs),
    /// Put a backup in the place of the database, which is kept
    Restore(restore::RestoreArgs),
    /// The settings in effect
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Completions for a shell
    Completions(shell::CompletionsArgs),
    /// The manual page, in roff
    Man,
}

/// What is done to a kiosk's data directory, whether the kiosk runs or not.
#[derive(Debug, Subcommand)]
pub(super) enum KioskCommand {
    /// Lecturers and their PINs
    #[command(subcommand)]
    Lecturer(LecturerCommand),
    /// Units (courses)
    #[command(subcommand)]
    Unit(UnitCommand),
    /// Class lists and timetables
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Lectures: open, close, extend, reopen, cancel, list, join
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// What is to be held: the timetable, day by day
    #[command(subcommand)]
    Timetable(timetable::TimetableCommand),
    /// Marks put right by hand: mark, unmark, approve, merge, undo
    #[command(subcommand)]
    Attendance(attendance::AttendanceCommand),
    /// Who changed what, when and why
    Audit(audit::AuditArgs),
    /// Check one student in from the shell
    CheckIn(check_in::CheckInArgs),
    /// The code of a session, on the terminal or as a picture
    Qr(qr::QrArgs),
    /// Who is here: the roster of a session
    Board(board::BoardArgs),
    /// Lists for the office: a session, a unit, who may sit the exam
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// What is still to be delivered to Firestore and the portal
    #[command(subcommand)]
    Sync(sync::SyncCommand),
    /// What has been delivered to Firestore
    #[command(subcommand)]
    Firestore(firestore::FirestoreCommand),
}

impl KioskCommand {
    /// Setting up may make the data directory; whoever looks into one has named the wrong place
    /// where there is none.
    pub(super) fn may_create(&self) -> bool {
        matches!(
            self,
            Self::Lecturer(LecturerCommand::Add(_)) | Self::Unit(UnitCommand::Add(_))
        )
    }
}
