//! The form that everything signed here has: an in-toto Statement v1 (in-toto/attestation, `spec/v1/statement.md`), each kind
//! with a predicate of its own.
//!
//! It must not know any predicate, nor decide which subjects a kind has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dsse;

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
