//! Today's lectures by the timetable: what has become of each, and opening one now (feature E4).

use super::reading::Reading;
use super::walk::walked;
use super::{BoardPage, Page, PageAction, Question, Subject};
use crate::domain::{LectureState, Lecturer, TimetableEntry, Venue};
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// Today's lectures of a lecturer's units, earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TodayPage {
    /// All of them; `None` until they are read.
    pub lectures: Option<Vec<TimetableEntry>>,
    /// Which one keys are about.
    pub chosen: usize,
    pub(super) reading: Reading,
}

impl TodayPage {
    pub(super) fn refresh(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted();
        wanted.then(|| Effect::ListLectures(lecturer.clone()))
    }

    pub(super) fn answered(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted_again();
        wanted.then(|| Effect::ListLectures(lecturer.clone()))
    }

    /// Shows what was read. At first the next lecture is chosen that is not open yet, one in this room
    /// before others: it is what most come for.
    pub(super) fn show(&mut self, lectures: Vec<TimetableEntry>, here: &Venue) {
        let first = |wanted: &dyn Fn(&TimetableEntry) -> bool| lectures.iter().position(wanted);
        let chosen = if let Some(before) = &self.lectures {
            let before = before.get(self.chosen);
            before.and_then(|before| first(&|lecture| lecture.id == before.id))
        } else {
            let is_here = |lecture: &TimetableEntry| lecture.venue.is_same_as(here);
            first(&|lecture| can_be_opened(lecture) && is_here(lecture))
                .or_else(|| first(&can_be_opened))
        };
        self.chosen = chosen.unwrap_or(0);
        self.lectures = Some(lectures);
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        let listed = self.lectures.as_deref().unwrap_or_default();
        if let Some(to) = walked(stroke, self.chosen, listed.len()) {
            self.chosen = to;
            return PageAction::Stay;
        }
        if stroke == Stroke::Escape {
            return PageAction::Back;
        }
        let Some(lecture) = listed.get(self.chosen) else {
            return PageAction::Stay;
        };
        match stroke {
            Stroke::Enter | Stroke::Character('o' | 'O') => open(lecture, lecturer),
            Stroke::Character('c' | 'C') if can_be_opened(lecture) => {
                let subject = Subject::CancelLecture(lecture.id, lecture.unit_code.clone());
                PageAction::Ask(Question::new(subject))
            }
            Stroke::Character('c' | 'C') => PageAction::Say(words::OPENED_OR_CANCELLED.to_owned()),
            _ => PageAction::Stay,
        }
    }
}

fn can_be_opened(lecture: &TimetableEntry) -> bool {
    matches!(
        lecture.state,
        LectureState::Planned | LectureState::Blocked { .. }
    )
}

/// Opens what is not open yet, and looks at what was.
fn open(lecture: &TimetableEntry, lecturer: &Lecturer) -> PageAction {
    match lecture.state {
        LectureState::Planned | LectureState::Blocked { .. } => {
            PageAction::Await(Effect::OpenLecture(lecture.id, lecturer.clone()))
        }
        LectureState::Opened { session, .. } => {
            PageAction::Go(Page::Board(Box::new(BoardPage::new(session))))
        }
        LectureState::Cancelled => PageAction::Say(words::LECTURE_CANCELLED.to_owned()),
    }
}
