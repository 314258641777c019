//! The check-in itself: record, percentage and deliveries in one transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::acts::{Act, KIOSK};
use super::column;
use super::counted::{self, Counted, Whom};
use super::deliveries::{self, ChangeSummary, Due};
use super::enrolments;
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::{self, Opened};
use super::marks::{CHECKED_IN, NAME_TYPED};
use super::not_me::actor_of;
use super::numbers;
use super::plan;
use super::receipts;
use super::records::{self, NewRecord, Record};
use super::row::{self, damaged};
use super::rules::Rules;
use super::stamp::THIS_KIOSK;
use super::students;
use crate::domain::{
    AdmissionNumber, Asker, Channel, CheckInAnswer, DeviceId, Flag, Flags, InvalidAdmissionNumber,
    LectureHere, Mark, NameSource, PersonName, Reading, Receipt, RecordState, Refusal, Routing,
    Session, SessionId, SigningKey, Statement, StudentLine, Target, Timestamp, TypedAs,
    UnknownStudents, choices, near_number, route,
};

/// A check-in whose text has been parsed.
#[derive(Debug, Clone)]
pub struct NewCheckIn {
    /// The id that the record gets, a random UUID.
    pub attendance_id: Uuid,
    pub session: SessionId,
    /// How it came to that lecture; where several are open, it may go to another.
    pub routing: Routing,
    pub admission_number: AdmissionNumber,
    /// The name that was typed, if one was.
    pub student_name: Option<PersonName>,
    /// Whether the number is meant as it is, though it resembles one of the list.
    pub insists: bool,
    pub typed_as: TypedAs,
    pub channel: Channel,
    /// The phone, and the key by which it is marked in the session.
    pub device: Option<(DeviceId, SigningKey)>,
    /// The time, on both clocks of the machine.
    pub read: Reading,
}

/// Three different numbers at the keypad within this time raise [`Flag::Burst`] (feature C1).
const BURST_WITHIN: Duration = Duration::from_secs(15);
const BURST_OF: usize = 3;

impl Store {
    /// Checks a student in, finds the existing record, or refuses; all in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is recorded then.
    pub async fn check_in(
        &self,
        new: NewCheckIn,
        rules: Rules,
    ) -> Result<Result<CheckInAnswer, Refusal>, StoreError> {
        self.write_unless_refused(move |db, events| check_in(db, events, &new, &rules))
            .await
    }

    /// How many students have a record in one session, or how many have one in each session, added up.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_count(&self, session: Option<SessionId>) -> Result<u64, StoreError> {
        const ONE: &str = "SELECT count(*) FROM standing
            WHERE lecture = (SELECT id FROM lectures WHERE uuid = ?1)";
        // Records are numbered from 1 and never deleted.
        const ALL: &str =
            "SELECT coalesce(max(id), 0) - (SELECT count(*) FROM records WHERE further)
            FROM records";
        self.read(move |db| {
            Ok(match session {
                Some(id) => db.prepare_cached(ONE)?.query_row([id], |row| row.get(0))?,
                None => db.prepare_cached(ALL)?.query_row([], |row| row.get(0))?,
            })
        })
        .await
    }
}

/// A student as the check-in finds them.
struct Known {
    id: i64,
    name: Option<PersonName>,
    /// Whether staff or a list have named them or enrolled them anywhere.
    is_named: bool,
}

pub(super) fn check_in(
    db: &Connection,
    events: &mut Vec<Event>,
    new: &NewCheckIn,
    rules: &Rules,
) -> Result<CheckInAnswer, Stop<Refusal>> {
    let new = &under_the_right_number(db, new)?;
    let known = find_student(db, &new.admission_number)?;
    let is_named = known.as_ref().is_some_and(|student| student.is_named);
    let (place, resembles) = find_place(db, known.as_ref(), (new, rules))?;
    let is_unknown = !is_named && place.is_strangers();
    let Place {
        lecture,
        record,
        before,
    } = place;
    // Whoever took one back was somebody else: this is the student.
    if let Some(record) = record.filter(|record| record.state.mark != Mark::TakenBack) {
        return repeated(db, events, (&lecture, &record), known, (new, rules));
    }
    let session = &lecture.session;
    let admission = session.admit(new.read.at, rules.windows);
    let punctuality = admission.punctuality().map_err(Stop::Refused)?;
    if is_unknown {
        takes_stranger(known.as_ref(), new, rules).map_err(Stop::Refused)?;
    }
    let device = new.device.as_ref();
    let device = device.map(|(device, key)| device.mark(key, session.id));
    let shares_device = device_is_marked(db, lecture.id, device.as_deref())?;
    if shares_device && rules.block_shared_device {
        return Err(Stop::Refused(Refusal::DeviceBlocked));
    }

    let pending = is_unknown && rules.unknown_students == UnknownStudents::Pending;
    let student = match known {
        Some(known) => known_student(db, known, new)?,
        None => new_student(db, new)?,
    };
    let bursts = new.channel == Channel::Keypad && is_burst(db, lecture.id, new.read.at)?;
    let flags = Flags::NONE
        .with_if(shares_device, Flag::SharedDevice)
        .with_if(bursts, Flag::Burst)
        .with_if(student.contradicted, Flag::NameMismatch)
        .with_if(!new.read.trusted, Flag::ClockUntrusted)
        .with_if(reopened(session, new.read.at), Flag::AfterReopen)
        .with_if(resembles, Flag::NearNumber)
        .with_punctuality(punctuality);
    let mark = if pending {
        Mark::Pending
    } else {
        punctuality.into()
    };
    let mut counted = match before {
        Some(before) => before,
        None => load(db, &lecture, student.id, (new, rules))?,
    };
    // Whoever is on no list is enrolled by coming where the site says so, or the unit has no list.
    let enrols = !pending
        && (rules.unknown_students == UnknownStudents::Register || !counted.facts.has_list);
    counted.mark(lecture.id, mark, enrols);
    let figures = counted.student(new.read.at)?;
    // A stranger's record counts for nobody, until a list or staff enrol them.
    let standing = figures.standing.filter(|_| !pending);
    let typed_name = new.student_name.clone().filter(|_| student.contradicted);
    let state = RecordState {
        mark,
        at: new.read.at,
        channel: new.channel,
        punctuality,
        flags,
        percentage: standing.as_ref().map(|standing| standing.of_plan),
        typed_name,
        name: student.name.clone(),
        merged_into: None,
    };
    let record = NewRecord {
        device: device.as_deref(),
        unset: (!new.read.trusted).then_some(&new.read.uptime),
        ..NewRecord::new(lecture.id, student.id, new.attendance_id, &state)
    };
    let deliver_to = match standing {
        Some(_) => &rules.deliver_to[..],
        None => &[],
    };
    let attendance_id = write(db, events, (&record, session.id), new, deliver_to)?;
    events.push(Event::CheckedIn {
        session: session.id,
        attendance: attendance_id,
    });
    Ok(CheckInAnswer::Recorded(Box::new(Receipt {
        attendance_id,
        student: StudentLine {
            admission_number: new.admission_number.clone(),
            name: student.name,
        },
        checked_in_at: new.read.at,
        channel: new.channel,
        punctuality,
        pending,
        flags,
        percentage: state.percentage,
        listing: figures.listing,
        standing,
        delivery: receipts::undelivered(deliver_to),
        is_elsewhere: lecture.session.id != new.session,
        session: lecture.session,
    })))
}

/// Whoever types an old or a mistaken number is the student whose it is.
fn under_the_right_number(db: &Connection, new: &NewCheckIn) -> Result<NewCheckIn, StoreError> {
    Ok(NewCheckIn {
        admission_number: numbers::right(db, &new.admission_number)?,
        ..new.clone()
    })
}

/// Whether somebody on no list is taken, as far as they have said who they are.
fn takes_stranger(known: Option<&Known>, new: &NewCheckIn, rules: &Rules) -> Result<(), Refusal> {
    if rules.unknown_students == UnknownStudents::Reject {
        return Err(Refusal::UnknownStudent);
    }
    let name_is_known = known.is_some_and(|student| student.name.is_some());
    if !name_is_known && new.student_name.is_none() {
        return Err(Refusal::NameNeeded);
    }
    Ok(())
}

/// Writes the record of a check-in, and queues what the remotes are to get; answers its id.
fn write(
    db: &Connection,
    events: &mut Vec<Event>,
    (record, session): (&NewRecord<'_>, SessionId),
    new: &NewCheckIn,
    deliver_to: &[Target],
) -> Result<Uuid, StoreError> {
    const AGAIN: &str =
        "UPDATE records SET device = :device, boot = :boot, uptime_ms = :uptime, clock_said = NULL
        WHERE id = :id";
    let due = Due::after_check_in(new.read.monotonic, new.channel);
    let Some(own) = records::own(db, record.lecture, record.student)? else {
        let id = records::insert(db, record)?;
        deliveries::queue_check_in(db, events, deliver_to, id, due)?;
        return Ok(record.uuid);
    };
    // It was taken back, by somebody whose number it was not or as another student's: the student themselves says
    // what it is.
    let act = Act::new(new.read.at, new.channel.as_str(), CHECKED_IN, &own.shown_id);
    let (number, state) = (new.admission_number.clone(), record.state.clone());
    plan::state(db, act, Statement::Mark(session, number, Box::new(state)))?;
    let unset = record.unset.filter(|uptime| uptime.boot.is_known());
    db.prepare_cached(AGAIN)?.execute(named_params! {
        ":device": record.device,
        ":boot": unset.map(|uptime| &uptime.boot),
        ":uptime": unset.map(records::milliseconds),
        ":id": own.id,
    })?;
    let summary = ChangeSummary::between(&own.state, record.state);
    deliveries::requeue(db, events, own.id, summary, deliver_to, due)?;
    Ok(own.shown_id)
}

fn reopened(session: &Session, now: Timestamp) -> bool {
    session.reopened_at.is_some_and(|at| now >= at)
}

/// A lecture that the check-in may be for, and what it has of the student.
struct Place {
    lecture: Opened,
    record: Option<Record>,
    /// `None` where nobody has the number.
    before: Option<Counted>,
}

impl Place {
    fn of(
        db: &Connection,
        lecture: Opened,
        known: Option<&Known>,
        by: (&NewCheckIn, &Rules),
    ) -> Result<Self, StoreError> {
        let record = known.map(|known| records::of_student(db, lecture.id, known.id));
        let before = known.map(|known| load(db, &lecture, known.id, by));
        Ok(Self {
            record: record.transpose()?.flatten(),
            before: before.transpose()?,
            lecture,
        })
    }

    /// Whether the student is neither enrolled nor recorded here.
    fn is_strangers(&self) -> bool {
        let enrolled = |before: &Counted| !before.enrolment().is_empty();
        self.standing().is_none() && !self.before.as_ref().is_some_and(enrolled)
    }

    /// The record, unless it was taken back.
    fn standing(&self) -> Option<&Record> {
        let record = self.record.as_ref();
        record.filter(|record| record.state.mark != Mark::TakenBack)
    }

    fn view(&self) -> LectureHere {
        let before = self.before.as_ref();
        let state = self.record.as_ref().map(|record| &record.state);
        let is_removed = state.is_some_and(|state| state.mark == Mark::Removed);
        LectureHere {
            session: self.lecture.session.clone(),
            is_listed: before.is_some_and(|before| before.lists(self.lecture.id)),
            recorded_at: state
                .filter(|state| state.mark.stands())
                .map(|state| state.at),
            is_removed,
        }
    }
}

/// The lecture that a check-in is for, and whether its number resembles one of the list.
fn find_place(
    db: &Connection,
    known: Option<&Known>,
    (new, rules): (&NewCheckIn, &Rules),
) -> Result<(Place, bool), Stop<Refusal>> {
    let here = lectures_here(db, new, rules)?;
    let mut places = Vec::with_capacity(here.len());
    for lecture in here {
        places.push(Place::of(db, lecture, known, (new, rules))?);
    }
    let is_named = known.is_some_and(|student| student.is_named);
    let is_new = !is_named && places.iter().all(Place::is_strangers);
    let is_no_number = |error| Err(Stop::Refused(Refusal::InvalidNumber(error)));
    if is_new && new.typed_as == TypedAs::Code {
        return is_no_number(InvalidAdmissionNumber::Code);
    }
    let near = is_new.then(|| near(db, &places, known, new)).transpose()?;
    let near = near.flatten();
    let resembles = near.is_some();
    if let Some(suggestion) = near.filter(|_| !new.insists) {
        return Err(Stop::Refused(Refusal::NearNumber { suggestion }));
    }
    if known.is_none() && !new.admission_number.is_plain() {
        return is_no_number(InvalidAdmissionNumber::Script);
    }
    if new.typed_as == TypedAs::OtherForm {
        return is_no_number(InvalidAdmissionNumber::Pattern);
    }
    let views: Vec<LectureHere> = places.iter().map(Place::view).collect();
    let Some(at) = route(new.routing, &views, new.session, new.read.at) else {
        let lectures = choices(views, new.session);
        return Err(Stop::Refused(Refusal::WhichLecture { lectures }));
    };
    Ok((places.swap_remove(at), resembles))
}

/// What the unit of a lecture has of a student.
fn load(
    db: &Connection,
    lecture: &Opened,
    student: i64,
    (new, rules): (&NewCheckIn, &Rules),
) -> Result<Counted, StoreError> {
    let of = (lecture.unit, &lecture.session.semester);
    counted::load(db, of, Whom::One(student), new.read.at, rules)
}

/// The lectures that a check-in may be for: the one that was asked for, or all that take check-ins here.
fn lectures_here(
    db: &Connection,
    new: &NewCheckIn,
    rules: &Rules,
) -> Result<Vec<Opened>, Stop<Refusal>> {
    let asked = lectures::look_for(db, new.session)?;
    let asked = asked.ok_or(Stop::Refused(Refusal::NoSession))?;
    let takes = |lecture: &Opened| {
        let admission = lecture.session.admit(new.read.at, rules.windows);
        admission.punctuality()
    };
    let asked_takes = takes(&asked);
    if new.routing == Routing::OnScreen || (new.routing == Routing::ByCode && asked_takes.is_ok()) {
        let mut open = lectures::open(db)?;
        open.retain(|lecture| takes(lecture).is_ok());
        if !open.is_empty() {
            return Ok(open);
        }
    }
    asked_takes.map_err(Stop::Refused)?;
    Ok(vec![asked])
}

/// What somebody gets whose number has a record in the lecture.
fn repeated(
    db: &Connection,
    events: &mut Vec<Event>,
    (lecture, record): (&Opened, &Record),
    known: Option<Known>,
    (new, rules): (&NewCheckIn, &Rules),
) -> Result<CheckInAnswer, Stop<Refusal>> {
    // Staff removed the mark: another check-in does not restore it.
    if record.state.mark == Mark::Removed {
        return Err(Stop::Refused(Refusal::MarkRemoved));
    }
    let device = new.device.as_ref();
    let device = device.map(|(device, key)| device.mark(key, lecture.session.id));
    let asker = Asker {
        channel: new.channel,
        phone: device.as_deref(),
    };
    let made_by = receipts::phone_of(db, record.shown_id)?;
    let made_by = Asker {
        channel: record.state.channel,
        phone: made_by.as_deref(),
    };
    let may_see = asker.may_see(made_by);
    if let Some(known) = known
        && record.kiosk == THIS_KIOSK
    {
        let of = (lecture, record, known);
        note_other_name(db, events, of, (asker, made_by), (new, rules))?;
    }
    let receipt = receipts::find(db, record.shown_id, new.read.at, rules)?;
    let receipt = receipt.ok_or_else(|| damaged("record"))?;
    Ok(if may_see {
        CheckInAnswer::AlreadyMarked(Box::new(receipt))
    } else {
        CheckInAnswer::MarkedElsewhere(Box::new(receipt.seen_by_others()))
    })
}

/// Another name than the one on record, typed with a number that has a record. A name that the student gave in this
/// lecture is changed on the phone that gave it; any other is kept beside the record, for staff, with who typed it.
fn note_other_name(
    db: &Connection,
    events: &mut Vec<Event>,
    (lecture, record, known): (&Opened, &Record, Known),
    (asker, made_by): (Asker<'_>, Asker<'_>),
    (new, rules): (&NewCheckIn, &Rules),
) -> Result<(), StoreError> {
    let (Some(name), Some(typed)) = (&known.name, &new.student_name) else {
        return Ok(());
    };
    let before = &record.state;
    let is_noted =
        before.flags.has(Flag::NameMismatch) && before.typed_name.as_ref() == Some(typed);
    if name.matches(typed) || is_noted {
        return Ok(());
    }
    let (session, number) = (lecture.session.id, &new.admission_number);
    let by = actor_of(asker);
    let is_theirs = asker == made_by && asker.phone.is_some();
    if is_theirs && !known.is_named && is_only_lecture(db, known.id, lecture.id)? {
        students::rename_by_student(db, number, typed, (&by, None), new.read.at)?;
        let after = RecordState {
            name: Some(typed.clone()),
            ..before.clone()
        };
        let summary = ChangeSummary::between(before, &after);
        let due = Due::at_once(new.read.monotonic);
        deliveries::requeue(db, events, record.id, summary, &rules.deliver_to, due)?;
        events.push(Event::RosterChanged);
    } else {
        let after = RecordState {
            flags: before.flags.with_if(true, Flag::NameMismatch),
            typed_name: Some(typed.clone()),
            ..before.clone()
        };
        let act = Act::new(new.read.at, &by, NAME_TYPED, &record.shown_id);
        let statement = Statement::Mark(session, number.clone(), Box::new(after));
        plan::state(db, act, statement)?;
    }
    events.push(Event::Corrected {
        session,
        attendance: record.shown_id,
    });
    Ok(())
}

/// Whether a student has come to no other lecture: their name was given in this one.
fn is_only_lecture(db: &Connection, student: i64, lecture: i64) -> Result<bool, StoreError> {
    const OTHER: &str =
        "SELECT 1 FROM lectures AS l JOIN records AS r ON r.lecture = l.id AND r.student = ?1
        WHERE l.id <> ?2";
    Ok(!db.prepare_cached(OTHER)?.exists((student, lecture))?)
}

/// The number of a list here that an unknown one resembles; `None` once its student has been recorded by it, in
/// any unit: then the school knows it.
fn near(
    db: &Connection,
    places: &[Place],
    known: Option<&Known>,
    new: &NewCheckIn,
) -> Result<Option<AdmissionNumber>, StoreError> {
    const RECORDED: &str =
        "SELECT 1 FROM lectures AS l JOIN records AS r ON r.lecture = l.id AND r.student = ?1
        WHERE r.mark IN ('present', 'pending')";
    if let Some(Known { id, .. }) = known
        && db.prepare_cached(RECORDED)?.exists([id])?
    {
        return Ok(None);
    }
    // Whoever is on two lists is one student.
    let mut listed = BTreeSet::new();
    for Place { lecture, .. } in places {
        let (unit, semester) = (lecture.unit, &lecture.session.semester);
        listed.extend(enrolments::numbers_on(db, unit, semester, lecture.date)?);
    }
    Ok(near_number(&new.admission_number, listed))
}

fn find_student(db: &Connection, number: &AdmissionNumber) -> Result<Option<Known>, StoreError> {
    const SQL: &str = "SELECT id, name,
            source = 'roster' OR EXISTS (SELECT 1 FROM enrolments AS e WHERE e.student = students.id) AS is_named
        FROM students WHERE admission_number = ?1";
    row::first(&mut db.prepare_cached(SQL)?, [number], |row| {
        Ok(Known {
            id: row.get("id")?,
            name: column::name(row, "name")?,
            is_named: row.get("is_named")?,
        })
    })
}

fn device_is_marked(db: &Connection, lecture: i64, mark: Option<&str>) -> Result<bool, StoreError> {
    // The student in question has no record yet, so any record with this mark is another student's.
    const SQL: &str =
        "SELECT 1 FROM records WHERE lecture = ?1 AND device = ?2 AND mark <> 'taken_back'";
    Ok(db.prepare_cached(SQL)?.exists((lecture, mark))?)
}

/// The student of a new record.
struct RecordedStudent {
    id: i64,
    name: Option<PersonName>,
    /// The typed name differs from the one on record.
    contradicted: bool,
}

/// A known student, with the typed name where none is on record (feature A8).
fn known_student(
    db: &Connection,
    known: Known,
    new: &NewCheckIn,
) -> Result<RecordedStudent, StoreError> {
    let Known { id, name, .. } = known;
    let (name, contradicted) = match (name, &new.student_name) {
        (name, None) => (name, false),
        (Some(name), Some(typed)) => {
            let contradicted = !name.matches(typed);
            (Some(name), contradicted)
        }
        (None, Some(typed)) => {
            let (number, by) = (&new.admission_number, NameSource::Student);
            students::rename_by_student(db, number, typed, (KIOSK, Some(by)), new.read.at)?;
            (Some(typed.clone()), false)
        }
    };
    Ok(RecordedStudent {
        id,
        name,
        contradicted,
    })
}

fn new_student(db: &Connection, new: &NewCheckIn) -> Result<RecordedStudent, StoreError> {
    let name = new.student_name.clone();
    Ok(RecordedStudent {
        id: students::add_self_registered(db, &new.admission_number, name.as_ref())?,
        name,
        contradicted: false,
    })
}

/// Whether this check-in completes a burst at the keypad; then the earlier ones are flagged too.
///
/// The last two are enough: any before them were part of a burst with these two, and are flagged.
fn is_burst(db: &Connection, lecture: i64, now: Timestamp) -> Result<bool, StoreError> {
    // Among the latest records only: more do not come in the time of a burst, and the table grows for years.
    const FIND: &str = "SELECT id FROM records
        WHERE id > (SELECT max(id) FROM records) - 2000 AND +lecture = :lecture AND kiosk = 0
            AND channel = 'keypad' AND at >= :since AND mark <> 'taken_back'
        ORDER BY id DESC LIMIT 2";
    // Not where staff have spoken since: the record is as they say.
    const FLAG: &str = "UPDATE records SET flags = flags | ?2 WHERE id = ?1 AND seen IS NULL";
    let parameters = named_params! { ":lecture": lecture, ":since": now - BURST_WITHIN };
    let earlier: Vec<i64> = row::collect(&mut db.prepare_cached(FIND)?, parameters, |row| {
        Ok(row.get(0)?)
    })?;
    if earlier.len() + 1 < BURST_OF {
        return Ok(false);
    }
    let burst = Flags::NONE.with_if(true, Flag::Burst).stored_bits();
    for record in earlier {
        db.prepare_cached(FLAG)?.execute((record, burst))?;
    }
    Ok(true)
}
