//! Step 9: recordings changed by their owner, sealed by his own key.

use super::{EVIDENCE, SEGMENT, evidence, rechained, sealed};
use crate::sealing::{Files, edit};
use serde_json::{Value, json};

/// Takes a line out, and leaves the chain as it is.
pub fn drop_line(f: &mut Files, n: usize) {
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
/// A secret under a key that occurs again, redacted: whoever keeps the last of two values never sees the first.
pub fn recorded_answer_with_a_repeated_key_and_sealed() -> Vec<u8> {
    sealed(|f| {
        let head = rechained(f, |segment, lines| {
            for line in lines.iter_mut().filter(|_| segment == SEGMENT) {
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
    let head = rechained(f, |segment, lines| {
        for line in lines.iter_mut().filter(|_| segment == SEGMENT) {
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
/// Changes a segment and chains it anew; the evidence keeps the head digest of the honest recording.
fn chained_anew(change: impl Fn(&mut Vec<String>)) -> Vec<u8> {
    sealed(|f| {
        let honest = f[SEGMENT].clone();
        rechained(f, |segment, lines| {
            if segment == SEGMENT {
                change(lines);
            }
        });
        assert_ne!(f[SEGMENT], honest);
    })
}
pub fn recording_line_removed_and_rechained_and_sealed() -> Vec<u8> {
    chained_anew(|lines| drop(lines.remove(3)))
}
pub fn recording_line_changed_and_rechained_and_sealed() -> Vec<u8> {
    chained_anew(|lines| lines.iter_mut().for_each(|l| *l = l.replace("\"MfaConfiguration\":\"ON\"", "\"MfaConfiguration\":\"OFF\"")))
}
pub fn recording_lines_reordered_and_rechained_and_sealed() -> Vec<u8> {
    chained_anew(|lines| lines.swap(2, 3))
}
pub fn recorded_time_changed_and_sealed() -> Vec<u8> {
    sealed(|f| evidence(f, |e| e.run.last_call = e.run.first_call.clone()))
}
