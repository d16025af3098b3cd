//! `summary.md`: what a CI job shows of a run, in GitHub-flavoured Markdown that any renderer may read. The template may say what it
//! likes; what warns of the source always stands before it; what changed since the last bundle, the exceptions, the reviews of access and
//! what is left out always follow it.

use super::markdown::escape_markdown_file as escaped;
use super::templates::{TemplateError, Templates};
use super::view::{View, clip, exception_words, exceptions, utc};
use crate::diff::{Diff, Direction, text as words};
use std::fmt::Write as _;

/// Most changes of one kind that are listed; the counts are always whole.
const MOST: usize = 10;

/// The whole file.
///
/// # Errors
/// The template is malformed or asks for what the view lacks.
pub fn render(view: &View<'_>, templates: &Templates) -> Result<String, TemplateError> {
    let mut out = String::new();
    for warning in &view.warnings {
        let _ = write!(out, "> [!WARNING]\n> {}\n\n", escaped(warning));
    }
    out.push_str(templates.summary(view)?.trim());
    if let Some(diff) = &view.evidence.since_previous {
        since(&mut out, diff);
    }
    excepted(&mut out, view);
    reviewed(&mut out, view);
    let left: Vec<String> = view.left_out.iter().map(|(kind, n)| format!("{} ({n})", escaped(&super::figures::kind_words(kind)))).collect();
    let left = if left.is_empty() { "nothing that this tool knows of".to_owned() } else { left.join(", ") };
    let _ = write!(out, "\n\nLeft out: {left}. This supports an auditor's opinion; it does not give one.\n");
    Ok(out)
}

/// The exceptions: counted, then the first of them, each with what it covers.
fn excepted(out: &mut String, view: &View<'_>) {
    let Some(said) = exceptions(view.evidence) else { return };
    let _ = write!(out, "\n\n### Exceptions\n\n{}", escaped(&said));
    let rows = view.evidence.exceptions.iter().map(|e| {
        let [on, why, who, when, state] = exception_words(e);
        vec![e.number.to_string(), on, why, who, format!("{when}: {state}"), e.covers.len().to_string()]
    });
    table(out, &["", "On", "Reason, and what stands instead", "Who", "Valid", "Findings"], rows);
}

/// The reviews of access: who says that he looked, whether it is signed, and what of it is left undone in each pool.
fn reviewed(out: &mut String, view: &View<'_>) {
    let Some(reviews) = &view.evidence.reviews else { return };
    out.push_str("\n\n### Reviews of access\n\nNames are the reviews' own words; whose key signed, `poolproof verify` says. No review makes a check pass.");
    let rows = reviews.iter().flat_map(|r| r.pools.iter().map(move |p| (r, p))).map(|(r, p)| {
        let more = if p.complete { "" } else { " or more" };
        let count = |n: Option<u64>| n.map_or_else(|| "not read".to_owned(), |n| format!("{n}{more}"));
        let key = r.signed_with.as_ref().map(|key| format!("signed with key {}", key.get(..16).unwrap_or(key)));
        vec![
            r.number.to_string(),
            format!("{}, {}: {} for {}", r.reviewer, r.role, r.on, r.period),
            key.unwrap_or_else(|| "not signed".to_owned()),
            p.pool.to_string(),
            p.keep.to_string(),
            p.remove.to_string(),
            count(p.open),
            count(p.uncovered),
            p.strangers.map_or_else(|| "not known".to_owned(), |n| n.to_string()),
        ]
    });
    let head =
        ["", "Reviewer, day, period", "Signature", "Pool", "Keep", "Remove", "Still enabled", "Passed over", "Not in its population"];
    table(out, &head, rows);
}

/// What changed since the bundle before this one: every kind counted, then the first of each (what got worse stands first).
fn since(out: &mut String, diff: &Diff) {
    let old = &diff.old;
    let of = format!("bundle {} of {}, made for {}. {}", old.bundle_id, old.period, utc(&old.at), old.seal);
    let _ = write!(out, "\n\n### Since the last bundle\n\nCompared with {}\n\n", escaped(&of));
    for note in &diff.notes {
        let _ = writeln!(out, "- {}", escaped(note));
    }
    if !diff.notes.is_empty() {
        out.push('\n');
    }
    if diff.is_same() {
        out.push_str("Nothing differs of what could be compared.");
        return;
    }
    let way = |way: Direction| diff.verdicts.iter().filter(|v| v.direction == way).count();
    let counts = [
        (way(Direction::Worse), "verdicts worse"),
        (way(Direction::Better), "verdicts better"),
        (way(Direction::Other), "other verdicts"),
        (diff.controls.len(), "roll-ups"),
        (diff.settings.len(), "settings"),
        (diff.declared.len(), "declarations"),
        (diff.made_with.len(), "made with others"),
    ];
    let counts: Vec<String> = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("**{n}** {what}")).collect();
    out.push_str(&counts.join(" · "));
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let rows = diff.verdicts.iter().map(|v| {
        vec![v.direction.word().to_owned(), v.check.clone(), v.subject.clone(), v.severity.word().to_owned(), word(&v.old), word(&v.new)]
    });
    table(out, &["", "Check", "Subject", "Severity", "Then", "Now"], rows);
    let rows = diff.settings.iter().chain(&diff.declared).map(|c| {
        let unknown = if c.comparable { "" } else { " (not comparable)" };
        vec![c.subject.clone(), c.what.clone(), word(&c.old), format!("{}{unknown}", word(&c.new))]
    });
    table(out, &["Subject", "Setting or declaration", "Then", "Now"], rows);
    for (n, pool) in diff.population.iter().take(MOST).enumerate() {
        out.push_str(if n == 0 { "\n\n" } else { "\n" });
        let lines: Vec<String> = words::people(pool).iter().map(|line| escaped(clip(line.trim(), 300).as_str())).collect();
        let _ = write!(out, "- {}", lines.join("; "));
    }
    if diff.population.len() > MOST {
        let _ = write!(out, "\n\n{} more pools are in evidence.json.", diff.population.len() - MOST);
    }
}

/// A table of at most [`MOST`] rows; what does not fit is counted.
fn table(out: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let _ = write!(out, "\n\n| {} |\n|{}", head.join(" | "), ":---|".repeat(head.len()));
    for row in rows.iter().take(MOST) {
        let cells: Vec<String> = row.iter().map(|cell| escaped(&clip(cell, 120))).collect();
        let _ = write!(out, "\n| {} |", cells.join(" | "));
    }
    if rows.len() > MOST {
        let _ = write!(out, "\n\n{} more are in evidence.json.", rows.len() - MOST);
    }
}
