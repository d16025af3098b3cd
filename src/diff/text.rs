//! A comparison in words: plain lines for a terminal, Markdown for a job summary or a ticket. Names come from strangers: what
//! would steer a terminal or a page is shown as its number or escaped.

use super::{Change, Diff, PoolChange, Side, VerdictChange};
use crate::model::visible::{self, escape_markdown_file as escaped};
use std::fmt::Write as _;

/// How a value that is not there reads.
const NOTHING: &str = "(nothing)";

/// Plain lines.
pub fn plain(diff: &Diff) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "old  {}\n     {}", side(&diff.old), shown(&diff.old.seal));
    let _ = writeln!(out, "new  {}\n     {}", side(&diff.new), shown(&diff.new.seal));
    for note in &diff.notes {
        let _ = writeln!(out, "!    {}", shown(note));
    }
    if diff.is_same() {
        out.push_str("\nNothing differs of what could be compared.\n");
    }
    section(&mut out, "Verdicts", diff.verdicts.iter().map(verdict));
    section(&mut out, "Controls (roll-ups)", diff.controls.iter().map(change));
    section(&mut out, "Settings", diff.settings.iter().map(change));
    section(&mut out, "Scope file", diff.declared.iter().map(change));
    section(&mut out, "Made with", diff.made_with.iter().map(change));
    section(&mut out, "Users", diff.population.iter().flat_map(people));
    out
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{title}");
        for line in lines {
            let _ = writeln!(out, "  {line}");
        }
    }
}

fn side(side: &Side) -> String {
    let statement = side.statement.as_ref().map_or_else(|| "no seal".to_owned(), |s| format!("statement {}", cut(s)));
    shown(&format!("{} ({}), made for {}, {statement}", side.period, side.bundle_id, side.at))
}

fn cut(digest: &str) -> String {
    digest.chars().take(16).collect()
}

fn verdict(v: &VerdictChange) -> String {
    let word = |verdict: &Option<String>| verdict.clone().unwrap_or_else(|| NOTHING.to_owned());
    shown(&format!("{:<6} {} {} ({}): {} -> {}", v.direction.word(), v.check, v.subject, v.severity, word(&v.old), word(&v.new)))
}

fn change(c: &Change) -> String {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.to_owned());
    let unknown = if c.comparable { "" } else { " (not comparable)" };
    shown(&format!("{}, {}: {} -> {}{unknown}", c.subject, c.what, word(&c.old), word(&c.new)))
}

/// A pool in one line, then its lists that are not empty.
pub fn people(pool: &PoolChange) -> Vec<String> {
    let count = |n: Option<u64>| n.map_or_else(|| "not read".to_owned(), |n| n.to_string());
    let mut out = vec![shown(&format!("pool {}: listed {} -> {}", pool.pool, count(pool.listed_old), count(pool.listed_new)))];
    if let Some(why) = &pool.not_joined {
        out.push(format!("  with care: {}", shown(why)));
    }
    for (what, users) in pool.lists().into_iter().filter(|(_, users)| users.count > 0) {
        let more = users.count.saturating_sub(users.named.len() as u64);
        let more = if users.named.is_empty() {
            " (pseudonyms are masked)".to_owned()
        } else if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        out.push(shown(&format!("  {what}: {} {}{more}", users.count, users.named.join(" "))));
    }
    out
}

/// Markdown (GitHub's), with a table a section.
pub fn markdown(diff: &Diff) -> String {
    let mut out = String::from("# What changed\n\n| | Period | Bundle | Made for | Seal |\n|:---|:---|:---|:---|:---|\n");
    for (name, side) in [("Old", &diff.old), ("New", &diff.new)] {
        row(&mut out, &[name, &side.period, &side.bundle_id, &side.at, &side.seal]);
    }
    out.push('\n');
    for note in &diff.notes {
        let _ = writeln!(out, "- {}", escaped(note));
    }
    if diff.is_same() {
        out.push_str("\nNothing differs of what could be compared.\n");
    }
    if !diff.verdicts.is_empty() {
        out.push_str("\n## Verdicts\n\n| | Check | Subject | Severity | Old | New |\n|:---|:---|:---|:---|:---|:---|\n");
        for v in &diff.verdicts {
            let word = |verdict: &Option<String>| verdict.clone().unwrap_or_default();
            row(&mut out, &[v.direction.word(), &v.check, &v.subject, v.severity.word(), &word(&v.old), &word(&v.new)]);
        }
    }
    let tables =
        [("Controls", &diff.controls), ("Settings", &diff.settings), ("Scope file", &diff.declared), ("Made with", &diff.made_with)];
    for (title, changes) in tables.into_iter().filter(|(_, changes)| !changes.is_empty()) {
        let _ = write!(out, "\n## {title}\n\n| Subject | What | Old | New |\n|:---|:---|:---|:---|\n");
        for c in changes {
            let new = format!("{}{}", c.new.as_deref().unwrap_or_default(), if c.comparable { "" } else { " (not comparable)" });
            row(&mut out, &[&c.subject, &c.what, c.old.as_deref().unwrap_or_default(), &new]);
        }
    }
    if !diff.population.is_empty() {
        out.push_str("\n## Users\n\n");
        for line in diff.population.iter().flat_map(people) {
            let indent = if line.starts_with(' ') { "  " } else { "" };
            let _ = writeln!(out, "{indent}- {}", escaped(line.trim()));
        }
    }
    out
}

fn row(out: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(out, "| {} ", escaped(cell));
    }
    out.push_str("|\n");
}

/// What hides, steers or breaks a line as its number.
pub fn shown(text: &str) -> String {
    visible::clean(text, &|_| true, &mut 0)
}
