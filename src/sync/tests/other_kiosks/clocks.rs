//! Two kiosks of which one or both did not know the time, and the one student whom both recorded.

use proptest::prelude::*;

use super::*;

/// So many minutes into the lecture.
fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_millis(moment(START).millis() + minutes * 60_000)
}

impl Kiosk {
    /// No time server has set its clock, which is off by so many minutes.
    fn is_unset(&self, minutes_off: i64) {
        let wrong = self.clock.now().millis() + minutes_off * 60_000;
        self.clock.turn_to(Timestamp::from_millis(wrong));
        self.clock.set_trusted(false);
    }

    /// A time server sets its clock.
    async fn learns_the_time(&self, right: Timestamp) -> u64 {
        self.clock.turn_to(right);
        self.clock.set_trusted(true);
        let (read, windows) = (self.clock.reading(), rules().windows);
        let done = self.store.correct_times(read, windows, nairobi()).await;
        done.unwrap().records
    }
}

/// What Firestore keeps of the one student: whose record stands, and the others beside it.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    stands: (Uuid, Timestamp),
    also: Vec<(Uuid, Timestamp)>,
}

fn id_and_time(fields: &Value) -> (Uuid, Timestamp) {
    let text = |name: &str, kind: &str| fields[name][kind].as_str().unwrap();
    let id = text("attendance_id", "stringValue").parse().unwrap();
    (id, moment(text("timestamp", "timestampValue")))
}

async fn claim(emulator: &Emulator, session: SessionId) -> Claim {
    let students = format!("/sessions/{session}");
    let claims = emulator.documents(&students, "students").await;
    assert_eq!(claims.len(), 1);
    let fields = &claims[0].1;
    assert_eq!(fields["counts"]["booleanValue"], true);
    assert_eq!(fields["admission_number"]["stringValue"], "ADM/1");
    let also = fields["also"]["arrayValue"]["values"].as_array();
    let also = also.map_or(&[] as &[Value], Vec::as_slice);
    Claim {
        stands: id_and_time(fields),
        also: also
            .iter()
            .map(|record| id_and_time(&record["mapValue"]["fields"]))
            .collect(),
    }
}

/// The entries of the timeline: each with whether it counts, and who stands for it.
async fn timeline(emulator: &Emulator) -> BTreeMap<Uuid, (Timestamp, bool, Option<Uuid>)> {
    let entries = emulator.documents("", "attendance_records").await;
    let told = entries.iter().map(|(_, fields)| {
        let (id, at) = id_and_time(fields);
        let by = fields["superseded_by"]["stringValue"].as_str();
        let counts = fields["counts"]["booleanValue"] == true;
        (id, (at, counts, by.map(|by| by.parse().unwrap())))
    });
    told.collect()
}

/// Both have an unset clock, and the student comes to both: to A after 25 minutes, which it calls 5, and to B
/// after 10, which it calls 10.
async fn both_unset_record(a: &mut Kiosk, b: &mut Kiosk, session: SessionId) -> [Uuid; 2] {
    a.is_unset(-20);
    b.is_unset(0);
    a.clock.advance(Duration::from_secs(25 * 60));
    b.clock.advance(Duration::from_secs(10 * 60));
    let at_a = a.checks_in(session, "ADM/1", false).await;
    let at_b = b.checks_in(session, "ADM/1", false).await;
    a.delivers().await;
    b.delivers().await;
    [at_a, at_b]
}

#[tokio::test]
async fn a_time_that_is_put_right_hands_over_to_a_record_that_is_earlier() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    let [at_a, at_b] = both_unset_record(&mut a, &mut b, session).await;
    a.looks().await;
    b.looks().await;
    assert_eq!(claim(&emulator, session).await.stands, (at_a, minute(5)));

    assert_eq!(a.learns_the_time(minute(25)).await, 1);
    assert_eq!(a.marks(session).await["ADM/1"], (minute(10), 0));
    a.delivers().await;
    let expected = Claim {
        stands: (at_b, minute(10)),
        also: vec![(at_a, minute(25))],
    };
    assert_eq!(claim(&emulator, session).await, expected);
    let entries = timeline(&emulator).await;
    assert_eq!(entries[&at_b], (minute(10), true, None));
    assert_eq!(entries[&at_a], (minute(25), false, Some(at_b)));
    b.looks().await;
    a.looks().await;
    for kiosk in [&a, &b] {
        let marks = kiosk.marks(session).await;
        assert_eq!(marks["ADM/1"], (minute(10), 0), "{}", kiosk.id);
    }
}

#[tokio::test]
async fn a_record_that_gave_way_on_its_own_board_is_put_right_too() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(5 * 60));
    let at_a = a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    b.is_unset(-1);
    b.clock.advance(Duration::from_secs(15 * 60));
    let at_b = b.checks_in(session, "ADM/1", false).await;
    b.delivers().await;
    b.looks().await;
    assert_eq!(b.marks(session).await["ADM/1"].0, minute(5));

    assert_eq!(b.learns_the_time(minute(15)).await, 1);
    assert_eq!(b.learns_the_time(minute(15)).await, 0, "once is enough");
    b.delivers().await;
    assert_eq!(b.marks(session).await["ADM/1"].0, minute(5));
    let contested = b.store.contested(session).await.unwrap();
    let own = &contested[0].records[1];
    assert_eq!(
        (
            own.attendance_id,
            own.checked_in_at,
            own.punctuality.minutes()
        ),
        (at_b, minute(15), 15)
    );
    let expected = Claim {
        stands: (at_a, minute(5)),
        also: vec![(at_b, minute(15))],
    };
    assert_eq!(claim(&emulator, session).await, expected);
    // The list says of no time that a clock had called it otherwise when it was not that clock's.
    let entries = b.store.session_entries(session).await.unwrap();
    let entry = entries.iter().find(|entry| entry.kiosk_id.is_some());
    assert_eq!(entry.unwrap().clock_said, None);
}

#[tokio::test]
async fn nothing_is_handed_over_to_a_record_that_was_taken_back() {
    let Some(emulator) = emulator() else { return };
    // Whether A has heard of B's record, and then that it is gone, before its clock is set.
    for heard in [
        &[true, true][..],
        &[true, false],
        &[false, true],
        &[false, false],
    ] {
        let (mut a, mut b, session) = hall(&emulator).await;
        let [at_a, at_b] = both_unset_record(&mut a, &mut b, session).await;
        if heard[0] {
            a.looks().await;
        }
        b.corrects(session, "ADM/1", Correction::Unmark).await;
        b.delivers().await;
        if heard[1] {
            a.looks().await;
        }

        a.learns_the_time(minute(25)).await;
        a.delivers().await;
        for _ in 0..2 {
            b.looks().await;
            a.looks().await;
        }
        let expected = Claim {
            stands: (at_a, minute(25)),
            also: Vec::new(),
        };
        assert_eq!(claim(&emulator, session).await, expected, "{heard:?}");
        let entries = timeline(&emulator).await;
        assert_eq!(entries[&at_a], (minute(25), true, None));
        assert!(!entries.contains_key(&at_b));
        for kiosk in [&a, &b] {
            let marks = kiosk.marks(session).await;
            assert_eq!(
                marks.get("ADM/1").map(|mark| mark.0),
                Some(minute(25)),
                "{} {heard:?}",
                kiosk.id
            );
        }
    }
}

/// What a kiosk does, in whatever order.
#[derive(Debug, Clone, Copy)]
enum WorkOutcome {
    Delivers,
    Looks,
    LearnsTheTime,
}

/// What one kiosk knows of the time, and when the student came to it.
#[derive(Debug, Clone, Copy)]
struct Chance {
    came_at: i64,
    /// Minutes that its clock is off, where nobody has set it.
    off: Option<i64>,
    learns: bool,
}

impl Chance {
    fn said(self) -> Timestamp {
        minute(self.came_at + self.off.unwrap_or_default())
    }

    /// What it says in the end: whether it was unset, and when.
    fn order(self) -> (bool, Timestamp) {
        let at = if self.learns {
            minute(self.came_at)
        } else {
            self.said()
        };
        (self.off.is_some(), at)
    }
}

fn chance() -> impl Strategy<Value = Chance> {
    (12..40_i64, prop::option::of(-20..20_i64), any::<bool>()).prop_map(|(came_at, off, learns)| {
        Chance {
            came_at,
            off,
            learns,
        }
    })
}

fn steps() -> impl Strategy<Value = Vec<(usize, WorkOutcome)>> {
    let step = prop_oneof![
        Just(WorkOutcome::Delivers),
        Just(WorkOutcome::Looks),
        Just(WorkOutcome::LearnsTheTime)
    ];
    prop::collection::vec((0..2_usize, step), 0..10)
}

/// Both record the student while apart, then go through the steps, then do what they have not done yet.
async fn play(emulator: &Emulator, chances: [Chance; 2], steps: &[(usize, WorkOutcome)]) {
    let (a, b, session) = hall(emulator).await;
    let mut kiosks = [a, b];
    let mut records = Vec::new();
    for (kiosk, chance) in kiosks.iter().zip(chances) {
        if let Some(off) = chance.off {
            kiosk.is_unset(off);
        }
        let minutes = u64::try_from(chance.came_at).unwrap();
        kiosk.clock.advance(Duration::from_secs(minutes * 60));
        let is_trusted = chance.off.is_none();
        let id = kiosk.checks_in(session, "ADM/1", is_trusted).await;
        records.push((chance.order(), id));
    }
    let all = [
        WorkOutcome::LearnsTheTime,
        WorkOutcome::Delivers,
        WorkOutcome::Looks,
    ];
    let whole = all.map(|step| [(0, step), (1, step)]);
    let finish = whole.as_flattened();
    for &(kiosk, step) in steps.iter().chain(finish).chain(finish) {
        let (kiosk, chance) = (&mut kiosks[kiosk], chances[kiosk]);
        match step {
            WorkOutcome::Delivers => kiosk.delivers().await,
            WorkOutcome::Looks => kiosk.looks().await,
            WorkOutcome::LearnsTheTime if chance.learns => {
                kiosk.learns_the_time(minute(chance.came_at)).await;
            }
            WorkOutcome::LearnsTheTime => {}
        }
    }
    records.sort_unstable();
    let [((_, at), stands), ((_, other_at), other)] = records[..] else {
        panic!("{records:?}")
    };
    let expected = Claim {
        stands: (stands, at),
        also: vec![(other, other_at)],
    };
    assert_eq!(claim(emulator, session).await, expected);
    let expected = BTreeMap::from([
        (stands, (at, true, None)),
        (other, (other_at, false, Some(stands))),
    ]);
    assert_eq!(timeline(emulator).await, expected);
    for kiosk in &kiosks {
        assert_eq!(kiosk.marks(session).await["ADM/1"].0, at, "{}", kiosk.id);
        let contested = kiosk.store.contested(session).await.unwrap();
        let kept = contested[0].records.iter();
        let kept: Vec<_> = kept
            .map(|record| (record.attendance_id, record.checked_in_at))
            .collect();
        assert_eq!(kept, [(stands, at), (other, other_at)], "{}", kiosk.id);
    }
}

#[test]
fn whatever_the_clocks_said_all_name_one_record_in_the_end() {
    if emulator().is_none() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..ProptestConfig::default()
    };
    proptest!(config, |(a in chance(), b in chance(), steps in steps())| {
        runtime.block_on(async {
            let emulator = emulator().expect("it was there");
            play(&emulator, [a, b], &steps).await;
        });
    });
}
