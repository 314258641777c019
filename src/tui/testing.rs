//! What the tests of the screen share: models to start from, and how to press keys, answer and look.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal as RatatuiTerminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr as _;
use uuid::Uuid;

use super::model::Model;
use super::msg::{Effect, Msg, StaffReply};
use super::request::{RequestKind, StaffAnswer, StaffRequest};
use super::site::Site;
use super::stroke::Stroke;
use super::terminal::Terminal;
use super::theme::Theme;
use super::{staff, update, view};
use crate::domain::{
    AdmissionNumber, Arrival, AttendanceStatus, AuditLine, Board, Change, Channel, CheckInAnswer,
    CountReason, CountingPolicy, Counts, Decision, DecisionReason, EditEffect, Enrolment,
    EnrolmentSource, ExcuseCategory, ExcuseFact, ExcuseId, Excused, Flag, Flags, Interval,
    LectureHead, LectureHistory, LectureLine, LectureProblem, LectureStage, LectureState, Lecturer,
    Listing, Mark, NumberChange, NumberEffect, NumberOrder, Percentage, PersonName, PlaceEffect,
    Punctuality, Receipt, RecordEffect, RecordFate, RecordState, Refusal, RemoteAnswer,
    RemoteAnswers, RemoteStatus, Roster, RosterLine, Rotation, Semester, Session, SessionId,
    SessionKey, SessionState, StaffId, StudentHistory, StudentLine, Target, TargetCounts,
    Timestamp, TimetableEntry, Totals, Unit, UnitCode, Venue, WhenAndWhere, Windows, Zone, sample,
};
use crate::services::export::ExportFolders;
use crate::services::{
    Drain, GivenExcuse, PinVersion, RemoteSession, RemoteSnapshot, Shown, SignIn, Snapshot,
    StudentRecord, UnitRecord,
};
use crate::words::{Language, Message, Voice};

/// The characters that every Linux console font has.
pub(super) fn console_glyphs() -> HashSet<char> {
    include_str!("../../tests/data/console-glyphs.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("both\tU+"))
        .filter_map(|rest| {
            let (code, _) = rest.split_once('\t')?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?)
        })
        .collect()
}

/// The brightness of the upper and lower half of each cell, top to bottom.
pub(super) fn half_cells(buffer: &Buffer) -> Vec<Vec<u8>> {
    let mut rows = Vec::new();
    for cells in buffer.content().chunks(buffer.area.width.into()) {
        let halves = |upper: bool| {
            cells
                .iter()
                .map(|cell| {
                    let inked = match cell.symbol() {
                        "█" => true,
                        "▀" => upper,
                        "▄" => !upper,
                        _ => false,
                    };
                    brightness(if inked { cell.fg } else { cell.bg })
                })
                .collect()
        };
        rows.push(halves(true));
        rows.push(halves(false));
    }
    rows
}

fn brightness(colour: Color) -> u8 {
    match colour {
        Color::Rgb(red, _, _) => red,
        Color::White | Color::Indexed(231) => 255,
        _ => 0,
    }
}

/// A screen of the given terminal at 09:05:28 on a Sunday in Nairobi, in the fourth session of
/// CS101 with sixty students, and with everything in order.
pub(super) fn screen(variables: &[(&str, &str)]) -> Model {
    let terminal = Terminal::from_variables(
        |name| {
            let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        },
        || false,
    );
    let site = Site {
        name: "Main campus, room 101".to_owned(),
        voice: Voice {
            language: if variables.contains(&("LANGUAGE", "pseudo")) {
                Language::Pseudo
            } else {
                Language::English
            },
            zone: Zone::parse("Africa/Nairobi").unwrap(),
        },
        windows: Windows {
            opens_before: Duration::from_mins(10),
            on_time: Duration::from_mins(10),
        },
        rotation: Rotation::Every(Duration::from_secs(20)),
        not_me_key: '-',
        result_for: Duration::from_secs(4),
        lock_after: Duration::from_mins(2),
        session_lasts: Duration::from_hours(2),
        venue: Venue::parse("Room 101").unwrap(),
        semester: Semester::parse("1").unwrap(),
        export_folders: ExportFolders::new(PathBuf::from("/var/lib/kiosk/exports")),
        demo: None,
    };
    let mut model = Model::new(site, Theme::of(&terminal), at("09:05:28"));
    let remote = |target, status, waiting| RemoteSnapshot {
        drain: Drain::default(),
        target,
        status,
        counts: TargetCounts {
            waiting,
            ..TargetCounts::default()
        },
    };
    let timed_out = RemoteStatus::Unreachable {
        error: "timed out".to_owned(),
    };
    model.snapshot = Arc::new(Snapshot {
        not_set_up: false,
        shown: Some(Shown {
            board: board(),
            key: SessionKey::from_bytes([7; 32]),
        }),
        other_open: 0,
        address: Some("http://192.168.100.200:8080".to_owned()),
        remotes: vec![
            remote(Target::Firestore, RemoteStatus::Connected, 0),
            remote(Target::Portal, timed_out, 3),
        ],
        trouble: None,
        fault: None,
        clock_not_set: false,
        lecture_awaits_clock: false,
        ..Snapshot::default()
    });
    model
}

/// Changes the snapshot that the model has.
pub(super) fn repaint(model: &mut Model, change: impl FnOnce(&mut Snapshot)) {
    change(Arc::make_mut(&mut model.snapshot));
}

/// As [`screen`], but with another session.
pub(super) fn with_session(model: &mut Model, change: impl FnOnce(&mut Board)) {
    repaint(model, |snapshot| {
        change(&mut snapshot.shown.as_mut().unwrap().board);
    });
}

/// As [`screen`], in the terminal that most people have.
pub(super) fn usual_screen() -> Model {
    screen(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")])
}

/// A local time of that Sunday.
pub(super) fn at(local: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-11-22T{local}+03:00")).unwrap()
}

pub(super) fn session() -> Session {
    Session {
        id: SessionId::from_uuid(Uuid::nil()),
        unit_code: UnitCode::parse("CS101").unwrap(),
        unit_name: "Introduction to Programming".to_owned(),
        lecturer_name: "Dr. Amina Smith".to_owned(),
        semester: Semester::parse("1").unwrap(),
        number: 4,
        starts_at: at("09:00:00"),
        ends_at: at("11:00:00"),
        venue: Venue::parse("Room 101").unwrap(),
        state: SessionState::Open,
        reopened_at: None,
    }
}

/// A change of the session that changes nothing.
pub(super) fn unchanged() -> EditEffect {
    let session = session();
    let before = WhenAndWhere {
        unit: session.unit_code,
        group: None,
        voluntary: false,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        venue: session.venue,
        state: LectureStage::Open,
    };
    EditEffect {
        seen: 7,
        after: before.clone(),
        before,
        records: 0,
        judged: Vec::new(),
        by_hand: 0,
        unlisted: None,
        leaves: None,
        after_end: 0,
        clashes: Vec::new(),
        other_kiosks: false,
    }
}

/// A number on the board, and what becomes of it when it is merged into another one.
pub(super) fn merged() -> (NumberOrder, NumberEffect) {
    let number = |text: &str| AdmissionNumber::parse(text).unwrap();
    let order = NumberOrder {
        number: number("ADM/2023/003"),
        change: NumberChange::Merge {
            into: number("ADM/2023/005"),
        },
        reason: None,
    };
    let right = StudentLine {
        admission_number: number("ADM/2023/005"),
        name: PersonName::parse("Amina Njeri").ok(),
    };
    let record = RecordEffect {
        unit: session().unit_code,
        starts_at: at("09:00:00"),
        at: at("09:04:00"),
        fate: RecordFate::Counts,
    };
    let effect = NumberEffect {
        student: StudentLine {
            admission_number: order.number.clone(),
            name: None,
        },
        right: Some(right),
        earlier: Vec::new(),
        records: vec![record.clone(), record],
        kiosks: Vec::new(),
        units: vec![PlaceEffect {
            unit: session().unit_code,
            semester: session().semester,
            before: Some((4, 6)),
            after: Some((6, 7)),
            enrols: false,
        }],
        excuses: 0,
        at_portal: 1,
    };
    (order, effect)
}

pub(super) fn board() -> Board {
    let arrival = |time, channel, masked: &str, punctuality, pending| Arrival {
        attendance_id: Uuid::nil(),
        at: at(time),
        channel,
        masked_number: masked.to_owned(),
        punctuality,
        pending,
    };
    Board {
        session: session(),
        totals: Totals {
            expected: 60,
            present: 42,
            late: 3,
            absent: 14,
            pending: 1,
            ..Totals::default()
        },
        arrivals: vec![
            arrival(
                "09:05:11",
                Channel::Phone,
                "***017",
                Punctuality::OnTime,
                false,
            ),
            arrival(
                "09:04:58",
                Channel::Keypad,
                "***001",
                Punctuality::OnTime,
                true,
            ),
            arrival(
                "09:04:31",
                Channel::Remote,
                "***233",
                Punctuality::late(12),
                false,
            ),
            arrival(
                "09:03:10",
                Channel::Lecturer,
                "***090",
                Punctuality::OnTime,
                false,
            ),
            arrival(
                "09:02:44",
                Channel::Phone,
                "***044",
                Punctuality::OnTime,
                false,
            ),
            arrival(
                "09:02:02",
                Channel::Phone,
                "***031",
                Punctuality::OnTime,
                false,
            ),
        ],
    }
}

/// Five students of the class: one with each mark, and two who are absent.
pub(super) fn roster() -> Roster {
    let line =
        |number: &str, name: Option<&str>, status, came: Option<(&str, Channel)>, attended| {
            RosterLine {
                admission_number: AdmissionNumber::parse(&format!("ADM/2023/{number}")).unwrap(),
                name: name.map(|name| PersonName::parse(name).unwrap()),
                status,
                is_guest: false,
                at: came.map(|(time, _)| at(time)),
                channel: came.map(|(_, channel)| channel),
                punctuality: if status == AttendanceStatus::Late {
                    Punctuality::late(12)
                } else {
                    Punctuality::OnTime
                },
                flags: Flags::NONE
                    .with_if(status == AttendanceStatus::Late, Flag::Late)
                    .with_if(status == AttendanceStatus::Late, Flag::SharedDevice)
                    .with_if(status == AttendanceStatus::Pending, Flag::NameMismatch),
                standing: Some(sample::standing(attended, 5, 12)),
            }
        };
    let phone = |time| Some((time, Channel::Phone));
    Roster {
        session: session(),
        policy: CountingPolicy::default(),
        totals: Totals {
            expected: 5,
            present: 1,
            late: 1,
            absent: 2,
            pending: 1,
            ..Totals::default()
        },
        lines: vec![
            line(
                "001",
                Some("Amina Njeri Wanjiku"),
                AttendanceStatus::Present,
                phone("09:01:10"),
                5,
            ),
            line(
                "002",
                Some("Brian Otieno"),
                AttendanceStatus::Late,
                phone("09:12:20"),
                4,
            ),
            line(
                "003",
                None,
                AttendanceStatus::Pending,
                Some(("08:59:50", Channel::Keypad)),
                4,
            ),
            line(
                "004",
                Some("Caleb Kiprop"),
                AttendanceStatus::Absent,
                None,
                4,
            ),
            line("005", Some("Zoë Maina"), AttendanceStatus::Absent, None, 2),
        ],
    }
}

/// The same class with an excused student, a guest and a stranger, who come first by number.
pub(super) fn roster_with_guests() -> Roster {
    let mut roster = roster();
    let line = |number: &str, name: &str, time| RosterLine {
        admission_number: AdmissionNumber::parse(number).unwrap(),
        name: PersonName::parse(name).ok(),
        is_guest: true,
        at: Some(at(time)),
        ..roster.lines[0].clone()
    };
    let stranger = RosterLine {
        standing: None,
        ..line("ADM/2022/008", "Wanjiru Kamau", "09:03:40")
    };
    let guest = line("ADM/2022/007", "Otieno Odhiambo", "09:02:00");
    roster.lines[3].status = AttendanceStatus::NotYet;
    roster.lines[4].status = AttendanceStatus::Excused;
    roster.lines.splice(0..0, [guest, stranger]);
    roster.totals = Totals {
        absent: 0,
        not_yet: 1,
        excused: 1,
        guests: 2,
        ..roster.totals
    };
    roster
}

/// A unit with an open question of each kind, and students with every decision.
pub(super) fn exam_record() -> UnitRecord {
    let lecture = |number: u128, weeks: u64, state, opened: bool| {
        let starts_at = at("09:00:00") - Duration::from_hours(24 * 7 * weeks);
        LectureHead {
            id: SessionId::from_uuid(Uuid::from_u128(number)),
            state,
            starts_at,
            date: Zone::parse("Africa/Nairobi").unwrap().date(starts_at),
            session: opened.then(|| Session {
                id: SessionId::from_uuid(Uuid::from_u128(number)),
                starts_at,
                state: SessionState::Closed,
                ..session()
            }),
        }
    };
    let lines = exam_lines();
    let student = |number: &str, name: &str, listing, standing| StudentRecord {
        student: StudentLine {
            admission_number: AdmissionNumber::parse(&format!("ADM/2023/{number}")).unwrap(),
            name: PersonName::parse(name).ok(),
        },
        enrolment: Enrolment::default(),
        listing,
        lines: lines.to_vec(),
        standing,
    };
    let with = |attended, decision, reasons: &[DecisionReason]| {
        let mut standing = sample::standing(attended, 7, 12);
        standing.exam.decision = decision;
        standing.exam.reasons = reasons.to_vec();
        Some(standing)
    };
    let open = [
        DecisionReason::LecturesUnknown,
        DecisionReason::MarksPending,
        DecisionReason::Running,
    ];
    let (yes, no, open_yet) = (
        Decision::Eligible,
        Decision::NotEligible,
        Decision::Undecided,
    );
    UnitRecord {
        unit: session().unit_code,
        semester: session().semester,
        policy: CountingPolicy::default(),
        as_of: at("09:05:28"),
        complete: false,
        lectures: vec![
            lecture(1, 4, LectureStage::Closed, true),
            lecture(2, 3, LectureStage::Closed, true),
            lecture(3, 2, LectureStage::Planned, false),
            // Other kiosks have not told who came to it.
            lecture(4, 1, LectureStage::Closed, true),
        ],
        totals: vec![Totals::default(); 4],
        students: vec![
            student(
                "001",
                "Amina Njeri Wanjiku",
                Listing::Main,
                with(6, yes, &[]),
            ),
            student(
                "002",
                "Brian Otieno",
                Listing::Main,
                with(4, no, &[DecisionReason::BelowRequired]),
            ),
            student(
                "003",
                "Caleb Kiprop",
                Listing::Main,
                with(1, no, &[DecisionReason::Withdrawn]),
            ),
            student("004", "Zoë Maina", Listing::Main, with(5, open_yet, &open)),
            student("006", "Wanjiru Kamau", Listing::Stranger, None),
            student(
                "005",
                "Otieno Odhiambo",
                Listing::Apart,
                with(5, open_yet, &[DecisionReason::NotOnClassList]),
            ),
        ],
    }
}

/// One lecture attended, and three of which nobody knows.
fn exam_lines() -> [LectureLine; 4] {
    let reasons = [
        CountReason::Attended,
        CountReason::NeedsDecision,
        CountReason::NotKnown,
        CountReason::NotKnown,
    ];
    reasons.map(|reason| LectureLine {
        status: Some(match reason {
            CountReason::Attended => AttendanceStatus::Present,
            _ => AttendanceStatus::Unknown,
        }),
        is_expected: true,
        counts: match reason {
            CountReason::Attended => Counts::Attended,
            _ => Counts::Unknown,
        },
        reason,
    })
}

/// An excuse of the last student for the lecture on the screen.
pub(super) fn excuse(covers: Excused) -> GivenExcuse {
    GivenExcuse {
        id: ExcuseId::from_uuid(Uuid::from_u128(9)),
        fact: ExcuseFact {
            student: AdmissionNumber::parse("ADM/2023/005").unwrap(),
            unit: Some(session().unit_code),
            covers,
            category: ExcuseCategory::Medical,
            by: "T-104".to_owned(),
            taken_back: false,
        },
    }
}

/// The first student's attendance in three lectures, one of them corrected.
pub(super) fn history() -> StudentHistory {
    let record = |mark, time| RecordState {
        mark,
        at: at(time),
        channel: Channel::Phone,
        punctuality: Punctuality::OnTime,
        flags: Flags::NONE,
        percentage: Some(Percentage::of(1, 12)),
        typed_name: None,
        name: PersonName::parse("Amina Njeri Wanjiku").ok(),
        merged_into: None,
    };
    let lecture = |number, days: u64, record: Option<RecordState>| {
        let reason = match record.as_ref().map(|record| record.mark) {
            None | Some(Mark::TakenBack) => CountReason::Absent,
            Some(Mark::Removed) => CountReason::MarkRemoved,
            Some(_) => CountReason::Attended,
        };
        let session = Session {
            number,
            starts_at: at("09:00:00") - Duration::from_hours(24 * days),
            ..session()
        };
        LectureHistory {
            record,
            ..in_history(session, reason)
        }
    };
    let mut corrected = lecture(3, 7, Some(record(Mark::Removed, "09:03:00")));
    corrected.corrections.push(AuditLine {
        id: 7,
        at: at("09:30:00"),
        actor: "T-104".to_owned(),
        action: "attendance.unmarked".to_owned(),
        subject: String::new(),
        record: None,
        change: Change::Record {
            before: Some(Box::new(record(Mark::Present, "09:03:00"))),
            after: Box::new(record(Mark::Removed, "09:03:00")),
        },
        reason: Some("left at once".to_owned()),
        undoes: None,
    });
    StudentHistory {
        unit: session().unit_code,
        semester: session().semester,
        admission_number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
        name: PersonName::parse("Amina Njeri Wanjiku").ok(),
        enrolment: Enrolment::of(vec![Interval::from(
            chrono::NaiveDate::from_ymd_opt(2026, 9, 1),
            EnrolmentSource::Roster,
        )]),
        listing: Listing::Main,
        standing: Some(sample::standing(1, 3, 12)),
        lectures: vec![
            lecture(2, 14, None),
            corrected,
            lecture(4, 0, Some(record(Mark::Present, "09:01:10"))),
        ],
    }
}

/// A lecture that counts for a reason, without a record.
fn in_history(session: Session, reason: CountReason) -> LectureHistory {
    let counts = match reason {
        CountReason::Attended => Counts::Attended,
        CountReason::Absent | CountReason::Pending | CountReason::MarkRemoved => Counts::Missed,
        CountReason::Upcoming => Counts::ToCome,
        _ => Counts::LeftOut,
    };
    LectureHistory {
        lecture: LectureHead {
            id: session.id,
            state: session.state.into(),
            starts_at: session.starts_at,
            date: session.date(Zone::parse("Africa/Nairobi").unwrap()),
            session: Some(session),
        },
        line: LectureLine {
            status: None,
            is_expected: true,
            counts,
            reason,
        },
        record: None,
        first: None,
        corrections: Vec::new(),
    }
}

/// A student of a long semester, with a lecture of every kind.
pub(super) fn long_history() -> StudentHistory {
    let kinds = [
        CountReason::BeforeStart,
        CountReason::Attended,
        CountReason::Attended,
        CountReason::Attended,
        CountReason::Absent,
        CountReason::Cancelled,
        CountReason::Pending,
        CountReason::MarkRemoved,
        CountReason::Attended,
        CountReason::Upcoming,
    ];
    let lectures = (1..)
        .zip(kinds.iter().cycle().take(30))
        .map(|(number, &reason)| {
            let session = Session {
                number,
                starts_at: at("09:00:00") - Duration::from_hours(24 * u64::from(30 - number)),
                ends_at: at("11:00:00") - Duration::from_hours(24 * u64::from(30 - number)),
                ..session()
            };
            in_history(session, reason)
        });
    StudentHistory {
        standing: Some(sample::standing(12, 21, 36)),
        lectures: lectures.collect(),
        ..history()
    }
}

/// Today's lectures: one that is open, one to come here, one that could not be opened, one cancelled.
pub(super) fn lectures() -> Vec<TimetableEntry> {
    let lecture = |id, (from, until): (&str, &str), code, name: &str, venue: &str, state| {
        let unit = unit(code, name);
        TimetableEntry {
            id,
            lecture: session().id,
            unit_code: unit.code,
            unit_name: unit.name,
            lecturer_staff_id: unit.lecturer_staff_id,
            lecturer_name: unit.lecturer_name,
            starts_at: at(from),
            ends_at: at(until),
            venue: Venue::parse(venue).unwrap(),
            state,
        }
    };
    let opened = LectureState::Opened {
        session: session().id,
        state: SessionState::Open,
    };
    let blocked = LectureState::Blocked {
        problem: LectureProblem::Words("MA110 has had all 12 sessions of this semester".to_owned()),
    };
    let [first, second] = ["Introduction to Programming", "Discrete Mathematics"];
    vec![
        lecture(
            1,
            ("09:00:00", "11:00:00"),
            "CS101",
            first,
            "Room 101",
            opened,
        ),
        lecture(
            2,
            ("11:00:00", "13:00:00"),
            "CS204",
            "Operating Systems",
            "room 101",
            LectureState::Planned,
        ),
        lecture(
            3,
            ("14:00:00", "15:00:00"),
            "MA110",
            second,
            "Great hall",
            blocked,
        ),
        lecture(
            4,
            ("16:00:00", "18:00:00"),
            "CS101",
            first,
            "Room 7",
            LectureState::Cancelled,
        ),
    ]
}

/// The open sessions of two other kiosks; this kiosk has joined the second.
pub(super) fn remote_sessions() -> Vec<RemoteSession> {
    let remote = |id, code, kiosk: &str, is_joined| RemoteSession {
        session: Session {
            id: SessionId::from_uuid(Uuid::from_u128(id)),
            unit_code: UnitCode::parse(code).unwrap(),
            venue: Venue::parse("Great hall").unwrap(),
            ..session()
        },
        kiosk_id: kiosk.to_owned(),
        is_joined,
    };
    vec![
        remote(1, "CS204", "hall-left", false),
        remote(2, "CS101", "hall-right", true),
    ]
}

pub(super) fn receipt() -> Receipt {
    Receipt {
        attendance_id: Uuid::nil(),
        student: StudentLine {
            admission_number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
            name: PersonName::parse("Amina Njeri Wanjiku").ok(),
        },
        session: session(),
        is_elsewhere: false,
        checked_in_at: at("09:05:27"),
        channel: Channel::Keypad,
        punctuality: Punctuality::OnTime,
        pending: false,
        flags: Flags::NONE,
        percentage: Some(Percentage::of(4, 12)),
        listing: Listing::Main,
        standing: Some(sample::standing(4, 4, 12)),
        delivery: RemoteAnswers {
            firestore: RemoteAnswer::Queued,
            portal: RemoteAnswer::Queued,
        },
    }
}

pub(super) fn recorded() -> CheckInAnswer {
    CheckInAnswer::Recorded(Box::new(receipt()))
}

pub(super) fn taken_back() -> CheckInAnswer {
    CheckInAnswer::TakenBack(Box::new(receipt()))
}

pub(super) fn lecturer(is_admin: bool) -> Lecturer {
    Lecturer {
        staff_id: StaffId::parse("T-104").unwrap(),
        name: "Dr. Amina Smith".to_owned(),
        department: String::new(),
        is_admin,
        has_left: false,
        has_pin: true,
    }
}

/// The sign-in of the lecturer.
pub(super) fn signed_in(is_admin: bool) -> SignIn {
    SignIn {
        lecturer: lecturer(is_admin),
        pin: PinVersion::default(),
    }
}

pub(super) fn unit(code: &str, name: &str) -> Unit {
    Unit {
        code: UnitCode::parse(code).unwrap(),
        name: name.to_owned(),
        lecturer_staff_id: StaffId::parse("T-104").unwrap(),
        lecturer_name: "Dr. Amina Smith".to_owned(),
        policy: CountingPolicy::default(),
        own_policy: crate::domain::UnitPolicy::default(),
        retired: false,
        enrolled: 60,
    }
}

/// Opens the staff area and signs the lecturer in.
pub(super) fn sign_in(model: &mut Model) {
    update(model, Msg::Stroke(Stroke::Staff));
    press(model, "t-104\n1234\n");
    reply(model, StaffAnswer::SignedIn(Ok(signed_in(false))));
}

/// What the lecturer asks for in the first staff session.
pub(super) fn asked(request: StaffRequest) -> Effect {
    let first = super::request::StaffSessionId::default().next();
    Effect::Request(first, Box::new(signed_in(false)), request)
}

/// An answer to what the staff session asked for that is open now.
pub(super) fn reply_of(model: &Model, answer: StaffAnswer) -> Msg {
    let kind = match answer {
        StaffAnswer::SignedIn(_) | StaffAnswer::FirstPinSet(_) => RequestKind::SignIn,
        StaffAnswer::Units(..)
        | StaffAnswer::Excuses(..)
        | StaffAnswer::Enrolment(_)
        | StaffAnswer::UndoNext(..) => RequestKind::Open,
        StaffAnswer::Finished(_) | StaffAnswer::NumberIs(..) => RequestKind::Change,
        StaffAnswer::RemoteSessions(_)
        | StaffAnswer::History(_)
        | StaffAnswer::EditEffect(..)
        | StaffAnswer::UndoEffect(..)
        | StaffAnswer::NumberEffect(..) => RequestKind::Read,
        StaffAnswer::ReasonNeeded(_)
        | StaffAnswer::NameNeeded(_)
        | StaffAnswer::Noted(_)
        | StaffAnswer::Done(_)
        | StaffAnswer::MayLeave
        | StaffAnswer::AccessRevoked => RequestKind::Session,
        // What a page shows.
        _ => RequestKind::Refresh,
    };
    Msg::Reply(StaffReply {
        staff_session: model.staff_session,
        kind,
        answer: Some(answer),
    })
}

/// Answers what the staff area asked for.
pub(super) fn reply(model: &mut Model, answer: StaffAnswer) -> Option<Effect> {
    let reply = reply_of(model, answer);
    update(model, reply)
}

/// Breaks off what the staff area asked for.
pub(super) fn break_off(model: &mut Model, kind: RequestKind) {
    let reply = StaffReply {
        staff_session: model.staff_session,
        kind,
        answer: None,
    };
    update(model, Msg::Reply(reply));
}

/// Presses the keys of a text; a line break is Enter.
pub(super) fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.chars()
        .filter_map(|key| {
            let stroke = if key == '\n' {
                Stroke::Enter
            } else {
                Stroke::Character(key)
            };
            update(model, Msg::Stroke(stroke))
        })
        .collect()
}

/// Answers the check-in that is awaited.
pub(super) fn answer(model: &mut Model, answer: Result<CheckInAnswer, Refusal>) -> Option<Effect> {
    update(model, Msg::CheckedIn(Box::new(answer)))
}

/// Advances the time by some seconds.
pub(super) fn wait(model: &mut Model, seconds: u64) {
    let later = model.now + Duration::from_secs(seconds);
    update(model, Msg::Clock(later));
}

/// What the screen looks like.
pub(super) fn drawn(model: &Model, width: u16, height: u16) -> Buffer {
    let mut terminal = RatatuiTerminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(frame, model)).unwrap();
    terminal.backend().buffer().clone()
}

/// The characters of the screen, line by line, without the blanks at their ends.
pub(super) fn text_of(buffer: &Buffer) -> String {
    let width = buffer.area.width;
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let cell = &buffer[(x, y)];
            let symbol = cell.symbol();
            // Painted blocks are shown as blocks.
            let lit = cell.bg != Color::Reset && brightness(cell.bg) > 100;
            line.push_str(match symbol {
                " " if lit && cell.bg == cell.fg => "█",
                "▄" if lit => "▀",
                symbol => symbol,
            });
            x += u16::try_from(symbol.width().max(1)).unwrap();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What the usual screen says.
pub(super) fn said<'a>(message: impl Into<Message<'a>>) -> String {
    usual_screen().site.voice.say(message)
}

/// What the keypad says of a check-in.
pub(crate) fn answer_of(answer: &Result<CheckInAnswer, Refusal>, zone: Zone) -> String {
    let text = view::answer_text(answer, Voice::english(zone));
    format!("{} {}", text.word, text.sentence)
}

/// The latest arrivals on the public screen, a line for each.
pub(crate) fn latest_of(board: &Board) -> String {
    let mut model = usual_screen();
    with_session(&mut model, |shown| shown.arrivals = board.arrivals.clone());
    let text = text_of(&drawn(&model, 120, 40));
    let lines = text.lines().filter(|line| line.contains("***"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A student's mark in the table of the board and in a sentence.
pub(crate) fn marks_of(line: &RosterLine, zone: Zone) -> String {
    let voice = Voice::english(zone);
    format!(
        "{} {}",
        staff::mark(line, voice),
        staff::mark_in_full(line, voice)
    )
}
