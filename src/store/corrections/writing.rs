//! A corrected record, its line in the log and its debts.

use rusqlite::named_params;
use uuid::Uuid;

use super::{Act, Found, Stop};
use crate::domain::{
    Corrected, Mark, Percentage, PersonName, Reason, RecordState, Session, SessionId,
};
use crate::random;
use crate::store::audit::{self, Link};
use crate::store::event::Event;
use crate::store::row::damaged;
use crate::store::{check_ins, outbox, receipts, snapshot, students};

impl Act<'_> {
    /// Writes a change, its line and its debts, and answers with the record as it stands then.
    pub(super) fn change(
        &mut self,
        record: &Found,
        after: &RecordState,
        action: &str,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        self.write_change(record, after, action, reason, Link::None)?;
        self.answer(record.id, Some(record.state.mark), after.mark, true)
    }

    pub(super) fn write_change(
        &mut self,
        record: &Found,
        after: &RecordState,
        action: &str,
        reason: Option<&Reason>,
        link: Link,
    ) -> Result<i64, Stop> {
        const RECORD: &str = "UPDATE attendance SET status = coalesce(:status, status),
                voided_at = CASE WHEN :voided THEN coalesce(voided_at, :now) END,
                timestamp = :at, channel = :channel, late_minutes = :late, flags = :flags,
                attendance_percentage = :percentage, typed_name = :typed_name
            WHERE id = :id";
        // A record that is made anew was made in this run of the machine, and at this count.
        const ANEW: &str = "UPDATE attendance SET boot_id = :boot, uptime_ms = :uptime,
                clock_said = NULL, corrected_by = NULL
            WHERE id = :id";
        const NAME: &str = "UPDATE students SET name = :name, source = 'roster', updated_at = :now
            WHERE id = :id";
        let before = &record.state;
        let now = self.hand.now;
        self.db.prepare_cached(RECORD)?.execute(named_params! {
            // What is taken back keeps its status: it may be given back.
            ":status": match after.mark {
                Mark::Absent => None,
                Mark::Pending => Some("pending"),
                Mark::Present | Mark::Late => Some("present"),
            },
            ":voided": after.mark == Mark::Absent,
            ":now": now.to_string(),
            ":at": after.at.to_string(),
            ":channel": after.channel.as_str(),
            ":late": after.punctuality.minutes(),
            ":flags": after.flags.to_string(),
            ":percentage": after.percentage.as_f64(),
            ":typed_name": after.typed_name.as_ref().map(PersonName::as_str),
            ":id": record.id.to_string(),
        })?;
        if after.at != before.at && after.at == now {
            let (boot, uptime) = self.count();
            self.db.prepare_cached(ANEW)?.execute(named_params! {
                ":boot": boot, ":uptime": uptime, ":id": record.id.to_string(),
            })?;
        }
        if after.name != before.name {
            self.db.prepare_cached(NAME)?.execute(named_params! {
                ":name": after.name.as_ref().map_or("", PersonName::as_str),
                ":now": now.to_string(),
                ":id": record.student_id,
            })?;
            self.events.push(Event::RosterChanged);
        }
        let summary = outbox::ChangeSummary::between(before, after);
        let targets = &self.rules.deliver_to;
        outbox::requeue(
            self.db,
            self.events,
            record.id,
            summary,
            targets,
            self.hand.monotonic,
        )?;
        self.events.push(Event::Corrected {
            session: record.session,
            attendance: record.id,
        });
        self.log(record.id, action, Some(before), after, reason, link)
    }

    pub(super) fn log(
        &self,
        id: Uuid,
        action: &str,
        before: Option<&RecordState>,
        after: &RecordState,
        reason: Option<&Reason>,
        link: Link,
    ) -> Result<i64, Stop> {
        let (subject, old) = (id.to_string(), before.map(snapshot::write));
        let entry = audit::Entry {
            old: old.as_deref(),
            new: Some(&snapshot::write(after)),
            reason: reason.map(Reason::as_str),
            ..audit::Entry::new(self.hand.now, &self.hand.actor, action, &subject)
        };
        Ok(audit::add_linked(self.db, &entry, link)?)
    }

    pub(super) fn insert(
        &mut self,
        student_id: i64,
        session: SessionId,
        state: &RecordState,
    ) -> Result<Uuid, Stop> {
        const SQL: &str =
            "INSERT INTO attendance (id, student_id, session_id, timestamp, channel, status,
                attendance_percentage, late_minutes, flags, boot_id, uptime_ms)
            VALUES (:id, :student, :session, :at, :channel, 'present', :percentage, :late, :flags,
                :boot, :uptime)";
        let id = random::uuid();
        // What a merge carries over was not made at this moment.
        let (boot, uptime) = if state.at == self.hand.now {
            self.count()
        } else {
            (None, None)
        };
        self.db.prepare_cached(SQL)?.execute(named_params! {
            ":id": id.to_string(),
            ":student": student_id,
            ":session": session.to_string(),
            ":at": state.at.to_string(),
            ":channel": state.channel.as_str(),
            ":percentage": state.percentage.as_f64(),
            ":late": state.punctuality.minutes(),
            ":flags": state.flags.to_string(),
            ":boot": boot,
            ":uptime": uptime,
        })?;
        let targets = &self.rules.deliver_to;
        check_ins::queue_deliveries(self.db, id, targets, self.hand.monotonic)?;
        let owed = targets.iter().map(|&target| Event::Queued { target });
        self.events.extend(owed);
        self.events.push(Event::CheckedIn {
            session,
            attendance: id,
        });
        Ok(id)
    }

    /// The run of the machine and its count at this moment, where they can be told.
    fn count(&self) -> (Option<&str>, Option<i64>) {
        let uptime = &self.hand.uptime;
        let boot = uptime.boot.is_known().then(|| uptime.boot.as_str());
        (
            boot,
            boot.and(i64::try_from(uptime.elapsed.as_millis()).ok()),
        )
    }

    pub(super) fn answer(
        &self,
        id: Uuid,
        before: Option<Mark>,
        mark: Mark,
        changed: bool,
    ) -> Result<Corrected, Stop> {
        let receipt = receipts::find(self.db, id, self.hand.now, self.rules)?;
        Ok(Corrected {
            receipt: receipt.ok_or_else(|| damaged("record"))?,
            before,
            mark,
            changed,
            portal_by_hand: outbox::portal_has_stale_record(self.db, id)?,
        })
    }

    /// The percentage with this session among those attended: what a check-in now would report.
    pub(super) fn percentage(
        &self,
        student_id: i64,
        session: SessionId,
    ) -> Result<Percentage, Stop> {
        let counted = Some(session);
        let (db, now, rules) = (self.db, self.hand.now, self.rules);
        Ok(receipts::standing(db, student_id, session, counted, now, rules)?.of_plan)
    }

    pub(super) fn enrol(&self, student_id: i64, session: &Session) -> Result<(), Stop> {
        let on = session.date(self.rules.zone).to_string();
        Ok(students::enrol_in_unit_of(
            self.db, student_id, session.id, &on,
        )?)
    }
}
