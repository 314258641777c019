//! A few threads that answer queries, each on a connection of its own.

use std::fmt;
use std::path::Path;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::open_for_reading;
use super::error::{OpenError, StoreError};

/// Enough that a long query (an export) does not hold up a short one (the board).
pub(super) const THREADS: usize = 3;

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// A handle on the reading threads. They end when it is dropped.
///
/// The queue needs no limit of its own: everybody waits for one answer at a time, so it is never longer
/// than there are connections at the server and a handful of tasks.
pub(super) struct Readers {
    queries: Sender<Query>,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers")
            .field("waiting", &self.queries.len())
            .finish()
    }
}

impl Readers {
    pub(super) fn start(path: &Path) -> Result<Self, OpenError> {
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
        Ok(Self { queries })
    }

    pub(super) async fn run<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let query = move |db: &Connection| {
            // Whoever asked has gone away: those who still wait come first.
            if sender.is_closed() {
                return;
            }
            // One snapshot for all statements of a query; it writes nothing, so rolling back is free.
            let result = db
                .unchecked_transaction()
                .map_err(StoreError::from)
                .and_then(|snapshot| query(&snapshot));
            let _ = sender.send(result);
        };
        self.queries
            .send(Box::new(query))
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}
