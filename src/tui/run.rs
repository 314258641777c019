//! The loop of the screen: waits for a message, applies it, and draws.

use std::io::{self, BufWriter, Stdout};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{self, Event};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Terminal as Screen;
use ratatui::backend::{Backend as _, CrosstermBackend};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::effects::carry_out;
use super::guard::TerminalGuard;
use super::model::Model;
use super::msg::{Effect, Msg};
use super::site::Site;
use super::terminal::Terminal;
use super::theme::Theme;
use super::{keymap, update, view};
use crate::services::{Services, Snapshot};

/// The loop waits this long for requests that are under way when the screen ends; a commit takes milliseconds.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Shows the kiosk on this terminal until it ends. `drawn` receives the time of each drawing, at least once a
/// second, so that the watchdog knows that the screen is alive.
///
/// # Errors
/// When standard output is not a terminal.
pub async fn run(
    services: Services,
    snapshot: watch::Receiver<Arc<Snapshot>>,
    site: Site,
    drawn: watch::Sender<Instant>,
    stop: CancellationToken,
) -> io::Result<()> {
    // Before the terminal is taken, so that no signal leaves it half taken.
    let signals = Signals::catch()?;
    let terminal = Terminal::detect();
    let _guard = TerminalGuard::take(&terminal)?;
    let mut screen = Screen::new(CrosstermBackend::new(BufWriter::new(io::stdout())))?;
    // The console has no alternate screen, so older text would show through. The screen's own `clear`
    // would ask where the cursor is, and wait for terminals that do not answer.
    screen.backend_mut().clear()?;

    let now = services.desk.now();
    let mut screen_loop = ScreenLoop {
        model: Model::new(site.clone(), Theme::of(&terminal), now),
        site: Arc::new(site),
        services,
        requests: JoinSet::new(),
    };
    let ended = screen_loop
        .show(&mut screen, snapshot, signals, &drawn, stop)
        .await;
    screen_loop.finish_requests().await;
    ended
}

/// The signals that end the screen.
struct Signals {
    hang_up: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn catch() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// The model, and the requests that are under way.
struct ScreenLoop {
    model: Model,
    site: Arc<Site>,
    services: Services,
    requests: JoinSet<Option<Msg>>,
}

impl ScreenLoop {
    async fn show(
        &mut self,
        screen: &mut Screen<CrosstermBackend<BufWriter<Stdout>>>,
        mut snapshot: watch::Receiver<Arc<Snapshot>>,
        mut signals: Signals,
        drawn: &watch::Sender<Instant>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let mut keys = read_keys()?;
        let first = Arc::clone(&snapshot.borrow_and_update());
        self.apply(Msg::Snapshot(first));
        loop {
            if draw(screen, &self.model).is_err() {
                return Ok(());
            }
            drawn.send_replace(Instant::now());
            // Codes and countdowns change with the second, and nothing else on an idle screen does.
            let into_second = self
                .services
                .desk
                .now()
                .millis()
                .rem_euclid(1000)
                .unsigned_abs();
            let until_next_second = Duration::from_millis(1000 - into_second);
            let msg = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = signals.terminate.recv() => return Ok(()),
                _ = signals.interrupt.recv() => return Ok(()),
                _ = signals.hang_up.recv() => return Ok(()),
                event = keys.recv() => match event {
                    Some(Ok(event)) => keymap::read(event),
                    Some(Err(_)) | None => return Ok(()),
                },
                Some(done) = self.requests.join_next() => done.ok().flatten(),
                Ok(()) = snapshot.changed() => {
                    Some(Msg::Snapshot(Arc::clone(&snapshot.borrow_and_update())))
                }
                () = tokio::time::sleep(until_next_second) => None,
            };
            if self.apply_all(msg, &mut keys) {
                return Ok(());
            }
        }
    }

    /// Applies a message and every key that is there already, so that the twenty keys of a barcode reader
    /// cause one drawing. Answers whether staff have left the program.
    fn apply_all(&mut self, msg: Option<Msg>, keys: &mut KeyEvents) -> bool {
        let now = self.services.desk.now();
        self.apply(Msg::Clock(now));
        // Only the keys that wait now, so that a long paste is drawn meanwhile. An error is ignored here: the
        // thread has ended with it, and the next wait for a key reports that.
        let waiting = (0..keys.len()).filter_map(|_| keys.try_recv().ok()?.ok());
        let mut msgs = msg.into_iter().chain(waiting.filter_map(keymap::read));
        msgs.any(|msg| self.apply(msg) == Some(Effect::Leave))
    }

    /// Applies a message and starts what it asks for; the caller ends the program.
    fn apply(&mut self, msg: Msg) -> Option<Effect> {
        match update(&mut self.model, msg)? {
            Effect::Leave => Some(Effect::Leave),
            effect => {
                let (services, site) = (self.services.clone(), Arc::clone(&self.site));
                self.requests.spawn(carry_out(effect, services, site));
                None
            }
        }
    }

    async fn finish_requests(&mut self) {
        let all = async { while self.requests.join_next().await.is_some() {} };
        if tokio::time::timeout(FINISH_WITHIN, all).await.is_err() {
            tracing::warn!("a request had no answer when the screen ended");
        }
    }
}

/// The events of the terminal.
type KeyEvents = mpsc::Receiver<io::Result<Event>>;

/// Events that are read ahead of the screen. A longer paste waits for the screen.
const KEYS_WAITING: usize = 1024;

/// Reads the terminal on a separate thread, where an escape sequence that never ends blocks nothing else.
/// The thread ends with the terminal or with the program.
fn read_keys() -> io::Result<KeyEvents> {
    let (sender, keys) = mpsc::channel(KEYS_WAITING);
    std::thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || {
            loop {
                let event = event::read();
                let is_over = event.is_err();
                if sender.blocking_send(event).is_err() || is_over {
                    return;
                }
            }
        })?;
    Ok(keys)
}

/// Draws what changed, as one update where the terminal supports that.
fn draw(screen: &mut Screen<CrosstermBackend<BufWriter<Stdout>>>, model: &Model) -> io::Result<()> {
    queue!(screen.backend_mut(), BeginSynchronizedUpdate)?;
    screen.draw(|frame| view(frame, model))?;
    queue!(screen.backend_mut(), EndSynchronizedUpdate)?;
    io::Write::flush(screen.backend_mut())
}

#[cfg(test)]
mod tests;
