//! `kiosk backup`: a verified copy of the database, also while the kiosk runs.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use super::output::{Exit, Output};
use crate::app;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::store::backup::Secrets;

#[derive(Debug, Args)]
#[command(after_help = "\
The copy is verified before it gets its name; its checksum is written beside it, for
`sha256sum --check`. It holds names and numbers. The keys and PINs of this kiosk are in it only
below the data folder, or with --with-secrets: whoever has them can forge check-ins. A restore
on this machine takes them from the database that it replaces; on another one set the PINs anew.
A running kiosk makes one backup a day in `backups` in the data folder, and keeps 14.

Examples:
  kiosk backup
  kiosk backup /media/stick/kiosk-room-101.db
  kiosk backup - --with-secrets | age -r age1... > kiosk-room-101.db.age")]
pub(super) struct BackupArgs {
    /// The new file, - for standard output [default: one named by the time, in `backups` in the data folder]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Copy keys, PINs and sign-ins too
    #[arg(long)]
    with_secrets: bool,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &BackupArgs, loaded: &Loaded) -> Result<Exit> {
    super::check_kiosk_exists(loaded)?;
    let data_dir = &loaded.config.kiosk.data_dir;
    let file = args.file.as_deref();
    let asked = if args.with_secrets {
        Secrets::Kept
    } else {
        Secrets::Removed
    };
    if file == Some(Path::new("-")) {
        ensure!(
            !std::io::stdout().is_terminal(),
            "a backup is no text for a terminal: send it to a program or a file"
        );
        app::stream_backup(data_dir, asked, &mut std::io::stdout().lock())?;
        return Ok(Exit::Done);
    }
    let now = Clock::system().now();
    let (backup, secrets) = app::back_up(data_dir, file, asked, now)?;
    let has_secrets = secrets == Secrets::Kept;
    let report = json!({
        "file": backup.path.display().to_string(),
        "bytes": backup.bytes,
        "sha256": backup.sha256,
        "schema": backup.content.schema,
        "records": backup.content.records,
        "secrets": has_secrets,
    });
    args.output.show(&report, || {
        format!(
            "{}\n{} records, {} kB, {}; checked; SHA-256 {}\n",
            backup.path.display(),
            backup.content.records,
            backup.bytes.div_ceil(1000),
            if has_secrets {
                "with keys and PINs"
            } else {
                "without keys and PINs"
            },
            backup.sha256
        )
    })
}
