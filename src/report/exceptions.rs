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
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far exceptions for single users reach: the finding is about more than those users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleUsers {
    /// How many of the users whom the finding is about have an exception.
    pub covered: u64,
    /// How many it is about.
    pub of: u64,
    /// Who they are, such as `users without a factor`.
    pub whom: String,
    /// The same in one sentence.
    pub sentence: String,
}

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
    let Some(pool) = &exception.pool else { return "no pool".to_owned() };
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
            let reach = e.user.as_ref().and_then(|name| {
                let (pool, users) = concerned(&found.finding, snapshot)?;
                let count = usize::from(check::user(pool, name).is_some_and(|id| users.ids.contains(id)));
                Some(format!(": {count} of {} {}", users.ids.len(), users.whom))
            });
            covers.push(format!("{} for {}{}", found.finding.check, found.finding.subject.label(), reach.unwrap_or_default()));
        }
        list.push(Exception {
            number,
            on: e.on.clone().unwrap_or_default(),
            subject: subject(e, snapshot, scope.privacy.mode),
            reason: e.reason.clone().unwrap_or_default(),
            compensating_control: e.compensating_control.clone(),
            requester: e.requester.clone(),
            approver: e.approver.clone(),
            approved_with: e.approval.as_ref().map(|a| a.fingerprint.clone()),
            approved_at: e.approval.as_ref().map(|a| a.at.clone()),
            ticket: e.ticket.clone(),
            start: e.start,
            expiry: e.expiry,
            state: state.word().to_owned(),
            late: late.contains(&n),
            defects: e.defects(),
            one_user: e.user.is_some(),
            covers,
        });
    }
    for found in findings {
        found.exceptions_cover = single_users(found, scope, snapshot);
    }
    list
}

/// Users whom a finding is about.
struct Concerned<'a> {
    ids: BTreeSet<&'a str>,
    whom: &'static str,
}

/// Whom a pool's finding is about: the users without a factor where it counts those, else every user of the pool, because a
/// setting is the same for all of them.
fn concerned<'a>(finding: &Finding, snapshot: &'a Snapshot) -> Option<(&'a Pool, Concerned<'a>)> {
    let pool = snapshot.pools.iter().find(|p| Some(&p.id) == finding.subject.pool())?;
    let of = |wanted: &dyn Fn(&User) -> bool| -> BTreeSet<&str> {
        pool.population.users.iter().filter(|u| wanted(u)).map(|u| u.id.as_str()).collect()
    };
    let without = |u: &User| u.state == FactorState::NotEnrolled;
    let found = match finding.check.as_str() {
        "COG-MFA-003" => Concerned { ids: of(&without), whom: "users without a factor" },
        "COG-MFA-004" => Concerned { ids: of(&|u| u.privileged && without(u)), whom: "privileged users without a factor" },
        _ => Concerned { ids: BTreeSet::new(), whom: "" },
    };
    if !found.ids.is_empty() {
        return Some((pool, found));
    }
    Some((pool, Concerned { ids: of(&|_| true), whom: "listed users of the pool" }))
}

/// What exceptions for single users leave of a finding; `None` where there is none, or one that covers the whole of it.
fn single_users(found: &MappedFinding, scope: &Scope, snapshot: &Snapshot) -> Option<SingleUsers> {
    let riding = found.exceptions.iter().filter_map(|n| scope.exceptions.get(usize::try_from(*n).ok()?.checked_sub(1)?));
    let names: Vec<&String> = riding.map(|e| e.user.as_ref()).collect::<Option<_>>()?;
    if names.is_empty() {
        return None;
    }
    let (pool, users) = concerned(&found.finding, snapshot)?;
    let covered: BTreeSet<&str> = names.iter().filter_map(|name| check::user(pool, name)).filter(|id| users.ids.contains(id)).collect();
    let (covered, of, whom) = (covered.len(), users.ids.len(), users.whom);
    let (subject, verb) = match names.len() {
        1 => ("The exception beside it is for one user: it", "covers"),
        _ => ("The exceptions beside it are for single users: they", "cover"),
    };
    let partial = match pool.population.complete(&pool.estimated_before, &pool.estimated_after) {
        Ok(_) => "",
        Err(_) => " The listing is not proved complete: there may be more.",
    };
    let rest = match of - covered {
        0 => "nobody else is among them".to_owned(),
        1 => "the other one stands uncovered".to_owned(),
        n => format!("the other {n} stand uncovered"),
    };
    let sentence = format!("{subject} {verb} {covered} of {of} {whom}; {rest}.{partial}");
    Some(SingleUsers { covered: covered as u64, of: of as u64, whom: whom.to_owned(), sentence })
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
    fn one_for_a_user_says_that_the_others_stand_uncovered() {
        let fixture = || {
            let mut f = weak(&[]);
            // Two of the three users have no factor.
            for call in f.calls.iter_mut().filter(|c| c.operation == "AdminGetUserAuthFactors").take(2) {
                call.outcome = Ok(serde_json::json!({"Username": call.input["Username"], "UserMFASettingList": []}));
            }
            f
        };
        let ids: Vec<(String, bool)> = {
            let snapshot = fixture().snapshot();
            let without = |s| s == crate::snapshot::state::FactorState::NotEnrolled;
            snapshot.pools[0].population.users.iter().map(|u| (u.id.to_string(), without(u.state))).collect()
        };
        let of = |without: bool, n: usize| ids.iter().filter(|(_, w)| *w == without).nth(n).unwrap().0.clone();
        let with = |users: &[String], check: &str| {
            let mut f = fixture();
            f.scope.exceptions = users.iter().map(|user| Exception { user: Some(user.clone()), ..exception(check) }).collect();
            evidence(&f, None)
        };
        let one = with(&[of(true, 0)], "COG-MFA-003");
        let cover = on(&one, "COG-MFA-003").exceptions_cover.clone().unwrap();
        assert_eq!((cover.covered, cover.of), (1, 2));
        let said = "The exception beside it is for one user: it covers 1 of 2 users without a factor; the other one stands uncovered.";
        assert_eq!(cover.sentence, said);
        assert_eq!(one.exceptions[0].covers, [format!("COG-MFA-003 for pool {POOL}: 1 of 2 users without a factor")]);
        // One who has a factor is none of them; the same user twice is one.
        let enrolled = with(&[of(false, 0)], "COG-MFA-003");
        assert_eq!(on(&enrolled, "COG-MFA-003").exceptions_cover.as_ref().map(|c| (c.covered, c.of)), Some((0, 2)));
        let twice = with(&[of(true, 0), of(true, 0)], "COG-MFA-003");
        assert_eq!(on(&twice, "COG-MFA-003").exceptions_cover.as_ref().map(|c| (c.covered, c.of)), Some((1, 2)));
        let both = with(&[of(true, 0), of(true, 1)], "COG-MFA-003");
        assert_eq!(on(&both, "COG-MFA-003").exceptions_cover.as_ref().map(|c| (c.covered, c.of)), Some((2, 2)));
        assert_eq!(on(&both, "COG-MFA-003").finding.verdict, Verdict::Fail);
        // A setting of the pool is about every user.
        let setting = with(&[of(true, 0)], "COG-MFA-001");
        let cover = on(&setting, "COG-MFA-001").exceptions_cover.clone().unwrap();
        assert_eq!((cover.covered, cover.of, cover.whom.as_str()), (1, 3, "listed users of the pool"));
    }

    #[test]
    fn one_for_the_pool_leaves_nobody_uncovered() {
        let with = evidence(&weak(&[exception("COG-MFA-001")]), None);
        assert_eq!(on(&with, "COG-MFA-001").exceptions_cover, None);
        assert!(!with.exceptions[0].one_user);
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
