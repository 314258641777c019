//! Answers that no remote gave: whatever comes back, every report gets a verdict and nothing panics.

use std::sync::{Arc, Mutex};

use super::fake_firestore::emulated;
use super::portal::portal;
use super::reports::reports;
use super::stub::{Reply, Stub};
use crate::domain::{SessionId, Verdict};
use crate::sync::Remote;
use crate::sync::firestore::{Firestore, Since};
use crate::tests::fuzz::fuzz;

/// The first byte of an input says which one the answer has.
const STATUS: [u16; 11] = [200, 204, 400, 401, 403, 404, 409, 429, 500, 503, 302];

/// A server that answers everything alike, and what that is.
struct Parrot {
    runtime: tokio::runtime::Runtime,
    stub: Stub,
    reply: Arc<Mutex<Reply>>,
}

impl Parrot {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let reply = Arc::new(Mutex::new(Reply::HangUp));
        let said = Arc::clone(&reply);
        let stub = runtime.block_on(Stub::start(move |_| said.lock().unwrap().clone()));
        Self {
            runtime,
            stub,
            reply,
        }
    }

    fn learn(&self, input: &[u8]) {
        let (first, body) = input.split_first().unwrap_or((&0, &[]));
        let status = STATUS[usize::from(*first) % STATUS.len()];
        *self.reply.lock().unwrap() = Reply::text(status, &String::from_utf8_lossy(body));
        self.stub.forget();
    }
}

#[test]
fn firestore_answers_anything() {
    let parrot = Parrot::start();
    let remote = {
        let _inside = parrot.runtime.enter();
        let host = parrot.stub.address.to_string();
        Firestore::new(emulated(&host, "demo")).unwrap()
    };
    let reports = reports(1, 3);
    let session = SessionId::parse("00000000-0000-4000-8000-000000000001").unwrap();
    fuzz("firestore", |input| {
        parrot.learn(input);
        parrot.runtime.block_on(async {
            assert_eq!(remote.deliver(&reports).await.len(), reports.len());
            if let Ok(page) = remote.read_shared(session, &Since::TheBeginning).await {
                for check_in in page.check_ins {
                    assert!(!check_in.records.is_empty());
                }
            }
            let _ = remote.open_sessions().await;
            if let Ok(Some(published)) = remote.published_session(session).await {
                let _ = remote.published_roster(&published).await;
            }
            let _ = remote.test().await;
        });
    });
}

#[test]
fn the_portal_answers_anything() {
    let parrot = Parrot::start();
    let remote = {
        let _inside = parrot.runtime.enter();
        portal(parrot.stub.url(), false)
    };
    let reports = reports(1, 2);
    fuzz("portal", |input| {
        parrot.learn(input);
        let verdicts = parrot.runtime.block_on(remote.deliver(&reports));
        assert_eq!(verdicts.len(), reports.len());
        for verdict in verdicts {
            let (Verdict::Delivered { answer, .. } | Verdict::Refused { answer, .. }) = &verdict
            else {
                continue;
            };
            assert!(answer.len() <= 4096, "{} bytes are kept", answer.len());
            assert!(!format!("{verdict:?}").contains("swordfish"), "{verdict:?}");
        }
    });
}
