//! Plans: an act that is not committed yet, and the statements that it makes.
//!
//! Whatever changes the school is a function from a request to a plan. A plan can be shown before anything is
//! written; [`commit`] writes it, unless something that it replaces has been replaced meanwhile.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::acts::{self, Act};
use super::apply::apply;
use super::error::StoreError;
use super::row::damaged;
use super::stamp::{Stamp, THIS_KIOSK};
use crate::domain::{InvalidStatement, Statement};

/// An act with its statements.
#[derive(Debug)]
pub(super) struct Plan {
    act: Act,
    statements: Vec<Planned>,
    /// Where the statement about each kind and key is.
    places: HashMap<(&'static str, String), usize>,
}

#[derive(Debug)]
struct Planned {
    statement: Statement,
    /// The row of the statement in force when it was planned.
    replaces: Option<InForce>,
    stamped: Stamped,
}

/// How a statement gets its stamp.
#[derive(Debug, Clone, Copy)]
enum Stamped {
    /// By the act's time, and after the statement that it replaces.
    Now,
    /// By the kiosk that made it.
    There(Stamp),
    /// As the statement that it replaces: every kiosk comes to the same conclusion by itself, and it must not
    /// win over what somebody says elsewhere.
    AsBefore,
}

#[derive(Debug, Clone, Copy)]
struct InForce {
    id: i64,
    stamp: Stamp,
}

impl Plan {
    /// A plan without statements.
    pub(super) fn new(act: Act) -> Self {
        Self {
            act,
            statements: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Adds a statement of this kiosk; a later one about the same key takes the place of an earlier one.
    pub(super) fn state(
        &mut self,
        db: &Connection,
        statement: Statement,
    ) -> Result<(), StoreError> {
        self.add(db, statement, Stamped::Now)
    }

    /// Adds a statement as another kiosk made it.
    pub(super) fn state_as_there(
        &mut self,
        db: &Connection,
        statement: Statement,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        self.add(db, statement, Stamped::There(stamp))
    }

    /// Adds a statement that is no change of its own, such as the end of a lecture whose time is over.
    pub(super) fn conclude(
        &mut self,
        db: &Connection,
        statement: Statement,
    ) -> Result<(), StoreError> {
        self.add(db, statement, Stamped::AsBefore)
    }

    fn add(
        &mut self,
        db: &Connection,
        statement: Statement,
        stamped: Stamped,
    ) -> Result<(), StoreError> {
        match self.places.entry((statement.kind(), statement.key())) {
            Entry::Occupied(place) => {
                if let Some(planned) = self.statements.get_mut(*place.get()) {
                    planned.statement = statement;
                }
            }
            Entry::Vacant(place) => {
                let (kind, key) = place.key();
                let replaces = in_force(db, kind, key)?;
                place.insert(self.statements.len());
                self.statements.push(Planned {
                    statement,
                    replaces,
                    stamped,
                });
            }
        }
        Ok(())
    }

    /// Whether it states nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The act, to be completed once all is planned.
    pub(super) fn act_mut(&mut self) -> &mut Act {
        &mut self.act
    }
}

/// Commits an act that states one thing.
pub(super) fn state(db: &Connection, act: Act, statement: Statement) -> Result<(), StoreError> {
    let mut plan = Plan::new(act);
    plan.state(db, statement)?;
    commit(db, &plan)
}

/// Writes a plan in the caller's transaction.
///
/// # Errors
/// [`StoreError::ChangedMeanwhile`] when a statement that it replaces is not in force any more.
pub(super) fn commit(db: &Connection, plan: &Plan) -> Result<(), StoreError> {
    commit_and_then(db, plan, |_| Ok(()))?;
    Ok(())
}

/// Writes a plan, and then what follows from it, which is said in the same act; answers the act.
///
/// # Errors
/// As [`commit`].
pub(super) fn commit_and_then(
    db: &Connection,
    plan: &Plan,
    follows: impl FnOnce(&mut Plan) -> Result<(), StoreError>,
) -> Result<i64, StoreError> {
    let act = acts::write(db, &plan.act)?;
    write(db, plan, act)?;
    let mut more = Plan::new(plan.act.clone());
    follows(&mut more)?;
    write(db, &more, act)?;
    Ok(act)
}

/// Writes the statements of a plan as some of an act.
pub(super) fn write(db: &Connection, plan: &Plan, act: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO statements (act, kind, key, value, stamp_at, stamp_by)
        VALUES (:act, :kind, :key, :value, :at, :by)";
    for planned in &plan.statements {
        let (kind, key) = (planned.statement.kind(), planned.statement.key());
        let current = in_force(db, kind, &key)?;
        if let Some(current) = current
            && planned
                .replaces
                .is_none_or(|replaced| replaced.id != current.id)
        {
            return Err(changed_meanwhile(db, current.id)?);
        }
        let before = current.map(|current| current.stamp);
        let next = Stamp {
            at: before.map_or(plan.act.at, |before| {
                plan.act.at.max(before.at + Duration::from_millis(1))
            }),
            by: THIS_KIOSK,
        };
        let stamp = match planned.stamped {
            Stamped::Now => next,
            Stamped::There(stamp) => stamp,
            Stamped::AsBefore => before.unwrap_or(next),
        };
        db.prepare_cached(SQL)?.execute(named_params! {
            ":act": act, ":kind": kind, ":key": key, ":value": planned.statement.value(),
            ":at": stamp.at, ":by": stamp.by,
        })?;
        apply(db, &planned.statement, stamp)?;
    }
    Ok(())
}

/// The value that a statement `m` has replaced, in SQL; `NULL` for the first one about its key.
pub(super) const REPLACED: &str = "(SELECT earlier.value FROM statements AS earlier
        WHERE earlier.kind = m.kind AND earlier.key = m.key AND (earlier.stamp_at, earlier.id) < (m.stamp_at, m.id)
        ORDER BY earlier.stamp_at DESC, earlier.id DESC LIMIT 1)";

/// The statement in force about a key; `None` where nothing has been said.
pub(super) fn said(
    db: &Connection,
    kind: &str,
    key: &impl ToString,
) -> Result<Option<Statement>, StoreError> {
    const SQL: &str = "SELECT value FROM statements WHERE kind = ?1 AND key = ?2
        ORDER BY stamp_at DESC, id DESC LIMIT 1";
    let key = key.to_string();
    let value: Option<String> = db
        .prepare_cached(SQL)?
        .query_row((kind, &key), |row| row.get(0))
        .optional()?;
    let statement = value.map(|value| Statement::parse(kind, &key, &value));
    let damaged = |error: InvalidStatement| StoreError::Damaged(error.to_string());
    statement.transpose().map_err(damaged)
}

/// The statement about a key that is in force, by its row.
///
/// # Errors
/// [`StoreError::ChangedMeanwhile`] when another one was `seen`.
pub(super) fn unless_changed(
    db: &Connection,
    kind: &str,
    key: &impl ToString,
    seen: Option<i64>,
) -> Result<i64, StoreError> {
    let found = in_force(db, kind, &key.to_string())?;
    let now = found.ok_or_else(|| damaged("statement"))?.id;
    match seen {
        Some(seen) if seen != now => Err(changed_meanwhile(db, now)?),
        _ => Ok(now),
    }
}

/// The statement about a key that is in force.
fn in_force(db: &Connection, kind: &str, key: &str) -> Result<Option<InForce>, StoreError> {
    const SQL: &str = "SELECT id, stamp_at, stamp_by FROM statements WHERE kind = ?1 AND key = ?2
        ORDER BY stamp_at DESC, id DESC LIMIT 1";
    Ok(db
        .prepare_cached(SQL)?
        .query_row((kind, key), |row| {
            Ok(InForce {
                id: row.get(0)?,
                stamp: Stamp {
                    at: row.get(1)?,
                    by: row.get(2)?,
                },
            })
        })
        .optional()?)
}

fn changed_meanwhile(db: &Connection, statement: i64) -> Result<StoreError, StoreError> {
    const SQL: &str = "SELECT a.actor, a.at FROM acts AS a JOIN statements AS s ON s.act = a.id
        WHERE s.id = ?1";
    let (actor, at) = db
        .prepare_cached(SQL)?
        .query_row([statement], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(StoreError::ChangedMeanwhile { actor, at })
}
