//! Accounts: who may create them.

use super::mfa::words;
use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::Audience;
use crate::model::verdict::{Severity, Verdict};

/// The family.
pub const FAMILY: Family = Family {
    checks: &[Check { id: "COG-ACC-004", revision: 2, severity: Severity::Medium, decide: Decide::Pool(provisioning) }],
    texts: include_str!("accounts.toml"),
    file: "checks/accounts.toml",
};

/// Decides COG-ACC-004. The setting closes sign-up only: identity providers and a UserMigration trigger create profiles
/// at sign-in whatever it says (developer guide, Third-party IdP sign-in; Migrate user Lambda trigger).
fn provisioning(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let declared = cx.declaration("audience");
    let audience = cx.scope().and_then(|p| p.audience);
    if audience == Some(Audience::Consumer) {
        return Ok(Decision::new(Verdict::NotApplicable, "consumers", Proof::new(declared)).declared());
    }
    let fact = &pool.admin_create_only;
    let proof = Proof::new(fact.at.clone()).and(declared).and(pool.triggers.at.clone()).and(pool.registration.at.clone());
    let with = |verdict, reason| {
        let trigger = match pool.trigger("PreSignUp") {
            Ok(true) => "a PreSignUp trigger sees each sign-up",
            Ok(false) => "no PreSignUp trigger sees them",
            Err(_) => "whether a PreSignUp trigger sees them was not read",
        };
        Decision::new(verdict, reason, proof.clone()).with("trigger", trigger)
    };
    if audience == Some(Audience::Workforce) && fact.if_read() == Some(&false) {
        return Ok(with(Verdict::Fail, "open-to-anybody"));
    }
    let registering = registration(cx);
    if let (Some(Audience::Workforce), Ok(Registration::Open)) = (audience, &registering) {
        return Ok(with(Verdict::Fail, "clients-of-anybody"));
    }
    let closed = *fact.needed()?;
    let migrating = pool.trigger("UserMigration")?;
    let Some(audience) = audience else {
        return Ok(with(Verdict::Manual, "undeclared").with("setting", closed));
    };
    let registering = registering? != Registration::Off;
    let proof = proof.clone().and(pool.providers.complete.at.clone());
    let mut ways: Vec<String> = pool.providers.all()?.iter().map(|p| format!("{} ({})", p.name, p.kind)).collect();
    ways.extend(migrating.then(|| "a UserMigration trigger".to_owned()));
    Ok(match (audience, closed) {
        (_, false) => with(Verdict::Manual, "approval-elsewhere"),
        (Audience::Workforce, true) if ways.is_empty() && registering => Decision::new(Verdict::Manual, "clients-register", proof),
        (Audience::Workforce, true) if ways.is_empty() => Decision::new(Verdict::Pass, "administrators-only", proof),
        (Audience::Workforce, true) => Decision::new(Verdict::Manual, "created-at-sign-in", proof).with("ways", words(ways)),
        (_, true) => Decision::new(Verdict::Manual, "approval-before", proof).with("ways", words(ways)),
    })
}

/// Whether applications may register as app clients by themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Registration {
    /// Not at all.
    Off,
    /// With a token of this pool, or in a way that is not known here.
    Some,
    /// Any application, without a token.
    Open,
}

/// Absent is off, and so is DISABLED; a status of another time is not taken for that (developer guide, Dynamic client registration).
fn registration(cx: &PoolCx) -> Result<Registration, Gap> {
    let pool = cx.pool;
    if pool.registration.known()?.is_none() || pool.registration_status.known()?.is_some_and(|status| status == "DISABLED") {
        return Ok(Registration::Off);
    }
    Ok(if pool.registration_open.known()? == Some(&true) { Registration::Open } else { Registration::Some })
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::Fixture;
    use crate::model::scope::Audience;
    use serde_json::{Value, json};

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let open = || {
            Fixture::good().with("DescribeUserPool", json!({"UserPool": {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false}}}))
        };
        let trigger = |triggers: Value| Fixture::good().with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": triggers}}));
        let federated =
            || Fixture::good().with("ListIdentityProviders", json!({"Providers": [{"ProviderName": "Okta", "ProviderType": "SAML"}]}));
        let dcr = |dcr: Value| Fixture::good().with("DescribeUserPool", json!({"UserPool": {"DcrConfiguration": dcr}}));
        let gap = "INCOMPLETE gap";
        vec![
            ("COG-ACC-004", "workforce, administrators only", Fixture::good(), "PASS administrators-only"),
            ("COG-ACC-004", "workforce, open", open(), "FAIL open-to-anybody"),
            ("COG-ACC-004", "customers, open", open().declare(|p| p.audience = Some(Audience::Customer)), "MANUAL approval-elsewhere"),
            (
                "COG-ACC-004",
                "customers, administrators only",
                Fixture::good().declare(|p| p.audience = Some(Audience::Customer)),
                "MANUAL approval-before",
            ),
            ("COG-ACC-004", "undeclared", Fixture::good().declare(|p| p.audience = None), "MANUAL undeclared"),
            ("COG-ACC-004", "consumers", open().declare(|p| p.audience = Some(Audience::Consumer)), "NOT_APPLICABLE consumers"),
            ("COG-ACC-004", "workforce, an identity provider", federated(), "MANUAL created-at-sign-in"),
            ("COG-ACC-004", "workforce, users migrate", trigger(json!({"UserMigration": "arn"})), "MANUAL created-at-sign-in"),
            ("COG-ACC-004", "workforce, an unrelated trigger", trigger(json!({"PreSignUp": "arn"})), "PASS administrators-only"),
            ("COG-ACC-004", "workforce, providers not read", Fixture::good().fails("ListIdentityProviders", "AccessDeniedException"), gap),
            (
                "COG-ACC-004",
                "workforce, providers not read to the end",
                Fixture::good().with("ListIdentityProviders", json!({"NextToken": "more"})),
                gap,
            ),
            (
                "COG-ACC-004",
                "workforce, open, providers not read",
                open().fails("ListIdentityProviders", "AccessDeniedException"),
                "FAIL open-to-anybody",
            ),
            (
                "COG-ACC-004",
                "workforce, open, triggers unreadable",
                open().with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": "none"}})),
                "FAIL open-to-anybody",
            ),
            ("COG-ACC-004", "workforce, triggers unreadable", trigger(json!("none")), gap),
            (
                "COG-ACC-004",
                "any application registers",
                dcr(json!({"EnableStatus": "ENABLED", "OpenDcrEnabled": true})),
                "FAIL clients-of-anybody",
            ),
            (
                "COG-ACC-004",
                "any application registers, as far as is told",
                dcr(json!({"OpenDcrEnabled": true})),
                "FAIL clients-of-anybody",
            ),
            ("COG-ACC-004", "applications register with a token", dcr(json!({"EnableStatus": "ENABLED"})), "MANUAL clients-register"),
            (
                "COG-ACC-004",
                "a status of another time",
                dcr(json!({"EnableStatus": "PERHAPS", "OpenDcrEnabled": false})),
                "MANUAL clients-register",
            ),
            (
                "COG-ACC-004",
                "registration is disabled",
                dcr(json!({"EnableStatus": "DISABLED", "OpenDcrEnabled": true})),
                "PASS administrators-only",
            ),
            ("COG-ACC-004", "registration unreadable", dcr(json!("open")), gap),
            ("COG-ACC-004", "never asked", Fixture::good().without("DescribeUserPool"), gap),
            ("COG-ACC-004", "absent", Fixture::good().with("DescribeUserPool", json!({"UserPool": {"AdminCreateUserConfig": null}})), gap),
            ("COG-ACC-004", "denied", Fixture::good().fails("DescribeUserPool", "AccessDeniedException"), gap),
        ]
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
