//! `kiosk exam`: who may sit the exam of a unit, on the screen.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::operator;
use super::output::{Exit, Output};
use super::student::on_list;
use super::table::Table;
use crate::app::Kiosk;
use crate::domain::{Decision, Semester, Share, UnitCode};
use crate::services::export::{decision, listed, rule};
use crate::services::{StudentRecord, UnitRecord};
use crate::words::Voice;

#[derive(Debug, Args)]
#[command(after_help = "\
`kiosk export exam` writes the same list to a file. A student is undecided while something is
open: marks to be approved, lectures that staff have to settle, a lecture that is running; and,
where the rule is a share of the planned lectures, those to come.

Examples:
  kiosk exam CS101
  kiosk exam CS101 --semester 2026-1 --json")]
pub(super) struct ExamArgs {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    unit: UnitCode,
    /// The semester [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: ExamArgs, kiosk: &Kiosk) -> Result<Exit> {
    let exports = &kiosk.services.exports;
    let record = exports.unit_record(operator(), args.unit, args.semester);
    let record = record.await?;
    let students: Vec<&StudentRecord> = listed(&record).collect();
    let lines: Vec<Value> = students
        .iter()
        .map(|it| {
            let (decision, reasons) = decision(it);
            json!({
                "admission_number": it.student.admission_number,
                "name": it.student.name,
                "listing": it.listing,
                "enrolment": it.enrolment.intervals(),
                "decision": decision,
                "reasons": reasons,
                "share": share(it),
                "standing": it.standing,
            })
        })
        .collect();
    let report = json!({
        "unit_code": record.unit,
        "semester": record.semester,
        "generated_at": record.as_of,
        "rule": rule(&record.policy),
        "policy": record.policy.version(),
        "complete": record.complete,
        "students": lines,
    });
    let voice = super::voice(kiosk.policy.zone);
    args.output
        .show(&report, || text(&record, &students, voice))
}

fn share(student: &StudentRecord) -> Option<Share> {
    Some(student.standing.as_ref()?.exam.share)
}

fn text(record: &UnitRecord, students: &[&StudentRecord], voice: Voice) -> String {
    let decided = |wanted| {
        students
            .iter()
            .filter(|it| decision(it).0 == wanted)
            .count()
    };
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}, semester {}: who may sit the exam\nRule: {}\nPolicy {}, as of {} {}; {}\n\
         {} eligible, {} not eligible, {} undecided\n",
        record.unit,
        record.semester,
        rule(&record.policy),
        record.policy.version(),
        voice.date(record.as_of),
        voice.zone.hour_minute(record.as_of),
        if record.complete {
            "everything held is known"
        } else {
            "not everything held is known"
        },
        decided(Decision::Eligible),
        decided(Decision::NotEligible),
        decided(Decision::Undecided),
    );
    let headings = ["NUMBER", "NAME", "DECISION", " SHARE", "REASONS", "LIST"];
    let table = Table::of(headings, students, |it| {
        let (decision, reasons) = decision(it);
        let reasons: Vec<String> = reasons.iter().map(|it| voice.say(*it)).collect();
        [
            it.student.admission_number.to_string(),
            it.student
                .name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            voice.say(decision),
            share(it).map(|share| share.to_string()).unwrap_or_default(),
            reasons.join(", "),
            on_list(it.listing, voice),
        ]
    });
    text + &table
        .text("No students yet: import a class list with `kiosk import students FILE --unit CODE`.")
}
