//! Sessions of other kiosks, from the shell.

use anyhow::{Result, bail};
use serde::Serialize;

use super::lines::{LiveAddress, SessionLine, in_words};
use crate::app::{Kiosk, Remotes, noticeboard};
use crate::cli::operator;
use crate::cli::output::{Exit, Output};
use crate::cli::table::Table;
use crate::config::Loaded;
use crate::domain::SessionId;
use crate::services::{Neighbours, RemoteSession};
use crate::sync::install_crypto;

/// A line of `session list --remote`.
#[derive(Serialize)]
struct RemoteLine<'a> {
    #[serde(flatten)]
    session: SessionLine<'a>,
    kiosk_id: &'a str,
    joined: bool,
}

fn others(kiosk: &Kiosk, loaded: &Loaded) -> Result<Neighbours> {
    install_crypto();
    let services = kiosk.services.clone();
    let firestore = Remotes::prepare(loaded)?.firestore;
    Ok(services.reaching(noticeboard(firestore)).neighbours)
}

pub(super) async fn list(output: Output, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    let zone = kiosk.policy.zone;
    let sessions = others(kiosk, loaded)?.list_remote(operator()).await?;
    let lines: Vec<_> = sessions
        .iter()
        .map(|remote| RemoteLine {
            session: SessionLine::new(&remote.session, zone),
            kiosk_id: &remote.kiosk_id,
            joined: remote.is_joined,
        })
        .collect();
    output.show(&lines, || {
        let mut table = Table::new(["ID", "UNIT", "DATE", "TIME", "VENUE", "KIOSK", "HERE"]);
        for remote in &sessions {
            let session = &remote.session;
            table.row([
                session.id.to_string().chars().take(8).collect(),
                session.unit_code.to_string(),
                session.date(zone).to_string(),
                session.time_slot(zone),
                session.venue.as_str().to_owned(),
                remote.kiosk_id.chars().take(12).collect(),
                if remote.is_joined { "joined" } else { "" }.to_owned(),
            ]);
        }
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
    let joined = JoinedReport {
        session: SessionLine::new(&session, zone),
        live: &live,
    };
    output.show(&joined, || {
        format!(
            "Joined {}.\nCheck in: {} (or type {} at the kiosk's address)\n",
            in_words(&session, zone),
            live.url,
            live.code
        )
    })
}

/// `session join --json`.
#[derive(Serialize)]
struct JoinedReport<'a> {
    #[serde(flatten)]
    session: SessionLine<'a>,
    #[serde(flatten)]
    live: &'a LiveAddress,
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
