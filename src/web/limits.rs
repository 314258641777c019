//! How much of the kiosk one client may hold, and for how long.

use std::time::Duration;

/// The limits of the server. Tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a client to send its request line and headers.
    pub headers_within: Duration,
    /// The same while more than three quarters of the places are taken.
    pub headers_within_when_crowded: Duration,
    /// For a client to send a form.
    pub body_within: Duration,
    /// For the kiosk to answer.
    pub answer_within: Duration,
    /// For a connection as a whole; a client that reads an answer byte by byte is cut off.
    pub connection_within: Duration,
    /// For open requests when the kiosk stops.
    pub stop_within: Duration,
    /// The rest after an accept that failed, so that running out of descriptors is no busy loop.
    pub accept_pause: Duration,
    /// Between a request that was refused and the next on the same connection: whoever mistypes needs longer.
    pub pause_after_refusal: Duration,
    /// The same where the client is on this machine.
    pub pause_of_this_machine: Duration,
    /// The largest form, in bytes.
    pub body_bytes: usize,
    /// Connections at one time.
    pub connections: usize,
    /// Connections at one time from one address. A hall of 500 phones may stand behind one, and each
    /// may open a second connection before it needs it.
    pub connections_per_address: usize,
}

/// Measured with slow and greedy clients against a server that does nothing else.
impl Default for Limits {
    fn default() -> Self {
        Self {
            headers_within: Duration::from_secs(5),
            headers_within_when_crowded: Duration::from_secs(2),
            body_within: Duration::from_secs(5),
            answer_within: Duration::from_secs(10),
            connection_within: Duration::from_secs(120),
            stop_within: Duration::from_secs(5),
            accept_pause: Duration::from_millis(200),
            pause_after_refusal: Duration::from_millis(200),
            pause_of_this_machine: Duration::ZERO,
            body_bytes: 4096,
            connections: 1536,
            connections_per_address: 1152,
        }
    }
}
