//! Key rotations and the chain of bundles: what is followed, and what is not.

use super::{Options, Trust, not_checked, options, time, verified_files};
use crate::sealing::{Files, HONEST, KEY, packed, refixed_tags, resealed, resealed_with};
use poolproof::digest::sha256_hex;
use poolproof::sign::dsse::Envelope;
use poolproof::sign::{LocalKey, rotation, statement};
use poolproof::verify::chain::{Expected, Previous};
use poolproof::verify::outcome::{Outcome, Report, StepName};
use poolproof::verify::text;
use poolproof::verify::trust::{KeyUse, TrustedKey};
use std::sync::LazyLock;

static OLD: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());
static MIDDLE: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());
static MALLORY: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());

fn over(old: &LocalKey, new: &LocalKey, at: &str) -> Vec<u8> {
    rotation::seal(old, new.public(), at).unwrap().encode()
}

/// [`HONEST`], sealed by [`KEY`], with these rotations.
fn with(rotations: &[Vec<u8>]) -> Files {
    let mut files = HONEST.clone();
    for (n, bytes) in rotations.iter().enumerate() {
        files.insert(format!("signature/rotation/{n}.dsse.json"), bytes.clone());
    }
    refixed_tags(files)
}

fn trusted(key: &LocalKey, to: Option<&str>) -> TrustedKey {
    let fingerprint = key.public().fingerprint();
    TrustedKey {
        fingerprint,
        who: "Example Ltd".to_owned(),
        purpose: KeyUse::Sealing,
        valid_from: time("2026-01-01T00:00:00Z"),
        valid_to: to.map(time),
    }
}

/// Trusts the old key only.
fn trusting(keys: &[TrustedKey]) -> Options {
    Options { trust: Trust::Keys(keys.to_vec()), allow_rotation: true, ..options() }
}

fn signer(files: &Files, options: &Options) -> (Outcome, Option<String>) {
    let report = verified_files(files, options);
    assert!(report.passed(StepName::Statement), "{}", text::render(&report));
    (report.outcome(StepName::Signer).unwrap().clone(), report.facts.unwrap().who)
}

const EARLY: &str = "2026-09-01T00:00:00.000Z";
const LATE: &str = "2026-09-20T00:00:00.000Z";

#[test]
fn a_rotation_is_followed_only_when_asked_for() {
    let (files, allow) = (with(&[over(&OLD, &KEY, EARLY)]), trusting(&[trusted(&OLD, None)]));
    let (outcome, who) = signer(&files, &allow);
    assert!(
        matches!(&outcome, Outcome::Passed(note) if note.contains("rotation/0.dsse.json") && note.contains("--allow-rotation")),
        "{outcome:?}"
    );
    assert_eq!(who.as_deref(), Some("Example Ltd"));
    let (outcome, who) = signer(&files, &Options { allow_rotation: false, ..allow.clone() });
    assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("--allow-rotation follows that")), "{outcome:?}");
    assert_eq!(who, None);
    // Nobody trusts the old key; a fingerprint has no validity within which to follow.
    assert!(matches!(signer(&files, &trusting(&[trusted(&MIDDLE, None)])).0, Outcome::Failed(why) if !why.contains("--allow")));
    assert!(matches!(signer(&files, &Options { trust: Trust::Key(OLD.public().fingerprint()), ..allow }).0, Outcome::Failed(_)));
    // The key that sealed is trusted itself: no rotation is needed, and none changes that.
    assert!(matches!(signer(&files, &options()).0, Outcome::Passed(_)));
    assert!(!text::render(&verified_files(&files, &options())).contains("no signature of them was checked"));
}

#[test]
fn several_rotations_in_a_row_and_loops() {
    let row = [over(&OLD, &MIDDLE, EARLY), over(&MIDDLE, &KEY, LATE)];
    let allow = trusting(&[trusted(&OLD, None)]);
    assert!(matches!(signer(&with(&row), &allow).0, Outcome::Passed(note) if note.contains("by 2 key rotations")));
    assert!(matches!(signer(&with(&row[1..]), &allow).0, Outcome::Failed(_)), "a row with a gap leads nowhere");
    let looped = [over(&MIDDLE, &KEY, EARLY), over(&KEY, &MIDDLE, EARLY), over(&KEY, &OLD, EARLY)];
    assert!(matches!(signer(&with(&looped), &allow).0, Outcome::Failed(_)), "against the direction");
    let both = [row.as_slice(), &looped].concat();
    assert!(matches!(signer(&with(&both), &allow).0, Outcome::Passed(_)));
    // A key on the way that the trust file knows to be over stops there.
    let over_by_now = trusting(&[trusted(&OLD, None), trusted(&MIDDLE, Some("2026-09-10T00:00:00Z"))]);
    assert!(matches!(signer(&with(&row), &over_by_now).0, Outcome::Failed(_)));
    // The second dated before the first.
    let backwards = [over(&OLD, &MIDDLE, LATE), over(&MIDDLE, &KEY, EARLY)];
    assert!(matches!(signer(&with(&backwards), &allow).0, Outcome::Failed(why) if why.contains("is not followed")));
}

#[test]
fn an_old_key_that_has_expired_leads_nowhere() {
    let files = with(&[over(&OLD, &KEY, LATE)]);
    let until = |to: &str| trusting(&[trusted(&OLD, Some(to))]);
    // Over before the rotation was made.
    assert!(matches!(signer(&files, &until("2026-09-10T00:00:00Z")).0, Outcome::Failed(why) if why.contains("validity")));
    // Over since: as for a seal of the old key itself, only the time of sealing could show that it was before.
    assert!(matches!(signer(&files, &until("2026-11-01T00:00:00Z")).0, Outcome::NotChecked(_)));
    let given = Options { at: Some(time("2026-10-15T00:00:00Z")), ..until("2026-11-01T00:00:00Z") };
    assert!(matches!(signer(&files, &given).0, Outcome::Passed(_)));
    let after = Options { at: Some(time("2026-11-02T00:00:00Z")), ..until("2026-11-01T00:00:00Z") };
    assert!(matches!(signer(&files, &after).0, Outcome::Failed(_)));
    let future = with(&[over(&OLD, &KEY, "2026-12-24T00:00:00.000Z")]);
    assert!(matches!(signer(&future, &trusting(&[trusted(&OLD, None)])).0, Outcome::Failed(why) if why.contains("after")));
}

#[test]
fn rotation_signed_by_somebody_else() {
    let allow = trusting(&[trusted(&OLD, None)]);
    assert!(matches!(signer(&with(&[over(&MALLORY, &KEY, EARLY)]), &allow).0, Outcome::Failed(_)));
    // Mallory names the old key, and signs himself; or takes the old key's own rotation to another key, and changes it.
    let genuine = Envelope::decode(&over(&OLD, &KEY, EARLY)).unwrap();
    let by_mallory = Envelope::seal(&genuine.payload_type, genuine.payload.clone(), &*MALLORY).unwrap();
    let renamed = Envelope { keyid: OLD.public().fingerprint(), ..by_mallory.clone() };
    let elsewhere = Envelope::decode(&over(&OLD, &MIDDLE, EARLY)).unwrap();
    let new = |key: &LocalKey| key.public().fingerprint().to_string();
    let payload = String::from_utf8(elsewhere.payload.clone()).unwrap().replace(&new(&MIDDLE), &new(&KEY)).into_bytes();
    for forged in [by_mallory, renamed, Envelope { payload, ..elsewhere }] {
        let report = verified_files(&with(&[forged.encode()]), &allow);
        assert_eq!((report.failed().first(), report.exit), (Some(&StepName::Statement), 4), "{}", text::render(&report));
    }
}

#[test]
fn a_file_of_rotations_must_lead_to_the_key() {
    let row = [over(&OLD, &MIDDLE, EARLY), over(&MIDDLE, &KEY, LATE)].map(|b| String::from_utf8(b).unwrap());
    let to = |text: &str| rotation::row(text, &KEY.public().fingerprint());
    assert_eq!(to(&row.concat()).unwrap().len(), 2);
    assert!(to(&row[0]).is_err() && to("").is_err() && to(&(row[1].clone() + &row[0])).is_err());
    assert!(rotation::seal(&*OLD, OLD.public(), EARLY).is_err());
}

// --- step 11: the bundle before this one

/// A bundle that follows `older`, sealed by `key`.
fn following(older: &Files, key: &LocalKey) -> Files {
    let mut files = HONEST.clone();
    let digest = statement::digest(&Envelope::decode(&older["signature/statement.dsse.json"]).unwrap());
    // What the evidence says, the recording's header says; step 9 would tell the difference, which is not looked at here.
    let evidence = String::from_utf8(files["data/evidence.json"].clone()).unwrap();
    let changed = evidence.replacen("\"previous\": null", &format!("\"previous\": \"{digest}\""), 1);
    assert_ne!(changed, evidence);
    files.insert("data/evidence.json".to_owned(), changed.into_bytes());
    resealed(&files, key)
}

fn chain(older: &Files, newer: &Files, options: &Options) -> (Outcome, Report) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("older.zip");
    std::fs::write(&path, packed(older).bytes()).unwrap();
    let expected = Expected { previous: Some(Previous::Bundle(path)), ..Expected::default() };
    let report = verified_files(newer, &Options { expected, reperform: false, ..options.clone() });
    (report.outcome(StepName::Chain).unwrap().clone(), report)
}

#[test]
fn the_earlier_bundle_is_verified_itself() {
    let newer = following(&HONEST, &KEY);
    let (outcome, report) = chain(&HONEST, &newer, &options());
    assert!(matches!(&outcome, Outcome::Passed(note) if note.contains("the same key sealed it")), "{outcome:?}");
    assert_eq!(report.failed(), [StepName::Recording], "only what this test did to the evidence");
    // Whole, but of nobody whom the caller named: never a pass.
    let (outcome, report) = chain(&HONEST, &newer, &Options { trust: Trust::Nobody, ..options() });
    assert!(matches!(&outcome, Outcome::NotChecked(why) if why.contains("is open")), "{outcome:?}");
    assert!(not_checked(&report).contains(&StepName::Chain));
    // Another bundle; one that was altered; one whose key the caller does not trust.
    let other = resealed_with(&HONEST, &KEY, |p| p.template = Some(sha256_hex(b"other")));
    assert!(matches!(chain(&other, &newer, &options()).0, Outcome::Failed(why) if why.contains("another bundle")));
    let mut altered = HONEST.clone();
    altered.insert("data/report.pdf".to_owned(), b"%PDF-1.7 other\n".to_vec());
    assert!(matches!(chain(&altered, &newer, &options()).0, Outcome::Failed(why) if why.contains("step 2")));
    assert!(matches!(chain(&HONEST, &HONEST, &options()).0, Outcome::Failed(why) if why.contains("the first bundle")));
    let foreign = resealed(&HONEST, &MALLORY);
    assert!(matches!(chain(&foreign, &following(&foreign, &KEY), &options()).0, Outcome::Failed(why) if why.contains("step 4")));
}

#[test]
fn a_change_of_key_between_bundles_is_named() {
    let (older, both) = (resealed(&HONEST, &OLD), trusting(&[trusted(&OLD, None), trusted(&KEY, None)]));
    let newer = following(&older, &KEY);
    let (outcome, _) = chain(&older, &newer, &both);
    assert!(
        matches!(&outcome, Outcome::Passed(note) if note.contains("ANOTHER key") && note.contains("without a rotation")),
        "{outcome:?}"
    );
    let mut rotated = newer;
    rotated.insert("signature/rotation/1.dsse.json".to_owned(), over(&OLD, &KEY, EARLY));
    let (outcome, _) = chain(&older, &refixed_tags(rotated), &both);
    assert!(matches!(&outcome, Outcome::Passed(note) if note.contains("a key rotation")), "{outcome:?}");
}
