//! What the program is and takes when nothing happens.

use std::time::{Duration, Instant};

use crate::Run;
use crate::process::{memory, processor_time};
use crate::pty::Terminal;
use crate::report::Row;
use crate::school::{Site, Size, program};

const HALL: Size = Size {
    units: 1,
    students_of_each: 1000,
    held: 6,
};

/// The program as it is installed.
#[expect(clippy::cast_precision_loss, reason = "a number of bytes")]
pub fn size(run: &mut Run) {
    run.report.heading("The program");
    let bytes = std::fs::metadata(program())
        .expect("the program is built")
        .len();
    run.report
        .add(Row::new("stripped binary", bytes as f64 / 1e6, "MB").at_most(15.0));
}

/// An hour before the lecture: a session on the screen, and nobody comes.
pub async fn measure(run: &mut Run) {
    run.report
        .heading("At rest: 1,000 enrolled, a session on an 80x24 screen, nobody comes");
    let site = Site::found(run.folder(), HALL).await;
    let mut screen = Terminal::start(&program(), &["run"], site.folder(), (80, 24));
    screen.wait("the class", |text| text.contains("CS101"));
    let lasts = Duration::from_secs(if run.is_quick { 10 } else { 60 });
    // The start itself is over by then.
    screen.watch_until(Instant::now() + Duration::from_secs(2), |_, _| {});
    let pid = screen.pid();
    let (began, before) = (Instant::now(), processor_time(pid));
    screen.watch_until(began + lasts, |_, _| {});
    let used = processor_time(pid).saturating_sub(before);
    let share = used.as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    let what = format!("processor, over {} s", lasts.as_secs());
    run.report.add(Row::new(what, share, "% of 1").at_most(1.0));
    let memory = memory(pid);
    run.report
        .add(Row::new("memory, resident", memory.now, "MB").at_most(40.0));
    screen.stop();
}
