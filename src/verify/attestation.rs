//! Later seals: the attestations that reviewers added (rulings 21, 41, 42). Each must be a whole of its own: signed, about
//! this bundle and its files, about every MANUAL finding, and naming every seal before it. One that is not fails step 3; a
//! file below `attestations/` that none of them names fails step 2. Who attested is told only for keys in the caller's
//! trust file; an attestation changes no verdict and no step of the first seal, and its absence proves nothing.
//!
//! It must not judge what a reviewer says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Options;
use super::signer::CheckedAt;
use super::statement::Sealed;
use super::trust::{KeyUse, Trust};
use crate::bundle::Bag;
use crate::bundle::layout::{ATTESTATIONS, Attestation as Paths, LARGEST_DOCUMENT, LARGEST_TAG, MANIFEST, is_later_seal, shown};
use crate::bundle::read::Refused;
use crate::clock::{parse_rfc3339, rfc3339};
use crate::model::verdict::Verdict;
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::attestation::{self, Item, NamedFile, Predicate, Review};
use crate::sign::dsse::Envelope;
use crate::sign::statement::digest;
use crate::sign::{Fingerprint, PublicKey};

/// Most attestations in one bundle.
const MOST: u32 = 1_000;

/// An attestation that holds, and what may be said of who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attested {
    /// Its number: 1 for the first.
    pub number: u32,
    /// Fingerprint of the key that signed it.
    pub fingerprint: String,
    /// Who that is, in the caller's own words; only for a key that the trust file names, valid, and not the sealer's own.
    pub who: Option<String>,
    /// Whose key it is, in a sentence.
    pub standing: String,
    /// What the reviewer calls himself. Free text.
    pub name: String,
    /// The role that he gives. Free text.
    pub role: String,
    /// What he states. Free text.
    pub statement: String,
    /// When, by his own clock.
    pub at: String,
    /// What he reviewed, by path; each is the file that is in the bundle.
    pub reviewed: Vec<String>,
    /// His decision on each MANUAL finding. It changes no verdict.
    pub items: Vec<Item>,
    /// The files that he attached, by path.
    pub attachments: Vec<String>,
    /// How many files of earlier later seals it names.
    pub earlier: usize,
}

/// The MANUAL findings of a bundle: check and subject, in its order. What an attestation must decide on, each once.
pub fn manual(evidence: &EvidenceV1) -> Vec<(String, String)> {
    let findings = evidence.findings.iter().map(|f| &f.finding).filter(|f| f.verdict == Verdict::Manual);
    findings.map(|f| (f.check.to_string(), f.subject.label())).collect()
}

/// For step 2: every file below `attestations/` belongs to an attestation, and these are numbered without a gap.
pub(super) fn belongs(bag: &Bag) -> Result<(), String> {
    let mut numbers = BTreeSet::new();
    let mut attached: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for path in bag.files().keys().filter(|p| p.starts_with(ATTESTATIONS)) {
        let Some(number) = Paths::number_of(path) else { continue };
        numbers.insert(number);
        if Paths(number).is_attachment(path) {
            attached.entry(number).or_default().push(path);
        }
    }
    if let Some((n, number)) = (1..).zip(&numbers).find(|(n, number)| n != *number) {
        return Err(format!("attestation {n} is missing, though there is an attestation {number}"));
    }
    if numbers.len() > MOST as usize {
        return Err(format!("there are more than {MOST} attestations"));
    }
    for number in numbers {
        for needed in [Paths(number).envelope(), Paths(number).review(), Paths(number).signer()] {
            if !bag.files().contains_key(&needed) {
                return Err(format!("{needed} is missing: what lies beside it is no attestation"));
            }
        }
        let Some(attached) = attached.get(&number) else { continue };
        // Whether the signature holds is for step 3; here it only matters that nobody slipped in a file beside it.
        let named = envelope(bag, number).and_then(|e| attestation::read(&e)).map(|(_, subjects)| subjects).unwrap_or_default();
        if let Some(extra) = attached.iter().find(|path| named.iter().all(|f| f.path != **path)) {
            return Err(format!("{extra:?} does not belong into a bundle: attestation {number} does not name it"));
        }
    }
    Ok(())
}

/// For step 3: every attestation holds. Returns them in order.
pub(super) fn check(bag: &Bag, sealed: &Sealed, options: &Options) -> Result<Vec<Attested>, String> {
    let numbers: BTreeSet<u32> = bag.files().keys().filter_map(|path| Paths::number_of(path)).collect();
    numbers.into_iter().map(|n| one(bag, sealed, options, n).map_err(|why| format!("attestation {n}: {why}"))).collect()
}

fn one(bag: &Bag, sealed: &Sealed, options: &Options, number: u32) -> Result<Attested, String> {
    let paths = Paths(number);
    let envelope = envelope(bag, number)?;
    let key = PublicKey::from_written_pem(&read(bag, &paths.signer(), LARGEST_TAG)?).map_err(|why| format!("{}: {why}", paths.signer()))?;
    if key.fingerprint() != envelope.keyid || !key.verifies(&envelope.pae(), &envelope.signature) {
        return Err("its signature is not valid: it was altered, or another key signed".to_owned());
    }
    let (statement, subjects) = attestation::read(&envelope)?;
    let bytes = read(bag, &paths.review(), LARGEST_DOCUMENT)?;
    let document = attestation::named(&paths.review(), &bytes);
    if !subjects.contains(&document) {
        return Err(format!("{} is not the review that was signed", document.path));
    }
    let review = attestation::read_document(&bytes).map_err(|why| format!("{}: {why}", document.path))?;
    if review.statement_sha256 != digest(&sealed.envelope) || review.bundle_id != sealed.predicate.bundle_id {
        return Err("it is about another bundle".to_owned());
    }
    let manifest = bag.files().get(MANIFEST).map(|s| s.sha256.clone()).unwrap_or_default();
    let manifest = NamedFile { path: MANIFEST.to_owned(), sha256: manifest };
    if review.number != number || statement.predicate != Predicate::of(&review) {
        return Err("its statement and its review say different things".to_owned());
    }
    files(bag, &review.reviewed, "reviewed")?;
    files(bag, &review.attachments, "attached")?;
    if subjects != attestation::subjects(&review, &manifest, &document) {
        return Err("its statement names other files than its review, or the manifest of another bundle".to_owned());
    }
    if let Some(odd) = review.attachments.iter().find(|f| !paths.is_attachment(&f.path)) {
        return Err(format!("it names {:?} as attached, which is not its own", shown(&odd.path)));
    }
    items(&review, &sealed.evidence)?;
    seals_before(bag, &review)?;
    let (who, standing) = standing(options, &sealed.fingerprint, &key.fingerprint(), &review.at);
    let path = |f: NamedFile| f.path;
    Ok(Attested {
        number,
        fingerprint: key.fingerprint().to_string(),
        who,
        standing,
        name: review.name,
        role: review.role,
        statement: review.statement,
        at: review.at,
        reviewed: review.reviewed.into_iter().map(path).collect(),
        items: review.items,
        attachments: review.attachments.into_iter().map(path).collect(),
        earlier: review.earlier.len(),
    })
}

/// Each is in the bag as it was named.
fn files(bag: &Bag, named: &[NamedFile], how: &str) -> Result<(), String> {
    for file in named {
        match bag.files().get(&file.path) {
            None => return Err(format!("{:?} was {how}, but is missing", shown(&file.path))),
            Some(stored) if stored.sha256 != file.sha256 => return Err(format!("{} is not the file that was {how}", file.path)),
            Some(_) => {}
        }
    }
    Ok(())
}

/// Every MANUAL finding is decided on, once, and nothing else is.
fn items(review: &Review, evidence: &EvidenceV1) -> Result<(), String> {
    let decided: Vec<(String, String)> = review.items.iter().map(|i| (i.check.clone(), i.subject.clone())).collect();
    if decided != manual(evidence) {
        return Err("its items are not the MANUAL findings of this bundle".to_owned());
    }
    Ok(())
}

/// Everything that it calls earlier is still there, and it leaves out no attestation with a lower number.
fn seals_before(bag: &Bag, review: &Review) -> Result<(), String> {
    let named: BTreeMap<&str, &str> = review.earlier.iter().map(|f| (f.path.as_str(), f.sha256.as_str())).collect();
    for (path, sha256) in &named {
        if !is_later_seal(path) || Paths::number_of(path).is_some_and(|n| n >= review.number) {
            return Err(format!("it calls {:?} an earlier seal, which it is not", shown(path)));
        }
        match bag.files().get(*path) {
            None => return Err(format!("the earlier seal {path}, which it names, was removed")),
            Some(stored) if stored.sha256 != *sha256 => return Err(format!("the earlier seal {path}, which it names, was exchanged")),
            Some(_) => {}
        }
    }
    let must = |path: &str| Paths::number_of(path).is_some_and(|n| n < review.number);
    match bag.files().keys().find(|path| must(path) && !named.contains_key(path.as_str())) {
        Some(left_out) => Err(format!("it leaves out the earlier seal {left_out}")),
        None => Ok(()),
    }
}

/// Whom the caller knows behind the key, and the sentence for it.
pub(super) fn standing(options: &Options, sealer: &Fingerprint, key: &Fingerprint, date: &str) -> (Option<String>, String) {
    if key == sealer {
        return (None, "by the key that sealed the bundle: no second person stands behind it".to_owned());
    }
    let at = options.at.map_or(CheckedAt::Now(options.now), CheckedAt::Given);
    let named = match &options.trust {
        Trust::Keys(keys) => keys.as_slice(),
        Trust::Key(_) | Trust::Nobody => &[],
    };
    let its = || named.iter().filter(|k| k.fingerprint == *key);
    let Some(known) = its().find(|k| k.purpose == KeyUse::Review) else {
        if let Some(other) = its().next() {
            let why = "which the trust file does not name for reviews (for = \"review\")";
            return (None, format!("by the key of {:?}, {why}: it stands for no reviewer", other.who));
        }
        return (None, "by a key you did not name: whatever name stands in it is free text".to_owned());
    };
    // The reviewer's own date must lie within the validity, and as anybody can write a date, so must the time of the
    // check: a key that has expired since proves nothing any more.
    let time = at.time();
    let dated = parse_rfc3339(date).ok().filter(|d| known.valid_from <= *d && known.valid_to.is_none_or(|to| *d <= to));
    if dated.is_none() || known.valid_to.is_some_and(|to| time > to) {
        let to = known.valid_to.map_or_else(|| "on".to_owned(), |to| format!("to {}", rfc3339(to)));
        let from = rfc3339(known.valid_from);
        let why = format!("by the key of {:?}, which is valid from {from} {to}; dated {date}, checked at {}", known.who, at.words());
        return (None, format!("{why}: not proven to be his"));
    }
    (Some(known.who.clone()), format!("by the key of {:?} in the trust file, valid on its date and at {}", known.who, at.words()))
}

fn envelope(bag: &Bag, number: u32) -> Result<Envelope, String> {
    let path = Paths(number).envelope();
    Envelope::decode_written(&read(bag, &path, LARGEST_TAG)?).map_err(|why| format!("{path}: {why}"))
}

fn read(bag: &Bag, path: &str, limit: u64) -> Result<Vec<u8>, String> {
    bag.read(path, limit).map_err(|Refused(why)| why)
}
