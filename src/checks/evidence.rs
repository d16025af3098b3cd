//! The evidence itself: is the population complete, who collected it from where, and does it hold no more than it must.

use super::mfa::words;
use super::{Check, Decide, Family, PoolCx, RunCx};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Gap, GapKind};
use crate::model::finding::Decision;
use crate::model::id::{AccountId, PoolId, Region};
use crate::model::scope::PrivacyMode;
use crate::model::verdict::{Severity, Verdict};
use crate::recording::audit;
use crate::recording::header::Source;
use crate::snapshot::endpoints;
use std::collections::BTreeSet;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-EVD-001", revision: 1, severity: Severity::High, decide: Decide::PoolAndRun(population, coverage) },
        Check { id: "COG-EVD-002", revision: 2, severity: Severity::Medium, decide: Decide::Run(super::exceptions::valid) },
        Check { id: "COG-EVD-003", revision: 1, severity: Severity::High, decide: Decide::Run(collector) },
        Check { id: "COG-EVD-004", revision: 1, severity: Severity::High, decide: Decide::Run(minimal) },
    ],
    texts: include_str!("evidence.toml"),
    file: "checks/evidence.toml",
};

/// Decides COG-EVD-001 for a pool.
fn population(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let people = &pool.population;
    let figure = |fact: &crate::model::fetched::Fetched<u64>| fact.if_read().map_or_else(|| "unread".to_owned(), u64::to_string);
    let decision = match cx.population() {
        Ok(proof) => Decision::new(Verdict::Pass, "complete", proof),
        Err(gap) => {
            let proof = Proof::new(gap.at)
                .and(people.chain.complete(1).at)
                .and(pool.estimated_before.at.clone())
                .and(pool.estimated_after.at.clone());
            Decision::new(Verdict::Incomplete, "not-complete", proof).with("why", explain(&gap.what, &gap.kind))
        }
    };
    let decision =
        decision.count("listed", people.users.len()).count("duplicates", usize::try_from(people.duplicates).unwrap_or(usize::MAX));
    let decision = decision.with("before", figure(&pool.estimated_before)).with("after", figure(&pool.estimated_after));
    Ok(decision.with("pages", people.pages).with("passes", people.passes))
}

/// The codes by which the snapshot says why a listing is not proved complete, in words.
fn explain(what: &str, kind: &GapKind) -> String {
    match kind {
        GapKind::Failed(code) => match code.as_str() {
            "UsersListedTwice" => "users were listed more than once".to_owned(),
            "UsersWithoutSub" => "users without a sub, or in an unknown form, were listed".to_owned(),
            "CountDiffersFromEstimate" => "the count differs from the pool's own estimate, and no second pass was made".to_owned(),
            "SecondPassDiffers" => "a second pass listed other users".to_owned(),
            "ListingNotFinished" => "the listing does not reach its last page".to_owned(),
            "PageTokenRepeated" => "a page token came back, so the listing was stopped".to_owned(),
            "ListingAmbiguous" => "the pages do not form one chain".to_owned(),
            _ => format!("{what} {}", kind.words()),
        },
        _ => format!("{what} was {}", kind.words()),
    }
}

/// Decides COG-EVD-001 for the run: every pool that should be here was read, and the listing of each region that holds
/// one was read to its end and shows it.
fn coverage(cx: &RunCx) -> Result<Decision, Gap> {
    let snapshot = cx.snapshot;
    let never = || Gap { what: "ListUserPools".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") };
    let read = |id: &PoolId| snapshot.pools.iter().any(|p| &p.id == id && p.described.if_read().is_some());
    let proof = Proof::new(Evidence::header("/source")).and_all(snapshot.regions.values().map(|listed| listed.complete.at.clone()));

    let mut missing: BTreeSet<&PoolId> = cx.scope.pools.iter().map(|p| &p.id).filter(|id| !read(id)).collect();
    if cx.scope.pools.is_empty() {
        missing.extend(snapshot.regions.values().flat_map(|listed| &listed.items).map(|(id, _)| id).filter(|id| !read(id)));
    }
    if !missing.is_empty() {
        let decision = Decision::new(Verdict::Incomplete, "pools-missing", proof).count("missing", missing.len());
        return Ok(decision.with("pools", words(missing.iter().map(|id| id.as_str()))));
    }
    // A region in which only SNS was asked has no listing of pools, and no pool that would need one.
    let holds = |key: &(AccountId, Region)| snapshot.pools.iter().any(|p| (&p.account, &p.region) == (&key.0, &key.1));
    let listings: Vec<_> =
        snapshot.regions.iter().filter(|(key, listed)| holds(key) || !listed.never_asked_for()).map(|(_, listed)| listed).collect();
    for listed in &listings {
        listed.all()?;
    }
    if listings.is_empty() {
        return Err(never());
    }
    let mut unlisted = BTreeSet::new();
    for pool in &snapshot.pools {
        let listed = snapshot.regions.get(&(pool.account.clone(), pool.region.clone())).ok_or_else(never)?;
        if !listed.items.iter().any(|(id, _)| id == &pool.id) {
            unlisted.insert(pool.id.as_str());
        }
    }
    let decide = |verdict, reason| Decision::new(verdict, reason, proof.clone()).count("regions", listings.len());
    if !unlisted.is_empty() {
        return Ok(decide(Verdict::Incomplete, "pools-not-listed").count("unlisted", unlisted.len()).with("pools", words(unlisted)));
    }
    if snapshot.pools.is_empty() {
        return Ok(decide(Verdict::Incomplete, "no-pools"));
    }
    let listed: usize = listings.iter().map(|l| l.items.len()).sum();
    Ok(decide(Verdict::Pass, "all-pools-read")
        .count("pools", snapshot.pools.len())
        .count("outside", listed.saturating_sub(snapshot.pools.len())))
}

/// Decides COG-EVD-003: only what is known before sealing. That the role is read-only needs a human (rulings 7, 37).
fn collector(cx: &RunCx) -> Result<Decision, Gap> {
    let snapshot = cx.snapshot;
    let header = &snapshot.header;
    let source = Proof::new(Evidence::header("/source"));
    match header.source {
        Source::Demo => return Ok(Decision::new(Verdict::Fail, "demo", source)),
        Source::Import => return Ok(Decision::new(Verdict::Manual, "imported", source)),
        Source::Live => {}
    }
    let foreign: Vec<&str> =
        snapshot.calls.origins.iter().filter(|(s, r, o)| !endpoints::is_aws(s, r, o)).map(|(_, _, o)| o.as_str()).collect();
    let settings = header.overrides.join(", ");
    let source = source.and(Evidence::header("/overrides"));
    if !foreign.is_empty() || !settings.is_empty() {
        let mut hosts = foreign;
        hosts.sort_unstable();
        hosts.dedup();
        let shown = words(hosts);
        let settings = if settings.is_empty() { "none".to_owned() } else { settings };
        return Ok(Decision::new(Verdict::Fail, "overridden", source).with("hosts", shown).with("settings", settings));
    }
    if let Some(call) = &snapshot.calls.hostless {
        let proof = source.and(Evidence::call(call, ""));
        return Ok(Decision::new(Verdict::Incomplete, "host-unknown", proof).with("call", call));
    }
    let never = || Gap { what: "GetCallerIdentity".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") };
    let accounts: BTreeSet<&AccountId> =
        snapshot.pools.iter().map(|p| &p.account).chain(snapshot.regions.keys().map(|(a, _)| a)).chain(snapshot.callers.keys()).collect();
    let mut proof = source;
    let mut callers = BTreeSet::new();
    for account in accounts {
        let caller = snapshot.callers.get(account).ok_or_else(never)?;
        callers.insert(caller.needed()?.as_str());
        proof = proof.and(caller.at.clone());
    }
    if callers.is_empty() {
        return Err(never());
    }
    if header.tool.digest.is_none() {
        return Ok(Decision::new(Verdict::Incomplete, "tool-unknown", proof.and(Evidence::header("/tool"))));
    }
    let proof = proof.and(Evidence::header("/tool"));
    Ok(Decision::new(Verdict::Manual, "read-only-not-shown", proof).with("callers", words(callers)).with("version", &header.tool.version))
}

/// Decides COG-EVD-004.
fn minimal(cx: &RunCx) -> Result<Decision, Gap> {
    let privacy = &cx.scope.privacy;
    let mode = Proof::new(Evidence::scope("/privacy/mode"));
    if privacy.mode == PrivacyMode::Clear {
        return Ok(Decision::new(Verdict::Fail, "clear", mode));
    }
    if let Some((call, pointer)) = cx.snapshot.calls.unredacted.first() {
        let proof =
            Proof::new(Evidence::call(call, pointer)).and_all(cx.snapshot.calls.unredacted.iter().map(|(c, p)| Evidence::call(c, p)));
        return Ok(Decision::new(Verdict::Fail, "unredacted", proof).with("where", format!("{call} {pointer}")));
    }
    for (n, pool) in cx.scope.pools.iter().enumerate() {
        if let Some(m) = pool.named_admins.iter().position(|name| !audit::is_digest(name)) {
            let pointer = format!("/pools/{n}/named_admins/{m}");
            let proof = Proof::new(Evidence::scope(&pointer));
            return Ok(Decision::new(Verdict::Fail, "unredacted", proof).with("where", format!("scope {pointer}")));
        }
    }
    let open = |e: &crate::model::exception::Exception| e.user.as_deref().is_some_and(|user| !audit::is_digest(user));
    if let Some(n) = cx.scope.exceptions.iter().position(open) {
        let pointer = format!("/exceptions/{n}/user");
        let proof = Proof::new(Evidence::scope(&pointer));
        return Ok(Decision::new(Verdict::Fail, "unredacted", proof).with("where", format!("scope {pointer}")));
    }
    if !cx.snapshot.calls.by_outcome.contains_key("answered") {
        return Err(Gap { what: "every call".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") });
    }
    let proof = mode.and(Evidence::scope("/privacy/key_id")).and(Evidence::header("/key_id"));
    if privacy.key_id.is_none() || cx.snapshot.header.key_id != privacy.key_id {
        return Ok(Decision::new(Verdict::Incomplete, "key-unknown", proof));
    }
    let proof = proof.and(Evidence::scope("/privacy/retention")).and(Evidence::scope("/privacy/delete_after"));
    match (&privacy.retention, privacy.delete_after) {
        (Some(class), Some(day)) => Ok(Decision::new(Verdict::Pass, "minimal", proof).with("class", class).with("day", day)),
        _ => Ok(Decision::new(Verdict::Manual, "retention-undeclared", proof)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::{Fixture, POOL, Planned, user};
    use crate::checks::texts::Texts;
    use crate::model::finding::Subject;
    use crate::model::scope::{PoolScope, PrivacyMode};
    use crate::recording::header::Source;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    /// Only the finding of a pool, or of the run.
    fn split(fixture: &Fixture, of_run: bool) -> String {
        let found: Vec<_> = fixture.findings("COG-EVD-001").into_iter().filter(|f| (f.subject == Subject::Run) == of_run).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].reason.contains('{'), "{}", found[0].reason);
        format!("{} {}", found[0].verdict, found[0].reason_code)
    }

    /// A second pass over the listing, of these users.
    fn again(mut fixture: Fixture, users: &[&str]) -> Fixture {
        let first = fixture.calls.iter().find(|c| c.operation == "ListUsers").cloned().unwrap();
        let users: Vec<_> = users.iter().map(|name| user(name)).collect();
        fixture.calls.push(Planned { pass: 2, outcome: Ok(json!({"Users": users})), ..first });
        fixture
    }

    fn of_a_pool() -> Vec<(&'static str, Fixture, &'static str)> {
        let estimate = |n: Value| Fixture::good().with("DescribeUserPool", json!({"UserPool": {"EstimatedNumberOfUsers": n}}));
        let listing = |change: Value| Fixture::good().with("ListUsers", change);
        let mut nameless = user("cyd");
        nameless["Attributes"] = json!([]);
        vec![
            ("all listed", Fixture::good(), "PASS complete"),
            ("one fewer than estimated", estimate(json!(4)), "INCOMPLETE not-complete"),
            ("one more than estimated", listing(json!({"Users": [user("a"), user("b"), user("c"), user("d")]})), "INCOMPLETE not-complete"),
            ("one fewer than estimated, twice the same", again(estimate(json!(4)), &["ann", "bob", "cyd"]), "PASS complete"),
            ("one fewer than estimated, then another set", again(estimate(json!(4)), &["ann", "bob", "dan"]), "INCOMPLETE not-complete"),
            (
                "one fewer than estimated, the second pass not finished",
                again(estimate(json!(4)), &["ann", "bob", "cyd"]).with("ListUsers", json!({"PaginationToken": "more"})),
                "INCOMPLETE not-complete",
            ),
            ("a user twice", listing(json!({"Users": [user("ann"), user("bob"), user("bob")]})), "INCOMPLETE not-complete"),
            ("a user without a sub", Fixture::good().users(vec![user("ann"), user("bob"), nameless]), "INCOMPLETE not-complete"),
            ("a page left", listing(json!({"PaginationToken": "more"})), "INCOMPLETE not-complete"),
            ("denied", Fixture::good().fails("ListUsers", "AccessDeniedException"), "INCOMPLETE not-complete"),
            ("never asked", Fixture::good().without("ListUsers"), "INCOMPLETE not-complete"),
            ("no estimate", estimate(Value::Null), "INCOMPLETE not-complete"),
            ("no estimate, twice the same", again(estimate(Value::Null), &["ann", "bob", "cyd"]), "PASS complete"),
            (
                "the estimates not read, twice the same",
                again(Fixture::good().fails("DescribeUserPool", "AccessDeniedException"), &["ann", "bob", "cyd"]),
                "INCOMPLETE not-complete",
            ),
            ("nobody", Fixture::good().users(vec![]), "PASS complete"),
        ]
    }

    #[test]
    fn evd_001_of_a_pool() {
        for (name, fixture, expected) in of_a_pool() {
            assert_eq!(split(&fixture, false), expected, "{name}");
        }
    }

    #[test]
    fn every_reason_of_evd_001_has_a_case() {
        let said = of_a_pool().into_iter().chain(of_the_run()).map(|(_, _, said)| said.split(' ').nth(1).unwrap());
        let produced: BTreeSet<&str> = said.filter(|code| *code != "gap").collect();
        let texts = Texts::release().unwrap();
        let written: BTreeSet<&str> = texts.get(&"COG-EVD-001".into()).unwrap().reasons.keys().map(String::as_str).collect();
        assert_eq!(produced, written);
    }

    #[test]
    fn every_reason_for_an_incomplete_listing_is_said_in_words() {
        for (name, fixture, expected) in of_a_pool() {
            let finding = fixture.findings("COG-EVD-001").into_iter().find(|f| f.subject != Subject::Run).unwrap();
            let code = ["CountDiffers", "SecondPass", "ListedTwice", "WithoutSub", "ListingNot", "Ambiguous"]
                .iter()
                .find(|c| finding.reason.contains(**c));
            assert!(code.is_none(), "{name}: {}", finding.reason);
            assert!(expected.starts_with(finding.verdict.word()), "{name}");
        }
    }

    fn of_the_run() -> Vec<(&'static str, Fixture, &'static str)> {
        let mut nothing = Fixture::good().with("ListUserPools", json!({"UserPools": []}));
        nothing.calls.retain(|c| c.input["UserPoolId"].is_null());
        nothing.scope.pools.clear();
        let mut other = Fixture::good();
        other.scope.pools.push(PoolScope::undeclared("eu-west-1_Other00001".into(), "eu-west-1".into()));
        let mut unread = Fixture::good().with("ListUserPools", json!({"UserPools": [{"Id": "eu-west-1_Other00001", "Name": "other"}]}));
        unread.scope.pools.clear();
        vec![
            ("all read", Fixture::good(), "PASS all-pools-read"),
            ("a named pool is missing", other, "INCOMPLETE pools-missing"),
            ("a listed pool is missing", unread, "INCOMPLETE pools-missing"),
            ("a named pool was denied", Fixture::good().fails("DescribeUserPool", "ResourceNotFoundException"), "INCOMPLETE pools-missing"),
            ("nothing found", nothing, "INCOMPLETE no-pools"),
            ("the listing of pools was denied", Fixture::good().fails("ListUserPools", "AccessDeniedException"), "INCOMPLETE gap"),
            (
                "a pool that the listing does not show",
                {
                    let mut hidden =
                        Fixture::good().with("ListUserPools", json!({"UserPools": [{"Id": "eu-west-1_Other00001", "Name": "other"}]}));
                    hidden.scope.pools.truncate(1);
                    hidden
                },
                "INCOMPLETE pools-not-listed",
            ),
            (
                "the listing of another region only",
                {
                    let mut elsewhere = Fixture::good();
                    elsewhere.calls.iter_mut().filter(|c| c.operation == "ListUserPools").for_each(|c| c.region = "eu-north-1".to_owned());
                    elsewhere
                },
                "INCOMPLETE gap",
            ),
            (
                "a pool outside the scope",
                Fixture::good().with("ListUserPools", json!({"UserPools": [{"Id": POOL}, {"Id": "eu-west-1_Other00001"}]})),
                "PASS all-pools-read",
            ),
            ("the listing of pools was not asked for", Fixture::good().without("ListUserPools"), "INCOMPLETE gap"),
            ("the listing of pools is not finished", Fixture::good().with("ListUserPools", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        ]
    }

    #[test]
    fn evd_001_of_the_run() {
        for (name, fixture, expected) in of_the_run() {
            assert_eq!(split(&fixture, true), expected, "{name}");
        }
    }

    fn live(change: impl FnOnce(&mut Fixture)) -> Fixture {
        let mut fixture = Fixture::good();
        change(&mut fixture);
        fixture
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let mut all = vec![
            ("COG-EVD-003", "live", Fixture::good(), "MANUAL read-only-not-shown"),
            ("COG-EVD-003", "demo", live(|f| f.source = Source::Demo), "FAIL demo"),
            ("COG-EVD-003", "imported", live(|f| f.source = Source::Import), "MANUAL imported"),
            ("COG-EVD-003", "another host", live(|f| f.origin = Some("http://127.0.0.1:5056".to_owned())), "FAIL overridden"),
            ("COG-EVD-003", "a proxy is set", live(|f| f.overrides = vec!["HTTPS_PROXY".to_owned()]), "FAIL overridden"),
            ("COG-EVD-003", "caller denied", Fixture::good().fails("GetCallerIdentity", "AccessDenied"), "INCOMPLETE gap"),
            ("COG-EVD-003", "caller not asked", Fixture::good().without("GetCallerIdentity"), "INCOMPLETE gap"),
            ("COG-EVD-003", "no host recorded", live(|f| f.origin = None), "INCOMPLETE host-unknown"),
            ("COG-EVD-003", "a caller in another account", live(|f| f.account_of_pools = "210987654321".to_owned()), "INCOMPLETE gap"),
            ("COG-EVD-003", "a caller without a name", Fixture::good().with("GetCallerIdentity", json!({"Arn": null})), "INCOMPLETE gap"),
            ("COG-EVD-003", "tool unknown", live(|f| f.tool_digest = None), "INCOMPLETE tool-unknown"),
            ("COG-EVD-004", "pseudonyms and a deletion date", Fixture::good(), "PASS minimal"),
            ("COG-EVD-004", "clear", live(|f| f.scope.privacy.mode = PrivacyMode::Clear), "FAIL clear"),
            ("COG-EVD-004", "no key", live(|f| f.scope.privacy.key_id = None), "INCOMPLETE key-unknown"),
            ("COG-EVD-004", "another key", live(|f| f.scope.privacy.key_id = Some("k_other".to_owned())), "INCOMPLETE key-unknown"),
            ("COG-EVD-004", "no retention class", live(|f| f.scope.privacy.retention = None), "MANUAL retention-undeclared"),
            ("COG-EVD-004", "no deletion date", live(|f| f.scope.privacy.delete_after = None), "MANUAL retention-undeclared"),
            (
                "COG-EVD-004",
                "an admin named in the open",
                Fixture::good().declare(|p| p.named_admins = vec!["ann@example.com".to_owned()]),
                "FAIL unredacted",
            ),
            (
                "COG-EVD-004",
                "nothing answered",
                {
                    let mut nothing = Fixture::good();
                    nothing.calls.iter_mut().for_each(|c| c.outcome = Err("AccessDenied".to_owned()));
                    nothing
                },
                "INCOMPLETE gap",
            ),
            ("COG-EVD-004", "redaction left something", live(|f| f.unredacted = true), "FAIL unredacted"),
            (
                "COG-EVD-004",
                "an exception names a user in the open",
                live(|f| {
                    let open = Some("ann@example.com".to_owned());
                    f.scope.exceptions.push(crate::model::exception::Exception { user: open, ..Default::default() });
                }),
                "FAIL unredacted",
            ),
        ];
        all.extend(crate::checks::exceptions::tests::table());
        all
    }

    /// The pools of every case.
    pub fn fixtures() -> Vec<Fixture> {
        let split = of_a_pool().into_iter().chain(of_the_run()).map(|(_, fixture, _)| fixture);
        split.chain(table().into_iter().map(|(_, _, fixture, _)| fixture)).collect()
    }

    #[test]
    fn cases() {
        // COG-EVD-001 has two subjects, and its own tables above.
        let family = super::Family { checks: &super::FAMILY.checks[1..], ..super::FAMILY };
        prove(&family, &table());
    }
}
