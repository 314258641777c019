//! Who of the staff is asking. A handler that takes one of these is closed to everybody else.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::Web;
use super::body::Fields;
use super::cookies;
use super::guard;
use super::pages::FORM_KEY;
use super::percent;
use super::problem::{Answer, Problem};
use super::rates::household;
use super::visitor::Visitor;
use crate::domain::{Lecturer, Session, SessionId, SignInToken};
use crate::services::Actor;
use crate::words::RequestError;

/// Somebody of the staff, signed in.
#[derive(Debug)]
pub struct Staff {
    /// Who, as the lists know them at this moment.
    pub lecturer: Lecturer,
    /// What their browser holds.
    pub token: SignInToken,
}

/// An administrator, signed in.
#[derive(Debug)]
pub struct Admin(pub Staff);

/// A form that a signed-in browser sent from a page of this kiosk.
#[derive(Debug)]
pub struct StaffForm {
    /// The person who sent the form.
    pub staff: Staff,
    /// The fields of the form.
    pub fields: Fields,
}

/// As [`StaffForm`], of an administrator.
#[derive(Debug)]
pub struct AdminForm {
    /// The administrator who sent the form.
    pub staff: Staff,
    /// The fields of the form.
    pub fields: Fields,
}

/// Why a request is rejected.
pub enum Rejected {
    /// Leads to the sign-in page, which leads back.
    Redirect(String),
    /// Shows a page with the problem.
    Problem(Problem),
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        match self {
            Self::Redirect(to) => Redirect::to(&to).into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl Staff {
    /// In whose name they ask.
    pub fn by(&self) -> Actor<'_> {
        Actor::Lecturer(&self.lecturer)
    }
}

impl From<Problem> for Rejected {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl FromRequestParts<Web> for Staff {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
        let Ok(visitor) = Visitor::from_request_parts(parts, web).await;
        web.check_address_rate(&visitor)?;
        let token = web.token_of(&parts.headers, &visitor);
        // A stream comes back by itself, whether anybody is at the laptop or not.
        let found = match &token {
            Some(token) if parts.uri.path().ends_with("/events") => {
                web.services.sign_ins.look(token).await
            }
            Some(token) => web.services.sign_ins.admit(token).await,
            None => Ok(None),
        };
        match (found, token) {
            (Ok(Some(lecturer)), Some(token)) => Ok(Self { lecturer, token }),
            (Ok(_), _) if parts.method.is_safe() && !parts.uri.path().starts_with("/api/") => {
                Err(Rejected::Redirect(sign_in_path(&parts.uri)))
            }
            (Ok(_), _) => Err(Problem::not_signed_in("/login").into()),
            (Err(error), _) => Err(Problem::out_of_order(&error).into()),
        }
    }
}

impl Web {
    /// The sign-in that a request shows. Without encryption it is good at the address where it was made.
    pub(super) fn token_of(&self, headers: &HeaderMap, visitor: &Visitor) -> Option<SignInToken> {
        let is_https = self.settings.is_https;
        let token = cookies::sign_in(headers, is_https)?;
        Some(if is_https {
            token
        } else {
            token.bound_to(household(visitor.address))
        })
    }
}

impl FromRequestParts<Web> for Admin {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
        let staff = Staff::from_request_parts(parts, web).await?;
        if staff.lecturer.is_admin {
            Ok(Self(staff))
        } else {
            Err(Problem::from(RequestError::AdministratorsOnly).into())
        }
    }
}

impl FromRequest<Web> for StaffForm {
    type Rejection = Rejected;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Rejected> {
        let (mut parts, body) = request.into_parts();
        let staff = Staff::from_request_parts(&mut parts, web).await?;
        let is_own = guard::is_own_form(&parts.headers, &parts.uri);
        let request = Request::from_parts(parts, body);
        let mut fields = Fields::receive(request, &web.limits).await?;
        if is_own && staff.token.is_form_key(&fields.one(FORM_KEY)?) {
            Ok(Self { staff, fields })
        } else {
            Err(Problem::from(RequestError::StaleForm).into())
        }
    }
}

impl FromRequest<Web> for AdminForm {
    type Rejection = Rejected;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Rejected> {
        // Before the body is read: a person who may not send it learns that, not that the form is out of date.
        let (mut parts, body) = request.into_parts();
        Admin::from_request_parts(&mut parts, web).await?;
        let request = Request::from_parts(parts, body);
        let StaffForm { staff, fields } = StaffForm::from_request(request, web).await?;
        Ok(Self { staff, fields })
    }
}

impl Web {
    /// The session that a path names, for staff who have charge of its unit.
    pub(super) async fn session_of(&self, staff: &Staff, id: &str) -> Answer<Session> {
        let id = SessionId::parse(id).ok_or_else(Problem::not_found)?;
        Ok(self.services.sessions.get(staff.by(), id).await?)
    }
}

/// The sign-in that leads back to a page.
fn sign_in_path(uri: &Uri) -> String {
    let back = uri
        .path_and_query()
        .map_or("/board/", axum::http::uri::PathAndQuery::as_str);
    format!("/login?next={}", percent::encode(back))
}

/// The page to come back to, if it is one of ours: `//evil.example` and `/\evil.example` are other sites
/// to a browser, and nothing but the staff pages is worth coming back to.
pub fn way_back(asked: &str) -> &str {
    let is_ours = ["/board/", "/admin/", "/units/"]
        .iter()
        .any(|root| asked.starts_with(root));
    let is_plain = asked
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_plain {
        asked
    } else {
        "/board/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_in_is_told_the_whole_way_back() {
        let path = |uri: &str| sign_in_path(&uri.parse().unwrap());
        assert_eq!(
            path("/admin/students?q=a&page=2"),
            "/login?next=%2Fadmin%2Fstudents%3Fq%3Da%26page%3D2"
        );
    }

    #[test]
    fn the_way_back_leads_nowhere_else() {
        for ours in ["/board/5f0c", "/admin/students?q=a&page=2"] {
            assert_eq!(way_back(ours), ours);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/board/",
            "/board/\r\nSet-Cookie: a=b",
            "/logout",
            "javascript:alert(1)",
        ] {
            assert_eq!(way_back(other), "/board/", "{other}");
        }
    }
}
