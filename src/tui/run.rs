//! The loop: waits for whatever comes next, applies it, and draws.

use std::io::{self, BufWriter, Stdout};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{self, Event};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use futures_util::FutureExt as _;
use ratatui::Terminal as Screen;
use ratatui::backend::{Backend as _, CrosstermBackend};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::effects::carry_out_for;
use super::guard::Guard;
use super::model::{Model, Site};
use super::msg::{Effect, Msg};
use super::staff::Staff;
use super::terminal::Terminal;
use super::theme::Theme;
use super::{keymap, update, view};
use crate::services::{Services, Snapshot};

/// Why the screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Staff left the program.
    ByStaff,
    /// The rest of the program is stopping, or the system asked for it.
    Stopped,
    /// The terminal hung up.
    TerminalGone,
}

/// Check-ins in hand when the screen ends are waited for this long; their commit takes
/// milliseconds.
const WORK_IN_HAND: Duration = Duration::from_secs(5);

/// Shows the kiosk on this terminal until it ends. `drawn` is told whenever the screen has been drawn, at
/// least once a second: it is how the rest of the program knows that the screen is alive.
///
/// # Errors
/// When standard output is not a terminal.
pub async fn run(
    services: Services,
    picture: watch::Receiver<Arc<Snapshot>>,
    site: Site,
    drawn: watch::Sender<Instant>,
    stop: CancellationToken,
) -> io::Result<Ended> {
    // Before the terminal is taken, so that no signal leaves it half taken.
    let signals = Signals::catch()?;
    let terminal = Terminal::detect();
    let _guard = Guard::take(&terminal)?;
    let mut screen = Screen::new(CrosstermBackend::new(BufWriter::new(io::stdout())))?;
    // The console has no alternate screen: whatever stood there would show through. The screen's
    // own `clear` would ask where the cursor is, and wait for terminals that do not say.
    screen.backend_mut().clear()?;

    let now = services.desk.now();
    let mut kiosk = Kiosk {
        model: Model::new(site.clone(), Theme::of(&terminal), now),
        site: Arc::new(site),
        services,
        work: JoinSet::new(),
    };
    let ended = kiosk
        .show(&mut screen, picture, signals, &drawn, stop)
        .await;
    kiosk.finish_work_in_hand().await;
    ended
}

/// What the system says from outside.
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

/// The model, and the work that it has set off.
struct Kiosk {
    model: Model,
    site: Arc<Site>,
    services: Services,
    work: JoinSet<Option<Msg>>,
}

impl Kiosk {
    async fn show(
        &mut self,
        screen: &mut Screen<CrosstermBackend<BufWriter<Stdout>>>,
        mut picture: watch::Receiver<Arc<Snapshot>>,
        mut signals: Signals,
        drawn: &watch::Sender<Instant>,
        stop: CancellationToken,
    ) -> io::Result<Ended> {
        let mut keys = read_keys()?;
        let first = Arc::clone(&picture.borrow_and_update());
        self.apply(Msg::Snapshot(first));
        loop {
            if draw(screen, &self.model).is_err() {
                return Ok(Ended::TerminalGone);
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
                () = stop.cancelled() => return Ok(Ended::Stopped),
                _ = signals.terminate.recv() => return Ok(Ended::Stopped),
                _ = signals.interrupt.recv() => return Ok(Ended::Stopped),
                _ = signals.hang_up.recv() => return Ok(Ended::TerminalGone),
                event = keys.recv() => match event {
                    Some(Ok(event)) => keymap::read(event),
                    Some(Err(_)) | None => return Ok(Ended::TerminalGone),
                },
                Some(done) = self.work.join_next() => done.ok().flatten(),
                Ok(()) = picture.changed() => {
                    Some(Msg::Snapshot(Arc::clone(&picture.borrow_and_update())))
                }
                () = tokio::time::sleep(until_next_second) => None,
            };
            if self.apply_all(msg, &mut keys) == Some(Ended::ByStaff) {
                return Ok(Ended::ByStaff);
            }
        }
    }

    /// Applies a message and every key that is there already, so that a barcode reader's twenty
    /// keys are one drawing.
    fn apply_all(&mut self, msg: Option<Msg>, keys: &mut Keys) -> Option<Ended> {
        let now = self.services.desk.now();
        self.apply(Msg::Clock(now));
        // Only as many as wait now: whoever pastes a book sees it arrive. An error is passed over,
        // for the thread has ended with it, and the next wait for a key says so.
        let waiting = (0..keys.len()).filter_map(|_| keys.try_recv().ok()?.ok());
        for msg in msg.into_iter().chain(waiting.filter_map(keymap::read)) {
            if let Some(Effect::Leave) = self.apply(msg) {
                return Some(Ended::ByStaff);
            }
        }
        None
    }

    /// Applies a message and sets off what it asks for; leaving is for the caller.
    fn apply(&mut self, msg: Msg) -> Option<Effect> {
        match update(&mut self.model, msg)? {
            Effect::Leave => Some(Effect::Leave),
            effect => {
                let services = self.services.clone();
                let site = Arc::clone(&self.site);
                let visit = self.model.visit;
                let sign_in = self.model.staff.as_ref().and_then(Staff::sign_in);
                let broke_off = Msg::BrokeOff(effect.errand());
                let work = carry_out_for(sign_in, effect, services, site);
                let work = AssertUnwindSafe(work).catch_unwind();
                self.work.spawn(async move {
                    // Whoever waits for the answer must hear that there will be none.
                    let answer = work.await.unwrap_or(Some(broke_off))?;
                    Some(Msg::Reply(visit, Box::new(answer)))
                });
                None
            }
        }
    }

    async fn finish_work_in_hand(&mut self) {
        let all = async { while self.work.join_next().await.is_some() {} };
        if tokio::time::timeout(WORK_IN_HAND, all).await.is_err() {
            tracing::warn!("a check-in had no answer when the screen ended");
        }
    }
}

/// What the terminal says.
type Keys = mpsc::Receiver<io::Result<Event>>;

/// Events that are read before they are applied. Whoever pastes more than that waits for the screen.
const KEYS_WAITING: usize = 1024;

/// Reads the terminal on a thread of its own, where an escape sequence that never ends blocks
/// nobody. The thread ends with the terminal or with the program.
fn read_keys() -> io::Result<Keys> {
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

/// Draws what changed, as one update where the terminal knows that.
fn draw(screen: &mut Screen<CrosstermBackend<BufWriter<Stdout>>>, model: &Model) -> io::Result<()> {
    queue!(screen.backend_mut(), BeginSynchronizedUpdate)?;
    screen.draw(|frame| view(frame, model))?;
    queue!(screen.backend_mut(), EndSynchronizedUpdate)?;
    io::Write::flush(screen.backend_mut())
}

#[cfg(test)]
mod tests;
