//! A later seal by somebody else: a reviewer's attestation, an in-toto Statement in a DSSE envelope under his own key. It
//! names the first seal by its statement's digest, what was reviewed, every attached file, and the review itself, a
//! document (`review.json`) with the words and the decisions; so the message stays below [`PAE_LIMIT`].
//!
//! It must not decide whether what a reviewer says is right, nor whom to trust.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::in_toto::{self, Subject};
use super::statement::{Listed, PAE_LIMIT};
use super::{SignError, Signer, dsse, json};
use crate::digest::sha256_hex;

/// The type of [`Predicate`]. An identifier, not a page: nothing is ever fetched from there.
pub const PREDICATE_TYPE: &str = "https://poolproof.dev/predicate/attestation/v1";
/// The value of [`Review::format`].
pub const FORMAT: &str = "poolproof-attestation/1";
/// The subject that is no file: the payload of the bundle's own statement, by SHA-256.
pub const SEALED: &str = "statement";
/// Longest name and role, characters.
pub const LONGEST_NAME: usize = 200;
/// Longest statement and note, characters.
pub const LONGEST_TEXT: usize = 8_000;

/// What a reviewer decided of one MANUAL finding. It changes no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// He has seen evidence that satisfies him.
    Accepted,
    /// He has looked, and it does not.
    NotAccepted,
    /// He has not looked.
    NotReviewed,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::NotAccepted, Self::NotReviewed];

    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NotAccepted => "not accepted",
            Self::NotReviewed => "not reviewed",
        }
    }
}

/// A MANUAL finding with its decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The check.
    pub check: String,
    /// What the finding is about, as reports print it.
    pub subject: String,
    /// The decision.
    pub decision: Decision,
    /// Why, in the reviewer's words; may be empty.
    pub note: String,
}

/// A file of the bag by its digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFile {
    /// Path in the bag.
    pub path: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// The review: `attestations/<n>/review.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Always [`FORMAT`].
    pub format: String,
    /// `<n>`: 1 for the first attestation of a bundle.
    pub number: u32,
    /// The bundle's id.
    pub bundle_id: String,
    /// SHA-256 of the payload of the bundle's statement.
    pub statement_sha256: String,
    /// Who reviewed, in his own words.
    pub name: String,
    /// In which role.
    pub role: String,
    /// What he states.
    pub statement: String,
    /// When, RFC 3339, by his own clock.
    pub at: String,
    /// The files that he reviewed.
    pub reviewed: Vec<NamedFile>,
    /// Every MANUAL finding of the bundle, in its order.
    pub items: Vec<Item>,
    /// The files that he attached.
    pub attachments: Vec<NamedFile>,
    /// Every file of a later seal that was there before this one.
    pub earlier: Vec<NamedFile>,
}

/// The signed summary of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    /// Version of this form: 1.
    pub format: u64,
    /// As in the review.
    pub number: u32,
    /// As in the review.
    pub bundle_id: String,
    /// As in the review.
    pub name: String,
    /// As in the review.
    pub role: String,
    /// As in the review.
    pub at: String,
    /// Items by decision.
    pub decisions: BTreeMap<String, u64>,
    /// Count and digest of the list of earlier later seals.
    pub earlier: Listed,
}

impl Predicate {
    /// The summary of a review.
    pub fn of(review: &Review) -> Self {
        let count = |d: Decision| review.items.iter().filter(|i| i.decision == d).count() as u64;
        let earlier: Vec<String> = review.earlier.iter().map(|f| format!("{}  {}", f.sha256, f.path)).collect();
        Self {
            format: 1,
            number: review.number,
            bundle_id: review.bundle_id.clone(),
            name: review.name.clone(),
            role: review.role.clone(),
            at: review.at.clone(),
            decisions: Decision::ALL.iter().map(|d| (d.word().replace(' ', "_"), count(*d))).collect(),
            earlier: Listed::of(earlier.iter().map(String::as_str)),
        }
    }
}

/// The statement of an attestation; its subjects: see [`subjects`].
pub type Statement = in_toto::Statement<Predicate>;

/// Why nothing was attested.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// The key.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No JSON.
    #[error("the attestation cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Too large.
    #[error(
        "the attestation has {0} bytes to sign; AWS KMS takes at most {PAE_LIMIT}. Pack the attached files into one, or name fewer reviewed files"
    )]
    TooLarge(usize),
}

/// What an attestation is about: the first seal, the manifest, what was reviewed, the review, the attachments. Each once.
pub fn subjects(review: &Review, manifest: &NamedFile, document: &NamedFile) -> BTreeSet<NamedFile> {
    let sealed = NamedFile { path: SEALED.to_owned(), sha256: review.statement_sha256.clone() };
    let named = review.reviewed.iter().chain(&review.attachments).cloned();
    [sealed, manifest.clone(), document.clone()].into_iter().chain(named).collect()
}

/// Signs a review that stands in `document` with these bytes.
///
/// # Errors
/// See [`AttestError`].
pub fn seal(review: &Review, manifest: &NamedFile, document: &NamedFile, signer: &dyn Signer) -> Result<dsse::Envelope, AttestError> {
    let subject = subjects(review, manifest, document);
    let subject = subject.into_iter().map(|f| Subject::new(f.path, f.sha256));
    let statement = Statement::new(PREDICATE_TYPE, subject.collect(), Predicate::of(review));
    let payload = serde_json::to_vec(&statement)?;
    let size = dsse::pae(dsse::IN_TOTO, &payload).len();
    if size > PAE_LIMIT {
        return Err(AttestError::TooLarge(size));
    }
    Ok(dsse::Envelope::seal(dsse::IN_TOTO, payload, signer)?)
}

/// A review as a document: JSON for people, a newline at the end.
///
/// # Errors
/// It cannot be put into JSON.
pub fn document(review: &Review) -> Result<Vec<u8>, AttestError> {
    let mut out = serde_json::to_vec_pretty(review)?;
    out.push(b'\n');
    Ok(out)
}

/// Reads the statement out of an envelope whose signature the caller has checked, and its subjects.
///
/// # Errors
/// Another payload type, statement type or predicate type, a key that occurs twice, or a subject that is not named by one SHA-256.
pub fn read(envelope: &dsse::Envelope) -> Result<(Statement, BTreeSet<NamedFile>), String> {
    let statement: Statement = in_toto::read(envelope, PREDICATE_TYPE)?;
    let mut named = BTreeSet::new();
    for subject in &statement.subject {
        let sha256 = subject.sha256().ok_or_else(|| format!("its subject {:?} is not named by one SHA-256", subject.name))?.to_owned();
        if !named.insert(NamedFile { path: subject.name.clone(), sha256 }) {
            return Err(format!("its subject {:?} occurs twice", subject.name));
        }
    }
    Ok((statement, named))
}

/// Reads a review, of which the caller has checked that it is the one that was signed.
///
/// # Errors
/// No JSON, a key that occurs twice, a member missing or unknown, another format, or a text that is too long.
pub fn read_document(bytes: &[u8]) -> Result<Review, String> {
    let review: Review = json::strict(bytes)?;
    if review.format != FORMAT {
        return Err(format!("its format is {:?}; this program reads {FORMAT:?}", review.format));
    }
    check(&review)?;
    Ok(review)
}

/// Whether a review can be shown: named, signed for in a role, dated, and of a bearable length.
///
/// # Errors
/// What is missing or too long.
pub fn check(review: &Review) -> Result<(), String> {
    for (what, text) in [("name", &review.name), ("role", &review.role)] {
        if text.trim().is_empty() || text.chars().count() > LONGEST_NAME {
            return Err(format!("its {what} is empty or longer than {LONGEST_NAME} characters"));
        }
    }
    if review.statement.trim().is_empty() || review.statement.chars().count() > LONGEST_TEXT {
        return Err(format!("its statement is empty or longer than {LONGEST_TEXT} characters"));
    }
    if let Some(item) = review.items.iter().find(|i| i.note.chars().count() > LONGEST_TEXT) {
        return Err(format!("its note on {} is longer than {LONGEST_TEXT} characters", item.check));
    }
    crate::clock::parse_rfc3339(&review.at).map(|_| ()).map_err(|why| format!("its date: {why}"))
}

/// A file by its path and bytes.
pub fn named(path: &str, bytes: &[u8]) -> NamedFile {
    NamedFile { path: path.to_owned(), sha256: sha256_hex(bytes) }
}
