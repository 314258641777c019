//! Sessions of other kiosks, from the shell.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::lines::{LiveAddress, in_words, session_json};
use crate::app::{Kiosk, Remotes, noticeboard};
use crate::cli::operator;
use crate::cli::output::{Exit, Output};
use crate::cli::table::Table;
use crate::config::Loaded;
use crate::domain::SessionId;
use crate::services::{OtherKiosks, RemoteSession};
use crate::sync::install_crypto;

fn others(kiosk: &Kiosk, loaded: &Loaded) -> Result<OtherKiosks> {
    install_crypto();
    let services = kiosk.services.clone();
    let firestore = Remotes::prepare(loaded)?.firestore;
    Ok(services.reaching(noticeboard(firestore)).other_kiosks)
}

pub(super) async fn list(output: Output, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    let sessions = others(kiosk, loaded)?.list_remote(operator()).await?;
    let line = |remote: &RemoteSession| {
        let mut line = session_json(&remote.session, zone);
        line["kiosk_id"] = json!(remote.kiosk_id);
        line["joined"] = json!(remote.is_joined);
        line
    };
    let lines: Vec<Value> = sessions.iter().map(line).collect();
    let headings = ["ID", "UNIT", "DATE", "TIME", "VENUE", "KIOSK", "HERE"];
    output.show(&lines, || {
        let table = Table::of(headings, &sessions, |remote| {
            let session = &remote.session;
            [
                session.id.to_string().chars().take(8).collect(),
                session.unit_code.to_string(),
                session.date(zone).to_string(),
                session.time_slot(zone),
                session.venue.as_str().to_owned(),
                remote.kiosk_id.chars().take(12).collect(),
                if remote.is_joined { "joined" } else { "" }.to_owned(),
            ]
        });
        table.text("No other kiosk has an open session.")
    })
}

pub(super) async fn join(id: &str, output: Output, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    let others = others(kiosk, loaded)?;
    let id = match SessionId::parse(id) {
        Some(id) => id,
        None => by_letters(id, &others.list_remote(operator()).await?)?,
    };
    let (session, key) = others.join(operator(), id).await?;
    let live = LiveAddress::new(kiosk, &loaded.config, &key);
    let zone = kiosk.policy.zone;
    let mut joined = session_json(&session, zone);
    joined["url"] = json!(live.url);
    joined["code"] = json!(live.code);
    output.show(&joined, || {
        format!(
            "Joined {}.\nCheck in: {} (or type {} at the kiosk's address)\n",
            in_words(&session, zone),
            live.url,
            live.code
        )
    })
}

fn by_letters(letters: &str, sessions: &[RemoteSession]) -> Result<SessionId> {
    let letters = letters.trim().to_ascii_lowercase();
    let mut found = sessions
        .iter()
        .map(|remote| remote.session.id)
        .filter(|id| id.to_string().starts_with(&letters));
    match (found.next(), found.next()) {
        (Some(id), None) if letters.len() >= 4 => Ok(id),
        (None, _) => {
            bail!(
                "no other kiosk has an open session {letters}; run `kiosk session list --remote` to see all"
            )
        }
        _ => bail!("several sessions begin with {letters}; type more of the id"),
    }
}
