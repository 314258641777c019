//! The acknowledged records of the term, and what follows from them.

use std::collections::{BTreeMap, BTreeSet};

use super::{PLANNED, wire::Acknowledgement};

/// A lecture, and the kiosks that know it.
pub struct Lecture {
    pub id: String,
    pub unit: usize,
    pub home: usize,
    pub known: [bool; 2],
}

/// A record that a kiosk has acknowledged.
#[derive(Clone, Debug)]
pub struct Record {
    pub id: String,
    pub kiosk: usize,
    pub lecture: usize,
    pub number: String,
    /// The time by the kiosk's clock.
    pub said_at: i64,
    /// The true time.
    pub really_at: i64,
    pub is_trusted: bool,
    pub percentage: f64,
    /// Whether staff removed it.
    pub is_removed: bool,
}

#[derive(Default)]
pub struct Ledger {
    pub lectures: Vec<Lecture>,
    pub records: Vec<Record>,
    ids: BTreeSet<String>,
}

impl Ledger {
    /// Adds a record; a second one of the same kiosk for a student and lecture fails the test.
    pub fn add(
        &mut self,
        kiosk: usize,
        lecture: usize,
        acknowledgement: Acknowledgement,
        really_at: i64,
    ) {
        let twin = self
            .of(lecture)
            .find(|record| record.kiosk == kiosk && record.number == acknowledgement.number);
        assert!(
            twin.is_none(),
            "recorded twice at one kiosk: {acknowledgement:?} after {twin:?}"
        );
        assert!(
            self.ids.insert(acknowledgement.attendance_id.clone()),
            "an id twice: {acknowledgement:?}"
        );
        self.records.push(Record {
            id: acknowledgement.attendance_id,
            kiosk,
            lecture,
            number: acknowledgement.number,
            said_at: acknowledgement.at,
            really_at,
            is_trusted: acknowledgement.is_trusted,
            percentage: acknowledgement.percentage,
            is_removed: false,
        });
    }

    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The records of a lecture, removed ones included.
    pub fn of(&self, lecture: usize) -> impl Iterator<Item = &Record> {
        // Most calls are for the latest lectures.
        let records = self.records.iter().rev();
        records.filter(move |record| record.lecture == lecture)
    }

    /// The records of a lecture that are not removed, by student.
    pub fn by_student(&self, lecture: usize) -> BTreeMap<&str, Vec<&Record>> {
        let mut students: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for record in self.of(lecture).filter(|record| !record.is_removed) {
            students.entry(&record.number).or_default().push(record);
        }
        students
    }

    /// The bounds of the lectures of a unit, this one included, that a kiosk may have counted at a
    /// check-in: those that it recorded itself, and those that either kiosk recorded.
    pub fn bounds(&self, kiosk: usize, lecture: usize, number: &str) -> (u32, u32) {
        let unit = self.lectures[lecture].unit;
        let mut own = BTreeSet::from([lecture]);
        let mut all = own.clone();
        for record in &self.records {
            let of = &self.lectures[record.lecture];
            if record.number != number || of.unit != unit || !of.known[kiosk] {
                continue;
            }
            all.insert(record.lecture);
            if record.kiosk == kiosk && !record.is_removed {
                own.insert(record.lecture);
            }
        }
        (count(own.len()), count(all.len()))
    }

    /// How many lectures of a unit each student attended, as far as a kiosk knows them.
    pub fn attended(&self, kiosk: usize, unit: usize) -> BTreeMap<&str, u32> {
        let mut at: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for record in self.records.iter().filter(|record| !record.is_removed) {
            let lecture = &self.lectures[record.lecture];
            if lecture.unit == unit && lecture.known[kiosk] {
                at.entry(&record.number).or_default().insert(record.lecture);
            }
        }
        at.into_iter()
            .map(|(number, lectures)| (number, count(lectures.len())))
            .collect()
    }
}

/// A share of the planned lessons in percent, to the hundredth, computed independently.
pub fn percent(attended: u32) -> f64 {
    let share = f64::from(attended.min(PLANNED)) / f64::from(PLANNED);
    (share * 10_000.0).round() / 100.0
}

/// Whether two percentages are equal to the hundredth.
pub fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.001
}

fn count(lectures: usize) -> u32 {
    u32::try_from(lectures).expect("a term is short")
}
