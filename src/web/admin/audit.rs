//! The audit log: who changed what, and why. It is only read.

use axum::extract::State;
use maud::Markup;

use super::{Asked, page_number};
use crate::web::Web;
use crate::web::echo::echo;
use crate::web::pages::{self, AuditList};
use crate::web::problem::Problem;

/// `GET /admin/audit`.
pub async fn list(
    State(web): State<Web>,
    Asked { staff, mut query }: Asked,
) -> Result<Markup, Problem> {
    let search = echo(query.one("q")?.trim());
    let number = page_number(&mut query)?;
    let page = web.office.audit(search.clone(), number).await;
    let list = AuditList {
        page: page.map_err(|error| web.out_of_order(&error))?,
        search,
        number,
        zone: web.desk.zone(),
    };
    Ok(pages::audit(&web.chrome(&staff), &list))
}
