//! `kiosk unit show`: a unit with its rules and those who act for it.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::app::Kiosk;
use crate::cli::operator;
use crate::cli::output::{Exit, Output};
use crate::cli::table::Table;
use crate::domain::{AssignmentRole, CountingPolicy, Semester, Unit, UnitCode, UnitPolicy};
use crate::services::Assignment;
use crate::services::export::rule;

pub(super) async fn run(code: UnitCode, output: Output, kiosk: &Kiosk) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    let units = administration.units(operator()).await?;
    let Some(unit) = units.into_iter().find(|unit| unit.code == code) else {
        bail!("there is no unit {code}; run `kiosk unit list` to see all");
    };
    let fact = administration.unit(operator(), code.clone()).await?;
    let finished = fact.map(|fact| fact.finished).unwrap_or_default();
    let assignments = administration.assignments(operator(), code).await?;
    let mut report = json!(unit);
    report["retired"] = json!(unit.retired);
    report["finished_semesters"] = json!(finished);
    report["rule"] = json!(rule(&unit.policy));
    report["policy"] = json!(unit.policy.version());
    report["rules"] = rules(&unit.policy)
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    report["own_rules"] = json!(unit.own_policy);
    report["assignments"] = assignments.iter().map(assignment_json).collect();
    output.show(&report, || text(&unit, &finished, &assignments))
}

/// The rules by their names in the settings.
fn rules(policy: &CountingPolicy) -> impl Iterator<Item = (&'static str, Value)> {
    [
        ("planned_lessons", json!(policy.planned_lessons)),
        ("required_percent", json!(policy.required_percent)),
        ("warning_percent", json!(policy.warning_percent)),
        ("basis", json!(policy.basis)),
        ("excused", json!(policy.excused)),
        ("excused_leaves_plan", json!(policy.excused_leaves_plan)),
        ("lates_per_absence", json!(policy.lates_per_absence)),
        ("minimum_lectures", json!(policy.minimum_lectures)),
    ]
    .into_iter()
}

fn assignment_json(assignment: &Assignment) -> Value {
    json!({
        "staff_id": assignment.staff_id,
        "name": assignment.name,
        "role": assignment.fact.role,
        "from": assignment.fact.from,
        "until": assignment.fact.until,
    })
}

fn text(unit: &Unit, finished: &[Semester], assignments: &[Assignment]) -> String {
    let retired = if unit.retired { " (retired)" } else { "" };
    let mut text = format!(
        "{} {}{retired}\nLecturer: {} ({})\nEnrolled: {}\nRule: {}\nPolicy: {}\n",
        unit.code,
        unit.name,
        unit.lecturer_name,
        unit.lecturer_staff_id,
        unit.enrolled,
        rule(&unit.policy),
        unit.policy.version(),
    );
    if !finished.is_empty() {
        let finished: Vec<&str> = finished.iter().map(Semester::as_str).collect();
        let _ = writeln!(text, "Finished: semester {}", finished.join(", "));
    }
    text.push('\n');
    text.push_str(&rule_table(&unit.policy, &unit.own_policy));
    if !assignments.is_empty() {
        let headings = ["STAFF ID", "NAME", "ROLE", "FROM", "UNTIL"];
        let table = Table::of(headings, assignments, |assignment| {
            let fact = &assignment.fact;
            let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
            [
                assignment.staff_id.to_string(),
                assignment.name.clone(),
                fact.role.map_or("", AssignmentRole::as_str).to_owned(),
                day(fact.from).unwrap_or_default(),
                day(fact.until).unwrap_or_default(),
            ]
        });
        let _ = write!(text, "\n{}", table.text(""));
    }
    text
}

fn rule_table(policy: &CountingPolicy, own: &UnitPolicy) -> String {
    let own = json!(own);
    let mut table = Table::new(["RULE", "VALUE", "OF"]);
    for (key, value) in rules(policy) {
        let value = match value {
            Value::String(word) => word,
            other => other.to_string(),
        };
        let of = if own.get(key).is_some() {
            "unit"
        } else {
            "site"
        };
        table.row([key.to_owned(), value, of.to_owned()]);
    }
    table.text("")
}
