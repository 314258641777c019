//! Google Firestore over REST: the claim on a student's place in a session, and the flat timeline.
//!
//! Three plain JSON calls rather than a client library, because delivery needs one atomic `commit`
//! with a precondition, and nothing else. Everything about a check-in is written in one commit:
//! `sessions/{session}/students/{number}` must not exist yet and is the claim;
//! `attendance_records/{attendance_id}` is the timeline. The `attendance_id` inside the claim tells
//! a lost answer from another kiosk's check-in.

mod account;
pub mod cleanup;
mod client;
mod contest;
mod correct;
mod credentials;
mod database;
mod deliver;
mod documents;
mod errors;
pub(crate) mod ids;
mod pace;
mod reading;
mod remote;
mod sessions;
mod settings;
mod signer;
mod values;
mod width;

#[cfg(test)]
pub(crate) use documents::fields as document_of;

pub use credentials::{CredentialSources, CredentialsError};
pub use database::Firestore;
pub use documents::StoredDocument;
pub use reading::{PageEnd, Since};
pub use sessions::Unpublished;
pub use settings::FirestoreSettings;
