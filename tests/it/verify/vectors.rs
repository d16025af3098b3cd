//! Tampered bundles. Each function is named after its defect; each must fail in the step that is responsible, with exit 4.

use super::{options, verified};
use crate::sealing::zip::{Entry, Zip};
use crate::sealing::{Files, HONEST, KEY, edit, packed, recounted, refixed, refixed_payload, refixed_tags, resealed, resealed_with};
use data_encoding::BASE64;
use poolproof::digest::sha256_hex;
use poolproof::sign::{LocalKey, dsse::Envelope, sigstore};
use poolproof::verify::outcome::StepName::{self, Bag, Container, Recording, Reperformance, Signer, Statement, Wrappers};
use serde_json::{Value, json};

const EVIDENCE: &str = "data/evidence.json";
const DSSE: &str = "signature/statement.dsse.json";
const SIGSTORE: &str = "signature/statement.sigstore.json";

/// Each vector under its own name, as its own test.
macro_rules! vectors {
    ($($step:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                refused(stringify!($name), $step, defect::$name());
            }
        )+)+
        #[test]
        fn there_are_enough_of_them() {
            assert!([$($(stringify!($name)),+),+].len() >= 25);
        }
    };
}

/// The first step that fails is the responsible one; the exit code is 4; what rests on it is not called passed.
fn refused(name: &str, step: StepName, zip: Vec<u8>) {
    export(name, step, &zip);
    let report = verified(zip, &options());
    let shown = poolproof::verify::text::render(&report);
    assert_eq!(report.failed().first(), Some(&step), "{name}: {shown}");
    assert_eq!((report.exit, report.result, report.steps.len()), (4, "failed", 11), "{name}");
    assert!(report.proved.is_empty(), "{name}: {shown}");
}

/// For `tests/peers/page`: leaves the vectors in a folder, each as `<step>-<defect>.zip`, with the honest signer's fingerprint.
fn export(name: &str, step: StepName, zip: &[u8]) {
    let Ok(folder) = std::env::var("EXPORT_VECTORS") else { return };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("fingerprint"), KEY.public().fingerprint().as_str()).unwrap();
    std::fs::write(folder.join(format!("{}-{name}.zip", step.number())), zip).unwrap();
}

vectors! {
    Container:
        no_zip_at_all empty_file empty_zip truncated_in_the_directory truncated_in_a_file trailing_bytes leading_bytes container_comment
        entry_comment entry_count_lies gap_between_entries gap_before_the_directory bytes_in_the_directory overlapping_entries
        zip_local_header_name_differs zip_local_size_differs zip_bomb_ratio unpacks_to_more_than_its_size crc_differs
        bytes_after_the_deflate_stream deflate_stream_cut_off stored_sizes_differ path_escape path_absolute path_backslash
        path_with_empty_part path_with_control_character path_of_another_normal_form path_windows_device duplicate_entry
        case_colliding_entry case_colliding_folder file_that_is_also_a_folder two_top_folders file_beside_the_top_folder symlink_entry
        device_entry encrypted_entry data_descriptor zip64_extra unicode_path_extra unknown_method folder_entry_without_files
        folder_entry_with_content;
    Bag:
        payload_file_changed payload_file_missing payload_file_renamed extra_file_below_data extra_file_at_top extra_file_listed_as_tag
        manifest_line_missing manifest_line_twice manifest_line_for_a_tag_file manifest_upper_case_digest manifest_windows_newlines
        tagmanifest_missing tag_file_changed signature_missing payload_oxum_wrong declaration_of_another_version;
    Statement:
        recomputed_manifest report_pdf_replaced recording_line_removed_and_manifests_recomputed two_signatures no_signature keyid_mismatch
        keyid_missing signature_of_another_statement payload_changed_in_the_envelope payload_type_changed
        duplicate_key_in_the_envelope duplicate_key_in_the_statement public_key_replaced public_key_damaged
        predicate_with_other_verdict_counts predicate_with_another_bundle_id predicate_with_another_head_digest
        predicate_with_another_challenge predicate_without_its_demo_source evidence_with_a_duplicate_key evidence_of_another_format;
    Signer:
        resigned_by_another_key;
    Wrappers:
        pae_wrapper_differs sig_wrapper_is_another_signature sigstore_wrapper_names_another_key sigstore_wrapper_of_another_statement
        sigstore_wrapper_with_a_second_content;
    Recording:
        recording_edited_by_hand_and_sealed recording_line_removed_and_sealed recording_segment_missing_and_sealed
        recording_with_a_foreign_file scope_exchanged_and_sealed recording_torn_and_sealed
        recorded_answer_with_a_repeated_key_and_sealed recorded_secret_denied_and_sealed;
    Reperformance:
        verdict_flipped_and_sealed verdict_flipped_under_another_version_and_sealed population_row_removed_and_sealed catalogue_edited_and_sealed bundle_id_invented_and_sealed limits_removed_and_sealed;
}

/// The defects. What is honest comes from [`HONEST`]; what is "sealed" is sealed by the honest key: a dishonest owner.
pub(super) mod defect {
    use super::*;

    fn files(change: impl FnOnce(&mut Files)) -> Files {
        let mut files = HONEST.clone();
        change(&mut files);
        files
    }
    fn zipped(change: impl FnOnce(&mut Zip)) -> Vec<u8> {
        let mut zip = packed(&HONEST);
        change(&mut zip);
        zip.bytes()
    }
    fn entry(zip: &mut Zip, name: &str) -> usize {
        zip.entries.iter().position(|e| e.name == format!("top/{name}").as_bytes()).unwrap()
    }
    fn with_entry(name: &str, change: impl FnOnce(&mut Entry)) -> Vec<u8> {
        zipped(|zip| {
            let n = entry(zip, name);
            change(&mut zip.entries[n]);
        })
    }
    fn plus(name: &str) -> Vec<u8> {
        zipped(|zip| zip.entries.push(Entry::stored(name, b"x")))
    }
    fn plus_with(change: impl FnOnce(&mut Entry)) -> Vec<u8> {
        zipped(|zip| {
            let mut entry = Entry::stored("top/data/more", b"x");
            change(&mut entry);
            zip.entries.push(entry);
        })
    }

    // --- 1 container
    pub fn no_zip_at_all() -> Vec<u8> {
        b"%PDF-1.7 this is something else altogether".to_vec()
    }
    pub fn empty_file() -> Vec<u8> {
        Vec::new()
    }
    pub fn empty_zip() -> Vec<u8> {
        Zip::default().bytes()
    }
    pub fn truncated_in_the_directory() -> Vec<u8> {
        let bytes = packed(&HONEST).bytes();
        bytes[..bytes.len() - 40].to_vec()
    }
    pub fn truncated_in_a_file() -> Vec<u8> {
        packed(&HONEST).bytes()[..500].to_vec()
    }
    pub fn trailing_bytes() -> Vec<u8> {
        zipped(|zip| zip.after = b"x".to_vec())
    }
    pub fn leading_bytes() -> Vec<u8> {
        zipped(|zip| zip.before = b"#!/bin/sh\n".to_vec())
    }
    pub fn container_comment() -> Vec<u8> {
        zipped(|zip| zip.comment = b"hello".to_vec())
    }
    pub fn entry_comment() -> Vec<u8> {
        with_entry("bagit.txt", |e| e.comment = b"hello".to_vec())
    }
    pub fn entry_count_lies() -> Vec<u8> {
        zipped(|zip| zip.count = Some(zip.entries.len() as u16 - 1))
    }
    pub fn gap_between_entries() -> Vec<u8> {
        with_entry("bagit.txt", |e| e.gap = b"hidden".to_vec())
    }
    pub fn gap_before_the_directory() -> Vec<u8> {
        zipped(|zip| zip.before_directory = b"hidden".to_vec())
    }
    pub fn bytes_in_the_directory() -> Vec<u8> {
        zipped(|zip| zip.after_directory = b"hidden".to_vec())
    }
    pub fn overlapping_entries() -> Vec<u8> {
        zipped(|zip| {
            let n = entry(zip, "bagit.txt");
            zip.entries[n].offset = Some(0);
        })
    }
    pub fn zip_local_header_name_differs() -> Vec<u8> {
        with_entry("bagit.txt", |e| e.local_name = Some(b"top/bagit.tx_".to_vec()))
    }
    pub fn zip_local_size_differs() -> Vec<u8> {
        with_entry("bagit.txt", |e| e.local_size = Some(e.size - 1))
    }
    pub fn zip_bomb_ratio() -> Vec<u8> {
        zipped(|zip| zip.entries.push(Entry::deflated("top/data/zeroes", &vec![0; 8 << 20])))
    }
    pub fn unpacks_to_more_than_its_size() -> Vec<u8> {
        zipped(|zip| zip.entries.push(Entry { size: 10, ..Entry::deflated("top/data/zeroes", &vec![0; 8 << 20]) }))
    }
    pub fn crc_differs() -> Vec<u8> {
        with_entry("bagit.txt", |e| e.crc ^= 1)
    }
    pub fn bytes_after_the_deflate_stream() -> Vec<u8> {
        with_entry("bagit.txt", |e| {
            *e = Entry::deflated("top/bagit.txt", &HONEST["bagit.txt"]);
            e.data.extend(b"hidden");
            e.packed += 6;
        })
    }
    pub fn deflate_stream_cut_off() -> Vec<u8> {
        with_entry(EVIDENCE, |e| {
            *e = Entry::deflated("top/data/evidence.json", &HONEST[EVIDENCE]);
            e.data.pop();
            e.packed -= 1;
        })
    }
    pub fn stored_sizes_differ() -> Vec<u8> {
        plus_with(|e| e.size = 2)
    }
    pub fn path_escape() -> Vec<u8> {
        plus("top/../../../etc/cron.d/x")
    }
    pub fn path_absolute() -> Vec<u8> {
        plus("/etc/passwd")
    }
    pub fn path_backslash() -> Vec<u8> {
        plus("top\\..\\..\\x")
    }
    pub fn path_with_empty_part() -> Vec<u8> {
        plus("top//data/x")
    }
    pub fn path_with_control_character() -> Vec<u8> {
        plus("top/data/a\u{1b}[2Jb")
    }
    pub fn path_of_another_normal_form() -> Vec<u8> {
        plus("top/data/re\u{301}sume\u{301}.txt")
    }
    pub fn path_windows_device() -> Vec<u8> {
        plus("top/data/nul.txt")
    }
    pub fn duplicate_entry() -> Vec<u8> {
        plus("top/data/evidence.json")
    }
    pub fn case_colliding_entry() -> Vec<u8> {
        plus("top/data/Evidence.json")
    }
    pub fn case_colliding_folder() -> Vec<u8> {
        plus("top/Data/x")
    }
    pub fn file_that_is_also_a_folder() -> Vec<u8> {
        plus("top/data/evidence.json/x")
    }
    pub fn two_top_folders() -> Vec<u8> {
        plus("other/data/x")
    }
    pub fn file_beside_the_top_folder() -> Vec<u8> {
        plus("readme")
    }
    pub fn symlink_entry() -> Vec<u8> {
        plus_with(|e| e.external = 0o120_777 << 16)
    }
    pub fn device_entry() -> Vec<u8> {
        plus_with(|e| e.external = 0o020_666 << 16)
    }
    pub fn encrypted_entry() -> Vec<u8> {
        plus_with(|e| e.flags = 1)
    }
    pub fn data_descriptor() -> Vec<u8> {
        plus_with(|e| (e.flags, e.descriptor) = (8, true))
    }
    pub fn zip64_extra() -> Vec<u8> {
        plus_with(|e| e.extra = [&[1, 0, 8, 0][..], &[0; 8]].concat())
    }
    pub fn unicode_path_extra() -> Vec<u8> {
        plus_with(|e| e.extra = [&[0x75, 0x70, 6, 0, 1][..], &[0; 4], b"y"].concat())
    }
    pub fn unknown_method() -> Vec<u8> {
        plus_with(|e| e.method = 12)
    }
    pub fn folder_entry_without_files() -> Vec<u8> {
        zipped(|zip| zip.entries.push(Entry { external: 0o040_755 << 16, ..Entry::stored("top/data/empty/", b"") }))
    }
    pub fn folder_entry_with_content() -> Vec<u8> {
        zipped(|zip| zip.entries.push(Entry { external: 0o040_755 << 16, ..Entry::stored("top/data/", b"x") }))
    }

    // --- 2 bag
    pub fn payload_file_changed() -> Vec<u8> {
        packed(&files(|f| edit(f, EVIDENCE, "Good", "Best"))).bytes()
    }
    pub fn payload_file_missing() -> Vec<u8> {
        packed(&files(|f| drop(f.remove("data/catalog/gdpr.toml").unwrap()))).bytes()
    }
    pub fn payload_file_renamed() -> Vec<u8> {
        packed(&files(|f| {
            let bytes = f.remove("data/catalog/gdpr.toml").unwrap();
            f.insert("data/catalog/gdpr2.toml".to_owned(), bytes);
        }))
        .bytes()
    }
    pub fn extra_file_below_data() -> Vec<u8> {
        packed(&files(|f| drop(f.insert("data/more.txt".to_owned(), b"x".to_vec())))).bytes()
    }
    pub fn extra_file_at_top() -> Vec<u8> {
        packed(&files(|f| drop(f.insert("notes.txt".to_owned(), b"x".to_vec())))).bytes()
    }
    pub fn extra_file_listed_as_tag() -> Vec<u8> {
        packed(&refixed_tags(files(|f| drop(f.insert("notes.txt".to_owned(), b"x".to_vec()))))).bytes()
    }
    fn manifest(change: impl FnOnce(String) -> String) -> Vec<u8> {
        let changed = files(|f| {
            let text = String::from_utf8(f["manifest-sha256.txt"].clone()).unwrap();
            f.insert("manifest-sha256.txt".to_owned(), change(text).into_bytes());
        });
        packed(&refixed_tags(changed)).bytes()
    }
    pub fn manifest_line_missing() -> Vec<u8> {
        manifest(|text| text.lines().skip(1).map(|l| format!("{l}\n")).collect())
    }
    pub fn manifest_line_twice() -> Vec<u8> {
        manifest(|text| format!("{}\n{text}", text.lines().next().unwrap()))
    }
    pub fn manifest_line_for_a_tag_file() -> Vec<u8> {
        manifest(|text| format!("{}  bagit.txt\n{text}", sha256_hex(&HONEST["bagit.txt"])))
    }
    pub fn manifest_upper_case_digest() -> Vec<u8> {
        manifest(|text| format!("{}{}", text[..64].to_uppercase(), &text[64..]))
    }
    pub fn manifest_windows_newlines() -> Vec<u8> {
        manifest(|text| text.replace('\n', "\r\n"))
    }
    pub fn tagmanifest_missing() -> Vec<u8> {
        packed(&files(|f| drop(f.remove("tagmanifest-sha256.txt")))).bytes()
    }
    pub fn tag_file_changed() -> Vec<u8> {
        packed(&files(|f| edit(f, "signature/signer.pub.pem", "PUBLIC KEY-----\n\0".trim_end_matches('\0'), "PUBLIC KEY-----\n\n"))).bytes()
    }
    pub fn signature_missing() -> Vec<u8> {
        packed(&refixed_tags(files(|f| drop(f.remove(DSSE))))).bytes()
    }
    pub fn payload_oxum_wrong() -> Vec<u8> {
        packed(&refixed_tags(files(|f| edit(f, "bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 1")))).bytes()
    }
    pub fn declaration_of_another_version() -> Vec<u8> {
        packed(&refixed_tags(files(|f| edit(f, "bagit.txt", "1.0", "0.97")))).bytes()
    }

    // --- 3 statement
    pub fn recomputed_manifest() -> Vec<u8> {
        packed(&refixed(files(|f| edit(f, EVIDENCE, "\"PASS\"", "\"FAIL\"")))).bytes()
    }
    pub fn report_pdf_replaced() -> Vec<u8> {
        packed(&refixed(files(|f| edit(f, "data/report.pdf", "stand-in", "stand-on")))).bytes()
    }
    pub fn recording_line_removed_and_manifests_recomputed() -> Vec<u8> {
        packed(&refixed(files(|f| drop_line(f, 1)))).bytes()
    }
    fn envelope(change: impl FnOnce(&mut Value)) -> Vec<u8> {
        packed(&refixed_tags(files(|f| {
            let mut value: Value = serde_json::from_slice(&f[DSSE]).unwrap();
            change(&mut value);
            f.insert(DSSE.to_owned(), value.to_string().into_bytes());
        })))
        .bytes()
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
    fn signed(change: impl FnOnce(String) -> String) -> Vec<u8> {
        packed(&refixed_tags(files(|f| {
            let value: Value = serde_json::from_slice(&f[DSSE]).unwrap();
            let payload = change(payload(&value)).into_bytes();
            let envelope = Envelope::seal(poolproof::sign::dsse::IN_TOTO, payload, &*KEY).unwrap();
            f.insert(DSSE.to_owned(), envelope.encode());
        })))
        .bytes()
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
        let envelope = Envelope::seal(poolproof::sign::dsse::IN_TOTO, statement.into_bytes(), &*KEY).unwrap();
        changed.insert(DSSE.to_owned(), envelope.encode());
        packed(&refixed_tags(changed)).bytes()
    }
    pub fn evidence_with_a_duplicate_key() -> Vec<u8> {
        sealed_text("{\n", "{\n\"findings\": [],\n")
    }
    pub fn evidence_of_another_format() -> Vec<u8> {
        sealed_text("poolproof-evidence/1", "poolproof-evidence/2")
    }

    // --- 4 signer
    pub fn resigned_by_another_key() -> Vec<u8> {
        packed(&resealed(&HONEST, &LocalKey::throw_away().unwrap())).bytes()
    }

    // --- 8 wrappers
    pub fn pae_wrapper_differs() -> Vec<u8> {
        packed(&refixed_tags(files(|f| edit(f, "signature/statement.pae", "DSSEv1", "DSSEv2")))).bytes()
    }
    pub fn sig_wrapper_is_another_signature() -> Vec<u8> {
        let again = poolproof::sign::Signer::sign(&*KEY, &HONEST["signature/statement.pae"]).unwrap();
        packed(&refixed_tags(files(|f| drop(f.insert("signature/statement.sig".to_owned(), again))))).bytes()
    }
    pub fn sigstore_wrapper_names_another_key() -> Vec<u8> {
        let hint = KEY.public().fingerprint().to_string();
        packed(&refixed_tags(files(|f| edit(f, SIGSTORE, &hint, &"ab".repeat(32))))).bytes()
    }
    pub fn sigstore_wrapper_of_another_statement() -> Vec<u8> {
        let other = Envelope::seal("x", b"y".to_vec(), &*KEY).unwrap();
        packed(&refixed_tags(files(|f| drop(f.insert(SIGSTORE.to_owned(), sigstore::wrap(&other)))))).bytes()
    }
    pub fn sigstore_wrapper_with_a_second_content() -> Vec<u8> {
        packed(&refixed_tags(files(|f| edit(f, SIGSTORE, "{", "{\"messageSignature\":{\"signature\":\"AA==\"},")))).bytes()
    }

    // --- 9 recording, sealed by the honest key
    const SEGMENT: &str = "data/recording/123456789012.eu-west-1.eu-west-1_Workforce1.jsonl";
    fn sealed(change: impl FnOnce(&mut Files)) -> Vec<u8> {
        packed(&resealed(&files(change), &KEY)).bytes()
    }
    fn drop_line(f: &mut Files, n: usize) {
        let text = String::from_utf8(f[SEGMENT].clone()).unwrap();
        let kept = text.lines().enumerate().filter(|(at, _)| *at != n).map(|(_, l)| format!("{l}\n"));
        f.insert(SEGMENT.to_owned(), kept.collect::<String>().into_bytes());
    }
    pub fn recording_edited_by_hand_and_sealed() -> Vec<u8> {
        sealed(|f| edit(f, SEGMENT, "\"MfaConfiguration\":\"ON\"", "\"MfaConfiguration\":\"OFF\""))
    }
    pub fn recording_line_removed_and_sealed() -> Vec<u8> {
        sealed(|f| {
            let last = f[SEGMENT].split(|b| *b == b'\n').count() - 2;
            drop_line(f, last);
        })
    }
    pub fn recording_segment_missing_and_sealed() -> Vec<u8> {
        sealed(|f| drop(f.remove("data/recording/123456789012.jsonl").unwrap()))
    }
    pub fn recording_with_a_foreign_file() -> Vec<u8> {
        sealed(|f| drop(f.insert("data/recording/notes.txt".to_owned(), b"x".to_vec())))
    }
    pub fn scope_exchanged_and_sealed() -> Vec<u8> {
        sealed(|f| edit(f, "data/inputs/scope.json", "Good Example Ltd", "Best Example Ltd"))
    }
    pub fn recording_torn_and_sealed() -> Vec<u8> {
        sealed(|f| {
            f.get_mut(SEGMENT).unwrap().pop();
        })
    }

    // --- 10 re-performance, sealed by the honest key
    pub fn verdict_flipped_and_sealed() -> Vec<u8> {
        let mut weak = crate::sealing::payload("weak");
        edit(&mut weak, EVIDENCE, "\"verdict\": \"FAIL\"", "\"verdict\": \"PASS\"");
        packed(&resealed(&weak, &KEY)).bytes()
    }
    /// The program that sealed is not ours, says the forger, so nobody here may call the difference a forgery.
    pub fn verdict_flipped_under_another_version_and_sealed() -> Vec<u8> {
        let mut weak = crate::sealing::payload("weak");
        edit(&mut weak, EVIDENCE, "\"verdict\": \"FAIL\"", "\"verdict\": \"PASS\"");
        let (ours, other) = (format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"9.9.9\"");
        edit(&mut weak, "data/recording/header.json", &ours, other);
        let mut evidence: Value = serde_json::from_slice(&weak[EVIDENCE]).unwrap();
        evidence["run"]["tool"]["version"] = json!("9.9.9");
        evidence["run"]["head_digest"] = json!(rechained(&mut weak, |_, _| ()));
        weak.insert(EVIDENCE.to_owned(), serde_json::to_vec_pretty(&evidence).unwrap());
        packed(&resealed(&weak, &KEY)).bytes()
    }
    /// A secret under a key that occurs again, redacted: whoever keeps the last of two values never sees the first.
    pub fn recorded_answer_with_a_repeated_key_and_sealed() -> Vec<u8> {
        sealed(|f| {
            let head = rechained(f, |segment, line| {
                if segment == SEGMENT {
                    let twice = "\"answer\":{\"ClientSecret\":\"s3cret\",\"ClientSecret\":{\"$redacted\":\"string\"},";
                    *line = line.replacen("\"answer\":{", twice, 1);
                }
            });
            let mut evidence: Value = serde_json::from_slice(&f[EVIDENCE]).unwrap();
            evidence["run"]["head_digest"] = json!(head);
            f.insert(EVIDENCE.to_owned(), serde_json::to_vec_pretty(&evidence).unwrap());
        })
    }
    /// A client's secret in the open, of which the evidence says that nothing of the kind is there.
    pub fn recorded_secret_denied_and_sealed() -> Vec<u8> {
        sealed(|f| secret_in_the_open(f, false))
    }
    /// Puts a secret into the recording and chains it anew; `owned`: the evidence says so.
    pub fn secret_in_the_open(f: &mut Files, owned: bool) {
        let head = rechained(f, |segment, line| {
            if segment == SEGMENT {
                *line = line.replace("\"ClientSecret\":{\"$redacted\":\"string\"}", "\"ClientSecret\":\"s3cret\"");
            }
        });
        assert!(String::from_utf8_lossy(&f[SEGMENT]).contains("s3cret"));
        let mut evidence: Value = serde_json::from_slice(&f[EVIDENCE]).unwrap();
        evidence["run"]["head_digest"] = json!(head);
        for finding in evidence["findings"].as_array_mut().unwrap() {
            if owned && finding["check"] == "COG-EVD-004" {
                finding["verdict"] = json!("FAIL");
            }
        }
        f.insert(EVIDENCE.to_owned(), serde_json::to_vec_pretty(&evidence).unwrap());
    }
    /// Changes lines of the recording and writes its chain anew; the head digest that follows.
    fn rechained(files: &mut Files, change: impl Fn(&str, &mut String)) -> String {
        let header = sha256_hex(&files["data/recording/header.json"]);
        let mut ends = Vec::new();
        for (name, bytes) in files.iter_mut().filter(|(n, _)| n.starts_with("data/recording/") && n.ends_with(".jsonl")) {
            let mut prev = header.clone();
            let mut text = String::new();
            for line in String::from_utf8(bytes.clone()).unwrap().lines() {
                let old = serde_json::from_str::<Value>(line).unwrap()["prev"].as_str().unwrap().to_owned();
                let mut line = line.replacen(&old, &prev, 1);
                change(name, &mut line);
                prev = sha256_hex(line.as_bytes());
                text.push_str(&line);
                text.push('\n');
            }
            *bytes = text.into_bytes();
            ends.push((name.trim_start_matches("data/recording/").to_owned(), prev));
        }
        poolproof::recording::read::head_digest(&header, &ends)
    }
    pub fn population_row_removed_and_sealed() -> Vec<u8> {
        sealed(|f| {
            let text = String::from_utf8(f["data/population.csv"].clone()).unwrap();
            let last = text.trim_end().rfind('\n').unwrap();
            f.insert("data/population.csv".to_owned(), text.as_bytes()[..=last].to_vec());
        })
    }
    pub fn catalogue_edited_and_sealed() -> Vec<u8> {
        sealed(|f| f.get_mut("data/catalog/gdpr.toml").unwrap().extend(b"# more\n"))
    }
    pub fn bundle_id_invented_and_sealed() -> Vec<u8> {
        sealed(|f| {
            let value: Value = serde_json::from_slice(&f[EVIDENCE]).unwrap();
            edit(f, EVIDENCE, value["bundle_id"].as_str().unwrap(), "aaaaaaaaaaaaaaaa");
        })
    }
    pub fn limits_removed_and_sealed() -> Vec<u8> {
        sealed(|f| {
            let mut value: Value = serde_json::from_slice(&f[EVIDENCE]).unwrap();
            value["limits"] = json!([]);
            let mut bytes = serde_json::to_vec_pretty(&value).unwrap();
            bytes.push(b'\n');
            f.insert(EVIDENCE.to_owned(), bytes);
        })
    }
}
