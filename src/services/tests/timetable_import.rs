//! Stories about a timetable that is imported again.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::timetable::{at, in_hall_1, lecture};
use super::*;

/// A lecture of CS101 on another day, or of another unit.
fn on(day: &str, starts: &str, ends: &str) -> PlannedLecture {
    let at = |time: &str| at(&format!("{day}T{time}:00Z"));
    PlannedLecture {
        starts_at: at(starts),
        ends_at: at(ends),
        ..lecture("06:00", "08:00", "Hall 1")
    }
}

fn of(code: &str, lecture: PlannedLecture) -> PlannedLecture {
    PlannedLecture {
        unit: UnitCode::parse(code).unwrap(),
        ..lecture
    }
}

fn of_group(group: &str, lecture: PlannedLecture) -> PlannedLecture {
    PlannedLecture {
        group: Group::parse(group).ok(),
        ..lecture
    }
}

/// The file cancels what it does not name.
fn replacing(lectures: Vec<PlannedLecture>) -> TimetableFile {
    TimetableFile {
        left_over: LeftOver::IsCancelled,
        ..lectures.into()
    }
}

/// A planned lecture as a story tells it: unit, start and end in UTC, room, group, state.
type Told = (SessionId, String);

impl School {
    async fn imports(&self, file: impl Into<TimetableFile>) -> TimetableReport {
        self.timetable.import(file, "shell").await.unwrap()
    }

    /// Every lecture that is in the timetable, by start.
    async fn planned(&self) -> Vec<Told> {
        let forever = (at("2026-01-01T00:00:00Z"), at("2027-12-31T00:00:00Z"));
        let entries = self.store.timetable(forever.0, forever.1).await.unwrap();
        let mut told = Vec::new();
        for entry in entries {
            let fact = self.store.lecture(entry.lecture).await.unwrap();
            let group = fact
                .group
                .map_or(String::new(), |group| format!(" {group}"));
            let state = match entry.state {
                LectureState::Planned => String::new(),
                LectureState::Cancelled => " cancelled".to_owned(),
                LectureState::Opened { state, .. } => format!(" {}", state.as_str()),
                other => format!(" {other:?}"),
            };
            let short = |at: Timestamp| at.to_string()[8..16].to_owned();
            let (from, until) = (short(entry.starts_at), short(entry.ends_at));
            let (unit, venue) = (entry.unit_code, entry.venue.as_str().to_owned());
            told.push((
                entry.lecture,
                format!("{unit} {from} {until} {venue}{group}{state}"),
            ));
        }
        told
    }

    async fn timetable_now(&self) -> Vec<String> {
        self.planned()
            .await
            .into_iter()
            .map(|(_, told)| told)
            .collect()
    }

    async fn id_of(&self, beginning: &str) -> SessionId {
        let planned = self.planned().await;
        let found = planned.iter().find(|(_, told)| told.starts_with(beginning));
        found
            .unwrap_or_else(|| panic!("{beginning}: {planned:?}"))
            .0
    }

    async fn shown_session(&self) -> Session {
        self.sessions.shown().await.unwrap().unwrap().0
    }

    /// How many statements and acts there are.
    fn said(&self) -> u64 {
        let sql = "SELECT (SELECT count(*) FROM statements) + (SELECT count(*) FROM acts)";
        let db = rusqlite::Connection::open(self.database()).unwrap();
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// What each import did, for the audit log.
    fn import_acts(&self) -> Vec<String> {
        let db = rusqlite::Connection::open(self.database()).unwrap();
        let sql = "SELECT new FROM acts WHERE action = 'timetable.imported' ORDER BY id";
        let mut acts = db.prepare(sql).unwrap();
        let acts = acts.query_map([], |row| row.get(0)).unwrap();
        acts.map(Result::unwrap).collect()
    }
}

impl School {
    /// Staff change a lecture.
    async fn staff_change(&self, id: SessionId, edit: SessionEdit) {
        let by = Actor::Shell("S1");
        self.sessions.edit(by, id, edit, None).await.unwrap();
    }
}

/// To another time of 23 November.
fn moved_to(starts: &str, ends: &str) -> SessionEdit {
    let lecture = lecture(starts, ends, "");
    SessionEdit {
        starts_at: Some(lecture.starts_at),
        ends_at: Some(NewEnd::At(lecture.ends_at)),
        ..SessionEdit::default()
    }
}

fn moved_to_unit(code: &str) -> SessionEdit {
    SessionEdit {
        unit: UnitCode::parse(code).ok(),
        ..SessionEdit::default()
    }
}

fn line(line: u64, id: Option<SessionId>, lecture: PlannedLecture) -> TimetableLine {
    TimetableLine { line, id, lecture }
}

fn staying(lines: Vec<TimetableLine>) -> TimetableFile {
    TimetableFile {
        lines,
        left_over: LeftOver::Stays,
    }
}

fn kinds(report: &TimetableReport) -> Vec<(Option<u64>, &'static str)> {
    let notes = report.notes.iter();
    notes.map(|note| (note.line, note.noted.kind())).collect()
}

#[tokio::test]
async fn a_lecture_that_moved_keeps_its_id_and_nothing_opens_at_the_old_hour() {
    let school = in_hall_1().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    let id = school.id_of("CS101").await;
    let moved = school
        .plans(vec![lecture("10:00", "12:00", "Hall 1")])
        .await;
    assert!(
        matches!(moved[..], [LectureChange::Moved { .. }]),
        "{moved:?}"
    );
    assert_eq!(school.opened_at("06:00").await, 0);
    // And once more, to another day of the week.
    let tuesday = on("2026-11-24", "06:00", "08:00");
    school.plans(vec![tuesday.clone()]).await;
    assert_eq!(
        school.timetable_now().await,
        ["CS101 24T06:00 24T08:00 Hall 1"]
    );
    assert_eq!(school.opened_at("10:00").await, 0);
    school.clock.turn_to(at("2026-11-24T06:00:00Z"));
    assert_eq!(school.timetable.open_due().await.unwrap(), [id]);
    let standings = school.store.lecture(id).await.unwrap();
    assert_eq!(standings.planned.unwrap().starts_at, tuesday.starts_at);
    assert_eq!(
        school.timetable_now().await,
        ["CS101 24T06:00 24T08:00 Hall 1 open"]
    );
}

#[tokio::test]
async fn the_same_file_makes_the_same_ids_at_every_kiosk_and_in_any_order() {
    let (here, there) = (in_hall_1().await, School::start().await);
    let mut file = vec![
        lecture("06:00", "08:00", "Hall 1"),
        lecture("06:00", "08:00", "hall 2"),
        of_group("A", lecture("10:00", "12:00", "Hall 1")),
        of_group("B", lecture("10:00", "12:00", "Hall 2")),
        on("2026-11-30", "06:00", "08:00"),
    ];
    here.plans(file.clone()).await;
    file.reverse();
    there.plans(file).await;
    let ids = |planned: Vec<Told>| {
        planned
            .into_iter()
            .map(|(id, _)| id)
            .collect::<BTreeSet<_>>()
    };
    let (here, there) = (ids(here.planned().await), ids(there.planned().await));
    assert_eq!((here.len(), &here), (5, &there));
    assert!(here.iter().all(|id| id.as_uuid().get_version_num() == 5));
}

#[tokio::test]
async fn an_id_that_is_taken_is_not_given_again() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    let id = school.id_of("CS101").await;
    // Moved by its id to another week; then another lecture is planned where it was first.
    let moved = |line| TimetableLine {
        line,
        id: Some(id),
        lecture: on("2026-12-07", "06:00", "08:00"),
    };
    let file = |lines| TimetableFile {
        lines,
        left_over: LeftOver::Stays,
    };
    let report = school.imports(file(vec![moved(2)])).await;
    assert!(matches!(report.changes[..], [LectureChange::Moved { .. }]));
    let first = TimetableLine {
        line: 3,
        id: None,
        lecture: lecture("06:00", "08:00", "Hall 1"),
    };
    let report = school.imports(file(vec![moved(2), first])).await;
    assert_eq!(
        report.changes,
        [LectureChange::Unchanged, LectureChange::New]
    );
    let planned = school.planned().await;
    assert_eq!((planned.len(), planned[1].0), (2, id));
    assert_eq!(planned[0].0.as_uuid().get_version_num(), 4);
}

#[tokio::test]
async fn a_file_with_an_id_that_is_not_known_gives_it_to_the_lecture() {
    let school = in_hall_1().await;
    let id = SessionId::parse("2f6c1d58-8a8e-5b43-9d0e-1c1f4a3f9b77").unwrap();
    let line = TimetableLine {
        line: 2,
        id: Some(id),
        lecture: lecture("06:00", "08:00", "Hall 1"),
    };
    school
        .imports(TimetableFile {
            lines: vec![line],
            left_over: LeftOver::Stays,
        })
        .await;
    assert_eq!(school.id_of("CS101").await, id);
}

#[tokio::test]
async fn two_units_and_two_groups_swap_their_hours() {
    let school = in_hall_1().await;
    school.another_unit("CS102").await;
    let before = vec![
        lecture("06:00", "08:00", "Hall 1"),
        of("CS102", lecture("08:00", "10:00", "Hall 1")),
        of_group("A", on("2026-11-25", "06:00", "08:00")),
        of_group("B", on("2026-11-25", "08:00", "10:00")),
    ];
    school.plans(before.clone()).await;
    let ids = |planned: Vec<Told>| planned.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let old = ids(school.planned().await);
    let after = vec![
        lecture("08:00", "10:00", "Hall 1"),
        of("CS102", lecture("06:00", "08:00", "Hall 1")),
        of_group("A", on("2026-11-25", "08:00", "10:00")),
        of_group("B", on("2026-11-25", "06:00", "08:00")),
    ];
    let moved = school.plans(after).await;
    assert!(
        moved
            .iter()
            .all(|change| matches!(change, LectureChange::Moved { .. })),
        "{moved:?}"
    );
    assert_eq!(
        ids(school.planned().await),
        [old[1], old[0], old[3], old[2]]
    );
    school.plans(before).await;
    assert_eq!(ids(school.planned().await), old);
}

#[tokio::test]
async fn groups_at_one_hour_are_told_apart_by_their_name_or_else_by_their_room() {
    let school = in_hall_1().await;
    let groups = vec![
        of_group("A", lecture("06:00", "08:00", "Hall 1")),
        of_group("B", lecture("06:00", "08:00", "Hall 2")),
        on("2026-11-25", "06:00", "08:00"),
        PlannedLecture {
            venue: Venue::parse("Hall 2").unwrap(),
            ..on("2026-11-25", "06:00", "08:00")
        },
    ];
    school.plans(groups.clone()).await;
    let old = school.planned().await;
    // The groups change rooms, and one of the unnamed ones another.
    let mut other = groups.clone();
    other[0].venue = groups[1].venue.clone();
    other[1].venue = groups[0].venue.clone();
    other[3].venue = Venue::parse("Hall 3").unwrap();
    let changes = school.plans(other).await;
    assert_eq!(changes[2], LectureChange::Unchanged);
    let is_changed = |at: usize| matches!(changes[at], LectureChange::Changed { .. });
    assert!(
        is_changed(0) && is_changed(1) && is_changed(3),
        "{changes:?}"
    );
    assert_eq!(school.planned().await.len(), 4);
    school.plans(groups).await;
    assert_eq!(school.planned().await, old);
}

#[tokio::test]
async fn two_that_moved_in_one_week_are_not_guessed_at() {
    let school = in_hall_1().await;
    school
        .plans(vec![
            lecture("06:00", "08:00", "Hall 1"),
            on("2026-11-25", "06:00", "08:00"),
        ])
        .await;
    let old = school.planned().await;
    let file = vec![
        on("2026-11-24", "06:00", "08:00"),
        on("2026-11-26", "06:00", "08:00"),
    ];
    let report = school.imports(file).await;
    assert_eq!(report.changes, [LectureChange::New, LectureChange::New]);
    assert_eq!(school.planned().await.len(), 4);
    assert!(school.planned().await.contains(&old[1]));
    // One is outside the file's dates.
    assert_eq!(kinds(&report), [(None, "not_in_file")]);
}

#[tokio::test]
async fn what_is_open_keeps_its_start_and_gets_another_end_and_is_published() {
    let school = in_hall_1().await;
    school.store.set_publishing(Publishing::On).await.unwrap();
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    assert_eq!(school.opened_at("06:00").await, 1);
    let session = school.shown_session().await;
    let published = async || {
        let due = school
            .store
            .due_publications("k1".to_owned(), at("2030-01-01T00:00:00Z"));
        due.await
            .unwrap()
            .iter()
            .map(|it| (it.edition, it.published.session.ends_at))
            .collect::<Vec<_>>()
    };
    let before = published().await;
    let report = school
        .imports(vec![lecture("06:00", "09:30", "Hall 1")])
        .await;
    assert_eq!(kinds(&report), [(Some(1), "session_changed")]);
    assert_eq!(
        school.shown_session().await.ends_at,
        at("2026-11-23T09:30:00Z")
    );
    let after = published().await;
    assert!(
        after[0].0 > before[0].0 && after[0].1 == at("2026-11-23T09:30:00Z"),
        "{after:?}"
    );
    // Half an hour later: it is under way, and keeps its start.
    let report = school
        .imports(vec![lecture("06:30", "09:00", "Hall 1")])
        .await;
    assert_eq!(
        kinds(&report),
        [(Some(1), "keeps_start"), (Some(1), "session_changed")]
    );
    let now = school.shown_session().await;
    assert_eq!(
        (now.id, now.starts_at, now.ends_at),
        (session.id, session.starts_at, at("2026-11-23T09:00:00Z"))
    );
    let said = school.said();
    let again = school
        .imports(vec![lecture("06:30", "09:00", "Hall 1")])
        .await;
    assert_eq!(
        (again.changes, again.notes, school.said()),
        (vec![LectureChange::Unchanged], vec![], said)
    );
    assert_eq!(school.opened_at("06:35").await, 0, "no twin");
    assert_eq!(school.opened_at("09:01").await, 0);
    assert_eq!(
        school.timetable_now().await,
        ["CS101 23T06:30 23T09:00 Hall 1 closed"]
    );
}

#[tokio::test]
async fn an_end_that_staff_set_stays_unless_the_file_gives_more_time() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.opened_at("06:00").await;
    let id = school.shown_session().await.id;
    school
        .sessions
        .extend(Actor::Shell("S1"), id, minutes(60))
        .await
        .unwrap();
    let ends = async |until: &str| {
        let report = school
            .imports(vec![lecture("06:00", until, "Hall 1")])
            .await;
        (
            kinds(&report),
            school.shown_session().await.ends_at.to_string()[11..16].to_owned(),
        )
    };
    assert_eq!(
        ends("08:30").await,
        (vec![(Some(1), "end_stays")], "09:00".to_owned())
    );
    assert_eq!(
        ends("10:00").await,
        (vec![(Some(1), "session_changed")], "10:00".to_owned())
    );
    school.opened_at("07:00").await;
    assert_eq!(
        ends("06:45").await,
        (vec![(Some(1), "end_has_passed")], "10:00".to_owned())
    );
}

#[tokio::test]
async fn an_end_that_staff_brought_forward_stays_though_the_file_gives_more_time() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.opened_at("06:00").await;
    let id = school.shown_session().await.id;
    let shorter = SessionEdit {
        ends_at: Some(NewEnd::At(at("2026-11-23T07:00:00Z"))),
        ..SessionEdit::default()
    };
    school.staff_change(id, shorter).await;
    for until in ["09:00", "07:30", "10:00"] {
        let report = school
            .imports(vec![lecture("06:00", until, "Hall 1")])
            .await;
        assert_eq!(kinds(&report), [(Some(1), "end_stays")], "{until}");
        let now = school.shown_session().await;
        assert_eq!(now.ends_at, at("2026-11-23T07:00:00Z"), "{until}");
    }
    school.opened_at("07:01").await;
    assert_eq!(school.sessions.shown().await.unwrap(), None, "it is over");
}

#[tokio::test]
async fn a_new_room_reaches_what_is_open_unless_it_was_opened_elsewhere() {
    let school = in_hall_1().await;
    school
        .plans(vec![
            lecture("06:00", "08:00", "Hall 1"),
            lecture("10:00", "12:00", "Lab 7"),
        ])
        .await;
    school.opened_at("06:00").await;
    let lab = school.timetable.today(Actor::Shell("shell")).await.unwrap()[1].id;
    let by_hand = school
        .timetable
        .open_lecture(Actor::Shell("S1"), lab)
        .await
        .unwrap();
    let report = school
        .imports(vec![
            lecture("06:00", "08:00", "Hall 2"),
            lecture("10:00", "12:00", "Lab 8"),
        ])
        .await;
    assert_eq!(kinds(&report), [(Some(1), "session_changed")]);
    let venue = async |id| {
        school
            .sessions
            .get(Actor::Shell("S1"), id)
            .await
            .unwrap()
            .venue
    };
    assert_eq!(venue(by_hand.id).await.as_str(), "Hall 1");
    let first = school.id_of("CS101 23T06").await;
    assert_eq!(venue(first).await.as_str(), "Hall 2");
}

#[tokio::test]
async fn a_lecture_opened_by_hand_is_the_planned_one_also_after_another_import() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.opened_at("05:45").await;
    let (session, _) = school.lecture().await;
    assert_eq!(school.opened_at("05:50").await, 0, "found");
    let again = school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    assert_eq!(again, [LectureChange::Unchanged]);
    // Its session is another row, and gets the new end all the same.
    let report = school
        .imports(vec![lecture("06:10", "09:00", "Hall 1")])
        .await;
    assert_eq!(
        kinds(&report),
        [(Some(1), "keeps_start"), (Some(1), "session_changed")]
    );
    let now = school.shown_session().await;
    assert_eq!(
        (now.id, now.starts_at, now.ends_at),
        (session.id, session.starts_at, at("2026-11-23T09:00:00Z"))
    );
    assert_eq!(school.opened_at("06:10").await, 0);
    assert_eq!(
        school.timetable_now().await,
        ["CS101 23T06:10 23T09:00 Hall 1 open"]
    );
}

#[tokio::test]
async fn what_was_held_does_not_move_and_what_is_planned_later_that_day_is_another() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.opened_at("06:00").await;
    assert_eq!(school.opened_at("08:01").await, 0);
    let held = school.planned().await;
    let report = school
        .imports(vec![lecture("10:00", "12:00", "Hall 1")])
        .await;
    assert_eq!(report.changes, [LectureChange::New]);
    let id = Some(held[0].0);
    let line = TimetableLine {
        line: 2,
        id,
        lecture: lecture("14:00", "15:00", "Hall 1"),
    };
    let file = TimetableFile {
        lines: vec![line],
        left_over: LeftOver::Stays,
    };
    let report = school.imports(file).await;
    assert_eq!(report.changes, [LectureChange::Unchanged]);
    assert_eq!(
        kinds(&report),
        [(Some(2), "keeps_start"), (None, "not_in_file")]
    );
    assert!(school.planned().await.contains(&held[0]));
}

#[tokio::test]
async fn what_the_file_no_longer_names_is_listed_and_cancelled_where_it_replaces() {
    let school = in_hall_1().await;
    school.another_unit("CS102").await;
    let old = vec![
        lecture("04:00", "04:30", "Hall 1"), // begun
        lecture("06:00", "08:00", "Hall 1"),
        lecture("10:00", "12:00", "Hall 1"),
        of("CS102", lecture("10:00", "12:00", "Hall 1")), // not in the file
        on("2026-11-30", "06:00", "08:00"),
        on("2026-12-14", "06:00", "08:00"), // after its last date
    ];
    school.plans(old.clone()).await;
    let before = school.planned().await;
    let new = vec![old[1].clone(), on("2026-12-07", "06:00", "08:00")];
    let left = [(None, "not_in_file"), (None, "not_in_file")];
    let report = school.imports(new.clone()).await;
    assert_eq!(
        kinds(&report),
        [&[(Some(1), "clash_room"); 0][..], &left].concat()
    );
    let dates: Vec<_> = report
        .notes
        .iter()
        .map(|note| note.lecture.starts_at)
        .collect();
    assert_eq!(dates, [old[2].starts_at, old[4].starts_at]);
    let said = school.said();
    let looked = school
        .timetable
        .preview(replacing(new.clone()))
        .await
        .unwrap();
    assert_eq!(school.said(), said, "only looked at");
    let report = school.imports(replacing(new.clone())).await;
    assert_eq!(report, looked);
    assert_eq!(kinds(&report), [(None, "cancelled"), (None, "cancelled")]);
    let said = school.said();
    assert_eq!(kinds(&school.imports(replacing(new)).await), []);
    assert_eq!(school.said(), said, "a second import says nothing");
    assert_eq!(
        school.timetable_now().await,
        [
            "CS101 23T04:00 23T04:30 Hall 1",
            "CS101 23T06:00 23T08:00 Hall 1",
            "CS101 23T10:00 23T12:00 Hall 1 cancelled",
            "CS102 23T10:00 23T12:00 Hall 1",
            "CS101 30T06:00 30T08:00 Hall 1 cancelled",
            "CS101 07T06:00 07T08:00 Hall 1",
            "CS101 14T06:00 14T08:00 Hall 1",
        ]
    );
    assert_eq!(school.opened_at("10:00").await, 1, "that of CS102");
    // The old edition again: the same rows, but for the line that is new.
    let report = school.imports(replacing(old)).await;
    assert_eq!(report.changes[4], LectureChange::Restored);
    let after = school.planned().await;
    for (id, told) in before {
        let found = after.iter().find(|(other, _)| *other == id).unwrap();
        assert!(found.1.starts_with(&told), "{found:?}");
    }
}

#[tokio::test]
async fn a_wrong_edition_is_undone_by_importing_the_old_file() {
    let school = in_hall_1().await;
    let old = vec![
        lecture("06:00", "08:00", "Hall 1"),
        on("2026-11-24", "06:00", "08:00"),
        on("2026-11-25", "06:00", "08:00"),
        on("2026-11-26", "06:00", "08:00"),
        on("2026-11-30", "06:00", "08:00"),
    ];
    school.imports(replacing(old.clone())).await;
    let before = school.planned().await;
    // One moves within its day, one into the day of another, two go, one comes.
    let wrong = vec![
        lecture("12:00", "14:00", "Hall 2"),
        on("2026-11-24", "06:00", "07:00"),
        on("2026-11-24", "10:00", "12:00"),
        on("2026-12-01", "06:00", "08:00"),
        on("2026-12-07", "06:00", "08:00"),
    ];
    school.imports(replacing(wrong.clone())).await;
    school
        .imports(replacing(vec![wrong[1].clone(), wrong[4].clone()]))
        .await;
    school.imports(replacing(old.clone())).await;
    let after = school.planned().await;
    let kept: Vec<_> = after
        .into_iter()
        .filter(|(_, told)| !told.ends_with("cancelled"))
        .collect();
    let beyond = "CS101 07T06:00 07T08:00 Hall 1";
    assert_eq!(
        kept[..kept.len() - 1],
        before,
        "all but one after its dates"
    );
    assert_eq!(kept.last().unwrap().1, beyond);
}

#[tokio::test]
async fn a_lecture_comes_back_to_its_hour_also_where_another_room_had_one_there() {
    let school = School::start().await;
    let hall = |room, starts, ends| PlannedLecture {
        venue: Venue::parse(room).unwrap(),
        ..on("2026-12-07", starts, ends)
    };
    let at_ten = hall("Hall 1", "10:00", "12:00");
    let both = vec![at_ten.clone(), hall("Hall 2", "10:00", "12:00")];
    let earlier = hall("Hall 1", "08:00", "10:00");
    school.imports(replacing(vec![at_ten.clone()])).await;
    let rows = live(school.planned().await);
    for edition in [both, vec![at_ten.clone()], vec![earlier], vec![at_ten]] {
        school.imports(replacing(edition)).await;
    }
    assert_eq!(live(school.planned().await), rows);
}

#[tokio::test]
async fn what_staff_cancelled_stays_cancelled_and_the_report_says_so() {
    let school = in_hall_1().await;
    let file = vec![lecture("06:00", "08:00", "Hall 1")];
    school.plans(file.clone()).await;
    let number = school.timetable.today(Actor::Shell("shell")).await.unwrap()[0].id;
    let cancelled =
        school
            .timetable
            .cancel_lecture(Actor::Shell("S1"), number, "strike".to_owned());
    cancelled.await.unwrap();
    let report = school.imports(replacing(file.clone())).await;
    assert_eq!(kinds(&report), [(Some(1), "stays_cancelled")]);
    // Another end changes nothing of that, and neither does the import that changed it.
    for until in ["09:00", "09:00", "08:00"] {
        let report = school
            .imports(replacing(vec![lecture("06:00", until, "Hall 1")]))
            .await;
        assert_eq!(kinds(&report), [(Some(1), "stays_cancelled")]);
    }
    assert_eq!(
        school.timetable_now().await,
        ["CS101 23T06:00 23T08:00 Hall 1 cancelled"]
    );
    // At another hour it is another lecture: nobody has said that it is not held.
    let report = school
        .imports(vec![lecture("10:00", "12:00", "Hall 1")])
        .await;
    assert_eq!(report.changes, [LectureChange::New]);
}

#[tokio::test]
async fn rows_of_an_older_version_are_matched_and_keep_their_ids() {
    let school = in_hall_1().await;
    let old = vec![
        lecture("06:00", "08:00", "Hall 1"),
        on("2026-11-25", "06:00", "08:00"),
    ];
    school.plans(old).await;
    // As versions before made them: at random.
    let sql = "UPDATE lectures SET uuid = randomblob(16);
        UPDATE statements SET key = (SELECT lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-'
            || substr(hex(l.uuid), 13, 4) || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21))
            FROM lectures AS l WHERE l.planned_start = strftime('%s', json_extract(value, '$.planned.starts_at')) * 1000)
            WHERE kind = 'lecture'";
    crate::store::bare::execute(
        &school.database(),
        &format!("DROP TRIGGER statements_are_never_rewritten; {sql}"),
    )
    .unwrap();
    let before: Vec<_> = school
        .planned()
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let file = vec![
        lecture("07:00", "08:00", "Hall 1"),
        on("2026-11-25", "06:00", "08:00"),
    ];
    let changes = school.plans(file.clone()).await;
    assert!(
        matches!(
            changes[..],
            [LectureChange::Moved { .. }, LectureChange::Unchanged]
        ),
        "{changes:?}"
    );
    let after: Vec<_> = school
        .planned()
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_is_over_and_not_known_is_left_out_and_a_file_of_nothing_else_is_refused() {
    let school = in_hall_1().await;
    let known = lecture("05:30", "06:30", "Hall 1");
    school.plans(vec![known.clone()]).await;
    school.clock.turn_to(at("2026-11-26T00:00:00Z"));
    let over = on("2026-11-24", "06:00", "08:00");
    let to_come = on("2026-11-26", "06:00", "08:00");
    let report = school
        .imports(vec![known.clone(), over.clone(), to_come])
        .await;
    assert_eq!(
        report.changes,
        [
            LectureChange::Unchanged,
            LectureChange::Past,
            LectureChange::New
        ]
    );
    assert_eq!(kinds(&report), [(Some(2), "past")]);
    assert_eq!(school.planned().await.len(), 2);
    assert_eq!((report.here, report.elsewhere), (2, vec![]));
    let refused = school
        .timetable
        .import(vec![over.clone()], "shell")
        .await
        .unwrap_err();
    let day = school.desk.zone().date(over.starts_at);
    let why = TimetableRefusal::Past {
        first: day,
        last: day,
    };
    assert_eq!(refused, TimetableError::Refused(why.clone()));
    let looked = school.timetable.preview(vec![over]).await.unwrap_err();
    assert_eq!(looked, TimetableError::Refused(why));
    let again = school.imports(vec![known]).await;
    assert_eq!(again.changes, [LectureChange::Unchanged]);
}

#[tokio::test]
async fn clashes_nights_and_rooms_are_named_before_anything_is_written() {
    let school = in_hall_1().await;
    school.another_unit("CS102").await;
    school.another_unit("CS103").await;
    let in_room = |room: &str, lecture: PlannedLecture| PlannedLecture {
        venue: Venue::parse(room).unwrap(),
        ..lecture
    };
    school
        .plans(vec![of(
            "CS103",
            in_room("Lab 9", on("2026-11-24", "06:00", "08:00")),
        )])
        .await;
    let file = vec![
        in_room("HALL-1", lecture("06:00", "08:00", "")),
        of("CS102", in_room("hall 1", lecture("07:00", "09:00", ""))),
        in_room("Hal 1", lecture("10:00", "12:00", "")),
        in_room("Hall 1 annex", on("2026-11-25", "06:00", "08:00")),
        in_room("Hal 1", on("2026-11-26", "06:00", "08:00")),
        in_room("Hall 2", on("2026-11-26", "23:30", "23:59")), // 02:30 in Nairobi
        in_room("Lab 9", on("2026-11-24", "07:00", "08:00")),
    ];
    let looked = school.timetable.preview(file.clone()).await.unwrap();
    assert_eq!(
        kinds(&looked),
        [
            (Some(2), "clash_room"),
            (Some(3), "near_room"),
            (Some(4), "near_room"),
            (Some(6), "night"),
            (Some(7), "clash_room"),
        ]
    );
    assert_eq!(school.planned().await.len(), 1, "only looked at");
    assert_eq!(looked, school.imports(file).await);
    let elsewhere: Vec<_> = looked
        .elsewhere
        .iter()
        .map(|it| (it.venue.as_str(), it.lectures))
        .collect();
    assert_eq!(
        (looked.here, elsewhere),
        (
            2,
            vec![
                ("Hal 1", 2),
                ("Hall 1 annex", 1),
                ("Hall 2", 1),
                ("Lab 9", 1)
            ]
        )
    );
    assert_eq!(
        school.opened_at("06:00").await,
        1,
        "in the room as it is spelled here"
    );
}

#[tokio::test]
async fn everything_that_an_import_changes_is_one_act() {
    let school = in_hall_1().await;
    school
        .plans(vec![
            lecture("06:00", "08:00", "Hall 1"),
            on("2026-11-25", "06:00", "08:00"),
        ])
        .await;
    school.opened_at("06:00").await;
    let said = school.said();
    let file = vec![
        lecture("06:00", "09:00", "Hall 1"),
        on("2026-11-24", "06:00", "08:00"),
        on("2026-11-26", "06:00", "08:00"),
    ];
    school.imports(replacing(file)).await;
    let acts = school.import_acts();
    assert_eq!(acts, ["2 new, 0 changed", "2 new, 1 changed, 1 cancelled"]);
    assert_eq!(school.said() - said, 1 + 4);
}

#[tokio::test]
async fn what_staff_moved_stays_with_the_same_file_and_goes_with_another() {
    let school = in_hall_1().await;
    let file = vec![
        lecture("10:00", "12:00", "Hall 1"),
        lecture("12:00", "13:00", "Hall 1"),
        on("2026-11-24", "06:00", "08:00"),
    ];
    school.plans(file.clone()).await;
    let before = school.planned().await;
    let (first, second, third) = (before[0].0, before[1].0, before[2].0);
    school.staff_change(first, moved_to("14:00", "16:00")).await;
    // The first was at fourteen, the second where the first was: neither takes the other's place.
    school
        .staff_change(second, moved_to("10:00", "11:00"))
        .await;
    let lab = SessionEdit {
        venue: Venue::parse("Lab 3").ok(),
        ..SessionEdit::default()
    };
    school.staff_change(third, lab).await;
    let (after, said) = (school.planned().await, school.said());
    for file in [replacing(file.clone()), file.clone().into()] {
        let report = school.imports(file).await;
        assert_eq!(report.changes, [const { LectureChange::Unchanged }; 3]);
        assert_eq!(
            kinds(&report),
            [1, 2, 3].map(|line| (Some(line), "staff_changed"))
        );
        assert_eq!(
            (school.planned().await, school.said()),
            (after.clone(), said)
        );
    }
    // By its id as well, and while other things of the line change.
    let mut named = line(2, Some(first), of_group("A", file[0].clone()));
    let report = school.imports(staying(vec![named.clone()])).await;
    let beside = (None, "not_in_file");
    assert_eq!(kinds(&report), [(Some(2), "staff_changed"), beside]);
    assert_eq!(
        school.id_of("CS101 23T14:00 23T16:00 Hall 1 A").await,
        first
    );
    let again = school.imports(staying(vec![named.clone()])).await;
    assert_eq!(again.changes, [LectureChange::Unchanged]);
    // Another edition wins.
    named.lecture = of_group("A", lecture("15:00", "17:00", "Hall 1"));
    school.imports(staying(vec![named])).await;
    assert_eq!(school.id_of("CS101 23T15:00").await, first);
}

#[tokio::test]
async fn a_file_that_has_what_staff_moved_beside_another_lecture_makes_no_twin() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("10:00", "12:00", "Hall 1")])
        .await;
    let id = school.id_of("CS101").await;
    school.staff_change(id, moved_to("14:00", "16:00")).await;
    let edition = vec![
        lecture("10:00", "12:00", "Hall 1"),
        lecture("14:00", "16:00", "Hall 1"),
    ];
    let changes = school.plans(edition).await;
    assert_eq!(changes, [LectureChange::New, LectureChange::Unchanged]);
    assert_eq!(school.id_of("CS101 23T14").await, id);
    assert_eq!(school.planned().await.len(), 2);
}

#[tokio::test]
async fn the_same_file_makes_no_twin_of_what_staff_moved_onto_another_lecture() {
    for (place, goes_to) in [(0, ("14:00", "16:00")), (1, ("10:00", "12:00"))] {
        let school = in_hall_1().await;
        let file = vec![
            lecture("10:00", "12:00", "Hall 1"),
            lecture("14:00", "16:00", "Hall 1"),
        ];
        school.plans(file.clone()).await;
        let (id, _) = school.planned().await.remove(place);
        school
            .staff_change(id, moved_to(goes_to.0, goes_to.1))
            .await;
        let (after, said) = (school.planned().await, school.said());
        let changes = school.plans(file).await;
        assert_eq!(changes, [const { LectureChange::Unchanged }; 2], "{place}");
        assert_eq!((school.planned().await, school.said()), (after, said));
    }
}

#[tokio::test]
async fn what_staff_moved_and_was_held_does_not_open_again() {
    let school = in_hall_1().await;
    let file = vec![lecture("14:00", "16:00", "Hall 1")];
    school.plans(file.clone()).await;
    let id = school.id_of("CS101").await;
    school.staff_change(id, moved_to("06:00", "08:00")).await;
    assert_eq!(school.opened_at("06:00").await, 1);
    let ends = async || {
        let by = Actor::Shell("S1");
        school.sessions.get(by, id).await.unwrap().ends_at
    };
    let until = ends().await;
    for (time, state) in [("06:30", "open"), ("08:01", "closed")] {
        assert_eq!(school.opened_at(time).await, 0);
        let report = school.imports(replacing(file.clone())).await;
        assert_eq!(report.changes, [LectureChange::Unchanged], "{time}");
        assert_eq!(kinds(&report), [(Some(1), "staff_changed")]);
        assert_eq!(ends().await, until);
        let told = format!("CS101 23T06:00 23T08:00 Hall 1 {state}");
        assert_eq!(school.timetable_now().await, [told]);
    }
    assert_eq!(school.opened_at("14:00").await, 0);
}

#[tokio::test]
async fn what_staff_moved_to_another_unit_does_not_come_back() {
    let school = in_hall_1().await;
    school.another_unit("CS102").await;
    let file = vec![
        lecture("06:00", "08:00", "Hall 1"),
        lecture("10:00", "12:00", "Hall 1"),
        of("CS102", lecture("14:00", "16:00", "Hall 1")),
    ];
    school.plans(file.clone()).await;
    let planned = school.planned().await;
    school.opened_at("06:00").await;
    for (id, _) in &planned[..2] {
        school.staff_change(*id, moved_to_unit("CS102")).await;
    }
    let (after, said) = (school.planned().await, school.said());
    let by_id = (2..).zip(&file).zip(&planned);
    let by_id = by_id.map(|((at, lecture), (id, _))| line(at, Some(*id), lecture.clone()));
    let by_id = TimetableFile {
        lines: by_id.collect(),
        left_over: LeftOver::IsCancelled,
    };
    for (file, first) in [(replacing(file), 1), (by_id, 2)] {
        let report = school.imports(file).await;
        assert_eq!(
            report.changes,
            [
                LectureChange::MovedAway,
                LectureChange::MovedAway,
                LectureChange::Unchanged
            ]
        );
        assert_eq!(
            kinds(&report),
            [(Some(first), "moved_away"), (Some(first + 1), "moved_away")]
        );
        assert_eq!(report.here, 1);
        assert_eq!(
            (school.planned().await, school.said()),
            (after.clone(), said)
        );
    }
    assert_eq!(school.opened_at("10:00").await, 1, "that of CS102");
}

#[tokio::test]
async fn an_id_that_is_on_two_lines_is_that_of_the_line_at_its_start() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("10:00", "12:00", "Hall 1")])
        .await;
    let id = school.id_of("CS101").await;
    // Copied to a line before it, and to one of a new lecture.
    let file = staying(vec![
        line(2, Some(id), lecture("06:00", "08:00", "Hall 1")),
        line(3, Some(id), lecture("10:00", "12:00", "Hall 1")),
    ]);
    for change in [LectureChange::New, LectureChange::Unchanged] {
        let report = school.imports(file.clone()).await;
        assert_eq!(report.changes, [change, LectureChange::Unchanged]);
        assert_eq!(kinds(&report), [(Some(2), "repeated_id")]);
        assert_eq!(school.id_of("CS101 23T10").await, id);
    }
    let planned = school.planned().await;
    assert_eq!(
        (planned.len(), planned[0].0.as_uuid().get_version_num()),
        (2, 5)
    );
}

#[tokio::test]
async fn what_was_not_held_and_is_at_another_hour_is_another_lecture() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    let id = school.id_of("CS101").await;
    school.clock.turn_to(at("2026-11-23T09:00:00Z"));
    let settled = school
        .sessions
        .settle(Actor::Shell("S1"), id, LectureSettled::NotHeld);
    settled.await.unwrap();
    let file = staying(vec![line(2, Some(id), on("2026-11-25", "06:00", "08:00"))]);
    for change in [LectureChange::New, LectureChange::Unchanged] {
        let report = school.imports(file.clone()).await;
        assert_eq!((report.changes, report.notes), (vec![change], vec![]));
    }
    assert_eq!(
        school.timetable_now().await,
        [
            "CS101 23T06:00 23T08:00 Hall 1 NotHeld",
            "CS101 25T06:00 25T08:00 Hall 1"
        ]
    );
}

#[tokio::test]
async fn another_room_of_what_is_open_reaches_the_records_that_were_delivered() {
    let school = in_hall_1().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.opened_at("06:00").await;
    recorded(school.types("ADM/1", "").await);
    for target in Target::ALL {
        school.deliver(target).await;
    }
    // Each record keeps the end that was told.
    school
        .plans(vec![lecture("06:00", "09:00", "Hall 1")])
        .await;
    assert_eq!(school.duties(Target::Firestore).await, []);
    school
        .plans(vec![lecture("06:00", "09:00", "Hall 2")])
        .await;
    let again = school.duties(Target::Firestore).await;
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(school.duties(Target::Portal).await, []);
}

/// The working days of two weeks, but for two.
const DAYS: [&str; 8] = [
    "2026-11-24",
    "2026-11-25",
    "2026-11-26",
    "2026-11-27",
    "2026-12-01",
    "2026-12-02",
    "2026-12-03",
    "2026-12-04",
];

/// A line of a small timetable: unit, day, hour, room and group, of few each.
type Place = (u8, u8, u8, u8, u8);

fn place() -> impl Strategy<Value = Place> {
    (0..2u8, 0..8u8, 0..3u8, 0..2u8, 0..2u8)
}

fn edition() -> impl Strategy<Value = BTreeSet<Place>> {
    prop::collection::btree_set(place(), 1..12).prop_map(|places| {
        // A group is in one room at a time.
        let mut seen = BTreeSet::new();
        let mut places: Vec<Place> = places.into_iter().collect();
        places
            .retain(|(unit, day, hour, _, group)| *unit == 0 || seen.insert((*day, *hour, *group)));
        places.into_iter().collect()
    })
}

fn planned_at((unit, day, hour, room, group): Place) -> PlannedLecture {
    let code = ["CS101", "CS102"][usize::from(unit)];
    let times = [("06:00", "08:00"), ("09:00", "11:00"), ("12:00", "14:00")][usize::from(hour)];
    let day = DAYS[usize::from(day)];
    let base = of(code, on(day, times.0, times.1));
    let base = PlannedLecture {
        venue: Venue::parse(["Hall 1", "Hall 2"][usize::from(room)]).unwrap(),
        ..base
    };
    // The first unit has no groups, and of the second every lecture is for one.
    match unit {
        0 => base,
        _ => of_group(["A", "B"][usize::from(group)], base),
    }
}

/// What a file may say at most once: no two lectures of a unit at one start in one room.
fn file_of(edition: &BTreeSet<Place>) -> Vec<PlannedLecture> {
    let mut seen = BTreeSet::new();
    let lectures = edition.iter().map(|place| planned_at(*place));
    lectures
        .filter(|it| seen.insert((it.unit.clone(), it.starts_at, it.venue.clone())))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn after_an_import_that_replaces_the_timetable_is_the_file(editions in prop::collection::vec(edition(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let school = School::start().await;
            school.another_unit("CS102").await;
            // The first and the last day, so that every lecture is between the file's dates.
            let frame = |unit: &str| [
                of(unit, on("2026-11-23", "06:00", "08:00")),
                of(unit, on("2026-12-31", "06:00", "08:00")),
            ];
            let mut first: Option<(Vec<PlannedLecture>, Vec<Told>)> = None;
            for edition in &editions {
                let mut file = file_of(edition);
                file.extend(frame("CS101"));
                file.extend(frame("CS102"));
                let before = school.planned().await;
                let report = school.imports(replacing(file.clone())).await;
                let after = live(school.planned().await);
                // The same lines, each once.
                let bare = |lecture: &PlannedLecture| {
                    let short = |at: Timestamp| at.to_string()[8..16].to_owned();
                    format!("{} {} {} {}", lecture.unit, short(lecture.starts_at), short(lecture.ends_at), lecture.venue)
                };
                let mut expected: Vec<_> = file.iter().map(bare).collect();
                let mut found: Vec<_> = after.iter().map(|(_, told)| told.trim_end_matches(" A").trim_end_matches(" B").to_owned()).collect();
                expected.sort();
                found.sort();
                assert_eq!(found, expected);
                // No id goes but that of a lecture that is not in the file.
                let unmatched = report.changes.iter().filter(|it| matches!(it, LectureChange::New | LectureChange::Restored)).count();
                let was: BTreeSet<_> = live(before).into_iter().map(|(id, _)| id).collect();
                let kept = after.iter().filter(|(id, _)| was.contains(id)).count();
                assert_eq!(kept, file.len() - unmatched);
                let said = school.said();
                let again = school.imports(replacing(file.clone())).await;
                assert!(again.changes.iter().all(|it| *it == LectureChange::Unchanged), "{:?}", again.changes);
                assert_eq!(school.said(), said);
                // The first edition again: the same rows.
                let (old, rows) = first.get_or_insert((file, after)).clone();
                school.imports(replacing(old)).await;
                let ids = |told: &[Told]| told.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>();
                assert_eq!(ids(&live(school.planned().await)), ids(&rows));
            }
        });
    }
}

fn live(planned: Vec<Told>) -> Vec<Told> {
    planned
        .into_iter()
        .filter(|(_, told)| !told.ends_with("cancelled"))
        .collect()
}
