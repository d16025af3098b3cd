//! Step 10, re-performance: the bundled recording, scope and catalogue are evaluated again, by this program's own checks;
//! `evidence.json`, `population.csv` and the reports must come out the same, byte for byte.
//!
//! It must not call a difference a forgery where the program itself differs from the one that sealed (rulings 18).

use std::collections::BTreeMap;
use std::io::Write;

use super::outcome::Outcome;
use super::recording::InBag;
use super::reports::{self, Renderer, Reports};
use super::statement::Sealed;
use crate::bundle::Bag;
use crate::bundle::layout::{
    CATALOGUE, CHANGES, CHECK_TEXTS, EVIDENCE, LARGEST_DOCUMENT, LARGEST_TAG, POPULATION, PREVIOUS, REVIEWS, ROSTER, SCOPE,
};
use crate::bundle::read::Refused;
use crate::checks;
use crate::clock::parse_rfc3339;
use crate::controls::catalogue::{CHECKS, Catalogue};
use crate::digest::Sha256;
use crate::recording::read::Recording;
use crate::report::assess::{self, Assessed, Inputs};
use crate::report::evidence_v1::EvidenceV1;
use crate::report::population_csv;

/// Most files in a catalogue.
const MOST_FILES: usize = 100;

/// Step 10, and whether the reports were made again too.
pub(super) fn check(bag: &Bag, sealed: &Sealed, renderer: Option<Renderer>) -> (Outcome, bool) {
    let evidence = &sealed.evidence;
    if let Some(why) = other_logic(evidence) {
        return (Outcome::NotChecked(why), false);
    }
    let outcome = match compare(bag, sealed, renderer) {
        Ok((note, reports)) => return (Outcome::Passed(note), reports),
        // The texts and the order of a file may change between versions while the logic does not.
        Err(Difference::Form(why)) if evidence.run.tool.version != env!("CARGO_PKG_VERSION") => Outcome::NotChecked(format!(
            "{why}; but the evidence was made by version {}, so verify with that version's program",
            evidence.run.tool.version
        )),
        Err(Difference::Form(why) | Difference::Verdict(why)) => Outcome::Failed(why),
    };
    (outcome, false)
}

/// A check whose logic this program does not have, or has in another revision.
fn other_logic(evidence: &EvidenceV1) -> Option<String> {
    let ours = checks::revisions();
    let theirs = evidence.findings.iter().map(|f| (f.finding.check.as_str(), f.finding.revision));
    theirs.into_iter().find(|(id, revision)| ours.get(id) != Some(revision)).map(|(id, revision)| {
        format!("{id} was decided by revision {revision} of its logic, which this program does not have; use the version that sealed")
    })
}

/// How the evidence comes out otherwise.
enum Difference {
    /// A check of a revision that this program has decides otherwise: no version may (rulings 18).
    Verdict(String),
    /// Anything else.
    Form(String),
}

impl From<String> for Difference {
    fn from(why: String) -> Self {
        Self::Form(why)
    }
}

fn compare(bag: &Bag, sealed: &Sealed, renderer: Option<Renderer>) -> Result<(String, bool), Difference> {
    let evidence = &sealed.evidence;
    let refused = |Refused(why): Refused| why;
    let catalogue = catalogue(bag)?;
    let at = parse_rfc3339(&evidence.run.at)?;
    let recording = Recording::new(InBag(bag)).map_err(|e| e.to_string())?;
    let scope = bag.read(SCOPE, LARGEST_DOCUMENT).map_err(refused)?;
    let input = |path: &str| bag.files().contains_key(path).then(|| bag.read(path, LARGEST_DOCUMENT)).transpose().map_err(refused);
    let (previous, changes, roster, reviews) = (input(PREVIOUS)?, input(CHANGES)?, input(ROSTER)?, input(REVIEWS)?);
    let (previous, changes) = (previous.as_deref(), changes.as_deref());
    let inputs = Inputs { previous, changes, roster: roster.as_deref(), reviews: reviews.as_deref() };
    let again = assess::assess_with(&recording, &scope, &catalogue, Some(at), inputs).map_err(|e| e.to_string())?;
    let bytes = again.evidence.to_json().map_err(|e| e.to_string())?;
    if bytes != bag.read(EVIDENCE, LARGEST_DOCUMENT).map_err(refused)? {
        let why = format!("evidence.json comes out otherwise: {}", difference(evidence, &again.evidence));
        return Err(if decided_otherwise(evidence, &again.evidence) { Difference::Verdict(why) } else { Difference::Form(why) });
    }
    let rows = population(bag, &again)?;
    let own = match Catalogue::release() {
        Ok(release) if release.digest() == catalogue.digest() => "this release's catalogue",
        _ => "the sealer's own catalogue, which is not this release's",
    };
    let (reports, made) = match reports::compare(bag, sealed, &again.evidence, &bytes, &again.scope.formats, renderer)? {
        Reports::Same(names) => (names.iter().map(|name| format!(", {name}")).collect(), true),
        Reports::NotMade(why) => (format!("; the reports were not made again: {why}"), false),
    };
    Ok((format!("again derived and the same, byte for byte, with {own}: evidence.json{rows}{reports}"), made))
}

/// Derives `population.csv` again, where the bundle has one, without holding it in memory.
fn population(bag: &Bag, again: &Assessed) -> Result<&'static str, String> {
    let Some(sealed) = bag.files().get(POPULATION) else { return Ok("") };
    let mut hash = Hash(Sha256::default());
    population_csv::write(&again.snapshot, again.scope.privacy.mode, &mut hash).map_err(|e| format!("{POPULATION}: {e}"))?;
    if hash.0.finish_hex() == sealed.sha256 { Ok(", population.csv") } else { Err("population.csv comes out otherwise".to_owned()) }
}

/// A sink that only keeps the digest.
struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The catalogue that lies in the bundle. The checks' texts beside it are not read: this program has its own, and a
/// difference between the two shows in `evidence.json`.
fn catalogue(bag: &Bag) -> Result<Catalogue, String> {
    let of_catalogue = |path: &&String| path.starts_with(CATALOGUE) && !path.starts_with(CHECK_TEXTS);
    let paths: Vec<&String> = bag.files().keys().filter(of_catalogue).collect();
    if paths.is_empty() || paths.len() > MOST_FILES {
        return Err(format!("{CATALOGUE} holds {} files", paths.len()));
    }
    let mut files = BTreeMap::new();
    for path in paths {
        let name = path.strip_prefix(CATALOGUE).unwrap_or(path).to_owned();
        files.insert(name, bag.read_text(path, LARGEST_TAG).map_err(|Refused(why)| why)?);
    }
    Catalogue::load(&files, CHECKS).map_err(|e| format!("{CATALOGUE}: {e}"))
}

/// Verdicts by check and subject.
fn verdicts(evidence: &EvidenceV1) -> BTreeMap<(String, String), String> {
    let one = |f: &crate::report::evidence_v1::MappedFinding| {
        ((f.finding.check.to_string(), f.finding.subject.label()), f.finding.verdict.to_string())
    };
    evidence.findings.iter().map(one).collect()
}

/// Whether a check that the sealer evaluated has another verdict, or another subject, here. A check that he did not
/// evaluate at all may be of a later version.
fn decided_otherwise(sealed: &EvidenceV1, again: &EvidenceV1) -> bool {
    let theirs = verdicts(sealed);
    let evaluated = |check: &str| theirs.keys().any(|(id, _)| id == check);
    let ours: BTreeMap<_, _> = verdicts(again).into_iter().filter(|((check, _), _)| evaluated(check)).collect();
    theirs != ours
}

/// Where two evidences part, for people: the first finding that differs, else the section.
fn difference(sealed: &EvidenceV1, again: &EvidenceV1) -> String {
    let (theirs, ours) = (verdicts(sealed), verdicts(again));
    for (key, verdict) in &ours {
        if theirs.get(key) != Some(verdict) {
            let (check, subject) = key;
            return format!("{check} of {subject} is {verdict} here, {} there", theirs.get(key).map_or("missing", String::as_str));
        }
    }
    let section = |e: &EvidenceV1| serde_json::to_value(e).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
    let (theirs, ours) = (section(sealed), section(again));
    let name = ours.iter().find(|(key, value)| theirs.get(*key) != Some(value)).map_or("its form", |(key, _)| key.as_str());
    format!("the difference is in {name}")
}
