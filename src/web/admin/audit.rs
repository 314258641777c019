//! The audit log: who changed what, and why. It is only read.

use axum::extract::State;
use maud::Markup;

use super::Asked;
use crate::domain::{AdmissionNumber, AuditFilter};
use crate::services::PAGE;
use crate::web::Web;
use crate::web::echo::echo;
use crate::web::pages::{self, AuditList};
use crate::web::problem::Answer;

/// `GET /admin/audit`. Pages begin after a line, not at a number: the log grows while it is read.
pub async fn list(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let mut typed = |name| query.one(name).map(|typed| echo(typed.trim()));
    let (actor, action, student) = (typed("actor")?, typed("action")?, typed("student")?);
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let filter = AuditFilter {
        actor: given(&actor),
        action: given(&action),
        student: AdmissionNumber::parse(&student).ok(),
        before: query.one("before")?.parse().ok(),
        limit: PAGE,
        ..AuditFilter::default()
    };
    let lines = web.services.corrections.trail(staff.by(), filter).await;
    let list = AuditList {
        lines: lines?,
        actor,
        action,
        student,
    };
    Ok(pages::audit(&web.chrome(&staff), &list))
}
