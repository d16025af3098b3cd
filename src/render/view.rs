//! What all reports share, built once from `evidence.json` and the texts of the checks, so that no two formats can disagree.
//! It sorts, counts and names; it judges nothing. Templates see it as it serializes.

use crate::clock;
use crate::digest::sha256_hex;
use crate::model::finding::{Finding, Subject};
use crate::model::id::{CheckId, PoolId};
use crate::model::verdict::{Severity, Verdict};
use crate::report::check_text::CheckText;
use crate::report::evidence_v1::{EvidenceV1, Exception, MappedControl, PoolPopulation, RollUp};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Longest name of a pool that is printed whole, in characters; the id always stands beside it.
const LONGEST_NAME: usize = 60;

/// What all reports share.
#[derive(Debug, Serialize)]
pub struct View<'a> {
    /// The evidence as it is.
    pub evidence: &'a EvidenceV1,
    /// SHA-256 of the bytes of `evidence.json`.
    pub evidence_sha256: String,
    /// Whose evidence: the declared organisation, or words that say that there is none.
    pub organization: String,
    /// Findings by verdict, worst first, zeros included.
    pub verdicts: Vec<VerdictCount>,
    /// Findings, worst first: by verdict, severity, check, subject.
    pub findings: Vec<FindingView<'a>>,
    /// The pools with their figures.
    pub pools: Vec<PoolView<'a>>,
    /// What is left out, counted by kind.
    pub left_out: BTreeMap<&'a str, u64>,
    /// Statements about the source that must hit the eye: imported, overridden, made up …
    pub warnings: Vec<&'a str>,
    /// The other statements of the cover.
    pub statements: Vec<&'a str>,
    /// Texts of the checks that have a finding here.
    pub checks: Vec<&'a CheckText>,
}

/// How many findings have a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: Verdict,
    /// How many.
    pub count: u64,
    /// Severities of a FAIL, or how many were declared out.
    pub note: String,
}

/// A finding with what is printed beside it.
#[derive(Debug, Serialize)]
pub struct FindingView<'a> {
    /// Anchor in the document: `f-` and the place in the order.
    pub anchor: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: &'a Finding,
    /// What it is about, in words, with the pool's name.
    pub about: String,
    /// The controls it bears on.
    pub controls: &'a [MappedControl],
    /// The exceptions that ride on it: it stays what it is.
    pub exceptions: Vec<&'a Exception>,
    /// Whom they leave uncovered, where all of them are for single users.
    pub uncovered: Option<&'a str>,
    /// The text of its check.
    #[serde(skip)]
    pub text: Option<&'a CheckText>,
}

/// The exceptions in one sentence; `None` where none is declared.
pub fn exceptions(evidence: &EvidenceV1) -> Option<String> {
    let all = &evidence.exceptions;
    let of = |state: &str| all.iter().filter(|e| e.state == state).count();
    let mut parts = vec![format!("{} declared", all.len()), format!("{} in force", of("in-force"))];
    let late = all.iter().filter(|e| e.late).count();
    let more = [(of("not-yet"), "not in force yet"), (of("expired"), "expired"), (of("ill-formed"), "ill-formed")];
    let late = (late, "not in the bundle before, which has what they cover");
    parts.extend(more.into_iter().chain([late]).filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")));
    let covered = evidence.findings.iter().filter(|f| !f.exceptions.is_empty()).count();
    let partly = evidence.findings.iter().filter(|f| f.exceptions_cover.as_ref().is_some_and(|c| c.covered < c.of)).count();
    let others = if partly == 0 { String::new() } else { format!(", {partly} of them for single users only, with others uncovered,") };
    let signed = match all.iter().filter(|e| e.approved_with.is_some()).count() {
        0 => "nobody signed any exception".to_owned(),
        n => format!("the approvals of {n} are signed, and whose key it was is for verify to say"),
    };
    let said = || {
        format!(
            "Exceptions: {}. Of the findings that fail, {covered} have one beside them{others} and stay FAIL; {signed}.",
            parts.join(", ")
        )
    };
    (!all.is_empty()).then(said)
}

/// Most findings that an exception for one user names in its words.
const MOST_COVERED: usize = 3;

/// The parts of an exception in words: on what and about whom; why and what instead; who and where; how long; how it stands.
pub fn exception_words(e: &Exception) -> [String; 5] {
    let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    let text = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "no day".to_owned(), |d| d.to_string());
    let mut state = match e.state.as_str() {
        "in-force" => "in force".to_owned(),
        "not-yet" => "not in force yet".to_owned(),
        other => other.to_owned(),
    };
    if e.late {
        state.push_str("; not in the bundle before, which has what it covers");
    }
    if !e.defects.is_empty() {
        state.push_str(&format!(": {}", e.defects.join("; ")));
    }
    let reason = text(&e.reason, "no reason");
    let signed = match (&e.approved_with, &e.approved_at) {
        (Some(key), at) => {
            let at = at.as_deref().map_or_else(|| "no day".to_owned(), utc);
            format!(" (signed {at} with key {}; whose key that is, verify says)", key.get(..16).unwrap_or(key))
        }
        (None, _) => " (not signed)".to_owned(),
    };
    let mut on = format!("{} for {}", text(&e.on, "nothing"), e.subject);
    if e.one_user && !e.covers.is_empty() {
        // The check, and how many of whom.
        let short = |c: &String| match (c.split_once(' '), c.rsplit_once(": ")) {
            (Some((check, _)), Some((_, reach))) => format!("{reach} ({check})"),
            _ => c.clone(),
        };
        let more = e.covers.len().saturating_sub(MOST_COVERED);
        let rest = if more > 0 { format!("; {more} more") } else { String::new() };
        let first: Vec<String> = e.covers.iter().take(MOST_COVERED).map(short).collect();
        on = format!("Covers {}{rest}: {on}", first.join("; "));
    }
    [
        on,
        format!("{}. Instead: {}", reason.trim_end_matches('.'), or(&e.compensating_control, "nothing").trim_end_matches('.')),
        format!("{} asked, {} approved{signed}; {}", or(&e.requester, "nobody"), or(&e.approver, "nobody"), or(&e.ticket, "no ticket")),
        format!("{} to {}", day(e.start), day(e.expiry)),
        state,
    ]
}

/// A pool with its figures.
#[derive(Debug, Serialize)]
pub struct PoolView<'a> {
    /// Its name (cut where very long) and id.
    pub label: String,
    /// Its name alone, or its id where it has none.
    pub short: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: &'a PoolPopulation,
}

impl<'a> View<'a> {
    /// The view of an evidence; `evidence_json` is the file that carries it.
    pub fn new(evidence: &'a EvidenceV1, texts: &'a BTreeMap<CheckId, CheckText>, evidence_json: &[u8]) -> Self {
        let pools: Vec<PoolView<'a>> = evidence.population.iter().map(PoolView::new).collect();
        let names: BTreeMap<&PoolId, &str> = pools.iter().map(|p| (&p.figures.pool, p.label.as_str())).collect();
        let mut sorted: Vec<_> = evidence.findings.iter().collect();
        sorted.sort_by_key(|f| (f.finding.verdict, Reverse(f.finding.severity), &f.finding.check, &f.finding.subject));
        let findings = sorted.into_iter().enumerate().map(|(n, f)| FindingView {
            anchor: format!("f-{}", n + 1),
            about: about(&f.finding.subject, &names),
            controls: &f.controls,
            exceptions: evidence.exceptions.iter().filter(|e| f.exceptions.contains(&e.number)).collect(),
            uncovered: f.exceptions_cover.as_ref().map(|c| c.sentence.as_str()),
            text: texts.get(&f.finding.check),
            finding: &f.finding,
        });
        let mut left_out: BTreeMap<&str, u64> = BTreeMap::new();
        for left in &evidence.left_out {
            *left_out.entry(left.kind.as_str()).or_default() += 1;
        }
        let (warnings, statements) = evidence.run.statements.iter().map(String::as_str).partition(|s| is_loud(s));
        let checks: BTreeSet<&CheckId> = evidence.findings.iter().map(|f| &f.finding.check).collect();
        let name = &evidence.scope.organization.name;
        Self {
            evidence,
            evidence_sha256: sha256_hex(evidence_json),
            organization: if name.is_empty() { "Organisation not declared".to_owned() } else { name.clone() },
            verdicts: verdicts(evidence),
            findings: findings.collect(),
            left_out,
            warnings,
            statements,
            checks: checks.into_iter().filter_map(|id| texts.get(id)).collect(),
            pools,
        }
    }

    /// The pool with this id.
    pub fn pool(&self, id: &PoolId) -> Option<&PoolView<'a>> {
        self.pools.iter().find(|p| &p.figures.pool == id)
    }
}

impl<'a> PoolView<'a> {
    fn new(figures: &'a PoolPopulation) -> Self {
        let name = figures.name.as_deref().filter(|n| !n.is_empty()).map(|n| clip(n, LONGEST_NAME));
        Self {
            label: name.as_ref().map_or_else(|| figures.pool.to_string(), |n| format!("{n} ({})", figures.pool)),
            short: name.unwrap_or_else(|| figures.pool.to_string()),
            figures,
        }
    }
}

/// At most so many characters, the last an ellipsis where something was cut.
pub fn clip(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// An RFC 3339 instant for people: `2026-09-30 14:02:11 UTC`; other text as it is.
pub fn utc(instant: &str) -> String {
    clock::parse_rfc3339(instant).map_or_else(|_| instant.to_owned(), |t| t.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// What a cell says of a control: never that it is met.
pub fn cell(roll_up: &RollUp, proposed: bool) -> String {
    let Some(verdict) = roll_up.verdict else {
        return if proposed { "proposed: not scored" } else { "context only" }.to_owned();
    };
    let kind = if roll_up.basis == "mixed" { "" } else { &roll_up.basis };
    let counted = match roll_up.of {
        0 => "no finding applies".to_owned(),
        of => format!("{} of {of} {kind} pass", roll_up.pass).replace("  ", " "),
    };
    // Why the colour is not that of the count.
    let gated = verdict == Verdict::Manual && !roll_up.checks.contains_key(Verdict::Manual.word());
    match roll_up.checks.get("NOT_EVALUATED").map(Vec::len) {
        _ if gated && roll_up.of == 0 => "for a human to decide".to_owned(),
        _ if gated => format!("for a human to decide; {counted}"),
        Some(n) if roll_up.of == 0 => format!("{n} not evaluated"),
        Some(n) => format!("{counted}; {n} not evaluated"),
        None => counted,
    }
}

/// Whether a statement opens with a word in capitals, as those about the source do.
fn is_loud(statement: &str) -> bool {
    let word = statement.split([' ', ':']).next().unwrap_or_default();
    word.chars().count() > 2 && word.chars().all(char::is_uppercase) && word != "AWS"
}

fn about(subject: &Subject, names: &BTreeMap<&PoolId, &str>) -> String {
    let pool = |id: &PoolId| names.get(id).map_or_else(|| id.to_string(), |n| (*n).to_owned());
    match subject {
        Subject::Run => "this run".to_owned(),
        Subject::Pool { pool: id } => pool(id),
        Subject::Client { pool: id, client } => format!("app client {client} of {}", pool(id)),
    }
}

fn verdicts(evidence: &EvidenceV1) -> Vec<VerdictCount> {
    let of = |verdict| evidence.findings.iter().map(|f| &f.finding).filter(move |f| f.verdict == verdict);
    let note = |verdict: Verdict| match verdict {
        Verdict::Fail => {
            let by = |s: Severity| (of(Verdict::Fail).filter(|f| f.severity == s).count(), s.word());
            let worst = Severity::ALL.into_iter().rev().map(by).filter(|(n, _)| *n > 0).take(2);
            worst.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
        }
        Verdict::NotApplicable => match of(verdict).filter(|f| f.declared_out).count() {
            0 => String::new(),
            n => format!("{n} declared out"),
        },
        _ => String::new(),
    };
    evidence.verdict_counts().into_iter().map(|(verdict, count)| VerdictCount { verdict, count, note: note(verdict) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    #[test]
    fn findings_stand_worst_first_and_all_of_them_do() {
        let evidence = testdata::evidence();
        let texts = BTreeMap::new();
        let view = View::new(&evidence, &texts, b"{}");
        let order: Vec<_> = view.findings.iter().map(|f| (f.finding.verdict, Reverse(f.finding.severity))).collect();
        assert!(order.is_sorted());
        assert_eq!(view.findings.len(), evidence.findings.len());
        assert_eq!(view.findings[0].finding.check.as_str(), "COG-MFA-001");
        assert_eq!(view.verdicts.iter().map(|v| v.count).sum::<u64>(), evidence.findings.len() as u64);
        assert_eq!(view.verdicts[0].note, "1 critical, 1 high");
    }

    #[test]
    fn loud_statements_are_told_from_the_others() {
        let evidence = testdata::evidence();
        let texts = BTreeMap::new();
        let view = View::new(&evidence, &texts, b"");
        assert_eq!(view.warnings.len(), 1);
        assert_eq!(view.statements.len(), 4);
    }

    #[test]
    fn a_cell_never_says_that_a_control_passes() {
        for framework in &testdata::evidence().controls {
            for control in &framework.controls {
                for roll_up in control.pools.values() {
                    let text = cell(roll_up, control.proposed);
                    assert!(!text.contains("PASS") && !text.to_lowercase().contains("compliant"), "{text}");
                }
            }
        }
    }

    #[test]
    fn long_names_are_cut_and_times_are_readable() {
        assert_eq!(clip(&"é".repeat(100), 10).chars().count(), 10);
        assert_eq!(utc("2026-09-30T14:02:11.000Z"), "2026-09-30 14:02:11 UTC");
        assert_eq!(utc("yesterday"), "yesterday");
    }
}
