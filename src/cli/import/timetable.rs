//! `kiosk import timetable`: its report.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::lines::{DiffLine, FileArgs, diff_text, refused_text, verb};
use crate::app::Kiosk;
use crate::cli::input::{name_of, read};
use crate::cli::output::Exit;
use crate::cli::{operator, operator_name, voice};
use crate::domain::{
    LectureChange, LeftOver, Noted, PlannedLecture, TimetableFile, TimetableLine, TimetableNote,
    TimetableReport, Venue,
};
use crate::services::{CsvRoster, CsvTimetable, RefusedLine, TimetableError};
use crate::words::Voice;

/// As many notes of one kind as a person reads; `--json` has all.
const NOTES_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportTimetableArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Cancel the lectures to come that the file does not name any more, between its first and its last date
    #[arg(long)]
    replace: bool,
}

pub(in crate::cli) async fn run(args: ImportTimetableArgs, kiosk: &Kiosk) -> Result<Exit> {
    let ImportTimetableArgs {
        file: args,
        replace,
    } = args;
    let (name, zone) = (name_of(&args.file), kiosk.policy.zone);
    let bytes = read(&args.file, CsvRoster::MAX_BYTES)?;
    let read =
        CsvTimetable::read(&bytes, zone).with_context(|| format!("{name} is not a timetable"))?;
    let mut refused = read.refused;
    let units = kiosk.services.administration.units(operator()).await?;
    let (lines, strangers): (Vec<_>, Vec<_>) = read
        .lectures
        .into_iter()
        .partition(|row| units.iter().any(|unit| unit.code == row.lecture.unit));
    refused.extend(strangers.into_iter().map(|row| RefusedLine {
        line: row.line,
        reason: format!("there is no unit {}", row.lecture.unit),
    }));
    refused.sort_by_key(|line| line.line);
    // A lecture that the file does not name may be on a line that was refused.
    let left_over = match (replace, refused.is_empty()) {
        (false, _) => LeftOver::Stays,
        (true, false) => LeftOver::StaysUnread,
        (true, true) => LeftOver::IsCancelled,
    };
    let file = TimetableFile { lines, left_over };
    let timetable = &kiosk.services.timetable;
    let done = if args.dry_run {
        timetable.preview(file).await
    } else {
        timetable.import(file, &operator_name()).await
    };
    let voice = voice(zone);
    let done = match done {
        Err(TimetableError::Refused(refusal)) => bail!("{}", voice.say(&refusal)),
        done => done?,
    };
    let report = Report {
        done: &done,
        refused: &refused,
        here: &kiosk.policy.venue,
        voice,
    };
    args.output
        .show(&report.json(args.dry_run), || report.text(args.dry_run))?;
    Ok(Exit::done_if(refused.is_empty()))
}

/// What there is to tell of an import.
struct Report<'a> {
    done: &'a TimetableReport,
    refused: &'a [RefusedLine],
    here: &'a Venue,
    voice: Voice,
}

impl Report<'_> {
    fn json(&self, dry_run: bool) -> Value {
        let rooms = self.done.elsewhere.iter();
        let rooms: Vec<Value> = rooms
            .map(|room| json!({ "venue": room.venue, "lectures": room.lectures }))
            .collect();
        let notes = self.done.notes.iter();
        let notes: Vec<Value> = notes.map(|note| self.note_json(note)).collect();
        json!({
            "dry_run": dry_run,
            "new": self.count("new"), "changed": self.count("changed"),
            "moved": self.count("moved"), "restored": self.count("restored"),
            "unchanged": self.count("unchanged"), "past": self.count("past"),
            "cancelled": self.noted(&Noted::Cancelled),
            "refused": self.refused.len(), "refused_lines": self.refused, "lines": self.diff(),
            "notes": notes, "here": self.done.here, "elsewhere": self.elsewhere(), "rooms_elsewhere": rooms,
        })
    }

    fn note_json(&self, note: &TimetableNote) -> Value {
        let lecture = &note.lecture;
        json!({
            "kind": note.noted.kind(),
            "line": note.line,
            "unit_code": lecture.unit,
            "date": self.voice.zone.date(lecture.starts_at).to_string(),
            "starts_at": lecture.starts_at,
            "ends_at": lecture.ends_at,
            "venue": lecture.venue,
            "text": self.voice.say(&note.noted),
        })
    }

    fn text(&self, dry_run: bool) -> String {
        let mut text = refused_text(self.refused);
        if dry_run {
            text.push_str(&diff_text(&self.diff()));
        }
        text.push_str(&self.notes_text());
        if !self.done.elsewhere.is_empty() {
            let rooms = self
                .done
                .elsewhere
                .iter()
                .map(|room| match room.venue.as_str() {
                    "" => format!("no room ({})", room.lectures),
                    venue => format!("{venue} ({})", room.lectures),
                });
            let rooms: Vec<String> = rooms.collect();
            let _ = writeln!(text, "Elsewhere: {}.", rooms.join(", "));
        }
        let counts = [
            "new",
            "moved",
            "changed",
            "restored",
            "unchanged",
            "moved away",
            "past",
        ]
        .map(|what| (self.count(what), what));
        let cancelled = [(self.noted(&Noted::Cancelled), "cancelled")];
        let counts = counts
            .into_iter()
            .chain(cancelled)
            .filter(|(count, what)| *count > 0 || ["new", "changed", "unchanged"].contains(what));
        let counts: Vec<String> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let here = match self.here.as_str() {
            "" => "without a room",
            venue => &format!("in {venue}"),
        };
        let _ = writeln!(
            text,
            "{}: {}, {} refused; {} {here} (this kiosk), {} elsewhere.",
            verb(dry_run),
            counts.join(", "),
            self.refused.len(),
            self.done.here,
            self.elsewhere()
        );
        text
    }

    /// What the file does not name any more comes last; of each kind as many as a person reads.
    fn notes_text(&self) -> String {
        let mut shown: HashMap<&str, usize> = HashMap::new();
        let mut text = String::new();
        for note in &self.done.notes {
            let count = shown.entry(note.noted.kind()).or_default();
            *count += 1;
            if *count > NOTES_SHOWN {
                continue;
            }
            let line = note.line.map(|line| format!("line {line}: "));
            let (lecture, said) = (self.lecture(&note.lecture), self.voice.say(&note.noted));
            let _ = writeln!(text, "{}{lecture}: {said}", line.unwrap_or_default());
        }
        let hidden: usize = shown
            .values()
            .map(|count| count.saturating_sub(NOTES_SHOWN))
            .sum();
        if hidden > 0 {
            let _ = writeln!(text, "... and {hidden} more notes; --json has them all");
        }
        text
    }

    fn diff(&self) -> Vec<DiffLine> {
        let lines = self.done.lines.iter().zip(&self.done.changes);
        lines
            .filter_map(|(line, change)| self.diff_line(line, change))
            .collect()
    }

    fn diff_line(&self, line: &TimetableLine, change: &LectureChange) -> Option<DiffLine> {
        let was = match change {
            LectureChange::Unchanged | LectureChange::MovedAway | LectureChange::Past => {
                return None;
            }
            LectureChange::New | LectureChange::Restored => None,
            LectureChange::Moved { was } | LectureChange::Changed { was } => Some(was),
        };
        let was = was.map(|was| {
            let zone = self.voice.zone;
            let until = format!(
                "until {} {}",
                zone.hour_minute(was.ends_at),
                was.venue.as_str()
            );
            match change {
                LectureChange::Moved { .. } => format!(
                    " (was {} {} {until})",
                    zone.date(was.starts_at),
                    zone.hour_minute(was.starts_at)
                ),
                _ => format!(" (was {until})"),
            }
        });
        let text = format!("{}{}", self.lecture(&line.lecture), was.unwrap_or_default());
        Some(DiffLine {
            line: line.line,
            what: what(change),
            text,
        })
    }

    fn lecture(&self, lecture: &PlannedLecture) -> String {
        let zone = self.voice.zone;
        let group = lecture.group.as_ref();
        let group = group.map(|group| format!(", group {group}"));
        let text = format!(
            "{} {} {} - {} {}{}",
            lecture.unit,
            zone.date(lecture.starts_at),
            zone.hour_minute(lecture.starts_at),
            zone.hour_minute(lecture.ends_at),
            lecture.venue.as_str(),
            group.unwrap_or_default()
        );
        text.trim_end().to_owned()
    }

    fn count(&self, wanted: &str) -> usize {
        let changes = self.done.changes.iter();
        changes.filter(|change| what(change) == wanted).count()
    }

    fn noted(&self, wanted: &Noted) -> usize {
        let notes = self.done.notes.iter();
        notes.filter(|note| note.noted == *wanted).count()
    }

    fn elsewhere(&self) -> usize {
        self.done.elsewhere.iter().map(|room| room.lectures).sum()
    }
}

fn what(change: &LectureChange) -> &'static str {
    match change {
        LectureChange::New => "new",
        LectureChange::Moved { .. } => "moved",
        LectureChange::Changed { .. } => "changed",
        LectureChange::Restored => "restored",
        LectureChange::Unchanged => "unchanged",
        LectureChange::MovedAway => "moved away",
        LectureChange::Past => "past",
    }
}
