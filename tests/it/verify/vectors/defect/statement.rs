//! Steps 3 and 4: whatever the signature does not cover, or covers by another key, or says otherwise than the files.

use super::{DSSE, EVIDENCE, evidence, files, sealed, swapped};
use crate::sealing::{HONEST, KEY, edit, packed, recounted, refixed, refixed_payload, refixed_tags, resealed, resealed_with};
use data_encoding::BASE64;
use poolproof::digest::sha256_hex;
use poolproof::sign::LocalKey;
use poolproof::sign::dsse::{Envelope, IN_TOTO};
use serde_json::{Value, json};

pub fn recomputed_manifest() -> Vec<u8> {
    packed(&refixed(files(|f| edit(f, EVIDENCE, "\"PASS\"", "\"FAIL\"")))).bytes()
}
pub fn report_pdf_replaced() -> Vec<u8> {
    packed(&refixed(files(|f| edit(f, "data/report.pdf", "stand-in", "stand-on")))).bytes()
}
pub fn recording_line_removed_and_manifests_recomputed() -> Vec<u8> {
    packed(&refixed(files(|f| super::recording::drop_line(f, 1)))).bytes()
}
fn envelope(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    packed(&refixed_tags(files(|f| {
        let mut value: Value = serde_json::from_slice(&f[DSSE]).unwrap();
        change(&mut value);
        f.insert(DSSE.to_owned(), value.to_string().into_bytes());
    })))
    .bytes()
}
pub fn files_swapped_and_manifests_recomputed() -> Vec<u8> {
    packed(&refixed(files(swapped))).bytes()
}
pub fn file_added_and_manifests_recomputed() -> Vec<u8> {
    packed(&refixed(files(|f| drop(f.insert("data/NOTES.txt".to_owned(), b"x".to_vec()))))).bytes()
}
pub fn population_removed_and_manifests_recomputed() -> Vec<u8> {
    packed(&refixed(files(|f| drop(f.remove("data/population.csv").unwrap())))).bytes()
}
pub fn bag_info_edited_and_manifests_recomputed() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, "bag-info.txt", "Evidence", "Proof")))).bytes()
}
pub fn envelope_of_another_bundle() -> Vec<u8> {
    let other = resealed(&crate::sealing::payload("weak"), &KEY);
    packed(&refixed_tags(files(|f| f.extend(other.into_iter().filter(|(path, _)| path.starts_with("signature/")))))).bytes()
}
pub fn second_signature_by_another_key() -> Vec<u8> {
    envelope(|v| {
        let by_another = Envelope::seal(IN_TOTO, payload(v).into_bytes(), &LocalKey::throw_away().unwrap()).unwrap();
        let second: Value = serde_json::from_slice(&by_another.encode()).unwrap();
        v["signatures"].as_array_mut().unwrap().push(second["signatures"][0].clone());
    })
}
pub fn signature_with_trailing_bytes() -> Vec<u8> {
    envelope(|v| {
        let mut signature = BASE64.decode(v["signatures"][0]["sig"].as_str().unwrap().as_bytes()).unwrap();
        signature.push(0);
        v["signatures"][0]["sig"] = BASE64.encode(&signature).into();
    })
}
pub fn two_signatures() -> Vec<u8> {
    envelope(|v| {
        let first = v["signatures"][0].clone();
        v["signatures"].as_array_mut().unwrap().push(first);
    })
}
pub fn no_signature() -> Vec<u8> {
    envelope(|v| v["signatures"] = json!([]))
}
pub fn keyid_mismatch() -> Vec<u8> {
    envelope(|v| v["signatures"][0]["keyid"] = "ab".repeat(32).into())
}
pub fn keyid_missing() -> Vec<u8> {
    envelope(|v| drop(v["signatures"][0].as_object_mut().unwrap().remove("keyid")))
}
pub fn signature_of_another_statement() -> Vec<u8> {
    let other = Envelope::seal("x", b"y".to_vec(), &*KEY).unwrap();
    envelope(|v| v["signatures"][0]["sig"] = BASE64.encode(&other.signature).into())
}
fn payload(value: &Value) -> String {
    String::from_utf8(BASE64.decode(value["payload"].as_str().unwrap().as_bytes()).unwrap()).unwrap()
}
pub fn payload_changed_in_the_envelope() -> Vec<u8> {
    envelope(|v| v["payload"] = BASE64.encode(payload(v).replacen("\"FAIL\":", "\"FALL\":", 1).as_bytes()).into())
}
pub fn payload_type_changed() -> Vec<u8> {
    envelope(|v| v["payloadType"] = "text/plain".into())
}
pub fn duplicate_key_in_the_envelope() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, DSSE, "{", "{\"payload\":\"\",")))).bytes()
}
/// Signed anew by the honest key, so that nothing but the statement's own form is wrong.
fn signed_as(payload_type: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    packed(&refixed_tags(files(|f| {
        let value: Value = serde_json::from_slice(&f[DSSE]).unwrap();
        let envelope = Envelope::seal(payload_type, change(payload(&value)).into_bytes(), &*KEY).unwrap();
        f.insert(DSSE.to_owned(), envelope.encode());
    })))
    .bytes()
}
fn signed(change: impl FnOnce(String) -> String) -> Vec<u8> {
    signed_as(IN_TOTO, change)
}
pub fn another_payload_type_signed() -> Vec<u8> {
    signed_as("application/json", |text| text)
}
pub fn statement_of_another_predicate_type() -> Vec<u8> {
    signed(|text| text.replacen("predicate/evidence/v1", "predicate/evidence/v2", 1))
}
pub fn subject_left_out_of_the_statement() -> Vec<u8> {
    signed(|text| {
        let mut statement: Value = serde_json::from_str(&text).unwrap();
        statement["subject"].as_array_mut().unwrap().retain(|s| s["name"] != "data/report.pdf");
        statement.to_string()
    })
}
pub fn duplicate_key_in_the_statement() -> Vec<u8> {
    signed(|text| text.replacen("{\"_type\"", "{\"predicate\":null,\"_type\"", 1))
}
pub fn public_key_replaced() -> Vec<u8> {
    let other = LocalKey::throw_away().unwrap().public().to_pem();
    packed(&refixed_tags(files(|f| drop(f.insert("signature/signer.pub.pem".to_owned(), other.into_bytes()))))).bytes()
}
pub fn public_key_damaged() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, "signature/signer.pub.pem", "MFkw", "MFkx")))).bytes()
}
fn predicate(change: impl FnOnce(&mut poolproof::sign::statement::Predicate)) -> Vec<u8> {
    packed(&resealed_with(&HONEST, &KEY, change)).bytes()
}
pub fn predicate_with_other_verdict_counts() -> Vec<u8> {
    predicate(|p| *p.verdicts.get_mut("PASS").unwrap() += 1)
}
pub fn predicate_with_another_bundle_id() -> Vec<u8> {
    predicate(|p| p.bundle_id = "aaaaaaaaaaaaaaaa".to_owned())
}
pub fn predicate_with_another_head_digest() -> Vec<u8> {
    predicate(|p| p.head_digest = "0".repeat(64))
}
pub fn predicate_with_another_challenge() -> Vec<u8> {
    predicate(|p| p.challenge = Some("the auditor's nonce".to_owned()))
}
pub fn predicate_without_its_demo_source() -> Vec<u8> {
    predicate(|p| p.source = "live".to_owned())
}
/// Statement and evidence agree, and both name a catalogue that is not the one in the bundle.
pub fn predicate_with_another_catalogue_than_its_files() -> Vec<u8> {
    sealed(|f| evidence(f, |e| e.run.catalogue.digest = "0".repeat(64)))
}
pub fn catalogue_edited_and_sealed() -> Vec<u8> {
    sealed(|f| f.get_mut("data/catalog/gdpr.toml").unwrap().extend(b"# more\n"))
}
pub fn catalogue_file_removed_and_sealed() -> Vec<u8> {
    sealed(|f| drop(f.remove("data/catalog/gdpr.toml").unwrap()))
}
/// `evidence.json` changed in its text only, and everything sealed over it anew.
fn sealed_text(from: &str, to: &str) -> Vec<u8> {
    let mut changed = HONEST.clone();
    edit(&mut changed, EVIDENCE, from, to);
    changed = recounted(refixed_payload(changed));
    let envelope: Value = serde_json::from_slice(&changed[DSSE]).unwrap();
    let mut statement = payload(&envelope);
    for path in [EVIDENCE, "manifest-sha256.txt", "bag-info.txt"] {
        statement = statement.replace(&sha256_hex(&HONEST[path]), &sha256_hex(&changed[path]));
    }
    let envelope = Envelope::seal(IN_TOTO, statement.into_bytes(), &*KEY).unwrap();
    changed.insert(DSSE.to_owned(), envelope.encode());
    packed(&refixed_tags(changed)).bytes()
}
pub fn evidence_with_a_duplicate_key() -> Vec<u8> {
    sealed_text("{\n", "{\n\"findings\": [],\n")
}
pub fn evidence_of_another_format() -> Vec<u8> {
    sealed_text("poolproof-evidence/1", "poolproof-evidence/2")
}

pub fn resigned_by_another_key() -> Vec<u8> {
    packed(&resealed(&HONEST, &LocalKey::throw_away().unwrap())).bytes()
}
