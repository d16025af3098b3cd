//! Step 7, the other end: a time stamp from before the collection.

use super::time as at;
use super::vectors::defect::time::{answer, begun_with, first_call};
use super::{options, verified_files};
use crate::sealing::tsa::{COMPROMISED, SUPERSEDED, Tsa};
use crate::sealing::{Files, KEY, refixed_tags, resealed};
use chrono::Duration;
use poolproof::bundle::layout::{SIG, timestamp};
use poolproof::digest::sha256;
use poolproof::verify::outcome::{Outcome, Report, StepName};
use poolproof::verify::trust::TrustedCa;
use poolproof::verify::{Options, text};

fn sealed_at(files: &Files, tsa: &Tsa) -> Files {
    let mut files = files.clone();
    files.insert(timestamp(1), tsa.stamp(sha256(&files[SIG])));
    refixed_tags(files)
}

fn verified(files: &Files, authorities: Vec<TrustedCa>) -> Report {
    verified_files(files, &Options { authorities, now: first_call() + Duration::days(40), ..options() })
}

fn note(report: &Report) -> String {
    match report.outcome(StepName::Time).unwrap() {
        Outcome::Passed(note) => format!("passed: {note}"),
        Outcome::Failed(note) => format!("failed: {note}"),
        Outcome::NotChecked(note) => format!("not checked: {note}"),
        Outcome::NotApplicable(note) => format!("not applicable: {note}"),
    }
}

#[test]
fn both_ends_of_a_collection_are_told() {
    let (begin, end) = (Tsa::new(first_call() - Duration::seconds(30)), Tsa::new(first_call() + Duration::minutes(10)));
    let files = sealed_at(&resealed(&begun_with(&answer(&begin)), &KEY), &end);
    let report = verified(&files, vec![begin.trusted(), end.trusted()]);
    let said = note(&report);
    assert!(
        super::not_checked(&report) == [StepName::LogFiles]
            && report.exit == 3
            && said.starts_with("passed: sealed by")
            && said.contains("; recorded after"),
        "{}",
        text::render(&report)
    );
    let facts = report.facts.as_ref().unwrap();
    // The accuracy of the test authority is 1.5 s: the earliest moment counts here, and the latest at the end.
    assert_eq!(at(facts.recorded_after.as_deref().unwrap()), first_call() - Duration::milliseconds(31_500));
    assert!(at(facts.existed_by.as_deref().unwrap()) > first_call());
    assert_eq!(facts.stamps.iter().filter(|s| s.who.is_some()).count(), 2);
    assert!(report.proved.iter().any(|s| s.starts_with("The recording was written after")), "{:?}", report.proved);
    assert!(report.not_proved.iter().any(|s| s.contains("older answers")), "{:?}", report.not_proved);
}

#[test]
fn a_beginning_by_nobody_whom_the_caller_named_is_told_and_not_counted() {
    let (begin, end) = (Tsa::new(first_call() - Duration::seconds(30)), Tsa::new(first_call() + Duration::minutes(10)));
    let files = sealed_at(&resealed(&begun_with(&answer(&begin)), &KEY), &end);
    let report = verified(&files, vec![end.trusted()]);
    assert!(note(&report).starts_with("not checked: sealed by") && note(&report).contains("whose it is is not known"), "{}", note(&report));
    let facts = report.facts.unwrap();
    assert!(report.exit == 3 && facts.recorded_after.is_none() && facts.existed_by.is_some());
    assert!(!report.proved.iter().any(|s| s.starts_with("The recording was written after")));
}

#[test]
fn a_beginning_by_an_authority_whose_key_was_compromised_since_fails() {
    let (begin, end) = (Tsa::new(first_call() - Duration::seconds(30)), Tsa::new(first_call() + Duration::minutes(10)));
    let files = sealed_at(&resealed(&begun_with(&answer(&begin)), &KEY), &end);
    let list = |reason| begin.list(first_call(), first_call() + Duration::days(9), Some((first_call() + Duration::days(2), Some(reason))));
    let report = |reason| verified(&files, vec![TrustedCa { crls: vec![list(reason)], ..begin.trusted() }, end.trusted()]);
    let compromised = report(COMPROMISED);
    assert!(note(&compromised).starts_with("failed: data/inputs/begun.tsr does not count"), "{}", note(&compromised));
    assert!(compromised.exit == 4 && compromised.facts.unwrap().existed_by.is_none());
    // What it told before it was given up stands; that it was good then, no list of that time shows.
    let superseded = report(SUPERSEDED);
    assert!(note(&superseded).contains("after the time stamp and leaves it valid"), "{}", note(&superseded));
    assert!(superseded.exit == 3 && superseded.facts.unwrap().recorded_after.is_some());
}

#[test]
fn a_beginning_alone_does_not_say_when_it_was_sealed() {
    let begin = Tsa::new(first_call() - Duration::seconds(30));
    let report = verified(&resealed(&begun_with(&answer(&begin)), &KEY), vec![begin.trusted()]);
    assert!(note(&report).starts_with("not checked: it carries no time stamp over the seal"), "{}", note(&report));
    assert!(report.facts.unwrap().recorded_after.is_some() && report.exit == 3);
}

#[test]
fn clocks_may_differ_a_little_and_the_seal_is_never_older_than_the_beginning() {
    // The collector's clock is four minutes behind.
    let begin = Tsa::new(first_call() + Duration::minutes(4));
    let files = resealed(&begun_with(&answer(&begin)), &KEY);
    let late = Tsa::new(first_call() + Duration::minutes(10));
    assert!(note(&verified(&sealed_at(&files, &late), vec![begin.trusted(), late.trusted()])).starts_with("passed"));
    let early = Tsa::new(first_call() + Duration::minutes(3));
    let report = verified(&sealed_at(&files, &early), vec![begin.trusted(), early.trusted()]);
    assert!(note(&report).starts_with("failed") && report.facts.unwrap().existed_by.is_none(), "two authorities contradict each other");
}
