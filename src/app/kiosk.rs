//! A kiosk that is open: its database, and everything a person can do there.

use std::sync::Arc;

use super::backups;
use super::data_dir::DataDir;
use crate::clock::Clock;
use crate::config::{Config, Loaded};
use crate::domain::Target;
use crate::services::{Policy, Services};
use crate::store::{KioskKeys, Publishing, Store};

/// An open database and the use cases over it.
#[derive(Debug, Clone)]
pub struct Kiosk {
    /// The open database.
    pub store: Store,
    /// The wall clock and the monotonic time.
    pub clock: Clock,
    /// The kiosk's identity.
    pub keys: KioskKeys,
    /// The site's decisions.
    pub policy: Arc<Policy>,
    /// What a person can do here.
    pub services: Services,
}

impl Kiosk {
    /// Opens the database of a configuration, creating directory and file as needed.
    ///
    /// # Errors
    /// A sentence, when the directory cannot be made or the database cannot be used.
    pub async fn open(loaded: &Loaded) -> anyhow::Result<Self> {
        let config = &loaded.config;
        let data_dir = DataDir::at(&config.kiosk.data_dir);
        data_dir.create()?;
        backups::refuse_new_database_after_loss(&config.kiosk.data_dir)?;
        let store = Store::open(&data_dir.database())?;
        let clock = if config.kiosk.trust_clock {
            Clock::system().vouched_for()
        } else {
            Clock::system()
        };
        let keys = store.kiosk_keys(&config.kiosk.id, clock.now()).await?;
        let boot = clock.uptime().boot;
        let zero = store
            .monotonic_zero(boot, clock.monotonic_zero_by_now())
            .await?;
        clock.keep_monotonic_from(zero);
        let deliver_to = targets(loaded);
        let semester = config.attendance.semester.clone();
        store.adopt_semester(semester, clock.now()).await?;
        // Only a running kiosk turns this off: a command may have other settings.
        if deliver_to.contains(&Target::Firestore) {
            store.set_publishing(Publishing::On).await?;
        }
        Ok(Self::over(
            store,
            clock,
            keys,
            Arc::new(policy(config, deliver_to)),
        ))
    }

    /// The use cases over a store that is open already.
    #[must_use]
    pub fn over(store: Store, clock: Clock, keys: KioskKeys, policy: Arc<Policy>) -> Self {
        Self {
            services: Services::new(&store, &clock, &keys, &policy),
            store,
            clock,
            keys,
            policy,
        }
    }

    /// The same kiosk by another clock.
    pub(super) fn at(&self, clock: Clock) -> Self {
        Self::over(
            self.store.clone(),
            clock,
            self.keys.clone(),
            self.policy.clone(),
        )
    }
}

/// The remotes that every check-in is delivered to.
fn targets(loaded: &Loaded) -> Vec<Target> {
    let firestore = loaded.config.firestore.enabled.then_some(Target::Firestore);
    let portal = loaded.config.portal.url.is_some().then_some(Target::Portal);
    firestore.into_iter().chain(portal).collect()
}

/// The policy of a configuration, with the remotes that every check-in is delivered to.
#[must_use]
pub fn policy(config: &Config, deliver_to: Vec<Target>) -> Policy {
    use std::time::Duration;
    Policy {
        kiosk_name: config.kiosk.name.clone(),
        venue: config.kiosk.venue.clone(),
        zone: config.kiosk.timezone,
        windows: config.windows(),
        unknown_students: config.check_in.unknown_students,
        number_pattern: config.check_in.admission_number_pattern.rule().clone(),
        shared_device: config.check_in.shared_device,
        rotation: config.rotation(),
        ticket_valid_for: Duration::from_secs(config.qr.ticket_seconds.into()),
        result_for: Duration::from_secs(config.check_in.result_seconds.into()),
        counting: config.counting(),
        max_sessions: config.attendance.max_sessions,
        semester: config.attendance.semester.clone(),
        last_day: config.attendance.last_day,
        deliver_to,
    }
}
