//! Step 12: what each of keys, digest files and log files proves, and what stays open without it. Tampered ones that fail are
//! vectors; here is what is open, and what only the files themselves can show.

use super::{Options, options, verified_files};
use crate::samples::log as demo;
use crate::sealing::{Files, KEY, payload_of, resealed};
use crate::trail::bucket::{AWS, Bucket, Key};
use crate::trail::{event, recorded};
use chrono::Duration;
use poolproof::digest::sha256_hex;
use poolproof::recording::line::Call;
use poolproof::verify::outcome::{Outcome, Report, StepName};
use poolproof::verify::text;
use poolproof::verify::trail::Given;
use poolproof::verify::trail_keys;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// A key of AWS's that was valid long before.
pub static OLD: LazyLock<Key> = LazyLock::new(Key::new);

/// What `aws cloudtrail list-public-keys` prints: a key of the time, and one of another.
pub fn listed() -> Value {
    let of = |key: &Key, from, to| key.listed(from, to)["PublicKeyList"][0].clone();
    json!({"PublicKeyList": [
        of(&AWS, "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"),
        of(&OLD, "2020-07-01T00:00:00Z", "2020-10-01T00:00:00Z"),
    ]})
}

pub fn with_keys(listed: &Value) -> Given {
    Given { keys: trail_keys::parse(listed.to_string().as_bytes()).unwrap(), files: None }
}

/// A log with a window, and its digest files.
pub fn bucket() -> Bucket {
    let events = [
        event("UpdateUserPool", "2026-07-29T08:00:00Z", "ON"),
        event("SetUserPoolMfaConfig", "2026-08-10T09:05:00Z", "OPTIONAL"),
        event("UpdateUserPool", "2026-08-10T09:25:00Z", "ON"),
    ];
    Bucket::of_days(&events, &[]).digested(&AWS)
}

/// The window is taken out of its log file.
pub fn altered(mut bucket: Bucket) -> Bucket {
    let log = &mut bucket.logs[13].1;
    let changed = String::from_utf8(log.clone()).unwrap().replace("OPTIONAL", "ON");
    assert_ne!(changed.as_bytes(), log.as_slice());
    *log = changed.into_bytes();
    bucket
}

/// A bundle over a folder with these files.
pub fn sealed(bucket: &Bucket) -> Files {
    sealed_with(bucket, |_| ())
}

fn sealed_with(bucket: &Bucket, change: impl Fn(&mut Call)) -> Files {
    let (log, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    recorded(bucket, log.path(), run.path());
    let segment = run.path().join("recording/123456789012.eu-west-1.trail.jsonl");
    let lines = std::fs::read_to_string(&segment).unwrap();
    let mut prev: Option<String> = None;
    let mut chained = String::new();
    for line in lines.lines() {
        let mut call: Call = serde_json::from_str(line).unwrap();
        change(&mut call);
        call.prev = prev.take().unwrap_or(call.prev);
        let line = serde_json::to_string(&call).unwrap();
        prev = Some(sha256_hex(line.as_bytes()));
        chained += &format!("{line}\n");
    }
    std::fs::write(&segment, chained).unwrap();
    resealed(&payload_of(run.path(), Duration::zero()), &KEY)
}

fn checked(files: &Files, trail: Given) -> Report {
    verified_files(files, &Options { trail, ..options() })
}

#[track_caller]
fn says(report: &Report, kind: &str, word: &str) {
    let (found, note) = match report.outcome(StepName::LogFiles).unwrap() {
        Outcome::Passed(note) => ("passed", note),
        Outcome::Failed(note) => ("failed", note),
        Outcome::NotChecked(note) => ("not checked", note),
        Outcome::NotApplicable(note) => ("not applicable", note),
    };
    assert!(found == kind && note.contains(word), "{kind} {word:?}: {}", text::render(report));
}

fn proves(report: &Report, word: &str) -> bool {
    report.proved.iter().any(|s| s.contains(word))
}

#[test]
fn keys_show_that_aws_signed_for_the_log_files_and_the_files_show_their_events() {
    let files = sealed(&bucket());
    says(&checked(&files, Given::default()), "not checked", "37 CloudTrail log files, not validated: --trail-keys FILE");
    let by_keys = checked(&files, with_keys(&listed()));
    says(&by_keys, "passed", "37 log files are those that 37 digest files name, each signed by one of the keys given, none missing");
    assert!(proves(&by_keys, "those that AWS signed for") && !proves(&by_keys, "AWS's own signed word"));
    assert!(by_keys.not_proved.iter().any(|s| s.contains("say what the recording says of them")));
    let folder = tempfile::tempdir().unwrap();
    bucket().write(folder.path(), false);
    let by_files = checked(&files, Given { files: Some(folder.path().to_owned()), ..with_keys(&listed()) });
    says(&by_files, "passed", "the recording says of their events what the files say");
    assert!(proves(&by_files, "AWS's own signed word") && by_files.facts.unwrap().log_events_compared);
}

#[test]
fn the_key_of_the_demo_counts_for_made_up_data_only() {
    let keys = || Given { keys: trail_keys::parse(demo::listed().as_bytes()).unwrap(), files: None };
    let forged = checked(&sealed(&bucket().digested(&demo::KEY)), keys());
    says(&forged, "failed", "names the key of `poolproof demo`, with which anybody can sign");
    assert_eq!(forged.exit, 4);
    // Beside AWS's own it does nothing.
    let mut both = keys();
    both.keys.extend(with_keys(&listed()).keys);
    says(&checked(&sealed(&bucket()), both), "passed", "each signed by one of the keys given");
    let made_up = resealed(&crate::sealing::payload("demo"), &KEY);
    says(&checked(&made_up, Given::default()), "not checked", "192 CloudTrail log files, not validated");
    let report = checked(&made_up, keys());
    says(&report, "passed", "MADE UP, as the bundle says, and AWS signed none of it: 192 log files");
    assert!(!proves(&report, "AWS signed") && report.not_proved.iter().any(|s| s.contains("are made up, and so is the key")));
    says(&checked(&made_up, with_keys(&listed())), "not checked", "of the keys given none has the fingerprint");
}

#[test]
fn events_that_the_recording_tells_otherwise_show_with_the_files_only() {
    // The owner keeps the SHA-256 that AWS signed, and tells another mode.
    let files = sealed_with(&bucket(), |call| {
        let text = serde_json::to_string(&call.answer).unwrap().replace("OPTIONAL", "ON");
        call.answer = serde_json::from_str(&text).unwrap();
    });
    says(&checked(&files, with_keys(&listed())), "passed", "is the sealer's word");
    let folder = tempfile::tempdir().unwrap();
    bucket().write(folder.path(), false);
    let by_files = checked(&files, Given { files: Some(folder.path().to_owned()), ..with_keys(&listed()) });
    says(&by_files, "failed", "20260810T2355Z_AbCdEf.json.gz: the recording does not say of its events what it says");
}

#[test]
fn a_folder_of_other_files_or_without_one_proves_no_events() {
    let files = sealed(&bucket());
    let folder = tempfile::tempdir().unwrap();
    altered(bucket()).write(folder.path(), false);
    let given = || Given { files: Some(folder.path().to_owned()), ..with_keys(&listed()) };
    says(&checked(&files, given()), "failed", "it is another file than the one that was recorded");
    let object = bucket().logs[13].0.clone();
    std::fs::remove_file(folder.path().join(object)).unwrap();
    let report = checked(&files, given());
    says(&report, "not checked", "1 of the 37 log files are not in the folder given");
    assert!(!proves(&report, "AWS"));
}

#[test]
fn what_is_missing_is_open_and_named() {
    let open = |bucket: &Bucket, keys: Given, word: &str| says(&checked(&sealed(bucket), keys), "not checked", word);
    let keys = || with_keys(&listed());
    let mut lost = bucket();
    lost.logs.remove(13);
    open(&lost, keys(), "20260810T2355Z_AbCdEf.json.gz, which the digest file");
    let mut broken = bucket();
    broken.digests.remove(13);
    open(
        &broken,
        keys(),
        "the digest file after 123456789012_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20260810T000000Z.json.gz is missing",
    );
    let mut added = bucket();
    added.logs.push((added.logs[13].0.replace("T2355Z", "T1000Z"), added.logs[13].1.clone()));
    open(&added, keys(), "T1000Z_AbCdEf.json.gz, which holds events about pools, is named by no digest file that counts");
    let mut none = bucket();
    none.digests.clear();
    open(&none, keys(), "have no digest file: one taken out would go unnoticed");
    open(&none, Given::default(), "without a digest file, so that one taken out would go unnoticed");
    // Whoever makes all digest files himself needs a key of his own, and nobody lists that one.
    open(&bucket().digested(&Key::new()), keys(), "of the keys given none has the fingerprint");
}

#[test]
fn a_last_digest_file_without_a_signature_counts_for_nothing() {
    let (log, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    recorded(&bucket(), log.path(), run.path());
    let mut unsigned = bucket();
    unsigned.digests[36].signature = String::new();
    let folder: &Path = log.path();
    std::fs::remove_file(folder.join(format!("{}.sig", unsigned.digests[36].object()))).unwrap();
    let again = tempfile::tempdir().unwrap();
    crate::trail::recorded_from(folder, again.path());
    let files = resealed(&payload_of(again.path(), Duration::zero()), &KEY);
    says(&checked(&files, with_keys(&listed())), "passed", "36 log files are those that 36 digest files name");
}

#[test]
fn a_bundle_without_log_files_has_nothing_to_check() {
    let files = resealed(&crate::sealing::payload("weak"), &KEY);
    says(&verified_files(&files, &options()), "not applicable", "no CloudTrail log files");
}

/// One case each for the AWS CLI's own validation: the bucket, the keys listed, and what step 12 must say.
fn buckets() -> Vec<(&'static str, Bucket, &'static str)> {
    let mut cases = vec![
        ("honest", bucket(), "passed"),
        ("log-file-altered", altered(bucket()), "failed"),
        ("digest-files-of-a-key-that-aws-does-not-list", bucket().digested(&Key::new()), "not checked"),
        ("digest-files-by-a-key-of-another-time", bucket().digested(&OLD), "failed"),
    ];
    let mut changed = |name, expected, change: &dyn Fn(&mut Bucket)| {
        let mut made = bucket();
        change(&mut made);
        cases.push((name, made, expected));
    };
    changed("log-file-missing", "not checked", &|b| drop(b.logs.remove(13)));
    changed("log-file-slipped-in", "not checked", &|b| {
        let (object, content) = b.logs[13].clone();
        b.logs.push((object.replace("T2355Z", "T1000Z"), content));
    });
    changed("digest-file-missing", "not checked", &|b| drop(b.digests.remove(13)));
    changed("digest-file-altered", "failed", &|b| b.digests[13].content["logFiles"] = json!([]));
    changed("last-signature-of-another", "failed", &|b| b.digests[36].signature = b.digests[35].signature.clone());
    changed("last-digest-file-altered", "failed", &|b| b.digests[36].content["digestEndTime"] = json!("2026-09-03T00:00:01Z"));
    cases
}

#[test]
fn buckets_and_what_step_12_says() {
    for (name, bucket, expected) in buckets() {
        let report = checked(&sealed(&bucket), with_keys(&listed()));
        says(&report, expected, "");
        let Ok(out) = std::env::var("EXPORT_TRAILS") else { continue };
        let home = Path::new(&out).join(name);
        bucket.write(&home.join("objects"), false);
        let signatures: BTreeMap<&str, &str> = bucket.digests.iter().map(|d| (d.object(), d.signature.as_str())).collect();
        for (file, text) in [("signatures.json", json!(signatures).to_string()), ("keys.json", listed().to_string())] {
            std::fs::write(home.join(file), text).unwrap();
        }
        std::fs::write(home.join("expected"), expected).unwrap();
    }
}
