//! Taking the terminal, and giving it back whatever happens.

use std::io::{self, Write};
use std::panic;
use std::sync::Once;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::{ResetColor, force_color_output};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor::MoveTo, execute};

use super::terminal::Terminal;

/// While it lives, the terminal is the kiosk's: no key ends the program, and the screen is its
/// own. When it is dropped, and when the program panics, the terminal is as it was.
#[derive(Debug)]
pub(super) struct Guard(());

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When standard output is no terminal, or is gone.
    pub(super) fn take(terminal: &Terminal) -> io::Result<Self> {
        give_back_on_panic();
        // The theme honours NO_COLOR by itself, and keeps the QR black and white; crossterm would
        // drop the QR's colours too and leave a blank where it should be.
        force_color_output(true);
        enable_raw_mode()?;
        // From here on a failure gives back what was taken.
        let guard = Self(());
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen)?;
        if terminal.is_console {
            // The console blanks its screen after ten minutes without a key, and the powers that
            // be may switch the display off: a QR must be seen, keys or no keys.
            out.write_all(b"\x1b[9;0]\x1b[14;0]")?;
        } else {
            execute!(out, EnableBracketedPaste)?;
        }
        out.flush()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Puts the terminal back. Errors are passed over: a terminal that is gone needs nothing.
fn give_back() {
    let mut out = io::stdout();
    // The console has no alternate screen: without clearing, the QR would stay behind the prompt.
    let _ = execute!(
        out,
        DisableBracketedPaste,
        ResetColor,
        Clear(ClearType::All),
        MoveTo(0, 0)
    );
    let _ = execute!(out, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Makes the message of a panic readable: first the terminal, then the message.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
                give_back();
            }
            before(panic);
        }));
    });
}
