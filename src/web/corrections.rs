//! One student in one session: what happened, and its correction (feature F3).

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::Web;
use super::board::SessionOfStaff;
use super::body::Fields;
use super::echo::echo;
use super::forms::reason;
use super::pages::{self, CorrectionForm, ExcuseForm, Field, HistoryPage};
use super::problem::{Answer, Problem};
use super::staff::{Staff, StaffForm};
use crate::domain::{
    AdmissionNumber, Corrected, Correction, CorrectionOrder, CorrectionRefusal, HandMark,
    PersonName, Session,
};
use crate::services::{CorrectionError, ExcuseQuery};
use crate::words::RequestError;

/// `GET /board/{session_id}/student?number=`.
pub async fn show(
    State(web): State<Web>,
    SessionOfStaff { staff, board }: SessionOfStaff,
    RawQuery(query): RawQuery,
) -> Answer<Markup> {
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let number = query.one("number")?;
    let number = AdmissionNumber::parse(&number);
    let number = number.map_err(RequestError::Number)?;
    let session = board.borrow().roster.session.clone();
    page(&web, &staff, &session, number, Forms::default()).await
}

/// `POST /board/{session_id}/student`.
pub async fn correct(
    State(web): State<Web>,
    Path(id): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let session = web.session_of(&staff, &id).await?;
    let number = AdmissionNumber::parse(&fields.one("number")?);
    let number = number.map_err(RequestError::Number)?;
    let wanted = Wanted::read(&mut fields)?;
    let typed = Typed::read(&mut fields)?;
    match carry_out(&web, &staff, &session, &number, wanted, &typed).await? {
        Ok(corrected) => {
            // After a merge the record is under another number.
            let number = corrected.receipt.student.admission_number;
            let path = pages::student_path(&session, &number);
            Ok(Redirect::to(&path).into_response())
        }
        Err(Complaint { about, sentence }) => {
            let mut forms = Forms {
                correction: typed.form(),
                ..Forms::default()
            };
            about(&mut forms.correction).error = Some(sentence);
            let page = page(&web, &staff, &session, number, forms).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The texts of a correction as they were sent.
struct Typed {
    name: String,
    reason: String,
    into: String,
}

impl Typed {
    fn read(fields: &mut Fields) -> Answer<Self> {
        Ok(Self {
            name: fields.one("name")?,
            reason: fields.one("reason")?,
            into: fields.one("into")?,
        })
    }

    /// The form with all of it again.
    fn form(&self) -> CorrectionForm {
        CorrectionForm {
            name: Field::holding(echo(&self.name)),
            reason: Field::holding(echo(&self.reason)),
            into: Field::holding(echo(&self.into)),
        }
    }
}

/// What is wrong with one of the texts of a correction, which stays in its form.
struct Complaint {
    about: fn(&mut CorrectionForm) -> &mut Field,
    sentence: String,
}

/// Does what is wanted with the texts of the form. The outer error is a page of its own.
async fn carry_out(
    web: &Web,
    staff: &Staff,
    session: &Session,
    number: &AdmissionNumber,
    wanted: Wanted,
    typed: &Typed,
) -> Result<Result<Corrected, Complaint>, Problem> {
    let complain = |about, sentence| Ok(Err(Complaint { about, sentence }));
    let reason = match reason(&typed.reason, web.voice()) {
        Ok(reason) => reason,
        Err(sentence) => return complain(|form| &mut form.reason, sentence),
    };
    let name = PersonName::parse(&typed.name);
    let correction = match wanted {
        Wanted::Undo => None,
        Wanted::Correction(correction) => Some(correction),
        Wanted::Merge => match AdmissionNumber::parse(&typed.into) {
            Ok(into) => Some(Correction::Merge { into }),
            Err(error) => return complain(|form| &mut form.into, web.voice().say(&error)),
        },
    };
    let merges = matches!(correction, Some(Correction::Merge { .. }));
    let corrections = &web.services.corrections;
    let done = match correction {
        None => {
            let student = Some(number.clone());
            corrections
                .undo(staff.by(), session.id, student, reason)
                .await
        }
        Some(correction) => {
            let order = CorrectionOrder {
                session: session.id,
                admission_number: number.clone(),
                correction,
                name: name.clone().ok(),
                reason,
            };
            corrections.correct(staff.by(), order).await
        }
    };
    let error = match done {
        Ok(corrected) => return Ok(Ok(corrected)),
        Err(error @ (CorrectionError::Store(_) | CorrectionError::Forbidden(_))) => {
            return Err(error.into());
        }
        Err(error) => error,
    };
    let sentence = web.voice().explain(&error).sentence();
    match (error, name) {
        (CorrectionError::Refused(CorrectionRefusal::UnknownStudent), Err(error))
            if !typed.name.trim().is_empty() =>
        {
            complain(|form| &mut form.name, web.voice().say(&error))
        }
        (CorrectionError::Refused(CorrectionRefusal::UnknownStudent), _) if !merges => {
            complain(|form| &mut form.name, sentence)
        }
        (
            CorrectionError::Refused(
                CorrectionRefusal::UnknownStudent | CorrectionRefusal::InvalidNumber(_),
            ),
            _,
        ) if merges => complain(|form| &mut form.into, sentence),
        _ => complain(|form| &mut form.reason, sentence),
    }
}

/// Which button was pressed.
enum Wanted {
    Correction(Correction),
    /// A correction as well; the number to move the record to is a text of the form.
    Merge,
    Undo,
}

impl Wanted {
    fn read(fields: &mut Fields) -> Answer<Self> {
        Ok(Self::Correction(match fields.one("do")?.as_str() {
            "mark" => Correction::Mark(HandMark::Present),
            "late" => Correction::Mark(HandMark::Late {
                minutes: fields.one("minutes")?.trim().parse().ok(),
            }),
            "unmark" => Correction::Unmark,
            "approve" => Correction::Approve,
            "accept_name" => Correction::AcceptName,
            "keep_name" => Correction::KeepName,
            "merge" => return Ok(Self::Merge),
            "undo" => return Ok(Self::Undo),
            _ => return Err(Problem::unreadable()),
        }))
    }
}

/// What was typed into the forms of the page with the last try.
#[derive(Default)]
pub struct Forms {
    pub correction: CorrectionForm,
    pub excuse: ExcuseForm,
}

/// The page of a student in a session.
pub async fn page(
    web: &Web,
    staff: &Staff,
    session: &Session,
    number: AdmissionNumber,
    forms: Forms,
) -> Answer<Markup> {
    let history = web
        .services
        .corrections
        .history(
            staff.by(),
            &session.unit_code,
            Some(&session.semester),
            &number,
        )
        .await;
    let history = history?;
    let query = ExcuseQuery {
        student: Some(number.clone()),
        unit: Some(session.unit_code.clone()),
        lecture: None,
    };
    let excuses = web.services.administration.excuses(staff.by(), query);
    let page = HistoryPage {
        session,
        number,
        history,
        excuses: excuses.await?,
        form: forms.correction,
        excuse_form: forms.excuse,
    };
    Ok(pages::history(&web.chrome(staff), &page))
}
