//! The backups of a data directory: one a day, and putting one in the place of the database.
//!
//! A database that is replaced is kept under another name. Nothing here deletes a database;
//! only daily backups beyond the number that is kept go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use tokio_util::sync::CancellationToken;

use super::clean_shutdown;
use super::data_dir::DataDir;
use crate::clock::Clock;
use crate::domain::{Timestamp, Zone};
use crate::store::Store;
use crate::store::backup::{self, Backup, BackupError, DatabaseContent, Secrets};
use crate::store::secrets;

/// Daily backups that are kept: two weeks (feature K6).
const KEPT: usize = 14;
/// The hour of the daily backup, in local time: there are no classes. A kiosk that is off then makes it at the next
/// start.
const BACKUP_HOUR: u32 = 3;
/// Between two looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_mins(10);
/// How the names of daily backups begin; what follows is the date, so that they sort by age.
const DAILY: &str = "daily-";
/// How the names of databases that were set aside begin.
const ASIDE: &str = "kiosk.db.aside-";

/// Makes a backup, under the given name or a new one. One that stays in the data directory has the keys, PINs and
/// sign-ins, also where they are not asked for.
///
/// # Errors
/// A sentence, when there is no copy.
pub fn back_up(
    data_dir: &Path,
    to: Option<&Path>,
    asked: Secrets,
    now: Timestamp,
) -> anyhow::Result<(Backup, Secrets)> {
    let database = DataDir::at(data_dir).database();
    let to = match to {
        Some(to) => to.to_owned(),
        None => DataDir::at(data_dir)
            .backups()
            .join(format!("manual-{}.db", stamp(now))),
    };
    let secrets = if is_within(&to, data_dir) {
        Secrets::Kept
    } else {
        asked
    };
    Ok((backup::back_up(&database, &to, secrets)?, secrets))
}

/// Writes a backup to a stream, such as the input of a program that encrypts it.
///
/// # Errors
/// A sentence, when the stream has not got a whole copy.
pub fn stream_backup(
    data_dir: &Path,
    secrets: Secrets,
    to: &mut impl io::Write,
) -> anyhow::Result<()> {
    let data = DataDir::at(data_dir);
    // In the data directory: it is private, and has room for a copy.
    let folder = tempfile::tempdir_in(data_dir).context("the data directory cannot be written")?;
    let copy = folder.path().join("kiosk.db");
    backup::back_up(&data.database(), &copy, secrets)?;
    io::copy(&mut fs::File::open(&copy)?, to).context("the backup could not be written whole")?;
    Ok(to.flush()?)
}

/// Whether a file that may not exist yet is below a folder, however both are named.
fn is_within(file: &Path, folder: &Path) -> bool {
    let existing = file.ancestors().skip(1).find_map(|part| {
        let part = if part.as_os_str().is_empty() {
            Path::new(".")
        } else {
            part
        };
        part.canonicalize().ok()
    });
    let folder = folder.canonicalize().ok();
    existing
        .zip(folder)
        .is_some_and(|(file, folder)| file.starts_with(folder))
}

/// Makes a backup each day until stopped.
pub(super) async fn daily(data_dir: PathBuf, clock: Clock, zone: Zone, stop: CancellationToken) {
    loop {
        // Not right after the start, when people wait for the kiosk.
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let (data_dir, now) = (data_dir.clone(), clock.now());
        let made = tokio::task::spawn_blocking(move || make_todays(&data_dir, zone, now)).await;
        match made {
            Ok(Ok(Some(backup))) => {
                tracing::info!(backup.bytes = backup.bytes, "the day's backup was made");
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the day's backup could not be made"),
            Err(error) => tracing::error!(%error, "the day's backup broke off"),
        }
    }
}

/// The day's backup, unless it is too early or there is one.
fn make_todays(data_dir: &Path, zone: Zone, now: Timestamp) -> Result<Option<Backup>, BackupError> {
    let database = DataDir::at(data_dir).database();
    let folder = DataDir::at(data_dir).backups();
    let to = folder.join(format!("{DAILY}{}.db", zone.date(now)));
    let hour: u32 = zone.hour_minute(now)[..2].parse().unwrap_or(BACKUP_HOUR);
    if hour < BACKUP_HOUR || to.exists() {
        return Ok(None);
    }
    let made = backup::back_up(&database, &to, Secrets::Kept)?;
    // Only now: where no new one can be made, the old ones are all there is.
    for old in daily_backups(&folder).iter().rev().skip(KEPT) {
        let gone = fs::remove_file(old).and_then(|()| fs::remove_file(backup::checksum_file(old)));
        if let Err(error) = gone {
            tracing::warn!(%error, "an old backup could not be removed");
        }
    }
    Ok(Some(made))
}

/// The daily backups of a folder, oldest first.
fn daily_backups(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = backups(folder)
        .into_iter()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(DAILY)
        })
        .collect();
    found.sort();
    found
}

/// Every file that may be a backup.
fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "db"))
        .collect()
}

/// The newest backup that is sound, when it was made, and what is in it.
#[must_use]
pub fn newest_good(data_dir: &Path) -> Option<(PathBuf, SystemTime, DatabaseContent)> {
    let made_at = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let mut all: Vec<(SystemTime, PathBuf)> = backups(&DataDir::at(data_dir).backups())
        .into_iter()
        .filter_map(|path| Some((made_at(&path)?, path)))
        .collect();
    all.sort();
    all.into_iter().rev().find_map(|(made_at, path)| {
        let sound = backup::verify(&path).ok()?;
        Some((path, made_at, sound))
    })
}

/// Where the database comes from that is put in place.
#[derive(Debug, Clone)]
pub enum Origin {
    /// This backup file.
    File(PathBuf),
    /// The newest sound one of the data directory.
    Newest,
    /// None: a kiosk that knows nobody.
    Nothing,
}

/// What a restoration has done.
#[derive(Debug)]
pub struct Restored {
    /// From where; `None` when it begins with nothing.
    pub from: Option<PathBuf>,
    /// What is in it.
    pub content: Option<DatabaseContent>,
    /// Where the previous database is now; `None` when there was none.
    pub aside: Option<PathBuf>,
    /// Whether PINs and keys are there: those of the backup, or of the database that it replaces.
    pub has_secrets: bool,
}

/// Puts a backup in the place of the database, which is kept under another name.
///
/// # Errors
/// A sentence; the database is then where it was, or set aside and nothing in its place.
pub fn restore(data_dir: &Path, origin: &Origin) -> anyhow::Result<Restored> {
    DataDir::at(data_dir).create()?;
    let _lock = DataDir::at(data_dir).lock()?;
    let database = DataDir::at(data_dir).database();
    let from = match origin {
        Origin::File(file) => Some(file.clone()),
        Origin::Newest => match newest_good(data_dir) {
            Some((file, ..)) => Some(file),
            None => bail!(
                "there is no sound backup in {}: name one, or begin with nothing by `kiosk restore --empty`",
                DataDir::at(data_dir).backups().display()
            ),
        },
        Origin::Nothing => None,
    };
    let Some(from) = from else {
        let aside = set_aside(data_dir)?;
        Store::open(&database)?;
        return Ok(Restored {
            from: None,
            content: None,
            aside,
            has_secrets: true,
        });
    };
    let incoming = data_dir.join("kiosk.db.incoming");
    let content = bring_in(&from, &incoming);
    if content.is_err() {
        let _ = fs::remove_file(&incoming);
    }
    let content = content?;
    let aside = set_aside(data_dir)?;
    fs::rename(&incoming, &database)
        .and_then(|()| backup::sync_folder_of(&database))
        .with_context(|| format!("{} cannot be put in place", database.display()))?;
    let has_secrets = secrets::are_in(&database)?
        || aside
            .as_deref()
            .is_some_and(|aside| bring_back_secrets(&database, aside));
    Ok(Restored {
        from: Some(from),
        content: Some(content),
        aside,
        has_secrets,
    })
}

/// Keys and PINs for a database that came without. The one that it replaces may be damaged: then PINs are set anew.
fn bring_back_secrets(database: &Path, aside: &Path) -> bool {
    let brought = secrets::bring_back(database, aside).and_then(|()| secrets::are_in(database));
    brought.unwrap_or_else(|error| {
        tracing::warn!(%error, "keys and PINs could not be taken from the database that was replaced");
        false
    })
}

/// Copies a backup beside the database and reads the copy whole: what is put in place is what was judged.
fn bring_in(from: &Path, incoming: &Path) -> anyhow::Result<DatabaseContent> {
    use std::os::unix::fs::PermissionsExt as _;
    let sound = backup::verify(from)?;
    fs::copy(from, incoming)
        .and_then(|_| fs::set_permissions(incoming, fs::Permissions::from_mode(0o600)))
        .and_then(|()| fs::File::open(incoming)?.sync_all())
        .with_context(|| format!("{} cannot be copied to the data directory", from.display()))?;
    if backup::verify(incoming)? != sound {
        bail!(
            "{} was not copied faithfully: check the disk",
            from.display()
        );
    }
    Ok(sound)
}

/// Gives the database and its log other names, all of them together, and says which. Without its log a
/// database lacks its latest records; a log that stayed would be taken for that of the next database.
pub(super) fn set_aside(data_dir: &Path) -> anyhow::Result<Option<PathBuf>> {
    let database = DataDir::at(data_dir).database();
    let parts = ["", "-wal", "-shm"];
    let part = |of: &Path, suffix: &str| PathBuf::from(format!("{}{suffix}", of.display()));
    if !parts.iter().any(|suffix| part(&database, suffix).exists()) {
        return Ok(None);
    }
    let aside = (1..10_000)
        .map(|number| data_dir.join(format!("{ASIDE}{number}")))
        .find(|name| !parts.iter().any(|suffix| part(name, suffix).exists()))
        .context("there is no free name")?;
    for suffix in parts {
        match fs::rename(part(&database, suffix), part(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| {
                    format!("{}{suffix} cannot be set aside", database.display())
                });
            }
            _ => {}
        }
    }
    backup::sync_folder_of(&database).context("the data directory cannot be written")?;
    Ok(Some(aside))
}

/// Refuses to make a new database where one was set aside: a kiosk that has lost its records must not continue
/// as if it never had one.
///
/// # Errors
/// A sentence that says what to do.
pub(super) fn refuse_new_database_after_loss(data_dir: &Path) -> anyhow::Result<()> {
    if DataDir::at(data_dir).database().exists() {
        return Ok(());
    }
    match newest_aside(data_dir) {
        Some(aside) => bail!("{}", what_to_do(data_dir, &aside)),
        None => Ok(()),
    }
}

/// Reads a database before it is used, unless it is as an orderly stop left it; one that is damaged is set
/// aside.
///
/// # Errors
/// A sentence that says what to do, when it was damaged.
pub(super) fn examine_at_start(data_dir: &Path) -> anyhow::Result<()> {
    let database = DataDir::at(data_dir).database();
    if !database.exists() || clean_shutdown::take(data_dir) {
        return Ok(());
    }
    match backup::check_quickly(&database) {
        Err(error) if is_damage(&error) => {
            tracing::error!(%error, "the database is damaged and is set aside");
            let Some(aside) = set_aside(data_dir)? else {
                return Ok(());
            };
            bail!("{}", what_to_do(data_dir, &aside));
        }
        // Opening it reports every other problem.
        _ => Ok(()),
    }
}

/// Whether a file cannot be trusted any more; anything else may go away by itself.
fn is_damage(error: &BackupError) -> bool {
    use crate::store::{OpenError, StoreError};
    match error {
        BackupError::Damaged { .. } => true,
        BackupError::Open(OpenError::Store { source, .. }) => {
            matches!(source, StoreError::Damaged(_))
        }
        _ => false,
    }
}

/// The database that was set aside last.
#[must_use]
pub fn newest_aside(data_dir: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(data_dir).into_iter().flatten().flatten();
    let number = |path: &Path| -> Option<u32> {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix(ASIDE)?.parse().ok()
    };
    entries
        .map(|entry| entry.path())
        .filter_map(|path| Some((number(&path)?, path)))
        .max()
        .map(|(_, path)| path)
}

/// In one sentence, for the screen and the shell.
#[must_use]
pub fn what_to_do(data_dir: &Path, aside: &Path) -> String {
    let aside = aside.file_name().unwrap_or_default().to_string_lossy();
    let offer = match newest_good(data_dir) {
        Some((file, _, sound)) => format!(
            "the newest good backup is {} ({} records): `kiosk restore --newest` puts it in place",
            file.file_name().unwrap_or_default().to_string_lossy(),
            sound.records
        ),
        None => "there is no good backup here: `kiosk restore FILE` takes one from elsewhere, `kiosk restore --empty` begins with nothing".to_owned(),
    };
    format!(
        "the database was set aside as {aside} in {}; {offer}",
        data_dir.display()
    )
}

/// A time that can be part of a file's name and sorts.
fn stamp(now: Timestamp) -> String {
    now.utc().format("%Y-%m-%dT%H-%M-%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;
    use crate::app::DirectoryLock;

    fn nairobi() -> Zone {
        Zone::parse("Africa/Nairobi").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// A data directory with the records of the first program.
    fn kiosk() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-0001.db");
        fs::copy(old, DataDir::at(folder.path()).database()).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "kiosk.lock")
            .collect();
        names.sort();
        names
    }

    /// Spoils every page but the first, as a dying card does.
    fn spoil(path: &Path) {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        file.write_all_at(&vec![0xA5; length - 4096], 4096).unwrap();
    }

    #[test]
    fn there_is_one_backup_a_day_and_fourteen_are_kept() {
        let folder = kiosk();
        let made = |text: &str| make_todays(folder.path(), nairobi(), at(text)).unwrap();
        // Half past two in Nairobi, and half past three.
        assert_eq!(made("2026-10-31T23:30:00Z"), None);
        for day in 1..=16 {
            assert!(made(&format!("2026-11-{day:02}T00:30:00Z")).is_some());
            assert_eq!(made(&format!("2026-11-{day:02}T09:00:00Z")), None);
        }
        let kept = names(&folder.path().join("backups"));
        assert_eq!(kept.len(), 2 * KEPT);
        assert_eq!(kept[0], "daily-2026-11-03.db");
        assert_eq!(kept[1], "daily-2026-11-03.db.sha256");
    }

    #[test]
    fn a_damaged_database_is_set_aside_whole_and_none_is_made_in_its_place() {
        let folder = kiosk();
        let data = folder.path();
        make_todays(data, nairobi(), at("2026-11-01T09:00:00Z")).unwrap();
        spoil(&DataDir::at(data).database());
        fs::write(data.join("kiosk.db-wal"), "the latest records").unwrap();
        let said = examine_at_start(data).unwrap_err().to_string();
        assert!(
            said.contains("kiosk.db.aside-1") && said.contains("daily-2026-11-01.db (4 records)"),
            "{said}"
        );
        assert_eq!(
            fs::read_to_string(data.join("kiosk.db.aside-1-wal")).unwrap(),
            "the latest records"
        );
        assert!(
            refuse_new_database_after_loss(data)
                .unwrap_err()
                .to_string()
                .contains("kiosk restore --newest")
        );

        let restored = restore(data, &Origin::Newest).unwrap();
        assert_eq!(restored.content.unwrap().records, 4);
        assert_eq!(restored.aside, None);
        refuse_new_database_after_loss(data).unwrap();
        examine_at_start(data).unwrap();
        let kept = [
            "backups",
            "kiosk.db",
            "kiosk.db.aside-1",
            "kiosk.db.aside-1-wal",
        ];
        assert!(
            kept.iter()
                .all(|name| names(data).contains(&(*name).to_owned()))
        );
        assert!(!names(data).contains(&"kiosk.db-wal".to_owned()));
    }

    #[test]
    fn a_backup_that_is_not_sound_replaces_nothing() {
        let folder = kiosk();
        let data = folder.path();
        let before = fs::read(DataDir::at(data).database()).unwrap();
        let bad = data.join("bad.db");
        fs::copy(DataDir::at(data).database(), &bad).unwrap();
        spoil(&bad);
        for file in [bad, data.join("none.db")] {
            restore(data, &Origin::File(file)).unwrap_err();
        }
        let error = restore(data, &Origin::Newest).unwrap_err().to_string();
        assert!(error.contains("no sound backup"), "{error}");
        assert_eq!(fs::read(DataDir::at(data).database()).unwrap(), before);
        assert!(!data.join("kiosk.db.incoming").exists());
    }

    #[test]
    fn the_newest_backup_that_is_sound_is_found_past_those_that_are_not() {
        let folder = kiosk();
        let data = folder.path();
        for day in ["01", "02"] {
            make_todays(data, nairobi(), at(&format!("2026-11-{day}T09:00:00Z"))).unwrap();
        }
        spoil(&data.join("backups/daily-2026-11-02.db"));
        let (path, ..) = newest_good(data).unwrap();
        assert!(path.ends_with("daily-2026-11-01.db"), "{}", path.display());
    }

    /// A kiosk with a PIN, a sign-in at the web and a lecture, and everything in it that must not leave the machine.
    async fn kiosk_with_secrets() -> (tempfile::TempDir, Vec<Vec<u8>>) {
        let folder = tempfile::tempdir().unwrap();
        let database = DataDir::at(folder.path()).database();
        fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-0010.db"),
            &database,
        )
        .unwrap();
        let store = Store::open(&database).unwrap();
        store
            .kiosk_keys("", at("2026-11-23T05:00:00Z"))
            .await
            .unwrap();
        store.close().await;
        let db = rusqlite::Connection::open(&database).unwrap();
        db.execute_batch(
            "UPDATE lecturers SET pin_hash = 'hash of the PIN of ' || staff_id;
            INSERT INTO web_sign_ins SELECT 'hash of a cookie', min(id), 0, 0 FROM lecturers",
        )
        .unwrap();
        let mut secrets: Vec<Vec<u8>> = Vec::new();
        for sql in [
            "SELECT value FROM settings WHERE name = 'signing_key'",
            "SELECT CAST(pin_hash AS BLOB) FROM lecturers",
            "SELECT code_key FROM lectures WHERE code_key IS NOT NULL",
            "SELECT CAST(token_hash AS BLOB) FROM web_sign_ins",
        ] {
            let mut statement = db.prepare(sql).unwrap();
            let found = statement.query_map([], |row| row.get(0)).unwrap();
            let before = secrets.len();
            secrets.extend(found.map(Result::unwrap));
            assert!(secrets.len() > before, "{sql} finds something");
        }
        (folder, secrets)
    }

    fn holds(file: &[u8], secret: &[u8]) -> bool {
        file.windows(secret.len()).any(|window| window == secret)
    }

    #[tokio::test]
    async fn a_backup_that_leaves_the_data_directory_holds_no_secret_unless_it_is_asked_to() {
        let (folder, secrets) = kiosk_with_secrets().await;
        let (data, stick) = (folder.path(), tempfile::tempdir().unwrap());
        let now = at("2026-11-23T06:00:00Z");
        let to = stick.path().join("room.db");
        let (_, made) = back_up(data, Some(&to), Secrets::Removed, now).unwrap();
        assert_eq!(made, Secrets::Removed);
        let mut streamed = Vec::new();
        stream_backup(data, Secrets::Removed, &mut streamed).unwrap();
        for copy in [fs::read(&to).unwrap(), streamed] {
            assert!(secrets.iter().all(|secret| !holds(&copy, secret)));
        }
        let whole = stick.path().join("whole.db");
        back_up(data, Some(&whole), Secrets::Kept, now).unwrap();
        let (at_home, made) = back_up(data, None, Secrets::Removed, now).unwrap();
        assert_eq!(made, Secrets::Kept);
        for copy in [whole, at_home.path] {
            let copy = fs::read(copy).unwrap();
            assert!(secrets.iter().all(|secret| holds(&copy, secret)));
        }
    }

    #[tokio::test]
    async fn a_restored_backup_without_secrets_has_those_of_its_kiosk_and_of_no_other() {
        let (folder, secrets) = kiosk_with_secrets().await;
        let (data, stick) = (folder.path(), tempfile::tempdir().unwrap());
        let to = stick.path().join("room.db");
        back_up(
            data,
            Some(&to),
            Secrets::Removed,
            at("2026-11-23T06:00:00Z"),
        )
        .unwrap();
        assert!(
            restore(data, &Origin::File(to.clone()))
                .unwrap()
                .has_secrets
        );
        let database = fs::read(DataDir::at(data).database()).unwrap();
        let kept = |secret: &&Vec<u8>| holds(&database, secret);
        // A sign-in ends with the restore.
        assert_eq!(secrets.iter().filter(kept).count(), secrets.len() - 1);
        let (other, _) = kiosk_with_secrets().await;
        let id = "UPDATE settings SET value = x'00' WHERE name = 'kiosk_id'";
        let path = DataDir::at(other.path()).database();
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute_batch(id)
            .unwrap();
        assert!(
            !restore(other.path(), &Origin::File(to))
                .unwrap()
                .has_secrets
        );
    }

    #[test]
    fn nothing_is_restored_under_a_running_kiosk() {
        let folder = kiosk();
        let _running = DirectoryLock::take(folder.path()).unwrap();
        let error = restore(folder.path(), &Origin::Nothing).unwrap_err();
        assert!(error.to_string().contains("already running"), "{error}");
        assert!(DataDir::at(folder.path()).database().exists());
    }

    #[test]
    fn beginning_with_nothing_keeps_what_there_was() {
        let folder = kiosk();
        let restored = restore(folder.path(), &Origin::Nothing).unwrap();
        let aside = restored.aside.unwrap();
        assert_eq!(backup::check(&aside).unwrap().records, 4);
        assert_eq!(
            backup::check(&DataDir::at(folder.path()).database())
                .unwrap()
                .records,
            0
        );
    }
}
