//! Server-sent events: what is so now, whole, each time it changes.
//!
//! Nothing is added up in the browser. A laptop that slept or lost the network connects again and is
//! shown the present; there is no gap that it would have to know of.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::board::SessionOfStaff;
use super::staff::{Admin, Staff};
use super::{Web, openapi};
use crate::domain::{SessionState, TargetCounts};
use crate::services::{LiveBoard, Picture, words};

/// How soon a browser comes back after the stream has ended.
const RETRY: Duration = Duration::from_millis(500);

/// Between two signs of life, and two looks at whether the sign-in still stands.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// A stream ends after this long, well before the server ends its connection, and the browser comes back
/// at once: that is where limits, rights and the sign-in are checked anew.
const STREAM_WITHIN: Duration = Duration::from_secs(90);

type Events = Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;

/// `GET /api/sessions/{session_id}/events`: `event: board` with the whole board.
#[utoipa::path(
    get,
    path = "/api/sessions/{session_id}/events",
    summary = "Pushes a session's board, whole, whenever it changes",
    description = "Server-sent events named `board`; the data is the board as JSON. The stream ends now and then: connect again.",
    params(("session_id" = String, Path, description = "Which session", format = "uuid")),
    security(("staff" = [])),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 401, description = "Nobody is signed in", body = openapi::Refused),
        (status = 403, description = "Somebody else's unit, or another network", body = openapi::Refused),
        (status = 404, description = "There is no such session", body = openapi::Refused),
        (status = 429, description = "Too many requests; see Retry-After", body = openapi::Refused),
        (status = 503, description = "Out of order", body = openapi::Refused),
    )
)]
pub async fn board(
    State(web): State<Web>,
    SessionOfStaff { staff, board }: SessionOfStaff,
) -> Sse<Events> {
    let show = |board: &Arc<LiveBoard>| Event::default().event("board").data(&board.json);
    // Somebody who has the board of a running lecture open is not idle.
    let use_of = |board: &Arc<LiveBoard>| {
        if board.roster.session.state == SessionState::Open {
            Use::Counts
        } else {
            Use::IsNone
        }
    };
    Sse::new(stream_of(web, staff, board, show, use_of))
}

/// `GET /api/sync/events`: `event: sync` with the remotes.
#[utoipa::path(
    get,
    path = "/api/sync/events",
    summary = "Pushes how much is owed to the remotes",
    description = "Server-sent events named `sync`, for administrators.",
    security(("staff" = [])),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 401, description = "Nobody is signed in", body = openapi::Refused),
        (status = 403, description = "Not an administrator, or another network", body = openapi::Refused),
        (status = 429, description = "Too many requests; see Retry-After", body = openapi::Refused),
        (status = 503, description = "Out of order", body = openapi::Refused),
    )
)]
pub async fn sync(State(web): State<Web>, Admin(staff): Admin) -> Sse<Events> {
    let picture = web.picture.clone();
    let show = |picture: &Arc<Picture>| {
        let remotes: Vec<RemoteJson> = remotes(picture);
        let data = serde_json::to_string(&remotes).unwrap_or_default();
        Event::default().event("sync").data(data)
    };
    Sse::new(stream_of(web, staff, picture, show, |_| Use::IsNone))
}

/// A remote as programs read it.
#[derive(Debug, Serialize)]
pub struct RemoteJson {
    target: &'static str,
    status: &'static str,
    #[serde(flatten)]
    counts: TargetCounts,
}

/// The remotes of a picture.
pub fn remotes(picture: &Picture) -> Vec<RemoteJson> {
    let remote = |remote: &crate::services::RemotePicture| RemoteJson {
        target: remote.target.as_str(),
        status: words::remote_status(&remote.status),
        counts: remote.counts,
    };
    picture.remotes.iter().map(remote).collect()
}

/// Whether having a stream open counts as using the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Counts,
    IsNone,
}

/// Shows a value now and whenever it changes, for as long as the sign-in stands.
fn stream_of<T: Clone + Send + Sync + 'static>(
    web: Web,
    staff: Staff,
    mut values: watch::Receiver<T>,
    show: fn(&T) -> Event,
    use_of: fn(&T) -> Use,
) -> Events {
    values.mark_changed();
    let ends = Instant::now() + STREAM_WITHIN;
    let first = Event::default().retry(RETRY).comment("open");
    let state = (web, staff, values, Some(first), Instant::now() + LOOK_AGAIN);
    Box::pin(stream::unfold(state, move |mut state| async move {
        let (web, staff, values, first, look_again) = &mut state;
        if let Some(first) = first.take() {
            return Some((Ok(first), state));
        }
        let event = tokio::select! {
            changed = values.changed() => {
                changed.ok()?;
                show(&values.borrow_and_update())
            }
            () = sleep_until(*look_again) => {
                let use_of = use_of(&values.borrow());
                let stands = match use_of {
                    Use::Counts => web.sign_ins.admit(&staff.token).await,
                    Use::IsNone => web.sign_ins.look(&staff.token).await,
                };
                stands.ok()??;
                *look_again += LOOK_AGAIN;
                Event::default().comment("still here")
            }
            () = sleep_until(ends) => return None,
        };
        Some((Ok(event), state))
    }))
}
