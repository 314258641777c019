//! `kiosk init`: creates the configuration and the data directory.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

use super::output::{Exit, Output};
use super::with_kiosk;
use crate::config::{Config, ConfigFlags, Environment, MANUAL};

#[derive(Debug, Args)]
#[command(after_help = "\
Existing files are kept and used, never overwritten.

Example:
  kiosk init --dir /srv/kiosk && cd /srv/kiosk")]
pub(super) struct InitArgs {
    /// The folder to set up
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &InitArgs, environment: &Environment) -> Result<Exit> {
    // Normalised, so that no `.` is left in the printed paths.
    let folder: PathBuf = environment.directory.join(&args.dir).components().collect();
    fs::create_dir_all(&folder)
        .with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    let manual = folder.join("kiosk.toml");
    let is_new = write_new(&manual, MANUAL)
        .with_context(|| format!("{} cannot be written", manual.display()))?;
    // Loaded as commands load it that run in the folder.
    let there = Environment {
        directory: folder,
        ..environment.clone()
    };
    let flags = ConfigFlags {
        config: Some(manual.clone()),
        ..ConfigFlags::default()
    };
    let loaded = Config::load(&flags, &there)?;
    with_kiosk(&loaded, async |kiosk| {
        let data_dir = &loaded.config.kiosk.data_dir;
        let report = Prepared {
            config: &manual,
            config_created: is_new,
            data_dir,
            kiosk_id: &kiosk.keys.kiosk_id,
        };
        args.output
            .show(&report, || text(&args.dir, &manual, is_new, data_dir))
    })
}

/// `init --json`.
#[derive(Serialize)]
struct Prepared<'a> {
    config: &'a Path,
    config_created: bool,
    data_dir: &'a Path,
    kiosk_id: &'a str,
}

/// Writes a new file; `false` if it exists already.
fn write_new(path: &Path, text: &str) -> std::io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn text(dir: &Path, manual: &Path, is_new: bool, data_dir: &Path) -> String {
    let change = if dir == Path::new(".") {
        String::new()
    } else {
        format!("  cd {}\n", dir.display())
    };
    format!(
        "Settings: {} ({})\nData:     {}\n\nNext:\n{change}\
         \x20 kiosk lecturer add --staff-id L001 --name \"Dr. Smith\" --admin\n\
         \x20 kiosk unit add CS101 --name \"Programming I\" --lecturer L001\n\
         \x20 kiosk run\n",
        manual.display(),
        if is_new { "new" } else { "kept as it was" },
        data_dir.display(),
    )
}
