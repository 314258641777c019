//! A store with an open session, whose check-ins are owed to a remote that does as it is told.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};

use crate::clock::Clock;
use crate::domain::{
    AdmissionNumber, Channel, Correction, CorrectionOrder, Delivery, HandMark, PersonName, Reading,
    Reason, RemoteStatus, Report, Semester, SessionId, StaffId, Target, TargetCounts, Timestamp,
    UnitCode, UnknownStudents, Venue, Verdict,
};
use crate::random;
use crate::store::{
    AuditContext, NewCheckIn, NewLecturer, NewSession, NewUnit, OpenError, Rules, Store,
};
use crate::sync::{Contact, Remote, RemoteError, Worker};

use super::reports::nairobi;

pub(super) struct School {
    pub(super) store: Store,
    pub(super) clock: Clock,
    session: SessionId,
    students: u32,
    /// The remotes that are owed reports.
    pub(super) targets: Vec<Target>,
    _directory: tempfile::TempDir,
}

impl School {
    pub(super) async fn open() -> Self {
        Self::opened_by(Store::open).await
    }

    /// As [`Store::open`] or [`Store::open_inline`] opens it.
    pub(super) async fn opened_by(open: fn(&Path) -> Result<Store, OpenError>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory.path().join("kiosk.db")).unwrap();
        let start = Timestamp::parse("2026-11-22T06:00:00Z").unwrap();
        let staff_id = StaffId::parse("S1").unwrap();
        let lecturer = NewLecturer {
            staff_id: staff_id.clone(),
            name: PersonName::parse("Dr. Smith").unwrap(),
            department: String::new(),
            is_admin: true,
            pin_hash: None,
        };
        let add = store.add_lecturer(lecturer, "test".to_owned(), start);
        add.await.unwrap().unwrap();
        let unit = NewUnit {
            code: UnitCode::parse("CS101").unwrap(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        let add = store.add_unit(unit.clone(), "test".to_owned(), start);
        add.await.unwrap().unwrap();
        let session = NewSession {
            unit: unit.code,
            semester: Semester::parse("1").unwrap(),
            starts_at: start,
            ends_at: start + Duration::from_secs(7200),
            date: nairobi().date(start),
            venue: Venue::default(),
            unset_start: None,
            planned: None,
        };
        let session = store.open_session(session, 13, "test".to_owned(), start);
        Self {
            session: session.await.unwrap().unwrap().session.id,
            clock: Clock::set_to(start),
            store,
            students: 0,
            targets: vec![Target::Portal],
            _directory: directory,
        }
    }

    /// So many new students check in, and the portal, or another target, is owed a report of each.
    pub(super) async fn check_in(&mut self, count: u32) {
        // Nobody takes these back: the portal is told at once.
        self.check_in_by(Channel::Cli, count).await;
    }

    /// So many new students check in at a door.
    pub(super) async fn check_in_by(&mut self, channel: Channel, count: u32) {
        // At the session's start, whatever the time is now; waits go by the machine's count.
        let read = Reading {
            at: Timestamp::parse("2026-11-22T06:00:00Z").unwrap(),
            ..self.clock.reading()
        };
        let numbers = self.students..self.students + count;
        self.students += count;
        let check_ins = numbers.map(|number| {
            let new = NewCheckIn {
                attendance_id: random::uuid(),
                session: self.session,
                admission_number: AdmissionNumber::parse(&format!("ADM/{number}")).unwrap(),
                student_name: Some(PersonName::parse("Jane Doe").unwrap()),
                insists: false,
                typed_as: crate::domain::TypedAs::Number,
                channel,
                device: None,
                routing: crate::domain::Routing::Named,
                read: read.clone(),
            };
            self.store.check_in(new, self.rules())
        });
        for answer in join_all(check_ins).await {
            answer.unwrap().unwrap();
        }
    }

    /// The first student turns out to have been late.
    pub(super) async fn correct_the_first(&self) {
        let order = CorrectionOrder {
            session: self.session,
            admission_number: AdmissionNumber::parse("ADM/0").unwrap(),
            correction: Correction::Mark(HandMark::Late { minutes: Some(9) }),
            name: None,
            reason: Reason::parse("seen at the door").unwrap(),
        };
        let hand = AuditContext {
            actor: "S1".to_owned(),
            channel: Channel::Lecturer,
            now: self.clock.now(),
            monotonic: self.clock.monotonic(),
            clock_trusted: true,
            uptime: self.clock.uptime(),
        };
        let corrected = self.store.correct(order, self.rules(), hand).await;
        assert!(corrected.unwrap().unwrap().changed);
    }

    fn rules(&self) -> Rules {
        Rules {
            unknown_students: UnknownStudents::Register,
            deliver_to: self.targets.clone(),
            zone: nairobi(),
            ..Rules::default()
        }
    }

    pub(super) async fn counts(&self) -> TargetCounts {
        self.store.counts(Target::Portal).await.unwrap()
    }

    pub(super) fn worker(
        &self,
        remote: &Arc<impl Remote + 'static>,
    ) -> (Worker, tokio::sync::watch::Receiver<RemoteStatus>) {
        let remote: Arc<dyn Remote> = remote.clone();
        let id = "kiosk-1".to_owned();
        Worker::new(self.store.clone(), self.clock.clone(), id, remote)
    }
}

/// What the remote is told to do with everything it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Play {
    Take,
    BeDown,
    /// Accept connections, and fail every call.
    Fail,
    Ask(Duration),
    /// Take all but the first.
    AskAfterOne(Duration),
    Refuse,
    CallItTheirs,
    Bar,
    /// Answer with no verdicts at all.
    SayNothing,
    Hang,
}

pub(super) struct Puppet {
    target: Target,
    /// How long a test takes.
    test_takes: Duration,
    play: Mutex<Play>,
    calls: Mutex<Vec<Vec<Report>>>,
    pub(super) called: tokio::sync::Notify,
}

/// Reports in one call to a [`Puppet`].
pub(super) const BATCH: usize = 10;

impl Puppet {
    pub(super) fn told_to(play: Play) -> Arc<Self> {
        Self::of(Target::Portal, Duration::ZERO, play)
    }

    pub(super) fn of(target: Target, test_takes: Duration, play: Play) -> Arc<Self> {
        Arc::new(Self {
            target,
            test_takes,
            play: Mutex::new(play),
            calls: Mutex::new(Vec::new()),
            called: tokio::sync::Notify::new(),
        })
    }

    pub(super) fn tell(&self, play: Play) {
        *self.play.lock().unwrap() = play;
    }

    pub(super) fn calls(&self) -> Vec<Vec<Report>> {
        self.calls.lock().unwrap().clone()
    }

    fn play(&self) -> Play {
        *self.play.lock().unwrap()
    }
}

fn verdict(play: Play, index: usize, report: &Report) -> Verdict {
    let postponed = |retry_after| Verdict::Postponed {
        error: "down".to_owned(),
        retry_after,
    };
    match play {
        Play::BeDown | Play::Fail => postponed(None),
        Play::Ask(wait) => postponed(Some(wait)),
        Play::AskAfterOne(wait) if index > 0 => postponed(Some(wait)),
        Play::Take | Play::AskAfterOne(_) => Verdict::Delivered {
            document_id: report.attendance_id.to_string(),
            answer: "{}".to_owned(),
        },
        Play::Refuse => Verdict::Refused {
            error: "no".to_owned(),
            answer: "{}".to_owned(),
        },
        Play::CallItTheirs => Verdict::Duplicate {
            theirs: "theirs".to_owned(),
            answer: "{}".to_owned(),
        },
        Play::Bar | Play::SayNothing | Play::Hang => Verdict::Unauthorized {
            error: "no key".to_owned(),
        },
    }
}

impl Remote for Puppet {
    fn target(&self) -> Target {
        self.target
    }

    fn max_batch(&self) -> usize {
        BATCH
    }

    fn deliver<'a>(&'a self, reports: &'a [Report]) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            self.calls.lock().unwrap().push(reports.to_vec());
            self.called.notify_one();
            let play = self.play();
            match play {
                Play::SayNothing => Vec::new(),
                Play::Hang => std::future::pending().await,
                _ => reports
                    .iter()
                    .enumerate()
                    .map(|(index, report)| verdict(play, index, report))
                    .collect(),
            }
        }
        .boxed()
    }

    /// Takes every correction.
    fn correct<'a>(&'a self, due: &'a [Delivery]) -> BoxFuture<'a, Vec<Verdict>> {
        let taken = |delivery: &Delivery| verdict(Play::Take, 0, &delivery.report);
        std::future::ready(due.iter().map(taken).collect()).boxed()
    }

    fn test(&self) -> BoxFuture<'_, Result<Contact, RemoteError>> {
        let answer = match self.play() {
            Play::BeDown => Err(RemoteError::unreachable("down")),
            _ => Ok(Contact::Reachable("connected".to_owned())),
        };
        async move {
            if !self.test_takes.is_zero() {
                tokio::time::sleep(self.test_takes).await;
            }
            answer
        }
        .boxed()
    }
}
