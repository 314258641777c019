//! Talking to systemd: ready, alive, stopping (`sd_notify(3)`), in the few lines that it takes.

use std::env;
use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The supervisor that started this program, if one did.
#[derive(Debug, Clone, Default)]
pub(super) struct Supervisor {
    socket: Option<OsString>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// As the environment has it.
    pub(super) fn from_environment() -> Self {
        let watched =
            env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
        let microseconds = env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|text| text.parse().ok());
        Self {
            socket: env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()),
            watchdog: microseconds.map(Duration::from_micros).filter(|_| watched),
        }
    }

    /// Whether there is one: then nobody reads what is printed, and nobody but it starts the program again.
    pub(super) fn is_there(&self) -> bool {
        self.socket.is_some()
    }

    /// How long it waits for a sign of life before it kills the program.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.watchdog.filter(|_| self.is_there())
    }

    /// The program does what it is for; `status` is what `systemctl status` shows.
    pub(super) fn ready(&self, status: &str) {
        self.say(&format!("READY=1\nSTATUS={status}"));
    }

    /// What it does at present.
    pub(super) fn status(&self, status: &str) {
        self.say(&format!("STATUS={status}"));
    }

    /// Every part has just shown that it is alive.
    pub(super) fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    /// The end has begun.
    pub(super) fn stopping(&self) {
        self.say("STOPPING=1");
    }

    /// Sends a message; a failure is only logged.
    fn say(&self, message: &str) {
        let Some(socket) = &self.socket else { return };
        let bytes = socket.as_bytes();
        let address = match bytes.strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name),
            None => SocketAddr::from_pathname(socket),
        };
        let sent = address.and_then(|address| {
            UnixDatagram::unbound()?.send_to_addr(message.as_bytes(), &address)
        });
        if let Err(error) = sent {
            tracing::debug!(%error, "the supervisor could not be notified");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_hears_what_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let supervisor = Supervisor {
            socket: Some(path.into_os_string()),
            watchdog: None,
        };
        supervisor.ready("serving");
        let mut heard = [0; 64];
        let length = socket.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1\nSTATUS=serving");
    }

    #[test]
    fn without_one_nothing_is_said_and_nothing_is_watched() {
        let nobody = Supervisor {
            socket: None,
            watchdog: Some(Duration::from_secs(10)),
        };
        nobody.alive();
        assert_eq!((nobody.is_there(), nobody.watchdog()), (false, None));
    }
}
