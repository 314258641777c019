//! A certificate of the site's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, crypto};
use tokio_rustls::TlsAcceptor;

/// The certificate that a server shows, with its key.
#[derive(Clone)]
pub struct Tls(pub(super) TlsAcceptor);

/// Why a certificate cannot be used. Says which file to look at.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCertificate {
    /// The chain cannot be read.
    #[error("server.tls_cert {path}: {why}; it must be a certificate chain in PEM form")]
    Chain {
        /// The file of the setting.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The key cannot be read.
    #[error(
        "server.tls_key {path}: {why}; it must be a private key in PEM form, without a password"
    )]
    Key {
        /// The file of the setting.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// They do not work together.
    #[error("server.tls_cert and server.tls_key cannot be used together: {0}")]
    Pair(rustls::Error),
}

impl Tls {
    /// Reads a chain and its key from PEM files. A certificate that was renewed is taken up at the next start.
    ///
    /// # Errors
    /// [`InvalidCertificate`].
    pub fn read(chain: &Path, key: &Path) -> Result<Self, InvalidCertificate> {
        let bad_chain = |why: String| InvalidCertificate::Chain {
            path: chain.to_owned(),
            why,
        };
        let certificates = CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| bad_chain(error.to_string()))?;
        if certificates.is_empty() {
            return Err(bad_chain("there is no certificate in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| InvalidCertificate::Key {
            path: key.to_owned(),
            why: error.to_string(),
        })?;
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(InvalidCertificate::Pair)?
                .with_no_client_auth()
                .with_single_cert(certificates, key)
                .map_err(InvalidCertificate::Pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
