//! Which path is answered by whom, and what every request passes through.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use super::problem::{Problem, dress};
use super::{Web, api, attend, guard, home, shield};

/// The whole site.
pub fn router(web: Web) -> Router {
    surrounded(routes(), web)
}

fn routes() -> Router<Web> {
    let form = get(attend::open).post(attend::send);
    let session = get(home::of_session);
    Router::new()
        .route("/", get(home::ask).post(home::go))
        // The QR carries the path in upper case; people type it in lower case.
        .route("/A/{code}", form.clone())
        .route("/a/{code}", form)
        .route("/A", get(home::to_start))
        .route("/A/", get(home::to_start))
        .route("/a", get(home::to_start))
        .route("/a/", get(home::to_start))
        .route("/attend/{session_id}", session.clone())
        .route("/attend/{session_id}/", session)
        .route("/api/check-ins", axum::routing::post(api::check_in))
        .route("/api/check-ins/{attendance_id}", get(api::receipt))
        .route("/api/status", get(api::status))
        .route("/healthz", get(async || "ok"))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::wrong_method())
}

/// Routes with everything around them, from the inside out.
pub fn surrounded(routes: Router<Web>, web: Web) -> Router {
    routes
        .layer(from_fn_with_state(web.clone(), guard::guard))
        .layer(from_fn_with_state(web.clone(), shield::answer_surely))
        .layer(from_fn_with_state(web.clone(), dress))
        .layer(from_fn(shield::harden))
        .layer(from_fn(shield::log_access))
        .with_state(web)
}
