//! The lecturer's page: the board of one session, and the list that leads to it (feature F5).

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use tokio::sync::watch;

use super::Web;
use super::pages::{self, BoardPage, Chrome};
use super::problem::{Answer, Problem};
use super::staff::{Rejected, Staff, StaffForm};
use crate::domain::{Phase, SessionId};
use crate::qr::Symbol;
use crate::services::{BoardJson, LiveBoard};
use crate::words::RefusalJson;

/// Sessions in the list: two weeks of a busy room.
const LISTED: u32 = 200;

/// A session named in the path, for staff who have charge of its unit.
pub struct SessionOfStaff {
    /// The person who asked.
    pub staff: Staff,
    /// Its board, now and as it changes.
    pub board: watch::Receiver<Arc<LiveBoard>>,
}

impl FromRequestParts<Web> for SessionOfStaff {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
        let staff = Staff::from_request_parts(parts, web).await?;
        let id = Path::<String>::from_request_parts(parts, web).await;
        let id = id.ok().and_then(|Path(id)| SessionId::parse(&id));
        let id = id.ok_or_else(Problem::not_found)?;
        let board = web.boards.watch(staff.by(), id).await;
        let board = board.map_err(Problem::from)?;
        Ok(Self { staff, board })
    }
}

/// `GET /board/`: the sessions whose boards somebody may see, newest first.
pub async fn list(State(web): State<Web>, staff: Staff) -> Answer<Markup> {
    let sessions = web.services.sessions.list(staff.by(), LISTED).await?;
    let units = web.services.administration.units(staff.by()).await?;
    let today = web.services.sessions.today(staff.by()).await?;
    let chrome = web.chrome(&staff);
    Ok(pages::boards(&chrome, &today, &sessions, &units))
}

/// `GET /board/{session_id}`: the board as it is now; the script keeps it so.
pub async fn show(
    State(web): State<Web>,
    SessionOfStaff { staff, board }: SessionOfStaff,
) -> Markup {
    let board = board.borrow().clone();
    pages::board(&web.chrome(&staff), &web.board_page(&board))
}

/// `GET /board/{session_id}/screen`: the code for the projector, without a name on it.
pub async fn screen(
    State(web): State<Web>,
    SessionOfStaff { board, .. }: SessionOfStaff,
) -> Markup {
    let board = board.borrow().clone();
    pages::screen(
        &web.services.desk.policy().kiosk_name,
        &web.board_page(&board),
        web.voice(),
    )
}

/// `GET /board/{session_id}/qr.svg`: the code that opens the form at this moment.
pub async fn qr(State(web): State<Web>, SessionOfStaff { board, .. }: SessionOfStaff) -> Answer {
    let code = board.borrow().code;
    let base = web.snapshot.borrow().address.clone();
    let (Some(code), Some(base)) = (code, base) else {
        return Err(Problem::not_found());
    };
    let symbol = Symbol::for_code(&base, code.as_str()).map_err(|_| Problem::not_found())?;
    Ok(([(CONTENT_TYPE, "image/svg+xml")], symbol.svg()).into_response())
}

/// Shows a session's board.
#[utoipa::path(
    get,
    path = "/api/sessions/{session_id}/board",
    params(("session_id" = SessionId, Path)),
    security(("staff" = [])),
    responses(
        (status = 200, description = "The board as it is now", body = BoardJson),
        (status = 404, description = "There is no such session", body = RefusalJson),
        Rejected,
    )
)]
pub async fn json(SessionOfStaff { board, .. }: SessionOfStaff) -> Response {
    let json = board.borrow().json.clone();
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

/// `POST /board/{session_id}/close`: ends check-in.
pub async fn close(
    State(web): State<Web>,
    Path(id): Path<String>,
    form: StaffForm,
) -> Answer<Redirect> {
    let id = SessionId::parse(&id).ok_or_else(Problem::not_found)?;
    let closed = web.services.sessions.close(form.staff.by(), id).await;
    closed?;
    Ok(Redirect::to(&format!("/board/{id}")))
}

impl Web {
    /// What surrounds every staff page.
    pub(super) fn chrome(&self, staff: &Staff) -> Chrome {
        Chrome {
            kiosk_name: self.services.desk.policy().kiosk_name.clone(),
            who: staff.lecturer.name.clone(),
            is_admin: staff.lecturer.is_admin,
            voice: self.voice(),
            form_key: staff.token.form_key(),
        }
    }

    fn board_page<'a>(&self, board: &'a LiveBoard) -> BoardPage<'a> {
        let policy = self.services.desk.policy();
        let phase = board
            .roster
            .session
            .phase(self.services.desk.now(), policy.windows);
        BoardPage {
            board,
            address: self.snapshot.borrow().address.clone(),
            is_open: !matches!(phase, Phase::Over | Phase::Cancelled),
        }
    }
}
