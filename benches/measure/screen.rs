//! From a key to the frame that shows it, and from an answered check-in to the board that counts it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::Run;
use crate::http::Connection;
use crate::process::memory;
use crate::pty::Terminal;
use crate::report::{Row, percentile};
use crate::school::{PIN, STAFF_ID, Site, Size, number, program};

/// A full hall that has met six times.
const HALL: Size = Size {
    units: 1,
    students_of_each: 1000,
    held: 6,
};
/// Below this height the board writes its totals as words, which are easily read here.
const SIZE: (u16, u16) = (110, 28);
/// A person types ten keys a second; a bench has less patience.
const BETWEEN_KEYS: Duration = Duration::from_millis(41);

/// Whether a screen shows a key.
type Shows = Box<dyn Fn(&str) -> bool>;

/// Something to type into.
pub trait Page {
    /// The next key, and the text that is on the screen once it has been drawn.
    fn next(&mut self) -> (String, Shows);
}

pub async fn measure(run: &mut Run) {
    for rate in [0, 50, 500] {
        let site = Site::found(run.folder(), HALL).await;
        let mut screen = Terminal::start(&program(), &["run"], site.folder(), SIZE);
        screen.wait("the class", |text| text.contains("CS101"));
        run.report.heading(&format!(
            "Students' screen, 1,000 enrolled, {rate} check-ins a second"
        ));
        let lasts = lasts(run, rate);
        let heard = visit(&mut screen, &mut Entry::default(), &site, rate, lasts).await;
        heard.report(run);
        screen.stop();

        let site = Site::found(run.folder(), HALL).await;
        let mut screen = Terminal::start(&program(), &["run"], site.folder(), SIZE);
        screen.wait("the class", |text| text.contains("CS101"));
        sign_in(&mut screen);
        run.report.heading(&format!(
            "Lecturer's board, 1,000 enrolled, {rate} check-ins a second"
        ));
        let heard = visit(&mut screen, &mut Search::default(), &site, rate, lasts).await;
        heard.report(run);
        if rate == 500 {
            let memory = memory(screen.pid());
            run.report.add(Row::new(
                "memory, the most under this load",
                memory.most,
                "MB",
            ));
        }
        screen.stop();
    }
}

/// As long as there are students left to come, and no longer than a person waits for a bench.
fn lasts(run: &Run, rate: u32) -> Duration {
    let longest = if run.is_quick { 3 } else { 15 };
    let students = u32::try_from(HALL.students_of_each).unwrap_or(u32::MAX);
    let last = students.checked_div(rate).unwrap_or(longest);
    Duration::from_secs(last.min(longest).into())
}

/// To the board of the session that is open.
fn sign_in(screen: &mut Terminal) {
    screen.press("\x1b[21~");
    screen.wait("the staff door", |text| text.contains("PIN"));
    screen.press(&format!("{STAFF_ID}\t{PIN}\r"));
    screen.wait("the menu", |text| text.contains("Leave the program"));
    screen.press("1");
    screen.wait("the board", |text| text.contains("Everybody, by number"));
    screen.press("/");
}

/// What a while in front of a screen gave.
struct Heard {
    keys: Vec<Duration>,
    boards: Vec<Duration>,
}

impl Heard {
    fn report(mut self, run: &mut Run) {
        let p50 = percentile(&mut self.keys, 50);
        run.report.add(Row::milliseconds(
            format!("key to frame, p50 of {}", self.keys.len()),
            p50,
        ));
        let p99 = percentile(&mut self.keys, 99);
        run.report
            .add(Row::milliseconds("key to frame, p99", p99).at_most(16.0));
        if self.boards.is_empty() {
            return;
        }
        let p50 = percentile(&mut self.boards, 50);
        run.report.add(Row::milliseconds(
            format!("arrival to board, p50 of {}", self.boards.len()),
            p50,
        ));
        let p99 = percentile(&mut self.boards, 99);
        run.report
            .add(Row::milliseconds("arrival to board, p99", p99).at_most(250.0));
    }
}

/// Presses keys for a while, as students check in by phone.
async fn visit(
    screen: &mut Terminal,
    page: &mut dyn Page,
    site: &Site,
    rate: u32,
    lasts: Duration,
) -> Heard {
    let end = Instant::now() + lasts;
    let arrivals = (rate > 0).then(|| arrive(site, rate, end));
    let mut counts: Vec<(Instant, usize)> = Vec::new();
    let mut note = |at: Instant, text: &str| {
        if let Some(present) = present(text)
            && counts.last().is_none_or(|(_, last)| *last != present)
        {
            counts.push((at, present));
        }
    };
    let keys = press_until(screen, page, end, &mut note);
    // The last ones are still on their way to the board.
    screen.watch_until(Instant::now() + Duration::from_secs(1), &mut note);
    let mut answered = match arrivals {
        Some(arrivals) => arrivals.await.expect("the students come"),
        None => Vec::new(),
    };
    answered.sort_unstable();
    Heard {
        keys,
        boards: waits(&answered, &counts),
    }
}

/// Presses keys, and says how long after each its frame was there; looks at every other frame too.
pub fn press_until(
    screen: &mut Terminal,
    page: &mut dyn Page,
    end: Instant,
    note: &mut dyn FnMut(Instant, &str),
) -> Vec<Duration> {
    let mut waits = Vec::new();
    while Instant::now() < end {
        let (key, shows) = page.next();
        let pressed = screen.press(&key);
        let drawn = screen.wait_noting(&format!("the key {key:?}"), |at, text| {
            note(at, text);
            shows(text)
        });
        waits.push(drawn.saturating_duration_since(pressed));
        screen.watch_until(pressed + BETWEEN_KEYS, &mut *note);
    }
    waits
}

/// How long after each answer the screen first counted that many.
fn waits(answered: &[Instant], counts: &[(Instant, usize)]) -> Vec<Duration> {
    let shown = |count: usize| {
        counts
            .iter()
            .find(|(_, present)| *present >= count)
            .map(|(at, _)| *at)
    };
    answered
        .iter()
        .enumerate()
        .map(|(earlier, at)| {
            let shown = shown(earlier + 1).expect("everybody who was answered is on the board");
            shown.saturating_duration_since(*at)
        })
        .collect()
}

/// How many are present, as the screen says.
fn present(text: &str) -> Option<usize> {
    let (before, _) = text.split_once(" present")?;
    let digits = before.rsplit(|character: char| !character.is_ascii_digit());
    digits.into_iter().next()?.parse().ok()
}

/// Students of the roster check in by phone at that pace; answers with when each was told so.
fn arrive(site: &Site, rate: u32, end: Instant) -> JoinHandle<Vec<Instant>> {
    /// So many phones at once that none waits for another's answer.
    const PHONES: usize = 16;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, site.port));
    let code = site.code.clone();
    tokio::spawn(async move {
        let started = Instant::now();
        let phones = (0..PHONES).map(|phone| {
            let code = code.clone();
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await.expect("a connection");
                let mut answered = Vec::new();
                let mine = (phone..HALL.students_of_each).step_by(PHONES);
                for student in mine {
                    let turn = u32::try_from(student).expect("a few students");
                    let at = started + Duration::from_secs(1) * turn / rate;
                    if at >= end {
                        break;
                    }
                    tokio::time::sleep_until(at.into()).await;
                    let status = connection.check_in(&code, &number(student)).await;
                    assert_eq!(status.expect("an answer"), 201);
                    answered.push(Instant::now());
                }
                answered
            })
        });
        let phones = futures_util::future::join_all(phones).await.into_iter();
        phones.flat_map(|phone| phone.expect("a phone")).collect()
    })
}

/// The students' field: a letter more each time, and all of it away when it is full.
#[derive(Default)]
pub struct Entry {
    typed: String,
}

/// The board's search: the same, and each letter searches a thousand students.
#[derive(Default)]
struct Search {
    typed: String,
}

impl Page for Entry {
    fn next(&mut self) -> (String, Shows) {
        if self.typed.len() == 12 {
            let gone = std::mem::take(&mut self.typed);
            return (
                "\x15".to_owned(),
                Box::new(move |text| !text.contains(&gone)),
            );
        }
        let key = char::from(b'A' + u8::try_from(self.typed.len()).unwrap_or(0));
        self.typed.push(key);
        let typed = self.typed.clone();
        (key.to_string(), Box::new(move |text| text.contains(&typed)))
    }
}

impl Page for Search {
    fn next(&mut self) -> (String, Shows) {
        // A number that the roster has: the list gets shorter with each digit.
        const WANTED: &str = "ADM/000";
        if self.typed.len() == WANTED.len() {
            self.typed.pop();
            let less = format!("Search  {}", self.typed);
            let more = format!("Search  {WANTED}");
            return (
                "\x7f".to_owned(),
                Box::new(move |text| text.contains(&less) && !text.contains(&more)),
            );
        }
        let key = &WANTED[self.typed.len()..=self.typed.len()];
        self.typed.push_str(key);
        let typed = format!("Search  {}", self.typed);
        (key.to_owned(), Box::new(move |text| text.contains(&typed)))
    }
}
