//! The roster in figures, and by pseudonym whom each pool should not have enabled. It must not judge: COG-ACC-005 does.

use crate::checks::leavers;
use crate::model::id::PoolId;
use crate::model::roster::{Roster, Status};
use crate::model::scope::{Audience, PrivacyMode, Scope};
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Longest list of users here; their counts are of all.
const LONGEST: usize = 200;

/// The roster, and the pools that it was held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterSection {
    /// The day that it is of, as its owner says.
    pub as_of: NaiveDate,
    /// Keyed commitment to the exact bytes of the file.
    pub commitment: String,
    /// People on it.
    pub people: u64,
    /// Of them, those marked as having left by its day.
    pub left: u64,
    /// The workforce and third-party pools.
    pub pools: Vec<PoolRoster>,
}

/// A pool's users against the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolRoster {
    /// The pool.
    pub pool: PoolId,
    /// Users who are enabled, or of whom the listing does not say.
    pub enabled: u64,
    /// Enabled, and marked as having left before the listing.
    pub leavers: u64,
    /// Enabled, and not on the roster.
    pub outside: u64,
    /// Who could not be held against it.
    pub unclear: u64,
    /// Found by an address only that nobody verified.
    pub unverified: u64,
    /// Pseudonyms of the leavers, at most 200.
    pub users_left: Vec<String>,
    /// Pseudonyms of those who are not on it, at most 200.
    pub users_outside: Vec<String>,
}

/// The section; the pools are those that the roster is held against.
pub fn of(snapshot: &Snapshot, scope: &Scope, roster: &Roster, day: NaiveDate) -> RosterSection {
    let audience = |pool: &&Pool| scope.pool(&pool.id).and_then(|(_, p)| p.audience);
    let held = snapshot.pools.iter().filter(|p| matches!(audience(p), Some(Audience::Workforce | Audience::ThirdParty)));
    let left = roster.people.iter().filter(|p| p.status == Status::Left).count();
    RosterSection {
        as_of: roster.as_of,
        commitment: roster.commitment.clone(),
        people: roster.people.len() as u64,
        left: left as u64,
        pools: held.map(|pool| one(pool, scope.privacy.mode, roster, day)).collect(),
    }
}

fn one(pool: &Pool, mode: PrivacyMode, roster: &Roster, day: NaiveDate) -> PoolRoster {
    let joined = leavers::join(pool, roster, leavers::listed_on(pool, day));
    let shown = |users: &[&User]| -> Vec<String> {
        let ids = users.iter().take(LONGEST).map(|u| u.id.to_string());
        if mode == PrivacyMode::Mask { Vec::new() } else { ids.collect() }
    };
    let left: Vec<&User> = joined.leavers.iter().map(|(user, _)| *user).collect();
    PoolRoster {
        pool: pool.id.clone(),
        enabled: joined.enabled.len() as u64,
        leavers: left.len() as u64,
        outside: joined.outside.len() as u64,
        unclear: joined.unclear.len() as u64,
        unverified: joined.unverified.len() as u64,
        users_left: shown(&left),
        users_outside: shown(&joined.outside),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::leavers::tests::{CYD_LEFT, WITHOUT_CYD};
    use crate::checks::testkit::Fixture;
    use crate::model::scope::{Audience, PrivacyMode};

    fn section(fixture: &Fixture) -> super::RosterSection {
        super::of(&fixture.snapshot(), &fixture.scope, fixture.roster.as_ref().unwrap(), "2026-09-30".parse().unwrap())
    }

    #[test]
    fn leavers_and_strangers_stand_there_by_pseudonym_and_masked_not_at_all() {
        let mut left = Fixture::good().roster("2026-09-28", CYD_LEFT);
        let found = section(&left);
        assert_eq!((found.people, found.left, found.pools[0].leavers, found.pools[0].outside), (3, 1, 1, 0));
        assert!(found.pools[0].users_left[0].starts_with("u_") && found.pools[0].users_outside.is_empty());
        let outside = &section(&Fixture::good().roster("2026-09-28", WITHOUT_CYD)).pools[0];
        assert_eq!((outside.leavers, outside.outside, &outside.users_outside), (0, 1, &found.pools[0].users_left));
        left.scope.privacy.mode = PrivacyMode::Mask;
        assert_eq!((section(&left).pools[0].leavers, section(&left).pools[0].users_left.len()), (1, 0));
        left.scope.pools[0].audience = Some(Audience::Customer);
        assert!(section(&left).pools.is_empty());
    }
}
