//! Cases of COG-MFA-007 to 011.

use super::users::who;
use super::{Case, config, described};
use crate::checks::testkit::{Fixture, POOL, user};
use crate::model::scope::{Audience, DevicePolicy, PciScope};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    [codes(), passkeys(), devices(), custom(), federation()].concat()
}

fn first(allowed: Value) -> Fixture {
    described(json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": allowed}}}))
}

fn flows(fixture: Fixture, flows: Value) -> Fixture {
    fixture.with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": flows}}))
}

/// A second client in the listing, not described.
fn undescribed(fixture: Fixture) -> Fixture {
    fixture.with(
        "ListUserPoolClients",
        json!({"UserPoolClients": [{"ClientId": "web1", "UserPoolId": POOL}, {"ClientId": "web2", "UserPoolId": POOL}]}),
    )
}

fn codes() -> Vec<Case> {
    const ID: &str = "COG-MFA-007";
    let good = Fixture::good;
    let open = || first(json!(["PASSWORD", "EMAIL_OTP"]));
    let reached = |fixture| flows(fixture, json!(["ALLOW_USER_AUTH"]));
    vec![
        (ID, "password only", good(), "PASS no-code"),
        (ID, "passkeys and passwords", first(json!(["PASSWORD", "WEB_AUTHN"])), "PASS no-code"),
        (ID, "an empty list", first(json!([])), "PASS no-code"),
        (ID, "no code, clients never asked", good().without("DescribeUserPoolClient"), "PASS no-code"),
        (ID, "a code that no client reaches", open(), "PASS unreachable"),
        (ID, "a code, a client with default flows", flows(open(), json!(null)), "PASS unreachable"),
        (ID, "a code reached", reached(open()), "FAIL code-alone"),
        (ID, "a code by SMS reached", reached(first(json!(["PASSWORD", "SMS_OTP"]))), "FAIL code-alone"),
        (ID, "a code reached, another client unknown", reached(undescribed(open())), "FAIL code-alone"),
        (
            ID,
            "a code reached, clients cut off",
            reached(open()).with("ListUserPoolClients", json!({"NextToken": "more"})),
            "FAIL code-alone",
        ),
        (ID, "a code and an unknown factor, reached", reached(first(json!(["EMAIL_OTP", "FOO"]))), "FAIL code-alone"),
        (ID, "an unknown factor", first(json!(["PASSWORD", "FOO_OTP"])), "INCOMPLETE unknown-factor"),
        (ID, "an unknown factor beside a code that no client reaches", first(json!(["EMAIL_OTP", "FOO_OTP"])), "INCOMPLETE unknown-factor"),
        (ID, "an unknown flow", flows(open(), json!(["ALLOW_EVERYTHING"])), "INCOMPLETE gap"),
        (ID, "a client not described", undescribed(open()), "INCOMPLETE gap"),
        (ID, "clients denied", open().fails("DescribeUserPoolClient", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "clients cut off", open().with("ListUserPoolClients", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        (ID, "clients never asked", open().without("ListUserPoolClients"), "INCOMPLETE gap"),
        (
            ID,
            "the description of another client",
            open().with("DescribeUserPoolClient", json!({"UserPoolClient": {"ClientId": "web9"}})),
            "INCOMPLETE gap",
        ),
        (ID, "denied", good().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "never asked", good().without("DescribeUserPool"), "INCOMPLETE gap"),
        (ID, "numbers where words belong", first(json!([1])), "INCOMPLETE gap"),
        (ID, "text where the policies belong", described(json!({"Policies": "none"})), "INCOMPLETE gap"),
    ]
}

fn passkeys() -> Vec<Case> {
    const ID: &str = "COG-MFA-008";
    let with = |factor: Value, verification: Value| {
        first(json!(["PASSWORD", "WEB_AUTHN"])).with(
            "GetUserPoolMfaConfig",
            json!({"WebAuthnConfiguration": {"FactorConfiguration": factor, "UserVerification": verification}}),
        )
    };
    let nobody = |fixture: Fixture| fixture.declare(|p| p.privileged_groups = None);
    let multi = || json!("MULTI_FACTOR_WITH_USER_VERIFICATION");
    vec![
        (ID, "no passkeys", Fixture::good(), "NOT_APPLICABLE no-passkeys"),
        (ID, "verified", with(multi(), json!("required")), "PASS verified"),
        (ID, "verified, but only preferred", with(multi(), json!("preferred")), "MANUAL verification-in-doubt"),
        (ID, "verified, not set", with(multi(), json!(null)), "MANUAL verification-in-doubt"),
        (ID, "one factor", with(json!("SINGLE_FACTOR"), json!("required")), "FAIL one-factor-privileged"),
        (ID, "not set", first(json!(["WEB_AUTHN"])), "FAIL one-factor-privileged"),
        (
            ID,
            "one factor, an admin named",
            nobody(with(json!(null), json!(null))).declare(|p| p.named_admins = vec!["n_x".into()]),
            "FAIL one-factor-privileged",
        ),
        (ID, "one factor, nobody privileged declared", nobody(with(json!("SINGLE_FACTOR"), json!("preferred"))), "MANUAL one-factor"),
        (ID, "a mode of another time", with(json!("FOO"), json!("required")), "INCOMPLETE unknown-mode"),
        (ID, "a first factor of another time", first(json!(["PASSWORD", "WEB_AUTHN_2"])), "INCOMPLETE unknown-factor"),
        (
            ID,
            "configuration denied",
            with(multi(), json!("required")).fails("GetUserPoolMfaConfig", "AccessDeniedException"),
            "INCOMPLETE gap",
        ),
        (ID, "configuration never asked", with(multi(), json!("required")).without("GetUserPoolMfaConfig"), "INCOMPLETE gap"),
        (ID, "description denied", Fixture::good().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (
            ID,
            "text where an object belongs",
            first(json!(["WEB_AUTHN"])).with("GetUserPoolMfaConfig", json!({"WebAuthnConfiguration": "on"})),
            "INCOMPLETE gap",
        ),
    ]
}

fn devices() -> Vec<Case> {
    const ID: &str = "COG-MFA-009";
    let with = |flag: Value, prompt: Value| {
        described(json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": flag, "DeviceOnlyRememberedOnUserPrompt": prompt}}))
    };
    let skips = || with(json!(true), json!(false));
    vec![
        (ID, "no device configuration", Fixture::good(), "PASS no-device-factor"),
        (ID, "flag false", with(json!(false), json!(true)), "PASS no-device-factor"),
        (ID, "flag absent", with(json!(null), json!(true)), "PASS no-device-factor"),
        (ID, "flag true", skips(), "FAIL device-skips"),
        (ID, "flag true under optional", skips().mode("OPTIONAL"), "FAIL device-skips"),
        (ID, "flag true, remembered at an unreadable time", with(json!(true), json!("always")), "FAIL device-skips"),
        (
            ID,
            "flag true, the pool not in the scope",
            {
                let mut f = skips();
                f.scope.pools.clear();
                f
            },
            "FAIL device-skips",
        ),
        (ID, "flag true, accepted", skips().declare(|p| p.device_policy = DevicePolicy::AcceptDeviceFactor), "MANUAL device-accepted"),
        (ID, "off", skips().mode("OFF"), "NOT_APPLICABLE mfa-off"),
        (ID, "denied", skips().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "never asked", skips().without("DescribeUserPool"), "INCOMPLETE gap"),
        (ID, "the mode not read", Fixture::good().without("GetUserPoolMfaConfig"), "INCOMPLETE gap"),
        (ID, "flag as text", with(json!("true"), json!(true)), "INCOMPLETE gap"),
        (ID, "text where the configuration belongs", described(json!({"DeviceConfiguration": "strict"})), "INCOMPLETE gap"),
    ]
}

fn custom() -> Vec<Case> {
    const ID: &str = "COG-MFA-010";
    let good = Fixture::good;
    let trigger = || described(json!({"LambdaConfig": {"DefineAuthChallenge": "arn:aws:lambda:eu-west-1:1:function:define"}}));
    vec![
        (ID, "no trigger", good(), "PASS no-trigger"),
        (ID, "no trigger configuration", described(json!({"LambdaConfig": null})), "PASS no-trigger"),
        (ID, "no trigger, a client with default flows", flows(good(), json!(null)), "PASS no-trigger"),
        (ID, "another trigger", described(json!({"LambdaConfig": {"PreSignUp": "arn"}})), "PASS no-trigger"),
        (ID, "trigger, no client allows it", trigger(), "PASS no-client"),
        (ID, "trigger, a client allows it", flows(trigger(), json!(["ALLOW_CUSTOM_AUTH"])), "MANUAL code-review"),
        (ID, "trigger, a client allows it by the old word", flows(trigger(), json!(["CUSTOM_AUTH_FLOW_ONLY"])), "MANUAL code-review"),
        (ID, "trigger, a client with default flows", flows(trigger(), json!(null)), "MANUAL code-review"),
        (ID, "trigger, a client with an empty list of flows", flows(trigger(), json!([])), "MANUAL code-review"),
        (ID, "trigger, an unknown flow", flows(trigger(), json!(["ALLOW_EVERYTHING"])), "INCOMPLETE gap"),
        (ID, "trigger, a client not described", undescribed(trigger()), "INCOMPLETE gap"),
        (ID, "trigger, clients denied", trigger().fails("DescribeUserPoolClient", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "trigger, clients cut off", trigger().with("ListUserPoolClients", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        (ID, "trigger, clients never asked", trigger().without("ListUserPoolClients"), "INCOMPLETE gap"),
        (ID, "denied", good().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "never asked", good().without("DescribeUserPool"), "INCOMPLETE gap"),
        (ID, "text where the triggers belong", described(json!({"LambdaConfig": "none"})), "INCOMPLETE gap"),
    ]
}

fn federation() -> Vec<Case> {
    const ID: &str = "COG-MFA-011";
    let good = Fixture::good;
    let provider =
        |name: &str, kind: &str| good().with("ListIdentityProviders", json!({"Providers": [{"ProviderName": name, "ProviderType": kind}]}));
    let at_client = |fixture: Fixture, names: Value| {
        fixture.with("DescribeUserPoolClient", json!({"UserPoolClient": {"SupportedIdentityProviders": names}}))
    };
    let google = || at_client(provider("Google", "Google"), json!(["COGNITO", "Google"]));
    let customers = |fixture: Fixture| {
        fixture.declare(|p| {
            p.audience = Some(Audience::Customer);
            p.pci_scope = Some(PciScope::Out);
        })
    };
    let linked = || {
        let mut listed = user("bob");
        listed["Attributes"]
            .as_array_mut()
            .unwrap()
            .push(json!({"Name": "identities", "Value": "[{\"providerName\":\"Okta\",\"primary\":false}]"}));
        good().users(vec![user("ann"), listed, user("cyd")])
    };
    vec![
        (ID, "no provider", good(), "PASS no-federation"),
        (ID, "a client that names no provider", at_client(good(), json!(null)), "PASS no-federation"),
        (ID, "saml", at_client(provider("Okta", "SAML"), json!(["Okta"])), "MANUAL evidence-needed"),
        (ID, "saml at no client", provider("Okta", "SAML"), "MANUAL evidence-needed"),
        (ID, "a client names a provider that the pool does not list", at_client(good(), json!(["Okta"])), "MANUAL evidence-needed"),
        (
            ID,
            "a federated user without a provider",
            good().users(vec![user("ann"), who("Okta_eve", json!({"UserStatus": "EXTERNAL_PROVIDER"}))]),
            "MANUAL evidence-needed",
        ),
        (
            ID,
            "a federated user, disabled",
            good().users(vec![user("ann"), who("Okta_eve", json!({"UserStatus": "EXTERNAL_PROVIDER", "Enabled": false}))]),
            "MANUAL evidence-needed",
        ),
        (ID, "a linked user", linked(), "MANUAL evidence-needed"),
        (ID, "social for the workforce", google(), "FAIL social"),
        (ID, "social for the cardholder data environment", google().declare(|p| p.audience = Some(Audience::Customer)), "FAIL social"),
        (ID, "social at the client, providers denied", google().fails("ListIdentityProviders", "AccessDeniedException"), "FAIL social"),
        (ID, "social at the client, users denied", google().fails("ListUsers", "AccessDeniedException"), "FAIL social"),
        (ID, "social at one client, another unknown", undescribed(google()), "FAIL social"),
        (
            ID,
            "social by its type under another name",
            at_client(provider("Workforce", "SignInWithApple"), json!(["Workforce"])),
            "FAIL social",
        ),
        (ID, "social for customers", customers(google()), "MANUAL evidence-needed"),
        (
            ID,
            "social, nothing declared",
            google().declare(|p| {
                p.audience = None;
                p.pci_scope = None;
            }),
            "MANUAL evidence-needed",
        ),
        (ID, "social at no client", provider("Google", "Google"), "MANUAL evidence-needed"),
        (
            ID,
            "social in the pool, clients denied",
            provider("Google", "Google").fails("DescribeUserPoolClient", "AccessDeniedException"),
            "INCOMPLETE gap",
        ),
        (ID, "providers denied", good().fails("ListIdentityProviders", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "providers never asked", good().without("ListIdentityProviders"), "INCOMPLETE gap"),
        (ID, "providers cut off", good().with("ListIdentityProviders", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        (ID, "users cut off", good().with("ListUsers", json!({"PaginationToken": "more"})), "INCOMPLETE gap"),
        (ID, "a client not described", undescribed(good()), "INCOMPLETE gap"),
        (ID, "clients cut off", good().with("ListUserPoolClients", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        (ID, "a client's providers as text", at_client(good(), json!("COGNITO")), "INCOMPLETE gap"),
        (ID, "configuration aside", config(json!({"MfaConfiguration": "OFF"})), "PASS no-federation"),
    ]
}
