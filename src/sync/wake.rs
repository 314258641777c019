//! What wakes a worker that rests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

use crate::domain::Target;
use crate::store::Event;

/// Ends a target's wait: somebody knows that the link came back.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Have the target tried now, unless the remote itself asked to wait.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until it is rung.
    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}

/// What ended a rest.
pub(super) enum Woken {
    /// It was over.
    Rested,
    /// There may be new work.
    ByWork,
    /// The bell was rung.
    ByBell,
}

/// Waits for new work, for the bell, or for `nap` to be over.
pub(super) async fn listen(
    events: &mut broadcast::Receiver<Event>,
    bell: &Bell,
    mine: Target,
    nap: Duration,
) -> Woken {
    let work = async {
        loop {
            match events.recv().await {
                Ok(Event::Owed { target }) if target == mine => return,
                // After a lag anything may have happened.
                Ok(Event::ChangedElsewhere) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    tokio::select! {
        () = work => Woken::ByWork,
        () = bell.rung() => Woken::ByBell,
        () = tokio::time::sleep(nap) => Woken::Rested,
    }
}
