//! Accounts: who may create them.

use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::Audience;
use crate::model::verdict::{Severity, Verdict};

/// The family.
pub const FAMILY: Family = Family {
    checks: &[Check { id: "COG-ACC-004", revision: 1, severity: Severity::Medium, decide: Decide::Pool(provisioning) }],
    texts: include_str!("accounts.toml"),
    file: "checks/accounts.toml",
};

/// Decides COG-ACC-004.
fn provisioning(cx: &PoolCx) -> Result<Decision, Gap> {
    let declared = cx.declaration("audience");
    let audience = cx.scope().and_then(|p| p.audience);
    let fact = &cx.pool.admin_create_only;
    let proof = Proof::new(fact.at.clone()).and(declared.clone());
    if audience == Some(Audience::Consumer) {
        return Ok(Decision::new(Verdict::NotApplicable, "consumers", Proof::new(declared)).declared());
    }
    let closed = *fact.needed()?;
    let reviewed = cx.pool.trigger("PreSignUp")?;
    let with = |verdict, reason| {
        Decision::new(verdict, reason, proof.clone().and(cx.pool.triggers.at.clone()))
            .with("trigger", if reviewed { "a PreSignUp trigger sees each sign-up" } else { "no PreSignUp trigger sees them" })
    };
    Ok(match (audience, closed) {
        (None, _) => with(Verdict::Manual, "undeclared").with("setting", closed),
        (Some(_), true) => Decision::new(Verdict::Pass, "administrators-only", proof),
        (Some(Audience::Workforce), false) => with(Verdict::Fail, "open-to-anybody"),
        (Some(_), false) => with(Verdict::Manual, "approval-elsewhere"),
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::Fixture;
    use crate::model::scope::Audience;
    use serde_json::json;

    #[test]
    fn cases() {
        let open = || {
            Fixture::good().with("DescribeUserPool", json!({"UserPool": {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false}}}))
        };
        let gap = "INCOMPLETE gap";
        let cases: Vec<Case> = vec![
            ("COG-ACC-004", "workforce, administrators only", Fixture::good(), "PASS administrators-only"),
            ("COG-ACC-004", "workforce, open", open(), "FAIL open-to-anybody"),
            ("COG-ACC-004", "customers, open", open().declare(|p| p.audience = Some(Audience::Customer)), "MANUAL approval-elsewhere"),
            (
                "COG-ACC-004",
                "customers, administrators only",
                Fixture::good().declare(|p| p.audience = Some(Audience::Customer)),
                "PASS administrators-only",
            ),
            ("COG-ACC-004", "undeclared", Fixture::good().declare(|p| p.audience = None), "MANUAL undeclared"),
            ("COG-ACC-004", "consumers", open().declare(|p| p.audience = Some(Audience::Consumer)), "NOT_APPLICABLE consumers"),
            ("COG-ACC-004", "absent", Fixture::good().with("DescribeUserPool", json!({"UserPool": {"AdminCreateUserConfig": null}})), gap),
            ("COG-ACC-004", "denied", Fixture::good().fails("DescribeUserPool", "AccessDeniedException"), gap),
        ];
        prove(&super::FAMILY, &cases);
    }
}
