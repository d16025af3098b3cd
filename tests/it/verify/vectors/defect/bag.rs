//! Step 2: bags whose files and manifests do not agree.

use super::{DSSE, EVIDENCE, files, swapped};
use crate::sealing::{HONEST, edit, packed, refixed_tags};
use poolproof::digest::sha256_hex;

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
pub fn files_swapped() -> Vec<u8> {
    packed(&files(swapped)).bytes()
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
pub fn revocation_list_that_is_none() -> Vec<u8> {
    packed(&refixed_tags(files(|f| drop(f.insert("signature/1.crl".to_owned(), b"reviewed by an auditor".to_vec()))))).bytes()
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
pub fn manifest_path_escape() -> Vec<u8> {
    manifest(|text| format!("{}  data/../../etc/passwd\n{text}", sha256_hex(b"x")))
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
