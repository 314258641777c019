//! The lecture that a page or a key is about, opened or planned.

use crate::domain::{
    EditEffect, LectureStage, LectureState, Session, SessionEdit, SessionId, Timestamp,
    TimetableEntry, UnitCode, Venue,
};
use crate::tui::request::StaffRequest;

/// The lecture that a page or a key is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChosenLecture {
    pub(super) id: SessionId,
    /// Its number in the timetable, where it was never opened.
    pub(super) planned: Option<i64>,
    pub(super) unit: UnitCode,
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) venue: Venue,
    pub(super) stage: LectureStage,
}

impl From<&Session> for ChosenLecture {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id,
            planned: None,
            unit: session.unit_code.clone(),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            venue: session.venue.clone(),
            stage: session.state.into(),
        }
    }
}

impl From<&TimetableEntry> for ChosenLecture {
    fn from(lecture: &TimetableEntry) -> Self {
        let (id, planned, stage) = match &lecture.state {
            LectureState::Opened { session, state } => (*session, None, (*state).into()),
            LectureState::Planned | LectureState::Blocked { .. } => {
                (lecture.lecture, Some(lecture.id), LectureStage::Planned)
            }
            LectureState::Cancelled => (lecture.lecture, Some(lecture.id), LectureStage::Cancelled),
            LectureState::NotHeld => (lecture.lecture, Some(lecture.id), LectureStage::NotHeld),
        };
        Self {
            id,
            planned,
            unit: lecture.unit_code.clone(),
            starts_at: lecture.starts_at,
            ends_at: lecture.ends_at,
            venue: lecture.venue.clone(),
            stage,
        }
    }
}

impl ChosenLecture {
    /// The request that makes a change as its effect was read.
    pub(super) fn edited(
        &self,
        edit: &SessionEdit,
    ) -> impl FnOnce(&EditEffect, String) -> StaffRequest {
        let (id, edit) = (self.id, edit.clone());
        move |effect, reason| {
            let seen = Some(effect.seen);
            let edit = SessionEdit { seen, ..edit };
            StaffRequest::EditSession(id, Box::new(edit), reason)
        }
    }
}
