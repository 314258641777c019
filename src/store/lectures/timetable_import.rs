//! Importing a timetable: what a file says becomes one plan.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{Datelike as _, NaiveDate};
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::{fact, timetable};
use crate::domain::{
    Group, KnownLecture, KnownStage, LectureChange, LectureFact, LectureStage, LeftOver, Lesson,
    MatchRules, Matched, Matching, Noted, OpenChange, PlannedLecture, PlannedTimes, SessionId,
    Sitting, Slot, StaffId, Statement, Timestamp, TimetableFile, TimetableLine, TimetableNote,
    TimetableRefusal, TimetableReport, UnitCode, Venue, clashes, match_lines,
};
use crate::random;
use crate::store::acts::{Act, KIOSK};
use crate::store::deliveries::{self, ChangeSummary, Due};
use crate::store::error::{Entity, Stop, StoreError};
use crate::store::event::Event;
use crate::store::plan::{Plan, commit};
use crate::store::row::{self, damaged};
use crate::store::{Store, publications, units};

impl Store {
    /// Imports a timetable, completely or not at all. A second import changes nothing.
    ///
    /// # Errors
    /// [`TimetableRefusal`]; [`StoreError::Missing`] when there is no such unit.
    pub async fn import_timetable(
        &self,
        file: TimetableFile,
        rules: MatchRules,
        (actor, monotonic): (String, Timestamp),
    ) -> Result<Result<TimetableReport, TimetableRefusal>, StoreError> {
        // A lecture that has moved is tried again at once.
        const TRY: &str = "UPDATE lectures SET problem = NULL, tried_at = NULL WHERE uuid = ?1";
        self.write_unless_refused(move |db, events| {
            let act = Act::new(rules.now, &actor, "timetable.imported", &"timetable");
            let import = plan_import(db, &file, &rules, act)?;
            if import.plan.is_empty() {
                return Ok(import.report);
            }
            commit(db, &import.plan)?;
            for id in import.replanned {
                db.prepare_cached(TRY)?.execute([id])?;
            }
            for session in import.sessions {
                publications::queue(db, session)?;
                events.push(Event::SessionChanged { session });
            }
            for session in import.in_another_room {
                requeue_records(db, events, session, monotonic)?;
            }
            events.push(Event::RosterChanged);
            Ok(import.report)
        })
        .await
    }

    /// What [`Store::import_timetable`] would change: the plan alone.
    ///
    /// # Errors
    /// As [`Store::import_timetable`].
    pub async fn preview_timetable(
        &self,
        file: TimetableFile,
        rules: MatchRules,
    ) -> Result<Result<TimetableReport, TimetableRefusal>, StoreError> {
        self.read(move |db| {
            let act = Act::new(rules.now, KIOSK, "timetable.imported", &"timetable");
            match plan_import(db, &file, &rules, act) {
                Ok(import) => Ok(Ok(import.report)),
                Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
                Err(Stop::Store(error)) => Err(error),
            }
        })
        .await
    }
}

/// A lecture of the timetable as an import finds it, and as it leaves it.
struct Row {
    id: SessionId,
    fact: LectureFact,
    /// The times that a file last gave it, where staff have given it others since.
    filed: Option<PlannedTimes>,
    stage: KnownStage,
    /// The session that was opened for it under another id.
    held: Option<(SessionId, LectureFact)>,
    /// Whether it was staff who changed the end of its session last.
    ends_by_staff: bool,
}

/// An import that is being planned.
struct Import<'a> {
    plan: Plan,
    report: TimetableReport,
    rows: Vec<Row>,
    /// The places of each unit's rows, and its lecturer.
    units: HashMap<UnitCode, (Vec<usize>, StaffId)>,
    new: HashSet<SessionId>,
    /// The lectures whose plan is another one.
    replanned: Vec<SessionId>,
    /// The sessions that are changed.
    sessions: Vec<SessionId>,
    /// Those of them that are in another room.
    in_another_room: Vec<SessionId>,
    rules: &'a MatchRules,
}

fn plan_import<'a>(
    db: &Connection,
    file: &TimetableFile,
    rules: &'a MatchRules,
    act: Act,
) -> Result<Import<'a>, Stop<TimetableRefusal>> {
    let mut import = Import {
        plan: Plan::new(act),
        report: TimetableReport::default(),
        rows: Vec::new(),
        units: HashMap::new(),
        new: HashSet::new(),
        replanned: Vec::new(),
        sessions: Vec::new(),
        in_another_room: Vec::new(),
        rules,
    };
    for line in &file.lines {
        import.find_unit(db, &line.lecture.unit)?;
    }
    let known: Vec<KnownLecture> = import.rows.iter().filter_map(known).collect();
    let mut matching = match_lines(&file.lines, &known, rules);
    refuse_if_past(&file.lines, &matching, rules)?;
    import.leave_out_moved_away(db, &file.lines, &mut matching)?;
    let repeated = matching.repeated_ids.iter();
    for line in repeated.filter_map(|&place| file.lines.get(place)) {
        import.note(line, Noted::RepeatedId);
    }
    import.report.changes = vec![LectureChange::Unchanged; file.lines.len()];
    // By start, whatever the order of the file: the place of a lesson in its week follows from it.
    let mut in_order: Vec<_> = file.lines.iter().zip(&matching.lines).enumerate().collect();
    in_order.sort_by_key(|(_, (line, _))| line.lecture.starts_at);
    for (place, (line, matched)) in in_order {
        let change = match *matched {
            Matched::Past => {
                import.note(line, Noted::Past);
                LectureChange::Past
            }
            Matched::MovedAway => LectureChange::MovedAway,
            Matched::New { id, .. } => import.add(db, line, id)?,
            Matched::Known(row) => import.update(db, line, row)?,
        };
        if let Some(slot) = import.report.changes.get_mut(place) {
            *slot = change;
        }
    }
    for &row in &matching.left_over {
        import.leave_over(db, row, file.left_over)?;
    }
    import.note_clashes(db, file, &matching)?;
    let order = |note: &TimetableNote| (note.line.is_none(), note.line, note.lecture.starts_at);
    import.report.notes.sort_by_key(order);
    import.plan.act_mut().new = Some(import.summary());
    Ok(import)
}

fn refuse_if_past(
    lines: &[TimetableLine],
    matching: &Matching,
    rules: &MatchRules,
) -> Result<(), Stop<TimetableRefusal>> {
    let days = || {
        lines
            .iter()
            .map(|line| rules.zone.date(line.lecture.starts_at))
    };
    match (days().min(), days().max()) {
        (Some(first), Some(last)) if matching.lines.iter().all(|line| *line == Matched::Past) => {
            Err(Stop::Refused(TimetableRefusal::Past { first, last }))
        }
        _ => Ok(()),
    }
}

/// A row as the matching sees it; every row is planned.
fn known(row: &Row) -> Option<KnownLecture> {
    Some(KnownLecture {
        id: row.id,
        unit: row.fact.unit.clone(),
        group: row.fact.group.clone(),
        times: row.fact.planned.clone()?,
        filed: row.filed.clone(),
        stage: row.stage,
    })
}

impl Import<'_> {
    /// Loads the lectures of a unit that are in the timetable.
    fn find_unit(&mut self, db: &Connection, unit: &UnitCode) -> Result<(), StoreError> {
        const SQL: &str = "SELECT uuid FROM lectures
            WHERE unit = ?1 AND planned_start IS NOT NULL ORDER BY id";
        if self.units.contains_key(unit) {
            return Ok(());
        }
        let holder = units::holder(db, unit)?;
        let (id, lecturer) = holder.ok_or_else(|| StoreError::missing(Entity::Unit, unit))?;
        let first = self.rows.len();
        let found = row::collect(&mut db.prepare_cached(SQL)?, [id], |row| {
            found(db, row.get(0)?)
        })?;
        self.rows.extend(found);
        let places = (first..self.rows.len()).collect();
        self.units.insert(unit.clone(), (places, lecturer));
        Ok(())
    }

    fn note(&mut self, line: &TimetableLine, noted: Noted) {
        self.report.notes.push(TimetableNote {
            line: Some(line.line),
            lecture: line.lecture.clone(),
            noted,
        });
    }

    /// Leaves out the lines of lectures that staff moved to another unit, and leaves those where they are.
    fn leave_out_moved_away(
        &mut self,
        db: &Connection,
        lines: &[TimetableLine],
        matching: &mut Matching,
    ) -> Result<(), StoreError> {
        let mut moved = HashSet::new();
        for (line, matched) in lines.iter().zip(&mut matching.lines) {
            let Matched::New { id, planned_id } = *matched else {
                continue;
            };
            for id in [id, planned_id] {
                if let Some(unit) = moved_away(db, id, &line.lecture.unit)? {
                    self.note(line, Noted::MovedAway { unit });
                    *matched = Matched::MovedAway;
                    moved.insert(id);
                    break;
                }
            }
        }
        let rows = &self.rows;
        let stays = |row: &usize| rows.get(*row).is_none_or(|row| !moved.contains(&row.id));
        matching.left_over.retain(stays);
        Ok(())
    }

    /// Adds a lecture, with this id unless it is taken.
    fn add(
        &mut self,
        db: &Connection,
        line: &TimetableLine,
        id: SessionId,
    ) -> Result<LectureChange, StoreError> {
        const TAKEN: &str = "SELECT 1 FROM lectures WHERE uuid = ?1";
        let is_taken = db.prepare_cached(TAKEN)?.exists([id])? || !self.new.insert(id);
        let id = if is_taken {
            SessionId::from_uuid(random::uuid())
        } else {
            id
        };
        let lecture = &line.lecture;
        let fact = LectureFact {
            unit: lecture.unit.clone(),
            state: LectureStage::Planned,
            group: lecture.group.clone(),
            lesson: self.next_lesson(lecture),
            voluntary: lecture.voluntary.unwrap_or(false),
            planned: Some(self.times_of(lecture)),
            held_as: None,
            sitting: None,
        };
        let statement = Statement::Lecture(id, Box::new(fact.clone()));
        self.plan.state(db, statement)?;
        if let Some((places, _)) = self.units.get_mut(&lecture.unit) {
            places.push(self.rows.len());
        }
        self.rows.push(Row {
            id,
            fact,
            filed: None,
            stage: KnownStage::Planned,
            held: None,
            ends_by_staff: false,
        });
        Ok(LectureChange::New)
    }

    /// Makes a known lecture what its line says.
    fn update(
        &mut self,
        db: &Connection,
        line: &TimetableLine,
        place: usize,
    ) -> Result<LectureChange, StoreError> {
        let Some((was, filed)) = self.rows.get(place).and_then(Row::planned) else {
            return Ok(LectureChange::Unchanged);
        };
        let mut lecture = line.lecture.clone();
        let mut times = self.times_of(&lecture);
        let mut notes = Vec::new();
        if filed.is_some_and(|filed| lecture.is_at(&filed)) {
            notes.push(Noted::StaffChanged);
            (lecture.starts_at, lecture.ends_at) = (was.starts_at, was.ends_at);
            lecture.venue = was.venue.clone();
            times = was.clone();
        }
        let next_lesson = self.next_lesson(&lecture);
        let Some(row) = self.rows.get_mut(place) else {
            return Ok(LectureChange::Unchanged);
        };
        let (id, before) = (row.id, row.fact.clone());
        let has_moved = was.starts_at != lecture.starts_at;
        let was_opened = matches!(row.stage, KnownStage::Open { .. } | KnownStage::Over);
        if has_moved && was_opened {
            notes.push(Noted::KeepsStart);
        }
        if !(has_moved && row.stage == KnownStage::Over) {
            row.fact.planned = Some(times);
            row.fact.voluntary = lecture.voluntary.unwrap_or(before.voluntary);
            if lecture.group.is_some() && lecture.group != before.group {
                row.fact.group.clone_from(&lecture.group);
                row.fact.lesson = next_lesson;
            }
        }
        let is_restored = row.stage == KnownStage::Dropped;
        if is_restored {
            row.fact.state = LectureStage::Planned;
        }
        let room = row.room().cloned();
        let reached = reach(row, &was, &lecture, self.rules.now, &mut notes);
        let has_moved_room = row.room() != room.as_ref();
        if row.is_cancelled() {
            notes.push(Noted::StaysCancelled);
        }
        let after = row.fact.clone();
        for noted in notes {
            self.note(line, noted);
        }
        if let Some((session, held)) = reached {
            self.sessions.push(session);
            self.in_another_room
                .extend(has_moved_room.then_some(session));
            if let Some(held) = held {
                let statement = Statement::Lecture(session, Box::new(held));
                self.plan.state(db, statement)?;
            }
        }
        if after == before {
            return Ok(LectureChange::Unchanged);
        }
        self.replanned.push(id);
        let is_plan_alone = (&after.group, after.voluntary, &after.sitting)
            == (&before.group, before.voluntary, &before.sitting);
        let statement = Statement::Lecture(id, Box::new(after));
        // The plan of a session is no change of the session: it must not win over one made elsewhere.
        if before.sitting.is_some() && is_plan_alone {
            self.plan.conclude(db, statement)?;
        } else {
            self.plan.state(db, statement)?;
        }
        Ok(match (is_restored, has_moved && !was_opened) {
            (true, _) => LectureChange::Restored,
            (false, true) => LectureChange::Moved { was },
            (false, false) => LectureChange::Changed { was },
        })
    }

    /// What becomes of a lecture that the file no longer names.
    fn leave_over(
        &mut self,
        db: &Connection,
        place: usize,
        left_over: LeftOver,
    ) -> Result<(), StoreError> {
        let Some(row) = self.rows.get_mut(place) else {
            return Ok(());
        };
        let Some(lecture) = planned_lecture(&row.fact) else {
            return Ok(());
        };
        let noted = match (row.stage, left_over) {
            (KnownStage::Open { .. }, _) => Noted::StillOpen,
            (_, LeftOver::Stays) => Noted::NotInFile,
            (_, LeftOver::StaysUnread) => Noted::NotRead,
            (_, LeftOver::IsCancelled) => {
                row.fact.state = LectureStage::Cancelled;
                let statement = Statement::Lecture(row.id, Box::new(row.fact.clone()));
                self.plan.state(db, statement)?;
                Noted::Cancelled
            }
        };
        self.report.notes.push(TimetableNote {
            line: None,
            lecture,
            noted,
        });
        Ok(())
    }

    /// Names what cannot be held beside what is planned, here or elsewhere.
    fn note_clashes(
        &mut self,
        db: &Connection,
        file: &TimetableFile,
        matching: &Matching,
    ) -> Result<(), StoreError> {
        let mut slots = Vec::new();
        let mut named = HashSet::new();
        for (line, matched) in file.lines.iter().zip(&matching.lines) {
            let row = match matched {
                Matched::MovedAway | Matched::Past => continue,
                Matched::New { .. } => None,
                Matched::Known(place) => self.rows.get(*place),
            };
            named.extend(row.map(|row| row.id));
            if row.is_some_and(Row::is_cancelled) {
                continue;
            }
            let known = row.and_then(|row| planned_lecture(&row.fact));
            slots.push(Slot {
                lecture: known.unwrap_or_else(|| line.lecture.clone()),
                lecturer: self.units.get(&line.lecture.unit).map(|(_, it)| it.clone()),
                line: Some(line.line),
            });
        }
        let dropped = matching
            .left_over
            .iter()
            .filter_map(|&at| self.rows.get(at));
        named.extend(dropped.filter(|row| row.is_cancelled()).map(|row| row.id));
        slots.extend(planned_beside(db, &slots, &named)?);
        slots.retain(|slot| slot.lecture.ends_at > self.rules.now);
        let notes = clashes(&slots).into_iter().map(|(slot, with, of)| {
            let (with, line) = (with.lecture.clone(), with.line);
            TimetableNote {
                line: slot.line,
                lecture: slot.lecture.clone(),
                noted: Noted::Clash { of, with, line },
            }
        });
        self.report.notes.extend(notes);
        Ok(())
    }

    fn times_of(&self, lecture: &PlannedLecture) -> PlannedTimes {
        PlannedTimes {
            starts_at: lecture.starts_at,
            ends_at: lecture.ends_at,
            venue: lecture.venue.clone(),
            semester: Some(self.rules.semester.clone()),
        }
    }

    fn next_lesson(&self, lecture: &PlannedLecture) -> Option<Lesson> {
        let (places, _) = self.units.get(&lecture.unit)?;
        let rows = places.iter().filter_map(|&place| self.rows.get(place));
        let date = self.rules.zone.date(lecture.starts_at);
        next_lesson(rows.map(|row| &row.fact), lecture.group.as_ref(), date)
    }

    /// What the import does, for the audit log.
    fn summary(&self) -> String {
        let count = |is_it: fn(&LectureChange) -> bool| {
            let changes = self.report.changes.iter();
            changes.filter(|change| is_it(change)).count()
        };
        let new = count(|change| *change == LectureChange::New);
        let changed = count(|change| matches!(change, LectureChange::Changed { .. }));
        let moved = count(|change| matches!(change, LectureChange::Moved { .. }));
        let restored = count(|change| *change == LectureChange::Restored);
        let notes = self.report.notes.iter();
        let cancelled = notes.filter(|note| note.noted == Noted::Cancelled).count();
        [
            (new, "new"),
            (changed, "changed"),
            (moved, "moved"),
            (restored, "restored"),
            (cancelled, "cancelled"),
        ]
        .iter()
        .enumerate()
        .filter(|(place, (count, _))| *place < 2 || *count > 0)
        .map(|(_, (count, what))| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
    }
}

impl Row {
    /// When it is planned, and when a file last had it, where that is not the same.
    fn planned(&self) -> Option<(PlannedTimes, Option<PlannedTimes>)> {
        Some((self.fact.planned.clone()?, self.filed.clone()))
    }

    /// The room of its session.
    fn room(&self) -> Option<&Venue> {
        let session = self.held.as_ref().map_or(&self.fact, |(_, fact)| fact);
        session.sitting.as_ref().map(|sitting| &sitting.venue)
    }

    fn is_cancelled(&self) -> bool {
        let held = self.held.as_ref().map(|(_, fact)| fact);
        held.unwrap_or(&self.fact).state == LectureStage::Cancelled
    }
}

/// Changes the session that is open for a lecture with its plan; answers which, and its fact where it has another
/// id.
fn reach(
    row: &mut Row,
    was: &PlannedTimes,
    lecture: &PlannedLecture,
    now: Timestamp,
    notes: &mut Vec<Noted>,
) -> Option<(SessionId, Option<LectureFact>)> {
    if !matches!(row.stage, KnownStage::Open { .. }) {
        return None;
    }
    let session = row.held.as_mut().map_or(&mut row.fact, |(_, fact)| fact);
    let sitting: &mut Sitting = session.sitting.as_mut()?;
    let change = OpenChange::of(sitting, was, lecture, (row.ends_by_staff, now));
    notes.extend(change.stays);
    if change.ends_at.is_none() && change.venue.is_none() {
        return None;
    }
    sitting.ends_at = change.ends_at.unwrap_or(sitting.ends_at);
    if let Some(venue) = change.venue {
        sitting.venue = venue;
    }
    notes.push(Noted::SessionChanged);
    Some(match &row.held {
        Some((id, fact)) => (*id, Some(fact.clone())),
        None => (row.id, None),
    })
}

fn planned_lecture(fact: &LectureFact) -> Option<PlannedLecture> {
    let times = fact.planned.clone()?;
    Some(PlannedLecture {
        unit: fact.unit.clone(),
        starts_at: times.starts_at,
        ends_at: times.ends_at,
        venue: times.venue,
        group: fact.group.clone(),
        voluntary: Some(fact.voluntary),
    })
}

fn found(db: &Connection, id: SessionId) -> Result<Row, StoreError> {
    let fact = fact(db, id)?;
    let held = fact
        .held_as
        .map(|session| Ok::<_, StoreError>((session, super::fact(db, session)?)))
        .transpose()?;
    let session = held.as_ref().map_or(&fact, |(_, held)| held);
    let stage = match (session.state, &session.sitting) {
        (LectureStage::Open, Some(sitting)) => KnownStage::Open {
            starts_at: sitting.starts_at,
            ends_at: sitting.ends_at,
        },
        (_, Some(_)) => KnownStage::Over,
        (LectureStage::NotHeld, None) => KnownStage::NotHeld,
        (LectureStage::Cancelled, None) if was_dropped(db, id)? => KnownStage::Dropped,
        (LectureStage::Cancelled, None) => KnownStage::Cancelled,
        (_, None) => KnownStage::Planned,
    };
    let session = held.as_ref().map_or(id, |(session, _)| *session);
    Ok(Row {
        id,
        filed: filed(db, id, &fact)?,
        ends_by_staff: ends_by_staff(db, session)?,
        fact,
        stage,
        held,
    })
}

/// Whether it was staff who changed the end of a session last.
fn ends_by_staff(db: &Connection, session: SessionId) -> Result<bool, StoreError> {
    const SQL: &str = "WITH said AS (
            SELECT s.id, a.action, json_extract(s.value, '$.sitting.ends_at') AS ends_at,
                lag(json_extract(s.value, '$.sitting.ends_at')) OVER (ORDER BY s.id) AS before
            FROM statements AS s JOIN acts AS a ON a.id = s.act WHERE s.kind = 'lecture' AND s.key = ?1)
        SELECT action <> 'timetable.imported' FROM said WHERE before IS NOT NULL AND ends_at <> before
        ORDER BY id DESC LIMIT 1";
    let changed = db
        .prepare_cached(SQL)?
        .query_row([session.to_string()], |row| row.get(0))
        .optional()?;
    Ok(changed.unwrap_or(false))
}

/// The times that a lecture had before staff changed them, if they did.
fn filed(
    db: &Connection,
    id: SessionId,
    fact: &LectureFact,
) -> Result<Option<PlannedTimes>, StoreError> {
    const SQL: &str = "WITH said AS (
            SELECT s.id, s.value, a.action, json_extract(s.value, '$.planned') AS planned,
                lag(json_extract(s.value, '$.planned')) OVER (ORDER BY s.id) AS before
            FROM statements AS s JOIN acts AS a ON a.id = s.act WHERE s.kind = 'lecture' AND s.key = ?1)
        SELECT value FROM said WHERE planned IS NOT before
            AND action NOT IN ('session.changed', 'session.moved', 'session.change_undone')
        ORDER BY id DESC LIMIT 1";
    let key = id.to_string();
    let value: Option<String> = db
        .prepare_cached(SQL)?
        .query_row([&key], |row| row.get(0))
        .optional()?;
    let said = value.map(|value| Statement::parse("lecture", &key, &value));
    let filed = match said.transpose() {
        Ok(Some(Statement::Lecture(_, said))) => said.planned,
        Ok(None) => None,
        _ => return Err(damaged("statement")),
    };
    let now = planned_lecture(fact);
    Ok(filed.filter(|filed| now.is_some_and(|now| !now.is_at(filed))))
}

/// The unit to which staff moved a lecture of this one.
fn moved_away(
    db: &Connection,
    id: SessionId,
    from: &UnitCode,
) -> Result<Option<UnitCode>, StoreError> {
    const SQL: &str = "SELECT u.code FROM lectures AS l JOIN units AS u ON u.id = l.unit
        WHERE l.uuid = :id AND u.code <> :from AND EXISTS (SELECT 1 FROM statements
            WHERE kind = 'lecture' AND key = :key AND json_extract(value, '$.unit') = :from)";
    let parameters = named_params! { ":id": id, ":key": id.to_string(), ":from": from };
    row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(row.get(0)?)
    })
}

/// Queues this kiosk's records of a session again, since its room is told with each.
fn requeue_records(
    db: &Connection,
    events: &mut Vec<Event>,
    session: SessionId,
    monotonic: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "SELECT r.id FROM records AS r JOIN lectures AS l ON l.id = r.lecture
        WHERE l.uuid = ?1 AND r.kiosk = 0 AND r.mark = 'present' AND r.percentage IS NOT NULL";
    let records: Vec<i64> = row::collect(&mut db.prepare_cached(SQL)?, [session], |row| {
        Ok(row.get(0)?)
    })?;
    let summary = ChangeSummary::of_what_is_told(true);
    for record in records {
        deliveries::requeue(db, events, record, summary, &[], Due::at_once(monotonic))?;
    }
    Ok(())
}

/// Whether it was an import that cancelled a lecture.
fn was_dropped(db: &Connection, id: SessionId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT a.action = 'timetable.imported' FROM statements AS s JOIN acts AS a ON a.id = s.act
        WHERE s.kind = 'lecture' AND s.key = ?1 AND s.id > (SELECT coalesce(max(id), 0) FROM statements
            WHERE kind = 'lecture' AND key = ?1 AND json_extract(value, '$.state') <> 'cancelled')
        ORDER BY s.id LIMIT 1";
    let dropped = db
        .prepare_cached(SQL)?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(dropped.unwrap_or(false))
}

/// What is planned while lectures of the file are, beside those that it names.
fn planned_beside(
    db: &Connection,
    slots: &[Slot],
    named: &HashSet<SessionId>,
) -> Result<Vec<Slot>, StoreError> {
    const SQL: &str = "SELECT t.uuid, u.code, l.staff_id, t.planned_start, t.planned_end, t.planned_venue, t.for_group,
            t.voluntary
        FROM lectures AS t JOIN units AS u ON u.id = t.unit JOIN lecturers AS l ON l.id = u.lecturer_id
        WHERE t.planned_start >= :from AND t.planned_start < :until AND t.state NOT IN ('cancelled', 'not_held')
        ORDER BY t.planned_start, t.id";
    // No lecture is longer than a day.
    const LONGEST: Duration = Duration::from_secs(24 * 3600);
    let starts = slots.iter().map(|slot| slot.lecture.starts_at);
    let ends = slots.iter().map(|slot| slot.lecture.ends_at);
    let (Some(from), Some(until)) = (starts.min(), ends.max()) else {
        return Ok(Vec::new());
    };
    let parameters = named_params! { ":from": from - LONGEST, ":until": until };
    let all = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let slot = Slot {
            lecture: timetable::planned_lecture(row)?,
            lecturer: Some(row.get("staff_id")?),
            line: None,
        };
        Ok((row.get::<_, SessionId>("uuid")?, slot))
    })?;
    let beside = all.into_iter().filter(|(id, _)| !named.contains(id));
    Ok(beside.map(|(_, slot)| slot).collect())
}

/// The lesson of a group's next lecture in a week, such as `2026-W40-1`: the first place that none of its lectures
/// has, a cancelled one included. Lectures that are for everybody are lessons of their own.
fn next_lesson<'a>(
    of_unit: impl Iterator<Item = &'a LectureFact>,
    group: Option<&Group>,
    date: NaiveDate,
) -> Option<Lesson> {
    let group = group?;
    let week = date.iso_week();
    let taken: Vec<&Lesson> = of_unit
        .filter(|fact| fact.group.as_ref() == Some(group))
        .filter_map(|fact| fact.lesson.as_ref())
        .collect();
    (1..=taken.len() + 1)
        .filter_map(|place| {
            Lesson::parse(&format!("{:04}-W{:02}-{place}", week.year(), week.week())).ok()
        })
        .find(|lesson| !taken.contains(&lesson))
}
