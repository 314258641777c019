//! The program of one kiosk: every part of the real one except its doors, with a clock that the test sets.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use kiosk::app;
use kiosk::clock::Clock;
use kiosk::domain::{
    AdmissionNumber, AttendanceStatus, Channel, CheckInAnswer, Correction, CorrectionOrder,
    HandMark, ListedPlace, PersonName, Reason, SessionId, StaffId, Target, Timestamp, UnitCode,
};
use kiosk::domain::{Flag, Secret};
use kiosk::services::{
    Actor, CorrectionError, Entrance, Opening, Policy, Request, SessionError, StoreError,
};
use kiosk::store::{ClassList, ImportedStudent, NewLecturer, NewUnit, Publishing, Store};
use kiosk::sync::firestore::{CredentialSources, Firestore, FirestoreSettings};
use kiosk::sync::portal::{PortalRemote, PortalSettings};
use kiosk::sync::{Work as _, WorkOutcome, install_crypto};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;

use super::wire::{
    Acknowledgement, Act, Answer, Arrival, Line, Message, Now, Order, Queued, SETUP, Setup,
};
use super::{LASTS, PLANNED, number_of, unit_code};
use crate::support::queue::zone;

/// Students who check in concurrently.
const AT_ONCE: usize = 8;

/// Runs as the program of a kiosk if the environment says so, and does nothing otherwise.
#[test]
fn a_kiosk_of_the_term() {
    let Ok(charge) = std::env::var(SETUP) else {
        return;
    };
    let charge: Setup = serde_json::from_str(&charge).expect("the charge");
    // One thread: only then can the test advance the time of the runtime.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(async {
            let stream = UnixStream::connect(&charge.socket)
                .await
                .expect("the term listens");
            let (orders, answers) = stream.into_split();
            let mut program = Program::start(&charge, answers).await;
            program.answer(&Answer::Done).await;
            let mut orders = BufReader::new(orders).lines();
            while let Ok(Some(line)) = orders.next_line().await {
                let message: Message = serde_json::from_str(&line).expect("an order");
                program.pass_time(message.now).await;
                program.obey(message.order).await;
                program.answer(&Answer::Done).await;
            }
        });
}

struct Program {
    kiosk: app::Kiosk,
    parts: app::Parts,
    elapsed: i64,
    answers: OwnedWriteHalf,
}

impl Program {
    async fn start(charge: &Setup, answers: OwnedWriteHalf) -> Self {
        install_crypto();
        let clock = clock(charge.now, charge.boots);
        let store = Store::open(Path::new(&charge.database)).expect("the database opens");
        let keys = store
            .kiosk_keys(&charge.kiosk_id, clock.now())
            .await
            .expect("keys");
        let fresh = clock.monotonic_zero_by_now();
        let zero = store.monotonic_zero(clock.uptime().boot, fresh).await;
        clock.keep_monotonic_from(zero.expect("the steady time"));
        let publishing = store.set_publishing(Publishing::On).await;
        publishing.expect("sessions are published");
        let policy = Policy {
            deliver_to: Target::ALL.to_vec(),
            zone: zone(),
            ..kiosk::app::policy(&kiosk::config::Config::default(), Vec::new())
        };
        let firestore = FirestoreSettings {
            project_id: charge.project.clone(),
            database: "(default)".to_owned(),
            credentials: CredentialSources::default(),
            emulator: Some(charge.firestore.clone()),
            max_records_per_second: 0,
            zone: zone(),
        };
        let portal = PortalSettings {
            url: charge.portal.clone(),
            api_key: Secret::new("the-portal-key"),
            api_key_in_body: false,
            timeout: Duration::from_secs(10),
            zone: zone(),
        };
        let firestore = Arc::new(Firestore::new(firestore).expect("plain settings"));
        let portal = Arc::new(PortalRemote::new(portal).expect("plain settings"));
        let kiosk = app::Kiosk::over(store, clock, keys, Arc::new(policy));
        let remotes = app::Remotes {
            firestore: Some(firestore),
            portal: Some(portal),
        };
        Self {
            parts: app::Parts::of(&kiosk, &remotes, true),
            kiosk,
            elapsed: charge.now.elapsed,
            answers,
        }
    }

    /// Advances clocks and timers to the machine's time.
    async fn pass_time(&mut self, now: Now) {
        let passed = u64::try_from(now.elapsed - self.elapsed).expect("time goes on");
        let passed = Duration::from_millis(passed);
        self.elapsed = now.elapsed;
        let clock = &self.kiosk.clock;
        clock.advance(passed);
        clock.turn_to(Timestamp::from_millis(now.wall));
        clock.set_trusted(now.is_trusted);
        tokio::time::pause();
        tokio::time::advance(passed).await;
        tokio::time::resume();
    }

    async fn answer(&mut self, answer: &Answer) {
        let mut line = serde_json::to_vec(answer).expect("an answer");
        line.push(b'\n');
        // The test may have closed the connection.
        let _ = self.answers.write_all(&line).await;
    }

    async fn try_to(&mut self, done: Result<(), String>) {
        if let Err(error) = done {
            self.answer(&Answer::Failed(error)).await;
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::SetUp { units, students } => self.found(units, students).await,
            Order::Open { unit, starts_at } => {
                let opened = self.open(unit, starts_at).await;
                let answer = opened.map_or_else(Answer::Failed, Answer::Session);
                self.answer(&answer).await;
            }
            Order::Join { session } => {
                let done = self.join(&session).await;
                self.try_to(done).await;
            }
            Order::CheckIns { session, arrivals } => self.check_in(&session, arrivals).await,
            Order::Correct {
                session,
                number,
                act,
            } => {
                let answer = self.correct(&session, number, act).await;
                self.answer(&answer).await;
            }
            Order::Go { steps } => self.go(steps).await,
            Order::Retry => {
                let now = self.kiosk.clock.monotonic();
                let retried = self.kiosk.store.retry(None, None, now).await;
                let done = retried.map(drop).map_err(|error| error.to_string());
                self.try_to(done).await;
            }
            Order::Roster { session } => self.roster(&session).await,
        }
    }

    async fn found(&mut self, units: usize, students: usize) {
        let (store, clock) = (self.kiosk.store.clone(), self.kiosk.clock.clone());
        let by = || "test".to_owned();
        let staff_id = StaffId::parse("S1").expect("an id");
        let lecturer = NewLecturer {
            staff_id: staff_id.clone(),
            name: PersonName::parse("Dr. Smith").expect("a name"),
            department: String::new(),
            is_admin: true,
            pin_hash: None,
        };
        let added = store.add_lecturer(lecturer, by(), clock.now()).await;
        added.expect("a lecturer").expect("not refused");
        let class: Vec<ImportedStudent> = (0..students)
            .map(|student| ImportedStudent {
                admission_number: AdmissionNumber::parse(&number_of(student)).expect("a number"),
                name: PersonName::parse("Zoë Ødegård").ok(),
                email: String::new(),
                phone: String::new(),
                place: ListedPlace::default(),
            })
            .collect();
        let rules = self.kiosk.policy.rules();
        for unit in 0..units {
            let code = UnitCode::parse(&unit_code(unit)).expect("a code");
            let new = NewUnit {
                code: code.clone(),
                name: "Programming".to_owned(),
                lecturer: staff_id.clone(),
                planned_lessons: Some(PLANNED),
            };
            let added = store.add_unit(new, by(), clock.now()).await;
            added.expect("a unit").expect("not refused");
            let list = ClassList {
                unit: code,
                semester: rules.semester.clone(),
                students: class.clone(),
                newcomers: None,
            };
            let imported = store.import_students(list, rules.clone(), by(), clock.reading());
            imported.await.expect("a class list").expect("not refused");
        }
    }

    async fn open(&self, unit: usize, starts_at: i64) -> Result<String, String> {
        let opening = Opening {
            unit: UnitCode::parse(&unit_code(unit)).expect("a code"),
            semester: None,
            starts_at: Some(Timestamp::from_millis(starts_at)),
            lasts: LASTS,
            venue: None,
        };
        let opened = self
            .kiosk
            .services
            .sessions
            .open(Actor::Shell("S1"), opening)
            .await;
        opened
            .map(|(session, _)| session.id.to_string())
            .map_err(|error| error.to_string())
    }

    async fn join(&self, session: &str) -> Result<(), String> {
        let other_kiosks = &self.parts.services.other_kiosks;
        let joined = other_kiosks.join(Actor::Shell("S1"), id(session)).await;
        joined.map(drop).map_err(|error| error.to_string())
    }

    async fn check_in(&mut self, session: &str, arrivals: Vec<Arrival>) {
        let desk = self.kiosk.services.desk.clone();
        let session = id(session);
        let mut answers = stream::iter(arrivals)
            .map(|arrival| {
                let request = Request {
                    admission_number: arrival.number.clone(),
                    student_name: String::new(),
                    insists: false,
                    entrance: Entrance::Session(session),
                    channel: if arrival.has_phone {
                        Channel::Phone
                    } else {
                        Channel::Keypad
                    },
                    device: None,
                };
                let desk = desk.clone();
                async move { (arrival.number, desk.check_in(request).await) }
            })
            .buffer_unordered(AT_ONCE);
        while let Some((number, answer)) = answers.next().await {
            let answer = match answer {
                Ok(CheckInAnswer::Recorded(receipt)) => Answer::Recorded(acknowledgement(&receipt)),
                Ok(_) => Answer::AlreadyMarked { number },
                Err(refusal) => {
                    let why = format!("{refusal:?}");
                    Answer::Refused { number, why }
                }
            };
            self.answer(&answer).await;
        }
    }

    async fn correct(&self, session: &str, number: String, act: Act) -> Answer {
        let student = AdmissionNumber::parse(&number).expect("a number");
        let reason = Reason::parse("seen by the lecturer").expect("a reason");
        let corrections = &self.kiosk.services.corrections;
        let correction = match act {
            Act::Mark => Correction::Mark(HandMark::Present),
            Act::Unmark => Correction::Unmark,
            Act::Undo => {
                let undone =
                    corrections.undo(Actor::Shell("S1"), id(session), Some(student), reason);
                return corrected(number, undone.await);
            }
        };
        let order = CorrectionOrder {
            session: id(session),
            admission_number: student,
            correction,
            name: None,
            reason,
        };
        corrected(number, corrections.correct(Actor::Shell("S1"), order).await)
    }

    async fn go(&mut self, steps: usize) {
        let app::Parts {
            scheduler,
            workers,
            publisher: Some(publisher),
            mirror: Some(mirror),
            ..
        } = &mut self.parts
        else {
            unreachable!("Firestore is configured");
        };
        let mut done = scheduler.tick().await;
        // A failure is retried at the next order.
        done = done.and(publisher.step().await.map(drop));
        for _ in 0..steps {
            let mut has_worked = false;
            for worker in workers.iter_mut() {
                let step = worker.step().await;
                has_worked |= matches!(step, Ok(WorkOutcome::Worked(_)));
                done = done.and(step.map(drop));
            }
            if !has_worked {
                break;
            }
        }
        done = done.and(mirror.step().await.map(drop));
        if let Err(error) = done {
            // As the screen does, to see whether the session has ended.
            let _ = self.kiosk.store.try_writing().await;
            self.answer(&Answer::Failed(error.to_string())).await;
        }
        match self.queued().await {
            Ok(queued) => self.answer(&Answer::Queued(queued)).await,
            Err(error) => self.answer(&Answer::Failed(error)).await,
        }
    }

    async fn queued(&self) -> Result<Queued, String> {
        let store = &self.kiosk.store;
        let mut queued = Queued::default();
        for target in Target::ALL {
            let counts = store.counts(target).await;
            let counts = counts.map_err(|error| error.to_string())?;
            queued.records += counts.waiting;
            queued.parked += counts.parked;
        }
        let sessions = store.publication_counts().await;
        let sessions = sessions.map_err(|error| error.to_string())?;
        queued.sessions = sessions.waiting + sessions.parked;
        Ok(queued)
    }

    async fn roster(&mut self, session: &str) {
        let roster = self
            .kiosk
            .services
            .sessions
            .roster(Actor::Shell("shell"), id(session))
            .await;
        let roster = match roster {
            Ok(roster) => roster,
            Err(SessionError::Store(StoreError::Missing { .. })) => return,
            Err(error) => return self.try_to(Err(error.to_string())).await,
        };
        for line in roster.lines {
            let is_present = matches!(
                line.status,
                AttendanceStatus::Present | AttendanceStatus::Late
            );
            let standing = line.standing.expect("of the class list");
            let line = Line {
                number: line.admission_number.to_string(),
                at: line.at.filter(|_| is_present).map(Timestamp::millis),
                attended: standing.attended,
                percentage: standing.of_plan.as_f64(),
            };
            self.answer(&Answer::Line(line)).await;
        }
    }
}

/// The clock of a machine in a given run.
fn clock(now: Now, boots: u32) -> Clock {
    let mut clock = Clock::set_to(Timestamp::from_millis(now.wall - now.elapsed));
    for _ in 0..boots {
        clock = clock.after_reboot();
    }
    let elapsed = u64::try_from(now.elapsed).expect("time goes on");
    clock.advance(Duration::from_millis(elapsed));
    clock.set_trusted(now.is_trusted);
    clock
}

fn id(session: &str) -> SessionId {
    SessionId::parse(session).expect("a session's id")
}

fn acknowledgement(receipt: &kiosk::domain::Receipt) -> Acknowledgement {
    Acknowledgement {
        attendance_id: receipt.attendance_id.to_string(),
        number: receipt.student.admission_number.to_string(),
        at: receipt.checked_in_at.millis(),
        percentage: receipt.percentage.expect("of the class list").as_f64(),
        is_trusted: !receipt.flags.has(Flag::ClockUntrusted),
    }
}

fn corrected(
    number: String,
    corrected: Result<kiosk::domain::Corrected, CorrectionError>,
) -> Answer {
    match corrected {
        Ok(corrected) => Answer::Recorded(acknowledgement(&corrected.receipt)),
        Err(error) => Answer::Refused {
            number,
            why: format!("{error:?}"),
        },
    }
}
