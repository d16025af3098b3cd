//! A signing key in AWS KMS, through the program and the real SDK, against a stand-in that keeps what it was asked.

use super::{program, run, sample};
use data_encoding::BASE64;
use poolproof::sign::{LocalKey, Signer};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

const ARN: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Calls as they came: target, body, and the Authorization header.
type Calls = Arc<Mutex<Vec<(String, Value, String)>>>;

/// Answers like KMS on a port of this machine; `change` may turn an answer into another, with its status.
fn stand_in(change: fn(&str, Value) -> (u16, Value)) -> (String, Calls) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Calls::default();
    let kept = Arc::clone(&calls);
    std::thread::spawn(move || {
        let key = LocalKey::throw_away().unwrap();
        for stream in listener.incoming() {
            let _ = answer(stream.unwrap(), &key, &kept, change);
        }
    });
    (url, calls)
}

fn answer(stream: TcpStream, key: &LocalKey, calls: &Calls, change: fn(&str, Value) -> (u16, Value)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut target, mut authorization, mut length, mut line) = (String::new(), String::new(), 0, String::new());
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => target = value.trim_start_matches("TrentService.").to_owned(),
                "authorization" => authorization = value.to_owned(),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let good = match target.as_str() {
            "GetPublicKey" => json!({
                "KeyId": ARN, "PublicKey": BASE64.encode(key.public_key_spki()), "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY",
                "SigningAlgorithms": ["ECDSA_SHA_256"],
            }),
            "Sign" => {
                let message = BASE64.decode(asked["Message"].as_str().unwrap().as_bytes()).unwrap();
                json!({ "KeyId": ARN, "Signature": BASE64.encode(&key.sign(&message).unwrap()), "SigningAlgorithm": "ECDSA_SHA_256" })
            }
            other => panic!("{other} is not asked of KMS"),
        };
        let (status, answer) = change(&target, good);
        calls.lock().unwrap().push((target, asked, authorization));
        let text = answer.to_string();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n", text.len());
        reader.get_mut().write_all((head + &text).as_bytes())?;
    }
}

fn with(folder: &Path, url: &str, line: &str) -> super::Ended {
    let mut command = program(folder);
    command.env("AWS_ENDPOINT_URL_KMS", url).env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing-secret-key");
    super::ended(command.args(line.split_whitespace()).output().unwrap())
}

/// As [`with`], where the AWS settings have a profile `signer` with other credentials than the environment.
fn with_profile(folder: &Path, url: &str, line: &str) -> super::Ended {
    let settings = "[profile signer]\naws_access_key_id = SIGNERKEY\naws_secret_access_key = signer-secret-key\n";
    std::fs::write(folder.join("aws-config"), settings).unwrap();
    let mut command = program(folder);
    command.env("AWS_CONFIG_FILE", folder.join("aws-config")).env("AWS_ENDPOINT_URL_KMS", url);
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing-secret-key");
    super::ended(command.args(line.split_whitespace()).output().unwrap())
}

fn honest(_: &str, answer: Value) -> (u16, Value) {
    (200, answer)
}

#[test]
fn a_key_in_kms_seals_whole_messages_and_its_bundle_verifies() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    let (url, calls) = stand_in(honest);
    std::fs::write(dir.path().join("poolproof.toml"), format!("[signing]\nkey = \"kms:{ARN}\"\n")).unwrap();
    let trust = with(dir.path(), &url, &format!("keys show kms:{ARN} --trust --who Example")).expect(0).out;
    std::fs::write(dir.path().join("trust.toml"), &trust).unwrap();
    let made = with(dir.path(), &url, &format!("keys new --kms {ARN} --out keys/kms.crt")).expect(0).out;
    let fingerprint = trust.split('"').find(|p| p.len() == 64).unwrap().to_owned();
    assert!(made.contains(&fingerprint), "{made}");
    assert!(std::fs::read_to_string(dir.path().join("keys/kms.crt")).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    let bundle = with(dir.path(), &url, "run --from weak --json").expect(1).json()["files"]["bundle"].as_str().unwrap().to_owned();
    // The trust file begins with the day of its making; the sample was collected before.
    let json = run(dir.path(), &format!("verify {bundle} --trust trust.toml --json")).expect(3).json();
    assert_eq!((&json["facts"]["fingerprint"], &json["facts"]["who"]), (&fingerprint.into(), &"Example".into()));
    let calls = calls.lock().unwrap();
    let signed: Vec<_> = calls.iter().filter(|(target, ..)| target == "Sign").collect();
    assert!(signed.len() >= 3, "the certificate, the report, the statement");
    for (_, body, authorization) in signed {
        assert_eq!(
            (&body["MessageType"], &body["SigningAlgorithm"], &body["KeyId"]),
            (&"RAW".into(), &"ECDSA_SHA_256".into(), &ARN.into())
        );
        assert!(authorization.contains("/eu-central-1/kms/"), "the region is the ARN's: {authorization}");
        assert!(BASE64.decode(body["Message"].as_str().unwrap().as_bytes()).unwrap().len() > 64, "whole, not a digest");
    }
}

#[test]
fn a_profile_of_its_own_signs_also_where_the_environment_has_other_credentials() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    let scope = |profile: &str| {
        let text = format!("[signing]\nkey = \"kms:{ARN}\"\nprofile = \"{profile}\"\n");
        std::fs::write(dir.path().join("poolproof.toml"), text).unwrap();
    };
    let (url, calls) = stand_in(honest);
    scope("signer");
    with_profile(dir.path(), &url, "run --from weak").expect(1);
    let asked: Vec<String> = calls.lock().unwrap().drain(..).map(|(.., authorization)| authorization).collect();
    assert!(asked.len() >= 4, "the public half, then three signatures: {asked:?}");
    assert!(asked.iter().all(|a| a.contains("Credential=SIGNERKEY/") && a.contains("/eu-central-1/kms/")), "{asked:?}");
    scope("nobody");
    let ended = with_profile(dir.path(), &url, "run --from weak --out other");
    assert!(!ended.err.contains("secret-key"), "{}", ended.err);
    ended.fails(2, "credentials");
    assert!(calls.lock().unwrap().is_empty() && !dir.path().join("other").exists());
}

#[test]
fn a_key_that_cannot_seal_is_told_before_anything_is_made() {
    let refused = |change: fn(&str, Value) -> (u16, Value), why: &str| {
        let dir = tempfile::tempdir().unwrap();
        sample("weak", dir.path());
        std::fs::write(dir.path().join("poolproof.toml"), format!("[signing]\nkey = \"kms:{ARN}\"\n")).unwrap();
        let (url, _) = stand_in(change);
        let ended = with(dir.path(), &url, "run --from weak");
        assert!(!ended.err.contains("testing-secret-key"));
        ended.fails(2, why);
        assert!(!dir.path().join("evidence").exists());
    };
    refused(|_, _| (400, json!({"__type": "AccessDeniedException", "message": "User: x is not authorized"})), "iam-policy --features kms");
    refused(|_, _| (400, json!({"__type": "DisabledException"})), "enable-key");
    refused(|_, _| (400, json!({"__type": "NotFoundException"})), "knows no such key");
    refused(
        |_, mut answer| {
            answer["KeySpec"] = "ECC_SECG_P256K1".into();
            (200, answer)
        },
        "ECC_NIST_P256 is wanted",
    );
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "keys show kms:arn:aws:s3:::bucket").fails(2, "kms:alias/NAME");
    run(dir.path(), "keys show kms:alias/evidence").fails(2, "its region is not known");
}

#[test]
fn the_policy_allows_the_key_what_sealing_needs() {
    let dir = tempfile::tempdir().unwrap();
    let policy = run(dir.path(), "iam-policy --features kms").expect(0).json();
    let statements = policy["Statement"].as_array().unwrap();
    let actions: Vec<&Value> = statements.iter().map(|s| &s["Action"][0]).collect();
    assert_eq!(actions, ["kms:GetPublicKey", "kms:Sign"]);
    assert_eq!(statements[1]["Condition"], json!({"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW"}}));
    let with_pools = run(dir.path(), "iam-policy --features pools,kms").expect(0).out;
    assert!(with_pools.contains("kms:Sign") && with_pools.contains("cognito-idp:DescribeUserPool") && !with_pools.contains("sns:"));
    assert!(!run(dir.path(), "iam-policy").expect(0).out.contains("kms:"));
}
