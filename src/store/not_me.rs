//! "Not me": a check-in is taken back at the door that has just made it, and put back at the keyboard.
//!
//! Both are acts of the door with the whole record as a statement, as a correction by staff is. The record stays under
//! its id, and the check-in of whoever the number belongs to makes it anew.

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::Store;
use super::acts::Act;
use super::deliveries::{self, ChangeSummary, Due};
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::{self, Opened};
use super::marks::{CHECKED_IN, NAME_TYPED, PUT_BACK, TAKEN_BACK, keys_of, statements_of};
use super::plan::{Plan, commit};
use super::receipts;
use super::records::{self, STATE_COLUMNS};
use super::row::{self, damaged};
use super::rules::Rules;
use crate::domain::{
    AdmissionNumber, Asker, Channel, CheckInAnswer, DeviceId, Mark, NotMeRefusal, Reading,
    RecordState, Refusal, SessionId, SigningKey, Statement, Timestamp,
};

/// The door that takes a check-in back.
#[derive(Debug, Clone)]
pub enum NotMeAt {
    Keyboard,
    /// A phone, and the key by which it is marked in the session; `None` where it keeps no cookies.
    Phone(Option<(DeviceId, SigningKey)>),
}

impl NotMeAt {
    fn channel(&self) -> Channel {
        match self {
            Self::Keyboard => Channel::Keypad,
            Self::Phone(_) => Channel::Phone,
        }
    }

    fn mark(&self, session: SessionId) -> Option<String> {
        match self {
            Self::Keyboard | Self::Phone(None) => None,
            Self::Phone(Some((device, key))) => Some(device.mark(key, session)),
        }
    }

    fn actor(&self, session: SessionId) -> String {
        actor_of(Asker {
            channel: self.channel(),
            phone: self.mark(session).as_deref(),
        })
    }
}

/// Who acts at a door: the keyboard, or a phone by the beginning of its mark, which is another in every lecture. Phones
/// without cookies are one.
pub(super) fn actor_of(asker: Asker<'_>) -> String {
    let channel = asker.channel.as_str();
    match asker.phone {
        Some(mark) => format!("{channel}:{}", mark.get(..8).unwrap_or(mark)),
        None => channel.to_owned(),
    }
}

impl Store {
    /// Takes a record back at the door that made it; one that it has taken back already stays so.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn take_back(
        &self,
        attendance_id: Uuid,
        at: NotMeAt,
        read: Reading,
        rules: Rules,
    ) -> Result<Result<CheckInAnswer, Refusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            take_back(db, events, attendance_id, &at, (&read, &rules))
        })
        .await
    }

    /// Makes a record that was taken back at the keyboard what it was before.
    ///
    /// # Errors
    /// As [`Store::take_back`].
    pub async fn put_back(
        &self,
        attendance_id: Uuid,
        read: Reading,
        rules: Rules,
    ) -> Result<Result<CheckInAnswer, Refusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            put_back(db, events, attendance_id, (&read, &rules))
        })
        .await
    }
}

/// A record of this kiosk.
struct Own {
    id: i64,
    uuid: Uuid,
    lecture: Opened,
    number: AdmissionNumber,
    device: Option<String>,
    state: RecordState,
    /// The act that spoke of it last.
    last: Option<LastAct>,
}

struct LastAct {
    action: String,
    actor: String,
    at: Timestamp,
    id: i64,
}

fn refused(why: NotMeRefusal) -> Stop<Refusal> {
    Stop::Refused(Refusal::NotMe(why))
}

fn take_back(
    db: &Connection,
    events: &mut Vec<Event>,
    attendance_id: Uuid,
    at: &NotMeAt,
    (read, rules): (&Reading, &Rules),
) -> Result<CheckInAnswer, Stop<Refusal>> {
    let own = find(db, attendance_id)?.ok_or_else(|| refused(NotMeRefusal::NoRecord))?;
    let session = own.lecture.session.id;
    let (channel, actor) = (at.channel(), at.actor(session));
    if own.state.channel != channel || own.device != at.mark(session) {
        return Err(refused(NotMeRefusal::OfAnother));
    }
    if own.state.mark == Mark::TakenBack && own.was_taken_back_by(&actor) {
        return answer(db, &own, (read, rules));
    }
    if !own.state.mark.stands() || own.staff_have_spoken() {
        return Err(refused(NotMeRefusal::Decided));
    }
    if read.at.since(own.state.at) > channel.not_me_for() {
        return Err(refused(NotMeRefusal::TooLate));
    }
    let limit = channel.not_me_limit();
    let since = limit.within.map(|within| read.at - within);
    if taken_back_by(db, session, &actor, since)? >= limit.most {
        return Err(refused(NotMeRefusal::TooOften));
    }
    let after = RecordState {
        mark: Mark::TakenBack,
        ..own.state.clone()
    };
    let act = Act::new(read.at, &actor, TAKEN_BACK, &own.uuid);
    own.becomes(db, events, act, after, (read, rules))?;
    answer(db, &own, (read, rules))
}

fn put_back(
    db: &Connection,
    events: &mut Vec<Event>,
    attendance_id: Uuid,
    (read, rules): (&Reading, &Rules),
) -> Result<CheckInAnswer, Stop<Refusal>> {
    let own = find(db, attendance_id)?.ok_or_else(|| refused(NotMeRefusal::NoRecord))?;
    let actor = NotMeAt::Keyboard.actor(own.lecture.session.id);
    let last = own.last.as_ref().filter(|_| own.was_taken_back_by(&actor));
    let last = last.ok_or_else(|| refused(NotMeRefusal::Decided))?;
    if read.at.since(last.at) > Channel::Keypad.not_me_for() {
        return Err(refused(NotMeRefusal::TooLate));
    }
    let said = statements_of(db, last.id)?.pop();
    let before = said.and_then(|said| said.before);
    let before = before.ok_or_else(|| damaged("statement"))?;
    let after = RecordState {
        mark: before.mark,
        ..own.state.clone()
    };
    let act = Act::new(read.at, &actor, PUT_BACK, &own.uuid);
    own.becomes(db, events, act, after, (read, rules))?;
    let receipt = receipts::find(db, own.uuid, read.at, rules)?;
    let receipt = receipt.ok_or_else(|| damaged("record"))?;
    Ok(CheckInAnswer::Recorded(Box::new(receipt)))
}

impl Own {
    fn was_taken_back_by(&self, actor: &str) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|last| last.action == TAKEN_BACK && last.actor == actor)
    }

    /// Whether anybody but a door has spoken of it.
    fn staff_have_spoken(&self) -> bool {
        let by_door = |last: &LastAct| {
            matches!(
                &*last.action,
                TAKEN_BACK | PUT_BACK | CHECKED_IN | NAME_TYPED
            )
        };
        self.last.as_ref().is_some_and(|last| !by_door(last))
    }

    fn becomes(
        &self,
        db: &Connection,
        events: &mut Vec<Event>,
        act: Act,
        after: RecordState,
        (read, rules): (&Reading, &Rules),
    ) -> Result<(), StoreError> {
        let summary = ChangeSummary::between(&self.state, &after);
        let session = self.lecture.session.id;
        let mut plan = Plan::new(act);
        plan.state(
            db,
            Statement::Mark(session, self.number.clone(), Box::new(after)),
        )?;
        commit(db, &plan)?;
        let (targets, due) = (&rules.deliver_to, Due::at_once(read.monotonic));
        deliveries::requeue(db, events, self.id, summary, targets, due)?;
        events.push(Event::Corrected {
            session,
            attendance: self.uuid,
        });
        Ok(())
    }
}

fn answer(
    db: &Connection,
    own: &Own,
    (read, rules): (&Reading, &Rules),
) -> Result<CheckInAnswer, Stop<Refusal>> {
    let receipt = receipts::find(db, own.uuid, read.at, rules)?;
    let receipt = receipt.ok_or_else(|| damaged("record"))?;
    Ok(CheckInAnswer::TakenBack(Box::new(receipt)))
}

fn find(db: &Connection, attendance_id: Uuid) -> Result<Option<Own>, Stop<Refusal>> {
    const LAST: &str =
        "SELECT a.id, a.action, a.actor, a.at FROM statements AS m JOIN acts AS a ON a.id = m.act
        WHERE m.kind = 'mark' AND m.key = ?1 ORDER BY m.stamp_at DESC, m.id DESC LIMIT 1";
    let sql = format!(
        "SELECT {STATE_COLUMNS}, r.device, l.uuid AS session_id, st.admission_number, st.name AS student_name
        FROM records AS r JOIN lectures AS l ON l.id = r.lecture JOIN students AS st ON st.id = r.student
        WHERE r.uuid = ?1 AND r.kiosk = 0"
    );
    let found = row::first(&mut db.prepare_cached(&sql)?, [attendance_id], |row| {
        let session: SessionId = row.get("session_id")?;
        let number: AdmissionNumber = row.get("admission_number")?;
        let state = records::state(row)?;
        Ok((
            row.get("record")?,
            session,
            number,
            row.get("device")?,
            state,
        ))
    })?;
    let Some((id, session, number, device, state)) = found else {
        return Ok(None);
    };
    let key = format!("{session}\t{number}");
    let last = db
        .prepare_cached(LAST)?
        .query_row([key], |row| {
            Ok(LastAct {
                id: row.get(0)?,
                action: row.get(1)?,
                actor: row.get(2)?,
                at: row.get(3)?,
            })
        })
        .optional()?;
    Ok(Some(Own {
        id,
        uuid: attendance_id,
        lecture: lectures::find(db, session)?,
        number,
        device,
        state,
        last,
    }))
}

/// How many records a door has taken back in a lecture, or since a moment in any.
fn taken_back_by(
    db: &Connection,
    session: SessionId,
    actor: &str,
    since: Option<Timestamp>,
) -> Result<u32, StoreError> {
    const IN_LECTURE: &str = "SELECT count(*) FROM statements AS m JOIN acts AS a ON a.id = m.act
        WHERE m.kind = 'mark' AND m.key >= ?3 AND m.key < ?4 AND a.action = ?1 AND a.actor = ?2";
    // Among the latest acts only: more do not come in that time, and the log grows for years.
    const SINCE: &str = "SELECT count(*) FROM acts
        WHERE id > (SELECT max(id) FROM acts) - 2000 AND action = ?1 AND actor = ?2 AND at > ?3";
    let count = |row: &rusqlite::Row<'_>| row.get(0);
    if let Some(since) = since {
        return Ok(db
            .prepare_cached(SINCE)?
            .query_row((TAKEN_BACK, actor, since), count)?);
    }
    let (from, until) = keys_of(session, None);
    Ok(db
        .prepare_cached(IN_LECTURE)?
        .query_row((TAKEN_BACK, actor, from, until), count)?)
}
