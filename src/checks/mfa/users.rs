//! COG-MFA-003: every enabled local user has an active factor.

use super::{census, is_unresolved, passkey_beside_password, pointers, readings};
use crate::checks::PoolCx;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;

/// Decides COG-MFA-003. While the mode is OFF nobody is ever asked, whatever users have enrolled (rulings).
pub fn enrolled(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let all: Vec<&User> = pool.population.users.iter().collect();
    let in_states = |wanted: fn(FactorState) -> bool| all.iter().copied().filter(move |u| wanted(u.state));
    let decide = |verdict, reason, proof| census(Decision::new(verdict, reason, proof), &all);

    let listing = cx.population();
    if let Ok(proof) = &listing
        && !all.iter().any(|u| u.is_local())
    {
        return Ok(decide(Verdict::NotApplicable, "no-local-users", proof.clone()));
    }
    let mode = pool.mfa_mode();
    if mode == Ok(MfaMode::Off) {
        return Ok(decide(Verdict::Fail, "mode-off", readings(pool)));
    }
    if in_states(|s| s == FactorState::NotEnrolled).next().is_some() {
        let proof = readings(pool).and_all(pointers(in_states(|s| s == FactorState::NotEnrolled)));
        return Ok(decide(Verdict::Fail, "not-enrolled", proof));
    }
    mode?;
    let proof = readings(pool).and_all(listing?.iter().cloned());
    if in_states(is_unresolved).next().is_some() {
        return Ok(decide(Verdict::Incomplete, "unresolved", proof.and_all(pointers(in_states(is_unresolved)))));
    }
    if in_states(FactorState::counts).next().is_none() {
        return Ok(decide(Verdict::Manual, "nobody-signs-in", proof));
    }
    if in_states(|s| s == FactorState::Derived).next().is_some() {
        let derived = pointers(in_states(|s| s == FactorState::Derived));
        return Ok(decide(Verdict::Manual, "derived", proof.and_all(derived).and(pool.sms_mfa.at.clone()).and(pool.email_mfa.at.clone())));
    }
    let beside: Vec<&User> = all.iter().copied().filter(|u| passkey_beside_password(cx, u)).collect();
    if !beside.is_empty() {
        let decision = decide(Verdict::Manual, "passkey-beside-password", proof.and_all(pointers(beside.iter().copied())));
        return Ok(decision.count("passkey-only", beside.len()));
    }
    Ok(decide(Verdict::Pass, "all-enrolled", proof.and_all(pointers(in_states(FactorState::counts)))))
}
