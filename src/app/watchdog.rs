//! Checks that the parts of a running kiosk are alive, each by real work.
//!
//! A task that reports on a timer proves only that timers work. So the store runs a job, the screen has
//! drawn, and the server answers a connection; a sign of life is sent when all three have done so.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::supervisor::Supervisor;
use crate::store::Store;

/// The screen draws every second; a machine that is busy with an import may miss a few.
const SCREEN_WITHIN: Duration = Duration::from_secs(5);

/// What has to be alive.
pub(super) struct Watched {
    pub(super) store: Store,
    pub(super) server: SocketAddr,
    /// When the screen was drawn last; `None` where there is none.
    pub(super) screen: Option<watch::Receiver<Instant>>,
}

/// Feeds the supervisor's watchdog as long as every part is alive.
pub(super) async fn run(supervisor: Supervisor, watched: Watched, stop: CancellationToken) {
    let Some(patience) = supervisor.watchdog() else {
        return stop.cancelled().await;
    };
    // Three signs in the time that it waits, so that one may be late.
    let every = patience / 3;
    loop {
        match watched.first_that_is_dead(every).await {
            None => supervisor.alive(),
            Some(dead) => tracing::error!(part = dead, "a part of the kiosk gives no sign of life"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

impl Watched {
    /// The name of a part that shows no life `within` a time.
    async fn first_that_is_dead(&self, within: Duration) -> Option<&'static str> {
        let (store, server) = tokio::join!(
            timeout(within, self.store.is_alive()),
            answers_at(self.server, within)
        );
        if store.is_err() {
            return Some("store");
        }
        if !server {
            return Some("server");
        }
        let is_late = |drawn: &watch::Receiver<Instant>| drawn.borrow().elapsed() > SCREEN_WITHIN;
        self.screen
            .as_ref()
            .is_some_and(is_late)
            .then_some("screen")
    }
}

/// Whether a server takes a connection and does something with it: answers, or ends it.
///
/// Any answer will do. A server that is full, or that speaks TLS, is alive too.
pub(super) async fn answers_at(bound: SocketAddr, within: Duration) -> bool {
    let ip = if bound.ip().is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        bound.ip()
    };
    let ask = async {
        let mut stream = TcpStream::connect((ip, bound.port())).await?;
        let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        // Being hung up on is an answer as well.
        if stream.write_all(request).await.is_ok() {
            let _ = stream.read(&mut [0; 64]).await;
        }
        std::io::Result::Ok(())
    };
    timeout(within, ask)
        .await
        .is_ok_and(|answer| answer.is_ok())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server that takes connections and never answers.
    async fn deaf() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    async fn answering() -> SocketAddr {
        let (listener, address) = deaf().await;
        tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        address
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        (folder, store)
    }

    /// What is alive answers at once, on a busy machine as well.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// What is dead has to be waited for.
    const SHORT: Duration = Duration::from_secs(2);

    #[tokio::test]
    async fn each_part_must_show_that_it_is_alive() {
        let (_folder, store) = store();
        let (screen, drawn) = watch::channel(Instant::now());
        let mut watched = Watched {
            store,
            server: answering().await,
            screen: Some(drawn),
        };
        assert_eq!(watched.first_that_is_dead(PATIENCE).await, None);

        let long_ago = Instant::now().checked_sub(SCREEN_WITHIN * 2).unwrap();
        screen.send_replace(long_ago);
        assert_eq!(watched.first_that_is_dead(PATIENCE).await, Some("screen"));
        screen.send_replace(Instant::now());

        let (_listener, silent) = deaf().await;
        watched.server = silent;
        assert_eq!(watched.first_that_is_dead(SHORT).await, Some("server"));

        let wedged = watched.store.wedge().await;
        assert_eq!(watched.first_that_is_dead(SHORT).await, Some("store"));
        drop(wedged);
    }
}
