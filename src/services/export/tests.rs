use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::super::tests::School;
use super::*;
use crate::domain::{
    AdmissionNumber, Channel, Correction, CorrectionOrder, Lecturer, Target, UnknownStudents,
};
use crate::store::{Place, PlaceChange, Settled, Settlement, StudentRecord};

const HOSTILE: &str = "=HYPERLINK(\"http://x\")";

/// A class with everything in it that a list has to tell apart.
async fn class() -> (School, Exports, SessionId) {
    let school = School::start().await;
    for (number, name) in [
        ("ADM/1", "Jane \"Jay\" Doe, Jr."),
        ("ADM/2", HOSTILE),
        ("ADM/3", "李小龙"),
        ("ADM/4", "Absent Always"),
    ] {
        school.enrol(number, Some(name)).await;
    }
    let (session, _) = school.lecture().await;
    school.types("ADM/1", "").await.unwrap();
    school.clock.advance(Duration::from_secs(720));
    school.types("ADM/2", "").await.unwrap();
    school.types("ADM/3", "").await.unwrap();
    let exports = school.exports.clone();
    (school, exports, session.id)
}

fn lines(sheet: &Sheet) -> Vec<String> {
    let text = String::from_utf8(sheet.to_bytes(Format::Csv).unwrap()).unwrap();
    assert!(text.ends_with("\r\n"));
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_session_list_has_everybody_and_is_rfc_4180() {
    let (_school, exports, id) = class().await;
    let sheet = exports.session(Actor::Shell("shell"), id).await.unwrap();
    let lines = lines(&sheet);
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with("Admission number,Name,Mark,Time,"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("ADM/1,\"Jane \"\"Jay\"\" Doe, Jr.\",present,2026-11-23 08:00:00,"),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].contains(",1,1,12,8.33,100.00,good,"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].contains(",late,2026-11-23 08:12:00,"),
        "{}",
        lines[2]
    );
    assert!(
        lines[4].starts_with("ADM/4,Absent Always,not yet,,"),
        "{}",
        lines[4]
    );
    let marked = sheet.to_bytes(Format::CsvWithBom).unwrap();
    assert!(marked.starts_with("\u{feff}Admission".as_bytes()));
}

#[tokio::test]
async fn a_name_that_is_a_formula_computes_nothing() {
    let (_school, exports, id) = class().await;
    let sheet = exports.session(Actor::Shell("shell"), id).await.unwrap();
    let line = &lines(&sheet)[2];
    assert!(
        line.starts_with("ADM/2,\"'=HYPERLINK(\"\"http://x\"\")\","),
        "{line}"
    );
    for lead in ["+1", "-1", "@x", "\tx", "\rx"] {
        let sheet = Sheet {
            title: String::new(),
            file_stem: String::new(),
            columns: sheet.columns[..1].to_vec(),
            rows: vec![vec![Cell::Text(lead.to_owned())]],
        };
        let text = String::from_utf8(sheet.to_bytes(Format::Csv).unwrap()).unwrap();
        let field = text.split_once("\r\n").unwrap().1.trim_start_matches('"');
        assert!(field.starts_with('\''), "{field:?}");
    }
}

#[tokio::test]
async fn a_unit_is_a_matrix_and_an_exam_list_decides() {
    let (school, exports, _) = class().await;
    school.next_lecture().await;
    school.types("ADM/1", "").await.unwrap();
    let unit = UnitCode::parse("CS101").unwrap();
    let matrix = exports
        .unit(Actor::Shell("shell"), unit.clone(), None)
        .await
        .unwrap();
    let matrix = lines(&matrix);
    assert!(
        matrix[0].contains(",1 2026-11-23 08:00,2 2026-11-30 08:12,"),
        "{}",
        matrix[0]
    );
    assert!(
        matrix[1].contains(",present,present,2,2,12,16.67,100.00,good,"),
        "{}",
        matrix[1]
    );
    assert!(
        matrix[2].contains(",late,running,1,1,12,8.33,100.00,good,"),
        "{}",
        matrix[2]
    );
    let by = Actor::Shell("shell");
    let exam = async || lines(&exports.exam(by, unit.clone(), None).await.unwrap());
    let rule = "at least 75 % of the lectures held so far,2026-11-30 08:12:00";
    let version = school.desk.policy().counting.version();
    let is_so = |line: &str, words: &str| {
        assert!(line.starts_with(words), "{line}");
        assert!(
            line.ends_with(&format!(",from 2026-11-23,,{version},yes")),
            "{line}"
        );
    };
    is_so(
        &exam().await[3],
        &format!("ADM/3,李小龙,1,1,12,8.33,100.00,undecided,{rule},1/1,running,"),
    );
    let latest = school.sessions.list(by, 1).await.unwrap();
    school.sessions.close(by, latest[0].id).await.unwrap();
    let administration = &school.administration;
    let mut last = administration
        .unit(by, unit.clone())
        .await
        .unwrap()
        .unwrap();
    last.finished.push(administration.semester().clone());
    administration
        .change_unit(by, unit.clone(), last)
        .await
        .unwrap();
    let exam = exam().await;
    is_so(
        &exam[1],
        &format!("ADM/1,\"Jane \"\"Jay\"\" Doe, Jr.\",2,2,12,16.67,100.00,eligible,{rule},2/2,,"),
    );
    is_so(
        &exam[3],
        &format!("ADM/3,李小龙,1,2,12,8.33,50.00,not eligible,{rule},1/2,below required,"),
    );
}

#[tokio::test]
async fn every_list_says_by_which_rule_when_and_from_how_complete_a_knowledge_it_was_made() {
    let (_school, exports, id) = class().await;
    for sheet in every_list(&exports, id).await {
        for heading in [
            "Enrolled",
            "List",
            "Rule",
            "Generated at",
            "Policy",
            "Complete",
        ] {
            let columns = sheet.columns.iter();
            let of_it = columns.filter(|column| column.heading == heading);
            assert_eq!(of_it.count(), 1, "{heading} in {}", sheet.title);
        }
        for row in &sheet.rows {
            assert_eq!(row.len(), sheet.columns.len(), "{}", sheet.title);
        }
    }
}

#[tokio::test]
async fn those_on_no_class_list_come_last_and_strangers_have_no_figures() {
    for (unknown, list, figures) in [
        (
            UnknownStudents::Register,
            "on no class list",
            "1,1,12,8.33,100.00,good",
        ),
        (UnknownStudents::Auto, "not enrolled", ",,,,,"),
    ] {
        let school = School::with(move |policy| policy.unknown_students = unknown).await;
        school.enrol("ADM/5", Some("Jane Doe")).await;
        school.lecture().await;
        school.types("ADM/1", "Some Body").await.unwrap();
        let unit = UnitCode::parse("CS101").unwrap();
        let exports = exports(&school);
        let sheet = exports.unit(Actor::Shell("shell"), unit, None);
        let lines = lines(&sheet.await.unwrap());
        assert!(lines[1].starts_with("ADM/5,"), "{lines:?}");
        assert!(
            lines[2].starts_with(&format!("ADM/1,Some Body,present,{figures},")),
            "{}",
            lines[2]
        );
        assert!(lines[2].contains(&format!(",{list},")), "{}", lines[2]);
    }
}

#[tokio::test]
async fn a_list_of_anothers_unit_is_refused() {
    let (_school, exports, id) = class().await;
    let stranger = Lecturer {
        staff_id: crate::domain::StaffId::parse("S9").unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    };
    let refused = exports.session(Actor::Lecturer(&stranger), id).await;
    assert!(matches!(refused, Err(ExportError::Forbidden(_))));
    let unit = UnitCode::parse("CS101").unwrap();
    let refused = exports.exam(Actor::Lecturer(&stranger), unit, None).await;
    assert!(matches!(refused, Err(ExportError::Forbidden(_))));
    let admin = Lecturer {
        is_admin: true,
        ..stranger
    };
    assert!(exports.session(Actor::Lecturer(&admin), id).await.is_ok());
}

#[tokio::test]
async fn json_is_one_document_with_real_numbers() {
    let (_school, exports, id) = class().await;
    let sheet = exports.session(Actor::Shell("shell"), id).await.unwrap();
    let document: serde_json::Value =
        serde_json::from_slice(&sheet.to_bytes(Format::Json).unwrap()).unwrap();
    let first = &document["rows"][0];
    assert_eq!(first["of_plan_percent"], 8.33);
    assert_eq!(first["admission_number"], "ADM/1");
    assert_eq!(document["rows"][3]["time"], serde_json::Value::Null);
    assert_eq!(
        document["rows"][1]["name"], HOSTILE,
        "a program computes nothing"
    );
}

#[tokio::test]
async fn removed_marks_and_what_is_left_at_the_portal_are_on_the_list() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let (session, _) = school.lecture().await;
    for number in ["ADM/1", "ADM/0", "ADM/9"] {
        school.types(number, "Some Body").await.unwrap();
    }
    tell_the_portal(&school).await;
    // Two who are on no class list: one is let in and taken off it again, one is sent away.
    correct(&school, session.id, "ADM/9", Correction::Approve).await;
    let (number, unit) = (number("ADM/9"), UnitCode::parse("CS101").unwrap());
    let administration = &school.administration;
    let place = Place {
        unit,
        semester: administration.semester().clone(),
        number,
    };
    let withdraw = PlaceChange::Withdraw(administration.today());
    let by = Actor::Shell("S1");
    administration
        .change_enrolment(by, place, withdraw)
        .await
        .unwrap();
    take_back(&school, session.id, "ADM/0").await;
    take_back(&school, session.id, "ADM/1").await;
    let sheet = exports(&school)
        .session(Actor::Shell("shell"), session.id)
        .await
        .unwrap();
    let document: serde_json::Value =
        serde_json::from_slice(&sheet.to_bytes(Format::Json).unwrap()).unwrap();
    let rows = document["rows"].as_array().unwrap();
    let told = |row: &serde_json::Value| {
        [
            "admission_number",
            "mark",
            "enrolled",
            "held",
            "to_do_at_the_portal",
            "portal_id",
        ]
        .map(|key| row[key].to_string().replace('"', ""))
        .join(" | ")
    };
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [
            // Waited for approval: the portal was never told.
            "ADM/0 | removed | null | null | null | null",
            "ADM/1 | removed | from 2026-11-23 | 0 | take it out | P1",
            "ADM/9 | present | from 2026-11-23 until 2026-11-23 | 1 | null | null",
        ]
    );
    let csv = lines(&sheet);
    assert!(
        csv[2].contains(",was not there,take it out,P1,"),
        "{}",
        csv[2]
    );
}

fn exports(school: &School) -> Exports {
    school.exports.clone()
}

/// Everything that is owed to the portal is delivered there.
async fn tell_the_portal(school: &School) {
    let now = school.clock.now() + Channel::Phone.not_me_for();
    let due = school
        .store
        .due(Target::Portal, "kiosk".to_owned(), now, 100, None)
        .await
        .unwrap();
    let settled = due.into_iter().map(|debt| Settled {
        attendance_id: debt.report.attendance_id,
        edition: debt.edition,
        settlement: Settlement::Delivered {
            document_id: String::new(),
            answer: r#"{"success":true,"id":"P1"}"#.to_owned(),
        },
    });
    let settled = settled.collect();
    school
        .store
        .settle(Target::Portal, settled, now)
        .await
        .unwrap();
}

/// What an independent spreadsheet makes of files, in another form; `None` where there is no such program.
fn converted(files: &[&Path], into: &str, form: &str) -> Option<Vec<String>> {
    if Command::new("soffice").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no LibreOffice; scripts/test installs it");
        return None;
    }
    let folder = files[0].parent().unwrap().join(into);
    // A profile of its own: two that share one wait for each other.
    let profile = folder.join("profile");
    let profile = format!("-env:UserInstallation=file://{}", profile.display());
    let output = Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", form, "--outdir"])
        .arg(&folder)
        .args(files)
        .output()
        .unwrap();
    let read = files.iter().map(|file| {
        let made = folder.join(file.file_name().unwrap()).with_extension(into);
        std::fs::read_to_string(made).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    });
    Some(read.collect())
}

async fn every_list(exports: &Exports, id: SessionId) -> [Sheet; 3] {
    let unit = UnitCode::parse("CS101").unwrap();
    [
        exports.session(Actor::Shell("shell"), id).await.unwrap(),
        exports
            .unit(Actor::Shell("shell"), unit.clone(), None)
            .await
            .unwrap(),
        exports
            .exam(Actor::Shell("shell"), unit, None)
            .await
            .unwrap(),
    ]
}

#[tokio::test]
async fn every_workbook_reads_back_as_the_csv_with_real_numbers_and_dates() {
    let (school, exports, id) = class().await;
    school.types("=1+1", "+Formula Two").await.unwrap();
    take_back(&school, id, "ADM/3").await;
    school.next_lecture().await;
    school.types("ADM/1", "").await.unwrap();
    let sheets = every_list(&exports, id).await;
    let folder = tempfile::tempdir().unwrap();
    let books = ["session.xlsx", "unit.xlsx", "exam.xlsx"].map(|name| folder.path().join(name));
    for (book, sheet) in books.iter().zip(&sheets) {
        write_whole(book, &sheet.to_bytes(Format::Xlsx).unwrap()).unwrap();
    }
    let books = books.each_ref().map(std::path::PathBuf::as_path);
    // 44: comma, 34: quote, 76: UTF-8; cells as they are shown.
    let csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false";
    let Some(read) = converted(&books, "csv", csv) else {
        return;
    };
    for (read, sheet) in read.iter().zip(&sheets) {
        // In a workbook a text is a text, so a formula needs no apostrophe there; and the converter leaves
        // out the zeros at a number's end.
        let ours = lines(sheet)
            .join("\n")
            .replace("'=", "=")
            .replace("'+", "+");
        assert_eq!(without_zeros(read), without_zeros(&ours));
    }
    let read = converted(&books, "fods", "fods").unwrap();
    for (read, sheet) in read.iter().zip(&sheets) {
        assert!(!read.contains("table:formula"), "{}", sheet.title);
        let of_kind = |wanted: fn(&Cell) -> bool| {
            let cells = sheet.rows.iter().flatten();
            cells.filter(|cell| wanted(cell)).count()
        };
        let numbers = of_kind(|cell| matches!(cell, Cell::Whole(_) | Cell::Percent(..)));
        let dates = of_kind(|cell| matches!(cell, Cell::Date(_) | Cell::Moment(_)));
        let typed = |kind: &str| typed_cells(read, kind);
        assert_eq!(
            (typed("float"), typed("date")),
            (numbers, dates),
            "{}",
            sheet.title
        );
    }
    assert!(read[2].contains("fo:background-color=\"#ffc7ce\""), "below");
}

#[tokio::test]
async fn the_heading_and_the_numbers_stay_when_a_workbook_is_scrolled() {
    let (_school, exports, id) = class().await;
    for sheet in every_list(&exports, id).await {
        let book = std::io::Cursor::new(sheet.to_bytes(Format::Xlsx).unwrap());
        let mut book = zip::ZipArchive::new(book).unwrap();
        let page = book.by_name("xl/worksheets/sheet1.xml").unwrap();
        let page = std::io::read_to_string(page).unwrap();
        assert!(
            page.contains("xSplit=\"1\" ySplit=\"1\"") && page.contains("state=\"frozen\""),
            "{}",
            sheet.title
        );
    }
}

/// How many cells of a flat document have values of a kind; neighbours that are equal are written once.
fn typed_cells(document: &str, kind: &str) -> usize {
    let kind = format!("office:value-type=\"{kind}\"");
    let cells = document.split("<table:table-cell").skip(1);
    let tags = cells.map(|cell| cell.split_once('>').unwrap().0);
    let count = |tag: &str| match tag.split_once("number-columns-repeated=\"") {
        Some((_, rest)) => rest.split_once('"').unwrap().0.parse().unwrap(),
        None => 1,
    };
    tags.filter(|tag| tag.contains(&kind)).map(count).sum()
}

#[tokio::test]
async fn a_spreadsheet_computes_nothing_from_a_csv() {
    let (school, exports, id) = class().await;
    school.types("=1+1", "+Formula Two").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.csv");
    let sheet = exports.session(Actor::Shell("shell"), id).await.unwrap();
    write_whole(&file, &sheet.to_bytes(Format::CsvWithBom).unwrap()).unwrap();
    let Some(read) = converted(&[&file], "fods", "fods") else {
        return;
    };
    assert!(!read[0].contains("table:formula"));
    assert!(
        read[0].contains("HYPERLINK"),
        "the name is there, as a name"
    );
}

fn without_zeros(text: &str) -> Vec<String> {
    let field = |field: &str| match field.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => field.to_owned(),
    };
    let line = |line: &str| line.split(',').map(field).collect::<Vec<_>>().join(",");
    text.lines().map(line).collect()
}

#[test]
fn a_file_is_replaced_whole_is_nobody_elses_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, b"old").unwrap();
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    write_whole(&path, b"new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    assert_eq!(mode(), 0o600, "whoever could read the old one has no say");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_plain_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| write_whole(path, b"x").unwrap_err().to_string();
    let of = |words: &str| format!("{} {words}", folder.path().display());
    assert_eq!(refusal(folder.path()), of("is a folder: name a file in it"));
    let missing = folder.path().join("nowhere/list.csv");
    assert!(refusal(&missing).starts_with("there is no folder "));
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert!(refusal(&pipe).contains("is no plain file"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // A link is followed: the list is where it leads to, and the link stays.
    let (link, real) = (
        folder.path().join("link.csv"),
        folder.path().join("real.csv"),
    );
    std::fs::write(&real, b"old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    write_whole(&link, b"new").unwrap();
    assert_eq!(std::fs::read(&real).unwrap(), b"new");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
}

/// One step of a semester that nobody planned.
#[derive(Debug, Clone, Copy)]
enum Happens {
    /// A lecture, to which those come whose bit is set; then so many are taken back.
    Lecture { comers: u8, taken_back: u8 },
    /// A lecture that is called off after those had come.
    Cancelled { comers: u8 },
    /// One more student is enrolled.
    Enrolment,
}

fn happens() -> impl proptest::strategy::Strategy<Value = Happens> {
    use proptest::prelude::*;
    prop_oneof![
        (any::<u8>(), any::<u8>()).prop_map(|(comers, taken_back)| Happens::Lecture {
            comers,
            taken_back: taken_back & comers
        }),
        any::<u8>().prop_map(|comers| Happens::Cancelled { comers }),
        Just(Happens::Enrolment),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn reasons_add_up_to_what_the_board_says(story in proptest::collection::vec(happens(), 1..10)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(live_through(&story));
    }
}

/// Whatever happened, the reasons add up to the very numbers that the roster counts on its own.
async fn live_through(story: &[Happens]) {
    let school = School::start().await;
    let number = |student: usize| format!("ADM/{student}");
    let mut last = None;
    let mut enrolled = 0;
    for step in story {
        school.clock.advance(Duration::from_secs(7 * 24 * 3600));
        school.sessions.close_ended().await.unwrap();
        let (comers, taken_back, cancelled) = match *step {
            Happens::Enrolment => {
                school
                    .enrol(&format!("NEW/{enrolled}"), Some("New Here"))
                    .await;
                enrolled += 1;
                continue;
            }
            Happens::Lecture { comers, taken_back } => (comers, taken_back, false),
            Happens::Cancelled { comers } => (comers, 0, true),
        };
        let (session, _) = school.lecture().await;
        for student in (0..8).filter(|bit| comers >> bit & 1 == 1) {
            school.types(&number(student), "Some Body").await.unwrap();
        }
        for student in (0..8).filter(|bit| taken_back >> bit & 1 == 1) {
            take_back(&school, session.id, &number(student)).await;
        }
        if cancelled {
            let reason = "the lecturer is ill".to_owned();
            school
                .sessions
                .cancel(Actor::Shell("shell"), session.id, reason)
                .await
                .unwrap();
        } else {
            school
                .sessions
                .close(Actor::Shell("shell"), session.id)
                .await
                .unwrap();
        }
        last = Some(session.id);
    }
    let Some(id) = last else { return };
    let policy = school.desk.policy();
    let unit = UnitCode::parse("CS101").unwrap();
    let (now, rules) = (school.clock.now(), policy.rules());
    let record = school
        .store
        .unit_record(unit, policy.semester.clone(), None, now, rules)
        .await
        .unwrap();
    let roster = school
        .sessions
        .roster(Actor::Shell("shell"), id)
        .await
        .unwrap();
    for line in &roster.lines {
        let theirs = record
            .students
            .iter()
            .find(|student| student.student.admission_number == line.admission_number);
        assert_eq!(
            theirs.unwrap().standing,
            line.standing,
            "{:?}",
            theirs.unwrap()
        );
    }
    let place = record.lectures.iter().position(|lecture| lecture.id == id);
    let place = place.unwrap();
    let is_there = |student: &&StudentRecord| {
        let line = student.lines[place];
        line.is_expected || line.status.is_some()
    };
    let there = record.students.iter().filter(is_there).count();
    assert_eq!(there, roster.lines.len());
}

async fn take_back(school: &School, session: SessionId, student: &str) {
    correct(school, session, student, Correction::Unmark).await;
}

async fn correct(school: &School, session: SessionId, student: &str, correction: Correction) {
    let policy = Arc::new(school.desk.policy().clone());
    let (store, clock) = (school.store.clone(), school.clock.clone());
    let corrections = crate::services::Corrections::new(store, clock, policy);
    let order = CorrectionOrder {
        session,
        admission_number: number(student),
        correction,
        name: None,
        reason: crate::domain::Reason::parse("was not there").unwrap(),
    };
    corrections
        .correct(Actor::Shell("shell"), order)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_is_named_after_what_it_is_a_list_of() {
    let (_school, exports, id) = class().await;
    let unit = UnitCode::parse("CS101").unwrap();
    for (list, format, name) in [
        (
            List::Session(id),
            Format::Csv,
            "CS101-session-1-2026-11-23-08-00-10-00.csv",
        ),
        (
            List::Unit(unit.clone(), None),
            Format::Json,
            "CS101-semester-1.json",
        ),
        (
            List::Exam(unit, None),
            Format::Xlsx,
            "CS101-semester-1-who-may-sit-the-exam.xlsx",
        ),
    ] {
        let sheet = exports.list(Actor::Shell("shell"), list).await.unwrap();
        assert_eq!(sheet.file_name(format), name);
    }
}

#[test]
fn labels_that_differ_name_files_that_differ() {
    use super::sheet::in_file_names;
    assert_eq!(in_file_names("CS/101 B"), "CS+101_B");
    proptest::proptest!(|(one in "[A-Z/ _+=éع-]{1,6}", other in "[A-Z/ _+=éع-]{1,6}")| {
        let (a, b) = (in_file_names(&one), in_file_names(&other));
        proptest::prop_assert_eq!(a == b, one == other);
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_+=".contains(sign);
        proptest::prop_assert!(a.chars().all(is_plain));
    });
}

fn number(text: &str) -> AdmissionNumber {
    AdmissionNumber::parse(text).unwrap()
}
