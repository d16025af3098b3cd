//! Attestations: honest ones of every kind of key, and what a hasty reviewer could break. Altered ones are vectors:
//! `vectors/defect/attestation.rs`.

use super::{Options, Trust, options, time, verified_files};
use crate::sealing::{Files, HONEST, KEY, packed, refixed_tags};
use poolproof::bundle::Bag;
use poolproof::bundle::amend::Amending;
use poolproof::bundle::attest::{AttestError, Words, attest};
use poolproof::bundle::layout::Attestation;
use poolproof::bundle::write::Content;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::attestation::{self, Decision, Item, NamedFile, Review};
use poolproof::sign::{LocalKey, Signer};
use poolproof::verify::attestation::manual;
use poolproof::verify::outcome::{Report, StepName};
use poolproof::verify::text;
use poolproof::verify::trust::{KeyUse, TrustedKey};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A reviewer's key.
pub(super) static REVIEWER: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());
/// Somebody else's.
pub(super) static OTHER: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());
/// [`HONEST`] with one attestation by [`REVIEWER`], and then a second by [`OTHER`].
pub(super) static ONCE: LazyLock<Files> = LazyLock::new(|| attested(&HONEST, &*REVIEWER).unwrap());
pub(super) static TWICE: LazyLock<Files> = LazyLock::new(|| attested(&ONCE, &*OTHER).unwrap());

fn evidence(files: &Files) -> EvidenceV1 {
    serde_json::from_slice(&files["data/evidence.json"]).unwrap()
}

fn words(files: &Files) -> Words {
    let items = manual(&evidence(files)).into_iter().map(|(check, subject)| Item {
        check,
        subject,
        decision: Decision::Accepted,
        note: "seen\u{1b}[31m".to_owned(),
    });
    Words {
        name: "Ann Auditor".to_owned(),
        role: "external auditor".to_owned(),
        statement: "I have looked.".to_owned(),
        at: "2026-11-24T11:00:00.000Z".to_owned(),
        reviewed: vec!["data/evidence.json".to_owned()],
        items: items.collect(),
        attachments: BTreeMap::from([("policy.txt".to_owned(), Content::Bytes(b"policy\n".to_vec()))]),
    }
}

fn attested_with(files: &Files, words: &Words, key: &dyn Signer) -> Result<Files, AttestError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bundle.zip");
    std::fs::write(&path, packed(files).bytes()).unwrap();
    attest(Amending::open(&path).unwrap(), words, key)?;
    let bag = Bag::open(&path).unwrap();
    Ok(bag.files().keys().map(|p| (p.clone(), bag.read(p, u64::MAX - 1).unwrap())).collect())
}

pub(super) fn attested(files: &Files, key: &dyn Signer) -> Result<Files, AttestError> {
    attested_with(files, &words(files), key)
}

/// Trusts the sealer and the reviewer.
fn trusting_both(to: Option<&str>) -> Options {
    let key = |key: &LocalKey, who: &str, to: Option<&str>| TrustedKey {
        fingerprint: key.public().fingerprint(),
        who: who.to_owned(),
        purpose: if who == "Example Ltd" { KeyUse::Sealing } else { KeyUse::Review },
        valid_from: time("2026-01-01T00:00:00Z"),
        valid_to: to.map(time),
    };
    Options { trust: Trust::Keys(vec![key(&KEY, "Example Ltd", None), key(&REVIEWER, "Ann of Audit LLP", to)]), ..options() }
}

/// Every step, so that two reports can be held against each other.
fn outcomes(report: &Report) -> Vec<(StepName, String)> {
    let outcome = |o: &poolproof::verify::outcome::Outcome| serde_json::to_value(o).unwrap()["outcome"].as_str().unwrap().to_owned();
    report.steps.iter().map(|s| (s.step, outcome(&s.outcome))).collect()
}

#[test]
fn both_seals_are_shown_and_no_step_of_the_first_changes() {
    assert!(manual(&evidence(&HONEST)).len() >= 2, "the sample must have MANUAL findings");
    for wanted in [trusting_both(None), options(), Options { trust: Trust::Nobody, ..options() }] {
        let (before, after) = (verified_files(&HONEST, &wanted), verified_files(&TWICE, &wanted));
        let shown = text::render(&after);
        assert_eq!((outcomes(&before), before.exit), (outcomes(&after), after.exit), "{shown}");
        let known = matches!(wanted.trust, Trust::Keys(_));
        let [one, two] = after.facts.as_ref().unwrap().attestations.as_slice() else { panic!("{shown}") };
        assert_eq!((one.who.as_deref(), two.who.as_deref()), (known.then_some("Ann of Audit LLP"), None));
        assert_eq!(
            (one.items.len(), two.earlier, &one.attachments[0]),
            (manual(&evidence(&HONEST)).len(), 4, &"attestations/1/files/policy.txt".to_owned())
        );
        assert_eq!(after.proved.iter().any(|s| s.starts_with("Attestation 1 was signed by Ann of Audit LLP")), known, "{shown}");
        assert!(!after.proved.iter().any(|s| s.contains("Ann Auditor")), "what he calls himself proves nothing: {shown}");
        assert!(after.not_proved.iter().any(|s| s.contains("attestation 2: it was signed by a key you did not name")), "{shown}");
        assert!(!after.proved.iter().any(|s| s.starts_with("All files are")), "{shown}");
        assert!(!after.not_proved.iter().any(|s| s.contains("no signature of them was checked")), "{shown}");
        assert!(shown.contains("Attestation 2") && shown.contains("accepted       COG-") && !shown.contains('\u{1b}'), "{shown}");
        assert!(shown.lines().all(|l| l.chars().count() <= 80), "{shown}");
    }
}

#[test]
fn a_reviewers_key_does_not_seal_and_a_sealers_does_not_review() {
    let files = attested(&HONEST, &*REVIEWER).unwrap();
    let mut options = trusting_both(None);
    let Trust::Keys(keys) = &mut options.trust else { unreachable!() };
    for key in keys.iter_mut() {
        key.purpose = if key.purpose == KeyUse::Sealing { KeyUse::Review } else { KeyUse::Sealing };
    }
    let report = verified_files(&files, &options);
    assert_eq!((report.failed(), report.exit), (vec![StepName::Signer], 4));
    let Some(poolproof::verify::outcome::Outcome::Failed(why)) = report.outcome(StepName::Signer) else { unreachable!() };
    assert!(why.contains("for review, not for sealing"), "{why}");
    let attested = &report.facts.unwrap().attestations[0];
    assert!(attested.who.is_none() && attested.standing.contains("stands for no reviewer"), "{}", attested.standing);
}

#[test]
fn a_reviewers_key_counts_only_while_it_is_valid() {
    let who = |options: &Options| verified_files(&ONCE, options).facts.unwrap().attestations[0].who.clone();
    assert!(who(&trusting_both(Some("2026-12-01T00:00:00Z"))).is_some());
    // Expired before the date, and expired since: a date alone is the reviewer's word.
    assert_eq!(who(&trusting_both(Some("2026-11-01T00:00:00Z"))), None);
    assert_eq!(who(&Options { now: time("2027-01-01T00:00:00Z"), ..trusting_both(Some("2026-12-01T00:00:00Z")) }), None);
}

#[test]
fn the_sealers_own_key_is_no_second_person() {
    assert!(matches!(attested(&HONEST, &*KEY), Err(AttestError::SameKey)));
    let report = verified_files(&by_hand(&HONEST, &KEY, |_| ()), &trusting_both(None));
    let one = &report.facts.as_ref().unwrap().attestations[0];
    assert_eq!((report.failed(), one.who.clone()), (vec![], None));
    assert!(one.standing.contains("no second person"), "{}", one.standing);
}

/// An attestation that a dishonest or hasty reviewer made with another tool: signed, whatever it says.
pub(super) fn by_hand(files: &Files, key: &LocalKey, change: impl FnOnce(&mut Review)) -> Files {
    let mut files = files.clone();
    let (bag, evidence) = (files.clone(), evidence(&files));
    let number = (1..).find(|n| !bag.contains_key(&Attestation(*n).envelope())).unwrap();
    let its = Attestation(number);
    let named = |path: &str| attestation::named(path, &bag[path]);
    let dsse = poolproof::sign::dsse::Envelope::decode(&bag["signature/statement.dsse.json"]).unwrap();
    let words = words(&files);
    let mut review = Review {
        format: attestation::FORMAT.to_owned(),
        number,
        bundle_id: evidence.bundle_id,
        statement_sha256: poolproof::sign::statement::digest(&dsse),
        name: words.name,
        role: words.role,
        statement: words.statement,
        at: words.at,
        reviewed: vec![named("data/evidence.json")],
        items: words.items,
        attachments: vec![],
        earlier: bag.keys().filter(|p| p.starts_with("attestations/")).map(|p| named(p)).collect(),
    };
    change(&mut review);
    let document = attestation::document(&review).unwrap();
    let envelope = attestation::seal(&review, &named("manifest-sha256.txt"), &attestation::named(&its.review(), &document), key).unwrap();
    files.insert(its.envelope(), envelope.encode());
    files.insert(its.review(), document);
    files.insert(its.signer(), key.public().to_pem().into_bytes());
    refixed_tags(files)
}

/// The first step that fails, and why; the exit code is 4 and nothing is called proved.
fn refused(files: &Files, step: StepName, why: &str) {
    let report = verified_files(&refixed_tags(files.clone()), &trusting_both(None));
    let shown = text::render(&report);
    assert_eq!((report.failed().first(), report.exit), (Some(&step), 4), "{why}: {shown}");
    assert!(format!("{:?}", report.outcome(step)).contains(why), "{why}: {shown}");
    assert!(report.proved.is_empty() && !shown.contains("Ann of Audit"), "{shown}");
}

fn changed(files: &Files, change: impl FnOnce(&mut Files)) -> Files {
    let mut files = files.clone();
    change(&mut files);
    files
}

#[test]
fn an_honest_one_made_by_hand_holds() {
    assert_eq!(verified_files(&by_hand(&HONEST, &REVIEWER, |_| ()), &trusting_both(None)).failed(), []);
    assert_eq!(verified_files(&by_hand(&ONCE, &OTHER, |_| ()), &trusting_both(None)).failed(), []);
}

#[test]
fn file_slipped_in_beside_an_attestation() {
    refused(&changed(&ONCE, |f| drop(f.insert("attestations/1/more.txt".to_owned(), vec![1]))), StepName::Bag, "does not belong");
    refused(&changed(&HONEST, |f| drop(f.insert("attestations/1/files/a.txt".to_owned(), vec![1]))), StepName::Bag, "no attestation");
}

#[test]
fn attestation_with_another_bundles_id() {
    refused(&by_hand(&HONEST, &REVIEWER, |r| r.bundle_id = "aaaaaaaaaaaaaaaa".to_owned()), StepName::Statement, "about another bundle");
}

#[test]
fn earlier_seal_left_out_in_part() {
    refused(&by_hand(&ONCE, &OTHER, |r| drop(r.earlier.pop())), StepName::Statement, "leaves out the earlier seal attestations/1/");
}

#[test]
fn of_an_altered_attestation_nothing_is_said_to_a_caller_who_trusts_the_reviewer() {
    let altered: Vec<_> = super::vectors::ALL.iter().filter(|(name, _)| name.starts_with("attestation")).collect();
    assert!(altered.len() >= 18);
    for (name, made) in altered {
        let report = super::verified(made(), &trusting_both(None));
        let shown = text::render(&report);
        assert!(report.exit == 4 && report.proved.is_empty() && !shown.contains("Ann of Audit"), "{name}: {shown}");
    }
}

#[test]
fn review_and_statement_that_disagree() {
    let foreign = NamedFile { path: "data/x.txt".to_owned(), sha256: "ab".repeat(32) };
    refused(&by_hand(&HONEST, &REVIEWER, |r| r.attachments.push(foreign)), StepName::Statement, "was attached, but is missing");
    let evidence = attestation::named("data/evidence.json", &HONEST["data/evidence.json"]);
    refused(&by_hand(&HONEST, &REVIEWER, |r| r.attachments.push(evidence)), StepName::Statement, "is not its own");
    refused(&by_hand(&HONEST, &REVIEWER, |r| r.name = String::new()), StepName::Statement, "name is empty");
}

#[test]
fn what_cannot_be_attested_leaves_the_bundle_alone() {
    let mut unknown = words(&HONEST);
    unknown.reviewed.push("data/nowhere.txt".to_owned());
    assert!(matches!(attested_with(&HONEST, &unknown, &*REVIEWER), Err(AttestError::Words(_))));
    let mut many = words(&HONEST);
    many.attachments = (0..60).map(|n| (format!("file-{n}.txt"), Content::Bytes(vec![n]))).collect();
    let why = attested_with(&HONEST, &many, &*REVIEWER).unwrap_err().to_string();
    assert!(why.contains("4096") && why.contains("into one"), "{why}");
    let mut odd = words(&HONEST);
    odd.attachments = BTreeMap::from([("../x".to_owned(), Content::Bytes(vec![]))]);
    assert!(attested_with(&HONEST, &odd, &*REVIEWER).is_err());
}
