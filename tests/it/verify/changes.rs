//! Step 9, the journal of changes: whole it passes and is told; edited before the run it is told, or fails. What is done to it later: `vectors/defect/inputs.rs`.

use super::vectors::defect::inputs::with_journal as with;
use super::{options, verified_files};
use crate::sealing::{Files, KEY, journal, resealed};
use poolproof::bundle::layout::EVIDENCE;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::verify::outcome::{Outcome, Report, StepName};

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
