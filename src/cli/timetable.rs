//! `kiosk timetable`: the planned lectures and their states.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::operator;
use super::output::{Exit, Output, remark};
use super::session::reason;
use super::table::Table;
use super::values::day;
use crate::app::Kiosk;
use crate::domain::{LectureState, TimetableEntry, Zone};
use crate::services::{SessionError, StoreError};
use crate::words::Voice;

#[derive(Debug, Subcommand)]
pub(super) enum TimetableCommand {
    /// List the planned lectures of a day, in all venues
    List {
        /// The day, such as 2026-11-23 [default: today]
        #[arg(long, value_name = "DATE", value_parser = day)]
        date: Option<NaiveDate>,
        #[command(flatten)]
        output: Output,
    },
    /// Cancel a planned lecture before it opens by itself
    Cancel {
        /// Its number in the list
        #[arg(value_name = "NUMBER")]
        id: i64,
        /// The reason, for the audit log
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
        #[command(flatten)]
        output: Output,
    },
}

pub(super) async fn run(command: TimetableCommand, kiosk: &Kiosk) -> Result<Exit> {
    let (zone, timetable) = (kiosk.policy.zone, &kiosk.services.timetable);
    match command {
        TimetableCommand::List { date, output } => {
            let date = date.unwrap_or_else(|| zone.date(kiosk.clock.now()));
            let entries = timetable.day(operator(), date).await?;
            let list: Vec<Value> = entries
                .iter()
                .map(|entry| entry_json(entry, zone))
                .collect();
            if timetable.awaits_clock().await? {
                remark(
                    "The clock is not synchronised: until it is, lectures do not open by themselves.",
                );
            }
            output.show(&list, || {
                table(&entries, zone).text(
                    "No lectures on that day. Import a timetable with `kiosk import timetable FILE`.",
                )
            })
        }
        TimetableCommand::Cancel { id, reason, output } => {
            let cancelled = timetable.cancel_lecture(operator(), id, reason);
            match cancelled.await {
                Err(SessionError::Store(StoreError::Missing { .. })) => {
                    bail!("there is no lecture {id}; run `kiosk timetable list` to see all")
                }
                done => done?,
            }
            output.show(&json!({ "cancelled": id }), || {
                format!("Lecture {id} is cancelled and will not open by itself.\n")
            })
        }
    }
}

fn entry_json(entry: &TimetableEntry, zone: Zone) -> Value {
    let (session, problem) = match &entry.state {
        LectureState::Opened { session, .. } => (Some(session), None),
        LectureState::Blocked { problem } => (None, Some(Voice::english(zone).say(problem))),
        LectureState::Planned | LectureState::Cancelled | LectureState::NotHeld => (None, None),
    };
    json!({
        "id": entry.id,
        "lecture_id": entry.lecture,
        "unit_code": entry.unit_code,
        "unit_name": entry.unit_name,
        "lecturer_name": entry.lecturer_name,
        "date": zone.date(entry.starts_at).to_string(),
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "venue": entry.venue,
        "state": state(entry),
        "session_id": session,
        "problem": problem,
    })
}

fn state(entry: &TimetableEntry) -> &'static str {
    match &entry.state {
        LectureState::Planned => "planned",
        LectureState::Opened { state, .. } => state.as_str(),
        LectureState::Cancelled => "cancelled",
        LectureState::NotHeld => "not held",
        LectureState::Blocked { .. } => "blocked",
    }
}

fn table(entries: &[TimetableEntry], zone: Zone) -> Table<7> {
    Table::of(
        [" NO", "ID", "TIME", "UNIT", "VENUE", "LECTURER", "STATE"],
        entries,
        |entry| {
            let problem = match &entry.state {
                LectureState::Blocked { problem } => {
                    format!(": {}", Voice::english(zone).say(problem))
                }
                _ => String::new(),
            };
            [
                entry.id.to_string(),
                entry.lecture.to_string().chars().take(8).collect(),
                format!(
                    "{} - {}",
                    zone.hour_minute(entry.starts_at),
                    zone.hour_minute(entry.ends_at)
                ),
                entry.unit_code.to_string(),
                entry.venue.as_str().to_owned(),
                entry.lecturer_name.clone(),
                format!("{}{problem}", state(entry)),
            ]
        },
    )
}
