//! The machine: disk, log, clock, port, network, terminal, files that hold secrets.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;

use super::{Facts, Finding, Space};
use crate::app::lock::DirectoryLock;
use crate::app::watchdog::answers_at;
use crate::config::{Config, FirestoreAccess, Loaded};
use crate::qr::Symbol;
use crate::tui::terminal::{Colours, QrInk, Terminal};
use crate::tui::{SymbolSize, symbol_size};

/// A lecture's records and a day's log fit many times.
const LEAST_FREE: u64 = 64 << 20;
/// Backups and logs of a semester.
const ENOUGH_FREE: u64 = 512 << 20;

/// Like any code of the screen.
const SOME_CODE: &str = "K7M2QX";

pub(super) fn disk(space: Option<Space>) -> Finding {
    const CHECK: &str = "disk";
    let Some(Space { free, total }) = space else {
        return Finding::skipped(CHECK, "its room cannot be told");
    };
    let found = format!("{} MB free of {} MB", free >> 20, total >> 20);
    let remedy = "make room on the disk of the data folder";
    if free < LEAST_FREE {
        Finding::failure(CHECK, found, remedy)
    } else if free < ENOUGH_FREE {
        Finding::warning(CHECK, found, remedy)
    } else {
        Finding::ok(CHECK, found)
    }
}

pub(super) fn log(config: &Config) -> Finding {
    const CHECK: &str = "log";
    let Some(path) = &config.log.file else {
        return Finding::ok(
            CHECK,
            "the journal under systemd, else kiosk.log in the data folder",
        );
    };
    match OpenOptions::new().append(true).create(true).open(path) {
        Ok(_) => Finding::ok(CHECK, path.display().to_string()),
        Err(error) => Finding::warning(
            CHECK,
            format!("{} cannot be written: {error}", path.display()),
            "make its folder writable for the kiosk's user, or empty log.file",
        ),
    }
}

pub(super) fn clock(facts: &Facts) -> Finding {
    const CHECK: &str = "clock";
    let now = facts.clock.now();
    let shown = now.utc().format("%Y-%m-%d %H:%M UTC");
    if facts.clock.is_impossible() {
        return Finding::failure(
            CHECK,
            format!("it is at {shown}, which cannot be"),
            "connect the network so that a time server can be reached, or set it with `timedatectl set-time`",
        );
    }
    if !facts.clock.trusted() {
        return Finding::warning(
            CHECK,
            format!("{shown}, and no time server has confirmed it"),
            "connect the network; without one, fit a battery-backed clock (DS3231)",
        );
    }
    Finding::ok(CHECK, format!("{shown}, set by a time server"))
}

/// Whether a kiosk runs, and whether phones can reach the one that does or will.
pub(super) async fn server(config: &Config, facts: &Facts) -> [Finding; 2] {
    let bind = config.server.bind;
    let server = match DirectoryLock::holder(&config.kiosk.data_dir) {
        Some(holder) if answers_at(bind, Duration::from_secs(3)).await => {
            Finding::ok("server", format!("process {holder} answers on {bind}"))
        }
        Some(holder) => Finding::failure(
            "server",
            format!("process {holder} runs and does not answer on {bind}"),
            "if the configuration was changed since it started, start it again; else its log says more",
        ),
        None => match TcpListener::bind(bind).await {
            Ok(_) => Finding::ok(
                "server",
                format!("no kiosk is running; {bind} is free for one"),
            ),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::failure(
                "server",
                format!("another program is using {bind}"),
                "`ss -ltnp` names it; stop it, or set server.bind to another port",
            ),
            Err(error) => Finding::failure(
                "server",
                format!("{bind} cannot be opened: {error}"),
                "set server.bind to 0.0.0.0 and a port from 1024 up",
            ),
        },
    };
    let address = match &facts.address {
        Some(address) => Finding::ok("address", address),
        None => Finding::failure(
            "address",
            "this machine has no network address that phones could reach",
            "plug in the cable or join the Wi-Fi, or name the address in server.public_url",
        ),
    };
    [server, address]
}

pub(super) fn terminal(facts: &Facts) -> Finding {
    const CHECK: &str = "terminal";
    let Some((terminal, columns, rows)) = facts.terminal else {
        return Finding::skipped(
            CHECK,
            "there is none here; run the doctor on the kiosk's own to judge it",
        );
    };
    let shown = format!("{columns}x{rows}, {}", in_words(&terminal));
    let address = facts
        .address
        .as_deref()
        .unwrap_or("http://192.168.100.200:8080");
    let Ok(symbol) = Symbol::for_code(address, SOME_CODE) else {
        return Finding::warning(
            CHECK,
            "the address is too long for a code",
            "shorten server.public_url",
        );
    };
    match symbol_size(&symbol, columns, rows, &terminal) {
        SymbolSize::Columns(module) => Finding::ok(
            CHECK,
            format!("{shown}; a module of the QR is {module} columns wide"),
        ),
        SymbolSize::NoInk => Finding::warning(
            CHECK,
            format!("{shown}: black and white cannot be told apart, so no QR is shown"),
            "use a terminal with colours: on the console TERM=linux, over SSH one whose TERM says so",
        ),
        SymbolSize::NoRoom
            if matches!(terminal.qr_ink, Some(QrInk::Glyphs { half_blocks: false })) =>
        {
            Finding::warning(
                CHECK,
                format!("{shown}: the QR does not fit, for the console's font has no half blocks"),
                "keep the kernel's own font, which has them: no FONTFACE and FONTSIZE in /etc/default/console-setup (docs/DEPLOY.md)",
            )
        }
        SymbolSize::NoRoom => Finding::warning(
            CHECK,
            format!("{shown}: the QR does not fit, so the address is shown in letters"),
            "use a smaller font or a larger window: 100 columns and 30 rows are plenty",
        ),
    }
}

fn in_words(terminal: &Terminal) -> &'static str {
    match (terminal.is_console, terminal.colours) {
        (true, _) => "the Linux console",
        (_, Colours::True) => "true colour",
        (_, Colours::Indexed) => "256 colours",
        (_, Colours::Sixteen) => "16 colours",
        (_, Colours::Mono) => "no colours",
    }
}

/// Files that hold a key and can be read by every user of this machine.
pub(super) fn secrets(loaded: &Loaded) -> Finding {
    const CHECK: &str = "secrets";
    let mut files: Vec<PathBuf> = Vec::new();
    if let FirestoreAccess::Account(places) = &loaded.firestore {
        files.extend(places.env_path.clone());
        files.extend(places.config_path.clone());
        files.push(places.config_dir.join("firebase-credentials.json"));
    }
    files.extend(loaded.config.server.tls_key.clone());
    let in_the_file = loaded.file.clone().filter(|file| {
        matches!(
            loaded.source("portal.api_key"),
            crate::config::SettingSource::File { .. }
        ) && file.exists()
    });
    files.extend(in_the_file.filter(|_| !loaded.config.portal.api_key.is_empty()));
    let open = files.into_iter().find(|file| {
        std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
    });
    match open {
        Some(file) => Finding::warning(
            CHECK,
            format!(
                "{} holds a key, and every user of this machine can read it",
                file.display()
            ),
            "chmod 640 that file and give it to the group kiosk, or hand the key over as a systemd credential",
        ),
        None => Finding::ok(CHECK, "no key lies open"),
    }
}
