//! How often one phone and one address may ask (feature C2).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use super::settings::WebSettings;
use crate::domain::DeviceId;

/// Seconds' worth of requests that an address may make at once: a hall opens and sends its forms in
/// the same moments, from behind one address.
const BURST_SECONDS: u32 = 5;

/// Wrong codes that an address may send in a second: a hall mistypes fewer.
const WRONG_CODES: NonZeroU32 = NonZeroU32::new(20).expect("it is not zero");

/// How long the requests of an address that has sent more are looked at before they are counted.
const SUSPECTED_FOR: Duration = Duration::from_secs(1);

/// Suggestions of a number that one phone gets at once, and then one a minute: whoever mistypes needs one or two.
const SUGGESTIONS_OF_DEVICE: NonZeroU32 = NonZeroU32::new(5).expect("it is not zero");

/// Suggestions that an address gets at once, and then one a minute: a hall mistypes, and a program tries them all.
const SUGGESTIONS_OF_ADDRESS: NonZeroU32 = NonZeroU32::new(60).expect("it is not zero");

/// The counts of the last moments. The keypad never passes here.
pub struct Rates {
    suggested_to_devices: DefaultKeyedRateLimiter<DeviceId>,
    suggested_to_addresses: DefaultKeyedRateLimiter<IpAddr>,
    /// The suggestions that were kept back since the last line in the log.
    kept_back: AtomicU64,
    devices: Option<DefaultKeyedRateLimiter<DeviceId>>,
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
    wrong_codes: DefaultKeyedRateLimiter<IpAddr>,
    /// Addresses that have sent too many wrong codes, and until when they are suspected.
    suspected: Mutex<HashMap<IpAddr, Instant>>,
}

impl Rates {
    /// Fresh counts under a site's limits.
    pub fn new(settings: &WebSettings) -> Self {
        let devices = NonZeroU32::new(settings.per_device_per_minute)
            .map(|limit| DefaultKeyedRateLimiter::keyed(Quota::per_minute(limit)));
        let addresses = NonZeroU32::new(settings.per_address_per_second).map(|limit| {
            let burst = limit.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
            DefaultKeyedRateLimiter::keyed(Quota::per_second(limit).allow_burst(burst))
        });
        let suggestions = |at_once| Quota::per_minute(NonZeroU32::MIN).allow_burst(at_once);
        Self {
            suggested_to_devices: DefaultKeyedRateLimiter::keyed(suggestions(
                SUGGESTIONS_OF_DEVICE,
            )),
            suggested_to_addresses: DefaultKeyedRateLimiter::keyed(suggestions(
                SUGGESTIONS_OF_ADDRESS,
            )),
            kept_back: AtomicU64::new(0),
            devices,
            addresses,
            wrong_codes: DefaultKeyedRateLimiter::keyed(Quota::per_second(WRONG_CODES)),
            suspected: Mutex::default(),
        }
    }

    /// Counts a wrong code from an address.
    pub fn count_wrong_code(&self, address: IpAddr) {
        let address = household(address);
        if self.wrong_codes.check_key(&address).is_err() {
            let until = Instant::now() + SUSPECTED_FOR;
            self.suspected().insert(address, until);
        }
    }

    /// Whether an address sends too many wrong codes: then only what has a live one is counted and served, so that the
    /// others behind that address keep their turns.
    pub fn is_suspected(&self, address: IpAddr) -> bool {
        let until = self.suspected().get(&household(address)).copied();
        until.is_some_and(|until| Instant::now() < until)
    }

    fn suspected(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.suspected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a suggestion of a listed number, by phone and by address; whether it may be made.
    pub fn may_suggest(&self, device: Option<DeviceId>, address: IpAddr) -> bool {
        let device = device.is_none_or(|it| self.suggested_to_devices.check_key(&it).is_ok());
        let may = device
            && self
                .suggested_to_addresses
                .check_key(&household(address))
                .is_ok();
        self.kept_back.fetch_add(u64::from(!may), Ordering::Relaxed);
        may
    }

    /// Logs how many suggestions were kept back since the last time, if any were.
    pub fn log_kept_back(&self) {
        let count = self.kept_back.swap(0, Ordering::Relaxed);
        if count > 0 {
            tracing::warn!(
                suggestions.kept_back = count,
                "suggestions of listed numbers were kept back: a phone or an address has asked for too many"
            );
        }
    }

    /// Counts a request of a phone; one without a cookie is counted by its address alone.
    ///
    /// # Errors
    /// How long to wait.
    pub fn check_device(&self, device: Option<DeviceId>) -> Result<(), Duration> {
        device.map_or(Ok(()), |device| check(self.devices.as_ref(), &device))
    }

    /// Counts a request from an address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Duration> {
        check(self.addresses.as_ref(), &household(address))
    }

    /// Forgets everybody who has been quiet, so that memory holds the busy ones only.
    pub fn forget_the_quiet(&self) {
        self.suggested_to_devices.retain_recent();
        self.suggested_to_devices.shrink_to_fit();
        self.suggested_to_addresses.retain_recent();
        self.suggested_to_addresses.shrink_to_fit();
        self.wrong_codes.retain_recent();
        self.wrong_codes.shrink_to_fit();
        let now = Instant::now();
        self.suspected().retain(|_, until| now < *until);
        if let Some(devices) = &self.devices {
            devices.retain_recent();
            devices.shrink_to_fit();
        }
        if let Some(addresses) = &self.addresses {
            addresses.retain_recent();
            addresses.shrink_to_fit();
        }
    }
}

fn check<K: Clone + Eq + std::hash::Hash>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    key: &K,
) -> Result<(), Duration> {
    let Some(limiter) = limiter else {
        return Ok(());
    };
    limiter
        .check_key(key)
        .map_err(|refused| refused.wait_time_from(DefaultClock::default().now()))
}

/// What counts as one address: for IPv6 the network of 64 bits, since one client can use all of it.
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(per_device: u32, per_address: u32) -> Rates {
        Rates::new(&WebSettings::read("", Vec::new(), per_device, per_address).unwrap())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_hall_behind_one_address_passes_at_once() {
        let rates = rates(20, 300);
        for _ in 0..1000 {
            rates.check_address(address("10.0.0.1")).unwrap();
        }
    }

    #[test]
    fn a_flood_from_one_address_is_told_to_wait_and_others_are_not() {
        let rates = rates(20, 1);
        for _ in 0..5 {
            rates.check_address(address("10.0.0.1")).unwrap();
        }
        let wait = rates.check_address(address("10.0.0.1")).unwrap_err();
        assert!(wait <= Duration::from_secs(1));
        rates.check_address(address("10.0.0.2")).unwrap();
    }

    #[test]
    fn one_phone_cannot_use_up_the_turns_of_another() {
        let rates = rates(2, 0);
        let (mine, yours) = (DeviceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
        rates.check_device(Some(mine)).unwrap();
        rates.check_device(Some(mine)).unwrap();
        let wait = rates.check_device(Some(mine)).unwrap_err();
        assert!(wait > Duration::from_secs(20) && wait <= Duration::from_secs(30));
        rates.check_device(Some(yours)).unwrap();
        rates.check_device(None).unwrap();
    }

    #[test]
    fn zero_is_no_limit() {
        let rates = rates(0, 0);
        for _ in 0..2000 {
            rates.check_address(address("10.0.0.1")).unwrap();
            rates
                .check_device(Some(DeviceId::from_bytes([1; 16])))
                .unwrap();
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_a_mapped_address_is_itself() {
        assert_eq!(
            household(address("2001:db8::1")),
            household(address("2001:db8::ffff:2"))
        );
        assert_ne!(
            household(address("2001:db8::1")),
            household(address("2001:db8:0:1::1"))
        );
        assert_eq!(household(address("::ffff:10.0.0.1")), address("10.0.0.1"));
        let rates = rates(0, 1);
        for host in 1..=5 {
            let host = address(&format!("2001:db8::{host}"));
            rates.check_address(host).unwrap();
        }
        let sixth = rates.check_address(address("2001:db8::6"));
        assert!(sixth.is_err());
    }

    #[test]
    fn the_quiet_are_forgotten() {
        let rates = rates(100_000_000, 1_000_000);
        for last in 0..=255 {
            rates.check_address(IpAddr::from([10, 0, 0, last])).unwrap();
            let device = DeviceId::from_bytes([last; 16]);
            rates.check_device(Some(device)).unwrap();
        }
        let kept =
            || rates.addresses.as_ref().unwrap().len() + rates.devices.as_ref().unwrap().len();
        while kept() > 0 {
            rates.forget_the_quiet();
        }
    }
}
