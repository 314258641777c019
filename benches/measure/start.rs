//! From the start of the program to a class on the screen, after years of use.

use std::time::Duration;

use crate::Run;
use crate::pty::Terminal;
use crate::report::{Row, percentile};
use crate::school::{Site, Size, program};

/// 50,000 students, and 500,000 records.
const LARGE: Size = Size {
    units: 50,
    students_of_each: 1000,
    held: 10,
};
const STARTS: usize = 7;

pub async fn measure(run: &mut Run) {
    run.report
        .heading("Start, with 50,000 students and 500,000 records");
    let site = Site::found(run.folder(), LARGE).await;
    let mut after_a_cut = Vec::new();
    let mut after_a_stop = Vec::new();
    for _ in 0..if run.is_quick { 2 } else { STARTS } {
        let screen = start(&site, &mut after_a_cut);
        screen.stop();
        let screen = start(&site, &mut after_a_stop);
        screen.cut();
    }
    let worst = percentile(&mut after_a_stop, 100);
    run.report.add(
        Row::milliseconds(
            "to the class on the screen, after a stop, p50",
            percentile(&mut after_a_stop, 50),
        )
        .at_most(300.0),
    );
    run.report.add(Row::milliseconds("  the slowest", worst));
    run.report.add(Row::milliseconds(
        "to the class on the screen, after a power cut, p50",
        percentile(&mut after_a_cut, 50),
    ));
}

fn start(site: &Site, waits: &mut Vec<Duration>) -> Terminal {
    let mut screen = Terminal::start(&program(), &["run"], site.folder(), (80, 24));
    let shown = screen.wait("the class", |text| text.contains("CS101"));
    waits.push(shown - screen.started());
    screen
}
