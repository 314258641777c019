//! The staff's pages: wide, dense, and usable with the keyboard alone.
//!
//! They have one style sheet and one script of the kiosk's own. Without the script every page shows what
//! was so when it was loaded, and every form works.

mod admin;
mod board;
mod chrome;
mod deliveries;
mod history;
mod login;

pub use admin::*;
pub use board::{BoardPage, board, boards, screen, student_path};
pub use chrome::{Chrome, FORM_KEY};
pub use deliveries::{DeliveriesPage, deliveries};
pub use history::{CorrectionForm, HistoryPage, history, why};
pub use login::{LoginForm, login};
