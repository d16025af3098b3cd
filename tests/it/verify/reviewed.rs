//! Signed reviews of access (rulings 41): each signature holds over exactly the review that the checks read, or step 3 fails; it
//! stands for somebody only by the caller's trust file; and a review that nobody signed is told from one that somebody did.

use super::vectors::defect::time::recorded_with;
use super::{options, verified_files};
use crate::sealing::{Files, HONEST, KEY, edit, resealed};
use poolproof::bundle::layout::{EVIDENCE, REVIEWS, SCOPE};
use poolproof::clock::parse_rfc3339;
use poolproof::digest::sha256_hex;
use poolproof::model::review::{PoolReview, Review, Reviews};
use poolproof::model::scope::Scope;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::{LocalKey, access_review};
use poolproof::verify::access_review::Reviewed;
use poolproof::verify::outcome::{Outcome, Report, StepName};
use poolproof::verify::trust::{KeyUse, Trust, TrustedKey};
use poolproof::verify::{Options, text};

const AT: &str = "2026-09-01T10:00:00.000Z";

fn review(period: &str) -> Review {
    let scope: Scope = serde_json::from_slice(&HONEST[SCOPE]).unwrap();
    let user = |c: &str| format!("u_{}", c.repeat(20));
    Review {
        reviewer: "C. Santos".to_owned(),
        role: "head of IT".to_owned(),
        on: "2026-08-31".parse().unwrap(),
        period: period.to_owned(),
        population: "0a".repeat(32),
        sha256: "0b".repeat(32),
        pools: vec![PoolReview { id: scope.pools[0].id.clone(), keep: vec![user("a"), user("b")], remove: vec![user("c")] }],
        signature: None,
    }
}

fn signed(period: &str, key: &LocalKey) -> Review {
    access_review::seal(&review(period), AT, key).unwrap()
}

/// The file of a signed review.
pub fn file(key: &LocalKey) -> Vec<u8> {
    Reviews::of(vec![signed("2026-H1", key)]).to_json().unwrap()
}

/// The honest bundle as it is when these reviews are supplied.
fn bundle(reviews: &[Review]) -> Files {
    let mut files = HONEST.clone();
    let json = Reviews::of(reviews.to_vec()).to_json().unwrap();
    let mut scope: Scope = serde_json::from_slice(&files[SCOPE]).unwrap();
    scope.inputs.reviews = Some(sha256_hex(&json));
    files.insert(REVIEWS.to_owned(), json);
    let json = scope.to_json().unwrap();
    let digest = sha256_hex(&json);
    files.insert(SCOPE.to_owned(), json);
    resealed(&recorded_with(files, |header| header.scope_digest = digest), &KEY)
}

fn trusting(key: &LocalKey, purpose: KeyUse, valid_to: Option<&str>) -> Options {
    let valid_from = parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
    let entry = |key: &LocalKey, who: &str, purpose, valid_to: Option<&str>| TrustedKey {
        fingerprint: key.public().fingerprint(),
        who: who.to_owned(),
        purpose,
        valid_from,
        valid_to: valid_to.map(|to| parse_rfc3339(to).unwrap()),
    };
    let keys = vec![entry(&KEY, "Example Ltd", KeyUse::Sealing, None), entry(key, "Carla Santos, IT", purpose, valid_to)];
    Options { trust: Trust::Keys(keys), ..options() }
}

fn reviews(report: &Report) -> Vec<Reviewed> {
    report.facts.as_ref().unwrap_or_else(|| panic!("{}", text::render(report))).reviews.clone()
}

#[test]
fn a_signed_review_stands_for_somebody_only_by_the_callers_trust_file() {
    let key = LocalKey::throw_away().unwrap();
    let files = bundle(&[signed("2026-H1", &key)]);
    let evidence: EvidenceV1 = serde_json::from_slice(&files[EVIDENCE]).unwrap();
    assert_eq!(evidence.reviews.unwrap()[0].signed_with, Some(key.public().fingerprint().to_string()));

    let nobody = verified_files(&files, &options());
    assert!(nobody.failed().is_empty() && nobody.passed(StepName::Reperformance), "{}", text::render(&nobody));
    assert!(reviews(&nobody)[0].who.is_none() && reviews(&nobody)[0].standing.contains("a key you did not name"));
    assert!(nobody.not_proved.iter().any(|s| s.starts_with("Who made review 1 of access: it was signed by a key you")), "{nobody:#?}");
    assert!(!nobody.proved.iter().any(|s| s.contains("Review 1")));

    let known = verified_files(&files, &trusting(&key, KeyUse::Review, None));
    assert_eq!(reviews(&known)[0].who.as_deref(), Some("Carla Santos, IT"));
    assert!(known.proved.iter().any(|s| s.contains("signed by Carla Santos, IT") && s.contains("does not pass")), "{:?}", known.proved);
    assert!(text::render(&known).contains("Review of access 1"));

    let sealing = verified_files(&files, &trusting(&key, KeyUse::Sealing, None));
    assert!(reviews(&sealing)[0].who.is_none() && reviews(&sealing)[0].standing.contains("does not name for reviews"));
    let expired = verified_files(&files, &trusting(&key, KeyUse::Review, Some("2026-10-01T00:00:00Z")));
    assert!(reviews(&expired)[0].who.is_none() && reviews(&expired)[0].standing.contains("not proven to be his"));
}

#[test]
fn a_review_that_nobody_signed_is_said_to_be_that() {
    let key = LocalKey::throw_away().unwrap();
    let report = verified_files(&bundle(&[review("2026-H1"), signed("2026-H2", &key)]), &trusting(&key, KeyUse::Review, None));
    assert!(report.failed().is_empty(), "{}", text::render(&report));
    let found = reviews(&report);
    assert_eq!((found[0].fingerprint.as_deref(), found[0].who.as_deref(), found[1].who.as_deref()), (None, None, Some("Carla Santos, IT")));
    assert!(report.not_proved.contains(&"Who made review 1 of access: nobody signed it.".to_owned()), "{:?}", report.not_proved);
    let Some(Outcome::Passed(note)) = report.outcome(StepName::Statement) else { panic!() };
    assert!(note.contains("2 reviews of access, 1 of them signed"), "{note}");
}

#[test]
fn the_sealers_own_review_is_no_second_person() {
    let report = verified_files(&bundle(&[signed("2026-H1", &KEY)]), &options());
    assert!(reviews(&report)[0].who.is_none() && reviews(&report)[0].standing.contains("no second person"));
}

#[test]
fn a_signature_that_does_not_hold_over_the_review_fails_the_statement() {
    let (key, other) = (LocalKey::throw_away().unwrap(), LocalKey::throw_away().unwrap());
    let (first, second) = (signed("2026-H1", &key), signed("2026-H2", &key));
    let with = |change: &dyn Fn(&mut Review)| {
        let mut changed = first.clone();
        change(&mut changed);
        changed
    };
    let flipped = with(&|r| {
        let signature = r.signature.as_mut().unwrap();
        let at = signature.envelope.find("\"sig\":\"").unwrap() + 20;
        let to = if signature.envelope.as_bytes()[at] == b'A' { "B" } else { "A" };
        signature.envelope.replace_range(at..=at, to);
    });
    let swapped = |a: &Review, b: &Review| Review { signature: b.signature.clone(), ..a.clone() };
    let moved = with(&|r| {
        let user = r.pools[0].remove.pop().unwrap();
        r.pools[0].keep.push(user);
    });
    let cases: [(&str, Vec<Review>, &str, &str); 7] = [
        ("altered signature", vec![flipped], "1", ""),
        ("removal made a keep", vec![moved], "1", "what was signed is another review"),
        ("another reviewer", vec![with(&|r| r.reviewer = "D. Santos".to_owned())], "1", "what was signed is another review"),
        ("swapped between reviews", vec![swapped(&first, &second), swapped(&second, &first)], "1", "what was signed is another review"),
        ("the second under the first's", vec![first.clone(), swapped(&second, &first)], "2", "what was signed is another review"),
        (
            "another's fingerprint",
            vec![with(&|r| r.signature.as_mut().unwrap().fingerprint = other.public().fingerprint().to_string())],
            "1",
            "another key or date",
        ),
        (
            "another date",
            vec![with(&|r| r.signature.as_mut().unwrap().at = "2026-09-02T10:00:00.000Z".to_owned())],
            "1",
            "another key or date",
        ),
    ];
    for (what, reviews, number, why) in cases {
        let report = verified_files(&bundle(&reviews), &trusting(&key, KeyUse::Review, None));
        let Some(Outcome::Failed(said)) = report.outcome(StepName::Statement) else { panic!("{what}: {}", text::render(&report)) };
        assert!(said.starts_with(&format!("the signature of review {number}: ")) && said.contains(why), "{what}: {said}");
        assert_eq!(report.exit, 4, "{what}");
    }
}

#[test]
fn a_review_taken_away_or_exchanged_by_the_sealer_fails() {
    let key = LocalKey::throw_away().unwrap();
    let honest = bundle(&[signed("2026-H1", &key), review("2026-H2")]);
    let failed = |change: &dyn Fn(&mut Files)| {
        let mut files = honest.clone();
        change(&mut files);
        verified_files(&resealed(&files, &KEY), &options()).failed()
    };
    assert!(failed(&|_| ()).is_empty());
    let of = |reviews: &[Review]| Reviews::of(reviews.to_vec()).to_json().unwrap();
    assert!(failed(&|f| drop(f.remove(REVIEWS))).contains(&StepName::Recording), "the file");
    let without = of(&[signed("2026-H1", &key)]);
    assert!(failed(&|f| drop(f.insert(REVIEWS.to_owned(), without.clone()))).contains(&StepName::Recording), "the one that nobody signed");
    // The evidence and the scope both name the other file: it says otherwise who signed.
    let renamed = |f: &mut Files, json: Vec<u8>| {
        let (before, after) = (sha256_hex(&f[REVIEWS]), sha256_hex(&json));
        f.insert(REVIEWS.to_owned(), json);
        edit(f, SCOPE, &before, &after);
        edit(f, EVIDENCE, &before, &after);
    };
    assert!(failed(&|f| renamed(f, without.clone())).contains(&StepName::Statement), "the one that nobody signed, and its digest");
    let stripped = of(&[review("2026-H1"), review("2026-H2")]);
    assert!(failed(&|f| renamed(f, stripped.clone())).contains(&StepName::Statement), "the signature");
    let by_another = of(&[signed("2026-H1", &LocalKey::throw_away().unwrap()), review("2026-H2")]);
    assert!(failed(&|f| renamed(f, by_another.clone())).contains(&StepName::Statement), "another's signature");
    let signature = String::from_utf8(honest[EVIDENCE].clone()).unwrap();
    assert!(signature.contains(key.public().fingerprint().as_str()));
    let forged = LocalKey::throw_away().unwrap();
    let renamed_key = |f: &mut Files| edit(f, EVIDENCE, key.public().fingerprint().as_str(), forged.public().fingerprint().as_str());
    assert!(failed(&renamed_key).contains(&StepName::Statement), "another key in the evidence");
}

#[test]
fn every_flip_of_a_signed_review_is_refused_or_says_the_same() {
    let key = LocalKey::throw_away().unwrap();
    let honest = file(&key);
    let review = access_review::read(&honest).unwrap();
    let unsigned = Review { signature: None, ..review };
    let mut accepted = 0;
    for place in 0..honest.len() {
        for bit in 0..8 {
            let mut flipped = honest.clone();
            flipped[place] ^= 1 << bit;
            let Ok(read) = access_review::read(&flipped) else { continue };
            assert_eq!(access_review::key(&read), Ok(Some(key.public().fingerprint())), "byte {place}");
            assert_eq!(Review { signature: None, ..read }, unsigned, "byte {place}");
            accepted += 1;
        }
    }
    // White space, and base64 in its other alphabet (DSSE, protocol.md): nothing that anybody reads.
    assert!(accepted < honest.len() / 4, "{accepted} of {} bytes", honest.len());
}
