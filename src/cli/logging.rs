//! Where the log is written: never to the screen (feature K8).
//!
//! `docs/LOGGING.md` says what is logged.

mod journal;
mod rotating;

use std::fs::File;
use std::io::{IsTerminal as _, stderr};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::output::remark;
use crate::config::{Config, LogLevel};
use journal::JournalLine;
use rotating::RotatingFile;

/// Logs the errors of a short command to standard error.
pub(super) fn to_stderr() {
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter(LogLevel::Error))
        .with_writer(stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .try_init();
}

/// Starts the log of a running kiosk. Dropping the guard flushes it.
///
/// A log file that cannot be written does not stop the kiosk: the log goes to standard error unless
/// that is the screen.
pub(super) fn start(config: &Config) -> Option<WorkerGuard> {
    let level = config.log.level;
    let path = match &config.log.file {
        Some(path) => path.clone(),
        None if is_journal() => {
            let _ = tracing_subscriber::fmt()
                .with_env_filter(filter(level))
                .with_writer(stderr)
                .event_format(JournalLine)
                .try_init();
            return None;
        }
        None => config.kiosk.data_dir.join("kiosk.log"),
    };
    match RotatingFile::open(&path) {
        Ok(file) => {
            let (writer, guard) = tracing_appender::non_blocking(file);
            to_writer(level, writer);
            Some(guard)
        }
        Err(error) => {
            // The start reports a data directory that cannot be written.
            if config.log.file.is_some() {
                remark(&format!(
                    "kiosk: the log {} cannot be written: {error}; check log.file",
                    path.display()
                ));
            }
            if !stderr().is_terminal() {
                to_writer(level, stderr);
            }
            None
        }
    }
}

fn to_writer<W>(level: LogLevel, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_writer(writer)
        .with_ansi(false)
        .try_init();
}

/// This program's messages at the given level, those of libraries from `warn` up.
fn filter(level: LogLevel) -> EnvFilter {
    EnvFilter::new(format!("warn,kiosk={}", level.as_str()))
}

/// Whether standard error is the journal: systemd names its device and inode (systemd.exec(5)).
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    let metadata = stderr()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|stderr| File::from(stderr).metadata());
    metadata.is_ok_and(|file| stream == format!("{}:{}", file.dev(), file.ino()))
}
