//! How SQLite finds what the statements ask for, for a test.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier, Mutex};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::Store;
use super::readers::THREADS;

/// Every statement that ran on a watched connection, as it is written in the program.
static RAN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes from now on what runs on the connections of a store.
pub(crate) async fn watch(store: &Store) {
    fn note(event: TraceEvent<'_>) {
        if let TraceEvent::Stmt(statement, _) = event {
            RAN.lock().unwrap().insert(statement.sql().into_owned());
        }
    }
    let install = |db: &Connection| db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
    store
        .write(move |db, _| {
            install(db);
            Ok(())
        })
        .await
        .unwrap();
    // Each reader holds one of these until all of them have one.
    let all_here = Arc::new(Barrier::new(THREADS));
    let each = (0..THREADS).map(|_| {
        let all_here = Arc::clone(&all_here);
        store.read(move |db| {
            install(db);
            all_here.wait();
            Ok(())
        })
    });
    for installed in futures_util::future::join_all(each).await {
        installed.unwrap();
    }
}

/// The statements that have run, each with the steps of its plan.
pub(crate) async fn ran(store: &Store) -> Vec<(String, Vec<String>)> {
    let statements: Vec<String> = RAN.lock().unwrap().iter().cloned().collect();
    store
        .read(move |db| {
            let mut plans = Vec::new();
            for sql in statements {
                let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                // Whatever a parameter is, the plan is the same, so that none has to be given.
                let mut rows = plan.raw_query();
                let mut steps = Vec::new();
                while let Some(row) = rows.next()? {
                    steps.push(row.get("detail")?);
                }
                drop(rows);
                plans.push((sql, steps));
            }
            Ok(plans)
        })
        .await
        .unwrap()
}
