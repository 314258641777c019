//! The real program in a terminal of its own, read as fast as it draws.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// After this long without what is waited for, the screen is printed and the run ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program in a terminal.
pub struct Terminal {
    child: Child,
    started: Instant,
    keyboard: File,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
}

impl Terminal {
    /// Starts a program in a terminal of that size. `setsid` makes it the program's own terminal.
    pub fn start(program: &Path, arguments: &[&str], folder: &Path, size: (u16, u16)) -> Self {
        let (columns, rows) = size;
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let name = ptsname(&master, Vec::new()).expect("a terminal has a name");
        let window = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, window).expect("a terminal has a size");
        let path = Path::new(OsStr::from_bytes(name.as_bytes()));
        let slave = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
            .expect("the terminal's other side");
        let side = |fd: &OwnedFd| fd.try_clone().expect("a descriptor");
        let started = Instant::now();
        let child = Command::new("setsid")
            .arg("--ctty")
            .arg(program)
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .stdin(side(&slave))
            .stdout(side(&slave))
            .stderr(slave)
            .spawn()
            .expect("the program starts");
        let keyboard = File::from(master.as_fd().try_clone_to_owned().expect("a descriptor"));
        let output = read(File::from(master));
        Self {
            child,
            started,
            keyboard,
            output,
            parser: vt100::Parser::new(rows, columns, 0),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// When the program was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Sends keys, and says when.
    pub fn press(&mut self, keys: &str) -> Instant {
        let at = Instant::now();
        self.keyboard
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        at
    }

    /// What stands there now.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until the screen is as wanted, and says when it came to be.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Instant {
        self.wait_noting(what, |_, text| wanted(text))
    }

    /// The same, looking at every state of the screen in between.
    pub fn wait_noting(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(Instant, &str) -> bool,
    ) -> Instant {
        let end = Instant::now() + PATIENCE;
        let now = Instant::now();
        if wanted(now, &self.text()) {
            return now;
        }
        loop {
            let Some(at) = self.read_until(end) else {
                panic!("waited for {what} on a screen that shows\n{}", self.text());
            };
            if wanted(at, &self.text()) {
                return at;
            }
        }
    }

    /// Lets the program draw for a while, looking at every state of the screen.
    pub fn watch_until(&mut self, end: Instant, mut note: impl FnMut(Instant, &str)) {
        while let Some(at) = self.read_until(end) {
            note(at, &self.text());
        }
    }

    /// Applies the next piece of output, and says when it was read.
    fn read_until(&mut self, end: Instant) -> Option<Instant> {
        let left = end.saturating_duration_since(Instant::now());
        match self.output.recv_timeout(left) {
            Ok((at, bytes)) => {
                self.parser.process(&bytes);
                Some(at)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                panic!("the program has ended; its screen shows\n{}", self.text())
            }
        }
    }

    /// Ends the program in order.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .expect("the program can be told");
        self.child.wait().expect("the program ends");
    }

    /// Ends the program as a power cut does.
    pub fn cut(mut self) {
        self.child.kill().expect("the program can be killed");
        self.child.wait().expect("the program ends");
    }
}

/// A thread that notes when each piece of output came, however long looking at the last one takes.
fn read(mut master: File) -> Receiver<(Instant, Vec<u8>)> {
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length) = master.read(&mut buffer) {
            let piece = buffer[..length].to_vec();
            if length == 0 || sender.send((Instant::now(), piece)).is_err() {
                return;
            }
        }
    });
    output
}
