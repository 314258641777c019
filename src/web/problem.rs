//! What goes wrong at this door, told in a page to browsers and in JSON to programs.
//!
//! A handler answers with a [`Problem`]; [`dress`] turns it into the form that fits the path.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next as Inner;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

use super::Web;
use super::pages::{self, Field, Next, Notice, Sign};
use crate::domain::{Refusal, RefusalOutcome, Zone};
use crate::services::{RefusalJson, words};

/// An answer that is not what was asked for.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    retry_after: Option<Duration>,
    notice: Notice,
    json: RefusalJson,
}

impl Problem {
    /// A refusal of the desk, with the way on from it.
    pub fn refused(refusal: &Refusal, zone: Zone) -> Self {
        let words = words::refusal(refusal, zone);
        let (sign, next) = match refusal {
            Refusal::CodeExpired | Refusal::UnknownCode => {
                (Sign::Attention, Next::TypeTheCode(Field::default()))
            }
            Refusal::NoSession | Refusal::NotYetOpen { .. } | Refusal::RateLimited { .. } => {
                (Sign::Waiting, Next::Nothing)
            }
            Refusal::SessionClosed
            | Refusal::MarkRemoved
            | Refusal::DeviceBlocked
            | Refusal::OutOfOrder => (Sign::Stopped, Next::Nothing),
            Refusal::UnknownStudent
            | Refusal::NameNeeded
            | Refusal::InvalidNumber(_)
            | Refusal::InvalidName(_) => (Sign::Attention, Next::Start),
        };
        Self(Box::new(Parts {
            status: status_of(refusal),
            retry_after: match refusal {
                Refusal::RateLimited { retry_after } => Some(*retry_after),
                Refusal::OutOfOrder => Some(Duration::from_secs(30)),
                _ => None,
            },
            notice: Notice {
                sign,
                title: words.title,
                advice: words.advice,
                next,
            },
            json: RefusalJson::of(refusal, zone),
        }))
    }

    /// Too many requests; the wait is rounded up to whole seconds.
    pub fn too_many(wait: Duration, zone: Zone) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let retry_after = Duration::from_secs(seconds.max(1));
        Self::refused(&Refusal::RateLimited { retry_after }, zone)
    }

    /// There is nothing at this address.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "Scan the QR on the kiosk's screen, or type the code under it.",
        )
        .then(Next::Start)
    }

    /// The address takes other methods.
    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "That does not work here",
            "Scan the QR on the kiosk's screen, or type the code under it.",
        )
        .then(Next::Start)
    }

    /// The body is larger than `most` bytes.
    pub fn too_large(most: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too much text",
            format!("A form here has at most {most} bytes. Shorten the number and the name, then send it again."),
        )
        .then(Next::Start)
    }

    /// The body is not of the type that is read here.
    pub fn unsupported_type(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That cannot be read",
            format!("Send {expected}. On a phone, open the form again by the QR or the code."),
        )
        .then(Next::Start)
    }

    /// The body is not what its type says.
    pub fn unreadable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "That cannot be read",
            "It did not arrive whole, or not in UTF-8. Open the form again and send it once more.",
        )
        .then(Next::Start)
    }

    /// Well-formed, but a field is missing or of the wrong kind; for programs.
    pub fn wrong_field(field: &'static str, error: &str) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "A field is wrong", error);
        problem.0.json = problem.0.json.about(field, error.to_owned());
        problem
    }

    /// The body took too long to arrive.
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "The connection is too slow",
            "The form did not arrive in time. Move closer to the access point and send it again.",
        )
        .then(Next::Start)
    }

    /// The request came from outside the networks that are served.
    pub fn wrong_network(networks: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This network is not served",
            format!(
                "Join the Wi-Fi of this room ({networks}) and load the page again, or type your number at the kiosk."
            ),
        )
    }

    /// The request asked for a host that is not this kiosk.
    pub fn wrong_host() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "This address is not the kiosk's",
            "Scan the QR on the kiosk's screen, or type the address that stands under it.",
        )
    }

    /// A form of another site was posted here.
    pub fn wrong_origin() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "That form is not from this kiosk",
            "Scan the QR on the kiosk's screen, or type the code under it.",
        )
        .then(Next::Start)
    }

    /// Only staff may see this. The way on leads through the sign-in and back.
    pub fn not_signed_in(back: &str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Sign in first",
            "This page is for staff. Nothing was changed.",
        )
        .then(Next::SignIn(back.to_owned()))
    }

    /// Staff, but not those who may see this.
    pub fn not_yours(advice: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "This is not yours to see", advice).then(Next::Boards)
    }

    /// The form does not carry this sign-in's key, or does not say that it stands on one of our pages.
    pub fn stale_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "That form is out of date",
            "Nothing was changed. Load the page again and send the form from there.",
        )
        .then(Next::Boards)
    }

    /// What staff asked for cannot be done.
    pub fn conflict(advice: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "That cannot be done", advice).then(Next::Boards)
    }

    /// The answer took too long.
    pub fn too_busy() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The kiosk is busy",
            "Send it again in a moment: nothing is recorded twice.",
        );
        problem.0.retry_after = Some(Duration::from_secs(5));
        problem
    }

    /// The program is at fault.
    pub fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something broke here",
            "Send it again: nothing is recorded twice. If it breaks again, type your number at the kiosk.",
        )
    }

    /// The same problem with another way on.
    pub fn then(mut self, next: Next) -> Self {
        self.0.notice.next = next;
        self
    }

    fn new(status: StatusCode, title: &str, advice: impl Into<String>) -> Self {
        let advice = advice.into();
        let outcome = if status.is_server_error() {
            RefusalOutcome::OutOfOrder
        } else {
            RefusalOutcome::Invalid
        };
        Self(Box::new(Parts {
            status,
            retry_after: None,
            json: RefusalJson::new(outcome, format!("{title}. {advice}")),
            notice: Notice {
                sign: if status.is_server_error() {
                    Sign::Stopped
                } else {
                    Sign::Attention
                },
                title: title.to_owned(),
                advice,
                next: Next::Nothing,
            },
        }))
    }
}

/// The status that tells programs and browsers of a refusal.
pub fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NoSession
        | Refusal::NotYetOpen { .. }
        | Refusal::SessionClosed
        | Refusal::CodeExpired => StatusCode::GONE,
        Refusal::UnknownCode => StatusCode::NOT_FOUND,
        Refusal::UnknownStudent
        | Refusal::NameNeeded
        | Refusal::InvalidNumber(_)
        | Refusal::InvalidName(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::MarkRemoved | Refusal::DeviceBlocked => StatusCode::FORBIDDEN,
        Refusal::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::OutOfOrder => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What any request can be answered with.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        described([
            (403, "Another network or site, or not theirs to see or do"),
            (429, "Too many requests; see Retry-After"),
            (503, "Out of order: nothing was recorded"),
        ])
    }
}

/// What is answered, besides, to a body that cannot be read.
pub struct Unreadable;

impl IntoResponses for Unreadable {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        described([
            (400, "Not JSON, or not an object"),
            (408, "The body took too long"),
            (413, "The body is too large"),
            (415, "The body is not declared as JSON"),
        ])
    }
}

/// Answers for the description of the interface, by status.
pub fn described<const N: usize>(answers: [(u16, &str); N]) -> BTreeMap<String, RefOr<Described>> {
    let described = answers.map(|(status, description)| {
        let refused = Ref::from_schema_name(RefusalJson::name());
        let content = ContentBuilder::new().schema(Some(refused)).build();
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", content);
        (status.to_string(), response.build().into())
    });
    described.into()
}

/// The bare status with the rest kept aside, until [`dress`] knows who asked.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Gives every [`Problem`] its page, or its JSON under `/api/`.
pub async fn dress(State(web): State<Web>, request: Request, inner: Inner) -> Response {
    let is_program = request.uri().path().starts_with("/api/");
    let mut response = inner.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() else {
        return response;
    };
    let parts = &problem.0;
    let mut dressed = if is_program {
        (parts.status, Json(&parts.json)).into_response()
    } else {
        let page = pages::notice(&web.services.desk.policy().kiosk_name, &parts.notice);
        (parts.status, page).into_response()
    };
    if let Some(wait) = parts.retry_after {
        dressed
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    dressed
}
