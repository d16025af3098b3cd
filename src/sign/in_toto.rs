//! The form that everything signed here has: an in-toto Statement v1 (in-toto/attestation, `spec/v1/statement.md`), each kind
//! with a predicate of its own.
//!
//! It must not know any predicate, nor decide which subjects a kind has.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{PublicKey, dsse, json};

/// `_type` of an in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement<P> {
    /// Always [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// What it is about; which, its kind says.
    pub subject: Vec<Subject>,
    /// The kind: an identifier, not a page.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said.
    pub predicate: P,
}

impl<P> Statement<P> {
    /// A statement of a kind.
    pub fn new(predicate_type: &str, subject: Vec<Subject>, predicate: P) -> Self {
        Self { kind: STATEMENT_TYPE.to_owned(), subject, predicate_type: predicate_type.to_owned(), predicate }
    }
}

/// Something with its digest, most often a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name; of a file, the path in the bag.
    pub name: String,
    /// `sha256`, lower-case hex; nothing else.
    pub digest: BTreeMap<String, String>,
}

impl Subject {
    /// A subject by its SHA-256.
    pub fn new(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self { name: name.into(), digest: BTreeMap::from([("sha256".to_owned(), sha256.into())]) }
    }

    /// The SHA-256, where the subject is named by that and nothing else.
    pub fn sha256(&self) -> Option<&str> {
        self.digest.get("sha256").filter(|_| self.digest.len() == 1).map(String::as_str)
    }
}

/// The payload of an envelope that carries a statement.
///
/// # Errors
/// The envelope is of another payload type.
pub fn payload(envelope: &dsse::Envelope) -> Result<&[u8], String> {
    if envelope.payload_type != dsse::IN_TOTO {
        return Err(format!("its payload is {:?}, not an in-toto statement", envelope.payload_type));
    }
    Ok(&envelope.payload)
}

/// The statement in an envelope, of this kind. Whether its signature holds is not looked at.
///
/// # Errors
/// The payload is no JSON of this form, repeats a key, or is of another kind.
pub fn read<P: DeserializeOwned + Serialize>(envelope: &dsse::Envelope, predicate_type: &str) -> Result<Statement<P>, String> {
    let value: serde_json::Value = json::strict(payload(envelope)?)?;
    for (key, wanted) in [("_type", STATEMENT_TYPE), ("predicateType", predicate_type)] {
        let found = value.get(key).and_then(|v| v.as_str()).unwrap_or_default();
        if found != wanted {
            return Err(format!("its {key} is {found:?}, not {wanted:?}"));
        }
    }
    json::typed(&value)
}

/// The public key that a statement carries (PEM), if the envelope's one signature holds under it. Whose key it is, this does
/// not say.
///
/// # Errors
/// It is no key, the envelope names another, or the signature does not hold.
pub fn carried_key(envelope: &dsse::Envelope, pem: &str) -> Result<PublicKey, String> {
    let key = PublicKey::from_pem(pem).map_err(|why| format!("its key: {why}"))?;
    if key.fingerprint() != envelope.keyid || !key.verifies(&envelope.pae(), &envelope.signature) {
        return Err("its signature is not valid: it was altered, or another key signed".to_owned());
    }
    Ok(key)
}
