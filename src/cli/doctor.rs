//! `kiosk doctor`: is this kiosk ready for a class?

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use tokio::runtime::Builder;

use super::output::{Exit, Output};
use crate::app::doctor::{Facts, Finding, Health, examine};
use crate::config::Loaded;

#[derive(Debug, Args)]
#[command(after_help = "\
It changes nothing, sends no record and shows no secret. Warnings leave the exit status at 0; a
failure makes it 1. On an installed kiosk run it as the kiosk's user, who sees what the kiosk sees.

Examples:
  sudo -u kiosk kiosk doctor
  kiosk doctor --json | jq '.findings[] | select(.health != \"ok\")'")]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &DoctorArgs, loaded: Result<Loaded>) -> Result<Exit> {
    super::logging::to_stderr();
    let findings = match loaded {
        Ok(loaded) => super::block_on(Builder::new_current_thread(), async {
            examine(&loaded, &Facts::gather(&loaded)).await
        })?,
        Err(error) => vec![Finding::no_configuration(&super::sentence(&error))],
    };
    let worst = findings.iter().map(|finding| finding.health).max();
    let is_ready = worst < Some(Health::Failure);
    let report = json!({ "ready": is_ready, "findings": findings });
    args.output.show(&report, || text(&findings))?;
    Ok(Exit::done_if(is_ready))
}

fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let word = match finding.health {
            Health::Skipped => "-",
            Health::Ok => "ok",
            Health::Warning => "WARNING",
            Health::Failure => "FAILURE",
        };
        let _ = writeln!(text, "{word:<9}{:<15}{}", finding.check, finding.found);
        if !finding.remedy.is_empty() {
            let _ = writeln!(text, "{:24}-> {}", "", finding.remedy);
        }
    }
    let count = |health| {
        findings
            .iter()
            .filter(|finding| finding.health == health)
            .count()
    };
    let _ = match (count(Health::Failure), count(Health::Warning)) {
        (0, 0) => writeln!(text, "\nReady."),
        (0, warnings) => writeln!(text, "\nReady; warnings: {warnings}."),
        (failures, warnings) => {
            let counts = format!("failures: {failures}, warnings: {warnings}");
            writeln!(text, "\nNot ready; {counts}.")
        }
    };
    text
}
