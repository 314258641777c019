//! A kiosk: a folder, a configuration, a port, and the real program.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, code, free_port};
use super::tmux::{Terminal, Tmux};
use super::wait::until_async;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_kiosk");

/// How long a start may take on a busy machine.
pub const START: Duration = Duration::from_secs(30);

/// A data directory with its configuration. The program runs only once a method starts it.
pub struct Kiosk {
    folder: TempDir,
    port: u16,
    environment: Vec<(String, String)>,
}

/// Signs in, from the students' screen to the staff menu.
pub fn sign_in(screen: &Tmux) {
    screen.press("F10");
    screen.wait_for("Staff ID", START);
    screen.type_text("s001");
    screen.press("Enter");
    screen.type_text("246813");
    screen.press("Enter");
    screen.wait_for("Dr. Smith", START);
    screen.wait_for("Leave the program", START);
}

/// The answer of `session open`.
pub struct Session {
    pub id: String,
    pub code: String,
}

impl Kiosk {
    /// An empty kiosk that listens on this machine only.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the kiosk");
        let port = free_port();
        let kiosk = Self {
            folder,
            port,
            // The clock of the test machine may not be synchronised.
            environment: vec![("KIOSK__KIOSK__TRUST_CLOCK".to_owned(), "true".to_owned())],
        };
        let config = format!(
            "[kiosk]\ndata_dir = \"{}\"\nvenue = \"Room 101\"\n\
             [server]\nbind = \"127.0.0.1:{port}\"\npublic_url = \"{}\"\n",
            kiosk.data().display(),
            kiosk.url(),
        );
        fs::write(kiosk.config(), config).expect("the configuration can be written");
        kiosk
    }

    /// A kiosk with a lecturer, the unit CS101 and a first session of it.
    pub fn with_open_session() -> (Self, Session) {
        let kiosk = Self::new();
        kiosk.set_up_school();
        let session = kiosk.open_session(&[]);
        (kiosk, session)
    }

    /// A lecturer and the unit CS101.
    pub fn set_up_school(&self) {
        self.add_lecturer();
        self.done(&[
            "unit",
            "add",
            "CS101",
            "--name",
            "Introduction to Computing",
            "--lecturer",
            "S001",
        ]);
    }

    /// A lecturer who can open sessions.
    pub fn add_lecturer(&self) {
        self.add_staff("S001", "Dr. Smith", &[]);
    }

    /// A lecturer with a PIN, with more arguments for `lecturer add`.
    pub fn add_staff(&self, staff_id: &str, name: &str, more: &[&str]) {
        let mut arguments = vec!["lecturer", "add", "--staff-id", staff_id, "--name", name];
        arguments.extend(more);
        self.with_pin(&arguments, "246813");
    }

    /// Runs a command that reads a PIN.
    pub fn with_pin(&self, arguments: &[&str], pin: &str) {
        let mut command = self.command(arguments);
        let mut child = command
            .arg("--pin-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("the standard input is a pipe");
        writeln!(stdin, "{pin}").expect("the program reads the PIN");
        drop(stdin);
        assert!(child.wait().expect("a child can be waited for").success());
    }

    /// Opens a session of CS101 with more arguments for `session open`.
    pub fn open_session(&self, more: &[&str]) -> Session {
        let mut arguments = vec!["session", "open", "CS101", "--json"];
        arguments.extend(more);
        let answer = self.json(&arguments);
        let text = |key: &str| {
            answer[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key} in {answer}"))
                .to_owned()
        };
        Session {
            id: text("session_id"),
            code: text("code"),
        }
    }

    /// The current code.
    pub fn live_code(&self) -> String {
        let address = self.done(&["session", "code"]);
        let (_, code) = address
            .trim()
            .rsplit_once('/')
            .expect("the live address ends with the code");
        code.to_owned()
    }

    /// Adds an environment variable for all later commands.
    pub fn set(&mut self, key: &str, value: &str) {
        self.environment.push((key.to_owned(), value.to_owned()));
    }

    /// The program with `arguments` and a clean environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment());
        command
    }

    /// Runs a command that must succeed. Returns its standard output.
    pub fn done(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.output(arguments);
        assert!(
            status.success(),
            "{arguments:?}: {status} {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).expect("the program prints UTF-8")
    }

    /// Runs a command that prints JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.done(arguments);
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error} in {text}"))
    }

    /// Runs a command that must be refused. Returns its exit status and standard error.
    pub fn refusal(&self, arguments: &[&str]) -> (i32, String) {
        refusal_of(&mut self.command(arguments))
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the program starts")
    }

    /// Starts `kiosk serve` and waits until it answers.
    pub async fn serve(&self) -> Process {
        let log = fs::File::create(self.folder.path().join("serve.log"))
            .expect("a file for what it says");
        let mut command = self.command(&["serve"]);
        let mut server = Process::start(command.stdout(Stdio::null()).stderr(log));
        self.wait_until_healthy(|| {
            let log =
                || fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default();
            assert!(!server.has_ended(), "`kiosk serve` ended: {}", log());
        })
        .await;
        server
    }

    /// Starts `kiosk run` in a terminal.
    pub fn run_in_terminal(&self, columns: u16, rows: u16) -> Tmux {
        self.in_terminal(columns, rows, &["run"])
    }

    /// Starts `kiosk run` with the Linux console's `TERM`.
    pub fn on_the_console(&self, columns: u16, rows: u16) -> Tmux {
        self.in_terminal_of("linux", columns, rows, &["run"])
    }

    /// Starts the program with `arguments` in a terminal.
    pub fn in_terminal(&self, columns: u16, rows: u16, arguments: &[&str]) -> Tmux {
        self.in_terminal_of("xterm-256color", columns, rows, arguments)
    }

    fn in_terminal_of(&self, term: &str, columns: u16, rows: u16, arguments: &[&str]) -> Tmux {
        let mut command = vec![PROGRAM.to_owned()];
        command.extend(arguments.iter().map(|&argument| argument.to_owned()));
        Tmux::start(&Terminal {
            columns,
            rows,
            term,
            environment: self.environment(),
            command,
        })
    }

    pub async fn wait_until_healthy(&self, mut meanwhile: impl FnMut()) {
        let http = super::http_client();
        until_async("the phone server", START, async || {
            meanwhile();
            let answer = http
                .get(format!("{}/healthz", self.url()))
                .send()
                .await
                .ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// The database, for reading.
    pub fn database(&self) -> Connection {
        Connection::open_with_flags(
            self.data().join("kiosk.db"),
            OpenFlags::SQLITE_OPEN_READ_ONLY,
        )
        .expect("the database can be opened")
    }

    /// The time passes in which phones can take their check-ins back, and the running kiosk looks again at what it owes
    /// the portal.
    pub fn not_me_is_over(&self) {
        const PASSES: &str = "UPDATE deliveries SET next_attempt_at = next_attempt_at - 120000
            WHERE target = 'portal' AND kind = 'check_in' AND state = 'waiting' AND attempts = 0";
        let database = Connection::open(self.data().join("kiosk.db")).expect("the database opens");
        database
            .busy_timeout(Duration::from_secs(10))
            .expect("a time-out");
        database.execute(PASSES, []).expect("the time passes");
        drop(database);
        self.done(&["sync", "retry"]);
    }

    /// The single number that a query returns.
    pub fn count(&self, sql: &str) -> i64 {
        self.database()
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first column of a query as text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let database = self.database();
        let mut statement = database
            .prepare(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let rows = statement
            .query_map([], |row| row.get(0))
            .expect("the query runs");
        rows.map(|row| row.expect("a row of text")).collect()
    }

    /// The whole log of the program.
    pub fn log(&self) -> String {
        let logs = [
            self.folder.path().join("serve.log"),
            self.data().join("kiosk.log"),
        ];
        logs.iter()
            .filter_map(|log| fs::read(log).ok())
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .collect()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("kiosk.toml")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let folder = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        let mut environment = vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), folder("")),
            ("TMPDIR".to_owned(), folder("")),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("KIOSK_CONFIG".to_owned(), folder("kiosk.toml")),
        ];
        environment.extend(self.environment.iter().cloned());
        environment
    }
}

/// Runs a command that must be refused. Returns its exit status and standard error.
pub fn refusal_of(command: &mut Command) -> (i32, String) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let said = String::from_utf8(output.stderr).expect("the program prints UTF-8");
    assert!(
        !output.status.success(),
        "{command:?} was done: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(!said.contains("panicked"), "{said}");
    (code(output.status), said)
}
