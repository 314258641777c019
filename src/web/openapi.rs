//! What the description of the JSON interface says beside its operations, which the router collects where
//! they are declared.

use std::collections::BTreeMap;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema as _};

use super::problem::Problem;
use super::staff::Rejected;
use crate::words::RefusalJson;

/// The description without its operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Attendance kiosk",
        description = "Check-ins by programs, and the boards that staff watch. Every refusal is a JSON object with `success`, `outcome` and `error`.",
    ),
    modifiers(&StaffCookie)
)]
pub struct Description;

struct StaffCookie;

impl Modify for StaffCookie {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let cookie = ApiKeyValue::with_description(
            "staff",
            "Set by `POST /login`; its name is `__Host-staff` where the kiosk has a certificate.",
        );
        if let Some(components) = &mut openapi.components {
            components.add_security_scheme("staff", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        }
    }
}

/// What any request can be answered with.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described([
            (403, "Another network or site, or not theirs to see or do"),
            (429, "Too many requests; see Retry-After"),
            (503, "Out of order: nothing was recorded"),
        ])
    }
}

/// What is answered, besides, to a body that cannot be read.
pub struct Unreadable;

impl IntoResponses for Unreadable {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described([
            (400, "Not JSON, or not an object"),
            (408, "The body took too long"),
            (413, "The body is too large"),
            (415, "The body is not declared as JSON"),
        ])
    }
}

/// What a request of staff can be answered with.
impl IntoResponses for Rejected {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut answers = Problem::responses();
        answers.extend(described([(401, "Nobody is signed in")]));
        answers
    }
}

/// Answers for the description of the interface, by status.
fn described<const N: usize>(answers: [(u16, &str); N]) -> BTreeMap<String, RefOr<Response>> {
    let described = answers.map(|(status, description)| {
        let refused = Ref::from_schema_name(RefusalJson::name());
        let content = ContentBuilder::new().schema(Some(refused)).build();
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", content);
        (status.to_string(), response.build().into())
    });
    described.into()
}
