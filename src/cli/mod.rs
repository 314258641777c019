//! The door of the shell: arguments in; text or JSON and an exit status out.
//!
//! One file per command. It decides nothing: commands call the services, and `app` runs the kiosk.

mod arguments;
mod attendance;
mod audit;
mod backup;
mod board;
mod check_in;
mod config;
mod doctor;
mod exam;
mod excuse;
mod export;
mod firestore;
mod import;
mod init;
mod input;
mod keys;
mod lecturer;
mod logging;
mod output;
mod paper_list;
mod pin;
mod progress;
mod qr;
mod restore;
mod session;
mod shell;
mod start;
mod student;
mod sync;
mod table;
mod timetable;
mod unit;
mod values;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;
use tokio::runtime::Builder;

use crate::app::{DataDir, Kiosk, newest_aside, what_to_do};
use crate::config::{Config, ConfigFlags, Environment, Loaded};
use crate::domain::Zone;
use crate::services::export::ExportError;
use crate::services::{Actor, AdministrationError, Entity, Finder, SessionError, StoreError};
use crate::words::Voice;
use arguments::{Cli, Command, KioskCommand};
use output::Exit;

/// Chooses the voice of the shell. The commands choose it nowhere else.
fn voice(zone: Zone) -> Voice {
    Voice::english(zone)
}

/// Runs the program for the process's arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version arrive here too, for standard output; a closed pipe is not an error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match environment().and_then(|environment| dispatch(cli, &environment)) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Refused) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "kiosk: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli, environment: &Environment) -> Result<Exit> {
    let flags = ConfigFlags {
        config: cli.config,
        set: cli.set,
    };
    let read = || Config::load(&flags, environment).map_err(anyhow::Error::new);
    let load = || {
        let loaded = read()?;
        for warning in &loaded.warnings {
            let _ = writeln!(std::io::stderr(), "kiosk: warning: {warning}");
        }
        Ok(loaded)
    };
    match cli.command.unwrap_or(Command::Run) {
        Command::Completions(args) => shell::completions(&args),
        Command::Man => shell::man(),
        Command::Config(command) => config::run(&command, &load()?),
        Command::Init(args) => init::run(&args, environment),
        Command::Run => start::run(load),
        Command::Serve => start::serve(load),
        Command::Demo(args) => start::demo(args, load()?),
        Command::Doctor(args) => doctor::run(&args, read()),
        Command::Backup(args) => backup::run(&args, &load()?),
        Command::Restore(args) => restore::run(&args, &load()?),
        Command::Kiosk(command) => {
            let loaded = load()?;
            if !command.may_create() {
                check_kiosk_exists(&loaded)?;
            }
            with_kiosk(&loaded, async |kiosk| {
                run_command(command, kiosk, &loaded).await
            })
        }
    }
}

async fn run_command(command: KioskCommand, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    match command {
        KioskCommand::Lecturer(command) => lecturer::run(command, kiosk).await,
        KioskCommand::Keys(command) => keys::run(command, kiosk).await,
        KioskCommand::Unit(command) => unit::run(command, kiosk).await,
        KioskCommand::Student(command) => student::run(command, kiosk).await,
        KioskCommand::Excuse(command) => excuse::run(command, kiosk).await,
        KioskCommand::Exam(args) => exam::run(args, kiosk).await,
        KioskCommand::Import(command) => import::run(command, kiosk).await,
        KioskCommand::Session(command) => session::run(command, kiosk, loaded).await,
        KioskCommand::Timetable(command) => timetable::run(command, kiosk).await,
        KioskCommand::Attendance(command) => attendance::run(command, kiosk).await,
        KioskCommand::Audit(args) => audit::run(args, kiosk).await,
        KioskCommand::CheckIn(args) => check_in::run(args, kiosk).await,
        KioskCommand::Qr(args) => qr::run(&args, kiosk, &loaded.config).await,
        KioskCommand::Board(args) => board::run(&args, kiosk).await,
        KioskCommand::Export(command) => export::run(command, kiosk).await,
        KioskCommand::Firestore(command) => firestore::run(command, kiosk, loaded).await,
        KioskCommand::Sync(command) => sync::run(command, kiosk, loaded).await,
    }
}

fn check_kiosk_exists(loaded: &Loaded) -> Result<()> {
    let folder = &loaded.config.kiosk.data_dir;
    if let Some(aside) = newest_aside(folder).filter(|_| !DataDir::at(folder).database().exists()) {
        bail!("{}", what_to_do(folder, &aside));
    }
    // If it cannot be examined, opening it reports why.
    if matches!(DataDir::at(folder).database().try_exists(), Ok(false)) {
        bail!(
            "there is no kiosk in {}: run `kiosk init` first, or name its configuration with --config",
            folder.display()
        );
    }
    Ok(())
}

/// Opens the data directory, runs a command on it, and closes the database.
fn with_kiosk(loaded: &Loaded, command: impl AsyncFnOnce(&Kiosk) -> Result<Exit>) -> Result<Exit> {
    logging::to_stderr();
    block_on(Builder::new_current_thread(), async {
        let kiosk = Kiosk::open(loaded).await?;
        let outcome = command(&kiosk).await;
        kiosk.store.close().await;
        outcome
    })?
}

/// Runs a command to its end on a runtime of its own.
fn block_on<T>(mut builder: Builder, work: impl Future<Output = T>) -> Result<T> {
    let runtime = builder.enable_all().build();
    let runtime = runtime.context("the program cannot start its runtime")?;
    Ok(runtime.block_on(work))
}

/// Finds the address that phones use, by the configuration of the server.
fn address_finder(config: &Config, fallback: Option<String>) -> Finder {
    Finder::new(config.server.public_url(), config.server.bind, fallback)
}

fn environment() -> Result<Environment> {
    // Variables that are not UTF-8 are ignored.
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let directory = std::env::current_dir()
        .context("the working directory no longer exists; change to another one")?;
    Ok(Environment::new(variables, directory))
}

/// The actor of commands.
fn operator() -> Actor<'static> {
    static NAME: LazyLock<String> = LazyLock::new(operator_name);
    Actor::Shell(&NAME)
}

/// The name of that actor in the audit log.
fn operator_name() -> String {
    let user = ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .and_then(|user| crate::domain::clean_line(&user, 40).ok());
    match user {
        Some(user) => format!("shell ({user})"),
        None => "shell".to_owned(),
    }
}

/// An error and its causes in one line.
fn sentence(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // Many errors already contain the text of their cause.
        if !parts.last().is_some_and(|last| last.contains(&cause)) {
            parts.push(cause);
        }
    }
    parts.extend(remedy(error));
    parts
        .join(": ")
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The command that lists what an error says is missing.
fn remedy(error: &anyhow::Error) -> Option<String> {
    // Errors that only wrap a store error.
    let handed_on = match (
        error.downcast_ref(),
        error.downcast_ref(),
        error.downcast_ref(),
    ) {
        (Some(SessionError::Store(error)), ..)
        | (_, Some(ExportError::Store(error)), _)
        | (.., Some(AdministrationError::Store(error))) => error,
        _ => error.downcast_ref()?,
    };
    match handed_on {
        StoreError::Missing {
            what: Entity::Student,
            ..
        } => Some("run `kiosk student list --unit CODE` to see those of a unit".to_owned()),
        StoreError::Missing { what, .. } => Some(format!("run `kiosk {what} list` to see all")),
        _ => None,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
pub(crate) mod tests;
