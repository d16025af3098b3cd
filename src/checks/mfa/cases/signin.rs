//! Cases of COG-MFA-012 to 015.

use super::users::{bob, derived, who};
use super::{Case, described};
use crate::checks::testkit::{Fixture, POOL, user};
use serde_json::{Value, json};

fn client(change: Value) -> Fixture {
    Fixture::good().with("DescribeUserPoolClient", json!({"UserPoolClient": change}))
}

fn flows(list: &[&str]) -> Fixture {
    client(json!({"ExplicitAuthFlows": list}))
}

fn machine() -> Fixture {
    client(json!({"AllowedOAuthFlows": ["client_credentials"], "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}))
}

/// The rules of the pool or of the client are changed.
fn rules(mut fixture: Fixture, of_client: bool, change: Value) -> Fixture {
    let call =
        fixture.calls.iter_mut().find(|c| c.operation == "DescribeRiskConfiguration" && c.input.get("ClientId").is_some() == of_client);
    crate::checks::testkit::merge(call.unwrap().outcome.as_mut().unwrap(), json!({"RiskConfiguration": change}));
    fixture
}

fn unread_rules(mut fixture: Fixture, of_client: bool) -> Fixture {
    let of =
        |c: &crate::checks::testkit::Planned| c.operation == "DescribeRiskConfiguration" && c.input.get("ClientId").is_some() == of_client;
    fixture.calls.retain(|c| !of(c));
    fixture
}

pub fn cases() -> Vec<Case> {
    [onset(), risk(), replay(), sound()].concat()
}

fn onset() -> Vec<Case> {
    const ID: &str = "COG-MFA-012";
    let good = Fixture::good;
    let gap = "INCOMPLETE gap";
    let pending = || good().users(vec![user("ann"), who("bob", json!({"UserStatus": "FORCE_CHANGE_PASSWORD"}))]);
    let unconfirmed =
        |enabled: Value| good().users(vec![user("ann"), who("bob", json!({"UserStatus": "UNCONFIRMED", "Enabled": enabled}))]);
    vec![
        (ID, "everybody enrolled", good(), "PASS nobody"),
        (ID, "a derived user is not counted", derived("bob"), "PASS nobody"),
        (ID, "silent under ON", bob(json!({})), "INCOMPLETE unresolved"),
        (ID, "not asked", good().without("AdminGetUserAuthFactors"), "INCOMPLETE unresolved"),
        (ID, "denied", good().fails("AdminGetUserAuthFactors", "AccessDeniedException"), "INCOMPLETE unresolved"),
        (ID, "one waits", pending(), "MANUAL waiting"),
        (ID, "one is not confirmed", unconfirmed(json!(true)), "MANUAL waiting"),
        (ID, "one is not confirmed, and may be enabled", unconfirmed(Value::Null), "MANUAL waiting"),
        (ID, "one is not confirmed, and disabled", unconfirmed(json!(false)), "PASS nobody"),
        (
            ID,
            "one waits, one is silent",
            {
                let mut f = good().users(vec![user("ann"), user("cyd"), who("bob", json!({"UserStatus": "FORCE_CHANGE_PASSWORD"}))]);
                f.factors("cyd", json!({}));
                f
            },
            "INCOMPLETE unresolved",
        ),
        (ID, "anybody can sign up", described(json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false}})), "MANUAL users-come"),
        (ID, "users migrate", described(json!({"LambdaConfig": {"UserMigration": "arn"}})), "MANUAL users-come"),
        (ID, "who creates users is not in the answer", described(json!({"AdminCreateUserConfig": null})), gap),
        (ID, "optional", good().mode("OPTIONAL"), "NOT_APPLICABLE mfa-not-required"),
        (ID, "off", good().mode("OFF"), "NOT_APPLICABLE mfa-not-required"),
        (ID, "the mode in doubt", good().with("GetUserPoolMfaConfig", json!({"MfaConfiguration": "OFF"})), gap),
        (ID, "listing cut off", good().with("ListUsers", json!({"PaginationToken": "more"})), gap),
        (ID, "never asked", good().without("ListUsers"), gap),
    ]
}

fn risk() -> Vec<Case> {
    const ID: &str = "COG-MFA-013";
    let good = Fixture::good;
    let optional = || good().mode("OPTIONAL");
    let gap = "INCOMPLETE gap";
    let skip = || json!({"RiskExceptionConfiguration": {"SkippedIPRangeList": ["192.0.2.0/24"]}});
    let ask =
        |action: &str| json!({"AccountTakeoverRiskConfiguration": {"Actions": {"HighAction": {"Notify": false, "EventAction": action}}}});
    let both = || {
        json!({"RiskExceptionConfiguration": {"SkippedIPRangeList": ["192.0.2.0/24"]},
        "AccountTakeoverRiskConfiguration": {"Actions": {"LowAction": {"EventAction": "MFA_IF_CONFIGURED"}}}})
    };
    let mode = |mode: Value| described(json!({"UserPoolAddOns": {"AdvancedSecurityMode": mode}}));
    vec![
        (ID, "no ranges", good(), "PASS no-ranges"),
        (ID, "an empty list", rules(good(), false, json!({"RiskExceptionConfiguration": {"SkippedIPRangeList": []}})), "PASS no-ranges"),
        (ID, "ranges under ON", rules(good(), false, skip()), "PASS skipped-under-on"),
        (ID, "ranges of a client under ON", rules(good(), true, both()), "PASS skipped-under-on"),
        (ID, "carved out", rules(optional(), false, both()), "FAIL carved-out"),
        (ID, "carved out by a client", rules(optional(), true, both()), "FAIL carved-out"),
        (ID, "carved out, the client's rules unread", unread_rules(rules(optional(), false, both()), true), "FAIL carved-out"),
        (
            ID,
            "asked for by the pool, skipped at a client",
            rules(rules(optional(), false, ask("MFA_REQUIRED")), true, skip()),
            "MANUAL skipped-under-optional",
        ),
        (ID, "ranges without MFA by risk", rules(optional(), false, skip()), "MANUAL skipped-under-optional"),
        (
            ID,
            "ranges and MFA by risk, audited only",
            rules(mode(json!("AUDIT")).mode("OPTIONAL"), false, both()),
            "MANUAL skipped-under-optional",
        ),
        (ID, "relied upon", rules(optional(), false, ask("MFA_REQUIRED")), "MANUAL relied-upon"),
        (ID, "blocking is no MFA", rules(optional(), false, ask("BLOCK")), "PASS no-ranges"),
        (ID, "an action of another time", rules(optional(), false, ask("PERHAPS")), "INCOMPLETE unknown"),
        (ID, "a mode of another time", mode(json!("MAYBE")), "INCOMPLETE unknown"),
        (ID, "off", mode(json!("OFF")), "NOT_APPLICABLE off"),
        (ID, "absent", described(json!({"UserPoolAddOns": null})), "NOT_APPLICABLE off"),
        (ID, "MFA is OFF", rules(good().mode("OFF"), false, both()), "NOT_APPLICABLE mfa-off"),
        (ID, "the pool's rules denied", good().fails("DescribeRiskConfiguration", "AccessDeniedException"), gap),
        (ID, "said to be not enabled", good().fails("DescribeRiskConfiguration", "UserPoolAddOnNotEnabledException"), gap),
        (ID, "the client's rules never asked", unread_rules(good(), true), gap),
        (ID, "the pool's rules never asked", unread_rules(good(), false), gap),
        (ID, "the rules of another pool", rules(good(), false, json!({"UserPoolId": "eu-west-1_Other00001"})), gap),
        (ID, "the rules of another client", rules(good(), true, json!({"ClientId": "other"})), gap),
        (ID, "an answer that holds no rules", good().with("DescribeRiskConfiguration", json!({"RiskConfiguration": null})), gap),
        (
            ID,
            "a list that is none",
            rules(good(), false, json!({"RiskExceptionConfiguration": {"SkippedIPRangeList": "192.0.2.0/24"}})),
            gap,
        ),
        (ID, "clients not listed to the end", good().with("ListUserPoolClients", json!({"NextToken": "more"})), gap),
        (ID, "the MFA mode not read", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), gap),
        (ID, "the pool not described", good().fails("DescribeUserPool", "AccessDeniedException"), gap),
    ]
}

fn replay() -> Vec<Case> {
    const ID: &str = "COG-MFA-014";
    let good = Fixture::good;
    let gap = "INCOMPLETE gap";
    let limited = |minutes: u32, mut f: Fixture| {
        f.scope.thresholds.auth_session_minutes = minutes;
        f
    };
    vec![
        (ID, "three minutes", good(), "MANUAL vendor-document"),
        (ID, "absent", limited(3, client(json!({"AuthSessionValidity": null}))), "MANUAL vendor-document"),
        (ID, "absent, and less is allowed", limited(2, client(json!({"AuthSessionValidity": null}))), "FAIL open-too-long"),
        (ID, "longer than the policy", limited(5, client(json!({"AuthSessionValidity": 10}))), "FAIL open-too-long"),
        (
            ID,
            "longer than AWS allows, and the policy with it",
            limited(90, client(json!({"AuthSessionValidity": 60}))),
            "FAIL open-too-long",
        ),
        (ID, "the longest of AWS", client(json!({"AuthSessionValidity": 15})), "MANUAL vendor-document"),
        (ID, "no number", client(json!({"AuthSessionValidity": "3"})), gap),
        (ID, "MFA is OFF", good().mode("OFF"), "NOT_APPLICABLE mfa-off"),
        (ID, "machines", machine(), "NOT_APPLICABLE no-users"),
        (ID, "the mode not read", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), gap),
        (ID, "denied", good().fails("DescribeUserPoolClient", "AccessDeniedException"), gap),
        (ID, "never asked", good().without("DescribeUserPoolClient"), gap),
    ]
}

fn sound() -> Vec<Case> {
    const ID: &str = "COG-MFA-015";
    let good = Fixture::good;
    let gap = "INCOMPLETE gap";
    let first = |f: Fixture, list: &[&str]| {
        f.with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": list}}}}))
    };
    let custom = |f: Fixture| f.with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": {"DefineAuthChallenge": "arn"}}}));
    let absent = || client(json!({"ExplicitAuthFlows": null}));
    vec![
        (ID, "SRP", good(), "PASS sound"),
        (ID, "names none, no trigger", absent(), "PASS sound"),
        (ID, "an empty list, a trigger", custom(flows(&[])), "MANUAL to-explain"),
        (ID, "names none, a trigger", custom(absent()), "MANUAL to-explain"),
        (ID, "the password itself", flows(&["ALLOW_USER_PASSWORD_AUTH"]), "MANUAL to-explain"),
        (ID, "the password itself, by its old name", flows(&["USER_PASSWORD_AUTH"]), "MANUAL to-explain"),
        (ID, "by choice, passwords", flows(&["ALLOW_USER_AUTH"]), "MANUAL to-explain"),
        (ID, "by choice, passkeys only", first(flows(&["ALLOW_USER_AUTH"]), &["WEB_AUTHN"]), "PASS sound"),
        (ID, "by choice, an empty list of first factors", first(flows(&["ALLOW_USER_AUTH"]), &[]), "MANUAL to-explain"),
        (ID, "a server", flows(&["ALLOW_ADMIN_USER_PASSWORD_AUTH"]), "MANUAL to-explain"),
        (ID, "delegation", flows(&["ALLOW_TOKEN_EXCHANGE_DELEGATION"]), "MANUAL to-explain"),
        (ID, "impersonation", flows(&["ALLOW_USER_SRP_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]), "FAIL weak-flows"),
        (ID, "legacy", flows(&["ADMIN_NO_SRP_AUTH"]), "FAIL weak-flows"),
        (ID, "legacy beside a stranger", flows(&["CUSTOM_AUTH_FLOW_ONLY", "ALLOW_ANYTHING"]), "FAIL weak-flows"),
        (ID, "a stranger", flows(&["ALLOW_USER_SRP_AUTH", "ALLOW_ANYTHING"]), "INCOMPLETE unknown-flow"),
        (ID, "machines", machine(), "NOT_APPLICABLE no-users"),
        (ID, "by choice, the pool not described", flows(&["ALLOW_USER_AUTH"]).fails("DescribeUserPool", "AccessDeniedException"), gap),
        (ID, "names none, the pool not described", absent().without("DescribeUserPool"), gap),
        (ID, "SRP, the pool not described", good().fails("DescribeUserPool", "AccessDeniedException"), "PASS sound"),
        (ID, "unreadable", client(json!({"ExplicitAuthFlows": "ALLOW_USER_SRP_AUTH"})), gap),
        (ID, "denied", good().fails("DescribeUserPoolClient", "AccessDeniedException"), gap),
        (ID, "never asked", good().without("DescribeUserPoolClient"), gap),
        (ID, "described as another client", client(json!({"ClientId": "other", "UserPoolId": POOL})), gap),
    ]
}
