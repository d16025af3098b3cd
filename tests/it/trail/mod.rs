//! CloudTrail log files as delivered to S3, through the recording to the verdict on the whole period.

pub mod bucket;

use crate::import::plan;
use bucket::{ACCOUNT, AWS, Bucket};
use poolproof::checks::{self, texts::Texts};
use poolproof::collect;
use poolproof::collect::import::import;
use poolproof::collect::progress::Silent;
use poolproof::collect::trail::{self, TrailError};
use poolproof::model::scope::{Period, Scope};
use poolproof::recording::read::Recording;
use poolproof::snapshot::Snapshot;
use serde_json::{Value, json};
use std::path::Path;

const POOL: &str = "eu-west-1_Example01";

pub fn scope() -> Scope {
    let day = |text: &str| text.parse().unwrap();
    Scope::undeclared(Period { label: "2026-08".to_owned(), from: day("2026-08-01"), to: day("2026-08-31") })
}

pub fn event(name: &str, time: &str, mode: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventTime": time, "eventSource": "cognito-idp.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.77", "userAgent": "aws-cli/2", "eventID": format!("id-{name}-{time}"), "requestID": "req-1",
        "recipientAccountId": ACCOUNT, "eventType": "AwsApiCall",
        "userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:jane", "accountId": ACCOUNT, "accessKeyId": "ASIAEXAMPLEKEY",
            "arn": "arn:aws:sts::123456789012:assumed-role/admin/jane@example.com"},
        "requestParameters": {"userPoolId": POOL, "mfaConfiguration": mode, "smsMfaConfiguration": {"smsConfiguration": {"externalId": "hush-hush"}}}
    })
}

/// The verdict on the period by log files alone, and everything recorded as one text.
fn judged(events: &[Value], missing: &[&str]) -> (String, String, String) {
    judged_by(&Bucket::of_days(events, missing))
}

/// `UserPool` of the pool, modified last at this time.
fn described(modified: f64) -> Value {
    json!({"Id": POOL, "Name": "staff", "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 3, "Policies": {}, "CreationDate": 1.6e9,
        "LastModifiedDate": modified})
}

/// Records a folder with the log files of a bucket, and the answers of a pool that is ON.
pub fn recorded(bucket: &Bucket, log: &Path, run: &Path) -> u64 {
    bucket.write(log, true);
    recorded_from(log, run)
}

/// As [`recorded`], of a folder that is there.
pub fn recorded_from(log: &Path, run: &Path) -> u64 {
    let from = tempfile::tempdir().unwrap();
    let write = |name: &str, content: Value| std::fs::write(from.path().join(name), content.to_string()).unwrap();
    write(
        "get-caller-identity.json",
        json!({"Account": ACCOUNT, "UserId": "AROA:run", "Arn": "arn:aws:sts::123456789012:assumed-role/audit/run"}),
    );
    write("describe-user-pool.json", json!({"UserPool": described(1.7e9)}));
    write("get-user-pool-mfa-config.json", json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}}));
    let at = poolproof::clock::parse_rfc3339("2026-09-15T10:00:00Z").unwrap();
    let inputs = scope().to_json().unwrap();
    let catalogue = poolproof::controls::catalogue::Catalogue::release().unwrap();
    let plan = collect::Plan {
        scope_digest: poolproof::digest::sha256_hex(&inputs),
        catalogue_digest: catalogue.digest().to_owned(),
        ..plan(run, scope())
    };
    std::fs::create_dir_all(run.join("inputs")).unwrap();
    std::fs::write(run.join("inputs/scope.json"), inputs).unwrap();
    import(&plan, from.path(), run, at, &Silent).unwrap();
    let taken = trail::record(&plan, log, run, at, &Silent).unwrap();
    assert_eq!(trail::record(&plan, log, run, at, &Silent).unwrap(), 0, "a continued run records no file twice");
    taken
}

fn judged_by(bucket: &Bucket) -> (String, String, String) {
    let (log, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(recorded(bucket, log.path(), run.path()), (bucket.logs.len() + bucket.digests.len()) as u64);
    let at = poolproof::clock::parse_rfc3339("2026-09-15T10:00:00Z").unwrap();
    let recording = Recording::folder(&collect::recording(run.path())).unwrap();
    let snapshot = Snapshot::build(&recording, &scope()).unwrap();
    assert!(snapshot.calls.unredacted.is_empty(), "{:?}", snapshot.calls.unredacted);
    let findings = checks::evaluate(&snapshot, &scope(), at.date_naive(), &Texts::release().unwrap());
    let found = findings.iter().find(|f| f.check.as_str() == "COG-LOG-005").unwrap();
    let mut recorded = String::new();
    for entry in std::fs::read_dir(collect::recording(run.path())).unwrap() {
        recorded += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    (format!("{} {}", found.verdict, found.reason_code), found.reason.clone(), recorded)
}

#[test]
fn log_files_of_every_day_prove_the_period() {
    assert_eq!(judged(&[], &[]).0, "INCOMPLETE unclear", "the file of the mode may be of any day before");
    assert_eq!(judged(&[event("UpdateUserPool", "2026-07-28T08:00:00Z", "ON")], &[]).0, "PASS on-throughout");
}

#[test]
fn a_day_without_a_log_file_is_a_gap() {
    let (said, reason, _) = judged(&[], &["2026-08-20"]);
    assert_eq!(said, "INCOMPLETE gaps");
    assert!(reason.contains("2026-08-20 00:00 UTC to 2026-08-21 00:00 UTC"), "{reason}");
}

#[test]
fn a_window_in_the_log_files_fails_and_names_nobody() {
    let events = [event("SetUserPoolMfaConfig", "2026-08-10T09:05:00Z", "OPTIONAL"), event("UpdateUserPool", "2026-08-10T09:25:00Z", "ON")];
    let (said, reason, recorded) = judged(&events, &[]);
    assert_eq!(said, "FAIL below-on");
    for part in [
        "OPTIONAL from 2026-08-10 09:05 UTC to 2026-08-10 09:25 UTC",
        "SetUserPoolMfaConfig of AssumedRole w_",
        "closed by UpdateUserPool",
        "request req-1",
    ] {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    for secret in ["jane", "192.0.2.77", "ASIAEXAMPLEKEY", "AROAEXAMPLE", "hush-hush", "top-secret-bucket", "assumed-role/admin"] {
        assert!(!recorded.contains(secret) && !reason.contains(secret), "{secret} was recorded");
    }
}

#[test]
fn what_is_no_log_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(trail::check(folder.path()), Err(TrailError::Empty(_))));
    std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
    let Err(TrailError::Refused { problems, .. }) = trail::check(folder.path()) else { panic!("taken") };
    assert!(problems.len() == 1 && problems[0].starts_with("notes.txt: "), "{problems:?}");
    Bucket::of_days(&[], &[]).write(folder.path(), false);
    std::fs::remove_file(folder.path().join("notes.txt")).unwrap();
    trail::check(folder.path()).unwrap();
}

#[test]
fn a_log_file_cut_off_in_its_middle_stops_the_run_by_name() {
    let (log, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Bucket::of_days(&[], &[]).write(log.path(), false);
    let torn = log
        .path()
        .join(format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/08/03/{ACCOUNT}_CloudTrail_eu-west-1_20260803T2355Z_AbCdEf.json.gz"));
    let bytes = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    let from = tempfile::tempdir().unwrap();
    std::fs::write(from.path().join("get-user-pool-mfa-config.json"), r#"{"MfaConfiguration": "ON"}"#).unwrap();
    std::fs::write(from.path().join("describe-user-pool.json"), json!({"UserPool": described(1.6e9)}).to_string()).unwrap();
    let at = poolproof::clock::parse_rfc3339("2026-09-15T10:00:00Z").unwrap();
    let plan = plan(run.path(), scope());
    import(&plan, from.path(), run.path(), at, &Silent).unwrap();
    let error = trail::record(&plan, log.path(), run.path(), at, &Silent).unwrap_err();
    assert!(error.to_string().contains("20260803T2355Z"), "{error}");
}

/// The pool was set to ON before the period.
fn set() -> [Value; 1] {
    [event("UpdateUserPool", "2026-07-29T08:00:00Z", "ON")]
}

#[test]
fn log_files_with_digest_files_say_that_none_is_missing_and_without_that_one_could_be() {
    let (said, reason, _) = judged(&set(), &[]);
    assert_eq!(said, "PASS on-throughout");
    assert!(reason.contains("not validated: one taken out of a day would go unnoticed"), "{reason}");
    let (said, reason, recorded) = judged_by(&Bucket::of_days(&set(), &[]).digested(&AWS));
    assert_eq!(said, "PASS on-throughout");
    assert!(reason.contains("37 log files are as 37 digest files of CloudTrail name them, none is missing"), "{reason}");
    assert!(reason.contains("That AWS signed these digest files is not shown here"), "{reason}");
    assert!(recorded.contains(r#""operation":"DigestFile""#));
}

#[test]
fn a_log_file_taken_out_of_a_quiet_day_goes_unnoticed_without_digest_files_and_is_named_with_them() {
    // A window of an hour in the log file of ten o'clock; the day has another log file.
    let events =
        [set()[0].clone(), event("UpdateUserPool", "2026-08-10T09:05:00Z", "OFF"), event("UpdateUserPool", "2026-08-10T09:25:00Z", "ON")];
    let mut whole = Bucket::of_days(&set(), &[]);
    let hour = Bucket::of_days(&events[1..], &[]).logs[13].clone();
    let (object, content) = (hour.0.replace("T2355Z", "T1000Z"), hour.1);
    whole.logs.push((object, content));
    whole = whole.digested(&AWS);
    assert_eq!(judged_by(&whole).0, "FAIL below-on");
    whole.logs.pop();
    let (said, reason, _) = judged_by(&whole);
    assert_eq!(said, "INCOMPLETE gaps");
    assert!(reason.contains("20260810T1000Z_AbCdEf.json.gz, which the digest file") && reason.contains("was not given"), "{reason}");
    whole.digests.clear();
    assert_eq!(judged_by(&whole).0, "PASS on-throughout", "nothing else can tell");
}

#[test]
fn an_altered_log_file_is_named() {
    let mut bucket = Bucket::of_days(&[set()[0].clone(), event("UpdateUserPool", "2026-08-10T09:05:00Z", "ON")], &[]).digested(&AWS);
    let log = &mut bucket.logs[13].1;
    *log = String::from_utf8(log.clone()).unwrap().replace("UpdateUserPool", "UpdateGroup").into_bytes();
    let (said, reason, _) = judged_by(&bucket);
    assert_eq!(said, "INCOMPLETE unreadable");
    assert!(reason.contains("20260810T2355Z_AbCdEf.json.gz (it is not as a digest file names it)"), "{reason}");
}

#[test]
fn nothing_of_a_digest_file_in_another_form_is_recorded() {
    let mut bucket = Bucket::of_days(&set(), &[]).digested(&AWS);
    bucket.digests[10].content["digestS3Bucket"] = json!("jane@example.com");
    let (said, _, recorded) = judged_by(&bucket);
    assert_eq!(said, "INCOMPLETE gaps");
    assert!(!recorded.contains("jane"));
}

#[test]
fn a_signature_without_its_digest_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::of_days(&[], &[]).digested(&AWS);
    bucket.write(folder.path(), true);
    trail::check(folder.path()).unwrap();
    std::fs::remove_file(folder.path().join(bucket.digests[36].object())).unwrap();
    let Err(TrailError::Refused { problems, .. }) = trail::check(folder.path()) else { panic!("taken") };
    assert!(problems.len() == 1 && problems[0].contains(".json.gz.sig: the digest file"), "{problems:?}");
}
