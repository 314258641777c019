//! Whose unit it is, asked of every command there is. The commands are read from the sources, so that a new one
//! fails here until somebody has said what a stranger gets of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::services::export::{ExportError, List};
use crate::services::tests::other_kiosks::next_door;
use crate::services::{LiveBoards, OtherKioskError, StudentError};

/// What doors may ask for that looks at nobody's right, and why that is no hole.
const FOR_ANYBODY: &[(&str, &str)] = &[
    (
        "deliveries.page",
        "the numbers of others' students are masked",
    ),
    ("deliveries.progress", "it counts, and names nobody"),
    ("deliveries.retry", "what is queued is sent, nothing else"),
    ("desk.", "whatever a student may do, anybody may"),
    ("pin_auth.", "this is where rights come from"),
];

fn sources_below(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if ["tests", "testing"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found
}

/// A source with each chain of calls on one line, without comments: how it is laid out is nobody's business here.
fn chained(text: &str) -> String {
    let code = text.lines().map(str::trim);
    let code = code.filter(|line| !line.starts_with("//"));
    code.fold(String::new(), |mut text, line| {
        if !line.starts_with('.') {
            text.push('\n');
        }
        text + line
    })
}

/// Every public command of the services, `sessions.close`, and whether it is told who asks.
fn commands() -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for (path, text) in sources_below("services") {
        let module = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let module = match module.iter().nth(2).unwrap().to_str().unwrap() {
            "export" => "exports",
            "live_boards.rs" => "boards",
            file => file.trim_end_matches(".rs"),
        };
        for function in text.split("pub async fn ").skip(1) {
            let (name, rest) = function.split_once('(').unwrap();
            let signature = rest.split_once('{').unwrap().0;
            found.insert(format!("{module}.{name}"), signature.contains("Actor<"));
        }
    }
    found
}

/// What a door's source asks for without saying in whose name, where somebody's right matters.
fn unguarded(text: &str, commands: &BTreeMap<String, bool>) -> Vec<String> {
    let text = chained(text);
    let mut found = Vec::new();
    if text.contains("Actor::Shell") {
        found.push("asks as the shell".to_owned());
    }
    for (command, is_told_who) in commands {
        let is_open = FOR_ANYBODY
            .iter()
            .any(|(open, _)| command.starts_with(open));
        let is_asked = text.match_indices(&format!("{command}(")).any(|(at, _)| {
            // `services.sessions.close(` and `sessions.close(`, but not `my_timetable.close(`.
            !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        if is_asked && !is_told_who && !is_open {
            found.push(command.clone());
        }
    }
    found
}

/// Dr. Other, who has charge of nothing.
fn stranger() -> Lecturer {
    Lecturer {
        staff_id: StaffId::parse("S2").unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    }
}

/// What each command gives a lecturer of a unit that is not theirs, when it is asked for everything there is.
#[expect(clippy::too_many_lines, reason = "a table, a command after the other")]
async fn attempts(school: &School, who: &Lecturer) -> Vec<(&'static str, String)> {
    fn said<T: std::fmt::Debug>(answer: Result<T, SessionError>) -> String {
        match answer {
            Err(SessionError::Forbidden(_)) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn corrected<T: std::fmt::Debug>(answer: Result<T, CorrectionError>) -> String {
        match answer {
            Err(CorrectionError::Forbidden(_)) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn exported<T: std::fmt::Debug>(answer: Result<T, ExportError>) -> String {
        match answer {
            Err(ExportError::Forbidden(_)) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn administered<T: std::fmt::Debug>(answer: Result<T, AdministrationError>) -> String {
        match answer {
            Err(AdministrationError::Forbidden | AdministrationError::OfAnother(_)) => {
                "refused".to_owned()
            }
            other => format!("{other:?}"),
        }
    }
    fn listed<T: std::fmt::Debug>(answer: Result<Vec<T>, StoreError>) -> String {
        match answer {
            Ok(list) if list.is_empty() => "nothing".to_owned(),
            other => format!("{other:?}"),
        }
    }
    fn numbered<T: std::fmt::Debug>(answer: Result<T, StudentError>) -> String {
        match answer {
            Err(StudentError::Forbidden(_)) => "refused".to_owned(),
            other => format!("{other:?}"),
        }
    }
    let Services {
        students,
        sessions,
        timetable,
        corrections,
        administration,
        exports,
        ..
    } = &school.services;
    // No publisher runs: a lecturer who has the right hears that the kiosk is stopping.
    let (boards, _) = LiveBoards::new(school.store.clone(), &school.services);
    let (other_kiosks, elsewhere) = next_door(school);
    let session = sessions.list(Actor::Shell("test"), 1).await.unwrap()[0].id;
    let planned = timetable.today(Actor::Shell("test")).await.unwrap()[0].id;
    let today = school.desk.zone().date(school.clock.now());
    let student = AdmissionNumber::parse("ADM/1").unwrap();
    let (new_id, new_unit) = (
        StaffId::parse("S9").unwrap(),
        UnitCode::parse("CS909").unwrap(),
    );
    let name = || PersonName::parse("Dr. New").unwrap();
    let (reason, by) = (|| "because".to_owned(), Actor::Lecturer(who));
    let opening = opening(None, minutes(60));
    let order = CorrectionOrder {
        session,
        admission_number: student.clone(),
        correction: Correction::Unmark,
        name: None,
        reason: Reason::parse("because").unwrap(),
    };
    let renumbering = NumberOrder {
        number: student.clone(),
        change: NumberChange::Remove,
        reason: None,
    };
    let place = Place {
        unit: unit(),
        semester: administration.semester().clone(),
        number: student.clone(),
    };
    let list = || ClassList {
        unit: unit(),
        semester: administration.semester().clone(),
        students: Vec::new(),
        newcomers: None,
    };
    let assignment = AssignmentFact {
        role: None,
        from: None,
        until: None,
    };
    let excuse = ExcuseOrder {
        student: student.clone(),
        unit: None,
        covers: Excused::Lecture(session),
        category: ExcuseCategory::Other,
    };
    let given = administration.excuses(Actor::Shell("test"), ExcuseQuery::default());
    let excused = given.await.unwrap()[0].id;
    let everything = AuditFilter {
        limit: 50,
        ..AuditFilter::default()
    };
    let list_of_others = match other_kiosks.list_remote(by).await {
        Ok(list) if list.is_empty() => "nothing".to_owned(),
        other => format!("{other:?}"),
    };
    vec![
        (
            "exports.timetable",
            match exports.timetable(by, None).await {
                Ok(sheet) if sheet.rows.is_empty() => "nothing".to_owned(),
                other => format!("{other:?}"),
            },
        ),
        (
            "students.check_number",
            numbered(students.check_number(by, &student).await),
        ),
        (
            "students.preview_number",
            numbered(students.preview_number(by, renumbering.clone()).await),
        ),
        (
            "students.change_number",
            numbered(students.change_number(by, renumbering).await),
        ),
        (
            "students.came_last",
            numbered(students.came_last(by, session, student.clone()).await),
        ),
        (
            "students.undo_number",
            numbered(students.undo_number(by, student.clone()).await),
        ),
        ("sessions.open", said(sessions.open(by, opening).await)),
        ("sessions.close", said(sessions.close(by, session).await)),
        (
            "sessions.extend",
            said(sessions.extend(by, session, minutes(5)).await),
        ),
        (
            "sessions.reopen",
            said(sessions.reopen(by, session, reason()).await),
        ),
        (
            "sessions.cancel",
            said(sessions.cancel(by, session, reason()).await),
        ),
        ("sessions.roster", said(sessions.roster(by, session).await)),
        (
            "timetable.cancel_lecture",
            said(timetable.cancel_lecture(by, planned, reason()).await),
        ),
        (
            "sessions.preview_edit",
            said(
                sessions
                    .preview_edit(by, session, SessionEdit::default())
                    .await,
            ),
        ),
        (
            "sessions.edit",
            said(
                sessions
                    .edit(by, session, SessionEdit::default(), None)
                    .await,
            ),
        ),
        (
            "sessions.preview_undo",
            said(sessions.preview_undo(by, session).await),
        ),
        (
            "sessions.undo_edit",
            said(sessions.undo_edit(by, session, None).await),
        ),
        ("sessions.today", listed(sessions.today(by).await)),
        (
            "sessions.settle",
            said(sessions.settle(by, session, LectureSettled::NotHeld).await),
        ),
        (
            "sessions.change_audience",
            said(
                sessions
                    .change_audience(by, session, Audience::default())
                    .await,
            ),
        ),
        (
            "exports.unit_record",
            exported(exports.unit_record(by, unit(), None).await),
        ),
        ("sessions.list", listed(sessions.list(by, 9).await)),
        ("sessions.find", said(sessions.find(by, session).await)),
        (
            "sessions.contested",
            said(sessions.contested(by, session).await),
        ),
        ("timetable.day", listed(timetable.day(by, today).await)),
        ("timetable.today", listed(timetable.today(by).await)),
        (
            "timetable.lecture_fact",
            said(timetable.lecture_fact(by, session).await),
        ),
        ("sessions.get", said(sessions.get(by, session).await)),
        (
            "timetable.open_lecture",
            said(timetable.open_lecture(by, planned).await),
        ),
        ("boards.watch", said(boards.watch(by, session).await)),
        ("other_kiosks.list_remote", list_of_others),
        (
            "other_kiosks.join",
            match other_kiosks.join(by, elsewhere).await {
                Err(OtherKioskError::Forbidden(_)) => "refused".to_owned(),
                other => format!("{other:?}"),
            },
        ),
        (
            "administration.units",
            listed(administration.units(by).await),
        ),
        (
            "administration.lecturers",
            administered(administration.lecturers(by).await),
        ),
        (
            "administration.add_lecturer",
            administered(
                administration
                    .add_lecturer(by, new_id.clone(), name(), String::new(), true, None)
                    .await,
            ),
        ),
        (
            "administration.rotate_keys",
            administered(administration.rotate_keys(by).await),
        ),
        (
            "administration.set_pin",
            administered(
                administration
                    .set_pin(by, new_id.clone(), Pin::parse("1234").unwrap())
                    .await,
            ),
        ),
        (
            "administration.change_lecturer",
            administered(
                administration
                    .change_lecturer(
                        by,
                        new_id.clone(),
                        LecturerChange {
                            name: name(),
                            department: String::new(),
                            is_admin: false,
                            has_left: false,
                        },
                    )
                    .await,
            ),
        ),
        (
            "administration.add_unit",
            administered(
                administration
                    .add_unit(
                        by,
                        NewUnit {
                            code: new_unit.clone(),
                            name: String::new(),
                            lecturer: new_id.clone(),
                            planned_lessons: None,
                        },
                    )
                    .await,
            ),
        ),
        (
            "administration.change_unit",
            administered(
                administration
                    .change_unit(
                        by,
                        new_unit.clone(),
                        UnitFact {
                            name: String::new(),
                            lecturer: new_id.clone(),
                            policy: UnitPolicy::default(),
                            finished: Vec::new(),
                            retired: false,
                        },
                    )
                    .await,
            ),
        ),
        (
            "administration.preview",
            administered(administration.preview(by, list()).await),
        ),
        (
            "administration.import",
            administered(administration.import(by, list()).await),
        ),
        (
            "administration.students",
            administered(administration.students(by, StudentQuery::default()).await),
        ),
        (
            "administration.student_count",
            administered(administration.student_count(by).await),
        ),
        (
            "administration.student",
            administered(administration.student(by, student.clone()).await),
        ),
        (
            "administration.change_student",
            administered(
                administration
                    .change_student(
                        by,
                        student.clone(),
                        StudentChange {
                            name: Some(name()),
                            email: String::new(),
                            phone: String::new(),
                        },
                    )
                    .await,
            ),
        ),
        (
            "administration.change_enrolment",
            administered(
                administration
                    .change_enrolment(
                        by,
                        place.clone(),
                        PlaceChange::Withdraw(administration.today()),
                    )
                    .await,
            ),
        ),
        (
            "administration.check_owner",
            administered(administration.check_owner(by, &unit()).await),
        ),
        (
            "administration.assign",
            administered(
                administration
                    .assign(by, unit(), new_id.clone(), assignment)
                    .await,
            ),
        ),
        (
            "administration.assignments",
            administered(administration.assignments(by, unit()).await),
        ),
        (
            "administration.unit",
            administered(administration.unit(by, unit()).await),
        ),
        (
            "administration.excuse",
            administered(administration.excuse(by, excuse).await),
        ),
        (
            "administration.excuses",
            match administration.excuses(by, ExcuseQuery::default()).await {
                Ok(list) if list.is_empty() => "nothing".to_owned(),
                other => format!("{other:?}"),
            },
        ),
        (
            "administration.take_back_excuse",
            administered(administration.take_back_excuse(by, excused).await),
        ),
        (
            "administration.attendance",
            administered(
                administration
                    .attendance(by, AttendanceQuery::default())
                    .await,
            ),
        ),
        (
            "administration.record",
            administered(administration.record(by, uuid::Uuid::nil()).await),
        ),
        (
            "corrections.correct",
            corrected(corrections.correct(by, order).await),
        ),
        (
            "corrections.preview_list",
            corrected(corrections.preview_list(by, paper_of(session)).await),
        ),
        (
            "corrections.mark_list",
            corrected(corrections.mark_list(by, paper_of(session)).await),
        ),
        (
            "sessions.preview_entry",
            said(sessions.preview_entry(by, yesterday(), paper()).await),
        ),
        (
            "sessions.enter",
            said(sessions.enter(by, yesterday(), paper()).await),
        ),
        (
            "sessions.undo_entry",
            said(sessions.undo_entry(by, session, false).await),
        ),
        (
            "corrections.undo",
            corrected(corrections.undo(by, session, None, None).await),
        ),
        (
            "corrections.history",
            corrected(corrections.history(by, &unit(), None, &student).await),
        ),
        (
            "corrections.trail",
            listed(corrections.trail(by, everything).await),
        ),
        (
            "exports.list",
            exported(exports.list(by, List::Session(session)).await),
        ),
        (
            "exports.session",
            exported(exports.session(by, session).await),
        ),
        (
            "exports.unit",
            exported(exports.unit(by, unit(), None).await),
        ),
        (
            "exports.exam",
            exported(exports.exam(by, unit(), None).await),
        ),
    ]
}

fn paper() -> PaperList {
    PaperList {
        numbers: "ADM/1".to_owned(),
        mark: HandMark::Present,
        takes_unlisted: false,
        reason: None,
    }
}

fn paper_of(session: SessionId) -> PaperListOrder {
    PaperListOrder {
        session,
        list: paper(),
    }
}

fn yesterday() -> Opening {
    let starts_at = Timestamp::parse("2026-11-22T06:00:00Z").unwrap();
    opening(Some(starts_at), minutes(60))
}

#[tokio::test]
async fn a_lecturer_gets_nothing_of_anothers_unit_by_any_command() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    let later = PlannedLecture {
        unit: unit(),
        starts_at: school.clock.now() + minutes(180),
        ends_at: school.clock.now() + minutes(240),
        venue: Venue::default(),
        group: None,
        voluntary: None,
    };
    school.timetable.import(vec![later], "shell").await.unwrap();
    let logged = async || {
        let everything = AuditFilter {
            limit: 99,
            ..AuditFilter::default()
        };
        let lines = school.store.audit_trail(everything, None).await;
        lines.unwrap().len()
    };
    let session = school.sessions.list(Actor::Shell("test"), 1).await.unwrap()[0].id;
    let excuse = ExcuseOrder {
        student: AdmissionNumber::parse("ADM/1").unwrap(),
        unit: None,
        covers: Excused::Lecture(session),
        category: ExcuseCategory::Medical,
    };
    school
        .administration
        .excuse(Actor::Shell("test"), excuse)
        .await
        .unwrap();
    let before = logged().await;

    let answers = attempts(&school, &stranger()).await;
    for (command, answer) in &answers {
        assert!(
            ["refused", "nothing"].contains(&answer.as_str()),
            "{command}: {answer}"
        );
    }
    let asked: BTreeSet<String> = answers.iter().map(|(name, _)| (*name).to_owned()).collect();
    let told_who_asks: BTreeSet<String> = commands()
        .into_iter()
        .filter_map(|(command, is_told_who)| is_told_who.then_some(command))
        .collect();
    assert_eq!(
        asked, told_who_asks,
        "each command that is told who asks is asked here"
    );
    assert_eq!(logged().await, before, "nothing was changed");

    // The same questions are answered to whoever has the right: the refusals were about that.
    let admin = Lecturer {
        is_admin: true,
        ..stranger()
    };
    for (command, answer) in attempts(&school, &admin).await {
        assert!(
            !["refused", "nothing"].contains(&answer.as_str()),
            "{command}"
        );
    }
}

#[test]
fn no_door_asks_a_service_for_what_looks_at_nobodys_right() {
    let commands = commands();
    let mut complaints = Vec::new();
    for (path, text) in [sources_below("tui"), sources_below("web")].concat() {
        for unguarded in unguarded(&text, &commands) {
            complaints.push(format!("{}: {unguarded}", path.display()));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn a_planted_call_that_looks_at_nobodys_right_is_found() {
    let commands = commands();
    let planted = "fn f() { web\n    .timetable\n    .import(list, who);
        corrections.done_at_the_portal(id, who) }";
    assert_eq!(
        unguarded(planted, &commands),
        ["corrections.done_at_the_portal", "timetable.import"]
    );
    let as_shell = "fn f() { web.sessions.close(Actor::Shell(\"me\"), id) }";
    assert_eq!(unguarded(as_shell, &commands), ["asks as the shell"]);
    let fine = "fn f() { web.sessions.close(staff.by(), id); web.deliveries.progress() }";
    assert_eq!(unguarded(fine, &commands), Vec::<String>::new());
}
