//! A terminal of a known size that can be typed into and read.

use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::output_of;
use super::wait::until;

/// A program in a terminal of its own; the program gets a hang-up when this is dropped.
pub struct Tmux {
    folder: TempDir,
}

/// What to run in the terminal, and how the terminal is.
pub struct Terminal<'a> {
    pub columns: u16,
    pub rows: u16,
    /// The value of `TERM` that the program sees.
    pub term: &'a str,
    pub environment: Vec<(String, String)>,
    pub command: Vec<String>,
}

impl Tmux {
    pub fn start(terminal: &Terminal<'_>) -> Self {
        let tmux = Self {
            folder: tempfile::tempdir().expect("a folder for the socket"),
        };
        let mut command = tmux.command();
        // The server takes its environment from the first client; nothing of the developer's leaks in.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", tmux.folder.path())
            .env("LANG", "C.UTF-8")
            .env("SHELL", "/bin/sh");
        command.envs(terminal.environment.iter().map(|(key, value)| (key, value)));
        command.args([
            "start-server",
            ";",
            "set-option",
            "-g",
            "default-terminal",
            terminal.term,
        ]);
        command.args([
            ";",
            "set-option",
            "-g",
            "status",
            "off",
            ";",
            "set-option",
            "-g",
            "remain-on-exit",
            "on",
        ]);
        command.args([";", "set-option", "-sg", "escape-time", "0"]);
        command.args([
            ";",
            "new-session",
            "-d",
            "-x",
            &terminal.columns.to_string(),
        ]);
        command.args(["-y", &terminal.rows.to_string(), "--"]);
        output_of(command.args(&terminal.command));
        tmux
    }

    /// Types text as it is.
    pub fn type_text(&self, text: &str) {
        output_of(self.command().args(["send-keys", "-l", "--", text]));
    }

    /// Presses a key by its name in tmux: `Enter`, `Escape`, `C-c`, `F1`.
    pub fn press(&self, key: &str) {
        output_of(self.command().args(["send-keys", key]));
    }

    /// What stands on the screen, one line per row.
    pub fn text(&self) -> String {
        self.capture(&["-p"])
    }

    /// The same with colours as escape sequences; blanks at line ends are kept, for they have a colour.
    pub fn coloured(&self) -> String {
        self.capture(&["-e", "-p", "-N"])
    }

    /// Waits until `wanted` stands on the screen, and gives the whole screen.
    pub fn wait_for(&self, wanted: &str, within: Duration) -> String {
        self.wait_until(&format!("{wanted:?}"), within, |screen| {
            screen.contains(wanted)
        })
    }

    /// Waits until the screen is as `wanted`, and gives it.
    pub fn wait_until(
        &self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> String {
        let mut last = String::new();
        let end = Instant::now() + within;
        until(
            &format!("{what} on the screen"),
            within + Duration::from_secs(1),
            || {
                last = self.text();
                assert!(
                    Instant::now() < end,
                    "waited for {what} on the screen, which shows\n{last}"
                );
                wanted(&last).then(|| last.clone())
            },
        )
    }

    /// Whether `wanted` comes to stand on the screen.
    pub fn shows(&self, wanted: &str, within: Duration) -> bool {
        let end = Instant::now() + within;
        while Instant::now() < end {
            if self.text().contains(wanted) {
                return true;
            }
        }
        false
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        output_of(self.command().args([
            "resize-window",
            "-x",
            &columns.to_string(),
            "-y",
            &rows.to_string(),
        ]));
    }

    /// The exit status of the program as a shell has it, once it has ended.
    pub fn exit_status(&self) -> Option<i32> {
        let answer = self.ask("#{pane_dead}/#{pane_dead_status}/#{pane_dead_signal}");
        let (status, signal) = answer.strip_prefix("1/")?.split_once('/')?;
        if status.is_empty() && signal.is_empty() {
            // tmux 3.3 at times sees the terminal close and misses the end of the child.
            output_of(Command::new("kill").args(["-CHLD", &self.ask("#{pid}")]));
        }
        let killed = || signal.parse::<i32>().map(|signal| 128 + signal);
        status.parse().or_else(|_| killed()).ok()
    }

    pub fn pid(&self) -> i32 {
        self.ask("#{pane_pid}")
            .parse()
            .expect("tmux knows the program's process")
    }

    /// The arguments with which another terminal looks at the same program.
    pub fn attach_command(&self) -> Vec<String> {
        let socket = self
            .folder
            .path()
            .join("socket")
            .to_string_lossy()
            .into_owned();
        ["tmux", "-u", "-S", &socket, "attach-session"]
            .map(str::to_owned)
            .to_vec()
    }

    pub fn is_watched(&self) -> bool {
        !output_of(self.command().args(["list-clients"])).is_empty()
    }

    fn ask(&self, format: &str) -> String {
        let answer = output_of(self.command().args(["display-message", "-p", format]));
        String::from_utf8_lossy(&answer).trim_end().to_owned()
    }

    fn capture(&self, how: &[&str]) -> String {
        let screen = output_of(self.command().arg("capture-pane").args(how));
        String::from_utf8(screen).expect("a terminal shows UTF-8")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command
            .arg("-u")
            .arg("-S")
            .arg(self.folder.path().join("socket"))
            .args(["-f", "/dev/null"]);
        command
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").output();
    }
}
