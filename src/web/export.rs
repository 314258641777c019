//! Lists to take away: a session's, its unit's, and who may sit the exam (feature K9).

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;

use super::Web;
use super::problem::{Answer, Problem};
use super::staff::Staff;
use crate::services::export::{ExportError, Format};
use crate::words::RequestError;

/// `GET /board/{session_id}/export/{file}`, such as `session.csv` or `exam.xlsx`.
pub async fn file(
    State(web): State<Web>,
    staff: Staff,
    Path((id, file)): Path<(String, String)>,
) -> Answer {
    let (list, form) = file.split_once('.').ok_or_else(Problem::not_found)?;
    let (format, kind) = match form {
        // Spreadsheets take a file for UTF-8 only when it begins with a mark.
        "csv" => (Format::CsvWithBom, "text/csv; charset=utf-8"),
        "json" => (Format::Json, "application/json"),
        "xlsx" => (
            Format::Xlsx,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        _ => return Err(Problem::not_found()),
    };
    let session = web.session_of(&staff, &id).await?;
    let (unit, by) = (session.unit_code, staff.by());
    let semester = Some(session.semester);
    let sheet = match list {
        "session" => web.services.exports.session(by, session.id).await,
        "unit" => web.services.exports.unit(by, unit, semester).await,
        "exam" => web.services.exports.exam(by, unit, semester).await,
        _ => return Err(Problem::not_found()),
    };
    let bytes = sheet.and_then(|sheet| sheet.to_bytes(format));
    let bytes = bytes.map_err(|error| match error {
        ExportError::Store(error) => Problem::from(error),
        ExportError::Forbidden(error) => RequestError::Forbidden(error).into(),
        error @ ExportError::Workbook(_) => RequestError::Export(error).into(),
    })?;
    // Both words are from the lists above: nothing typed gets into the header.
    let name = format!("attachment; filename=\"{list}.{form}\"");
    Ok((
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)],
        bytes,
    )
        .into_response())
}
