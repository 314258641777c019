//! Random worlds, as JSON for both programs. They shrink to the few lectures and marks that matter.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::domain::{Timestamp, Zone};

const FIRST_DAY: &str = "2026-09-07T00:00:00+03:00";

/// A moment of the world.
fn at(half_hours: u32) -> Timestamp {
    Timestamp::parse(FIRST_DAY).unwrap() + Duration::from_secs(u64::from(half_hours) * 1800)
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

fn zone() -> Zone {
    Zone::parse("Africa/Nairobi").unwrap()
}

/// A day of the world.
fn day(days: u32) -> String {
    (zone().date(at(0)) + chrono::Days::new(u64::from(days))).to_string()
}

fn group(group: u8) -> String {
    format!("G{group}")
}

#[derive(Debug, Clone)]
struct AnyLecture {
    /// Half hours since the first day.
    start: u32,
    half_hours: u32,
    state: u8,
    group: Option<u8>,
    lesson: Option<u8>,
    voluntary: bool,
    opened_by: u8,
    known: Option<u8>,
}

#[derive(Debug, Clone)]
struct AnyMark {
    lecture: usize,
    kiosk: u8,
    status: u8,
    minute: u32,
    trusted: bool,
}

/// The first and last day, counted from the first of the world, the group and the source.
type AnySpan = (Option<u32>, Option<u32>, Option<u8>, u8);

#[derive(Debug, Clone)]
struct AnyStudent {
    spans: Vec<AnySpan>,
    /// Whether the marks enrol somebody without a span.
    derived: bool,
    marks: Vec<AnyMark>,
    excuses: Vec<(bool, u32, u32)>,
    /// What lists and staff said one after the other, instead of the spans.
    log: Vec<AnySaying>,
}

/// An import, a change by staff or a withdrawal; with the first and last day and the group.
type AnySaying = (u8, Option<u32>, Option<u32>, Option<u8>);

#[derive(Debug, Clone)]
pub(super) struct AnyWorld {
    now: u32,
    /// Rather the start or the end of a lecture.
    at: Option<(usize, bool)>,
    second: i64,
    lectures: Vec<AnyLecture>,
    students: Vec<AnyStudent>,
    policy: (u32, u32, u32, u8, bool, u32, bool, u32),
    last_day: Option<u32>,
    finished: bool,
    stale: bool,
}

pub(super) fn any_world() -> impl Strategy<Value = AnyWorld> {
    let rarely = |most: u8| proptest::option::weighted(0.25, 0..most);
    let lecture = (
        0..4 * 7 * 48_u32,
        1..5_u32,
        0..7_u8,
        rarely(2),
        rarely(5),
        proptest::bool::weighted(0.15),
        0..6_u8,
        proptest::option::weighted(0.04, 0..3_u8),
    );
    let lecture = lecture.prop_map(
        |(start, half_hours, state, group, lesson, voluntary, opened_by, known)| AnyLecture {
            start,
            half_hours,
            state,
            group,
            lesson,
            voluntary,
            opened_by,
            known,
        },
    );
    let span = (
        proptest::option::weighted(0.6, 0..28_u32),
        proptest::option::weighted(0.4, 0..28_u32),
        rarely(2),
        0..4_u8,
    );
    let saying = (
        0..4_u8,
        proptest::option::weighted(0.6, 0..28_u32),
        proptest::option::weighted(0.4, 0..28_u32),
        rarely(2),
    );
    let mark = (
        0..10_usize,
        0..3_u8,
        0..5_u8,
        0..150_u32,
        proptest::bool::weighted(0.85),
    );
    let mark = mark.prop_map(|(lecture, kiosk, status, minute, trusted)| AnyMark {
        lecture,
        kiosk,
        status,
        minute,
        trusted,
    });
    let student = (
        proptest::collection::vec(span, 0..3),
        any::<bool>(),
        proptest::collection::vec(mark, 0..12),
        proptest::collection::vec((any::<bool>(), 0..28_u32, 0..6_u32), 0..2),
        proptest::option::weighted(0.4, proptest::collection::vec(saying, 1..5)),
    );
    let student = student.prop_map(|(spans, derived, marks, excuses, log)| AnyStudent {
        spans: if log.is_some() { Vec::new() } else { spans },
        derived: derived && log.is_none(),
        marks,
        excuses,
        log: log.unwrap_or_default(),
    });
    let policy = (
        1..14_u32,
        0..101_u32,
        0..101_u32,
        0..3_u8,
        any::<bool>(),
        0..4_u32,
        any::<bool>(),
        1..4_u32,
    );
    (
        (
            0..5 * 7 * 48_u32,
            proptest::option::of((0..10_usize, any::<bool>())),
            -1..2_i64,
        ),
        proptest::collection::vec(lecture, 0..10),
        proptest::collection::vec(student, 1..4),
        policy,
        proptest::option::weighted(0.3, 0..35_u32),
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.03),
    )
        .prop_map(
            |((now, at, second), lectures, students, policy, last_day, finished, stale)| AnyWorld {
                now,
                at,
                second,
                lectures,
                students,
                policy,
                last_day,
                finished,
                stale,
            },
        )
}

impl AnyLecture {
    fn json(&self, place: usize, start: u32) -> Value {
        const STATES: [&str; 7] = [
            "planned",
            "open",
            "closed",
            "closed",
            "closed",
            "cancelled",
            "not_held",
        ];
        let mut said = json!({
            "id": format!("L{place}"), "unit": "U", "semester": "1", "state": STATES[usize::from(self.state)],
            "starts_at": at(start).to_string(), "ends_at": at(start + self.half_hours).to_string(),
            "group": self.group.map(group), "voluntary": self.voluntary,
        });
        if let Some(lesson) = self.lesson {
            said["lesson"] = match lesson {
                0..3 => json!(format!("S{lesson}")),
                other => json!(format!("L{}", other - 3)),
            };
        }
        if self.opened_by < 2 {
            said["opened_by"] = json!("timetable");
            said["confirmed"] = json!(self.opened_by == 1);
        }
        if let Some(known) = self.known {
            said["known"] = json!(["all", "some", "none"][usize::from(known)]);
        }
        said
    }
}

impl AnyStudent {
    /// The marks of the student at `place` of the world, one for each lecture and kiosk.
    fn marks(&self, place: usize, starts: &[u32]) -> Vec<Value> {
        const STATUSES: [&str; 5] = ["present", "present", "late", "pending", "removed"];
        let mut taken = BTreeSet::new();
        let mut marks = Vec::new();
        for mark in &self.marks {
            let Some(&start) = starts.get(mark.lecture) else {
                continue;
            };
            if !taken.insert((mark.lecture, mark.kiosk)) {
                continue;
            }
            let status = STATUSES[usize::from(mark.status)];
            let mut said = json!({
                "student": name(place), "lecture": format!("L{}", mark.lecture), "status": status,
                "kiosk": mark.kiosk, "at": (at(start) + minutes(mark.minute)).to_string(),
                "trusted": mark.trusted, "id": format!("r{}{}{}", mark.kiosk, place, mark.lecture),
            });
            if status == "late" {
                said["late_minutes"] = json!(mark.minute.max(1));
            }
            marks.push(said);
        }
        marks
    }

    fn enrolments(&self, name: &str) -> Vec<Value> {
        const SOURCES: [&str; 4] = ["roster", "roster", "staff", "self"];
        let spans = self.spans.iter().map(|(from, until, of, source)| {
            json!({
                "student": name, "unit": "U", "semester": "1", "from": from.map(day), "until": until.map(day),
                "group": of.map(group), "source": SOURCES[usize::from(*source)],
            })
        });
        spans.collect()
    }

    /// Days in order; nobody withdraws who was never enrolled. Two things are left out, in which this program follows
    /// staff: a list with dates after staff have set some, and a list after staff have enrolled again whoever had
    /// withdrawn.
    fn log(&self, name: &str) -> Vec<Value> {
        let mut log = Vec::new();
        let (mut is_by_staff, mut has_withdrawn, mut is_back) = (false, false, false);
        for &(what, from, until, of) in &self.log {
            is_by_staff |= what == 2;
            has_withdrawn |= what > 2;
            is_back |= has_withdrawn && what == 2;
            if is_back && what < 2 {
                continue;
            }
            let (from, until) = match what {
                0 | 1 if is_by_staff => (None, None),
                _ => (from, until),
            };
            let until = until.map(|until| until.max(from.unwrap_or(0)));
            let mut said = match what {
                0 | 1 => json!({ "op": "import", "from": from.map(day), "until": until.map(day) }),
                2 => json!({ "op": "staff", "from": from.map(day), "until": until.map(day) }),
                _ if log.is_empty() => continue,
                _ => json!({ "op": "withdraw", "until": day(until.or(from).unwrap_or(14)) }),
            };
            if let Some(of) = of.filter(|_| what < 3) {
                said["group"] = json!(group(of));
            }
            said["student"] = json!(name);
            said["unit"] = json!("U");
            said["semester"] = json!("1");
            log.push(said);
        }
        log
    }

    fn excuses(&self, name: &str, lectures: usize) -> Vec<Value> {
        let excuses = self.excuses.iter().map(|&(is_lecture, from, days)| {
            let mut said = json!({ "student": name, "reason": "other", "by": "L1" });
            if is_lecture && usize::try_from(from).unwrap() < lectures {
                said["lecture"] = json!(format!("L{from}"));
            } else {
                said["from"] = json!(day(from));
                said["until"] = json!(day(from + days));
            }
            said
        });
        excuses.collect()
    }
}

fn name(place: usize) -> String {
    char::from(b'A' + u8::try_from(place).unwrap()).to_string()
}

impl AnyWorld {
    /// The starts of the lectures: two of a unit cannot be opened at one moment.
    fn starts(&self) -> Vec<u32> {
        let mut starts = Vec::new();
        for lecture in &self.lectures {
            let mut start = lecture.start;
            while starts.contains(&start) {
                start += 1;
            }
            starts.push(start);
        }
        starts
    }

    fn now(&self, starts: &[u32]) -> i64 {
        let edge = self.at.and_then(|(place, is_end)| {
            let lasts = if is_end {
                self.lectures.get(place)?.half_hours
            } else {
                0
            };
            Some(starts.get(place)? + lasts)
        });
        at(edge.unwrap_or(self.now)).millis() + self.second * 1000
    }

    pub(super) fn facts(&self) -> Value {
        let starts = self.starts();
        let lectures = self.lectures.iter().zip(&starts).enumerate();
        let lectures = lectures.map(|(place, (lecture, &start))| lecture.json(place, start));
        let (mut attendance, mut enrolments, mut excuses) = (Vec::new(), Vec::new(), Vec::new());
        let mut log = Vec::new();
        for (place, student) in self.students.iter().enumerate() {
            let name = name(place);
            let marks = student.marks(place, &starts);
            enrolments.extend(student.enrolments(&name));
            log.extend(student.log(&name));
            if student.spans.is_empty() && student.derived {
                enrolments.extend(self.derived(&name, &marks, &starts));
            }
            attendance.extend(marks);
            excuses.extend(student.excuses(&name, self.lectures.len()));
        }
        let (lessons, required, more, counts, leaves, per_absence, is_planned, minimum) =
            self.policy;
        let now = self.now(&starts);
        let last_day = self.last_day.map(|last| json!({ "until": day(last) }));
        let mut unit = json!({ "unit": "U", "finished": self.finished.then_some("1").as_slice() });
        if self.stale {
            unit["heard_until"] = json!(Timestamp::from_millis(now - 25 * 3_600_000).to_string());
        }
        json!({
            "now": Timestamp::from_millis(now).to_string(),
            "settings": {
                "zone": zone().name(), "semesters": { "1": last_day.unwrap_or_else(|| json!({})) },
                "planned_lessons": lessons,
                "required_percent": required, "warning_percent": (required + more).min(100),
                "excused": (["not_counted", "present", "absent"][usize::from(counts)]),
                "excused_leaves_plan": leaves, "lates_per_absence": per_absence, "minimum_lectures": minimum,
                "basis": if is_planned { "planned" } else { "held" },
            },
            "units": [unit], "lectures": lectures.collect::<Value>(), "enrolments": enrolments,
            "enrolment_log": log, "attendance": attendance, "excuses": excuses,
        })
    }

    /// Whoever is on no list is enrolled from the first lecture to which they came, of those that take place.
    fn derived(&self, name: &str, marks: &[Value], starts: &[u32]) -> Option<Value> {
        let stands = |lecture: usize| {
            let of = marks
                .iter()
                .filter(|it| it["lecture"] == format!("L{lecture}"));
            of.into_iter()
                .any(|it| it["status"] == "present" || it["status"] == "late")
        };
        let is_live = |lecture: &usize| self.lectures[*lecture].state < 5;
        let came = (0..starts.len())
            .filter(|lecture| stands(*lecture))
            .filter(is_live);
        let first = came.map(|lecture| zone().date(at(starts[lecture]))).min()?;
        Some(json!({
            "student": name, "unit": "U", "semester": "1", "from": first.to_string(), "until": null,
            "source": "self", "derived": true,
        }))
    }
}
