//! Every flip of a byte in a small bundle is either refused or leaves every file as it was (rulings 24).

use super::attested::ONCE;
use super::{Options, Trust, TrustedKey, options, time, verified};
use crate::sealing::pdf::Draft;
use crate::sealing::tsa::Tsa;
use crate::sealing::{Files, HONEST, KEY, packed, plain_input, refixed, refixed_tags, resealed, seal};
use chrono::Duration;
use poolproof::bundle::Bag;
use poolproof::bundle::layout::{REPORT_PDF, SIG, TIMESTAMP};
use poolproof::digest::sha256;
use poolproof::sign::{LocalKey, rotation};
use poolproof::verify::outcome::StepName;
use poolproof::verify::trust::KeyUse;
use std::collections::BTreeSet;
use std::io::Cursor;

#[test]
fn every_flipped_byte_is_refused_or_changes_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let sealed = seal(dir.path(), &plain_input(), &KEY).unwrap();
    let honest = std::fs::read(&sealed.path).unwrap();
    let (mut refused, mut same) = (0, 0);
    for at in 0..honest.len() {
        for mask in [0x01, 0x80] {
            let mut flipped = honest.clone();
            flipped[at] ^= mask;
            match Bag::zip(Box::new(Cursor::new(flipped))) {
                Err(_) => refused += 1,
                Ok(bag) => {
                    assert_eq!(bag.files(), &sealed.files, "byte {at} ^ {mask:#x} changed a file, and the container was accepted");
                    same += 1;
                }
            }
        }
    }
    // The directory's "made by", mode bits and unused bits of DEFLATE padding say nothing of content; all else is refused.
    assert!(refused > 10 * same, "{refused} refused, {same} the same");
}

#[test]
fn every_flipped_byte_of_every_file_is_refused_by_the_steps_alone() {
    // The container's own CRC is put right each time, so that only manifests and the signature stand in the way.
    let files = &*crate::sealing::HONEST;
    for (path, bytes) in files.iter().filter(|(_, bytes)| bytes.len() < 3000) {
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = files.clone();
            changed.get_mut(path).unwrap()[at] ^= 0x01;
            let report = verified(crate::sealing::packed(&changed).bytes(), &super::Options { reperform: false, ..options() });
            assert_eq!(report.exit, 4, "{path} byte {at}");
        }
    }
}

/// Flips bytes of one file, writes the tag manifest anew (which anybody can), and verifies; where a flip did not make a step fail.
/// Every byte with `FLIP_STEP=1`, else each thirteenth.
fn accepted(files: &Files, path: &str, options: &Options) -> Vec<usize> {
    let step = std::env::var("FLIP_STEP").map_or(13, |n| n.parse().unwrap());
    let honest = verified(packed(files).bytes(), options);
    assert_eq!(honest.failed(), [], "{path}");
    let flipped = |at: &usize| {
        let mut changed = files.clone();
        changed.get_mut(path).unwrap()[*at] ^= if at.is_multiple_of(2) { 0x01 } else { 0x20 };
        verified(packed(&refixed_tags(changed)).bytes(), options).exit != 4
    };
    (0..files[path].len()).step_by(step).filter(flipped).collect()
}

fn quick(options: Options) -> Options {
    Options { reperform: false, ..options }
}

#[test]
fn every_flipped_byte_of_the_manifest_signature_and_its_certificates_is_refused() {
    for path in ["signature/manifest-sha256.txt.p7s", "signature/signer-chain.pem", "signature/signer.pub.pem"] {
        assert_eq!(accepted(&HONEST, path, &quick(options())), Vec::<usize>::new(), "{path}");
    }
}

#[test]
fn every_flipped_byte_of_the_statement_and_its_wrappers_is_refused() {
    for path in ["statement.dsse.json", "statement.sigstore.json", "statement.pae", "statement.sig"] {
        let path = format!("signature/{path}");
        assert_eq!(accepted(&HONEST, &path, &quick(options())), Vec::<usize>::new(), "{path}");
    }
}

#[test]
fn every_flipped_byte_of_an_attestation_is_refused() {
    let paths: Vec<&String> = ONCE.keys().filter(|path| path.starts_with("attestations/")).collect();
    assert_eq!(paths.len(), 4);
    for path in paths {
        assert_eq!(accepted(&ONCE, path, &quick(options())), Vec::<usize>::new(), "{path}");
    }
}

#[test]
fn every_flipped_byte_of_a_rotation_is_refused() {
    let next = LocalKey::throw_away().unwrap();
    let mut files = resealed(&HONEST, &next);
    // Both reports of the payload must be signed by the key that seals.
    files.insert(REPORT_PDF.to_owned(), crate::sealing::pdf::signed(&next));
    let mut files = resealed(&files, &next);
    let path = "signature/rotation/1.dsse.json";
    files.insert(path.to_owned(), rotation::seal(&*KEY, next.public(), "2026-09-01T00:00:00.000Z").unwrap().encode());
    let valid_from = time("2020-01-01T00:00:00Z");
    let old = TrustedKey {
        fingerprint: KEY.public().fingerprint(),
        who: "Example Ltd".to_owned(),
        valid_from,
        valid_to: None,
        purpose: KeyUse::Sealing,
    };
    let wanted = Options { trust: Trust::Keys(vec![old]), allow_rotation: true, ..quick(options()) };
    assert_eq!(accepted(&refixed_tags(files), path, &wanted), Vec::<usize>::new());
}

#[test]
fn every_flipped_byte_of_a_time_stamp_is_refused() {
    let report = verified(packed(&HONEST).bytes(), &quick(options()));
    let tsa = Tsa::new(time(report.facts.unwrap().collected_to.as_deref().unwrap()) + Duration::seconds(90));
    let mut files = HONEST.clone();
    files.insert(TIMESTAMP.to_owned(), tsa.stamp(sha256(&files[SIG])));
    let files = refixed_tags(files);
    let wanted = Options { authorities: vec![tsa.trusted()], now: time("2027-01-01T00:00:00Z"), ..quick(options()) };
    assert_eq!(super::not_checked(&verified(packed(&files).bytes(), &wanted)), [StepName::LogFiles]);
    assert_eq!(accepted(&files, TIMESTAMP, &wanted), Vec::<usize>::new());
}

/// Flips bytes of the report, has the rest follow, and verifies; where a flip did not make `step` fail. Of the places in the
/// signature's hole each 15th of those outside is taken.
fn report_accepted(step: StepName, apart: usize, follow: impl Fn(Files) -> Files) -> Vec<usize> {
    let hole = Draft::default().hole();
    let size = HONEST[REPORT_PDF].len();
    let apart = std::env::var("FLIP_STEP").map_or(apart, |n| n.parse().unwrap());
    let outside = (0..hole.start).chain(hole.end..size).step_by(apart);
    let edges = [hole.start - 1, hole.start, hole.start + 1, hole.end - 2, hole.end - 1, hole.end];
    let places: BTreeSet<usize> = outside.chain(hole.clone().step_by(apart * 15)).chain(edges).collect();
    let accepted = |at: &usize| {
        let mut changed = HONEST.clone();
        changed.get_mut(REPORT_PDF).unwrap()[*at] ^= if at.is_multiple_of(2) { 0x01 } else { 0x20 };
        let report = verified(packed(&follow(changed)).bytes(), &quick(options()));
        report.exit != 4 || report.failed().first() != Some(&step)
    };
    places.into_iter().filter(accepted).collect()
}

#[test]
fn every_flipped_byte_of_the_report_is_refused_where_anybody_writes_the_manifests_anew() {
    assert_eq!(report_accepted(StepName::Statement, 11, refixed), Vec::<usize>::new());
}

#[test]
fn every_flipped_byte_of_the_report_is_refused_by_its_own_signature_where_the_signer_seals_it_again() {
    assert_eq!(report_accepted(StepName::Pdf, 23, |files| resealed(&files, &KEY)), Vec::<usize>::new());
}
