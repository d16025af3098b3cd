//! What changed since the bundle before this one: counts first, then the changes, each list cut to what a page can bear.

use super::{MOST_LINES, list, paragraph, table};
use crate::diff::{Change, Diff, text as words};
use crate::render::blocks::*;
use crate::render::view::utc;

/// The blocks of a comparison; what to say where there is none.
pub(super) fn blocks(since: Option<&Diff>) -> Vec<Block> {
    let Some(diff) = since else {
        return vec![paragraph("No earlier bundle was given, so nothing is said about what changed.")];
    };
    let statement = diff.old.statement.as_deref().unwrap_or("none").to_owned();
    let mut out = vec![Block::Paragraph(vec![
        Inline::Text(format!(
            "Compared with the bundle {} of {}, made for {}, whose statement has the SHA-256 ",
            diff.old.bundle_id,
            diff.old.period,
            utc(&diff.old.at)
        )),
        Inline::Code(statement),
        Inline::Text(format!(". {}", diff.old.seal)),
    ])];
    if !diff.notes.is_empty() {
        out.push(list(diff.notes.iter().cloned()));
    }
    if diff.is_same() {
        out.push(paragraph("Nothing differs of what could be compared."));
    }
    if !diff.verdicts.is_empty() {
        let word = |v: &Option<String>| text(v.clone().unwrap_or_else(|| "none".to_owned()));
        let rows =
            diff.verdicts.iter().take(MOST_LINES).map(|v| {
                vec![text(v.direction.word()), text(&v.check), text(&v.subject), text(v.severity.word()), word(&v.old), word(&v.new)]
            });
        let head = [("", 2), ("Check", 3), ("Subject", 5), ("Severity", 2), ("Then", 3), ("Now", 3)];
        out.push(table(text("Verdicts that are others"), &head, rows.collect()));
        more(&mut out, diff.verdicts.len());
    }
    for (caption, changes) in [
        ("Roll-ups that are others", &diff.controls),
        ("Settings that are others", &diff.settings),
        ("Declarations that are others", &diff.declared),
        ("Made with others", &diff.made_with),
    ] {
        if changes.is_empty() {
            continue;
        }
        let head = [("Subject", 4), ("What", 4), ("Then", 4), ("Now", 4)];
        out.push(table(text(caption), &head, changes.iter().take(MOST_LINES).map(row).collect()));
        more(&mut out, changes.len());
    }
    if !diff.population.is_empty() {
        out.push(Block::List {
            start: None,
            items: diff.population.iter().take(MOST_LINES).map(|pool| words::people(pool).into_iter().map(paragraph).collect()).collect(),
        });
        more(&mut out, diff.population.len());
    }
    out
}

fn row(change: &Change) -> Vec<Inlines> {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let unknown = if change.comparable { "" } else { " (not comparable)" };
    vec![text(&change.subject), text(&change.what), text(word(&change.old)), text(format!("{}{unknown}", word(&change.new)))]
}

fn more(out: &mut Vec<Block>, all: usize) {
    if all > MOST_LINES {
        out.push(paragraph(format!("{} more are in evidence.json.", all - MOST_LINES)));
    }
}
