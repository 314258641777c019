//! The phone's door: pages and a small JSON interface.
//!
//! It decides nothing: a request becomes a `Request` to the desk, and the answer becomes a page. It
//! must not know the database, the screen or the remotes.

mod api;
mod attend;
mod body;
mod cookies;
mod descriptors;
mod echo;
mod guard;
mod home;
mod limits;
mod pages;
mod problem;
mod rates;
mod router;
mod server;
mod settings;
mod shield;
mod state;
mod visitor;
mod words;

pub use limits::Limits;
pub use server::serve;
pub use settings::{InvalidPublicUrl, WebSettings};
pub use state::Web;

#[cfg(test)]
mod tests;
