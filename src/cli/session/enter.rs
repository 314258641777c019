//! Entering a lecture that was held on paper.

use std::path::PathBuf;

use anyhow::{Result, bail};
use chrono::{NaiveDate, NaiveTime};
use clap::Args;
use serde_json::json;

use super::{in_words, session_json};
use crate::app::Kiosk;
use crate::cli::output::{Exit, Output};
use crate::cli::values::{day, reason};
use crate::cli::{operator, paper_list};
use crate::domain::{HandMark, PaperList, Reason, Semester, UnitCode, Venue, end_of};
use crate::services::Opening;

#[derive(Debug, Args)]
pub(in crate::cli) struct EnterArgs {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// The day on which it was held
    #[arg(long, value_name = "DATE", value_parser = day)]
    date: NaiveDate,
    /// When it began, such as 09:00
    #[arg(long, value_name = "TIME", value_parser = hour)]
    start: NaiveTime,
    /// When it ended, on that day or the next
    #[arg(long, value_name = "TIME", value_parser = hour)]
    end: NaiveTime,
    /// The room [default: kiosk.venue]
    #[arg(long, value_name = "ROOM", value_parser = Venue::parse)]
    room: Option<Venue>,
    /// The semester that it counts in [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
    /// The numbers of those who were there, apart by line ends, commas or blanks; - is standard input
    #[arg(long, value_name = "FILE")]
    numbers: PathBuf,
    /// Mark students too who are not on the list of the unit
    #[arg(long)]
    unlisted: bool,
    /// The reason, for the audit log
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<Reason>,
    /// Show what would be entered, and enter nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn enter(args: EnterArgs, kiosk: &Kiosk) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    let starts_at = zone.moment(args.date.and_time(args.start));
    let Some(ends) = end_of(args.date.and_time(args.start), args.end) else {
        bail!(
            "it ends before it starts: give --start and --end as on the day, such as 09:00 and 11:00"
        );
    };
    let ends_at = zone.moment(ends);
    let past = Opening {
        unit: args.unit,
        semester: args.semester,
        starts_at: Some(starts_at),
        lasts: ends_at.since(starts_at),
        venue: args.room,
    };
    let list = PaperList {
        numbers: paper_list::read(&args.numbers)?,
        mark: HandMark::Present,
        takes_unlisted: args.unlisted,
        reason: args.reason,
    };
    let sessions = &kiosk.services.sessions;
    let entered = if args.dry_run {
        sessions.preview_entry(operator(), past, list).await?
    } else {
        sessions.enter(operator(), past, list).await?
    };
    let clashes = crate::cli::voice(zone).clashes(&entered.clashes);
    let report = json!({
        "session": session_json(&entered.session, zone),
        "was": entered.was,
        "clashes": clashes,
        "numbers": entered.list,
    });
    args.output.show(&report, || {
        let verb = if args.dry_run {
            "Would enter"
        } else {
            "Entered"
        };
        let session = in_words(&entered.session, zone);
        let was = entered
            .was
            .map(|stage| format!(" (in the timetable, {})", stage.as_str()));
        let numbers = paper_list::in_words(&entered.list, !args.dry_run);
        let clashes: String = clashes.iter().flat_map(|line| [line, "\n"]).collect();
        format!(
            "{verb} {session}{}.\n{clashes}{numbers}",
            was.unwrap_or_default()
        )
    })?;
    Ok(Exit::done_if(paper_list::is_whole(&entered.list)))
}

fn hour(raw: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(raw, "%H:%M").map_err(|_| "write a time such as 09:00".to_owned())
}
