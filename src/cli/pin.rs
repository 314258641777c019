//! Reads a PIN from standard input, or from the terminal without echo; never from the arguments.

use std::io::{BufRead, IsTerminal as _, Read as _, Write as _, stderr, stdin};
use std::os::fd::AsFd as _;

use anyhow::{Context as _, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::output::remark;
use crate::services::Pin;

/// Reads a PIN; `None` for an empty answer and without a terminal.
pub(super) fn optional(from_stdin: bool) -> Result<Option<Pin>> {
    if from_stdin {
        return first_line().map(Some);
    }
    if !stdin().is_terminal() {
        return Ok(None);
    }
    let typed = ask("PIN (4 to 12 digits; Enter alone for none yet): ")?;
    if typed.trim().is_empty() {
        return Ok(None);
    }
    confirmed(&typed).map(Some)
}

/// Reads a PIN; without a terminal the error says how to pass one.
pub(super) fn required(from_stdin: bool) -> Result<Pin> {
    if from_stdin {
        return first_line();
    }
    if !stdin().is_terminal() {
        bail!("there is no terminal to ask for the PIN; pipe it in and add --pin-stdin");
    }
    confirmed(&ask("New PIN (4 to 12 digits): ")?)
}

fn first_line() -> Result<Pin> {
    let mut line = String::new();
    // No PIN is longer.
    let read = stdin().lock().take(1000).read_line(&mut line);
    read.context("the PIN cannot be read from standard input")?;
    Ok(Pin::parse(&line)?)
}

fn confirmed(typed: &str) -> Result<Pin> {
    let pin = Pin::parse(typed)?;
    if ask("Repeat the PIN: ")?.trim() == typed.trim() {
        Ok(pin)
    } else {
        bail!("the two PINs differ; nothing was changed")
    }
}

/// Asks on standard error, and reads a line without echo.
fn ask(question: &str) -> Result<String> {
    let _ = write!(stderr(), "{question}");
    let _ = stderr().flush();
    let no_echo = NoEcho::begin()?;
    let line = read_typed(&mut stdin().lock());
    drop(no_echo);
    remark("");
    line
}

/// Turns the terminal's echo off until dropped.
struct NoEcho {
    before: Termios,
}

impl NoEcho {
    fn begin() -> Result<Self> {
        let before = tcgetattr(stdin().as_fd()).context("the terminal's mode cannot be read")?;
        let mut silent = before.clone();
        // Ctrl-C is read as a character: a signal would end the program with the echo off.
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(stdin().as_fd(), OptionalActions::Flush, &silent)
            .context("the terminal's echo cannot be turned off")?;
        Ok(Self { before })
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin().as_fd(), OptionalActions::Now, &self.before);
    }
}

/// Reads keys up to Enter, with the line editing of a terminal.
fn read_typed(keys: &mut impl BufRead) -> Result<String> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const KILL: u8 = 21;
    let mut typed = Vec::new();
    for key in keys.bytes() {
        match key.context("the PIN cannot be read from the terminal")? {
            b'\r' | b'\n' => break,
            INTERRUPT | END => bail!("interrupted; nothing was changed"),
            8 | 127 => {
                typed.pop();
            }
            KILL => typed.clear(),
            other => typed.push(other),
        }
    }
    Ok(String::from_utf8_lossy(&typed).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_edited_as_a_terminal_would() {
        let typed = |mut keys: &[u8]| read_typed(&mut keys).ok();
        assert_eq!(typed(b"1234\rrest").as_deref(), Some("1234"));
        assert_eq!(typed(b"1299\x7f\x0834\n").as_deref(), Some("1234"));
        assert_eq!(typed(b"99\x151234\n").as_deref(), Some("1234"));
        assert_eq!(typed(b"12\x03"), None);
    }
}
