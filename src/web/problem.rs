//! What goes wrong at this door: a page for browsers, JSON for programs.
//!
//! A handler answers with a [`Problem`]. The layer [`render_problem`](super::shield::render_problem) turns it into
//! the form that fits the path, with texts of the catalogue.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::pages::{self, Field, Next, Notice, Sign};
use crate::domain::{CorrectionRefusal, NotMeRefusal, Refusal, RefusalOutcome};
use crate::services::{AdministrationError, CorrectionError, SessionError, StoreError};
use crate::words::{RefusalJson, RequestError, Voice};

/// What a handler answers: what was asked for, or a problem.
pub type Answer<T = Response> = Result<T, Problem>;

/// An answer that is not what was asked for.
#[derive(Debug, Clone)]
pub struct Problem(Box<Details>);

#[derive(Debug, Clone)]
struct Details {
    status: StatusCode,
    retry_after: Option<Duration>,
    sign: Sign,
    next: Next,
    cause: Cause,
}

#[derive(Debug, Clone)]
enum Cause {
    Refusal(Refusal),
    Correction(CorrectionRefusal),
    Request(RequestError),
}

impl Problem {
    /// A refusal of the desk, with the way on from it.
    pub fn refused(refusal: &Refusal) -> Self {
        let (sign, next) = match refusal {
            Refusal::CodeExpired | Refusal::UnknownCode => {
                (Sign::Attention, Next::TypeTheCode(Field::default()))
            }
            Refusal::NoSession | Refusal::NotYetOpen { .. } | Refusal::RateLimited { .. } => {
                (Sign::Waiting, Next::Nothing)
            }
            Refusal::SessionClosed
            | Refusal::MarkRemoved
            | Refusal::NotMe(_)
            | Refusal::DeviceBlocked
            | Refusal::OutOfOrder => (Sign::Stopped, Next::Nothing),
            Refusal::UnknownStudent
            | Refusal::NearNumber { .. }
            | Refusal::WhichLecture { .. }
            | Refusal::NameNeeded
            | Refusal::InvalidNumber(_)
            | Refusal::InvalidName(_) => (Sign::Attention, Next::Start),
        };
        Self(Box::new(Details {
            status: status_of(refusal),
            retry_after: match refusal {
                Refusal::RateLimited { retry_after } => Some(*retry_after),
                Refusal::OutOfOrder => Some(Duration::from_secs(30)),
                _ => None,
            },
            sign,
            next,
            cause: Cause::Refusal(refusal.clone()),
        }))
    }

    /// Too many requests; the wait is rounded up to whole seconds.
    pub fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let retry_after = Duration::from_secs(seconds.max(1));
        Self::refused(&Refusal::RateLimited { retry_after })
    }

    /// There is nothing at this address.
    pub fn not_found() -> Self {
        RequestError::NotFound.into()
    }

    /// The body is not what its type says.
    pub fn unreadable() -> Self {
        RequestError::Unreadable.into()
    }

    /// Only staff may see this. The way on leads through the sign-in and back.
    pub fn not_signed_in(back: &str) -> Self {
        Self::from(RequestError::NotSignedIn).then(Next::SignIn(back.to_owned()))
    }

    /// The store cannot be read. The error stops travelling here.
    pub fn out_of_order(error: &impl Display) -> Self {
        tracing::error!(%error, "a request could not be answered: the store cannot be read");
        Self::refused(&Refusal::OutOfOrder)
    }

    /// The answer: JSON for programs, a page for browsers.
    pub fn answer(&self, is_program: bool, kiosk_name: &str, voice: Voice) -> Response {
        let details = &self.0;
        let mut response = if is_program {
            (details.status, Json(details.json(voice))).into_response()
        } else {
            let page = pages::notice(kiosk_name, &details.notice(voice), voice);
            (details.status, page).into_response()
        };
        if let Some(wait) = details.retry_after {
            let wait = HeaderValue::from(wait.as_secs());
            response.headers_mut().insert(RETRY_AFTER, wait);
        }
        response
    }

    /// The same problem with another way on.
    pub fn then(mut self, next: Next) -> Self {
        self.0.next = next;
        self
    }
}

/// Of a change that staff asked for, or of what they asked to see.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::not_found(),
            error => Self::out_of_order(&error),
        }
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::Forbidden => RequestError::AdministratorsOnly.into(),
            AdministrationError::Refused(refusal) => RequestError::Administration(refusal).into(),
            AdministrationError::OfAnother(error) => RequestError::Forbidden(error).into(),
            AdministrationError::Store(error) => error.into(),
            error @ (AdministrationError::List(_) | AdministrationError::Hash(_)) => {
                Self::out_of_order(&error)
            }
        }
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Refused(refusal) => RequestError::Session(refusal).into(),
            SessionError::Forbidden(error) => RequestError::Forbidden(error).into(),
            SessionError::Store(error) => error.into(),
        }
    }
}

/// Of a correction, or of a history, that is not shown with a form.
impl From<CorrectionError> for Problem {
    fn from(error: CorrectionError) -> Self {
        match error {
            CorrectionError::Store(error) => error.into(),
            CorrectionError::Forbidden(error) => RequestError::Forbidden(error).into(),
            CorrectionError::Refused(refusal) => Self(Box::new(Details {
                status: match refusal {
                    CorrectionRefusal::NoSession => StatusCode::NOT_FOUND,
                    _ => StatusCode::CONFLICT,
                },
                retry_after: None,
                sign: Sign::Attention,
                next: Next::Boards,
                cause: Cause::Correction(refusal),
            })),
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let (status, next) = match error {
            RequestError::NotFound => (StatusCode::NOT_FOUND, Next::Start),
            RequestError::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, Next::Start),
            RequestError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Next::Start),
            RequestError::NotAForm | RequestError::NotJson => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, Next::Start)
            }
            RequestError::Unreadable => (StatusCode::BAD_REQUEST, Next::Start),
            RequestError::FieldMissing { .. }
            | RequestError::FieldNotText { .. }
            | RequestError::FieldNotBoolean { .. }
            | RequestError::FieldNotUuid { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, Next::Nothing)
            }
            RequestError::TooSlow => (StatusCode::REQUEST_TIMEOUT, Next::Start),
            RequestError::WrongNetwork { .. } => (StatusCode::FORBIDDEN, Next::Nothing),
            RequestError::WrongHost => (StatusCode::MISDIRECTED_REQUEST, Next::Nothing),
            RequestError::WrongOrigin => (StatusCode::FORBIDDEN, Next::Start),
            RequestError::NotSignedIn => (StatusCode::UNAUTHORIZED, Next::Nothing),
            RequestError::AdministratorsOnly
            | RequestError::Forbidden(_)
            | RequestError::StaleForm => (StatusCode::FORBIDDEN, Next::Boards),
            RequestError::Administration(_)
            | RequestError::Session(_)
            | RequestError::Export(_)
            | RequestError::Number(_) => (StatusCode::CONFLICT, Next::Boards),
            RequestError::TooBusy => (StatusCode::SERVICE_UNAVAILABLE, Next::Nothing),
            RequestError::Broken => (StatusCode::INTERNAL_SERVER_ERROR, Next::Nothing),
        };
        Self(Box::new(Details {
            status,
            retry_after: matches!(error, RequestError::TooBusy).then_some(Duration::from_secs(5)),
            sign: if status.is_server_error() {
                Sign::Stopped
            } else {
                Sign::Attention
            },
            next,
            cause: Cause::Request(error),
        }))
    }
}

impl Details {
    fn notice(&self, voice: Voice) -> Notice {
        let explanation = match &self.cause {
            Cause::Refusal(refusal) => voice.explain(refusal),
            Cause::Correction(refusal) => voice.explain(refusal),
            Cause::Request(error) => voice.explain(error),
        };
        Notice {
            sign: self.sign,
            title: explanation.title,
            advice: explanation.advice,
            next: self.next.clone(),
        }
    }

    fn json(&self, voice: Voice) -> RefusalJson {
        let error = match &self.cause {
            Cause::Refusal(refusal) => return RefusalJson::of(refusal, voice),
            Cause::Correction(refusal) => {
                let sentence = voice.explain(refusal).sentence();
                return RefusalJson::new(RefusalOutcome::Invalid, sentence);
            }
            Cause::Request(error) => error,
        };
        let explanation = voice.explain(error);
        let outcome = if self.status.is_server_error() {
            RefusalOutcome::OutOfOrder
        } else {
            RefusalOutcome::Invalid
        };
        let refused = RefusalJson::new(outcome, explanation.sentence());
        match error.field() {
            Some(field) => refused.about(field, explanation.advice),
            None => refused,
        }
    }
}

/// The status that tells programs and browsers of a refusal.
pub fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NoSession
        | Refusal::NotYetOpen { .. }
        | Refusal::SessionClosed
        | Refusal::CodeExpired
        | Refusal::NotMe(NotMeRefusal::TooLate) => StatusCode::GONE,
        Refusal::UnknownCode | Refusal::NotMe(NotMeRefusal::NoRecord) => StatusCode::NOT_FOUND,
        Refusal::UnknownStudent
        | Refusal::NameNeeded
        | Refusal::InvalidNumber(_)
        | Refusal::InvalidName(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::NearNumber { .. }
        | Refusal::WhichLecture { .. }
        | Refusal::NotMe(NotMeRefusal::TooOften | NotMeRefusal::Decided) => StatusCode::CONFLICT,
        Refusal::NotMe(NotMeRefusal::OfAnother) | Refusal::MarkRemoved | Refusal::DeviceBlocked => {
            StatusCode::FORBIDDEN
        }
        Refusal::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::OutOfOrder => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The bare status with the rest kept aside, until [`render_problem`](super::shield::render_problem) knows who asked.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;

    #[test]
    fn a_refused_correction_says_why() {
        let voice = Voice::english(Zone::UTC);
        for (refusal, status) in [
            (CorrectionRefusal::NoSession, StatusCode::NOT_FOUND),
            (CorrectionRefusal::NothingToUndo, StatusCode::CONFLICT),
        ] {
            let problem = Problem::from(CorrectionError::Refused(refusal.clone()));
            assert_eq!(problem.answer(false, "Hall A", voice).status(), status);
            let explanation = voice.explain(&refusal);
            assert_eq!(problem.0.notice(voice).title, explanation.title);
            let json = RefusalJson::new(RefusalOutcome::Invalid, explanation.sentence());
            let (json, said) = (json, problem.0.json(voice));
            assert_eq!(
                serde_json::to_value(said).unwrap(),
                serde_json::to_value(json).unwrap()
            );
        }
    }
}
