//! COG-MFA-001: the pool requires MFA. Both readings of the mode must say so.

use super::{census, pointers, readings};
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;

/// Decides COG-MFA-001.
pub fn required(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    if let Some(proof) = no_local_sign_in(cx) {
        let all: Vec<&User> = pool.population.users.iter().collect();
        return Ok(census(Decision::new(Verdict::NotApplicable, "no-local-users", proof), &all));
    }
    let config = pool.mfa_configuration.known()?;
    let description = pool.mfa_in_description.known()?;
    let proof = readings(pool);
    let shown = |reading: Option<&String>| reading.map_or_else(|| "nothing".to_owned(), Clone::clone);
    let undecided = |reason| {
        let decision = Decision::new(Verdict::Incomplete, reason, proof.clone());
        Ok(decision.with("config", shown(config)).with("description", shown(description)))
    };
    if config != description {
        return undecided("readings-disagree");
    }
    match pool.mfa_mode() {
        Ok(MfaMode::On) => Ok(Decision::new(Verdict::Pass, "mode-on", proof)),
        Ok(MfaMode::Off) => Ok(Decision::new(Verdict::Fail, "mode-off", proof)),
        Ok(MfaMode::Optional) => Ok(optional(cx, proof)),
        Err(_) => undecided("mode-unknown"),
    }
}

/// OPTIONAL is FAIL either way; whether everybody happens to be enrolled is worth saying.
fn optional(cx: &PoolCx, proof: Proof) -> Decision {
    let signing_in: Vec<&User> = cx.pool.population.signing_in().collect();
    let all = !signing_in.is_empty() && signing_in.iter().all(|u| u.state == FactorState::Enrolled);
    match cx.population() {
        Ok(listing) if all => {
            let proof = proof.and_all(listing.iter().cloned()).and_all(pointers(signing_in.iter().copied()));
            census(Decision::new(Verdict::Fail, "mode-optional-all-enrolled", proof), &signing_in)
        }
        _ => Decision::new(Verdict::Fail, "mode-optional", proof),
    }
}

/// The proof that nobody can sign in with a password of this pool (rulings: a complete listing without local users,
/// users created by administrators only, and no UserMigration trigger). Client provider lists never prove it.
pub fn no_local_sign_in(cx: &PoolCx) -> Option<Proof> {
    let pool = cx.pool;
    let listing = cx.population().ok()?;
    let closed = pool.admin_create_only.if_read() == Some(&true) && pool.trigger("UserMigration") == Ok(false);
    let nobody = !pool.population.users.iter().any(User::is_local);
    (closed && nobody).then(|| listing.and(pool.admin_create_only.at.clone()).and(pool.triggers.at.clone()))
}
