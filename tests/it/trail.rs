//! CloudTrail log files as delivered to S3, through the recording to the verdict on the whole period.

use crate::import::plan;
use chrono::{Days, NaiveDate};
use poolproof::checks::{self, texts::Texts};
use poolproof::collect;
use poolproof::collect::import::import;
use poolproof::collect::progress::Silent;
use poolproof::collect::trail::{self, TrailError};
use poolproof::model::scope::{Period, Scope};
use poolproof::recording::read::Recording;
use poolproof::snapshot::Snapshot;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;

const POOL: &str = "eu-west-1_Example01";
const ACCOUNT: &str = "123456789012";

fn scope() -> Scope {
    let day = |text: &str| text.parse().unwrap();
    Scope::undeclared(Period { label: "2026-08".to_owned(), from: day("2026-08-01"), to: day("2026-08-31") })
}

fn event(name: &str, time: &str, mode: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventTime": time, "eventSource": "cognito-idp.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.77", "userAgent": "aws-cli/2", "eventID": format!("id-{name}-{time}"), "requestID": "req-1",
        "recipientAccountId": ACCOUNT, "eventType": "AwsApiCall",
        "userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:jane", "accountId": ACCOUNT, "accessKeyId": "ASIAEXAMPLEKEY",
            "arn": "arn:aws:sts::123456789012:assumed-role/admin/jane@example.com"},
        "requestParameters": {"userPoolId": POOL, "mfaConfiguration": mode, "smsMfaConfiguration": {"smsConfiguration": {"externalId": "hush-hush"}}}
    })
}

/// Another service's event: it shows that the day is covered, and nothing of it is kept.
fn noise(day: NaiveDate) -> Value {
    json!({"eventTime": format!("{day}T23:10:00Z"), "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "eventID": "noise", "requestParameters": {"bucketName": "top-secret-bucket"}})
}

fn gz(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(content).unwrap();
    std::fs::write(path, packed.finish().unwrap()).unwrap();
}

/// The folders of a bucket from 28 July to 2 September, without the days of `missing`.
fn bucket(to: &Path, events: &[Value], missing: &[&str]) {
    let first: NaiveDate = "2026-07-28".parse().unwrap();
    for day in (0..37).map(|n| first + Days::new(n)).filter(|d| !missing.contains(&d.to_string().as_str())) {
        let mut records = vec![noise(day)];
        records.extend(events.iter().filter(|e| e["eventTime"].as_str().unwrap().starts_with(&day.to_string())).cloned());
        let name = format!("{ACCOUNT}_CloudTrail_eu-west-1_{}T2355Z_AbCdEf.json.gz", day.format("%Y%m%d"));
        let folder = to.join(format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{}", day.format("%Y/%m/%d")));
        gz(&folder.join(name), &serde_json::to_vec(&json!({"Records": records})).unwrap());
    }
    // What else lies in such a bucket.
    let digest =
        format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/{ACCOUNT}_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260801T000000Z.json.gz");
    gz(&to.join(digest), b"{}");
}

/// The verdict on the period, and everything recorded as one text.
fn judged(events: &[Value], missing: &[&str]) -> (String, String, String) {
    let (from, log, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let write = |name: &str, content: Value| std::fs::write(from.path().join(name), content.to_string()).unwrap();
    write(
        "get-caller-identity.json",
        json!({"Account": ACCOUNT, "UserId": "AROA:run", "Arn": "arn:aws:sts::123456789012:assumed-role/audit/run"}),
    );
    write(
        "describe-user-pool.json",
        json!({"UserPool": {"Id": POOL, "Name": "staff", "MfaConfiguration": "ON", "CreationDate": 1_600_000_000.0, "LastModifiedDate": 1_700_000_000.0}}),
    );
    write("get-user-pool-mfa-config.json", json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}}));
    bucket(log.path(), events, missing);
    let at = poolproof::clock::parse_rfc3339("2026-09-15T10:00:00Z").unwrap();
    let plan = plan(run.path(), scope());
    import(&plan, from.path(), run.path(), at, &Silent).unwrap();
    let taken = trail::record(&plan, log.path(), run.path(), at, &Silent).unwrap();
    assert_eq!(taken, 37 - missing.len() as u64);
    assert_eq!(trail::record(&plan, log.path(), run.path(), at, &Silent).unwrap(), 0, "a continued run records no file twice");
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
    bucket(folder.path(), &[], &[]);
    std::fs::remove_file(folder.path().join("notes.txt")).unwrap();
    trail::check(folder.path()).unwrap();
}

#[test]
fn a_log_file_cut_off_in_its_middle_stops_the_run_by_name() {
    let (log, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    bucket(log.path(), &[], &[]);
    let torn = log
        .path()
        .join(format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/08/03/{ACCOUNT}_CloudTrail_eu-west-1_20260803T2355Z_AbCdEf.json.gz"));
    let bytes = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    let from = tempfile::tempdir().unwrap();
    std::fs::write(from.path().join("get-user-pool-mfa-config.json"), r#"{"MfaConfiguration": "ON"}"#).unwrap();
    std::fs::write(from.path().join("describe-user-pool.json"), json!({"UserPool": {"Id": POOL}}).to_string()).unwrap();
    let at = poolproof::clock::parse_rfc3339("2026-09-15T10:00:00Z").unwrap();
    let plan = plan(run.path(), scope());
    import(&plan, from.path(), run.path(), at, &Silent).unwrap();
    let error = trail::record(&plan, log.path(), run.path(), at, &Silent).unwrap_err();
    assert!(error.to_string().contains("20260803T2355Z"), "{error}");
}
