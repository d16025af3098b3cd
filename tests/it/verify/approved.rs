//! Signed approvals of exceptions (rulings 41): they hold or fail step 3 (`vectors/defect/inputs.rs`), and stand for somebody only by the caller's trust file.

use super::vectors::defect::time::recorded_with;
use super::{options, verified_files};
use crate::sealing::{Files, HONEST, KEY, resealed};
use chrono::{DateTime, Utc};
use poolproof::bundle::layout::{EVIDENCE, SCOPE};
use poolproof::clock::parse_rfc3339;
use poolproof::digest::sha256_hex;
use poolproof::model::exception::{Approval, Exception};
use poolproof::model::scope::Scope;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::LocalKey;
use poolproof::sign::approval::{self, Terms};
use poolproof::verify::outcome::{Report, StepName};
use poolproof::verify::trust::{KeyUse, Trust, TrustedKey};
use poolproof::verify::{Options, text};

const AT: &str = "2026-09-01T10:00:00.000Z";

pub(super) fn exception() -> Exception {
    let scope: Scope = serde_json::from_slice(&HONEST[SCOPE]).unwrap();
    let text = |t: &str| Some(t.to_owned());
    Exception {
        on: text("COG-MFA-001"),
        pool: Some(scope.pools[0].id.clone()),
        reason: text("the tills cannot yet"),
        compensating_control: text("their network only"),
        requester: text("Retail"),
        approver: text("CISO"),
        ticket: text("SEC-1"),
        start: "2026-09-01".parse().ok(),
        expiry: "2027-02-28".parse().ok(),
        ..Exception::default()
    }
}

pub(super) fn signed(key: &LocalKey) -> Approval {
    let envelope = approval::seal(&Terms::of(&exception()).unwrap(), AT, key).unwrap().encode();
    Approval {
        fingerprint: key.public().fingerprint().to_string(),
        at: AT.to_owned(),
        envelope: String::from_utf8(envelope).unwrap().trim_end().to_owned(),
    }
}

/// The honest bundle as it is when the scope declares this exception.
pub(super) fn bundle(exception: Exception) -> Files {
    let mut files = HONEST.clone();
    let mut scope: Scope = serde_json::from_slice(&files[SCOPE]).unwrap();
    scope.exceptions.push(exception);
    let json = scope.to_json().unwrap();
    let digest = sha256_hex(&json);
    files.insert(SCOPE.to_owned(), json);
    resealed(&recorded_with(files, |header| header.scope_digest = digest), &KEY)
}

fn trusting(key: &LocalKey, purpose: KeyUse, valid_to: Option<DateTime<Utc>>) -> Options {
    let from = parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
    let sealer = TrustedKey {
        fingerprint: KEY.public().fingerprint(),
        who: "Example Ltd".to_owned(),
        purpose: KeyUse::Sealing,
        valid_from: from,
        valid_to: None,
    };
    let approver =
        TrustedKey { fingerprint: key.public().fingerprint(), who: "C. Santos, CISO".to_owned(), purpose, valid_from: from, valid_to };
    Options { trust: Trust::Keys(vec![sealer, approver]), ..options() }
}

/// Who approved, and how that is said.
fn standing(report: &Report) -> (Option<String>, String) {
    let approvals = &report.facts.as_ref().unwrap().approvals;
    assert_eq!(approvals.len(), 1, "{}", text::render(report));
    (approvals[0].who.clone(), approvals[0].standing.clone())
}

#[test]
fn an_approval_stands_for_somebody_only_by_the_callers_trust_file() {
    let key = LocalKey::throw_away().unwrap();
    let files = bundle(Exception { approval: Some(signed(&key)), ..exception() });
    let evidence: EvidenceV1 = serde_json::from_slice(&files[EVIDENCE]).unwrap();
    let found = evidence.findings.iter().find(|f| f.finding.check.as_str() == "COG-EVD-002").unwrap();
    assert_eq!((found.finding.verdict.to_string().as_str(), found.finding.reason_code.as_str()), ("MANUAL", "signed"));

    let nobody = verified_files(&files, &options());
    assert!(nobody.failed().is_empty() && nobody.passed(StepName::Reperformance), "{}", text::render(&nobody));
    assert!(standing(&nobody).0.is_none() && standing(&nobody).1.contains("a key you did not name"));
    assert!(nobody.not_proved.iter().any(|s| s.starts_with("Who approved exception 1 (COG-MFA-001")), "{:?}", nobody.not_proved);

    let known = verified_files(&files, &trusting(&key, KeyUse::Review, None));
    assert_eq!(standing(&known).0.as_deref(), Some("C. Santos, CISO"));
    assert!(known.proved.iter().any(|s| s.contains("was approved by C. Santos, CISO") && s.contains("stays FAIL")), "{:?}", known.proved);
    assert!(text::render(&known).contains("Approval of exception 1"));

    let sealing = verified_files(&files, &trusting(&key, KeyUse::Sealing, None));
    assert!(standing(&sealing).0.is_none() && standing(&sealing).1.contains("does not name for reviews"));
    let expired = verified_files(&files, &trusting(&key, KeyUse::Review, parse_rfc3339("2026-10-01T00:00:00Z").ok()));
    assert!(standing(&expired).0.is_none() && standing(&expired).1.contains("not proven to be his"), "{:?}", standing(&expired));
}

#[test]
fn the_sealers_own_approval_is_no_second_person() {
    let report = verified_files(&bundle(Exception { approval: Some(signed(&KEY)), ..exception() }), &options());
    assert!(standing(&report).0.is_none() && standing(&report).1.contains("no second person"), "{:?}", standing(&report));
}
