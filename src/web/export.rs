//! Lists to take away (feature K9).

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;

use super::Web;
use super::problem::{Answer, Problem};
use super::staff::Staff;
use crate::services::export::{ExportError, Format, List};
use crate::words::RequestError;

/// `GET /board/{session_id}/export/{file}`, such as `session.csv` or `exam.xlsx`.
pub async fn file(
    State(web): State<Web>,
    staff: Staff,
    Path((id, file)): Path<(String, String)>,
) -> Answer {
    let session = web.session_of(&staff, &id).await?;
    let (unit, semester) = (session.unit_code, Some(session.semester));
    let list = |name: &str| match name {
        "session" => Some(List::Session(session.id)),
        "unit" => Some(List::Unit(unit, semester)),
        "exam" => Some(List::Exam(unit, semester)),
        _ => None,
    };
    download(&web, &staff, &file, list).await
}

/// A list as the file that was asked for, such as `exam.xlsx`; nothing where there is no list of that name.
pub async fn download(
    web: &Web,
    staff: &Staff,
    file: &str,
    list: impl FnOnce(&str) -> Option<List>,
) -> Answer {
    let (name, form) = file.split_once('.').ok_or_else(Problem::not_found)?;
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
    let list = list(name).ok_or_else(Problem::not_found)?;
    let sheet = web.services.exports.list(staff.by(), list).await?;
    let bytes = sheet.to_bytes(format)?;
    // Both words are from the lists above: nothing typed gets into the header.
    let name = format!("attachment; filename=\"{name}.{form}\"");
    Ok((
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)],
        bytes,
    )
        .into_response())
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Forbidden(error) => RequestError::Forbidden(error).into(),
            error @ ExportError::Workbook(_) => RequestError::Export(error).into(),
        }
    }
}
