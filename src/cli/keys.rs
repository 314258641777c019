//! `kiosk keys`: the key that recognises phones.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;

use super::operator;
use super::output::{Exit, Output};
use crate::app::Kiosk;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Replace the key that signs the cookies of phones
    #[command(after_help = "\
Do this when somebody may have a copy of the database with its keys. The kiosk takes the new key when
it is started again. Phones stay known: cookies of the old key are read for 180 days. Tickets and codes
are signed by keys of their lecture, which a copy from before the lecture does not hold.

Examples:
  sudo -u kiosk kiosk keys rotate && sudo systemctl restart kiosk")]
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: KeysCommand, kiosk: &Kiosk) -> Result<Exit> {
    let KeysCommand::Rotate(args) = command;
    let until = kiosk
        .services
        .administration
        .rotate_keys(operator())
        .await?;
    let day = kiosk.policy.zone.date(until);
    args.output.show(&json!({ "old_key_read_until": until }), || {
        format!(
            "The key is replaced. Start the kiosk again to use it; the old one is read until {day}.\n"
        )
    })
}
