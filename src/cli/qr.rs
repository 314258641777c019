//! `kiosk qr`: the code of a session, on the shell or as a picture.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use super::address_finder;
use super::output::{Exit, Output, remark};
use super::session;
use crate::app::Kiosk;
use crate::config::Config;
use crate::qr::Symbol;

/// Pixels per module: enough for print and projectors, in a small file.
const PNG_SCALE: u8 = 12;

#[derive(Debug, Args)]
#[command(after_help = "\
The code changes every qr.rotate_seconds, so a picture of it expires unless that is 0.

Examples:
  kiosk qr
  kiosk --set qr.rotate_seconds=0 qr --png poster.png")]
pub(super) struct QrArgs {
    /// The session: its id or the beginning of it [default: the one on the screen]
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    /// Write a PNG picture
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: &QrArgs, kiosk: &Kiosk, config: &Config) -> Result<Exit> {
    let (session, key) = session::shown(kiosk, args.session.as_deref()).await?;
    let base = address_finder(config, None).find().context(
        "this machine has no address that phones can reach; connect it to a network or set server.public_url",
    )?;
    let code = kiosk.services.desk.code(&key);
    let symbol = Symbol::for_code(&base, code.as_str())
        .context("the address is too long for a QR; shorten server.public_url")?;
    let files = [
        (&args.png, symbol.png(PNG_SCALE)),
        (&args.svg, symbol.svg().into_bytes()),
    ];
    for (path, picture) in files {
        if let Some(path) = path {
            std::fs::write(path, picture)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
    }
    let url = format!("{base}{}", code.path());
    let has_file = args.png.is_some() || args.svg.is_some();
    if has_file && let Some(left) = kiosk.services.desk.code_remains() {
        remark(&format!(
            "This code changes in {} s. Set qr.rotate_seconds = 0 for one code per session.",
            left.as_secs() + 1
        ));
    }
    let report = json!({ "session_id": session.id, "url": url, "code": code.as_str() });
    args.output.show(&report, || {
        if has_file {
            return String::new();
        }
        let is_console = std::env::var("TERM").is_ok_and(|term| term == "linux");
        let drawing = if is_console && std::io::stdout().is_terminal() {
            symbol.full_blocks()
        } else {
            symbol.half_blocks()
        };
        format!("{drawing}{url}\n")
    })
}
