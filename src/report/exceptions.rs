//! The declared exceptions as `evidence.json` lists them, and which findings they ride on. They ride on a FAIL only, and
//! only while they are in force; no verdict is touched here.

use super::assess::Mapping;
use super::evidence_v1::{Exception, MappedFinding};
use crate::checks::exceptions as check;
use crate::diff::summary::Summary;
use crate::model::exception::{self as declared, State};
use crate::model::finding::{Finding, Subject};
use crate::model::id::CheckId;
use crate::model::scope::{PrivacyMode, Scope};
use crate::model::verdict::Verdict;
use crate::snapshot::Snapshot;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Whether an exception is about a check, by itself or by a control that the check bears on (context aside).
fn is_on(exception: &declared::Exception, check: &CheckId, catalogue: &dyn Mapping) -> bool {
    let Some(on) = exception.on.as_deref() else { return false };
    let by_control = || {
        let mut mapped = catalogue.controls_of(check).into_iter().filter(|c| c.strength != "context");
        mapped.any(|c| format!("{}:{}", c.framework, c.id) == on)
    };
    on == check.as_str() || (!on.starts_with("COG-") && !check.as_str().starts_with("COG-EVD-") && by_control())
}

/// Whether an exception's subject holds what a finding is about. One about a user covers that user's part of the pool's finding.
fn holds(exception: &declared::Exception, subject: &Subject) -> bool {
    if exception.pool.is_none() || exception.pool.as_ref() != subject.pool() {
        return false;
    }
    match (&exception.client, subject) {
        (Some(client), Subject::Client { client: found, .. }) => client == found,
        (Some(_), _) => false,
        (None, Subject::Client { .. }) => exception.user.is_none(),
        (None, _) => true,
    }
}

/// The subject in words: of a user, the pseudonym by which reports know him, if he is known and may be shown.
fn subject(exception: &declared::Exception, snapshot: &Snapshot, mode: PrivacyMode) -> String {
    let Some(pool) = &exception.pool else { return "not named".to_owned() };
    match (&exception.client, &exception.user) {
        (Some(client), _) => Subject::Client { pool: pool.clone(), client: client.clone() }.label(),
        (None, None) => Subject::Pool { pool: pool.clone() }.label(),
        (None, Some(name)) => {
            let found = snapshot.pools.iter().find(|p| &p.id == pool).and_then(|p| check::user(p, name));
            match found.filter(|_| mode != PrivacyMode::Mask) {
                Some(user) => format!("user {user} of pool {pool}"),
                None => format!("a user of pool {pool}"),
            }
        }
    }
}

/// By what a later bundle knows an exception again.
fn key(on: &str, subject: &str) -> String {
    format!("{on} for {subject}")
}

/// The exceptions of a bundle that count for the next one: those in force.
pub fn keys(exceptions: &[Exception]) -> Vec<String> {
    let mut keys: Vec<String> = exceptions.iter().filter(|e| e.state == State::InForce.word()).map(|e| key(&e.on, &e.subject)).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Places of the exceptions that the bundle before this one has not, while it has a FAIL that they cover (rulings 41).
pub fn late(scope: &Scope, snapshot: &Snapshot, previous: Option<&Summary>, catalogue: &dyn Mapping) -> BTreeSet<usize> {
    let Some(previous) = previous else { return BTreeSet::new() };
    // Clients and pools by their labels, as the summary has them.
    let covers = |e: &declared::Exception, check: &str, label: &str| {
        let Some(id) = &e.pool else { return false };
        let pool = Subject::Pool { pool: id.clone() }.label();
        let place = match &e.client {
            Some(client) => label == Subject::Client { pool: id.clone(), client: client.clone() }.label(),
            None => label == pool || (e.user.is_none() && label.ends_with(&format!(" of {pool}"))),
        };
        place && is_on(e, &CheckId::from(check), catalogue)
    };
    let all = scope.exceptions.iter().enumerate().filter(|(_, e)| e.defects().is_empty());
    let new = all.filter(|(_, e)| {
        let key = key(e.on.as_deref().unwrap_or_default(), &subject(e, snapshot, scope.privacy.mode));
        !previous.exceptions.contains(&key)
            && previous.findings.iter().any(|f| f.verdict == Verdict::Fail && covers(e, &f.check, &f.subject))
    });
    new.map(|(n, _)| n).collect()
}

/// The list for `evidence.json`; and each finding gets the numbers of those that ride on it.
pub fn of(
    scope: &Scope,
    snapshot: &Snapshot,
    day: NaiveDate,
    late: &BTreeSet<usize>,
    findings: &mut [MappedFinding],
    catalogue: &dyn Mapping,
) -> Vec<Exception> {
    let mut list = Vec::new();
    for (n, e) in scope.exceptions.iter().enumerate() {
        let number = n as u64 + 1;
        let state = e.state(day);
        let rides = |f: &Finding| f.verdict == Verdict::Fail && is_on(e, &f.check, catalogue) && holds(e, &f.subject);
        let mut covers = Vec::new();
        for found in findings.iter_mut().filter(|f| state == State::InForce && rides(&f.finding)) {
            found.exceptions.push(number);
            covers.push(format!("{} for {}", found.finding.check, found.finding.subject.label()));
        }
        list.push(Exception {
            number,
            on: e.on.clone().unwrap_or_default(),
            subject: subject(e, snapshot, scope.privacy.mode),
            reason: e.reason.clone().unwrap_or_default(),
            compensating_control: e.compensating_control.clone(),
            requester: e.requester.clone(),
            approver: e.approver.clone(),
            ticket: e.ticket.clone(),
            start: e.start,
            expiry: e.expiry,
            state: state.word().to_owned(),
            late: late.contains(&n),
            defects: e.defects(),
            covers,
        });
    }
    list
}

#[cfg(test)]
mod tests {
    use crate::checks::exceptions::tests::exception;
    use crate::checks::testkit::{Fixture, POOL};
    use crate::controls::catalogue::Catalogue;
    use crate::digest::sha256_hex;
    use crate::model::exception::Exception;
    use crate::model::scope::PrivacyMode;
    use crate::model::verdict::Verdict;
    use crate::recording::read::Recording;
    use crate::report::assess;
    use crate::report::evidence_v1::EvidenceV1;
    use crate::report::summarise;

    /// The evidence of a fixture whose scope is the recorded one; and the summary of the bundle before, where there was one.
    fn evidence(fixture: &Fixture, previous: Option<&EvidenceV1>) -> EvidenceV1 {
        let scope = fixture.scope.to_json().unwrap();
        let mut files = fixture.files();
        let mut header: serde_json::Value = serde_json::from_slice(&files["header.json"]).unwrap();
        header["scope_digest"] = sha256_hex(&scope).into();
        let sealed = crate::diff::summary::SealedBy { statement: "aa".repeat(32), fingerprint: "bb".repeat(32) };
        let summary = previous.map(|p| summarise::of(p, None, Some(sealed)).to_json().unwrap());
        if previous.is_some() {
            header["previous"] = "aa".repeat(32).into();
        }
        let bytes = serde_json::to_vec(&header).unwrap();
        // The chain begins at the header: every segment is written anew.
        let mut chained = std::collections::BTreeMap::new();
        for (name, content) in files.iter().filter(|(name, _)| *name != "header.json") {
            let mut before = sha256_hex(&bytes);
            let mut out = Vec::new();
            for line in content.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
                let mut line: serde_json::Value = serde_json::from_slice(line).unwrap();
                line["prev"] = before.clone().into();
                let call: crate::recording::line::Call = serde_json::from_value(line).unwrap();
                let line = serde_json::to_vec(&call).unwrap();
                before = sha256_hex(&line);
                out.extend(line);
                out.push(b'\n');
            }
            chained.insert(name.clone(), out);
        }
        files = chained;
        files.insert("header.json".to_owned(), bytes);
        let recording = Recording::new(files).unwrap();
        let catalogue = Catalogue::release().unwrap();
        assess::assess_with(&recording, &scope, catalogue, None, assess::Inputs { previous: summary.as_deref(), ..Default::default() })
            .unwrap()
            .evidence
    }

    fn weak(exceptions: &[Exception]) -> Fixture {
        let mut fixture = Fixture::good().mode("OPTIONAL");
        fixture.scope.exceptions = exceptions.to_vec();
        fixture
    }

    fn on<'a>(evidence: &'a EvidenceV1, check: &str) -> &'a crate::report::evidence_v1::MappedFinding {
        evidence.findings.iter().find(|f| f.finding.check.as_str() == check).unwrap()
    }

    #[test]
    fn it_rides_on_a_fail_and_leaves_it_one() {
        let (without, with) = (evidence(&weak(&[]), None), evidence(&weak(&[exception("COG-MFA-001")]), None));
        assert_eq!(on(&with, "COG-MFA-001").finding, on(&without, "COG-MFA-001").finding);
        assert_eq!(on(&with, "COG-MFA-001").exceptions, [1]);
        assert!(with.findings.iter().filter(|f| f.finding.verdict != Verdict::Fail).all(|f| f.exceptions.is_empty()));
        assert_eq!(with.exceptions[0].covers, [format!("COG-MFA-001 for pool {POOL}")]);
        assert_eq!(with.controls, without.controls, "no roll-up changes");
    }

    #[test]
    fn what_is_not_in_force_rides_on_nothing() {
        for change in [
            |e: &mut Exception| e.approver = None,
            |e: &mut Exception| e.expiry = "2026-09-29".parse().ok(),
            |e: &mut Exception| e.start = "2026-10-01".parse().ok(),
            |e: &mut Exception| e.pool = Some("eu-west-1_Other00001".into()),
            |e: &mut Exception| e.client = Some("web1".into()),
        ] {
            let mut one = exception("COG-MFA-001");
            change(&mut one);
            let with = evidence(&weak(&[one]), None);
            assert!(with.findings.iter().all(|f| f.exceptions.is_empty()), "{:?}", with.exceptions);
            assert_eq!(with.exceptions.len(), 1, "it is still listed");
        }
    }

    #[test]
    fn one_of_a_control_rides_on_what_bears_on_it() {
        let with = evidence(&weak(&[exception("pci-dss-4.0.1:8.4.2")]), None);
        assert_eq!(on(&with, "COG-MFA-001").exceptions, [1]);
        assert!(with.exceptions[0].covers.iter().all(|c| !c.contains("COG-EVD")));
    }

    #[test]
    fn a_named_user_stands_there_as_a_pseudonym_and_masked_not_at_all() {
        let fixture = weak(&[]);
        let id = fixture.snapshot().pools[0].population.users[0].id.to_string();
        let of_user = || vec![Exception { user: Some(id.clone()), ..exception("COG-MFA-001") }];
        let shown = evidence(&weak(&of_user()), None);
        assert_eq!(shown.exceptions[0].subject, format!("user {id} of pool {POOL}"));
        let mut masked = weak(&of_user());
        masked.scope.privacy.mode = PrivacyMode::Mask;
        assert_eq!(evidence(&masked, None).exceptions[0].subject, format!("a user of pool {POOL}"));
    }

    #[test]
    fn one_that_comes_after_the_finding_is_flagged() {
        let before = evidence(&weak(&[]), None);
        let now = evidence(&weak(&[exception("COG-MFA-001")]), Some(&before));
        assert!(now.exceptions[0].late);
        assert_eq!(on(&now, "COG-EVD-002").finding.reason_code, "late");
        // In the bundle after that it is known.
        let after = evidence(&weak(&[exception("COG-MFA-001")]), Some(&now));
        assert!(!after.exceptions[0].late);
        // A finding that did not fail then is no finding that it comes after.
        let good = evidence(&Fixture::good(), None);
        assert!(!evidence(&weak(&[exception("COG-MFA-001")]), Some(&good)).exceptions[0].late);
        // One that had run out then did not stand beside it.
        let mut out = exception("COG-MFA-001");
        out.expiry = "2026-09-29".parse().ok();
        let run_out = evidence(&weak(&[out]), None);
        assert!(evidence(&weak(&[exception("COG-MFA-001")]), Some(&run_out)).exceptions[0].late);
    }
}
