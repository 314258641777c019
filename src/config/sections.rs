//! Every setting, its type and its default. `kiosk.toml` explains them to people.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::base_url::BaseUrl;
use super::value::{
    HostName, LogLevel, Pattern, between, database_name, header_key, kiosk_name, off_or_between,
    one_of, plain_id, text, texts,
};
use crate::domain::{
    Basis, Cidr, CountingPolicy, ExcusedCounts, Percent, Rotation, Secret, Semester, SharedDevice,
    UnknownStudents, Venue, Windows, Zone,
};

/// The configuration, in the sections of `kiosk.toml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub kiosk: KioskSection,
    /// The server that phones reach.
    pub server: ServerSection,
    /// When check-ins are taken, and of which students.
    pub check_in: CheckInSection,
    /// The code on the screen.
    pub qr: QrSection,
    /// How attendance is measured.
    pub attendance: AttendanceSection,
    pub firestore: FirestoreSection,
    pub portal: PortalSection,
    /// Lecturers at the kiosk.
    pub staff: StaffSection,
    pub log: LogSection,
}

impl Config {
    /// The windows of a session.
    #[must_use]
    pub fn windows(&self) -> Windows {
        Windows {
            opens_before: minutes(self.check_in.opens_before_minutes),
            on_time: minutes(self.check_in.on_time_minutes),
        }
    }

    /// How attendance is counted, and what an exam requires.
    #[must_use]
    pub fn counting(&self) -> CountingPolicy {
        let section = &self.attendance;
        CountingPolicy {
            planned_lessons: section.planned_lessons,
            required_percent: section.required_percent,
            warning_percent: section.warning_percent,
            basis: section.basis,
            excused: section.excused,
            excused_leaves_plan: section.excused_leaves_plan,
            lates_per_absence: section.lates_per_absence,
            minimum_lectures: section.minimum_lectures,
        }
    }

    /// How the code on the screen changes.
    #[must_use]
    pub fn rotation(&self) -> Rotation {
        Rotation::from_seconds(self.qr.rotate_seconds)
    }
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

/// `[kiosk]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KioskSection {
    /// Its id at the remotes; empty: generated once and kept in the database.
    #[serde(deserialize_with = "plain_id")]
    pub id: String,
    /// Its name on screen and pages.
    #[serde(deserialize_with = "kiosk_name")]
    pub name: String,
    /// The room that the kiosk is in.
    #[serde(with = "text")]
    pub venue: Venue,
    /// The zone in which dates and times are shown.
    #[serde(with = "text")]
    pub timezone: Zone,
    /// Whether the machine's clock is right without a time server.
    pub trust_clock: bool,
    /// The folder of database and log. Absolute once loaded.
    #[serde(with = "text")]
    pub data_dir: PathBuf,
    /// The folder of lists that staff ask for at the screen; `None`: `exports` beside the database.
    #[serde(with = "text")]
    pub export_dir: Option<PathBuf>,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSection {
    /// The address that phones are served at.
    #[serde(with = "text")]
    pub bind: SocketAddr,
    /// The address in the QR, where it is not derived from the network.
    #[serde(with = "text")]
    pub public_url: Option<BaseUrl>,
    /// The networks that may reach the server; empty: all.
    #[serde(with = "texts")]
    pub allow_cidr: Vec<Cidr>,
    /// Further names of the kiosk that browsers may ask for.
    #[serde(with = "texts")]
    pub host_names: Vec<HostName>,
    /// The certificate chain, in PEM.
    #[serde(with = "text")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    #[serde(with = "text")]
    pub tls_key: Option<PathBuf>,
    /// Another address for the staff pages.
    #[serde(with = "text")]
    pub staff_bind: Option<SocketAddr>,
    /// Check-ins per minute and phone; 0: no limit.
    #[serde(deserialize_with = "off_or_between::<1, 10_000, _>")]
    pub per_device_per_minute: u32,
    /// Requests per second and network address; 0: no limit.
    #[serde(deserialize_with = "off_or_between::<1, 100_000, _>")]
    pub per_address_per_second: u32,
}

/// `[check_in]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckInSection {
    /// What happens to a number that is on no roster.
    #[serde(deserialize_with = "one_of")]
    pub unknown_students: UnknownStudents,
    /// The form of this site's admission numbers.
    #[serde(with = "text")]
    pub admission_number_pattern: Pattern,
    /// Check-in opens this long before the start.
    #[serde(deserialize_with = "between::<0, 1440, _>")]
    pub opens_before_minutes: u32,
    /// A check-in is on time until this long after the start.
    #[serde(deserialize_with = "between::<0, 1440, _>")]
    pub on_time_minutes: u32,
    /// What happens when a second student checks in from one phone.
    #[serde(deserialize_with = "one_of")]
    pub shared_device: SharedDevice,
    /// How long a result stays on the screen.
    #[serde(deserialize_with = "between::<1, 60, _>")]
    pub result_seconds: u32,
}

/// `[qr]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QrSection {
    /// How long a code is shown; 0: it never changes.
    #[serde(deserialize_with = "off_or_between::<5, 3600, _>")]
    pub rotate_seconds: u32,
    /// How long a form stays valid after it was opened.
    #[serde(deserialize_with = "between::<10, 3600, _>")]
    pub ticket_seconds: u32,
}

/// `[attendance]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttendanceSection {
    /// Lessons planned in a semester, unless a unit has its own number.
    #[serde(deserialize_with = "between::<1, 1000, _>")]
    pub planned_lessons: u32,
    /// The attendance that is required to sit the exam.
    pub required_percent: Percent,
    /// Below this attendance a warning is shown.
    pub warning_percent: Percent,
    /// What the required attendance is a share of.
    #[serde(deserialize_with = "one_of")]
    pub basis: Basis,
    /// What a lecture counts for a student who missed it with an excuse.
    #[serde(deserialize_with = "one_of")]
    pub excused: ExcusedCounts,
    /// Whether a lecture that is left out for an excuse is taken off the plan too.
    pub excused_leaves_plan: bool,
    /// So many late arrivals cost one attended lecture; 0: none do.
    #[serde(deserialize_with = "off_or_between::<1, 1000, _>")]
    pub lates_per_absence: u32,
    /// With fewer lectures held nothing is decided.
    #[serde(deserialize_with = "between::<1, 1000, _>")]
    pub minimum_lectures: u32,
    /// Sessions that a unit can have in a semester.
    #[serde(deserialize_with = "between::<1, 1000, _>")]
    pub max_sessions: u32,
    /// The semester of sessions that are opened without one.
    #[serde(with = "text")]
    pub semester: Semester,
    /// The last day of that semester: after it no lecture is expected any more. None: until staff finish a unit.
    #[serde(with = "text")]
    pub last_day: Option<NaiveDate>,
}

/// `[firestore]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FirestoreSection {
    /// Whether check-ins are delivered there.
    pub enabled: bool,
    /// The project; empty: the one of the credentials.
    #[serde(deserialize_with = "plain_id")]
    pub project_id: String,
    /// The service account's key file.
    #[serde(with = "text")]
    pub credentials_path: Option<PathBuf>,
    /// The database in the project.
    #[serde(deserialize_with = "database_name")]
    pub database: String,
    /// Whether other kiosks' records of the open session are fetched.
    pub mirror: bool,
    /// Records sent per second; 0: no limit.
    #[serde(deserialize_with = "off_or_between::<1, 10_000, _>")]
    pub max_records_per_second: u32,
}

/// `[portal]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortalSection {
    /// The portal's address; none: nothing is delivered there.
    #[serde(with = "text")]
    pub url: Option<BaseUrl>,
    /// The key that authenticates this kiosk.
    #[serde(deserialize_with = "header_key")]
    pub api_key: Secret,
    /// How long to wait for an answer.
    #[serde(deserialize_with = "between::<1, 120, _>")]
    pub timeout_seconds: u32,
    /// Whether the key is repeated in the body, for older portals.
    pub api_key_in_body: bool,
}

/// `[staff]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StaffSection {
    /// The staff area locks itself after this long without a key.
    #[serde(deserialize_with = "between::<10, 3600, _>")]
    pub lock_after_seconds: u32,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSection {
    /// The file; none: the journal when under systemd, else `kiosk.log` in the data folder.
    #[serde(with = "text")]
    pub file: Option<PathBuf>,
    /// How much is logged.
    #[serde(with = "text")]
    pub level: LogLevel,
}

impl Default for KioskSection {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: "Attendance kiosk".to_owned(),
            venue: Venue::default(),
            timezone: Zone::parse("Africa/Nairobi").expect("the zone is in the database"),
            trust_clock: false,
            data_dir: PathBuf::from("data"),
            export_dir: None,
        }
    }
}

impl KioskSection {
    /// The folder of lists that staff ask for at the screen.
    #[must_use]
    pub fn export_dir(&self) -> PathBuf {
        let own = self.export_dir.clone();
        own.unwrap_or_else(|| self.data_dir.join("exports"))
    }
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)),
            public_url: None,
            allow_cidr: Vec::new(),
            host_names: Vec::new(),
            tls_cert: None,
            tls_key: None,
            staff_bind: None,
            per_device_per_minute: 20,
            per_address_per_second: 300,
        }
    }
}

impl ServerSection {
    /// The address in the QR; empty where it is derived from the network.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.public_url.as_ref().map_or("", BaseUrl::as_str)
    }
}

impl Default for CheckInSection {
    fn default() -> Self {
        Self {
            unknown_students: UnknownStudents::Auto,
            admission_number_pattern: Pattern::default(),
            opens_before_minutes: 10,
            on_time_minutes: 10,
            shared_device: SharedDevice::Flag,
            result_seconds: 4,
        }
    }
}

impl Default for QrSection {
    fn default() -> Self {
        Self {
            rotate_seconds: 20,
            ticket_seconds: 180,
        }
    }
}

impl Default for AttendanceSection {
    fn default() -> Self {
        let policy = CountingPolicy::default();
        Self {
            planned_lessons: policy.planned_lessons,
            required_percent: policy.required_percent,
            warning_percent: policy.warning_percent,
            basis: policy.basis,
            excused: policy.excused,
            excused_leaves_plan: policy.excused_leaves_plan,
            lates_per_absence: policy.lates_per_absence,
            minimum_lectures: policy.minimum_lectures,
            max_sessions: 13,
            semester: Semester::parse("1").expect("a label of one character is short enough"),
            last_day: None,
        }
    }
}

impl Default for FirestoreSection {
    fn default() -> Self {
        Self {
            enabled: true,
            project_id: String::new(),
            credentials_path: None,
            database: "(default)".to_owned(),
            mirror: true,
            max_records_per_second: 250,
        }
    }
}

impl Default for PortalSection {
    fn default() -> Self {
        Self {
            url: None,
            api_key: Secret::default(),
            timeout_seconds: 10,
            api_key_in_body: false,
        }
    }
}

impl Default for StaffSection {
    fn default() -> Self {
        Self {
            lock_after_seconds: 120,
        }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            file: None,
            level: LogLevel::Info,
        }
    }
}
