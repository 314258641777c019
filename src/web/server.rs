//! The listening socket: takes connections within the limits and ends them in time.
//!
//! `axum::serve` sets no time limits at all, so one phone that sends half a header could keep a place
//! for ever. This loop drives hyper's HTTP/1 itself. A connection may carry several requests (a code
//! that is typed is answered with a redirect), and an idle one is ended like one that sends no header.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{Id, JoinSet};
use tokio::time::{Duration, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Web;
use super::descriptors;
use super::limits::Limits;
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
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) if connections.have_room_for(peer.ip(), &limits) => {
                    let connection = secured_connection(
                        stream,
                        peer,
                        certificate.clone(),
                        router.clone(),
                        limits,
                        shutdown.clone(),
                    );
                    connections.start(peer.ip(), connection);
                }
                // Dropped, not queued: a queue would be one more thing to fill.
                Ok(_) => tracing::debug!("a connection was dropped: too many are open"),
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

/// The open connections, counted by address.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    addresses: HashMap<Id, IpAddr>,
    by_address: HashMap<IpAddr, usize>,
}

impl Connections {
    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn have_room_for(&self, address: IpAddr, limits: &Limits) -> bool {
        let from_there = self
            .by_address
            .get(&household(address))
            .copied()
            .unwrap_or(0);
        self.tasks.len() < limits.connections && from_there < limits.connections_per_address
    }

    fn start(&mut self, address: IpAddr, connection: impl Future<Output = ()> + Send + 'static) {
        let address = household(address);
        let task = self.tasks.spawn(connection).id();
        self.addresses.insert(task, address);
        *self.by_address.entry(address).or_default() += 1;
    }

    async fn one_ends(&mut self) {
        let task = match self.tasks.join_next_with_id().await {
            Some(Ok((task, ()))) => task,
            Some(Err(error)) => error.id(),
            None => return,
        };
        let Some(address) = self.addresses.remove(&task) else {
            return;
        };
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

/// Agrees on the encryption first, where there is a certificate; that has the time limit of the headers.
async fn secured_connection(
    stream: TcpStream,
    peer: SocketAddr,
    certificate: Option<Tls>,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    // Answers are one small write: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let Some(Tls(acceptor)) = certificate else {
        return connection(stream, peer, router, limits, shutdown).await;
    };
    if let Ok(Ok(stream)) = timeout(limits.headers_within, acceptor.accept(stream)).await {
        connection(stream, peer, router, limits, shutdown).await;
    }
}

/// Serves one connection to its end, its time limit, or the end of the kiosk.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router
                    .oneshot(request.map(Body::new))
                    .await
                    .unwrap_or_else(|never| match never {}),
            )
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
