//! A term in minutes: lectures on five days a week at two kiosks, whose networks, disks, clocks and
//! programs fail by chance, and after every step a look whether each promise was kept.
//!
//! The term's own ledger knows what was promised; databases, Firestore and the portal are compared with
//! it. Everything that chance decides follows from the seed: `scripts/endurance --seed N` plays a term
//! again. Only the races of the two programs are their own.
//!
//! The suite plays two short terms; `KIOSK_TEST_SEED` and `KIOSK_TEST_WEEKS` play another one.

mod chance;
mod ledger;
mod machine;
mod portal;
mod program;
mod proof;
mod wire;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kiosk::domain::Timestamp;

use chance::Chance;
use ledger::{Lecture, Ledger, percent, same};
use machine::Machine;
use portal::Portal;
use wire::{Act, Answer, Arrival, Order, Owed, Slip};

use crate::support::firestore::Firestore;
use crate::support::proxy::{Canned, Fault};
use crate::support::tools::report;

const UNITS: usize = 5;
const STUDENTS: usize = 300;
/// Lectures of a unit in the term: one a week.
const PLANNED: u32 = 13;
const LASTS: Duration = Duration::from_secs(2 * 3600);
/// Students come in so many groups.
const WAVES: usize = 6;
/// The first Monday, 09:00 in Nairobi.
const BEGINS: &str = "2025-01-06T06:00:00Z";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Steps of each worker between two groups of students.
const STEPS: usize = 8;
/// By then everything that can be told has been told, once nothing fails any more.
const ROUNDS: usize = 24;
/// A program in memory, in kilobytes: what a kiosk may take while it delivers.
const MOST_MEMORY: u64 = 64 << 10;

/// Whose turn chance it is, so that occasions do not share numbers.
const OF_THE_DAY: usize = 0;
const OF_THE_LINES: usize = 1;
const OF_THE_MACHINE: usize = 2;
const OF_THE_STAFF: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_term_of_faults_loses_nothing_and_doubles_nothing() {
    let number = |variable: &str| {
        let value = std::env::var(variable).ok();
        value.map(|value| value.parse::<u64>().expect("a number"))
    };
    let weeks = number("KIOSK_TEST_WEEKS").unwrap_or(1);
    let weeks = usize::try_from(weeks).expect("a term is short");
    let seeds = number("KIOSK_TEST_SEED").map_or(vec![1, 2], |seed| vec![seed]);
    for seed in seeds {
        let Some(mut term) = Term::prepare(seed).await else {
            return;
        };
        term.last(weeks).await;
    }
}

struct Term {
    seed: u64,
    firestore: Firestore,
    portal: Portal,
    machines: [Machine; 2],
    ledger: Ledger,
    /// The time, in milliseconds; whatever a kiosk's clock says.
    at: i64,
    /// Lectures that were not compared with the remotes yet.
    unproved: Vec<usize>,
    acts: Vec<(usize, &'static str)>,
    tally: Tally,
    memory: Vec<u64>,
}

/// What happened in a term.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    reboots: usize,
    full_disks: usize,
    wrong_clocks: usize,
    bad_lines: usize,
    turned_away: usize,
    /// Recorded by a program that was killed before it could say so.
    unsaid: usize,
    /// Percentages that could be one number only; the others lay between two that both may be true.
    exact: usize,
}

/// What chance has in store for one kiosk while one group of students comes.
struct Fate {
    arrivals: Vec<Arrival>,
    /// Answers or requests until the program is killed.
    doom: Option<usize>,
    /// Pages that fit on the disk.
    pages: Option<u64>,
}

/// What came of it.
struct Outcome {
    answers: Vec<Answer>,
    /// Whether everybody was answered for good.
    is_whole: bool,
}

impl Term {
    async fn prepare(seed: u64) -> Option<Self> {
        let firestore = Firestore::new_project()?;
        let portal = Portal::open().await;
        let begins = Timestamp::parse(BEGINS).expect("a moment").millis();
        let at = begins - DAY;
        let there = (firestore.address.as_str(), firestore.project.as_str());
        let machines = [
            Machine::power_on("kiosk-a", at, there, &portal.address).await,
            Machine::power_on("kiosk-b", at, there, &portal.address).await,
        ];
        Some(Self {
            seed,
            firestore,
            portal,
            machines,
            ledger: Ledger::default(),
            at,
            unproved: Vec::new(),
            acts: Vec::new(),
            tally: Tally::default(),
            memory: Vec::new(),
        })
    }

    async fn last(&mut self, weeks: usize) {
        let began = Instant::now();
        for machine in &mut self.machines {
            let order = Order::Found {
                units: UNITS,
                students: STUDENTS,
            };
            machine.ask(self.at, order).await;
        }
        for week in 0..weeks {
            for day in 0..UNITS {
                self.hold(week, day).await;
                let mut chance = self.chance(OF_THE_DAY, &[week, day, WAVES]);
                // Some nights nobody repairs anything.
                if day + 1 == UNITS || !chance.one_in(4) {
                    self.recover().await;
                }
                self.weigh();
            }
            self.correct(week).await;
            self.recover().await;
            self.prove_everything().await;
        }
        self.report(weeks, began.elapsed());
    }

    fn chance(&self, whose: usize, occasion: &[usize]) -> Chance {
        Chance::of(self.seed, &[&[whose], occasion].concat())
    }

    /// A lecture.
    async fn hold(&mut self, week: usize, day: usize) {
        let days = i64::try_from(week * 7 + day).expect("a term is short");
        let starts_at = Timestamp::parse(BEGINS).expect("a moment").millis() + days * DAY;
        self.at = starts_at - 5 * MINUTE;
        let mut chance = self.chance(OF_THE_DAY, &[week, day]);
        let home = usize::from(chance.one_in(3));
        let order = Order::Open {
            unit: day,
            starts_at,
        };
        let answers = self.machines[home].ask(self.at, order).await;
        let [Answer::Session(session)] = answers.as_slice() else {
            panic!("no session: {answers:?}");
        };
        let lecture = self.ledger.lectures.len();
        self.unproved.push(lecture);
        self.ledger.lectures.push(Lecture {
            id: session.clone(),
            unit: day,
            home,
            known: [home == 0, home == 1],
        });
        let mut coming = draw_arrivals(&mut chance);
        for wave in 0..WAVES {
            self.at += 5 * MINUTE;
            self.join(lecture).await;
            self.spoil_lines(week, day, wave);
            let mut fates = Vec::new();
            for kiosk in 0..self.machines.len() {
                let fate = self.draw_fate(week, day, wave, kiosk).await;
                fates.push(fate);
            }
            for (student, kiosk) in std::mem::take(&mut coming[wave]) {
                let lecture = &self.ledger.lectures[lecture];
                let kiosk = if lecture.known[kiosk] {
                    kiosk
                } else {
                    lecture.home
                };
                fates[kiosk].arrivals.push(Arrival {
                    number: typed(student, &mut chance),
                    has_phone: chance.one_in(2),
                });
            }
            let refused = self.live(lecture, fates).await;
            // Whoever was turned away tries again, and then goes in unmarked.
            if let Some(next) = coming.get_mut(wave + 1) {
                next.extend(refused);
            }
        }
        self.at = starts_at + i64::try_from(LASTS.as_millis()).expect("two hours") + 5 * MINUTE;
        for kiosk in 0..self.machines.len() {
            self.go(kiosk, STEPS).await;
        }
    }

    /// The other kiosk takes part as soon as it hears of the lecture.
    async fn join(&mut self, lecture: usize) {
        let Lecture {
            id, home, known, ..
        } = &self.ledger.lectures[lecture];
        let (session, home) = (id.clone(), *home);
        let other = 1 - home;
        if known[other] {
            return;
        }
        self.go(home, 1).await;
        let order = Order::Join { session };
        let answers = self.machines[other].ask(self.at, order).await;
        if answers.is_empty() {
            self.ledger.lectures[lecture].known[other] = true;
        }
    }

    fn spoil_lines(&mut self, week: usize, day: usize, wave: usize) {
        for (kiosk, machine) in self.machines.iter().enumerate() {
            let occasion = [week, day, wave, kiosk];
            let mut chance = Chance::of(self.seed, &[&[OF_THE_LINES], &occasion[..]].concat());
            for line in [&machine.to_firestore, &machine.to_portal] {
                match chance.below(10) {
                    0..4 => {
                        line.becomes(chance.pick(&line_faults()));
                        self.tally.bad_lines += 1;
                    }
                    4..8 => line.becomes(Fault::None),
                    // As it was.
                    _ => {}
                }
            }
        }
    }

    async fn draw_fate(&mut self, week: usize, day: usize, wave: usize, kiosk: usize) -> Fate {
        let mut chance = self.chance(OF_THE_MACHINE, &[week, day, wave, kiosk]);
        let machine = &mut self.machines[kiosk];
        let is_wrong = !machine.is_trusted;
        if is_wrong && chance.one_in(2) {
            machine.set_clock();
        }
        if chance.one_in(40) {
            let behind = i64::try_from(chance.below(90)).expect("a few") * MINUTE / 10;
            machine.reboot(self.at, behind).await;
            self.tally.reboots += 1;
        } else if chance.one_in(40) && machine.is_trusted {
            // Somebody sets it by hand, a little wrong; no time server has seen this run.
            machine.is_trusted = false;
            machine.ahead = (i64::try_from(chance.below(120)).expect("a few") - 60) * MINUTE / 10;
            self.tally.wrong_clocks += 1;
        }
        let doom = chance.one_in(8).then(|| 1 + chance.below(40));
        let pages = chance.one_in(15).then(|| chance.below(40) as u64);
        self.tally.full_disks += usize::from(pages.is_some());
        Fate {
            arrivals: Vec::new(),
            doom,
            pages,
        }
    }

    /// A group of students comes to each kiosk, at both at once: who was turned away.
    async fn live(&mut self, lecture: usize, fates: Vec<Fate>) -> Vec<(usize, usize)> {
        let at = self.at;
        let session = self.ledger.lectures[lecture].id.clone();
        let known = self.ledger.lectures[lecture].known;
        let sent: Vec<Vec<String>> = fates
            .iter()
            .map(|fate| {
                fate.arrivals
                    .iter()
                    .map(|one| canonical(&one.number))
                    .collect()
            })
            .collect();
        let mut fates = fates.into_iter();
        let [a, b] = &mut self.machines;
        let (fate_a, fate_b) = (
            fates.next().expect("a fate for A"),
            fates.next().expect("a fate for B"),
        );
        let (a, b) = tokio::join!(
            suffer(a, at, &session, fate_a),
            suffer(b, at, &session, fate_b)
        );
        let mut refused = Vec::new();
        for (kiosk, outcome) in [a, b].into_iter().enumerate() {
            let mut unanswered: BTreeSet<String> = sent[kiosk].iter().cloned().collect();
            for answer in &outcome.answers {
                match answer {
                    Answer::Recorded(slip) => {
                        self.take(kiosk, lecture, slip);
                        unanswered.remove(&slip.number);
                    }
                    Answer::Refused { number, why } => {
                        let number = canonical(number);
                        self.tally.turned_away += 1;
                        assert!(
                            ["OutOfOrder", "SessionClosed", "NotYetOpen"]
                                .iter()
                                .any(|known| why.starts_with(known)),
                            "{number} was turned away: {why}"
                        );
                        refused.push((student_of(&number), kiosk));
                        unanswered.remove(&number);
                    }
                    Answer::Before { number } => {
                        unanswered.remove(&canonical(number));
                    }
                    Answer::Owed(_) | Answer::Trouble(_) => {}
                    other => panic!("an unexpected answer: {other:?}"),
                }
            }
            if outcome.is_whole {
                unanswered.clear();
            } else {
                self.tally.kills += 1;
                refused.extend(unanswered.iter().map(|number| (student_of(number), kiosk)));
                self.machines[kiosk].start(at).await;
            }
            if known[kiosk] {
                self.compare_books(kiosk, lecture, &unanswered);
            }
            // Whoever is told "already marked" has a record somewhere.
            for answer in &outcome.answers {
                if let Answer::Before { number } = answer {
                    let number = canonical(number);
                    let has_one = self.ledger.of(lecture).any(|one| one.number == number);
                    assert!(has_one, "{number} is said to be marked, and nobody did it");
                }
            }
        }
        assert_eq!(
            self.portal.changed(),
            [""; 0],
            "a repeat says something else"
        );
        refused
    }

    /// A person was told "present": from now on that must stay true.
    fn take(&mut self, kiosk: usize, lecture: usize, slip: &Slip) {
        let (least, most) = self.ledger.bounds(kiosk, lecture, &slip.number);
        let may_be = (least..=most).any(|count| same(percent(count), slip.percentage));
        assert!(may_be, "{slip:?} with {least} to {most} lectures");
        self.tally.exact += usize::from(least == most);
        self.ledger.add(kiosk, lecture, slip.clone(), self.at);
    }

    /// Lets a kiosk work for a moment, and keeps what it says.
    async fn go(&mut self, kiosk: usize, steps: usize) -> Option<Owed> {
        let order = Order::Go { steps };
        let answers = self.machines[kiosk].ask(self.at, order).await;
        answers.into_iter().find_map(|answer| match answer {
            Answer::Owed(owed) => Some(owed),
            _ => None,
        })
    }

    /// Nothing fails any more: after a while nothing is owed, and both boards say the same.
    async fn recover(&mut self) {
        for machine in &mut self.machines {
            machine.heal();
        }
        self.at += MINUTE;
        for kiosk in 0..self.machines.len() {
            // Before anything is sent, as the kiosk does once its clock is set.
            self.go(kiosk, 0).await;
            self.machines[kiosk].ask(self.at, Order::Retry).await;
        }
        let mut last = String::new();
        for _ in 0..ROUNDS {
            self.at += HOUR / 2;
            let mut is_settled = true;
            for kiosk in 0..self.machines.len() {
                let owed = self.go(kiosk, 3 * STEPS).await;
                let owed = owed.expect("nothing fails");
                is_settled &= owed.records + owed.parked + owed.sessions == 0;
                last = format!("kiosk {kiosk} owes {owed:?}");
            }
            if is_settled {
                match self.differing_boards().await {
                    None => return self.prove().await,
                    Some(difference) => last = difference,
                }
            }
        }
        panic!("seed {}: no end after {ROUNDS} rounds: {last}", self.seed);
    }

    /// What staff put right at the end of a week, each with a line in the log.
    async fn correct(&mut self, week: usize) {
        let mut chance = self.chance(OF_THE_STAFF, &[week]);
        let this_week = self.ledger.lectures.len() - UNITS..self.ledger.lectures.len();
        for lecture in this_week {
            self.unproved.push(lecture);
            self.unmark_some(lecture, &mut chance).await;
            self.mark_some(lecture, &mut chance).await;
        }
    }

    async fn unmark_some(&mut self, lecture: usize, chance: &mut Chance) {
        let students = self.ledger.by_student(lecture);
        let lone: Vec<(String, usize)> = students
            .values()
            .filter(|records| records.len() == 1)
            .map(|records| (records[0].number.clone(), records[0].kiosk))
            .collect();
        let chosen: BTreeSet<(String, usize)> = (0..4).map(|_| chance.pick(&lone)).collect();
        for (number, kiosk) in chosen {
            self.act(lecture, kiosk, &number, Act::Unmark).await;
            let is_undone = chance.one_in(2);
            if is_undone {
                self.act(lecture, kiosk, &number, Act::Undo).await;
            }
            let mut records = self.ledger.records.iter_mut();
            let record = records
                .find(|record| record.lecture == lecture && record.number == number)
                .expect("it was chosen from the ledger");
            record.is_removed = !is_undone;
        }
    }

    async fn mark_some(&mut self, lecture: usize, chance: &mut Chance) {
        let home = self.ledger.lectures[lecture].home;
        for _ in 0..3 {
            let number = number_of(chance.below(STUDENTS));
            if self
                .ledger
                .of(lecture)
                .any(|record| record.number == number)
            {
                continue;
            }
            let slip = self.act(lecture, home, &number, Act::Mark).await;
            self.take(home, lecture, &slip);
        }
    }

    async fn act(&mut self, lecture: usize, kiosk: usize, number: &str, act: Act) -> Slip {
        self.at += MINUTE;
        let order = Order::Correct {
            session: self.ledger.lectures[lecture].id.clone(),
            number: number.to_owned(),
            act,
        };
        let mut answers = self.machines[kiosk].ask(self.at, order).await;
        let Some(Answer::Recorded(slip)) = answers.pop() else {
            panic!("{act:?} of {number}: {answers:?}");
        };
        let action = match act {
            Act::Mark => "attendance.marked",
            Act::Unmark => "attendance.unmarked",
            Act::Undo => "attendance.undone",
        };
        self.acts.push((kiosk, action));
        slip
    }

    fn weigh(&mut self) {
        let most = self.machines.iter().map(Machine::memory).max();
        self.memory.push(most.expect("there are machines"));
    }

    /// Memory is what it was: the last third of a term takes no more than the first.
    fn report(&self, weeks: usize, took: Duration) {
        let third = self.memory.len().div_ceil(3);
        let most = |days: &[u64]| days.iter().copied().max().unwrap_or_default();
        let (early, late) = (
            most(&self.memory[..third]),
            most(&self.memory[self.memory.len() - third..]),
        );
        assert!(
            late <= MOST_MEMORY,
            "{late} kB of memory: {:?}",
            self.memory
        );
        assert!(
            late <= early + early / 4,
            "memory grows from {early} to {late} kB: {:?}",
            self.memory
        );
        let ledger = &self.ledger;
        let contested: usize = (0..ledger.lectures.len())
            .map(|lecture| {
                let students = ledger.by_student(lecture);
                students
                    .values()
                    .filter(|records| records.len() > 1)
                    .count()
            })
            .sum();
        let tally = &self.tally;
        report(&format!(
            "| {} | {weeks} | {} | {} | {contested} | {} | {} | {} | {} | {} | {} | {} | {} | {early} / {late} | {:.0} s |",
            self.seed,
            ledger.records.len(),
            tally.exact,
            tally.turned_away,
            tally.unsaid,
            tally.kills,
            tally.reboots,
            tally.full_disks,
            tally.wrong_clocks,
            tally.bad_lines,
            self.portal.repeats(),
            took.as_secs_f64()
        ));
    }
}

/// Who comes with which group, and to which kiosk.
fn draw_arrivals(chance: &mut Chance) -> Vec<Vec<(usize, usize)>> {
    let mut coming = vec![Vec::new(); WAVES];
    for student in 0..STUDENTS {
        if chance.one_in(4) {
            continue;
        }
        let (wave, kiosk) = (chance.below(WAVES), chance.below(2));
        coming[wave].push((student, kiosk));
        // Some are not sure that they were seen, and try again here or there.
        if chance.one_in(10) {
            let again = wave + chance.below(WAVES - wave);
            coming[again].push((student, chance.below(2)));
        }
    }
    coming
}

/// What one kiosk goes through while a group of students comes.
async fn suffer(machine: &mut Machine, at: i64, session: &str, fate: Fate) -> Outcome {
    if let Some(pages) = fate.pages {
        machine.fill_disk(pages);
    }
    let doom = fate.doom.unwrap_or(usize::MAX);
    let check_ins = Order::CheckIns {
        session: session.to_owned(),
        arrivals: fate.arrivals,
    };
    let mut heard = machine.ask_until(at, check_ins, doom).await;
    let mut answers = std::mem::take(&mut heard.answers);
    if heard.lived {
        heard = machine
            .ask_until(at, Order::Go { steps: STEPS }, doom)
            .await;
        answers.append(&mut heard.answers);
    }
    assert!(
        heard.lived || fate.doom.is_some(),
        "{} died by itself",
        machine.name
    );
    machine.clear_disk();
    Outcome {
        answers,
        is_whole: heard.lived,
    }
}

/// What a line does for a while; `faults.rs` has the ones that cost real time.
fn line_faults() -> Vec<Fault> {
    let html = |status| Fault::Answer(Canned::html(status));
    vec![
        Fault::Refused,
        Fault::Refused,
        Fault::Reset,
        Fault::AnswerLost,
        Fault::EveryNthAnswerLost(2),
        Fault::EveryNthAnswerLost(3),
        Fault::CutsLonger(20 << 10),
        html(503),
        html(302),
        html(200),
        html(401),
        Fault::Answer(Canned {
            retry_after: Some(30),
            ..Canned::json(429, r#"{"success":false,"error":"slow down"}"#)
        }),
    ]
}

fn number_of(student: usize) -> String {
    format!("SCT211-{student:05}/2026")
}

fn student_of(number: &str) -> usize {
    let digits = number.get(7..12).and_then(|digits| digits.parse().ok());
    digits.unwrap_or_else(|| panic!("{number} is no number of this term"))
}

fn unit_code(unit: usize) -> String {
    format!("CS10{unit}")
}

/// A number as a student types it.
fn typed(student: usize, chance: &mut Chance) -> String {
    let number = number_of(student);
    match chance.below(4) {
        0 => number.to_lowercase(),
        1 => format!("  {number} "),
        2 => number.replace('/', "／"),
        _ => number,
    }
}

/// The number that was meant.
fn canonical(typed: &str) -> String {
    typed.trim().replace('／', "/").to_uppercase()
}
