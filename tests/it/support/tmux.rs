//! A terminal of a known size, to type into and to read.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::output_of;
use super::wait::until;

/// A program in a terminal; dropping this hangs it up.
pub struct Tmux {
    folder: TempDir,
}

/// Runs a program, notes its process and its exit status in a folder, and keeps the terminal open after
/// its end: tmux forgets what it has not read yet of a terminal that closes.
const KEEPER: &str = r#"
folder=$1
shift
sh -c 'echo $$ >"$0"; exec "$@"' "$folder/pid" "$@"
echo $? >"$folder/status"
exec sleep infinity
"#;

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
        // The tmux server takes its environment from its first client, so that is cleared.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", tmux.folder.path())
            .env("LANG", "C.UTF-8")
            .env("SHELL", "/bin/sh");
        command.args([
            "start-server",
            ";",
            "set-option",
            "-g",
            "default-terminal",
            terminal.term,
        ]);
        command.args([";", "set-option", "-g", "status", "off"]);
        command.args([";", "set-option", "-sg", "escape-time", "0"]);
        command.args([
            ";",
            "new-session",
            "-d",
            "-x",
            &terminal.columns.to_string(),
        ]);
        command.args(["-y", &terminal.rows.to_string(), "--"]);
        command.args(["/bin/sh", "-c", KEEPER, "keeper"]);
        command.arg(tmux.folder.path());
        // The program alone gets it: a library that is loaded into tmux too would end with tmux's first process.
        let environment = terminal.environment.iter();
        command
            .arg("env")
            .args(environment.map(|(key, value)| format!("{key}={value}")));
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

    /// The text of the screen, one line per row.
    pub fn text(&self) -> String {
        self.capture(&["-p"])
    }

    /// The same with colours as escape sequences; trailing blanks are kept, since they have colours.
    pub fn coloured(&self) -> String {
        self.capture(&["-e", "-p", "-N"])
    }

    /// Waits until `wanted` is on the screen. Returns the whole screen.
    pub fn wait_for(&self, wanted: &str, within: Duration) -> String {
        self.wait_until(&format!("{wanted:?}"), within, |screen| {
            screen.contains(wanted)
        })
    }

    /// Waits until the screen satisfies `wanted`. Returns the screen.
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

    /// Whether `wanted` appears on the screen.
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
        self.noted("status")
    }

    pub fn pid(&self) -> i32 {
        until("the program's process", Duration::from_secs(10), || {
            self.noted("pid")
        })
    }

    fn noted(&self, what: &str) -> Option<i32> {
        let note = fs::read_to_string(self.folder.path().join(what)).ok()?;
        note.trim_end().parse().ok()
    }

    /// The arguments for another terminal to show the same program.
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
