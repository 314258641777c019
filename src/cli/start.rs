//! `kiosk run`, `serve` and `demo`: the kiosk itself.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tokio::runtime::Builder;

use super::block_on;
use super::logging;
use super::output::Exit;
use crate::app::{self, Demo, ScreenMode};
use crate::config::Loaded;

#[derive(Debug, Args)]
#[command(after_help = "\
Staff ID DEMO, PIN 2468. All data is in a temporary folder that is deleted at the end.

Examples:
  kiosk demo
  kiosk demo --students 500 --arrivals-per-minute 120
  kiosk demo --headless")]
pub(super) struct DemoArgs {
    /// Students on the roster
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=5000))]
    students: u16,
    /// Simulated arrivals per minute; 0 for none
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(0..=6000))]
    arrivals_per_minute: u16,
    /// A folder to use and keep, instead of a temporary one
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Run without a screen
    #[arg(long)]
    headless: bool,
}

pub(super) fn run(load: impl Fn() -> Result<Loaded>) -> Result<Exit> {
    run_to_end(start(load, ScreenMode::Terminal))
}

pub(super) fn serve(load: impl Fn() -> Result<Loaded>) -> Result<Exit> {
    run_to_end(start(load, ScreenMode::Headless))
}

/// Waits for a configuration without mistakes, as for everything else that prevents a start.
async fn start(load: impl Fn() -> Result<Loaded>, screen_mode: ScreenMode) -> Result<()> {
    let stop = app::stop_on_signals()?;
    let Some(loaded) = app::hold_until(screen_mode, &stop, async || load()).await? else {
        return Ok(());
    };
    let _log = logging::start(&loaded.config);
    app::run(loaded, screen_mode).await
}

pub(super) fn demo(args: DemoArgs, mut loaded: Loaded) -> Result<Exit> {
    // No log in a temporary folder.
    let _log = match &args.data_dir {
        Some(folder) => {
            loaded.config.kiosk.data_dir.clone_from(folder);
            logging::start(&loaded.config)
        }
        None => None,
    };
    let demo = Demo {
        students: args.students,
        arrivals_per_minute: args.arrivals_per_minute,
        data_dir: args.data_dir,
        screen_mode: if args.headless {
            ScreenMode::Headless
        } else {
            ScreenMode::Terminal
        },
    };
    run_to_end(app::demo(loaded, demo))
}

fn run_to_end(kiosk: impl Future<Output = Result<()>>) -> Result<Exit> {
    block_on(Builder::new_multi_thread(), kiosk)??;
    Ok(Exit::Done)
}
