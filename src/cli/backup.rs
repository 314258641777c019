//! `kiosk backup`: a verified copy of the database, also while the kiosk runs.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::output::{Exit, Output};
use crate::app;
use crate::clock::Clock;
use crate::config::Loaded;

#[derive(Debug, Args)]
#[command(after_help = "\
The copy is verified before it gets its name; its checksum is written beside it, for
`sha256sum --check`. It holds everything: names, numbers, and the keys of this kiosk.
A running kiosk makes one backup a day in `backups` in the data folder, and keeps 14.

Examples:
  kiosk backup
  kiosk backup /media/stick/kiosk-room-101.db")]
pub(super) struct BackupArgs {
    /// The new file [default: one named by the time, in `backups` in the data folder]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &BackupArgs, loaded: &Loaded) -> Result<Exit> {
    super::check_kiosk_exists(loaded)?;
    let data_dir = &loaded.config.kiosk.data_dir;
    let backup = app::back_up(data_dir, args.file.as_deref(), Clock::system().now())?;
    let report = json!({
        "file": backup.path.display().to_string(),
        "bytes": backup.bytes,
        "sha256": backup.sha256,
        "schema": backup.content.schema,
        "records": backup.content.records,
    });
    args.output.show(&report, || {
        format!(
            "{}\n{} records, {} kB, checked; SHA-256 {}\n",
            backup.path.display(),
            backup.content.records,
            backup.bytes.div_ceil(1000),
            backup.sha256
        )
    })
}
