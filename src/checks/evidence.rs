//! The evidence itself: is the population complete, who collected it from where, and does it hold no more than it must.

use super::{Check, Decide, Family, PoolCx, RunCx};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Gap, GapKind};
use crate::model::finding::Decision;
use crate::model::scope::PrivacyMode;
use crate::model::verdict::{Severity, Verdict};
use crate::recording::header::Source;
use crate::snapshot::endpoints;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-EVD-001", revision: 1, severity: Severity::High, decide: Decide::PoolAndRun(population, coverage) },
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

/// Decides COG-EVD-001 for the run: every region's listing was read, and every pool that should be here is.
fn coverage(cx: &RunCx) -> Result<Decision, Gap> {
    let snapshot = cx.snapshot;
    let mut proof = Proof::new(Evidence::header("/source"));
    let mut missing: Vec<String> = Vec::new();
    let read = |id: &crate::model::id::PoolId| snapshot.pools.iter().any(|p| &p.id == id && p.described.if_read().is_some());
    if snapshot.regions.is_empty() {
        return Err(Gap { what: "ListUserPools".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") });
    }
    for pool in cx.scope.pools.iter().filter(|p| !read(&p.id)) {
        missing.push(pool.id.to_string());
    }
    let mut asked = 0usize;
    let mut gap = None;
    for listed in snapshot.regions.values() {
        proof = proof.and(listed.complete.at.clone());
        match listed.all() {
            Ok(pools) => {
                asked += 1;
                if cx.scope.pools.is_empty() {
                    missing.extend(pools.iter().filter(|(id, _)| !read(id)).map(|(id, _)| id.to_string()));
                }
            }
            // A region in which only SNS was asked has no listing, and no pool that would need one.
            Err(g) if g.kind == GapKind::NotAsked => {}
            Err(g) => gap = gap.or(Some(g)),
        }
    }
    if !missing.is_empty() {
        missing.sort();
        return Ok(Decision::new(Verdict::Incomplete, "pools-missing", proof)
            .with("pools", missing.join(", "))
            .count("missing", missing.len()));
    }
    if let Some(gap) = gap {
        return Err(gap);
    }
    if asked == 0 {
        return Err(Gap { what: "ListUserPools".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") });
    }
    if snapshot.pools.is_empty() {
        return Ok(Decision::new(Verdict::Incomplete, "no-pools", proof).count("regions", asked));
    }
    Ok(Decision::new(Verdict::Pass, "all-pools-read", proof).count("pools", snapshot.pools.len()).count("regions", asked))
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
        let shown = if hosts.is_empty() { "none seen".to_owned() } else { hosts.join(", ") };
        let settings = if settings.is_empty() { "none".to_owned() } else { settings };
        return Ok(Decision::new(Verdict::Fail, "overridden", source).with("hosts", shown).with("settings", settings));
    }
    if snapshot.callers.is_empty() || snapshot.calls.origins.is_empty() {
        return Err(Gap { what: "GetCallerIdentity".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") });
    }
    let mut proof = source;
    let mut callers = Vec::new();
    for caller in snapshot.callers.values() {
        callers.push(caller.needed()?.clone());
        proof = proof.and(caller.at.clone());
    }
    if header.tool.digest.is_none() {
        return Ok(Decision::new(Verdict::Incomplete, "tool-unknown", proof.and(Evidence::header("/tool"))));
    }
    let proof = proof.and(Evidence::header("/tool"));
    Ok(Decision::new(Verdict::Manual, "read-only-not-shown", proof)
        .with("callers", callers.join(", "))
        .with("version", &header.tool.version))
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
mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::{Fixture, user};
    use crate::model::finding::Subject;
    use crate::model::scope::{PoolScope, PrivacyMode};
    use crate::recording::header::Source;
    use serde_json::json;

    /// Only the finding of a pool, or of the run.
    fn split(fixture: &Fixture, of_run: bool) -> String {
        let found: Vec<_> = fixture.findings("COG-EVD-001").into_iter().filter(|f| (f.subject == Subject::Run) == of_run).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].reason.contains('{'), "{}", found[0].reason);
        format!("{} {}", found[0].verdict, found[0].reason_code)
    }

    #[test]
    fn evd_001_of_a_pool() {
        for (name, fixture, expected) in [
            ("all listed", Fixture::good(), "PASS complete"),
            (
                "one fewer than estimated",
                Fixture::good().with("DescribeUserPool", json!({"UserPool": {"EstimatedNumberOfUsers": 4}})),
                "INCOMPLETE not-complete",
            ),
            (
                "one more than estimated",
                Fixture::good().with("ListUsers", json!({"Users": [user("a"), user("b"), user("c"), user("d")]})),
                "INCOMPLETE not-complete",
            ),
            ("a page left", Fixture::good().with("ListUsers", json!({"PaginationToken": "more"})), "INCOMPLETE not-complete"),
            ("denied", Fixture::good().fails("ListUsers", "AccessDeniedException"), "INCOMPLETE not-complete"),
            ("never asked", Fixture::good().without("ListUsers"), "INCOMPLETE not-complete"),
            (
                "no estimate",
                Fixture::good().with("DescribeUserPool", json!({"UserPool": {"EstimatedNumberOfUsers": null}})),
                "INCOMPLETE not-complete",
            ),
        ] {
            assert_eq!(split(&fixture, false), expected, "{name}");
        }
    }

    #[test]
    fn evd_001_of_the_run() {
        let mut nothing = Fixture::good().with("ListUserPools", json!({"UserPools": []}));
        nothing.calls.retain(|c| c.input["UserPoolId"].is_null());
        nothing.scope.pools.clear();
        let mut other = Fixture::good();
        other.scope.pools.push(PoolScope::undeclared("eu-west-1_Other00001".into(), "eu-west-1".into()));
        let mut unread = Fixture::good().with("ListUserPools", json!({"UserPools": [{"Id": "eu-west-1_Other00001", "Name": "other"}]}));
        unread.scope.pools.clear();
        let all: Vec<(&str, Fixture, &str)> = vec![
            ("all read", Fixture::good(), "PASS all-pools-read"),
            ("a named pool is missing", other, "INCOMPLETE pools-missing"),
            ("a listed pool is missing", unread, "INCOMPLETE pools-missing"),
            ("a named pool was denied", Fixture::good().fails("DescribeUserPool", "ResourceNotFoundException"), "INCOMPLETE pools-missing"),
            ("nothing found", nothing, "INCOMPLETE no-pools"),
            ("the listing of pools was denied", Fixture::good().fails("ListUserPools", "AccessDeniedException"), "INCOMPLETE gap"),
            ("the listing of pools was not asked for", Fixture::good().without("ListUserPools"), "INCOMPLETE gap"),
            ("the listing of pools is not finished", Fixture::good().with("ListUserPools", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        ];
        for (name, fixture, expected) in all {
            assert_eq!(split(&fixture, true), expected, "{name}");
        }
    }

    fn live(change: impl FnOnce(&mut Fixture)) -> Fixture {
        let mut fixture = Fixture::good();
        change(&mut fixture);
        fixture
    }

    #[test]
    fn cases() {
        let cases: Vec<Case> = vec![
            ("COG-EVD-003", "live", Fixture::good(), "MANUAL read-only-not-shown"),
            ("COG-EVD-003", "demo", live(|f| f.source = Source::Demo), "FAIL demo"),
            ("COG-EVD-003", "imported", live(|f| f.source = Source::Import), "MANUAL imported"),
            ("COG-EVD-003", "another host", live(|f| f.origin = Some("http://127.0.0.1:5056".to_owned())), "FAIL overridden"),
            ("COG-EVD-003", "a proxy is set", live(|f| f.overrides = vec!["HTTPS_PROXY".to_owned()]), "FAIL overridden"),
            ("COG-EVD-003", "caller denied", Fixture::good().fails("GetCallerIdentity", "AccessDenied"), "INCOMPLETE gap"),
            ("COG-EVD-003", "caller not asked", Fixture::good().without("GetCallerIdentity"), "INCOMPLETE gap"),
            ("COG-EVD-003", "no host recorded", live(|f| f.origin = None), "INCOMPLETE gap"),
            ("COG-EVD-003", "tool unknown", live(|f| f.tool_digest = None), "INCOMPLETE tool-unknown"),
            ("COG-EVD-004", "pseudonyms and a deletion date", Fixture::good(), "PASS minimal"),
            ("COG-EVD-004", "clear", live(|f| f.scope.privacy.mode = PrivacyMode::Clear), "FAIL clear"),
            ("COG-EVD-004", "no key", live(|f| f.scope.privacy.key_id = None), "INCOMPLETE key-unknown"),
            ("COG-EVD-004", "another key", live(|f| f.scope.privacy.key_id = Some("k_other".to_owned())), "INCOMPLETE key-unknown"),
            ("COG-EVD-004", "no retention class", live(|f| f.scope.privacy.retention = None), "MANUAL retention-undeclared"),
            ("COG-EVD-004", "no deletion date", live(|f| f.scope.privacy.delete_after = None), "MANUAL retention-undeclared"),
            ("COG-EVD-004", "redaction left something", live(|f| f.unredacted = true), "FAIL unredacted"),
        ];
        let family = super::Family { checks: &super::FAMILY.checks[1..], ..super::FAMILY };
        prove(&family, &cases);
    }
}
