//! The JSON interface for programs.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::Web;
use super::body::{Fields, receive_json};
use super::openapi;
use super::problem::Problem;
use super::visitor::Visitor;
use crate::domain::{Channel, CheckInAnswer, SessionId, Target, Timestamp};
use crate::services::{Entrance, Request};
use crate::words::{CheckInResult, RequestError};

/// `POST /api/check-ins`: 201 where a record was made, 200 where there was one.
#[utoipa::path(
    post,
    path = "/api/check-ins",
    summary = "Checks a student in",
    description = "Sending it twice does no harm: the second answer is the first record.",
    request_body = openapi::CheckIn,
    responses(
        (status = 201, description = "A record was made", body = openapi::Record),
        (status = 200, description = "There was one already", body = openapi::Record),
        (status = 400, description = "Not JSON, or not an object", body = openapi::Refused),
        (status = 403, description = "Another network or site, or a phone that is blocked", body = openapi::Refused),
        (status = 404, description = "The code is not known", body = openapi::Refused),
        (status = 408, description = "The body took too long", body = openapi::Refused),
        (status = 410, description = "The code has expired, or the lecture is closed", body = openapi::Refused),
        (status = 413, description = "The body is too large", body = openapi::Refused),
        (status = 415, description = "The body is not declared as JSON", body = openapi::Refused),
        (status = 422, description = "A field is missing or cannot be used", body = openapi::Refused),
        (status = 429, description = "Too many requests; see Retry-After", body = openapi::Refused),
        (status = 503, description = "Out of order: nothing was recorded", body = openapi::Refused),
    )
)]
pub async fn check_in(
    State(web): State<Web>,
    visitor: Visitor,
    request: HttpRequest,
) -> Result<Response, Problem> {
    web.check_address_rate(&visitor)?;
    let sent = receive_json(request, &web.limits).await?;
    if !sent.is_object() {
        return Err(Problem::unreadable());
    }
    let answer = web
        .services
        .desk
        .check_in(Request {
            entrance: Entrance::Code(required(&sent, "code")?),
            admission_number: required(&sent, "admission_number")?,
            student_name: text(&sent, "student_name")?.unwrap_or_default(),
            channel: Channel::Phone,
            device: None,
        })
        .await;
    let status = match &answer {
        CheckInAnswer::Recorded(_) => StatusCode::CREATED,
        CheckInAnswer::AlreadyMarked(_) => StatusCode::OK,
        CheckInAnswer::Refused(refusal) => return Err(web.refused(refusal)),
    };
    Ok((status, Json(CheckInResult::new(&answer, web.voice()))).into_response())
}

/// `GET /api/check-ins/{attendance_id}`: the result as it stands now. The id is random and serves as the key.
#[utoipa::path(
    get,
    path = "/api/check-ins/{attendance_id}",
    summary = "Shows a record as it stands now",
    params(("attendance_id" = String, Path, description = "The id that the check-in answered", format = "uuid")),
    responses(
        (status = 200, description = "The record", body = openapi::Record),
        (status = 403, description = "Another network", body = openapi::Refused),
        (status = 404, description = "There is no such record", body = openapi::Refused),
        (status = 429, description = "Too many requests; see Retry-After", body = openapi::Refused),
        (status = 503, description = "Out of order", body = openapi::Refused),
    )
)]
pub async fn receipt(
    State(web): State<Web>,
    visitor: Visitor,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<CheckInResult>, Problem> {
    web.check_address_rate(&visitor)?;
    let id = id
        .ok()
        .and_then(|Path(id)| Uuid::try_parse(&id).ok())
        .ok_or_else(Problem::not_found)?;
    match web.services.desk.receipt(id).await {
        Ok(Some(receipt)) => Ok(Json(CheckInResult::of_receipt(&receipt, web.voice()))),
        Ok(None) => Err(Problem::not_found()),
        Err(error) => Err(web.out_of_order(&error)),
    }
}

/// What `GET /api/status` answers.
#[derive(Serialize)]
pub struct Status {
    firebase_connected: bool,
    portal_connected: bool,
    timestamp: Timestamp,
    attendance_count: u64,
}

/// `GET /api/status[?session_id=]`: the remotes, and how many records there are, in one session or in all.
#[utoipa::path(
    get,
    path = "/api/status",
    summary = "Shows whether the remotes can be reached, and how many records there are",
    params(("session_id" = Option<String>, Query, description = "Count the records of this session only", format = "uuid")),
    responses(
        (status = 200, description = "The kiosk as it is now", body = openapi::Status),
        (status = 400, description = "The query cannot be read", body = openapi::Refused),
        (status = 403, description = "Another network", body = openapi::Refused),
        (status = 422, description = "The session id is not a UUID", body = openapi::Refused),
        (status = 429, description = "Too many requests; see Retry-After", body = openapi::Refused),
        (status = 503, description = "Out of order", body = openapi::Refused),
    )
)]
pub async fn status(
    State(web): State<Web>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Json<Status>, Problem> {
    web.check_address_rate(&visitor)?;
    let query = query.unwrap_or_default();
    let mut query = Fields::parse(query.as_bytes()).ok_or_else(Problem::unreadable)?;
    let session = match query.one("session_id")?.as_str() {
        "" => None,
        id => Some(SessionId::parse(id).ok_or(RequestError::FieldNotUuid {
            field: "session_id",
        })?),
    };
    let attendance_count = web
        .services
        .desk
        .attendance_count(session)
        .await
        .map_err(|error| web.out_of_order(&error))?;
    let picture = web.picture.borrow().clone();
    let is_connected = |target| {
        picture
            .remotes
            .iter()
            .any(|remote| remote.target == target && remote.status.is_connected())
    };
    Ok(Json(Status {
        firebase_connected: is_connected(Target::Firestore),
        portal_connected: is_connected(Target::Portal),
        timestamp: web.services.desk.now(),
        attendance_count,
    }))
}

fn required(sent: &Value, field: &'static str) -> Result<String, Problem> {
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
