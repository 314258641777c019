//! Excuses of one student, from a lecture or for days, on the page of the student in a session.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use chrono::NaiveDate;

use super::Web;
use super::corrections::{Forms, page};
use super::forms::typed;
use super::pages::{self, ExcuseForm};
use super::problem::{Answer, Problem};
use super::staff::StaffForm;
use super::units::day;
use crate::domain::{AdmissionNumber, ExcuseCategory, ExcuseId, Excused};
use crate::services::ExcuseOrder;
use crate::words::{RequestError, UnitText, Voice};

/// `POST /board/{session_id}/excuse`: gives an excuse for this lecture or for days, or takes one back.
pub async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let session = web.session_of(&staff, &id).await?;
    let number = AdmissionNumber::parse(&fields.one("number")?);
    let number = number.map_err(RequestError::Number)?;
    let back = Redirect::to(&pages::student_path(&session, &number));
    let administration = &web.services.administration;
    let wanted = fields.one("do")?;
    if wanted == "take_back" {
        let id = ExcuseId::parse(&fields.one("id")?).ok_or_else(Problem::not_found)?;
        // One that somebody else has taken back meanwhile is as it was to be.
        administration.take_back_excuse(staff.by(), id).await?;
        return Ok(back.into_response());
    }
    let category = ExcuseCategory::parse(&fields.one("category")?);
    let category = category.ok_or_else(Problem::unreadable)?;
    let in_every_unit = !fields.one("every_unit")?.is_empty();
    let mut form = ExcuseForm {
        category: Some(category),
        first: typed(&mut fields, "first")?,
        last: typed(&mut fields, "last")?,
    };
    let covers = match wanted.as_str() {
        "lecture" => Some(Excused::Lecture(session.id)),
        "days" => days(&mut form, web.voice()).map(|(first, last)| Excused::Days(first, last)),
        _ => return Err(Problem::unreadable()),
    };
    let Some(covers) = covers else {
        let forms = Forms {
            excuse: form,
            ..Forms::default()
        };
        let page = page(&web, &staff, &session, number, forms).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let order = ExcuseOrder {
        student: number,
        unit: (!in_every_unit).then(|| session.unit_code.clone()),
        covers,
        category,
    };
    administration.excuse(staff.by(), order).await?;
    Ok(back.into_response())
}

/// The days of the form; one day where the last is left out. `None` when a field has been complained about.
fn days(form: &mut ExcuseForm, voice: Voice) -> Option<(NaiveDate, NaiveDate)> {
    let (first, last) = (day(&mut form.first, voice), day(&mut form.last, voice));
    let (first, last) = (first.ok()?, last.ok()?);
    let Some(first) = first else {
        form.first.error = Some(voice.say(UnitText::DayNeeded));
        return None;
    };
    let last = last.unwrap_or(first);
    if last < first {
        form.last.error = Some(voice.say(UnitText::DaysReversed));
        return None;
    }
    Some((first, last))
}
