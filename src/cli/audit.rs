//! `kiosk audit`: who changed what, when and why.

use super::operator;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::output::{Exit, Output};
use super::session;
use crate::app::Kiosk;
use crate::domain::{
    AdmissionNumber, AuditFilter, AuditLine, Change, RecordState, Timestamp, Zone,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kiosk audit
  kiosk audit --action attendance --session 5f0c2a91
  kiosk audit --actor L001 --since 2026-11-01T00:00:00Z --json")]
pub(super) struct AuditArgs {
    /// Only changes by this actor: a staff ID, shell or kiosk, or the beginning of it
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// Only this action, or every action that begins with this word, such as attendance
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only changes of this session and its records: its id or the beginning of it
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only changes of this student's records
    #[arg(long, value_name = "ADMISSION")]
    student: Option<String>,
    /// Only changes at or after this time: "2026-11-23 09:00" or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only changes before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only lines before this number: the last one of the previous page
    #[arg(long, value_name = "LINE")]
    before: Option<i64>,
    /// The maximum number of lines
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: AuditArgs, kiosk: &Kiosk) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    let time = |text: Option<String>, option: &str| -> Result<Option<Timestamp>> {
        match text.map(|text| zone.read(&text, kiosk.clock.now())) {
            None => Ok(None),
            Some(Ok(time)) => Ok(Some(time)),
            Some(Err(_)) => bail!("{option} is not a time; write \"2026-11-23 09:00\" or RFC 3339"),
        }
    };
    let student = args.student.as_deref().map(AdmissionNumber::parse);
    let filter = AuditFilter {
        actor: args.actor,
        action: args.action,
        session: match &args.session {
            Some(text) => Some(session::find(kiosk, text).await?),
            None => None,
        },
        student: student.transpose()?,
        since: time(args.since, "--since")?,
        until: time(args.until, "--until")?,
        before: args.before,
        limit: args.limit,
    };
    let lines = kiosk.services.corrections.trail(operator(), filter).await?;
    let json: Vec<Value> = lines.iter().map(line_json).collect();
    args.output.show(&json, || {
        if lines.is_empty() {
            return "No matching changes.\n".to_owned();
        }
        let text = lines.iter().map(|line| {
            format!(
                "{:>6}  {} {}\n",
                line.id,
                zone.date(line.at),
                in_words(line, zone)
            )
        });
        text.collect()
    })
}

/// A line of `audit --json`.
pub(super) fn line_json(line: &AuditLine) -> Value {
    let state = |state: &RecordState| {
        json!({
            "mark": state.mark, "at": state.at, "channel": state.channel,
            "late_minutes": state.punctuality, "flags": state.flags, "name": state.name,
            "typed_name": state.typed_name, "merged_into": state.merged_into,
        })
    };
    let (old, new) = match &line.change {
        Change::Record { before, after } => (
            json!(before.as_ref().map(|before| state(before))),
            state(after),
        ),
        Change::Words { old, new } => (json!(old), json!(new)),
    };
    json!({
        "id": line.id,
        "at": line.at,
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "admission_number": line.record.as_ref().map(|record| &record.admission_number),
        "session_id": line.record.as_ref().map(|record| record.session.id),
        "unit_code": line.record.as_ref().map(|record| &record.session.unit_code),
        "old": old,
        "new": new,
        "reason": line.reason,
        "undoes": line.undoes,
    })
}

/// `09:12 L001: mark removed ADM/1 (CS101), present -> absent, "was not here"`.
pub(super) fn in_words(line: &AuditLine, zone: Zone) -> String {
    let voice = super::voice(zone);
    let about = match &line.record {
        Some(record) => format!("{} ({})", record.admission_number, record.session.unit_code),
        None => line.subject.clone(),
    };
    let mut change = voice.change(&line.change);
    if !change.is_empty() {
        change = format!(", {change}");
    }
    let reason = line.reason.as_ref().map(|reason| format!(", \"{reason}\""));
    format!(
        "{} {}: {} {about}{change}{}",
        zone.hour_minute(line.at),
        line.actor,
        voice.action(line),
        reason.unwrap_or_default()
    )
}
