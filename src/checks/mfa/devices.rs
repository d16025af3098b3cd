//! COG-MFA-009: a remembered device does not stand for a factor.

use super::readings;
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::DevicePolicy;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::MfaMode;

/// Decides COG-MFA-009. No device configuration, or the flag absent, means that no device stands for a factor (API
/// reference, DeviceConfigurationType).
pub fn do_not_skip(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    if pool.mfa_mode()? == MfaMode::Off {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-off", readings(pool)));
    }
    let proof = Proof::new(pool.device_challenge_on_new.at.clone()).and_all(readings(pool).iter().cloned());
    if pool.device_challenge_on_new.known()? != Some(&true) {
        return Ok(Decision::new(Verdict::Pass, "no-device-factor", proof));
    }
    let policy = cx.scope().map_or(DevicePolicy::Strict, |p| p.device_policy);
    let proof = proof.and(pool.device_on_prompt.at.clone()).and(cx.declaration("device_policy"));
    let remembered = match pool.device_on_prompt.if_read() {
        Some(true) => "when the user agrees",
        Some(false) => "always",
        // Only told, not decided by.
        None => "not known when",
    };
    let (verdict, reason) = match policy {
        DevicePolicy::Strict => (Verdict::Fail, "device-skips"),
        DevicePolicy::AcceptDeviceFactor => (Verdict::Manual, "device-accepted"),
    };
    Ok(Decision::new(verdict, reason, proof).with("remembered", remembered))
}
