//! Finding cards, and the appendix that says of each check why, how it is decided, and how to do it by hand.

use super::{code, list};
use crate::model::evidence::Evidence;
use crate::model::finding::Subject;
use crate::model::verdict::Verdict;
use crate::render::blocks::*;
use crate::render::markdown::safe_link;
use crate::render::view::{FindingView, View, exception_words};
use crate::report::evidence_v1::{Exception, MappedControl};
use std::collections::BTreeMap;

/// Most pointers printed of one finding; `evidence.json` has all.
const MOST_POINTERS: usize = 8;
/// Most findings on one card.
const MOST_ALIKE: usize = 10;

/// The first cards that printed a check's commands, and what to do about its FAIL: later ones point there.
#[derive(Default)]
struct Said<'v> {
    by_hand: BTreeMap<&'v str, &'v str>,
    remedy: BTreeMap<&'v str, &'v str>,
    controls: BTreeMap<&'v str, &'v FindingView<'v>>,
}

/// A card a finding, worst first; what says the same of several subjects stands on one card.
pub(super) fn cards(view: &View<'_>) -> Vec<Block> {
    let mut said = Said::default();
    let groups = view.findings.chunk_by(alike).flat_map(|group| group.chunks(MOST_ALIKE));
    groups.filter_map(|group| group.first().map(|f| Block::Finding(Box::new(card(view, f, group, &mut said))))).collect()
}

/// Whether two findings differ in their subject and pointers only, and nothing rides on either.
fn alike(a: &FindingView<'_>, b: &FindingView<'_>) -> bool {
    let plain = |f: &FindingView<'_>| f.exceptions.is_empty() && f.uncovered.is_none();
    let (one, other) = (a.finding, b.finding);
    let same = (&one.check, one.verdict, one.severity, &one.title, &one.reason)
        == (&other.check, other.verdict, other.severity, &other.title, &other.reason);
    same && one.counts == other.counts && one.declared_out == other.declared_out && a.controls == b.controls && plain(a) && plain(b)
}

/// Needs a human, or a change.
fn is_open(f: &FindingView<'_>) -> bool {
    matches!(f.finding.verdict, Verdict::Fail | Verdict::Incomplete | Verdict::Manual)
}

/// The card of findings that are alike, of which `f` is the first.
fn card<'v>(view: &'v View<'_>, f: &'v FindingView<'v>, group: &'v [FindingView<'v>], before: &mut Said<'v>) -> FindingCard {
    let finding = f.finding;
    let open = is_open(f);
    let mut facts = Vec::new();
    let link = |href: String, words: &str| Inline::Link { href, inlines: text(words) };
    if !finding.counts.is_empty() {
        let counts: Vec<String> = finding.counts.iter().map(|(name, n)| format!("{} {n}", name.replace('_', " "))).collect();
        facts.push(Fact { name: "Figures".to_owned(), value: text(counts.join(", ")) });
    }
    let mut commands = String::new();
    if let Some(text) = f.text {
        let subjects: Vec<String> = group.iter().map(|f| shell_subject(view, &f.finding.subject)).filter(|s| !s.is_empty()).collect();
        let with = |words: &str, subjects: &[String]| {
            let each =
                subjects.iter().enumerate().flat_map(|(n, s)| [Inline::Text(if n == 0 { words } else { ", then " }.to_owned()), code(s)]);
            each.collect::<Inlines>()
        };
        match before.by_hand.get(finding.check.as_str()) {
            _ if !open => {
                let value = vec![link(format!("#check-{}", finding.check), finding.check.as_str())];
                facts.push(Fact { name: "By hand".to_owned(), value });
            }
            Some(first) => {
                let mut value = vec![link(format!("#{first}"), "the commands above")];
                value.extend(with(" with ", &subjects));
                facts.push(Fact { name: "By hand".to_owned(), value });
            }
            None => {
                before.by_hand.insert(finding.check.as_str(), &f.anchor);
                let (one, others) = subjects.split_first().map_or(("", &[][..]), |(one, others)| (one.as_str(), others));
                if !others.is_empty() {
                    facts.push(Fact { name: "By hand".to_owned(), value: with("the commands below, then with ", others) });
                }
                commands = format!("{one}\n{}", text.by_hand.trim()).trim_start().to_owned();
            }
        }
    }
    let mut notes: Vec<Callout> = f.exceptions.iter().map(|e| exception(e)).collect();
    notes.extend(f.uncovered.map(|said| note(vec![Block::Paragraph(text(said))])));
    if finding.declared_out {
        notes.push(note(vec![Block::Paragraph(text(
            "Not applicable by the owner's declaration only: its controls are for a human to decide.",
        ))]));
    }
    if let (Verdict::Fail, Some(text)) = (finding.verdict, f.text) {
        match before.remedy.get(finding.check.as_str()) {
            Some(first) => facts.push(Fact { name: "What to do".to_owned(), value: vec![link(format!("#{first}"), "as above")] }),
            None => {
                before.remedy.insert(finding.check.as_str(), &f.anchor);
                notes.push(Callout { kind: CalloutKind::Remedy, blocks: prose(&text.remediation) });
            }
        }
    }
    let mut evidence = pointers(group.iter().flat_map(|f| f.finding.evidence.iter().take(MOST_POINTERS)));
    let more: usize = group.iter().map(|f| f.finding.evidence.iter().count().saturating_sub(MOST_POINTERS)).sum();
    // Of what does not pass; the appendix says it of every check.
    let bears_on = match before.controls.get(finding.check.as_str()) {
        _ if !open => Vec::new(),
        Some(first) if first.controls == f.controls && !f.controls.is_empty() => vec![vec![link(format!("#{}", first.anchor), "as above")]],
        _ => {
            before.controls.insert(finding.check.as_str(), f);
            controls(f.controls)
        }
    };
    if more > 0 {
        evidence.push(text(format!("and {more} more in evidence.json")));
    }
    FindingCard {
        anchor: f.anchor.clone(),
        also: group.iter().skip(1).map(|f| f.anchor.clone()).collect(),
        id: finding.check.to_string(),
        title: finding.title.clone(),
        verdict: finding.verdict,
        severity: finding.severity.word().to_owned(),
        subject: text(group.iter().map(|f| f.about.as_str()).collect::<Vec<_>>().join("; ")),
        reason: text(&finding.reason),
        facts,
        evidence,
        by_hand: commands,
        controls: bears_on,
        notes,
    }
}

fn note(blocks: Vec<Block>) -> Callout {
    Callout { kind: CalloutKind::Note, blocks }
}

/// Pointers, those into the same call together.
fn pointers<'e>(all: impl Iterator<Item = &'e Evidence>) -> Vec<Inlines> {
    let mut calls: Vec<(&str, Vec<&str>)> = Vec::new();
    for e in all {
        match calls.iter_mut().find(|(call, _)| *call == e.call) {
            Some((_, places)) => places.push(&e.pointer),
            None => calls.push((&e.call, vec![&e.pointer])),
        }
    }
    let line = |(call, places): (&str, Vec<&str>)| {
        let mut line = vec![code(call)];
        for (n, place) in places.into_iter().filter(|p| !p.is_empty()).enumerate() {
            line.extend([Inline::Text(if n == 0 { " " } else { ", " }.to_owned()), code(place)]);
        }
        line
    };
    calls.into_iter().map(line).collect()
}

fn controls(all: &[MappedControl]) -> Vec<Inlines> {
    all.iter().map(|c| vec![code(format!("{}:{}", c.framework, c.id)), Inline::Text(format!(" {}", c.strength))]).collect()
}

fn exception(e: &Exception) -> Callout {
    let [on, why, who, when, state] = exception_words(e);
    let said = format!("Exception {}, which changes no verdict: {on}. {why}. As the owner says, {who}; {when}; {state}.", e.number);
    note(vec![Block::Paragraph(text(said))])
}

/// The subject as variables of a POSIX shell, as the commands name them; quoted, for an id may come from a stranger.
fn shell_subject(view: &View<'_>, subject: &Subject) -> String {
    let Some(pool) = subject.pool() else { return String::new() };
    let mut out = format!("POOL={}", shell(pool.as_str()));
    if let Some(region) = view.pool(pool).map(|p| p.figures.region.clone()).or_else(|| pool.region()) {
        out.push_str(&format!(" REGION={}", shell(region.as_str())));
    }
    if let Subject::Client { client, .. } = subject {
        out.push_str(&format!(" CLIENT={}", shell(client.as_str())));
    }
    out
}

/// A word for a POSIX shell, quoted unless it is plain.
fn shell(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Every check that has a finding: why, how decided, by hand, what to do, sources. `cards`: the findings were printed before, with
/// the commands, remedies and controls of those that do not pass, so that they need not stand here again.
pub(super) fn checks(view: &View<'_>, cards: bool) -> Vec<Block> {
    let mut out = Vec::new();
    let above = |first: &FindingView<'_>, words: &str| {
        Block::Paragraph(vec![
            Inline::Strong(text(words)),
            Inline::Text(": ".to_owned()),
            Inline::Link { href: format!("#{}", first.anchor), inlines: text("at its first finding") },
        ])
    };
    for check in &view.checks {
        let title = format!("{}: {}", check.id, check.title);
        out.push(Block::Heading { level: 2, id: format!("check-{}", check.id), inlines: text(title) });
        out.extend(prose(&check.why));
        out.push(label("How it is decided"));
        out.extend(prose(&check.how_decided));
        let printed = |is: fn(&FindingView<'_>) -> bool| view.findings.iter().find(|f| cards && f.finding.check == check.id && is(f));
        let open = printed(is_open);
        match open {
            Some(first) => out.push(above(first, "By hand, and what it bears on")),
            None => out.extend([label("By hand"), Block::Code(check.by_hand.trim().to_owned())]),
        }
        match printed(|f| f.finding.verdict == Verdict::Fail) {
            Some(first) => out.push(above(first, "What to do about a FAIL")),
            None => {
                out.push(label("What to do about a FAIL"));
                out.extend(prose(&check.remediation));
            }
        }
        let bears_on = view.findings.iter().find(|f| f.finding.check == check.id).map(|f| controls(f.controls)).unwrap_or_default();
        if !bears_on.is_empty() && open.is_none() {
            out.push(label("Bears on"));
            out.push(Block::Paragraph(bears_on.join(&Inline::Text("; ".to_owned()))));
        }
        if !check.references.is_empty() {
            out.push(label("Sources"));
            out.push(Block::List { start: None, items: check.references.iter().map(|r| vec![Block::Paragraph(source(r))]).collect() });
        }
    }
    out
}

fn label(words: &str) -> Block {
    Block::Paragraph(vec![Inline::Strong(text(words))])
}

/// A source: its words, linked where an address ends it.
fn source(reference: &str) -> Inlines {
    match reference.rsplit_once(": ").map(|(words, href)| (words, safe_link(href))) {
        Some((words, Some(href))) => vec![Inline::Link { href, inlines: text(words) }],
        _ => text(reference),
    }
}

/// Text of a check as blocks: lines of commands as code, `PASS: …` lines as a list, other lines as a paragraph.
fn prose(words: &str) -> Vec<Block> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Words,
        Case,
        Command,
    }
    let kind = |line: &str, last: Option<(Kind, &str)>| {
        let continued = last.is_some_and(|(k, l)| k == Kind::Command && l.ends_with('\\'));
        let case = line.split_once(':').is_some_and(|(word, _)| Verdict::ALL.iter().any(|v| v.word() == word));
        match line {
            _ if continued || line.starts_with("aws ") => Kind::Command,
            _ if case => Kind::Case,
            _ => Kind::Words,
        }
    };
    let mut groups: Vec<(Kind, Vec<&str>)> = Vec::new();
    for line in words.trim().lines().map(str::trim_end).filter(|l| !l.is_empty()) {
        let last = groups.last().and_then(|(k, lines)| lines.last().map(|l| (*k, *l)));
        let kind = kind(line, last);
        match groups.last_mut() {
            Some((k, lines)) if *k == kind => lines.push(line),
            _ => groups.push((kind, vec![line])),
        }
    }
    let blocks = groups.into_iter().map(|(kind, lines)| match kind {
        Kind::Words => Block::Paragraph(text(lines.join(" "))),
        Kind::Case => list(lines.into_iter().map(str::to_owned)),
        Kind::Command => Block::Code(lines.join("\n")),
    });
    blocks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_cases_and_words_are_told_apart() {
        let blocks = prose("First\nsecond.\nPASS: yes.\nFAIL: no.\naws a \\\n  --b\nThen read.");
        assert!(matches!(&blocks[0], Block::Paragraph(i) if plain(i) == "First second."));
        assert!(matches!(&blocks[1], Block::List { items, .. } if items.len() == 2));
        assert!(matches!(&blocks[2], Block::Code(c) if c == "aws a \\\n  --b"));
        assert!(matches!(&blocks[3], Block::Paragraph(_)));
    }

    #[test]
    fn a_pool_id_from_a_stranger_stays_one_word_of_a_shell() {
        assert_eq!(shell("eu-west-1_Ab"), "eu-west-1_Ab");
        assert_eq!(shell("a'; rm -rf /; '"), "'a'\\''; rm -rf /; '\\'''");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn a_source_is_linked_by_its_address() {
        assert!(
            matches!(&source("AWS, X: https://docs.aws.amazon.com/x")[0], Inline::Link { href, .. } if href.starts_with("https://docs"))
        );
        assert_eq!(source("SOC 2 CC6.6; PCI DSS: 8.4"), text("SOC 2 CC6.6; PCI DSS: 8.4"));
    }
}
