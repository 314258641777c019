//! The staff's way in and out: the same door as at the terminal.

use axum::extract::{RawQuery, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;

use super::body::Fields;
use super::echo::echo;
use super::pages::{self, Field, LoginForm};
use super::problem::Problem;
use super::staff::{StaffForm, way_back};
use super::visitor::Visitor;
use super::{Web, cookies, guard};
use crate::services::SignInRefusal;

/// `GET /login`: asks for staff id and PIN.
pub async fn ask(State(web): State<Web>, RawQuery(query): RawQuery) -> Result<Markup, Problem> {
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let form = LoginForm {
        next: way_back(&query.one("next")?).to_owned(),
        ..LoginForm::default()
    };
    Ok(page(&web, &form))
}

/// `POST /login`: lets staff in. Whatever the browser held before is worth nothing afterwards.
pub async fn sign_in(
    State(web): State<Web>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Problem> {
    web.check_rates(&visitor)?;
    // A form on another site could sign somebody in as somebody else.
    if !guard::is_own_form(request.headers(), request.uri()) {
        return Err(Problem::wrong_origin());
    }
    let before = cookies::sign_in(request.headers(), web.settings.is_https);
    let mut fields = Fields::receive(request, &web.limits).await?;
    let (staff_id, pin) = (fields.one("staff_id")?, fields.one("pin")?);
    let next = way_back(&fields.one("next")?).to_owned();
    match web.services.sign_ins.sign_in(&staff_id, &pin, before).await {
        Ok((token, _)) => {
            let cookie = cookies::set_sign_in(&token.to_cookie(), web.settings.is_https);
            Ok((with_cookie(cookie), Redirect::to(&next)).into_response())
        }
        Err(refusal) => {
            let (status, error) = match refusal {
                SignInRefusal::Wrong => (
                    StatusCode::UNAUTHORIZED,
                    "Staff id and PIN do not belong together.".to_owned(),
                ),
                SignInRefusal::Locked { until } => (
                    StatusCode::TOO_MANY_REQUESTS,
                    format!(
                        "Too many wrong PINs. Try again at {}.",
                        web.services.desk.zone().clock(until)
                    ),
                ),
                SignInRefusal::OutOfOrder => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The kiosk cannot look that up now. Tell a technician.".to_owned(),
                ),
            };
            let form = LoginForm {
                staff_id: Field::holding(echo(&staff_id)),
                pin: Field {
                    text: String::new(),
                    error: Some(error),
                },
                next,
            };
            Ok((status, page(&web, &form)).into_response())
        }
    }
}

/// `POST /logout`: ends the sign-in, here and in the database.
pub async fn sign_out(State(web): State<Web>, form: StaffForm) -> Result<Response, Problem> {
    web.services
        .sign_ins
        .sign_out(form.staff.token)
        .await
        .map_err(|error| web.out_of_order(&error))?;
    let cookie = cookies::end_sign_in(web.settings.is_https);
    Ok((with_cookie(cookie), Redirect::to("/login")).into_response())
}

fn with_cookie(cookie: Option<axum::http::HeaderValue>) -> HeaderMap {
    cookie
        .into_iter()
        .map(|cookie| (SET_COOKIE, cookie))
        .collect()
}

fn page(web: &Web, form: &LoginForm) -> Markup {
    pages::login(&web.services.desk.policy().kiosk_name, form)
}
