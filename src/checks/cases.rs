//! Proves a family's table of cases: what each says, and that every reason of the texts has a case.

use super::Family;
use super::testkit::Fixture;
use super::texts::Texts;
use std::collections::BTreeSet;

/// Check, what is special about it, the pool, `VERDICT reason`.
pub type Case = (&'static str, &'static str, Fixture, &'static str);

/// Panics with every case that says something else, and with reasons that no case produces.
pub fn prove(family: &Family, cases: &[Case]) {
    let said: Vec<String> = cases.iter().map(|(check, _, fixture, _)| fixture.says(check)).collect();
    let wrong: Vec<String> = cases
        .iter()
        .zip(&said)
        .filter(|(case, said)| case.3 != said.as_str())
        .map(|(case, said)| format!("{} {}: expected {}, said {said}", case.0, case.1, case.3))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let texts = Texts::release().unwrap();
    for check in family.checks {
        let produced: BTreeSet<&str> = cases
            .iter()
            .zip(&said)
            .filter(|(case, _)| case.0 == check.id)
            .filter_map(|(_, said)| said.split(' ').nth(1))
            .filter(|code| *code != "gap")
            .collect();
        let written: BTreeSet<&str> = texts.get(&check.id.into()).unwrap().reasons.keys().map(String::as_str).collect();
        assert_eq!(produced, written, "{}", check.id);
        assert!(said.iter().zip(cases).any(|(s, c)| c.0 == check.id && s.starts_with("INCOMPLETE")), "{}: no INCOMPLETE case", check.id);
    }
}
