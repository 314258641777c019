//! A term of one unit, from the class list to the exam list, at the kiosk's screen and in a browser.
//!
//! `tests/data/term` has the exam list that follows, made by hand.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::support::browser::Browser;
use crate::support::kiosk::{Kiosk, START};
use crate::support::process::output_of;
use crate::support::tmux::Tmux;
use crate::support::tools;
use crate::support::wait::until;
use crate::support::wall_clock::WallClock;

/// How long the screen may take on a busy machine.
const PROMPT: Duration = Duration::from_secs(10);

/// How long a kiosk may deliver before it ends.
const END: Duration = Duration::from_secs(30);

const CLASS: [(&str, &str); 7] = [
    ("001", "Amina Njeri"),
    ("002", "Brian Otieno"),
    ("003", "Caleb Kiprop"),
    ("004", "Dina Wanjiru"),
    ("005", "Eli Mwangi"),
    ("006", "Faith Akinyi"),
    ("007", "Grace Muthoni"),
];

/// The day of a lecture: the first one is on 12 January, and there is one each Monday.
fn day(lecture: u64) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2026, 1, 12).expect("a day");
    first + Days::new(7 * (lecture - 1))
}

/// A time of day in Nairobi, three hours ahead of UTC.
fn moment(lecture: u64, hour: u32, minute: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour - 3, minute, 0).expect("a time");
    day(lecture).and_time(time).and_utc()
}

fn number(student: &str) -> String {
    format!("ADM/2026/{student}")
}

/// A kiosk that is switched on for each lecture.
struct Term {
    kiosk: Kiosk,
    clock: WallClock,
}

/// The screen while a lecture takes place.
struct Lecture {
    tmux: Tmux,
}

impl Term {
    /// Students, a second lecturer, and a timetable without the sixth lecture, which no timetable has.
    fn begin() -> Option<Self> {
        let mut kiosk = Kiosk::new();
        let clock = WallClock::behind(&mut kiosk, 0)?;
        clock.is(moment(1, 7, 0));
        kiosk.set_up_school();
        kiosk.add_staff("S002", "Dr. Jones", &[]);
        for (unit, name) in [("CS101", ""), ("MA110", "Mathematics")] {
            if !name.is_empty() {
                kiosk.done(&["unit", "add", unit, "--name", name, "--lecturer", "S001"]);
            }
            kiosk.done(&["unit", "set", unit, "--planned-lessons", "10"]);
        }
        let term = Self { kiosk, clock };
        // Brian Otieno begins in the other unit.
        for (unit, is_there) in [("CS101", false), ("MA110", true)] {
            let listed = CLASS
                .iter()
                .filter(|(student, _)| (*student == "002") == is_there);
            let list = listed.map(|(student, name)| format!("{},{name}\n", number(student)));
            let list = format!("admission_number,name\n{}", list.collect::<String>());
            term.import("students", &list, &["--unit", unit]);
        }
        let lectures = (1..=10).filter(|lecture| *lecture != 6).map(day);
        let lectures = lectures.map(|day| format!("CS101,{day},09:00,11:00,Room 101\n"));
        let lectures = format!(
            "unit,date,start,end,venue\n{}",
            lectures.collect::<String>()
        );
        term.import("timetable", &lectures, &[]);
        Some(term)
    }

    fn import(&self, what: &str, text: &str, more: &[&str]) {
        let file = self.kiosk.folder().join(format!("{what}.csv"));
        fs::write(&file, text).expect("a file");
        self.kiosk
            .done(&[&["import", what, &file.to_string_lossy()], more].concat());
    }

    /// Switches the kiosk on before a lecture, which then is on the screen.
    async fn lecture(&self, lecture: u64) -> Lecture {
        let screen = self.switched_on(lecture).await;
        screen.tmux.wait_for("CS101", START);
        screen
    }

    async fn switched_on(&self, lecture: u64) -> Lecture {
        self.clock.is(moment(lecture, 8, 56));
        let tmux = self.kiosk.run_in_terminal(100, 30);
        tmux.wait_for("F10 Staff", START);
        self.kiosk.wait_until_healthy(|| ()).await;
        Lecture { tmux }
    }

    /// A browser whose owner is signed in, at a page.
    async fn browser(&self, path: &str) -> Browser {
        let browser = Browser::phone(1280, 900).await;
        browser.open(&format!("{}{path}", self.kiosk.url())).await;
        browser.fill("#staff_id", "S001").await;
        browser.fill("#pin", "246813").await;
        browser.press("#pin").await;
        browser.find_sentence("Sign out").await;
        browser
    }

    /// The page of a student, in the last lecture.
    fn page_of(&self, student: &str) -> String {
        let last = "SELECT id FROM attendance_sessions ORDER BY starts_at DESC LIMIT 1";
        let session = self.kiosk.texts(last).concat();
        format!("/board/{session}/student?number=ADM%2F2026%2F{student}")
    }
}

impl Lecture {
    /// Each of the students types, and reads the own name.
    fn typed_by(&self, students: &[&str]) {
        for student in students {
            self.types(&number(student));
            let (_, name) = CLASS
                .iter()
                .find(|(one, _)| one == student)
                .expect("one of the class");
            self.tmux.wait_for(name, PROMPT);
        }
    }

    /// The kiosk is switched off.
    fn ends(self) {
        let pid = self.tmux.pid().to_string();
        output_of(Command::new("kill").args(["-TERM", &pid]));
        until("the end", END, || self.tmux.exit_status());
    }

    fn types(&self, text: &str) {
        self.tmux.type_text(text);
        self.tmux.press("Enter");
    }

    /// The board, for somebody who signs in.
    fn board(&self, staff_id: &str) {
        self.tmux.press("F10");
        self.tmux.wait_for("Staff ID", PROMPT);
        self.types(staff_id);
        self.types("246813");
        self.tmux.wait_for("Leave the program", PROMPT);
        self.tmux.press("1");
        self.tmux.wait_for("Everybody, by number", PROMPT);
    }

    /// Chooses a student on the board.
    fn chooses(&self, number: &str) {
        self.tmux.press("/");
        self.types(number);
        self.tmux
            .wait_until(&format!("{number} alone"), PROMPT, |screen| {
                screen.contains(&format!("> {number}")) && screen.matches("ADM/2026/").count() <= 2
            });
    }

    /// Presses a key, and answers the question that it asks with the one text that is wanted.
    fn asks(&self, key: &str, question: &str, answer: &str, done: &str) {
        self.tmux.press(key);
        self.tmux.wait_for(question, PROMPT);
        // The first key replaces what was filled in.
        self.types(answer);
        self.tmux.wait_for(done, PROMPT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exam_list_of_a_term_is_the_one_that_was_made_by_hand() {
    if tools::missing(&["tmux", "chromium", "chromedriver"]) {
        return;
    }
    let Some(term) = Term::begin() else {
        return;
    };
    excused_withdrawn_and_late(&term).await;
    merged_and_moved(&term).await;
    not_held_and_substituted(&term).await;

    term.clock.is(moment(11, 12, 0));
    term.kiosk
        .done(&["unit", "set", "CS101", "--finish-semester"]);
    term.kiosk.done(&["session", "list"]);
    let exam = term
        .kiosk
        .done(&["export", "exam", "CS101", "--out", "-", "--format", "csv"]);
    assert_eq!(columns(&exam, &made_by_hand()), made_by_hand(), "{exam}");
}

async fn excused_withdrawn_and_late(term: &Term) {
    let lecture = term.lecture(1).await;
    lecture.typed_by(&["001", "003", "004", "005", "006", "007"]);
    lecture.ends();

    // An excuse at the terminal.
    let lecture = term.lecture(2).await;
    lecture.typed_by(&["001", "003", "004", "007"]);
    lecture.board("S001");
    lecture.chooses(&number("005"));
    lecture.tmux.press("E");
    lecture
        .tmux
        .wait_for("Why is ADM/2026/005 excused?", PROMPT);
    lecture.tmux.press("1");
    lecture.tmux.press("Enter");
    lecture.tmux.wait_for("ADM/2026/005 is excused", PROMPT);
    lecture.ends();

    let lecture = term.lecture(3).await;
    lecture.typed_by(&["001", "003", "005", "007"]);
    lecture.board("S001");
    lecture.chooses(&number("004"));
    lecture.tmux.press("o");
    lecture.tmux.wait_for("Withdraw ADM/2026/004?", PROMPT);
    lecture.tmux.press("Enter");
    lecture.tmux.wait_for("ADM/2026/004 is withdrawn", PROMPT);
    lecture.ends();

    // Somebody joins late, enrolled in the browser, and comes late.
    let lecture = term.lecture(4).await;
    lecture.typed_by(&["001", "003", "005", "007"]);
    let browser = term.browser("/units/CS101").await;
    browser.fill("#enrol-number", &number("002")).await;
    browser
        .script(&format!(
            "document.querySelector('#enrol-from').value = '{}'",
            day(4)
        ))
        .await;
    browser.press("#enrol-number").await;
    browser.find_sentence("Brian Otieno").await;
    term.clock.is(moment(4, 9, 12));
    lecture.types(&number("002"));
    lecture.tmux.wait_for("***002   late", PROMPT);
    lecture.ends();
}

async fn merged_and_moved(term: &Term) {
    // A slip of the finger.
    let lecture = term.lecture(5).await;
    lecture.typed_by(&["001", "002", "005", "006"]);
    lecture.types("ADM/2026/O07");
    // A key that follows at once does not answer.
    lecture
        .tmux
        .wait_for("Nothing is recorded yet. 13 s", PROMPT);
    lecture.tmux.press("Tab");
    lecture.tmux.wait_for("full name", PROMPT);
    lecture.types("Grace Muthoni");
    lecture.tmux.wait_for("not on this unit's list", PROMPT);
    lecture.board("S001");
    lecture.chooses("ADM/2026/O07");
    lecture.asks(
        "g",
        "ADM/2026/O07 / merge",
        "ADM/2026/007",
        "is ADM/2026/007 now",
    );
    lecture.ends();
    // The office withdraws a student, with the day of that lecture as the last one.
    let withdraw = ["student", "withdraw", "ADM/2026/003", "--unit", "CS101"];
    term.kiosk
        .done(&[&withdraw[..], &["--last-day", &day(5).to_string()]].concat());

    // A lecture that no timetable has is opened for the wrong unit, and then is of the right one.
    let lecture = term.switched_on(6).await;
    term.kiosk
        .done(&["session", "open", "MA110", "--starts-at", "09:00"]);
    lecture.tmux.wait_for("MA110", PROMPT);
    for student in ["001", "002", "006"] {
        lecture.types(&number(student));
        lecture.tmux.wait_for(&number(student), PROMPT);
    }
    lecture.board("S001");
    lecture.tmux.press("M");
    lecture.tmux.wait_for("move to another unit", PROMPT);
    lecture.tmux.type_text("CS101");
    lecture.tmux.wait_for("go from MA110 to CS101", PROMPT);
    lecture.tmux.press("Tab");
    lecture.types("opened for the wrong unit");
    lecture.tmux.wait_for("The lecture is of CS101 now", PROMPT);
    let browser = term.browser(&term.page_of("005")).await;
    browser.click("button[value=lecture]").await;
    until("the second excuse of the term", PROMPT, || {
        (term.kiosk.count("SELECT count(*) FROM excuses") == 2).then_some(())
    });
    lecture.ends();
}

async fn not_held_and_substituted(term: &Term) {
    let enrol = ["student", "enrol", "ADM/2026/004", "--unit", "CS101"];
    term.kiosk
        .done(&[&enrol[..], &["--from", &day(7).to_string()]].concat());
    let lecture = term.lecture(7).await;
    lecture.typed_by(&["001", "002", "004", "005", "006", "007"]);
    lecture.ends();

    let lecture = term.lecture(8).await;
    lecture.typed_by(&["001", "002", "004", "006", "007"]);
    lecture.types("XYZ/1");
    lecture.tmux.wait_for("full name", PROMPT);
    lecture.types("Xavier Stranger");
    lecture.tmux.wait_for("not on this unit's list", PROMPT);
    lecture.ends();

    // Nobody comes: the timetable opened it, and the lecturer says a week later that it was not held.
    term.lecture(9).await.ends();

    // A substitute, who marks one student by hand.
    term.kiosk
        .done(&["unit", "assign", "CS101", "S002", "--role", "helper"]);
    let lecture = term.lecture(10).await;
    lecture.typed_by(&["001", "005", "007"]);
    lecture.board("S002");
    lecture.chooses(&number("006"));
    lecture.tmux.press("m");
    lecture.tmux.wait_for("ADM/2026/006: present", PROMPT);
    lecture.tmux.press("t");
    lecture
        .tmux
        .wait_for("opened by itself, nobody came", PROMPT);
    lecture.tmux.press("n");
    lecture.tmux.wait_for("It counts for nobody.", PROMPT);
    lecture.tmux.press("Enter");
    lecture.tmux.wait_for("That lecture was not held.", PROMPT);
    lecture.ends();
}

fn made_by_hand() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/term/exam-list.csv");
    fs::read_to_string(file).expect("a list")
}

/// The columns of a list that another list has, in the order of the other one.
fn columns(list: &str, other: &str) -> String {
    let mut list = csv::Reader::from_reader(list.as_bytes());
    let mut other = csv::Reader::from_reader(other.as_bytes());
    let heads = list.headers().expect("a heading").clone();
    let wanted = other.headers().expect("a heading").clone();
    let places: Vec<usize> = wanted
        .iter()
        .map(|want| {
            let place = heads.iter().position(|head| head == want);
            place.unwrap_or_else(|| panic!("{want} is not in {heads:?}"))
        })
        .collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&wanted).expect("memory");
    for row in list.records() {
        let row = row.expect("a row");
        out.write_record(places.iter().map(|&place| &row[place]))
            .expect("memory");
    }
    let bytes = out.into_inner().expect("memory");
    String::from_utf8(bytes).expect("text")
}
