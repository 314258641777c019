//! One kiosk from outside: a process that can be killed, a disk that can be full, a clock that can be
//! wrong, and two network connections that can fail.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixListener;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::wire::{Answer, Message, Now, Order, SETUP, Setup};
use crate::support::process::Process;
use crate::support::proxy::{Fault, Proxy};
use crate::support::wait::until_async;

/// A program that does not answer for this long hangs.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Machine {
    pub name: &'static str,
    pub to_firestore: Proxy,
    pub to_portal: Proxy,
    /// Whether a time server has set the clock in this run.
    pub is_trusted: bool,
    /// How far the clock is ahead of the true time, in milliseconds.
    pub ahead: i64,
    project: String,
    folder: TempDir,
    listener: UnixListener,
    program: Option<Program>,
    /// When it was started.
    booted_at: i64,
    boots: u32,
}

struct Program {
    process: Process,
    orders: OwnedWriteHalf,
    answers: Lines<BufReader<OwnedReadHalf>>,
}

/// The result of an order.
pub struct OrderResult {
    pub answers: Vec<Answer>,
    /// Whether the program survived it.
    pub lived: bool,
}

impl Machine {
    pub async fn power_on(
        name: &'static str,
        at: i64,
        firestore: (&str, &str),
        portal: &str,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("orders")).expect("a socket");
        let mut machine = Self {
            name,
            to_firestore: Proxy::to(firestore.0),
            to_portal: Proxy::to(portal),
            is_trusted: true,
            ahead: 0,
            project: firestore.1.to_owned(),
            folder,
            listener,
            program: None,
            booted_at: at,
            boots: 0,
        };
        machine.start(at).await;
        machine
    }

    /// Starts the program, which must not be running, and waits until it takes orders.
    pub async fn start(&mut self, at: i64) {
        let charge = Setup {
            socket: self.path("orders"),
            database: self.path("kiosk.db"),
            kiosk_id: self.name.to_owned(),
            firestore: self.to_firestore.address(),
            project: self.project.clone(),
            portal: self.to_portal.url(),
            now: self.now(at),
            boots: self.boots,
        };
        let charge = serde_json::to_string(&charge).expect("a charge");
        let this = std::env::current_exe().expect("a test is a program");
        // A write beyond the file size limit must fail, as on a full disk, not kill the program.
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(this)
            .args(["endurance::program::a_kiosk_of_the_term", "--exact"])
            .args(["--nocapture", "--test-threads=1"])
            .env(SETUP, charge)
            .stdout(Stdio::null());
        let mut process = Process::start(&mut command);
        let connected = tokio::time::timeout(PATIENCE, self.listener.accept()).await;
        let Ok(Ok((stream, _))) = connected else {
            panic!("{} does not start: {}", self.name, process.has_ended());
        };
        let (answers, orders) = stream.into_split();
        let mut answers = BufReader::new(answers).lines();
        // Disk faults begin only once the program runs.
        let ready = tokio::time::timeout(PATIENCE, answers.next_line()).await;
        assert!(
            matches!(ready, Ok(Ok(Some(_)))),
            "{} does not start",
            self.name
        );
        self.program = Some(Program {
            process,
            orders,
            answers,
        });
    }

    /// Restarts the machine, whose clock has no battery.
    pub async fn reboot(&mut self, at: i64, behind: i64) {
        self.kill().await;
        self.boots += 1;
        self.booted_at = at;
        self.is_trusted = false;
        self.ahead = -behind;
        self.start(at).await;
    }

    /// Sends an order and waits until it is complete.
    pub async fn ask(&mut self, at: i64, order: Order) -> Vec<Answer> {
        let result = self.ask_until(at, order, usize::MAX).await;
        assert!(result.lived, "{} died by itself", self.name);
        result.answers
    }

    /// Sends an order and kills the program after so many answers or requests, unless it ends earlier.
    pub async fn ask_until(&mut self, at: i64, order: Order, doom: usize) -> OrderResult {
        let now = self.now(at);
        let mut message = serde_json::to_vec(&Message { now, order }).expect("an order");
        message.push(b'\n');
        let requests = || self.to_firestore.requests() + self.to_portal.requests();
        let moment = requests().saturating_add(doom);
        let program = self.program.as_mut().expect("it runs");
        let sent = program.orders.write_all(&message).await;
        assert!(sent.is_ok(), "{} died by itself", self.name);
        let mut answers = Vec::new();
        let mut is_doomed = false;
        let lived = loop {
            let in_time = async {
                if doom == usize::MAX || is_doomed {
                    return std::future::pending().await;
                }
                until_async("the moment of the kill", PATIENCE, async || {
                    (requests() >= moment).then_some(())
                })
                .await;
            };
            let line = tokio::select! {
                line = tokio::time::timeout(PATIENCE, program.answers.next_line()) => line,
                () = in_time => {
                    program.process.signal(Signal::KILL);
                    is_doomed = true;
                    continue;
                }
            };
            let line = line.unwrap_or_else(|_| panic!("{} hangs", self.name));
            // The answers of a killed process are still read; the last line may be incomplete.
            let Ok(Some(line)) = line else { break false };
            match serde_json::from_str(&line) {
                Ok(Answer::Done) => break !is_doomed,
                Ok(answer) => answers.push(answer),
                Err(_) => break false,
            }
            if answers.len() >= doom && !is_doomed {
                program.process.signal(Signal::KILL);
                is_doomed = true;
            }
        };
        if !lived {
            self.program = None;
        }
        OrderResult { answers, lived }
    }

    pub async fn kill(&mut self) {
        self.program = None;
        // Empties the socket's queue for the next program.
        tokio::task::yield_now().await;
    }

    /// Limits every file, new ones included, to so many pages.
    pub fn fill_disk(&self, pages: u64) {
        self.limit_files(Some(pages * 4096));
    }

    pub fn clear_disk(&self) {
        self.limit_files(getrlimit(Resource::Fsize).current);
    }

    fn limit_files(&self, current: Option<u64>) {
        if let Some(program) = &self.program {
            let maximum = getrlimit(Resource::Fsize).maximum;
            let limit = Rlimit { current, maximum };
            let pid = Some(program.process.pid());
            prlimit(pid, Resource::Fsize, limit).expect("our own child may be limited");
        }
    }

    pub fn heal(&mut self) {
        self.to_firestore.becomes(Fault::None);
        self.to_portal.becomes(Fault::None);
        self.set_clock();
        self.clear_disk();
    }

    /// Sets the clock as a time server does.
    pub fn set_clock(&mut self) {
        self.ahead = 0;
        self.is_trusted = true;
    }

    /// The database, read beside the program.
    pub fn books(&self) -> Connection {
        Connection::open_with_flags(self.path("kiosk.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
            .expect("the books can be read")
    }

    /// Makes the projections of the database anew while the program does not run, and returns what is
    /// different then.
    pub fn rebuild(&self) -> Vec<String> {
        kiosk::store::rebuild(self.path("kiosk.db").as_ref()).expect("the books can be made anew")
    }

    /// The resident memory of the program, in kilobytes.
    pub fn memory(&self) -> u64 {
        let program = self.program.as_ref().expect("it runs");
        let pid = program.process.pid().as_raw_nonzero();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next());
        kilobytes
            .and_then(|number| number.parse().ok())
            .expect("a number of kilobytes")
    }

    fn now(&self, at: i64) -> Now {
        Now {
            wall: at + self.ahead,
            elapsed: at - self.booted_at,
            is_trusted: self.is_trusted,
        }
    }

    fn path(&self, file: &str) -> String {
        let path: PathBuf = self.folder.path().join(file);
        path.to_str().expect("a plain path").to_owned()
    }
}
