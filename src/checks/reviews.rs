//! COG-ACC-006: the enabled users held against the reviews of access that were supplied. Who wrote a review a run cannot
//! know (rulings 41), so that nothing here passes: what a review itself shows to be undone fails, the rest is for a human.

use super::PoolCx;
use super::leavers::listed_on;
use super::people::{SHOWN, enabled};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::review::{PoolReview, Review};
use crate::model::verdict::Verdict;
use crate::snapshot::population::User;
use chrono::{Months, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// How long a review holds, months (PCI DSS 4.0.1, 7.2.4: at least once every six).
const MONTHS: u32 = 6;

/// A review of this pool, and where it stands.
struct Found<'a> {
    review: &'a Review,
    pool: &'a PoolReview,
    at: String,
}

fn of_pool<'a>(cx: &PoolCx<'a>) -> Vec<Found<'a>> {
    let all = cx.given.reviews.iter().flat_map(|r| r.reviews.iter().enumerate());
    all.flat_map(|(n, review)| review.pools.iter().enumerate().map(move |(m, pool)| (n, m, review, pool)))
        .filter(|(_, _, _, pool)| pool.id == cx.pool.id)
        .map(|(n, m, review, pool)| Found { review, pool, at: format!("/reviews/{n}/pools/{m}") })
        .collect()
}

/// The last word on a user: its day, whether access is to end, and where it stands.
type Word = (NaiveDate, bool, String);

/// The last word on each user. Of two of one day the removal counts.
fn words<'a>(found: &[Found<'a>]) -> BTreeMap<&'a str, Word> {
    let mut words: BTreeMap<&str, Word> = BTreeMap::new();
    for f in found {
        for (list, remove, users) in [("keep", false, &f.pool.keep), ("remove", true, &f.pool.remove)] {
            for (n, user) in users.iter().enumerate() {
                let earlier = words.get(user.as_str()).map(|(on, removed, _)| (*on, *removed));
                if earlier.is_none_or(|earlier| earlier < (f.review.on, remove)) {
                    words.insert(user, (f.review.on, remove, format!("{}/{list}/{n}", f.at)));
                }
            }
        }
    }
    words
}

/// Decides COG-ACC-006.
pub(super) fn decide(cx: &PoolCx) -> Result<Decision, Gap> {
    let enabled = enabled(cx.pool);
    let privileged = enabled.iter().filter(|u| u.privileged).count();
    let found = of_pool(cx);
    let Some(last) = found.iter().max_by_key(|f| f.review.on) else {
        let proof = cx.population()?.and_all(enabled.iter().take(SHOWN).map(|u| u.at.clone()));
        return Ok(Decision::new(Verdict::Manual, "no-review", proof).count("enabled", enabled.len()).count("privileged", privileged));
    };
    let (on, day) = (last.review.on, listed_on(cx.pool, cx.day));
    let words = words(&found);
    let removed = |u: &User| words.get(u.sub.as_deref()?).filter(|(_, remove, _)| *remove);
    // A removal that was decided after the listing cannot show there.
    let open = |u: &User| removed(u).is_some_and(|(on, ..)| *on <= day);
    let still: Vec<&User> = enabled.iter().copied().filter(|u| open(u) && u.enabled.is_some()).collect();
    let unclear = enabled.iter().filter(|u| open(u) && u.enabled.is_none()).count();
    let decided: BTreeSet<&str> = last.pool.keep.iter().chain(&last.pool.remove).map(String::as_str).collect();
    let there = |u: &User| u.created.is_none_or(|created| created <= on);
    let passed_over = |u: &User| there(u) && u.sub.as_deref().is_none_or(|sub| !decided.contains(sub));
    let uncovered: Vec<&User> = enabled.iter().copied().filter(|u| passed_over(u)).collect();
    let proof = Proof::new(Evidence::scope("/inputs/reviews")).and(Evidence::reviews(&last.at));
    let with = |verdict, reason, proof: Proof| {
        let decision = Decision::new(verdict, reason, proof).count("enabled", enabled.len()).count("privileged", privileged);
        let decision = decision.count("open", still.len()).count("uncovered", uncovered.len()).count("unclear", unclear);
        decision.count("kept", last.pool.keep.len()).count("removed", last.pool.remove.len()).with("on", on).with("listed-on", day)
    };
    if !still.is_empty() {
        let shown = still.iter().take(SHOWN);
        let places = shown.flat_map(|u| removed(u).map(|(.., at)| Evidence::reviews(at)).into_iter().chain([u.at.clone()]));
        return Ok(with(Verdict::Fail, "open-removals", proof.and_all(places)));
    }
    if on.checked_add_months(Months::new(MONTHS)).is_some_and(|until| until < day) {
        return Ok(with(Verdict::Fail, "old", proof).with("months", MONTHS));
    }
    if on > day {
        return Ok(with(Verdict::Incomplete, "after-listing", proof));
    }
    if cx.given.reviewable.as_ref() != Some(&last.review.population) {
        return Ok(with(Verdict::Incomplete, "other-population", proof));
    }
    let proof = proof.and_all(cx.population()?.iter().cloned());
    if unclear > 0 {
        return Ok(with(Verdict::Incomplete, "unclear", proof));
    }
    if !uncovered.is_empty() {
        return Ok(with(Verdict::Manual, "not-all", proof.and_all(uncovered.iter().take(SHOWN).map(|u| u.at.clone()))));
    }
    Ok(with(Verdict::Manual, "unsigned", proof))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, POOL, REVIEWED, merge, pseudonyms, user};
    use crate::digest::sha256_hex;
    use crate::model::review::{PoolReview, Review, Reviews};
    use serde_json::{Value, json};

    impl Fixture {
        /// Supplies a review of these users of the pool, by name.
        #[must_use]
        pub fn reviewed(mut self, on: &str, keep: &[&str], remove: &[&str]) -> Self {
            let users = |names: &[&str]| names.iter().map(|name| pseudonyms().user(&format!("sub-{name}"))).collect();
            let review = Review {
                reviewer: "C. Santos".to_owned(),
                role: "head of IT".to_owned(),
                on: on.parse().unwrap(),
                period: "2026-H1".to_owned(),
                population: REVIEWED.repeat(64),
                sha256: "5".repeat(64),
                pools: vec![PoolReview { id: POOL.into(), keep: users(keep), remove: users(remove) }],
            };
            assert_eq!(review.defects(), Vec::<String>::new());
            self.reviews.push(review);
            self.scope.inputs.reviews = Some(sha256_hex(&Reviews::of(self.reviews.clone()).to_json().unwrap()));
            self
        }
    }

    const ALL: [&str; 3] = ["ann", "bob", "cyd"];

    fn cyd(change: Value) -> Fixture {
        let mut cyd = user("cyd");
        merge(&mut cyd, change);
        Fixture::good().users(vec![user("ann"), user("bob"), cyd])
    }
    fn review(f: Fixture) -> Fixture {
        f.reviewed("2026-06-30", &["ann", "bob"], &["cyd"])
    }

    /// The cases of COG-ACC-006 with a review. The pool was listed on 2026-09-30.
    pub fn table() -> Vec<Case> {
        let good = Fixture::good;
        let gone = || cyd(json!({"Enabled": false}));
        let cut = |f: Fixture| f.with("ListUsers", json!({"PaginationToken": "more"}));
        let not_before = |mut f: Fixture| {
            f.reviewable = false;
            f
        };
        let of_another_pool = |mut f: Fixture| {
            f.reviews[0].pools[0].id = "eu-west-1_Another01".into();
            f
        };
        let of_other_users = |mut f: Fixture| {
            f.reviews[0].population = "b".repeat(64);
            f
        };
        let since = json!({"UserCreateDate": 1_790_700_000.0});
        let cases: Vec<(&'static str, Fixture, &'static str)> = vec![
            ("everybody was kept", good().reviewed("2026-06-30", &ALL, &[]), "MANUAL unsigned"),
            ("who was removed is disabled", review(gone()), "MANUAL unsigned"),
            ("who was removed is gone", review(good().users(vec![user("ann"), user("bob")])), "MANUAL unsigned"),
            ("who was removed is enabled", review(good()), "FAIL open-removals"),
            ("who was removed is enabled, the listing cut off", cut(review(good())), "FAIL open-removals"),
            ("who was removed is enabled, no bundle before", not_before(review(good())), "FAIL open-removals"),
            ("who was removed is enabled, and kept since", review(good()).reviewed("2026-07-31", &ALL, &[]), "MANUAL unsigned"),
            (
                "kept first, removed since",
                good().reviewed("2026-07-31", &["ann", "bob"], &["cyd"]).reviewed("2026-06-30", &ALL, &[]),
                "FAIL open-removals",
            ),
            ("kept and removed on one day", review(good()).reviewed("2026-06-30", &ALL, &[]), "FAIL open-removals"),
            ("kept and removed on one day, the other way round", review(good().reviewed("2026-06-30", &ALL, &[])), "FAIL open-removals"),
            ("removed on the day of the listing", good().reviewed("2026-09-30", &["ann", "bob"], &["cyd"]), "FAIL open-removals"),
            ("who was removed may be enabled", review(cyd(json!({"Enabled": null}))), "INCOMPLETE unclear"),
            ("of six months ago", good().reviewed("2026-03-30", &ALL, &[]), "MANUAL unsigned"),
            ("of a day more", good().reviewed("2026-03-29", &ALL, &[]), "FAIL old"),
            ("old, and one that is not", good().reviewed("2026-03-29", &ALL, &[]).reviewed("2026-09-01", &ALL, &[]), "MANUAL unsigned"),
            ("decided after the listing", good().reviewed("2026-10-01", &["ann", "bob"], &["cyd"]), "INCOMPLETE after-listing"),
            ("no bundle before", not_before(good().reviewed("2026-06-30", &ALL, &[])), "INCOMPLETE other-population"),
            ("of another population", of_other_users(good().reviewed("2026-06-30", &ALL, &[])), "INCOMPLETE other-population"),
            ("of another pool", of_another_pool(review(good())), "MANUAL no-review"),
            ("of another pool, the listing cut off", cut(of_another_pool(review(good()))), "INCOMPLETE gap"),
            ("nobody looked at one", good().reviewed("2026-06-30", &["ann", "bob"], &[]), "MANUAL not-all"),
            ("nobody looked at one, who is disabled", gone().reviewed("2026-06-30", &["ann", "bob"], &[]), "MANUAL unsigned"),
            ("nobody looked at one, who came since", cyd(since).reviewed("2026-06-30", &["ann", "bob"], &[]), "MANUAL unsigned"),
            ("everybody was kept, the listing cut off", cut(good().reviewed("2026-06-30", &ALL, &[])), "INCOMPLETE gap"),
            ("everybody was kept, never listed", good().without("ListUsers").reviewed("2026-06-30", &ALL, &[]), "INCOMPLETE gap"),
            (
                "everybody was kept, denied",
                good().fails("ListUsers", "AccessDeniedException").reviewed("2026-06-30", &ALL, &[]),
                "INCOMPLETE gap",
            ),
        ];
        cases.into_iter().map(|(what, fixture, said)| ("COG-ACC-006", what, fixture, said)).collect()
    }

    #[test]
    fn an_open_removal_is_pointed_at_in_the_review_and_in_the_listing() {
        let found = review(Fixture::good()).findings("COG-ACC-006");
        let pointers: Vec<String> = found[0].evidence.iter().map(|e| format!("{} {}", e.call, e.pointer)).collect();
        assert!(pointers.iter().any(|p| p == "reviews /reviews/0/pools/0/remove/0"), "{pointers:?}");
        assert!(pointers.iter().any(|p| p.ends_with("/Users/2")), "{pointers:?}");
        assert_eq!((found[0].counts["open"], found[0].counts["enabled"]), (1, 3));
    }
}
