//! The header: written once when a recording begins, never changed by reading it.

use crate::digest::sha256;
use serde::{Deserialize, Serialize};

/// The value of [`Header::format`].
pub const FORMAT: &str = "poolproof-recording/1";
/// The header's file name in the recording's folder.
pub const FILE: &str = "header.json";

/// What was known before the first call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always [`FORMAT`].
    pub format: String,
    /// The run's id: `r_` and 26 base32 characters, also in the User-Agent of live calls.
    pub run_id: String,
    /// Where the answers come from.
    pub source: Source,
    /// When the recording began, RFC 3339.
    pub started: String,
    /// The tool that records.
    pub tool: Tool,
    /// SHA-256 of `scope.json`.
    pub scope_digest: String,
    /// SHA-256 of the catalogue's files.
    pub catalogue_digest: String,
    /// The auditor's challenge.
    pub challenge: Option<String>,
    /// SHA-256 of `begun.tsr`: the time stamp over [`begun_imprint`] that was there before this header, and so before every
    /// line, since each is chained to the header. `None` where no authority was asked or none answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<String>,
    /// SHA-256 of `changes.jsonl`, the journal of changes as it stood when the recording began. `None` where none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
    /// SHA-256 of the previous bundle's statement payload.
    pub previous: Option<String>,
    /// What the journal says of attempts.
    pub attempts: Attempts,
    /// Names of settings that divert traffic: endpoint, proxy and CA variables and profile keys. Never their values.
    pub overrides: Vec<String>,
    /// Id of the pseudonym key (a hash that binds it); `None` where identities are clear or baked in.
    pub key_id: Option<String>,
    /// Whether the exact answers were kept somewhere else (they are not, by default).
    pub originals_kept: bool,
}

/// Where the answers come from. Reading a recording again does not change its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// This tool called the endpoints itself.
    Live,
    /// Files that somebody wrote with the AWS CLI.
    Import,
    /// Made up to show the tool.
    Demo,
}

impl Source {
    /// The word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Import => "import",
            Self::Demo => "demo",
        }
    }
}

/// The tool that records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `poolproof`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the program file, where it could be read.
    pub digest: Option<String>,
}

/// What the evidence folder's journal says (self-reported).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// This run's number; `None` where no journal is kept.
    pub number: Option<u64>,
    /// Runs started since the previous bundle, this one included.
    pub since_previous: u64,
    /// The journal began with this run.
    pub new_journal: bool,
    /// Numbers missing in it.
    pub missing: Vec<u64>,
    /// Its lines, from 1, that do not carry the digest of the line before, or are no entries: it was changed by hand.
    pub broken: Vec<u64>,
    /// SHA-256 of its last line before this run.
    pub journal_head: Option<String>,
}

/// What the time stamp before a collection is over: SHA-256 of the challenge (nothing, where there is none), a line feed, the
/// scope digest in lower-case hex, and a line feed. Both stood before the first call; a challenge has no line feed.
pub fn begun_imprint(challenge: Option<&str>, scope_digest: &str) -> [u8; 32] {
    sha256(format!("{}\n{scope_digest}\n", challenge.unwrap_or_default()).as_bytes())
}

impl Header {
    /// The bytes of `header.json`.
    ///
    /// # Errors
    /// Serialization fails.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
