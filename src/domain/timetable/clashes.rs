//! Lectures that cannot both be held.

use super::super::lecture::PlannedLecture;
use super::super::lecturer::StaffId;
use super::super::macros::words;

words! {
    /// What two lectures need at once.
    pub enum ClashOf {
        Room = "room",
        Lecturer = "lecturer",
        /// The unit, and the group where they are for one.
        Class = "class",
    }
}

/// A lecture with what it takes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub lecture: PlannedLecture,
    /// The staff id of the unit's lecturer.
    pub lecturer: Option<StaffId>,
    /// Its line in the file; `None`: it was planned before.
    pub line: Option<u64>,
}

/// The pairs of lectures that clash, at least one of each of the file: that one, the other, and in what. Of two of
/// the file the later line is the first.
#[must_use]
pub fn clashes(slots: &[Slot]) -> Vec<(&Slot, &Slot, ClashOf)> {
    let mut by_start: Vec<&Slot> = slots.iter().collect();
    by_start.sort_by_key(|slot| (slot.lecture.starts_at, slot.line));
    let mut found = Vec::new();
    let mut running: Vec<&Slot> = Vec::new();
    for slot in by_start {
        running.retain(|other| other.lecture.ends_at > slot.lecture.starts_at);
        for other in &running {
            if slot.line.is_none() && other.line.is_none() {
                continue;
            }
            let (named, with) = if slot.line >= other.line {
                (slot, *other)
            } else {
                (*other, slot)
            };
            found.extend(of(slot, other).map(|of| (named, with, of)));
        }
        running.push(slot);
    }
    found.sort_by_key(|(slot, other, _)| (slot.line, other.line));
    found
}

/// In what two lectures clash that are held at once.
fn of(one: &Slot, other: &Slot) -> impl Iterator<Item = ClashOf> {
    let (a, b) = (&one.lecture, &other.lecture);
    let room = a.venue.folded();
    let same_room = !room.is_empty() && room == b.venue.folded();
    let same_unit = a.unit == b.unit;
    // Lectures of one unit that begin together in different rooms are for parallel groups, named or not.
    let are_parallel = match (&a.group, &b.group) {
        (None, None) => a.starts_at == b.starts_at && !same_room,
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    let is_voluntary = a.voluntary == Some(true) || b.voluntary == Some(true);
    let same_lecturer = one.lecturer.is_some() && one.lecturer == other.lecturer;
    [
        (same_room, ClashOf::Room),
        // One lecturer stands for a unit, and others may teach its groups.
        (!same_unit && !same_room && same_lecturer, ClashOf::Lecturer),
        (same_unit && !are_parallel && !is_voluntary, ClashOf::Class),
    ]
    .into_iter()
    .filter_map(|(is_so, of)| is_so.then_some(of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Group, Timestamp, UnitCode, Venue};

    fn slot(line: u64, unit: &str, hours: (u64, u64), room: &str, lecturer: &str) -> Slot {
        let at = |hour: u64| Timestamp::parse(&format!("2026-11-23T{hour:02}:00:00Z")).unwrap();
        Slot {
            lecture: PlannedLecture {
                unit: UnitCode::parse(unit).unwrap(),
                starts_at: at(hours.0),
                ends_at: at(hours.1),
                venue: Venue::parse(room).unwrap(),
                group: None,
                voluntary: None,
            },
            lecturer: StaffId::parse(lecturer).ok(),
            line: Some(line),
        }
    }

    fn found(slots: &[Slot]) -> Vec<(Option<u64>, Option<u64>, ClashOf)> {
        let lines = |(one, other, of): &(&Slot, &Slot, ClashOf)| (one.line, other.line, *of);
        clashes(slots).iter().map(lines).collect()
    }

    #[test]
    fn a_room_a_lecturer_and_a_class_are_at_one_place_at_a_time() {
        let slots = [
            slot(2, "A", (9, 11), "LR1", "S1"),
            slot(3, "B", (10, 12), "lr 1", "S2"),
            slot(4, "C", (9, 10), "LR2", "S1"),
            slot(5, "A", (10, 11), "LR3", "S1"),
            slot(6, "D", (11, 12), "LR2", "S1"),
        ];
        let expected = [
            (Some(3), Some(2), ClashOf::Room),
            (Some(4), Some(2), ClashOf::Lecturer),
            (Some(5), Some(2), ClashOf::Class),
        ];
        assert_eq!(found(&slots), expected, "one after the other is no clash");
    }

    #[test]
    fn parallel_groups_do_not_clash_and_a_group_clashes_with_everybody() {
        let of_group = |slot: Slot, group: &str| Slot {
            lecture: PlannedLecture {
                group: Group::parse(group).ok(),
                ..slot.lecture
            },
            ..slot
        };
        let a = of_group(slot(2, "A", (9, 11), "LR1", "S1"), "1");
        let b = of_group(slot(3, "A", (9, 11), "LR2", "S1"), "2");
        let again = of_group(slot(4, "A", (10, 11), "LR3", "S1"), "2");
        assert_eq!(found(&[a.clone(), b.clone()]), []);
        let class = [(Some(4), Some(3), ClashOf::Class)];
        assert_eq!(found(&[a.clone(), b, again]), class);
        let all = slot(5, "A", (9, 11), "LR4", "S1");
        let class = [(Some(5), Some(2), ClashOf::Class)];
        assert_eq!(found(&[a, all.clone()]), class);
        let unnamed = slot(6, "A", (9, 11), "LR5", "S1");
        assert_eq!(found(&[all, unnamed]), []);
    }

    #[test]
    fn what_was_planned_before_clashes_with_the_file_and_not_with_itself() {
        let known = |slot: Slot| Slot { line: None, ..slot };
        let slots = [
            known(slot(0, "A", (9, 11), "LR1", "S1")),
            known(slot(0, "B", (9, 11), "LR1", "S2")),
            slot(2, "C", (9, 10), "LR1", "S3"),
        ];
        let room = (Some(2), None, ClashOf::Room);
        assert_eq!(found(&slots), [room, room]);
    }
}
