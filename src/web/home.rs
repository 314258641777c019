//! The front page: from a typed code to the form.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::Web;
use super::body::Fields;
use super::echo::echo;
use super::pages::{self, Field};
use super::problem::{Answer, Problem};
use super::visitor::Visitor;
use crate::domain::{Code, Rotation, SessionId};
use crate::words::Page as Text;

/// `GET /`: asks for the code.
pub async fn ask(State(web): State<Web>) -> Markup {
    page(&web, &Field::default())
}

/// `POST /`: goes to the form of the code.
pub async fn go(State(web): State<Web>, visitor: Visitor, request: Request) -> Answer {
    web.check_rates(&visitor)?;
    let typed = Fields::receive(request, &web.limits).await?.one("code")?;
    if let Ok(code) = Code::parse(typed.trim()) {
        return Ok(Redirect::to(&code.path()).into_response());
    }
    let error = if typed.trim().is_empty() {
        Text::CodeMissing
    } else {
        Text::CodeShape
    };
    let code = Field {
        text: echo(&typed),
        error: Some(web.voice().say(error)),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&web, &code)).into_response())
}

/// `GET /attend/{session_id}/`: a printed address. It opens the form only where codes do not change;
/// otherwise a person who kept it could check in from home.
pub async fn of_session(
    State(web): State<Web>,
    visitor: Visitor,
    id: Result<Path<String>, PathRejection>,
) -> Answer {
    web.check_address_rate(&visitor)?;
    let id = id
        .ok()
        .and_then(|Path(id)| SessionId::parse(&id))
        .ok_or_else(Problem::not_found)?;
    if web.services.desk.policy().rotation != Rotation::Off {
        return Ok(ask(State(web)).await.into_response());
    }
    let found = web.services.desk.session(id).await?;
    let (_, code) = found.ok_or_else(Problem::not_found)?;
    Ok(Redirect::to(&code.path()).into_response())
}

fn page(web: &Web, code: &Field) -> Markup {
    let snapshot = web.snapshot.borrow().clone();
    let policy = web.services.desk.policy();
    let open = snapshot.shown.as_ref().map(|shown| {
        let session = &shown.board.session;
        let now = web.services.desk.now();
        (session, session.phase(now, policy.windows))
    });
    pages::ask_code(&policy.kiosk_name, open, web.voice(), code)
}
