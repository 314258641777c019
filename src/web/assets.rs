//! The style sheet and the script of the staff pages. Everything works without the script; it only keeps
//! what is shown up to date.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::pages::PALETTE;

/// `GET /assets/staff.css`.
pub async fn style() -> Response {
    let style = format!("{PALETTE}{}", include_str!("pages/staff/staff.css"));
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], style).into_response()
}

/// `GET /assets/staff.js`.
pub async fn script() -> Response {
    let script = include_str!("pages/staff/staff.js");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
}
