//! The summary of a bundle that a comparison needs: what `data/inputs/previous.json` holds of the bundle before this one
//! (its format is [`FORMAT`]), and what `diff` and `history` make of any bundle.
//!
//! It holds no identity that the bundle itself does not hold, and it must not judge.

use crate::model::verdict::{Severity, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The value of [`Summary::format`].
pub const FORMAT: &str = "poolproof-summary/1";
/// Most users of a pool that a summary in a file holds one by one; beyond that it holds their number alone.
pub const MOST_USERS: usize = 20_000;
/// Most bytes of a summary that is read.
pub const LARGEST: u64 = 64 << 20;

/// A bundle in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Always [`FORMAT`].
    pub format: String,
    /// SHA-256 of the statement's payload, and the signing key's fingerprint; `None` for a bare `evidence.json`.
    pub sealed: Option<SealedBy>,
    /// SHA-256 of its `population.csv`; `None` where there is no such file or only `evidence.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_csv: Option<String>,
    /// The bundle's id.
    pub bundle_id: String,
    /// The period: label, first day, last day.
    pub period: Period,
    /// The time for which verdicts were made, RFC 3339.
    pub at: String,
    /// `live`, `import` or `demo`.
    pub source: String,
    /// `aws`, `overridden` or `none`.
    pub endpoints: String,
    /// Closes the recording.
    pub head_digest: String,
    /// The statement before it.
    pub previous: Option<String>,
    /// Everything that was asked was answered.
    pub complete: bool,
    /// Name, version and digest of the program; version and digest of the catalogue; `check ID`: revision.
    pub made_with: BTreeMap<String, String>,
    /// How pseudonyms were made.
    pub privacy: Privacy,
    /// The findings.
    pub findings: Vec<Decided>,
    /// Roll-ups by control, then by pool; `all pools` is the whole. `None`: nothing that counts is mapped.
    pub controls: BTreeMap<String, BTreeMap<String, Option<Verdict>>>,
    /// Settings by subject, as the recording shows them; `None` where there is no recording.
    pub settings: Option<BTreeMap<String, BTreeMap<String, Seen>>>,
    /// The scope, flat.
    pub declared: BTreeMap<String, String>,
    /// The pools' users.
    pub population: BTreeMap<String, Population>,
    /// The MFA mode as it was read, by pool: by this bundle and by those before it in the chain, by time.
    #[serde(default)]
    pub readings: BTreeMap<String, Vec<ModeRead>>,
    /// Exceptions declared, each by what it covers.
    pub exceptions: Vec<String>,
    /// Where its journal of changes ended; absent where it carried none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<JournalHead>,
}

/// Who sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedBy {
    /// SHA-256 of the statement's payload.
    pub statement: String,
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub fingerprint: String,
}

/// The MFA mode as a bundle read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeRead {
    /// When, RFC 3339, by the clock of whoever ran it.
    pub time: String,
    /// `ON`, `OPTIONAL` or `OFF`.
    pub mode: String,
    /// SHA-256 of that bundle's statement.
    pub statement: String,
}

/// A period of days, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its name.
    pub label: String,
    /// First day.
    pub from: chrono::NaiveDate,
    /// Last day.
    pub to: chrono::NaiveDate,
}

/// How pseudonyms were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// `pseudonym`, `mask` or `clear`.
    pub mode: String,
    /// Binds the key; only equal ids can be joined.
    pub key_id: Option<String>,
}

/// A finding in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The check.
    pub check: String,
    /// The subject, in words.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Its severity.
    pub severity: Severity,
}

/// Where a journal of changes ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalHead {
    /// How many lines it had.
    pub lines: u64,
    /// SHA-256 of the last.
    pub sha256: String,
}

/// A setting as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Its value.
    Value(String),
    /// The answer came without it.
    Absent,
    /// There was no answer, and why.
    NotRead(String),
}

/// The users of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// How many were listed.
    pub listed: u64,
    /// The listing is proved complete.
    pub complete: bool,
    /// Factor state and privilege by pseudonym; `None` where they are not held one by one.
    pub users: Option<BTreeMap<String, (String, bool)>>,
    /// The same users' pseudonyms, where they stand there by name (`privacy.mode = "clear"`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudonyms: Option<BTreeSet<String>>,
}

impl Summary {
    /// The bytes of a summary's file.
    ///
    /// # Errors
    /// Serialization fails.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is no JSON, repeats a key, or is of another format.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let read: Self = crate::model::json::strict(bytes)?;
        if read.format == FORMAT { Ok(read) } else { Err(format!("its format is {:?}; this program reads {FORMAT:?}", read.format)) }
    }

    /// As it is put into a file beside a run with these pseudonyms: single users only where they can be joined and are not too many.
    #[must_use]
    pub fn beside(mut self, mode: &str, key_id: Option<&str>) -> Self {
        let clear = |mode: &str| mode == "clear";
        let same_key = self.privacy.key_id.as_deref() == key_id;
        let joinable = clear(&self.privacy.mode) == clear(mode) && (clear(mode) || same_key);
        for pool in self.population.values_mut() {
            pool.users = pool.users.take().filter(|users| joinable && users.len() <= MOST_USERS);
            pool.pseudonyms = pool.pseudonyms.take().filter(|users| same_key && users.len() <= MOST_USERS);
        }
        self
    }
}
