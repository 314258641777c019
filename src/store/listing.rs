//! Long lists, read a page at a time.
//!
//! Each list is read in the order of an index, so that a page of fifty out of fifty thousand costs the
//! same as a page of fifty.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql};

use super::error::StoreError;
use super::row;

/// Rows on a page of a list.
pub const PAGE: u32 = 50;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// At most [`PAGE`] rows.
    pub rows: Vec<T>,
    pub has_more: bool,
}

/// The query of one page: columns, conditions and order.
pub(super) struct PageQuery {
    columns: &'static str,
    from: &'static str,
    order: &'static str,
    conditions: Vec<&'static str>,
    parameters: Vec<(&'static str, Value)>,
}

impl PageQuery {
    /// `SELECT columns FROM from ORDER BY order`, without conditions.
    pub(super) fn new(columns: &'static str, from: &'static str, order: &'static str) -> Self {
        Self {
            columns,
            from,
            order,
            conditions: vec!["1"],
            parameters: Vec::new(),
        }
    }

    /// Adds a condition without parameters.
    pub(super) fn only(&mut self, condition: &'static str) {
        self.conditions.push(condition);
    }

    /// Adds a condition with a parameter.
    pub(super) fn only_with(
        &mut self,
        condition: &'static str,
        name: &'static str,
        value: impl Into<Value>,
    ) {
        self.only(condition);
        self.with(name, value);
    }

    /// Gives a parameter that a condition names beside its own.
    pub(super) fn with(&mut self, name: &'static str, value: impl Into<Value>) {
        self.parameters.push((name, value.into()));
    }

    /// The rows of a page, counted from 0.
    pub(super) fn page<T>(
        mut self,
        db: &Connection,
        page: u32,
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<ListPage<T>, StoreError> {
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT :limit OFFSET :offset",
            self.columns,
            self.from,
            self.conditions.join(" AND "),
            self.order,
        );
        // One row more than is shown tells whether more follow.
        self.parameters.push((":limit", (PAGE + 1).into()));
        self.parameters
            .push((":offset", page.saturating_mul(PAGE).into()));
        let parameters: Vec<(&str, &dyn ToSql)> = self
            .parameters
            .iter()
            .map(|(name, value)| (*name, value as &dyn ToSql))
            .collect();
        let mut rows = row::collect(&mut db.prepare_cached(&sql)?, parameters.as_slice(), read)?;
        let has_more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        Ok(ListPage { rows, has_more })
    }
}
