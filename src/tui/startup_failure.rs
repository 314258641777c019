//! The screen of a kiosk that cannot start: what is wrong, until it starts.

use std::io::{self, BufWriter};
use std::time::Duration;

use ratatui::Terminal as Screen;
use ratatui::backend::{Backend as _, CrosstermBackend};
use rustix::termios::{QueueSelector, tcflush};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::guard::TerminalGuard;
use super::site;
use super::terminal::Terminal;
use super::theme::Theme;
use super::view::cannot_start;
use crate::domain::Zone;

/// The kernel and other programs write onto the console; this often the screen is drawn over that.
const REDRAW: Duration = Duration::from_secs(5);

/// Shows on this terminal why the kiosk cannot start, until it does.
///
/// # Errors
/// When standard output is not a terminal.
pub async fn show_startup_failure(
    mut cause: watch::Receiver<String>,
    over: CancellationToken,
) -> io::Result<()> {
    let terminal = Terminal::detect();
    let _guard = TerminalGuard::take(&terminal)?;
    let mut screen = Screen::new(CrosstermBackend::new(BufWriter::new(io::stdout())))?;
    let (theme, voice) = (Theme::of(&terminal), site::voice(Zone::UTC));
    loop {
        screen.backend_mut().clear()?;
        screen.swap_buffers();
        let shown = cause.borrow_and_update().clone();
        screen.draw(|frame| cannot_start(frame, theme, &shown, voice))?;
        // Keys typed now must not check anybody in once the kiosk has started.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        tokio::select! {
            () = over.cancelled() => return Ok(()),
            Ok(()) = cause.changed() => {}
            () = tokio::time::sleep(REDRAW) => {}
        }
    }
}
