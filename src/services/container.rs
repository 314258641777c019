//! All use cases in one place, built once for every door.

use std::sync::Arc;

use super::administration::Administration;
use super::corrections::Corrections;
use super::deliveries::{Deliveries, WatchedRemote};
use super::desk::Desk;
use super::export::Exports;
use super::other_kiosks::{Noticeboard, OtherKiosks};
use super::pin_auth::PinAuth;
use super::policy::Policy;
use super::sessions::Sessions;
use super::students::Students;
use super::timetable::Timetable;
use super::web_sign_ins::WebSignIns;
use crate::clock::Clock;
use crate::store::{KioskKeys, Store};

/// Every use case over one open database. All doors share one; a clone is a few reference counts.
#[derive(Debug, Clone)]
pub struct Services {
    /// Check-ins at every door.
    pub desk: Desk,
    /// Opens and closes sessions.
    pub sessions: Sessions,
    /// Keeps the planned lectures.
    pub timetable: Timetable,
    /// Corrects marks and names.
    pub corrections: Corrections,
    /// Gives numbers to the students whose they are.
    pub students: Students,
    /// Keeps lecturers, units, students and records.
    pub administration: Administration,
    /// Checks staff ids and PINs.
    pub pin_auth: PinAuth,
    /// Staff who are signed in at a browser.
    pub sign_ins: WebSignIns,
    /// Makes lists to take away.
    pub exports: Exports,
    /// Reports on deliveries to the remotes, and retries them.
    pub deliveries: Deliveries,
    /// Lists the sessions of other kiosks, and joins them.
    pub other_kiosks: OtherKiosks,
}

impl Services {
    /// The use cases of a program that neither delivers nor reaches other kiosks.
    #[must_use]
    pub fn new(store: &Store, clock: &Clock, keys: &KioskKeys, policy: &Arc<Policy>) -> Self {
        let store = || store.clone();
        let clock = || clock.clone();
        let policy = || Arc::clone(policy);
        // The terminal and browsers share it: it holds the turns and counts of all.
        let pin_auth = PinAuth::new(store(), clock());
        let sessions = Sessions::new(store(), clock(), policy());
        Self {
            desk: Desk::new(store(), clock(), keys.clone(), policy()),
            timetable: Timetable::new(store(), clock(), policy(), sessions.clone()),
            sessions,
            administration: Administration::new(store(), clock(), policy(), pin_auth.turns()),
            corrections: Corrections::new(store(), clock(), policy()),
            students: Students::new(store(), clock(), policy()),
            sign_ins: WebSignIns::new(store(), clock(), pin_auth.clone(), keys.signing_key.clone()),
            pin_auth,
            exports: Exports::new(store(), clock(), policy()),
            deliveries: Deliveries::new(store(), clock()),
            other_kiosks: OtherKiosks::new(store(), clock(), policy(), keys.kiosk_id.clone()),
        }
    }

    /// The same in the program whose workers deliver to `remotes`.
    #[must_use]
    pub fn delivering_to(self, remotes: Vec<WatchedRemote>) -> Self {
        Self {
            deliveries: self.deliveries.watching(remotes),
            ..self
        }
    }

    /// The same where other kiosks are reached through `noticeboard`, if there is one.
    #[must_use]
    pub fn reaching(self, noticeboard: Option<Arc<dyn Noticeboard>>) -> Self {
        Self {
            other_kiosks: self.other_kiosks.over(noticeboard),
            ..self
        }
    }
}
