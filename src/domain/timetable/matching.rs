//! Which lines of a file are lectures that are known already.
//!
//! A lecture keeps its id whatever a later file makes of it. What is sure comes first: its id, its unit, group and
//! start, where a file last had it, and where it was first planned. Then, where one is left over on each side, the same day and the same week.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

use chrono::{Datelike as _, NaiveDate};
use uuid::Uuid;

use super::super::enrolment::Group;
use super::super::lecture::PlannedLecture;
use super::super::session::{Semester, SessionId};
use super::super::statement::PlannedTimes;
use super::super::time::{Timestamp, Zone};
use super::super::unit_code::UnitCode;
use super::TimetableLine;

/// The namespace of the ids of planned lectures. Every kiosk makes the same ids of the same file, so it never changes.
const PLANNED: Uuid = Uuid::from_u128(0x4d1c_90a6_7be2_5f38_a1d4_63c0_8e5b_27f9);

/// A lecture that began longer ago than this and is not known was held without this kiosk, if at all.
const PAST: Duration = Duration::from_secs(24 * 3600);

/// A lecture of the timetable as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLecture {
    pub id: SessionId,
    pub unit: UnitCode,
    pub group: Option<Group>,
    pub times: PlannedTimes,
    /// The times that a file last gave it, where staff have given it others since.
    pub filed: Option<PlannedTimes>,
    pub stage: KnownStage,
}

/// What a file can make of a known lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownStage {
    /// Planned, and not opened.
    Planned,
    /// An import cancelled it, since the file did not name it; another one may bring it back.
    Dropped,
    /// Staff cancelled it; an import does not bring it back.
    Cancelled,
    /// Its session is open.
    Open {
        starts_at: Timestamp,
        ends_at: Timestamp,
    },
    /// It was opened and is over.
    Over,
    /// It was never opened, and not held.
    NotHeld,
}

/// What the matching depends on beside the lectures.
#[derive(Debug, Clone)]
pub struct MatchRules {
    pub zone: Zone,
    pub semester: Semester,
    pub now: Timestamp,
}

/// What a line of the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matched {
    /// The known lecture at this place.
    Known(usize),
    /// A lecture that is not known: with this id, unless it is taken.
    New {
        id: SessionId,
        /// The id by its place.
        planned_id: SessionId,
    },
    /// A lecture that staff moved to another unit: it is left out.
    MovedAway,
    /// Not known, and over: it is left out.
    Past,
}

/// What the lines of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// In the order of the file.
    pub lines: Vec<Matched>,
    /// The places of the lines whose id is that of another line.
    pub repeated_ids: Vec<usize>,
    /// The places of known lectures between the first and the last date of the file that it does not name and that
    /// are to come, or open.
    pub left_over: Vec<usize>,
}

struct Line<'a> {
    place: usize,
    of: &'a TimetableLine,
    /// The id in the file, unless it is that of another line.
    id: Option<SessionId>,
    planned_id: SessionId,
    day: NaiveDate,
    room: String,
    is_past: bool,
    known: Option<usize>,
}

struct Row<'a> {
    place: usize,
    known: &'a KnownLecture,
    day: NaiveDate,
    room: String,
    is_begun: bool,
    is_taken: bool,
}

/// Says of each line whether it is a known lecture. `known` has those of the file's units.
#[must_use]
pub fn match_lines(
    lines: &[TimetableLine],
    known: &[KnownLecture],
    rules: &MatchRules,
) -> Matching {
    let mut lines = sorted_lines(lines, rules);
    let mut rows = sorted_rows(known, rules);
    let both = by_id((&mut lines[..], &mut rows[..]));
    let repeated_ids = without_repeated_ids(both.0);
    let starts = starts_of_others(&both);
    let both = by_filed(both, &starts);
    let both = by_start(both, false);
    let both = by_filed(both, &HashSet::new());
    let both = by_first_plan(both);
    let both = by_start(both, true);
    let both = by_day_and_week(both);
    by_room(both);
    let days = || lines.iter().map(|line| line.day);
    let (first, last) = (days().min(), days().max());
    let is_left_over = |row: &&Row<'_>| {
        let is_to_come = match row.known.stage {
            KnownStage::Planned => !row.is_begun,
            KnownStage::Open { .. } => true,
            KnownStage::Dropped
            | KnownStage::Cancelled
            | KnownStage::Over
            | KnownStage::NotHeld => false,
        };
        !row.is_taken && is_to_come && first <= Some(row.day) && Some(row.day) <= last
    };
    let left_over = rows.iter().filter(is_left_over).map(|row| row.place);
    let left_over = left_over.collect();
    lines.sort_by_key(|line| line.place);
    let matched = |line: &Line<'_>| match (line.known, line.is_past) {
        (Some(place), _) => Matched::Known(place),
        (None, true) => Matched::Past,
        (None, false) => Matched::New {
            id: line.id.unwrap_or(line.planned_id),
            planned_id: line.planned_id,
        },
    };
    Matching {
        lines: lines.iter().map(matched).collect(),
        repeated_ids,
        left_over,
    }
}

/// By start and room, so that the order of the file changes nothing.
fn sorted_lines<'a>(lines: &'a [TimetableLine], rules: &MatchRules) -> Vec<Line<'a>> {
    let start = |lecture: &PlannedLecture| (lecture.unit.clone(), lecture.starts_at);
    let mut beside: HashMap<_, u32> = HashMap::new();
    for lecture in lines.iter().map(|line| &line.lecture) {
        if lecture.group.is_none() {
            *beside.entry(start(lecture)).or_default() += 1;
        }
    }
    let line = |(place, line): (usize, &'a TimetableLine)| {
        let lecture = &line.lecture;
        let room = lecture.venue.folded();
        // Of several without a group the room stands for it.
        let group = match &lecture.group {
            Some(group) => group.as_str(),
            None if beside.get(&start(lecture)).is_some_and(|&count| count > 1) => &room,
            None => "",
        };
        Line {
            place,
            of: line,
            id: line.id,
            planned_id: planned_id(lecture, group, rules),
            day: rules.zone.date(lecture.starts_at),
            is_past: lecture.starts_at < rules.now - PAST,
            room,
            known: None,
        }
    };
    let mut lines: Vec<_> = lines.iter().enumerate().map(line).collect();
    lines.sort_by(|a, b| {
        let key = |line: &Line<'_>| (line.of.lecture.starts_at, line.place);
        (key(a).0, &a.room, a.place).cmp(&(key(b).0, &b.room, b.place))
    });
    lines
}

fn sorted_rows<'a>(known: &'a [KnownLecture], rules: &MatchRules) -> Vec<Row<'a>> {
    let row = |(place, known): (usize, &'a KnownLecture)| Row {
        place,
        known,
        day: rules.zone.date(known.times.starts_at),
        room: known.times.venue.folded(),
        is_begun: known.times.starts_at <= rules.now,
        is_taken: false,
    };
    let mut rows: Vec<_> = known.iter().enumerate().map(row).collect();
    rows.sort_by(|a, b| {
        let start = |row: &Row<'_>| row.known.times.starts_at;
        (start(a), &a.room, a.known.id).cmp(&(start(b), &b.room, b.known.id))
    });
    rows
}

/// The id of a lecture by where it was first planned.
fn planned_id(lecture: &PlannedLecture, group: &str, rules: &MatchRules) -> SessionId {
    let local = rules.zone.local(lecture.starts_at);
    let name = [
        lecture.unit.as_str(),
        rules.semester.as_str(),
        &local.format("%Y-%m-%d").to_string(),
        &local.format("%H:%M").to_string(),
        group,
    ]
    .join("\u{1f}");
    SessionId::from_uuid(Uuid::new_v5(&PLANNED, name.as_bytes()))
}

type Both<'l, 'a> = (&'l mut [Line<'a>], &'l mut [Row<'a>]);

fn by_id<'l, 'a>(both: Both<'l, 'a>) -> Both<'l, 'a> {
    ranked(
        both,
        |line| line.id,
        |row| Some(row.known.id),
        |line, row| {
            let lecture = &line.of.lecture;
            let starts_so = |times: &PlannedTimes| times.starts_at == lecture.starts_at;
            let is_there =
                starts_so(&row.known.times) || row.known.filed.as_ref().is_some_and(starts_so);
            // What was not held and has another start is another lecture.
            let may_move = row.known.stage != KnownStage::NotHeld;
            (lecture.unit == row.known.unit && (is_there || may_move)).then_some(!is_there)
        },
    )
}

/// Of several lines with one id it is that of the one which it found, else of the first; answers the places of the
/// others.
fn without_repeated_ids(lines: &mut [Line<'_>]) -> Vec<usize> {
    let mut owners: HashMap<SessionId, usize> = HashMap::new();
    for line in &*lines {
        if let Some(id) = line.id {
            let owner = owners.entry(id).or_insert(line.place);
            if line.known.is_some() {
                *owner = line.place;
            }
        }
    }
    let is_another = |line: &&mut Line<'_>| {
        let owner = line.id.and_then(|id| owners.get(&id));
        owner.is_some_and(|&owner| owner != line.place)
    };
    let repeated = lines.iter_mut().filter(is_another).map(|line| {
        line.id = None;
        line.place
    });
    repeated.collect()
}

/// The starts at which the file has more lectures than it had: one of them may be what staff moved there.
fn starts_of_others<'a>((lines, rows): &Both<'_, 'a>) -> HashSet<(&'a UnitCode, Timestamp)> {
    let mut more: HashMap<_, i64> = HashMap::new();
    for line in lines.iter().filter(|line| line.known.is_none()) {
        let start = (&line.of.lecture.unit, line.of.lecture.starts_at);
        *more.entry(start).or_default() += 1;
    }
    for row in rows.iter().filter(|row| !row.is_taken) {
        let known = row.known;
        let filed = known.filed.as_ref().unwrap_or(&known.times);
        if let Some(more) = more.get_mut(&(&known.unit, filed.starts_at))
            && known.stage != KnownStage::Dropped
        {
            *more -= 1;
        }
    }
    let more = more.into_iter().filter(|(_, more)| *more > 0);
    more.map(|(start, _)| start).collect()
}

/// Where staff gave a lecture other times, the same file has it at those before; unless `starts` has its new
/// start.
fn by_filed<'l, 'a>(
    both: Both<'l, 'a>,
    starts: &HashSet<(&'a UnitCode, Timestamp)>,
) -> Both<'l, 'a> {
    ranked(
        both,
        |line| {
            let lecture = &line.of.lecture;
            let (from, until) = (lecture.starts_at, lecture.ends_at);
            Some((&lecture.unit, from, until, line.room.clone()))
        },
        |row| {
            let (known, filed) = (row.known, row.known.filed.as_ref()?);
            let (now, from) = (known.times.starts_at, filed.starts_at);
            let is_free = now == from || !starts.contains(&(&known.unit, now));
            is_free.then(|| (&known.unit, from, filed.ends_at, filed.venue.folded()))
        },
        |line, row| {
            let is_gone = line.is_past && row.known.stage == KnownStage::Dropped;
            let same_group = line.of.lecture.group == row.known.group;
            (groups_fit(line, row) && !is_gone).then_some(!same_group)
        },
    )
}

/// What was dropped is the lecture of another room only where the line is no other one (`or_dropped`).
fn by_start<'l, 'a>(both: Both<'l, 'a>, or_dropped: bool) -> Both<'l, 'a> {
    ranked(
        both,
        |line| Some((&line.of.lecture.unit, line.of.lecture.starts_at)),
        |row| Some((&row.known.unit, row.known.times.starts_at)),
        |line, row| {
            if !groups_fit(line, row) {
                return None;
            }
            let same_group = line.of.lecture.group == row.known.group;
            // Without a group the room stands for it.
            let same_place = line.room == row.room || (same_group && row.known.group.is_some());
            let order = match (row.known.stage, same_place) {
                (KnownStage::Dropped, _) if line.is_past => return None,
                (KnownStage::Cancelled, true) => 1,
                (KnownStage::Dropped, true) => 3,
                (KnownStage::Cancelled, false) => 4,
                (KnownStage::Dropped, false) if or_dropped => 5,
                (KnownStage::Dropped, false) => return None,
                (_, true) => 0,
                (_, false) => 2,
            };
            Some((order, !same_group))
        },
    )
}

/// A lecture that was moved, or dropped, is in an older file where it was first planned.
fn by_first_plan<'l, 'a>(both: Both<'l, 'a>) -> Both<'l, 'a> {
    ranked(
        both,
        |line| (!line.is_past).then_some((&line.of.lecture.unit, line.planned_id)),
        |row| Some((&row.known.unit, row.known.id)),
        |_, row| match row.known.stage {
            KnownStage::Planned => (!row.is_begun).then_some(()),
            KnownStage::Dropped | KnownStage::Cancelled => Some(()),
            KnownStage::Open { .. } | KnownStage::Over | KnownStage::NotHeld => None,
        },
    )
}

fn by_day_and_week<'l, 'a>(both: Both<'l, 'a>) -> Both<'l, 'a> {
    let both = lone(both, |unit, day| (unit.clone(), day), is_moved_within_day);
    let week = |unit: &UnitCode, day: NaiveDate| (unit.clone(), day.iso_week());
    lone(both, week, |line, row| {
        is_of_group(line, row) && row.known.stage == KnownStage::Planned && !row.is_begun
    })
}

/// What is held, or may be held elsewhere, at this moment is the same lecture only where its times overlap.
fn is_moved_within_day(line: &Line<'_>, row: &Row<'_>) -> bool {
    let lecture = &line.of.lecture;
    let overlaps = |from: Timestamp, until: Timestamp| {
        lecture.starts_at < until && lecture.ends_at > from && !line.is_past
    };
    let times = &row.known.times;
    is_of_group(line, row)
        && match row.known.stage {
            KnownStage::Planned => !row.is_begun || overlaps(times.starts_at, times.ends_at),
            KnownStage::Open { starts_at, ends_at } => overlaps(starts_at, ends_at),
            KnownStage::Dropped
            | KnownStage::Cancelled
            | KnownStage::Over
            | KnownStage::NotHeld => false,
        }
}

/// Another group at the same start in the same room: it has another name now.
fn by_room<'l, 'a>(both: Both<'l, 'a>) -> Both<'l, 'a> {
    ranked(
        both,
        |line| {
            let lecture = &line.of.lecture;
            Some((&lecture.unit, lecture.starts_at, line.room.clone()))
        },
        |row| {
            let known = row.known;
            Some((&known.unit, known.times.starts_at, row.room.clone()))
        },
        |_, row| (row.known.stage != KnownStage::Dropped).then_some(()),
    )
}

/// Where one of them does not say the group, it may be the same.
fn groups_fit(line: &Line<'_>, row: &Row<'_>) -> bool {
    match (&line.of.lecture.group, &row.known.group) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// At another start a lecture for everybody does not become that of a group.
fn is_of_group(line: &Line<'_>, row: &Row<'_>) -> bool {
    let group = &line.of.lecture.group;
    group.is_none() || *group == row.known.group
}

/// What is not matched yet, by a key.
type Bucket<'b, 'a> = (Vec<&'b mut Line<'a>>, Vec<&'b mut Row<'a>>);

fn buckets<'b, 'a, K: Eq + Hash>(
    (lines, rows): (&'b mut [Line<'a>], &'b mut [Row<'a>]),
    of_line: impl Fn(&Line<'a>) -> Option<K>,
    of_row: impl Fn(&Row<'a>) -> Option<K>,
) -> impl Iterator<Item = Bucket<'b, 'a>> {
    let mut buckets: HashMap<K, Bucket<'b, 'a>> = HashMap::new();
    for line in lines.iter_mut().filter(|line| line.known.is_none()) {
        if let Some(key) = of_line(line) {
            buckets.entry(key).or_default().0.push(line);
        }
    }
    for row in rows.iter_mut().filter(|row| !row.is_taken) {
        if let Some(bucket) = of_row(row).and_then(|key| buckets.get_mut(&key)) {
            bucket.1.push(row);
        }
    }
    buckets.into_values()
}

/// Within a key the pairs of the lowest rank first; `None`: they are not the same lecture.
fn ranked<'l, 'a, K: Eq + Hash, R: Ord>(
    (lines, rows): Both<'l, 'a>,
    of_line: impl Fn(&Line<'a>) -> Option<K>,
    of_row: impl Fn(&Row<'a>) -> Option<K>,
    rank: impl Fn(&Line<'a>, &Row<'a>) -> Option<R>,
) -> Both<'l, 'a> {
    for (mut lines, mut rows) in buckets((&mut *lines, &mut *rows), of_line, of_row) {
        let mut pairs = pairs(&lines, &rows, &rank);
        pairs.sort();
        for (_, line, row) in pairs {
            if let (Some(line), Some(row)) = (lines.get_mut(line), rows.get_mut(row)) {
                pair(line, row);
            }
        }
    }
    (lines, rows)
}

/// Within a key those that fit each other and nothing else.
fn lone<'l, 'a, K: Eq + Hash>(
    (lines, rows): Both<'l, 'a>,
    key: impl Fn(&UnitCode, NaiveDate) -> K,
    fit: impl Fn(&Line<'a>, &Row<'a>) -> bool,
) -> Both<'l, 'a> {
    let of_line = |line: &Line<'a>| (!line.is_past).then(|| key(&line.of.lecture.unit, line.day));
    let of_row = |row: &Row<'a>| Some(key(&row.known.unit, row.day));
    for (mut lines, mut rows) in buckets((&mut *lines, &mut *rows), of_line, of_row) {
        let pairs = pairs(&lines, &rows, &|line, row| fit(line, row).then_some(()));
        let (mut of_line, mut of_row) = (BTreeMap::new(), BTreeMap::new());
        for &((), line, row) in &pairs {
            *of_line.entry(line).or_insert(0) += 1;
            *of_row.entry(row).or_insert(0) += 1;
        }
        for ((), line, row) in pairs {
            let is_lone = of_line.get(&line) == Some(&1) && of_row.get(&row) == Some(&1);
            if let (true, Some(line), Some(row)) = (is_lone, lines.get_mut(line), rows.get_mut(row))
            {
                pair(line, row);
            }
        }
    }
    (lines, rows)
}

fn pairs<'a, R>(
    lines: &[&mut Line<'a>],
    rows: &[&mut Row<'a>],
    rank: &impl Fn(&Line<'a>, &Row<'a>) -> Option<R>,
) -> Vec<(R, usize, usize)> {
    let mut pairs = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let ranks = rows.iter().enumerate();
        pairs.extend(ranks.filter_map(|(row_at, row)| Some((rank(line, row)?, at, row_at))));
    }
    pairs
}

fn pair(line: &mut Line<'_>, row: &mut Row<'_>) {
    if line.known.is_none() && !row.is_taken {
        line.known = Some(row.place);
        row.is_taken = true;
    }
}
