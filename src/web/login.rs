//! The staff's way in and out: the same door as at the terminal.

use axum::extract::{RawQuery, Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::body::Fields;
use super::echo::echo;
use super::pages::{self, Field, LoginForm};
use super::problem::{Answer, Problem};
use super::rates::household;
use super::staff::{StaffForm, way_back};
use super::visitor::Visitor;
use super::{Web, cookies, guard};
use crate::services::{Browser, SignInRefusal};
use crate::words::RequestError;

/// Seconds until a busy kiosk has checked the PINs that wait.
const BUSY_FOR: HeaderValue = HeaderValue::from_static("2");

/// `GET /login`: asks for staff id and PIN.
pub async fn ask(State(web): State<Web>, RawQuery(query): RawQuery) -> Answer<Markup> {
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let form = LoginForm {
        next: way_back(&query.one("next")?).to_owned(),
        ..LoginForm::default()
    };
    Ok(page(&web, &form))
}

/// `POST /login`: lets staff in. Whatever the browser held before is worth nothing afterwards.
pub async fn sign_in(State(web): State<Web>, visitor: Visitor, request: Request) -> Answer {
    web.check_rates(&visitor)?;
    // A form on another site could sign somebody in as somebody else.
    if !guard::is_own_form(request.headers(), request.uri()) {
        return Err(RequestError::WrongOrigin.into());
    }
    let is_https = web.settings.is_https;
    let before = web.token_of(request.headers(), &visitor);
    let known_by = cookies::known_browser(request.headers(), is_https);
    let mut fields = Fields::receive(request, &web.limits).await?;
    let (staff_id, pin) = (fields.one("staff_id")?, fields.one("pin")?);
    let next = way_back(&fields.one("next")?).to_owned();
    let browser = Browser {
        address: household(visitor.address),
        is_bound: !is_https,
        known_by: known_by.as_deref(),
        before,
    };
    match web
        .services
        .sign_ins
        .sign_in(&staff_id, &pin, browser)
        .await
    {
        Ok(signed_in) => {
            let token = cookies::set_sign_in(&signed_in.token.to_cookie(), is_https);
            let known_by = cookies::set_known_browser(&signed_in.known_by, is_https);
            Ok((with_cookies([token, known_by]), Redirect::to(&next)).into_response())
        }
        Err(refusal) => {
            let status = match refusal {
                SignInRefusal::Wrong => StatusCode::UNAUTHORIZED,
                SignInRefusal::Locked { .. } => StatusCode::TOO_MANY_REQUESTS,
                SignInRefusal::Busy | SignInRefusal::OutOfOrder => StatusCode::SERVICE_UNAVAILABLE,
            };
            let form = LoginForm {
                staff_id: Field::holding(echo(&staff_id)),
                pin: Field {
                    text: String::new(),
                    error: Some(web.voice().say(&refusal)),
                },
                next,
            };
            let again = (refusal == SignInRefusal::Busy).then_some((RETRY_AFTER, BUSY_FOR));
            let again: HeaderMap = again.into_iter().collect();
            Ok((status, again, page(&web, &form)).into_response())
        }
    }
}

/// `POST /logout`: ends the sign-in, here and in the database.
pub async fn sign_out(State(web): State<Web>, form: StaffForm) -> Answer {
    web.services.sign_ins.sign_out(form.staff.token).await?;
    let cookie = cookies::end_sign_in(web.settings.is_https);
    Ok((with_cookies([cookie]), Redirect::to("/login")).into_response())
}

fn with_cookies(cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for cookie in cookies.into_iter().flatten() {
        headers.append(SET_COOKIE, cookie);
    }
    headers
}

fn page(web: &Web, form: &LoginForm) -> Markup {
    pages::login(&web.services.desk.policy().kiosk_name, form, web.voice())
}
