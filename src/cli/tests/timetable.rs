//! Timetables taken in, sessions changed, lists taken out.

use super::*;

const LECTURES: &str = "unit,date,start,end,venue\n\
    CS101,2030-03-04,09:00,11:00,Hall 1\n\
    CS101,2030-03-04,23:00,01:00,Hall 1\n";

#[test]
fn a_timetable_is_looked_at_taken_in_and_taken_in_again() {
    let shell = Shell::with_a_class();
    shell.write("class.csv", LECTURES);
    let looked = shell.json("import timetable class.csv --dry-run");
    let none = shell.done("timetable list --date 2030-03-04");
    assert!(
        none.starts_with(
            "No lectures on that day. Import a timetable with `kiosk import timetable"
        ),
        "{none}"
    );
    let done = shell.json("import timetable class.csv");
    for report in [&looked, &done] {
        assert_eq!(
            (&report["new"], &report["changed"], &report["refused"]),
            (&2.into(), &0.into(), &0.into()),
            "{report}"
        );
    }
    assert_eq!(shell.json("import timetable class.csv")["unchanged"], 2);
    let day = shell.json("timetable list --date 2030-03-04");
    assert_eq!(
        keys(&day[0]),
        [
            "date",
            "ends_at",
            "id",
            "lecture_id",
            "lecturer_name",
            "problem",
            "session_id",
            "starts_at",
            "state",
            "unit_code",
            "unit_name",
            "venue"
        ]
    );
    assert_eq!(day[0]["starts_at"], "2030-03-04T06:00:00.000Z");
    assert_eq!(
        (&day[1]["date"], &day[1]["state"]),
        (&"2030-03-04".into(), &"planned".into())
    );
    let text = shell.done("timetable list --date 2030-03-04");
    assert!(
        text.contains("23:00 - 01:00") && text.contains("Dr. Smith"),
        "{text}"
    );
}

#[test]
fn lines_of_a_timetable_that_cannot_be_are_named_and_the_others_taken() {
    let shell = Shell::with_a_class();
    let bad = "CS101,someday,09:00,11:00,Hall 1\nX9,2030-03-05,09:00,11:00,Hall 1\n";
    shell.write("class.csv", &format!("{LECTURES}{bad}"));
    let ran = shell.type_line("import timetable class.csv");
    assert_eq!(ran.status, 1);
    for says in [
        "line 4: the date is none: write 2026-11-23 or 23/11/2026",
        "line 5: there is no unit X9",
    ] {
        assert!(ran.printed.contains(says), "{}", ran.printed);
    }
    assert_eq!(
        shell
            .json("timetable list --date 2030-03-04")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    shell.write("class.csv", "adm,name\nADM/1,Jane\n");
    let complaint = shell.complaint("import timetable class.csv");
    assert!(
        complaint.contains("class.csv is not a timetable: "),
        "{complaint}"
    );
    let gone = shell.complaint("import timetable gone.csv");
    assert!(
        gone.starts_with("gone.csv cannot be read: No such file"),
        "{gone}"
    );
}

#[test]
fn the_report_of_a_timetable_names_what_moved_what_goes_and_the_rooms() {
    let shell = Shell::with_a_class();
    shell.write("kiosk.toml", "[kiosk]\nvenue = \"Hall 1\"\n");
    let first = "unit,date,start,end,venue\n\
        CS101,2030-03-04,09:00,11:00,Hall 1\n\
        CS101,2030-03-06,14:00,16:00,Hall 1\n";
    shell.write("class.csv", first);
    shell.done("import timetable class.csv");
    let before = shell.json("timetable list --date 2030-03-04");
    let edition = "unit,date,start,end,venue,lecture id\n\
        CS101,2030-03-04,10:00,12:00,hall-1,17\n\
        CS101,2030-03-05,02:00,04:00,Hal 1,\n\
        CS101,2030-03-06,09:00,11:00,Hall 2,\n\
        CS101,2030-03-06,10:00,12:00,Hall 2,\n\
        CS101,2001-03-06,09:00,11:00,Hall 2,\n";
    shell.write("class.csv", edition);
    let told = [
        "line 6: CS101 2001-03-06 09:00 - 11:00 Hall 2: over and not known here: left out",
        "line 3: CS101 2030-03-05 02:00 - 04:00 Hal 1: partly between midnight and 06:00: check the times",
        "line 3: CS101 2030-03-05 02:00 - 04:00 Hal 1: nearly Hall 1, this kiosk's room: taken as it is written",
        "line 5: CS101 2030-03-06 10:00 - 12:00 Hall 2: the room is wanted then by CS101 09:00 - 11:00 Hall 2 (line 4) too",
        "line 5: CS101 2030-03-06 10:00 - 12:00 Hall 2: the class has CS101 09:00 - 11:00 Hall 2 (line 4) then",
        "Elsewhere: Hal 1 (1), Hall 2 (2).",
    ];
    let looked = shell.done("import timetable class.csv --dry-run --replace");
    let moved = "line 2: moved CS101 2030-03-04 10:00 - 12:00 Hall 1 (was 2030-03-04 09:00 until 11:00 Hall 1)";
    let gone = "\nCS101 2030-03-06 14:00 - 16:00 Hall 1: no longer in the file: ";
    for says in told.iter().chain(&[moved, &format!("{gone}cancelled")]) {
        assert!(looked.contains(says), "{says}: {looked}");
    }
    let end = "Would import: 3 new, 1 moved, 0 changed, 0 unchanged, 1 past, 1 cancelled, 0 refused; \
        1 in Hall 1 (this kiosk), 3 elsewhere.\n";
    assert!(looked.ends_with(end), "{looked}");
    assert_eq!(shell.json("timetable list --date 2030-03-04"), before);

    let done = shell.done("import timetable class.csv");
    for says in told.iter().chain(&[&*format!("{gone}it stays")]) {
        assert!(done.contains(says), "{says}: {done}");
    }
    let after = shell.json("timetable list --date 2030-03-04");
    assert_eq!(after[0]["lecture_id"], before[0]["lecture_id"]);
    assert_eq!(after[0]["starts_at"], "2030-03-04T07:00:00.000Z");
    assert_eq!(after[0]["venue"], "Hall 1");
    let report = shell.json("import timetable class.csv --replace");
    assert_eq!(
        keys(&report),
        [
            "cancelled",
            "changed",
            "dry_run",
            "elsewhere",
            "here",
            "lines",
            "moved",
            "new",
            "notes",
            "past",
            "refused",
            "refused_lines",
            "restored",
            "rooms_elsewhere",
            "unchanged",
        ]
    );
    assert_eq!(
        (&report["unchanged"], &report["cancelled"]),
        (&4.into(), &1.into())
    );
    let gone = report["notes"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&gone["kind"], &gone["date"]),
        (&"cancelled".into(), &"2030-03-06".into())
    );
    let logged = shell.json("audit --action timetable.imported");
    assert_eq!(
        logged.as_array().unwrap().len(),
        3,
        "one line for each import"
    );
}

#[test]
fn a_line_that_cannot_be_read_cancels_nothing() {
    let shell = Shell::with_a_class();
    shell.write("class.csv", LECTURES);
    shell.done("import timetable class.csv");
    let first = "unit,date,start,end,venue\nCS101,2030-03-04,09:00,11:00,Hall 1\n";
    shell.write(
        "class.csv",
        &format!("{first}CS101,2030-03-04,23h,01:00,Hall 1\n"),
    );
    let ran = shell.type_line("import timetable class.csv --replace");
    let stays =
        "23:00 - 01:00 Hall 1: no longer in the file, or on a line that was refused: it stays\n";
    assert!(
        ran.status == 1 && ran.printed.contains(stays),
        "{}",
        ran.printed
    );
    // A unit that is misspelled may be that of a lecture, too.
    shell.write(
        "class.csv",
        &format!("{first}CS1O1,2030-03-04,23:00,01:00,Hall 1\n"),
    );
    let ran = shell.type_line("import timetable class.csv --replace");
    assert!(
        ran.status == 1 && ran.printed.contains(stays) && !ran.printed.contains("cancelled"),
        "{}",
        ran.printed
    );
}

#[test]
fn what_is_exported_is_imported_again_without_a_change_and_its_ids_find_the_lectures() {
    let shell = Shell::with_a_class();
    let grouped = LECTURES.replace("venue\n", "venue,group,voluntary\n");
    let grouped = grouped.replace("Hall 1\n", "Hall 1,A,yes\n");
    shell.write("class.csv", &grouped);
    shell.done("import timetable class.csv");
    let exported = shell.done("export timetable");
    let day = shell.json("timetable list --date 2030-03-04");
    let id = |at: usize| day[at]["lecture_id"].as_str().unwrap();
    assert_eq!(
        exported,
        format!(
            "Lecture ID,Unit,Date,Start,End,Venue,Group,Voluntary\r\n\
            {},CS101,2030-03-04,09:00,11:00,Hall 1,A,yes\r\n{},CS101,2030-03-04,23:00,01:00,Hall 1,A,yes\r\n",
            id(0),
            id(1)
        )
    );
    shell.write("class.csv", &exported);
    assert_eq!(
        shell.json("import timetable class.csv --replace")["unchanged"],
        2
    );
    // To another month, and their hours swapped: nothing but the id says which is which.
    let moved = exported.replace("2030-03-04,09:00,11:00", "2030-04-09,23:00,01:00");
    let moved = moved.replace("2030-03-04,23:00,01:00", "2030-04-09,09:00,11:00");
    shell.write("class.csv", &moved);
    let report = shell.json("import timetable class.csv");
    assert_eq!(
        (&report["moved"], &report["new"]),
        (&2.into(), &0.into()),
        "{report}"
    );
    let now = shell.json("timetable list --date 2030-04-09");
    assert_eq!(
        (&now[0]["lecture_id"], &now[1]["lecture_id"]),
        (&id(1).into(), &id(0).into())
    );
    let number = now[0]["id"].as_i64().unwrap();
    shell.done(&format!("timetable cancel {number} --reason strike"));
    assert_eq!(shell.done("export timetable").lines().count(), 2);
    assert_eq!(
        shell.done("export timetable --semester 9").lines().count(),
        1
    );
}

#[test]
fn a_timetable_of_another_year_is_refused() {
    let shell = Shell::with_a_class();
    shell.write(
        "class.csv",
        "unit,date,start,end\nCS101,2001-03-05,09:00,11:00\nCS101,2001-05-04,09:00,11:00\n",
    );
    for line in [
        "import timetable class.csv --dry-run",
        "import timetable class.csv",
    ] {
        let complaint = shell.complaint(line);
        let says = "All lectures of the file, from 2001-03-05 to 2001-05-04, are over, and none of them is known here";
        assert!(complaint.starts_with(says), "{complaint}");
    }
}

#[test]
fn a_lecture_is_called_off_before_its_time() {
    let shell = Shell::with_a_class();
    shell.write("class.csv", LECTURES);
    shell.done("import timetable class.csv");
    let day = shell.json("timetable list --date 2030-03-04");
    let id = day[0]["id"].as_i64().unwrap();
    let said = shell.done(&format!("timetable cancel {id} --reason strike"));
    assert_eq!(
        said,
        format!("Lecture {id} is cancelled and will not open by itself.\n")
    );
    let day = shell.json("timetable list --date 2030-03-04");
    assert_eq!(
        (&day[0]["state"], &day[1]["state"]),
        (&"cancelled".into(), &"planned".into())
    );
    let logged = shell.json("audit --action timetable.cancelled");
    assert_eq!(logged[0]["reason"], "strike");
    let lecture = day[0]["lecture_id"].as_str().unwrap();
    let again = shell.json(&format!("session reopen {lecture} --reason over"));
    assert_eq!(again["state"], "planned");
    let day = shell.json("timetable list --date 2030-03-04");
    assert_eq!(day[0]["state"], "planned");
    let none = shell.complaint("timetable cancel 999 --reason strike");
    assert_eq!(
        none,
        "there is no lecture 999; run `kiosk timetable list` to see all"
    );
    for line in [
        "timetable list --date someday",
        "timetable cancel x --reason y",
        "timetable cancel 1",
        "timetable cancel 1 --reason ~",
    ] {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
}

#[test]
fn a_session_is_extended_reopened_and_cancelled_and_only_as_it_can_be() {
    let shell = Shell::with_a_class();
    let opened = shell.json("session open CS101 --minutes 60");
    let id = &opened["session_id"].as_str().unwrap()[..8];
    let open = shell.complaint(&format!("session reopen {id} --reason x"));
    assert!(open.contains("is open"), "{open}");
    let said = shell.done(&format!("session extend {id} --minutes 30"));
    assert!(said.starts_with("Extended CS101 Programming, "), "{said}");
    let seconds = |session: &Value| {
        let read =
            |key: &str| crate::domain::Timestamp::parse(session[key].as_str().unwrap()).unwrap();
        read("ends_at").since(read("starts_at")).as_secs()
    };
    assert_eq!(seconds(&shell.json("session list")[0]), 90 * 60);
    let long = shell.complaint(&format!("session extend {id} --minutes 1440"));
    assert!(long == "a session lasts 24 hours at most", "{long}");
    shell.done(&format!("session close {id}"));
    let closed = shell.complaint(&format!("session extend {id} --minutes 5"));
    assert!(
        closed.contains("closed") || closed.contains("not open"),
        "{closed}"
    );
    let again = shell.done(&format!("session reopen {id} --reason power~cut"));
    assert!(again.starts_with("Reopened CS101 Programming, "), "{again}");
    let cancelled = shell.json(&format!("session cancel {id} --reason strike"));
    assert_eq!(cancelled["state"], "cancelled");
    let logged = shell.json("audit --action session");
    let reasons = logged
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["reason"]);
    let reasons: Vec<&str> = reasons.filter_map(Value::as_str).collect();
    assert_eq!(reasons, ["strike", "power cut"]);
    for line in [
        "session extend 0000 --minutes 5",
        "session reopen 0000 --reason x",
        "session cancel 0000 --reason x",
    ] {
        let none = shell.complaint(line);
        assert!(
            none.starts_with("there is no session 0000; run `kiosk session list`"),
            "{none}"
        );
    }
    for line in [
        format!("session extend {id}"),
        format!("session extend {id} --minutes 0"),
        format!("session extend {id} --minutes 1441"),
        format!("session reopen {id}"),
        format!("session cancel {id}"),
    ] {
        assert_eq!(shell.type_line(&line).status, 2, "{line}");
    }
}

#[test]
fn lists_leave_in_every_form_and_never_over_a_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::with_a_class();
    let opened = shell.json("session open CS101");
    shell.done("check-in adm/1");
    let session = format!("session {}", &opened["session_id"].as_str().unwrap()[..8]);
    for what in [&session, "unit CS101", "exam cs101 --semester 1"] {
        let csv = shell.done(&format!("export {what}"));
        assert!(
            csv.starts_with("Admission number,Name,") && csv.contains("\r\nADM/2,"),
            "{csv}"
        );
        let marked = shell.done(&format!("export {what} --bom"));
        let heading = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        assert_eq!(heading(&marked), format!("\u{feff}{}", heading(&csv)));
        let json = shell.json_document(&format!("export {what} --format json"));
        assert_eq!(json["rows"].as_array().unwrap().len(), 2);
        shell.write("class.csv", "old");
        let quiet = shell.done(&format!("export {what} --format xlsx --out class.csv"));
        assert_eq!(quiet, "", "what is said goes to the standard error");
        let file = shell.path("class.csv");
        assert!(fs::read(&file).unwrap().starts_with(b"PK"));
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let folder = shell.path("data").display().to_string();
    let none = shell.path("none").display().to_string();
    for (line, says) in [
        (
            format!("export unit CS101 --out {folder}"),
            format!("{folder} is a folder: name a file in it"),
        ),
        (
            format!("export unit CS101 --out {none}/x.csv"),
            format!("there is no folder {none}"),
        ),
        (
            "export unit CS101 --out /dev/null".to_owned(),
            "/dev/null is no plain file".to_owned(),
        ),
        (
            "export unit X1".to_owned(),
            "there is no unit X1: run `kiosk unit list`".to_owned(),
        ),
        (
            "export exam X1".to_owned(),
            "there is no unit X1: run `kiosk unit list`".to_owned(),
        ),
        (
            "export session 0000".to_owned(),
            "there is no session 0000; run `kiosk session list`".to_owned(),
        ),
    ] {
        let complaint = shell.complaint(&line);
        assert!(complaint.starts_with(&says), "{line}: {complaint}");
    }
    for line in [
        "export",
        "export unit",
        "export unit CS101 --format pdf",
        "export exam CS101 --semester \u{1b}",
    ] {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
}
