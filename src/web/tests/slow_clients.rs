//! Clients that hold on: over a real socket, with the limits shortened.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::staff::{Laptop, PIN, with_staff};
use super::*;
use crate::web::serve;

/// More than any limit set here; a test that waits this long has failed.
const TOO_LONG: Duration = Duration::from_secs(10);

/// A kiosk that listens.
struct Listening {
    kiosk: Kiosk,
    address: SocketAddr,
    shutdown: CancellationToken,
    server: JoinHandle<()>,
}

impl Listening {
    async fn with(limit: impl FnOnce(&mut Limits)) -> Self {
        Self::at(Kiosk::with(|site| limit(&mut site.limits)).await).await
    }

    async fn at(kiosk: Kiosk) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let server = tokio::spawn(serve(listener, kiosk.web.clone(), None, shutdown.clone()));
        Self {
            kiosk,
            address,
            shutdown,
            server,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the kiosk hangs up.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The kiosk may have hung up already.
        let _ = stream.write_all(bytes).await;
        until_the_end(&mut stream).await
    }
}

async fn until_the_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = timeout(TOO_LONG, stream.read_to_end(&mut bytes))
        .await
        .expect("the kiosk hung up");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn soon() -> Duration {
    Duration::from_millis(100)
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_ended() {
    let kiosk = Listening::with(|limits| limits.headers_within = soon()).await;
    assert_eq!(kiosk.exchange(b"").await, "");
}

#[tokio::test]
async fn half_a_header_is_ended() {
    let kiosk = Listening::with(|limits| limits.headers_within = soon()).await;
    let answer = kiosk
        .exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        .await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_never_comes_is_told_so() {
    let kiosk = Listening::with(|limits| limits.body_within = soon()).await;
    let answer = kiosk
        .exchange(b"POST /A/000000 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nadmission")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("The connection is too slow"));
}

#[tokio::test]
async fn a_body_too_large_is_refused_at_once_or_after_it_was_read() {
    let kiosk = Listening::with(|_| {}).await;
    let head = "POST /A/000000 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let declared = format!("{head}Content-Length: 99999999\r\n\r\n");
    assert!(
        kiosk
            .exchange(declared.as_bytes())
            .await
            .starts_with("HTTP/1.1 413")
    );
    let body = "a".repeat(100_000);
    let sent = format!("{head}Content-Length: 100000\r\n\r\n{body}");
    let answer = kiosk.exchange(sent.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.ends_with("</html>"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_has_a_longest_life() {
    let kiosk = Listening::with(|limits| limits.connection_within = soon()).await;
    let answer = kiosk.exchange(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n").await;
    assert_eq!(answer, "");
}

#[tokio::test]
async fn a_connection_carries_several_requests_and_ends_when_idle() {
    let kiosk = Listening::with(|limits| limits.headers_within = soon()).await;
    let twice = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2);
    let answers = kiosk.exchange(&twice).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
    assert!(answers.ends_with("ok"), "{answers}");
}

#[tokio::test]
async fn what_is_not_http_is_ended_and_the_kiosk_goes_on() {
    let kiosk = Listening::with(|_| {}).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = kiosk.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        until_the_end(&mut stream).await;
    }
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(40_000));
    let answer = kiosk.exchange(long.as_bytes()).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        kiosk
            .exchange(b"GET /healthz HTTP/1.1\r\n\r\n")
            .await
            .ends_with("ok")
    );
}

#[tokio::test]
async fn where_there_is_no_room_the_oldest_idle_connection_ends_and_the_newcomer_is_served() {
    let kiosk = Listening::with(|limits| limits.connections_per_address = 2).await;
    let mut held = [kiosk.connect().await, kiosk.connect().await];
    let probe = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(kiosk.exchange(probe).await.ends_with("ok"));
    assert_eq!(until_the_end(&mut held[0]).await, "");
    assert_eq!(kiosk.kiosk.web.counters.dropped(), 1);
    held[1].write_all(probe).await.unwrap();
    assert!(until_the_end(&mut held[1]).await.ends_with("ok"));
}

#[tokio::test]
async fn a_request_in_hand_keeps_its_place() {
    let kiosk = Kiosk::with(|site| site.limits.connections = 2).await;
    let kiosk = Listening::at(with_staff(kiosk).await).await;
    // A board that is watched has no end.
    let mut laptop = Laptop::at(&kiosk.kiosk, "127.0.0.1:1");
    laptop.sign_in("S1", PIN).await.is(303);
    let cookie = laptop.cookie.as_deref().unwrap();
    let session = kiosk.kiosk.session.id;
    let watch = format!(
        "GET /api/sessions/{session}/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"
    );
    let mut watched = kiosk.connect().await;
    watched.write_all(watch.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    watched.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut idle = kiosk.connect().await;
    let probe = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(kiosk.exchange(probe).await.ends_with("ok"));
    assert_eq!(until_the_end(&mut idle).await, "");
    let mut more = [0; 1];
    watched.read_exact(&mut more).await.unwrap();
}

#[tokio::test]
async fn whoever_was_refused_waits_on_that_connection() {
    let kiosk =
        Listening::with(|limits| limits.pause_of_this_machine = Duration::from_secs(600)).await;
    let mut stream = kiosk.connect().await;
    let mut answer = async |request: &[u8]| {
        stream.write_all(request).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        let mut rest = [0; 8192];
        let _ = stream.read(&mut rest).await.unwrap();
        String::from_utf8(first.to_vec()).unwrap()
    };
    let good = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let wrong = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(answer(good).await, "HTTP/1.1 200");
    assert_eq!(answer(wrong).await, "HTTP/1.1 404");
    assert!(timeout(soon(), answer(good)).await.is_err());
    assert!(
        kiosk
            .exchange(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
            .await
            .ends_with("ok")
    );
}

#[tokio::test]
async fn a_thousand_connections_that_say_nothing_stop_no_check_in() {
    // As many as fit into the descriptors of a test process, both ends counted.
    let kiosk = Listening::with(|limits| {
        limits.connections = 100;
        limits.connections_per_address = 75;
    })
    .await;
    let mut silent = Vec::new();
    for student in 0..20 {
        for _ in 0..20 {
            silent.push(kiosk.connect().await);
        }
        let body = format!(
            r#"{{"code":"{}","admission_number":"ADM/{student}","student_name":"Jo","insist":true}}"#,
            kiosk.kiosk.code()
        );
        let request = format!(
            "POST /api/check-ins HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = kiosk.exchange(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{student}: {answer}");
    }
    assert!(kiosk.kiosk.web.counters.dropped() > 300);
}

#[tokio::test]
async fn stopping_waits_for_what_is_in_hand_but_not_for_ever() {
    let kiosk = Listening::with(|limits| limits.stop_within = soon()).await;
    let mut idle = kiosk.connect().await;
    idle.write_all(b"GET / HT").await.unwrap();
    kiosk.shutdown.cancel();
    timeout(TOO_LONG, kiosk.server)
        .await
        .expect("the server stopped")
        .unwrap();
    assert_eq!(until_the_end(&mut idle).await, "");
    assert!(TcpStream::connect(kiosk.address).await.is_err());
    assert_eq!(kiosk.kiosk.records().await, 0);
}

#[tokio::test]
async fn a_request_in_hand_is_answered_while_stopping() {
    let kiosk = Listening::with(|_| {}).await;
    let mut stream = kiosk.connect().await;
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        .await
        .unwrap();
    // The kiosk asks for the body: the request is in hand.
    let mut go_on = [0; 25];
    timeout(TOO_LONG, stream.read_exact(&mut go_on))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    kiosk.shutdown.cancel();
    stream.write_all(b"code=").await.unwrap();
    let answer = until_the_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    timeout(TOO_LONG, kiosk.server)
        .await
        .expect("the server stopped")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_students_at_once_is_served_over_the_wire() {
    let kiosk = Listening::with(|_| {}).await;
    let (address, code) = (kiosk.address, kiosk.kiosk.code());
    let mut students = tokio::task::JoinSet::new();
    for student in 0..STUDENTS {
        let code = code.clone();
        students.spawn(async move {
            let form = format!("admission_number=S{student}&student_name=Student+{student}");
            let post = format!(
                "POST /A/{code} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            );
            let get = format!("GET /A/{code} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            for request in [get, post] {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(request.as_bytes()).await.unwrap();
                let answer = until_the_end(&mut stream).await;
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            }
        });
    }
    while let Some(student) = students.join_next().await {
        student.unwrap();
    }
    assert_eq!(kiosk.kiosk.records().await, STUDENTS);
}

/// As many as fit into the descriptors of a test process, both ends of each connection counted.
const STUDENTS: u64 = 150;

#[tokio::test]
async fn five_hundred_slow_clients_do_not_stop_a_check_in() {
    let kiosk = Listening::with(|_| {}).await;
    let mut slow = Vec::new();
    for client in 0..500 {
        let mut stream = kiosk.connect().await;
        // Half send half a header, half send half a form.
        let half: &[u8] = if client % 2 == 0 {
            b"GET / HTTP/1.1\r\nX-Half: "
        } else {
            b"POST /A/000000 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\na"
        };
        stream.write_all(half).await.unwrap();
        slow.push(stream);
    }
    let body = format!(
        r#"{{"code":"{}","admission_number":"ADM/1"}}"#,
        kiosk.kiosk.code()
    );
    let request = format!(
        "POST /api/check-ins HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = kiosk.exchange(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test]
async fn a_chunked_form_is_read_within_the_same_limits() {
    let kiosk = Listening::with(|_| {}).await;
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
    let small = format!("{head}5\r\ncode=\r\n6\r\nK7M2QX\r\n0\r\n\r\n");
    let answer = kiosk.exchange(small.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
    let large = format!("{head}{}0\r\n\r\n", chunk.repeat(3));
    let answer = kiosk.exchange(large.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let broken = format!("{head}zz\r\ncode=\r\n0\r\n\r\n");
    let answer = kiosk.exchange(broken.as_bytes()).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
}

/// Two servers that disagree on where a request ends can be made to see different requests. What could be read in two
/// ways is not read at all.
#[tokio::test]
async fn a_request_that_could_be_read_in_two_ways_is_refused() {
    let kiosk = Listening::with(|limits| limits.headers_within = soon() * 5).await;
    let hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for ambiguous in [
        "Content-Length: 5\r\nContent-Length: 60\r\n",
        "Content-Length: 5, 60\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length : 5\r\n",
        " Folded: yes\r\n",
        "Content-Length: 5\0\r\n",
    ] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n{ambiguous}\r\ncode={hidden}"
        );
        let answer = kiosk.exchange(request.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 400"),
            "{ambiguous:?}: {answer}"
        );
        assert!(!answer.contains("ok"), "{ambiguous:?}: {answer}");
    }
}
