//! What every remote must do, shown against local servers and, where there is one, Google's emulator.

mod cleanup;
mod contract;
mod emulator;
mod fake_firestore;
mod fake_portal;
mod firestore;
mod hostile;
mod other_kiosks;
mod portal;
pub(crate) mod reports;
mod school;
mod stub;
mod tls;
mod worker;
