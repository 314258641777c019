//! `kiosk excuse`: excuses for a lecture or for days.

use anyhow::{Context as _, Result, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::operator;
use super::output::{Exit, Output};
use super::session;
use super::table::Table;
use super::values::{day, word};
use crate::app::Kiosk;
use crate::domain::{AdmissionNumber, ExcuseCategory, ExcuseId, Excused, UnitCode};
use crate::services::{ExcuseOrder, ExcuseQuery, GivenExcuse};

#[derive(Debug, Subcommand)]
pub(super) enum ExcuseCommand {
    /// Excuse a student from a lecture or for days
    #[command(after_help = "\
An excuse may come before or after the lecture. What an excused lecture counts is said by
attendance.excused, or by the unit's own rule. The same excuse again only changes its category.

Examples:
  kiosk excuse add ADM/2023/001 --from 2026-10-05 --until 2026-10-09 --category medical
  kiosk excuse add ADM/2023/001 --from 2026-10-05 --unit CS101
  kiosk excuse add ADM/2023/001 --lecture 5f0c2a91")]
    Add(AddArgs),
    /// Take an excuse back
    #[command(after_help = "\
Example:
  kiosk excuse remove 9b1deb4d")]
    Remove {
        /// The excuse: its id or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// List the excuses in force, latest first
    #[command(after_help = "\
Example:
  kiosk excuse list --unit CS101")]
    List {
        /// Only those that count in this unit
        #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
        unit: Option<UnitCode>,
        /// Only those of this student
        #[arg(long, value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
        student: Option<AdmissionNumber>,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
#[group(id = "covers", required = true, multiple = false, args = ["lecture", "from"])]
pub(super) struct AddArgs {
    /// The admission number, in any spelling
    #[arg(value_name = "NUMBER", value_parser = AdmissionNumber::parse)]
    student: AdmissionNumber,
    /// One lecture: the id of its session or the beginning of it
    #[arg(long, value_name = "SESSION", conflicts_with_all = ["until", "unit"])]
    lecture: Option<String>,
    /// The first day, such as 2026-10-05
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<NaiveDate>,
    /// The last day [default: the first day]
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<NaiveDate>,
    /// Only in this unit [default: in every unit]
    #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
    unit: Option<UnitCode>,
    /// Why; no diagnosis is kept
    #[arg(long, value_name = "WORD", default_value = "other", value_parser = word(ExcuseCategory::ALL.map(ExcuseCategory::as_str), ExcuseCategory::parse))]
    category: ExcuseCategory,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(command: ExcuseCommand, kiosk: &Kiosk) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    match command {
        ExcuseCommand::Add(args) => add(args, kiosk).await,
        ExcuseCommand::Remove { id, output } => {
            let given = administration
                .excuses(operator(), ExcuseQuery::default())
                .await?;
            let excuse = find(given, &id)?;
            if !administration
                .take_back_excuse(operator(), excuse.id)
                .await?
            {
                bail!(NONE);
            }
            output.show(&excuse_json(&excuse), || {
                format!("Took back the excuse of {}.\n", in_words(&excuse))
            })
        }
        ExcuseCommand::List {
            unit,
            student,
            output,
        } => {
            let query = ExcuseQuery {
                student,
                unit,
                lecture: None,
            };
            let given = administration.excuses(operator(), query).await?;
            let lines: Vec<Value> = given.iter().map(excuse_json).collect();
            output.show(&lines, || {
                table(&given).text("No excuses: give one with `kiosk excuse add`.")
            })
        }
    }
}

const NONE: &str = "there is no such excuse; run `kiosk excuse list` to see all";

async fn add(args: AddArgs, kiosk: &Kiosk) -> Result<Exit> {
    let covers = match (&args.lecture, args.from) {
        (Some(lecture), _) => Excused::Lecture(session::find_lecture(kiosk, lecture).await?),
        (None, Some(from)) => {
            let until = args.until.unwrap_or(from);
            if until < from {
                bail!("the last day ({until}) is before the first ({from})");
            }
            Excused::Days(from, until)
        }
        (None, None) => bail!("say from what, with --lecture or --from"),
    };
    let order = ExcuseOrder {
        student: args.student,
        unit: args.unit,
        covers,
        category: args.category,
    };
    let administration = &kiosk.services.administration;
    let query = ExcuseQuery {
        student: Some(order.student.clone()),
        ..ExcuseQuery::default()
    };
    let id = administration.excuse(operator(), order).await?;
    let given = administration.excuses(operator(), query).await?;
    let excuse = given.into_iter().find(|given| given.id == id);
    let excuse = excuse.context("the excuse was given but cannot be found")?;
    args.output.show(&excuse_json(&excuse), || {
        format!("Excused {}.\nExcuse: {id}\n", in_words(&excuse))
    })
}

/// The excuse with an id that begins so.
fn find(given: Vec<GivenExcuse>, text: &str) -> Result<GivenExcuse> {
    /// The fewest characters: fewer would soon fit several.
    const LEAST: usize = 4;
    let letters = text.trim().to_ascii_lowercase();
    if ExcuseId::parse(&letters).is_none() && letters.len() < LEAST {
        bail!("{text:?} is no excuse's id; run `kiosk excuse list` to see all");
    }
    let mut found = given
        .into_iter()
        .filter(|excuse| excuse.id.to_string().starts_with(&letters));
    match (found.next(), found.next()) {
        (Some(excuse), None) => Ok(excuse),
        (Some(_), Some(_)) => bail!("several excuses begin with {letters}; type more of the id"),
        (None, _) => bail!(NONE),
    }
}

fn excuse_json(excuse: &GivenExcuse) -> Value {
    let days = excuse.fact.days();
    json!({
        "excuse_id": excuse.id,
        "admission_number": excuse.fact.student,
        "unit_code": excuse.fact.unit,
        "lecture_id": lecture_of(excuse),
        "from": days.map(|(first, _)| first),
        "until": days.map(|(_, last)| last),
        "category": excuse.fact.category,
        "by": excuse.fact.by,
    })
}

fn lecture_of(excuse: &GivenExcuse) -> Option<String> {
    match excuse.fact.covers {
        Excused::Lecture(id) => Some(id.to_string()),
        Excused::Days(..) => None,
    }
}

/// `ADM/1 from 2026-10-05 to 2026-10-09 in CS101 (medical)`
fn in_words(excuse: &GivenExcuse) -> String {
    let fact = &excuse.fact;
    let covers = match fact.covers {
        Excused::Lecture(id) => format!("from the lecture {id}"),
        Excused::Days(first, last) if first == last => format!("on {first}"),
        Excused::Days(first, last) => format!("from {first} to {last}"),
    };
    let unit = match (&fact.unit, fact.covers) {
        (Some(unit), _) => format!("in {unit}"),
        (None, _) => "in every unit".to_owned(),
    };
    format!(
        "{} {covers} {unit} ({})",
        fact.student,
        fact.category.as_str()
    )
}

fn table(given: &[GivenExcuse]) -> Table<7> {
    let headings = ["ID", "NUMBER", "FROM", "UNTIL", "UNIT", "CATEGORY", "BY"];
    Table::of(headings, given, |excuse| {
        let short = |id: String| id.chars().take(8).collect::<String>();
        let days = excuse.fact.days();
        let lecture = lecture_of(excuse).map(|id| format!("lecture {}", short(id)));
        [
            short(excuse.id.to_string()),
            excuse.fact.student.to_string(),
            days.map_or(lecture.unwrap_or_default(), |(first, _)| first.to_string()),
            days.map(|(_, last)| last.to_string()).unwrap_or_default(),
            excuse
                .fact
                .unit
                .as_ref()
                .map_or("all".to_owned(), ToString::to_string),
            excuse.fact.category.as_str().to_owned(),
            excuse.fact.by.clone(),
        ]
    })
}
