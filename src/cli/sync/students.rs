//! `kiosk sync students`: sends the students to the portal.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use crate::app::{Kiosk, portal};
use crate::cli::output::{Exit, Output};
use crate::cli::progress;
use crate::config::Loaded;
use crate::domain::{PersonName, UnitCode};
use crate::store::KnownStudent;
use crate::sync::install_crypto;
use crate::sync::portal::PortalStudent;

#[derive(Debug, Args)]
pub(in crate::cli) struct SyncStudentsArgs {
    /// Send only the students of this unit
    #[arg(long, value_name = "CODE", value_parser = UnitCode::parse)]
    unit: Option<UnitCode>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(args: SyncStudentsArgs, kiosk: &Kiosk, loaded: &Loaded) -> Result<Exit> {
    install_crypto();
    let portal =
        portal(loaded)?.context("no portal is configured: set portal.url and portal.api_key")?;
    let semester = &kiosk.policy.semester;
    let unit = args.unit.map(|unit| (unit, semester.clone()));
    let students = kiosk.store.known_students(unit).await?;
    let students: Vec<_> = students.into_iter().map(portal_student).collect();
    let bar = progress::bar(students.len(), "sending");
    let answer = portal
        .sync_students(&students, |sent| bar.set_position(sent as u64))
        .await;
    bar.finish_and_clear();
    let in_all = students.len();
    match answer {
        Ok(synced) => {
            let report = json!({
                "success": true, "students": in_all, "sent": in_all, "synced_count": synced,
            });
            args.output.show(&report, || match in_all {
                0 => "No students to send. Import some with `kiosk import students`.\n".to_owned(),
                _ => format!("Students sent: {in_all}; accepted by the portal: {synced}.\n"),
            })
        }
        Err(failure) if args.output.is_json() => {
            let report = json!({
                "success": false, "students": in_all, "sent": failure.sent,
                "synced_count": failure.synced, "page": failure.page, "pages": failure.pages,
                "error": failure.error,
            });
            args.output.show(&report, String::new)?;
            Ok(Exit::Refused)
        }
        Err(failure) => bail!(
            "the portal did not accept all students: {failure}; sending them again does no harm"
        ),
    }
}

fn portal_student(student: KnownStudent) -> PortalStudent {
    PortalStudent {
        admission_number: student.admission_number,
        name: student
            .name
            .as_ref()
            .map_or("", PersonName::as_str)
            .to_owned(),
        email: student.email,
        phone: student.phone,
    }
}
