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
use futures_util::{Stream, StreamExt as _, stream};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Web;
use super::board::SessionOfStaff;
use super::staff::{Admin, Rejected, Staff};
use crate::domain::{SessionId, SessionState, TargetCounts};
use crate::services::{Actor, LiveBoard, SignInChanges, Snapshot};
use crate::words::{RefusalJson, Voice};

/// How soon a browser comes back after the stream has ended.
const RETRY: Duration = Duration::from_millis(500);

/// Between two signs of life.
const STILL_HERE: Duration = Duration::from_secs(10);

/// Between two looks at whether the sign-in has run out. Its end by hand is announced at once.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A stream ends after this long, well before the server ends its connection, and the browser comes back
/// at once: that is where limits, rights and the sign-in are checked anew.
const STREAM_WITHIN: Duration = Duration::from_secs(90);

type Events = Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;

/// Pushes a session's board, whole, whenever it changes.
///
/// Server-sent events named `board`; the data is the board as JSON. The stream ends now and then: connect again.
#[utoipa::path(
    get,
    path = "/api/sessions/{session_id}/events",
    params(("session_id" = SessionId, Path)),
    security(("staff" = [])),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 404, description = "There is no such session", body = RefusalJson),
        Rejected,
    )
)]
pub async fn board(
    State(web): State<Web>,
    SessionOfStaff { staff, board }: SessionOfStaff,
) -> Sse<Events> {
    let show = |board: &Arc<LiveBoard>, _: Voice| Event::default().event("board").data(&board.json);
    // Somebody who has the board of a running lecture open is not idle.
    let use_of = |board: &Arc<LiveBoard>| {
        if board.roster.session.state == SessionState::Open {
            Use::Counts
        } else {
            Use::IsNone
        }
    };
    let shown = Shown::Board(board.borrow().roster.session.id);
    Sse::new(Watching::new(web, staff, shown, board, show, use_of).into_stream())
}

/// Pushes how many deliveries wait for each remote.
///
/// Server-sent events named `sync`, for administrators.
#[utoipa::path(
    get,
    path = "/api/sync/events",
    security(("staff" = [])),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        Rejected,
    )
)]
pub async fn sync(State(web): State<Web>, Admin(staff): Admin) -> Sse<Events> {
    let snapshot = web.snapshot.clone();
    let show = |snapshot: &Arc<Snapshot>, voice: Voice| {
        let remotes: Vec<RemoteJson> = remotes(snapshot, voice);
        let data = serde_json::to_string(&remotes).unwrap_or_default();
        Event::default().event("sync").data(data)
    };
    let use_of = |_: &Arc<Snapshot>| Use::IsNone;
    Sse::new(Watching::new(web, staff, Shown::Office, snapshot, show, use_of).into_stream())
}

/// A remote as programs read it.
#[derive(Debug, Serialize)]
pub struct RemoteJson {
    target: &'static str,
    status: String,
    #[serde(flatten)]
    counts: TargetCounts,
}

/// The remotes of a snapshot.
pub fn remotes(snapshot: &Snapshot, voice: Voice) -> Vec<RemoteJson> {
    let remote = |remote: &crate::services::RemoteSnapshot| RemoteJson {
        target: remote.target.as_str(),
        status: voice.say(&remote.status),
        counts: remote.counts,
    };
    snapshot.remotes.iter().map(remote).collect()
}

/// Whether having a stream open counts as using the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Counts,
    IsNone,
}

/// What somebody must still be allowed to see for a stream to go on.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Board(SessionId),
    Office,
}

/// Shows a value now and whenever it changes, for as long as the sign-in and the right to see it are valid.
struct Watching<T> {
    web: Web,
    staff: Staff,
    shown: Shown,
    values: watch::Receiver<T>,
    sign_ins: SignInChanges,
    show: fn(&T, Voice) -> Event,
    use_of: fn(&T) -> Use,
    look_again: Instant,
    still_here: Instant,
    ends: Instant,
}

impl<T: Clone + Send + Sync + 'static> Watching<T> {
    fn new(
        web: Web,
        staff: Staff,
        shown: Shown,
        mut values: watch::Receiver<T>,
        show: fn(&T, Voice) -> Event,
        use_of: fn(&T) -> Use,
    ) -> Self {
        values.mark_changed();
        let now = Instant::now();
        Self {
            sign_ins: web.services.sign_ins.changes(),
            web,
            staff,
            shown,
            values,
            show,
            use_of,
            look_again: now + LOOK_AGAIN,
            still_here: now + STILL_HERE,
            ends: now + STREAM_WITHIN,
        }
    }

    fn into_stream(self) -> Events {
        let first = Event::default().retry(RETRY).comment("open");
        let rest = stream::unfold(self, async |mut watching| {
            let event = watching.next().await?;
            Some((Ok(event), watching))
        });
        Box::pin(stream::once(async { Ok(first) }).chain(rest))
    }

    /// What to send next; `None` when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                // A person who has just signed out is shown nothing more.
                biased;
                () = self.sign_ins.next() => self.check(Use::IsNone).await?,
                () = sleep_until(self.ends) => return None,
                changed = self.values.changed() => {
                    changed.ok()?;
                    return Some((self.show)(&self.values.borrow_and_update(), self.web.voice()));
                }
                () = sleep_until(self.look_again) => {
                    let is_used = (self.use_of)(&self.values.borrow());
                    self.check(is_used).await?;
                    let now = Instant::now();
                    self.look_again = now + LOOK_AGAIN;
                    if now >= self.still_here {
                        self.still_here = now + STILL_HERE;
                        return Some(Event::default().comment("still here"));
                    }
                }
            }
        }
    }

    /// Whether they are still signed in and may still see this.
    async fn check(&self, is_used: Use) -> Option<()> {
        let sign_ins = &self.web.services.sign_ins;
        let signed_in = match is_used {
            Use::Counts => sign_ins.admit(&self.staff.token).await,
            Use::IsNone => sign_ins.look(&self.staff.token).await,
        };
        let lecturer = signed_in.ok()??;
        match self.shown {
            Shown::Board(id) => {
                let theirs = self
                    .web
                    .services
                    .sessions
                    .get(Actor::Lecturer(&lecturer), id)
                    .await;
                theirs.ok().map(|_| ())
            }
            Shown::Office => lecturer.is_admin.then_some(()),
        }
    }
}
