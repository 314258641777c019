//! Retries a start that fails under systemd (feature K4).
//!
//! At a shell, `kiosk run` prints what is wrong and exits. Under systemd nobody reads
//! that: ending would mean a restart every second and a dark screen. So the screen says what is wrong, and the
//! start is tried again until it succeeds.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::screen_mode::ScreenMode;
use super::supervisor::Supervisor;
use crate::tui;

/// Between two tries: soon enough for the technician who watches, and shorter than any watchdog's patience.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Makes `attempt` until it succeeds; `None` when the program is to stop before. Without a supervisor the first
/// failure is the last.
///
/// # Errors
/// The attempt's, where nobody supervises; the terminal's.
pub async fn hold_until<T>(
    screen_mode: ScreenMode,
    stop: &CancellationToken,
    mut attempt: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    let supervisor = Supervisor::from_environment();
    let error = match attempt().await {
        Ok(done) => return Ok(Some(done)),
        Err(error) if !supervisor.is_there() => return Err(error),
        Err(error) => error,
    };
    // Ready, so that `systemctl start` returns and the watchdog begins to count.
    supervisor.ready(&status(&error));
    let (sender, receiver) = watch::channel(cause(&error, &supervisor));
    let over = CancellationToken::new();
    let screen = async {
        match screen_mode {
            ScreenMode::Terminal => tui::show_startup_failure(receiver, over.clone()).await,
            ScreenMode::Headless => {
                over.cancelled().await;
                Ok(())
            }
        }
    };
    let tries = async {
        let done = loop {
            tokio::select! {
                () = stop.cancelled() => break None,
                () = tokio::time::sleep(TRY_AGAIN) => {}
            }
            supervisor.alive();
            match attempt().await {
                Ok(done) => break Some(done),
                Err(error) => {
                    let cause = cause(&error, &supervisor);
                    sender.send_if_modified(|shown| {
                        let is_news = *shown != cause;
                        *shown = cause;
                        is_news
                    });
                }
            }
        };
        over.cancel();
        done
    };
    let (shown, done) = tokio::join!(screen, tries);
    shown?;
    Ok(done)
}

fn cause(error: &anyhow::Error, supervisor: &Supervisor) -> String {
    let cause = format!("{error:#}");
    tracing::error!(error = cause, "the kiosk cannot start, and tries again");
    supervisor.status(&status(error));
    cause
}

fn status(error: &anyhow::Error) -> String {
    format!("out of order: {error:#}").replace('\n', " ")
}
