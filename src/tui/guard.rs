//! Taking over the terminal, and restoring it however the program ends.

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

/// While it exists, the terminal belongs to the kiosk: no key ends the program, and nothing else is on the
/// screen. When it is dropped, and when the program panics, the terminal is restored.
#[derive(Debug)]
pub(super) struct TerminalGuard(());

impl TerminalGuard {
    /// Takes over the terminal.
    ///
    /// # Errors
    /// When standard output is no terminal, or is gone.
    pub(super) fn take(terminal: &Terminal) -> io::Result<Self> {
        restore_on_panic();
        // The theme honours NO_COLOR by itself, and keeps the QR black and white; crossterm would
        // drop the QR's colours too and leave a blank where it should be.
        force_color_output(true);
        enable_raw_mode()?;
        // From here on a failure restores the terminal.
        let guard = Self(());
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen)?;
        if terminal.is_console {
            // The console blanks its screen after ten minutes without a key, and power saving may switch
            // the display off: the QR must be visible without keys.
            out.write_all(b"\x1b[9;0]\x1b[14;0]")?;
        } else {
            execute!(out, EnableBracketedPaste)?;
        }
        out.flush()?;
        Ok(guard)
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore_once();
    }
}

/// Restores the terminal unless that has been done: a second time would erase the message of a panic.
fn restore_once() {
    if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
        restore();
    }
}

/// Restores the terminal. Errors are ignored: a terminal that is gone needs nothing.
fn restore() {
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

/// Makes the message of a panic readable: the terminal is restored first.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            restore_once();
            before(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};
    use std::{env, thread};

    use super::*;

    /// Set for the copy of this program that panics inside a terminal.
    const CHILD: &str = "KIOSK_TEST_PANIC_IN_TERMINAL";

    #[test]
    fn a_panic_restores_the_terminal() {
        if env::var_os(CHILD).is_some() {
            let _guard = TerminalGuard::take(&Terminal::detect()).unwrap();
            panic!("on purpose");
        }
        let server = format!("kiosk-panic-{}", std::process::id());
        let tmux = |arguments: &[&str]| {
            Command::new("tmux")
                .args(["-L", &server, "-f", "/dev/null"])
                .args(arguments)
                .output()
        };
        let program = env::current_exe().unwrap();
        let test = "tui::guard::tests::a_panic_restores_the_terminal";
        let script = format!(
            "{CHILD}=1 '{}' --exact {test} --nocapture; stty -a; echo THE-END; cat",
            program.display()
        );
        if tmux(&["new-session", "-d", "-x", "120", "-y", "50", &script]).is_err() {
            let required = env::var_os("KIOSK_TEST_REQUIRE_ALL").is_some_and(|value| value == "1");
            assert!(
                !required,
                "nothing may be skipped, but tmux is not installed"
            );
            eprintln!("SKIPPED: tmux is not installed");
            return;
        }
        let asked = Instant::now();
        let screen = loop {
            let shown = tmux(&["capture-pane", "-p"]).unwrap().stdout;
            let shown = String::from_utf8_lossy(&shown).into_owned();
            if shown.contains("THE-END") {
                break shown;
            }
            assert!(asked.elapsed() < Duration::from_secs(60), "{shown}");
            thread::sleep(Duration::from_millis(20));
        };
        let alternate = tmux(&["display-message", "-p", "#{alternate_on}"]).unwrap();
        let _ = tmux(&["kill-server"]);
        assert!(
            screen.contains("on purpose"),
            "the message can be read: {screen}"
        );
        for mode in ["icanon", "echo", "isig"] {
            let is_set = screen.split_whitespace().any(|word| word == mode);
            assert!(is_set, "{mode}: {screen}");
        }
        assert_eq!(String::from_utf8_lossy(&alternate.stdout).trim(), "0");
    }
}
