//! Processes that end with the test, and free ports.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::wait::until;

/// A process and its children, all killed when this is dropped.
pub struct Process {
    child: Child,
    what: String,
}

impl Process {
    /// Starts `command` in a process group of its own.
    pub fn start(command: &mut Command) -> Self {
        let what = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        Self {
            child: child.unwrap_or_else(|error| panic!("{what} does not start: {error}")),
            what,
        }
    }

    /// Reads the standard output, which must be a pipe, up to the first line that satisfies `wanted`.
    pub fn read_line<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> T {
        let output = self
            .child
            .stdout
            .as_mut()
            .expect("the standard output is a pipe");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines
            .find_map(|line| wanted(&line))
            .unwrap_or_else(|| panic!("{} ended without the line", self.what))
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the process is there");
    }

    /// Waits for the end: the exit status, or 128 and the signal as a shell has it.
    pub fn end(&mut self, within: Duration) -> i32 {
        let what = format!("{} to end", self.what);
        code(until(&what, within, || {
            self.child.try_wait().expect("a child can be waited for")
        }))
    }

    pub fn has_ended(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child can be waited for")
            .is_some()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// The exit status as a shell has it.
pub fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

/// Runs a tool that must succeed. Returns its standard output.
pub fn output_of(command: &mut Command) -> Vec<u8> {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&stderr)
    );
    stdout
}

/// A port of 127.0.0.1 that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}
