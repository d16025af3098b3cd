//! CloudTrail's public keys as the caller fetched them himself: the output of `aws cloudtrail list-public-keys`, a region each.
//!
//! Nothing in a bundle may add to them.

use std::path::Path;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use chrono::{DateTime, Duration, Utc};
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::layout::shown;
use crate::digest::{md5_hex, sha256_hex};
use crate::io;
use crate::model::json;
use crate::recording::digest_file::DigestFile;
use crate::recording::redact;

/// Largest file of keys, bytes.
const LARGEST: u64 = 1 << 20;
/// How long after `digestEndTime` a digest file may be signed (the AWS CLI asks for the keys of two hours more).
const LATE: Duration = Duration::hours(2);
/// SHA-256 of the key (PKCS#1 DER) that signs the digest files of `poolproof demo`. Its private half is published on purpose.
const DEMO: &str = "ae5fb772cd58f9a6eeaaa78e133932510486b29e3ab2425808947cdd49973c31";

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailKey {
    /// `Fingerprint`: MD5 of the key, by which digest files name it.
    pub fingerprint: String,
    /// `ValidityStartTime`.
    pub from: DateTime<Utc>,
    /// `ValidityEndTime`.
    pub to: DateTime<Utc>,
    /// `Value`: PKCS#1 DER.
    der: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    public_key_list: Vec<WireKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireKey {
    value: String,
    validity_start_time: Value,
    validity_end_time: Value,
    fingerprint: String,
}

impl TrailKey {
    /// Whether it made a signature (hex) over exactly this message.
    pub fn signed(&self, message: &str, signature: &str) -> bool {
        let Ok(signature) = HEXLOWER.decode(signature.as_bytes()) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.der).verify(message.as_bytes(), &signature).is_ok()
    }

    /// Whether it is the key of `poolproof demo`, with which anybody can sign: no word of AWS's, whoever lists it.
    pub fn is_of_the_demo(&self) -> bool {
        sha256_hex(&self.der) == DEMO
    }

    /// Whether it was valid when the digest file was made. Of one that came late only the earliest time is known.
    pub fn is_of_the_time_of(&self, digest: &DigestFile) -> bool {
        digest.end <= self.to && (digest.is_backfill() || self.from <= digest.end + LATE)
    }
}

/// Reads a file of keys.
///
/// # Errors
/// It cannot be read or is not what [`parse`] takes; the message says what to do.
pub fn read(path: &Path) -> Result<Vec<TrailKey>, String> {
    let bytes = io::read(path, LARGEST).map_err(|e| e.to_string())?;
    parse(&bytes).map_err(|why| {
        format!(
            "{}: {why}; it must be the output of `aws cloudtrail list-public-keys --region REGION --start-time FROM --end-time TO`",
            path.display()
        )
    })
}

/// Reads the output of `aws cloudtrail list-public-keys`.
///
/// # Errors
/// It is not, it holds no key, or a key is not the one that its `Fingerprint` names: AWS names each by the MD5 of `Value`.
pub fn parse(bytes: &[u8]) -> Result<Vec<TrailKey>, String> {
    let wire: Wire = json::strict(bytes)?;
    let keys: Vec<TrailKey> = wire.public_key_list.iter().map(key).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err("it holds no key".to_owned()) } else { Ok(keys) }
}

fn key(wire: &WireKey) -> Result<TrailKey, String> {
    let name = shown(&wire.fingerprint);
    let wrong = |why: &str| format!("the key {name:?}: {why}");
    let der = BASE64.decode(wire.value.as_bytes()).map_err(|_| wrong("its Value is no base64"))?;
    if md5_hex(&der) != wire.fingerprint {
        return Err(wrong("its Fingerprint is not the MD5 of its Value: this is another key"));
    }
    let time = |value: &Value, what: &str| redact::time(value).ok_or_else(|| wrong(&format!("its {what} is no time")));
    let (from, to) = (time(&wire.validity_start_time, "ValidityStartTime")?, time(&wire.validity_end_time, "ValidityEndTime")?);
    Ok(TrailKey { fingerprint: wire.fingerprint.clone(), from, to, der })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The example of the API's own documentation: that `Fingerprint` is the MD5 of `Value` is said nowhere, but holds there.
    fn example() -> Value {
        json!({"PublicKeyList": [{
            "ValidityStartTime": 1_453_076_702.0, "ValidityEndTime": 1_455_668_702.0, "Fingerprint": "7f3f401420072e50a65a141430817ab3",
            "Value": "MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1xboEcEPHYoIYMbgfSw7KGnuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrCtR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9BnkF88qBnaPNhS44rzwIDAQAB"
        }]})
    }

    #[test]
    fn keys_as_the_aws_cli_prints_them() {
        let keys = parse(example().to_string().as_bytes()).unwrap();
        assert_eq!((keys.len(), keys[0].from.to_rfc3339().as_str()), (1, "2016-01-18T00:25:02+00:00"));
        let mut iso = example();
        iso["PublicKeyList"][0]["ValidityStartTime"] = json!("2016-01-18T00:25:02+00:00");
        assert_eq!(parse(iso.to_string().as_bytes()).unwrap()[0].from, keys[0].from);
        assert!(!keys[0].signed("x", &"00".repeat(256)) && !keys[0].signed("x", "zz"));
    }

    #[test]
    fn a_key_that_its_fingerprint_does_not_name_is_refused() {
        for (member, value, says) in [
            ("Fingerprint", json!("00".repeat(16)), "this is another key"),
            ("Value", json!("AAAA"), "this is another key"),
            ("Value", json!("!"), "no base64"),
            ("ValidityEndTime", json!("soon"), "ValidityEndTime is no time"),
        ] {
            let mut list = example();
            list["PublicKeyList"][0][member] = value;
            let why = parse(list.to_string().as_bytes()).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
        assert!(parse(br#"{"PublicKeyList": []}"#).unwrap_err().contains("no key"));
    }
}
