//! For whom a lecture is, and what has become of it.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::find_lecture;
use crate::app::Kiosk;
use crate::cli::operator;
use crate::cli::output::{Exit, Output};
use crate::domain::{Group, LectureFact, Lesson, SessionId};
use crate::services::Audience;

#[derive(Debug, Args)]
pub(in crate::cli) struct SetArgs {
    /// The session or planned lecture: its id or the beginning of it
    #[arg(value_name = "SESSION")]
    id: String,
    #[command(flatten)]
    change: Change,
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
    let Change {
        group,
        lesson,
        voluntary,
    } = args.change;
    let audience = Audience {
        group: group.map_or(before.group, |group| group.0),
        lesson: lesson.map_or(before.lesson, |lesson| lesson.0),
        voluntary: voluntary.unwrap_or(before.voluntary),
    };
    let sessions = &kiosk.services.sessions;
    sessions.change_audience(operator(), id, audience).await?;
    show(kiosk, id, args.output).await
}

/// Prints a lecture as it is now.
pub(super) async fn show(kiosk: &Kiosk, id: SessionId, output: Output) -> Result<Exit> {
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
        format!(
            "{}{}: {}; for {group}{}{}.\n",
            lecture.unit,
            start.unwrap_or_default(),
            lecture.state.as_str().replace('_', " "),
            lesson.unwrap_or_default(),
            if lecture.voluntary { ", voluntary" } else { "" },
        )
    })
}

fn starts_at(lecture: &LectureFact) -> Option<crate::domain::Timestamp> {
    let opened = lecture.sitting.as_ref().map(|sitting| sitting.starts_at);
    opened.or(lecture.planned.as_ref().map(|times| times.starts_at))
}
