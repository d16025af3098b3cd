//! What is recorded of a CloudTrail log file: its SHA-256, the days of which it holds events, and the watched events, to
//! be redacted. The collector reads files by it, and `verify --trail` reads the same files again.

use super::trail::{SOURCE, WATCHED};
use crate::clock;
use crate::digest::sha256_hex;
use chrono::NaiveDateTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read as _;

/// Largest log file, bytes as delivered; CloudTrail's are far smaller.
pub const LARGEST: u64 = 64 << 20;
/// Largest log file, bytes unpacked.
const LARGEST_UNPACKED: u64 = 512 << 20;

/// Account and region of a log file's name (CloudTrail user guide, "CloudTrail log file name format").
pub fn named(name: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = name.strip_suffix(".json.gz")?.split('_').collect();
    let [account, "CloudTrail", region, time, id] = parts.as_slice() else { return None };
    let timed = NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%MZ").is_ok();
    let unique = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    (timed && unique).then(|| place(account, region)).flatten()
}

/// Account and region of a digest file's name (user guide, "CloudTrail digest file structure"): the trail's own name may
/// hold underscores.
pub fn named_digest(name: &str) -> Option<(String, String)> {
    let stem = name.strip_suffix(".json.gz")?;
    let mut parts = stem.strip_suffix("_backfill").unwrap_or(stem).splitn(4, '_');
    let (account, "CloudTrail-Digest", region, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?) else { return None };
    let (trail, time) = rest.rsplit_once('_')?;
    let timed = NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").is_ok();
    let plain = !trail.is_empty() && trail.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    (timed && plain).then(|| place(account, region)).flatten()
}

fn place(account: &str, region: &str) -> Option<(String, String)> {
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let plain = (4..=32).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (digits && plain).then(|| (account.to_owned(), region.to_owned()))
}

/// Unpacks a file as delivered.
///
/// # Errors
/// It is no gzip file, is cut off, or is too large.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut unpacked = flate2::read::MultiGzDecoder::new(packed).take(LARGEST_UNPACKED + 1);
    unpacked.read_to_end(&mut bytes).map_err(|_| "it is no gzip file, or cut off".to_owned())?;
    if bytes.len() as u64 > LARGEST_UNPACKED { Err("it is larger than any file of CloudTrail".to_owned()) } else { Ok(bytes) }
}

/// What is recorded of an unpacked log file of a region, before redaction.
///
/// # Errors
/// It is no log file, or not of that region. The message holds nothing of its content.
pub fn read(bytes: &[u8], region: &str) -> Result<Vec<u8>, String> {
    let content: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON")?;
    let records = content.get("Records").and_then(Value::as_array).ok_or("it has no Records")?;
    let (mut days, mut last, mut kept) = (BTreeSet::new(), None, Vec::new());
    for record in records {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let time = text("eventTime").and_then(|t| clock::parse_rfc3339(t).ok()).ok_or("a record has no eventTime")?;
        days.insert(time.date_naive());
        last = last.max(Some(time));
        if text("eventSource") == Some(SOURCE) && text("eventName").is_some_and(|name| WATCHED.contains(&name)) {
            if text("awsRegion").is_some_and(|of| of != region) {
                return Err("it holds events of another region than its name says".to_owned());
            }
            kept.push(record.to_string());
        }
    }
    let told = json!({
        "Sha256": sha256_hex(bytes), "Count": records.len(), "Days": days, "Last": last.map(clock::rfc3339), "Records": kept,
    });
    serde_json::to_vec(&told).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_cloudtrail_gives_them() {
        let good = "123456789012_CloudTrail_eu-west-1_20260810T0905Z_AbCdEf0123456789.json.gz";
        let place = Some(("123456789012".to_owned(), "eu-west-1".to_owned()));
        assert_eq!(named(good), place);
        for digest in ["my_trail", "t"] {
            for end in ["", "_backfill"] {
                let name = format!("123456789012_CloudTrail-Digest_eu-west-1_{digest}_us-east-1_20260801T000000Z{end}.json.gz");
                assert_eq!((named(&name), named_digest(&name)), (None, place.clone()), "{name}");
            }
        }
        for bad in [
            "123456789012_CloudTrail_eu-west-1_20260810T0905Z_AbCdEf.json",
            "12345_CloudTrail_eu-west-1_20260810T0905Z_AbCdEf.json.gz",
            "123456789012_CloudTrail_../x_20260810T0905Z_AbCdEf.json.gz",
            "123456789012_CloudTrail_eu-west-1_2026-08-10_AbCdEf.json.gz",
            "123456789012_CloudTrail-Digest_eu-west-1_20260801T000000Z.json.gz",
            "123456789012_CloudTrail-Digest_eu-west-1_a@b_20260801T000000Z.json.gz",
            "events.json.gz",
        ] {
            assert_eq!((named(bad), named_digest(bad)), (None, None), "{bad}");
        }
    }
}
