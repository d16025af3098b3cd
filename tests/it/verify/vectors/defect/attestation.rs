//! Steps 2 and 3: what was sealed on top of the honest bundle by reviewers, altered afterwards or wrong from the beginning.

use super::files;
use crate::sealing::{Files, HONEST, KEY, edit, packed, refixed_tags, resealed_with};
use crate::verify::attested::{ONCE, OTHER, REVIEWER, TWICE, attested, by_hand};
use poolproof::sign::attestation::NamedFile;

const DSSE: &str = "attestations/1/attestation.dsse.json";
const REVIEW: &str = "attestations/1/review.json";
const FILE: &str = "attestations/1/files/policy.txt";

/// Changed, with the tag manifest written anew: it is not signed.
fn changed(files: &Files, change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = files.clone();
    change(&mut files);
    packed(&refixed_tags(files)).bytes()
}
fn one(files: &Files) -> Files {
    files.iter().filter(|(p, _)| p.starts_with("attestations/1/")).map(|(p, b)| (p.clone(), b.clone())).collect()
}

pub fn attestation_review_altered() -> Vec<u8> {
    changed(&ONCE, |f| edit(f, REVIEW, "accepted", "not_reviewed"))
}
pub fn attestation_attachment_altered() -> Vec<u8> {
    changed(&ONCE, |f| edit(f, FILE, "policy", "Policy"))
}
pub fn attestation_attachment_missing() -> Vec<u8> {
    changed(&ONCE, |f| drop(f.remove(FILE)))
}
pub fn attestation_key_exchanged() -> Vec<u8> {
    changed(&ONCE, |f| drop(f.insert("attestations/1/signer.pub.pem".to_owned(), OTHER.public().to_pem().into_bytes())))
}
pub fn attestation_envelope_of_another() -> Vec<u8> {
    changed(&ONCE, |f| drop(f.insert(DSSE.to_owned(), TWICE["attestations/2/attestation.dsse.json"].clone())))
}
pub fn attestations_exchanged() -> Vec<u8> {
    changed(&TWICE, |f| {
        for part in ["attestation.dsse.json", "review.json", "signer.pub.pem"] {
            let (a, b) = (f[&format!("attestations/1/{part}")].clone(), f[&format!("attestations/2/{part}")].clone());
            f.insert(format!("attestations/1/{part}"), b);
            f.insert(format!("attestations/2/{part}"), a);
        }
        f.retain(|p, _| !p.contains("/files/"));
    })
}
pub fn attestation_file_slipped_in() -> Vec<u8> {
    changed(&ONCE, |f| drop(f.insert("attestations/1/files/more.txt".to_owned(), vec![1])))
}
pub fn attestation_by_a_file_alone() -> Vec<u8> {
    packed(&refixed_tags(files(|f| drop(f.insert("attestations/approval.txt".to_owned(), b"Approved.\n".to_vec()))))).bytes()
}
pub fn attestation_of_another_bundle() -> Vec<u8> {
    let other = resealed_with(&HONEST, &KEY, |p| p.template = Some("ab".repeat(32)));
    changed(&other, |f| f.extend(one(&ONCE)))
}
pub fn attestation_that_leaves_out_an_earlier_seal() -> Vec<u8> {
    packed(&by_hand(&ONCE, &OTHER, |r| r.earlier.clear())).bytes()
}
pub fn attestation_removed_below_a_later_one() -> Vec<u8> {
    changed(&TWICE, |f| f.retain(|p, _| !p.starts_with("attestations/1/")))
}
pub fn attestation_made_anew_below_a_later_one() -> Vec<u8> {
    let anew = by_hand(&HONEST, &OTHER, |_| ());
    changed(&TWICE, |f| {
        f.retain(|p, _| !p.starts_with("attestations/1/"));
        f.extend(one(&anew));
    })
}
pub fn attestation_whose_earlier_time_stamp_was_stripped() -> Vec<u8> {
    let stamp = "signature/statement.sig.tsr";
    let stamped = refixed_tags(files(|f| drop(f.insert(stamp.to_owned(), b"stamp".to_vec()))));
    changed(&attested(&stamped, &*REVIEWER).unwrap(), |f| drop(f.remove(stamp)))
}
pub fn attestation_that_skips_a_manual_finding() -> Vec<u8> {
    packed(&by_hand(&HONEST, &REVIEWER, |r| drop(r.items.pop()))).bytes()
}
pub fn attestation_that_decides_a_finding_twice() -> Vec<u8> {
    packed(&by_hand(&HONEST, &REVIEWER, |r| r.items.push(r.items[0].clone()))).bytes()
}
pub fn attestation_that_decides_a_finding_that_was_judged() -> Vec<u8> {
    packed(&by_hand(&HONEST, &REVIEWER, |r| r.items[0].check = "COG-MFA-001".to_owned())).bytes()
}
pub fn attestation_of_a_report_that_is_not_there() -> Vec<u8> {
    let wrong = NamedFile { path: "data/report.pdf".to_owned(), sha256: "ab".repeat(32) };
    packed(&by_hand(&HONEST, &REVIEWER, |r| r.reviewed.push(wrong))).bytes()
}
pub fn attestation_under_another_number() -> Vec<u8> {
    packed(&by_hand(&HONEST, &REVIEWER, |r| r.number = 7)).bytes()
}
