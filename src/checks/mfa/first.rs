//! COG-MFA-007 and 008: what may begin a sign-in. A one-time code alone is one factor; a passkey counts as two only with
//! user verification.

use super::clients::allowing;
use super::words;
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::Pool;

/// Documented values of AllowedFirstAuthFactors (API reference, SignInPolicyType).
const FACTORS: [&str; 4] = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];
/// Those that are a code sent to somebody.
const CODES: [&str; 2] = ["EMAIL_OTP", "SMS_OTP"];

/// The first factors that are allowed; none named means the password alone.
///
/// # Errors
/// The pool was not described.
pub fn allowed(pool: &Pool) -> Result<Vec<&str>, Gap> {
    Ok(pool.first_factors.known()?.map(|all| all.iter().map(String::as_str).collect()).unwrap_or_default())
}

/// The allowed ones in a sentence.
fn shown(allowed: &[&str]) -> String {
    if allowed.is_empty() { "not set, which means the password only".to_owned() } else { words(allowed) }
}

fn strangers<'a>(allowed: &[&'a str]) -> Vec<&'a str> {
    allowed.iter().copied().filter(|f| !FACTORS.contains(f)).collect()
}

/// Decides COG-MFA-007.
pub fn no_code_alone(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let allowed = allowed(pool)?;
    let codes: Vec<&str> = allowed.iter().copied().filter(|f| CODES.contains(f)).collect();
    let choosing = allowing(cx, &["ALLOW_USER_AUTH"]);
    let proof = Proof::new(pool.first_factors.at.clone());
    let decide = |verdict, reason, proof: Proof| {
        let decision = Decision::new(verdict, reason, proof).with("allowed", shown(&allowed)).with("codes", words(&codes));
        Ok(decision.with("clients", choosing.names()).with("unknown", words(strangers(&allowed))))
    };
    if !codes.is_empty() && !choosing.clients.is_empty() {
        return decide(Verdict::Fail, "code-alone", proof.and_all(choosing.pointers()));
    }
    if codes.is_empty() {
        return match strangers(&allowed).is_empty() {
            true => decide(Verdict::Pass, "no-code", proof),
            false => decide(Verdict::Incomplete, "unknown-factor", proof),
        };
    }
    match choosing.gap.clone() {
        Some(gap) => Err(gap),
        None if !strangers(&allowed).is_empty() => decide(Verdict::Incomplete, "unknown-factor", proof),
        None => decide(Verdict::Pass, "unreachable", proof.and_all(choosing.proof.iter().cloned())),
    }
}

/// Decides COG-MFA-008.
pub fn passkeys(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let allowed = allowed(pool)?;
    let proof = Proof::new(pool.first_factors.at.clone());
    let decide = |verdict, reason, proof: Proof| Decision::new(verdict, reason, proof).with("allowed", shown(&allowed));
    if !allowed.contains(&"WEB_AUTHN") {
        return Ok(match strangers(&allowed).is_empty() {
            true => decide(Verdict::NotApplicable, "no-passkeys", proof),
            false => decide(Verdict::Incomplete, "unknown-factor", proof).with("unknown", words(strangers(&allowed))),
        });
    }
    let factor = pool.webauthn_factor.known()?.map_or("not set", String::as_str);
    let verification = pool.webauthn_user_verification.known()?.map_or("not set", String::as_str);
    let proof = proof.and(pool.webauthn_factor.at.clone()).and(pool.webauthn_user_verification.at.clone());
    let decide = |verdict, reason, proof| Ok(decide(verdict, reason, proof).with("factor", factor).with("verification", verification));
    match (factor, verification) {
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", "required") => decide(Verdict::Pass, "verified", proof),
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", _) => decide(Verdict::Manual, "verification-in-doubt", proof),
        ("SINGLE_FACTOR" | "not set", _) => {
            let scope = cx.scope();
            let someone = scope.is_some_and(|p| p.privileged_groups.as_ref().is_some_and(|g| !g.is_empty()) || !p.named_admins.is_empty());
            let proof = proof.and(cx.declaration("privileged_groups")).and(cx.declaration("named_admins"));
            match someone {
                true => decide(Verdict::Fail, "one-factor-privileged", proof),
                false => decide(Verdict::Manual, "one-factor", proof.and(cx.declaration("no_privileged_users"))),
            }
        }
        _ => decide(Verdict::Incomplete, "unknown-mode", proof),
    }
}
