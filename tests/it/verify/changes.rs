//! Step 9, the journal of changes: whole it passes and is told; cut, edited, exchanged or hidden it does not.

use super::vectors::defect::time::recorded_with;
use super::{options, verified_files};
use crate::sealing::{Files, HONEST, KEY, journal, resealed};
use poolproof::bundle::layout::{CHANGES, EVIDENCE};
use poolproof::digest::sha256_hex;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::verify::outcome::{Outcome, Report, StepName};

/// The honest bundle as it is when the recording began with this journal.
fn with(journal: &[u8]) -> Files {
    let mut files = HONEST.clone();
    files.insert(CHANGES.to_owned(), journal.to_vec());
    recorded_with(files, |header| header.changes = Some(sha256_hex(journal)))
}

fn said(report: &Report) -> String {
    match report.outcome(StepName::Recording).unwrap() {
        Outcome::Passed(note) => format!("passed: {note}"),
        Outcome::Failed(why) => format!("failed: {why}"),
        other => format!("{other:?}"),
    }
}

/// Sealed by its owner after a change, and verified.
fn sealed(journal: &[u8], change: impl FnOnce(&mut Files)) -> Report {
    let mut files = with(journal);
    change(&mut files);
    verified_files(&resealed(&files, &KEY), &options())
}

fn evidence(files: &Files) -> EvidenceV1 {
    serde_json::from_slice(&files[EVIDENCE]).unwrap()
}

#[test]
fn a_whole_journal_is_told_and_performed_again() {
    let report = sealed(&journal(), |_| ());
    assert!(said(&report).ends_with("the journal of changes has 4 lines, each following the one before"), "{}", said(&report));
    assert!(report.passed(StepName::Reperformance) && report.failed().is_empty());
    assert!(!evidence(&with(&journal())).timeline.iter().all(|line| line.told.is_empty()), "the window stands in the evidence");
}

#[test]
fn a_journal_that_is_not_the_one_of_the_header_fails() {
    let whole = journal();
    let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    let last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    let edited = String::from_utf8(whole.clone()).unwrap().replace("OPTIONAL", "ON").into_bytes();
    for (what, other) in [("cut at its end", &whole[..last]), ("cut at its beginning", &whole[first..]), ("edited", &edited)] {
        let report = sealed(&whole, |f| drop(f.insert(CHANGES.to_owned(), other.to_vec())));
        assert!(said(&report).contains("is not the journal that the recording's header names"), "{what}: {}", said(&report));
        assert_eq!(report.exit, 4);
    }
    let gone = sealed(&whole, |f| drop(f.remove(CHANGES)));
    assert!(said(&gone).contains("is missing"), "{}", said(&gone));
    let mut honest = HONEST.clone();
    honest.insert(CHANGES.to_owned(), whole);
    let unnamed = verified_files(&resealed(&honest, &KEY), &options());
    assert!(said(&unnamed).contains("does not name it"), "{}", said(&unnamed));
}

#[test]
fn a_journal_edited_before_the_run_is_told_by_the_evidence_or_fails() {
    let whole = String::from_utf8(journal()).unwrap();
    let cut = whole.split_once('\n').unwrap().1.as_bytes().to_vec();
    let edited = whole.replacen("09:00:00", "09:00:01", 1).into_bytes();
    for broken in [cut, edited] {
        let report = sealed(&broken, |_| ());
        assert!(said(&report).contains("1 lines of the journal of changes DO NOT follow"), "{}", said(&report));
        assert!(report.passed(StepName::Reperformance));
        let hidden = sealed(&broken, |f| {
            let mut evidence = evidence(f);
            evidence.left_out.retain(|l| l.kind != "changes-broken");
            f.insert(EVIDENCE.to_owned(), evidence.to_json().unwrap());
        });
        assert!(said(&hidden).contains("and the evidence does not say so"), "{}", said(&hidden));
        assert_eq!(hidden.exit, 4);
    }
}
