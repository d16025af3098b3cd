//! The in-toto Statement v1 that is signed, with the predicate of this project: what the seal is about.
//!
//! It carries counts and digests of lists, never lists, so that it stays below [`PAE_LIMIT`] however many pools there are.
//! It must not decide whether what it says is true.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::in_toto::{self, STATEMENT_TYPE, Subject};
use super::{SignError, Signer, dsse, json};
use crate::digest::{Sha256, sha256_hex};

/// The type of [`Predicate`]. An identifier, not a page: nothing is ever fetched from there.
pub const PREDICATE_TYPE: &str = "https://poolproof.dev/predicate/evidence/v1";
/// The files that a statement names, in its order: the subjects. Every other file hangs on `manifest-sha256.txt`.
pub const SUBJECTS: [&str; 5] = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "data/evidence.json", "data/report.pdf"];
/// Most bytes that are ever signed: what AWS KMS takes as a RAW message.
pub const PAE_LIMIT: usize = 4096;

/// The statement of a bundle: its subjects are exactly the files [`SUBJECTS`], each once.
pub type Statement = in_toto::Statement<Predicate>;

/// What the seal says of the evidence. All of it but `template` and `demo_key` can be derived from `data/evidence.json`,
/// and `verify` derives it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predicate {
    /// Version of the bundle's layout: 1.
    pub format: u64,
    /// The bundle's id.
    pub bundle_id: String,
    /// The period's label, where one was declared.
    pub period: Option<String>,
    /// The time for which verdicts were made, RFC 3339.
    pub at: String,
    /// `live`, `import` or `demo`.
    pub source: String,
    /// `aws`, `overridden` or `none`.
    pub endpoints: String,
    /// First and last recorded call.
    pub collection: Span,
    /// The run's id.
    pub run_id: String,
    /// Closes the recording.
    pub head_digest: String,
    /// SHA-256 of `data/inputs/scope.json`.
    pub scope_digest: String,
    /// The accounts.
    pub accounts: Listed,
    /// The pools.
    pub pools: Listed,
    /// The tool that collected.
    pub tool: Versioned,
    /// The catalogue used.
    pub catalogue: Versioned,
    /// SHA-256 of the report's template, where one was used.
    pub template: Option<String>,
    /// Findings by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// How complete the facts are.
    pub completeness: Completeness,
    /// The auditor's challenge.
    pub challenge: Option<String>,
    /// SHA-256 of the previous statement's payload.
    pub previous: Option<String>,
    /// What the journal says of attempts. Self-reported.
    pub attempts: Attempts,
    /// The key was made for a demo and kept nowhere.
    pub demo_key: bool,
}

/// Two instants, RFC 3339; `None` where nothing was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    pub start: Option<String>,
    /// The last.
    pub end: Option<String>,
}

/// A list by its length and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// How many.
    pub count: u64,
    /// SHA-256 over the sorted members without repeats, each followed by a newline.
    pub sha256: String,
}

impl Listed {
    /// Counts and digests a list.
    pub fn of<'a>(members: impl IntoIterator<Item = &'a str>) -> Self {
        let members: std::collections::BTreeSet<&str> = members.into_iter().collect();
        let mut digest = Sha256::default();
        for member in &members {
            digest.update(member.as_bytes());
            digest.update(b"\n");
        }
        Self { count: members.len() as u64, sha256: digest.finish_hex() }
    }
}

/// Something with a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its bytes, where known.
    pub sha256: Option<String>,
}

/// How complete the facts are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Everything that was asked was answered and the populations are complete.
    pub complete: bool,
    /// Questions without an answer.
    pub gaps: u64,
    /// Users listed, over all pools.
    pub users: u64,
}

/// What the journal says of attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// This run's number; `None` where no journal is kept.
    pub number: Option<u64>,
    /// Runs started since the previous bundle, this one included.
    pub since_previous: u64,
    /// The journal began with this run.
    pub new_journal: bool,
    /// How many numbers are missing in it.
    pub missing: u64,
    /// How many of its lines do not fit the one before.
    pub broken: u64,
}

/// Why a statement is not signed.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The key.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The predicate cannot be put into JSON.
    #[error("the statement cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Too large.
    #[error("the statement has {0} bytes to sign; AWS KMS takes at most {PAE_LIMIT}. Shorten the challenge and the period's label")]
    TooLarge(usize),
}

/// Makes the statement over the subjects (digests in the order of [`SUBJECTS`]) and signs it.
///
/// # Errors
/// See [`StatementError`].
pub fn seal(digests: [String; SUBJECTS.len()], predicate: Predicate, signer: &dyn Signer) -> Result<dsse::Envelope, StatementError> {
    let subject = SUBJECTS.iter().zip(digests).map(|(name, digest)| Subject::new(*name, digest));
    let statement = Statement::new(PREDICATE_TYPE, subject.collect(), predicate);
    let payload = serde_json::to_vec(&statement)?;
    let size = dsse::pae(dsse::IN_TOTO, &payload).len();
    if size > PAE_LIMIT {
        return Err(StatementError::TooLarge(size));
    }
    Ok(dsse::Envelope::seal(dsse::IN_TOTO, payload, signer)?)
}

/// The digest by which a statement is named: SHA-256 of its payload. What `previous` of the next one holds.
pub fn digest(envelope: &dsse::Envelope) -> String {
    sha256_hex(&envelope.payload)
}

/// Reads the statement out of an envelope whose signature the caller has checked. Unknown members are ignored, as
/// in-toto demands; the subjects must be exactly [`SUBJECTS`], each with one SHA-256.
///
/// # Errors
/// Another payload type, statement type or predicate type, a key that occurs twice, or other subjects.
pub fn read(envelope: &dsse::Envelope) -> Result<Statement, String> {
    let value: serde_json::Value = json::strict(in_toto::payload(envelope)?)?;
    let word = |key: &str| value.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    if word("_type") != STATEMENT_TYPE {
        return Err(format!("its _type is {:?}, not {STATEMENT_TYPE:?}", word("_type")));
    }
    if word("predicateType") != PREDICATE_TYPE {
        return Err(format!("its predicateType is {:?}; this program reads {PREDICATE_TYPE:?}", word("predicateType")));
    }
    let statement: Statement = json::typed(&value)?;
    let mut names: Vec<&str> = statement.subject.iter().map(|s| s.name.as_str()).collect();
    let mut wanted = SUBJECTS;
    names.sort_unstable();
    wanted.sort_unstable();
    if names != wanted {
        return Err(format!("its subjects are {names:?}, not the five files of a bundle"));
    }
    if let Some(odd) = statement.subject.iter().find(|s| s.sha256().is_none()) {
        return Err(format!("its subject {} is not named by one SHA-256", odd.name));
    }
    Ok(statement)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sign::LocalKey;

    /// A predicate with every optional member filled, for `pools` pools.
    pub fn predicate(pools: usize) -> Predicate {
        let ids: Vec<String> = (0..pools).map(|n| format!("eu-west-1_{n:09}")).collect();
        let digest = sha256_hex(b"");
        let versioned = |name: &str| Versioned { name: name.to_owned(), version: "0.1.0".to_owned(), sha256: Some(digest.clone()) };
        let instant = Some("2026-11-24T10:00:00.000Z".to_owned());
        Predicate {
            format: 1,
            bundle_id: "abcdefghijklmnop".to_owned(),
            period: Some("2026-Q3".to_owned()),
            at: "2026-11-24T10:00:00.000Z".to_owned(),
            source: "live".to_owned(),
            endpoints: "aws".to_owned(),
            collection: Span { start: instant.clone(), end: instant },
            run_id: format!("r_{}", "a".repeat(26)),
            head_digest: digest.clone(),
            scope_digest: digest.clone(),
            accounts: Listed::of(["123456789012"]),
            pools: Listed::of(ids.iter().map(String::as_str)),
            tool: versioned("poolproof"),
            catalogue: versioned("release"),
            template: Some(digest.clone()),
            verdicts: ["FAIL", "INCOMPLETE", "MANUAL", "NOT_APPLICABLE", "PASS"].map(|v| (v.to_owned(), 12_345)).into(),
            completeness: Completeness { complete: true, gaps: 0, users: 1_000_000 },
            challenge: Some("0123456789abcdef".repeat(4)),
            previous: Some(digest),
            attempts: Attempts { number: Some(12), since_previous: 3, new_journal: false, missing: 0, broken: 0 },
            demo_key: false,
        }
    }

    fn digests() -> [String; 5] {
        std::array::from_fn(|n| sha256_hex(&[n as u8]))
    }

    #[test]
    fn five_hundred_pools_fit_into_what_kms_signs() {
        let key = LocalKey::throw_away().unwrap();
        let envelope = seal(digests(), predicate(500), &key).unwrap();
        assert!(envelope.pae().len() < PAE_LIMIT - 1000, "{} bytes leave too little room", envelope.pae().len());
        let statement = read(&envelope).unwrap();
        assert_eq!((statement.predicate.pools.count, statement.predicate), (500, predicate(500)));
    }

    #[test]
    fn what_kms_would_refuse_is_refused_before_signing() {
        let key = LocalKey::throw_away().unwrap();
        let mut long = predicate(1);
        long.challenge = Some("x".repeat(PAE_LIMIT));
        assert!(matches!(seal(digests(), long, &key), Err(StatementError::TooLarge(n)) if n > PAE_LIMIT));
        let mut exact = predicate(1);
        exact.challenge = Some(String::new());
        let room = PAE_LIMIT - seal(digests(), exact.clone(), &key).unwrap().pae().len();
        exact.challenge = Some("x".repeat(room));
        assert_eq!(seal(digests(), exact.clone(), &key).unwrap().pae().len(), PAE_LIMIT);
        exact.challenge = Some("x".repeat(room + 1));
        assert!(seal(digests(), exact, &key).is_err());
    }

    #[test]
    fn other_statements_are_refused() {
        let key = LocalKey::throw_away().unwrap();
        let good = seal(digests(), predicate(1), &key).unwrap();
        let with = |from: &str, to: &str| {
            let text = String::from_utf8(good.payload.clone()).unwrap();
            assert!(text.contains(from), "{from}");
            read(&dsse::Envelope { payload: text.replacen(from, to, 1).into_bytes(), ..good.clone() })
        };
        assert!(with("bagit.txt", "bagit.txt").is_ok());
        assert!(with("Statement/v1", "Statement/v2").is_err());
        assert!(with("evidence/v1", "evidence/v2").is_err());
        assert!(with("\"bagit.txt\"", "\"bag-info.txt\"").unwrap_err().contains("subjects"));
        assert!(with("\"sha256\"", "\"sha512\"").is_err());
        assert!(with("{\"_type\"", "{\"predicate\":{},\"_type\"").unwrap_err().contains("twice"));
        assert!(read(&dsse::Envelope { payload_type: "text/plain".to_owned(), ..good.clone() }).is_err());
    }

    #[test]
    fn a_list_is_named_whatever_its_order() {
        assert_eq!(Listed::of(["b", "a", "b"]), Listed::of(["a", "b"]));
        assert_ne!(Listed::of(["ab"]), Listed::of(["a", "b"]));
        assert_eq!(Listed::of(["a", "b"]).sha256, sha256_hex(b"a\nb\n"));
    }
}
