//! The commands, and the options that all of them take. The arguments of a command are in its own file.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::lecturer::LecturerCommand;
use super::unit::UnitCommand;
use super::{attendance, audit, timetable};
use super::{
    backup, board, check_in, config, doctor, exam, excuse, export, firestore, import, init, keys,
    qr, restore, session, shell, start, student, sync,
};

/// A classroom check-in kiosk: students type their number or scan the code on the screen.
#[derive(Debug, Parser)]
#[command(name = "kiosk", version, max_term_width = 100, after_help = EXAMPLES)]
pub(super) struct Cli {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration file [default: $KIOSK_CONFIG, ./kiosk.toml, /etc/kiosk/kiosk.toml, built-in defaults]"
    )]
    pub(super) config: Option<PathBuf>,

    /// Override one setting of the file and the environment; repeatable
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub(super) set: Vec<String>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const EXAMPLES: &str = "\
Try it; nothing to set up, nothing left behind:
  kiosk demo

Set up a kiosk:
  kiosk init
  kiosk lecturer add --staff-id L001 --name \"Dr. Smith\" --admin
  kiosk unit add CS101 --name \"Programming I\" --lecturer L001
  kiosk import students class-list.csv --unit CS101

A lecture:
  kiosk run                         on the kiosk's own terminal; a staff PIN leaves it
  kiosk session open CS101          in any other shell: the screen follows within a second
  kiosk board                       the students and their marks

Exit status: 0 done, 1 failed or refused, 2 wrong usage.";

/// A command of the program.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the screen, serve phones, deliver records (the default)
    Run,
    /// Serve phones and deliver records, without a screen
    Serve,
    /// Run a sample class with simulated arrivals, in a temporary folder
    Demo(start::DemoArgs),
    /// Write kiosk.toml and create the data folder with its keys
    Init(init::InitArgs),
    #[command(flatten)]
    Kiosk(KioskCommand),
    /// Check whether this kiosk is ready for a class
    Doctor(doctor::DoctorArgs),
    /// Back up the database, also while the kiosk runs
    Backup(backup::BackupArgs),
    /// Replace the database with a backup; the old database is kept
    Restore(restore::RestoreArgs),
    /// Check and show the settings in effect
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print the completions for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page, in roff
    Man,
}

/// A command on the data directory; works whether or not the kiosk runs.
#[derive(Debug, Subcommand)]
pub(super) enum KioskCommand {
    /// Manage lecturers and their PINs
    #[command(subcommand)]
    Lecturer(LecturerCommand),
    /// Manage the units (courses): their rules, lecturers and helpers
    #[command(subcommand)]
    Unit(UnitCommand),
    /// Enrol and withdraw students, and list those of a unit
    #[command(subcommand)]
    Student(student::StudentCommand),
    /// Excuse students from lectures
    #[command(subcommand)]
    Excuse(excuse::ExcuseCommand),
    /// Import class lists, timetables and excuses
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Manage sessions (lectures): open, close, extend, reopen, cancel, settle, list, join
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// List and cancel the planned lectures of a day
    #[command(subcommand)]
    Timetable(timetable::TimetableCommand),
    /// Correct marks: mark, unmark, approve, merge, undo
    #[command(subcommand)]
    Attendance(attendance::AttendanceCommand),
    /// Show who changed what, when and why
    Audit(audit::AuditArgs),
    /// Check a student in from the shell
    CheckIn(check_in::CheckInArgs),
    /// Show the code of a session, or write it as a picture
    Qr(qr::QrArgs),
    /// List the students of a session with their marks
    Board(board::BoardArgs),
    /// Show who may sit the exam of a unit, and why or why not
    Exam(exam::ExamArgs),
    /// Export a list: a session, a unit, who may sit the exam
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Show and run the deliveries to Firestore and the portal
    #[command(subcommand)]
    Sync(sync::SyncCommand),
    /// Delete what was delivered to Firestore
    #[command(subcommand)]
    Firestore(firestore::FirestoreCommand),
    /// Replace the key that recognises phones
    #[command(subcommand)]
    Keys(keys::KeysCommand),
}

impl KioskCommand {
    /// Whether the command may create the data directory. For all others a missing one is a wrong path.
    pub(super) fn may_create(&self) -> bool {
        matches!(
            self,
            Self::Lecturer(LecturerCommand::Add(_)) | Self::Unit(UnitCommand::Add(_))
        )
    }
}
