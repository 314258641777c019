//! A term in minutes: lectures on five days a week at two kiosks, whose networks, disks, clocks and
//! programs fail at random, with checks after every step.
//!
//! A ledger holds what was acknowledged; databases, Firestore and the portal are compared with it. All
//! random choices follow from the seed: `scripts/endurance --seed N` runs a term again. Only the
//! scheduling of the two programs differs.
//!
//! The suite runs two short terms; `KIOSK_TEST_SEED` and `KIOSK_TEST_WEEKS` run another one.

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

use chance::Random;
use ledger::{Lecture, Ledger, percent, same};
use machine::Machine;
use portal::Portal;
use wire::{Acknowledgement, Act, Answer, Arrival, Order, Queued};

use crate::support::firestore::Firestore;
use crate::support::proxy::{Canned, Fault};
use crate::support::tools::report;

const UNITS: usize = 5;
const STUDENTS: usize = 300;
/// Lectures of a unit in the term, one a week.
const PLANNED: u32 = 13;
const LASTS: Duration = Duration::from_secs(2 * 3600);
/// Groups of students per lecture.
const WAVES: usize = 6;
/// The first Monday, 09:00 in Nairobi.
const BEGINS: &str = "2025-01-06T06:00:00Z";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Steps of each worker between two groups of students.
const STEPS: usize = 8;
/// Once nothing fails, everything is delivered within this time.
const ROUNDS: usize = 24;
/// The memory limit of a kiosk while it delivers, in kilobytes.
const MOST_MEMORY: u64 = 64 << 10;

/// What a random number is for, so that no two purposes share numbers.
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
    /// The true time in milliseconds; a kiosk's clock may differ.
    at: i64,
    /// Lectures not yet compared with the remotes.
    unproved: Vec<usize>,
    acts: Vec<(usize, &'static str)>,
    tally: Tally,
    memory: Vec<u64>,
}

/// Counts of a term.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    reboots: usize,
    full_disks: usize,
    wrong_clocks: usize,
    bad_lines: usize,
    refused: usize,
    /// Recorded by a program that was killed before it could answer.
    unacknowledged: usize,
    /// Percentages with one possible value; all others lie between two bounds.
    exact: usize,
}

/// The faults of one kiosk while one group of students checks in.
struct Faults {
    arrivals: Vec<Arrival>,
    /// Answers or requests until the program is killed.
    kill_after: Option<usize>,
    /// The size limit of files on the disk, in pages.
    pages: Option<u64>,
}

/// The result for a group of students.
struct Outcome {
    answers: Vec<Answer>,
    /// Whether the program answered everyone.
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
            let order = Order::SetUp {
                units: UNITS,
                students: STUDENTS,
            };
            machine.ask(self.at, order).await;
        }
        for week in 0..weeks {
            for day in 0..UNITS {
                self.hold(week, day).await;
                let mut chance = self.chance(OF_THE_DAY, &[week, day, WAVES]);
                // Some faults last over night.
                if day + 1 == UNITS || !chance.one_in(4) {
                    self.recover().await;
                }
                self.weigh();
            }
            self.correct(week).await;
            self.recover().await;
            self.prove_everything().await;
        }
        self.prove_statements().await;
        self.report(weeks, began.elapsed());
    }

    fn chance(&self, whose: usize, occasion: &[usize]) -> Random {
        Random::of(self.seed, &[&[whose], occasion].concat())
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
            let mut faults = Vec::new();
            for kiosk in 0..self.machines.len() {
                let drawn = self.draw_faults(week, day, wave, kiosk).await;
                faults.push(drawn);
            }
            for (student, kiosk) in std::mem::take(&mut coming[wave]) {
                let lecture = &self.ledger.lectures[lecture];
                let kiosk = if lecture.known[kiosk] {
                    kiosk
                } else {
                    lecture.home
                };
                faults[kiosk].arrivals.push(Arrival {
                    number: typed(student, &mut chance),
                    has_phone: chance.one_in(2),
                });
            }
            let refused = self.live(lecture, faults).await;
            // Refused students try once more.
            if let Some(next) = coming.get_mut(wave + 1) {
                next.extend(refused);
            }
        }
        self.at = starts_at + i64::try_from(LASTS.as_millis()).expect("two hours") + 5 * MINUTE;
        for kiosk in 0..self.machines.len() {
            self.go(kiosk, STEPS).await;
        }
    }

    /// The other kiosk joins as soon as it finds the session.
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
            let mut chance = Random::of(self.seed, &[&[OF_THE_LINES], &occasion[..]].concat());
            for line in [&machine.to_firestore, &machine.to_portal] {
                match chance.below(10) {
                    0..4 => {
                        line.becomes(chance.pick(&line_faults()));
                        self.tally.bad_lines += 1;
                    }
                    4..8 => line.becomes(Fault::None),
                    // Unchanged.
                    _ => {}
                }
            }
        }
    }

    async fn draw_faults(&mut self, week: usize, day: usize, wave: usize, kiosk: usize) -> Faults {
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
            // The clock is set by hand, a little wrong; no time server was reached in this run.
            machine.is_trusted = false;
            machine.ahead = (i64::try_from(chance.below(120)).expect("a few") - 60) * MINUTE / 10;
            self.tally.wrong_clocks += 1;
        }
        let kill_after = chance.one_in(8).then(|| 1 + chance.below(40));
        let pages = chance.one_in(15).then(|| chance.below(40) as u64);
        self.tally.full_disks += usize::from(pages.is_some());
        Faults {
            arrivals: Vec::new(),
            kill_after,
            pages,
        }
    }

    /// A group of students checks in at each kiosk, concurrently. Returns the refused ones.
    async fn live(&mut self, lecture: usize, faults: Vec<Faults>) -> Vec<(usize, usize)> {
        let at = self.at;
        let session = self.ledger.lectures[lecture].id.clone();
        let known = self.ledger.lectures[lecture].known;
        let sent: Vec<Vec<String>> = faults
            .iter()
            .map(|faults| {
                faults
                    .arrivals
                    .iter()
                    .map(|one| canonical(&one.number))
                    .collect()
            })
            .collect();
        let mut faults = faults.into_iter();
        let [a, b] = &mut self.machines;
        let (faults_a, faults_b) = (
            faults.next().expect("faults for A"),
            faults.next().expect("faults for B"),
        );
        let (a, b) = tokio::join!(
            run_wave(a, at, &session, faults_a),
            run_wave(b, at, &session, faults_b)
        );
        let mut refused = Vec::new();
        for (kiosk, outcome) in [a, b].into_iter().enumerate() {
            let mut unanswered: BTreeSet<String> = sent[kiosk].iter().cloned().collect();
            for answer in &outcome.answers {
                match answer {
                    Answer::Recorded(acknowledgement) => {
                        self.take(kiosk, lecture, acknowledgement);
                        unanswered.remove(&acknowledgement.number);
                    }
                    Answer::Refused { number, why } => {
                        let number = canonical(number);
                        self.tally.refused += 1;
                        assert!(
                            ["OutOfOrder", "SessionClosed", "NotYetOpen"]
                                .iter()
                                .any(|known| why.starts_with(known)),
                            "{number} was turned away: {why}"
                        );
                        refused.push((student_of(&number), kiosk));
                        unanswered.remove(&number);
                    }
                    Answer::AlreadyMarked { number } => {
                        unanswered.remove(&canonical(number));
                    }
                    Answer::Queued(_) | Answer::Failed(_) => {}
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
            // A student who is "already marked" has a record at some kiosk.
            for answer in &outcome.answers {
                if let Answer::AlreadyMarked { number } = answer {
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

    /// Notes an acknowledged record: from now on it must exist.
    fn take(&mut self, kiosk: usize, lecture: usize, acknowledgement: &Acknowledgement) {
        let (least, most) = self.ledger.bounds(kiosk, lecture, &acknowledgement.number);
        let may_be = (least..=most).any(|count| same(percent(count), acknowledgement.percentage));
        assert!(
            may_be,
            "{acknowledgement:?} with {least} to {most} lectures"
        );
        self.tally.exact += usize::from(least == most);
        self.ledger
            .add(kiosk, lecture, acknowledgement.clone(), self.at);
    }

    /// Lets a kiosk work for a while, and keeps its answers.
    async fn go(&mut self, kiosk: usize, steps: usize) -> Option<Queued> {
        let order = Order::Go { steps };
        let answers = self.machines[kiosk].ask(self.at, order).await;
        answers.into_iter().find_map(|answer| match answer {
            Answer::Queued(queued) => Some(queued),
            _ => None,
        })
    }

    /// Ends all faults, and waits until nothing is queued and both boards agree.
    async fn recover(&mut self) {
        for machine in &mut self.machines {
            machine.heal();
        }
        self.at += MINUTE;
        for kiosk in 0..self.machines.len() {
            // Before anything is sent, as the kiosk does once its clock is synchronised.
            self.go(kiosk, 0).await;
            self.machines[kiosk].ask(self.at, Order::Retry).await;
        }
        let mut last = String::new();
        for _ in 0..ROUNDS {
            self.at += HOUR / 2;
            let mut is_settled = true;
            for kiosk in 0..self.machines.len() {
                let queued = self.go(kiosk, 3 * STEPS).await;
                let queued = queued.expect("nothing fails");
                is_settled &= queued.records + queued.parked + queued.sessions == 0;
                last = format!("kiosk {kiosk} owes {queued:?}");
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

    /// The corrections by staff at the end of a week, each with a line in the audit log.
    async fn correct(&mut self, week: usize) {
        let mut chance = self.chance(OF_THE_STAFF, &[week]);
        let this_week = self.ledger.lectures.len() - UNITS..self.ledger.lectures.len();
        for lecture in this_week {
            self.unproved.push(lecture);
            self.unmark_some(lecture, &mut chance).await;
            self.mark_some(lecture, &mut chance).await;
        }
    }

    async fn unmark_some(&mut self, lecture: usize, chance: &mut Random) {
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

    async fn mark_some(&mut self, lecture: usize, chance: &mut Random) {
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
            let acknowledgement = self.act(lecture, home, &number, Act::Mark).await;
            self.take(home, lecture, &acknowledgement);
        }
    }

    async fn act(
        &mut self,
        lecture: usize,
        kiosk: usize,
        number: &str,
        act: Act,
    ) -> Acknowledgement {
        self.at += MINUTE;
        let order = Order::Correct {
            session: self.ledger.lectures[lecture].id.clone(),
            number: number.to_owned(),
            act,
        };
        let mut answers = self.machines[kiosk].ask(self.at, order).await;
        let Some(Answer::Recorded(acknowledgement)) = answers.pop() else {
            panic!("{act:?} of {number}: {answers:?}");
        };
        let action = match act {
            Act::Mark => "attendance.marked",
            Act::Unmark => "attendance.unmarked",
            Act::Undo => "attendance.undone",
        };
        self.acts.push((kiosk, action));
        acknowledgement
    }

    fn weigh(&mut self) {
        let most = self.machines.iter().map(Machine::memory).max();
        self.memory.push(most.expect("there are machines"));
    }

    /// Checks that the last third of a term takes no more memory than the first.
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
            tally.refused,
            tally.unacknowledged,
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

/// Assigns students to groups and kiosks.
fn draw_arrivals(chance: &mut Random) -> Vec<Vec<(usize, usize)>> {
    let mut coming = vec![Vec::new(); WAVES];
    for student in 0..STUDENTS {
        if chance.one_in(4) {
            continue;
        }
        let (wave, kiosk) = (chance.below(WAVES), chance.below(2));
        coming[wave].push((student, kiosk));
        // Some check in again, at either kiosk.
        if chance.one_in(10) {
            let again = wave + chance.below(WAVES - wave);
            coming[again].push((student, chance.below(2)));
        }
    }
    coming
}

/// Runs one group of students at one kiosk with its faults.
async fn run_wave(machine: &mut Machine, at: i64, session: &str, faults: Faults) -> Outcome {
    if let Some(pages) = faults.pages {
        machine.fill_disk(pages);
    }
    let kill_after = faults.kill_after.unwrap_or(usize::MAX);
    let check_ins = Order::CheckIns {
        session: session.to_owned(),
        arrivals: faults.arrivals,
    };
    let mut result = machine.ask_until(at, check_ins, kill_after).await;
    let mut answers = std::mem::take(&mut result.answers);
    if result.lived {
        result = machine
            .ask_until(at, Order::Go { steps: STEPS }, kill_after)
            .await;
        answers.append(&mut result.answers);
    }
    assert!(
        result.lived || faults.kill_after.is_some(),
        "{} died by itself",
        machine.name
    );
    machine.clear_disk();
    Outcome {
        answers,
        is_whole: result.lived,
    }
}

/// Draws a network fault; `faults.rs` has those that cost real time.
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
fn typed(student: usize, chance: &mut Random) -> String {
    let number = number_of(student);
    match chance.below(4) {
        0 => number.to_lowercase(),
        1 => format!("  {number} "),
        2 => number.replace('/', "／"),
        _ => number,
    }
}

/// The student whose number it is.
fn canonical(typed: &str) -> String {
    typed.trim().replace('／', "/").to_uppercase()
}
