//! Whom the caller trusts: a trust file of pinned keys, or one fingerprint. Nothing that lies in a bundle ever gets here.
//!
//! It must not look at a bundle.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::io;
use crate::sign::Fingerprint;
use crate::sign::x509::{self, Certificate};

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

/// What a key is trusted for. One does not stand for the other: a reviewer does not seal, and who seals does not review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// It seals bundles: step 4. What an entry without `for` means.
    Sealing,
    /// It signs attestations of a reviewer.
    Review,
}

impl KeyUse {
    /// The word in the trust file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Review => "review",
        }
    }

    /// By its word.
    ///
    /// # Errors
    /// It is no such word.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = [Self::Sealing, Self::Review].into_iter().find(|u| u.word() == word);
        found.ok_or_else(|| format!("for is {word:?} instead of \"sealing\" or \"review\""))
    }
}

/// A key in a trust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Whose it is, in the caller's words.
    pub who: String,
    /// What for.
    pub purpose: KeyUse,
    /// It signs from here on.
    pub valid_from: DateTime<Utc>,
    /// It signs until here; `None` for no end.
    pub valid_to: Option<DateTime<Utc>>,
}

/// What a certificate authority is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It names who seals.
    Signing,
    /// It tells the time.
    Time,
}

impl Purpose {
    /// The word in the trust file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Time => "time",
        }
    }
}

/// A certificate authority in a trust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedCa {
    /// Its certificate.
    pub certificate: Certificate,
    /// Whose it is, in the caller's words.
    pub who: String,
    /// What for.
    pub purpose: Purpose,
    /// It is trusted from here on.
    pub valid_from: DateTime<Utc>,
    /// It is trusted until here; `None` for no end of its own.
    pub valid_to: Option<DateTime<Utc>>,
    /// Revocation lists that the caller got himself, DER: they may be newer than any that a bundle can hold.
    pub crls: Vec<Vec<u8>>,
}

/// What a trust file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFile {
    /// Its keys.
    pub trust: Trust,
    /// Its certificate authorities.
    pub authorities: Vec<TrustedCa>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Wire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ca: Vec<WireCa>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCa {
    certificate: String,
    who: String,
    #[serde(rename = "for")]
    purpose: String,
    valid_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    crls: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    fingerprint: String,
    who: String,
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
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
            purpose: Some(self.purpose.word().to_owned()),
            valid_from: clock::rfc3339(self.valid_from),
            valid_to: self.valid_to.map(clock::rfc3339),
        };
        let body = toml::to_string(&File { key: vec![wire], ca: Vec::new() }).unwrap_or_default();
        format!("# Keys that are trusted, each for one thing. Get each fingerprint from its owner by another way than the bundle.\n{body}")
    }
}

/// Reads a trust file: `[[key]]` with `fingerprint`, `who`, `for` (`sealing` or `review`; without it, sealing alone), `valid_from`
/// and, if it ends, `valid_to` (RFC 3339 in quotes);
/// `[[ca]]` with `certificate` (PEM, or a file's path relative to the trust file), `who`, `for` (`signing` or `time`),
/// `valid_from`, if it ends `valid_to`, and `crls`: the files of revocation lists, DER, relative to the trust file.
///
/// # Errors
/// The file cannot be read, or an entry is not certain; the message says which.
pub fn read(path: &Path) -> Result<TrustFile, String> {
    let text = io::read_text(path, LARGEST).map_err(|e| e.to_string())?;
    let beside = |name: &str| {
        let file = path.parent().unwrap_or(Path::new("")).join(name);
        io::read(&file, LARGEST).map_err(|e| e.to_string())
    };
    parse(&text, &beside).map_err(|why| format!("the trust file {}: {why}", path.display()))
}

/// As [`read`], for text at hand; `beside` reads a file by its name relative to the trust file.
///
/// # Errors
/// An entry is not certain; the message says which.
pub fn parse(text: &str, beside: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<TrustFile, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    if file.key.is_empty() && file.ca.is_empty() {
        return Err("it names no key and no certificate authority".to_owned());
    }
    let mut keys: Vec<TrustedKey> = Vec::new();
    for (n, wire) in file.key.into_iter().enumerate() {
        let at = |why: String| format!("key {}: {why}", n + 1);
        let (valid_from, valid_to) = dates(&wire.who, &wire.valid_from, wire.valid_to.as_deref()).map_err(at)?;
        let purpose = wire.purpose.as_deref().map_or(Ok(KeyUse::Sealing), KeyUse::parse).map_err(at)?;
        let fingerprint = Fingerprint::parse(&wire.fingerprint).map_err(at)?;
        let key = TrustedKey { fingerprint, who: wire.who, purpose, valid_from, valid_to };
        if keys.iter().any(|k| k.fingerprint == key.fingerprint && k.purpose == key.purpose) {
            return Err(at(format!("this fingerprint stands in the file twice for {:?}", purpose.word())));
        }
        keys.push(key);
    }
    let mut authorities: Vec<TrustedCa> = Vec::new();
    for (n, wire) in file.ca.into_iter().enumerate() {
        let at = |why: String| format!("ca {}: {why}", n + 1);
        let (valid_from, valid_to) = dates(&wire.who, &wire.valid_from, wire.valid_to.as_deref()).map_err(at)?;
        let purpose = [Purpose::Signing, Purpose::Time].into_iter().find(|p| p.word() == wire.purpose);
        let purpose = purpose.ok_or_else(|| at(format!("for is {:?} instead of \"signing\" or \"time\"", wire.purpose)))?;
        let text = |bytes| String::from_utf8(bytes).map_err(|_| format!("{} is no PEM file", wire.certificate));
        let inline = wire.certificate.contains("-----BEGIN");
        let pem = if inline { wire.certificate.clone() } else { beside(&wire.certificate).and_then(text).map_err(at)? };
        let found = x509::chain_from_pem(&pem).map_err(|why| at(format!("certificate: {why}")))?;
        let [certificate] = found.as_slice() else {
            return Err(at(format!("certificate holds {} certificates; write a [[ca]] for each that is trusted", found.len())));
        };
        if authorities.iter().any(|ca| ca.certificate == *certificate && ca.purpose == purpose) {
            return Err(at("this certificate stands in the file twice".to_owned()));
        }
        let list = |name: &String| {
            let der = beside(name)?;
            x509::is_revocation_list(&der).map_err(|why| format!("crls: {name} is no revocation list in DER ({why})"))?;
            Ok(der)
        };
        let crls = wire.crls.iter().map(list).collect::<Result<_, String>>().map_err(at)?;
        authorities.push(TrustedCa { certificate: certificate.clone(), who: wire.who, purpose, valid_from, valid_to, crls });
    }
    Ok(TrustFile { trust: Trust::Keys(keys), authorities })
}

/// First and last instant of an entry, which must say whose it is.
fn dates(who: &str, from: &str, to: Option<&str>) -> Result<(DateTime<Utc>, Option<DateTime<Utc>>), String> {
    let valid_from = clock::parse_rfc3339(from).map_err(|e| format!("valid_from: {e}"))?;
    let valid_to = to.map(clock::parse_rfc3339).transpose().map_err(|e| format!("valid_to: {e}"))?;
    if who.trim().is_empty() {
        return Err("who is empty".to_owned());
    }
    if valid_to.is_some_and(|to| to < valid_from) {
        return Err("valid_to is before valid_from".to_owned());
    }
    Ok((valid_from, valid_to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Trust, String> {
        whole(text).map(|f| f.trust)
    }

    fn whole(text: &str) -> Result<TrustFile, String> {
        super::parse(text, &|name| Err(format!("no file {name}")))
    }

    fn key() -> TrustedKey {
        TrustedKey {
            fingerprint: Fingerprint::parse(&"0a".repeat(32)).unwrap(),
            who: "Example \"Ltd\"".to_owned(),
            purpose: KeyUse::Sealing,
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
    fn a_key_is_for_one_thing_and_without_a_word_for_sealing_alone() {
        let good = key().to_trust_file();
        assert_eq!(parse(&good.replace("for = \"sealing\"\n", "")).unwrap(), Trust::Keys(vec![key()]));
        let reviewer = TrustedKey { purpose: KeyUse::Review, ..key() };
        assert_eq!(parse(&reviewer.to_trust_file()).unwrap(), Trust::Keys(vec![reviewer.clone()]));
        assert_eq!(parse(&(good.clone() + &reviewer.to_trust_file())).unwrap(), Trust::Keys(vec![key(), reviewer]));
        assert!(parse(&good.replace("\"sealing\"", "\"signing\"")).unwrap_err().contains("\"sealing\" or \"review\""));
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

    #[test]
    fn authorities_are_read_with_what_they_are_for() {
        let der = x509::self_signed(&crate::sign::LocalKey::throw_away().unwrap(), "Time Ltd", key().valid_from).unwrap();
        let pem = Certificate::read(&der).unwrap().to_pem();
        let entry = |certificate: &str, purpose: &str| {
            format!("[[ca]]\ncertificate = {certificate}\nwho = \"Time Ltd\"\nfor = \"{purpose}\"\nvalid_from = \"2026-01-01T00:00:00Z\"\n")
        };
        let inline = format!("\"\"\"\n{pem}\"\"\"");
        let found = whole(&entry(&inline, "time")).unwrap();
        assert_eq!(
            (found.trust, found.authorities[0].purpose, found.authorities[0].certificate.der()),
            (Trust::Keys(vec![]), Purpose::Time, der.as_slice())
        );
        let beside = super::parse(&entry("\"tsa.pem\"", "signing"), &|name| {
            (name == "tsa.pem").then(|| pem.clone().into_bytes()).ok_or_else(String::new)
        });
        assert_eq!(beside.unwrap().authorities[0].purpose, Purpose::Signing);
        for bad in [
            entry(&inline, "everything"),
            entry("\"gone.pem\"", "time"),
            entry(&inline, "time").repeat(2),
            entry(&format!("\"\"\"{pem}{pem}\"\"\""), "time"),
        ] {
            assert!(whole(&bad).is_err(), "{bad}");
        }
        assert!(whole(&entry(&inline, "time").replace("Time Ltd\"\nfor", "\"\nfor")).is_err());
    }
}
