//! A campus in one process and in virtual time: the real parts with their real loops, one seed for everything
//! random. No threads, no group commit, no screen and no sockets: `tests/it` has those.

mod firestore;
mod trace;
mod world;

use std::collections::BTreeMap;

use world::{Day, live};

#[test]
fn a_day_of_three_kiosks_is_the_same_again_by_its_seed() {
    // Side by side, each on a thread and a runtime of its own.
    let [first, again, other] = [1, 1, 2]
        .map(|seed| std::thread::spawn(move || live(seed)))
        .map(|day| day.join().expect("a day ends"));
    assert!(
        first.server.trace.hash() == again.server.trace.hash(),
        "one seed, two days of {} and {} events, which ended with\n{}\nand\n{}",
        first.server.trace.count(),
        again.server.trace.count(),
        first.server.trace.tail(),
        again.server.trace.tail(),
    );
    assert_ne!(first.server.trace.hash(), other.server.trace.hash());
    for day in [first, other] {
        everything_arrived(&day);
    }
}

/// Every check-in that was acknowledged is in Firestore exactly once, and of the records of one student in one
/// session exactly one counts.
fn everything_arrived(day: &Day) {
    let text = |fields: &serde_json::Map<String, serde_json::Value>, name: &str| {
        fields[name]["stringValue"]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    assert_eq!(day.unsettled, [""; 0]);
    let timeline = day.server.documents("/attendance_records/");
    let mut ids: Vec<String> = timeline
        .iter()
        .map(|entry| text(entry, "attendance_id"))
        .collect();
    ids.sort_unstable();
    let acknowledged: Vec<&str> = day
        .acknowledged
        .iter()
        .map(|check_in| check_in.attendance_id.as_str())
        .collect();
    assert_eq!(ids, acknowledged);
    let mut students: BTreeMap<(String, String), usize> = BTreeMap::new();
    for check_in in &day.acknowledged {
        let student = (check_in.session.clone(), check_in.number.clone());
        *students.entry(student).or_default() += 1;
    }
    let counting = timeline
        .iter()
        .filter(|entry| entry["counts"]["booleanValue"] == true)
        .map(|entry| (text(entry, "session_id"), text(entry, "admission_number")));
    let mut counting: Vec<(String, String)> = counting.collect();
    counting.sort_unstable();
    assert_eq!(counting, students.keys().cloned().collect::<Vec<_>>());
    let claims = day.server.documents("/students/");
    assert_eq!(claims.len(), students.len());
    let contested = students.values().filter(|records| **records > 1).count();
    let (lost, calls) = (day.server.lost(), day.server.trace.count());
    assert!(
        acknowledged.len() > 50 && contested > 0 && lost > 0,
        "{contested} {lost}"
    );
    eprintln!(
        "{} check-ins, {contested} students at two kiosks, {lost} answers lost, {calls} events",
        acknowledged.len()
    );
}
