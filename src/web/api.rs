//! The JSON interface for programs.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Web;
use super::body::{Fields, receive_json};
use super::openapi::Unreadable;
use super::problem::{Answer, Problem};
use super::visitor::Visitor;
use crate::domain::{
    AdmissionNumber, Channel, CheckInAnswer, PersonName, SessionId, Target, Timestamp,
};
use crate::services::{Entrance, Request};
use crate::words::{CheckInResult, RecordJson, RefusalJson, RequestError};

/// What is sent to check a student in.
#[derive(ToSchema)]
#[schema(as = CheckIn)]
pub struct CheckInJson {
    /// The code on the screen: six letters and digits without U, in any case, with or without blanks and hyphens.
    #[schema(example = "K7M2QX", pattern = "^[ -]*([0-9A-TV-Za-tv-z][ -]*){6}$")]
    code: String,
    /// As on the student card.
    #[schema(example = "ADM/2023/001", value_type = AdmissionNumber)]
    admission_number: String,
    /// Needed where the number is new here.
    #[schema(value_type = Option<PersonName>)]
    student_name: Option<String>,
    /// `true` after a `near_number`: the number is right as it was sent.
    #[schema(value_type = Option<bool>)]
    insist: bool,
}

impl CheckInJson {
    fn read(sent: &Value) -> Answer<Self> {
        if !sent.is_object() {
            return Err(Problem::unreadable());
        }
        Ok(Self {
            code: required(sent, "code")?,
            admission_number: required(sent, "admission_number")?,
            student_name: text(sent, "student_name")?,
            insist: match sent.get("insist") {
                None | Some(Value::Null) => false,
                Some(Value::Bool(insist)) => *insist,
                Some(_) => return Err(RequestError::FieldNotBoolean { field: "insist" }.into()),
            },
        })
    }
}

/// Checks a student in.
///
/// Sending it twice does no harm: the second answer is the first record, without name, flags and figures: whoever
/// sends a number may be another student.
#[utoipa::path(
    post,
    path = "/api/check-ins",
    request_body = CheckInJson,
    responses(
        (status = 201, description = "A record was made", body = RecordJson),
        (status = 200, description = "There was one already", body = RecordJson),
        (status = 404, description = "The code is not known", body = RefusalJson),
        (status = 409, description = "The number is on no list, and resembles the `suggestion`: nothing was recorded", body = RefusalJson),
        (status = 410, description = "The code has expired, or the lecture is closed", body = RefusalJson),
        (status = 422, description = "A field is missing or cannot be used", body = RefusalJson),
        Unreadable,
        Problem,
    )
)]
pub async fn check_in(State(web): State<Web>, visitor: Visitor, request: HttpRequest) -> Answer {
    let is_suspected = web.check_or_suspect(&visitor)?;
    let sent = CheckInJson::read(&receive_json(request, &web.limits).await?)?;
    if is_suspected {
        web.check_live(&visitor, &sent.code, "").await?;
    }
    let request = Request {
        entrance: Entrance::Code(sent.code),
        admission_number: sent.admission_number,
        student_name: sent.student_name.unwrap_or_default(),
        insists: sent.insist,
        channel: Channel::Phone,
        device: None,
    };
    let answer = web.check_in(&visitor, request).await;
    let status = match &answer {
        Ok(CheckInAnswer::Recorded(_)) => StatusCode::CREATED,
        Ok(_) => StatusCode::OK,
        Err(refusal) => return Err(Problem::refused(refusal)),
    };
    Ok((status, Json(CheckInResult::new(&answer, web.voice()))).into_response())
}

/// What is sent to take a check-in back.
#[derive(ToSchema)]
#[schema(as = TakeBack)]
pub struct TakeBackJson {
    /// The ticket of the form, or of the page after it: proof that this phone opened it.
    ticket: String,
}

impl TakeBackJson {
    fn read(sent: &Value) -> Answer<Self> {
        if !sent.is_object() {
            return Err(Problem::unreadable());
        }
        Ok(Self {
            ticket: required(sent, "ticket")?,
        })
    }
}

/// "Not me": takes back the check-in that this phone has just made.
///
/// Within 2 minutes, once for each phone and lecture. The record counts nothing and blocks nobody: whoever the number
/// belongs to checks in, under the same id. Sending it twice does no harm.
#[utoipa::path(
    post,
    path = "/api/check-ins/{attendance_id}/take-back",
    params(("attendance_id" = Uuid, Path, description = "The id that the check-in answered")),
    request_body = TakeBackJson,
    responses(
        (status = 200, description = "It is taken back", body = RecordJson),
        (status = 404, description = "There is no such record", body = RefusalJson),
        (status = 409, description = "This phone has taken one back in this lecture, or staff have changed it", body = RefusalJson),
        (status = 410, description = "The time is over", body = RefusalJson),
        (status = 422, description = "A field is missing or cannot be used", body = RefusalJson),
        Unreadable,
        Problem,
    )
)]
pub async fn take_back(
    State(web): State<Web>,
    visitor: Visitor,
    id: Result<Path<String>, PathRejection>,
    request: HttpRequest,
) -> Answer<Json<CheckInResult>> {
    web.check_rates(&visitor)?;
    let id = id
        .ok()
        .and_then(|Path(id)| Uuid::try_parse(&id).ok())
        .ok_or_else(Problem::not_found)?;
    let sent = TakeBackJson::read(&receive_json(request, &web.limits).await?)?;
    let desk = &web.services.desk;
    let answer = desk
        .take_back_on_phone(id, &sent.ticket, visitor.device)
        .await;
    match &answer {
        Ok(_) => Ok(Json(CheckInResult::new(&answer, web.voice()))),
        Err(refusal) => Err(Problem::refused(refusal)),
    }
}

/// Shows a record as it is now.
///
/// The id is random and serves as the key. Name, flags and figures of a record that a phone or the keypad made are shown
/// to that phone only.
#[utoipa::path(
    get,
    path = "/api/check-ins/{attendance_id}",
    params(("attendance_id" = Uuid, Path, description = "The id that the check-in answered")),
    responses(
        (status = 200, description = "The record", body = RecordJson),
        (status = 404, description = "There is no such record", body = RefusalJson),
        Problem,
    )
)]
pub async fn receipt(
    State(web): State<Web>,
    visitor: Visitor,
    id: Result<Path<String>, PathRejection>,
) -> Answer<Json<CheckInResult>> {
    web.check_address_rate(&visitor)?;
    let id = id
        .ok()
        .and_then(|Path(id)| Uuid::try_parse(&id).ok())
        .ok_or_else(Problem::not_found)?;
    let receipt = web.services.desk.receipt(id, visitor.device).await?;
    let receipt = receipt.ok_or_else(Problem::not_found)?;
    Ok(Json(CheckInResult::of_receipt(&receipt, web.voice())))
}

/// Whether the remotes can be reached, and how many records there are.
#[derive(Serialize, ToSchema)]
#[schema(as = Status)]
pub struct StatusJson {
    firebase_connected: bool,
    portal_connected: bool,
    timestamp: Timestamp,
    attendance_count: u64,
}

/// Shows whether the remotes can be reached, and how many records there are.
#[utoipa::path(
    get,
    path = "/api/status",
    params(("session_id" = Option<Uuid>, Query, description = "Count the records of this session only")),
    responses(
        (status = 200, description = "The kiosk as it is now", body = StatusJson),
        (status = 400, description = "The query cannot be read", body = RefusalJson),
        (status = 422, description = "The session id is not a UUID", body = RefusalJson),
        Problem,
    )
)]
pub async fn status(
    State(web): State<Web>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Answer<Json<StatusJson>> {
    web.check_address_rate(&visitor)?;
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let session = match query.one("session_id")?.as_str() {
        "" => None,
        id => Some(SessionId::parse(id).ok_or(RequestError::FieldNotUuid {
            field: "session_id",
        })?),
    };
    let attendance_count = web.services.desk.attendance_count(session).await?;
    let snapshot = web.snapshot.borrow().clone();
    let is_connected = |target| {
        snapshot
            .remotes
            .iter()
            .any(|remote| remote.target == target && remote.status.is_connected())
    };
    Ok(Json(StatusJson {
        firebase_connected: is_connected(Target::Firestore),
        portal_connected: is_connected(Target::Portal),
        timestamp: web.services.desk.now(),
        attendance_count,
    }))
}

fn required(sent: &Value, field: &'static str) -> Answer<String> {
    text(sent, field)?.ok_or_else(|| RequestError::FieldMissing { field }.into())
}

/// A field that is text; `None` when it is missing or `null`.
fn text(sent: &Value, field: &'static str) -> Result<Option<String>, Problem> {
    match sent.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(RequestError::FieldNotText { field }.into()),
    }
}
