//! A proxy to a remote that injects faults, which can be switched while it runs.
//!
//! It reads whole requests for one HTTP server and forwards them or not. Connection faults (reset,
//! silence, cut) are those of TCP, which an HTTP server could not simulate.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The interval between the bytes of a slow answer.
const TRICKLE: Duration = Duration::from_secs(1);
/// Far above the size of any request of the kiosk.
const LONGEST_REQUEST: u64 = 16 << 20;

/// What the proxy does with a request.
#[derive(Clone, Debug, Default)]
pub enum Fault {
    /// No fault.
    #[default]
    None,
    /// No connection is accepted, and open ones are cut.
    Refused,
    /// The request is read, and the connection reset.
    Reset,
    /// The request is read and never answered.
    BlackHole,
    /// The request is forwarded and takes effect; the connection is cut instead of answering.
    AnswerLost,
    /// As [`Fault::AnswerLost`] for one request in so many, counted over all connections.
    EveryNthAnswerLost(usize),
    /// The request is forwarded after this delay.
    Delay(Duration),
    /// Requests longer than so many bytes are cut, as on a slow or lossy network.
    CutsLonger(usize),
    /// The request is not forwarded; this is the answer.
    Answer(Canned),
    /// The request is forwarded and takes effect; this is the answer.
    AnswerAfterWrite(Canned),
    /// The request is not forwarded; an answer begins and never ends, byte by byte.
    SlowLoris,
    /// The request is not forwarded; the answer is this many bytes without meaning.
    Flood(usize),
}

/// An answer of the proxy itself.
#[derive(Clone, Copy, Debug)]
pub struct Canned {
    pub status: u16,
    /// In seconds.
    pub retry_after: Option<u64>,
    pub content_type: &'static str,
    pub body: &'static str,
}

/// A forwarded request: path and body.
pub type Passed = (String, Vec<u8>);

/// The proxy. It ends with the test's runtime.
pub struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    counted: Arc<Counted>,
    /// Keeps the port while the proxy does not listen on it.
    _reserved: TcpSocket,
}

#[derive(Default)]
struct Counted {
    requests: AtomicUsize,
    passed_on: AtomicUsize,
    answers: AtomicUsize,
    /// The forwarded requests, if they are kept.
    kept: Option<Mutex<Vec<Passed>>>,
}

impl Proxy {
    /// A proxy to `server`, a `host:port`.
    pub fn to(server: &str) -> Self {
        Self::open(server, Counted::default())
    }

    /// The same, which keeps the forwarded requests.
    pub fn keeping(server: &str) -> Self {
        let kept = Some(Mutex::default());
        let counted = Counted {
            kept,
            ..Counted::default()
        };
        Self::open(server, counted)
    }

    fn open(server: &str, counted: Counted) -> Self {
        let reserved = socket();
        reserved
            .bind((Ipv4Addr::LOCALHOST, 0).into())
            .expect("a port can be had");
        let address = reserved
            .local_addr()
            .expect("a bound socket has an address");
        let (fault, watched) = watch::channel(Fault::None);
        let counted = Arc::new(counted);
        let line = Line {
            server: server.to_owned(),
            http: super::http_client(),
            fault: watched,
            counted: Arc::clone(&counted),
        };
        // It listens before the address is used.
        let listener = listen(address);
        tokio::spawn(line.serve(address, listener));
        Self {
            address,
            fault,
            counted,
            _reserved: reserved,
        }
    }

    /// `host:port` of the proxy.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Switches the fault for new requests; those in progress keep theirs.
    pub fn becomes(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// The number of complete requests.
    pub fn requests(&self) -> usize {
        self.counted.requests.load(Ordering::SeqCst)
    }

    /// The number of requests that took effect at the server.
    pub fn passed_on(&self) -> usize {
        self.counted.passed_on.load(Ordering::SeqCst)
    }

    /// The number of the server's answers that were forwarded.
    pub fn answers(&self) -> usize {
        self.counted.answers.load(Ordering::SeqCst)
    }

    /// Takes the forwarded requests so far.
    pub fn take_kept(&self) -> Vec<Passed> {
        let kept = self.counted.kept.as_ref();
        kept.map(|kept| std::mem::take(&mut *locked(kept)))
            .unwrap_or_default()
    }
}

#[derive(Clone)]
struct Line {
    server: String,
    http: reqwest::Client,
    fault: watch::Receiver<Fault>,
    counted: Arc<Counted>,
}

struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Line {
    async fn serve(mut self, address: SocketAddr, listener: TcpListener) {
        let mut listener = Some(listener);
        let mut connections = JoinSet::new();
        loop {
            let refuses = matches!(*self.fault.borrow_and_update(), Fault::Refused);
            if refuses {
                listener = None;
                connections.shutdown().await;
            } else if listener.is_none() {
                listener = Some(listen(address));
            }
            let next = async {
                match &listener {
                    Some(listener) => listener.accept().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = self.fault.changed() => if changed.is_err() { return },
                accepted = next => if let Ok((connection, _)) = accepted {
                    let _ = connection.set_nodelay(true);
                    let line = self.clone();
                    // An error means that the client hung up.
                    connections.spawn(async move { let _ = line.talk(connection).await; });
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn talk(&self, connection: TcpStream) -> io::Result<()> {
        let mut connection = BufReader::new(connection);
        while let Some(asked) = read_request(&mut connection).await? {
            let number = self.counted.requests.fetch_add(1, Ordering::SeqCst) + 1;
            let fault = self.fault.borrow().clone();
            match fault {
                Fault::Refused | Fault::Reset => return connection.get_ref().set_zero_linger(),
                Fault::BlackHole => return std::future::pending().await,
                Fault::AnswerLost => return self.pass_on(asked).await.map(drop),
                Fault::EveryNthAnswerLost(n) if number.is_multiple_of(n) => {
                    return self.pass_on(asked).await.map(drop);
                }
                Fault::CutsLonger(most) if asked.body.len() > most => {
                    return connection.get_ref().set_zero_linger();
                }
                Fault::None | Fault::EveryNthAnswerLost(_) | Fault::CutsLonger(_) => {
                    self.relay(&mut connection, asked).await?;
                }
                Fault::Delay(delay) => {
                    tokio::time::sleep(delay).await;
                    self.relay(&mut connection, asked).await?;
                }
                Fault::Answer(canned) => connection.write_all(&canned.bytes()).await?,
                Fault::AnswerAfterWrite(canned) => {
                    self.pass_on(asked).await?;
                    connection.write_all(&canned.bytes()).await?;
                }
                Fault::SlowLoris => return trickle(&mut connection).await,
                Fault::Flood(length) => {
                    let body = vec![b' '; length];
                    let bytes = answer(200, "application/json", None, &body);
                    connection.write_all(&bytes).await?;
                }
            }
        }
        Ok(())
    }

    async fn relay(&self, connection: &mut BufReader<TcpStream>, asked: Asked) -> io::Result<()> {
        let bytes = self.pass_on(asked).await?;
        connection.write_all(&bytes).await?;
        self.counted.answers.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Forwards a request to the server. Returns its answer.
    async fn pass_on(&self, asked: Asked) -> io::Result<Vec<u8>> {
        if let Some(kept) = &self.counted.kept {
            locked(kept).push((asked.path.clone(), asked.body.clone()));
        }
        let url = format!("http://{}{}", self.server, asked.path);
        let method = asked.method.parse().map_err(io::Error::other)?;
        let mut call = self.http.request(method, url).body(asked.body);
        for (name, value) in asked.headers {
            call = call.header(name, value);
        }
        let response = call.send().await.map_err(io::Error::other)?;
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("text/plain").to_owned();
        let body = response.bytes().await.map_err(io::Error::other)?;
        self.counted.passed_on.fetch_add(1, Ordering::SeqCst);
        Ok(answer(status, &content_type, None, &body))
    }
}

impl Canned {
    pub const fn json(status: u16, body: &'static str) -> Self {
        Self {
            status,
            retry_after: None,
            content_type: "application/json",
            body,
        }
    }

    pub const fn html(status: u16) -> Self {
        Self {
            status,
            retry_after: None,
            content_type: "text/html",
            body: "<html><h1>Sign in to the network</h1></html>",
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let body = self.body.as_bytes();
        answer(self.status, self.content_type, self.retry_after, body)
    }
}

fn answer(status: u16, content_type: &str, retry_after: Option<u64>, body: &[u8]) -> Vec<u8> {
    let wait =
        retry_after.map_or_else(String::new, |seconds| format!("Retry-After: {seconds}\r\n"));
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} -\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n{wait}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Begins a valid answer and never ends it.
async fn trickle(connection: &mut BufReader<TcpStream>) -> io::Result<()> {
    let head =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    connection.write_all(head).await?;
    loop {
        connection.write_all(b" ").await?;
        tokio::time::sleep(TRICKLE).await;
    }
}

/// Reads the next request; `None` if the connection ends between two.
async fn read_request(connection: &mut BufReader<TcpStream>) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if connection.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
            "host" | "connection" => {}
            name => headers.push((name.to_owned(), value.trim().to_owned())),
        }
    }
    let mut body = Vec::new();
    let room = LONGEST_REQUEST.min(length);
    if connection.take(room).read_to_end(&mut body).await? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Asked {
        method,
        path,
        headers,
        body,
    }))
}

/// A socket that can share the port with another socket of this process.
fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket can be had");
    socket
        .set_reuseaddr(true)
        .expect("an option that Linux knows");
    socket
        .set_reuseport(true)
        .expect("an option that Linux knows");
    socket
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = socket();
    socket.bind(address).expect("the port is kept for us");
    socket.listen(1024).expect("a bound socket can listen")
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().expect("nobody panics with the lock in hand")
}
