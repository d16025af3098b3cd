//! A bucket as CloudTrail fills it: log files, and digest files signed with a key made here. The signatures are made after the
//! user guide's words and not by the code under test.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use chrono::{Days, NaiveDate};
use data_encoding::{BASE64, HEXLOWER};
use poolproof::digest::sha256_hex;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

pub const ACCOUNT: &str = "123456789012";
/// The key of "AWS" in these tests.
pub static AWS: LazyLock<Key> = LazyLock::new(Key::new);

/// A key that signs digest files.
pub struct Key(RsaKeyPair);

impl Key {
    pub fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
    /// Of a file in PEM, whatever stands around it.
    pub fn of_pem(text: &str) -> Self {
        let base64: String = text.lines().skip_while(|l| !l.starts_with("-----BEGIN")).filter(|l| !l.starts_with('-')).collect();
        Self(RsaKeyPair::from_pkcs8(&BASE64.decode(base64.as_bytes()).unwrap()).unwrap())
    }
    pub fn fingerprint(&self) -> String {
        poolproof::digest::md5_hex(self.0.public_key().as_ref())
    }
    pub fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        HEXLOWER.encode(&signature)
    }
    /// The output of `aws cloudtrail list-public-keys`.
    pub fn listed(&self, from: &str, to: &str) -> Value {
        let value = BASE64.encode(self.0.public_key().as_ref());
        json!({"PublicKeyList": [{"Value": value, "ValidityStartTime": from, "ValidityEndTime": to, "Fingerprint": self.fingerprint()}]})
    }
}

/// A digest file: its content, and its signature, which S3 keeps beside it.
#[derive(Clone)]
pub struct Digest {
    pub content: Value,
    pub signature: String,
}

impl Digest {
    pub fn object(&self) -> &str {
        self.content["digestS3Object"].as_str().unwrap()
    }
    pub fn bytes(&self) -> Vec<u8> {
        self.content.to_string().into_bytes()
    }
}

/// The bucket of one trail.
#[derive(Clone, Default)]
pub struct Bucket {
    /// Log files: object, content.
    pub logs: Vec<(String, Vec<u8>)>,
    pub digests: Vec<Digest>,
}

/// Another service's event: it shows that the day is covered, and nothing of it is kept.
fn noise(day: NaiveDate) -> Value {
    json!({"eventTime": format!("{day}T23:10:00Z"), "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "eventID": "noise", "requestParameters": {"bucketName": "top-secret-bucket"}})
}

impl Bucket {
    /// A log file a day from 28 July to 2 September, without the days of `missing`.
    pub fn of_days(events: &[Value], missing: &[&str]) -> Self {
        let first: NaiveDate = "2026-07-28".parse().unwrap();
        let mut made = Self::default();
        for day in (0..37).map(|n| first + Days::new(n)).filter(|d| !missing.contains(&d.to_string().as_str())) {
            let mut records = vec![noise(day)];
            records.extend(events.iter().filter(|e| e["eventTime"].as_str().unwrap().starts_with(&day.to_string())).cloned());
            let name = format!("{ACCOUNT}_CloudTrail_eu-west-1_{}T2355Z_AbCdEf.json.gz", day.format("%Y%m%d"));
            let object = format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{}/{name}", day.format("%Y/%m/%d"));
            made.logs.push((object, serde_json::to_vec(&json!({"Records": records})).unwrap()));
        }
        made
    }

    /// With a digest file a day over the log files that are here now. (CloudTrail makes one an hour; nothing hangs on that.)
    pub fn digested(mut self, key: &Key) -> Self {
        let first: NaiveDate = "2026-07-28".parse().unwrap();
        self.digests.clear();
        for day in (0..37).map(|n| first + Days::new(n)) {
            let next = day.succ_opt().unwrap();
            let stamp = day.format("%Y%m%d").to_string();
            let named = self.logs.iter().filter(|(object, _)| object.contains(&format!("_{stamp}T")));
            let files = named.map(|(object, content)| {
                json!({"s3Bucket": "example-trail", "s3Object": object, "hashValue": sha256_hex(content), "hashAlgorithm": "SHA-256",
                    "newestEventTime": format!("{day}T23:10:00Z"), "oldestEventTime": format!("{day}T00:10:00Z")})
            });
            let name = format!("{ACCOUNT}_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_{}T000000Z.json.gz", next.format("%Y%m%d"));
            let before = self.digests.last();
            let content = json!({
                "awsAccountId": ACCOUNT, "digestStartTime": format!("{day}T00:00:00Z"), "digestEndTime": format!("{next}T00:00:00Z"),
                "digestS3Bucket": "example-trail",
                "digestS3Object": format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/{}/{name}", next.format("%Y/%m/%d")),
                "digestPublicKeyFingerprint": key.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": format!("{day}T23:10:00Z"), "oldestEventTime": format!("{day}T00:10:00Z"),
                "previousDigestS3Bucket": before.map(|_| "example-trail"), "previousDigestS3Object": before.map(Digest::object),
                "previousDigestHashValue": before.map(|d| sha256_hex(&d.bytes())), "previousDigestHashAlgorithm": before.map(|_| "SHA-256"),
                "previousDigestSignature": before.map(|d| d.signature.clone()), "logFiles": files.collect::<Vec<_>>(),
            });
            self.digests.push(signed(content, key));
        }
        self
    }

    /// Writes it as `aws s3 cp --recursive` does, and the last digest file's signature beside it where that is wanted.
    pub fn write(&self, to: &Path, last_signature: bool) {
        for (object, content) in &self.logs {
            gz(&to.join(object), content);
        }
        for digest in &self.digests {
            gz(&to.join(digest.object()), &digest.bytes());
        }
        if let Some(last) = self.digests.last().filter(|_| last_signature) {
            std::fs::write(to.join(format!("{}.sig", last.object())), format!("{}\n", last.signature)).unwrap();
        }
    }
}

/// Signs a digest file's content.
pub fn signed(content: Value, key: &Key) -> Digest {
    let text = |name: &str| content[name].as_str().unwrap_or("null").to_owned();
    let message = format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        sha256_hex(content.to_string().as_bytes()),
        text("previousDigestSignature")
    );
    Digest { signature: key.sign(&message), content }
}

pub fn gz(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(content).unwrap();
    std::fs::write(path, packed.finish().unwrap()).unwrap();
}
