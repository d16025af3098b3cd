//! COG-MFA-016: codes by SMS can be sent. The sandbox and the limits belong to the region of SNS, not to the pool's.

use super::factors::Offered;
use super::first::allowed;
use super::words;
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::{Gap, GapKind};
use crate::model::finding::Decision;
use crate::model::id::Region;
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::cognito::{MfaMode, Pool};
use crate::snapshot::population::User;
use crate::snapshot::sms::{SmsRegion, legacy_region};

/// Decides COG-MFA-016.
pub fn deliverable(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let codes_begin = allowed(pool)?.contains(&"SMS_OTP");
    let offered = Offered::read(pool)?;
    let uses = Proof::new(pool.sms_mfa.at.clone()).and(pool.first_factors.at.clone());
    if !codes_begin && !offered.sms {
        return Ok(Decision::new(Verdict::NotApplicable, "no-sms", uses));
    }
    if !codes_begin && pool.mfa_mode()? == MfaMode::Off {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-off", uses.and_all(super::readings(pool).iter().cloned())));
    }
    let only = !offered.totp && !offered.passkey && !offered.email;
    let decide = |verdict, reason, proof: Proof| {
        let decision = numbers(cx, Decision::new(verdict, reason, uses.clone().and_all(proof.iter().cloned())));
        decision.with("others", words(offered.names().into_iter().filter(|n| *n != "SMS"))).severity(severity(only, reason))
    };

    // Who sends? Neither a Lambda nor End User Messaging is seen by what SNS says.
    if pool.trigger("CustomSMSSender")? {
        return Ok(decide(Verdict::Manual, "custom-sender", Proof::new(pool.triggers.at.clone())));
    }
    if pool.eums_sms.known()?.is_some() {
        return Ok(decide(Verdict::Manual, "end-user-messaging", Proof::new(pool.eums_sms.at.clone())));
    }
    let failure = pool.sms_failure.known()?.filter(|text| !text.is_empty());
    let proof = Proof::new(pool.sms_failure.at.clone()).and(pool.sns_region.at.clone()).and(pool.sns_region_in_mfa.at.clone());
    let regions = regions(pool);
    let candidates = regions.as_deref().unwrap_or_default();
    let names = words(candidates.iter().map(Region::as_str));
    let read: Vec<Option<&SmsRegion>> = candidates.iter().map(|r| cx.snapshot.sms.get(&(pool.account.clone(), r.clone()))).collect();
    let sandboxed = read.iter().flatten().filter(|r| r.in_sandbox.if_read() == Some(&true)).count();
    let proof = proof.and_all(read.iter().flatten().map(|r| r.in_sandbox.at.clone()));
    let told = |decision: Decision| decision.with("regions", &names);
    // Where either of two regions may be the one, both must be in the sandbox to prove it.
    if sandboxed > 0 && sandboxed == candidates.len() {
        let reason = if only { "sandbox-only-factor" } else { "sandbox" };
        return Ok(told(decide(Verdict::Fail, reason, proof)));
    }
    if let Some(text) = failure {
        let reason = if only && text.contains("SNSSandbox") { "failure-sandbox-only-factor" } else { "send-failure" };
        return Ok(decide(Verdict::Fail, reason, proof).with("failure", text));
    }
    let regions = regions?;
    let mut limits = Vec::new();
    for (region, answers) in regions.iter().zip(&read) {
        let answers = answers.ok_or_else(|| never_asked(region))?;
        let needed = |fact: &crate::model::fetched::Fetched<bool>| Gap {
            what: fact.what.clone(),
            kind: GapKind::Malformed("IsInSandbox".to_owned()),
            at: fact.at.clone(),
        };
        answers.in_sandbox.known()?.ok_or_else(|| needed(&answers.in_sandbox))?;
        limits.push((answers.monthly_spend_limit.known()?, answers.monthly_spend_limit.at.clone()));
    }
    let proof = proof.and_all(limits.iter().map(|(_, at)| at.clone()));
    if regions.len() > 1 {
        return Ok(told(decide(Verdict::Manual, "region-in-doubt", proof)).count("sandboxed", sandboxed));
    }
    let limit = limits.first().and_then(|(limit, _)| limit.map(String::as_str));
    let told = |decision| told(decision).with("limit", limit.unwrap_or("not set, which means 1"));
    // 1 USD is what a new account has (developer guide, SMS message settings).
    let enough = limit.and_then(|text| text.parse::<f64>().ok()).is_some_and(|usd| usd.is_finite() && usd > 1.0);
    if enough { Ok(told(decide(Verdict::Pass, "out-of-sandbox", proof))) } else { Ok(told(decide(Verdict::Manual, "spend-limit", proof))) }
}

/// How much it matters that codes do not arrive: most where there is no other factor, and nobody receives any.
fn severity(only: bool, reason: &str) -> Severity {
    match (only, reason) {
        (true, "sandbox-only-factor" | "failure-sandbox-only-factor") => Severity::Critical,
        (true, _) => Severity::High,
        (false, _) => Severity::Medium,
    }
}

/// The region that sends, or the two of which one does: a pool that names none and lies in a region with a legacy
/// alternative (developer guide, SMS message settings) may use either.
fn regions(pool: &Pool) -> Result<Vec<Region>, Gap> {
    Ok(match (pool.sms_region()?, legacy_region(&pool.region)) {
        (Some(region), _) => vec![region],
        (None, Some(other)) => vec![pool.region.clone(), other],
        (None, None) => vec![pool.region.clone()],
    })
}

fn never_asked(region: &Region) -> Gap {
    let at = crate::model::evidence::Evidence::header("/source");
    Gap { what: format!("GetSMSSandboxAccountStatus in {region}"), kind: GapKind::NotAsked, at }
}

/// What the listing tells of the users whose factor is SMS. Figures only: they decide nothing.
fn numbers(cx: &PoolCx, decision: Decision) -> Decision {
    let by_sms = |u: &User| u.state.counts() && u.factors.if_read().is_some_and(|f| f.settings.iter().any(|s| s == "SMS_MFA"));
    let users: Vec<&User> = cx.pool.population.users.iter().filter(|u| by_sms(u)).collect();
    let of = |wanted: &dyn Fn(&User) -> bool| users.iter().filter(|u| wanted(u)).count();
    let opted = cx.snapshot.sms_of(cx.pool).and_then(|s| s.opted_out.all().ok());
    let phone = |u: &User| u.phone.clone();
    let opted_out = |out: &[String]| of(&|u| phone(u).and_then(|p| p.digest).is_some_and(|d| out.contains(&d))).to_string();
    decision
        .with("opted-out", opted.map_or_else(|| "not known how many".to_owned(), opted_out))
        .count("sms-users", users.len())
        .count("without-number", of(&|u| phone(u).is_none()))
        .count("not-e164", of(&|u| phone(u).is_some_and(|p| p.e164 != Some(true))))
        .count("unverified", of(&|u| phone(u).is_some_and(|p| !p.verified)))
}
