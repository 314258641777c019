//! The boards that lecturers watch from their laptops: computed once, however many watch (feature F5).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::SessionJson;
use super::authorization::Actor;
use super::container::Services;
use super::desk::Desk;
use super::sessions::{SessionError, Sessions};
use crate::domain::{
    Code, Phase, Roster, RosterLine, SessionId, SessionKey, SessionState, Timestamp, Totals,
};
use crate::store::{CodedSession, Entity, Event, Store, StoreError};

/// A session as its lecturer sees it. Replaced whole, never edited.
#[derive(Debug)]
pub struct LiveBoard {
    /// Everybody, with mark and standing.
    pub roster: Roster,
    /// The code on the screen, while check-ins are taken.
    pub code: Option<Code>,
    /// Check-ins by time since check-in opened, for the small chart.
    pub arrivals: Arrivals,
    /// All of it as programs read it, written once for everybody who watches.
    pub json: String,
}

/// How many came when: equal steps from the opening of check-in to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Arrivals {
    /// The length of a step, in minutes.
    pub step_minutes: u32,
    /// Check-ins in each step.
    pub counts: Vec<u32>,
}

/// Hands out boards. Clones are cheap and share the boards.
#[derive(Debug, Clone)]
pub struct LiveBoards {
    sessions: Sessions,
    asks: mpsc::Sender<Ask>,
    computed: Arc<AtomicU64>,
}

/// Computes the boards that are watched.
#[derive(Debug)]
pub struct BoardPublisher {
    store: Store,
    desk: Desk,
    asks: mpsc::Receiver<Ask>,
    computed: Arc<AtomicU64>,
    watched: HashMap<SessionId, Watched>,
}

#[derive(Debug)]
struct Ask {
    session: SessionId,
    answer: oneshot::Sender<Result<Option<watch::Receiver<Arc<LiveBoard>>>, StoreError>>,
}

#[derive(Debug)]
struct Watched {
    key: SessionKey,
    board: watch::Sender<Arc<LiveBoard>>,
    /// Whether the last reading failed, so that what is shown may be old and no event will say so.
    is_behind: bool,
}

/// Requests in flight; further ones wait.
const ASKS_WAITING: usize = 64;

/// Between two computations while check-ins pour in. With the way to the browser it stays under the 250 ms
/// within which an arrival must show (feature F1).
const AT_MOST_EVERY: Duration = Duration::from_millis(150);

/// Between two looks at the clock: the code on the screen changes and sessions end without an event.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Steps in the chart of arrivals, at most.
const STEPS: u32 = 40;

impl LiveBoards {
    /// Boards, and the publisher that has to run for them.
    #[must_use]
    pub fn new(store: Store, services: &Services) -> (Self, BoardPublisher) {
        let (sender, asks) = mpsc::channel(ASKS_WAITING);
        let computed = Arc::new(AtomicU64::new(0));
        let boards = Self {
            sessions: services.sessions.clone(),
            asks: sender,
            computed: computed.clone(),
        };
        let publisher = BoardPublisher {
            store,
            desk: services.desk.clone(),
            asks,
            computed,
            watched: HashMap::new(),
        };
        (boards, publisher)
    }

    /// The board of a session, now and as it changes.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`]; [`StoreError::Missing`] when there is no such session; when the database
    /// cannot be read, or the kiosk is stopping.
    pub async fn watch(
        &self,
        by: Actor<'_>,
        session: SessionId,
    ) -> Result<watch::Receiver<Arc<LiveBoard>>, SessionError> {
        self.sessions.get(by, session).await?;
        let (answer, answered) = oneshot::channel();
        self.asks
            .send(Ask { session, answer })
            .await
            .map_err(|_| StoreError::Closed)?;
        let board = answered.await.map_err(|_| StoreError::Closed)??;
        Ok(board.ok_or_else(|| StoreError::missing(Entity::Session, &session))?)
    }

    /// How many boards have been computed since the start.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }
}

impl BoardPublisher {
    /// Keeps the watched boards up to date until stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut events = self.store.subscribe();
        let mut is_due = false;
        let mut published = Instant::now();
        let mut looked = published;
        loop {
            // After a quiet moment a change shows at once.
            let next = if is_due {
                published + AT_MOST_EVERY
            } else {
                looked + LOOK_AGAIN
            };
            tokio::select! {
                () = stop.cancelled() => return,
                ask = self.asks.recv() => match ask {
                    Some(ask) => {
                        if self.watched.is_empty() {
                            // What happened while nobody watched is in the board that is read next.
                            events = self.store.subscribe();
                            is_due = false;
                        }
                        self.answer(ask).await;
                    }
                    None => return stop.cancelled().await,
                },
                event = events.recv(), if !self.watched.is_empty() => {
                    is_due |= concerns_boards(&event);
                    if event == Err(broadcast::error::RecvError::Closed) {
                        return stop.cancelled().await;
                    }
                }
                () = tokio::time::sleep_until(next), if !self.watched.is_empty() => {
                    self.watched.retain(|_, watched| watched.board.receiver_count() > 0);
                    let stale: Vec<SessionId> = self.watched.iter()
                        .filter(|(_, watched)| is_due || self.is_overtaken(watched))
                        .map(|(id, _)| *id)
                        .collect();
                    looked = Instant::now();
                    is_due = false;
                    if !stale.is_empty() {
                        published = looked;
                    }
                    for session in stale {
                        self.read_again(session).await;
                    }
                }
            }
        }
    }

    async fn answer(&mut self, ask: Ask) {
        if let Some(watched) = self.watched.get(&ask.session)
            && watched.board.receiver_count() > 0
        {
            let _ = ask.answer.send(Ok(Some(watched.board.subscribe())));
            return;
        }
        let answer = self.look(ask.session).await.map(|found| {
            found.map(|(board, key)| {
                let (board, receiver) = watch::channel(Arc::new(board));
                let watched = Watched {
                    key,
                    board,
                    is_behind: false,
                };
                self.watched.insert(ask.session, watched);
                receiver
            })
        });
        let _ = ask.answer.send(answer);
    }

    async fn read_again(&mut self, session: SessionId) {
        let look = self.look(session).await;
        let Some(watched) = self.watched.get_mut(&session) else {
            return;
        };
        match look {
            Ok(Some((board, _))) => {
                watched.is_behind = false;
                watched.board.send_replace(Arc::new(board));
            }
            // Dropping the sender ends the board for its viewers.
            Ok(None) => drop(self.watched.remove(&session)),
            Err(error) => {
                if !watched.is_behind {
                    tracing::warn!(%error, session.id = %session, "a board could not be read again");
                }
                watched.is_behind = true;
            }
        }
    }

    /// Whether a board has to be read again though nothing was announced: the last reading failed, or the
    /// clock alone has changed what it shows, its code or whether there is one.
    fn is_overtaken(&self, watched: &Watched) -> bool {
        let shown = watched.board.borrow();
        watched.is_behind || self.code_of(&shown.roster, &watched.key) != shown.code
    }

    fn code_of(&self, roster: &Roster, key: &SessionKey) -> Option<Code> {
        let now = self.desk.now();
        let is_open = matches!(
            roster.session.phase(now, self.desk.policy().windows),
            Phase::OnTime { .. } | Phase::Late { .. }
        );
        is_open.then(|| self.desk.code(key))
    }

    async fn look(
        &self,
        session: SessionId,
    ) -> Result<Option<(LiveBoard, SessionKey)>, StoreError> {
        let Some(CodedSession { key, .. }) = self.store.session(session).await? else {
            return Ok(None);
        };
        let (now, rules) = (self.desk.now(), self.desk.policy().rules());
        let Some(roster) = self.store.roster(session, now, rules).await? else {
            return Ok(None);
        };
        self.computed.fetch_add(1, Ordering::Relaxed);
        let code = self.code_of(&roster, &key);
        let arrivals = arrivals(&roster, self.desk.policy().windows.opens_before);
        let written = BoardJson {
            session: SessionJson::new(&roster.session, self.desk.zone()),
            state: roster.session.state,
            at: self.desk.now(),
            totals: roster.totals,
            code: code.map(|code| code.to_string()),
            arrivals: &arrivals,
            students: roster
                .lines
                .iter()
                .map(|line| LineJson {
                    local_time: line.at.map(|at| self.desk.zone().hour_minute(at)),
                    line,
                })
                .collect(),
        };
        let json = serde_json::to_string(&written)
            .map_err(|error| StoreError::Statement(error.to_string()))?;
        let board = LiveBoard {
            roster,
            code,
            arrivals,
            json,
        };
        Ok(Some((board, key)))
    }
}

/// A session as its lecturer sees it, for programs.
#[derive(Serialize, ToSchema)]
#[schema(as = Board)]
pub struct BoardJson<'a> {
    session: SessionJson,
    state: SessionState,
    /// When this was so.
    at: Timestamp,
    totals: Totals,
    /// The code on the screen; `null` while no check-ins are taken.
    #[schema(required)]
    code: Option<String>,
    arrivals: &'a Arrivals,
    students: Vec<LineJson<'a>>,
}

/// A student of the roster.
#[derive(Serialize, ToSchema)]
#[schema(as = BoardLine)]
struct LineJson<'a> {
    #[serde(flatten)]
    line: &'a RosterLine,
    /// `at` in the site's zone.
    #[schema(required)]
    local_time: Option<String>,
}

fn concerns_boards(event: &Result<Event, broadcast::error::RecvError>) -> bool {
    match event {
        Ok(Event::Queued { .. } | Event::Settled { .. } | Event::SignInsEnded) => false,
        // Having missed some is an event too.
        Ok(_) | Err(_) => true,
    }
}

fn arrivals(roster: &Roster, opens_before: Duration) -> Arrivals {
    let opens_at = roster.session.starts_at - opens_before;
    let minutes = roster
        .session
        .ends_at
        .since(opens_at)
        .as_secs()
        .div_ceil(60);
    let minutes = u32::try_from(minutes).unwrap_or(u32::MAX).max(1);
    let step_minutes = minutes.div_ceil(STEPS);
    let mut counts = vec![0; minutes.div_ceil(step_minutes) as usize];
    let step = Duration::from_secs(u64::from(step_minutes) * 60);
    for at in roster.lines.iter().filter_map(|line| line.at) {
        let step = at.since(opens_at).as_millis() / step.as_millis();
        let last = counts.len() - 1;
        counts[usize::try_from(step).unwrap_or(last).min(last)] += 1;
    }
    Arrivals {
        step_minutes,
        counts,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::services::tests::School;

    #[tokio::test]
    async fn a_board_that_could_not_be_read_is_read_again_though_nothing_is_announced() {
        let school = School::start().await;
        let (session, _) = school.lecture().await;
        let (_boards, mut publisher) = LiveBoards::new(school.store.clone(), &school.services);
        let (answer, answered) = oneshot::channel();
        let (session, venue) = (session.id, session.venue);
        publisher.answer(Ask { session, answer }).await;
        let _viewer = answered.await.unwrap().unwrap().unwrap();
        assert!(!publisher.is_overtaken(&publisher.watched[&session]));

        let disk = Connection::open(school.database()).unwrap();
        let set_venue = |text: &str| {
            let set = disk.execute("UPDATE lectures SET venue = ?1", [text]);
            set.unwrap();
        };
        set_venue("\u{1b}");
        publisher.read_again(session).await;
        assert!(publisher.is_overtaken(&publisher.watched[&session]));

        set_venue(venue.as_str());
        publisher.read_again(session).await;
        assert!(!publisher.is_overtaken(&publisher.watched[&session]));
    }
}
