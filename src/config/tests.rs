//! The configuration as an administrator meets it: a folder, an environment, a sentence when it is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A working directory with files in it, and an environment.
struct Site {
    folder: TempDir,
    variables: BTreeMap<String, String>,
    flags: ConfigFlags,
}

impl Site {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: BTreeMap::new(),
            flags: ConfigFlags::default(),
        }
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn toml(self, text: &str) -> Self {
        self.file("kiosk.toml", text)
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn set(mut self, text: &str) -> Self {
        self.flags.set.push(text.to_owned());
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn load(&self) -> Result<Loaded, ConfigError> {
        let mut environment =
            Environment::new(self.variables.clone(), self.folder.path().to_owned());
        environment.system_directory = self.path("etc");
        environment.state_directory = self.path("state");
        Config::load(&self.flags, &environment)
    }

    fn loaded(&self) -> Loaded {
        self.load().unwrap()
    }

    /// The complaint, with the folder's random name taken out.
    fn complaint(&self) -> String {
        let error = self.load().expect_err("the configuration is wrong");
        error
            .to_string()
            .replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn complaint_about(toml: &str) -> String {
    Site::new().toml(toml).complaint()
}

#[test]
fn without_anything_the_defaults_stand() {
    let loaded = Site::new().loaded();
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.config.server, Config::default().server);
    assert_eq!(loaded.source("server.bind"), SettingSource::Default);
}

#[test]
fn the_manual_equals_the_defaults() {
    let read = Config::from_toml(Path::new("kiosk.toml"), MANUAL).unwrap();
    assert_eq!(read, Config::default());
}

#[test]
fn the_manual_has_every_setting_and_explains_it() {
    let manual: toml::Table = MANUAL.parse().unwrap();
    let defaults = toml::Table::try_from(Config::default()).unwrap();
    for (section, keys) in &defaults {
        for key in keys.as_table().unwrap().keys() {
            assert!(
                manual.get(section).and_then(|s| s.get(key)).is_some(),
                "kiosk.toml does not show {section}.{key}"
            );
        }
    }
    // Every group of settings stands under a comment.
    for (index, line) in MANUAL.lines().enumerate() {
        let before = MANUAL.lines().nth(index.saturating_sub(1)).unwrap();
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(
                !before.is_empty() && !before.starts_with('['),
                "line {} is not explained",
                index + 1
            );
        }
    }
}

#[test]
fn later_sources_win() {
    let mut site = Site::new();
    let bind = |site: &Site| {
        let loaded = site.loaded();
        (
            loaded.config.server.bind.port(),
            loaded.source("server.bind").to_string(),
        )
    };
    assert_eq!(bind(&site), (8080, "default".to_owned()));
    site = site.toml("# one\n[server]\nbind = \"0.0.0.0:1\"\n");
    let (port, source) = bind(&site);
    assert!(
        port == 1 && source.ends_with("/kiosk.toml line 3"),
        "{source}"
    );
    site = site.file(".env", "KIOSK__SERVER__BIND=0.0.0.0:2\nOTHER=x\n");
    assert_eq!(bind(&site), (2, "KIOSK__SERVER__BIND in .env".to_owned()));
    site = site.variable("KIOSK__SERVER__BIND", "0.0.0.0:3");
    assert_eq!(
        bind(&site),
        (3, "environment variable KIOSK__SERVER__BIND".to_owned())
    );
    site = site
        .set("server.bind=0.0.0.0:4")
        .set("server.bind=0.0.0.0:5");
    assert_eq!(bind(&site), (5, "--set".to_owned()));
}

#[test]
fn the_file_is_looked_for_in_order() {
    let name = |site: &Site| site.loaded().config.kiosk.name;
    let mut site = Site::new().file("etc/kiosk.toml", "[kiosk]\nname = \"etc\"");
    assert_eq!(name(&site), "etc");
    site = site.toml("[kiosk]\nname = \"here\"");
    assert_eq!(name(&site), "here");
    site = site
        .file("other.toml", "[kiosk]\nname = \"variable\"")
        .variable("KIOSK_CONFIG", "other.toml");
    assert_eq!(name(&site), "variable");
    site = site.file("flag.toml", "[kiosk]\nname = \"flag\"");
    site.flags.config = Some("flag.toml".into());
    assert_eq!(name(&site), "flag");
    site.flags.config = Some("gone.toml".into());
    assert!(
        site.complaint()
            .starts_with("the configuration file gone.toml cannot be read")
    );
}

#[test]
fn relative_paths_start_from_the_working_directory_or_the_service_s() {
    let here = Site::new().toml("[log]\nfile = \"k.log\"");
    assert_eq!(here.loaded().config.kiosk.data_dir, here.path("data"));
    assert_eq!(here.loaded().config.log.file, Some(here.path("k.log")));
    let packaged = Site::new().file("etc/kiosk.toml", "");
    assert_eq!(
        packaged.loaded().config.kiosk.data_dir,
        packaged.path("state/data")
    );
    let absolute = Site::new().toml("[kiosk]\ndata_dir = \"/srv/kiosk\"");
    assert_eq!(
        absolute.loaded().config.kiosk.data_dir,
        Path::new("/srv/kiosk")
    );
}

/// What is written, and how the complaint begins.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[kiosk]\nname = \"K\"\n[servr]\n",
        "kiosk.toml line 3: there is no section [servr]; the sections are attendance, check_in, ",
    ),
    (
        "[server]\n\nbnd = 1",
        "kiosk.toml line 3: [server] has no setting \"bnd\"; its settings are allow_cidr, bind, ",
    ),
    (
        "[kiosk]\nbind = \"x\"",
        "kiosk.toml line 2: [kiosk] has no setting bind; did you mean server.bind?",
    ),
    (
        "bind = \"x\"",
        "kiosk.toml line 1: bind is outside its section; write it under [server]",
    ),
    (
        "kiosk = 3",
        "kiosk.toml line 1: kiosk is a section; write [kiosk] and its settings below",
    ),
    (
        "[[kiosk]]\nname = \"K\"",
        "kiosk.toml line 1: kiosk is a section;",
    ),
    ("[kiosk]\nname = K", "kiosk.toml line 2: this is not TOML ("),
    (
        "[kiosk]\nname = \"a\"\nname = \"b\"",
        "kiosk.toml line 3: this is not TOML (duplicate key",
    ),
    (
        "[kiosk]\nname = 7",
        "kiosk.toml line 2: kiosk.name must be text in quotes",
    ),
    (
        "[kiosk]\nname = \"\"",
        "kiosk.toml line 2: kiosk.name must be one line of 1 to 60 printable characters",
    ),
    (
        "[kiosk]\nid = \"a b\"",
        "kiosk.toml line 2: kiosk.id must be at most 100 letters",
    ),
    (
        "[kiosk]\ntimezone = \"Nairobi\"",
        "kiosk.toml line 2: kiosk.timezone must be an IANA time zone such as \"Africa/Nairobi\", not \"Nairobi\"",
    ),
    (
        "[server]\nbind = \"8080\"",
        "kiosk.toml line 2: server.bind must be an IP address and a port such as \"0.0.0.0:8080\", not \"8080\"",
    ),
    (
        "[server]\npublic_url = \"http://x/kiosk\"",
        "kiosk.toml line 2: server.public_url must end after the host and port",
    ),
    (
        "[server]\nallow_cidr = [\"10.0.0.1/8\"]",
        "kiosk.toml line 2: server.allow_cidr must list ranges by their first address",
    ),
    (
        "[server]\nallow_cidr = [10]",
        "kiosk.toml line 2: server.allow_cidr must be a list of texts",
    ),
    (
        "[server]\ntls_cert = \"c.pem\"",
        "kiosk.toml line 2: server.tls_cert needs server.tls_key beside it",
    ),
    (
        "[server]\nstaff_bind = \"0.0.0.0:8080\"",
        "kiosk.toml line 2: server.staff_bind must differ from server.bind",
    ),
    (
        "[check_in]\nunknown_students = \"allow\"",
        "kiosk.toml line 2: check_in.unknown_students is `allow`, but must be one of `auto`, `register`, `pending`, `reject`",
    ),
    (
        "[check_in]\nadmission_number_pattern = \"(\"",
        "kiosk.toml line 2: check_in.admission_number_pattern must be a regular expression such as",
    ),
    (
        "[check_in]\nresult_seconds = 0",
        "kiosk.toml line 2: check_in.result_seconds must be between 1 and 60, not 0",
    ),
    (
        "[check_in]\non_time_minutes = -1",
        "kiosk.toml line 2: check_in.on_time_minutes must be between 0 and 1440, not -1",
    ),
    (
        "[qr]\nrotate_seconds = 4",
        "kiosk.toml line 2: qr.rotate_seconds must be 0 or between 5 and 3600, not 4",
    ),
    (
        "[qr]\nrotate_seconds = \"20\"",
        "kiosk.toml line 2: qr.rotate_seconds must be a whole number",
    ),
    (
        "[qr]\nrotate_seconds = 20.5",
        "kiosk.toml line 2: qr.rotate_seconds must be a whole number",
    ),
    (
        "[attendance]\nrequired_percent = 101",
        "kiosk.toml line 2: attendance.required_percent must be a percentage from 0 to 100, such as 75, 66.5 or 200/3",
    ),
    (
        "[attendance]\nrequired_percent = 90",
        "kiosk.toml line 2: attendance.required_percent (90) must not be above warning_percent (80)",
    ),
    (
        "[attendance]\nwarning_percent = 70",
        "kiosk.toml line 2: attendance.warning_percent (70) must not be below required_percent (75)",
    ),
    (
        "[firestore]\nenabled = 1",
        "kiosk.toml line 2: firestore.enabled must be true or false",
    ),
    (
        "[firestore]\nproject_id = \"a/b\"",
        "kiosk.toml line 2: firestore.project_id must be",
    ),
    (
        "[firestore]\ndatabase = \"\"",
        "kiosk.toml line 2: firestore.database must be \"(default)\"",
    ),
    (
        "[portal]\nurl = \"portal\"",
        "kiosk.toml line 2: portal.url must be an address such as",
    ),
    (
        "[log]\nlevel = \"loud\"",
        "kiosk.toml line 2: log.level must be \"error\", \"warn\"",
    ),
];

#[test]
fn every_mistake_names_its_place_and_the_remedy() {
    for (toml, expected) in MISTAKES {
        let complaint = complaint_about(toml);
        assert!(
            complaint.starts_with(expected),
            "{toml}\ngives    {complaint}\nexpected {expected}"
        );
        assert!(!complaint.contains('\n'), "one sentence: {complaint}");
    }
}

#[test]
fn mistakes_outside_the_file_name_the_variable_or_the_flag() {
    let cases = [
        (
            Site::new().variable("KIOSK__QR__ROTATE_SECONDS", "fast"),
            "environment variable KIOSK__QR__ROTATE_SECONDS: qr.rotate_seconds must be a whole number",
        ),
        (
            Site::new().variable("KIOSK__QR__ROTATE_SECOND", "20"),
            "environment variable KIOSK__QR__ROTATE_SECOND: [qr] has no setting \"rotate_second\"",
        ),
        (
            Site::new().variable("KIOSK__NAME", "K"),
            "environment variable KIOSK__NAME: name is outside its section; write it under [kiosk]",
        ),
        (
            Site::new().variable("PORTAL_SYNC_TIMEOUT", "0"),
            "environment variable PORTAL_SYNC_TIMEOUT: portal.timeout_seconds must be between 1 and 120, not 0",
        ),
        (
            Site::new().file(".env", "A=1\nLECTURER_PORTAL_API_URL=portal\n"),
            "LECTURER_PORTAL_API_URL in .env: portal.url must be an address",
        ),
        (
            Site::new().file(".env", "A=1\n\nB\n"),
            ".env line 3: this is not `NAME=value`",
        ),
        (
            Site::new().set("server.bind"),
            "--set server.bind: write it as SECTION.KEY=VALUE",
        ),
        (
            Site::new().set("bind=1"),
            "--set bind: write it as SECTION.KEY=VALUE",
        ),
        (
            Site::new().set("server.bind=1"),
            "--set: server.bind must be an IP address and a port",
        ),
    ];
    for (site, expected) in cases {
        let complaint = site.complaint();
        assert!(
            complaint.starts_with(expected),
            "{complaint}\nexpected {expected}"
        );
    }
}

#[test]
fn text_from_the_environment_becomes_what_the_setting_is() {
    let config = Site::new()
        .variable("KIOSK__KIOSK__NAME", "2024")
        .variable("KIOSK__SERVER__ALLOW_CIDR", "10.0.0.0/8, 192.168.1.7")
        .variable("KIOSK__FIRESTORE__ENABLED", "false")
        .variable("KIOSK__CHECK_IN__UNKNOWN_STUDENTS", "pending")
        .variable("KIOSK__QR__ROTATE_SECONDS", " 30 ")
        .loaded()
        .config;
    assert_eq!(config.kiosk.name, "2024");
    assert_eq!(config.server.allow_cidr.len(), 2);
    assert!(!config.firestore.enabled);
    assert_eq!(config.qr.rotate_seconds, 30);
}

#[test]
fn the_portal_is_known_by_the_names_of_the_system_around() {
    let site = Site::new()
        .toml("[portal]\nurl = \"http://file\"\napi_key = \"file\"\n")
        .variable("LECTURER_PORTAL_API_URL", "https://portal.example/")
        .variable("LECTURER_PORTAL_API_KEY", "k1")
        .variable("PORTAL_SYNC_TIMEOUT", "3");
    let portal = site.loaded().config.portal;
    assert_eq!(portal.url.unwrap().as_str(), "https://portal.example");
    assert_eq!(portal.api_key.reveal(), "k1");
    assert_eq!(portal.timeout_seconds, 3);
    let emptied = site.variable("LECTURER_PORTAL_API_KEY", "");
    assert_eq!(
        emptied.loaded().config.portal.api_key.reveal(),
        "file",
        "an empty variable is absent"
    );
    let own_name = emptied.variable("KIOSK__PORTAL__URL", "");
    assert_eq!(
        own_name.loaded().config.portal.url,
        None,
        "an own variable can empty a setting"
    );
}

#[test]
fn systemd_s_credential_is_found_unless_it_is_empty_or_unset() {
    let key = |text: &str| {
        let site = Site::new().file("creds/portal-api-key", text);
        let folder = site.path("creds").display().to_string();
        let loaded = site.variable("CREDENTIALS_DIRECTORY", &folder).loaded();
        loaded.config.portal.api_key.reveal().to_owned()
    };
    assert_eq!(key("k2\n"), "k2");
    assert_eq!(key(""), "");
    assert_eq!(key("unset"), "");
}

#[test]
fn places_of_firebase_credentials_are_handed_on_in_order() {
    let places = |site: &Site| match site.loaded().firestore {
        FirestoreAccess::Account(places) => places,
        other => panic!("{other:?}"),
    };
    let mut site = Site::new();
    assert_eq!(places(&site).config_dir, site.path(""));
    site = site
        .toml("[firestore]\ncredentials_path = \"a.json\"")
        .variable("FIREBASE_CREDENTIALS_PATH", "b.json")
        .variable("FIREBASE_CREDENTIALS_JSON", "{}")
        .variable("CREDENTIALS_DIRECTORY", "/run/credentials/kiosk");
    let found = places(&site);
    assert_eq!(found.json.reveal(), "{}");
    assert_eq!(found.env_path, Some(site.path("b.json")));
    assert_eq!(found.config_path, Some(site.path("a.json")));
    assert_eq!(found.systemd_dir, Some("/run/credentials/kiosk".into()));
    let words = site.loaded().firestore.to_string();
    let order = [
        "FIREBASE_CREDENTIALS_JSON",
        "b.json",
        "a.json",
        "firebase-credentials.json",
        "/run/credentials",
    ];
    let at: Vec<usize> = order
        .iter()
        .map(|place| words.find(place).unwrap())
        .collect();
    assert!(at.is_sorted(), "{words}");
    let off = Site::new().set("firestore.enabled=false");
    assert_eq!(off.loaded().firestore, FirestoreAccess::Off);
}

#[test]
fn an_emulator_needs_no_credentials() {
    let project = |site: &Site| match site.loaded().firestore {
        FirestoreAccess::Emulator { host, project_id } => {
            assert_eq!(host, "127.0.0.1:8900");
            project_id
        }
        other => panic!("{other:?}"),
    };
    let mut site = Site::new().variable("FIRESTORE_EMULATOR_HOST", "127.0.0.1:8900");
    assert_eq!(project(&site), "demo-kiosk");
    site = site.set("firestore.project_id=from-file");
    assert_eq!(project(&site), "from-file");
    site = site.variable("GOOGLE_CLOUD_PROJECT", "from-env");
    assert_eq!(project(&site), "from-env");
}

#[test]
fn no_secret_is_ever_shown() {
    let loaded = Site::new()
        .toml("[portal]\napi_key = \"s3cr3t\"\nurl = \"http://p\"")
        .variable("FIREBASE_CREDENTIALS_JSON", r#"{"private_key":"s3cr3t"}"#)
        .loaded();
    let shown = format!(
        "{loaded:?}{}{}",
        loaded.to_text(),
        serde_json::to_value(loaded.to_json()).unwrap()
    );
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(
        loaded.to_text().contains("api_key = \"(hidden)\""),
        "{}",
        loaded.to_text()
    );
    for wrong in [
        "[portal]\napi_key = \"s3cr3t key\"",
        "[portal]\napi_key = [\"s3cr3t\"]",
        "[portal]\napi_key = s3cr3t",
    ] {
        assert!(
            !complaint_about(wrong).contains("s3cr3t"),
            "{}",
            complaint_about(wrong)
        );
    }
    let dot_env = Site::new().file(".env", "KEY s3cr3t\n");
    assert!(!dot_env.complaint().contains("s3cr3t"));
}

#[test]
fn the_listing_names_the_source_of_each_value() {
    let loaded = Site::new().set("qr.rotate_seconds=30").loaded();
    let text = loaded.to_text();
    let line = |key: &str| {
        text.lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned()
    };
    assert!(line("rotate_seconds").ends_with("# --set"), "{text}");
    assert!(line("ticket_seconds").ends_with("# default"), "{text}");
    let json = serde_json::to_value(loaded.to_json()).unwrap();
    assert_eq!(json["settings"]["qr"]["rotate_seconds"], 30);
    assert_eq!(json["sources"]["qr.rotate_seconds"], "--set");
    // The listing is itself a configuration.
    assert!(Config::from_toml(Path::new("x"), &text).is_ok(), "{text}");
}

#[test]
fn a_value_as_deep_as_the_parser_lets_it_be_is_refused() {
    let level = format!("{{{}b = ", "a.".repeat(78));
    let deep = [level.repeat(79), "1".to_owned(), "}".repeat(79)].concat();
    let toml = format!("[server]\nbind = {deep}");
    // The main thread reads the configuration, and has more of a stack than a test.
    let main = std::thread::Builder::new().stack_size(8 << 20);
    let read = main.spawn(move || complaint_about(&toml)).unwrap();
    assert_eq!(
        read.join().unwrap(),
        "kiosk.toml line 2: server.bind must be text in quotes"
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_in_one_line(text in "(\\[(kiosk|server|qr)\\]\n)?[a-z_ =\"\\[\\]{}.,0-9\n\u{0}-\u{ff}]{0,80}") {
        if let Err(error) = Config::from_toml(Path::new("kiosk.toml"), &text) {
            let error = error.to_string();
            prop_assert!(!error.chars().any(char::is_control), "{error:?}");
        }
    }
}

/// Lets every user of the machine write a file.
fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
}

#[test]
fn a_configuration_that_others_can_write_is_passed_over_and_named() {
    let site = Site::new()
        .toml("[kiosk]\nvenue = \"Planted\"\n")
        .file("etc/kiosk.toml", "[kiosk]\nvenue = \"Room 101\"\n");
    open_to_all(&site.path("kiosk.toml"));
    let loaded = site.loaded();
    assert_eq!(loaded.config.kiosk.venue.as_str(), "Room 101");
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains("kiosk.toml is not read: other users can change it"),
        "{warnings:?}"
    );
    // Named, it is meant.
    let mut named = site;
    named.flags.config = Some(PathBuf::from("kiosk.toml"));
    let loaded = named.loaded();
    assert_eq!(loaded.config.kiosk.venue.as_str(), "Planted");
    assert!(matches!(
        loaded.warnings[..],
        [FileWarning::Doubtful { .. }]
    ));
}

#[test]
fn nothing_is_run_by_the_defaults_where_the_only_configuration_is_doubtful() {
    let site = Site::new().toml("[kiosk]\nvenue = \"Planted\"\n");
    open_to_all(&site.path("kiosk.toml"));
    assert_eq!(
        site.complaint(),
        "the configuration file kiosk.toml is not read: other users can change it; `chmod go-w` that file ends \
         this; name it with --config if it is meant"
    );
}

#[test]
fn variables_are_read_beside_the_configuration_alone() {
    let url = "LECTURER_PORTAL_API_URL=https://planted.example\n";
    let site = Site::new()
        .file(".env", url)
        .file("etc/kiosk.toml", "[kiosk]\nvenue = \"Room 101\"\n");
    let loaded = site.loaded();
    assert_eq!(loaded.source("portal.url"), SettingSource::Default);
    assert_eq!(
        loaded.warnings,
        [FileWarning::Elsewhere {
            path: site.path(".env"),
            folder: site.path("etc"),
        }]
    );
    let site = site.file("etc/.env", url);
    assert_ne!(site.loaded().source("portal.url"), SettingSource::Default);
    open_to_all(&site.path("etc/.env"));
    let loaded = site.loaded();
    assert_eq!(loaded.source("portal.url"), SettingSource::Default);
    assert!(matches!(
        loaded.warnings[..],
        [
            FileWarning::Elsewhere { .. },
            FileWarning::VariablesNotBelieved { .. }
        ]
    ));
}
