//! A kiosk that runs: screen, phones, deliveries, from start to an orderly end.

use std::io::{ErrorKind, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backups;
use super::clean_shutdown;
use super::data_dir::DataDir;
use super::kiosk::Kiosk;
use super::lock::DirectoryLock;
use super::parts::Parts;
use super::remotes::Remotes;
use super::screen_mode::ScreenMode;
use super::startup_retry::hold_until;
use super::supervisor::Supervisor;
use super::watchdog;
use crate::config::{Loaded, ServerSection};
use crate::domain::Target;
use crate::services::export::ExportFolders;
use crate::services::{Finder, LiveBoards, Opening, Services, Snapshot};
use crate::store::{Publishing, Store};
use crate::sync::{WakeHandle, install_crypto};
use crate::tui::{self, DemoStaff, Site};
use crate::web::{self, Audience, Limits, Tls, Web, WebSettings};

/// How a kiosk runs.
pub(super) struct Arrangement {
    pub(super) screen_mode: ScreenMode,
    pub(super) demonstration: Option<Demonstration>,
}

/// What differs where a kiosk shows itself with made-up data: it vouches for the clock, takes another port
/// when its own is in use, is found from this machine where there is no network, and makes no backups.
pub(super) struct Demonstration {
    /// The sign-in that the screen shows openly.
    pub(super) staff: DemoStaff,
    /// Fills the kiosk before it is first shown.
    pub(super) seed: Seed,
}

/// Fills a kiosk, and starts the tasks that keep filling it until the token is cancelled.
pub(super) type Seed =
    Box<dyn Fn(Kiosk, CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

/// What to do when a port is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PortPolicy {
    /// The start fails.
    Exact,
    /// Take one of the next, or any.
    OrAnother,
}

/// Tasks that have not ended after this time are abandoned, and a database that has not closed: systemd would
/// kill the program soon after.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Runs a kiosk until staff leave it or a signal ends it.
///
/// # Errors
/// A sentence, when the directory, the database, the port or the terminal cannot be used.
pub async fn run(loaded: Loaded, screen_mode: ScreenMode) -> anyhow::Result<()> {
    let arrangement = Arrangement {
        screen_mode,
        demonstration: None,
    };
    run_arranged(loaded, arrangement).await
}

pub(super) async fn run_arranged(loaded: Loaded, arrangement: Arrangement) -> anyhow::Result<()> {
    install_crypto();
    let in_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if arrangement.screen_mode == ScreenMode::Terminal && !in_terminal {
        bail!(
            "the screen needs a terminal: start it in one, or run `kiosk serve` for a kiosk without a screen"
        );
    }
    let stop = stop_on_signals()?;
    let opened = hold_until(arrangement.screen_mode, &stop, async || {
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
    let mut tasks = JoinSet::new();
    let supervisor = Supervisor::from_environment();

    let ended = match start(
        &loaded,
        &arrangement,
        &kiosk,
        (remotes, sockets),
        &stop,
        &mut tasks,
    )
    .await
    {
        Ok(started) => {
            supervisor.ready("phones and keyboard check in");
            tokio::select! {
                ended = show(&loaded, &arrangement, &kiosk, started, &stop) => ended,
                broken = a_part_breaks_off(&mut tasks, &stop) => Err(broken),
            }
        }
        Err(error) => Err(error),
    };
    supervisor.stopping();
    stop.cancel();
    let rest = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_WITHIN, rest).await.is_err() {
        tracing::warn!("some tasks did not end in time and were abandoned");
    }
    if !closes_in_time(&kiosk.store).await {
        tracing::warn!("the database did not close in time; the next start reads all of it");
    } else if let Err(error) = clean_shutdown::put(&loaded.config.kiosk.data_dir) {
        tracing::info!(%error, "the next start reads the whole database: the stop could not be noted");
    }
    tracing::info!("the kiosk has stopped");
    ended
}

/// Closes the database, unless its disk hangs for so long that systemd would kill the program.
async fn closes_in_time(store: &Store) -> bool {
    tokio::time::timeout(STOP_WITHIN, store.close())
        .await
        .is_ok()
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
    let data_dir = loaded.config.kiosk.data_dir.clone();
    DataDir::at(&data_dir).create()?;
    let lock = DataDir::at(&data_dir).lock()?;
    // A large database takes seconds to read, and a stop must work meanwhile.
    tokio::task::spawn_blocking(move || backups::examine_at_start(&data_dir))
        .await
        .context("the database could not be examined")??;
    let mut kiosk = Kiosk::open(loaded).await?;
    if !kiosk.policy.deliver_to.contains(&Target::Firestore) {
        kiosk.store.set_publishing(Publishing::Off).await?;
    }
    let ports = if arrangement.demonstration.is_some() {
        kiosk = kiosk.at(kiosk.clock.clone().vouched_for());
        PortPolicy::OrAnother
    } else {
        PortPolicy::Exact
    };
    let remotes = Remotes::prepare(loaded)?;
    let server = &loaded.config.server;
    let sockets = Sockets {
        phones: listen(server.bind, "server.bind", ports).await?,
        staff: match server.staff_bind {
            Some(bind) => Some(listen(bind, "server.staff_bind", PortPolicy::Exact).await?),
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
    /// The screen sends the time whenever it has been drawn.
    drawn: watch::Sender<Instant>,
    snapshot: watch::Receiver<Arc<Snapshot>>,
    bound: SocketAddr,
}

/// Starts every part that needs no terminal.
async fn start(
    loaded: &Loaded,
    arrangement: &Arrangement,
    kiosk: &Kiosk,
    (remotes, sockets): (Remotes, Sockets),
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<Started> {
    let parts = Parts::of(kiosk, &remotes, loaded.config.firestore.mirror);
    let bound = sockets
        .phones
        .local_addr()
        .context("cannot tell which port was opened")?;
    let finder = finder(loaded, bound, arrangement.demonstration.is_some());
    let (publisher, snapshot) = parts.snapshot(kiosk, finder);
    if let Some(demonstration) = &arrangement.demonstration {
        (demonstration.seed)(kiosk.clone(), stop.clone()).await?;
    }
    // What is shown first has been corrected, opened and closed before. Should that fail, it is shown too.
    let _ = parts.scheduler.tick().await;
    publisher.publish().await;
    let (services, wake_handles) = (parts.services.clone(), parts.wake_handles.clone());
    parts.spawn(stop, tasks);
    tasks.spawn(publisher.run(stop.clone()));
    tasks.spawn(wake_with_the_network(
        snapshot.clone(),
        wake_handles,
        stop.clone(),
    ));

    if arrangement.demonstration.is_none() {
        tasks.spawn(backups::daily(
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
        (services.clone(), snapshot.clone()),
        stop,
        tasks,
    )?;
    let (drawn, when_drawn) = watch::channel(Instant::now());
    let alive = watchdog::Watched {
        store: kiosk.store.clone(),
        server: bound,
        screen: (arrangement.screen_mode == ScreenMode::Terminal).then_some(when_drawn),
    };
    tasks.spawn(watchdog::run(
        Supervisor::from_environment(),
        alive,
        stop.clone(),
    ));
    tracing::info!(address = %bound, "the kiosk has started");
    Ok(Started {
        services,
        drawn,
        snapshot,
        bound,
    })
}

/// Starts the pages of students and staff.
fn serve_pages(
    loaded: &Loaded,
    kiosk: &Kiosk,
    sockets: Sockets,
    (services, snapshot): (Services, watch::Receiver<Arc<Snapshot>>),
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let (boards, board_publisher) = LiveBoards::new(kiosk.store.clone(), &services);
    tasks.spawn(board_publisher.run(stop.clone()));
    let limits = Limits::default();
    let web = Web::new(services, boards, snapshot, web_settings(loaded)?, limits);
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
        tasks.spawn(web::serve(staff, web, certificate.clone(), stop.clone()));
    }
    let web = web.serving(for_phones);
    tasks.spawn(web::serve(phones, web, certificate, stop.clone()));
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
        snapshot,
        bound,
    }: Started,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    match arrangement.screen_mode {
        ScreenMode::Terminal => {
            tui::run(
                services,
                snapshot,
                site(loaded, kiosk, arrangement),
                drawn,
                stop.clone(),
            )
            .await
            .context("the terminal cannot be used")?;
        }
        ScreenMode::Headless => {
            let address = snapshot.borrow().address.clone();
            announce(address.as_deref(), bound);
            stop.cancelled().await;
        }
    }
    Ok(())
}

/// Wakes the workers when this machine's address changes: a cable was plugged in, or the Wi-Fi came back
/// (feature H4).
async fn wake_with_the_network(
    mut snapshot: watch::Receiver<Arc<Snapshot>>,
    wake_handles: Vec<WakeHandle>,
    stop: CancellationToken,
) {
    let mut known = snapshot.borrow_and_update().address.clone();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = snapshot.changed() => if changed.is_err() {
                // The publisher has gone: nothing will come any more, and that is for others to notice.
                return stop.cancelled().await;
            }
        }
        let address = snapshot.borrow_and_update().address.clone();
        if address != known {
            known = address;
            wake_handles.iter().for_each(WakeHandle::wake);
        }
    }
}

/// Waits for a task that ends although the kiosk is not stopping. Better a restart, which systemd does within a
/// second, than a kiosk that takes check-ins but shows or serves none.
async fn a_part_breaks_off(tasks: &mut JoinSet<()>, stop: &CancellationToken) -> anyhow::Error {
    while let Some(ended) = tasks.join_next().await {
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
        voice: tui::voice(kiosk.policy.zone),
        windows: kiosk.policy.windows,
        rotation: kiosk.policy.rotation,
        result_for: kiosk.policy.result_for,
        not_me_key: kiosk.policy.number_pattern.not_me_key(),
        lock_after: Duration::from_secs(loaded.config.staff.lock_after_seconds.into()),
        session_lasts: Duration::from_secs(60 * u64::from(Opening::USUAL_MINUTES)),
        venue: kiosk.policy.venue.clone(),
        semester: kiosk.policy.semester.clone(),
        export_folders: ExportFolders::new(loaded.config.kiosk.export_dir()),
        demo: arrangement
            .demonstration
            .as_ref()
            .map(|demonstration| demonstration.staff.clone()),
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

/// Prints the address of a kiosk without a screen.
fn announce(address: Option<&str>, bound: SocketAddr) {
    match address {
        Some(address) => eprintln!("kiosk: phones check in at {address}"),
        None => eprintln!("kiosk: serving on {bound}; no network address that phones could reach"),
    }
}

async fn listen(bind: SocketAddr, key: &str, ports: PortPolicy) -> anyhow::Result<TcpListener> {
    let error = match TcpListener::bind(bind).await {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    if error.kind() == ErrorKind::AddrInUse && ports == PortPolicy::OrAnother {
        for other in other_ports(bind) {
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

/// The ports to try when the usual one is in use: the next nine, then any.
fn other_ports(bind: SocketAddr) -> impl Iterator<Item = SocketAddr> {
    let next = (1..=9).filter_map(move |step| bind.port().checked_add(step));
    next.chain([0])
        .map(move |port| SocketAddr::new(bind.ip(), port))
}

fn finder(loaded: &Loaded, bound: SocketAddr, or_this_machine: bool) -> Finder {
    // A demonstration without a network still shows a code that a browser on this machine can open.
    let fallback = or_this_machine.then(|| format!("http://127.0.0.1:{}", bound.port()));
    let finder = Finder::new(loaded.config.server.public_url(), bound, fallback);
    match loaded.config.server.tls_cert {
        Some(_) => finder.with_certificate(),
        None => finder,
    }
}

fn web_settings(loaded: &Loaded) -> anyhow::Result<WebSettings> {
    let server = &loaded.config.server;
    let settings = WebSettings::read(
        server.public_url(),
        server.allow_cidr.clone(),
        server.per_device_per_minute,
        server.per_address_per_second,
    )?;
    let configured = server
        .host_names
        .iter()
        .map(|name| name.as_str().to_owned());
    let settings = settings.with_host_names(own_names().chain(configured).collect());
    Ok(match server.tls_cert {
        Some(_) => settings.with_certificate(),
        None => settings,
    })
}

/// The names that this machine has on its network, in lower case: `room-101` and `room-101.local`.
fn own_names() -> impl Iterator<Item = String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy().to_ascii_lowercase();
    let local = format!("{name}.local");
    [name, local]
        .into_iter()
        .filter(|name| !name.starts_with('.'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_database_that_hangs_does_not_keep_the_program_from_stopping() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let hang = store.wedge().await;
        assert!(!closes_in_time(&store).await);
        drop(hang);
    }
}
