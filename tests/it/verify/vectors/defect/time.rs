//! Step 7: time stamps from before the collection that are not what the recording's header says, sealed by the signer himself.

use super::{EVIDENCE, rechained};
use crate::sealing::tsa::Tsa;
use crate::sealing::{Files, HONEST, KEY, packed, resealed};
use chrono::{DateTime, Duration, Utc};
use poolproof::bundle::layout::{BEGUN, CHANGES, RECORDING, SCOPE};
use poolproof::clock::parse_rfc3339;
use poolproof::controls::catalogue::Catalogue;
use poolproof::digest::sha256_hex;
use poolproof::recording::header::{self, Header, begun_imprint};
use poolproof::recording::read::Recording;
use poolproof::report::assess::{Inputs, assess_with};
use poolproof::report::evidence_v1::EvidenceV1;

/// When the honest recording says that its first call was.
pub fn first_call() -> DateTime<Utc> {
    let evidence: EvidenceV1 = serde_json::from_slice(&HONEST[EVIDENCE]).unwrap();
    parse_rfc3339(&evidence.run.first_call.unwrap()).unwrap()
}

fn header_of(files: &Files) -> (String, Header) {
    let path = format!("{RECORDING}{}", header::FILE);
    let header = serde_json::from_slice(&files[&path]).unwrap();
    (path, header)
}

/// The honest answer of an authority before a collection.
pub fn answer(tsa: &Tsa) -> Vec<u8> {
    let (_, header) = header_of(&HONEST);
    tsa.stamp(begun_imprint(header.challenge.as_deref(), &header.scope_digest))
}

/// The honest payload as it is when the recording began with this answer: the header names it, all else follows.
pub fn begun_with(answer: &[u8]) -> Files {
    let mut files = HONEST.clone();
    files.insert(BEGUN.to_owned(), answer.to_vec());
    recorded_with(files, |header| header.begun = Some(sha256_hex(answer)))
}

/// A payload with another header: the recording and the evidence follow it.
pub fn recorded_with(mut files: Files, change: impl FnOnce(&mut Header)) -> Files {
    let (path, mut header) = header_of(&files);
    change(&mut header);
    files.insert(path, header.to_json().unwrap());
    rechained(&mut files, |_, _| ());
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files.iter().filter_map(|(p, b)| Some((p.strip_prefix(RECORDING)?, b))) {
        std::fs::write(dir.path().join(path), bytes).unwrap();
    }
    let recording = Recording::folder(dir.path()).unwrap();
    let inputs = Inputs { changes: files.get(CHANGES).map(Vec::as_slice), ..Inputs::default() };
    let assessed = assess_with(&recording, &files[SCOPE], Catalogue::release().unwrap(), None, inputs).unwrap();
    files.insert(EVIDENCE.to_owned(), assessed.evidence.to_json().unwrap());
    files
}

fn sealed(answer: &[u8], change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = begun_with(answer);
    change(&mut files);
    packed(&resealed(&files, &KEY)).bytes()
}

fn before() -> Tsa {
    Tsa::new(first_call() - Duration::seconds(30))
}

pub fn time_before_the_collection_removed_and_sealed() -> Vec<u8> {
    sealed(&answer(&before()), |f| drop(f.remove(BEGUN)))
}
pub fn time_before_the_collection_exchanged_and_sealed() -> Vec<u8> {
    sealed(&answer(&before()), |f| {
        f.insert(BEGUN.to_owned(), answer(&Tsa::new(first_call() - Duration::days(30))));
    })
}
pub fn time_before_the_collection_that_no_header_names_and_sealed() -> Vec<u8> {
    let mut files = HONEST.clone();
    files.insert(BEGUN.to_owned(), answer(&before()));
    packed(&resealed(&files, &KEY)).bytes()
}
pub fn time_before_the_collection_over_another_challenge_and_sealed() -> Vec<u8> {
    let (_, header) = header_of(&HONEST);
    sealed(&before().stamp(begun_imprint(Some("another request"), &header.scope_digest)), |_| ())
}
pub fn time_before_the_collection_after_its_first_call_and_sealed() -> Vec<u8> {
    // Ten minutes: beyond what clocks may differ by.
    sealed(&answer(&Tsa::new(first_call() + Duration::minutes(10))), |_| ())
}
pub fn time_before_the_collection_that_is_no_answer_and_sealed() -> Vec<u8> {
    sealed(b"It was early in the morning.\n", |_| ())
}
