//! CloudTrail's files of a sample: a log file a day, and the digest files of the sample `demo`, signed with a key that everybody has.

use super::maker::{ACCOUNT, Maker};
use crate::trail::bucket::{Digest, Key, signed};
use chrono::{Days, NaiveDate};
use poolproof::digest::sha256_hex;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The key of `demo`: RSA with PKCS#1 v1.5 makes the same signature each time.
pub static KEY: LazyLock<Key> = LazyLock::new(|| Key::of_pem(include_str!("trail-key.pem")));

/// The bucket of the samples' trail.
const BUCKET: &str = "example-trail";

/// That key in the form of `aws cloudtrail list-public-keys`, and before it, that it is none of AWS's.
pub fn listed() -> String {
    let mut keys = KEY.listed("2026-06-01T00:00:00Z", "2026-12-31T00:00:00Z");
    keys["NOT A KEY OF AWS"] = json!(
        "Made up for `poolproof demo`. Its private half is published with poolproof: anybody can sign with it, so it proves nothing. \
         verify counts it for bundles of made-up data only. For a real bundle fetch AWS's keys yourself: aws cloudtrail list-public-keys."
    );
    serde_json::to_string_pretty(&keys).unwrap() + "\n"
}

impl Maker<'_> {
    /// One log file a day from a few days before the period to the morning of the run; with a key also a digest file for each.
    pub fn log(&mut self, region: &str, events: &[Value], key: Option<&Key>) {
        let (mut day, end) = ("2026-06-28".parse::<NaiveDate>().unwrap(), "2026-10-01".parse().unwrap());
        let mut digests: Vec<Digest> = Vec::new();
        while day <= end {
            let own = |e: &&Value| e["awsRegion"] == region && e["eventTime"].as_str().unwrap().starts_with(&day.to_string());
            let records: Vec<String> = events.iter().filter(own).map(Value::to_string).collect();
            let name = format!("{ACCOUNT}_CloudTrail_{region}_{}T0720Z_DEMO.json.gz", day.format("%Y%m%d"));
            let sha256 = sha256_hex(name.as_bytes());
            let file = json!({
                "Sha256": sha256, "Count": 40 + records.len(), "Days": [day], "Last": format!("{day}T07:18:00Z"), "Records": records,
            });
            self.call("cloudtrail", "LogFile", region, json!({"Key": name}), Ok(file));
            digests.extend(key.map(|key| signed(digest(region, day, &name, &sha256, digests.last(), key), key)));
            day = day.succ_opt().unwrap();
        }
        let count = digests.len();
        for (n, digest) in digests.into_iter().enumerate() {
            let name = digest.object().rsplit('/').next().unwrap().to_owned();
            let last = (n + 1 == count).then_some(&digest.signature);
            let file = json!({"Content": digest.content.to_string(), "Signature": last});
            self.call("cloudtrail", "DigestFile", region, json!({"Key": name}), Ok(file));
        }
    }
}

/// The digest file that names a day's log file. (CloudTrail makes one an hour.)
fn digest(region: &str, day: NaiveDate, log: &str, sha256: &str, before: Option<&Digest>, key: &Key) -> Value {
    let path = |kind: &str, name: &str| format!("AWSLogs/{ACCOUNT}/{kind}/{region}/{}/{name}", day.format("%Y/%m/%d"));
    let name = format!("{ACCOUNT}_CloudTrail-Digest_{region}_all-regions_eu-west-1_{}T073000Z.json.gz", day.format("%Y%m%d"));
    json!({
        "awsAccountId": ACCOUNT, "digestStartTime": format!("{}T07:30:00Z", day - Days::new(1)), "digestEndTime": format!("{day}T07:30:00Z"),
        "digestS3Bucket": BUCKET, "digestS3Object": path("CloudTrail-Digest", &name),
        "digestPublicKeyFingerprint": key.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": format!("{day}T07:18:00Z"), "oldestEventTime": format!("{day}T00:10:00Z"),
        "previousDigestS3Bucket": before.map(|_| BUCKET), "previousDigestS3Object": before.map(Digest::object),
        "previousDigestHashValue": before.map(|d| sha256_hex(&d.bytes())), "previousDigestHashAlgorithm": before.map(|_| "SHA-256"),
        "previousDigestSignature": before.map(|d| d.signature.clone()),
        "logFiles": [{"s3Bucket": BUCKET, "s3Object": path("CloudTrail", log), "hashValue": sha256, "hashAlgorithm": "SHA-256",
            "newestEventTime": format!("{day}T07:18:00Z"), "oldestEventTime": format!("{day}T00:10:00Z")}],
    })
}
