//! Waking a task that waits.

use std::sync::Arc;

use tokio::sync::Notify;

/// Ends a task's wait, for a caller that knows that the network is back.
#[derive(Debug, Clone, Default)]
pub struct WakeHandle(Arc<Notify>);

impl WakeHandle {
    /// Makes the task try again now, unless its remote asked it to wait.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.0.notified().await;
    }
}
