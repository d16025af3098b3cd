//! Tables of cases for the MFA checks: one pool on which everything is good, one thing changed, what must be said.
//! Every reason in the texts is produced by a case here, and every reason that a case produces is in the texts.

mod channels;
mod mode;
mod privileged;
mod signin;
mod users;
mod ways;

use crate::checks::testkit::Fixture;
use crate::checks::texts::Texts;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Check, name, pool, `VERDICT reason`.
pub type Case = (&'static str, &'static str, Fixture, &'static str);

fn all() -> Vec<Case> {
    [mode::cases(), users::cases(), privileged::cases(), ways::cases(), channels::cases(), signin::cases()].concat()
}

/// The pools of all cases, for the properties.
pub fn fixtures() -> Vec<Fixture> {
    all().into_iter().map(|(_, _, fixture, _)| fixture).collect()
}

#[test]
fn every_case_says_what_it_must() {
    let wrong: Vec<String> = all()
        .into_iter()
        .map(|(check, name, fixture, expected)| (check, name, expected, fixture.says(check)))
        .filter(|(_, _, expected, said)| expected != said)
        .map(|(check, name, expected, said)| format!("{check} {name}: expected {expected}, said {said}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reason_has_a_case_and_a_text() {
    let mut produced: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (check, _, fixture, _) in all() {
        let reasons = fixture.findings(check).into_iter().map(|f| f.reason_code).filter(|code| code != "gap");
        produced.entry(check).or_default().extend(reasons);
    }
    let texts = Texts::release().unwrap();
    for check in super::FAMILY.checks {
        let written: BTreeSet<String> = texts.get(&check.id.into()).unwrap().reasons.keys().cloned().collect();
        assert_eq!(produced.remove(check.id).unwrap_or_default(), written, "{}", check.id);
    }
    assert!(produced.is_empty(), "cases for checks that are not there: {produced:?}");
}

#[test]
fn every_verdict_that_the_specification_names_has_a_case() {
    // Denied, never asked and partial answers are INCOMPLETE in each table; FAIL and PASS exist wherever the check has them.
    for check in super::FAMILY.checks {
        let verdicts: BTreeSet<&str> = all().iter().filter(|c| c.0 == check.id).filter_map(|c| c.3.split(' ').next()).collect();
        // 010: only the Lambda's code tells. 012: AWS documents the gap; nobody breaks a rule. 014: only AWS's documents tell.
        let never = [("COG-MFA-010", "FAIL"), ("COG-MFA-012", "FAIL"), ("COG-MFA-014", "PASS")];
        for needed in ["PASS", "INCOMPLETE", "FAIL"] {
            assert_ne!(verdicts.contains(needed), never.contains(&(check.id, needed)), "{} and {needed}", check.id);
        }
    }
}

#[test]
fn no_text_calls_anything_compliant() {
    let texts = Texts::release().unwrap();
    for (check, text) in texts.iter() {
        let all = format!("{text:?}").to_lowercase();
        assert!(!all.contains("compliant") && !all.contains("compliance"), "{check}");
    }
}

/// The good pool, its MFA configuration changed.
fn config(change: serde_json::Value) -> Fixture {
    Fixture::good().with("GetUserPoolMfaConfig", change)
}

/// The good pool, its description changed.
fn described(change: serde_json::Value) -> Fixture {
    Fixture::good().with("DescribeUserPool", json!({"UserPool": change}))
}
