//! The office on the web: lists, forms and the sync monitor, for administrators only (features G1 to G4).

mod attendance;
mod audit;
mod lecturers;
mod students;
mod sync;
mod units;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::{get, post};

use super::Web;
use super::body::Fields;
use super::problem::{Answer, Problem};
use super::staff::{Admin, Rejected, Staff};

/// The office's pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/admin", get(async || Redirect::to("/admin/students")))
        .route("/admin/", get(async || Redirect::to("/admin/students")))
        .route("/admin/students", get(students::list))
        .route("/admin/student", get(students::show).post(students::change))
        .route("/admin/student/why", get(students::why))
        .route("/admin/student/enrol", post(students::enrol))
        .route(
            "/admin/student/withdraw",
            get(students::confirm_withdrawal).post(students::withdraw),
        )
        .route("/admin/attendance", get(attendance::list))
        .route("/admin/attendance/{attendance_id}", get(attendance::show))
        .route("/admin/sync", get(sync::show))
        .route("/admin/sync/retry", post(sync::retry))
        .route("/admin/units", get(units::list).post(units::add))
        .route("/admin/unit", get(units::show).post(units::change))
        .route(
            "/admin/lecturers",
            get(lecturers::list).post(lecturers::add),
        )
        .route(
            "/admin/lecturer",
            get(lecturers::show).post(lecturers::change),
        )
        .route("/admin/lecturer/pin", post(lecturers::set_pin))
        .route("/admin/audit", get(audit::list))
}

/// An administrator, and the query of the address.
pub struct Asked {
    pub staff: Staff,
    pub query: Fields,
}

impl FromRequestParts<Web> for Asked {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
        let Admin(staff) = Admin::from_request_parts(parts, web).await?;
        let query = parts.uri.query().unwrap_or_default();
        let query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
        Ok(Self { staff, query })
    }
}

/// The number of a page in the address; what is no number is the first.
fn page_number(query: &mut Fields) -> Answer<u32> {
    Ok(query
        .one("page")?
        .parse::<u32>()
        .unwrap_or(0)
        .min(1_000_000))
}
