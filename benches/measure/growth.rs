//! What a check-in costs as the years go by.

use std::time::{Duration, Instant};

use kiosk::clock::Clock;
use kiosk::domain::{AdmissionNumber, Channel, UnitCode};
use kiosk::services::Actor;
use kiosk::store::NewCheckIn;
use kiosk::store::bare::BareLoop;
use uuid::Uuid;

use crate::Run;
use crate::report::{Row, median, percentile};
use crate::school::{School, Size, number, policy};

/// Records of a semester, of a few years, of a lifetime: units of 1,000 students with thirteen lectures each, of which
/// one is running.
const SIZES: [(&str, usize); 3] = [("10^4", 1), ("10^5", 10), ("10^6", 100)];
const STUDENTS: usize = 1000;
const HELD: usize = 12;
/// Check-ins that share a commit, as in a rush.
const TOGETHER: usize = 50;

struct Grown {
    name: &'static str,
    school: School,
    bare: BareLoop,
    check_ins: Vec<f64>,
    looks: Vec<Duration>,
    boards: Vec<Duration>,
    exams: Vec<Duration>,
    matrices: Vec<Duration>,
    receipts: Vec<Uuid>,
}

pub async fn measure(run: &mut Run) {
    run.report
        .heading("As records grow: units of 1,000 students, thirteen lectures each");
    let sizes = if run.is_quick { &SIZES[..2] } else { &SIZES };
    let folder = run.folder();
    let mut all = Vec::new();
    for (name, units) in sizes {
        let path = folder.path().join(format!("{units}.db"));
        let size = Size {
            units: *units,
            students_of_each: STUDENTS,
            held: HELD,
        };
        let school = School::found(&path, size).await;
        let bare = BareLoop::open(&path).expect("a database");
        all.push(Grown {
            name,
            school,
            bare,
            check_ins: Vec::new(),
            looks: Vec::new(),
            boards: Vec::new(),
            exams: Vec::new(),
            matrices: Vec::new(),
            receipts: Vec::new(),
        });
    }
    // Turn by turn, so that what else the machine does falls on each.
    for turn in 0..STUDENTS / TOGETHER {
        for grown in &mut all {
            grown.check_in(turn);
            grown.look().await;
        }
    }
    let costs: Vec<f64> = all
        .iter()
        .map(|grown| median(grown.check_ins.clone()))
        .collect();
    for (grown, cost) in all.iter_mut().zip(&costs) {
        let name = grown.name;
        let of = |what: &str| format!("{name} records: {what}");
        run.report
            .add(Row::new(of("a check-in, in a commit of 50"), *cost, "us"));
        run.report.add(Row::new(
            of("percentage and receipt, p50"),
            percentile(&mut grown.looks, 50).as_secs_f64() * 1e6,
            "us",
        ));
        for (what, times) in [
            ("board of 1,000 students, p50", &mut grown.boards),
            ("exam list of 1,000 students, p50", &mut grown.exams),
            (
                "matrix of 1,000 students and 13 lectures, p50",
                &mut grown.matrices,
            ),
        ] {
            run.report
                .add(Row::milliseconds(of(what), percentile(times, 50)).at_most(50.0));
        }
    }
    // Of two that took turns one after the other, so that a busy moment falls on both.
    let (first, last) = (&all[0], &all[all.len() - 1]);
    let ratios = first.check_ins.iter().zip(&last.check_ins);
    run.report.add(
        Row::new(
            format!("a check-in at {} over one at {}", last.name, first.name),
            median(ratios.map(|(first, last)| last / first).collect()),
            "x",
        )
        .at_most(1.2),
    );
    for grown in all {
        grown.school.store.close().await;
    }
}

impl Grown {
    /// The next students of the roster check in.
    fn check_in(&mut self, turn: usize) {
        let new: Vec<NewCheckIn> = (turn * TOGETHER..(turn + 1) * TOGETHER)
            .map(|student| NewCheckIn {
                attendance_id: kiosk::random::uuid(),
                session: self.school.session,
                admission_number: AdmissionNumber::parse(&number(student)).expect("a number"),
                student_name: None,
                insists: false,
                typed_as: kiosk::domain::TypedAs::Number,
                channel: Channel::Phone,
                device: None,
                routing: kiosk::domain::Routing::Named,
                read: Clock::system().vouched_for().reading(),
            })
            .collect();
        self.receipts
            .extend(new.iter().map(|new| new.attendance_id));
        let asked = Instant::now();
        self.bare
            .run(&new, &policy().rules(), TOGETHER)
            .expect("check-ins");
        #[expect(clippy::cast_precision_loss, reason = "a count of check-ins")]
        self.check_ins
            .push(asked.elapsed().as_secs_f64() * 1e6 / TOGETHER as f64);
    }

    /// The last of them look at their receipts, and the lecturer at the board.
    async fn look(&mut self) {
        for id in self.receipts.iter().rev().take(TOGETHER) {
            let asked = Instant::now();
            let receipt = self
                .school
                .services
                .desk
                .receipt(*id, None)
                .await
                .expect("the database");
            assert!(receipt.is_some());
            self.looks.push(asked.elapsed());
        }
        let (by, unit) = (Actor::Shell("bench"), || {
            UnitCode::parse("CS101").expect("a code")
        });
        let services = &self.school.services;
        let asked = Instant::now();
        let board = services.sessions.roster(by, self.school.session).await;
        board.expect("the database");
        self.boards.push(asked.elapsed());
        let asked = Instant::now();
        let exam = services.exports.exam(by, unit(), None).await;
        exam.expect("the database");
        self.exams.push(asked.elapsed());
        let asked = Instant::now();
        let matrix = services.exports.unit(by, unit(), None).await;
        matrix.expect("the database");
        self.matrices.push(asked.elapsed());
    }
}
