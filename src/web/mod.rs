//! The phone's door: pages and a small JSON interface.
//!
//! Behind a sign-in, the lecturers' boards and the office.
//!
//! It decides nothing: a request becomes a `Request` to the desk, and the answer becomes a page. It
//! must not know the database, the screen or the remotes.

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
mod export;
mod guard;
mod home;
mod limits;
mod login;
mod metrics;
mod openapi;
mod pages;
mod percent;
mod problem;
mod rates;
mod router;
mod server;
mod settings;
mod shield;
mod staff;
mod state;
mod tls;
mod visitor;
mod words;

pub use audience::Audience;
pub use limits::Limits;
pub use server::serve;
pub use settings::{InvalidPublicUrl, WebSettings};
pub use state::Web;
pub use tls::{InvalidCertificate, Tls};

#[cfg(test)]
mod tests;
