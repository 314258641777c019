//! `kiosk check-in`: one student, from the shell.

use anyhow::Result;
use clap::Args;

use super::output::{Exit, Output};
use super::session;
use crate::app::Kiosk;
use crate::domain::{Channel, CheckInAnswer, LectureHere, Punctuality, Receipt, Refusal, Zone};
use crate::services::{Entrance, Request};
use crate::words::{CheckInResult, Outlook, StandingText};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kiosk check-in ADM/2023/001
  kiosk check-in ADM/2023/777 --name \"Jane Wanjiru\" --session 5f0c2a91 --json")]
pub(super) struct CheckInArgs {
    /// The admission number, in any spelling
    #[arg(value_name = "ADMISSION")]
    admission_number: String,
    /// The student's name; required for a number that is on no roster
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// The number is right as it is, though it resembles one of the list
    #[arg(long)]
    insist: bool,
    /// The session: its id or the beginning of it [default: the open one whose list has the student, or the only one]
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: CheckInArgs, kiosk: &Kiosk) -> Result<Exit> {
    let entrance = match &args.session {
        Some(id) => Entrance::Session(session::find(kiosk, id).await?),
        None => Entrance::Current,
    };
    let request = Request {
        admission_number: args.admission_number,
        student_name: args.name,
        insists: args.insist,
        entrance,
        channel: Channel::Cli,
        device: None,
    };
    let answer = kiosk.services.desk.check_in(request).await;
    let zone = kiosk.policy.zone;
    let result = CheckInResult::new(&answer, super::voice(zone));
    match &answer {
        Ok(CheckInAnswer::Recorded(receipt)) => args
            .output
            .show(&result, || in_words("Recorded", receipt, zone)),
        Ok(CheckInAnswer::AlreadyMarked(receipt) | CheckInAnswer::MarkedElsewhere(receipt)) => args
            .output
            .show(&result, || in_words("Already marked", receipt, zone)),
        Ok(CheckInAnswer::TakenBack(receipt)) => args
            .output
            .show(&result, || in_words("Taken back", receipt, zone)),
        Err(refusal) => args
            .output
            .refuse(&result, &refused_in_words(refusal, zone)),
    }
}

/// The text that students read, except where the remedy is an option of this command.
fn refused_in_words(refusal: &Refusal, zone: Zone) -> String {
    match refusal {
        Refusal::NameNeeded => "this number is on no roster: add --name \"FULL NAME\"".to_owned(),
        Refusal::NearNumber { suggestion } => {
            format!(
                "this number is on no roster. Is it {suggestion}? If it is right as it is, add --insist"
            )
        }
        Refusal::WhichLecture { lectures } => {
            let session = |it: &LectureHere| {
                format!("--session {} ({})", it.session.id, it.session.unit_code)
            };
            let sessions: Vec<String> = lectures.iter().map(session).collect();
            format!("several lectures are open: add {}", sessions.join(" or "))
        }
        refusal => super::voice(zone).explain(refusal).sentence(),
    }
}

pub(super) fn in_words(outcome: &str, receipt: &Receipt, zone: Zone) -> String {
    let late = match receipt.punctuality {
        Punctuality::OnTime => String::new(),
        Punctuality::Late(minutes) => format!(", {minutes} min late"),
    };
    format!(
        "{outcome}: {} at {} {}{late}\n{}\n{}\n",
        student(receipt),
        zone.clock(receipt.checked_in_at),
        super::voice(zone).say(receipt.channel),
        session::in_words(&receipt.session, zone),
        standing(receipt, zone),
    )
}

/// Where the student stands: the figures and what they ask for.
pub(super) fn standing(receipt: &Receipt, zone: Zone) -> String {
    let voice = super::voice(zone);
    let Some(standing) = &receipt.standing else {
        return voice.say(StandingText::NoFigures);
    };
    let of_held = StandingText::OfHeld {
        n: standing.credit,
        held: standing.held,
    };
    format!(
        "{}: {}. {}\n{}\n{}",
        voice.say(StandingText::LecturesSoFar),
        voice.say(of_held),
        voice.say(StandingText::needs(standing)),
        voice.say(Outlook::of(standing)),
        voice.say(StandingText::plan(standing)),
    )
}

fn student(receipt: &Receipt) -> String {
    let student = &receipt.student;
    match &student.name {
        Some(name) => format!("{} {name}", student.admission_number),
        None => student.admission_number.to_string(),
    }
}
