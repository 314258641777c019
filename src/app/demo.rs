//! The demo: a sample university in a temporary folder.
//!
//! History and arrivals are made through the same use cases that real students use, only with a
//! separate clock.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::kiosk::Kiosk;
use super::run::{Arrangement, Demonstration, run_arranged};
use super::screen_mode::ScreenMode;
use crate::clock::Clock;
use crate::config::{FirestoreAccess, Loaded};
use crate::domain::{
    AdmissionNumber, Channel, ListedPlace, PersonName, SessionId, StaffId, Timestamp, UnitCode,
    Venue,
};
use crate::random;
use crate::services::{Actor, ClassList, Entrance, ImportedStudent, Opening, Pin, Request};
use crate::store::NewUnit;
use crate::tui::DemoStaff;

/// What a demonstration may be asked for.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Students on the roster.
    pub students: u16,
    /// Simulated arrivals; 0 is none.
    pub arrivals_per_minute: u16,
    /// A folder to keep; a temporary one otherwise.
    pub data_dir: Option<PathBuf>,
    /// Whether there is a screen.
    pub screen_mode: ScreenMode,
}

/// The demonstration's sign-in, shown openly: it protects nothing.
const STAFF_ID: &str = "DEMO";
/// Its PIN.
const PIN: &str = "2468";

/// Who fills the kiosk.
const OPERATOR: Actor<'_> = Actor::Shell("demo");

const UNIT: &str = "CS101";
const LECTURES_HELD: u32 = 6;
const WEEK: Duration = Duration::from_hours(7 * 24);
/// When the late ones of the history come.
const LATE_BY: Duration = Duration::from_mins(17);

/// Runs a kiosk with a sample university until somebody leaves it; the folder goes with it.
///
/// # Errors
/// A sentence, when the folder, the database, the port or the terminal cannot be used.
pub async fn demo(mut loaded: Loaded, demo: Demo) -> anyhow::Result<()> {
    // Kept alive until the end: dropping it removes the folder.
    let temporary = match &demo.data_dir {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("kiosk-demo-").tempdir()),
    };
    let temporary = temporary
        .transpose()
        .context("cannot make a temporary folder")?;
    let made = temporary.as_ref().map(|folder| folder.path().to_owned());
    let config = &mut loaded.config;
    config.kiosk.data_dir = demo.data_dir.clone().or(made).unwrap_or_default();
    config.kiosk.venue = Venue::parse("Room 101").unwrap_or_default();
    // No record of a made-up student may leave this machine.
    config.firestore.enabled = false;
    config.portal.url = None;
    loaded.firestore = FirestoreAccess::Off;
    let arrangement = Arrangement {
        screen_mode: demo.screen_mode,
        demonstration: Some(Demonstration {
            staff: DemoStaff {
                staff_id: STAFF_ID.to_owned(),
                pin: PIN.to_owned(),
            },
            seed: Box::new(move |kiosk, stop| seed(kiosk, demo.clone(), stop).boxed()),
        }),
    };
    run_arranged(loaded, arrangement).await
}

/// Fills the kiosk, then lets students arrive.
async fn seed(kiosk: Kiosk, demo: Demo, stop: CancellationToken) -> anyhow::Result<()> {
    furnish(&kiosk, demo.students).await?;
    // Not one of the kiosk's tasks: it ends when everybody has arrived.
    tokio::spawn(simulate_arrivals(
        kiosk,
        demo.students,
        demo.arrivals_per_minute,
        stop,
    ));
    Ok(())
}

/// Fills an empty kiosk: a lecturer, a unit, a roster, six lectures, and one that begins now.
/// A folder that has been used before keeps its roster and history; one of a real kiosk is refused.
async fn furnish(kiosk: &Kiosk, students: u16) -> anyhow::Result<()> {
    let administration = &kiosk.services.administration;
    let lecturers = administration.lecturers(OPERATOR).await?;
    if lecturers
        .iter()
        .any(|who| who.staff_id.as_str() != STAFF_ID)
    {
        bail!(
            "that folder belongs to a kiosk in use, whose students a demonstration would mark: name an empty one with --data-dir, or none"
        );
    }
    let unit = UnitCode::parse(UNIT)?;
    if administration.units(OPERATOR).await?.is_empty() {
        let staff_id = StaffId::parse(STAFF_ID)?;
        let name = PersonName::parse("Dr. Amina Njoroge")?;
        let department = "Computer Science".to_owned();
        let pin = Some(Pin::parse(PIN)?);
        administration
            .add_lecturer(OPERATOR, staff_id.clone(), name, department, true, pin)
            .await?;
        let new = NewUnit {
            code: unit.clone(),
            name: "Introduction to Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        administration.add_unit(OPERATOR, new).await?;
        make_history(kiosk, &unit, students).await?;
    }
    if kiosk.services.sessions.shown().await?.is_none() {
        open_lecture(kiosk, &unit).await?;
    }
    Ok(())
}

async fn make_history(kiosk: &Kiosk, unit: &UnitCode, students: u16) -> anyhow::Result<()> {
    let now = kiosk.clock.now();
    let first = Timestamp::from_millis(now.millis() / 3_600_000 * 3_600_000) - WEEK * LECTURES_HELD;
    let clock = Clock::set_to(first - Duration::from_secs(3600));
    let then = kiosk.at(clock.clone());
    then.services
        .administration
        .import(
            OPERATOR,
            ClassList {
                unit: unit.clone(),
                semester: kiosk.policy.semester.clone(),
                students: roster(students)?,
                newcomers: None,
            },
        )
        .await?;
    clock.advance(Duration::from_secs(3600));
    for lecture in 0..LECTURES_HELD {
        let session = open_lecture(&then, unit).await?;
        // Most on time, some late, and each student absent in a different pattern.
        let (early, late): (Vec<u16>, Vec<u16>) = (1..=students)
            .filter(|n| was_there(*n, lecture))
            .partition(|n| !(u32::from(*n) + lecture).is_multiple_of(9));
        join_all(early.into_iter().map(|n| arrive(&then, session, n))).await;
        clock.advance(LATE_BY);
        join_all(late.into_iter().map(|n| arrive(&then, session, n))).await;
        then.services.sessions.close(OPERATOR, session).await?;
        clock.advance(WEEK.saturating_sub(LATE_BY));
    }
    Ok(())
}

/// Opens a lecture of two hours that begins now.
async fn open_lecture(kiosk: &Kiosk, unit: &UnitCode) -> anyhow::Result<SessionId> {
    let opening = Opening {
        unit: unit.clone(),
        semester: None,
        starts_at: None,
        lasts: Duration::from_secs(2 * 3600),
        venue: None,
    };
    let (session, _) = kiosk.services.sessions.open(OPERATOR, opening).await?;
    Ok(session.id)
}

/// Whether a student came to a lecture of the history: between one half and all of them.
fn was_there(student: u16, lecture: u32) -> bool {
    let reliability = 5 + u32::from(student) % 6;
    (u32::from(student) * 7 + lecture * 3) % 10 < reliability
}

async fn arrive(kiosk: &Kiosk, session: SessionId, student: u16) {
    let request = Request {
        admission_number: number(student),
        student_name: String::new(),
        insists: false,
        entrance: Entrance::Session(session),
        channel: if student.is_multiple_of(5) {
            Channel::Keypad
        } else {
            Channel::Phone
        },
        device: None,
    };
    // A refusal is part of the play: the lecture may have ended.
    let _ = kiosk.services.desk.check_in(request).await;
}

/// Lets the roster arrive at the asked-for pace, in an order and at intervals of chance.
async fn simulate_arrivals(kiosk: Kiosk, students: u16, per_minute: u16, stop: CancellationToken) {
    if per_minute == 0 {
        return;
    }
    let mut waiting: Vec<u16> = (1..=students).collect();
    while !waiting.is_empty() {
        // Exponential intervals, as of people who do not know of one another.
        let share = (f64::from(random::number() >> 1) + 1.0) / (f64::from(u32::MAX >> 1) + 2.0);
        let wait = Duration::from_secs_f64(-share.ln() * 60.0 / f64::from(per_minute));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let next = waiting.swap_remove(random::number() as usize % waiting.len());
        if let Ok(Some((session, _))) = kiosk.services.sessions.shown().await {
            arrive(&kiosk, session.id, next).await;
        }
    }
}

fn roster(students: u16) -> anyhow::Result<Vec<ImportedStudent>> {
    (1..=students)
        .map(|student| {
            Ok(ImportedStudent {
                admission_number: AdmissionNumber::parse(&number(student))?,
                name: Some(PersonName::parse(&name(student))?),
                email: String::new(),
                phone: String::new(),
                place: ListedPlace::default(),
            })
        })
        .collect()
}

fn number(student: u16) -> String {
    format!("ADM/2026/{student:03}")
}

fn name(student: u16) -> String {
    const FIRST: [&str; 16] = [
        "Achieng", "Brian", "Chiamaka", "David", "Esther", "Farid", "Grace", "Hassan", "Ivy",
        "Joseph", "Kamau", "Lucía", "Mwende", "Nils", "Otieno", "Zainab",
    ];
    const LAST: [&str; 15] = [
        "Abdi",
        "Chebet",
        "Fernández",
        "Gitau",
        "Kariuki",
        "Kiprop",
        "Maina",
        "Mutua",
        "Nakamura",
        "Nyambura",
        "Ochieng",
        "Okafor",
        "Wafula",
        "Wanjiku",
        "Yusuf",
    ];
    let student = usize::from(student);
    format!(
        "{} {}",
        FIRST[student % FIRST.len()],
        LAST[student * 4 % LAST.len()]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sixty_students_have_names_of_their_own() {
        let names: BTreeSet<String> = (1..=60).map(name).collect();
        assert_eq!(names.len(), 60);
    }

    #[test]
    fn the_history_has_good_students_and_others() {
        let attended = |student| {
            (0..LECTURES_HELD)
                .filter(|lecture| was_there(student, *lecture))
                .count()
        };
        let counts: BTreeSet<usize> = (1..=60).map(attended).collect();
        assert!(
            counts.len() >= 3 && counts.contains(&(LECTURES_HELD as usize)),
            "{counts:?}"
        );
    }
}
