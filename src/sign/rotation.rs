//! The rotation of a signing key: the old key signs the new one over, as an in-toto Statement in a DSSE envelope. The
//! statement carries the old public key, so that it can be checked by whoever trusts that key's fingerprint.
//!
//! It must not say whether a rotation is to be followed (`verify`).

use serde::{Deserialize, Serialize};

use super::in_toto::{self, STATEMENT_TYPE, Statement, Subject};
use super::{Fingerprint, PublicKey, SignError, Signer, dsse, json};

/// The type of the predicate. An identifier, not a page: nothing is ever fetched from there.
pub const PREDICATE_TYPE: &str = "https://poolproof.dev/predicate/key-rotation/v1";
/// The one subject: the new key, by the SHA-256 of its SubjectPublicKeyInfo.
const NEW_KEY: &str = "new signing key";
/// Most rotations in a row.
pub const MOST: usize = 32;

#[derive(Serialize, Deserialize)]
struct Predicate {
    format: u64,
    /// The key that signs this, PEM.
    old_key: String,
    /// RFC 3339, by the clock of who rotated.
    at: String,
}

/// A rotation whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that signed.
    pub old: Fingerprint,
    /// The key that it signed over.
    pub new: Fingerprint,
    /// When, by the word of who rotated; RFC 3339.
    pub at: String,
}

/// Signs a new key over with the old one. `at` is RFC 3339.
///
/// # Errors
/// Both are the same, or the old key cannot be used.
pub fn seal(old: &dyn Signer, new: &PublicKey, at: &str) -> Result<dsse::Envelope, SignError> {
    let old_key = PublicKey::from_spki(old.public_key_spki()).map_err(|why| SignError::BadKey { what: "the old key".to_owned(), why })?;
    if old_key == *new {
        return Err(SignError::BadKey { what: "the new key".to_owned(), why: "it is the old one; make another".to_owned() });
    }
    let subject = Subject::new(NEW_KEY, new.fingerprint().to_string());
    let statement = Statement::new(PREDICATE_TYPE, vec![subject], Predicate { format: 1, old_key: old_key.to_pem(), at: at.to_owned() });
    let payload = serde_json::to_vec(&statement).map_err(|e| SignError::Failed(e.to_string()))?;
    dsse::Envelope::seal(dsse::IN_TOTO, payload, old)
}

/// Reads a rotation and checks that the key which it carries signed it. Whose key that is, it does not say.
///
/// # Errors
/// Anything else than one valid rotation.
pub fn read(bytes: &[u8]) -> Result<Rotation, String> {
    let envelope = dsse::Envelope::decode(bytes)?;
    let statement: Statement<Predicate> = json::strict(in_toto::payload(&envelope)?)?;
    if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE || statement.predicate.format != 1 {
        return Err("it is no statement on the rotation of a key that this program reads".to_owned());
    }
    let old = PublicKey::from_pem(&statement.predicate.old_key).map_err(|why| format!("its old key: {why}"))?;
    if old.fingerprint() != envelope.keyid || !old.verifies(&envelope.pae(), &envelope.signature) {
        return Err("its signature is not valid: the old key that it names did not sign it".to_owned());
    }
    let [subject] = statement.subject.as_slice() else { return Err("it signs over other than one key".to_owned()) };
    let digest = subject.sha256().filter(|_| subject.name == NEW_KEY);
    let new = digest.and_then(|d| Fingerprint::parse(d).ok()).ok_or("it does not name the new key by its fingerprint")?;
    crate::clock::parse_rfc3339(&statement.predicate.at).map_err(|why| format!("its date: {why}"))?;
    Ok(Rotation { old: old.fingerprint(), new, at: statement.predicate.at })
}

/// Reads a file of rotations in a row, one envelope a line, the last of which signs over `key`. Returns the lines.
///
/// # Errors
/// A line is no rotation, or they do not follow each other and end with that key.
pub fn row(text: &str, key: &Fingerprint) -> Result<Vec<Vec<u8>>, String> {
    let mut lines = Vec::new();
    let mut last: Option<Rotation> = None;
    for (n, line) in text.lines().enumerate() {
        let rotation = read(line.as_bytes()).map_err(|why| format!("line {}: {why}", n + 1))?;
        if last.as_ref().is_some_and(|l| l.new != rotation.old) || n >= MOST {
            return Err(format!("line {}: it does not follow the rotation before it", n + 1));
        }
        lines.push(format!("{line}\n").into_bytes());
        last = Some(rotation);
    }
    match last {
        Some(last) if last.new == *key => Ok(lines),
        _ => Err(format!("it does not end with the key {key}")),
    }
}
