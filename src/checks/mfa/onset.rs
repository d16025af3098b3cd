//! COG-MFA-012: the first sign-in. Cognito gives a new user tokens at the first sign-in even where MFA is required, so
//! whoever has no factor yet is one password away from a session.

use super::{census, is_unresolved, pointers, readings};
use crate::checks::PoolCx;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;

/// Decides COG-MFA-012. Users whose factors nothing proves leave it open, derived ones do not (rulings).
pub fn first_sign_in(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let mode = pool.mfa_mode()?;
    if mode != MfaMode::On {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-not-required", readings(pool)).with("mode", mode.word()));
    }
    let listing = cx.population()?;
    let all: Vec<&User> = pool.population.users.iter().collect();
    let in_states = |wanted: fn(FactorState) -> bool| all.iter().copied().filter(move |u| wanted(u.state));
    let proof = readings(pool).and_all(listing.iter().cloned()).and(pool.admin_create_only.at.clone()).and(pool.triggers.at.clone());
    let decide = |verdict, reason, proof| census(Decision::new(verdict, reason, proof), &all);
    if in_states(is_unresolved).next().is_some() {
        return Ok(decide(Verdict::Incomplete, "unresolved", proof.and_all(pointers(in_states(is_unresolved)))));
    }
    let closed = *pool.admin_create_only.needed()?;
    let migrating = pool.trigger("UserMigration")?;
    if in_states(waits).next().is_some() {
        return Ok(decide(Verdict::Manual, "waiting", proof.and_all(pointers(in_states(waits)))));
    }
    if !closed || migrating {
        let way = match (closed, migrating) {
            (false, false) => "anybody can sign up",
            (true, _) => "a UserMigration trigger creates users at sign-in",
            (false, true) => "anybody can sign up, and a UserMigration trigger creates users at sign-in",
        };
        return Ok(decide(Verdict::Manual, "users-come", proof).with("way", way));
    }
    Ok(decide(Verdict::Pass, "nobody", proof))
}

/// Has a first sign-in to come. An UNCONFIRMED user may confirm the account himself, by the code that was sent to him.
fn waits(state: FactorState) -> bool {
    matches!(state, FactorState::Pending | FactorState::Unconfirmed)
}
