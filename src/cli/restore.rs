//! `kiosk restore`: replaces the database with a backup.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::output::{Exit, Output};
use crate::app::{self, Origin};
use crate::config::Loaded;

#[derive(Debug, Args)]
#[command(after_help = "\
The backup is verified before anything changes. The database that it replaces is kept in the data
folder as kiosk.db.aside-1, -2 and so on; delete those by hand. Stop the kiosk first.
A backup without keys and PINs takes those of the database that it replaces, if it is of the same
kiosk; otherwise set each PIN with `kiosk lecturer set-pin`, and phones count as new ones.

Examples:
  systemctl stop kiosk && sudo -u kiosk kiosk restore --newest && systemctl start kiosk
  kiosk restore /media/stick/kiosk-room-101.db")]
#[group(required = true, multiple = false, args = ["file", "newest", "empty"])]
pub(super) struct RestoreArgs {
    /// The backup file to restore
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Use the newest intact backup in the data folder
    #[arg(long)]
    newest: bool,
    /// Start with an empty database instead of a backup
    #[arg(long)]
    empty: bool,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &RestoreArgs, loaded: &Loaded) -> Result<Exit> {
    let origin = match &args.file {
        Some(file) => Origin::File(file.clone()),
        None if args.newest => Origin::Newest,
        None => Origin::Nothing,
    };
    let restored = app::restore(&loaded.config.kiosk.data_dir, &origin)?;
    let records = restored
        .content
        .as_ref()
        .map_or(0, |content| content.records);
    let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let report = json!({
        "from": shown(&restored.from),
        "records": records,
        "kept": shown(&restored.aside),
        "secrets": restored.has_secrets,
    });
    args.output.show(&report, || {
        let mut text = match &restored.from {
            Some(from) => format!("Restored: {} ({records} records)\n", from.display()),
            None => "Restored: an empty database\n".to_owned(),
        };
        if let Some(aside) = &restored.aside {
            let _ = writeln!(text, "Kept:     {}", aside.display());
        }
        if !restored.has_secrets {
            text.push_str(
                "There are no PINs: set each one with `kiosk lecturer set-pin STAFF_ID`.\n",
            );
        }
        text
    })
}
