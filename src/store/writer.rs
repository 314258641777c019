//! The one connection that writes, its thread, and the commit that jobs share.
//!
//! A lone job waits for no other. Jobs that arrive while a commit is being made wait together for the
//! next one: one transaction, one fsync, a savepoint each, so that one job's failure is its own.

use std::cell::Cell;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, oneshot, watch};

use super::Executor;
use super::error::{OpenError, Stop, StoreError};
use super::event::Event;

/// Jobs that may wait before their senders have to: several times a lecture hall.
const QUEUE: usize = 4096;

/// Jobs that share one commit; more would make the first of them wait noticeably for the last.
const JOBS_PER_COMMIT: usize = 256;

/// How often an idle writer looks whether another process has changed the database: a look costs
/// microseconds, and a check-in from any door must be on the boards within 250 ms (feature F1).
const LOOK_ELSEWHERE: Duration = Duration::from_millis(50);

/// Runs write jobs, each in a transaction that is on disk before it is answered.
pub(super) struct Writer {
    way: Way,
    commits: Arc<AtomicU64>,
    trouble: watch::Receiver<Option<StoreError>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("commits", &self.commits())
            .finish_non_exhaustive()
    }
}

enum Way {
    Thread {
        messages: Sender<Message>,
        room: Arc<Semaphore>,
    },
    /// In the task that awaits the job; `None` once it is closed.
    Inline(Mutex<Option<Committer>>),
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A job in the queue: first run, then, once its fate is known, answered.
trait Job: Send {
    /// Does the work inside a savepoint.
    fn run(&mut self, db: &Connection, events: &mut Vec<Event>) -> Result<(), Stop<()>>;
    /// Tells the sender what became of it.
    fn answer(self: Box<Self>, fate: Result<(), StoreError>);
}

struct Pending<T, R, F> {
    work: Option<F>,
    result: Option<Result<T, Stop<R>>>,
    sender: oneshot::Sender<Result<Result<T, R>, StoreError>>,
    /// Its place in the queue, where there is one, given back when the job is done.
    _place: Option<OwnedSemaphorePermit>,
}

impl<T, R, F> Job for Pending<T, R, F>
where
    T: Send,
    R: Send,
    F: FnOnce(&Connection, &mut Vec<Event>) -> Result<T, Stop<R>> + Send,
{
    fn run(&mut self, db: &Connection, events: &mut Vec<Event>) -> Result<(), Stop<()>> {
        let work = self.work.take().ok_or(StoreError::Closed)?;
        match self.result.insert(work(db, events)) {
            Ok(_) => Ok(()),
            Err(Stop::Refused(_)) => Err(Stop::Refused(())),
            Err(Stop::Store(error)) => Err(Stop::Store(error.clone())),
        }
    }

    fn answer(self: Box<Self>, fate: Result<(), StoreError>) {
        let answer = match (self.result, fate) {
            // A job's own refusal or failure needs no commit to be true.
            (Some(Err(Stop::Refused(refusal))), _) => Ok(Err(refusal)),
            (Some(Err(Stop::Store(error))), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(Ok(value)),
            (None, Ok(())) => Err(StoreError::Statement("a job broke off".to_owned())),
        };
        // The sender may have gone away: the record is on disk all the same.
        let _ = self.sender.send(answer);
    }
}

impl Writer {
    pub(super) fn start(
        executor: Executor,
        path: &Path,
        connection: Connection,
        events: broadcast::Sender<Event>,
    ) -> Result<Self, OpenError> {
        let (messages, queue) = crossbeam_channel::unbounded();
        let commits = Arc::new(AtomicU64::new(0));
        let (tell, trouble) = watch::channel(None);
        let committer = Committer {
            connection,
            queue,
            events,
            commits: commits.clone(),
            trouble: tell,
            file: FileIdentity::of(path)?,
            last: Cell::default(),
        };
        let way = if executor == Executor::Inline {
            Way::Inline(Mutex::new(Some(committer)))
        } else {
            // Here and not on the thread: what happens from this moment on is to be noticed.
            let seen = committer.data_version();
            std::thread::Builder::new()
                .name("store-writer".to_owned())
                .spawn(move || committer.run(seen))?;
            let room = Arc::new(Semaphore::new(QUEUE));
            Way::Thread { messages, room }
        };
        Ok(Self {
            way,
            commits,
            trouble,
        })
    }

    pub(super) async fn run<T, R, F>(&self, work: F) -> Result<Result<T, R>, StoreError>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&Connection, &mut Vec<Event>) -> Result<T, Stop<R>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let job = |place| {
            Box::new(Pending {
                work: Some(work),
                result: None,
                sender,
                _place: place,
            })
        };
        match &self.way {
            Way::Thread { messages, room } => {
                let place = room.clone().acquire_owned().await;
                let job = job(Some(place.map_err(|_| StoreError::Closed)?));
                let sent = messages.send(Message::Job(job));
                sent.map_err(|_| StoreError::Closed)?;
            }
            Way::Inline(committer) => {
                let committer = committer.lock().unwrap_or_else(PoisonError::into_inner);
                let committer = committer.as_ref().ok_or(StoreError::Closed)?;
                committer.commit_together(job(None));
            }
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Refuses new jobs and waits until those in the queue are answered and the file is closed.
    pub(super) async fn close(&self) {
        match &self.way {
            Way::Thread { messages, room } => {
                room.close();
                let (closed, wait) = oneshot::channel();
                if messages.send(Message::Close(closed)).is_ok() {
                    let _ = wait.await;
                }
            }
            Way::Inline(committer) => {
                let mut committer = committer.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(committer) = committer.take() {
                    committer.close();
                }
            }
        }
    }

    /// Why the last write failed, when nothing can be written; `None` once a write has succeeded again.
    pub(super) fn trouble(&self) -> watch::Receiver<Option<StoreError>> {
        self.trouble.clone()
    }

    /// Commits made so far: fewer than jobs where jobs have shared them.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

/// Which file a path led to when the database was opened.
///
/// SQLite goes on writing to a file that has been removed or replaced, and every commit succeeds; at the
/// end all of it is gone.
struct FileIdentity {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl FileIdentity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let file = std::fs::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            device: file.dev(),
            inode: file.ino(),
        })
    }

    /// Whether the path still leads there.
    fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path)
            .is_ok_and(|file| (file.dev(), file.ino()) == (self.device, self.inode))
    }
}

/// The writing connection, and the queue of its thread.
struct Committer {
    connection: Connection,
    queue: Receiver<Message>,
    events: broadcast::Sender<Event>,
    commits: Arc<AtomicU64>,
    trouble: watch::Sender<Option<StoreError>>,
    file: FileIdentity,
    /// How many jobs shared the last commit, and how long the disk took over it.
    last: Cell<(usize, Duration)>,
}

impl Committer {
    fn run(self, mut seen: Option<i64>) {
        let closed = loop {
            match self.queue.recv_timeout(LOOK_ELSEWHERE) {
                Ok(Message::Job(first)) => {
                    if let Some(closed) = self.commit_together(first) {
                        break Some(closed);
                    }
                }
                Ok(Message::Close(closed)) => break Some(closed),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            let now = self.data_version();
            if now.is_some() && now != seen {
                seen = now;
                self.announce(Event::ChangedElsewhere);
            }
        };
        self.close();
        if let Some(closed) = closed {
            let _ = closed.send(());
        }
    }

    fn close(self) {
        // Folds the write-ahead log into the file, so that a copy of the file is the whole database. Closing
        // alone does not: the readers still have it open.
        let folded = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            });
        if folded != Ok(0) {
            tracing::info!(
                "the database's log could not be folded in; it is read at the next start"
            );
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "closing the database failed; its log is read at the next start");
        }
    }

    /// Makes one commit of `first` and of every job that is waiting by then.
    /// Returns the request to close, if that came up in the queue.
    fn commit_together(&self, first: Box<dyn Job>) -> Option<oneshot::Sender<()>> {
        let mut closed = None;
        let mut jobs = vec![first];
        self.gather(&mut jobs, &mut closed);
        let mut events = Vec::new();
        let mut trouble = None;
        let fate = self.execute("BEGIN IMMEDIATE").and_then(|()| {
            let mut done = 0;
            while let Some(job) = jobs.get_mut(done) {
                if let Err(Stop::Store(error)) = self.run_in_savepoint(&mut **job, &mut events)? {
                    trouble.get_or_insert(error);
                }
                done += 1;
                if done == jobs.len() && jobs.len() < JOBS_PER_COMMIT && closed.is_none() {
                    match self.queue.try_recv() {
                        Ok(Message::Job(job)) => jobs.push(job),
                        Ok(Message::Close(sender)) => closed = Some(sender),
                        Err(_) => {}
                    }
                }
            }
            if !self.file.is_in_place() {
                return Err(StoreError::Removed);
            }
            let asked = Instant::now();
            self.execute("COMMIT")?;
            self.last.set((jobs.len(), asked.elapsed()));
            Ok(())
        });
        match &fate {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::error!(%error, jobs = jobs.len(), "nothing could be committed");
                if !self.connection.is_autocommit() {
                    let _ = self.execute("ROLLBACK");
                }
                events.clear();
                trouble = Some(error.clone());
            }
        }
        self.tell_of(trouble.filter(|error| error.trouble_code().is_some()));
        for job in jobs {
            job.answer(fate.clone());
        }
        for event in events {
            self.announce(event);
        }
        closed
    }

    /// In a rush, waits for the next requests of the clients that were just answered, before the next commit begins.
    ///
    /// A client that was answered by the last commit sends the next request at once. Without a moment's wait the
    /// first of them would have a commit alone and all the others wait for it. The wait ends when half as
    /// many are there as shared the last commit, after a quarter of what the disk took at the latest; a lone
    /// job after a lone job waits for nothing.
    fn gather(&self, jobs: &mut Vec<Box<dyn Job>>, closed: &mut Option<oneshot::Sender<()>>) {
        let (shared, took) = self.last.take();
        let latest = Instant::now() + took / 4;
        while jobs.len() < shared / 2 {
            match self.queue.recv_deadline(latest) {
                Ok(Message::Job(job)) => jobs.push(job),
                Ok(Message::Close(sender)) => {
                    *closed = Some(sender);
                    return;
                }
                Err(_) => return,
            }
        }
    }

    /// Runs one job, and answers what became of it alone. An error is not only the job's own: the whole
    /// transaction is lost.
    fn run_in_savepoint(
        &self,
        job: &mut dyn Job,
        events: &mut Vec<Event>,
    ) -> Result<Result<(), Stop<()>>, StoreError> {
        let announced = events.len();
        self.execute("SAVEPOINT job")?;
        // A mistake in one job must not take the only writer away from all the others.
        let ran = catch_unwind(AssertUnwindSafe(|| job.run(&self.connection, events)));
        let ran = ran.unwrap_or_else(|_| Err(StoreError::Statement("a job broke off".to_owned()))?);
        if let Err(stop) = &ran {
            events.truncate(announced);
            // A full disk or a failing one has already rolled everything back.
            if let (Stop::Store(error), true) = (stop, self.connection.is_autocommit()) {
                return Err(error.clone());
            }
            self.execute("ROLLBACK TO job")?;
        }
        self.execute("RELEASE job")?;
        Ok(ran)
    }

    fn tell_of(&self, trouble: Option<StoreError>) {
        self.trouble.send_if_modified(|told| {
            let is_news = *told != trouble;
            *told = trouble;
            is_news
        });
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Changes when, and only when, another connection has committed; `None` when it cannot be read.
    fn data_version(&self) -> Option<i64> {
        self.connection
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .ok()
    }

    fn announce(&self, event: Event) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::upgrade::open_for_writing;
    use super::*;

    fn put(
        name: &'static str,
    ) -> impl FnOnce(&Connection, &mut Vec<Event>) -> Result<(), StoreError> + Send {
        move |db, events| {
            db.execute(
                "INSERT INTO settings (name, value) VALUES (?1, x'00')",
                [name],
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        }
    }

    async fn names(store: &Store) -> Vec<String> {
        store
            .read(|db| {
                let mut statement = db.prepare("SELECT name FROM settings ORDER BY name")?;
                Ok(statement
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?)
            })
            .await
            .unwrap()
    }

    fn store() -> (tempfile::TempDir, Store) {
        store_by(Executor::Threads)
    }

    fn store_by(executor: Executor) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_by(executor, &folder.path().join("kiosk.db")).unwrap();
        (folder, store)
    }

    const EITHER: [Executor; 2] = [Executor::Threads, Executor::Inline];

    #[tokio::test]
    async fn one_jobs_failure_is_its_own() {
        for executor in EITHER {
            let (_folder, store) = store_by(executor);
            let (first, twin, third) = tokio::join!(
                store.write(put("a")),
                store.write(put("a")),
                store.write(put("b"))
            );
            assert!(first.is_ok() && third.is_ok());
            assert!(matches!(twin, Err(StoreError::Statement(_))));
            assert_eq!(names(&store).await, ["a", "b"]);
        }
    }

    #[tokio::test]
    async fn a_refusal_leaves_nothing_behind_and_is_no_trouble() {
        for executor in EITHER {
            let (_folder, store) = store_by(executor);
            let mut events = store.subscribe();
            let refused = store.write_unless_refused(|db, events| {
                put("a")(db, events)?;
                Err::<(), _>(Stop::Refused("no"))
            });
            let (whole, refused) = tokio::join!(store.write(put("b")), refused);
            assert_eq!((whole, refused), (Ok(()), Ok(Err("no"))));
            assert_eq!(names(&store).await, ["b"]);
            assert_eq!(*store.trouble().borrow(), None);
            assert_eq!(events.recv().await, Ok(Event::RosterChanged));
            assert!(events.try_recv().is_err());
        }
    }

    #[tokio::test]
    async fn a_job_that_panics_takes_nobody_with_it() {
        for executor in EITHER {
            let (_folder, store) = store_by(executor);
            let broken = store.write::<(), _>(|db, _| {
                db.execute(
                    "INSERT INTO settings (name, value) VALUES ('half', x'00')",
                    [],
                )?;
                panic!("on purpose")
            });
            let (whole, broken) = tokio::join!(store.write(put("a")), broken);
            assert_eq!(whole, Ok(()));
            assert!(matches!(broken, Err(StoreError::Statement(_))));
            assert_eq!(names(&store).await, ["a"]);
        }
    }

    #[tokio::test]
    async fn nothing_is_acknowledged_into_a_file_that_was_removed() {
        for executor in EITHER {
            let (folder, store) = store_by(executor);
            let (path, aside) = (folder.path().join("kiosk.db"), folder.path().join("aside"));
            std::fs::rename(&path, &aside).unwrap();
            assert_eq!(store.write(put("a")).await, Err(StoreError::Removed));
            assert_eq!(*store.trouble().borrow(), Some(StoreError::Removed));
            std::fs::rename(&aside, &path).unwrap();
            assert_eq!(store.write(put("a")).await, Ok(()));
            assert_eq!(names(&store).await, ["a"]);
        }
    }

    #[tokio::test]
    async fn a_closed_database_is_one_file() {
        for executor in EITHER {
            let (folder, store) = store_by(executor);
            store.write(put("a")).await.unwrap();
            store.close().await;
            let log = folder.path().join("kiosk.db-wal");
            assert_eq!(std::fs::metadata(log).map_or(0, |log| log.len()), 0);
        }
    }

    #[tokio::test]
    async fn jobs_that_wait_together_share_a_commit() {
        let (_folder, store) = store();
        let before = store.writer.commits();
        let jobs = (0..100).map(|n| {
            store.write(move |db, _| {
                db.execute(
                    "INSERT INTO settings (name, value) VALUES (?1, x'00')",
                    [n.to_string()],
                )?;
                Ok(())
            })
        });
        for answer in futures_util::future::join_all(jobs).await {
            answer.unwrap();
        }
        let commits = store.writer.commits() - before;
        assert!(commits < 50, "{commits} commits for 100 jobs");
        assert_eq!(names(&store).await.len(), 100);
    }

    #[tokio::test]
    async fn an_answer_comes_after_the_commit() {
        for executor in EITHER {
            let (folder, store) = store_by(executor);
            store.write(put("a")).await.unwrap();
            let other = open_for_writing(&folder.path().join("kiosk.db")).unwrap();
            let count: u32 = other
                .query_row("SELECT count(*) FROM settings", [], |row| row.get(0))
                .unwrap();
            assert_eq!(count, 1);
        }
    }

    #[tokio::test]
    async fn a_fact_is_announced_only_when_it_is_one() {
        for executor in EITHER {
            let (_folder, store) = store_by(executor);
            let mut events = store.subscribe();
            store.write(put("a")).await.unwrap();
            assert_eq!(events.recv().await.unwrap(), Event::RosterChanged);
            store.write(put("a")).await.unwrap_err();
            assert!(events.try_recv().is_err());
        }
    }

    #[tokio::test]
    async fn what_another_process_does_is_noticed() {
        let (folder, store) = store();
        let mut events = store.subscribe();
        let other = open_for_writing(&folder.path().join("kiosk.db")).unwrap();
        other
            .execute(
                "INSERT INTO settings (name, value) VALUES ('theirs', x'00')",
                [],
            )
            .unwrap();
        let noticed = tokio::time::timeout(Duration::from_secs(60), events.recv())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(noticed, Event::ChangedElsewhere);
    }

    #[tokio::test]
    async fn closing_answers_what_is_in_hand_and_refuses_the_rest() {
        let (_folder, store) = store();
        let job = store.write(put("a"));
        let (done, ()) = tokio::join!(job, store.close());
        assert!(done.is_ok());
        assert_eq!(store.write(put("b")).await, Err(StoreError::Closed));
        assert_eq!(names(&store).await, ["a"]);
    }

    #[tokio::test]
    async fn a_full_database_refuses_and_recovers() {
        for executor in EITHER {
            let (_folder, store) = store_by(executor);
            let fill = |bytes: usize| {
                store.write(move |db, _| {
                    db.execute(
                        "INSERT INTO settings (name, value) VALUES (?1, zeroblob(?2))",
                        (bytes.to_string(), bytes),
                    )?;
                    Ok(())
                })
            };
            let pages: i64 = store
                .read(|db| Ok(db.query_row("PRAGMA page_count", [], |row| row.get(0))?))
                .await
                .unwrap();
            store
                .write(move |db, _| {
                    // A connection's own limit on the file's size: SQLite fails as on a full disk.
                    let _: i64 = db.query_row(
                        &format!("PRAGMA max_page_count = {}", pages + 4),
                        [],
                        |row| row.get(0),
                    )?;
                    Ok(())
                })
                .await
                .unwrap();
            let trouble = store.trouble();
            assert_eq!(fill(1_000_000).await, Err(StoreError::Full));
            assert_eq!(*trouble.borrow(), Some(StoreError::Full));
            assert_eq!(store.try_writing().await, Ok(()));
            assert_eq!(*trouble.borrow(), None);
            assert_eq!(fill(10).await, Ok(()));
        }
    }
}
