//! COG-MFA-013: risk rules do not take anybody out of MFA. Threat protection does not look at sign-ins from the
//! addresses of SkippedIPRangeList, so where MFA comes from its answer alone, nobody is asked there.

use super::{readings, words};
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::risk::Risk;

/// Actions that ask for a factor (API reference, AccountTakeoverActionType).
const ASKING: [&str; 2] = ["MFA_IF_CONFIGURED", "MFA_REQUIRED"];
/// All documented ones.
const ACTIONS: [&str; 4] = ["BLOCK", "MFA_IF_CONFIGURED", "MFA_REQUIRED", "NO_ACTION"];

/// The rules of the pool and of each client, with whom they are of.
fn rules<'a>(cx: &PoolCx<'a>) -> Vec<(String, &'a Risk)> {
    let pool = cx.pool;
    let clients = pool.clients.items.iter().map(|c| (format!("client {}", c.id), &c.risk));
    std::iter::once(("the pool".to_owned(), &pool.risk)).chain(clients).collect()
}

fn skips(risk: &Risk) -> bool {
    risk.skipped.if_read().is_some_and(|n| *n > 0)
}

fn asks(risk: &Risk) -> bool {
    risk.takeover.iter().any(|action| action.if_read().is_some_and(|a| ASKING.contains(&a.as_str())))
}

/// Decides COG-MFA-013. Absent lists and actions are lists and actions that were not set.
pub fn exempts_nobody(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let setting = Proof::new(pool.security_mode.at.clone());
    let unknown = |setting: &str, found: &str, proof: Proof| {
        Ok(Decision::new(Verdict::Incomplete, "unknown", proof).with("setting", setting).with("found", found))
    };
    let enforced = match pool.security_mode.known()?.map(String::as_str) {
        None | Some("OFF") => return Ok(Decision::new(Verdict::NotApplicable, "off", setting)),
        Some("ENFORCED") => true,
        Some("AUDIT") => false,
        Some(other) => return unknown("AdvancedSecurityMode", other, setting),
    };
    let mode = pool.mfa_mode()?;
    if mode == MfaMode::Off {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-off", readings(pool)));
    }
    let rules = rules(cx);
    let proof = setting
        .and_all(readings(pool).iter().cloned())
        .and(pool.clients.complete.at.clone())
        .and_all(rules.iter().flat_map(|(_, r)| [r.skipped.at.clone(), r.takeover[0].at.clone()]));
    let of = |wanted: &dyn Fn(&Risk) -> bool| words(rules.iter().filter(|(_, r)| wanted(r)).map(|(who, _)| who));
    let ranges: u64 = rules.iter().filter_map(|(_, r)| r.skipped.if_read()).sum();
    let decide = |verdict, reason| {
        let decision = Decision::new(verdict, reason, proof.clone()).with("skipping", of(&skips)).with("asking", of(&asks));
        Ok(decision.count("ranges", usize::try_from(ranges).unwrap_or(usize::MAX)))
    };
    let optional = mode == MfaMode::Optional;
    if optional && enforced && rules.iter().any(|(_, r)| skips(r) && asks(r)) {
        return decide(Verdict::Fail, "carved-out");
    }
    pool.clients.all()?;
    for (_, risk) in &rules {
        risk.skipped.known()?;
        for action in &risk.takeover {
            if let Some(other) = action.known()?.filter(|a| !ACTIONS.contains(&a.as_str())) {
                return unknown("EventAction", other, proof.clone().and(action.at.clone()));
            }
        }
    }
    let skipping = rules.iter().any(|(_, r)| skips(r));
    let asking = rules.iter().any(|(_, r)| asks(r));
    match (optional, skipping) {
        (true, true) => decide(Verdict::Manual, "skipped-under-optional"),
        (true, false) if enforced && asking => decide(Verdict::Manual, "relied-upon"),
        (false, true) => decide(Verdict::Pass, "skipped-under-on"),
        (_, false) => decide(Verdict::Pass, "no-ranges"),
    }
}
