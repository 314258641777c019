//! Whose a number is: it is merged into another student, and that is taken back.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use maud::Markup;

use super::Web;
use super::body::Fields;
use super::forms::{Stopped, reason, typed};
use super::pages::{self, NumberPage};
use super::problem::{Answer, Problem};
use super::staff::{Staff, StaffForm};
use crate::domain::{AdmissionNumber, NumberChange, NumberOrder};
use crate::services::StudentError;
use crate::words::{RequestError, Voice};

/// `GET /students/number?number=`.
pub async fn show(
    State(web): State<Web>,
    staff: Staff,
    RawQuery(query): RawQuery,
) -> Answer<Markup> {
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let page = NumberPage::new(number_of(&mut query)?);
    let checked = web.services.students.check_number(staff.by(), &page.number);
    if let Err(error) = checked.await
        && let Stopped::Problem(problem) = stopped(web.voice())(error)
    {
        return Err(problem);
    }
    Ok(pages::number(&web.chrome(&staff), &page))
}

/// `POST /students/number`: shows what a merge would do, merges, or takes the last change of the number back.
pub async fn change(State(web): State<Web>, StaffForm { staff, mut fields }: StaffForm) -> Answer {
    let mut page = NumberPage::new(number_of(&mut fields)?);
    page.into = typed(&mut fields, "into")?;
    page.reason = typed(&mut fields, "reason")?;
    let wanted = fields.one("do")?;
    match carry_out(&web, &staff, &wanted, &mut page).await {
        Ok(()) => Ok(pages::number(&web.chrome(&staff), &page).into_response()),
        Err(Stopped::Sentence(sentence)) => {
            page.complaint = Some(sentence);
            let page = pages::number(&web.chrome(&staff), &page);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Stopped::Problem(problem)) => Err(problem),
    }
}

fn stopped(voice: Voice) -> impl Fn(StudentError) -> Stopped + Copy {
    move |error| match error {
        StudentError::Store(error) => Stopped::Problem(error.into()),
        StudentError::Forbidden(error) => Stopped::Problem(RequestError::Forbidden(error).into()),
        StudentError::AdministratorsOnly => {
            Stopped::Problem(RequestError::AdministratorsOnly.into())
        }
        error => Stopped::Sentence(voice.say(&error)),
    }
}

/// Does what is wanted, and fills the page with what came of it.
async fn carry_out(
    web: &Web,
    staff: &Staff,
    wanted: &str,
    page: &mut NumberPage,
) -> Result<(), Stopped> {
    let (students, by, voice) = (&web.services.students, staff.by(), web.voice());
    let stopped = stopped(voice);
    if wanted == "undo" {
        let undone = students.undo_number(by, page.number.clone()).await;
        page.done = voice.number_undone(&undone.map_err(stopped)?);
        return Ok(());
    }
    let into = AdmissionNumber::parse(&page.into.text);
    let into = into.map_err(|error| Stopped::Sentence(voice.say(&error)))?;
    let reason = reason(&page.reason.text, voice).map_err(Stopped::Sentence)?;
    let order = NumberOrder {
        number: page.number.clone(),
        change: NumberChange::Merge { into },
        reason,
    };
    match wanted {
        "show" => {
            let effect = students.preview_number(by, order).await.map_err(stopped)?;
            page.effect = voice.number_effect(&effect);
        }
        "merge" => {
            let effect = students.change_number(by, order).await.map_err(stopped)?;
            page.done = voice.number_effect(&effect);
        }
        _ => return Err(Stopped::Problem(Problem::not_found())),
    }
    Ok(())
}

fn number_of(fields: &mut Fields) -> Answer<AdmissionNumber> {
    let number = AdmissionNumber::parse(&fields.one("number")?);
    Ok(number.map_err(RequestError::Number)?)
}
