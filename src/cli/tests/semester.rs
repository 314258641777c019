//! What a semester needs from the shell: enrolments, excuses, rules, assignments, and who may sit the exam.

use serde_json::json;

use super::*;

impl Shell {
    /// A further lecturer, without a PIN.
    fn add_colleague(&self, id: &str) {
        let loaded = Config::load(&ConfigFlags::default(), &self.environment()).unwrap();
        let added = with_kiosk(&loaded, async |kiosk| {
            let administration = &kiosk.services.administration;
            let (id, name) = (StaffId::parse(id)?, PersonName::parse("Dr. Otieno")?);
            administration
                .add_lecturer(operator(), id, name, String::new(), false, None)
                .await?;
            Ok(Exit::Done)
        });
        added.unwrap();
    }

    /// Holds a lecture now, to which somebody comes; answers with its id and date.
    fn lecture_with(&self, student: &str) -> (String, String) {
        let opened = self.json("session open CS101");
        self.done(&format!("check-in {student}"));
        let id = opened["session_id"].as_str().unwrap().to_owned();
        self.done(&format!("session close {id}"));
        let list = self.json("session list");
        (id, list[0]["date"].as_str().unwrap().to_owned())
    }
}

/// Lines that clap refuses.
fn are_wrong_usage(shell: &Shell, lines: &[&str]) {
    for line in lines {
        assert_eq!(shell.type_line(line).status, 2, "{line}");
    }
}

#[test]
fn a_student_is_enrolled_for_some_days_withdrawn_and_brought_back() {
    let shell = Shell::with_a_class();
    let enrolled = shell
        .json("student enrol adm/2 --unit CS101 --from 2030-01-07 --until 2030-02-01 --group B");
    assert_eq!(
        enrolled["enrolment"],
        json!([{"from": "2030-01-07", "until": "2030-02-01", "group": "B", "source": "staff"}])
    );
    let text = shell.done("student enrol adm/2 --unit CS101 --group C");
    assert_eq!(
        text,
        "Enrolled ADM/2 in CS101: from 2030-01-07 until 2030-02-01, group C.\n"
    );
    let text = shell.done("student withdraw adm/1 --unit CS101 --last-day 2030-01-01");
    assert_eq!(
        text,
        "Withdrew ADM/1 Jane Doe from CS101: enrolled until 2030-01-01.\n"
    );
    let gone = shell.complaint("student enrol adm/1 --unit CS101");
    assert!(
        gone.starts_with("ADM/1 is not enrolled in CS101 any more (until 2030-01-01): say from"),
        "{gone}"
    );
    let back = shell.json("student enrol adm/1 --unit CS101 --from 2030-03-01");
    assert_eq!(back["enrolment"].as_array().unwrap().len(), 2, "{back}");
    let list = shell.json("student list --unit CS101");
    assert_eq!(
        keys(&list[0]),
        [
            "admission_number",
            "enrolment",
            "listing",
            "name",
            "standing"
        ]
    );
    let text = shell.done("student list --unit CS101");
    assert!(text.contains("until 2030-01-01; from 2030-03-01"), "{text}");
    shell.done("unit add CS102 --name More --lecturer L001");
    for (line, says) in [
        (
            "student withdraw adm/1 --unit CS102",
            "ADM/1 is not enrolled in CS102; run `kiosk student list --unit CS102`",
        ),
        (
            "student withdraw adm/9 --unit CS101",
            "there is no student ADM/9",
        ),
        (
            "student enrol adm/1 --unit X1",
            "there is no unit X1: run `kiosk unit list`",
        ),
        (
            "student enrol adm/1 --unit CS101 --from 2030-03-01 --until 2030-02-01",
            "the last day (2030-02-01) is before the first (2030-03-01)",
        ),
    ] {
        let complaint = shell.complaint(line);
        assert!(complaint.starts_with(says), "{line}: {complaint}");
    }
    are_wrong_usage(
        &shell,
        &[
            "student list",
            "student enrol adm/1",
            "student enrol adm/1 --unit CS101 --from someday",
            "student withdraw adm/1 --unit CS101 --last-day tomorrow",
        ],
    );
}

#[test]
fn a_list_with_newcomers_asks_from_when_on_they_count() {
    let shell = Shell::with_a_class();
    let (_, today) = shell.lecture_with("adm/1");
    let with = |line: &str| {
        shell.write("class.csv", &format!("adm,name\nADM/1,Jane Doe\n{line},\n"));
    };
    with("NEW/1");
    let question = shell.complaint("import students class.csv --unit CS101");
    assert!(
        question.ends_with("with --from beginning, --from today or --from DATE"),
        "{question}"
    );
    let from = |number: &str, day: &str| {
        with(number);
        shell.done(&format!(
            "import students class.csv --unit CS101 --from {day}"
        ));
        let list = shell.json("student list --unit CS101");
        let list = list.as_array().unwrap().iter();
        let mut of = list.filter(|it| it["admission_number"] == number);
        of.next().unwrap()["enrolment"][0]["from"].clone()
    };
    assert_eq!(from("NEW/1", "beginning"), Value::Null);
    assert_eq!(from("NEW/2", "today"), *today);
    assert_eq!(from("NEW/3", "2030-10-05"), "2030-10-05");
    // Those who are on it already are asked about no more.
    shell.done("import students class.csv --unit CS101");
    are_wrong_usage(
        &shell,
        &["import students class.csv --unit CS101 --from then"],
    );
}

#[test]
fn an_excuse_is_given_counts_and_is_taken_back() {
    let shell = Shell::with_a_class();
    let (lecture, today) = shell.lecture_with("adm/1");
    let reason = || {
        let history = shell.json("attendance why adm/2 --unit CS101");
        history["sessions"][0]["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(reason(), "absent");
    let given = shell.json(&format!(
        "excuse add adm/2 --lecture {} --category medical",
        &lecture[..8]
    ));
    assert_eq!(
        (
            &given["unit_code"],
            &given["lecture_id"],
            &given["category"]
        ),
        (&"CS101".into(), &lecture.into(), &"medical".into())
    );
    assert_eq!(reason(), "excused");
    let id = &given["excuse_id"].as_str().unwrap()[..8];
    let taken = shell.done(&format!("excuse remove {id}"));
    assert!(
        taken.starts_with("Took back the excuse of ADM/2 "),
        "{taken}"
    );
    assert_eq!(reason(), "absent");
    let text = shell.done(&format!("excuse add adm/2 --from {today} --unit CS101"));
    let says = format!("Excused ADM/2 on {today} in CS101 (other).\nExcuse: ");
    assert!(text.starts_with(&says), "{text}");
    assert_eq!(reason(), "excused");
    shell.done("excuse add adm/1 --from 2030-01-07 --until 2030-01-11");
    // The same again is the same excuse.
    shell.done("excuse add adm/1 --from 2030-01-07 --until 2030-01-11 --category family");
    let all = shell.json("excuse list");
    assert_eq!(
        (all.as_array().unwrap().len(), &all[0]["category"]),
        (2, &"family".into())
    );
    assert_eq!(shell.json("excuse list --student adm/2")[0]["from"], *today);
    assert_eq!(
        shell
            .json("excuse list --unit CS101")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let gone = shell.complaint(&format!("excuse remove {id}"));
    assert_eq!(
        gone,
        "there is no such excuse; run `kiosk excuse list` to see all"
    );
    let short = shell.complaint("excuse remove 5f");
    assert!(short.contains("is no excuse's id"), "{short}");
    let unknown = shell.complaint("excuse add nobody --from 2030-01-07");
    assert!(
        unknown.starts_with("there is no student NOBODY"),
        "{unknown}"
    );
    are_wrong_usage(
        &shell,
        &[
            "excuse add adm/1",
            "excuse add adm/1 --lecture 5f0c --from 2030-01-07",
            "excuse add adm/1 --lecture 5f0c --unit CS101",
            "excuse add adm/1 --from 2030-01-07 --category flu",
        ],
    );
}

#[test]
fn excuses_are_imported_once_and_refused_lines_are_named() {
    let shell = Shell::with_a_class();
    shell.write(
        "class.csv",
        "number,from,until,category,unit\n\
         ADM/1,2030-01-07,2030-01-11,medical,\n\
         ADM/2,2030-01-07,,,CS101\n\
         ADM/2,2030-01-07,,,X9\n\
         ADM/9,2030-01-07,,,\n",
    );
    let looked = shell.json("import excuses class.csv --dry-run");
    assert_eq!(shell.json("excuse list"), json!([]));
    let done = shell.json("import excuses class.csv");
    for report in [&looked, &done] {
        assert_eq!(
            (&report["new"], &report["refused"]),
            (&2.into(), &2.into()),
            "{report}"
        );
    }
    let again = shell.type_line("import excuses class.csv");
    assert_eq!(again.status, 1, "some lines are refused");
    for says in [
        "line 4: there is no unit X9\n",
        "line 5: there is no student ADM/9\n",
        "Imported: 0 new, 0 changed, 2 unchanged, 2 refused.\n",
    ] {
        assert!(again.printed.contains(says), "{}", again.printed);
    }
    let logged = shell.json("audit --action student.excused");
    assert_eq!(logged.as_array().unwrap().len(), 2);
    shell.write("class.csv", "number,date,category\nADM/1,2030-02-01,\n");
    shell.done("import excuses class.csv");
    assert_eq!(shell.json("excuse list")[0]["until"], "2030-02-01");
    shell.write("class.csv", "adm,name\nADM/1,Jane\n");
    let complaint = shell.complaint("import excuses class.csv");
    assert!(
        complaint.contains("class.csv is not a list of excuses: "),
        "{complaint}"
    );
}

#[test]
fn a_unit_has_rules_of_its_own_and_takes_the_sites_back() {
    let shell = Shell::with_a_class();
    let site = shell.json("unit show cs101");
    assert_eq!(
        (&site["rules"]["required_percent"], &site["own_rules"]),
        (&75.into(), &json!({}))
    );
    let own = shell.json(
        "unit set CS101 --required-percent 200/3 --warning-percent 70 --basis planned --excused absent \
         --excused-leaves-plan true --lates-per-absence 3 --minimum-lectures 2 --planned-lessons 10",
    );
    assert_eq!(
        own["rules"],
        json!({
            "planned_lessons": 10, "required_percent": "200/3", "warning_percent": 70, "basis": "planned",
            "excused": "absent", "excused_leaves_plan": true, "lates_per_absence": 3, "minimum_lectures": 2,
        })
    );
    assert_eq!(own["own_rules"].as_object().unwrap().len(), 8);
    assert_eq!(
        own["rule"],
        "at least 200/3 % of the 10 lectures planned; excused counts as missed; \
         3 late arrivals cost one lecture; from 2 lectures on"
    );
    assert_ne!(own["policy"], site["policy"]);
    let text = shell.done("unit set CS101 --required-percent site --basis site");
    let row = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>()
    };
    assert_eq!(row("required_percent"), ["required_percent", "75", "site"]);
    assert_eq!(row("lates_per_absence"), ["lates_per_absence", "3", "unit"]);
    let done = shell.json("unit set CS101 --finish-semester --name Programming~II --retire");
    assert_eq!(
        (&done["finished_semesters"], &done["name"], &done["retired"]),
        (&json!(["1"]), &"Programming II".into(), &true.into())
    );
    let refused = shell.complaint("session open CS101");
    assert!(refused.contains("CS101"), "{refused}");
    let back = shell.json("unit set CS101 --resume-semester --bring-back");
    assert_eq!(
        (&back["finished_semesters"], &back["retired"]),
        (&json!([]), &false.into())
    );
    let none = shell.complaint("unit set X1 --basis held");
    assert!(
        none.starts_with("there is no unit X1; run `kiosk unit list`"),
        "{none}"
    );
    are_wrong_usage(
        &shell,
        &[
            "unit set CS101",
            "unit set CS101 --required-percent 101",
            "unit set CS101 --planned-lessons 0",
            "unit set CS101 --basis taught",
            "unit set CS101 --retire --bring-back",
        ],
    );
    let usage = shell.type_line("unit set CS101 --excused never").error;
    assert!(
        usage.contains("write not_counted, present or absent, or site for the site's rule"),
        "{usage}"
    );
}

#[test]
fn somebody_is_assigned_to_a_unit_and_a_lecturer_changed() {
    let shell = Shell::with_a_class();
    shell.add_colleague("L002");
    let unit = shell.json("unit assign CS101 l002 --role helper --until 2030-01-31");
    assert_eq!(
        unit["assignments"],
        json!([{"staff_id": "L002", "name": "Dr. Otieno", "role": "helper", "from": null,
            "until": "2030-01-31"}])
    );
    let text = shell.done("unit show CS101");
    assert!(text.contains("Dr. Otieno  helper"), "{text}");
    let unit = shell.json("unit unassign CS101 L002");
    assert_eq!(unit["assignments"], json!([]));
    let none = shell.complaint("unit unassign CS101 L002");
    assert!(
        none.starts_with("L002 is not assigned to CS101; run"),
        "{none}"
    );
    let nobody = shell.complaint("unit assign CS101 L009 --role owner");
    assert!(
        nobody.starts_with("there is no lecturer L009: run"),
        "{nobody}"
    );

    let set = shell.json("lecturer set L002 --name Prof.~Otieno --department Physics --left true");
    assert_eq!(
        (&set["name"], &set["department"], &set["has_left"]),
        (&"Prof. Otieno".into(), &"Physics".into(), &true.into())
    );
    assert!(shell.done("lecturer list").contains("has left"));
    let last = shell.complaint("lecturer set L001 --admin false");
    assert_eq!(last, "somebody with a PIN has to stay an administrator");
    let text = shell.done("lecturer set L001 --department Computing");
    assert_eq!(text, "Changed Dr. Smith (L001): administrator.\n");
    are_wrong_usage(
        &shell,
        &[
            "lecturer set L002",
            "lecturer set L002 --admin perhaps",
            "unit assign CS101 L002",
            "unit assign CS101 L002 --role boss",
        ],
    );
}

#[test]
fn a_lecture_that_nobody_opened_is_settled_and_one_is_for_a_group() {
    let shell = Shell::with_a_class();
    // Nairobi is three hours ahead: what is the time in UTC was the time there three hours ago.
    let now = chrono::Utc::now();
    let (date, hour) = (now.format("%Y-%m-%d"), now.format("%H"));
    shell.write(
        "class.csv",
        &format!("unit,date,start,end\nCS101,{date},{hour}:00,{hour}:59\n"),
    );
    shell.done("import timetable class.csv");
    let list = format!("timetable list --date {date}");
    let day = shell.json(&list);
    let id = &day[0]["lecture_id"].as_str().unwrap()[..8];
    assert!(shell.done(&list).contains(id));
    let held = shell.complaint(&format!("session settle {id} held"));
    assert!(held.contains("never opened"), "{held}");
    let text = shell.done(&format!("session settle {id} not-held"));
    let lecture = now.format("CS101, %a %-d %b %Y %H:00");
    assert_eq!(text, format!("{lecture}: not held; for every group.\n"));
    let (lecture, _) = shell.lecture_with("adm/1");
    let set = shell.json(&format!(
        "session set {lecture} --group B --lesson W1 --voluntary true"
    ));
    assert_eq!(
        (&set["group"], &set["lesson"], &set["voluntary"]),
        (&"B".into(), &"W1".into(), &true.into())
    );
    let set = shell.json(&format!("session set {lecture} --group all"));
    assert_eq!(
        (&set["group"], &set["lesson"], &set["voluntary"]),
        (&Value::Null, &"W1".into(), &true.into())
    );
    let none = shell.complaint("session set 0000 --group B");
    assert!(none.starts_with("there is no session 0000; run"), "{none}");
    are_wrong_usage(
        &shell,
        &[
            "session set 5f0c",
            "session settle 5f0c",
            "session settle 5f0c perhaps",
        ],
    );
}

#[test]
fn a_planned_lecture_is_cancelled_by_its_id_and_planned_again() {
    let shell = Shell::with_a_class();
    let tomorrow = chrono::Utc::now() + chrono::Duration::days(2);
    let date = tomorrow.format("%Y-%m-%d");
    let file = format!("unit,date,start,end\nCS101,{date},09:00,11:00\n");
    shell.write("class.csv", &file);
    shell.done("import timetable class.csv");
    let day = shell.json(&format!("timetable list --date {date}"));
    let id = &day[0]["lecture_id"].as_str().unwrap()[..8];
    let reopen = format!("session reopen {id} --reason mistake");
    let reopened = shell.complaint(&reopen);
    let why = "was never opened: while it is planned, open it instead";
    assert!(reopened.contains(why), "{reopened}");
    let cancelled = shell.json(&format!("session cancel {id} --reason ill"));
    assert_eq!(cancelled["state"], "cancelled");
    let again = shell.json(&reopen);
    assert_eq!(again["state"], "planned");
}

#[test]
fn a_lecture_is_shown_changed_and_moved_and_the_change_undone() {
    let shell = Shell::with_a_class();
    shell.done("unit add ma110 --name Mathematics --lecturer L001");
    let (lecture, _) = shell.lecture_with("adm/1");
    let changes = |line: &str| {
        let report = shell.json(&format!("session set {lecture} {line}"));
        let changes = report["changes"].as_array().unwrap().clone();
        let text = |line: &Value| line.as_str().unwrap().to_owned();
        (changes.iter().map(text).collect::<Vec<_>>(), report)
    };
    let (looked, as_before) = changes("--venue Lab~3 --dry-run");
    assert!(looked[0].starts_with("Its room is Lab 3"), "{looked:?}");
    let (moved, report) = changes("--unit MA110 --reason by~mistake");
    assert_eq!(
        moved,
        [
            "1 record goes from CS101 to MA110, with its time.",
            "MA110 has no list: whoever came belongs to it.",
            "What the portal has is listed, to be moved there by hand."
        ]
    );
    assert_eq!(
        (&as_before["unit_code"], &report["unit_code"]),
        (&"CS101".into(), &"MA110".into())
    );
    let shown = shell.json(&format!("session undo {lecture} --dry-run"));
    let goes = "1 record goes from MA110 to CS101, with its time.";
    assert_eq!(
        (&shown["changes"][0], &shown["unit_code"]),
        (&goes.into(), &"MA110".into())
    );
    let undone = shell.json(&format!("session undo {lecture}"));
    assert_eq!(undone["changes"], shown["changes"]);
    assert_eq!(undone["unit_code"], "CS101");
    let nothing = shell.complaint(&format!("session undo {lecture}"));
    assert!(nothing.contains("nothing was changed"), "{nothing}");
    are_wrong_usage(&shell, &[&format!("session set {lecture} --unit MA110")]);
}

#[test]
fn parallel_groups_of_a_timetable_give_the_same_lessons() {
    let shell = Shell::with_a_class();
    let line = |date: &str, start: &str, group: &str| {
        let end = start.replace(":00", ":50");
        format!("CS101,{date},{start},{end},{group}\n")
    };
    let heading = "unit,date,start,end,group\n".to_owned();
    let first = heading.clone()
        // Not in the order of their times.
        + &line("2030-10-03", "09:00", "A")
        + &line("2030-10-01", "09:00", "A")
        + &line("2030-10-01", "11:00", "B")
        + &line("2030-10-02", "09:00", "B")
        + &line("2030-10-02", "11:00", "");
    shell.write("class.csv", &first);
    shell.done("import timetable class.csv");
    let lesson = |date: &str, place: usize| {
        let day = shell.json(&format!("timetable list --date {date}"));
        let id = day[place]["lecture_id"].as_str().unwrap().to_owned();
        let set = shell.json(&format!("session set {id} --voluntary false"));
        set["lesson"].as_str().unwrap_or("its own").to_owned()
    };
    assert_eq!(lesson("2030-10-01", 0), "2030-W40-1");
    assert_eq!(lesson("2030-10-01", 1), "2030-W40-1");
    assert_eq!(lesson("2030-10-02", 0), "2030-W40-2");
    assert_eq!(lesson("2030-10-02", 1), "its own");
    assert_eq!(lesson("2030-10-03", 0), "2030-W40-2");
    // A cancelled lecture keeps its place, and one that is added takes the next.
    let day = shell.json("timetable list --date 2030-10-01");
    shell.done(&format!(
        "timetable cancel {} --reason strike",
        day[0]["id"]
    ));
    shell.write("class.csv", &(first + &line("2030-09-30", "09:00", "A")));
    let report = shell.json("import timetable class.csv");
    assert_eq!(
        (&report["new"], &report["unchanged"]),
        (&1.into(), &5.into()),
        "{report}"
    );
    assert_eq!(lesson("2030-09-30", 0), "2030-W40-3");
    assert_eq!(lesson("2030-10-03", 0), "2030-W40-2");
    // A lecture that changes its group takes the next place of the other.
    shell.write("class.csv", &(heading + &line("2030-10-03", "09:00", "B")));
    assert_eq!(shell.json("import timetable class.csv")["changed"], 1);
    assert_eq!(lesson("2030-10-03", 0), "2030-W40-3");
}

#[test]
fn the_exam_list_says_who_may_sit_it_by_which_rule_and_why_not() {
    let shell = Shell::with_a_class();
    shell.lecture_with("adm/1");
    let exam = shell.json("exam CS101 --semester 1");
    assert_eq!(
        keys(&exam),
        [
            "complete",
            "generated_at",
            "policy",
            "rule",
            "semester",
            "students",
            "unit_code"
        ]
    );
    assert_eq!(exam["complete"], true);
    let told = |place: usize| {
        let student = &exam["students"][place];
        (
            student["decision"].clone(),
            student["reasons"].clone(),
            student["share"].clone(),
        )
    };
    assert_eq!(told(0), ("eligible".into(), json!([]), "1/1".into()));
    assert_eq!(
        told(1),
        (
            "not_eligible".into(),
            json!(["below_required"]),
            "0/1".into()
        )
    );
    let text = shell.done("exam CS101");
    for says in [
        "CS101, semester 1: who may sit the exam\nRule: at least 75 % of the lectures held so far\nPolicy ",
        "; everything held is known\n1 eligible, 1 not eligible, 0 undecided\n",
        "not eligible",
    ] {
        assert!(text.contains(says), "{text}");
    }
    shell.done("unit set CS101 --minimum-lectures 2");
    let few = shell.json("exam CS101");
    assert_eq!(
        (
            &few["students"][0]["decision"],
            &few["students"][0]["reasons"]
        ),
        (&"undecided".into(), &json!(["too_few_lectures"]))
    );
    let none = shell.complaint("exam X1");
    assert!(
        none.starts_with("there is no unit X1: run `kiosk unit list`"),
        "{none}"
    );
    are_wrong_usage(&shell, &["exam"]);
}
