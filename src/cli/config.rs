//! `kiosk config`: the settings in effect.

use anyhow::Result;
use clap::Subcommand;

use super::output::{Exit, Output};
use crate::config::Loaded;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check the configuration and print what is in effect, with its source; secrets are hidden
    #[command(after_help = "\
Examples:
  kiosk config check
  kiosk --config /etc/kiosk/kiosk.toml config check --json | jq .sources")]
    Check {
        #[command(flatten)]
        output: Output,
    },
}

pub(super) fn run(command: &ConfigCommand, loaded: &Loaded) -> Result<Exit> {
    let ConfigCommand::Check { output } = command;
    output.show(&loaded.to_json(), || loaded.to_text())
}
