//! The table that a person reads, the same as JSON for whoever compares runs, and as Markdown for the docs.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// What a figure has to be.
#[derive(Clone, Copy)]
pub enum Bound {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

/// One figure.
pub struct Row {
    pub what: String,
    pub value: f64,
    pub unit: &'static str,
    pub bound: Option<Bound>,
}

impl Row {
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            value,
            unit,
            bound: None,
        }
    }

    pub fn milliseconds(what: impl Into<String>, time: Duration) -> Self {
        Self::new(what, time.as_secs_f64() * 1e3, "ms")
    }

    pub fn at_most(self, bound: f64) -> Self {
        Self {
            bound: Some(Bound::AtMost(bound)),
            ..self
        }
    }

    pub fn at_least(self, bound: f64) -> Self {
        Self {
            bound: Some(Bound::AtLeast(bound)),
            ..self
        }
    }

    fn verdict(&self) -> Option<&'static str> {
        let is_met = match self.bound? {
            Bound::AtMost(bound) => self.value <= bound,
            Bound::AtLeast(bound) => self.value >= bound,
        };
        Some(if is_met { "met" } else { "MISSED" })
    }

    fn target(&self) -> String {
        match self.bound {
            None => String::new(),
            Some(Bound::AtMost(bound)) => format!("<= {}", figure(bound)),
            Some(Bound::AtLeast(bound)) => format!(">= {}", figure(bound)),
        }
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "target": self.bound.map(|_| self.target()),
            "verdict": self.verdict(),
        })
    }
}

/// The figures of a run, printed as they come.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    markdown: String,
}

impl Report {
    pub fn heading(&mut self, text: &str) {
        println!("\n{text}");
        self.markdown.push_str(&format!(
            "\n{text}:\n\n| | figure | target | |\n|---|---|---|---|\n"
        ));
    }

    pub fn add(&mut self, row: Row) {
        println!(
            "  {:<58} {:>10} {:<6} {:>10} {}",
            row.what,
            figure(row.value),
            row.unit,
            row.target(),
            row.verdict().unwrap_or_default()
        );
        self.markdown.push_str(&format!(
            "| {} | {} {} | {} | {} |\n",
            row.what.trim(),
            figure(row.value),
            row.unit,
            row.target(),
            row.verdict().unwrap_or_default()
        ));
        self.rows.push(row);
    }

    pub fn write(&self, path: &Path, machine: &Value) {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let all = json!({"machine": machine, "rows": rows});
        let text = serde_json::to_string_pretty(&all).expect("figures are JSON");
        std::fs::write(path, text).expect("the figures can be written");
        std::fs::write(path.with_extension("md"), &self.markdown)
            .expect("the table can be written");
        let missed = |row: &&Row| row.verdict() == Some("MISSED");
        let missed = self.rows.iter().filter(missed).count();
        println!("\n{} targets missed; {}", missed, path.display());
    }
}

/// As many digits as mean something.
fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// The wait that this share of all stayed under; the list need not be sorted.
pub fn percentile(waits: &mut [Duration], percent: usize) -> Duration {
    assert!(!waits.is_empty(), "nothing was measured");
    waits.sort_unstable();
    waits[(waits.len() * percent / 100).min(waits.len() - 1)]
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "nothing was measured");
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
