//! What the description of the JSON interface says beside its operations, which the router collects where
//! they are declared.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};

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
