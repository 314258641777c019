//! Marks from a paper list, and lectures that were held on paper.
//!
//! A preview does all of it and takes it back: the same statements say what would change.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::Store;
use super::acts::AuditContext;
use super::corrections::{self, Change, Corrector};
use super::counted;
use super::enrolments;
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::{self, Opened, PastLecture};
use super::marks::{MARKED, UNMARKED};
use super::numbers;
use super::plan::commit;
use super::records::{self, Record};
use super::row::{self, damaged};
use super::rules::Rules;
use super::stamp::THIS_KIOSK;
use super::students;
use crate::domain::{
    AdmissionNumber, CorrectionRefusal, EnteredLecture, KeptMark, Mark, NearListed, PaperList,
    PaperListEffect, PaperListOrder, Phase, Reason, SessionId, SessionRefusal, StudentLine,
    near_number, numbers_in,
};

/// Why nothing was written.
enum Unwritten<R, T> {
    Refused(R),
    Previewed(T),
}

impl Store {
    /// Marks the numbers of a paper list in a lecture, in one act, or only says what that would change.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn mark_paper_list(
        &self,
        order: PaperListOrder,
        preview: bool,
        rules: Rules,
        context: AuditContext,
    ) -> Result<Result<PaperListEffect, CorrectionRefusal>, StoreError> {
        self.write_or_preview(preview, move |db, events| {
            let mut corrector = Corrector {
                db,
                events,
                rules: &rules,
                context: &context,
            };
            let lecture = corrector.lecture(order.session)?;
            let session = &lecture.session;
            if let Phase::NotYet { opens_at } = session.phase(context.now, rules.windows) {
                return Err(CorrectionRefusal::NotYetOpen { opens_at }.into());
            }
            corrector.take_list(&lecture, &order.list)
        })
        .await
    }

    /// Enters a lecture that was held on paper, with the marks of its list, or only says what that would change.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit; [`SessionRefusal::NoRoom`].
    pub async fn enter_lecture(
        &self,
        past: PastLecture,
        list: PaperList,
        preview: bool,
        (rules, max_sessions): (Rules, u32),
        context: AuditContext,
    ) -> Result<Result<EnteredLecture, SessionRefusal>, StoreError> {
        self.write_or_preview(preview, move |db, events| {
            let reason = list.reason.as_ref().map(Reason::as_str);
            let by = (&*context.actor, reason);
            let (id, was) = lectures::enter(db, &past, max_sessions, by, context.now)?;
            let lecture = lectures::find(db, id)?;
            let clashes = lectures::clashes_beside(db, id)?;
            events.push(Event::SessionChanged { session: id });
            let mut corrector = Corrector {
                db,
                events,
                rules: &rules,
                context: &context,
            };
            let list = corrector.take_list(&lecture, &list).map_err(unexpected)?;
            Ok(EnteredLecture {
                session: lecture.session,
                was,
                clashes,
                list,
            })
        })
        .await
    }

    /// Takes the entry of a lecture back, with its marks, or only says how many marks that are.
    ///
    /// # Errors
    /// [`SessionRefusal::NothingToUndo`].
    pub async fn undo_entry(
        &self,
        id: SessionId,
        preview: bool,
        rules: Rules,
        context: AuditContext,
    ) -> Result<Result<usize, SessionRefusal>, StoreError> {
        self.write_or_preview(preview, move |db, events| {
            let plan = lectures::undo_entry(db, id, &context.actor, context.now)?;
            let lecture = lectures::find(db, id)?;
            let mut corrector = Corrector {
                db,
                events,
                rules: &rules,
                context: &context,
            };
            let removed = corrector.remove_all(&lecture).map_err(unexpected)?;
            commit(db, &plan)?;
            events.push(Event::SessionChanged { session: id });
            Ok(removed)
        })
        .await
    }

    async fn write_or_preview<T: Send + 'static, R: Send + 'static>(
        &self,
        preview: bool,
        work: impl FnOnce(&Connection, &mut Vec<Event>) -> Result<T, Stop<R>> + Send + 'static,
    ) -> Result<Result<T, R>, StoreError> {
        let written = self
            .write_unless_refused(move |db, events| match work(db, events) {
                Ok(effect) if preview => Err(Stop::Refused(Unwritten::Previewed(effect))),
                Ok(effect) => Ok(effect),
                Err(Stop::Refused(refusal)) => Err(Stop::Refused(Unwritten::Refused(refusal))),
                Err(Stop::Store(error)) => Err(Stop::Store(error)),
            })
            .await?;
        Ok(match written {
            Ok(effect) | Err(Unwritten::Previewed(effect)) => Ok(effect),
            Err(Unwritten::Refused(refusal)) => Err(refusal),
        })
    }
}

/// A refusal of a correction that a lecture which is over does not know.
fn unexpected(stop: corrections::Stop) -> Stop<SessionRefusal> {
    match stop {
        Stop::Refused(_) => Stop::Store(damaged("lecture")),
        Stop::Store(error) => Stop::Store(error),
    }
}

impl Corrector<'_> {
    fn take_list(
        &mut self,
        lecture: &Opened,
        list: &PaperList,
    ) -> Result<PaperListEffect, corrections::Stop> {
        let db = self.db;
        let (unit, semester) = (lecture.unit, &lecture.session.semester);
        let has_list = counted::has_list(db, unit, semester)?;
        let listed = enrolments::numbers_on(db, unit, semester, lecture.date)?;
        let listed: BTreeSet<AdmissionNumber> = listed.into_iter().collect();
        let is_known =
            |number: &AdmissionNumber| students::fact(db, number).map(|student| student.is_some());
        let (numbers, unreadable) = numbers_in(&list.numbers, is_known)?;
        let mut effect = PaperListEffect {
            unreadable,
            ..PaperListEffect::default()
        };
        let mut plan = self.plan(MARKED, list.reason.as_ref());
        let mut changes = Vec::new();
        let place = (lecture.id, lecture.session.id);
        let mut seen = BTreeSet::new();
        for typed in numbers {
            let number = numbers::right(db, &typed)?;
            if !seen.insert(number.clone()) {
                continue;
            }
            let Some(student) = self.student(&number)? else {
                match near_number(&number, listed.iter().cloned()) {
                    Some(suggestion) => effect.near.push(NearListed {
                        typed: number,
                        suggestion,
                    }),
                    None => effect.unknown.push(number),
                }
                continue;
            };
            let line = StudentLine {
                admission_number: number.clone(),
                name: student.name.clone(),
            };
            let record = records::of_student(db, lecture.id, student.id)?;
            let kept = record
                .as_ref()
                .filter(|record| keeps(record, list))
                .map(|record| record.state.mark);
            if let Some(mark) = kept {
                effect.kept.push(KeptMark {
                    student: line,
                    mark,
                });
                continue;
            }
            if has_list && !listed.contains(&number) && !list.takes_unlisted {
                effect.unlisted.push(line);
                continue;
            }
            match record {
                None => {
                    let state = self.by_hand(lecture, &student, list.mark)?;
                    let own = records::own(db, lecture.id, student.id)?;
                    changes.extend(self.give(&mut plan, place, student, own, (state, None))?.1);
                }
                Some(record) => {
                    let before = (student.id, &record.state);
                    if let Some(after) = self.marked_by_hand(lecture, before, list.mark)? {
                        let change = Change::new(place, student, record, after);
                        changes.push(self.stated(&mut plan, change)?);
                    }
                }
            }
            effect.marked.push(line);
        }
        if !effect.marked.is_empty() {
            self.commit(&plan, changes)?;
        }
        Ok(effect)
    }

    /// Removes every mark of this kiosk in a lecture; answers how many.
    fn remove_all(&mut self, lecture: &Opened) -> Result<usize, corrections::Stop> {
        const MARKS: &str = "SELECT st.admission_number FROM records AS r JOIN students AS st ON st.id = r.student
            WHERE r.lecture = ?1 AND r.kiosk = 0 AND r.mark IN ('present', 'pending') ORDER BY r.id";
        let db = self.db;
        let numbers: Vec<AdmissionNumber> =
            row::collect(&mut db.prepare_cached(MARKS)?, [lecture.id], |row| {
                Ok(row.get(0)?)
            })?;
        let mut plan = self.plan(UNMARKED, None);
        let mut changes = Vec::new();
        for number in numbers {
            let student = self.student(&number)?.ok_or_else(|| damaged("student"))?;
            let record = records::of_student(db, lecture.id, student.id)?;
            let record = record.ok_or_else(|| damaged("record"))?;
            let place = (lecture.id, lecture.session.id);
            changes.push(self.set_aside(&mut plan, place, (student, record), None)?);
        }
        let removed = changes.len();
        if removed > 0 {
            self.commit(&plan, changes)?;
        }
        Ok(removed)
    }
}

/// Whether a paper list leaves a record as it is: it counts, another kiosk made it, or staff removed it and the list
/// gives no reason to give it again.
fn keeps(record: &Record, list: &PaperList) -> bool {
    match record.state.mark {
        Mark::Present | Mark::Late => true,
        _ if record.kiosk != THIS_KIOSK => record.state.mark != Mark::TakenBack,
        Mark::Removed => list.reason.is_none(),
        Mark::Pending | Mark::TakenBack => false,
    }
}
