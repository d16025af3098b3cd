//! COG-MFA-010: a custom-auth Lambda cannot let users in without a second factor.

use super::clients::allowing;
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;

/// Flows in which DefineAuthChallenge decides who gets tokens (developer guide, custom authentication challenge triggers).
pub(in crate::checks) const CUSTOM: [&str; 2] = ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"];

/// Decides COG-MFA-010. It never fails: only the Lambda's code says what it lets through.
pub fn cannot_bypass(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let proof = Proof::new(pool.triggers.at.clone());
    if !pool.trigger("DefineAuthChallenge")? {
        return Ok(Decision::new(Verdict::Pass, "no-trigger", proof));
    }
    let allowing = allowing(cx, &CUSTOM);
    if let Some(gap) = allowing.gap.clone() {
        return Err(gap);
    }
    if allowing.clients.is_empty() {
        return Ok(Decision::new(Verdict::Pass, "no-client", proof.and_all(allowing.proof)));
    }
    let decision = Decision::new(Verdict::Manual, "code-review", proof.and_all(allowing.pointers()));
    Ok(decision.with("clients", allowing.names()).count("clients-allowing", allowing.clients.len()))
}
