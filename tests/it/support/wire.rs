//! A wire that can be pulled: connections pass through it to a server, until it is cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The wire. It ends with the test's runtime.
pub struct Wire {
    port: u16,
    is_whole: watch::Sender<bool>,
    turned_away: Arc<AtomicUsize>,
}

impl Wire {
    /// A wire to a port of this machine.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (is_whole, watched) = watch::channel(true);
        let turned_away = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&turned_away);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut watched = watched.clone();
                if !*watched.borrow_and_update() {
                    count.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(("127.0.0.1", server)).await else {
                        return;
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = watched.changed() => {}
                    }
                });
            }
        });
        Self {
            port,
            is_whole,
            turned_away,
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends every connection, and every new one until it is mended.
    pub fn cut(&self) {
        self.is_whole.send_replace(false);
    }

    /// How many connections were tried while it was cut.
    pub fn turned_away(&self) -> usize {
        self.turned_away.load(Ordering::Relaxed)
    }

    pub fn mend(&self) {
        self.is_whole.send_replace(true);
    }
}
