//! The loops that run for every student, every frame or every look at a code. criterion keeps its figures
//! under `target/criterion`; `scripts/bench` prints them.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use kiosk::domain::{
    AdmissionNumber, CountingPolicy, Enrolment, EnrolmentSource, Interval, LectureFacts,
    LectureStage, Mark, OpenedBy, PersonName, RegisterKnown, Rotation, SessionId, SessionKey,
    StudentFacts, Timestamp, UnitFacts, reckon,
};
use kiosk::qr::Symbol;
use kiosk::tui::qr::Placement;
use kiosk::tui::terminal::QrInk;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

fn students(criterion: &mut Criterion) {
    criterion.bench_function("an admission number, normalised", |bencher| {
        bencher.iter(|| AdmissionNumber::parse(black_box("  sct211\u{2011}0042／2026 ")));
    });
    criterion.bench_function("a name, checked", |bencher| {
        bencher.iter(|| PersonName::parse(black_box("  Chiamaka   Okafor-Ødegård ")));
    });
    let policy = CountingPolicy::default();
    for (name, students) in [
        ("a student, counted over 13 lectures", 1),
        ("a unit of 1,000 students and 13 lectures, counted", 1000),
    ] {
        let (unit, now) = unit_of(students);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| reckon(black_box(&unit), &policy, now));
        });
    }
}

/// A unit in which each student has missed another lecture of nine held, and the moment after the ninth.
fn unit_of(students: usize) -> (UnitFacts, Timestamp) {
    let day = |number: u32| Timestamp::from_millis(i64::from(number) * 24 * 3_600_000);
    let lectures: Vec<_> = (0..13)
        .map(|number| LectureFacts {
            id: SessionId::from_uuid(uuid::Uuid::from_u128(number.into())),
            state: if number < 9 {
                LectureStage::Closed
            } else {
                LectureStage::Planned
            },
            starts_at: day(number),
            ends_at: day(number) + Duration::from_secs(7200),
            date: day(number).utc().date_naive(),
            group: None,
            lesson: None,
            voluntary: false,
            opened_by: OpenedBy::Staff,
            register: RegisterKnown::All,
            anybody_came: number < 9,
        })
        .collect();
    let student = |missed: usize| StudentFacts {
        enrolment: Enrolment::of(vec![Interval::from(None, EnrolmentSource::Roster)]),
        marks: (0..13)
            .map(|lecture| (lecture < 9 && lecture != missed % 9).then_some(Mark::Present))
            .collect(),
        excuses: Vec::new(),
    };
    let facts = UnitFacts {
        lectures,
        students: (0..students).map(student).collect(),
        has_list: true,
        last_day: None,
        is_finished: false,
        is_stale: false,
        today: day(9).utc().date_naive(),
    };
    (facts, day(9))
}

fn codes(criterion: &mut Criterion) {
    let key = SessionKey::from_bytes([7; 32]);
    let rotation = Rotation::from_seconds(20);
    let now = Timestamp::from_millis(1_790_000_000_000);
    let code = rotation.code(&key, now);
    let shown_since = now - Duration::from_secs(7200);
    criterion.bench_function("a live code, checked", |bencher| {
        bencher.iter(|| rotation.check(&key, black_box(&code), now, shown_since));
    });
    let stranger = Rotation::from_seconds(20).code(&SessionKey::from_bytes([8; 32]), now);
    criterion.bench_function("a guessed code, against two hours of codes", |bencher| {
        bencher.iter(|| rotation.check(&key, black_box(&stranger), now, shown_since));
    });
}

fn symbols(criterion: &mut Criterion) {
    let encode = || Symbol::for_code(black_box("http://192.168.1.20:8080"), black_box("K7M2QX"));
    criterion.bench_function("a QR symbol, encoded", |bencher| bencher.iter(encode));
    let symbol = encode().expect("an address fits");
    let room = Size::new(80, 24);
    let ink = QrInk::Glyphs { half_blocks: true };
    let place = Placement::fit(symbol.side(), room, ink).expect("a screen has room");
    let mut buffer = Buffer::empty(Rect::new(0, 0, room.width, room.height));
    criterion.bench_function("a QR symbol, drawn", |bencher| {
        bencher.iter(|| place.draw(&symbol, Position::ORIGIN, ink, &mut buffer));
    });
}

criterion_group!(benches, students, codes, symbols);
criterion_main!(benches);
