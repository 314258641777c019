//! The listening socket: takes connections within the limits and ends them in time.
//!
//! `axum::serve` sets no time limits at all, so one phone that sends half a header could keep a place
//! for ever. This loop drives hyper's HTTP/1 itself. A connection may carry several requests (a code
//! that is typed is answered with a redirect), and an idle one is ended like one that sends no header.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Duration, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Web;
use super::descriptors;
use super::limits::Limits;
use super::progress::Progress;
use super::rates::household;
use super::router::router;
use super::tls::Tls;

/// Between two clearings of the rate limits' memory.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Headers in a request: browsers send about fifteen.
const MOST_HEADERS: usize = 64;

/// Bytes of request line and headers.
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// Serves until `shutdown`, then lets open requests finish for a short while. With a certificate only https
/// is spoken.
pub async fn serve(
    listener: TcpListener,
    web: Web,
    certificate: Option<Tls>,
    shutdown: CancellationToken,
) {
    let router = router(web.clone());
    let limits = descriptors::fitted(web.limits);
    let mut connections = Connections::default();
    let mut forget = interval(FORGET_EVERY);
    forget.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = connections.one_ends(), if !connections.is_empty() => {}
            _ = forget.tick() => {
                web.rates.forget_the_quiet();
                web.rates.log_kept_back();
                web.access_lines.log_unlisted();
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let room = connections.make_room_for(peer.ip(), &limits);
                    if room != Room::Free {
                        web.counters.count_dropped();
                    }
                    if room == Room::None {
                        // Dropped, not queued: a queue would be one more thing to fill.
                        continue;
                    }
                    let progress = Progress::default();
                    let connection = secured_connection(
                        stream,
                        peer,
                        certificate.clone(),
                        router.clone(),
                        connections.limits_now(limits),
                        progress.clone(),
                        shutdown.clone(),
                    );
                    connections.start(peer.ip(), progress, connection);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(limits.accept_pause).await;
                }
            },
        }
    }
    drop(listener);
    let all_end = async {
        while !connections.is_empty() {
            connections.one_ends().await;
        }
    };
    // Whatever is left after that is cut off with the set.
    let _ = timeout(limits.stop_within, all_end).await;
}

/// How a place was found for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Free,
    /// Another connection was ended for it.
    Made,
    /// All the others have a request in hand.
    None,
}

/// A connection that is open.
struct Open {
    address: IpAddr,
    /// In the order of their coming.
    number: u64,
    progress: Progress,
    task: AbortHandle,
}

/// The open connections, counted by address.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    open: HashMap<Id, Open>,
    by_address: HashMap<IpAddr, usize>,
    started: u64,
}

impl Connections {
    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Finds a place for a connection from an address. When there is none, the oldest without a whole request in hand
    /// is ended, never the newcomer: whoever holds many connections open waits, and a phone sends at once.
    fn make_room_for(&mut self, address: IpAddr, limits: &Limits) -> Room {
        let address = household(address);
        let from_there = self.by_address.get(&address).copied().unwrap_or(0);
        let share_is_full = from_there >= limits.connections_per_address;
        if !share_is_full && self.open.len() < limits.connections {
            return Room::Free;
        }
        let idle = self.open.iter().filter(|(_, open)| {
            !open.progress.is_in_hand() && (!share_is_full || open.address == address)
        });
        let Some((&oldest, _)) = idle.min_by_key(|(_, open)| open.number) else {
            return Room::None;
        };
        if let Some(open) = self.forget(oldest) {
            open.task.abort();
        }
        Room::Made
    }

    /// The limits for a connection that comes now: there is less time for headers while there is little room.
    fn limits_now(&self, limits: Limits) -> Limits {
        let is_crowded = self.open.len() > limits.connections / 4 * 3;
        Limits {
            headers_within: if is_crowded {
                limits
                    .headers_within
                    .min(limits.headers_within_when_crowded)
            } else {
                limits.headers_within
            },
            ..limits
        }
    }

    fn start(
        &mut self,
        address: IpAddr,
        progress: Progress,
        connection: impl Future<Output = ()> + Send + 'static,
    ) {
        let address = household(address);
        let task = self.tasks.spawn(connection);
        *self.by_address.entry(address).or_default() += 1;
        self.started += 1;
        let open = Open {
            address,
            number: self.started,
            progress,
            task,
        };
        self.open.insert(open.task.id(), open);
    }

    async fn one_ends(&mut self) {
        let task = match self.tasks.join_next_with_id().await {
            Some(Ok((task, ()))) => task,
            Some(Err(error)) => error.id(),
            None => return,
        };
        self.forget(task);
    }

    /// Gives the place of a connection back.
    fn forget(&mut self, task: Id) -> Option<Open> {
        let open = self.open.remove(&task)?;
        if let Some(count) = self.by_address.get_mut(&open.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&open.address);
            }
        }
        Some(open)
    }
}

/// Agrees on the encryption first, where there is a certificate; that has the time limit of the headers.
async fn secured_connection(
    stream: TcpStream,
    peer: SocketAddr,
    certificate: Option<Tls>,
    router: Router,
    limits: Limits,
    progress: Progress,
    shutdown: CancellationToken,
) {
    // Answers are one small write: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let Some(Tls(acceptor)) = certificate else {
        return connection(stream, peer, router, limits, progress, shutdown).await;
    };
    if let Ok(Ok(stream)) = timeout(limits.headers_within, acceptor.accept(stream)).await {
        connection(stream, peer, router, limits, progress, shutdown).await;
    }
}

/// Serves one connection to its end, its time limit, or the end of the kiosk.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    progress: Progress,
    shutdown: CancellationToken,
) {
    // Requests of a connection come one after another. A proxy on this machine sends those of many clients.
    let pause = if peer.ip().to_canonical().is_loopback() {
        limits.pause_of_this_machine
    } else {
        limits.pause_after_refusal
    };
    let was_refused = Arc::new(AtomicBool::new(false));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (router, progress) = (router.clone(), progress.clone());
        let was_refused = was_refused.clone();
        async move {
            if was_refused.load(Ordering::Relaxed) {
                sleep(pause).await;
            }
            let request = request.map(|body| Body::new(progress.arriving(body)));
            let answered = router.oneshot(request).await;
            let response = answered.unwrap_or_else(|never| match never {});
            was_refused.store(response.status().is_client_error(), Ordering::Relaxed);
            Ok::<_, Infallible>(response.map(|body| progress.leaving(body)))
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.headers_within)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEADER_BYTES);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let limit = sleep(limits.connection_within);
    tokio::select! {
        // Errors here are clients that went away or spoke no HTTP: nobody is left to tell.
        _ = connection.as_mut() => return,
        () = limit => return,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
