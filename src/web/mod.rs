//! The web door: the check-in page for phones, a small JSON API, and behind a sign-in the boards and the pages for
//! administrators.
//!
//! It decides nothing: it hands a request to a service, and turns the answer into a page or JSON. It must not
//! know the database, the screen or the remotes.

mod admin;
mod api;
mod assets;
mod attend;
mod audience;
mod board;
mod body;
mod cookies;
mod corrections;
mod counters;
mod descriptors;
mod echo;
mod events;
mod excuses;
mod export;
mod forms;
mod guard;
mod home;
mod lectures;
mod limits;
mod login;
mod metrics;
mod numbers;
mod openapi;
mod pages;
mod paper;
mod percent;
mod problem;
mod progress;
mod rates;
mod router;
mod server;
mod settings;
mod shield;
mod staff;
mod state;
mod tls;
mod units;
mod visitor;

pub use audience::Audience;
pub use limits::Limits;
pub use server::serve;
pub use settings::{InvalidPublicUrl, WebSettings};
pub use state::Web;
pub use tls::{InvalidCertificate, Tls};

#[cfg(test)]
mod tests;
