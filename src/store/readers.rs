//! Answering queries: by a few threads, each on a connection of its own.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Executor;
use super::connection::open_for_reading;
use super::error::{OpenError, StoreError};

/// Enough that a long query (an export) does not hold up a short one (the board).
pub(super) const THREADS: usize = 3;

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// Answers queries, on connections that only read.
pub(super) enum Readers {
    /// The queue of the reading threads, which end when it is dropped.
    ///
    /// It needs no limit of its own: every caller waits for one answer at a time, so it is never longer than
    /// there are connections at the server and a handful of tasks.
    Threads(Sender<Query>),
    /// One connection, used where an answer is awaited.
    Inline(Mutex<Connection>),
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threads(queries) => write!(f, "Readers({} waiting)", queries.len()),
            Self::Inline(_) => f.write_str("Readers(inline)"),
        }
    }
}

impl Readers {
    pub(super) fn start(executor: Executor, path: &Path) -> Result<Self, OpenError> {
        if executor == Executor::Inline {
            return Ok(Self::Inline(Mutex::new(open_for_reading(path)?)));
        }
        let (queries, queue) = crossbeam_channel::unbounded::<Query>();
        for number in 0..THREADS {
            let connection = open_for_reading(path)?;
            let queue: Receiver<Query> = queue.clone();
            std::thread::Builder::new()
                .name(format!("store-reader-{number}"))
                .spawn(move || {
                    for query in queue {
                        query(&connection);
                    }
                })?;
        }
        Ok(Self::Threads(queries))
    }

    pub(super) async fn run<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let queries = match self {
            Self::Threads(queries) => queries,
            Self::Inline(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                return on_snapshot(&connection, query);
            }
        };
        let (sender, answer) = oneshot::channel();
        let query = move |db: &Connection| {
            // The caller has gone away: those that still wait come first.
            if !sender.is_closed() {
                let _ = sender.send(on_snapshot(db, query));
            }
        };
        queries
            .send(Box::new(query))
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// One snapshot for all statements of a query; it writes nothing, so rolling back is free.
fn on_snapshot<T>(
    db: &Connection,
    query: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let snapshot = db.unchecked_transaction()?;
    query(&snapshot)
}
