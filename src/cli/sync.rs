//! `kiosk sync`: shows the delivery queue and delivers from the shell.

mod students;

use std::fmt::Write as _;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use futures_util::future::{join_all, try_join_all};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::output::{Exit, Output};
use super::progress;
use super::table::Table;
use crate::app::{Kiosk, Remotes};
use crate::config::Loaded;
use crate::domain::{MirrorProgress, RemoteStatus, Target, TargetCounts};
use crate::services::{Page, Progress, UnsettledDelivery};
use crate::sync::{Publisher, Tally, Work as _, Worker, install_crypto};
use crate::words::Voice;

/// As many lines as a person reads on a terminal.
const LINES_SHOWN: u32 = 50;

#[derive(Debug, Subcommand)]
pub(super) enum SyncCommand {
    /// Show what is waiting or parked, and why
    Status {
        #[command(flatten)]
        output: Output,
    },
    /// Retry deliveries now: all, one record, or one target
    #[command(after_help = "\
Examples:
  kiosk sync retry
  kiosk sync retry --target portal
  kiosk sync retry 0b9cbbd5-4c9c-4d0f-9d0c-0a4f3b4f5b5e")]
    Retry(RetryArgs),
    /// Deliver everything that is due, and exit
    Run {
        #[command(flatten)]
        output: Output,
    },
    /// Send the students to the portal: numbers, names, e-mail addresses, phone numbers
    #[command(after_help = "\
Students are sent in pages of 500, by number. The portal updates those that it has, so sending all
again does no harm. The command stops at the first page that is refused, says how many were sent,
and the exit status is 1.

Examples:
  kiosk sync students
  kiosk sync students --unit CS101")]
    Students(students::SyncStudentsArgs),
    /// Check that each remote can be reached, without sending records
    Test {
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// Retry only this attendance record
    #[arg(value_name = "ATTENDANCE_ID")]
    attendance_id: Option<Uuid>,
    /// Retry only this target: firestore or portal
    #[arg(long, value_name = "TARGET", value_parser = target)]
    target: Option<Target>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: SyncCommand, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    match command {
        SyncCommand::Status { output } => status(kiosk, loaded, output).await,
        SyncCommand::Retry(args) => retry(&args, kiosk).await,
        SyncCommand::Run { output } => deliver(kiosk, loaded, output).await,
        SyncCommand::Students(args) => students::run(args, kiosk, loaded).await,
        SyncCommand::Test { output } => test(loaded, output).await,
    }
}

async fn status(kiosk: &Kiosk, loaded: &Loaded, output: Output) -> Result<Exit> {
    let deliveries = &kiosk.services.deliveries;
    let targets: Vec<(bool, Progress)> = deliveries
        .progress()
        .await?
        .into_iter()
        .map(|progress| (kiosk.policy.deliver_to.contains(&progress.target), progress))
        .collect();
    let first = Page {
        offset: 0,
        limit: LINES_SHOWN,
    };
    let queue = deliveries.page(None, first).await?;
    let list: Vec<_> = targets
        .iter()
        .map(|(enabled, progress)| {
            json!({
                "target": progress.target,
                "enabled": enabled,
                "waiting": progress.counts.waiting,
                "parked": progress.counts.parked,
                "oldest_waiting": progress.counts.oldest_waiting,
                "delivered_last_minute": progress.last_minute,
            })
        })
        .collect();
    let by_hand = kiosk.services.corrections.count_at_the_portal().await?;
    let publications = to_publish(kiosk, loaded).await?;
    let shared = kiosk.store.mirror_progress().await?;
    let is_mirrored = loaded.config.firestore.enabled && loaded.config.firestore.mirror;
    let report = json!({
        "targets": list,
        "owed": queue,
        "portal_by_hand": by_hand,
        "sessions": {"waiting": publications.waiting, "parked": publications.parked},
        "mirror": {"enabled": is_mirrored, "sessions": shared},
    });
    output.show(&report, || {
        let mut text = text(&targets, &queue, super::voice(kiosk.policy.zone));
        text.push_str(&unpublished(&publications));
        if is_mirrored {
            text.push_str(&shared_in_words(&shared));
        }
        if by_hand > 0 {
            let _ = writeln!(
                text,
                "\nTo correct at the portal by hand: {by_hand} (`kiosk attendance portal` lists them)."
            );
        }
        text
    })
}

async fn retry(args: &RetryArgs, kiosk: &Kiosk) -> Result<Exit> {
    let deliveries = &kiosk.services.deliveries;
    let count = match args.attendance_id {
        Some(id) => deliveries.retry(id, args.target).await?,
        None => deliveries.retry_all(args.target).await?,
    };
    if count == 0
        && let Some(id) = args.attendance_id
    {
        bail!("nothing is queued for record {id}; run `kiosk sync status` to see the queue");
    }
    args.output
        .show(&json!({ "retried": count }), || match count {
            0 => "The delivery queue is empty.\n".to_owned(),
            count => format!(
                "Due now: {count}. A running kiosk retries them at once; without one, run `kiosk sync run`.\n"
            ),
        })
}

async fn deliver(kiosk: &Kiosk, loaded: &Loaded, output: Output) -> Result<Exit> {
    install_crypto();
    let mut waiting = 0;
    for target in &kiosk.policy.deliver_to {
        waiting += kiosk.store.counts(*target).await?.waiting;
    }
    let bar = progress::bar(usize::try_from(waiting)?, "delivering");
    // Concurrently: a target that is down must not delay the other.
    let remotes = Remotes::prepare(loaded)?;
    if let Some(firestore) = &remotes.firestore {
        let (store, clock) = (kiosk.store.clone(), kiosk.clock.clone());
        let id = kiosk.keys.kiosk_id.clone();
        // Failures show in the counts, as for check-ins.
        Publisher::new(store, clock, id, firestore.clone())
            .drain()
            .await?;
    }
    let drained = remotes.all().map(async |remote| {
        let target = remote.target();
        let kiosk_id = kiosk.keys.kiosk_id.clone();
        let (mut worker, status) =
            Worker::new(kiosk.store.clone(), kiosk.clock.clone(), kiosk_id, remote);
        let tally = worker
            .drain_with(|tally| bar.inc(tally.delivered + tally.duplicates + tally.parked))
            .await?;
        let status = status.borrow().clone();
        anyhow::Ok((target, tally, status))
    });
    let drained = try_join_all(drained).await;
    bar.finish_and_clear();
    let drained = drained?;
    let mut lines = Vec::new();
    for (target, tally, status) in drained {
        let left = kiosk.store.counts(target).await?;
        lines.push(Drained {
            target,
            tally,
            waiting: left.waiting,
            parked: left.parked,
            error: trouble(&status),
        });
    }
    let sessions = to_publish(kiosk, loaded).await?;
    let all_settled = lines.iter().all(|line| line.waiting + line.parked == 0)
        && sessions.waiting + sessions.parked == 0;
    let report = json!({
        "targets": lines,
        "sessions": {"waiting": sessions.waiting, "parked": sessions.parked},
    });
    output.show(&report, || {
        let mut text = drained_in_words(&lines, super::voice(kiosk.policy.zone));
        text.push_str(&unpublished(&sessions));
        text
    })?;
    Ok(Exit::done_if(all_settled))
}

/// The result of `sync run` for one target.
#[derive(Serialize)]
struct Drained {
    target: Target,
    #[serde(flatten)]
    tally: Tally,
    waiting: u64,
    /// All that are parked; `tally` counts those of this run.
    #[serde(rename = "parked_in_all")]
    parked: u64,
    error: Option<String>,
}

fn drained_in_words(lines: &[Drained], voice: Voice) -> String {
    let mut text = no_target_note(lines.is_empty());
    for line in lines {
        let _ = writeln!(
            text,
            "{}: {} delivered, {} still waiting, {} parked{}",
            voice.say(line.target),
            line.tally.delivered + line.tally.duplicates,
            line.waiting,
            line.parked,
            line.error
                .as_ref()
                .map(|error| format!(" ({error})"))
                .unwrap_or_default()
        );
    }
    text
}

async fn test(loaded: &Loaded, output: Output) -> Result<Exit> {
    install_crypto();
    let remotes = Remotes::prepare(loaded)?;
    let voice = super::voice(loaded.config.kiosk.timezone);
    let tested = remotes
        .all()
        .map(async |remote| (remote.target(), remote.test().await));
    let tested = join_all(tested).await;
    let list: Vec<_> = tested
        .iter()
        .map(|(target, answer)| match answer {
            Ok(contact) => {
                json!({ "target": target, "success": true, "message": contact.to_string() })
            }
            Err(trouble) => {
                json!({ "target": target, "success": false, "error": trouble.to_string() })
            }
        })
        .collect();
    output.show(&json!({ "targets": list }), || {
        let mut text = no_target_note(tested.is_empty());
        for (target, answer) in &tested {
            let target = voice.say(*target);
            let _ = match answer {
                Ok(contact) => writeln!(text, "{target}: ok, {contact}"),
                Err(trouble) => writeln!(text, "{target}: {trouble}"),
            };
        }
        text
    })?;
    Ok(Exit::done_if(
        tested.iter().all(|(_, answer)| answer.is_ok()),
    ))
}

fn no_target_note(is_so: bool) -> String {
    if is_so {
        "No target is configured: see [firestore] and [portal] in kiosk.toml.\n".to_owned()
    } else {
        String::new()
    }
}

fn trouble(status: &RemoteStatus) -> Option<String> {
    match status {
        RemoteStatus::Unreachable { error } | RemoteStatus::Unauthorized { error } => {
            Some(error.clone())
        }
        RemoteStatus::Off | RemoteStatus::Unknown | RemoteStatus::Connected => None,
    }
}

fn text(targets: &[(bool, Progress)], queue: &[UnsettledDelivery], voice: Voice) -> String {
    let zone = voice.zone;
    let mut table = Table::new([
        "REMOTE",
        "",
        " WAITING",
        " PARKED",
        " LAST MINUTE",
        "OLDEST WAITING",
    ]);
    for (enabled, progress) in targets {
        let counts = &progress.counts;
        table.row([
            voice.say(progress.target),
            if *enabled { "on" } else { "off" }.to_owned(),
            counts.waiting.to_string(),
            counts.parked.to_string(),
            progress.last_minute.to_string(),
            counts
                .oldest_waiting
                .map(|at| format!("{} {}", zone.date(at), zone.hour_minute(at)))
                .unwrap_or_default(),
        ]);
    }
    let mut text = table.text("");
    if queue.is_empty() {
        return text;
    }
    let mut table = Table::new(["RECORD", "REMOTE", "STATE", " TRIES", "LAST ERROR"]);
    for line in queue {
        table.row([
            line.attendance_id.to_string(),
            voice.say(line.target),
            line.state.as_str().to_owned(),
            line.attempts.to_string(),
            line.last_error.clone().unwrap_or_default(),
        ]);
    }
    let _ = write!(text, "\n{}", table.text(""));
    text
}

/// Counts the sessions still to be published; none if Firestore is disabled.
async fn to_publish(kiosk: &Kiosk, loaded: &Loaded) -> Result<TargetCounts> {
    if !loaded.config.firestore.enabled {
        return Ok(TargetCounts::default());
    }
    Ok(kiosk.store.publication_counts().await?)
}

/// A line about the sessions still to be published; empty if there are none.
fn unpublished(counts: &TargetCounts) -> String {
    if counts.waiting + counts.parked == 0 {
        return String::new();
    }
    format!(
        "\nSessions to publish for other kiosks: {} waiting, {} parked\n",
        counts.waiting, counts.parked
    )
}

/// A line for each open session that is shared with other kiosks.
fn shared_in_words(sessions: &[MirrorProgress]) -> String {
    let mut text = String::new();
    for progress in sessions {
        let id: String = progress.session_id.to_string().chars().take(8).collect();
        let _ = match (&progress.last_error, progress.other_kiosks) {
            (Some(error), _) => {
                writeln!(
                    text,
                    "Session {id}: records of other kiosks cannot be read ({error})"
                )
            }
            (None, 0) => Ok(()),
            (None, 1) => writeln!(text, "Session {id}: shared with 1 other kiosk"),
            (None, others) => writeln!(text, "Session {id}: shared with {others} other kiosks"),
        };
    }
    text
}

fn target(word: &str) -> Result<Target, String> {
    Target::parse(word).ok_or_else(|| "the targets are firestore and portal".to_owned())
}
