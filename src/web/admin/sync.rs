//! The sync monitor: what is owed to whom, why, and another try (feature G3).

use axum::extract::State;
use axum::response::Redirect;
use maud::Markup;
use uuid::Uuid;

use crate::domain::Target;
use crate::web::Web;
use crate::web::pages;
use crate::web::problem::Problem;
use crate::web::staff::{Admin, AdminForm, StaffForm};

/// `GET /admin/sync`.
pub async fn show(State(web): State<Web>, Admin(staff): Admin) -> Result<Markup, Problem> {
    let owed = web.office.owed().await;
    let owed = owed.map_err(|error| web.out_of_order(&error))?;
    let picture = web.picture.borrow().clone();
    let (now, zone) = (web.desk.now(), web.desk.zone());
    Ok(pages::sync(
        &web.chrome(&staff),
        &picture.remotes,
        &owed,
        now,
        zone,
    ))
}

/// `POST /admin/sync/retry`: one record's debts, or all; of one remote, or both.
pub async fn retry(
    State(web): State<Web>,
    AdminForm(StaffForm { mut fields, .. }): AdminForm,
) -> Result<Redirect, Problem> {
    let record = match fields.one("record")?.as_str() {
        "" => None,
        id => Some(Uuid::try_parse(id).map_err(|_| Problem::not_found())?),
    };
    let target = match fields.one("target")?.as_str() {
        "" => None,
        name => Some(Target::parse(name).ok_or_else(Problem::not_found)?),
    };
    let retried = web.office.retry(record, target).await;
    retried.map_err(|error| web.not_changed(&error))?;
    Ok(Redirect::to("/admin/sync"))
}
