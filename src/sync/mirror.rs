//! Reading what other kiosks recorded in the sessions of this one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::firestore::{Firestore, Since};
use super::remote::RemoteError;
use super::work::{self, Context, EventFilter, STORE_WAIT, Work, WorkOutcome};
use crate::clock::Clock;
use crate::domain::{MirrorStatus, SessionId, SessionState, SharedCheckIn, Timestamp, Windows};
use crate::random;
use crate::store::{Event, MirroredSession, Store, StoreError, Withdrawn};

/// Between two looks while another kiosk takes part: its check-ins must show within three seconds.
const TOGETHER: Duration = Duration::from_secs(2);
/// Between two looks while no other kiosk does; each look is a read that is paid for.
const ALONE: Duration = Duration::from_secs(15);
/// How far before the last record seen a reading begins: a record is stamped when it is sent, and shows
/// itself when it is committed. Commits were seen to be held for 1.2 s.
const OVERLAP: Duration = Duration::from_secs(10);
/// A session is read from this long before its start: what is opened for tomorrow has no records today.
const BEFORE_THE_START: Duration = Duration::from_secs(3600);
/// After its end, a session that was shared is still looked at, ever less often: a kiosk that was away
/// brings its records later.
const AFTER_THE_END: Duration = Duration::from_secs(30 * 24 * 3600);
/// The same where no other kiosk was seen. One may have joined and lost its network before it could say
/// so; most sessions have one kiosk, and a week of a look now and then costs them next to nothing.
const ALONE_AFTER_THE_END: Duration = Duration::from_secs(7 * 24 * 3600);
const SELDOM: Duration = Duration::from_secs(6 * 3600);

/// Reads the records of other kiosks.
pub struct Mirror {
    context: Context,
    firestore: Arc<Firestore>,
    /// By which records are judged where their session moves.
    windows: Windows,
    status: watch::Sender<MirrorStatus>,
    /// What is known of each session since this program was started.
    last_reads: HashMap<SessionId, LastRead>,
}

/// The last look at a session.
struct LastRead {
    at: Instant,
    /// When the server looked, by its clock: nothing older shows up but what was being committed.
    read_at: Option<Timestamp>,
    state: SessionState,
}

impl Mirror {
    /// A mirror and its status.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        kiosk_id: String,
        windows: Windows,
        firestore: Arc<Firestore>,
    ) -> (Self, watch::Receiver<MirrorStatus>) {
        let (status, receiver) = watch::channel(MirrorStatus::Idle);
        let mirror = Self {
            context: Context::new(store, clock, kiosk_id),
            firestore,
            windows,
            status,
            last_reads: HashMap::new(),
        };
        (mirror, receiver)
    }

    /// How long a session may be left alone.
    fn due_in(&self, known: &MirroredSession, now: Timestamp) -> Duration {
        let Some(last_read) = self.last_reads.get(&known.session.id) else {
            return Duration::ZERO;
        };
        // Read whole when it opens and when it closes.
        if last_read.state != known.session.state {
            return Duration::ZERO;
        }
        let every = match (known.session.state, known.closed_read_at) {
            (SessionState::Open, _) if known.other_kiosks > 0 => TOGETHER,
            (SessionState::Open, _) => ALONE,
            (_, None) => TOGETHER,
            (_, Some(_)) if known.other_kiosks == 0 => SELDOM,
            (_, Some(read_at)) => (now.since(read_at) / 4).clamp(ALONE, SELDOM),
        };
        every.saturating_sub(last_read.at.elapsed())
    }

    /// Follows what was made of a session elsewhere, and reads its records from where the last look ended.
    async fn read(
        &mut self,
        known: &MirroredSession,
        started: Instant,
    ) -> Result<Result<MirroredSession, RemoteError>, StoreError> {
        let id = known.session.id;
        let published = match self.firestore.published_session(id).await {
            Ok(published) => published,
            Err(remote_error) => return Ok(Err(remote_error)),
        };
        let mut seen = known.clone();
        if let Some(published) = published {
            seen.other_kiosks = published.others(&self.context.kiosk_id);
            let gone = Withdrawn {
                removed: published.withdrawn.clone(),
                taken_back: published.taken_back.clone(),
            };
            let clock = &self.context.clock;
            self.context
                .store
                .take_withdrawn(id, gone, clock.now(), clock.monotonic())
                .await?;
            self.context
                .store
                .follow_session(
                    published,
                    self.context.kiosk_id.clone(),
                    self.windows,
                    self.context.clock.reading(),
                )
                .await?;
        }
        let Some(now_known) = self.context.store.session(id).await? else {
            return Ok(Ok(seen));
        };
        seen.session = now_known.session;
        let is_over = seen.session.state != SessionState::Open;
        let last = self.last_reads.get(&id);
        let read_before = known
            .read_until
            .max(last.and_then(|last_read| last_read.read_at));
        let is_whole = read_before.is_none() || (is_over && known.closed_read_at.is_none());
        let mut since = match read_before {
            Some(until) if !is_whole => Since::Moment(until - OVERLAP),
            _ => Since::TheBeginning,
        };
        let read_at = loop {
            let mut page = match self.firestore.read_shared(id, &since).await {
                Ok(page) => page,
                Err(remote_error) => return Ok(Err(remote_error)),
            };
            self.name_own(&mut page.check_ins);
            if let Some(until) = page.read_until
                && (Some(until) > seen.read_until || !page.check_ins.is_empty())
            {
                let now = self.context.clock.now();
                self.context
                    .store
                    .take_shared(id, page.check_ins, until, now)
                    .await?;
                seen.read_until = seen.read_until.max(Some(until));
            }
            match page.next {
                Some(page_end) => since = Since::PageEnd(page_end),
                None => break page.read_at,
            }
        };
        let closed_read_at = match known.closed_read_at {
            _ if !is_over => None,
            Some(at) => Some(at),
            None => Some(self.context.clock.now()),
        };
        seen.closed_read_at = closed_read_at;
        let is_news = seen.other_kiosks != known.other_kiosks
            || closed_read_at != known.closed_read_at
            || !known.is_read;
        if is_news {
            self.context.store.note_credentials(true).await?;
            self.context
                .store
                .note_mirrored(id, seen.other_kiosks, closed_read_at)
                .await?;
        }
        self.context.noted = None;
        self.context.pause.clear();
        let last_read = LastRead {
            at: started,
            read_at,
            state: seen.session.state,
        };
        self.last_reads.insert(id, last_read);
        Ok(Ok(seen))
    }

    /// Marks this kiosk's own records. The store has them already, unless a backup was restored; then they are
    /// read back from here.
    fn name_own(&self, check_ins: &mut [SharedCheckIn]) {
        let records = check_ins.iter_mut().flat_map(|one| &mut one.records);
        for record in records {
            if record.kiosk_id.as_ref() == Some(&self.context.kiosk_id) {
                record.kiosk_id = None;
            }
        }
    }

    /// Waits after a look that failed.
    async fn fail(
        &mut self,
        known: &MirroredSession,
        remote_error: RemoteError,
    ) -> Result<WorkOutcome, StoreError> {
        let context = &mut self.context;
        let now = context.clock.monotonic();
        let error = match remote_error {
            RemoteError::Unreachable { error, retry_after } => {
                context.pause.fail(now, retry_after, random::number());
                error
            }
            RemoteError::Unauthorized { error } => {
                context.pause.reject(now);
                error
            }
        };
        if context.noted.as_ref() != Some(&error) {
            let id = known.session.id;
            let found = self.firestore.has_credentials().await;
            context.store.note_credentials(found).await?;
            context.store.note_mirror_error(id, error.clone()).await?;
            context.noted = Some(error.clone());
        }
        let until = context.pause.until(now).unwrap_or(now + STORE_WAIT);
        self.publish(MirrorStatus::Failing { error });
        Ok(WorkOutcome::Waiting { until: Some(until) })
    }

    /// Shows a status, and logs a change once.
    fn publish(&self, status: MirrorStatus) {
        let failed_before = matches!(*self.status.borrow(), MirrorStatus::Failing { .. });
        let changed = work::publish(&self.status, status.clone());
        match status {
            MirrorStatus::Failing { error } if changed => {
                tracing::warn!(error, "other kiosks' records cannot be read");
            }
            MirrorStatus::Current { other_kiosks } if changed && failed_before => {
                tracing::info!(other_kiosks, "other kiosks' records are read again");
            }
            _ => {}
        }
    }
}

impl Work for Mirror {
    fn name(&self) -> &'static str {
        "records of other kiosks"
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Looks at every session that is due for it. The next look begins where the last page ended that was
    /// written to the database.
    async fn step(&mut self) -> Result<WorkOutcome, StoreError> {
        let monotonic = self.context.clock.monotonic();
        if let Some(until) = self.context.pause.until(monotonic) {
            return Ok(WorkOutcome::Waiting { until: Some(until) });
        }
        let now = self.context.clock.now();
        let sessions = self
            .context
            .store
            .mirrored_sessions(
                now + BEFORE_THE_START,
                now - AFTER_THE_END,
                now - ALONE_AFTER_THE_END,
            )
            .await?;
        self.last_reads
            .retain(|id, _| sessions.iter().any(|known| known.session.id == *id));
        let mut next: Option<Duration> = None;
        let mut other_kiosks = 0;
        let mut is_open = false;
        for mut known in sessions {
            let due_in = self.due_in(&known, now);
            let wait = if due_in.is_zero() {
                let started = Instant::now();
                match self.read(&known, started).await? {
                    Ok(seen) => known = seen,
                    Err(remote_error) => return self.fail(&known, remote_error).await,
                }
                self.due_in(&known, now)
            } else {
                due_in
            };
            if known.session.state == SessionState::Open {
                is_open = true;
                other_kiosks += known.other_kiosks;
            }
            next = Some(next.map_or(wait, |next| next.min(wait)));
        }
        self.publish(if is_open {
            MirrorStatus::Current { other_kiosks }
        } else {
            MirrorStatus::Idle
        });
        let monotonic = self.context.clock.monotonic();
        let until = next.map(|next| monotonic + next);
        Ok(WorkOutcome::Waiting { until })
    }

    fn new_work(&self) -> EventFilter {
        Box::new(|event| {
            matches!(
                event,
                Event::SessionChanged { .. } | Event::ChangedElsewhere
            )
        })
    }
}
