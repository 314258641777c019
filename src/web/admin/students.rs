//! Students: the list, one student's file, enrolments (feature G1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use chrono::NaiveDate;
use maud::Markup;

use super::{Asked, page_number};
use crate::domain::{
    AdmissionNumber, EnrolmentSource, Interval, InvalidText, PersonName, Semester, UnitCode,
    clean_line,
};
use crate::services::{Place, PlaceChange, StudentChange, StudentFile, StudentOrder, StudentQuery};
use crate::web::Web;
use crate::web::body::Fields;
use crate::web::echo::echo;
use crate::web::pages::{self, Field, StudentForm, StudentList};
use crate::web::percent;
use crate::web::problem::{Answer, Problem};
use crate::web::staff::{AdminForm, Staff};
use crate::words::{InvalidIn, TextField};

/// The longest address and telephone number: the widths of the columns in the Django system.
const EMAIL_CHARS: usize = 254;
const PHONE_CHARS: usize = 20;

/// `GET /admin/students`.
pub async fn list(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let search = echo(&query.one("q")?);
    let unit = query.one("unit")?;
    let order = match query.one("sort")?.as_str() {
        "name" => StudentOrder::Name,
        _ => StudentOrder::Number,
    };
    let asked = StudentQuery {
        search,
        unit: UnitCode::parse(&unit).ok().map(|unit| {
            let semester = web.services.administration.semester();
            (unit, semester.clone())
        }),
        order,
        page: page_number(&mut query)?,
    };
    let found = web
        .services
        .administration
        .students(staff.by(), asked.clone())
        .await;
    let list = StudentList {
        page: found?,
        units: web.units(&staff).await?,
        in_all: web
            .services
            .administration
            .student_count(staff.by())
            .await?,
        query: asked,
    };
    Ok(pages::students(&web.chrome(&staff), &list))
}

/// `GET /admin/student?number=`.
pub async fn show(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let file = file(&web, &staff, &query.one("number")?).await?;
    let form = StudentForm {
        name: Field::holding(
            file.student
                .name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        email: Field::holding(file.student.email.clone()),
        phone: Field::holding(file.student.phone.clone()),
    };
    page(&web, &staff, &file, &form).await
}

/// `GET /admin/student/why?number=&unit=&semester=`: the lectures behind the numbers.
pub async fn why(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let (number, unit) = enrolment(&mut query)?;
    let semester = Semester::parse(&query.one("semester")?).ok();
    let history = web
        .services
        .corrections
        .history(staff.by(), &unit, semester.as_ref(), &number)
        .await;
    let history = history?.ok_or_else(Problem::not_found)?;
    Ok(pages::why(&web.chrome(&staff), &history))
}

/// `POST /admin/student`.
pub async fn change(State(web): State<Web>, AdminForm { staff, mut fields }: AdminForm) -> Answer {
    let file = file(&web, &staff, &fields.one("number")?).await?;
    let (name, email, phone) = (
        fields.one("name")?,
        fields.one("email")?,
        fields.one("phone")?,
    );
    let read = (
        match name.trim() {
            "" => Ok(None),
            name => PersonName::parse(name).map(Some).map_err(|error| error.0),
        },
        contact(&email, EMAIL_CHARS),
        contact(&phone, PHONE_CHARS),
    );
    if let (Ok(name), Ok(email), Ok(phone)) = read {
        let number = file.student.admission_number;
        let change = StudentChange { name, email, phone };
        let changed = web
            .services
            .administration
            .change_student(staff.by(), number.clone(), change)
            .await;
        changed?;
        return Ok(Redirect::to(&path_of(&number)).into_response());
    }
    let of = |field| move |error| InvalidIn::Other(field, error);
    let complained = |typed: &str, error: Option<InvalidIn>| Field {
        text: echo(typed),
        error: error.map(|error| web.voice().say(error)),
    };
    let form = StudentForm {
        name: complained(&name, read.0.err().map(InvalidIn::Name)),
        email: complained(&email, read.1.err().map(of(TextField::Email))),
        phone: complained(&phone, read.2.err().map(of(TextField::Phone))),
    };
    let page = page(&web, &staff, &file, &form).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /admin/student/enrol`: from a day on; without one from the beginning of the semester.
pub async fn enrol(
    State(web): State<Web>,
    AdminForm { staff, mut fields }: AdminForm,
) -> Answer<Redirect> {
    let (number, unit) = enrolment(&mut fields)?;
    let from = day(&fields.one("from")?)?;
    let interval = Interval::from(from, EnrolmentSource::Staff);
    change_place(&web, &staff, (&number, unit), PlaceChange::Set(interval)).await
}

/// `GET /admin/student/withdraw`: asks before the date of an enrolment is lost.
pub async fn confirm_withdrawal(
    State(web): State<Web>,
    Asked { staff, mut query }: Asked,
) -> Answer<Markup> {
    let (number, unit) = enrolment(&mut query)?;
    Ok(pages::confirm_withdrawal(
        &web.chrome(&staff),
        &number,
        &unit,
        web.services.administration.today(),
    ))
}

/// `POST /admin/student/withdraw`.
pub async fn withdraw(
    State(web): State<Web>,
    AdminForm { staff, mut fields }: AdminForm,
) -> Answer<Redirect> {
    let (number, unit) = enrolment(&mut fields)?;
    let last_day = day(&fields.one("last_day")?)?;
    let last_day = last_day.unwrap_or_else(|| web.services.administration.today());
    change_place(
        &web,
        &staff,
        (&number, unit),
        PlaceChange::Withdraw(last_day),
    )
    .await
}

async fn change_place(
    web: &Web,
    staff: &Staff,
    (number, unit): (&AdmissionNumber, UnitCode),
    change: PlaceChange,
) -> Answer<Redirect> {
    let administration = &web.services.administration;
    let place = Place {
        unit,
        semester: administration.semester().clone(),
        number: number.clone(),
    };
    let done = administration
        .change_enrolment(staff.by(), place, change)
        .await;
    done?;
    Ok(Redirect::to(&path_of(number)))
}

/// A day as browsers send it; `None` for an empty field.
fn day(typed: &str) -> Answer<Option<NaiveDate>> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|_| Problem::not_found()),
    }
}

fn enrolment(fields: &mut Fields) -> Answer<(AdmissionNumber, UnitCode)> {
    let number = AdmissionNumber::parse(&fields.one("number")?);
    let unit = UnitCode::parse(&fields.one("unit")?);
    match (number, unit) {
        (Ok(number), Ok(unit)) => Ok((number, unit)),
        _ => Err(Problem::not_found()),
    }
}

async fn file(web: &Web, staff: &Staff, number: &str) -> Answer<StudentFile> {
    let number = AdmissionNumber::parse(number).map_err(|_| Problem::not_found())?;
    let found = web
        .services
        .administration
        .student(staff.by(), number)
        .await;
    found?.ok_or_else(Problem::not_found)
}

async fn page(web: &Web, staff: &Staff, file: &StudentFile, form: &StudentForm) -> Answer<Markup> {
    let units = web.units(staff).await?;
    Ok(pages::student(&web.chrome(staff), file, form, &units))
}

/// A line that may be empty.
fn contact(typed: &str, most: usize) -> Result<String, InvalidText> {
    match clean_line(typed, most) {
        Err(InvalidText::Empty) => Ok(String::new()),
        read => read,
    }
}

fn path_of(number: &AdmissionNumber) -> String {
    format!("/admin/student?number={}", percent::encode(number.as_str()))
}
