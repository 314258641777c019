//! `kiosk firestore`: deletes delivered documents from Firestore.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

use super::output::{Exit, Output};
use super::{operator_name, progress};
use crate::app::{Kiosk, firestore};
use crate::config::Loaded;
use crate::domain::Timestamp;
use crate::sync::firestore::Firestore;
use crate::sync::firestore::cleanup::{
    BackupWriter, Deleted, DeletionFailure, Extent, Inventory, VerifiedBackup,
};
use crate::sync::install_crypto;

#[derive(Debug, Subcommand)]
pub(super) enum FirestoreCommand {
    /// Delete a session, or everything, from Firestore, after a verified backup
    #[command(after_help = "\
A session is sessions/ID, its students and roster, and the attendance_records that name it; --all is
every session and every attendance record, and no other collection. The kiosk's own records stay,
and those that were delivered are not sent again.

--confirm first writes the documents to a JSON file, reads it back and compares it. Only documents
in that file are deleted; one that changed meanwhile is skipped, and the exit status is 1. The
command can be stopped at any time and run again, with another file, for the rest. The file holds
names and numbers; only its owner can read it.

Examples:
  kiosk firestore cleanup --all --dry-run
  kiosk firestore cleanup --session-id 0b9cbbd5-4c9c-4d0f-9d0c-0a4f3b4f5b5e --confirm
  kiosk firestore cleanup --all --confirm --backup /media/usb/firestore.json")]
    Cleanup(CleanupArgs),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("extent").required(true)), group(ArgGroup::new("deed").required(true)))]
pub(super) struct CleanupArgs {
    /// Delete this session and everything below it
    #[arg(long, value_name = "ID", group = "extent", value_parser = session)]
    session_id: Option<Extent>,
    /// Delete every session and every attendance record
    #[arg(long, group = "extent")]
    all: bool,
    /// Show what would be deleted, and delete nothing
    #[arg(long, group = "deed")]
    dry_run: bool,
    /// Back up and delete
    #[arg(long, group = "deed")]
    confirm: bool,
    #[arg(
        long,
        value_name = "FILE",
        help = "The backup, a new file [default: backups/firestore-TIME.json in the data folder]"
    )]
    backup: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: FirestoreCommand, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    let FirestoreCommand::Cleanup(args) = command;
    install_crypto();
    let remote =
        firestore(loaded)?.context("Firestore is disabled: see firestore.enabled in kiosk.toml")?;
    let extent = args.session_id.clone().unwrap_or(Extent::All);
    if args.dry_run {
        return preview(&args, &remote, &extent).await;
    }
    let now = kiosk.clock.now();
    let path = match &args.backup {
        Some(path) => path.clone(),
        None => default_backup_path(&loaded.config.kiosk.data_dir, now)?,
    };
    let Some((backup, found)) = back_up(&remote, &extent, &path, now).await? else {
        return args
            .output
            .show(&CleanupReport::of(&extent, Inventory::default()), || {
                "No matching documents in Firestore.\n".to_owned()
            });
    };
    kiosk
        .store
        .note_cleanup(
            subject(&extent),
            backup.count(),
            backup.path().display().to_string(),
            operator_name(),
            now,
        )
        .await?;
    let bar = progress::bar(
        usize::try_from(backup.count()).unwrap_or(usize::MAX),
        "deleting",
    );
    let deletion = remote.delete_documents(&backup, |so_far| {
        bar.set_position(so_far.deleted + so_far.changed);
    });
    let answer = tokio::select! {
        answer = deletion => Some(answer),
        () = interrupted() => None,
    };
    bar.finish_and_clear();
    let Some(answer) = answer else {
        bail!(
            "stopped while deleting; the backup is {}; run the same command with another file to continue",
            backup.path().display()
        );
    };
    show_deletion(args.output, &extent, found, &backup, answer)
}

async fn preview(args: &CleanupArgs, remote: &Firestore, extent: &Extent) -> Result<Exit> {
    let counter = progress::count("documents read:");
    let found = remote
        .read_documents(extent, |_| {
            counter.inc(1);
            Ok(())
        })
        .await;
    counter.finish_and_clear();
    let found = found?;
    let report = CleanupReport {
        dry_run: true,
        ..CleanupReport::of(extent, found)
    };
    args.output.show(&report, || {
        format!("Would delete {}. Nothing was changed.\n", in_words(found))
    })
}

/// Reads everything into a backup; `None`, without a file, if nothing was found.
async fn back_up(
    remote: &Firestore,
    extent: &Extent,
    path: &Path,
    now: Timestamp,
) -> Result<Option<(VerifiedBackup, Inventory)>> {
    let root = remote.root().await?;
    let mut writer = BackupWriter::create(path, &root, extent, &now.to_string())?;
    let counter = progress::count("documents backed up:");
    let reading = remote.read_documents(extent, |document| {
        counter.inc(1);
        writer.add(document)
    });
    let found = tokio::select! {
        found = reading => Some(found),
        () = interrupted() => None,
    };
    counter.finish_and_clear();
    let Some(found) = found else {
        bail!("stopped during the backup; nothing was deleted");
    };
    let found = found.context("nothing was deleted")?;
    if found.total() == 0 {
        return Ok(None);
    }
    let backup = writer.finish().context("nothing was deleted")?;
    ensure!(
        backup.count() == found.total(),
        "nothing was deleted: the backup holds {} documents, and {} were found",
        backup.count(),
        found.total()
    );
    Ok(Some((backup, found)))
}

fn show_deletion(
    output: Output,
    extent: &Extent,
    found: Inventory,
    backup: &VerifiedBackup,
    answer: Result<Deleted, DeletionFailure>,
) -> Result<Exit> {
    let file = backup.path().display().to_string();
    let (so_far, error) = match answer {
        Ok(deleted) => (deleted, None),
        Err(failure) if output.is_json() => (failure.so_far, Some(failure.reason.to_string())),
        Err(failure) => {
            bail!(
                "{failure}; the backup is {file}; run the same command with another file to continue"
            )
        }
    };
    let report = CleanupReport {
        deleted: so_far.deleted,
        changed: so_far.changed,
        backup: Some(json!({"file": file, "documents": backup.count(), "sha256": backup.sha256()})),
        error,
        ..CleanupReport::of(extent, found)
    };
    output.show(&report, || {
        let left = match so_far.changed {
            0 => String::new(),
            changed => format!(
                "Skipped, because they changed meanwhile: {changed}. Run it again for these.\n"
            ),
        };
        format!(
            "Deleted: {} of {} documents.\nBackup: {file} (SHA-256 of its documents {})\n{left}",
            so_far.deleted,
            found.total(),
            backup.sha256()
        )
    })?;
    Ok(Exit::done_if(so_far.deleted == found.total()))
}

/// `firestore cleanup --json`.
#[derive(Serialize)]
struct CleanupReport<'a> {
    dry_run: bool,
    extent: &'a Extent,
    #[serde(flatten)]
    found: Inventory,
    total: u64,
    deleted: u64,
    changed: u64,
    backup: Option<Value>,
    error: Option<String>,
}

impl<'a> CleanupReport<'a> {
    fn of(extent: &'a Extent, found: Inventory) -> Self {
        Self {
            dry_run: false,
            extent,
            found,
            total: found.total(),
            deleted: 0,
            changed: 0,
            backup: None,
            error: None,
        }
    }
}

fn in_words(found: Inventory) -> String {
    format!(
        "{} documents (sessions {}, students {}, roster pages {}, attendance records {})",
        found.total(),
        found.sessions,
        found.students,
        found.roster_pages,
        found.attendance_records
    )
}

fn subject(extent: &Extent) -> String {
    match extent {
        Extent::SessionId(id) => id.clone(),
        Extent::All => "all".to_owned(),
    }
}

/// Waits for Ctrl-C, so that no incomplete backup with names is left behind.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A unique name for each run, without colons, which a memory stick's file system may not allow.
fn default_backup_path(data_dir: &Path, now: Timestamp) -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = data_dir.join("backups");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let time = now.to_string().replace(':', "");
    Ok(folder.join(format!("firestore-{time}.json")))
}

fn session(raw: &str) -> Result<Extent, String> {
    Extent::session(raw)
}
