//! The DSSE project's own vectors, and the example of its protocol text.

use super::{SPKI_PREFIX, home};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use data_encoding::{BASE64, HEXLOWER};
use poolproof::digest::{hex, sha256_hex};
use poolproof::sign::PublicKey;
use poolproof::sign::dsse::Envelope;
use serde_json::{Value, json};

fn vectors() -> Value {
    serde_json::from_slice(&std::fs::read(home("dsse").join("vectors.json")).unwrap()).unwrap()
}

/// An envelope of the vectors with the keyids that format 1 wants: fingerprints, in the place of "A" and "B".
fn with_fingerprints(envelope: &Value) -> Vec<u8> {
    let mut envelope = envelope.clone();
    for signature in envelope["signatures"].as_array_mut().unwrap() {
        if let Some(name) = signature["keyid"].as_str().map(str::to_owned) {
            signature["keyid"] = sha256_hex(name.as_bytes()).into();
        }
    }
    envelope.to_string().into_bytes()
}

#[test]
fn one_signature_envelopes_decode_to_the_bytes_that_the_project_says_are_signed() {
    let all = vectors();
    let mut judged = 0;
    for vector in all["vectors"].as_array().unwrap() {
        let id = vector["id"].as_str().unwrap();
        let decoded = Envelope::decode(&with_fingerprints(&vector["envelope"]));
        if vector["threshold"] != 1 {
            // A seal has one signature with a keyid, so a threshold of two is never met.
            let why = decoded.unwrap_err();
            assert!(why.contains("exactly one") || why.contains("keyid"), "{id}: {why}");
            continue;
        }
        let envelope = decoded.unwrap();
        let expected = vector["expect"] == "accept";
        let named = vector["supportedPayloadTypes"].as_array().unwrap().contains(&envelope.payload_type.as_str().into());
        // The vectors' keys are Ed25519; the bytes under the signature are ours.
        let key = HEXLOWER.decode(all["keys"]["A"]["public"].as_str().unwrap().as_bytes()).unwrap();
        let verifies = UnparsedPublicKey::new(&ED25519, key).verify(&envelope.pae(), &envelope.signature).is_ok();
        assert_eq!(named && verifies, expected, "{id}");
        if id != "payload-type-swapped" {
            assert_eq!(hex(&envelope.pae()), vector["pae"].as_str().unwrap(), "{id}");
        }
        judged += 1;
    }
    assert_eq!(judged, 6);
}

#[test]
fn a_payload_type_that_format_1_does_not_know_is_refused_after_the_signature() {
    for vector in vectors()["vectors"].as_array().unwrap().iter().filter(|v| v["threshold"] == 1) {
        let envelope = Envelope::decode(&with_fingerprints(&vector["envelope"])).unwrap();
        let why = poolproof::sign::statement::read(&envelope).unwrap_err();
        let known = envelope.payload_type == poolproof::sign::dsse::IN_TOTO;
        assert_eq!(why.contains("not an in-toto statement"), !known, "{why}");
    }
}

/// The example of `protocol.md`, "Test Vectors": ECDSA P-256, r and s side by side.
#[test]
fn the_protocols_example_verifies_once_its_signature_is_in_der() {
    let raw = BASE64.decode(b"A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==").unwrap();
    let point = [
        &[4][..],
        &decimal("46950820868899156662930047687818585632848591499744589407958293238635476079160"),
        &decimal("5640078356564379163099075877009565129882514886557779369047442380624545832820"),
    ]
    .concat();
    let key = PublicKey::from_spki(&[&SPKI_PREFIX[..], &point].concat()).unwrap();
    let envelope = json!({
        "payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld",
        "signatures": [{"keyid": key.fingerprint().to_string(), "sig": BASE64.encode(&der(&raw))}]
    });
    let envelope = Envelope::decode(envelope.to_string().as_bytes()).unwrap();
    assert!(key.verifies(&envelope.pae(), &envelope.signature));
    assert!(!key.verifies(&envelope.pae(), &raw), "the raw form is not what a bundle holds");
}

/// A decimal number as 32 bytes, big-endian.
fn decimal(text: &str) -> [u8; 32] {
    let mut out = [0_u8; 32];
    for digit in text.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in out.iter_mut().rev() {
            carry += u32::from(*byte) * 10;
            *byte = carry as u8;
            carry >>= 8;
        }
    }
    out
}

/// r and s side by side as the DER SEQUENCE of two INTEGERs.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let short: Vec<u8> = bytes.iter().copied().skip_while(|b| *b == 0).collect();
        let padded = if short[0] & 0x80 != 0 { [&[0][..], &short].concat() } else { short };
        [&[2, padded.len() as u8][..], &padded].concat()
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [&[0x30, body.len() as u8][..], &body].concat()
}
