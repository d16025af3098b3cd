//! A recording survives a crash and notices a hand. Tampered recordings are named after their defect.

use poolproof::model::scope::PrivacyMode;
use poolproof::recording::header::{Attempts, FORMAT, Header, Source, Tool};
use poolproof::recording::line::{Call, RawCall};
use poolproof::recording::pseudonym::Pseudonyms;
use poolproof::recording::read::Recording;
use poolproof::recording::redact::Redactor;
use poolproof::recording::write::{self, Segment};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

const SEGMENT: &str = "123456789012.eu-west-1.eu-west-1_Example01";

fn header() -> Header {
    Header {
        format: FORMAT.to_owned(),
        run_id: "r_test".to_owned(),
        source: Source::Live,
        started: "2026-09-30T12:00:00.000Z".to_owned(),
        tool: Tool { name: "poolproof".to_owned(), version: "0.0.0".to_owned(), digest: None },
        scope_digest: "00".repeat(32),
        catalogue_digest: "00".repeat(32),
        challenge: None,
        previous: None,
        attempts: Attempts::default(),
        overrides: Vec::new(),
        key_id: None,
        begun: None,
        changes: None,
        originals_kept: false,
    }
}

fn redactor() -> Redactor {
    Redactor::new(Pseudonyms::new(PrivacyMode::Pseudonym, [1; 32], [2; 32]), "r_test")
}

fn raw(operation: &'static str, answer: Value) -> RawCall {
    RawCall {
        service: "cognito-idp",
        operation,
        region: "eu-west-1".to_owned(),
        origin: Some("https://cognito-idp.eu-west-1.amazonaws.com".to_owned()),
        input: json!({"UserPoolId": "eu-west-1_Example01"}),
        pass: 1,
        attempt: 1,
        time: "2026-09-30T12:00:01.000Z".to_owned(),
        status: Some(200),
        request_id: Some("req-1".to_owned()),
        server_date: None,
        error: None,
        body: serde_json::to_vec(&answer).unwrap(),
        subject_sub: None,
    }
}

fn recorded(calls: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write::begin(folder.path(), &header()).unwrap();
    let mut segment = Segment::open(folder.path(), SEGMENT, redactor(), |_| ()).unwrap();
    for n in 0..calls {
        segment.append(&raw("GetUserPoolMfaConfig", json!({"MfaConfiguration": "ON", "n": n}))).unwrap();
    }
    segment.sync().unwrap();
    folder
}

fn read(folder: &Path) -> Result<Vec<Call>, String> {
    let recording = Recording::folder(folder).map_err(|e| e.to_string())?;
    let mut calls = Vec::new();
    for segment in recording.segments() {
        for call in recording.calls(segment).map_err(|e| e.to_string())? {
            calls.push(call.map_err(|e| e.to_string())?);
        }
    }
    Ok(calls)
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join(format!("{SEGMENT}.jsonl"))
}

fn edit(calls: usize, change: impl FnOnce(&mut Vec<String>)) -> String {
    let folder = recorded(calls);
    let text = std::fs::read_to_string(file(folder.path())).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    std::fs::write(file(folder.path()), lines.join("\n") + "\n").unwrap();
    read(folder.path()).expect_err("an edited recording was accepted")
}

#[test]
fn an_answer_of_more_keys_than_a_reader_takes_costs_itself_only() {
    let folder = recorded(1);
    let many: serde_json::Map<String, Value> = (0..30_000).map(|n| (format!("k{n}"), json!(null))).collect();
    let mut segment = Segment::open(folder.path(), SEGMENT, redactor(), |_| ()).unwrap();
    segment.append(&raw("GetUserPoolMfaConfig", Value::Object(many))).unwrap();
    segment.append(&raw("GetUserPoolMfaConfig", json!({"MfaConfiguration": "ON"}))).unwrap();
    let errors: Vec<Option<String>> = read(folder.path()).unwrap().into_iter().map(|call| call.error).collect();
    assert_eq!(errors, [None, Some("AnswerTooLong".to_owned()), None]);
}

#[test]
fn what_was_written_is_read_again() {
    let folder = recorded(3);
    let calls = read(folder.path()).unwrap();
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[2].call, format!("{SEGMENT}:3"));
    assert_eq!(calls[0].answer, Some(json!({"MfaConfiguration": "ON", "n": {"$redacted": "number"}})));
}

#[test]
fn a_torn_last_line_is_cut_and_the_recording_goes_on() {
    let folder = recorded(2);
    let whole = std::fs::read(file(folder.path())).unwrap();
    let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    for keep in first..whole.len() {
        std::fs::write(file(folder.path()), &whole[..keep]).unwrap();
        let mut seen = 0;
        let mut segment = Segment::open(folder.path(), SEGMENT, redactor(), |_| seen += 1).unwrap();
        assert_eq!((seen, segment.torn()), (1, (keep - first) as u64));
        segment.append(&raw("GetUserPoolMfaConfig", json!({"MfaConfiguration": "OFF"}))).unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 2);
    }
}

#[test]
fn a_torn_line_is_refused_by_whoever_only_reads() {
    let folder = recorded(2);
    let whole = std::fs::read(file(folder.path())).unwrap();
    std::fs::write(file(folder.path()), &whole[..whole.len() - 5]).unwrap();
    assert!(read(folder.path()).unwrap_err().contains("line 2: it is cut off"));
}

#[test]
fn answer_changed_by_hand() {
    let why = edit(3, |lines| lines[0] = lines[0].replace("\"ON\"", "\"OFF\""));
    assert!(why.contains("line 2: the chain is broken"), "{why}");
}

#[test]
fn line_removed() {
    assert!(edit(3, |lines| drop(lines.remove(1))).contains("line 2: the chain is broken"));
}

#[test]
fn lines_swapped() {
    assert!(edit(3, |lines| lines.swap(0, 1)).contains("line 1: the chain is broken"));
}

#[test]
fn line_repeated() {
    assert!(edit(2, |lines| lines.push(lines[1].clone())).contains("line 3: the chain is broken"));
}

#[test]
fn unknown_member_added() {
    assert!(edit(1, |lines| lines[0] = lines[0].replacen('{', "{\"extra\":1,", 1)).contains("not a recorded call"));
}

#[test]
fn last_line_changed_changes_the_head_digest() {
    let folder = recorded(2);
    let before = Recording::folder(folder.path()).unwrap().head_digest().unwrap();
    let text = std::fs::read_to_string(file(folder.path())).unwrap();
    let at = text.rfind("\"ON\"").unwrap();
    std::fs::write(file(folder.path()), format!("{}\"NO\"{}", &text[..at], &text[at + 4..])).unwrap();
    assert_ne!(Recording::folder(folder.path()).unwrap().head_digest().unwrap(), before);
}

#[test]
fn header_changed() {
    let folder = recorded(1);
    let mut other = header();
    other.challenge = Some("another".to_owned());
    std::fs::write(folder.path().join("header.json"), other.to_json().unwrap()).unwrap();
    assert!(read(folder.path()).unwrap_err().contains("line 1: the chain is broken"));
}

#[test]
fn segment_renamed() {
    let folder = recorded(1);
    std::fs::rename(file(folder.path()), folder.path().join("999999999999.jsonl")).unwrap();
    assert!(read(folder.path()).unwrap_err().contains("calls itself"));
}

#[test]
fn foreign_file_in_the_recording() {
    let folder = recorded(1);
    std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
    assert!(read(folder.path()).unwrap_err().contains("does not belong"));
}

#[test]
fn no_header() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read(folder.path()).unwrap_err().contains("header.json is missing"));
}

#[test]
fn header_of_another_format() {
    let folder = recorded(0);
    let text = std::fs::read_to_string(folder.path().join("header.json")).unwrap();
    std::fs::write(folder.path().join("header.json"), text.replace("recording/1", "recording/9")).unwrap();
    assert!(read(folder.path()).unwrap_err().contains("this tool reads"));
}

#[test]
fn segment_names_cannot_leave_the_folder() {
    let folder = recorded(0);
    for name in ["../x", "a/b", "", ".hidden", "a\\b"] {
        assert!(Segment::open(folder.path(), name, redactor(), |_| ()).is_err(), "{name:?}");
    }
}

#[test]
fn malformed_answer_is_an_error_and_not_stored() {
    let folder = recorded(0);
    let mut segment = Segment::open(folder.path(), SEGMENT, redactor(), |_| ()).unwrap();
    let mut call = raw("DescribeUserPool", json!({}));
    call.body = b"<html>secret page</html>".to_vec();
    let stored = segment.append(&call).unwrap();
    assert_eq!(stored.error.as_deref(), Some("MalformedAnswer"));
    assert_eq!(stored.answer, None);
    assert!(!std::fs::read_to_string(file(folder.path())).unwrap().contains("secret page"));
}

#[test]
fn answer_about_another_user_pool_or_client_is_an_error() {
    let asked = |operation, input: Value, answer: Value| {
        let mut call = raw(operation, answer);
        call.input = input;
        redactor().call(&call, "x:1", "").error
    };
    let pool = "eu-west-1_Example01";
    let another = Some("AnswerAboutAnother".to_owned());
    let user = json!({"UserPoolId": pool, "Username": "ann"});
    assert_eq!(
        asked("AdminGetUserAuthFactors", user.clone(), json!({"Username": "bob", "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]})),
        another
    );
    assert_eq!(asked("AdminGetUser", user.clone(), json!({"Username": "bob"})), another);
    assert_eq!(asked("AdminGetUser", user, json!({"Username": "ann"})), None);
    assert_eq!(asked("DescribeUserPool", json!({"UserPoolId": pool}), json!({"UserPool": {"Id": "eu-west-1_Other00001"}})), another);
    let client = json!({"UserPoolId": pool, "ClientId": "a"});
    assert_eq!(asked("DescribeUserPoolClient", client.clone(), json!({"UserPoolClient": {"UserPoolId": pool, "ClientId": "b"}})), another);
    assert_eq!(asked("DescribeUserPoolClient", client, json!({"UserPoolClient": {"UserPoolId": pool, "ClientId": "a"}})), None);
}

#[test]
fn error_code_that_is_a_sentence_is_not_repeated() {
    let mut call = raw("DescribeUserPool", json!({}));
    call.error = Some("User: arn:aws:iam::1:user/jane is not authorized".to_owned());
    assert_eq!(redactor().call(&call, "x:1", "").error.as_deref(), Some("UnreadableErrorCode"));
    call.error = Some("com.amazonaws.cognito#ResourceNotFoundException".to_owned());
    assert_eq!(redactor().call(&call, "x:1", "").error.as_deref(), Some("ResourceNotFoundException"));
}

proptest! {
    #[test]
    fn pseudonyms_are_stable_and_keyed(sub in "[a-f0-9-]{1,40}") {
        let one = Pseudonyms::new(PrivacyMode::Pseudonym, [1; 32], [2; 32]);
        let other_quarter = Pseudonyms::new(PrivacyMode::Pseudonym, [1; 32], [3; 32]);
        let other_owner = Pseudonyms::new(PrivacyMode::Pseudonym, [9; 32], [2; 32]);
        prop_assert_eq!(one.user(&sub), other_quarter.user(&sub));
        prop_assert_ne!(one.user(&sub), other_owner.user(&sub));
        prop_assert_ne!(one.email(&sub), other_quarter.email(&sub));
        prop_assert_ne!(one.key_id(), other_owner.key_id());
    }
}
