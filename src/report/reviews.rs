//! The reviews of access in figures: who says he looked at which users, by which key, and what is left undone. No user stands
//! here. It must not judge: COG-ACC-006 does; nor say whose key it was: `verify` does.

use crate::checks::given::Given;
use crate::checks::{leavers, reviews};
use crate::model::id::PoolId;
use crate::model::review::{PoolReview, Review};
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::Pool;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A review, and the pools that it decides on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessReview {
    /// Its number in `data/inputs/reviews.json`, from 1.
    pub number: u64,
    /// Who reviewed, as the review says.
    pub reviewer: String,
    /// As what.
    pub role: String,
    /// The day of the decisions.
    pub on: NaiveDate,
    /// For which period.
    pub period: String,
    /// SHA-256 of the `population.csv` that was reviewed.
    pub population: String,
    /// Whether that is the population of the bundle before this one, with pseudonyms by the same key.
    pub of_previous: bool,
    /// Fingerprint of the key by which it says that it was signed; `None` where nobody signed.
    pub signed_with: Option<String>,
    /// When, RFC 3339, by the reviewer's own clock.
    pub signed_at: Option<String>,
    /// The pools that it decides on, in its order.
    pub pools: Vec<ReviewedPool>,
}

/// A review of a pool against the users of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewedPool {
    /// The pool.
    pub pool: PoolId,
    /// Users who keep their access.
    pub keep: u64,
    /// Users whose access is to end.
    pub remove: u64,
    /// Of those, still enabled, where no later review says otherwise; `None` where this run did not read the pool.
    pub open: Option<u64>,
    /// Enabled users who were there on its day, and on whom it does not decide; `None` as above.
    pub uncovered: Option<u64>,
    /// Decisions on users who are not in the population that it is of; `None` where that is not at hand.
    pub strangers: Option<u64>,
    /// Whether the pool's listing is proved complete: otherwise there may be more than these figures say.
    pub complete: bool,
}

/// The section, for users listed by `day`; `None` where no review was supplied.
pub fn of(snapshot: &Snapshot, given: &Given<'_>, day: NaiveDate) -> Option<Vec<AccessReview>> {
    let reviews = given.reviews?.reviews.iter();
    Some(reviews.zip(1..).map(|(review, number)| one(snapshot, given, day, review, number)).collect())
}

fn one(snapshot: &Snapshot, given: &Given<'_>, day: NaiveDate, review: &Review, number: u64) -> AccessReview {
    AccessReview {
        number,
        reviewer: review.reviewer.clone(),
        role: review.role.clone(),
        on: review.on,
        period: review.period.clone(),
        population: review.population.clone(),
        of_previous: given.reviewable.as_ref().is_some_and(|p| p.sha256 == review.population),
        signed_with: review.signature.as_ref().map(|s| s.fingerprint.clone()),
        signed_at: review.signature.as_ref().map(|s| s.at.clone()),
        pools: review.pools.iter().map(|decided| of_pool(snapshot, given, day, review, decided)).collect(),
    }
}

fn of_pool(snapshot: &Snapshot, given: &Given<'_>, day: NaiveDate, review: &Review, decided: &PoolReview) -> ReviewedPool {
    let mut out = ReviewedPool {
        pool: decided.id.clone(),
        keep: decided.keep.len() as u64,
        remove: decided.remove.len() as u64,
        open: None,
        uncovered: None,
        strangers: None,
        complete: false,
    };
    let Some(pool) = snapshot.pools.iter().find(|p| p.id == decided.id) else { return out };
    let joined = reviews::join(pool, given, leavers::listed_on(pool, day));
    let Some(place) = joined.reviews.iter().position(|held| std::ptr::eq(held.review, review)) else { return out };
    let held = joined.reviews.get(place);
    out.strangers = held.and_then(|held| held.strangers.as_ref()).map(|s| s.len() as u64);
    if is_listed(pool) {
        out.open = Some(joined.open.iter().filter(|(_, of, _)| *of == place).count() as u64);
        out.uncovered = held.map(|held| held.uncovered.len() as u64);
    }
    out.complete = pool.population.complete(&pool.estimated_before, &pool.estimated_after).is_ok();
    out
}

/// Whether anything of the pool's listing was read.
fn is_listed(pool: &Pool) -> bool {
    pool.population.pages > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::Fixture;
    use crate::model::review::Reviews;

    fn section(fixture: &Fixture) -> Vec<AccessReview> {
        let reviews = Reviews::of(fixture.reviews.clone());
        let given = Given { reviews: Some(&reviews), reviewable: fixture.reviewable.clone(), ..Given::from(&fixture.scope) };
        of(&fixture.snapshot(), &given, "2026-09-30".parse().unwrap()).unwrap()
    }
    fn counts(review: &AccessReview) -> (u64, u64, Option<u64>, Option<u64>, Option<u64>) {
        let p = &review.pools[0];
        (p.keep, p.remove, p.open, p.uncovered, p.strangers)
    }

    #[test]
    fn each_review_is_listed_with_what_it_left_undone() {
        let fixture = Fixture::good().reviewed("2026-06-30", &["ann", "dan"], &["bob"]).signed().reviewed("2026-05-31", &["ann"], &["bob"]);
        let found = section(&fixture);
        assert_eq!(found.iter().map(counts).collect::<Vec<_>>(), [(2, 1, Some(1), Some(1), Some(1)), (1, 1, Some(0), Some(1), Some(0))]);
        assert!(found[0].pools[0].complete && found[0].of_previous);
        assert_eq!((found[0].signed_with.as_deref(), found[1].signed_with.as_deref()), (Some("5f".repeat(32).as_str()), None));
    }

    #[test]
    fn what_was_not_read_is_no_count() {
        let never = Fixture::good().without("ListUsers").reviewed("2026-06-30", &["ann"], &["bob"]);
        assert_eq!(counts(&section(&never)[0]), (1, 1, None, None, Some(0)));
        let mut elsewhere = Fixture::good().reviewed("2026-06-30", &["ann"], &["bob"]);
        elsewhere.reviews[0].pools[0].id = "eu-west-1_Another01".into();
        assert_eq!(counts(&section(&elsewhere)[0]), (1, 1, None, None, None));
        let mut alone = Fixture::good().reviewed("2026-06-30", &["ann"], &["bob"]);
        alone.reviewable = None;
        assert_eq!((counts(&section(&alone)[0]), section(&alone)[0].of_previous), ((1, 1, Some(1), Some(1), None), false));
    }
}
