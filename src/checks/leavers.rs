//! COG-ACC-005: the enabled users held against the roster, by keyed digest. Who has left is known to the organisation
//! only; that its roster is true is not looked at here, and every text says whose word it is.

use super::PoolCx;
use super::people::{consumers, enabled};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::roster::Roster;
use crate::model::scope::Audience;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;

/// Users a finding points at one by one.
const SHOWN: usize = 25;
/// The oldest roster that may clear a pool, days before the listing (ours: people leave every month).
const OLDEST_DAYS: u64 = 31;

/// A pool's users against the roster.
#[derive(Debug, Default)]
pub struct Joined<'a> {
    /// Enabled users, or of whom the listing does not say.
    pub enabled: Vec<&'a User>,
    /// Enabled, and marked as having left before the listing; with the place on the roster.
    pub leavers: Vec<(&'a User, usize)>,
    /// Enabled, there on the roster's day, and certainly not on it.
    pub outside: Vec<&'a User>,
    /// Of whom neither is known: nothing to be found by, created after the roster's day, or not known to be enabled.
    pub unclear: Vec<&'a User>,
    /// On the roster, by an address only that nobody verified: a user may have chosen it.
    pub unverified: Vec<&'a User>,
}

/// By which of its digests everybody on the roster can be found: who has that digest and is not found is not on it.
#[derive(Clone, Copy)]
struct Complete {
    email: bool,
    username: bool,
    sub: bool,
}

impl Complete {
    fn of(roster: &Roster) -> Self {
        let all = |has: fn(&crate::model::roster::Person) -> bool| roster.people.iter().all(has);
        Self { email: all(|p| p.email.is_some()), username: all(|p| p.username.is_some()), sub: all(|p| p.sub.is_some()) }
    }
    /// Whether not finding this user shows that he is not on the roster. The user name of a profile from an identity
    /// provider is the provider's, so that it tells nothing.
    fn would_find(self, user: &User) -> bool {
        let email = user.email.as_ref().is_some_and(|e| e.digest.is_some());
        (self.email && email) || (self.username && user.is_local() && user.name_digest.is_some()) || (self.sub && user.sub.is_some())
    }
}

/// Joins a pool's users with the roster. `day` is the one on which they were listed.
pub fn join<'a>(pool: &'a Pool, roster: &Roster, day: NaiveDate) -> Joined<'a> {
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, person) in roster.people.iter().enumerate() {
        by.extend(person.digests().map(|digest| (digest, n)));
    }
    let complete = Complete::of(roster);
    let mut joined = Joined { enabled: enabled(pool), ..Joined::default() };
    for user in joined.enabled.clone() {
        let email = user.email.as_ref().and_then(|e| by.get(e.digest.as_deref()?)).copied();
        let other = [&user.name_digest, &user.sub].into_iter().flatten().filter_map(|d| by.get(d.as_str())).copied();
        let found: Vec<usize> = email.into_iter().chain(other).collect();
        // Two people found for one user: whoever has left counts.
        let left = found.iter().copied().find(|n| roster.people.get(*n).is_some_and(|p| p.has_left(day)));
        let known = user.enabled.is_some();
        match (left, found.len()) {
            (Some(n), _) if known => joined.leavers.push((user, n)),
            (None, 0) if known && user.created.is_some_and(|d| d <= roster.as_of) && complete.would_find(user) => joined.outside.push(user),
            (Some(_), _) | (None, 0) => joined.unclear.push(user),
            (None, 1) if email.is_some() && user.email.as_ref().is_some_and(|e| !e.verified) => joined.unverified.push(user),
            (None, _) => {}
        }
    }
    joined
}

/// The day on which a pool's users were listed last; that of the assessment where they were not.
pub fn listed_on(pool: &Pool, day: NaiveDate) -> NaiveDate {
    pool.population.to.as_deref().and_then(|t| crate::clock::parse_rfc3339(t).ok()).map_or(day, |t| t.date_naive())
}

/// Decides COG-ACC-005.
pub(super) fn decide(cx: &PoolCx) -> Result<Decision, Gap> {
    if let Some(decision) = consumers(cx) {
        return Ok(decision);
    }
    let Some(roster) = cx.given.roster else {
        let (listing, enabled) = (cx.population()?, enabled(cx.pool));
        let proof = listing.and_all(enabled.iter().take(SHOWN).map(|u| u.at.clone()));
        return Ok(Decision::new(Verdict::Manual, "no-roster", proof).count("enabled", enabled.len()));
    };
    let day = listed_on(cx.pool, cx.day);
    let joined = join(cx.pool, roster, day);
    let proof = Proof::new(Evidence::scope("/inputs/roster")).and(cx.declaration("audience")).and(Evidence::roster("/as_of"));
    let with = |verdict, reason, users: &[&User], proof: Proof| {
        let proof = proof.and_all(users.iter().take(SHOWN).map(|u| u.at.clone()));
        let external = users.iter().filter(|u| !u.is_local()).count();
        let decision = Decision::new(verdict, reason, proof).count("enabled", joined.enabled.len()).count("external", external);
        let decision = decision.count("leavers", joined.leavers.len()).count("outside", joined.outside.len());
        decision.count("unclear", joined.unclear.len()).with("as-of", roster.as_of).with("users", users.len())
    };
    let held_against = matches!(cx.scope().and_then(|p| p.audience), Some(Audience::Workforce | Audience::ThirdParty));
    if !held_against {
        return Ok(with(Verdict::Manual, "other-audience", &joined.enabled, proof.and_all(cx.population()?.iter().cloned())));
    }
    if !joined.leavers.is_empty() {
        let users: Vec<&User> = joined.leavers.iter().map(|(u, _)| *u).collect();
        let places = joined.leavers.iter().take(SHOWN).map(|(_, n)| Evidence::roster(format!("/people/{n}")));
        return Ok(with(Verdict::Fail, "leavers", &users, proof.and_all(places)));
    }
    if !joined.outside.is_empty() {
        return Ok(with(Verdict::Fail, "outside", &joined.outside, proof.and(Evidence::roster("/people"))));
    }
    let proof = proof.and_all(cx.population()?.iter().cloned()).and(Evidence::roster("/people"));
    if !joined.unclear.is_empty() {
        return Ok(with(Verdict::Incomplete, "unclear", &joined.unclear, proof));
    }
    if !joined.unverified.is_empty() {
        return Ok(with(Verdict::Manual, "unverified-address", &joined.unverified, proof));
    }
    if roster.as_of.checked_add_days(Days::new(OLDEST_DAYS)).is_some_and(|last| last < day) {
        return Ok(with(Verdict::Manual, "old", &[], proof).with("days", OLDEST_DAYS).with("listed-on", day));
    }
    Ok(with(Verdict::Pass, "all-on-roster", &joined.enabled, proof))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, merge, user};
    use crate::model::finding::Finding;
    use crate::model::scope::Audience;
    use serde_json::{Value, json};

    pub const ALL: &str = "email,status,left_on\nann@example.com,active,\nBob@Example.com,active,2026-12-31\ncyd@example.com,active,\n";
    pub const CYD_LEFT: &str = "email,status,left_on\nann@example.com,active,\nbob@example.com,active,\ncyd@example.com,left,2026-08-31\n";
    pub const WITHOUT_CYD: &str = "email\nann@example.com\nbob@example.com\n";

    fn who(change: Value) -> Vec<Value> {
        let mut cyd = user("cyd");
        merge(&mut cyd, change);
        vec![user("ann"), user("bob"), cyd]
    }
    fn good(csv: &str) -> Fixture {
        Fixture::good().roster("2026-09-28", csv)
    }
    fn cyd(csv: &str, change: Value) -> Fixture {
        good(csv).users(who(change))
    }

    /// The cases of COG-ACC-005 with a roster.
    pub fn table() -> Vec<Case> {
        let disabled = json!({"Enabled": false});
        let silent = json!({"Enabled": null});
        let external = json!({"Username": "Okta_cyd", "UserStatus": "EXTERNAL_PROVIDER"});
        let later = json!({"UserCreateDate": 1_790_700_000.0});
        let only_sub = json!({"Attributes": [{"Name": "sub", "Value": "sub-cyd"}]});
        let unverified = json!({"Attributes": [{"Name": "sub", "Value": "sub-cyd"}, {"Name": "email", "Value": "cyd@example.com"}]});
        let both = json!({"Attributes": [{"Name": "sub", "Value": "sub-cyd"}, {"Name": "email", "Value": "ann@example.com"}]});
        let cut = |f: Fixture| f.with("ListUsers", json!({"PaginationToken": "more"}));
        let of = |f: Fixture, audience| f.declare(|p| p.audience = audience);
        let mixed = "email,username\nann@example.com,\n,bob\n";
        let cases: Vec<(&'static str, Fixture, &'static str)> = vec![
            ("everybody works here", good(ALL), "PASS all-on-roster"),
            ("by user name", good("username\nann\nbob\ncyd\n"), "PASS all-on-roster"),
            ("by sub", good("sub\nsub-ann\nsub-bob\nsub-cyd\n"), "PASS all-on-roster"),
            ("by one or the other", cyd("email,username\nann@example.com,\n,bob\n,cyd\n", json!({})), "PASS all-on-roster"),
            ("of suppliers", of(good(ALL), Some(Audience::ThirdParty)), "PASS all-on-roster"),
            ("a leaver is enabled", good(CYD_LEFT), "FAIL leavers"),
            ("a leaver is enabled, the listing cut off", cut(good(CYD_LEFT)), "FAIL leavers"),
            ("a leaver comes from an identity provider", cyd(CYD_LEFT, external.clone()), "FAIL leavers"),
            ("a leaver is disabled", cyd(CYD_LEFT, disabled.clone()), "PASS all-on-roster"),
            ("a leaver of whom the listing does not say", cyd(CYD_LEFT, silent), "INCOMPLETE unclear"),
            (
                "an address of a leaver, a name of somebody else",
                cyd("email,username,status\nann@example.com,,left\nbob@example.com,,active\n,cyd,active\n", both),
                "FAIL leavers",
            ),
            (
                "the last day was before the listing, after the roster",
                good("email,left_on\nann@example.com,\nbob@example.com,\ncyd@example.com,2026-09-29\n"),
                "FAIL leavers",
            ),
            (
                "the last day is today",
                good("email,left_on\nann@example.com,\nbob@example.com,\ncyd@example.com,2026-09-30\n"),
                "PASS all-on-roster",
            ),
            ("not on the roster", good(WITHOUT_CYD), "FAIL outside"),
            ("not on the roster, and disabled", cyd(WITHOUT_CYD, disabled), "PASS all-on-roster"),
            ("not on the roster, created since", cyd(WITHOUT_CYD, later), "INCOMPLETE unclear"),
            ("not on the roster, from an identity provider", cyd(WITHOUT_CYD, external.clone()), "FAIL outside"),
            ("nothing to be found by", cyd(WITHOUT_CYD, only_sub), "INCOMPLETE unclear"),
            ("the roster names some by address, some by name", good(mixed), "INCOMPLETE unclear"),
            ("from an identity provider, the roster by name", cyd("username\nann\nbob\n", external), "INCOMPLETE unclear"),
            ("an address that nobody verified", cyd(ALL, unverified), "MANUAL unverified-address"),
            ("a roster of last month", Fixture::good().roster("2026-08-29", ALL), "MANUAL old"),
            ("a roster of 31 days ago", Fixture::good().roster("2026-08-30", ALL), "PASS all-on-roster"),
            ("the audience is not declared", of(good(CYD_LEFT), None), "MANUAL other-audience"),
            ("of customers", of(good(ALL), Some(Audience::Customer)), "MANUAL other-audience"),
            ("of consumers", of(good(CYD_LEFT), Some(Audience::Consumer)), "NOT_APPLICABLE consumers"),
            ("everybody works here, the listing cut off", cut(good(ALL)), "INCOMPLETE gap"),
            ("everybody works here, never asked", good(ALL).without("ListUsers"), "INCOMPLETE gap"),
            ("everybody works here, denied", good(ALL).fails("ListUsers", "AccessDeniedException"), "INCOMPLETE gap"),
        ];
        cases.into_iter().map(|(what, fixture, said)| ("COG-ACC-005", what, fixture, said)).collect()
    }

    #[test]
    fn a_leaver_is_pointed_at_by_pseudonym_and_on_the_roster() {
        let found: Vec<Finding> = good(CYD_LEFT).findings("COG-ACC-005");
        let pointers: Vec<String> = found[0].evidence.iter().map(|e| format!("{} {}", e.call, e.pointer)).collect();
        assert!(
            pointers.iter().any(|p| p.ends_with("/Users/2")) && pointers.iter().any(|p| p.starts_with("roster /people/")),
            "{pointers:?}"
        );
        assert_eq!((found[0].counts["leavers"], found[0].counts["outside"], found[0].counts["enabled"]), (1, 0, 3));
        let both = good("email,status\nann@example.com,active\ncyd@example.com,left\n").findings("COG-ACC-005");
        assert_eq!((both[0].counts["leavers"], both[0].counts["outside"]), (1, 1), "told apart");
    }
}
