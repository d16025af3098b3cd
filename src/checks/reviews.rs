//! COG-ACC-006: the enabled users held against the reviews of access that were supplied. Who wrote a review a run cannot
//! know (rulings 41), so that nothing here passes: what a review itself shows to be undone fails, the rest is for a human.
//! Whether a signature holds is not looked at here: `run` does when it takes the review, and `verify` does.

use super::PoolCx;
use super::given::Given;
use super::leavers::listed_on;
use super::people::{SHOWN, enabled};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::id::PoolId;
use crate::model::review::{PoolReview, Review};
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use chrono::{Months, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// How long a review holds, months (PCI DSS 4.0.1, 7.2.4: at least once every six).
const MONTHS: u32 = 6;
/// Digits of a fingerprint that a reason shows; the report has all.
const SHORT: usize = 16;

/// A review of a pool against its users.
#[derive(Debug)]
pub struct Held<'a> {
    /// The review.
    pub review: &'a Review,
    /// Its decisions on this pool.
    pub pool: &'a PoolReview,
    /// Where those stand.
    at: String,
    /// Enabled (or of whom the listing does not say), there on its day, and not decided on.
    pub uncovered: Vec<&'a User>,
    /// Where it decides on users who are not in the population that it is of; `None` where that is not at hand.
    pub strangers: Option<Vec<String>>,
}

/// The last word on a user: of the latest review, and of two of one day the removal.
#[derive(Debug)]
struct Word {
    on: NaiveDate,
    remove: bool,
    /// Place of the review among those of the pool.
    review: usize,
    at: String,
}

/// All reviews of a pool against its users.
#[derive(Debug)]
pub struct Joined<'a> {
    /// The reviews, in the order in which they were given.
    pub reviews: Vec<Held<'a>>,
    /// Enabled users, or of whom the listing does not say.
    pub enabled: Vec<&'a User>,
    /// Enabled, though the last word of a review, the one at this place, is that they be removed; and where that stands.
    pub open: Vec<(&'a User, usize, String)>,
    /// To be removed by the last word, and not known to be enabled or not.
    pub unclear: usize,
}

fn decisions<'a>(pool: &'a PoolReview, at: &str) -> impl Iterator<Item = (&'a str, bool, String)> {
    [("keep", false, &pool.keep), ("remove", true, &pool.remove)].into_iter().flat_map(move |(list, remove, users)| {
        users.iter().enumerate().map(move |(n, user)| (user.as_str(), remove, format!("{at}/{list}/{n}")))
    })
}

fn held<'a>(given: &Given<'a>, id: &PoolId, enabled: &[&'a User]) -> Vec<Held<'a>> {
    let mut held = Vec::new();
    for (n, review) in given.reviews.iter().flat_map(|r| r.reviews.iter().enumerate()) {
        for (m, pool) in review.pools.iter().enumerate().filter(|(_, pool)| pool.id == *id) {
            let at = format!("/reviews/{n}/pools/{m}");
            let decided: BTreeSet<&str> = pool.keep.iter().chain(&pool.remove).map(String::as_str).collect();
            let there = |u: &User| u.created.is_none_or(|created| created <= review.on);
            let passed_over = |u: &User| there(u) && u.sub.as_deref().is_none_or(|sub| !decided.contains(sub));
            let population = given.reviewable.as_ref().filter(|p| p.sha256 == review.population);
            let strangers = population.and_then(|p| p.of(id)).map(|known| {
                let unknown = decisions(pool, &at).filter(|(user, ..)| !known.contains(*user));
                unknown.map(|(.., at)| at).collect()
            });
            held.push(Held { review, pool, uncovered: enabled.iter().copied().filter(|u| passed_over(u)).collect(), strangers, at });
        }
    }
    held
}

fn words<'a>(reviews: &[Held<'a>]) -> BTreeMap<&'a str, Word> {
    let mut words: BTreeMap<&str, Word> = BTreeMap::new();
    for (n, held) in reviews.iter().enumerate() {
        let on = held.review.on;
        for (user, remove, at) in decisions(held.pool, &held.at) {
            if words.get(user).is_none_or(|earlier| (earlier.on, earlier.remove) < (on, remove)) {
                words.insert(user, Word { on, remove, review: n, at });
            }
        }
    }
    words
}

/// Holds a pool's users, listed on `day`, against every review of it.
pub fn join<'a>(pool: &'a Pool, given: &Given<'a>, day: NaiveDate) -> Joined<'a> {
    let enabled = enabled(pool);
    let reviews = held(given, &pool.id, &enabled);
    let words = words(&reviews);
    let (mut open, mut unclear) = (Vec::new(), 0);
    for user in &enabled {
        // A removal that was decided after the listing cannot show there.
        match user.sub.as_deref().and_then(|sub| words.get(sub)).filter(|word| word.remove && word.on <= day) {
            Some(word) if user.enabled.is_some() => open.push((*user, word.review, word.at.clone())),
            Some(_) => unclear += 1,
            None => {}
        }
    }
    Joined { reviews, enabled, open, unclear }
}

/// By which key a review says that it was signed, in words.
fn signature(review: &Review) -> String {
    match &review.signature {
        Some(signed) => format!("signed with key {}", signed.fingerprint.get(..SHORT).unwrap_or(&signed.fingerprint)),
        None => "not signed".to_owned(),
    }
}

/// Decides COG-ACC-006.
pub(super) fn decide(cx: &PoolCx) -> Result<Decision, Gap> {
    let day = listed_on(cx.pool, cx.day);
    let Joined { reviews, enabled, open, unclear } = join(cx.pool, cx.given, day);
    let privileged = enabled.iter().filter(|u| u.privileged).count();
    let Some(last) = reviews.iter().max_by_key(|held| held.review.on) else {
        let proof = cx.population()?.and_all(enabled.iter().take(SHOWN).map(|u| u.at.clone()));
        return Ok(Decision::new(Verdict::Manual, "no-review", proof).count("enabled", enabled.len()).count("privileged", privileged));
    };
    let (on, uncovered) = (last.review.on, &last.uncovered);
    let strangers: Vec<&String> = reviews.iter().filter_map(|held| held.strangers.as_ref()).flatten().collect();
    let proof = Proof::new(Evidence::scope("/inputs/reviews")).and(Evidence::reviews(&last.at));
    let with = |verdict, reason, proof: Proof| {
        let decision = Decision::new(verdict, reason, proof).count("enabled", enabled.len()).count("privileged", privileged);
        let decision = decision.count("open", open.len()).count("uncovered", uncovered.len()).count("unclear", unclear);
        let decision = decision.count("kept", last.pool.keep.len()).count("removed", last.pool.remove.len()).with("on", on);
        decision.count("strangers", strangers.len()).with("listed-on", day).with("signature", signature(last.review))
    };
    if !open.is_empty() {
        let places = open.iter().take(SHOWN).flat_map(|(user, _, at)| [Evidence::reviews(at), user.at.clone()]);
        return Ok(with(Verdict::Fail, "open-removals", proof.and_all(places)));
    }
    if on.checked_add_months(Months::new(MONTHS)).is_some_and(|until| until < day) {
        return Ok(with(Verdict::Fail, "old", proof).with("months", MONTHS));
    }
    if on > day {
        return Ok(with(Verdict::Incomplete, "after-listing", proof));
    }
    if cx.given.reviewable.as_ref().map(|p| &p.sha256) != Some(&last.review.population) {
        return Ok(with(Verdict::Incomplete, "other-population", proof));
    }
    let proof = proof.and_all(cx.population()?.iter().cloned());
    if unclear > 0 {
        return Ok(with(Verdict::Incomplete, "unclear", proof));
    }
    if !strangers.is_empty() {
        return Ok(with(Verdict::Manual, "strangers", proof.and_all(strangers.iter().take(SHOWN).map(|at| Evidence::reviews(*at)))));
    }
    if !uncovered.is_empty() {
        return Ok(with(Verdict::Manual, "not-all", proof.and_all(uncovered.iter().take(SHOWN).map(|u| u.at.clone()))));
    }
    let reason = if last.review.signature.is_some() { "signed" } else { "unsigned" };
    Ok(with(Verdict::Manual, reason, proof))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::cases::Case;
    use crate::checks::given::Reviewable;
    use crate::checks::testkit::{Fixture, POOL, merge, pseudonyms, user};
    use crate::digest::sha256_hex;
    use crate::model::exception::Approval;
    use crate::model::review::{PoolReview, Review, Reviews};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn users(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| pseudonyms().user(&format!("sub-{name}"))).collect()
    }

    /// The users of the bundle before this one: those of [`Fixture::good`].
    pub fn population() -> Reviewable {
        Reviewable { sha256: "a".repeat(64), users: BTreeMap::from([(POOL.into(), Some(users(&ALL).into_iter().collect()))]) }
    }

    impl Fixture {
        /// Supplies a review of these users of the pool, by name.
        #[must_use]
        pub fn reviewed(mut self, on: &str, keep: &[&str], remove: &[&str]) -> Self {
            let review = Review {
                reviewer: "C. Santos".to_owned(),
                role: "head of IT".to_owned(),
                on: on.parse().unwrap(),
                period: "2026-H1".to_owned(),
                population: population().sha256,
                sha256: "5".repeat(64),
                pools: vec![PoolReview { id: POOL.into(), keep: users(keep), remove: users(remove) }],
                signature: None,
            };
            assert_eq!(review.defects(), Vec::<String>::new());
            self.reviews.push(review);
            self.scope.inputs.reviews = Some(sha256_hex(&Reviews::of(self.reviews.clone()).to_json().unwrap()));
            self
        }

        /// Signs the last of the reviews, as far as a check looks.
        #[must_use]
        pub fn signed(mut self) -> Self {
            let signature = Approval { fingerprint: "5f".repeat(32), at: "2026-07-01T10:00:00Z".to_owned(), envelope: "{}".to_owned() };
            self.reviews.last_mut().unwrap().signature = Some(signature);
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
            f.reviewable = None;
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
        let of_many_users = |mut f: Fixture| {
            f.reviewable.as_mut().unwrap().users.insert(POOL.into(), None);
            f
        };
        let of_users_elsewhere = |mut f: Fixture| {
            f.reviewable.as_mut().unwrap().users.clear();
            f
        };
        let with_dan = || good().reviewed("2026-06-30", &["ann", "bob", "cyd", "dan"], &[]);
        let since = json!({"UserCreateDate": 1_790_700_000.0});
        let cases: Vec<(&'static str, Fixture, &'static str)> = vec![
            ("everybody was kept", good().reviewed("2026-06-30", &ALL, &[]), "MANUAL unsigned"),
            ("everybody was kept, and it is signed", good().reviewed("2026-06-30", &ALL, &[]).signed(), "MANUAL signed"),
            (
                "signed, and one of a later day that nobody signed",
                good().reviewed("2026-06-30", &ALL, &[]).signed().reviewed("2026-07-31", &ALL, &[]),
                "MANUAL unsigned",
            ),
            ("a signature does no removal", review(good()).signed(), "FAIL open-removals"),
            ("a signature makes nothing younger", good().reviewed("2026-03-29", &ALL, &[]).signed(), "FAIL old"),
            (
                "a signature makes no population",
                of_other_users(good().reviewed("2026-06-30", &ALL, &[]).signed()),
                "INCOMPLETE other-population",
            ),
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
            ("it decides on somebody who was not there", with_dan(), "MANUAL strangers"),
            ("it decides on somebody who was not there, and is signed", with_dan().signed(), "MANUAL strangers"),
            (
                "it decides on somebody who was not there, and passes over one",
                good().reviewed("2026-06-30", &["ann", "bob"], &["dan"]),
                "MANUAL strangers",
            ),
            (
                "it removes somebody who was not there, and is here",
                good().users(vec![user("ann"), user("dan")]).reviewed("2026-06-30", &["ann"], &["dan"]),
                "FAIL open-removals",
            ),
            ("an older one of the same users decides on a stranger", with_dan().reviewed("2026-07-31", &ALL, &[]), "MANUAL strangers"),
            ("who was there is not held one by one", of_many_users(with_dan()), "MANUAL unsigned"),
            ("the pool was not in the bundle before", of_users_elsewhere(good().reviewed("2026-06-30", &ALL, &[])), "MANUAL strangers"),
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

    #[test]
    fn a_stranger_is_counted_and_pointed_at_in_the_review() {
        let found = Fixture::good().reviewed("2026-06-30", &["ann", "dan", "bob"], &["eve"]).findings("COG-ACC-006");
        let pointers: Vec<String> = found[0].evidence.iter().map(|e| format!("{} {}", e.call, e.pointer)).collect();
        for at in ["/reviews/0/pools/0/keep/1", "/reviews/0/pools/0/remove/0"] {
            assert!(pointers.contains(&format!("reviews {at}")), "{pointers:?}");
        }
        assert_eq!((found[0].counts["strangers"], found[0].counts["uncovered"]), (2, 1));
    }

    #[test]
    fn a_signed_review_is_named_by_the_beginning_of_its_key() {
        let found = Fixture::good().reviewed("2026-06-30", &ALL, &[]).signed().findings("COG-ACC-006");
        assert!(
            found[0].reason.contains("signed with key 5f5f5f5f5f5f5f5f,") && found[0].reason.contains("cannot know"),
            "{}",
            found[0].reason
        );
    }
}
