//! `kiosk attendance`: corrections from the shell.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::output::{Exit, Output};
use super::paper_list;
use super::session;
use super::table::Table;
use super::values::reason;
use super::{operator, operator_name};
use crate::app::Kiosk;
use crate::domain::{
    AdmissionNumber, Corrected, Correction, CorrectionOrder, HandMark, LectureHistory, PaperList,
    PaperListOrder, PersonName, PortalCorrection, Punctuality, Reason, RecordState, Semester,
    SessionId, StudentHistory, UnitCode, Zone,
};
use crate::services::CorrectionError;
use crate::words::CheckInResult;

/// As many lines as a person reads on a terminal.
const LISTED: u32 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum AttendanceCommand {
    /// Mark a student present or late, or all whose numbers are on a paper list
    #[command(after_help = "\
Examples:
  kiosk attendance mark ADM/2023/001
  kiosk attendance mark ADM/2023/001 --late 12 --reason \"bus strike\" --session 5f0c2a91
  kiosk attendance mark ADM/2023/777 --name \"Jane Wanjiru\"
  kiosk attendance mark --numbers paper.txt --session 5f0c2a91 --dry-run

Changing or restoring an existing mark needs --reason. The numbers of a list are apart by line ends, commas or
blanks. A list changes no mark that counts, adds nobody, and is one act: `attendance undo` takes it back.")]
    Mark(MarkArgs),
    /// Remove a mark of a student who was absent; the record is kept as evidence
    Unmark(CorrectionArgs),
    /// Approve a pending record, so that it counts
    Approve(CorrectionArgs),
    /// Assign a pending record to an existing student
    Merge(MergeArgs),
    /// Accept the typed name, or with --keep the name on the roster
    AcceptName(NameArgs),
    /// Undo the last correction in a session, or the last one of a student in it
    Undo(UndoArgs),
    /// Explain a percentage: a student's lectures in a unit, whether each counts and why, and the sum
    #[command(
        visible_alias = "why",
        after_help = "\
Examples:
  kiosk attendance why ADM/2023/001 --unit CS101
  kiosk attendance why ADM/2023/001 --unit CS101 --semester 2026-1 --json"
    )]
    History(HistoryArgs),
    /// List records that were delivered to the portal and removed since; correct these there by hand
    Portal {
        /// Mark this record as removed at the portal
        #[arg(long, value_name = "ATTENDANCE_ID")]
        done: Option<Uuid>,
        #[command(flatten)]
        output: Output,
    },
}

/// The options of every correction.
#[derive(Debug, Args)]
pub(super) struct About {
    /// The session: its id or the beginning of it [default: the one on the screen]
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The reason, for the audit log
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<Reason>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct MarkArgs {
    /// The admission number, in any spelling
    #[arg(value_name = "ADMISSION", value_parser = AdmissionNumber::parse, required_unless_present = "numbers")]
    student: Option<AdmissionNumber>,
    /// Mark all whose numbers are in this file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["student", "name"])]
    numbers: Option<PathBuf>,
    /// With --numbers: mark students too who are not on the list of the unit
    #[arg(long, requires = "numbers")]
    unlisted: bool,
    /// With --numbers: show who would be marked, and mark nobody
    #[arg(long, requires = "numbers")]
    dry_run: bool,
    /// Mark as late, by this many minutes [default: since the start of the lecture]
    #[arg(long, value_name = "MINUTES", num_args = 0..=1, value_parser = clap::value_parser!(u32).range(1..=1440))]
    #[expect(
        clippy::option_option,
        reason = "an option that may be given without a value"
    )]
    late: Option<Option<u32>>,
    /// The name of a student who is on no roster yet
    #[arg(long, value_name = "NAME", value_parser = PersonName::parse)]
    name: Option<PersonName>,
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
pub(super) struct CorrectionArgs {
    /// The admission number, in any spelling
    #[arg(value_name = "ADMISSION", value_parser = AdmissionNumber::parse)]
    student: AdmissionNumber,
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// The admission number as typed
    #[arg(value_name = "ADMISSION", value_parser = AdmissionNumber::parse)]
    student: AdmissionNumber,
    /// The admission number of the existing student
    #[arg(long, value_name = "ADMISSION", value_parser = AdmissionNumber::parse)]
    into: AdmissionNumber,
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
pub(super) struct NameArgs {
    /// The admission number, in any spelling
    #[arg(value_name = "ADMISSION", value_parser = AdmissionNumber::parse)]
    student: AdmissionNumber,
    /// Keep the name on the roster
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// Undo the last correction of this student only
    #[arg(value_name = "ADMISSION", value_parser = AdmissionNumber::parse)]
    student: Option<AdmissionNumber>,
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// The admission number, in any spelling
    #[arg(value_name = "ADMISSION", value_parser = AdmissionNumber::parse)]
    student: AdmissionNumber,
    /// The unit's code, such as CS101
    #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// The semester [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: AttendanceCommand, kiosk: &Kiosk) -> Result<Exit> {
    match command {
        AttendanceCommand::Mark(args) => {
            let mark = match args.late {
                None => HandMark::Present,
                Some(minutes) => HandMark::Late { minutes },
            };
            match (args.student, args.numbers) {
                (Some(student), None) => {
                    let correction = Correction::Mark(mark);
                    correct(kiosk, student, correction, args.name, args.about).await
                }
                (_, Some(file)) => {
                    let list = PaperList {
                        numbers: paper_list::read(&file)?,
                        mark,
                        takes_unlisted: args.unlisted,
                        reason: args.about.reason.clone(),
                    };
                    mark_list(kiosk, list, args.dry_run, &args.about).await
                }
                (None, None) => bail!("name a student, or a list with --numbers"),
            }
        }
        AttendanceCommand::Unmark(args) => {
            correct(kiosk, args.student, Correction::Unmark, None, args.about).await
        }
        AttendanceCommand::Approve(args) => {
            correct(kiosk, args.student, Correction::Approve, None, args.about).await
        }
        AttendanceCommand::Merge(args) => {
            let correction = Correction::Merge { into: args.into };
            correct(kiosk, args.student, correction, None, args.about).await
        }
        AttendanceCommand::AcceptName(args) => {
            let correction = if args.keep {
                Correction::KeepName
            } else {
                Correction::AcceptName
            };
            correct(kiosk, args.student, correction, None, args.about).await
        }
        AttendanceCommand::Undo(args) => {
            let session = session_of(kiosk, &args.about).await?;
            let corrections = &kiosk.services.corrections;
            let undone = corrections
                .undo(operator(), session, args.student, args.about.reason)
                .await;
            show(kiosk, &undone, args.about.output)
        }
        AttendanceCommand::History(args) => history(args, kiosk).await,
        AttendanceCommand::Portal { done, output } => portal(done, output, kiosk).await,
    }
}

async fn session_of(kiosk: &Kiosk, about: &About) -> Result<SessionId> {
    let (session, _) = session::shown(kiosk, about.session.as_deref()).await?;
    Ok(session.id)
}

async fn correct(
    kiosk: &Kiosk,
    student: AdmissionNumber,
    correction: Correction,
    name: Option<PersonName>,
    about: About,
) -> Result<Exit> {
    let order = CorrectionOrder {
        session: session_of(kiosk, &about).await?,
        admission_number: student,
        correction,
        name,
        reason: about.reason,
    };
    let corrected = kiosk.services.corrections.correct(operator(), order).await;
    show(kiosk, &corrected, about.output)
}

async fn mark_list(kiosk: &Kiosk, list: PaperList, dry_run: bool, about: &About) -> Result<Exit> {
    let session = session_of(kiosk, about).await?;
    let order = PaperListOrder { session, list };
    let corrections = &kiosk.services.corrections;
    let marked = if dry_run {
        corrections.preview_list(operator(), order).await
    } else {
        corrections.mark_list(operator(), order).await
    };
    match marked {
        Ok(effect) => {
            about
                .output
                .show(&effect, || paper_list::in_words(&effect, !dry_run))?;
            Ok(Exit::done_if(paper_list::is_whole(&effect)))
        }
        Err(error) => {
            let sentence = super::voice(kiosk.policy.zone).explain(&error).sentence();
            let refusal = json!({ "success": false, "outcome": "refused", "error": sentence });
            about.output.refuse(&refusal, &sentence)
        }
    }
}

fn show(
    kiosk: &Kiosk,
    corrected: &Result<Corrected, CorrectionError>,
    output: Output,
) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    match corrected {
        Ok(corrected) => {
            let mut record = serde_json::to_value(CheckInResult::of_receipt(
                &corrected.receipt,
                super::voice(zone),
            ))?;
            record["outcome"] = json!(if corrected.changed {
                "corrected"
            } else {
                "unchanged"
            });
            record["mark"] = json!(corrected.mark);
            record["mark_before"] = json!(corrected.before);
            record["others"] = json!(corrected.others);
            record["portal_by_hand"] = json!(corrected.portal_by_hand);
            output.show(&record, || in_words(corrected, zone))
        }
        Err(error) => {
            let sentence = super::voice(zone).explain(error).sentence();
            let refusal = json!({ "success": false, "outcome": "refused", "error": sentence });
            output.refuse(&refusal, &sentence)
        }
    }
}

fn in_words(corrected: &Corrected, zone: Zone) -> String {
    let receipt = &corrected.receipt;
    let student = &receipt.student;
    let name = student.name.as_ref().map(|name| format!(" {name}"));
    let mark = corrected.mark.as_str();
    let late = match receipt.punctuality {
        Punctuality::Late(minutes) if mark == "late" => format!(" by {minutes} min"),
        _ => String::new(),
    };
    let was = match corrected.before {
        _ if !corrected.changed => " already".to_owned(),
        Some(before) if before != corrected.mark => format!(" (was {})", before.as_str()),
        _ => String::new(),
    };
    let portal = if corrected.portal_by_hand {
        "The portal may have this record and has no call for a correction: correct it there by hand \
         (`kiosk attendance portal` lists all of these).\n"
    } else {
        ""
    };
    let others = match corrected.others {
        0 => String::new(),
        1 => "and 1 other mark of the same list\n".to_owned(),
        n => format!("and {n} other marks of the same list\n"),
    };
    format!(
        "{}{}: {mark}{late}{was}\n{others}{}\n{}\n{portal}",
        student.admission_number,
        name.unwrap_or_default(),
        session::in_words(&receipt.session, zone),
        super::check_in::standing(receipt, zone),
    )
}

async fn history(args: HistoryArgs, kiosk: &Kiosk) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    let history = history_of(kiosk, &args.unit, args.semester.as_ref(), &args.student).await?;
    let lectures = history.lectures.iter();
    let lectures: Vec<Value> = lectures
        .map(|lecture| lecture_json(lecture, zone))
        .collect();
    let report = json!({
        "admission_number": history.admission_number,
        "name": history.name,
        "unit_code": history.unit,
        "semester": history.semester,
        "enrolled_on": history.enrolment.since(),
        "enrolment": history.enrolment.intervals(),
        "listing": history.listing,
        "standing": history.standing,
        "sessions": lectures,
    });
    args.output.show(&report, || history_text(&history, zone))
}

/// A student's lectures in a unit, and what they count.
pub(super) async fn history_of(
    kiosk: &Kiosk,
    unit: &UnitCode,
    semester: Option<&Semester>,
    student: &AdmissionNumber,
) -> Result<StudentHistory> {
    let corrections = &kiosk.services.corrections;
    let history = corrections.history(operator(), unit, semester, student);
    let history = history.await.map_err(|error| match error {
        CorrectionError::Store(error) => anyhow::Error::new(error),
        error => anyhow!(super::voice(kiosk.policy.zone).explain(&error).sentence()),
    })?;
    history.with_context(|| format!("there is no student {student}"))
}

fn lecture_json(history: &LectureHistory, zone: Zone) -> Value {
    let state = |state: &Option<RecordState>| {
        state.as_ref().map(|state| {
            json!({
                "mark": state.mark, "at": state.at, "channel": state.channel,
                "late_minutes": state.punctuality, "flags": state.flags,
            })
        })
    };
    let lines = history.corrections.iter().map(super::audit::line_json);
    json!({
        "session": history.lecture.session.as_ref().map(|it| session::session_json(it, zone)),
        "lecture_id": history.lecture.id,
        "starts_at": history.lecture.starts_at,
        "status": history.line.status,
        "counts": history.line.counts,
        "reason": history.line.reason,
        "record": state(&history.record),
        "first": state(&history.first),
        "corrections": lines.collect::<Vec<_>>(),
    })
}

fn history_text(history: &StudentHistory, zone: Zone) -> String {
    let mut table = Table::new(["DATE", "TIME", "SESSION", "COUNTS AS", "WHAT HAPPENED"]);
    for line in &history.lectures {
        let head = &line.lecture;
        let made = line.first.as_ref().or(line.record.as_ref());
        let made = made.map(|made| {
            format!(
                "{} {}",
                zone.hour_minute(made.at),
                super::voice(zone).say(made.channel)
            )
        });
        table.row([
            head.date.to_string(),
            match &head.session {
                Some(session) => session.time_slot(zone),
                None => zone.hour_minute(head.starts_at),
            },
            head.state.as_str().to_owned(),
            super::voice(zone).say(line.line.reason),
            made.unwrap_or_default(),
        ]);
        for correction in &line.corrections {
            table.row([
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                super::audit::in_words(correction, zone),
            ]);
        }
    }
    let mut text = table.text("No session of this unit has been opened yet.");
    text.push('\n');
    for (label, terms) in super::voice(zone).sum(history) {
        let _ = writeln!(text, "{label:<12} {terms}");
    }
    text
}

async fn portal(done: Option<Uuid>, output: Output, kiosk: &Kiosk) -> Result<Exit> {
    let corrections = &kiosk.services.corrections;
    if let Some(id) = done {
        let actor = operator_name();
        if !corrections.done_at_the_portal(id, &actor).await? {
            bail!("record {id} is not on the list; run `kiosk attendance portal` to see all");
        }
        return output.show(&json!({ "done": id }), || {
            format!("Marked record {id} as removed at the portal.\n")
        });
    }
    let list = corrections.at_the_portal_by_hand(LISTED).await?;
    let json: Vec<Value> = list.iter().map(portal_json).collect();
    output.show(&json, || portal_text(&list, kiosk.policy.zone))
}

/// A line of `attendance portal --json`, and of `sync status`.
pub(super) fn portal_json(line: &PortalCorrection) -> Value {
    json!({
        "attendance_id": line.attendance_id,
        "admission_number": line.admission_number,
        "name": line.name,
        "session_id": line.session.id,
        "unit_code": line.session.unit_code,
        "checked_in_at": line.checked_in_at,
        "removed_at": line.voided_at,
        "certain": line.is_certain,
        "told_unit": line.told_unit,
        "portal_id": line.portal_id,
    })
}

fn portal_text(list: &[PortalCorrection], zone: Zone) -> String {
    let headings = [
        "RECORD",
        "NUMBER",
        "UNIT",
        "DATE",
        "AT THE PORTAL",
        "ITS ID",
    ];
    let table = Table::of(headings, list, |line| {
        [
            line.attendance_id.to_string(),
            line.admission_number.to_string(),
            line.session.unit_code.to_string(),
            line.session.date(zone).to_string(),
            {
                let sure = if line.is_certain { "yes" } else { "perhaps" };
                match &line.told_unit {
                    Some(unit) => format!("{sure}, under {unit}"),
                    None => sure.to_owned(),
                }
            },
            line.portal_id.clone().unwrap_or_default(),
        ]
    });
    table.text("No records to correct at the portal.")
}
