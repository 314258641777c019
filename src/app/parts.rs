//! Everything in a kiosk that acts without being asked, built in one place for the program and its tests.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::kiosk::Kiosk;
use super::noticeboard::noticeboard;
use super::remotes::Remotes;
use crate::domain::{MirrorStatus, RemoteStatus, Target};
use crate::services::{
    Finder, Scheduler, Services, Snapshot, SnapshotPublisher, Tick, WatchedRemote,
};
use crate::sync::{Mirror, Publisher, WakeHandle, Work as _, Worker};

/// The loops of a kiosk: one that follows the time of day, and those that deliver to the remotes and read
/// what other kiosks recorded. They are built together so that no program forgets one.
pub struct Parts {
    /// Opens, closes and corrects.
    pub scheduler: Scheduler,
    /// One for each remote.
    pub workers: Vec<Worker>,
    /// Publishes sessions for other kiosks.
    pub publisher: Option<Publisher>,
    /// Reads what other kiosks recorded.
    pub mirror: Option<Mirror>,
    /// Wakes each of the delivery loops.
    pub wake_handles: Vec<WakeHandle>,
    /// What the loops report.
    pub reports: Reports,
    /// The use cases of the kiosk, with these remotes.
    pub services: Services,
}

/// What the loops of a kiosk report of themselves.
#[derive(Debug, Clone)]
pub struct Reports {
    ticks: watch::Receiver<Tick>,
    remotes: Vec<(Target, watch::Receiver<RemoteStatus>)>,
    mirror: Option<watch::Receiver<MirrorStatus>>,
}

impl Parts {
    /// The parts of a kiosk for the remotes of its configuration; with `mirrors`, it reads other kiosks' records.
    #[must_use]
    pub fn of(kiosk: &Kiosk, remotes: &Remotes, mirrors: bool) -> Self {
        let base = || {
            let id = kiosk.keys.kiosk_id.clone();
            (kiosk.store.clone(), kiosk.clock.clone(), id)
        };
        let (mut workers, mut wake_handles) = (Vec::new(), Vec::new());
        let (mut statuses, mut watched) = (Vec::new(), Vec::new());
        for remote in remotes.all() {
            let target = remote.target();
            let (store, clock, id) = base();
            let (worker, status) = Worker::new(store, clock, id, remote);
            wake_handles.push(worker.wake_handle());
            statuses.push((target, status.clone()));
            watched.push(WatchedRemote {
                target,
                status,
                in_hand: worker.in_hand(),
            });
            workers.push(worker);
        }
        let publisher = remotes.firestore.clone().map(|firestore| {
            let (store, clock, id) = base();
            Publisher::new(store, clock, id, firestore)
        });
        wake_handles.extend(publisher.iter().map(Publisher::wake_handle));
        let mirrored = remotes.firestore.clone().filter(|_| mirrors);
        let (mirror, mirror_status) = mirrored
            .map(|firestore| {
                let (store, clock, id) = base();
                Mirror::new(store, clock, id, kiosk.policy.windows, firestore)
            })
            .unzip();
        wake_handles.extend(mirror.iter().map(Mirror::wake_handle));
        let services = kiosk.services.clone().delivering_to(watched);
        let services = services.reaching(noticeboard(remotes.firestore.clone()));
        let (scheduler, ticks) = Scheduler::new(kiosk.store.clone(), &services);
        Self {
            scheduler,
            workers,
            publisher,
            mirror,
            wake_handles,
            reports: Reports {
                ticks,
                remotes: statuses,
                mirror: mirror_status,
            },
            services,
        }
    }

    /// Starts the loops as tasks that end with `stop`.
    pub fn spawn(self, stop: &CancellationToken, tasks: &mut JoinSet<()>) {
        tasks.spawn(self.scheduler.run(stop.clone()));
        for worker in self.workers {
            tasks.spawn(worker.run(stop.clone()));
        }
        if let Some(publisher) = self.publisher {
            tasks.spawn(publisher.run(stop.clone()));
        }
        if let Some(mirror) = self.mirror {
            tasks.spawn(mirror.run(stop.clone()));
        }
    }

    /// What publishes the snapshot that screens show, and the snapshot.
    #[must_use]
    pub fn snapshot(
        &self,
        kiosk: &Kiosk,
        finder: Finder,
    ) -> (SnapshotPublisher, watch::Receiver<Arc<Snapshot>>) {
        let Reports {
            ticks,
            remotes,
            mirror,
        } = self.reports.clone();
        let store = kiosk.store.clone();
        SnapshotPublisher::new(store, &self.services, finder, ticks, remotes, mirror)
    }
}
