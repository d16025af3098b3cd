//! A digest file of CloudTrail: which log files it delivered to a bucket in about an hour, the SHA-256 of each, and the
//! digest file before it with its signature (CloudTrail user guide, "CloudTrail digest file structure").
//!
//! It names buckets, objects and an account, never a user, so it is stored as it is: whether AWS signed it can be told of
//! its exact bytes only. That is why nothing is taken that has a member or a form which that page does not name.

use crate::clock;
use crate::digest::{hex, sha256};
use crate::model::json;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest digest file, bytes unpacked.
pub const LARGEST: u64 = 8 << 20;
/// The one algorithm (`digestSignatureAlgorithm`).
const SIGNED_WITH: &str = "SHA256withRSA";
/// The one digest (`hashAlgorithm`).
const HASHED_WITH: &str = "SHA-256";

/// A digest file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestFile {
    /// `digestStartTime`: log files delivered after it are named here.
    pub start: DateTime<Utc>,
    /// `digestEndTime`: up to here.
    pub end: DateTime<Utc>,
    /// `digestEndTime` as it is written, for the signature is over that.
    end_text: String,
    /// `awsAccountId`.
    pub account: String,
    /// `digestS3Bucket`.
    pub bucket: String,
    /// `digestS3Object`: where CloudTrail put it.
    pub object: String,
    /// `digestPublicKeyFingerprint`.
    pub fingerprint: String,
    /// The digest file before it; `None` in the first one after logging or validation was switched on.
    pub previous: Option<Previous>,
    /// SHA-256 of each log file, unpacked, by its name (the last part of `s3Object`).
    pub files: BTreeMap<String, String>,
    /// SHA-256 of this file, unpacked.
    pub sha256: String,
}

/// The digest file before another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// `previousDigestS3Bucket`.
    pub bucket: String,
    /// `previousDigestS3Object`.
    pub object: String,
    /// `previousDigestHashValue`.
    pub sha256: String,
    /// `previousDigestSignature`, hex.
    pub signature: String,
}

impl DigestFile {
    /// Its name: the last part of `digestS3Object`.
    pub fn name(&self) -> &str {
        last_part(&self.object)
    }

    /// Whether it was made later, for log files that its hour's own digest file could not name (`_backfill`).
    pub fn is_backfill(&self) -> bool {
        self.object.ends_with("_backfill.json.gz")
    }

    /// What is the same for all digest files of one trail, region and account: bucket and name without its time.
    pub fn trail(&self) -> String {
        let name = self.name().trim_end_matches(".json.gz").trim_end_matches("_backfill");
        let stem = name.rsplit_once('_').map_or(name, |(stem, _)| stem);
        format!("{}/{stem}{}", self.bucket, if self.is_backfill() { " backfill" } else { "" })
    }

    /// The bytes that AWS signs (user guide, "Custom implementations of CloudTrail log file integrity validation").
    pub fn to_sign(&self) -> String {
        let previous = self.previous.as_ref().map_or("null", |p| p.signature.as_str());
        format!("{}\n{}/{}\n{}\n{previous}", self.end_text, self.bucket, self.object, self.sha256)
    }

    /// Whether `self` names that digest file as the one before it, with the same content.
    pub fn follows(&self, earlier: &Self) -> bool {
        self.previous.as_ref().is_some_and(|p| (&p.bucket, &p.object, &p.sha256) == (&earlier.bucket, &earlier.object, &earlier.sha256))
    }
}

/// As AWS writes it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    aws_account_id: String,
    digest_start_time: String,
    digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    bucket: String,
    #[serde(rename = "digestS3Object")]
    object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
    #[serde(rename = "previousDigestS3Bucket")]
    previous_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    previous_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    previous_digest_signature: Option<String>,
    log_files: Vec<WireFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WireFile {
    #[serde(rename = "s3Bucket")]
    bucket: String,
    #[serde(rename = "s3Object")]
    object: String,
    hash_value: String,
    hash_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
}

/// Reads an unpacked digest file.
///
/// # Errors
/// It is not in the documented form; the message names the member, never its value.
pub fn parse(content: &[u8]) -> Result<DigestFile, String> {
    if content.len() as u64 > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    // The parser's own words may repeat a member's name, which is not ours to store.
    let wire: Wire = json::strict(content).map_err(|_| "it is not JSON with the members of a digest file and no others".to_owned())?;
    if wire.digest_signature_algorithm != SIGNED_WITH {
        return Err(format!("digestSignatureAlgorithm is not {SIGNED_WITH}"));
    }
    let account = Some(wire.aws_account_id).filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit()));
    let (start, end) = (time(&wire.digest_start_time, "digestStartTime")?, time(&wire.digest_end_time, "digestEndTime")?);
    if start > end {
        return Err("digestStartTime is after digestEndTime".to_owned());
    }
    for (text, what) in [(&wire.newest_event_time, "newestEventTime"), (&wire.oldest_event_time, "oldestEventTime")] {
        text.as_deref().map(|t| time(t, what)).transpose()?;
    }
    let previous = match (wire.previous_bucket, wire.previous_object, wire.previous_digest_hash_value, wire.previous_digest_signature) {
        (Some(bucket), Some(object), Some(sha256), Some(signature)) => {
            if wire.previous_digest_hash_algorithm.as_deref() != Some(HASHED_WITH) {
                return Err(format!("previousDigestHashAlgorithm is not {HASHED_WITH}"));
            }
            Some(Previous {
                bucket: plain(bucket, "previousDigestS3Bucket")?,
                object: plain(object, "previousDigestS3Object")?,
                sha256: digits(sha256, 64..=64, "previousDigestHashValue")?,
                signature: digits(signature, SIGNATURE, "previousDigestSignature")?,
            })
        }
        (None, None, None, None) if wire.previous_digest_hash_algorithm.is_none() => None,
        _ => return Err("of the members previousDigest… some are missing".to_owned()),
    };
    let mut files = BTreeMap::new();
    for file in wire.log_files {
        if file.hash_algorithm != HASHED_WITH {
            return Err(format!("a hashAlgorithm is not {HASHED_WITH}"));
        }
        for text in [&file.newest_event_time, &file.oldest_event_time] {
            text.as_deref().map(|t| time(t, "an event time of logFiles")).transpose()?;
        }
        plain(file.bucket, "an s3Bucket")?;
        let object = plain(file.object, "an s3Object")?;
        if files.insert(last_part(&object).to_owned(), digits(file.hash_value, 64..=64, "a hashValue")?).is_some() {
            return Err("it names a log file twice".to_owned());
        }
    }
    Ok(DigestFile {
        start,
        end,
        end_text: wire.digest_end_time,
        account: account.ok_or("awsAccountId is not twelve digits")?,
        bucket: plain(wire.bucket, "digestS3Bucket")?,
        object: plain(wire.object, "digestS3Object")?,
        fingerprint: digits(wire.digest_public_key_fingerprint, 32..=64, "digestPublicKeyFingerprint")?,
        previous,
        files,
        sha256: hex(&sha256(content)),
    })
}

/// Hex digits of an RSA signature: of a key of 1,024 to 8,192 bits.
const SIGNATURE: std::ops::RangeInclusive<usize> = 256..=2048;

/// A signature as CloudTrail keeps it in the object's metadata (`x-amz-meta-signature`): hex.
///
/// # Errors
/// It is not.
pub fn signature(text: &str) -> Result<String, String> {
    digits(text.trim().to_owned(), SIGNATURE, "the signature")
}

fn time(text: &str, what: &str) -> Result<DateTime<Utc>, String> {
    let short = text.len() <= 40;
    clock::parse_rfc3339(text).ok().filter(|_| short).ok_or_else(|| format!("{what} is no time"))
}

fn digits(text: String, length: std::ops::RangeInclusive<usize>, what: &str) -> Result<String, String> {
    let good = length.contains(&text.len())
        && text.len().is_multiple_of(2)
        && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if good { Ok(text) } else { Err(format!("{what} is not in lower-case hex")) }
}

/// A bucket's or an object's name as CloudTrail makes them (bucket naming rules; safe characters of an object's key).
fn plain(text: String, what: &str) -> Result<String, String> {
    let good = (1..=1024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/!-_.*'()=".contains(&b));
    if good { Ok(text) } else { Err(format!("{what} is no name of a bucket or an object")) }
}

fn last_part(object: &str) -> &str {
    object.rsplit('/').next().unwrap_or(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample of the user guide, in another order and with shorter signatures.
    fn sample() -> String {
        let (hash, signature) = ("97fb791cf91ffc440d274f8190dbdd9aa09c34432aba82739df18b6d3c13df2d", "50887ccf".repeat(64));
        let object = "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_my_trail_us-east-2_20150817T150131Z.json.gz";
        let before = object.replace("150131Z", "140131Z");
        let log = "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/111122223333_CloudTrail_us-east-2_20150817T1445Z_9nYN7gp2eWAJHIfT.json.gz";
        format!(
            r#"{{"awsAccountId":"111122223333","digestStartTime":"2015-08-17T14:01:31Z","digestEndTime":"2015-08-17T15:01:31Z",
            "digestS3Bucket":"logs","digestS3Object":"{object}","digestPublicKeyFingerprint":"31e8b5433410dfb61a9dc45cc65b22ff",
            "digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":"2015-08-17T14:52:27Z","oldestEventTime":"2015-08-17T14:42:27Z",
            "previousDigestS3Bucket":"logs","previousDigestS3Object":"{before}","previousDigestHashValue":"{hash}",
            "previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":"{signature}",
            "logFiles":[{{"s3Bucket":"logs","s3Object":"{log}","hashValue":"{hash}","hashAlgorithm":"SHA-256",
            "newestEventTime":"2015-08-17T14:52:27Z","oldestEventTime":"2015-08-17T14:42:27Z"}}]}}"#
        )
    }

    #[test]
    fn what_is_signed_is_what_the_user_guide_says() {
        let read = parse(sample().as_bytes()).unwrap();
        let lines: Vec<String> = read.to_sign().split('\n').map(str::to_owned).collect();
        assert_eq!(lines.len(), 4);
        assert_eq!((lines[0].as_str(), &lines[1]), ("2015-08-17T15:01:31Z", &format!("logs/{}", read.object)));
        assert_eq!((lines[2].len(), lines[3].len()), (64, 512));
        assert_eq!(read.trail(), "logs/111122223333_CloudTrail-Digest_us-east-2_my_trail_us-east-2");
        assert_eq!(read.files.len(), 1);
        let mut first = serde_json::from_str::<serde_json::Value>(&sample()).unwrap();
        for name in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
            first[format!("previousDigest{name}")] = serde_json::Value::Null;
        }
        assert!(parse(first.to_string().as_bytes()).unwrap().to_sign().ends_with("\nnull"));
    }

    #[test]
    fn a_file_of_another_form_is_not_taken_and_not_repeated() {
        for (good, bad) in [
            ("\"logFiles\"", "\"note\":\"jane@example.com\",\"logFiles\""),
            ("\"digestS3Bucket\":\"logs\"", "\"digestS3Bucket\":\"jane@example.com\""),
            ("\"digestS3Bucket\"", "\"digestS3Bucket\":\"jane\",\"digestS3Bucket\""),
            ("SHA256withRSA", "MD5"),
            ("T14:01:31Z", "T16:01:31Z"),
            ("\"previousDigestS3Bucket\":\"logs\"", "\"previousDigestS3Bucket\":null"),
            ("31e8b5433410dfb61a9dc45cc65b22ff", "jane"),
            ("\"2015-08-17T14:42:27Z\"", "\"jane\""),
        ] {
            let text = sample().replacen(good, bad, 1);
            assert_ne!(text, sample(), "{good}");
            let why = parse(text.as_bytes()).unwrap_err();
            assert!(!why.contains("jane") && !why.contains("note"), "{why}");
        }
    }
}
