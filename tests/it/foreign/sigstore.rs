//! Sigstore's conformance assets, where a managed key or a DSSE envelope applies.

use super::{home, key_in};
use data_encoding::BASE64;
use poolproof::digest::sha256_hex;
use poolproof::model::json;
use poolproof::sign::PublicKey;
use poolproof::sign::dsse::Envelope;
use serde_json::Value;

fn bytes(below: &str) -> Vec<u8> {
    std::fs::read(home("sigstore").join(below)).unwrap()
}

fn bundle(case: &str) -> Value {
    json::strict(&bytes(&format!("{case}/bundle.sigstore.json"))).unwrap()
}

fn decoded(value: &Value) -> Vec<u8> {
    BASE64.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

#[test]
fn a_managed_key_verifies_its_own_message_and_no_other() {
    let key = PublicKey::from_pem(&String::from_utf8(bytes("managed-key-happy-path/key.pub")).unwrap()).unwrap();
    let bundle = bundle("managed-key-happy-path");
    let signature = decoded(&bundle["messageSignature"]["signature"]);
    let message = bytes("a.txt");
    assert!(key.verifies(&message, &signature));
    assert!(!key.verifies(&message[1..], &signature));
    // Sigstore's hint of a managed key is the SHA-256 of its SubjectPublicKeyInfo too, in base64.
    let hint = decoded(&bundle["verificationMaterial"]["publicKey"]["hint"]);
    assert_eq!(poolproof::digest::hex(&hint), key.fingerprint().to_string());
}

#[test]
fn managed_key_wrong_key_is_refused() {
    let pem = String::from_utf8(bytes("managed-key-wrong-key_fail/key.pub")).unwrap();
    let signature = decoded(&bundle("managed-key-wrong-key_fail")["messageSignature"]["signature"]);
    let verifies = PublicKey::from_pem(&pem).is_ok_and(|key| key.verifies(&bytes("a.txt"), &signature));
    assert!(!verifies);
}

/// The envelope of a case, with the keyid that format 1 wants, and the key of the certificate beside it.
fn enveloped(case: &str) -> (Envelope, PublicKey) {
    let bundle = bundle(case);
    let key = key_in(&decoded(&bundle["verificationMaterial"]["certificate"]["rawBytes"]));
    let mut envelope = bundle["dsseEnvelope"].clone();
    assert!(Envelope::decode(envelope.to_string().as_bytes()).is_err(), "without a keyid it is no envelope of format 1");
    envelope["signatures"][0]["keyid"] = key.fingerprint().to_string().into();
    (Envelope::decode(envelope.to_string().as_bytes()).unwrap(), key)
}

#[test]
fn dsse_envelopes_are_judged_as_sigstore_judges_them() {
    let (envelope, key) = enveloped("happy-path-intoto-in-dsse-v3");
    assert!(key.verifies(&envelope.pae(), &envelope.signature));
    let statement: Value = serde_json::from_slice(&envelope.payload).unwrap();
    assert_eq!(statement["subject"][0]["digest"]["sha256"], sha256_hex(&bytes("a.txt")).as_str());
    // A statement of somebody else's type is not evidence, however well it is signed.
    assert!(poolproof::sign::statement::read(&envelope).is_err());
    let (envelope, key) = enveloped("dsse-invalid-sig_fail");
    assert!(!key.verifies(&envelope.pae(), &envelope.signature));
}

#[test]
fn malformed_json_is_refused() {
    assert!(json::strict::<Value>(&bytes("bundle-malformed-json_fail/bundle.sigstore.json")).is_err());
}
