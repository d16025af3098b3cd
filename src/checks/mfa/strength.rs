//! COG-MFA-005: privileged users use TOTP or a user-verified passkey, not codes by SMS or e-mail.

use super::privileged::{Declared, declared};
use super::{pointers, readings};
use crate::checks::PoolCx;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::{MfaMode, Pool};
use crate::snapshot::population::{Factors, User};
use crate::snapshot::state::{self, FactorState};

/// Settings that are codes sent to somebody (API reference, UserMFASettingList).
const SENT: [&str; 2] = ["SMS_MFA", "EMAIL_OTP"];

/// Decides COG-MFA-005. Under OFF nobody uses any factor.
pub fn of_privileged(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let roster = match declared(cx) {
        Declared::Nothing(decision) | Declared::NoneHeld(decision) => return Ok(decision),
        Declared::Someone(roster) => roster,
    };
    if pool.mfa_mode() == Ok(MfaMode::Off) {
        return Ok(roster.decide(Verdict::Fail, "mode-off", readings(pool)));
    }
    let proof = || readings(pool).and(pool.software_token.at.clone()).and(pool.webauthn_factor.at.clone());
    let weak: Vec<&User> = roster.users.iter().copied().filter(|u| is_weak(u, pool)).collect();
    if !weak.is_empty() {
        let decision = roster.decide(Verdict::Fail, "weak", proof().and_all(pointers(weak.iter().copied())));
        return Ok(decision.count("weak", weak.len()));
    }
    // Neither proved weak nor proved strong: a word nobody documents, a factor that the pool has not enabled, or an
    // answer that does not tell of passkeys.
    let unclear: Vec<&User> = roster
        .users
        .iter()
        .copied()
        .filter(|u| u.state == FactorState::Enrolled && state::holds_totp_or_passkey(u, pool) != Some(true))
        .collect();
    if !unclear.is_empty() {
        let decision = roster.decide(Verdict::Incomplete, "unclear", proof().and_all(pointers(unclear.iter().copied())));
        return Ok(decision.count("unclear", unclear.len()));
    }
    if let Some(open) = roster.open(cx)? {
        return Ok(open);
    }
    let prefers: Vec<&User> = roster.users.iter().copied().filter(|u| u.state.counts() && prefers_sent(u)).collect();
    if !prefers.is_empty() {
        let decision = roster.decide(Verdict::Manual, "prefers-sent", proof().and_all(pointers(prefers.iter().copied())));
        return Ok(decision.count("prefers", prefers.len()));
    }
    let proof = proof().and_all(cx.population()?.iter().cloned()).and_all(pointers(roster.users.iter().copied()));
    Ok(roster.decide(Verdict::Pass, "all-strong", proof))
}

/// Proved to have nothing but codes that are sent, or nothing at all.
fn is_weak(user: &User, pool: &Pool) -> bool {
    match user.state {
        FactorState::NotEnrolled => true,
        FactorState::Enrolled | FactorState::Indeterminate => user.factors.if_read().is_some_and(|f| only_sent(f, pool)),
        _ => false,
    }
}

/// Only codes that are sent are active, and no passkey stands beside them as far as the answer tells of passkeys.
fn only_sent(factors: &Factors, pool: &Pool) -> bool {
    let sent = !factors.settings.is_empty() && factors.settings.iter().all(|s| SENT.contains(&s.as_str()));
    let no_passkey = match pool.passkeys_verify_users() {
        Ok(true) => factors.tells_passkeys && !factors.configured.iter().any(|f| f == "WEB_AUTHN"),
        Ok(false) => true,
        Err(_) => false,
    };
    sent && no_passkey
}

fn prefers_sent(user: &User) -> bool {
    user.factors.if_read().and_then(|f| f.preferred.as_deref()).is_some_and(|p| SENT.contains(&p))
}
