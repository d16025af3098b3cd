//! One line of a segment: one call attempt, redacted.

use crate::model::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call attempt as it stands in a segment. To read one is to refuse a repeated key, wherever it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `<segment>:<n>`, `n` counting from 1 without gaps.
    pub call: String,
    /// SHA-256 of the line before (its bytes without the newline), or of `header.json` for the first.
    pub prev: String,
    /// Service id as IAM spells it: `cognito-idp`, `sns`, `sts`.
    pub service: String,
    /// Operation as AWS spells it.
    pub operation: String,
    /// Region asked.
    pub region: String,
    /// Scheme, host and port that answered; `None` for imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The parameters, users as pseudonyms, page tokens as digests.
    #[serde(deserialize_with = "json::strict_value")]
    pub input: Value,
    /// Which reading of the same thing this is, from 1: a second pass over a listing, a second look at a pool.
    pub pass: u32,
    /// Attempt at this call, from 1.
    pub attempt: u32,
    /// When it was sent, RFC 3339; for imports the file's own time where known, else the time of the import.
    pub time: String,
    /// HTTP status; `None` where no answer came or the answer is from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// AWS's request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// AWS's `Date` header, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_date: Option<String>,
    /// The error's code where the call failed; its message is never kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Length of the exact answer, bytes.
    pub bytes: u64,
    /// Keyed commitment to the exact answer bytes, hex; `None` where there was no answer or no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// The redacted answer; `None` where the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::strict_value_or_none")]
    pub answer: Option<Value>,
}

impl Call {
    /// When it was answered by AWS's own clock where the answer carries it, else when it was sent by the collector's: what is held
    /// against AWS's events must not hang on a clock that the audited party sets.
    pub fn by_aws(&self) -> &str {
        self.server_date.as_deref().unwrap_or(&self.time)
    }
}

/// A call attempt as it happened, before redaction. Holds secrets: never stored, never printed (no `Debug`).
pub struct RawCall {
    /// As in [`Call`].
    pub service: &'static str,
    /// As in [`Call`].
    pub operation: &'static str,
    /// As in [`Call`].
    pub region: String,
    /// As in [`Call`].
    pub origin: Option<String>,
    /// The parameters as sent.
    pub input: Value,
    /// As in [`Call`].
    pub pass: u32,
    /// As in [`Call`].
    pub attempt: u32,
    /// As in [`Call`].
    pub time: String,
    /// As in [`Call`].
    pub status: Option<u16>,
    /// As in [`Call`].
    pub request_id: Option<String>,
    /// As in [`Call`].
    pub server_date: Option<String>,
    /// As in [`Call`].
    pub error: Option<String>,
    /// The exact answer.
    pub body: Vec<u8>,
    /// The `sub` of the user that the call is about, for operations on one user.
    pub subject_sub: Option<String>,
}
