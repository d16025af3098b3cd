//! The defects. What is honest comes from [`HONEST`]; what is "sealed" is sealed by the honest key: a dishonest owner.

pub mod attestation;
pub mod bag;
pub mod chain;
pub mod container;
pub mod evidence;
pub mod inputs;
pub mod log_files;
pub mod manifest_signature;
pub mod pdf;
pub mod recording;
pub mod rotation;
pub mod statement;
pub mod time;
pub mod wrappers;

use crate::sealing::zip::{Entry, Zip};
use crate::sealing::{Files, HONEST, KEY, packed, resealed};
use poolproof::digest::sha256_hex;
use poolproof::report::evidence_v1::EvidenceV1;
use serde_json::Value;

pub const EVIDENCE: &str = "data/evidence.json";
pub const DSSE: &str = "signature/statement.dsse.json";
pub const SIGSTORE: &str = "signature/statement.sigstore.json";
/// Two files of the recording.
pub const RECORDED: [&str; 2] = ["data/recording/123456789012.eu-west-1.jsonl", "data/recording/123456789012.jsonl"];
/// A segment with users in it.
pub const SEGMENT: &str = "data/recording/123456789012.eu-west-1.eu-west-1_Workforce1.jsonl";

fn files(change: impl FnOnce(&mut Files)) -> Files {
    let mut files = HONEST.clone();
    change(&mut files);
    files
}
fn sealed(change: impl FnOnce(&mut Files)) -> Vec<u8> {
    packed(&resealed(&files(change), &KEY)).bytes()
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
fn swapped(f: &mut Files) {
    let [one, two] = RECORDED.map(|path| f[path].clone());
    assert_ne!(one, two);
    f.insert(RECORDED[0].to_owned(), two);
    f.insert(RECORDED[1].to_owned(), one);
}
/// Changes `evidence.json` as data and writes it as the program writes it, so that nothing but the change differs.
pub fn evidence(f: &mut Files, change: impl FnOnce(&mut EvidenceV1)) {
    let mut evidence: EvidenceV1 = serde_json::from_slice(&f[EVIDENCE]).unwrap();
    change(&mut evidence);
    f.insert(EVIDENCE.to_owned(), evidence.to_json().unwrap());
}
/// Changes the lines of each segment, numbers and chains them anew; the head digest that follows.
pub fn rechained(files: &mut Files, change: impl Fn(&str, &mut Vec<String>)) -> String {
    let header = sha256_hex(&files["data/recording/header.json"]);
    let mut ends = Vec::new();
    for (name, bytes) in files.iter_mut().filter(|(n, _)| n.starts_with("data/recording/") && n.ends_with(".jsonl")) {
        let segment = name.trim_start_matches("data/recording/").trim_end_matches(".jsonl");
        let mut lines: Vec<String> = String::from_utf8(bytes.clone()).unwrap().lines().map(str::to_owned).collect();
        change(name, &mut lines);
        let mut prev = header.clone();
        let mut text = String::new();
        for (n, line) in lines.iter().enumerate() {
            let value: Value = serde_json::from_str(line).unwrap();
            let old = |key: &str| format!("\"{key}\":\"{}\"", value[key].as_str().unwrap());
            let line = line.replacen(&old("prev"), &format!("\"prev\":\"{prev}\""), 1);
            let line = line.replacen(&old("call"), &format!("\"call\":\"{segment}:{}\"", n + 1), 1);
            prev = sha256_hex(line.as_bytes());
            text.push_str(&line);
            text.push('\n');
        }
        *bytes = text.into_bytes();
        ends.push((format!("{segment}.jsonl"), prev));
    }
    poolproof::recording::read::head_digest(&header, &ends)
}
