//! The staff area: signing in, and everything that staff do at the kiosk.
//!
//! Each page is a file with its state, its keys and its picture (`StaffPage`). A page answers a key with a
//! [`PageAction`](page::PageAction) and changes nothing but itself; the [`StaffArea`] does the rest. Nothing
//! here knows the model, a service or the students' screen.

mod area;
mod board;
mod choice;
mod chosen_lecture;
mod deliveries;
mod details;
mod effect;
mod enrolment;
mod exam;
mod excuse;
mod export;
mod first_pin;
mod join;
mod lecture_keys;
mod menu;
mod merge;
mod move_unit;
mod opening;
mod page;
mod question;
mod refresh;
mod sessions;
mod sign_in;
mod today;
mod undo;
mod units;

pub use area::{AreaAction, StaffArea};
pub use page::PageContext;

#[cfg(test)]
pub(super) use {
    board::{BoardView, LiveBoardPage, mark, mark_in_full},
    details::DetailsForm,
    exam::ExamPage,
    excuse::ExcuseForm,
    export::ExportForm,
    menu::{Menu, MenuChoice},
    merge::MergePage,
    move_unit::MovePage,
    page::StaffPage,
    sessions::SessionList,
    sign_in::SignInForm,
    today::TodayPage,
    undo::UndoPage,
    units::UnitsPage,
};
