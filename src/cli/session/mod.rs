//! `kiosk session`: opens, closes and lists sessions from the shell.

mod audience;
mod enter;
mod lines;
mod lookup;
mod other_kiosks;

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::operator;
use super::output::{Exit, Output};
use super::values::word;
use crate::app::Kiosk;
use crate::config::{Config, Loaded};
use crate::domain::{Semester, Session, SessionId, SessionRefusal, UnitCode, Venue, clean_line};
use crate::services::{LectureSettled, Opening, SessionError};
use crate::words::EditText;

use lines::{LiveAddress, table};
pub(super) use lines::{in_words, session_json};
pub(super) use lookup::{find, find_lecture, shown};

#[derive(Debug, Subcommand)]
pub(super) enum SessionCommand {
    /// Open a session: check-in begins and the screen shows it
    #[command(after_help = "\
Examples:
  kiosk session open CS101
  kiosk session open CS101 --starts-at 14:00 --minutes 180 --venue \"Hall 2\"
  kiosk session open CS101 --starts-at \"2026-11-23 09:00\" --json")]
    Open(OpenArgs),
    /// Close a session: check-in ends
    Close(SessionArgs),
    /// Extend an open session
    Extend {
        /// The session: its id or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// By this many minutes
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1440))]
        minutes: u16,
        #[command(flatten)]
        output: Output,
    },
    /// Reopen a closed session for at least 15 minutes; a cancelled lecture to come is planned again
    Reopen(ReasonArgs),
    /// Cancel a session or a planned lecture: it is not held and does not count
    Cancel(ReasonArgs),
    /// Say whether a lecture was held to which nobody came, or which nobody opened
    #[command(after_help = "\
A lecture that opened by itself and to which nobody came counts for nobody until it is settled:
held, and everybody was absent, or not held. So does a planned lecture that nobody opened; that one
can only be settled as not held. \"undecided\" takes back what was said.
`kiosk timetable list` shows the ids of planned lectures.

Examples:
  kiosk session settle 5f0c2a91 held
  kiosk session settle 5f0c2a91 not-held")]
    Settle {
        /// The session or planned lecture: its id or the beginning of it
        #[arg(value_name = "SESSION")]
        id: String,
        /// Whether it was held
        #[arg(value_name = "WORD", value_parser = word(["held", "not-held", "undecided"], settled))]
        settled: LectureSettled,
        #[command(flatten)]
        output: Output,
    },
    /// Change a lecture: its start, end, room or unit, and for whom it is
    #[command(after_help = "\
Another start judges its records anew, but for those of which staff have said whether they are late.
Another unit takes its records along: numbers and percentages follow, Firestore too, and what the
portal has is listed by `kiosk attendance portal`. `--dry-run` says what would change.

Lectures with the same lesson count as one: whoever came to one of them attended it. Nobody is
expected at a voluntary lecture; with a lesson it makes up for the others.

Examples:
  kiosk session set 5f0c2a91 --starts-at 08:45 --dry-run
  kiosk session set 5f0c2a91 --ends-at 10:30 --venue \"Lab 3\"
  kiosk session set 5f0c2a91 --unit CS101 --reason \"opened by mistake\"
  kiosk session set 5f0c2a91 --group B --lesson 2026-W40-1
  kiosk session set 5f0c2a91 --voluntary true
  kiosk session set 5f0c2a91 --group all --lesson own")]
    Set(audience::SetArgs),
    /// Undo the last change of a lecture's start, end, room or unit, or its entry from paper
    #[command(after_help = "\
Examples:
  kiosk session undo 5f0c2a91 --dry-run
  kiosk session undo 5f0c2a91")]
    Undo {
        /// The session or planned lecture: its id or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Enter a lecture that was held on paper, with the numbers of those who were there
    #[command(after_help = "\
It counts at once, and the audit log says who entered it and when. Where the timetable has it, as not
held or not known, it is that lecture. Firestore and the portal are not told of its records.
`kiosk session undo` takes it back.

Examples:
  kiosk session enter CS101 --date 2026-11-20 --start 09:00 --end 11:00 --numbers paper.txt --dry-run
  kiosk session enter CS101 --date 2026-11-20 --start 09:00 --end 11:00 --room \"Hall 2\" --numbers -")]
    Enter(enter::EnterArgs),
    /// Join a session of another kiosk: the class checks in at both
    #[command(after_help = "\
The roster is copied, codes are this kiosk's own, and the check-ins of each kiosk show at all of
them within seconds. Closing, reopening or cancelling the session at one kiosk applies to all.
Joining again does no harm. The running kiosk follows within a second.

Examples:
  kiosk session list --remote
  kiosk session join 0b9cbbd5")]
    Join {
        /// The session: its id, or the beginning of it as `session list --remote` shows it
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// List the latest sessions, newest first
    List {
        /// List the open sessions of other kiosks, as published in Firestore
        #[arg(long)]
        remote: bool,
        /// The maximum number of sessions
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Print the address for phones, with the live code
    Code {
        /// The session: its id or the beginning of it [default: the one on the screen]
        #[arg(value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// The venue [default: kiosk.venue]
    #[arg(long, value_name = "ROOM", value_parser = Venue::parse)]
    venue: Option<Venue>,
    /// When the lecture begins: 14:00, "2026-11-23 09:00" or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// The duration in minutes
    #[arg(long, value_name = "N", default_value_t = Opening::USUAL_MINUTES, value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,
    /// The semester that it counts in [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct SessionArgs {
    /// The session: its id or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct ReasonArgs {
    /// The session or planned lecture: its id or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    /// The reason, for the audit log
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: SessionCommand, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    let config = &loaded.config;
    let sessions = &kiosk.services.sessions;
    let zone = kiosk.policy.zone;
    let changed = |output: Output, verb: &str, session: &Session| {
        output.show(&session_json(session, zone), || {
            format!("{verb} {}.\n", in_words(session, zone))
        })
    };
    match command {
        SessionCommand::Open(args) => open(args, kiosk, config).await,
        SessionCommand::Close(args) => {
            let id = find(kiosk, &args.id).await?;
            let session = sessions.close(operator(), id).await?;
            changed(args.output, "Closed", &session)
        }
        SessionCommand::Extend {
            id,
            minutes,
            output,
        } => {
            let id = find(kiosk, &id).await?;
            let by = Duration::from_secs(u64::from(minutes) * 60);
            let session = sessions.extend(operator(), id, by).await?;
            changed(output, "Extended", &session)
        }
        SessionCommand::Reopen(args) => {
            let id = find_lecture(kiosk, &args.id).await?;
            match sessions.reopen(operator(), id, args.reason).await? {
                Some(session) => changed(args.output, "Reopened", &session),
                None => audience::show(kiosk, id, Vec::new(), args.output).await,
            }
        }
        SessionCommand::Cancel(args) => {
            let id = find_lecture(kiosk, &args.id).await?;
            match sessions.cancel(operator(), id, args.reason).await? {
                Some(session) => changed(args.output, "Cancelled", &session),
                None => audience::show(kiosk, id, Vec::new(), args.output).await,
            }
        }
        SessionCommand::Settle {
            id,
            settled,
            output,
        } => {
            let id = find_lecture(kiosk, &id).await?;
            sessions.settle(operator(), id, settled).await?;
            audience::show(kiosk, id, Vec::new(), output).await
        }
        SessionCommand::Set(args) => audience::set(args, kiosk).await,
        SessionCommand::Undo {
            id,
            dry_run,
            output,
        } => {
            let id = find_lecture(kiosk, &id).await?;
            let lines = undo(kiosk, id, dry_run).await?;
            audience::show(kiosk, id, lines, output).await
        }
        SessionCommand::Enter(args) => enter::enter(args, kiosk).await,
        SessionCommand::Join { id, output } => other_kiosks::join(&id, output, kiosk, loaded).await,
        SessionCommand::List {
            remote: true,
            output,
            ..
        } => other_kiosks::list(output, kiosk, loaded).await,
        SessionCommand::List { limit, output, .. } => {
            let sessions = sessions.list(operator(), limit).await?;
            let lines: Vec<_> = sessions
                .iter()
                .map(|session| session_json(session, zone))
                .collect();
            output.show(&lines, || {
                table(&sessions, zone)
                    .text("No sessions yet: open one with `kiosk session open CODE`.")
            })
        }
        SessionCommand::Code { id, output } => {
            let (_, key) = shown(kiosk, id.as_deref()).await?;
            let live = LiveAddress::new(kiosk, config, &key);
            output.show(&live, || format!("{}\n", live.url))
        }
    }
}

async fn open(args: OpenArgs, kiosk: &Kiosk, config: &Config) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    let starts_at = match &args.starts_at {
        None => None,
        Some(text) => match zone.read_start(text, kiosk.clock.now()) {
            Ok(time) => Some(time),
            Err(_) => bail!(
                "--starts-at {text:?} is not a time; write 14:00, \"2026-11-23 09:00\" or RFC 3339"
            ),
        },
    };
    let opening = Opening {
        unit: args.unit,
        semester: args.semester,
        starts_at,
        lasts: Duration::from_secs(u64::from(args.minutes) * 60),
        venue: args.venue,
    };
    let (session, key) = kiosk.services.sessions.open(operator(), opening).await?;
    let live = LiveAddress::new(kiosk, config, &key);
    let opened = json!({
        "session_id": session.id, "unit_code": session.unit_code, "state": session.state,
        "starts_at": session.starts_at, "ends_at": session.ends_at,
        "url": live.url, "code": live.code,
    });
    args.output.show(&opened, || {
        format!(
            "Opened {}.\nCheck in: {} (or type {} at the kiosk's address)\nSession:  {}\n",
            in_words(&session, zone),
            live.url,
            live.code,
            session.id
        )
    })
}

/// Takes back the last change of a lecture, or where none is left its entry, or only says what that changes; answers
/// what changes.
async fn undo(kiosk: &Kiosk, id: SessionId, preview: bool) -> Result<Vec<String>> {
    let sessions = &kiosk.services.sessions;
    let voice = super::voice(kiosk.policy.zone);
    let undone = if preview {
        sessions.preview_undo(operator(), id).await
    } else {
        sessions.undo_edit(operator(), id, None).await
    };
    match undone {
        Err(SessionError::Refused(SessionRefusal::NothingToUndo(_))) => {
            let n = sessions.undo_entry(operator(), id, preview).await?;
            Ok(vec![voice.say(EditText::EntryGoes { n })])
        }
        undone => Ok(voice.effect(&undone?)),
    }
}

fn settled(word: &str) -> Option<LectureSettled> {
    match word {
        "held" => Some(LectureSettled::Held),
        "not-held" => Some(LectureSettled::NotHeld),
        "undecided" => Some(LectureSettled::Undecided),
        _ => None,
    }
}

pub(super) fn reason(raw: &str) -> Result<String, String> {
    clean_line(raw, 200).map_err(|error| format!("the reason {error}"))
}
