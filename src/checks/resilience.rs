//! Resilience: deletion protection and threat protection.

use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::cognito::MfaMode;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-RES-001", revision: 1, severity: Severity::Medium, decide: Decide::Pool(deletion) },
        Check { id: "COG-RES-002", revision: 1, severity: Severity::Medium, decide: Decide::Pool(threats) },
    ],
    texts: include_str!("resilience.toml"),
    file: "checks/resilience.toml",
};

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
        other => Decision::new(Verdict::Incomplete, "unknown", proof).with("found", other),
    })
}

/// Whether a client lets users in by custom authentication; absent flows are the default ones, which include it.
fn uses_custom_auth(cx: &PoolCx) -> Result<bool, Gap> {
    if !cx.pool.trigger("DefineAuthChallenge")? {
        return Ok(false);
    }
    for client in cx.pool.clients.all()? {
        let flows = client.auth_flows.known()?;
        if flows.is_none_or(|f| f.is_empty() || f.iter().any(|flow| flow == "ALLOW_CUSTOM_AUTH" || flow == "CUSTOM_AUTH_FLOW_ONLY")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Decides COG-RES-002.
fn threats(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let proof = Proof::new(pool.security_mode.at.clone()).and(pool.tier.at.clone());
    match pool.security_mode.known()?.map(String::as_str) {
        Some("ENFORCED") => {}
        mode @ (None | Some("OFF")) => {
            // Only a tier that has it could have it switched off.
            let without = matches!(pool.tier.known()?.map(String::as_str), Some("LITE" | "ESSENTIALS"));
            let tier = pool.tier.if_read().map_or("none", String::as_str);
            return Ok(match (without, mode) {
                (true, _) => Decision::new(Verdict::Manual, "not-in-this-tier", proof).with("tier", tier),
                (false, _) => Decision::new(Verdict::Fail, "off", proof),
            });
        }
        Some("AUDIT") => return Ok(Decision::new(Verdict::Fail, "audit-only", proof)),
        Some(other) => return Ok(Decision::new(Verdict::Incomplete, "unknown", proof).with("found", other)),
    }
    let proof = proof.and(pool.custom_auth_mode.at.clone()).and(pool.triggers.at.clone());
    if uses_custom_auth(cx)? {
        let proof = proof.clone().and(pool.clients.complete.at.clone());
        if pool.custom_auth_mode.known()?.map(String::as_str) != Some("ENFORCED") {
            return Ok(Decision::new(Verdict::Fail, "custom-auth-left-out", proof));
        }
    }
    let proof = proof.and(pool.mfa_configuration.at.clone());
    Ok(match pool.mfa_mode()? {
        MfaMode::On => Decision::new(Verdict::Manual, "enforced-beside-mfa", proof),
        MfaMode::Optional | MfaMode::Off => Decision::new(Verdict::Pass, "enforced", proof),
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::Fixture;
    use serde_json::{Value, json};

    fn pool(change: Value) -> Fixture {
        Fixture::good().with("DescribeUserPool", json!({"UserPool": change}))
    }

    fn custom(mode: Value) -> Fixture {
        pool(json!({"LambdaConfig": {"DefineAuthChallenge": "arn"}, "UserPoolAddOns": {"AdvancedSecurityAdditionalFlows": {"CustomAuthMode": mode}}}))
            .with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]}}))
            .mode("OPTIONAL")
    }

    #[test]
    fn cases() {
        let denied = || Fixture::good().fails("DescribeUserPool", "AccessDeniedException");
        let gap = "INCOMPLETE gap";
        let cases: Vec<Case> = vec![
            ("COG-RES-001", "active", Fixture::good(), "PASS active"),
            ("COG-RES-001", "inactive", pool(json!({"DeletionProtection": "INACTIVE"})), "FAIL inactive"),
            ("COG-RES-001", "absent", pool(json!({"DeletionProtection": null})), "FAIL inactive"),
            ("COG-RES-001", "another word", pool(json!({"DeletionProtection": "SORT_OF"})), "INCOMPLETE unknown"),
            ("COG-RES-001", "declared", Fixture::good().declare(|p| p.throw_away = true), "NOT_APPLICABLE throw-away"),
            ("COG-RES-001", "denied", denied(), gap),
            ("COG-RES-002", "enforced with MFA ON", Fixture::good(), "MANUAL enforced-beside-mfa"),
            ("COG-RES-002", "enforced with MFA OPTIONAL", Fixture::good().mode("OPTIONAL"), "PASS enforced"),
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
        ];
        prove(&super::FAMILY, &cases);
    }
}
