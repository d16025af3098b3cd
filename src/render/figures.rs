//! The figures of a report: what each `poolproof:NAME` block of a template becomes. Those that a reader must never miss (cover,
//! left out, exceptions, limits) are written here and not in a template, and `render` adds them where a template lacks them.

mod cover;
mod findings;
mod since;
mod timeline;

use super::blocks::*;
use super::markdown::Directive;
use super::view::{View, cell, exception_words, utc};
use crate::report::evidence_v1::{ControlResult, Exception, RollUp};
use std::collections::BTreeSet;

pub(super) use cover::{cover, say_who_signs};

/// Figures that stand in every report.
pub(super) const BUILT_IN: [(&str, &str); 3] = [("left-out", "Left out"), ("exceptions", "Exceptions"), ("limits", "Limits")];

/// Most pools for which a figure has a part of its own; `evidence.json` has all.
const MOST_POOLS: usize = 40;
/// Pools beside each other in the matrix.
const BESIDE: usize = 4;
/// Most lines of a table here; `evidence.json` has all.
const MOST_LINES: usize = 300;

/// Draws the directives of one report and remembers which were used.
pub(super) struct Figures<'v> {
    view: &'v View<'v>,
    used: BTreeSet<String>,
}

impl<'v> Figures<'v> {
    pub(super) fn new(view: &'v View<'v>) -> Self {
        Self { view, used: BTreeSet::new() }
    }

    /// The blocks of a directive; `None` where there is none of that name.
    ///
    /// # Errors
    /// It was given arguments or lines that it does not take.
    pub(super) fn resolve(&mut self, directive: &Directive) -> Result<Option<Vec<Block>>, String> {
        let takes = directive.name == "toc";
        if !directive.body.trim().is_empty() || !(takes || directive.args.is_empty()) {
            return Err("it takes no lines and no arguments; remove them".to_owned());
        }
        let blocks = match directive.name.as_str() {
            // The cover always stands first, wherever the template names it.
            "cover" => Vec::new(),
            "toc" => vec![Block::Toc { depth: depth(&directive.args)? }],
            "tiles" => vec![Block::Tiles(tiles(self.view))],
            "matrix" => matrix(self.view),
            "named" => named(self.view),
            "findings" => findings::cards(self.view),
            "checks" => findings::checks(self.view, self.used.contains("findings")),
            "coverage" => coverage(self.view),
            "timeline" => timeline::blocks(self.view),
            "left-out" => left_out(self.view),
            "exceptions" => exceptions(self.view),
            "limits" => limits(self.view),
            "since-previous" => since::blocks(self.view.evidence.since_previous.as_ref()),
            _ => return Ok(None),
        };
        self.used.insert(directive.name.clone());
        Ok(Some(blocks))
    }

    /// The built-in figures that were not used, each under its heading.
    pub(super) fn missing(&self, ids: &BTreeSet<String>) -> Vec<Block> {
        let mut out = Vec::new();
        let since = ("since-previous", "Since the last bundle");
        let since = self.view.evidence.since_previous.is_some().then_some(&since);
        for (name, title) in BUILT_IN.iter().chain(since).filter(|(name, _)| !self.used.contains(*name)) {
            let id = std::iter::once((*name).to_owned()).chain((2..).map(|n| format!("{name}-{n}"))).find(|id| !ids.contains(id));
            out.push(Block::Heading { level: 1, id: id.unwrap_or_default(), inlines: text(*title) });
            out.extend(match *name {
                "left-out" => left_out(self.view),
                "exceptions" => exceptions(self.view),
                "since-previous" => since::blocks(self.view.evidence.since_previous.as_ref()),
                _ => limits(self.view),
            });
        }
        out
    }
}

fn depth(args: &str) -> Result<u8, String> {
    match args {
        "" => Ok(2),
        "1" => Ok(1),
        "2" => Ok(2),
        "3" => Ok(3),
        other => Err(format!("the depth {other:?} is none of 1, 2, 3")),
    }
}

pub(super) fn tiles(view: &View<'_>) -> Tiles {
    let counts = view.verdicts.iter().map(|v| Count { verdict: v.verdict, count: v.count, note: v.note.clone() });
    Tiles { counts: counts.collect() }
}

fn paragraph(words: impl Into<String>) -> Block {
    Block::Paragraph(text(words))
}

pub(super) fn code(t: impl Into<String>) -> Inline {
    Inline::Code(t.into())
}

pub(super) fn list(items: impl IntoIterator<Item = String>) -> Block {
    Block::List { start: None, items: items.into_iter().map(|item| vec![paragraph(item)]).collect() }
}

/// A table with left-aligned columns of the given weights.
fn table(caption: Inlines, head: &[(&str, u16)], rows: Vec<Vec<Inlines>>) -> Block {
    let columns = head.iter().map(|(_, weight)| Column { align: Align::Left, weight: *weight }).collect();
    Block::Table(Table { caption, columns, head: head.iter().map(|(name, _)| text(*name)).collect(), rows })
}

fn matrix(view: &View<'_>) -> Vec<Block> {
    let pools = &view.pools;
    // The first column is all pools together, where that says something of its own.
    let many = pools.len() > MOST_POOLS;
    let mut columns: Vec<Option<usize>> = if pools.len() == 1 { Vec::new() } else { vec![None] };
    if !many {
        columns.extend((0..pools.len()).map(Some));
    }
    let mut out = Vec::new();
    for chunk in columns.chunks(BESIDE) {
        let heads = chunk.iter().map(|column| match column.and_then(|n| pools.get(n)) {
            None => text("All pools"),
            Some(pool) if pool.figures.name.is_none() => vec![code(pool.figures.pool.as_str())],
            Some(pool) => vec![Inline::Text(pool.short.clone()), Inline::Break, code(pool.figures.pool.as_str())],
        });
        let groups = view.evidence.controls.iter().map(|framework| {
            let row = |c: &ControlResult| MatrixRow {
                id: c.id.to_string(),
                title: c.title.clone(),
                cells: chunk.iter().map(|column| matrix_cell(view, c, *column)).collect(),
            };
            let counted = framework.controls.iter().filter(|c| !context_only(c));
            let own = if framework.own { " (the sealer's own framework)" } else { "" };
            MatrixGroup { title: format!("{}, {}{own}", framework.name, framework.version), rows: counted.map(row).collect() }
        });
        out.push(Block::Matrix(Matrix {
            caption: text("How many of the findings that count pass, by control and pool. A cell never says that a control is met."),
            columns: heads.collect(),
            groups: groups.collect(),
        }));
    }
    let context: Vec<&ControlResult> = view.evidence.controls.iter().flat_map(|f| &f.controls).filter(|c| context_only(c)).collect();
    if !context.is_empty() {
        let mut words = text("Mapped for context only, so nothing here counts towards them: ");
        for (n, control) in context.into_iter().enumerate() {
            words.extend([Inline::Text(if n == 0 { "" } else { ", " }.to_owned()), code(control.id.to_string())]);
        }
        words.push(Inline::Text(".".to_owned()));
        out.push(Block::Paragraph(words));
    }
    if many {
        out.push(paragraph(format!("There are {} pools: the roll-up of each is in evidence.json.", pools.len())));
    }
    out
}

/// Whether no finding of any pool counts towards the control.
fn context_only(control: &ControlResult) -> bool {
    !control.proposed && control.overall.verdict.is_none() && control.pools.values().all(|r| r.verdict.is_none())
}

fn matrix_cell(view: &View<'_>, control: &ControlResult, column: Option<usize>) -> MatrixCell {
    let roll_up = match column.and_then(|n| view.pools.get(n)) {
        None => Some(&control.overall),
        Some(pool) => control.pools.get(&pool.figures.pool),
    };
    roll_up.map_or_else(
        || MatrixCell { verdict: None, text: "no finding".to_owned() },
        |r| MatrixCell { verdict: r.verdict, text: cell(r, control.proposed) },
    )
}

fn named(view: &View<'_>) -> Vec<Block> {
    let title = |id: &crate::model::id::ControlId| {
        let found = view.evidence.controls.iter().flat_map(|f| &f.controls).find(|c| &c.id == id);
        found.map(|c| c.title.clone()).unwrap_or_default()
    };
    let row = |id: &crate::model::id::ControlId, r: &RollUp| MatrixRow {
        id: id.to_string(),
        title: title(id),
        cells: vec![MatrixCell { verdict: r.verdict, text: r.sentence.clone() }],
    };
    let mut out = Vec::new();
    for (n, named) in view.evidence.named_by_policy.iter().enumerate() {
        out.push(Block::Heading { level: 2, id: format!("named-{}", n + 1), inlines: text(&named.named) });
        out.push(paragraph(&named.truth));
        out.push(Block::Matrix(Matrix {
            caption: Vec::new(),
            columns: vec![text("What the findings say")],
            groups: vec![MatrixGroup {
                title: named.named.clone(),
                rows: named.controls.iter().map(|(id, roll_up)| row(id, roll_up)).collect(),
            }],
        }));
    }
    out
}

fn coverage(view: &View<'_>) -> Vec<Block> {
    let part = |state: FactorState, label: &str, count: u64| Part { state, label: label.to_owned(), count };
    let bars = view.pools.iter().take(MOST_POOLS).map(|pool| {
        let of = |word: &str| pool.figures.by_state.get(word).copied().unwrap_or(0);
        let parts = vec![
            part(FactorState::Enrolled, "enrolled", of("enrolled")),
            part(FactorState::Derived, "derived", of("derived")),
            part(FactorState::Indeterminate, "indeterminate", of("indeterminate")),
            part(FactorState::NotEnrolled, "not enrolled", of("not-enrolled")),
            part(FactorState::NotAsked, "not asked", of("not-asked")),
            part(FactorState::NotAsked, "unread", of("unread")),
            part(FactorState::Excluded, "pending", of("pending")),
            part(FactorState::Excluded, "federated", of("federated")),
            part(FactorState::Excluded, "disabled", of("disabled")),
            part(FactorState::Excluded, "unconfirmed", of("unconfirmed")),
        ];
        // What is zero stays out of the legend, save what everybody looks for.
        let kept = parts.into_iter().filter(|p| p.count > 0 || matches!(p.state, FactorState::Enrolled | FactorState::NotEnrolled));
        Bar { label: pool.label.clone(), parts: kept.collect() }
    });
    let mut out = vec![Block::Coverage(Coverage { caption: text("Users by factor state"), bars: bars.collect() })];
    if view.pools.len() > MOST_POOLS {
        out.push(paragraph(format!("The first {MOST_POOLS} of {} pools; evidence.json has all.", view.pools.len())));
    }
    out
}

fn left_out(view: &View<'_>) -> Vec<Block> {
    let left = &view.evidence.left_out;
    if left.is_empty() {
        return vec![paragraph("Nothing that this tool knows of was left out.")];
    }
    let rows = left.iter().take(MOST_LINES).map(|l| vec![text(kind_words(&l.kind)), text(&l.what), text(&l.why)]).collect();
    let mut out = vec![table(text("Everything left out of this run"), &[("Kind", 3), ("What", 6), ("Why", 7)], rows)];
    if left.len() > MOST_LINES {
        out.push(paragraph(format!("{} more are in evidence.json.", left.len() - MOST_LINES)));
    }
    out
}

/// A kind of omission in words: `pool-not-in-scope` reads as it is, without dashes.
pub(super) fn kind_words(kind: &str) -> String {
    // Counted are lines of the list, not users.
    if kind == "users-excluded" { "groups of users excluded".to_owned() } else { kind.replace('-', " ") }
}

fn exceptions(view: &View<'_>) -> Vec<Block> {
    let all = &view.evidence.exceptions;
    if all.is_empty() {
        return vec![paragraph("None was declared.")];
    }
    let row = |e: &Exception| {
        let [on, why, who, when, state] = exception_words(e);
        vec![text(e.number.to_string()), text(on), text(why), text(who), text(format!("{when}: {state}"))]
    };
    let mut out = vec![
        paragraph(
            "An exception changes no verdict: what it covers is still printed as FAIL. Who asked and who approved is the owner's word, unless an approval is signed: then poolproof verify says whose key it was to those who have it in their trust file.",
        ),
        table(
            text("Declared exceptions"),
            &[("No.", 1), ("On", 5), ("Reason, and what stands instead", 5), ("Who", 4), ("Valid", 5)],
            all.iter().take(MOST_LINES).map(row).collect(),
        ),
    ];
    if all.len() > MOST_LINES {
        out.push(paragraph(format!("{} more are in evidence.json.", all.len() - MOST_LINES)));
    }
    out
}

fn limits(view: &View<'_>) -> Vec<Block> {
    let run = &view.evidence.run;
    let mut out = vec![list(view.evidence.limits.iter().cloned())];
    if let (Some(first), Some(last)) = (&run.first_call, &run.last_call) {
        out.push(paragraph(format!("Facts were read between {} and {}; verdicts are made for {}.", utc(first), utc(last), utc(&run.at))));
    }
    out
}
