//! Sessions as kiosks publish them to one another: `sessions/{id}`, and the roster below it.
//!
//! Every kiosk of a session may change it. A change is written on the condition that the document still
//! is what was read, and only over an older change, so the latest one remains in the end, whichever kiosk was
//! offline. `kiosks` lists who takes part; each adds itself.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::database::{Firestore, renewing};
use super::documents::{self, Root, StoredDocument};
use super::errors::Failure;
use super::values::{self, Fields, text};
use crate::domain::{
    AdmissionNumber, Operation, PersonName, PublishedSession, Report, RosterEdition, RosterEntry,
    Semester, Session, SessionChange, SessionId, SessionState, StaffId, Timestamp, UnitCode, Venue,
    Zone, clean_line,
};
use crate::sync::remote::RemoteError;

/// Students on one page: at their longest 425 kB, where a document may have 1 MiB.
const STUDENTS_ON_A_PAGE: usize = 500;
/// How often a change is tried that others keep forestalling.
const ROUNDS: usize = 5;
/// Open sessions listed at the most: more than a campus has at one time.
const LISTED: usize = 300;
const ANSWER_LIMIT: usize = 64 << 20;
/// What a change can change.
const OF_A_CHANGE: [&str; 6] = [
    "state",
    "ends_at",
    "time_slot",
    "reopened_at",
    "changed_at",
    "changed_by",
];

/// Why a session was not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpublished {
    /// Firestore refuses it for good.
    Refused,
    /// Nothing about the session.
    RemoteError(RemoteError),
}

impl Firestore {
    /// Publishes a session's state, unless a later change is published already, and that `this_kiosk`
    /// takes part. A roster is published where one is given and another one is published.
    ///
    /// # Errors
    /// [`Unpublished`] when that failed or its result is unknown.
    pub async fn publish_session(
        &self,
        mine: &PublishedSession,
        this_kiosk: &str,
        roster: Option<&[RosterEntry]>,
    ) -> Result<(), Unpublished> {
        let answer = renewing!(self, self.try_publishing(mine, this_kiosk, roster));
        match answer {
            Err(Failure::Invalid { .. }) => Err(Unpublished::Refused),
            answer => self
                .or_remote_error(answer)
                .await
                .map_err(Unpublished::RemoteError),
        }
    }

    /// A session as it is published; `None` where it is not.
    ///
    /// # Errors
    /// [`RemoteError`] when Firestore cannot be read.
    pub async fn published_session(
        &self,
        id: SessionId,
    ) -> Result<Option<PublishedSession>, RemoteError> {
        let answer = renewing!(self, self.try_finding(id));
        let found = self.or_remote_error(answer).await?;
        Ok(found.and_then(|document| session_of(&document)))
    }

    /// The sessions that are published as open.
    ///
    /// # Errors
    /// [`RemoteError`] when Firestore cannot be read.
    pub async fn open_sessions(&self) -> Result<Vec<PublishedSession>, RemoteError> {
        let answer = renewing!(self, self.try_listing());
        let found = self.or_remote_error(answer).await?;
        Ok(found.iter().filter_map(session_of).collect())
    }

    /// The roster of a session; `None` while it is being written anew.
    ///
    /// # Errors
    /// [`RemoteError`] when Firestore cannot be read.
    pub async fn published_roster(
        &self,
        of: &PublishedSession,
    ) -> Result<Option<Vec<RosterEntry>>, RemoteError> {
        let answer = renewing!(self, self.try_roster(of));
        self.or_remote_error(answer).await
    }

    async fn try_publishing(
        &self,
        mine: &PublishedSession,
        this_kiosk: &str,
        roster: Option<&[RosterEntry]>,
    ) -> Result<(), Failure> {
        let account = self.account().await?;
        let root = &account.root;
        let id = mine.session.id;
        let pages: Vec<&[RosterEntry]> = roster.map_or_else(Vec::new, |roster| {
            roster.chunks(STUDENTS_ON_A_PAGE).collect()
        });
        let edition = roster.map(|roster| RosterEdition {
            version: version(roster),
            pages: u32::try_from(pages.len()).unwrap_or(u32::MAX),
        });
        for _ in 0..ROUNDS {
            let standing = self.try_finding(id).await?;
            let theirs = standing.as_ref().and_then(session_of);
            let has_joined = theirs
                .as_ref()
                .is_some_and(|theirs| theirs.kiosks.iter().any(|id| id == this_kiosk));
            let mut fields = fields(mine, self.zone());
            if let Some(theirs) = &theirs {
                // Of equal changes the opener's is the fuller one: it also says when time closed it.
                let is_older = theirs.change < mine.change
                    || (theirs.change == mine.change && mine.kiosk_id == this_kiosk);
                if !is_older {
                    fields = Fields::new();
                } else if mine.kiosk_id != this_kiosk {
                    // Number, lecturer and titles are those of the kiosk that opened it.
                    fields.retain(|name, _| OF_A_CHANGE.contains(&name.as_str()));
                }
            }
            let is_new_roster = edition.is_some()
                && theirs
                    .as_ref()
                    .is_none_or(|theirs| theirs.roster != edition);
            let says_nothing_new = fields.is_empty()
                || standing.as_ref().is_some_and(|standing| {
                    fields
                        .iter()
                        .all(|(name, value)| same(standing.fields.get(name), value))
                });
            if has_joined && says_nothing_new && !is_new_roster {
                return Ok(());
            }
            let mut writes = Vec::new();
            if let Some(edition) = edition.as_ref().filter(|_| is_new_roster) {
                self.write_pages(id, &pages, &edition.version).await?;
                fields.insert("roster_version".to_owned(), text(&edition.version));
                fields.insert("roster_pages".to_owned(), values::integer(edition.pages));
                let before = theirs.as_ref().and_then(|theirs| theirs.roster.as_ref());
                for page in edition.pages..before.map_or(0, |before| before.pages) {
                    writes.push(documents::deletion(&root.roster_page(id, page)));
                }
            }
            // A write that names no field would empty the document.
            fields.insert("session_id".to_owned(), text(&id.to_string()));
            let condition = match &standing {
                Some(standing) => json!({"updateTime": standing.update_time}),
                None => json!({"exists": false}),
            };
            let joins = json!({
                "fieldPath": "kiosks", "appendMissingElements": {"values": [text(this_kiosk)]},
            });
            writes.push(json!({
                "update": {"name": root.session(id), "fields": fields},
                "updateMask": {"fieldPaths": fields.keys().collect::<Vec<_>>()},
                "currentDocument": condition,
                "updateTransforms": [documents::synced_at(), joins],
            }));
            self.pace.take(1).await;
            match account.commit(&writes).await {
                Ok(_) => return Ok(()),
                Err(Failure::Stale | Failure::Missing | Failure::Taken) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(RemoteError::unreachable("other kiosks keep changing the session").into())
    }

    /// Writes the pages of a roster, one commit for each: together they could be too long.
    async fn write_pages(
        &self,
        id: SessionId,
        pages: &[&[RosterEntry]],
        version: &str,
    ) -> Result<(), Failure> {
        let account = self.account().await?;
        for (number, page) in (0..).zip(pages) {
            let students: Vec<Value> = page.iter().map(student).collect();
            let write = json!({"update": {
                "name": account.root.roster_page(id, number),
                "fields": {
                    "session_id": text(&id.to_string()),
                    "version": text(version),
                    "students": values::list(&students),
                },
            }});
            self.pace.take(1).await;
            account.commit(&[write]).await?;
        }
        Ok(())
    }

    async fn try_finding(&self, id: SessionId) -> Result<Option<StoredDocument>, Failure> {
        let account = self.account().await?;
        let name = account.root.session(id);
        let found = account.documents(&[&name]).await?;
        Ok(found.into_iter().next())
    }

    async fn try_listing(&self) -> Result<Vec<StoredDocument>, Failure> {
        let account = self.account().await?;
        let query = json!({
            "from": [{"collectionId": "sessions"}],
            "where": {"fieldFilter": {
                "field": {"fieldPath": "state"}, "op": "EQUAL", "value": text("open"),
            }},
            "limit": LISTED,
        });
        let found = account.query_below(&[], query, ANSWER_LIMIT).await?;
        Ok(found.documents)
    }

    async fn try_roster(&self, of: &PublishedSession) -> Result<Option<Vec<RosterEntry>>, Failure> {
        /// Ten documents of half a megabyte at the most.
        const AT_ONCE: usize = 10;
        let Some(edition) = &of.roster else {
            return Ok(Some(Vec::new()));
        };
        let account = self.account().await?;
        let names: Vec<String> = (0..edition.pages)
            .map(|page| account.root.roster_page(of.session.id, page))
            .collect();
        let mut roster = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let pages = account.documents(&names).await?;
            let is_whole = pages.len() == names.len()
                && pages
                    .iter()
                    .all(|page| values::text_of(&page.fields, "version") == edition.version);
            if !is_whole {
                return Ok(None);
            }
            for page in &pages {
                let students = values::list_of(&page.fields, "students").iter();
                roster.extend(students.filter_map(entry_of));
            }
        }
        Ok(Some(roster))
    }
}

/// Notes in a session, which the other kiosks read all the time, that a record was withdrawn, or that it counts
/// again: they do not see that its claim is gone.
pub(super) fn withdrawal_note(root: &Root, report: &Report, operation: Operation) -> Value {
    let id = report.session.id;
    let ids = json!({"values": [text(&report.attendance_id.to_string())]});
    // The list that has the record, if one has it.
    let listed = match operation {
        Operation::Withdraw => Some("withdrawn"),
        Operation::TakeBack => Some("taken_back"),
        Operation::Tell | Operation::Amend => None,
    };
    let changes = ["withdrawn", "taken_back"].map(|list| {
        let change = if listed == Some(list) {
            "appendMissingElements"
        } else {
            "removeAllFromArray"
        };
        json!({"fieldPath": list, change: ids})
    });
    json!({
        "update": {
            "name": root.session(id), "fields": {"session_id": text(&id.to_string())},
        },
        "updateMask": {"fieldPaths": ["session_id"]},
        "updateTransforms": changes,
    })
}

/// The same roster has the same version at every kiosk.
fn version(roster: &[RosterEntry]) -> String {
    let mut hash = Sha256::new();
    for entry in roster {
        let name = entry.name.as_ref().map_or("", PersonName::as_str);
        let enrolled_on = entry
            .enrolled_on
            .map(|day| day.to_string())
            .unwrap_or_default();
        for part in [entry.admission_number.as_str(), name, &enrolled_on] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update([u8::from(entry.name_is_the_rosters)]);
    }
    hash.finalize()[..8]
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn fields(published: &PublishedSession, zone: Zone) -> Fields {
    let session = &published.session;
    let mut fields = values::fields([
        ("unit_code", text(session.unit_code.as_str())),
        ("unit_name", text(&session.unit_name)),
        ("lecturer_name", text(&session.lecturer_name)),
        ("staff_id", text(published.staff_id.as_str())),
        ("semester", text(session.semester.as_str())),
        ("session_number", values::integer(session.number)),
        ("date", text(&published.date.to_string())),
        ("time_slot", text(&session.time_slot(zone))),
        ("venue", text(session.venue.as_str())),
        ("starts_at", values::moment(session.starts_at)),
        ("ends_at", values::moment(session.ends_at)),
        ("state", text(session.state.as_str())),
        ("kiosk_id", text(&published.kiosk_id)),
        ("changed_at", values::moment(published.change.at)),
        ("changed_by", text(&published.change.by)),
    ]);
    let reopened_at = session.reopened_at.map(values::moment);
    let planned_lessons = published.planned_lessons.map(values::integer);
    let optional = [
        ("reopened_at", reopened_at),
        ("planned_lessons", planned_lessons),
    ];
    for (name, value) in optional {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    fields
}

/// Whether a field says what it is to say. Firestore writes a moment in its own way.
fn same(standing: Option<&Value>, value: &Value) -> bool {
    let Some(standing) = standing else {
        return false;
    };
    let moment = |value: &Value| {
        let text = value["timestampValue"].as_str()?;
        Timestamp::parse(text).ok()
    };
    standing == value || (moment(value).is_some() && moment(standing) == moment(value))
}

/// `None` for a document that another program wrote.
fn session_of(document: &StoredDocument) -> Option<PublishedSession> {
    let fields = &document.fields;
    let text = |name| values::text_of(fields, name);
    let ids = |name| {
        let ids = values::texts_of(fields, name);
        ids.iter().filter_map(|id| id.parse().ok()).collect()
    };
    let roster = || {
        Some(RosterEdition {
            version: Some(text("roster_version"))
                .filter(|version| !version.is_empty())?
                .to_owned(),
            pages: values::integer_of(fields, "roster_pages")?,
        })
    };
    let starts_at = values::moment_of(fields, "starts_at")?;
    let ends_at = values::moment_of(fields, "ends_at").filter(|ends_at| *ends_at > starts_at)?;
    Some(PublishedSession {
        session: Session {
            id: SessionId::parse(document.name.rsplit('/').next()?)?,
            unit_code: UnitCode::parse(text("unit_code")).ok()?,
            unit_name: line(text("unit_name")).unwrap_or_else(|| text("unit_code").to_owned()),
            lecturer_name: line(text("lecturer_name"))
                .unwrap_or_else(|| text("staff_id").to_owned()),
            semester: Semester::parse(text("semester")).ok()?,
            number: values::integer_of(fields, "session_number")?.max(1),
            starts_at,
            ends_at,
            venue: Venue::parse(text("venue")).ok()?,
            state: SessionState::parse(text("state"))?,
            reopened_at: values::moment_of(fields, "reopened_at"),
        },
        date: text("date").parse().ok()?,
        staff_id: StaffId::parse(text("staff_id")).ok()?,
        planned_lessons: values::integer_of(fields, "planned_lessons").filter(|n| *n > 0),
        kiosk_id: text("kiosk_id").to_owned(),
        change: SessionChange {
            at: values::moment_of(fields, "changed_at")?,
            by: text("changed_by").to_owned(),
        },
        kiosks: values::texts_of(fields, "kiosks"),
        withdrawn: ids("withdrawn"),
        taken_back: ids("taken_back"),
        roster: roster(),
    })
}

/// A title or a name that may be shown; others write to this database too.
fn line(text: &str) -> Option<String> {
    clean_line(text, 200).ok()
}

fn student(entry: &RosterEntry) -> Value {
    let name = entry.name.as_ref().map_or("", PersonName::as_str);
    let source = if entry.name_is_the_rosters {
        "roster"
    } else {
        "self"
    };
    values::map(&values::fields([
        ("admission_number", text(entry.admission_number.as_str())),
        ("name", text(name)),
        ("source", text(source)),
        // Empty: from the beginning of the semester.
        (
            "enrolled_on",
            text(
                &entry
                    .enrolled_on
                    .map(|day| day.to_string())
                    .unwrap_or_default(),
            ),
        ),
    ]))
}

fn entry_of(value: &Value) -> Option<RosterEntry> {
    let fields = value["mapValue"]["fields"].as_object()?;
    let text = |name| values::text_of(fields, name);
    Some(RosterEntry {
        admission_number: AdmissionNumber::parse(text("admission_number")).ok()?,
        name: PersonName::parse(text("name")).ok(),
        name_is_the_rosters: text("source") == "roster",
        enrolled_on: match text("enrolled_on") {
            "" => None,
            day => Some(day.parse().ok()?),
        },
    })
}
