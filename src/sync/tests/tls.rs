//! What is said about a server whose certificate nobody vouches for.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::reports::nairobi;
use crate::domain::Secret;
use crate::sync::Remote;
use crate::sync::portal::{PortalRemote, PortalSettings};

/// Ends the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl() -> Command {
    let mut openssl = Command::new("openssl");
    openssl
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    openssl
}

#[tokio::test]
async fn a_certificate_from_nobody_known_is_named_as_the_cause() {
    if openssl().arg("version").status().is_err() {
        assert!(
            std::env::var_os("KIOSK_TEST_REQUIRE_ALL").is_none(),
            "openssl must be installed"
        );
        eprintln!("SKIPPED: openssl is not installed");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let made = openssl()
        .current_dir(&directory)
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args([
            "-subj",
            "/CN=An unknown school",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .status();
    assert!(made.unwrap().success());
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let server = openssl()
        .current_dir(&directory)
        .args(["s_server", "-quiet", "-cert", "cert.pem", "-key", "key.pem"])
        .args(["-accept", &address.to_string()])
        .spawn();
    let _server = Server(server.unwrap());
    let patience = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(address).await.is_err() {
        assert!(Instant::now() < patience, "the server does not listen");
        tokio::task::yield_now().await;
    }

    let portal = PortalRemote::new(PortalSettings {
        url: format!("https://localhost:{}", address.port()),
        api_key: Secret::default(),
        api_key_in_body: false,
        timeout: Duration::from_secs(10),
        zone: nairobi(),
    });
    let remote_error = portal.unwrap().test().await.unwrap_err();
    assert!(
        remote_error.to_string().contains("install ca-certificates"),
        "{remote_error}"
    );
}
