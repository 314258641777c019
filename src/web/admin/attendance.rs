//! Attendance records, with all that the remotes have said (feature G2). Nothing is changed here.

use axum::extract::{Path, State};
use maud::Markup;
use uuid::Uuid;

use super::{Asked, page_number};
use crate::domain::{AdmissionNumber, UnitCode};
use crate::services::{AttendanceQuery, SyncState};
use crate::web::Web;
use crate::web::pages::{self, AttendanceList};
use crate::web::problem::{Answer, Problem};
use crate::web::staff::Admin;

/// `GET /admin/attendance`.
pub async fn list(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let asked = AttendanceQuery {
        date: query.one("date")?.parse().ok(),
        unit: UnitCode::parse(&query.one("unit")?).ok(),
        number: AdmissionNumber::parse(&query.one("number")?).ok(),
        sync: match query.one("sync")?.as_str() {
            "waiting" => Some(SyncState::Waiting),
            "parked" => Some(SyncState::Parked),
            "delivered" => Some(SyncState::Delivered),
            _ => None,
        },
        page: page_number(&mut query)?,
    };
    let found = web
        .services
        .administration
        .attendance(staff.by(), asked.clone())
        .await;
    let list = AttendanceList {
        page: found?,
        units: web.units(&staff).await?,
        query: asked,
    };
    Ok(pages::attendance(&web.chrome(&staff), &list))
}

/// `GET /admin/attendance/{attendance_id}`.
pub async fn show(
    State(web): State<Web>,
    Admin(staff): Admin,
    Path(id): Path<String>,
) -> Answer<Markup> {
    let id = Uuid::try_parse(&id).map_err(|_| Problem::not_found())?;
    let found = web.services.administration.record(staff.by(), id).await;
    let file = found?.ok_or_else(Problem::not_found)?;
    Ok(pages::record(&web.chrome(&staff), &file))
}
