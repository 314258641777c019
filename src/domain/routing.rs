//! Which lecture a number is for, where several are open in one room.

use std::time::Duration;

use super::session::{Session, SessionId};
use super::time::Timestamp;

/// A repeat within this time is a second tap or a card read twice, not a student who comes to another lecture.
const REPEATS_WITHIN: Duration = Duration::from_secs(60);

/// How a check-in came to its lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// The student or staff named it.
    Named,
    /// By a code that was on the screen.
    ByCode,
    /// It is on the screen, and nobody named it.
    OnScreen,
}

/// A lecture that takes check-ins here, as it concerns one student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LectureHere {
    pub session: Session,
    /// Whether the student is on its list, on its day and of its group.
    pub is_listed: bool,
    /// When the student's mark in it was made, unless staff removed it.
    pub recorded_at: Option<Timestamp>,
    /// Whether staff removed the student's mark in it.
    pub is_removed: bool,
}

impl LectureHere {
    fn follows(&self, other: &Self) -> bool {
        self.session.starts_at >= other.session.ends_at
    }
}

/// The place of the lecture among those open here that a check-in goes to; `None`: the student has to say.
pub fn route(
    routing: Routing,
    here: &[LectureHere],
    asked: SessionId,
    now: Timestamp,
) -> Option<usize> {
    let at_asked = here.iter().position(|it| it.session.id == asked);
    // The only one is not taken for the one that was on the screen and is over.
    if here.len() == 1 && (at_asked.is_some() || routing != Routing::OnScreen) {
        return Some(0);
    }
    let lists = |at: &usize| here[*at].is_listed && !here[*at].is_removed;
    let removed = || (0..here.len()).find(|&at| here[at].is_removed && here[at].is_listed);
    match routing {
        Routing::Named => at_asked,
        Routing::ByCode => {
            let asked = &here[at_asked?];
            let others = (0..here.len()).filter(lists);
            let others: Vec<usize> = others.collect();
            match others[..] {
                // Who has been in their own lecture is a guest of the next.
                [own]
                    if asked.recorded_at.is_none()
                        && !(here[own].recorded_at.is_some() && asked.follows(&here[own])) =>
                {
                    Some(own)
                }
                // A mark that staff removed is not made good by another lecture, except by the next.
                [] if asked.recorded_at.is_none() => removed()
                    .filter(|&own| !asked.follows(&here[own]))
                    .or(at_asked),
                _ => at_asked,
            }
        }
        Routing::OnScreen => {
            let recorded = (0..here.len()).filter(|&at| here[at].recorded_at.is_some());
            let done = recorded.max_by_key(|&at| here[at].recorded_at);
            let is_free = |at: &usize| {
                here[*at].recorded_at.is_none()
                    && !here[*at].is_removed
                    && done.is_none_or(|done| {
                        here[*at].follows(&here[done])
                            || (here[*at].is_listed && !here[done].is_listed)
                    })
            };
            let free: Vec<usize> = (0..here.len()).filter(is_free).collect();
            let is_repeat = |&done: &usize| {
                let at = here[done].recorded_at;
                at.is_some_and(|at| now.since(at) < REPEATS_WITHIN)
            };
            if let Some(done) = done.filter(|done| free.is_empty() || is_repeat(done)) {
                return Some(done);
            }
            let listed: Vec<usize> = free.into_iter().filter(lists).collect();
            // Without another list it is that of the lecture where they are, or else that of a removed mark.
            let own = done.filter(lists);
            match listed[..] {
                [only] => Some(only),
                [] => own.or_else(removed),
                _ => None,
            }
        }
    }
}

/// The lectures to choose from; the first is the one to offer: the student's own, or the one on the screen.
pub fn choices(mut here: Vec<LectureHere>, asked: SessionId) -> Vec<LectureHere> {
    here.sort_by_key(|it| {
        let is_own = it.is_listed && it.recorded_at.is_none() && !it.is_removed;
        (!is_own, it.session.id != asked, it.session.starts_at)
    });
    here
}
