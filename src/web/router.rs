//! Which path is answered by whom, and what every request passes through.

use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Json, Router};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::audience::Audience;
use super::openapi::Description;
use super::problem::Problem;
use super::{
    Web, admin, api, assets, attend, board, corrections, events, excuses, export, guard, home,
    lectures, login, metrics, numbers, paper, shield, units,
};
use crate::words::RequestError;

/// The pages for a server's audience, and the description of all that programs may ask for.
pub fn router(web: Web) -> Router {
    let to_boards = get(async || Redirect::to("/board/"));
    let (students, mut described) = students().split_for_parts();
    let (staff, of_staff) = staff().split_for_parts();
    described.merge(of_staff);
    let routes = match web.audience {
        Audience::Everybody => students.merge(staff),
        Audience::Students => students,
        Audience::Staff => staff.route("/", to_boards),
    };
    let routes = routes
        .route("/healthz", get(async || "ok"))
        .route("/api/openapi.json", get(Json(described)))
        .route("/metrics", get(metrics::show))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::from(RequestError::WrongMethod));
    surrounded(routes, web)
}

/// What everybody may ask for.
fn students() -> OpenApiRouter<Web> {
    let form = get(attend::open).post(attend::send);
    let session = get(home::of_session);
    let to_start = get(async || Redirect::to("/"));
    OpenApiRouter::with_openapi(Description::openapi())
        .route("/", get(home::ask).post(home::go))
        // The QR carries the path in upper case; people type it in lower case.
        .route("/A/{code}", form.clone())
        .route("/a/{code}", form)
        .route("/A", to_start.clone())
        .route("/A/", to_start.clone())
        .route("/a", to_start.clone())
        .route("/a/", to_start)
        .route("/check-ins/{attendance_id}/take-back", post(attend::not_me))
        .route("/attend/{session_id}", session.clone())
        .route("/attend/{session_id}/", session)
        .routes(routes!(api::check_in))
        .routes(routes!(api::receipt))
        .routes(routes!(api::take_back))
        .routes(routes!(api::status))
}

/// What only staff may ask for. Each handler takes a [`super::staff::Staff`] or one of its kind, which
/// nobody gets without a sign-in; the tests ask for every one of these without.
fn staff() -> OpenApiRouter<Web> {
    OpenApiRouter::default()
        .route("/login", get(login::ask).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/assets/staff.css", get(assets::style))
        .route("/assets/staff.js", get(assets::script))
        .route("/board", get(async || Redirect::to("/board/")))
        .route("/board/", get(board::list))
        .route("/board/{session_id}", get(board::show))
        .route("/board/{session_id}/qr.svg", get(board::qr))
        .route("/board/{session_id}/screen", get(board::screen))
        .route(
            "/board/{session_id}/student",
            get(corrections::show).post(corrections::correct),
        )
        .route(
            "/board/{session_id}/numbers",
            get(paper::show).post(paper::change),
        )
        .route("/board/{session_id}/excuse", post(excuses::change))
        .route("/board/{session_id}/export/{file}", get(export::file))
        .route("/board/{session_id}/close", post(board::close))
        .route(
            "/lectures/{lecture}",
            get(lectures::show).post(lectures::change),
        )
        .route("/students/number", get(numbers::show).post(numbers::change))
        .route("/units/{unit}", get(units::show))
        .route("/units/{unit}/export/{file}", get(units::export))
        .route("/units/{unit}/settle", post(units::settle))
        .route("/units/{unit}/enrol", post(units::enrol))
        .route("/units/{unit}/withdraw", post(units::withdraw))
        .route("/units/{unit}/add", post(units::add))
        .route("/units/{unit}/rules", post(units::rules))
        .route("/units/{unit}/finished", post(units::finished))
        .route("/units/{unit}/assign", post(units::assign))
        .route("/units/{unit}/retired", post(units::retired))
        .routes(routes!(board::json))
        .routes(routes!(events::board))
        .routes(routes!(events::sync))
        .merge(admin::routes().into())
        .layer(from_fn(shield::staff_headers))
}

/// Routes with everything around them, from the inside out.
pub fn surrounded(routes: Router<Web>, web: Web) -> Router {
    routes
        .layer(from_fn_with_state(web.clone(), guard::guard))
        .layer(from_fn_with_state(web.clone(), shield::answer_surely))
        .layer(from_fn_with_state(web.clone(), shield::render_problem))
        .layer(from_fn(shield::harden))
        .layer(from_fn_with_state(web.clone(), metrics::count))
        .layer(from_fn_with_state(web.clone(), shield::log_access))
        .with_state(web)
}
