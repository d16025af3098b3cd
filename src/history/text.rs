//! A history in plain lines.

use super::{Cell, Entry, History};
use crate::model::visible;
use std::fmt::Write as _;

/// Plain lines.
pub fn plain(history: &History) -> String {
    let mut out = String::new();
    let shown = |text: &str| visible::clean(text, &|_| true, &mut 0);
    let _ = writeln!(out, "{}", shown(&history.checked));
    let _ = writeln!(out, "\nChain, oldest first");
    for (n, entry) in history.chain.iter().enumerate() {
        let _ = writeln!(out, "  {:>2} {}", n + 1, shown(&line(entry)));
    }
    if !history.strangers.is_empty() {
        let _ = writeln!(out, "\nNot in the chain");
        for entry in &history.strangers {
            let _ = writeln!(out, "     {}", shown(&line(entry)));
        }
    }
    if !history.refused.is_empty() {
        let _ = writeln!(out, "\nNot counted");
        for refused in &history.refused {
            let _ = writeln!(out, "     {}", shown(&format!("{}: {}", refused.file, refused.why)));
        }
    }
    if !history.oddities.is_empty() {
        let _ = writeln!(out, "\nMind");
        for oddity in &history.oddities {
            let _ = writeln!(out, "  !  {}", shown(&oddity.what));
        }
    }
    let _ = writeln!(out, "\nDays");
    for days in &history.days {
        let _ = writeln!(out, "     {} to {}  {:>5} {}", days.from, days.to, days.days, days.coverage.words());
    }
    let width = history.controls().iter().map(|c| c.chars().count()).max().unwrap_or(0);
    let _ = writeln!(
        out,
        "\nControls by quarter: the worst of its bundles (→ the last, where that is another), findings that pass of the last"
    );
    for (n, q) in history.quarters.iter().enumerate() {
        let bundles = if q.bundles == 0 { "NO BUNDLE".to_owned() } else { format!("{} bundle(s)", q.bundles) };
        let _ = writeln!(out, "  {:>2} {}  {bundles}; {}", n + 1, q.label, q.told());
    }
    let heads: Vec<String> = (1..=history.quarters.len()).map(|n| format!("{n:>10}")).collect();
    let _ = writeln!(out, "  {:width$} {}", "", heads.join(""));
    for control in history.controls() {
        let cells: Vec<String> = history.quarters.iter().map(|q| format!("{:>10}", q.cell(control))).collect();
        let _ = writeln!(out, "  {:width$} {}", shown(control), cells.join(""));
    }
    let _ = writeln!(out, "\nFindings that pass of those that count, by control (columns: the chain)");
    for control in history.controls() {
        let cells: Vec<String> = history.chain.iter().map(|e| format!("{:>8}", cell(e.controls.get(control)))).collect();
        let _ = writeln!(out, "  {:width$} {}", shown(control), cells.join(""));
    }
    let _ = writeln!(out, "  ✗ FAIL  ◐ INCOMPLETE  ☐ MANUAL  ✓ none worse than PASS. No sign says that a control is met.");
    out
}

fn line(entry: &Entry) -> String {
    let who = entry.who.as_deref().map_or_else(|| format!("key {}", entry.fingerprint.get(..16).unwrap_or_default()), str::to_owned);
    let count = |word: &str| entry.verdicts.get(word).copied().unwrap_or(0);
    format!(
        "{}  {} to {}, made for {}, {} FAIL, {} INCOMPLETE, {} MANUAL, {} PASS; {who}; {}",
        entry.period,
        entry.from,
        entry.to,
        entry.day,
        count("FAIL"),
        count("INCOMPLETE"),
        count("MANUAL"),
        count("PASS"),
        entry.file
    )
}

/// A control in a few signs: never a bare PASS (ruling 44).
pub(super) fn cell(cell: Option<&Cell>) -> String {
    match cell {
        None => "·".to_owned(),
        Some(Cell { verdict: None, .. }) => "–".to_owned(),
        Some(Cell { verdict: Some(verdict), pass, of }) => format!("{} {pass}/{of}", verdict.sign()),
    }
}
