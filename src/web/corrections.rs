//! One student in one session: what happened, and putting it right (feature F3).

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;

use super::Web;
use super::board::SessionOfStaff;
use super::body::Fields;
use super::echo::echo;
use super::pages::{self, CorrectionForm, Field, HistoryPage};
use super::problem::Problem;
use super::staff::{Staff, StaffForm};
use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, CorrectionRefusal, HandMark, Reason, Session,
    StudentName,
};
use crate::services::{CorrectionError, words};

/// `GET /board/{session_id}/student?number=`.
pub async fn show(
    State(web): State<Web>,
    SessionOfStaff { staff, board }: SessionOfStaff,
    RawQuery(query): RawQuery,
) -> Result<Markup, Problem> {
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let number = query.one("number")?;
    let number = AdmissionNumber::parse(&number).map_err(|_| Problem::not_found())?;
    let session = board.borrow().roster.session.clone();
    page(&web, &staff, &session, number, CorrectionForm::default()).await
}

/// `POST /board/{session_id}/student`.
pub async fn correct(
    State(web): State<Web>,
    Path(id): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Result<Response, Problem> {
    let session = web.session_of(&staff, &id).await?;
    let zone = web.desk.zone();
    let number = AdmissionNumber::parse(&fields.one("number")?);
    let number = number.map_err(|error| Problem::conflict(&words::invalid_number(&error)))?;
    let (typed_name, typed_reason) = (fields.one("name")?, fields.one("reason")?);
    let name = StudentName::parse(&typed_name);
    let reason = Reason::parse(&typed_reason)
        .map_err(|error| Problem::conflict(&format!("The reason {error}.")))?;
    let done = match fields.one("do")?.as_str() {
        "undo" => {
            let student = Some(number.clone());
            web.corrections
                .undo(staff.by(), session.id, student, reason)
                .await
        }
        word => {
            let order = CorrectionOrder {
                session: session.id,
                admission_number: number.clone(),
                correction: correction(word, &mut fields)?,
                name: name.clone().ok(),
                reason,
            };
            web.corrections.correct(staff.by(), order).await
        }
    };
    match done {
        Ok(corrected) => {
            // After a merge the record stands under another number.
            let number = corrected.receipt.student.admission_number;
            let path = pages::student_path(&session, &number);
            Ok(Redirect::to(&path).into_response())
        }
        Err(error @ (CorrectionError::Store(_) | CorrectionError::NotTheirs { .. })) => {
            Err(web.not_corrected(&error))
        }
        Err(CorrectionError::Refused(CorrectionRefusal::InvalidNumber(error))) => {
            Err(Problem::conflict(&words::invalid_number(&error)))
        }
        Err(error) => {
            let mut form = CorrectionForm {
                name: Field::holding(echo(&typed_name)),
                reason: Field::holding(echo(&typed_reason)),
            };
            let sentence = words::correction_error(&error, zone).sentence();
            match (error, name) {
                (CorrectionError::Refused(CorrectionRefusal::UnknownStudent), name) => {
                    let unusable = name.err().filter(|_| !typed_name.trim().is_empty());
                    let unusable = unusable.map(|error| format!("The name {}.", error.0));
                    form.name.error = Some(unusable.unwrap_or(sentence));
                }
                _ => form.reason.error = Some(sentence),
            }
            let page = page(&web, &staff, &session, number, form).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

impl Web {
    /// The page of a correction, or of a history, that could not be had at all.
    pub(super) fn not_corrected(&self, error: &CorrectionError) -> Problem {
        match error {
            CorrectionError::Store(error) => self.not_changed(error),
            error => Problem::not_yours(&words::correction_error(error, self.desk.zone()).advice),
        }
    }
}

fn correction(word: &str, fields: &mut Fields) -> Result<Correction, Problem> {
    Ok(match word {
        "mark" => Correction::Mark(HandMark::Present),
        "late" => Correction::Mark(HandMark::Late {
            minutes: fields.one("minutes")?.trim().parse().ok(),
        }),
        "unmark" => Correction::Unmark,
        "approve" => Correction::Approve,
        "accept_name" => Correction::AcceptName,
        "keep_name" => Correction::KeepName,
        "merge" => Correction::Merge {
            into: AdmissionNumber::parse(&fields.one("into")?)
                .map_err(|error| Problem::conflict(&words::invalid_number(&error)))?,
        },
        _ => return Err(Problem::unreadable()),
    })
}

async fn page(
    web: &Web,
    staff: &Staff,
    session: &Session,
    number: AdmissionNumber,
    form: CorrectionForm,
) -> Result<Markup, Problem> {
    let history = web
        .corrections
        .history(
            staff.by(),
            &session.unit_code,
            Some(&session.semester),
            &number,
        )
        .await;
    let history = history.map_err(|error| web.not_corrected(&error))?;
    let page = HistoryPage {
        session,
        number,
        history,
        form,
        zone: web.desk.zone(),
    };
    Ok(pages::history(&web.chrome(staff), &page))
}
