//! The staff's pages: wide, dense, and usable with the keyboard alone.
//!
//! They have one style sheet and one script of the kiosk's own. Without the script every page shows what
//! was so when it was loaded, and every form works.

mod admin;
mod board;
mod chrome;
mod deliveries;
mod history;
mod lecture;
mod login;
mod number;
mod paper;
mod parts;
mod paths;
mod unit;

pub use admin::*;
pub use board::{BoardPage, board, boards, screen};
pub use chrome::{Chrome, FORM_KEY};
pub use deliveries::{DeliveriesPage, deliveries};
pub use history::{CorrectionForm, ExcuseForm, HistoryPage, history, why};
pub use lecture::{LectureForm, LecturePage, lecture};
pub use login::{LoginForm, login};
pub use number::{NumberPage, number};
pub use paper::{PaperForm, PaperPage, paper_list};
pub use paths::{student_path, unit_path};
pub use unit::{
    AssignForm, EnrolForm, RulesForm, UnitForms, UnitPage, WithdrawForm, first_attended,
    on_no_list, unit_page,
};
