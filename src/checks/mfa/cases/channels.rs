//! Cases of COG-MFA-016 and 017.

use super::{Case, config, described};
use crate::checks::testkit::{Fixture, merge};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    [sms(), recovery()].concat()
}

fn sms() -> Vec<Case> {
    const ID: &str = "COG-MFA-016";
    let good = Fixture::good;
    let sms = |fixture: Fixture| {
        fixture.with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {"SnsRegion": "eu-west-1"}}}))
    };
    let beside = || sms(good());
    let only = || sms(config(json!({"SoftwareTokenMfaConfiguration": null})));
    let sandbox = |fixture: Fixture, state: Value| fixture.with("GetSMSSandboxAccountStatus", json!({"IsInSandbox": state}));
    let limit = |fixture: Fixture, limit: Value| fixture.with("GetSMSAttributes", json!({"attributes": {"MonthlySpendLimit": limit}}));
    let failure = |fixture: Fixture, text: &str| fixture.with("DescribeUserPool", json!({"UserPool": {"SmsConfigurationFailure": text}}));
    let begins = || described(json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"]}}}));
    // The pool in London without SnsRegion: SNS in London or in Ireland may send.
    let legacy = |london: bool, ireland: bool| {
        let mut f = sms(good()).with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {"SnsRegion": null}}}));
        for call in f.calls.iter_mut().filter(|c| c.service == "cognito-idp") {
            call.region = "eu-west-2".to_owned();
        }
        f = sandbox(f, json!(ireland));
        let mut there: Vec<_> = f.calls.iter().filter(|c| c.service == "sns").cloned().collect();
        for call in &mut there {
            call.region = "eu-west-2".to_owned();
            if let (Ok(answer), "GetSMSSandboxAccountStatus") = (&mut call.outcome, call.operation) {
                merge(answer, json!({"IsInSandbox": london}));
            }
        }
        f.calls.extend(there);
        f
    };
    let without_ireland = |mut f: Fixture| {
        f.calls.retain(|c| !(c.service == "sns" && c.region == "eu-west-1"));
        f
    };
    vec![
        (ID, "no sms", good(), "NOT_APPLICABLE no-sms"),
        (ID, "sms, but off", beside().mode("OFF"), "NOT_APPLICABLE mfa-off"),
        (ID, "sms beside totp", beside(), "PASS out-of-sandbox"),
        (ID, "sms begins a sign-in", begins(), "PASS out-of-sandbox"),
        (ID, "sms begins a sign-in, mfa off, sandbox", sandbox(begins().mode("OFF"), json!(true)), "FAIL sandbox"),
        (ID, "sandbox beside totp", sandbox(beside(), json!(true)), "FAIL sandbox"),
        (ID, "sandbox, no other factor", sandbox(only(), json!(true)), "FAIL sandbox-only-factor"),
        (ID, "sandbox, limits denied", sandbox(beside(), json!(true)).fails("GetSMSAttributes", "AuthorizationError"), "FAIL sandbox"),
        (ID, "failure", failure(beside(), "InvalidSmsRoleAccessPolicyException"), "FAIL send-failure"),
        (
            ID,
            "failure, sns denied",
            failure(beside(), "SNSSandbox").fails("GetSMSSandboxAccountStatus", "AuthorizationError"),
            "FAIL send-failure",
        ),
        (ID, "failure, no other factor", failure(only(), "InvalidSmsRoleAccessPolicyException"), "FAIL send-failure"),
        (
            ID,
            "the sandbox as a failure, no other factor",
            failure(only(), "SNSSandbox").without("GetSMSSandboxAccountStatus"),
            "FAIL failure-sandbox-only-factor",
        ),
        (ID, "no limit set", limit(beside(), json!(null)), "MANUAL spend-limit"),
        (ID, "no attributes at all", beside().with("GetSMSAttributes", json!({"attributes": null})), "MANUAL spend-limit"),
        (ID, "limit 1", limit(beside(), json!("1")), "MANUAL spend-limit"),
        (ID, "limit unreadable", limit(beside(), json!("lots")), "MANUAL spend-limit"),
        (ID, "limit infinite", limit(beside(), json!("inf")), "MANUAL spend-limit"),
        (
            ID,
            "custom sender, in the sandbox",
            sandbox(beside(), json!(true)).with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": {"CustomSMSSender": {}}}})),
            "MANUAL custom-sender",
        ),
        (
            ID,
            "end user messaging",
            beside().with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {"EumsSms": {"CallerArn": "arn"}}}})),
            "MANUAL end-user-messaging",
        ),
        (ID, "two regions, neither in the sandbox", legacy(false, false), "MANUAL region-in-doubt"),
        (ID, "two regions, one in the sandbox", legacy(true, false), "MANUAL region-in-doubt"),
        (ID, "two regions, both in the sandbox", legacy(true, true), "FAIL sandbox"),
        (ID, "two regions, one not asked", without_ireland(legacy(true, true)), "INCOMPLETE gap"),
        (
            ID,
            "the two answers name two regions",
            beside().with("DescribeUserPool", json!({"UserPool": {"SmsConfiguration": {"SnsRegion": "us-east-1"}}})),
            "INCOMPLETE gap",
        ),
        (
            ID,
            "the region that sends was not asked",
            sms(described(json!({"SmsConfiguration": {"SnsRegion": "us-west-2"}})))
                .with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {"SnsRegion": "us-west-2"}}})),
            "INCOMPLETE gap",
        ),
        (ID, "sandbox denied", beside().fails("GetSMSSandboxAccountStatus", "AuthorizationError"), "INCOMPLETE gap"),
        (ID, "sandbox never asked", beside().without("GetSMSSandboxAccountStatus"), "INCOMPLETE gap"),
        (ID, "sandbox says nothing", sandbox(beside(), json!(null)), "INCOMPLETE gap"),
        (ID, "limits denied", beside().fails("GetSMSAttributes", "AuthorizationError"), "INCOMPLETE gap"),
        (ID, "limits throttled out", beside().fails("GetSMSAttributes", "Throttled"), "INCOMPLETE gap"),
        (ID, "configuration denied", beside().fails("GetUserPoolMfaConfig", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "description denied", beside().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "the mode in doubt", beside().with("GetUserPoolMfaConfig", json!({"MfaConfiguration": "OFF"})), "INCOMPLETE gap"),
    ]
}

#[test]
fn the_severity_follows_the_facts() {
    let of = |name: &str| sms().into_iter().find(|c| c.1 == name).unwrap().2.findings("COG-MFA-016")[0].severity.word();
    assert_eq!(of("sandbox, no other factor"), "critical");
    assert_eq!(of("sandbox beside totp"), "medium");
    assert_eq!(of("failure"), "medium");
    assert_eq!(of("failure, no other factor"), "high");
    assert_eq!(of("the sandbox as a failure, no other factor"), "critical");
}

fn recovery() -> Vec<Case> {
    const ID: &str = "COG-MFA-017";
    let good = Fixture::good;
    let by = |names: &[&str]| {
        let list: Vec<Value> = names.iter().zip(1..).map(|(name, n)| json!({"Priority": n, "Name": name})).collect();
        described(json!({"AccountRecoverySetting": {"RecoveryMechanisms": list}}))
    };
    let unguarded = |fixture: Fixture| fixture.with("DescribeUserPool", json!({"UserPool": {"UserAttributeUpdateSettings": null}}));
    let writes =
        |fixture: Fixture, names: Value| fixture.with("DescribeUserPoolClient", json!({"UserPoolClient": {"WriteAttributes": names}}));
    let sms = |fixture: Fixture| fixture.with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {}}}));
    let passkeys =
        || described(json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["WEB_AUTHN"]}}, "AccountRecoverySetting": null}));
    let flows =
        |fixture: Fixture, flows: Value| fixture.with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": flows}}));
    let choosing = |fixture| flows(fixture, json!(["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]));
    let nobody = |fixture: Fixture| {
        fixture.declare(|p| {
            p.privileged_groups = None;
            p.no_privileged_users = true;
        })
    };
    vec![
        (ID, "e-mail, verified before an update", good(), "PASS email-first"),
        (ID, "e-mail, then telephone, guarded both", by(&["verified_email", "verified_phone_number"]).with("DescribeUserPool", json!({"UserPool": {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]}}})), "PASS email-first"),
        (ID, "the order is the priority's", described(json!({"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 2, "Name": "verified_phone_number"}, {"Priority": 1, "Name": "verified_email"}]}, "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]}})), "PASS email-first"),
        (ID, "unguarded, but no client writes it", writes(unguarded(good()), json!(["name"])), "PASS email-first"),
        (ID, "unguarded, but immutable", unguarded(good()).with("DescribeUserPool", json!({"UserPool": {"SchemaAttributes": [{"Name": "email", "Mutable": false}]}})), "PASS email-first"),
        (ID, "administrators only, nobody privileged", nobody(by(&["admin_only"])), "PASS administrators-only"),
        (ID, "administrators only", by(&["admin_only"]), "MANUAL help-desk"),
        (ID, "administrators only, nothing declared", { let mut f = by(&["admin_only"]); f.scope.pools.clear(); f }, "MANUAL help-desk"),
        (ID, "no setting", described(json!({"AccountRecoverySetting": null})), "FAIL legacy"),
        (ID, "no setting, configuration denied", described(json!({"AccountRecoverySetting": null})).fails("GetUserPoolMfaConfig", "AccessDeniedException"), "FAIL legacy"),
        (ID, "telephone first", by(&["verified_phone_number", "verified_email"]), "FAIL phone-first"),
        (ID, "unguarded", unguarded(good()), "FAIL redirectable"),
        (ID, "unguarded, an empty list", described(json!({"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []}})), "FAIL redirectable"),
        (ID, "unguarded, a client names it", writes(unguarded(good()), json!(["email"])), "FAIL redirectable"),
        (ID, "unguarded, an empty list of attributes", writes(unguarded(good()), json!([])), "FAIL redirectable"),
        (ID, "unguarded, configuration denied", unguarded(good()).fails("GetUserPoolMfaConfig", "AccessDeniedException"), "FAIL redirectable"),
        (ID, "unguarded, clients cut off", unguarded(good()).with("ListUserPoolClients", json!({"NextToken": "more"})), "FAIL redirectable"),
        (ID, "the telephone carries a factor, unguarded", sms(good()), "FAIL redirectable"),
        (ID, "the telephone carries a factor, but off", sms(good()).mode("OFF"), "PASS email-first"),
        (ID, "e-mail recovers and carries a factor", config(json!({"EmailMfaConfiguration": {}})), "MANUAL shared-channel"),
        (ID, "e-mail recovers and begins a sign-in", described(json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}})), "MANUAL shared-channel"),
        (
            ID,
            "no passwords",
            choosing(passkeys()).with("DescribeUserPoolClient", json!({"UserPoolClient": {"AllowedOAuthFlowsUserPoolClient": false}})),
            "NOT_APPLICABLE passwordless",
        ),
        (ID, "no passwords but for hosted pages", choosing(passkeys()), "FAIL legacy"),
        (ID, "no passwords, but a client takes one", passkeys(), "FAIL legacy"),
        (ID, "no passwords, but a client with default flows", flows(passkeys(), json!(null)), "FAIL legacy"),
        (ID, "no passwords, a first factor of another time", choosing(described(json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["FOO"]}}, "AccountRecoverySetting": null}))), "FAIL legacy"),
        (ID, "a mechanism of another time", by(&["pigeon"]), "INCOMPLETE unknown-mechanism"),
        (ID, "an empty list", by(&[]), "INCOMPLETE unknown-mechanism"),
        (ID, "a mechanism without priority", described(json!({"AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email"}]}})), "INCOMPLETE gap"),
        (ID, "text where the setting belongs", described(json!({"AccountRecoverySetting": "email"})), "INCOMPLETE gap"),
        (ID, "unguarded, clients denied", unguarded(good()).fails("DescribeUserPoolClient", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "unguarded, clients never asked", unguarded(good()).without("ListUserPoolClients").without("DescribeUserPoolClient"), "INCOMPLETE gap"),
        (ID, "configuration denied", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "denied", good().fails("DescribeUserPool", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "never asked", good().without("DescribeUserPool"), "INCOMPLETE gap"),
    ]
}
