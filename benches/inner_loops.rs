//! The loops that run for every student, every frame or every look at a code. criterion keeps its figures
//! under `target/criterion`; `scripts/bench` prints them.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use kiosk::domain::{
    AdmissionNumber, PersonName, Rotation, SessionKey, Standing, Thresholds, Timestamp,
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
    let thresholds = Thresholds {
        required_percent: 75,
        warning_percent: 80,
    };
    criterion.bench_function("a standing: percentages, band and forecast", |bencher| {
        bencher.iter(|| Standing::new(black_box(7), black_box(9), black_box(12), thresholds));
    });
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
