//! A unit's page for staff in charge of it: who may sit the exam, the lectures to decide, and what its owners change.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use maud::Markup;

use super::Web;
use super::body::Fields;
use super::export::download;
use super::forms::typed;
use super::pages::{
    self, AssignForm, EnrolForm, Field, RulesForm, UnitForms, UnitPage, WithdrawForm,
};
use super::percent;
use super::problem::{Answer, Problem};
use super::staff::{AdminForm, Staff, StaffForm};
use crate::domain::{
    AdmissionNumber, AssignmentFact, AssignmentRole, Basis, EnrolmentSource, ExcusedCounts, Group,
    Interval, Percent, Semester, SessionId, StaffId, UnitCode, UnitFact, UnitPolicy,
};
use crate::services::export::List;
use crate::services::{AdministrationError, LectureSettled, Place, PlaceChange, StoreError};
use crate::words::{InvalidIn, TextField, UnitText, Voice};

/// More lessons than any semester has days.
pub const MOST_LESSONS: u32 = 1000;

/// The unit and semester that a page is about.
struct Of {
    unit: UnitCode,
    semester: Semester,
    /// Whether it is the semester under way, which addresses do not name.
    is_current: bool,
}

impl Of {
    fn read(web: &Web, unit: &str, semester: &str) -> Answer<Self> {
        let unit = UnitCode::parse(unit).map_err(|_| Problem::not_found())?;
        let current = web.services.administration.semester();
        let semester = match semester {
            "" => current.clone(),
            named => Semester::parse(named).map_err(|_| Problem::not_found())?,
        };
        let is_current = semester == *current;
        Ok(Self {
            unit,
            semester,
            is_current,
        })
    }

    fn path(&self) -> String {
        let path = pages::unit_path(&self.unit);
        if self.is_current {
            path
        } else {
            let semester = percent::encode(self.semester.as_str());
            format!("{path}?semester={semester}")
        }
    }

    fn place(&self, number: &AdmissionNumber) -> Place {
        Place {
            unit: self.unit.clone(),
            semester: self.semester.clone(),
            number: number.clone(),
        }
    }

    fn redirect(&self) -> Response {
        Redirect::to(&self.path()).into_response()
    }
}

/// `GET /units/{unit}`.
pub async fn show(
    State(web): State<Web>,
    staff: Staff,
    Path(unit): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Markup> {
    let mut query = fields(query)?;
    let of = Of::read(&web, &unit, &query.one("semester")?)?;
    page(&web, &staff, &of, None).await
}

/// `GET /units/{unit}/export/{file}`, such as `exam.xlsx`.
pub async fn export(
    State(web): State<Web>,
    staff: Staff,
    Path((unit, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let mut query = fields(query)?;
    let of = Of::read(&web, &unit, &query.one("semester")?)?;
    let list = |name: &str| match name {
        "unit" => Some(List::Unit(of.unit, Some(of.semester))),
        "exam" => Some(List::Exam(of.unit, Some(of.semester))),
        _ => None,
    };
    download(&web, &staff, &file, list).await
}

/// `POST /units/{unit}/settle`: whether a lecture was held to which nobody came, or which was never opened.
pub async fn settle(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = Of::read(&web, &unit, &fields.one("semester")?)?;
    let lecture = SessionId::parse(&fields.one("lecture")?).ok_or_else(Problem::not_found)?;
    let settled = match fields.one("do")?.as_str() {
        "held" => LectureSettled::Held,
        "not_held" => LectureSettled::NotHeld,
        "undecided" => LectureSettled::Undecided,
        _ => return Err(Problem::unreadable()),
    };
    let sessions = &web.services.sessions;
    sessions.settle(staff.by(), lecture, settled).await?;
    Ok(of.redirect())
}

/// `POST /units/{unit}/enrol`: from a day on; without one from the beginning of the semester.
pub async fn enrol(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = owned(&web, &staff, &unit, &mut fields).await?;
    let voice = web.voice();
    let mut form = EnrolForm {
        number: typed(&mut fields, "number")?,
        from: typed(&mut fields, "from")?,
        group: typed(&mut fields, "group")?,
    };
    let number = number(&mut form.number, voice);
    let from = day(&mut form.from, voice);
    let group = group(&mut form.group, voice);
    if let (Ok(number), Ok(from), Ok(group)) = (number, from, group) {
        let interval = Interval {
            group,
            ..Interval::from(from, EnrolmentSource::Staff)
        };
        let change = PlaceChange::Set(interval);
        match change_place(&web, &staff, of.place(&number), change).await? {
            Ok(()) => return Ok(of.redirect()),
            Err(missing) => form.number.error = Some(voice.say(&missing)),
        }
    }
    again(&web, &staff, &of, |forms| forms.enrol = form).await
}

/// `POST /units/{unit}/withdraw`: ends an enrolment with a last day.
pub async fn withdraw(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = owned(&web, &staff, &unit, &mut fields).await?;
    let voice = web.voice();
    let mut form = WithdrawForm {
        number: typed(&mut fields, "number")?,
        last_day: typed(&mut fields, "last_day")?,
    };
    let number = number(&mut form.number, voice);
    let last_day = day(&mut form.last_day, voice);
    if let Ok(None) = last_day {
        form.last_day.error = Some(voice.say(UnitText::DayNeeded));
    }
    if let (Ok(number), Ok(Some(last_day))) = (number, last_day) {
        let record = record(&web, &staff, &of).await?;
        let mut enrolled = record.students.iter();
        if enrolled.any(|it| it.student.admission_number == number && !it.enrolment.is_empty()) {
            let change = PlaceChange::Withdraw(last_day);
            if change_place(&web, &staff, of.place(&number), change)
                .await?
                .is_ok()
            {
                return Ok(of.redirect());
            }
        }
        form.number.error = Some(voice.say(UnitText::NotEnrolled {
            number: number.to_string(),
            unit: of.unit.to_string(),
        }));
    }
    again(&web, &staff, &of, |forms| forms.withdraw = form).await
}

/// `POST /units/{unit}/add`: enrols those who came and are on no list, or one of them, each from the first lecture
/// to which they came.
pub async fn add(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = owned(&web, &staff, &unit, &mut fields).await?;
    let only = match fields.one("number")?.as_str() {
        "" => None,
        number => Some(AdmissionNumber::parse(number).map_err(|_| Problem::not_found())?),
    };
    let record = record(&web, &staff, &of).await?;
    for student in pages::on_no_list(&record) {
        let number = &student.student.admission_number;
        let Some(first) = pages::first_attended(&record, student) else {
            continue;
        };
        // Whoever has withdrawn is brought back by name alone.
        let is_asked_for = match &only {
            Some(only) => only == number,
            None => !student.enrolment.has_withdrawn(),
        };
        if !is_asked_for {
            continue;
        }
        let change = PlaceChange::Set(Interval::from(Some(first), EnrolmentSource::Staff));
        if let Err(missing) = change_place(&web, &staff, of.place(number), change).await? {
            return Err(missing.into());
        }
    }
    Ok(of.redirect())
}

/// `POST /units/{unit}/rules`: the rules that are the unit's own.
pub async fn rules(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = owned(&web, &staff, &unit, &mut fields).await?;
    let mut form = RulesForm::receive(&mut fields)?;
    match form.read(web.voice()) {
        Ok(policy) => {
            change(&web, &staff, &of, |fact| fact.policy = policy).await?;
            Ok(of.redirect())
        }
        Err(Complained) => again(&web, &staff, &of, |forms| forms.rules = Some(form)).await,
    }
}

/// `POST /units/{unit}/finished`: whether further lectures are held in the semester.
pub async fn finished(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = owned(&web, &staff, &unit, &mut fields).await?;
    let is_finished = !fields.one("finished")?.is_empty();
    let finish = |fact: &mut UnitFact| {
        fact.finished.retain(|semester| *semester != of.semester);
        if is_finished {
            fact.finished.push(of.semester.clone());
        }
    };
    change(&web, &staff, &of, finish).await?;
    Ok(of.redirect())
}

/// `POST /units/{unit}/assign`: makes somebody an owner or helper for some days, or ends that.
pub async fn assign(
    State(web): State<Web>,
    Path(unit): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let of = owned(&web, &staff, &unit, &mut fields).await?;
    let voice = web.voice();
    let mut form = AssignForm {
        staff_id: typed(&mut fields, "staff_id")?,
        role: AssignmentRole::parse(&fields.one("role")?),
        from: typed(&mut fields, "from")?,
        until: typed(&mut fields, "until")?,
    };
    let staff_id = StaffId::parse(&form.staff_id.text)
        .map_err(|error| form.staff_id.error = Some(voice.say(&error)));
    let (from, until) = (day(&mut form.from, voice), day(&mut form.until, voice));
    if let (Ok(Some(from)), Ok(Some(until))) = (&from, &until)
        && until < from
    {
        form.until.error = Some(voice.say(UnitText::DaysReversed));
    } else if let (Ok(staff_id), Ok(from), Ok(until)) = (staff_id, from, until) {
        let role = form.role;
        let administration = &web.services.administration;
        let fact = AssignmentFact { role, from, until };
        let assigned = administration.assign(staff.by(), of.unit.clone(), staff_id, fact);
        match assigned.await {
            Ok(()) => return Ok(of.redirect()),
            Err(AdministrationError::Store(error @ StoreError::Missing { .. })) => {
                form.staff_id.error = Some(voice.say(&error));
            }
            Err(error) => return Err(error.into()),
        }
    }
    again(&web, &staff, &of, |forms| forms.assign = form).await
}

/// `POST /units/{unit}/retired`: takes a unit out of use, or brings it back. For administrators.
pub async fn retired(
    State(web): State<Web>,
    Path(unit): Path<String>,
    AdminForm { staff, mut fields }: AdminForm,
) -> Answer {
    let of = Of::read(&web, &unit, &fields.one("semester")?)?;
    let is_retired = !fields.one("retired")?.is_empty();
    change(&web, &staff, &of, |fact| fact.retired = is_retired).await?;
    Ok(of.redirect())
}

fn fields(query: Option<String>) -> Answer<Fields> {
    let query = query.unwrap_or_default();
    Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)
}

/// The unit of a form that only its owners may send.
async fn owned(web: &Web, staff: &Staff, unit: &str, fields: &mut Fields) -> Answer<Of> {
    let of = Of::read(web, unit, &fields.one("semester")?)?;
    let administration = &web.services.administration;
    administration.check_owner(staff.by(), &of.unit).await?;
    Ok(of)
}

/// Changes a unit from what it is now.
async fn change(
    web: &Web,
    staff: &Staff,
    of: &Of,
    change: impl FnOnce(&mut UnitFact),
) -> Answer<()> {
    let administration = &web.services.administration;
    let found = administration.unit(staff.by(), of.unit.clone()).await?;
    let mut fact = found.ok_or_else(Problem::not_found)?;
    change(&mut fact);
    let changed = administration.change_unit(staff.by(), of.unit.clone(), fact);
    Ok(changed.await?)
}

/// Changes a student's place; the inner error says that there is no such student.
async fn change_place(
    web: &Web,
    staff: &Staff,
    place: Place,
    change: PlaceChange,
) -> Answer<Result<(), StoreError>> {
    let administration = &web.services.administration;
    match administration
        .change_enrolment(staff.by(), place, change)
        .await
    {
        Ok(()) => Ok(Ok(())),
        Err(AdministrationError::Store(error @ StoreError::Missing { .. })) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

async fn record(web: &Web, staff: &Staff, of: &Of) -> Answer<crate::services::UnitRecord> {
    let (unit, semester) = (of.unit.clone(), Some(of.semester.clone()));
    let record = web.services.exports.unit_record(staff.by(), unit, semester);
    Ok(record.await?)
}

/// The page with what is wrong beside the fields of one form.
async fn again(web: &Web, staff: &Staff, of: &Of, complain: impl FnOnce(&mut UnitForms)) -> Answer {
    let mut forms = UnitForms::default();
    complain(&mut forms);
    let page = page(web, staff, of, Some(forms)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(web: &Web, staff: &Staff, of: &Of, forms: Option<UnitForms>) -> Answer<Markup> {
    let administration = &web.services.administration;
    let by = staff.by();
    let found = administration.unit(by, of.unit.clone()).await?;
    let fact = found.ok_or_else(Problem::not_found)?;
    let may_change = match administration.check_owner(by, &of.unit).await {
        Ok(()) => true,
        Err(AdministrationError::OfAnother(_)) => false,
        Err(error) => return Err(error.into()),
    };
    let page = UnitPage {
        record: record(web, staff, of).await?,
        assignments: administration.assignments(by, of.unit.clone()).await?,
        may_change,
        site: web.services.desk.policy().counting,
        today: administration.today(),
        forms: forms.unwrap_or_default(),
        fact,
    };
    Ok(pages::unit_page(&web.chrome(staff), &page))
}

/// A field has been complained about.
pub struct Complained;

fn number(field: &mut Field, voice: Voice) -> Result<AdmissionNumber, Complained> {
    AdmissionNumber::parse(&field.text).map_err(|error| {
        field.error = Some(voice.say(&error));
        Complained
    })
}

/// What is typed in a field that may stay empty.
fn optional<T>(
    field: &mut Field,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Complained> {
    if field.text.is_empty() {
        return Ok(None);
    }
    match read(&field.text) {
        Ok(value) => Ok(Some(value)),
        Err(complaint) => {
            field.error = Some(complaint);
            Err(Complained)
        }
    }
}

/// A day as browsers send it.
pub fn day(field: &mut Field, voice: Voice) -> Result<Option<NaiveDate>, Complained> {
    optional(field, |typed| {
        typed.parse().map_err(|_| voice.say(UnitText::DayShape))
    })
}

fn group(field: &mut Field, voice: Voice) -> Result<Option<Group>, Complained> {
    optional(field, |typed| {
        Group::parse(typed).map_err(|error| voice.say(InvalidIn::Other(TextField::Group, error)))
    })
}

impl RulesForm {
    fn receive(fields: &mut Fields) -> Answer<Self> {
        let basis = choice(&fields.one("basis")?, Basis::parse)?;
        let excused = choice(&fields.one("excused")?, ExcusedCounts::parse)?;
        let yes_or_no = |word: &str| match word {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let excused_leaves_plan = choice(&fields.one("excused_leaves_plan")?, yes_or_no)?;
        Ok(Self {
            planned_lessons: typed(fields, "planned_lessons")?,
            required_percent: typed(fields, "required_percent")?,
            warning_percent: typed(fields, "warning_percent")?,
            lates_per_absence: typed(fields, "lates_per_absence")?,
            minimum_lectures: typed(fields, "minimum_lectures")?,
            basis,
            excused,
            excused_leaves_plan,
        })
    }

    fn read(&mut self, voice: Voice) -> Result<UnitPolicy, Complained> {
        let planned_lessons = whole(&mut self.planned_lessons, 1, voice);
        let required_percent = share(&mut self.required_percent, voice);
        let warning_percent = share(&mut self.warning_percent, voice);
        let lates_per_absence = whole(&mut self.lates_per_absence, 0, voice);
        let minimum_lectures = whole(&mut self.minimum_lectures, 1, voice);
        Ok(UnitPolicy {
            planned_lessons: planned_lessons?,
            required_percent: required_percent?,
            warning_percent: warning_percent?,
            basis: self.basis,
            excused: self.excused,
            excused_leaves_plan: self.excused_leaves_plan,
            lates_per_absence: lates_per_absence?,
            minimum_lectures: minimum_lectures?,
        })
    }
}

/// A word of a list of choices, the first of which is empty.
fn choice<T>(word: &str, parse: impl Fn(&str) -> Option<T>) -> Answer<Option<T>> {
    match word {
        "" => Ok(None),
        word => parse(word).map(Some).ok_or_else(Problem::unreadable),
    }
}

fn whole(field: &mut Field, min: u32, voice: Voice) -> Result<Option<u32>, Complained> {
    let max = MOST_LESSONS;
    optional(field, |typed| match typed.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(voice.say(UnitText::NumberRange { min, max })),
    })
}

fn share(field: &mut Field, voice: Voice) -> Result<Option<Percent>, Complained> {
    optional(field, |typed| {
        Percent::parse(typed).map_err(|_| voice.say(UnitText::PercentShape))
    })
}
