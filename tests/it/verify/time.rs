//! Step 7: time stamps over the seal, honest and tampered with.

use super::{options, time, verified_files};
use crate::sealing::tsa::{CEASED, COMPROMISED, SUPERSEDED, Tsa, Wrong};
use crate::sealing::{Files, HONEST, KEY, payload, refixed_tags, resealed};
use chrono::{DateTime, Duration, Utc};
use poolproof::bundle::layout::{SIG, TIMESTAMP, crl, timestamp};
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
    assert_eq!(super::not_checked(&report), [StepName::LogFiles], "{}", text::render(&report));
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

/// The step over a bundle with one stamp, with these lists in the bundle and these in the caller's trust file.
#[track_caller]
fn revocation(tsa: &Tsa, bundled: Option<Vec<u8>>, own: Vec<Vec<u8>>, wanted: &str, word: &str) -> Report {
    let mut files = with(&[tsa]);
    files.extend(bundled.map(|list| (crl(1), list)));
    let report = verified_files(&refixed_tags(files), &trusting(vec![TrustedCa { crls: own, ..tsa.trusted() }]));
    step(&report, wanted, word);
    report
}

#[test]
fn without_a_list_it_is_not_shown_that_the_authority_was_not_revoked() {
    let tsa = after(end(), Duration::seconds(90));
    let report = revocation(&tsa, None, vec![], "not checked", "was revoked is not shown: there is no revocation list");
    assert!(report.exit == 3 && report.facts.as_ref().unwrap().existed_by.is_some(), "the time itself still counts");
    assert!(report.not_proved.iter().any(|s| s.contains("that this authority was not revoked then")), "{:?}", report.not_proved);
}

#[test]
fn a_list_of_that_time_passes_from_the_bundle_and_from_the_trust_file() {
    let tsa = after(end(), Duration::seconds(90));
    let list = |from, to| tsa.list(end() + from, end() + to, None);
    let (day, minute) = (Duration::days(1), Duration::minutes(1));
    revocation(&tsa, Some(list(-day, day)), vec![], "passed", "was not revoked then");
    revocation(&tsa, None, vec![list(-day, day)], "passed", "was not revoked then");
    // One that had ended by then says nothing; one from later says what was revoked before, while the certificate lasts.
    revocation(&tsa, Some(list(-day, minute)), vec![], "not checked", "revocation list 1 was current from");
    revocation(&tsa, None, vec![list(day, day * 2)], "passed", "was not revoked then");
    let beyond = Duration::days(900);
    revocation(&tsa, None, vec![list(beyond, beyond + day)], "not checked", "revocation list 1 was current from");
}

#[test]
fn a_list_of_another_under_the_same_name_says_nothing() {
    let (tsa, stranger) = (after(end(), Duration::seconds(90)), after(end(), Duration::seconds(90)));
    let (day, since) = (Duration::days(1), end() - Duration::days(9));
    let list = |revoked| stranger.list(end() - day, end() + day, revoked);
    revocation(&tsa, Some(list(None)), vec![], "not checked", "cannot be used");
    revocation(&tsa, Some(list(Some((since, Some(COMPROMISED))))), vec![], "not checked", "cannot be used");
}

#[test]
fn defect_revoked_authority() {
    let tsa = after(end(), Duration::seconds(90));
    let day = Duration::days(1);
    let since = |gap: Duration, reason| tsa.list(end() - day, end() + day * 9, Some((end() + gap, reason)));
    // Whose key may be in other hands could have been used to put the time back: nothing counts, whenever it was noticed.
    for list in [since(-day, Some(COMPROMISED)), since(day, Some(COMPROMISED)), since(day, None)] {
        revocation(&tsa, Some(list.clone()), vec![], "failed", "does not count: the certificate of its authority was revoked on");
        revocation(&tsa, None, vec![list], "failed", "nothing that it stamped counts");
    }
    // Given up: what it stamped before that stands, what it stamped after that does not.
    let kept = since(day, Some(CEASED));
    revocation(&tsa, None, vec![kept.clone()], "not checked", "which is after the time stamp and leaves it valid (RFC 3161, 4)");
    revocation(&tsa, Some(tsa.list(end() - day, end() + day, None)), vec![kept], "passed", "was not revoked then");
    revocation(&tsa, None, vec![since(-day, Some(SUPERSEDED))], "failed", "superseded");
    // The accuracy of the test authority is 1.5 s: the latest moment that it allows counts.
    revocation(&tsa, None, vec![since(Duration::seconds(91), Some(CEASED))], "failed", "cessationOfOperation");
}

#[test]
fn a_second_authority_still_tells_the_time_where_the_first_was_revoked() {
    let (first, second) = (after(end(), Duration::seconds(90)), after(end(), Duration::minutes(5)));
    let list = first.list(end(), end() + Duration::days(9), Some((end() + Duration::days(2), Some(COMPROMISED))));
    let authorities = vec![TrustedCa { crls: vec![list], ..first.trusted() }, second.trusted()];
    let report = verified_files(&with(&[&first, &second]), &trusting(authorities));
    step(&report, "passed", "5 min 1 s after");
}

#[test]
fn a_certificate_that_nothing_rests_on_is_not_called_unchanged() {
    let tsa = Tsa::wrong(end() + Duration::seconds(90), Wrong::Cross);
    step(&verified_files(&with(&[&tsa]), &trusting(vec![tsa.trusted()])), "not checked", "nothing keeps that from being changed");
}
