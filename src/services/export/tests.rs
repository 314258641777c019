use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::super::tests::School;
use super::*;

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
    school.types("ADM/1", "").await;
    school.clock.advance(Duration::from_secs(720));
    school.types("ADM/2", "").await;
    school.types("ADM/3", "").await;
    let policy = Arc::new(school.desk.policy().clone());
    let exports = Exports::new(school.store.clone(), school.clock.clone(), policy);
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
    let sheet = exports.session(id, Reader::Shell).await.unwrap();
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
        lines[4].starts_with("ADM/4,Absent Always,absent,,"),
        "{}",
        lines[4]
    );
    let marked = sheet.to_bytes(Format::CsvWithBom).unwrap();
    assert!(marked.starts_with("\u{feff}Admission".as_bytes()));
}

#[tokio::test]
async fn a_name_that_is_a_formula_computes_nothing() {
    let (_school, exports, id) = class().await;
    let sheet = exports.session(id, Reader::Shell).await.unwrap();
    let line = &lines(&sheet)[2];
    assert!(
        line.starts_with("ADM/2,\"'=HYPERLINK(\"\"http://x\"\")\","),
        "{line}"
    );
    for lead in ["+1", "-1", "@x", "\tx", "\rx"] {
        let sheet = Sheet {
            title: String::new(),
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
    school.types("ADM/1", "").await;
    let unit = UnitCode::parse("CS101").unwrap();
    let matrix = exports
        .unit(unit.clone(), None, Reader::Shell)
        .await
        .unwrap();
    let matrix = lines(&matrix);
    assert!(
        matrix[0].contains(",1 2026-11-23 08:00,2 2026-11-30 08:12,"),
        "{}",
        matrix[0]
    );
    assert!(
        matrix[1].ends_with(",present,present,2,2,12,16.67,100.00,good"),
        "{}",
        matrix[1]
    );
    assert!(
        matrix[2].ends_with(",late,absent,1,2,12,8.33,50.00,below"),
        "{}",
        matrix[2]
    );
    let exam = exports.exam(unit, None, Reader::Shell).await.unwrap();
    let exam = lines(&exam);
    let rule = "at least 75 % of the lectures held so far,2026-11-30 08:12:00";
    assert_eq!(
        exam[3],
        format!("ADM/3,李小龙,1,2,12,8.33,50.00,not eligible,{rule}")
    );
    assert!(
        exam[1].ends_with(&format!(",eligible,{rule}")),
        "{}",
        exam[1]
    );
}

#[tokio::test]
async fn a_list_of_anothers_unit_is_refused() {
    let (_school, exports, id) = class().await;
    let stranger = Lecturer {
        staff_id: crate::domain::StaffId::parse("S9").unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_pin: true,
    };
    let refused = exports.session(id, Reader::Lecturer(&stranger)).await;
    assert!(matches!(refused, Err(ExportError::NotTheirs { .. })));
    let unit = UnitCode::parse("CS101").unwrap();
    let refused = exports.exam(unit, None, Reader::Lecturer(&stranger)).await;
    assert!(matches!(refused, Err(ExportError::NotTheirs { .. })));
    let admin = Lecturer {
        is_admin: true,
        ..stranger
    };
    assert!(exports.session(id, Reader::Lecturer(&admin)).await.is_ok());
}

#[tokio::test]
async fn json_is_one_document_with_real_numbers() {
    let (_school, exports, id) = class().await;
    let sheet = exports.session(id, Reader::Shell).await.unwrap();
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
async fn a_workbook_reads_back_as_the_csv() {
    let Ok(version) = Command::new("soffice").arg("--version").output() else {
        eprintln!("SKIPPED: no LibreOffice; scripts/test installs it");
        return;
    };
    assert!(version.status.success());
    let (_school, exports, id) = class().await;
    let sheet = exports.session(id, Reader::Shell).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("list.xlsx");
    write_whole(&book, &sheet.to_bytes(Format::Xlsx).unwrap()).unwrap();
    let profile = format!(
        "-env:UserInstallation=file://{}",
        folder.path().join("profile").display()
    );
    // 44: comma, 34: quote, 76: UTF-8; cells as they are shown.
    let converted = Command::new("soffice")
        .args([
            &profile,
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
        ])
        .arg("--outdir")
        .arg(folder.path())
        .arg(&book)
        .output()
        .unwrap();
    let read = std::fs::read_to_string(folder.path().join("list.csv"));
    let read = read.unwrap_or_else(|error| panic!("{error}: {converted:?}"));
    // In a workbook a text is a text, so the formula needs no apostrophe there; and the converter leaves
    // out the zeros at a number's end.
    let ours = lines(&sheet).join("\n").replace("'=", "=");
    assert_eq!(without_zeros(&read), without_zeros(&ours));
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
fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    write_whole(&path, b"old").unwrap();
    write_whole(&path, b"new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    let missing = folder.path().join("nowhere/list.csv");
    assert!(write_whole(&missing, b"x").is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
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
        school.timetable.close_ended().await.unwrap();
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
            school.types(&number(student), "Some Body").await;
        }
        for student in (0..8).filter(|bit| taken_back >> bit & 1 == 1) {
            take_back(&school, session.id, &number(student)).await;
        }
        if cancelled {
            let reason = "the lecturer is ill".to_owned();
            school
                .timetable
                .cancel(session.id, reason, "shell")
                .await
                .unwrap();
        } else {
            school.timetable.close(session.id, "shell").await.unwrap();
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
    let roster = school.timetable.roster(id).await.unwrap().unwrap();
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
    assert_eq!(record.students.len(), roster.lines.len());
}

async fn take_back(school: &School, session: SessionId, number: &str) {
    use crate::domain::{AdmissionNumber, Correction, CorrectionOrder};
    let policy = Arc::new(school.desk.policy().clone());
    let (store, clock) = (school.store.clone(), school.clock.clone());
    let corrections = crate::services::Corrections::new(store, clock, policy);
    let order = CorrectionOrder {
        session,
        admission_number: AdmissionNumber::parse(number).unwrap(),
        correction: Correction::Unmark,
        name: None,
        reason: crate::domain::Reason::parse("was not there").unwrap(),
    };
    corrections.correct(order, "shell").await.unwrap();
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
        let sheet = exports.list(list, Reader::Shell).await.unwrap();
        assert_eq!(sheet.file_name(format), name);
    }
}
