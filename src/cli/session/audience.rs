//! For whom a lecture is, when, where and of which unit, and what has become of it.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{find_lecture, reason};
use crate::app::Kiosk;
use crate::cli::operator;
use crate::cli::output::{Exit, Output};
use crate::domain::{
    Group, LectureFact, Lesson, NewEnd, SessionEdit, SessionId, Timestamp, UnitCode, Venue, Zone,
};
use crate::services::Audience;

#[derive(Debug, Args)]
pub(in crate::cli) struct SetArgs {
    /// The session or planned lecture: its id or the beginning of it
    #[arg(value_name = "SESSION")]
    id: String,
    #[command(flatten)]
    change: Change,
    /// Why, for the audit log; needed to move it to another unit
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    /// Show what another start, end, room or unit would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

/// What is changed; the rest stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(in crate::cli) struct Change {
    /// The parallel group that it is for; all: every group
    #[arg(long, value_name = "GROUP", value_parser = group)]
    group: Option<Cleared<Group>>,
    /// The lesson that it gives; own: a lesson of its own
    #[arg(long, value_name = "LESSON", value_parser = lesson)]
    lesson: Option<Cleared<Lesson>>,
    /// Whether nobody is expected
    #[arg(long, value_name = "true|false")]
    voluntary: Option<bool>,
    /// When it begins: 09:00 of its day, "2026-11-23 09:00" or RFC 3339
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// When it ends, also earlier; an open lecture whose end has passed closes
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
    /// The room in which it is held
    #[arg(long, value_name = "ROOM", value_parser = Venue::parse)]
    venue: Option<Venue>,
    /// The unit that it is of: its records go with it
    #[arg(long, value_name = "CODE", value_parser = UnitCode::parse, requires = "reason")]
    unit: Option<UnitCode>,
}

/// A value, or none any more.
#[derive(Debug, Clone)]
struct Cleared<T>(Option<T>);

fn group(raw: &str) -> Result<Cleared<Group>, String> {
    let read = || Group::parse(raw).map(Some);
    let group = if raw == "all" { Ok(None) } else { read() };
    group
        .map(Cleared)
        .map_err(|error| format!("the group {error}"))
}

fn lesson(raw: &str) -> Result<Cleared<Lesson>, String> {
    let read = || Lesson::parse(raw).map(Some);
    let lesson = if raw == "own" { Ok(None) } else { read() };
    lesson
        .map(Cleared)
        .map_err(|error| format!("the lesson {error}"))
}

pub(super) async fn set(args: SetArgs, kiosk: &Kiosk) -> Result<Exit> {
    let id = find_lecture(kiosk, &args.id).await?;
    let before = kiosk
        .services
        .timetable
        .lecture_fact(operator(), id)
        .await?;
    let sessions = &kiosk.services.sessions;
    let edit = edit(&args.change, &before, kiosk.policy.zone)?;
    let mut changes = Vec::new();
    if edit != SessionEdit::default() {
        let effect = if args.dry_run {
            sessions.preview_edit(operator(), id, edit).await?
        } else {
            sessions.edit(operator(), id, edit, args.reason).await?
        };
        changes = crate::cli::voice(kiosk.policy.zone).effect(&effect);
    }
    let Change {
        group,
        lesson,
        voluntary,
        ..
    } = args.change;
    if args.dry_run || (group.is_none() && lesson.is_none() && voluntary.is_none()) {
        return show(kiosk, id, changes, args.output).await;
    }
    let before = kiosk
        .services
        .timetable
        .lecture_fact(operator(), id)
        .await?;
    let audience = Audience {
        group: group.map_or(before.group, |group| group.0),
        lesson: lesson.map_or(before.lesson, |lesson| lesson.0),
        voluntary: voluntary.unwrap_or(before.voluntary),
    };
    sessions.change_audience(operator(), id, audience).await?;
    show(kiosk, id, changes, args.output).await
}

/// What is asked for of its times, room and unit. A time of day is of the lecture's day.
fn edit(change: &Change, before: &LectureFact, zone: Zone) -> Result<SessionEdit> {
    let head = before.when_and_where();
    let time = |name: &str, text: &Option<String>, near: Option<Timestamp>| {
        let Some((text, near)) = text.as_ref().zip(near) else {
            return Ok(None);
        };
        let read = zone.read_start(text, near).map(Some);
        read.map_err(|_| {
            anyhow::anyhow!(
                "--{name} {text:?} is not a time; write 14:00, \"2026-11-23 09:00\" or RFC 3339"
            )
        })
    };
    let near = head.map(|head| head.starts_at);
    let starts_at = time("starts-at", &change.starts_at, near)?;
    let ends_at = time("ends-at", &change.ends_at, starts_at.or(near))?;
    Ok(SessionEdit {
        unit: change.unit.clone(),
        starts_at,
        ends_at: ends_at.map(NewEnd::At),
        venue: change.venue.clone(),
        seen: None,
    })
}

/// Prints what was or would be changed of a lecture, and the lecture as it is now.
pub(super) async fn show(
    kiosk: &Kiosk,
    id: SessionId,
    changes: Vec<String>,
    output: Output,
) -> Result<Exit> {
    let lecture = kiosk
        .services
        .timetable
        .lecture_fact(operator(), id)
        .await?;
    let starts_at = starts_at(&lecture);
    let report = json!({
        "lecture_id": id,
        "unit_code": lecture.unit,
        "starts_at": starts_at,
        "state": lecture.state,
        "group": lecture.group,
        "lesson": lecture.lesson,
        "voluntary": lecture.voluntary,
        "changes": changes,
    });
    let zone = kiosk.policy.zone;
    output.show(&report, || {
        let start = starts_at.map(|at| {
            let date = crate::cli::voice(zone).date(at);
            format!(", {date} {}", zone.hour_minute(at))
        });
        let group = lecture.group.as_ref();
        let group = group.map_or("every group".to_owned(), |group| format!("group {group}"));
        let lesson = lecture.lesson.as_ref();
        let lesson = lesson.map(|lesson| format!(", lesson {lesson}"));
        let changes: String = changes.iter().flat_map(|line| [line, "\n"]).collect();
        format!(
            "{changes}{}{}: {}; for {group}{}{}.\n",
            lecture.unit,
            start.unwrap_or_default(),
            lecture.state.as_str().replace('_', " "),
            lesson.unwrap_or_default(),
            if lecture.voluntary { ", voluntary" } else { "" },
        )
    })
}

fn starts_at(lecture: &LectureFact) -> Option<Timestamp> {
    lecture.when_and_where().map(|head| head.starts_at)
}
