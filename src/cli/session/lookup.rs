//! Finds the session that an argument names.

use crate::cli::operator;
use anyhow::{Context as _, Result, bail};

use crate::app::Kiosk;
use crate::domain::{Session, SessionId, SessionKey};

/// The fewest characters of an id: fewer would soon fit several sessions.
const LEAST: usize = 4;

/// Finds a session by its id or the beginning of it.
pub(in crate::cli) async fn find(kiosk: &Kiosk, text: &str) -> Result<SessionId> {
    /// The most sessions to search: some years of one kiosk.
    const LATEST: u32 = 5000;
    if let Some(id) = SessionId::parse(text) {
        return Ok(id);
    }
    let letters = beginning(text)?;
    let mut found = Vec::new();
    for session in kiosk.services.sessions.list(operator(), LATEST).await? {
        if session.id.to_string().starts_with(&letters) {
            found.push(session.id);
        }
    }
    only(&found, &letters)
}

/// Finds a session, or a planned lecture that nobody opened, by its id or the beginning of it.
pub(in crate::cli) async fn find_lecture(kiosk: &Kiosk, text: &str) -> Result<SessionId> {
    if let Some(id) = SessionId::parse(text) {
        return Ok(id);
    }
    let letters = beginning(text)?;
    let found = kiosk.services.timetable.beginning(&letters).await?;
    only(&found, &letters)
}

fn beginning(text: &str) -> Result<String> {
    let letters = text.trim().to_ascii_lowercase();
    if letters.len() < LEAST || !letters.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        bail!("{text:?} is not a session id; run `kiosk session list` to see all");
    }
    Ok(letters)
}

fn only(found: &[SessionId], letters: &str) -> Result<SessionId> {
    match found[..] {
        [id] => Ok(id),
        [] => bail!("there is no session {letters}; run `kiosk session list` to see all"),
        _ => bail!(
            "{} sessions begin with {letters}; type more of the id",
            found.len()
        ),
    }
}

/// The session with this id, or the one on the screen.
pub(in crate::cli) async fn shown(
    kiosk: &Kiosk,
    id: Option<&str>,
) -> Result<(Session, SessionKey)> {
    if let Some(text) = id {
        let id = find(kiosk, text).await?;
        let found = kiosk.services.sessions.find(operator(), id).await?;
        return found.with_context(|| {
            format!("there is no session {id}; run `kiosk session list` to see all")
        });
    }
    let shown = kiosk.services.sessions.shown().await?;
    shown.context("no session is open; open one with `kiosk session open CODE`")
}
