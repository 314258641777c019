//! Fixtures of these tests. They use the kiosk only through its command line, its pages and its screen.

pub mod browser;
pub mod decode;
pub mod firestore;
pub mod kiosk;
pub mod phone;
pub mod portal;
pub mod process;
pub mod proxy;
pub mod queue;
pub mod screenshot;
pub mod tmux;
pub mod tools;
pub mod wait;
pub mod wall_clock;
pub mod wire;

/// A client for this machine: no proxy, no redirects, and no certificates, which take 20 ms to load.
pub fn http_client() -> reqwest::Client {
    // The client needs a TLS provider even without TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .build()
        .expect("a client can be built")
}
