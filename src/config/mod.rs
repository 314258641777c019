//! What can be set, and where each value came from.
//!
//! The only place that names `toml`. Everything that a setting depends on (environment, working directory) is
//! an argument. Nothing here reads the process's environment, opens the database or knows who uses a value.

mod base_url;
mod environment;
mod error;
mod files;
mod firestore_access;
mod layers;
mod listing;
mod load;
mod sections;
mod source;
mod value;

pub use base_url::BaseUrl;
pub use environment::Environment;
pub use error::ConfigError;
pub use files::{Distrust, FileWarning};
pub use firestore_access::{FirestoreAccess, KeyPlaces};
pub use load::{ConfigFlags, Loaded};
pub use sections::{
    AttendanceSection, CheckInSection, Config, FirestoreSection, KioskSection, LogSection,
    PortalSection, QrSection, ServerSection, StaffSection,
};
pub use source::SettingSource;
pub use value::{HostName, LogLevel, Pattern};

/// The shipped `kiosk.toml`: every setting with its unit, default and effect.
pub const MANUAL: &str = include_str!("../../kiosk.toml");

#[cfg(test)]
mod tests;
