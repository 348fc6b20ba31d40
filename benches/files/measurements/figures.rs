//! Figures of several runs, side by side.

use std::time::Duration;

/// The same thing measured in each run, in the table's unit.
pub struct Figures {
    name: &'static str,
    values: Vec<f64>,
}

impl Figures {
    /// None so far, of what is called `name`.
    pub fn of(name: &'static str) -> Self {
        Self { name, values: Vec::new() }
    }

    /// Adds a run's.
    pub fn add(&mut self, value: f64) {
        self.values.push(value);
    }

    /// The middle one, or `None` where nothing was measured.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}

/// Prints a row for each of `rows` that was measured.
pub fn table(title: &str, rows: &[&Figures]) {
    let runs = rows.iter().map(|row| row.values.len()).max().unwrap_or(0);
    let numbers: String = (1..=runs).map(|run| format!("{:>9}", format!("run {run}"))).collect();
    println!("{title:<52}{numbers}{:>9}", "median");
    for row in rows {
        let Some(median) = row.median() else { continue };
        let values: String = row.values.iter().map(|value| format!("{value:>9.2}")).collect();
        println!("{:<52}{values}{median:>9.2}", row.name);
    }
}

/// Prints how often the median of `divisor` goes into that of `dividend`, where both were measured.
pub fn ratio(dividend: &Figures, divisor: &Figures, target: &str) {
    if let (Some(dividend_median), Some(divisor_median)) = (dividend.median(), divisor.median()) {
        let ratio = dividend_median / divisor_median;
        println!("  {} ÷ {}: {ratio:.3} (target: {target})", dividend.name, divisor.name);
    }
}

/// Million bytes a second.
pub fn speed(bytes: u64, took: Duration) -> f64 {
    bytes as f64 / took.as_secs_f64() / 1e6
}

/// `bytes` in words.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
