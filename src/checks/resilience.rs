//! Resilience: deletion protection and threat protection.

use super::mfa::clients::{allowing, for_machines_only};
use super::mfa::custom::CUSTOM;
use super::mfa::words;
use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::risk::Risk;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-RES-001", revision: 1, severity: Severity::Medium, decide: Decide::Pool(deletion) },
        Check { id: "COG-RES-002", revision: 2, severity: Severity::Medium, decide: Decide::Pool(threats) },
    ],
    texts: include_str!("resilience.toml"),
    file: "checks/resilience.toml",
};

/// Documented actions (API reference, AccountTakeoverActionType, CompromisedCredentialsActionsType).
const ACTIONS: [&str; 4] = ["BLOCK", "MFA_IF_CONFIGURED", "MFA_REQUIRED", "NO_ACTION"];

/// Decides COG-RES-001. An absent DeletionProtection means INACTIVE (API reference, UserPoolType).
fn deletion(cx: &PoolCx) -> Result<Decision, Gap> {
    if cx.scope().is_some_and(|p| p.throw_away) {
        return Ok(Decision::new(Verdict::NotApplicable, "throw-away", Proof::new(cx.declaration("throw_away"))).declared());
    }
    let fact = &cx.pool.deletion_protection;
    let proof = Proof::new(fact.at.clone());
    Ok(match fact.known()?.map_or("INACTIVE", String::as_str) {
        "ACTIVE" => Decision::new(Verdict::Pass, "active", proof),
        "INACTIVE" => Decision::new(Verdict::Fail, "inactive", proof),
        other => unknown("DeletionProtection", other, proof),
    })
}

/// What is wrong with threat protection of custom authentication; `None` where it is covered or not in use, with the proof.
fn custom_auth(cx: &PoolCx, proof: Proof) -> Result<(Option<Decision>, Proof), Gap> {
    let mode = &cx.pool.custom_auth_mode;
    let proof = proof.and(mode.at.clone());
    if mode.if_read().is_some_and(|m| m == "ENFORCED") {
        return Ok((None, proof));
    }
    let proof = proof.and(cx.pool.triggers.at.clone());
    if !cx.pool.trigger("DefineAuthChallenge")? {
        return Ok((None, proof));
    }
    let allowing = allowing(cx, &CUSTOM);
    if allowing.clients.is_empty() {
        return allowing.gap.map_or_else(|| Ok((None, proof.and_all(allowing.proof))), Err);
    }
    let decision = match mode.known()?.map(String::as_str) {
        None | Some("AUDIT") => {
            let left_out = Decision::new(Verdict::Fail, "custom-auth-left-out", proof.clone().and_all(allowing.pointers()));
            left_out.with("clients", allowing.names())
        }
        Some(other) => unknown("CustomAuthMode", other, proof.clone()),
    };
    Ok((Some(decision), proof))
}

fn unknown(setting: &str, found: &str, proof: Proof) -> Decision {
    Decision::new(Verdict::Incomplete, "unknown", proof).with("setting", setting).with("found", found)
}

/// Decides COG-RES-002.
fn threats(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let proof = Proof::new(pool.security_mode.at.clone()).and(pool.tier.at.clone());
    match pool.security_mode.known()?.map(String::as_str) {
        Some("ENFORCED") => {}
        None | Some("OFF") => {
            // Only a tier that has it could have it switched off.
            return Ok(match pool.tier.known()?.map(String::as_str) {
                Some(tier @ ("LITE" | "ESSENTIALS")) => Decision::new(Verdict::Manual, "not-in-this-tier", proof).with("tier", tier),
                Some("PLUS") | None => Decision::new(Verdict::Fail, "off", proof),
                Some(other) => unknown("UserPoolTier", other, proof),
            });
        }
        Some("AUDIT") => return Ok(Decision::new(Verdict::Fail, "audit-only", proof)),
        Some(other) => return Ok(unknown("AdvancedSecurityMode", other, proof)),
    }
    let (lacking, proof) = custom_auth(cx, proof)?;
    if let Some(decision) = lacking {
        return Ok(decision);
    }
    let proof = proof.and(pool.mfa_configuration.at.clone()).and(pool.mfa_in_description.at.clone());
    Ok(match pool.mfa_mode()? {
        MfaMode::On => Decision::new(Verdict::Manual, "enforced-beside-mfa", proof),
        MfaMode::Optional | MfaMode::Off => return responses(cx, proof),
    })
}

/// Whether enforcing does anything: each set of rules must answer a risk with more than a note. A client's own stand in for the
/// pool's (API reference, DescribeRiskConfiguration); what rules without any action do, AWS does not document.
fn responses(cx: &PoolCx, proof: Proof) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let clients = pool.clients.items.iter().filter(|c| for_machines_only(c).is_none());
    let rules: Vec<(String, &Risk)> =
        std::iter::once(("the pool".to_owned(), &pool.risk)).chain(clients.map(|c| (format!("client {}", c.id), &c.risk))).collect();
    let actions = |risk: &Risk| risk.takeover.iter().chain([&risk.compromised]).cloned().collect::<Vec<_>>();
    let proof = proof.and_all(rules.iter().flat_map(|(_, risk)| [risk.takeover[2].at.clone(), risk.compromised.at.clone()]));
    let (mut idle, mut unset) = (Vec::new(), Vec::new());
    let mut gap = pool.clients.all().err();
    for (who, risk) in &rules {
        let mut set = Vec::new();
        for action in actions(risk) {
            match action.known() {
                Ok(action) => set.extend(action.cloned()),
                Err(missing) => gap = gap.or(Some(missing)),
            }
        }
        match set.iter().find(|a| !ACTIONS.contains(&a.as_str())) {
            Some(other) => return Ok(unknown("EventAction", other, proof)),
            None if set.is_empty() && who == "the pool" => unset.push(who.as_str()),
            None if set.is_empty() || set.iter().any(|a| a != "NO_ACTION") => {}
            None => idle.push(who.as_str()),
        }
    }
    match gap {
        Some(gap) => Err(gap),
        None if !idle.is_empty() => Ok(Decision::new(Verdict::Fail, "no-response", proof).with("who", words(idle))),
        None if !unset.is_empty() => Ok(Decision::new(Verdict::Manual, "responses-not-set", proof).with("who", words(unset))),
        None => Ok(Decision::new(Verdict::Pass, "enforced", proof)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::{Fixture, Planned, merge};
    use serde_json::{Value, json};

    fn pool(change: Value) -> Fixture {
        Fixture::good().with("DescribeUserPool", json!({"UserPool": change}))
    }

    fn custom(mode: Value) -> Fixture {
        pool(json!({"LambdaConfig": {"DefineAuthChallenge": "arn"}, "UserPoolAddOns": {"AdvancedSecurityAdditionalFlows": {"CustomAuthMode": mode}}}))
            .with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]}}))
            .mode("OPTIONAL")
    }

    /// Under OPTIONAL, with this answer to breached passwords by the pool, or by the client beside the pool's.
    fn breached(of_client: bool, action: Value) -> Fixture {
        let mut f = Fixture::good().mode("OPTIONAL");
        let of = |c: &&mut Planned| c.operation == "DescribeRiskConfiguration" && c.input.get("ClientId").is_some() == of_client;
        let rules = json!({"RiskConfiguration": {"CompromisedCredentialsRiskConfiguration": action}});
        merge(f.calls.iter_mut().find(of).unwrap().outcome.as_mut().unwrap(), rules);
        f
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let does = |action: &str| json!({"Actions": {"EventAction": action}});
        let denied = || Fixture::good().fails("DescribeUserPool", "AccessDeniedException");
        let gap = "INCOMPLETE gap";
        vec![
            ("COG-RES-001", "active", Fixture::good(), "PASS active"),
            ("COG-RES-001", "inactive", pool(json!({"DeletionProtection": "INACTIVE"})), "FAIL inactive"),
            ("COG-RES-001", "absent", pool(json!({"DeletionProtection": null})), "FAIL inactive"),
            ("COG-RES-001", "another word", pool(json!({"DeletionProtection": "SORT_OF"})), "INCOMPLETE unknown"),
            ("COG-RES-001", "declared", Fixture::good().declare(|p| p.throw_away = true), "NOT_APPLICABLE throw-away"),
            ("COG-RES-001", "never asked", Fixture::good().without("DescribeUserPool"), gap),
            ("COG-RES-001", "denied", denied(), gap),
            ("COG-RES-002", "enforced with MFA ON", Fixture::good(), "MANUAL enforced-beside-mfa"),
            ("COG-RES-002", "enforced with MFA OPTIONAL", Fixture::good().mode("OPTIONAL"), "PASS enforced"),
            ("COG-RES-002", "enforced, and nothing is done", breached(false, does("NO_ACTION")), "FAIL no-response"),
            ("COG-RES-002", "enforced, and nothing is done at a client", breached(true, does("NO_ACTION")), "FAIL no-response"),
            ("COG-RES-002", "enforced, no action set", breached(false, Value::Null), "MANUAL responses-not-set"),
            ("COG-RES-002", "enforced, an action of another time", breached(false, does("WARN")), "INCOMPLETE unknown"),
            (
                "COG-RES-002",
                "enforced, rules denied",
                Fixture::good().mode("OPTIONAL").fails("DescribeRiskConfiguration", "AccessDeniedException"),
                gap,
            ),
            (
                "COG-RES-002",
                "enforced, clients not listed to the end",
                Fixture::good().mode("OPTIONAL").with("ListUserPoolClients", json!({"NextToken": "more"})),
                gap,
            ),
            ("COG-RES-002", "audit", pool(json!({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})), "FAIL audit-only"),
            ("COG-RES-002", "off in PLUS", pool(json!({"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}})), "FAIL off"),
            ("COG-RES-002", "absent in PLUS", pool(json!({"UserPoolAddOns": null})), "FAIL off"),
            (
                "COG-RES-002",
                "absent in ESSENTIALS",
                pool(json!({"UserPoolAddOns": null, "UserPoolTier": "ESSENTIALS"})),
                "MANUAL not-in-this-tier",
            ),
            (
                "COG-RES-002",
                "audit in ESSENTIALS",
                pool(json!({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}, "UserPoolTier": "ESSENTIALS"})),
                "FAIL audit-only",
            ),
            ("COG-RES-002", "another word", pool(json!({"UserPoolAddOns": {"AdvancedSecurityMode": "MAYBE"}})), "INCOMPLETE unknown"),
            ("COG-RES-002", "custom authentication covered", custom(json!("ENFORCED")), "PASS enforced"),
            ("COG-RES-002", "custom authentication audited", custom(json!("AUDIT")), "FAIL custom-auth-left-out"),
            ("COG-RES-002", "custom authentication absent", custom(Value::Null), "FAIL custom-auth-left-out"),
            ("COG-RES-002", "custom authentication of another time", custom(json!("MAYBE")), "INCOMPLETE unknown"),
            ("COG-RES-002", "custom authentication unreadable", custom(json!(1)), gap),
            (
                "COG-RES-002",
                "custom authentication covered, client not described",
                custom(json!("ENFORCED")).fails("DescribeUserPoolClient", "AccessDeniedException"),
                "PASS enforced",
            ),
            (
                "COG-RES-002",
                "custom authentication audited, a client that names no flow",
                custom(json!("AUDIT")).with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": []}})),
                "FAIL custom-auth-left-out",
            ),
            (
                "COG-RES-002",
                "custom authentication audited, more clients unread",
                custom(json!("AUDIT")).with("ListUserPoolClients", json!({"NextToken": "more"})),
                "FAIL custom-auth-left-out",
            ),
            (
                "COG-RES-002",
                "trigger, no client allows it",
                custom(json!("AUDIT"))
                    .with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}})),
                "PASS enforced",
            ),
            (
                "COG-RES-002",
                "off in a tier of another time",
                pool(json!({"UserPoolAddOns": null, "UserPoolTier": "MAX"})),
                "INCOMPLETE unknown",
            ),
            ("COG-RES-002", "off, the tier unreadable", pool(json!({"UserPoolAddOns": null, "UserPoolTier": 3})), gap),
            ("COG-RES-002", "enforced, the MFA mode not read", Fixture::good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), gap),
            ("COG-RES-002", "never asked", Fixture::good().without("DescribeUserPool"), gap),
            (
                "COG-RES-002",
                "custom authentication by the default flows of an empty list",
                custom(json!("AUDIT")).with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": []}})),
                "FAIL custom-auth-left-out",
            ),
            (
                "COG-RES-002",
                "trigger, client not described",
                custom(json!("AUDIT")).fails("DescribeUserPoolClient", "AccessDeniedException"),
                gap,
            ),
            ("COG-RES-002", "denied", denied(), gap),
        ]
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
