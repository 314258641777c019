//! `kiosk board`: who is here.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

use super::output::{Outcome, Output};
use super::session::{self, SessionLine};
use super::table::Table;
use crate::app::Kiosk;
use crate::domain::{Roster, RosterLine, StudentName, Totals, Zone};
use crate::services::words;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kiosk board
  kiosk board 5f0c2a91 --json | jq -r '.students[] | select(.mark == \"absent\") | .admission_number'")]
pub(super) struct BoardArgs {
    /// Which session, or the first letters of its id [default: the one on the screen]
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: &BoardArgs, kiosk: &Kiosk) -> Result<Outcome> {
    let (session, _) = session::shown(kiosk, args.session.as_deref()).await?;
    let roster = kiosk.timetable.roster(session.id).await?;
    let roster = roster.context("the session is gone")?;
    let zone = kiosk.policy.zone;
    let board = BoardReport {
        session: SessionLine::new(&roster.session, zone),
        totals: roster.totals,
        students: &roster.lines,
    };
    let required = kiosk.policy.thresholds.required_percent;
    args.output.show(&board, || text(&roster, zone, required))
}

/// `board --json`.
#[derive(Serialize)]
struct BoardReport<'a> {
    session: SessionLine<'a>,
    totals: Totals,
    students: &'a [RosterLine],
}

fn text(roster: &Roster, zone: Zone, required_percent: u32) -> String {
    let totals = roster.totals;
    let mut text = format!("{}\n", session::in_words(&roster.session, zone));
    let _ = writeln!(
        text,
        "{} present, {} late, {} absent, {} pending of {} enrolled\n",
        totals.present, totals.late, totals.absent, totals.pending, totals.enrolled
    );
    let mut table = Table::new([
        "NUMBER",
        "NAME",
        "MARK",
        "AT",
        " PLAN %",
        " SO FAR %",
        "STANDING",
        "FLAGS",
    ]);
    for line in &roster.lines {
        table.row([
            line.admission_number.to_string(),
            line.name
                .as_ref()
                .map(StudentName::to_string)
                .unwrap_or_default(),
            line.mark.as_str().to_owned(),
            line.at.map(|at| zone.hour_minute(at)).unwrap_or_default(),
            line.standing.of_plan.to_string(),
            line.standing.so_far.to_string(),
            words::forecast(line.standing.forecast, required_percent),
            line.flags.to_string(),
        ]);
    }
    text.push_str(
        &table.text(
            "Nobody is enrolled yet: `kiosk import students FILE --unit CODE` enrols a class.",
        ),
    );
    text
}
