//! Marks for the numbers of a paper list of one lecture.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::Web;
use super::board::SessionOfStaff;
use super::echo::echo;
use super::forms::reason as reason_of;
use super::pages::{self, Field, PaperForm, PaperPage};
use super::problem::Answer;
use super::staff::StaffForm;
use crate::domain::{HandMark, PaperList, PaperListOrder};
use crate::services::CorrectionError;
use crate::words::QuestionText;

/// `GET /board/{session_id}/numbers`.
pub async fn show(
    State(web): State<Web>,
    SessionOfStaff { staff, board }: SessionOfStaff,
) -> Answer<Markup> {
    let session = board.borrow().roster.session.clone();
    let page = PaperPage {
        session: &session,
        form: PaperForm::default(),
        effect: None,
        complaint: None,
    };
    Ok(pages::paper_list(&web.chrome(&staff), &page))
}

/// `POST /board/{session_id}/numbers`: shows what a list would change, marks it, or takes the last correction back.
pub async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let session = web.session_of(&staff, &id).await?;
    let (corrections, voice) = (&web.services.corrections, web.voice());
    let wanted = fields.one("do")?;
    if wanted == "undo" {
        corrections.undo(staff.by(), session.id, None, None).await?;
        return Ok(Redirect::to(&format!("/board/{}", session.id)).into_response());
    }
    let (late, reason) = (fields.one("late")?, fields.one("reason")?);
    let mut page = PaperPage {
        session: &session,
        form: PaperForm {
            numbers: fields.one("numbers")?,
            late: Field::holding(echo(&late)),
            takes_unlisted: !fields.one("unlisted")?.is_empty(),
            reason: Field::holding(echo(&reason)),
        },
        effect: None,
        complaint: None,
    };
    let mark = match (late.trim(), late.trim().parse()) {
        ("", _) => Some(HandMark::Present),
        (_, Ok(minutes @ 1..=1440)) => Some(HandMark::Late {
            minutes: Some(minutes),
        }),
        _ => None,
    };
    match (mark, reason_of(&reason, voice)) {
        (Some(mark), Ok(reason)) => {
            let order = PaperListOrder {
                session: session.id,
                list: PaperList {
                    numbers: page.form.numbers.clone(),
                    mark,
                    takes_unlisted: page.form.takes_unlisted,
                    reason,
                },
            };
            let is_done = wanted == "mark";
            let effect = if is_done {
                corrections.mark_list(staff.by(), order).await
            } else {
                corrections.preview_list(staff.by(), order).await
            };
            match effect {
                Ok(effect) => page.effect = Some((effect, is_done)),
                Err(CorrectionError::Refused(refusal)) => {
                    page.complaint = Some(voice.explain(&refusal).sentence());
                }
                Err(error) => return Err(error.into()),
            }
        }
        (None, _) => {
            page.form.late.error = Some(voice.say(QuestionText::MinutesInvalid));
        }
        (_, Err(sentence)) => page.form.reason.error = Some(sentence),
    }
    let status = if page.effect.is_some() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = pages::paper_list(&web.chrome(&staff), &page);
    Ok((status, page).into_response())
}
