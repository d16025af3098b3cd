//! Step 7: time stamps over the seal, honest and tampered with.

use super::{options, time, verified_files};
use crate::sealing::tsa::{Tsa, Wrong};
use crate::sealing::{Files, HONEST, KEY, payload, refixed_tags, resealed};
use chrono::{DateTime, Duration, Utc};
use poolproof::bundle::layout::{SIG, TIMESTAMP, timestamp};
use poolproof::digest::sha256;
use poolproof::verify::outcome::{Outcome, Report, StepName};
use poolproof::verify::trust::{KeyUse, Purpose, Trust, TrustedCa, TrustedKey};
use poolproof::verify::{Options, text};

/// When the honest bundle was collected until.
fn end() -> DateTime<Utc> {
    time(verified_files(&HONEST, &options()).facts.unwrap().collected_to.as_deref().unwrap())
}

fn with(stamps: &[&Tsa]) -> Files {
    let mut files = HONEST.clone();
    for (n, tsa) in (1..).zip(stamps) {
        files.insert(timestamp(n), tsa.stamp(sha256(&files[SIG])));
    }
    refixed_tags(files)
}

fn trusting(authorities: Vec<TrustedCa>) -> Options {
    Options { authorities, now: end() + Duration::days(40), ..options() }
}

fn after(end: DateTime<Utc>, gap: Duration) -> Tsa {
    Tsa::new(end + gap)
}

#[track_caller]
fn step(report: &Report, wanted: &str, word: &str) {
    let outcome = report.outcome(StepName::Time).unwrap();
    let (kind, note) = match outcome {
        Outcome::Passed(note) => ("passed", note),
        Outcome::Failed(note) => ("failed", note),
        Outcome::NotChecked(note) => ("not checked", note),
        Outcome::NotApplicable(note) => ("not applicable", note),
    };
    assert!(kind == wanted && note.contains(word), "{wanted} {word:?}: {outcome:?}");
    assert_eq!(report.exit == 4, wanted == "failed", "{}", text::render(report));
    assert!(wanted != "failed" || report.facts.as_ref().unwrap().existed_by.is_none());
}

#[test]
fn a_time_stamp_by_a_trusted_authority_passes_and_says_how_long_after() {
    let tsa = after(end(), Duration::seconds(90));
    let report = verified_files(&with(&[&tsa]), &trusting(vec![tsa.trusted()]));
    step(&report, "passed", "1 min 31 s after the end");
    assert_eq!(report.exit, 0, "{}", text::render(&report));
    assert!(
        report.proved.iter().any(|s| s.starts_with("It existed, sealed as it is, by") && s.contains("Time Ltd")),
        "{:?}",
        report.proved
    );
    assert!(!report.not_proved.iter().any(|s| s.starts_with("Who added")), "{:?}", report.not_proved);
    assert!(report.checked_at.contains("trusted time"), "{}", report.checked_at);
    assert!(text::render(&report).contains("Time Ltd"));
}

#[test]
fn a_time_stamp_of_nobody_whom_the_caller_named_proves_nothing() {
    let tsa = after(end(), Duration::seconds(90));
    let report = verified_files(&with(&[&tsa]), &trusting(vec![]));
    step(&report, "not checked", "names no authority");
    assert!(report.facts.as_ref().unwrap().existed_by.is_none() && !report.checked_at.contains("trusted"));
    let for_signing = TrustedCa { purpose: Purpose::Signing, ..tsa.trusted() };
    step(&verified_files(&with(&[&tsa]), &trusting(vec![for_signing])), "not checked", "names no authority");
}

#[test]
fn defect_untrusted_authority() {
    let (tsa, other) = (after(end(), Duration::seconds(90)), after(end(), Duration::seconds(90)));
    step(&verified_files(&with(&[&tsa]), &trusting(vec![other.trusted()])), "failed", "no");
    let early = TrustedCa { valid_from: end() + Duration::days(1), ..tsa.trusted() };
    step(&verified_files(&with(&[&tsa]), &trusting(vec![early])), "failed", "not trusted by the trust file");
}

#[test]
fn defect_stripped_time_stamp() {
    let tsa = after(end(), Duration::seconds(90));
    let mut files = with(&[&tsa]);
    files.remove(TIMESTAMP);
    let options = trusting(vec![tsa.trusted()]);
    assert_eq!(verified_files(&files, &options).failed(), [StepName::Bag]);
    step(&verified_files(&refixed_tags(files), &options), "not checked", "no time stamp");
}

#[test]
fn defect_swapped_time_stamp() {
    let tsa = after(end(), Duration::seconds(90));
    let mut files = with(&[&tsa]);
    let another = resealed(&payload("good"), &KEY);
    files.insert(TIMESTAMP.to_owned(), tsa.stamp(sha256(&another[SIG])));
    step(&verified_files(&refixed_tags(files), &trusting(vec![tsa.trusted()])), "failed", "another imprint");
}

#[test]
fn defect_certificate_that_is_not_for_time_stamps() {
    for wrong in [Wrong::Usage, Wrong::UncriticalUsage, Wrong::MoreUsages, Wrong::NoUsage] {
        let tsa = Tsa::wrong(end() + Duration::seconds(90), wrong);
        step(&verified_files(&with(&[&tsa]), &trusting(vec![tsa.trusted()])), "failed", "extended key usage");
    }
}

#[test]
fn defect_time_before_the_end_of_the_collection() {
    // The accuracy of the test authority is 1.5 s.
    let tsa = after(end(), Duration::milliseconds(-1_600));
    step(&verified_files(&with(&[&tsa]), &trusting(vec![tsa.trusted()])), "failed", "one of the two is not true");
    let tsa = after(end(), Duration::milliseconds(-1_400));
    step(&verified_files(&with(&[&tsa]), &trusting(vec![tsa.trusted()])), "passed", "0 s after");
}

#[test]
fn defect_answer_that_is_none() {
    let mut files = HONEST.clone();
    files.insert(TIMESTAMP.to_owned(), b"Approved by the auditor.\n".to_vec());
    step(&verified_files(&refixed_tags(files), &trusting(vec![])), "failed", "RFC 3161");
}

#[test]
fn a_time_stamp_added_later_shows_existence_and_no_more() {
    let tsa = after(end(), Duration::days(3));
    let report = verified_files(&with(&[&tsa]), &trusting(vec![tsa.trusted()]));
    step(&report, "not checked", "it existed by then");
    assert!(report.facts.as_ref().unwrap().existed_by.is_some() && report.exit == 3);
    // The first one counts, whatever stands in the others.
    let first = after(end(), Duration::hours(1));
    let report = verified_files(&with(&[&tsa, &first]), &trusting(vec![tsa.trusted(), first.trusted()]));
    step(&report, "passed", "1 h 0 min after");
    let report = verified_files(&with(&[&tsa, &first]), &trusting(vec![tsa.trusted()]));
    step(&report, "not checked", "3 days after");
}

#[test]
fn a_time_that_has_not_come_is_not_believed() {
    let tsa = after(end(), Duration::hours(2));
    let options = Options { now: end() + Duration::hours(1), ..trusting(vec![tsa.trusted()]) };
    step(&verified_files(&with(&[&tsa]), &options), "not checked", "this machine's clock");
}

#[test]
fn the_key_is_judged_at_the_trusted_time() {
    let tsa = after(end(), Duration::minutes(5));
    let fingerprint = KEY.public().fingerprint();
    let valid = |to: DateTime<Utc>| TrustedKey {
        fingerprint: fingerprint.clone(),
        who: "Example Ltd".to_owned(),
        purpose: KeyUse::Sealing,
        valid_from: end() - Duration::days(9),
        valid_to: Some(to),
    };
    let signer = |files: &Files, to: DateTime<Utc>, at: Option<DateTime<Utc>>| {
        let options = Options { trust: Trust::Keys(vec![valid(to)]), at, ..trusting(vec![tsa.trusted()]) };
        verified_files(files, &options).outcome(StepName::Signer).unwrap().clone()
    };
    let (hour, minute) = (end() + Duration::hours(1), end() + Duration::minutes(1));
    // Expired by now: without a time stamp that decides nothing, with one it was valid then.
    assert!(matches!(signer(&HONEST, hour, None), Outcome::NotChecked(_)));
    assert!(matches!(signer(&with(&[&tsa]), hour, None), Outcome::Passed(_)));
    // Sealed after the end of the key: no --at talks that away.
    assert!(matches!(signer(&with(&[&tsa]), minute, None), Outcome::Failed(_)));
    assert!(matches!(signer(&with(&[&tsa]), minute, Some(end() + Duration::seconds(1))), Outcome::Failed(_)));
}
