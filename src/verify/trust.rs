//! Whom the caller trusts: a trust file of pinned keys, or one fingerprint. Nothing that lies in a bundle ever gets here.
//!
//! It must not look at a bundle.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::io;
use crate::sign::Fingerprint;

/// Largest trust file, bytes.
const LARGEST: u64 = 1 << 20;

/// Whom the caller trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nobody was named.
    Nobody,
    /// This key, whenever.
    Key(Fingerprint),
    /// The keys of a trust file.
    Keys(Vec<TrustedKey>),
}

/// A key in a trust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Whose it is, in the caller's words.
    pub who: String,
    /// It signs from here on.
    pub valid_from: DateTime<Utc>,
    /// It signs until here; `None` for no end.
    pub valid_to: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: Vec<Wire>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    fingerprint: String,
    who: String,
    valid_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<String>,
}

impl TrustedKey {
    /// This key as a trust file of its own, with comments: what `poolproof keys show --trust` prints.
    pub fn to_trust_file(&self) -> String {
        let wire = Wire {
            fingerprint: self.fingerprint.to_string(),
            who: self.who.clone(),
            valid_from: clock::rfc3339(self.valid_from),
            valid_to: self.valid_to.map(clock::rfc3339),
        };
        let body = toml::to_string(&File { key: vec![wire] }).unwrap_or_default();
        format!("# Keys whose seals are trusted. Get each fingerprint from its owner by another way than the bundle.\n{body}")
    }
}

/// Reads a trust file: `[[key]]` with `fingerprint`, `who`, `valid_from` and, if it ends, `valid_to` (RFC 3339 in quotes).
///
/// # Errors
/// The file cannot be read, or an entry is not certain; the message says which.
pub fn read(path: &Path) -> Result<Trust, String> {
    let text = io::read_text(path, LARGEST).map_err(|e| e.to_string())?;
    parse(&text).map_err(|why| format!("the trust file {}: {why}", path.display()))
}

/// As [`read`], for the text of a trust file.
///
/// # Errors
/// An entry is not certain; the message says which.
pub fn parse(text: &str) -> Result<Trust, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    if file.key.is_empty() {
        return Err("it names no key".to_owned());
    }
    let mut keys: Vec<TrustedKey> = Vec::new();
    for (n, wire) in file.key.into_iter().enumerate() {
        let at = |why: String| format!("key {}: {why}", n + 1);
        let key = TrustedKey {
            fingerprint: Fingerprint::parse(&wire.fingerprint).map_err(at)?,
            who: wire.who,
            valid_from: clock::parse_rfc3339(&wire.valid_from).map_err(|e| at(format!("valid_from: {e}")))?,
            valid_to: wire.valid_to.map(|t| clock::parse_rfc3339(&t)).transpose().map_err(|e| at(format!("valid_to: {e}")))?,
        };
        if key.who.trim().is_empty() {
            return Err(at("who is empty".to_owned()));
        }
        if key.valid_to.is_some_and(|to| to < key.valid_from) {
            return Err(at("valid_to is before valid_from".to_owned()));
        }
        if keys.iter().any(|k| k.fingerprint == key.fingerprint) {
            return Err(at("this fingerprint stands in the file twice".to_owned()));
        }
        keys.push(key);
    }
    Ok(Trust::Keys(keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TrustedKey {
        TrustedKey {
            fingerprint: Fingerprint::parse(&"0a".repeat(32)).unwrap(),
            who: "Example \"Ltd\"".to_owned(),
            valid_from: clock::parse_rfc3339("2026-01-01T00:00:00Z").unwrap(),
            valid_to: Some(clock::parse_rfc3339("2027-01-01T00:00:00Z").unwrap()),
        }
    }

    #[test]
    fn a_trust_file_goes_round() {
        assert_eq!(parse(&key().to_trust_file()).unwrap(), Trust::Keys(vec![key()]));
        let endless = TrustedKey { valid_to: None, ..key() };
        assert_eq!(parse(&endless.to_trust_file()).unwrap(), Trust::Keys(vec![endless]));
    }

    #[test]
    fn what_is_not_certain_is_refused() {
        let good = key().to_trust_file();
        for (from, to) in [
            ("0a0a", "0a0"),
            ("who", "whom"),
            ("2027", "2025"),
            ("00:00.000Z", "00:00.000"),
            ("[[key]]", "[[kee]]"),
            ("who = ", "extra = 1\nwho = "),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good, "{from}");
            assert!(parse(&bad).is_err(), "{from}");
        }
        assert!(parse("").is_err());
        assert!(parse("key = []").is_err());
        assert!(parse(&format!("{good}{}", good.lines().skip(1).collect::<Vec<_>>().join("\n"))).unwrap_err().contains("twice"));
    }
}
