//! The description of the JSON interface, for programs and for those who write them.
//!
//! What is answered is written by `services`; here stands what it looks like from outside. The tests hold
//! real answers against these descriptions, both ways: nothing missing, and nothing that is not described.

#![expect(
    dead_code,
    reason = "these types describe answers; nobody makes values of them"
)]

use std::collections::BTreeMap;

use axum::Json;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use super::{api, board, events};

/// `GET /api/openapi.json`.
pub async fn describe() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Attendance kiosk",
        description = "Check-ins by programs, and the boards that staff watch. Every refusal is a JSON object with `success`, `outcome` and `error`.",
    ),
    paths(api::check_in, api::receipt, api::status, board::json, events::board, events::sync),
    components(schemas(CheckIn, Record, Refused, Status, Board)),
    modifiers(&StaffCookie)
)]
struct Description;

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

/// What is sent to check a student in.
#[derive(ToSchema)]
pub struct CheckIn {
    /// The code on the screen: six letters and digits, in any case.
    #[schema(example = "K7M2QX", min_length = 1, pattern = r"^[0-9A-Za-z]{6}$")]
    code: String,
    /// As on the student card.
    #[schema(
        example = "ADM/2023/001",
        min_length = 1,
        max_length = 50,
        pattern = r"^[!-~]+$"
    )]
    admission_number: String,
    /// Needed where the number is new here.
    #[schema(max_length = 100, pattern = r"^([A-Za-z]+ ?)*$")]
    student_name: Option<String>,
}

/// A record, new or found.
#[derive(ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those that other programs read"
)]
pub struct Record {
    /// Whether a record stands; once both remotes have answered, whether one of them has it.
    success: bool,
    outcome: RecordOutcome,
    /// Whether this request made the record.
    created: bool,
    #[schema(format = "uuid")]
    attendance_id: String,
    /// Of the planned lessons, with two decimals.
    #[schema(minimum = 0, maximum = 100)]
    attendance_percentage: f64,
    on_time: bool,
    late_minutes: u32,
    /// Whether the lecturer has yet to approve it.
    pending: bool,
    flags: Vec<FlagWord>,
    /// RFC 3339 in the site's zone.
    checked_in_at: String,
    channel: ChannelWord,
    student: StudentOfRecord,
    session: Lecture,
    standing: StandingOfStudent,
    firebase: Remote,
    portal: Remote,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum RecordOutcome {
    Recorded,
    AlreadyMarked,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum FlagWord {
    SharedDevice,
    Burst,
    NameMismatch,
    Late,
    ClockUntrusted,
    AfterReopen,
    OutsideWindows,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ChannelWord {
    Keypad,
    Phone,
    Lecturer,
    Cli,
    Remote,
}

#[derive(ToSchema)]
struct StudentOfRecord {
    admission_number: String,
    /// Empty while nobody has given one.
    name: String,
}

/// A lecture in the site's local time.
#[derive(ToSchema)]
struct Lecture {
    #[schema(format = "uuid")]
    session_id: String,
    unit_code: String,
    unit_name: String,
    #[schema(format = "date")]
    date: String,
    #[schema(example = "09:00 - 11:00")]
    time_slot: String,
    venue: String,
    lecturer_name: String,
}

/// Where a student stands in the unit.
#[derive(ToSchema)]
struct StandingOfStudent {
    attended: u32,
    held: u32,
    planned: u32,
    of_plan: f64,
    so_far: f64,
    band: BandWord,
    forecast: ForecastWord,
    /// How many lessons the forecast speaks of.
    lessons: Option<u32>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum BandWord {
    NoneHeld,
    Good,
    Warning,
    Below,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ForecastWord {
    CanMiss,
    MustAttend,
    CannotReach,
}

/// What a remote has said.
#[derive(ToSchema)]
struct Remote {
    success: bool,
    queued: Option<bool>,
    document_id: Option<String>,
    message: Option<String>,
    error: Option<String>,
}

/// Nothing was recorded, or nothing is shown.
#[derive(ToSchema)]
pub struct Refused {
    success: bool,
    outcome: RefusalOutcome,
    /// One sentence for people.
    error: String,
    /// By field, what is wrong with it.
    fields: Option<BTreeMap<String, String>>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum RefusalOutcome {
    SessionClosed,
    CodeExpired,
    UnknownCode,
    UnknownStudent,
    Invalid,
    MarkRemoved,
    DeviceBlocked,
    RateLimited,
    OutOfOrder,
}

/// Whether the remotes can be reached, and how many records there are.
#[derive(ToSchema)]
pub struct Status {
    firebase_connected: bool,
    portal_connected: bool,
    #[schema(format = "date-time")]
    timestamp: String,
    attendance_count: u64,
}

/// A session as its lecturer sees it.
#[derive(ToSchema)]
pub struct Board {
    session: Lecture,
    state: StateWord,
    /// When this was so.
    #[schema(format = "date-time")]
    at: String,
    totals: BoardTotals,
    /// The code on the screen; `null` while no check-ins are taken.
    #[schema(required)]
    code: Option<String>,
    arrivals: BoardArrivals,
    students: Vec<BoardLine>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum StateWord {
    Open,
    Closed,
    Cancelled,
}

#[derive(ToSchema)]
struct BoardTotals {
    enrolled: u32,
    present: u32,
    late: u32,
    absent: u32,
    pending: u32,
}

/// Check-ins in equal steps since check-in opened.
#[derive(ToSchema)]
struct BoardArrivals {
    step_minutes: u32,
    counts: Vec<u32>,
}

#[derive(ToSchema)]
struct BoardLine {
    admission_number: String,
    #[schema(required)]
    name: Option<String>,
    mark: MarkWord,
    #[schema(required, format = "date-time")]
    at: Option<String>,
    /// `at` as the room's clock showed it.
    #[schema(required)]
    local_time: Option<String>,
    #[schema(required)]
    channel: Option<ChannelWord>,
    late_minutes: u32,
    flags: Vec<FlagWord>,
    standing: StandingOfStudent,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum MarkWord {
    Present,
    Late,
    Pending,
    Absent,
}
