//! Step 7: time stamps over the seal, which anybody can add, strip or exchange; and those from before the collection that are not
//! what the recording's header says, sealed by the signer himself.

use super::{EVIDENCE, rechained};
use crate::sealing::tsa::{COMPROMISED, SUPERSEDED, Tsa, Wrong, inside, parts, tlv};
use crate::sealing::{Files, HONEST, KEY, packed, payload, refixed_tags, resealed};
use chrono::{DateTime, Duration, Utc};
use poolproof::bundle::layout::{BEGUN, CHANGES, RECORDING, REVIEWS, ROSTER, SCOPE, SIG, TIMESTAMP, crl};
use poolproof::clock::parse_rfc3339;
use poolproof::controls::catalogue::Catalogue;
use poolproof::digest::{sha256, sha256_hex};
use poolproof::recording::header::{self, Header, begun_imprint};
use poolproof::recording::read::Recording;
use poolproof::report::assess::{Inputs, assess_with};
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::timestamp::token_in;

/// When the honest recording says that its first call was.
pub fn first_call() -> DateTime<Utc> {
    let evidence: EvidenceV1 = serde_json::from_slice(&HONEST[EVIDENCE]).unwrap();
    parse_rfc3339(&evidence.run.first_call.unwrap()).unwrap()
}

/// When the honest recording says that its last call was.
pub fn end() -> DateTime<Utc> {
    let evidence: EvidenceV1 = serde_json::from_slice(&HONEST[EVIDENCE]).unwrap();
    parse_rfc3339(&evidence.run.last_call.unwrap()).unwrap()
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
    let given = |path: &str| files.get(path).map(Vec::as_slice);
    let inputs = Inputs { changes: given(CHANGES), roster: given(ROSTER), reviews: given(REVIEWS), ..Inputs::default() };
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

/// The authority that the matrix trusts, 90 s after the collection.
fn house() -> Tsa {
    Tsa::house(end() + Duration::seconds(90), Wrong::Nothing)
}

/// The honest bundle with something as its time stamp, and the tag manifest written anew, as anybody can.
fn stamped(stamp: Vec<u8>, change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = HONEST.clone();
    files.insert(TIMESTAMP.to_owned(), stamp);
    change(&mut files);
    packed(&refixed_tags(files)).bytes()
}

fn over_the_seal(tsa: &Tsa) -> Vec<u8> {
    tsa.stamp(sha256(&HONEST[SIG]))
}

/// With a list of the authority's CA in the bundle that revokes it, since a time after its end, for a reason.
fn with_a_list(since: Duration, reason: Option<u8>) -> Vec<u8> {
    let tsa = house();
    let list = tsa.list(end() - Duration::days(9), end() + Duration::days(9), Some((end() + since, reason)));
    stamped(over_the_seal(&tsa), |f| drop(f.insert(crl(1), list)))
}

/// An answer put together again from its status and the parts of its token's `SignedData`.
fn rebuilt(status: &[u8], change: impl Fn(usize, &[u8]) -> Vec<u8>) -> Vec<u8> {
    let answer = over_the_seal(&house());
    let outer = parts(inside(token_in(&answer).unwrap()));
    let put = |status: &[u8], change: &dyn Fn(usize, &[u8]) -> Vec<u8>| {
        let body: Vec<u8> = parts(inside(inside(outer[1]))).into_iter().enumerate().flat_map(|(n, part)| change(n, part)).collect();
        let token = tlv(0x30, &[outer[0], tlv(0xa0, &tlv(0x30, &body)).as_slice()].concat());
        tlv(0x30, &[tlv(0x30, status), token].concat())
    };
    assert_eq!(put(GRANTED, &|_, part| part.to_vec()), answer);
    put(status, &change)
}

const GRANTED: &[u8] = &[2, 1, 0];

pub fn time_stamp_stripped() -> Vec<u8> {
    let honest = stamped(over_the_seal(&house()), |_| ());
    assert!(honest.len() > packed(&HONEST).bytes().len());
    stamped(Vec::new(), |f| drop(f.remove(TIMESTAMP)))
}
pub fn time_stamp_of_another_seal() -> Vec<u8> {
    let another = resealed(&payload("good"), &KEY);
    stamped(house().stamp(sha256(&another[SIG])), |_| ())
}
pub fn time_stamp_that_is_no_answer() -> Vec<u8> {
    stamped(b"Approved by the auditor.\n".to_vec(), |_| ())
}
pub fn time_stamp_by_an_authority_that_nobody_named() -> Vec<u8> {
    stamped(over_the_seal(&Tsa::new(end() + Duration::seconds(90))), |_| ())
}
pub fn time_stamp_by_a_certificate_of_another_use() -> Vec<u8> {
    stamped(over_the_seal(&Tsa::house(end() + Duration::seconds(90), Wrong::Usage)), |_| ())
}
pub fn time_stamp_by_an_authority_that_had_ended() -> Vec<u8> {
    stamped(over_the_seal(&Tsa::house(end() + Duration::seconds(90), Wrong::Ended)), |_| ())
}
pub fn time_stamp_by_an_authority_whose_key_was_compromised() -> Vec<u8> {
    with_a_list(Duration::days(2), Some(COMPROMISED))
}
pub fn time_stamp_by_an_authority_revoked_without_a_reason() -> Vec<u8> {
    with_a_list(Duration::days(2), None)
}
pub fn time_stamp_by_an_authority_superseded_before_it() -> Vec<u8> {
    with_a_list(-Duration::days(2), Some(SUPERSEDED))
}
pub fn time_stamp_by_an_authority_without_a_revocation_list() -> Vec<u8> {
    stamped(over_the_seal(&house()), |_| ())
}
pub fn time_stamp_from_before_the_end_of_the_collection() -> Vec<u8> {
    stamped(over_the_seal(&Tsa::house(end() - Duration::minutes(1), Wrong::Nothing)), |_| ())
}
pub fn time_stamp_from_days_later() -> Vec<u8> {
    stamped(over_the_seal(&Tsa::house(end() + Duration::days(3), Wrong::Nothing)), |_| ())
}
pub fn time_stamp_with_its_nonce_changed() -> Vec<u8> {
    let nonce = [2, 8, 7, 7, 7, 7, 7, 7, 7, 7];
    let mut answer = over_the_seal(&house());
    let at = answer.windows(nonce.len()).position(|part| part == nonce).unwrap();
    answer[at + 9] = 8;
    stamped(answer, |_| ())
}
pub fn time_stamp_with_its_time_put_back() -> Vec<u8> {
    let mut answer = over_the_seal(&house());
    let year = format!("{}", end().format("%Y%m"));
    let at = answer.windows(6).position(|part| part == year.as_bytes()).unwrap();
    answer[at + 3] -= 1;
    stamped(answer, |_| ())
}
pub fn time_stamp_with_its_status_changed() -> Vec<u8> {
    stamped(rebuilt(&[2, 1, 1], |_, part| part.to_vec()), |_| ())
}
pub fn time_stamp_with_a_certificate_added() -> Vec<u8> {
    let root = house().trusted().certificate;
    let add = |n, part: &[u8]| if n == 3 { tlv(0xa0, &[inside(part), root.der()].concat()) } else { part.to_vec() };
    stamped(rebuilt(GRANTED, add), |_| ())
}
pub fn time_stamp_without_its_certificate() -> Vec<u8> {
    stamped(rebuilt(GRANTED, |n, part| if n == 3 { Vec::new() } else { part.to_vec() }), |_| ())
}
pub fn time_stamp_with_an_attribute_added() -> Vec<u8> {
    // 1.2.3.4 and NULL, after the signature.
    let attribute = tlv(0x30, &[&[6, 3, 0x2a, 3, 4][..], &tlv(0x31, &[5, 0])].concat());
    let add = |n, part: &[u8]| match n {
        4 => tlv(0x31, &tlv(0x30, &[inside(inside(part)), tlv(0xa1, &attribute).as_slice()].concat())),
        _ => part.to_vec(),
    };
    stamped(rebuilt(GRANTED, add), |_| ())
}
