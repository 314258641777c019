//! `kiosk unit set`: the rules of a unit, its name and lecturer, and its end.

use anyhow::{Result, bail};
use clap::Args;

use super::show;
use crate::app::Kiosk;
use crate::cli::operator;
use crate::cli::output::{Exit, Output};
use crate::cli::values::title;
use crate::domain::{
    Basis, ExcusedCounts, Percent, Semester, StaffId, UnitCode, UnitFact, UnitPolicy,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct SetArgs {
    /// The unit's code, such as CS101
    #[arg(value_name = "CODE", value_parser = UnitCode::parse)]
    code: UnitCode,
    #[command(flatten)]
    change: Change,
    /// The semester that is finished or goes on [default: attendance.semester]
    #[arg(long, value_name = "LABEL", value_parser = Semester::parse)]
    semester: Option<Semester>,
    #[command(flatten)]
    output: Output,
}

/// What is changed; the rest stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(in crate::cli) struct Change {
    /// Lessons planned in a semester, or site
    #[arg(long, value_name = "N", value_parser = rule(|raw| whole(raw, 1)))]
    planned_lessons: Option<Rule<u32>>,
    /// What the exam requires, such as 75, 66.5 or 200/3, or site
    #[arg(long, value_name = "PERCENT", value_parser = rule(percent))]
    required_percent: Option<Rule<Percent>>,
    /// Below this a warning is shown, or site
    #[arg(long, value_name = "PERCENT", value_parser = rule(percent))]
    warning_percent: Option<Rule<Percent>>,
    /// What it is a share of: held, planned or site
    #[arg(long, value_name = "WORD", value_parser = rule(basis))]
    basis: Option<Rule<Basis>>,
    #[arg(long, help = "What an excused lecture counts: not_counted, present, absent or site", value_name = "WORD", value_parser = rule(excused))]
    excused: Option<Rule<ExcusedCounts>>,
    /// Whether an excused lecture that is not counted leaves the plan too: true, false or site
    #[arg(long, value_name = "WORD", value_parser = rule(yes_or_no))]
    excused_leaves_plan: Option<Rule<bool>>,
    /// So many late arrivals cost one attended lecture; 0: none do; or site
    #[arg(long, value_name = "N", value_parser = rule(|raw| whole(raw, 0)))]
    lates_per_absence: Option<Rule<u32>>,
    /// With fewer lectures held nothing is decided, or site
    #[arg(long, value_name = "N", value_parser = rule(|raw| whole(raw, 1)))]
    minimum_lectures: Option<Rule<u32>>,
    /// The title of the unit
    #[arg(long, value_name = "TITLE", value_parser = title)]
    name: Option<String>,
    /// The staff ID of the lecturer who holds it
    #[arg(long, value_name = "STAFF_ID", value_parser = StaffId::parse)]
    lecturer: Option<StaffId>,
    /// No further lecture is held in the semester: what is still planned is not waited for
    #[arg(long, conflicts_with = "resume_semester")]
    finish_semester: bool,
    /// Further lectures are held in the semester after all
    #[arg(long)]
    resume_semester: bool,
    /// It is taught no more: nothing is opened, and its history stays
    #[arg(long, conflicts_with = "bring_back")]
    retire: bool,
    /// It is taught again
    #[arg(long)]
    bring_back: bool,
}

/// A rule of the unit's own, or the site's again.
#[derive(Debug, Clone)]
enum Rule<T> {
    Site,
    Own(T),
}

/// Reads `site` or a value.
fn rule<T>(
    read: impl Fn(&str) -> Result<T, String> + Clone,
) -> impl Fn(&str) -> Result<Rule<T>, String> + Clone {
    move |raw| match raw {
        "site" => Ok(Rule::Site),
        raw => read(raw)
            .map(Rule::Own)
            .map_err(|why| format!("{why}, or site for the site's rule")),
    }
}

fn whole(raw: &str, least: u32) -> Result<u32, String> {
    let number = raw.parse().ok();
    let number = number.filter(|number| (least..=1000).contains(number));
    number.ok_or_else(|| format!("write a whole number from {least} to 1000"))
}

fn percent(raw: &str) -> Result<Percent, String> {
    Percent::parse(raw).map_err(|error| error.to_string())
}

fn basis(raw: &str) -> Result<Basis, String> {
    Basis::parse(raw).ok_or_else(|| "write held or planned".to_owned())
}

fn excused(raw: &str) -> Result<ExcusedCounts, String> {
    ExcusedCounts::parse(raw).ok_or_else(|| "write not_counted, present or absent".to_owned())
}

fn yes_or_no(raw: &str) -> Result<bool, String> {
    raw.parse().map_err(|_| "write true or false".to_owned())
}

pub(super) async fn run(args: SetArgs, kiosk: &Kiosk) -> Result<Exit> {
    let administration = &kiosk.services.administration;
    let semester = args.semester.as_ref();
    let semester = semester.unwrap_or(administration.semester());
    let before = administration.unit(operator(), args.code.clone()).await?;
    let Some(mut unit) = before else {
        bail!(
            "there is no unit {}; run `kiosk unit list` to see all",
            args.code
        );
    };
    args.change.apply(&mut unit, semester);
    administration
        .change_unit(operator(), args.code.clone(), unit)
        .await?;
    show::run(args.code, args.output, kiosk).await
}

impl Change {
    fn apply(self, unit: &mut UnitFact, semester: &Semester) {
        self.set_rules(&mut unit.policy);
        unit.name = self.name.unwrap_or_else(|| unit.name.clone());
        unit.lecturer = self.lecturer.unwrap_or_else(|| unit.lecturer.clone());
        if self.finish_semester || self.resume_semester {
            unit.finished.retain(|finished| finished != semester);
        }
        if self.finish_semester {
            unit.finished.push(semester.clone());
        }
        unit.retired = (unit.retired || self.retire) && !self.bring_back;
    }

    fn set_rules(&self, policy: &mut UnitPolicy) {
        fn set<T: Copy>(own: &mut Option<T>, said: Option<&Rule<T>>) {
            match said {
                None => {}
                Some(Rule::Site) => *own = None,
                Some(Rule::Own(value)) => *own = Some(*value),
            }
        }
        set(&mut policy.planned_lessons, self.planned_lessons.as_ref());
        set(&mut policy.required_percent, self.required_percent.as_ref());
        set(&mut policy.warning_percent, self.warning_percent.as_ref());
        set(&mut policy.basis, self.basis.as_ref());
        set(&mut policy.excused, self.excused.as_ref());
        set(
            &mut policy.excused_leaves_plan,
            self.excused_leaves_plan.as_ref(),
        );
        set(
            &mut policy.lates_per_absence,
            self.lates_per_absence.as_ref(),
        );
        set(&mut policy.minimum_lectures, self.minimum_lectures.as_ref());
    }
}
