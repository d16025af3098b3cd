//! A recording of many pieces: lines that lie across the pieces in which a file is read, and a chain as long as they come.
//!
//! `EXPORT_LARGE=FILE LARGE_MB=200` also writes the sealed bundle, and its key's fingerprint beside it, for `tests/bench/verify.py`.

use super::vectors::defect::{EVIDENCE, SEGMENT, evidence, rechained};
use super::{options, text, verify};
use crate::sealing::{Files, HONEST, KEY, plain_input, seal};
use poolproof::bundle::write::Content;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::verify::Options;
use poolproof::verify::outcome::{Outcome, StepName};
use poolproof::verify::predicate;
use std::path::Path;

/// The honest recording, its longest segment repeated until it has so many bytes; the evidence names its head.
fn grown(size: usize) -> Files {
    let mut files = HONEST.clone();
    let head = rechained(&mut files, |path, lines| {
        let once = lines.clone();
        let mut bytes: usize = once.iter().map(String::len).sum();
        while path == SEGMENT && bytes < size {
            lines.extend(once.iter().cloned());
            bytes += once.iter().map(String::len).sum::<usize>();
        }
    });
    evidence(&mut files, |e| e.run.head_digest = head);
    files
}

#[test]
fn a_recording_of_many_pieces_is_followed_line_by_line() {
    let megabytes = std::env::var("LARGE_MB").map_or(1, |n| n.parse().unwrap());
    let files = grown(megabytes << 20);
    let lines = files[SEGMENT].iter().filter(|b| **b == b'\n').count();
    let dir = tempfile::tempdir().unwrap();
    let mut input = plain_input();
    let found: EvidenceV1 = serde_json::from_slice(&files[EVIDENCE]).unwrap();
    input.predicate = predicate::of(&found, None, false);
    input.payload = files.into_iter().filter(|(p, _)| p.starts_with("data/")).map(|(p, b)| (p, Content::Bytes(b))).collect();
    let sealed = seal(dir.path(), &input, &KEY).unwrap();
    let report = verify(&sealed.path, &Options { reperform: false, ..options() });
    let said = report.outcome(StepName::Recording);
    assert!(
        matches!(said, Some(Outcome::Passed(note)) if note.contains("every value is in its redacted form")),
        "{}",
        text::render(&report)
    );
    let calls = |note: &str| note.split(' ').next().unwrap().parse::<usize>().unwrap();
    assert!(matches!(said, Some(Outcome::Passed(note)) if calls(note) > lines), "{said:?} of {lines}");
    if let Ok(out) = std::env::var("EXPORT_LARGE") {
        std::fs::copy(&sealed.path, &out).unwrap();
        std::fs::write(Path::new(&out).with_extension("fingerprint"), KEY.public().fingerprint().as_str()).unwrap();
    }
}
