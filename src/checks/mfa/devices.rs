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
    Ok(Decision::new(verdict, reason, proof).with("remembered", remembered).with("devices", on_record(cx)))
}

/// How many users have devices, of those of whom they were read. Only told: a device may be tracked and not remembered.
fn on_record(cx: &PoolCx) -> String {
    let read: Vec<u64> = cx.pool.population.users.iter().filter_map(|u| u.devices.if_read()).map(|d| d.items).collect();
    match read.len() {
        0 => "How many devices are remembered was not read.".to_owned(),
        of => format!("Devices on record: of {of} users whose devices were read, {} have any.", read.iter().filter(|n| **n > 0).count()),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testkit::Fixture;
    use serde_json::json;

    #[test]
    fn devices_are_told_as_far_as_they_were_read_and_decide_nothing() {
        let reason = |f: &Fixture| f.findings("COG-MFA-009").remove(0);
        let skips = json!({"UserPool": {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}}});
        let mut f = Fixture::good().with("DescribeUserPool", skips);
        let before = reason(&f);
        assert!(before.reason.ends_with("was not read."), "{}", before.reason);
        f.of_user("AdminListDevices", "ann", json!({"Devices": [{"DeviceKey": "k"}, {"DeviceKey": "l"}]}));
        f.of_user("AdminListDevices", "bob", json!({"Devices": []}));
        let after = reason(&f);
        assert!(after.reason.ends_with("of 2 users whose devices were read, 1 have any."), "{}", after.reason);
        assert_eq!((before.verdict, before.reason_code), (after.verdict, after.reason_code));
    }
}
