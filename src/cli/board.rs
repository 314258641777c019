//! `kiosk board`: the students of a session with their marks.

use super::operator;
use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::output::{Exit, Output};
use super::session;
use super::table::Table;
use crate::app::Kiosk;
use crate::domain::{Contested, Listing, Percentage, PersonName, Roster, Standing};
use crate::words::{ForecastOf, Voice};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kiosk board
  kiosk board 5f0c2a91 --json | jq -r '.students[] | select(.mark == \"absent\") | .admission_number'")]
pub(super) struct BoardArgs {
    /// The session: its id or the beginning of it [default: the one on the screen]
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: &BoardArgs, kiosk: &Kiosk) -> Result<Exit> {
    let (session, _) = session::shown(kiosk, args.session.as_deref()).await?;
    let sessions = &kiosk.services.sessions;
    let roster = sessions.roster(operator(), session.id).await?;
    let contested = sessions.contested(operator(), session.id).await?;
    let voice = super::voice(kiosk.policy.zone);
    let board = json!({
        "session": session::session_json(&roster.session, voice.zone),
        "totals": roster.totals,
        "students": roster.lines,
        "contested": contested,
    });
    args.output.show(&board, || {
        let mut text = text(&roster, voice);
        text.push_str(&evidence(&contested, voice));
        text
    })
}

pub(super) fn text(roster: &Roster, voice: Voice) -> String {
    let totals = roster.totals;
    let mut text = format!("{}\n", session::in_words(&roster.session, voice.zone));
    let _ = writeln!(
        text,
        "{} present, {} late, {} absent, {} not in yet, {} excused, {} pending of {} expected; {} guests\n",
        totals.present,
        totals.late,
        totals.absent,
        totals.not_yet,
        totals.excused,
        totals.pending,
        totals.expected,
        totals.guests
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
        let figure = |of: fn(&Standing) -> Option<Percentage>| {
            let percentage = line.standing.as_ref().and_then(of);
            percentage
                .map(|percentage| percentage.to_string())
                .unwrap_or_default()
        };
        table.row([
            line.admission_number.to_string(),
            line.name
                .as_ref()
                .map(PersonName::to_string)
                .unwrap_or_default(),
            line.status.as_str().to_owned(),
            line.at
                .map(|at| voice.zone.hour_minute(at))
                .unwrap_or_default(),
            figure(|standing| Some(standing.of_plan)),
            figure(|standing| standing.so_far),
            match &line.standing {
                Some(standing) => voice.say(ForecastOf::of(standing)),
                None => voice.say(Listing::Stranger),
            },
            line.flags.to_string(),
        ]);
    }
    text.push_str(
        &table.text(
            "No students are enrolled yet: import a class list with `kiosk import students FILE --unit CODE`.",
        ),
    );
    text
}

/// Students with records at several kiosks: the record that counts, then those kept as evidence.
fn evidence(contested: &[Contested], voice: Voice) -> String {
    if contested.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["AT SEVERAL KIOSKS", "AT", "HOW", "KIOSK", "COUNTS", "FLAGS"]);
    for student in contested {
        for (place, record) in student.records.iter().enumerate() {
            let kiosk = record.kiosk_id.as_deref().unwrap_or("this kiosk");
            table.row([
                student.admission_number.to_string(),
                voice.zone.clock(record.checked_in_at),
                voice.say(record.channel),
                kiosk.chars().take(12).collect(),
                if place == 0 { "yes" } else { "no" }.to_owned(),
                record.flags.to_string(),
            ]);
        }
    }
    format!("\n{}", table.text(""))
}
