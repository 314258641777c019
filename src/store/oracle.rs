//! Counting, against a second program for the same rules: `tests/data/counting.py`.
//!
//! The worked cases and random worlds are JSON as that program reads it. Here they become facts, once directly and
//! once through the real store; both have to be equal, and so have the answers of the two programs.

mod worlds;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use chrono::NaiveDate;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use self::worlds::any_world;
use super::acts::Act;
use super::counted::{self, Whom};
use super::plan::{Plan, commit};
use super::records::{self, NewRecord};
use super::stamp::kiosk_row;
use super::{Rules, Store};
use crate::domain::{
    AdmissionNumber, Channel, CountingPolicy, Enrolment, EnrolmentSource, ExcuseCategory,
    ExcuseFact, ExcuseId, Excused, Flag, Flags, Forecast, Group, Interval, LectureFact,
    LectureFacts, LectureStage, LecturerFact, Lesson, ListNote, ListedPlace, Mark, OpenedBy,
    Percentage, PlannedTimes, Punctuality, RecordState, RegisterKnown, Semester, Session,
    SessionId, SessionState, Sitting, StaffId, Standing, Statement, StudentFact, StudentFacts,
    Timestamp, Totals, UnitCode, UnitFact, UnitFacts, UnitPolicy, UnitReckoning, Venue, Windows,
    Zone, reckon,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The other program, which answers one line with one line.
struct Oracle {
    program: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    fn start() -> Self {
        const LOOP: &str = "
import json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import counting
for line in sys.stdin:
    try:
        answer = counting.reckon(json.loads(line))
    except (counting.Invalid, KeyError, ValueError) as error:
        answer = {'invalid': repr(error)}
    print(json.dumps(answer), flush=True)
";
        let mut program = Command::new("python3")
            .args(["-c", LOOP])
            .arg(folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs the oracle");
        Self {
            asks: program.stdin.take().unwrap(),
            answers: BufReader::new(program.stdout.take().unwrap()),
            program,
        }
    }

    fn ask(&mut self, facts: &Value) -> Value {
        writeln!(self.asks, "{facts}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A mark as a kiosk recorded it.
#[derive(Debug, Clone)]
struct GivenRecord {
    student: usize,
    lecture: usize,
    kiosk: u8,
    mark: Mark,
    punctuality: Punctuality,
    at: Timestamp,
    is_trusted: bool,
    id: Uuid,
}

/// A unit in a semester as the JSON gives it.
struct GivenUnit {
    code: String,
    semester: Semester,
    policy: CountingPolicy,
    facts: UnitFacts,
    students: Vec<String>,
    lectures: Vec<String>,
    records: Vec<GivenRecord>,
    excuses: Vec<(usize, ExcuseFact)>,
    /// Whose enrolment follows from their records alone.
    is_derived: Vec<bool>,
    /// Nothing of it is beyond what one kiosk alone can know.
    is_storable: bool,
}

struct Given {
    now: Timestamp,
    zone: Zone,
    units: Vec<GivenUnit>,
    notes: Vec<String>,
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str()
}

fn list<'a>(facts: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    facts[key].as_array().map_or(&[][..], Vec::as_slice).iter()
}

fn day(value: &Value, key: &str) -> Option<NaiveDate> {
    text(value, key).map(|day| day.parse().unwrap())
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Ids in the order of the texts that stand for them.
fn id_of(text: &str) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, of) in bytes.iter_mut().zip(text.bytes()) {
        *byte = of;
    }
    Uuid::from_bytes(bytes)
}

fn policy(settings: &Value, unit: &Value) -> CountingPolicy {
    let own: UnitPolicy = serde_json::from_value(unit.clone()).unwrap();
    let site: UnitPolicy = serde_json::from_value(settings.clone()).unwrap();
    CountingPolicy::default().with(&site).with(&own)
}

/// What was done to the enrolments, in order.
fn folded(facts: &Value, notes: &mut Vec<String>) -> BTreeMap<(String, String, String), Enrolment> {
    let key = |entry: &Value| {
        let of = |key| text(entry, key).unwrap().to_owned();
        (of("unit"), of("semester"), of("student"))
    };
    let group = |entry: &Value| text(entry, "group").map(|group| Group::parse(group).unwrap());
    let mut found: BTreeMap<_, Vec<Interval>> = BTreeMap::new();
    for entry in list(facts, "enrolments") {
        let source = match text(entry, "source") {
            Some("self") => EnrolmentSource::Student,
            Some("staff") => EnrolmentSource::Staff,
            _ => EnrolmentSource::Roster,
        };
        found.entry(key(entry)).or_default().push(Interval {
            from: day(entry, "from"),
            until: day(entry, "until"),
            group: group(entry),
            source,
            withdrawn: false,
        });
    }
    let mut found: BTreeMap<_, _> = found
        .into_iter()
        .map(|(key, spans)| (key, Enrolment::of(spans)))
        .collect();
    for entry in list(facts, "enrolment_log") {
        let enrolment = found.entry(key(entry)).or_default();
        let student = text(entry, "student").unwrap();
        match text(entry, "op").unwrap() {
            "import" => {
                let note = enrolment.import(&ListedPlace {
                    from: day(entry, "from"),
                    until: day(entry, "until"),
                    group: group(entry),
                });
                notes.extend(note.map(|note| match note {
                    ListNote::Withdrawn => {
                        format!("{student} has withdrawn; a list without a date changes nothing")
                    }
                    ListNote::KeepsEarlierDate => format!("{student} keeps the earlier date"),
                    ListNote::KeepsDateOfStaff => format!("{student} keeps the date of staff"),
                }));
            }
            "staff" => {
                let mut interval = Interval::from(day(entry, "from"), EnrolmentSource::Staff);
                interval.until = day(entry, "until");
                interval.group = group(entry);
                enrolment.set(interval);
            }
            "withdraw" => enrolment.withdraw(day(entry, "until").unwrap()),
            "self" => {
                let date = day(entry, "date");
                if enrolment.is_empty() {
                    let own = Interval::from(date, EnrolmentSource::Student);
                    *enrolment = Enrolment::of(vec![own]);
                } else if !enrolment.holds(date.unwrap()) {
                    notes.push(format!("{student} came while not enrolled"));
                }
            }
            other => panic!("{other}"),
        }
    }
    found
}

fn lecture_facts(lecture: &Value, zone: Zone) -> LectureFacts {
    let (starts_at, ends_at) = ["starts_at", "ends_at"]
        .map(|key| moment(text(lecture, key).unwrap()))
        .into();
    let state = LectureStage::parse(text(lecture, "state").unwrap()).unwrap();
    let is_planned = state == LectureStage::Planned;
    let is_confirmed = lecture["confirmed"] == true;
    LectureFacts {
        id: SessionId::from_uuid(id_of(text(lecture, "id").unwrap())),
        state,
        starts_at,
        ends_at,
        date: day(lecture, "date").unwrap_or_else(|| zone.date(starts_at)),
        group: text(lecture, "group").map(|group| Group::parse(group).unwrap()),
        // A lecture is named by its id.
        lesson: text(lecture, "lesson").map(|lesson| {
            let id = lesson
                .starts_with(['L', 'V'])
                .then(|| id_of(lesson).to_string());
            Lesson::parse(id.as_deref().unwrap_or(lesson)).unwrap()
        }),
        voluntary: lecture["voluntary"] == true,
        opened_by: match text(lecture, "opened_by") {
            Some("timetable") if is_planned => OpenedBy::Staff,
            Some("timetable") if is_confirmed => OpenedBy::Confirmed,
            Some("timetable") => OpenedBy::Timetable,
            _ => OpenedBy::Staff,
        },
        register: match text(lecture, "known") {
            Some("all") => RegisterKnown::All,
            Some("some") => RegisterKnown::Some,
            Some("none") => RegisterKnown::None,
            _ if is_planned => RegisterKnown::None,
            _ => RegisterKnown::All,
        },
        anybody_came: false,
    }
}

/// One record; "arrived" is judged by the program's own rule of lateness.
fn record(
    entry: &Value,
    (students, lectures): (&[String], &[String]),
    of: &[LectureFacts],
    windows: Windows,
) -> Option<GivenRecord> {
    let place = |names: &[String], key| {
        names
            .iter()
            .position(|it| Some(it.as_str()) == text(entry, key))
    };
    let lecture = place(lectures, "lecture")?;
    let facts = &of[lecture];
    let at = text(entry, "at").map_or(facts.starts_at, moment);
    let id = id_of(text(entry, "id").unwrap_or_default());
    // The worked cases name no kiosk: each record is of one of its own.
    let kiosk = entry["kiosk"]
        .as_u64()
        .unwrap_or_else(|| u64::from(id.as_bytes()[0]));
    let minutes = u32::try_from(entry["late_minutes"].as_u64().unwrap_or(0)).unwrap();
    let (mark, punctuality) = match text(entry, "status").unwrap() {
        "present" => (Mark::Present, Punctuality::OnTime),
        "late" => (Mark::Late, Punctuality::late(minutes)),
        "pending" => (Mark::Pending, Punctuality::OnTime),
        "removed" => (Mark::Removed, Punctuality::OnTime),
        "arrived" => {
            let punctuality = session(facts).judge(at, windows).0;
            (punctuality.into(), punctuality)
        }
        other => panic!("{other}"),
    };
    Some(GivenRecord {
        student: place(students, "student")?,
        lecture,
        kiosk: u8::try_from(kiosk).unwrap(),
        mark,
        punctuality,
        at,
        is_trusted: entry["trusted"] != false,
        id,
    })
}

fn session(facts: &LectureFacts) -> Session {
    Session {
        id: facts.id,
        unit_code: UnitCode::parse("U").unwrap(),
        unit_name: String::new(),
        lecturer_name: String::new(),
        semester: Semester::parse("1").unwrap(),
        number: 1,
        starts_at: facts.starts_at,
        ends_at: facts.ends_at,
        venue: Venue::default(),
        state: SessionState::Open,
        reopened_at: None,
    }
}

/// Of the records of a student in a lecture the one that stands.
fn standing(records: &[GivenRecord], student: usize, lecture: usize) -> Option<&GivenRecord> {
    let rank = |record: &&GivenRecord| {
        let mark = match record.mark {
            Mark::Present | Mark::Late => 0,
            Mark::Pending => 1,
            Mark::Removed => 2,
            Mark::TakenBack => 3,
        };
        (mark, !record.is_trusted, record.at, record.id)
    };
    let of = records
        .iter()
        .filter(|it| (it.student, it.lecture) == (student, lecture));
    of.min_by_key(rank)
}

impl Given {
    fn read(facts: &Value) -> Self {
        let settings = &facts["settings"];
        let zone = Zone::parse(text(settings, "zone").unwrap_or("UTC")).unwrap();
        let now = moment(text(facts, "now").unwrap());
        let mut notes = Vec::new();
        let enrolments = folded(facts, &mut notes);
        let mut keys: BTreeSet<(String, String)> = enrolments
            .keys()
            .map(|(unit, semester, _)| (unit.clone(), semester.clone()))
            .collect();
        for lecture in list(facts, "lectures") {
            let of = |key| text(lecture, key).unwrap().to_owned();
            keys.insert((of("unit"), of("semester")));
        }
        let units = keys.into_iter().map(|(code, semester)| {
            GivenUnit::read(facts, (now, zone), &enrolments, code, &semester)
        });
        Self {
            units: units.collect(),
            now,
            zone,
            notes,
        }
    }
}

/// The excuses of students of a unit, by the student's place.
fn excuses(facts: &Value, code: &str, students: &[String]) -> Vec<(usize, ExcuseFact)> {
    list(facts, "excuses")
        .filter(|it| text(it, "unit").is_none_or(|unit| unit == code))
        .filter_map(|it| {
            let place = students
                .iter()
                .position(|name| Some(name.as_str()) == text(it, "student"))?;
            let covers = match text(it, "lecture") {
                Some(lecture) => Excused::Lecture(SessionId::from_uuid(id_of(lecture))),
                None => Excused::Days(day(it, "from").unwrap(), day(it, "until").unwrap()),
            };
            let fact = ExcuseFact {
                student: AdmissionNumber::parse("X").unwrap(),
                unit: None,
                covers,
                category: ExcuseCategory::Other,
                by: "shell".to_owned(),
                taken_back: false,
            };
            Some((place, fact))
        })
        .collect()
}

impl GivenUnit {
    fn read(
        facts: &Value,
        (now, zone): (Timestamp, Zone),
        enrolments: &BTreeMap<(String, String, String), Enrolment>,
        code: String,
        semester: &str,
    ) -> Self {
        let settings = &facts["settings"];
        let nothing = Value::Object(serde_json::Map::new());
        let own = list(facts, "units").find(|unit| text(unit, "unit") == Some(&code));
        let own = own.unwrap_or(&nothing);
        let mut of_unit: Vec<(LectureFacts, String)> = list(facts, "lectures")
            .filter(|it| (text(it, "unit"), text(it, "semester")) == (Some(&code), Some(semester)))
            .map(|it| (lecture_facts(it, zone), text(it, "id").unwrap().to_owned()))
            .collect();
        of_unit.sort_by_key(|(lecture, _)| (lecture.starts_at, lecture.id));
        let (mut lectures, names): (Vec<_>, Vec<_>) = of_unit.into_iter().unzip();
        let mut students: BTreeSet<String> = enrolments
            .keys()
            .filter(|(unit, of, _)| (unit, of.as_str()) == (&code, semester))
            .map(|(_, _, student)| student.clone())
            .collect();
        for entry in list(facts, "attendance") {
            if names
                .iter()
                .any(|name| Some(name.as_str()) == text(entry, "lecture"))
            {
                students.insert(text(entry, "student").unwrap().to_owned());
            }
        }
        let students: Vec<String> = students.into_iter().collect();
        let on_time = settings["on_time_minutes"].as_u64().unwrap_or(10);
        let windows = Windows {
            opens_before: Duration::ZERO,
            on_time: Duration::from_secs(on_time * 60),
        };
        let records: Vec<GivenRecord> = list(facts, "attendance")
            .filter_map(|entry| record(entry, (&students, &names), &lectures, windows))
            .collect();
        for (place, lecture) in lectures.iter_mut().enumerate() {
            let of =
                |record: &&GivenRecord| record.lecture == place && record.mark != Mark::Removed;
            lecture.anybody_came =
                lecture.opened_by == OpenedBy::Timetable && records.iter().any(|it| of(&it));
        }
        let excuses = excuses(facts, &code, &students);
        let people: Vec<StudentFacts> = students
            .iter()
            .enumerate()
            .map(|(place, name)| StudentFacts {
                enrolment: enrolments
                    .get(&(code.clone(), semester.to_owned(), name.clone()))
                    .cloned()
                    .unwrap_or_default(),
                marks: (0..lectures.len())
                    .map(|lecture| standing(&records, place, lecture).map(|record| record.mark))
                    .collect(),
                excuses: excuses
                    .iter()
                    .filter(|(student, _)| *student == place)
                    .map(|(_, fact)| fact.covers)
                    .collect(),
            })
            .collect();
        let heard = text(own, "heard_until").map(moment);
        let patience = settings["stale_after_hours"].as_u64().unwrap_or(24);
        let is_stale =
            heard.is_some_and(|heard| now.since(heard) > Duration::from_secs(patience * 3600));
        let is_storable = heard.is_none()
            && lectures.iter().all(|it| {
                (it.register == RegisterKnown::All) == (it.state != LectureStage::Planned)
                    && it.register != RegisterKnown::Some
            });
        let is_derived = students.iter().map(|name| {
            list(facts, "enrolments")
                .any(|it| text(it, "student") == Some(name) && it["derived"] == true)
        });
        Self {
            is_derived: is_derived.collect(),
            policy: policy(settings, own),
            facts: UnitFacts {
                has_list: people.iter().any(|it| it.enrolment.is_listed()),
                last_day: day(&settings["semesters"][semester], "until"),
                is_finished: list(own, "finished").any(|it| it == semester),
                is_stale,
                today: zone.date(now),
                students: people,
                lectures,
            },
            semester: Semester::parse(semester).unwrap(),
            code,
            students,
            lectures: names,
            records,
            excuses,
            is_storable,
        }
    }

    /// The answer in the words of the oracle.
    fn answer(&self, reckoned: &UnitReckoning) -> Value {
        let students = self.students.iter().zip(&reckoned.students).map(|(name, student)| {
            let lines = self.lectures.iter().zip(&student.lectures).map(|(lecture, line)| {
                json!({ "lecture": lecture, "status": line.status, "counts": line.counts, "reason": line.reason })
            });
            let mut said = student.standing.as_ref().map_or(json!({}), figures);
            said["student"] = json!(name);
            said["list"] = json!(student.listing);
            said["lectures"] = lines.collect();
            said
        });
        let boards = self
            .lectures
            .iter()
            .zip(&reckoned.boards)
            .zip(&self.facts.lectures);
        let boards = boards.map(|((lecture, totals), facts)| {
            let mut said = words(totals);
            said["lecture"] = json!(lecture);
            said["date"] = json!(facts.date.to_string());
            said
        });
        json!({
            "unit": self.code, "semester": self.semester, "stale": self.facts.is_stale,
            "policy": self.policy.line(), "policy_version": self.policy.version(),
            "students": students.collect::<Value>(), "lectures": boards.collect::<Value>(),
        })
    }
}

fn words(totals: &Totals) -> Value {
    let mut said = json!(totals);
    said["expected"] = said["enrolled"].take();
    said.as_object_mut().unwrap().remove("enrolled");
    said
}

fn figures(standing: &Standing) -> Value {
    let percent = |percentage: Option<Percentage>| percentage.map(|it| it.to_string());
    let forecast = match standing.forecast {
        Forecast::CanMiss(lectures) => {
            json!({ "kind": "can_miss", "lectures": lectures, "at_least": standing.at_least })
        }
        Forecast::MustAttend(lectures) => {
            json!({ "kind": "must_attend", "lectures": lectures, "at_least": standing.at_least })
        }
        Forecast::Reached => json!({ "kind": "reached" }),
        Forecast::CannotReach => json!({ "kind": "cannot_reach" }),
        Forecast::Depends => json!({ "kind": "depends" }),
        Forecast::None => json!({ "kind": "none" }),
    };
    json!({
        "attended": standing.attended, "late": standing.late, "excused": standing.excused,
        "pending": standing.pending, "credit": standing.credit, "held": standing.held,
        "unknown": standing.unknown, "remaining": standing.remaining, "planned": standing.planned,
        "own_plan": standing.own_plan, "whole": standing.whole,
        "of_plan": percent(Some(standing.of_plan)), "of_plan_at_most": percent(Some(standing.of_plan_at_most)),
        "so_far": percent(standing.so_far), "so_far_at_least": percent(standing.so_far_at_least),
        "so_far_at_most": percent(standing.so_far_at_most), "max_possible": percent(standing.max_possible),
        "complete": standing.complete, "band": standing.band, "forecast": forecast, "exam": standing.exam,
    })
}

/// The oracle's answer without what the program says elsewhere, or in another way.
fn comparable(mut answer: Value) -> Value {
    for student in answer["students"].as_array_mut().unwrap() {
        for key in ["of_plan", "of_plan_at_most"] {
            // Of no plan at all: shown as 0.
            if student["list"] != "stranger" && student[key].is_null() {
                student[key] = json!("0.00");
            }
        }
        for line in student["lectures"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("late_minutes");
        }
    }
    for board in answer["lectures"].as_array_mut().unwrap() {
        board.as_object_mut().unwrap().remove("phase");
    }
    answer
}

/// Where something that is expected is not so; items of lists are matched by their first key.
fn missing(expected: &Value, found: &Value, place: &str) -> Vec<String> {
    let names = ["student", "lecture", "semester", "unit"];
    match (expected, found) {
        (Value::Object(expected), Value::Object(_)) => {
            let keys = expected.iter();
            keys.flat_map(|(key, value)| missing(value, &found[key], &format!("{place}.{key}")))
                .collect()
        }
        (Value::Array(items), Value::Array(others)) if items.iter().all(Value::is_object) => {
            let of = |item: &Value| {
                let key = names
                    .into_iter()
                    .find(|key| item.get(key).is_some())
                    .unwrap();
                let same = others.iter().find(|other| other[key] == item[key]);
                let place = format!("{place}[{}]", item[key]);
                same.map_or_else(|| vec![place.clone()], |same| missing(item, same, &place))
            };
            items.iter().flat_map(of).collect()
        }
        (expected, found) if expected == found => Vec::new(),
        (expected, found) => vec![format!("{place}: {expected} and not {found}")],
    }
}

/// A store in which many units are written, each once.
struct Bench {
    store: Store,
    units: u32,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// Units in one store: what a world costs grows with what the store has.
    const UNITS: u32 = 1_000;

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_inline(&folder.path().join("kiosk.db")).unwrap();
        Self {
            store,
            units: 0,
            _folder: folder,
        }
    }

    /// A store with room for the units of one more world.
    fn with_room(&mut self) -> &mut Self {
        if self.units >= Self::UNITS {
            *self = Self::new();
        }
        self
    }

    fn rules(given: &Given, unit: &GivenUnit) -> Rules {
        Rules {
            semester: unit.semester.clone(),
            last_day: unit.facts.last_day,
            zone: given.zone,
            ..Rules::default()
        }
    }

    /// What the store makes of a unit that was written into it.
    fn through_the_store(
        &mut self,
        given: &Given,
        unit: &GivenUnit,
    ) -> (UnitFacts, CountingPolicy) {
        self.units += 1;
        let stored = Stored {
            number: self.units,
            unit,
        };
        let rules = Self::rules(given, unit);
        let (code, semester, now) = (stored.code(), unit.semester.clone(), given.now);
        let (statements, records) = (stored.statements(), stored.records());
        let read = self.store.write(move |db, _| {
            let mut plan = Plan::new(Act::new(now, "shell", "test", &code));
            for statement in statements {
                plan.state(db, statement)?;
            }
            commit(db, &plan)?;
            let row = |sql: &str, key: &dyn rusqlite::ToSql| {
                db.query_row(sql, [key], |row| row.get::<_, i64>(0))
            };
            for (kiosk, uuid, lecture, number, state) in &records {
                let new = NewRecord {
                    kiosk: match kiosk {
                        0 => super::stamp::THIS_KIOSK,
                        other => kiosk_row(db, Some(&format!("k{other}")))?,
                    },
                    ..NewRecord::new(
                        row("SELECT id FROM lectures WHERE uuid = ?1", lecture)?,
                        row(
                            "SELECT id FROM students WHERE admission_number = ?1",
                            number,
                        )?,
                        *uuid,
                        state,
                    )
                };
                records::insert(db, &new)?;
            }
            let unit = row("SELECT id FROM units WHERE code = ?1", &code)?;
            let loaded = counted::load(db, (unit, &semester), Whom::All, now, &rules)?;
            let names = loaded.students.iter().map(|student| {
                let sql = "SELECT admission_number FROM students WHERE id = ?1";
                db.query_row(sql, [student], |row| row.get::<_, String>(0))
            });
            let names = names.collect::<Result<Vec<_>, _>>()?;
            Ok((names, loaded))
        });
        let (names, loaded) = futures_util::FutureExt::now_or_never(read)
            .unwrap()
            .unwrap();
        let mut facts = loaded.facts;
        let mut students: Vec<_> = names.into_iter().zip(facts.students).collect();
        students.sort_by(|a, b| a.0.cmp(&b.0));
        facts.students = students.into_iter().map(|(_, facts)| facts).collect();
        (sorted(facts), loaded.policy)
    }
}

/// With the excuses in an order of their own.
fn sorted(mut facts: UnitFacts) -> UnitFacts {
    for student in &mut facts.students {
        student.excuses.sort_by_key(|excuse| format!("{excuse:?}"));
    }
    facts
}

/// A unit as it is written into a store in which others are: with a number in every key.
struct Stored<'a> {
    number: u32,
    unit: &'a GivenUnit,
}

type StoredRecord = (u8, Uuid, SessionId, AdmissionNumber, RecordState);

impl Stored<'_> {
    fn code(&self) -> UnitCode {
        UnitCode::parse(&format!("W{}", self.number)).unwrap()
    }

    fn student(&self, place: usize) -> AdmissionNumber {
        let name = &self.unit.students[place];
        AdmissionNumber::parse(&format!("W{}/{name}", self.number)).unwrap()
    }

    /// In the order of the given ones.
    fn lecture(&self, id: SessionId) -> SessionId {
        let mut bytes = *id.as_uuid().as_bytes();
        bytes[12..].copy_from_slice(&self.number.to_be_bytes());
        SessionId::from_uuid(Uuid::from_bytes(bytes))
    }

    fn lesson(&self, lesson: Lesson) -> Lesson {
        match SessionId::parse(lesson.as_str()) {
            Some(id) => Lesson::parse(&self.lecture(id).to_string()).unwrap(),
            None => lesson,
        }
    }

    fn covers(&self, covers: Excused) -> Excused {
        match covers {
            Excused::Lecture(id) => Excused::Lecture(self.lecture(id)),
            days @ Excused::Days(..) => days,
        }
    }

    /// The facts that are to come back.
    fn expected(&self) -> UnitFacts {
        let mut facts = self.unit.facts.clone();
        for lecture in &mut facts.lectures {
            lecture.id = self.lecture(lecture.id);
            lecture.lesson = lecture.lesson.take().map(|lesson| self.lesson(lesson));
        }
        for student in &mut facts.students {
            for excuse in &mut student.excuses {
                *excuse = self.covers(*excuse);
            }
        }
        sorted(facts)
    }

    fn statements(&self) -> Vec<Statement> {
        let unit = self.unit;
        let staff = StaffId::parse("L1").unwrap();
        let lecturer = LecturerFact {
            name: "Dr. Achieng".to_owned(),
            department: String::new(),
            phone: String::new(),
            is_admin: false,
            has_left: false,
        };
        let policy = unit.policy;
        let fact = UnitFact {
            name: unit.code.clone(),
            lecturer: staff.clone(),
            policy: UnitPolicy {
                planned_lessons: Some(policy.planned_lessons),
                required_percent: Some(policy.required_percent),
                warning_percent: Some(policy.warning_percent),
                basis: Some(policy.basis),
                excused: Some(policy.excused),
                excused_leaves_plan: Some(policy.excused_leaves_plan),
                lates_per_absence: Some(policy.lates_per_absence),
                minimum_lectures: Some(policy.minimum_lectures),
            },
            finished: unit
                .facts
                .is_finished
                .then(|| unit.semester.clone())
                .into_iter()
                .collect(),
            retired: false,
        };
        let mut said = vec![
            Statement::Lecturer(staff.clone(), lecturer),
            Statement::Unit(self.code(), fact),
        ];
        for (place, student) in unit.facts.students.iter().enumerate() {
            let fact = StudentFact {
                name: None,
                source: crate::domain::NameSource::Roster,
                email: String::new(),
                phone: String::new(),
            };
            let number = self.student(place);
            said.push(Statement::Student(number.clone(), fact));
            if !student.enrolment.is_empty() && !unit.is_derived[place] {
                let enrolment = student.enrolment.clone();
                said.push(Statement::Enrolment(
                    self.code(),
                    unit.semester.clone(),
                    number,
                    enrolment,
                ));
            }
        }
        for (place, lecture) in unit.facts.lectures.iter().enumerate() {
            said.push(self.lecture_statement(place, lecture, &staff));
        }
        for (number, (student, fact)) in unit.excuses.iter().enumerate() {
            let id = u128::from(self.number) << 64 | number as u128;
            let fact = ExcuseFact {
                student: self.student(*student),
                unit: (number % 2 == 0).then(|| self.code()),
                covers: self.covers(fact.covers),
                ..fact.clone()
            };
            said.push(Statement::Excuse(
                ExcuseId::from_uuid(Uuid::from_u128(id)),
                fact,
            ));
        }
        said
    }

    /// Every second lecture that was called off had been opened, the others never were.
    fn lecture_statement(
        &self,
        place: usize,
        lecture: &LectureFacts,
        staff: &StaffId,
    ) -> Statement {
        let semester = &self.unit.semester;
        let was_called_off = matches!(
            lecture.state,
            LectureStage::Cancelled | LectureStage::NotHeld
        );
        let was_opened = match lecture.state {
            LectureStage::Planned => false,
            _ if was_called_off => place.is_multiple_of(2) || lecture.opened_by != OpenedBy::Staff,
            _ => true,
        };
        let planned = PlannedTimes {
            starts_at: lecture.starts_at,
            ends_at: lecture.ends_at,
            venue: Venue::default(),
            semester: Some(semester.clone()),
        };
        let fact = LectureFact {
            unit: self.code(),
            state: lecture.state,
            group: lecture.group.clone(),
            lesson: lecture.lesson.clone().map(|lesson| self.lesson(lesson)),
            voluntary: lecture.voluntary,
            planned: (!was_opened).then_some(planned),
            held_as: None,
            sitting: was_opened.then(|| Sitting {
                opened_at: lecture.starts_at,
                opened_by: lecture.opened_by,
                lecturer: staff.clone(),
                semester: semester.clone(),
                number: u32::try_from(place + 1).unwrap(),
                date: lecture.date,
                starts_at: lecture.starts_at,
                ends_at: lecture.ends_at,
                venue: Venue::default(),
                reopened_at: None,
                origin: None,
                boot: None,
                uptime_ms: None,
                clock_said: None,
            }),
        };
        Statement::Lecture(self.lecture(lecture.id), Box::new(fact))
    }

    fn records(&self) -> Vec<StoredRecord> {
        let unit = self.unit;
        let records = unit.records.iter().map(|record| {
            // What somebody on no list recorded counts for nobody.
            let enrols = unit.is_derived[record.student];
            let flags = Flags::NONE.with_if(!record.is_trusted, Flag::ClockUntrusted);
            let state = RecordState {
                mark: record.mark,
                at: record.at,
                channel: Channel::Keypad,
                punctuality: record.punctuality,
                flags: flags.with_punctuality(record.punctuality),
                percentage: enrols.then_some(Percentage::ZERO),
                typed_name: None,
                name: None,
                merged_into: None,
            };
            let mut bytes = *record.id.as_bytes();
            bytes[7..11].copy_from_slice(&self.number.to_be_bytes());
            bytes[11] = u8::try_from(record.student).unwrap();
            bytes[12] = u8::try_from(record.lecture).unwrap();
            bytes[13] = record.kiosk;
            let lecture = unit.facts.lectures[record.lecture].id;
            let (uuid, number) = (Uuid::from_bytes(bytes), self.student(record.student));
            (record.kiosk, uuid, self.lecture(lecture), number, state)
        });
        records.collect()
    }
}

/// Compares both programs, and the facts with those that the store gives back. What is different, in words.
fn difference(oracle: &mut Oracle, bench: &mut Bench, facts: &Value) -> Result<(), String> {
    let given = Given::read(facts);
    let answer = oracle.ask(facts);
    let units = answer["units"]
        .as_array()
        .ok_or_else(|| answer.to_string())?;
    if units.len() != given.units.len() {
        return Err("another number of units".to_owned());
    }
    for (unit, answer) in given.units.iter().zip(units) {
        let found = unit.answer(&reckon(&unit.facts, &unit.policy, given.now));
        let expected = comparable(answer.clone());
        if found != expected {
            return Err(format!("the oracle: {expected:#}\nthis program: {found:#}"));
        }
        if unit.is_storable {
            let (stored, policy) = bench.through_the_store(&given, unit);
            let expected = Stored {
                number: bench.units,
                unit,
            };
            if (&stored, policy) != (&expected.expected(), unit.policy) {
                let expected = expected.expected();
                return Err(format!("facts: {expected:#?}\nfrom the store: {stored:#?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn the_worked_cases() {
    let text = std::fs::read_to_string(folder().join("counting-cases.json")).unwrap();
    let cases: Value = serde_json::from_str(&text).unwrap();
    let (mut oracle, mut bench) = (Oracle::start(), Bench::new());
    let mut stored = 0;
    for case in list(&cases, "cases") {
        let (name, facts, expected) = (text_of(case), &case["facts"], &case["expect"]);
        if expected.get("invalid").is_some() {
            continue;
        }
        let given = Given::read(facts);
        let units = given
            .units
            .iter()
            .map(|unit| unit.answer(&reckon(&unit.facts, &unit.policy, given.now)));
        let found = json!({ "units": units.collect::<Value>(), "enrolment_notes": given.notes });
        let expected = without_the_rest(expected.clone());
        let missing = missing(&expected, &found, "");
        assert!(missing.is_empty(), "{name}: {missing:#?}");
        let same = difference(&mut oracle, &mut bench, facts);
        assert_eq!(same, Ok(()), "{name}");
        stored = bench.units;
    }
    assert!(stored > 65, "only {stored} cases went through the store");
}

fn text_of(case: &Value) -> &str {
    text(case, "name").unwrap()
}

/// What is expected, without what is asserted elsewhere.
fn without_the_rest(mut expected: Value) -> Value {
    for unit in expected["units"].as_array_mut().unwrap() {
        for of in ["students", "lectures"] {
            let items = unit.get_mut(of).and_then(Value::as_array_mut);
            for item in items.into_iter().flatten() {
                item.as_object_mut().unwrap().remove("phase");
                let lines = item.get_mut("lectures").and_then(Value::as_array_mut);
                for line in lines.into_iter().flatten() {
                    line.as_object_mut().unwrap().remove("late_minutes");
                }
            }
        }
    }
    expected
}

#[test]
fn random_worlds() {
    let cases = std::env::var("KIOSK_TEST_WORLDS")
        .ok()
        .and_then(|n| n.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(2_000),
        failure_persistence: None,
        ..Config::default()
    };
    let cell = std::cell::RefCell::new((Oracle::start(), Bench::new()));
    let run = TestRunner::new(config).run(&any_world(), |world| {
        let (oracle, bench) = &mut *cell.borrow_mut();
        difference(oracle, bench.with_room(), &world.facts()).map_err(TestCaseError::fail)
    });
    run.unwrap();
}
