//! What the stories are made of. It knows the kiosk only by its command line, its pages and its screen.

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
pub mod wire;

/// A client that talks to this machine alone: no proxy, no redirects, no certificates, which take
/// 20 ms to load.
pub fn http_client() -> reqwest::Client {
    // The client wants to know its TLS library even where it never uses one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .build()
        .expect("a client can be built")
}
