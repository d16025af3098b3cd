//! COG-MFA-003: every enabled local user has an active factor.

use super::{census, is_unresolved, passkey_beside_password, pointers, readings};
use crate::checks::PoolCx;
use crate::model::evidence::Evidence;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::Detail;
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
    let mode = mode?;
    let proof = readings(pool).and_all(listing?.iter().cloned());
    let read = in_states(FactorState::counts).filter(|u| u.state != FactorState::NotAsked).count();
    let sampled = cx.scope.users.detail == Detail::Sample && read > 0;
    if sampled && in_states(is_unresolved).all(|u| u.state == FactorState::NotAsked) && in_states(is_unresolved).next().is_some() {
        let enrolled = in_states(|s| s == FactorState::Enrolled).count();
        let proof = proof.and(Evidence::scope("/users/detail")).and_all(pointers(in_states(|s| s == FactorState::Enrolled)));
        let decision = decide(Verdict::Incomplete, "sampled", proof).count("read", read);
        let (low, high) = interval(enrolled, read);
        return Ok(decision.with("low", format!("{low:.1}")).with("high", format!("{high:.1}")));
    }
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
    let decision = decide(Verdict::Pass, "all-enrolled", proof.and_all(pointers(in_states(FactorState::counts))));
    Ok(decision.with("mode", mode.word()))
}

/// The 95 % interval of a share by a sample, in per cent (Wilson, 1927).
#[allow(clippy::cast_precision_loss, reason = "counts of users are far below 2^52")]
pub fn interval(hits: usize, of: usize) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    let (n, share) = (of as f64, hits as f64 / of as f64);
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 100.0 / (1.0 + Z * Z / n);
    (((middle - half) * scale).max(0.0), ((middle + half) * scale).min(100.0))
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn the_interval_is_wilsons() {
        let rounded = |hits, of| {
            let (low, high) = interval(hits, of);
            (format!("{low:.1}"), format!("{high:.1}"))
        };
        // 8 of 10, none and all, computed by hand from the formula.
        assert_eq!(rounded(8, 10), ("49.0".to_owned(), "94.3".to_owned()));
        assert_eq!(rounded(0, 10), ("0.0".to_owned(), "27.8".to_owned()));
        assert_eq!(rounded(10, 10), ("72.2".to_owned(), "100.0".to_owned()));
    }
}
