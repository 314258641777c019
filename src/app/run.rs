//! A kiosk that runs: screen, phones, deliveries, from start to an orderly end.

use std::io::{ErrorKind, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backups;
use super::clean_shutdown;
use super::demo::{self, Demo};
use super::kiosk::{self, Kiosk};
use super::lock::DirectoryLock;
use super::noticeboard::noticeboard;
use super::remotes::Remotes;
use super::startup_retry::hold_until;
use super::supervisor::Supervisor;
use super::watchdog;
use crate::config::{Loaded, ServerSection};
use crate::domain::{MirrorStatus, RemoteStatus, Target};
use crate::services::export::Shelf;
use crate::services::{Finder, LiveBoards, Painter, Services, Snapshot, WatchedRemote};
use crate::store::Publishing;
use crate::sync::{Bell, Mirror, Publisher, Worker, install_crypto};
use crate::tui::{self, DemoStaff, Site};
use crate::web::{self, Audience, Limits, Tls, Web, WebSettings};

/// Whether a kiosk has a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// In this terminal.
    Screen,
    /// None: phones and deliveries only.
    None,
}

/// How a kiosk runs.
pub(super) struct Arrangement {
    pub(super) face: Face,
    pub(super) demo: Option<Demo>,
}

/// After this long the parts that have not ended are left behind: systemd would lose patience too.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// How long a session lasts that is opened at the screen: what `kiosk session open` prefills too.
const SESSION_LASTS: Duration = Duration::from_secs(120 * 60);

/// Runs a kiosk until staff leave it or a signal ends it.
///
/// # Errors
/// A sentence, when the directory, the database, the port or the terminal cannot be used.
pub async fn run(loaded: Loaded, face: Face) -> anyhow::Result<()> {
    run_arranged(loaded, Arrangement { face, demo: None }).await
}

pub(super) async fn run_arranged(loaded: Loaded, arrangement: Arrangement) -> anyhow::Result<()> {
    install_crypto();
    let in_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if arrangement.face == Face::Screen && !in_terminal {
        bail!(
            "the screen needs a terminal: start it in one, or run `kiosk serve` for a kiosk without a screen"
        );
    }
    let stop = stop_on_signals()?;
    let opened = hold_until(arrangement.face, &stop, async || {
        open(&loaded, &arrangement).await
    });
    let Some(Opened {
        _lock,
        kiosk,
        remotes,
        sockets,
    }) = opened.await?
    else {
        return Ok(());
    };
    let mut parts = JoinSet::new();
    let supervisor = Supervisor::from_environment();

    let ended = match start(
        &loaded,
        &arrangement,
        &kiosk,
        (remotes, sockets),
        &stop,
        &mut parts,
    )
    .await
    {
        Ok(started) => {
            supervisor.ready("phones and keyboard check in");
            tokio::select! {
                ended = show(&loaded, &arrangement, &kiosk, started, &stop) => ended,
                broken = a_part_breaks_off(&mut parts, &stop) => Err(broken),
            }
        }
        Err(error) => Err(error),
    };
    supervisor.stopping();
    stop.cancel();
    let rest = async { while parts.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_WITHIN, rest).await.is_err() {
        tracing::warn!("some parts did not end in time and were left behind");
    }
    kiosk.store.close().await;
    if let Err(error) = clean_shutdown::put(&loaded.config.kiosk.data_dir) {
        tracing::info!(%error, "the next start reads the whole database: the stop could not be noted");
    }
    tracing::info!("the kiosk has stopped");
    ended
}

/// Where the kiosk is served.
struct Sockets {
    phones: TcpListener,
    staff: Option<TcpListener>,
    certificate: Option<Tls>,
}

/// What a kiosk has before any part of it runs.
struct Opened {
    _lock: DirectoryLock,
    kiosk: Kiosk,
    remotes: Remotes,
    sockets: Sockets,
}

/// Takes everything that a kiosk needs and may not get: its directory, its database, its port.
async fn open(loaded: &Loaded, arrangement: &Arrangement) -> anyhow::Result<Opened> {
    let certificate = certificate(&loaded.config.server)?;
    // Before the database is opened: a newer program would change it under a running older one.
    kiosk::make_directory(&loaded.config.kiosk.data_dir)?;
    let lock = DirectoryLock::take(&loaded.config.kiosk.data_dir)?;
    let data_dir = loaded.config.kiosk.data_dir.clone();
    // A large database takes seconds to read, in which a stop must be heard.
    tokio::task::spawn_blocking(move || backups::examine_at_start(&data_dir))
        .await
        .context("the database could not be examined")??;
    let mut kiosk = Kiosk::open(loaded).await?;
    if !kiosk.policy.deliver_to.contains(&Target::Firestore) {
        kiosk.store.set_publishing(Publishing::Off).await?;
    }
    if arrangement.demo.is_some() {
        kiosk = kiosk.at(kiosk.clock.clone().vouched_for());
    }
    let remotes = Remotes::prepare(loaded)?;
    let server = &loaded.config.server;
    let sockets = Sockets {
        phones: listen(server.bind, "server.bind", arrangement.demo.is_some()).await?,
        staff: match server.staff_bind {
            Some(bind) => Some(listen(bind, "server.staff_bind", false).await?),
            None => None,
        },
        certificate,
    };
    Ok(Opened {
        _lock: lock,
        kiosk,
        remotes,
        sockets,
    })
}

/// A kiosk whose parts are running.
struct Started {
    services: Services,
    /// Told by the screen whenever it has been drawn.
    drawn: watch::Sender<Instant>,
    picture: watch::Receiver<Arc<Snapshot>>,
    bound: SocketAddr,
}

/// Starts every part that needs no terminal.
async fn start(
    loaded: &Loaded,
    arrangement: &Arrangement,
    kiosk: &Kiosk,
    (remotes, sockets): (Remotes, Sockets),
    stop: &CancellationToken,
    parts: &mut JoinSet<()>,
) -> anyhow::Result<Started> {
    let Syncing {
        statuses,
        watched,
        bells,
        mirror,
    } = sync(loaded, kiosk, &remotes, stop, parts);
    let bound = sockets
        .phones
        .local_addr()
        .context("cannot tell which port was opened")?;
    let finder = finder(loaded, bound, arrangement.demo.is_some());
    let services = kiosk.services.clone();
    let services = services.delivering_to(watched);
    let services = services.reaching(noticeboard(remotes.firestore));
    let (painter, picture) = Painter::new(kiosk.store.clone(), &services, finder, statuses);
    let painter = match mirror {
        Some(status) => painter.with_mirror(status),
        None => painter,
    };
    if let Some(demo) = &arrangement.demo {
        demo::furnish(kiosk, demo.students).await?;
        let arrivals = demo::simulate_arrivals(
            kiosk.clone(),
            demo.students,
            demo.arrivals_per_minute,
            stop.clone(),
        );
        // Not one of the parts: it ends when everybody has arrived.
        tokio::spawn(arrivals);
    }
    painter.paint().await;
    parts.spawn(painter.run(stop.clone()));
    parts.spawn(wake_with_the_network(picture.clone(), bells, stop.clone()));

    if arrangement.demo.is_none() {
        parts.spawn(backups::daily(
            loaded.config.kiosk.data_dir.clone(),
            kiosk.clock.clone(),
            kiosk.policy.zone,
            stop.clone(),
        ));
    }
    serve_pages(
        loaded,
        kiosk,
        sockets,
        (services.clone(), picture.clone()),
        stop,
        parts,
    )?;
    let (drawn, when_drawn) = watch::channel(Instant::now());
    let alive = watchdog::Parts {
        store: kiosk.store.clone(),
        server: bound,
        screen: (arrangement.face == Face::Screen).then_some(when_drawn),
    };
    parts.spawn(watchdog::run(
        Supervisor::from_environment(),
        alive,
        stop.clone(),
    ));
    tracing::info!(address = %bound, "the kiosk has started");
    Ok(Started {
        services,
        drawn,
        picture,
        bound,
    })
}

/// What talks to the remotes.
struct Syncing {
    statuses: Vec<(Target, watch::Receiver<RemoteStatus>)>,
    watched: Vec<WatchedRemote>,
    bells: Vec<Bell>,
    mirror: Option<watch::Receiver<MirrorStatus>>,
}

/// Starts what pays debts, publishes sessions and reads what other kiosks recorded.
fn sync(
    loaded: &Loaded,
    kiosk: &Kiosk,
    remotes: &Remotes,
    stop: &CancellationToken,
    parts: &mut JoinSet<()>,
) -> Syncing {
    let mut statuses = Vec::new();
    let mut bells = Vec::new();
    let mut watched = Vec::new();
    for remote in remotes.told() {
        let target = remote.target();
        let (worker, status) = Worker::new(
            kiosk.store.clone(),
            kiosk.clock.clone(),
            kiosk.keys.kiosk_id.clone(),
            remote,
        );
        watched.push(WatchedRemote {
            target,
            status: status.clone(),
            in_hand: worker.in_hand(),
        });
        statuses.push((target, status));
        bells.push(worker.bell());
        parts.spawn(worker.run(stop.clone()));
    }
    let mut mirror = None;
    if let Some(firestore) = &remotes.firestore {
        let id = &kiosk.keys.kiosk_id;
        let (store, clock) = (&kiosk.store, &kiosk.clock);
        let publisher = Publisher::new(store.clone(), clock.clone(), id.clone(), firestore.clone());
        bells.push(publisher.bell());
        parts.spawn(publisher.run(stop.clone()));
        if loaded.config.firestore.mirror {
            let (reader, status) =
                Mirror::new(store.clone(), clock.clone(), id.clone(), firestore.clone());
            bells.push(reader.bell());
            parts.spawn(reader.run(stop.clone()));
            mirror = Some(status);
        }
    }
    Syncing {
        statuses,
        watched,
        bells,
        mirror,
    }
}

/// Starts the pages of students and staff.
fn serve_pages(
    loaded: &Loaded,
    kiosk: &Kiosk,
    sockets: Sockets,
    (services, picture): (Services, watch::Receiver<Arc<Snapshot>>),
    stop: &CancellationToken,
    parts: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let (boards, board_painter) = LiveBoards::new(kiosk.store.clone(), &services);
    parts.spawn(board_painter.run(stop.clone()));
    let limits = Limits::default();
    let web = Web::new(services, boards, picture, web_settings(loaded)?, limits);
    let Sockets {
        phones,
        staff,
        certificate,
    } = sockets;
    let for_phones = if staff.is_some() {
        Audience::Students
    } else {
        Audience::Everybody
    };
    if let Some(staff) = staff {
        let web = web.clone().serving(Audience::Staff);
        parts.spawn(web::serve(staff, web, certificate.clone(), stop.clone()));
    }
    let web = web.serving(for_phones);
    parts.spawn(web::serve(phones, web, certificate, stop.clone()));
    Ok(())
}

/// Shows the kiosk in this terminal, or nowhere, until it is to end.
async fn show(
    loaded: &Loaded,
    arrangement: &Arrangement,
    kiosk: &Kiosk,
    Started {
        services,
        drawn,
        picture,
        bound,
    }: Started,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    match arrangement.face {
        Face::Screen => {
            tui::run(
                services,
                picture,
                site(loaded, kiosk, arrangement),
                drawn,
                stop.clone(),
            )
            .await
            .context("the terminal cannot be used")?;
        }
        Face::None => {
            let address = picture.borrow().address.clone();
            announce(address.as_deref(), bound);
            stop.cancelled().await;
        }
    }
    Ok(())
}

/// Wakes the workers when this machine's address changes: a cable was plugged in, or the Wi-Fi came back
/// (feature H4).
async fn wake_with_the_network(
    mut picture: watch::Receiver<Arc<Snapshot>>,
    bells: Vec<Bell>,
    stop: CancellationToken,
) {
    let mut known = picture.borrow_and_update().address.clone();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = picture.changed() => if changed.is_err() {
                // The painter has gone: nothing will come any more, and that is for others to notice.
                return stop.cancelled().await;
            }
        }
        let address = picture.borrow_and_update().address.clone();
        if address != known {
            known = address;
            bells.iter().for_each(Bell::ring);
        }
    }
}

/// Waits for a part that ends although nothing told it to. Better a restart, which systemd does within a
/// second, than a kiosk that takes check-ins but shows or serves none.
async fn a_part_breaks_off(parts: &mut JoinSet<()>, stop: &CancellationToken) -> anyhow::Error {
    while let Some(ended) = parts.join_next().await {
        if !stop.is_cancelled() {
            let cause = ended
                .err()
                .map_or_else(|| "it ended".to_owned(), |error| error.to_string());
            tracing::error!(cause, "a part of the kiosk broke off");
            return anyhow!(
                "a part of the kiosk broke off: {cause}; start it again, and report this"
            );
        }
    }
    std::future::pending().await
}

fn site(loaded: &Loaded, kiosk: &Kiosk, arrangement: &Arrangement) -> Site {
    Site {
        name: kiosk.policy.kiosk_name.clone(),
        zone: kiosk.policy.zone,
        windows: kiosk.policy.windows,
        rotation: kiosk.policy.rotation,
        result_for: kiosk.policy.result_for,
        required_percent: kiosk.policy.thresholds.required_percent,
        lock_after: Duration::from_secs(loaded.config.staff.lock_after_seconds.into()),
        session_lasts: SESSION_LASTS,
        venue: kiosk.policy.venue.clone(),
        semester: kiosk.policy.semester.clone(),
        shelf: Shelf::new(loaded.config.kiosk.export_dir()),
        demo: arrangement.demo.as_ref().map(|_| DemoStaff {
            staff_id: demo::STAFF_ID.to_owned(),
            pin: demo::PIN.to_owned(),
        }),
    }
}

/// The site's certificate, if it has one.
fn certificate(server: &ServerSection) -> anyhow::Result<Option<Tls>> {
    match (&server.tls_cert, &server.tls_key) {
        (Some(chain), Some(key)) => Ok(Some(Tls::read(chain, key)?)),
        // One without the other was refused when the configuration was read.
        _ => Ok(None),
    }
}

/// Tells whoever started a kiosk without a screen where it is.
fn announce(address: Option<&str>, bound: SocketAddr) {
    match address {
        Some(address) => eprintln!("kiosk: phones check in at {address}"),
        None => eprintln!("kiosk: serving on {bound}; no network address that phones could reach"),
    }
}

async fn listen(bind: SocketAddr, key: &str, or_another_port: bool) -> anyhow::Result<TcpListener> {
    let error = match TcpListener::bind(bind).await {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    if error.kind() == ErrorKind::AddrInUse && or_another_port {
        for other in demo::other_ports(bind) {
            if let Ok(listener) = TcpListener::bind(other).await {
                return Ok(listener);
            }
        }
    }
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            format!("another program is using that port: stop it, or set {key} to another port")
        }
        ErrorKind::PermissionDenied => {
            format!("ports below 1024 need a privilege: set {key} to a port such as 8080")
        }
        ErrorKind::AddrNotAvailable => {
            format!("this machine does not have that address: set {key} to 0.0.0.0 and a port")
        }
        _ => format!("check {key}"),
    };
    bail!("cannot serve on {bind}: {error}; {advice}")
}

fn finder(loaded: &Loaded, bound: SocketAddr, or_this_machine: bool) -> Finder {
    let public_url = loaded
        .config
        .server
        .public_url
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    // A demonstration without a network still shows a code that a browser on this machine can open.
    let fallback = or_this_machine.then(|| format!("http://127.0.0.1:{}", bound.port()));
    let finder = Finder::new(&public_url, bound, fallback);
    match loaded.config.server.tls_cert {
        Some(_) => finder.with_certificate(),
        None => finder,
    }
}

fn web_settings(loaded: &Loaded) -> anyhow::Result<WebSettings> {
    let server = &loaded.config.server;
    let public_url = server.public_url.as_ref().map(ToString::to_string);
    let settings = WebSettings::read(
        &public_url.unwrap_or_default(),
        server.allow_cidr.clone(),
        server.per_device_per_minute,
        server.per_address_per_second,
    )?;
    Ok(match server.tls_cert {
        Some(_) => settings.with_certificate(),
        None => settings,
    })
}

/// A token that SIGTERM, SIGINT and SIGHUP cancel.
///
/// # Errors
/// When the system takes no more handlers.
pub fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    for kind in [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ] {
        let mut signals = signal(kind).context("cannot listen for signals")?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.cancel();
        });
    }
    Ok(stop)
}
