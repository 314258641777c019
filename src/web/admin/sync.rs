//! The sync monitor: what waits for which remote, why, and another try (feature G3).

use axum::extract::State;
use axum::response::Redirect;
use maud::Markup;
use uuid::Uuid;

use crate::domain::{RemoteStatus, Target};
use crate::services::{Page, Progress};
use crate::web::Web;
use crate::web::pages::{self, DeliveriesPage};
use crate::web::problem::{Answer, Problem};
use crate::web::staff::{Admin, AdminForm};

/// Deliveries that the page shows; the rest is counted.
const SHOWN: Page = Page {
    offset: 0,
    limit: 100,
};

/// `GET /admin/sync`.
pub async fn show(State(web): State<Web>, Admin(staff): Admin) -> Answer<Markup> {
    let progress = web.services.deliveries.progress().await?;
    let snapshot = web.snapshot.borrow().clone();
    let now = web.services.desk.now();
    let with_drain = |progress: Progress| {
        let shown = snapshot
            .remotes
            .iter()
            .find(|it| it.target == progress.target);
        let mut drain = shown.map(|remote| remote.drain.clone()).unwrap_or_default();
        // The snapshot may be a moment old.
        drain.note(now, progress.counts.waiting);
        (progress, drain)
    };
    let remotes = progress
        .into_iter()
        .filter(|remote| remote.status != RemoteStatus::Off);
    let queue = web.services.deliveries.page(None, SHOWN).await;
    let page = DeliveriesPage {
        remotes: remotes.map(with_drain).collect(),
        queue: queue?,
        now,
    };
    Ok(pages::deliveries(&web.chrome(&staff), &page))
}

/// `POST /admin/sync/retry`: one record's deliveries, or all; of one remote, or both.
pub async fn retry(
    State(web): State<Web>,
    AdminForm { mut fields, .. }: AdminForm,
) -> Answer<Redirect> {
    let record = match fields.one("record")?.as_str() {
        "" => None,
        id => Some(Uuid::try_parse(id).map_err(|_| Problem::not_found())?),
    };
    let target = match fields.one("target")?.as_str() {
        "" => None,
        name => Some(Target::parse(name).ok_or_else(Problem::not_found)?),
    };
    let retried = match record {
        Some(record) => web.services.deliveries.retry(record, target).await,
        None => web.services.deliveries.retry_all(target).await,
    };
    retried?;
    Ok(Redirect::to("/admin/sync"))
}
