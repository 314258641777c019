//! Which session somebody means.

use crate::cli::operator;
use anyhow::{Context as _, Result, bail};

use crate::app::Kiosk;
use crate::domain::{Session, SessionId, SessionKey};

/// Finds a session by its id or the first letters of it.
pub(in crate::cli) async fn find(kiosk: &Kiosk, text: &str) -> Result<SessionId> {
    /// Fewer letters could be a slip, and would soon mean several sessions.
    const LEAST: usize = 4;
    /// How far back letters are looked for: some years of one kiosk.
    const LATEST: u32 = 5000;
    if let Some(id) = SessionId::parse(text) {
        return Ok(id);
    }
    let letters = text.trim().to_ascii_lowercase();
    if letters.len() < LEAST || !letters.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        bail!("{text:?} is no session id; `kiosk session list` shows them");
    }
    let mut found = Vec::new();
    for session in kiosk.services.sessions.list(operator(), LATEST).await? {
        if session.id.to_string().starts_with(&letters) {
            found.push(session.id);
        }
    }
    match found[..] {
        [id] => Ok(id),
        [] => bail!("there is no session {letters}; `kiosk session list` shows those there are"),
        _ => bail!(
            "{} sessions begin with {letters}; give more of the id",
            found.len()
        ),
    }
}

/// A session by id, or the one that the screen shows.
pub(in crate::cli) async fn shown(
    kiosk: &Kiosk,
    id: Option<&str>,
) -> Result<(Session, SessionKey)> {
    if let Some(text) = id {
        let id = find(kiosk, text).await?;
        let found = kiosk.services.sessions.find(operator(), id).await?;
        return found.with_context(|| {
            format!("there is no session {id}; `kiosk session list` shows those there are")
        });
    }
    let shown = kiosk.services.sessions.shown().await?;
    shown.context("no session is open; `kiosk session open CODE` opens one")
}
