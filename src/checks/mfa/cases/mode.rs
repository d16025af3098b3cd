//! Cases of COG-MFA-001, 002 and 006.

use super::{Case, config, described};
use crate::checks::testkit::{Fixture, user};
use serde_json::{Value, json};

fn federated() -> Fixture {
    let mut okta = user("Okta_eve");
    okta["UserStatus"] = json!("EXTERNAL_PROVIDER");
    Fixture::good().users(vec![okta])
}

fn only(factor: Value) -> Fixture {
    config(json!({"SoftwareTokenMfaConfiguration": null})).with("GetUserPoolMfaConfig", factor)
}

fn first_factors(fixture: Fixture, allowed: &[&str]) -> Fixture {
    fixture.with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": allowed}}}}))
}

fn own_sender(fixture: Fixture) -> Fixture {
    fixture.with("DescribeUserPool", json!({"UserPool": {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}}))
}

pub fn cases() -> Vec<Case> {
    [required(), usable(), permitted()].concat()
}

fn required() -> Vec<Case> {
    const ID: &str = "COG-MFA-001";
    let good = Fixture::good;
    let unenrolled = || {
        let mut f = good().mode("OPTIONAL");
        f.factors("bob", json!({}));
        f
    };
    vec![
        (ID, "on", good(), "PASS mode-on"),
        (ID, "off", good().mode("OFF"), "FAIL mode-off"),
        (ID, "off while the users could not be listed", good().mode("OFF").fails("ListUsers", "AccessDeniedException"), "FAIL mode-off"),
        (ID, "optional", unenrolled(), "FAIL mode-optional"),
        (ID, "optional, all enrolled", good().mode("OPTIONAL"), "FAIL mode-optional-all-enrolled"),
        (
            ID,
            "optional, all enrolled as far as listed",
            good().mode("OPTIONAL").with("ListUsers", json!({"PaginationToken": "more"})),
            "FAIL mode-optional",
        ),
        (ID, "federated only", federated(), "NOT_APPLICABLE no-local-users"),
        (ID, "federated only, off", federated().mode("OFF"), "NOT_APPLICABLE no-local-users"),
        (
            ID,
            "federated only, but anybody may sign up",
            federated()
                .with("DescribeUserPool", json!({"UserPool": {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false}}}))
                .mode("OFF"),
            "FAIL mode-off",
        ),
        (
            ID,
            "federated only, sign-up not named",
            federated().with("DescribeUserPool", json!({"UserPool": {"AdminCreateUserConfig": null}})).mode("OFF"),
            "FAIL mode-off",
        ),
        (
            ID,
            "federated only, but a trigger migrates users",
            federated().with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": {"UserMigration": "arn:aws:lambda:x"}}})).mode("OFF"),
            "FAIL mode-off",
        ),
        (
            ID,
            "federated only, triggers unreadable",
            federated().with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": "none"}})).mode("OFF"),
            "FAIL mode-off",
        ),
        (
            ID,
            "federated only as far as listed",
            federated().mode("OFF").with("ListUsers", json!({"PaginationToken": "x"})),
            "FAIL mode-off",
        ),
        (
            ID,
            "one disabled local user is a local user",
            {
                let mut bob = user("bob");
                bob["Enabled"] = json!(false);
                good().users(vec![bob]).mode("OFF")
            },
            "FAIL mode-off",
        ),
        (ID, "the readings differ", config(json!({"MfaConfiguration": "OFF"})), "INCOMPLETE readings-disagree"),
        (
            ID,
            "the readings differ, neither is on",
            good().mode("OFF").with("GetUserPoolMfaConfig", json!({"MfaConfiguration": "OPTIONAL"})),
            "INCOMPLETE readings-disagree",
        ),
        (ID, "one reading says nothing", config(json!({"MfaConfiguration": null})), "INCOMPLETE readings-disagree"),
        (ID, "a value of another time", good().mode("FOO"), "INCOMPLETE mode-unknown"),
        (ID, "on in small letters", good().mode("on"), "INCOMPLETE mode-unknown"),
        (
            ID,
            "both say nothing",
            config(json!({"MfaConfiguration": null})).with("DescribeUserPool", json!({"UserPool": {"MfaConfiguration": null}})),
            "INCOMPLETE mode-unknown",
        ),
        (ID, "configuration denied", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), "INCOMPLETE gap"),
        (
            ID,
            "configuration denied, the other off",
            good().mode("OFF").fails("GetUserPoolMfaConfig", "AccessDeniedException"),
            "INCOMPLETE gap",
        ),
        (ID, "description throttled out", good().fails("DescribeUserPool", "TooManyRequestsException"), "INCOMPLETE gap"),
        (ID, "configuration never asked", good().without("GetUserPoolMfaConfig"), "INCOMPLETE gap"),
        (ID, "a number where a word belongs", config(json!({"MfaConfiguration": 1})), "INCOMPLETE gap"),
        (ID, "the description of another pool", described(json!({"Id": "eu-west-1_Another01"})), "INCOMPLETE gap"),
    ]
}

fn usable() -> Vec<Case> {
    const ID: &str = "COG-MFA-002";
    let good = Fixture::good;
    let sms = || only(json!({"SmsMfaConfiguration": {"SmsConfiguration": {"SnsRegion": "eu-west-1"}}}));
    let email = || only(json!({"EmailMfaConfiguration": {"Message": "{####}"}}));
    let passkey = |mode: &str| only(json!({"WebAuthnConfiguration": {"FactorConfiguration": mode, "UserVerification": "required"}}));
    let multi = "MULTI_FACTOR_WITH_USER_VERIFICATION";
    vec![
        (ID, "totp", good(), "PASS factor-enabled"),
        (ID, "totp under optional", good().mode("OPTIONAL"), "PASS factor-enabled"),
        (ID, "sms", sms(), "PASS factor-enabled"),
        (ID, "passkeys", first_factors(passkey(multi), &["PASSWORD", "WEB_AUTHN"]), "PASS factor-enabled"),
        (ID, "e-mail with its own sender", own_sender(email()), "PASS factor-enabled"),
        (ID, "e-mail with the shared sender", email(), "MANUAL email-doubtful"),
        (
            ID,
            "e-mail in the Lite tier",
            own_sender(email()).with("DescribeUserPool", json!({"UserPool": {"UserPoolTier": "LITE"}})),
            "MANUAL email-doubtful",
        ),
        (ID, "nothing", only(json!({})), "FAIL no-factor"),
        (ID, "totp switched off", config(json!({"SoftwareTokenMfaConfiguration": {"Enabled": false}})), "FAIL no-factor"),
        (ID, "passkeys as one factor", first_factors(passkey("SINGLE_FACTOR"), &["PASSWORD", "WEB_AUTHN"]), "FAIL no-factor"),
        (ID, "passkeys that may not begin a sign-in", first_factors(passkey(multi), &["PASSWORD"]), "FAIL no-factor"),
        (ID, "a passkey mode of another time", first_factors(passkey("FOO"), &["PASSWORD", "WEB_AUTHN"]), "INCOMPLETE unknown-factor"),
        (ID, "a factor of another time", only(json!({"PushMfaConfiguration": {"Enabled": true}})), "INCOMPLETE unknown-factor"),
        (ID, "a factor of another time beside totp", config(json!({"PushMfaConfiguration": {}})), "PASS factor-enabled"),
        (ID, "off", good().mode("OFF"), "NOT_APPLICABLE mfa-off"),
        (ID, "denied", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "never asked", good().without("GetUserPoolMfaConfig"), "INCOMPLETE gap"),
        (ID, "totp as text", config(json!({"SoftwareTokenMfaConfiguration": "on"})), "INCOMPLETE gap"),
        (ID, "the mode in doubt", config(json!({"MfaConfiguration": "OFF"})), "INCOMPLETE gap"),
    ]
}

fn permitted() -> Vec<Case> {
    const ID: &str = "COG-MFA-006";
    let good = Fixture::good;
    let passkey = json!({"WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}});
    let sms = json!({"SmsMfaConfiguration": {"SmsConfiguration": {}}});
    vec![
        (ID, "totp", good(), "PASS strong-only"),
        (ID, "totp and passkeys", first_factors(config(passkey.clone()), &["PASSWORD", "WEB_AUTHN"]), "PASS strong-only"),
        (ID, "passkeys without verification beside totp", first_factors(good(), &["PASSWORD", "WEB_AUTHN"]), "MANUAL passkey-one-factor"),
        (ID, "totp and sms", config(sms.clone()), "MANUAL weak-permitted"),
        (ID, "sms only", only(sms), "MANUAL weak-permitted"),
        (ID, "totp and e-mail", config(json!({"EmailMfaConfiguration": {}})), "MANUAL weak-permitted"),
        (ID, "e-mail only", only(json!({"EmailMfaConfiguration": {}})), "FAIL email-only"),
        (ID, "nothing", only(json!({})), "FAIL no-factor"),
        (ID, "a factor of another time", config(json!({"PushMfaConfiguration": {}})), "INCOMPLETE unknown-factor"),
        (ID, "off", good().mode("OFF"), "NOT_APPLICABLE mfa-off"),
        (ID, "denied", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "description denied", good().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "never asked", good().without("GetUserPoolMfaConfig"), "INCOMPLETE gap"),
    ]
}
