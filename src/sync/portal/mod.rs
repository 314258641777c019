//! The lecturer portal: one JSON call for each check-in, and the roster in pages.

mod answer;
mod payload;
mod remote;
mod students;

pub use payload::PortalStudent;
pub use remote::{InvalidPortal, PortalRemote, PortalSettings};
pub use students::BulkFailure;
