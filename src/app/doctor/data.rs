//! The data directory: its folder, the database, its backups, what is in it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Facts, Finding};
use crate::app::backups::{newest_aside, newest_good, what_to_do};
use crate::app::{DataDir, Kiosk};
use crate::config::Loaded;
use crate::domain::{AdmissionNumber, Counts, Lecturer, UnitCode, form_of};
use crate::services::{Actor, UnitRecord};
use crate::store::backup::{self, BackupError};
use crate::store::{OpenError, StoreError};
use crate::words::Voice;

/// A backup is made each day, so after two days without one something is wrong.
const BACKUP_MAX_AGE: Duration = Duration::from_hours(48);

/// A delivery that waits for longer than this is no longer explained by a short outage.
const DELIVERY_MAX_AGE: Duration = Duration::from_hours(24);

pub(super) async fn examine(loaded: &Loaded, facts: &Facts) -> Vec<Finding> {
    let data_dir = &loaded.config.kiosk.data_dir;
    let mut findings = vec![folder(data_dir)];
    let path = DataDir::at(data_dir).database();
    if !path.exists() {
        findings.push(missing(data_dir));
        return findings;
    }
    match backup::check(&path) {
        Ok(sound) => findings.push(Finding::ok(
            "database",
            format!("sound, {} records", sound.records),
        )),
        Err(error) => {
            findings.push(unusable(data_dir, &error));
            return findings;
        }
    }
    findings.push(backups(data_dir, &path));
    // Opening the database migrates it and creates files: only its owner does that. Anybody may read a copy.
    let owner = fs::metadata(&path).map(|file| file.uid());
    if owner.is_ok_and(|owner| owner != rustix::process::geteuid().as_raw()) {
        let whose = "the database belongs to another user: `sudo -u kiosk kiosk doctor` sees more";
        findings.push(Finding::skipped("records", whose));
        return findings;
    }
    match content(loaded, facts).await {
        Ok(more) => findings.extend(more),
        Err(error) => findings.push(Finding::failure(
            "records",
            format!("{error:#}"),
            "the database is sound but cannot be used: see who owns the folder and its files",
        )),
    }
    findings
}

fn folder(data_dir: &Path) -> Finding {
    const CHECK: &str = "folder";
    let shown = data_dir.display();
    let Ok(metadata) = fs::metadata(data_dir) else {
        let remedy = "run `kiosk init`, or name the right configuration with --config";
        return Finding::failure(CHECK, format!("{shown} is not there"), remedy);
    };
    if !metadata.is_dir() {
        let remedy = "name a folder in kiosk.data_dir";
        return Finding::failure(CHECK, format!("{shown} is not a folder"), remedy);
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("{shown} can be looked into by other users (mode {mode:o})");
        return Finding::warning(
            CHECK,
            found,
            "chmod 700 that folder: it holds names and keys",
        );
    }
    match tempfile::tempfile_in(data_dir) {
        Ok(_) => Finding::ok(CHECK, shown.to_string()),
        Err(error) => Finding::failure(
            CHECK,
            format!("{shown} cannot be written: {error}"),
            "see who owns it, whether the disk is full, and whether it is mounted read-only",
        ),
    }
}

fn missing(data_dir: &Path) -> Finding {
    const CHECK: &str = "database";
    match newest_aside(data_dir) {
        Some(aside) => Finding::failure(
            CHECK,
            what_to_do(data_dir, &aside),
            "stop the kiosk and run that command",
        ),
        None => Finding::failure(
            CHECK,
            "there is none",
            "run `kiosk init`, then `kiosk lecturer add`, `kiosk unit add`",
        ),
    }
}

fn unusable(data_dir: &Path, error: &BackupError) -> Finding {
    const CHECK: &str = "database";
    match error {
        BackupError::Damaged { .. }
        | BackupError::Open(OpenError::Store {
            source: StoreError::Damaged(_),
            ..
        }) => {
            let remedy = match newest_good(data_dir) {
                Some((file, ..)) => format!(
                    "stop the kiosk; `kiosk restore --newest` takes {} and keeps the damaged file",
                    file.display()
                ),
                None => "stop the kiosk; `kiosk restore FILE` takes a backup from elsewhere and keeps the damaged file".to_owned(),
            };
            Finding::failure(CHECK, error.to_string(), &remedy)
        }
        BackupError::Open(OpenError::Newer { .. }) => Finding::failure(
            CHECK,
            error.to_string(),
            "install the newer kiosk, or restore a backup of this one's time",
        ),
        _ => Finding::failure(
            CHECK,
            error.to_string(),
            "see who owns the file, and whether the disk is mounted read-only",
        ),
    }
}

fn backups(data_dir: &Path, database: &Path) -> Finding {
    const CHECK: &str = "backups";
    let Some((file, made_at, sound)) = newest_good(data_dir) else {
        // By the file's own age: where no backup can be made, the database is what grows old.
        let born = fs::metadata(database).and_then(|file| file.created());
        if born.is_ok_and(|born| age(born) < BACKUP_MAX_AGE) {
            return Finding::ok(CHECK, "none yet; a running kiosk makes one a day");
        }
        return Finding::warning(CHECK, "there is no sound backup", "run `kiosk backup`");
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if age(made_at) > BACKUP_MAX_AGE {
        let days = age(made_at).as_secs() / 86400;
        return Finding::warning(
            CHECK,
            format!("the newest sound one, {name}, is {days} days old"),
            "leave the kiosk on for ten minutes after three in the morning, or run `kiosk backup`; the log says why none was made",
        );
    }
    Finding::ok(CHECK, format!("{name}, {} records", sound.records))
}

fn age(of: SystemTime) -> Duration {
    SystemTime::now().duration_since(of).unwrap_or_default()
}

async fn content(loaded: &Loaded, facts: &Facts) -> anyhow::Result<Vec<Finding>> {
    let kiosk = Kiosk::open(loaded).await?;
    let (units, numbers) = units(&kiosk).await?;
    let mut findings = vec![staff(&kiosk).await?, units];
    findings.extend(form(&kiosk, &numbers));
    for target in &kiosk.policy.deliver_to {
        let counts = kiosk.store.counts(*target).await?;
        let name = Voice::english(kiosk.policy.zone).say(*target);
        let oldest = counts.oldest_waiting;
        let old = oldest.is_some_and(|oldest| facts.clock.now().since(oldest) > DELIVERY_MAX_AGE);
        findings.push(if counts.parked > 0 {
            Finding::warning(
                "deliveries",
                format!("{name} has refused {} records", counts.parked),
                "`kiosk sync status` says why; `kiosk sync retry` tries again",
            )
        } else if old {
            Finding::warning(
                "deliveries",
                format!(
                    "{} records wait for {name}, some for over a day",
                    counts.waiting
                ),
                "see the line of that remote below, and `kiosk sync status`",
            )
        } else {
            Finding::ok("deliveries", format!("{} wait for {name}", counts.waiting))
        });
    }
    kiosk.store.close().await;
    Ok(findings)
}

async fn staff(kiosk: &Kiosk) -> anyhow::Result<Finding> {
    const CHECK: &str = "staff";
    let lecturers = kiosk
        .services
        .administration
        .lecturers(Actor::Shell("doctor"))
        .await?;
    let can_sign_in = lecturers.iter().filter(|who| can_sign_in(who)).count();
    if can_sign_in == 0 {
        return Ok(Finding::warning(
            CHECK,
            "nobody can sign in at the screen",
            "add one with `kiosk lecturer add`, or give one a PIN with `kiosk lecturer set-pin`",
        ));
    }
    if kiosk
        .services
        .administration
        .units(Actor::Shell("doctor"))
        .await?
        .is_empty()
    {
        let remedy = "add one with `kiosk unit add`";
        return Ok(Finding::warning(
            CHECK,
            "there is no unit to open a session of",
            remedy,
        ));
    }
    Ok(Finding::ok(CHECK, format!("{can_sign_in} can sign in")))
}

fn can_sign_in(lecturer: &Lecturer) -> bool {
    lecturer.has_pin && !lecturer.has_left
}

/// The form that the numbers of the class lists have, where the site has set none.
fn form(kiosk: &Kiosk, numbers: &BTreeSet<AdmissionNumber>) -> Option<Finding> {
    let form = form_of(numbers).filter(|_| kiosk.policy.number_pattern.is_any())?;
    Some(Finding::ok(
        "numbers",
        format!(
            "all {} of the class lists fit admission_number_pattern = '{form}', which refuses slips; it is not set",
            numbers.len()
        ),
    ))
}

/// Units that nobody can act for, and lectures of which nobody has said whether they were held; and the numbers of the
/// class lists.
async fn units(kiosk: &Kiosk) -> anyhow::Result<(Finding, BTreeSet<AdmissionNumber>)> {
    const CHECK: &str = "units";
    let by = Actor::Shell("doctor");
    let (administration, exports) = (&kiosk.services.administration, &kiosk.services.exports);
    let mut lecturers = administration.lecturers(by).await?;
    lecturers.retain(can_sign_in);
    let (mut abandoned, mut unsettled, mut unlisted) = (Vec::new(), Vec::new(), Vec::new());
    let mut numbers = BTreeSet::new();
    let mut units = administration.units(by).await?;
    units.retain(|unit| !unit.retired);
    for unit in &units {
        let assigned = administration.assignments(by, unit.code.clone()).await?;
        let acts = |who: &Lecturer| {
            who.staff_id == unit.lecturer_staff_id
                || assigned.iter().any(|it| it.staff_id == who.staff_id)
        };
        // Where nobody can sign in at all, the line about staff says so.
        if !lecturers.is_empty() && !lecturers.iter().any(acts) {
            abandoned.push(unit.code.clone());
        }
        if unit.enrolled == 0 {
            unlisted.push(unit.code.clone());
        }
        let record = exports.unit_record(by, unit.code.clone(), None).await?;
        if !is_settled(&record) {
            unsettled.push(unit.code.clone());
        }
        let listed = record.students.into_iter();
        let listed = listed.filter(|it| it.enrolment.is_listed());
        numbers.extend(listed.map(|it| it.student.admission_number));
    }
    let found = if !abandoned.is_empty() {
        Finding::warning(
            CHECK,
            format!("no lecturer of {} can sign in", names(&abandoned)),
            "set a PIN with `kiosk lecturer set-pin`, or another lecturer with `kiosk unit set CODE --lecturer STAFF_ID`",
        )
    } else if !unsettled.is_empty() {
        Finding::warning(
            CHECK,
            format!(
                "nobody has said whether some lectures of {} were held",
                names(&unsettled)
            ),
            "`kiosk session list` and `kiosk timetable list` show them; `kiosk session settle SESSION held` or `not-held` settles one",
        )
    } else if unlisted.is_empty() {
        Finding::ok(CHECK, format!("{} in use", units.len()))
    } else {
        let nobody = names(&unlisted);
        Finding::ok(
            CHECK,
            format!("{} in use; nobody is enrolled in {nobody}", units.len()),
        )
    };
    Ok((found, numbers))
}

fn is_settled(record: &UnitRecord) -> bool {
    let lines = record.students.iter().flat_map(|student| &student.lines);
    lines.into_iter().all(|line| line.counts != Counts::Unknown)
}

/// A few of them by name.
fn names(units: &[UnitCode]) -> String {
    const NAMED: usize = 5;
    let named: Vec<&str> = units.iter().take(NAMED).map(UnitCode::as_str).collect();
    let more = units.len().saturating_sub(NAMED);
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
