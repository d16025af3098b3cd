//! Cases of COG-MFA-004 and 005. In the good pool `ann` is in the declared group `admins`.

use super::users::{derived, passkey_only, who};
use super::{Case, config};
use crate::checks::testkit::{Fixture, POOL, Planned, user};
use serde_json::{Value, json};

fn ann(answer: Value) -> Fixture {
    let mut fixture = Fixture::good();
    fixture.factors("ann", answer);
    fixture
}

fn listed(change: Value) -> Fixture {
    Fixture::good().users(vec![who("ann", change), user("bob"), user("cyd")])
}

fn undeclared() -> Fixture {
    Fixture::good().declare(|p| p.privileged_groups = None)
}

fn none_held() -> Fixture {
    Fixture::good().declare(|p| {
        p.privileged_groups = None;
        p.no_privileged_users = true;
    })
}

/// The digest of a user name: what the scope holds of a named admin.
fn name_of(name: &str) -> String {
    let alone = Fixture::good().users(vec![user(name)]).snapshot().pools.remove(0);
    alone.population.users[0].name_digest.clone().unwrap()
}

fn named(name: String) -> Fixture {
    Fixture::good().declare(|p| p.named_admins = vec![name])
}

fn group(fixture: Fixture, group: Value) -> Fixture {
    fixture.with("ListGroups", json!({"Groups": [{"GroupName": "admins", "UserPoolId": POOL}, group]}))
}

/// What both checks say alike: who is privileged, and what keeps that from being known.
fn alike(id: &'static str, passes: &'static str) -> Vec<Case> {
    let good = Fixture::good;
    let partial = json!({"PaginationToken": "more"});
    vec![
        (id, "all", good(), passes),
        (id, "another group without rights", group(good(), json!({"GroupName": "readers"})), passes),
        (id, "off", good().mode("OFF"), "FAIL mode-off"),
        (id, "off, the members not listed", good().mode("OFF").fails("ListUsersInGroup", "AccessDeniedException"), "FAIL mode-off"),
        (id, "nothing declared", undeclared(), "MANUAL not-declared"),
        (id, "nothing declared, off", undeclared().mode("OFF"), "MANUAL not-declared"),
        (
            id,
            "the pool not in the scope",
            {
                let mut f = good();
                f.scope.pools.clear();
                f
            },
            "MANUAL not-declared",
        ),
        (id, "declared to hold none", none_held(), "NOT_APPLICABLE declared-none"),
        (
            id,
            "declared to hold none, groups denied",
            none_held().fails("ListGroups", "AccessDeniedException"),
            "NOT_APPLICABLE declared-none",
        ),
        (id, "declared to hold none beside a group", good().declare(|p| p.no_privileged_users = true), passes),
        (id, "an empty list of groups", good().declare(|p| p.privileged_groups = Some(vec![])), "MANUAL nobody-found"),
        (id, "a group without members", good().with("ListUsersInGroup", json!({"Users": []})), "MANUAL nobody-found"),
        (id, "a privileged user disabled", listed(json!({"Enabled": false})), "MANUAL nobody-found"),
        (
            id,
            "a group that is not there",
            good().declare(|p| p.privileged_groups = Some(vec!["admins".into(), "root".into()])),
            "INCOMPLETE group-missing",
        ),
        (id, "members not asked", good().without("ListUsersInGroup"), "INCOMPLETE members-not-asked"),
        (id, "members denied", good().fails("ListUsersInGroup", "AccessDeniedException"), "INCOMPLETE gap"),
        (id, "members cut off", good().with("ListUsersInGroup", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        (id, "groups denied", good().fails("ListGroups", "AccessDeniedException"), "INCOMPLETE gap"),
        (id, "groups cut off", good().with("ListGroups", json!({"NextToken": "more"})), "INCOMPLETE gap"),
        (id, "groups never asked", good().without("ListGroups"), "INCOMPLETE gap"),
        (id, "users cut off", good().with("ListUsers", partial), "INCOMPLETE gap"),
        (
            id,
            "a member who is not listed",
            good().with("ListUsersInGroup", json!({"Users": [user("ann"), user("eve")]})),
            "INCOMPLETE member-not-listed",
        ),
        (id, "a named admin", named(name_of("bob")), passes),
        (id, "a named admin who is not listed", named("n_elsewhere".to_owned()), "INCOMPLETE admin-not-listed"),
        (id, "silent under on", ann(json!({})), "INCOMPLETE unresolved"),
        (id, "denied", good().fails("AdminGetUserAuthFactors", "AccessDeniedException"), "INCOMPLETE unresolved"),
        (id, "not asked", good().without("AdminGetUserAuthFactors"), "INCOMPLETE unresolved"),
        (id, "the mode in doubt", config(json!({"MfaConfiguration": "OFF"})), "INCOMPLETE gap"),
        (id, "derived", derived("ann"), "MANUAL derived"),
        (id, "derived, users cut off", derived("ann").with("ListUsers", json!({"PaginationToken": "more"})), "INCOMPLETE gap"),
        (id, "federated", listed(json!({"UserStatus": "EXTERNAL_PROVIDER"})), "MANUAL federated"),
        (
            id,
            "linked",
            {
                let mut linked = user("ann");
                linked["Attributes"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({"Name": "identities", "Value": "[{\"providerName\":\"Okta\",\"primary\":false}]"}));
                good().users(vec![linked, user("bob"), user("cyd")])
            },
            "MANUAL federated",
        ),
        (id, "pending", listed(json!({"UserStatus": "FORCE_CHANGE_PASSWORD"})), "MANUAL pending"),
        (id, "passkey beside a password", passkey_only("ann").mode("OPTIONAL"), "MANUAL passkey-beside-password"),
        (
            id,
            "another group with a role",
            group(good(), json!({"GroupName": "readers", "RoleArn": "arn:aws:iam::1:role/x"})),
            "MANUAL groups-not-declared",
        ),
        (id, "another group that looks privileged", group(good(), json!({"GroupName": "SuperUsers"})), "MANUAL groups-not-declared"),
        (
            id,
            "admins named, groups not declared",
            named(name_of("bob")).declare(|p| p.privileged_groups = None),
            "MANUAL groups-not-declared",
        ),
    ]
}

pub fn cases() -> Vec<Case> {
    let (enrolled, strong) = ("COG-MFA-004", "COG-MFA-005");
    let sms = || json!({"SmsMfaConfiguration": {"SmsConfiguration": {}}});
    let with_sms = |answer: Value| ann(answer).with("GetUserPoolMfaConfig", sms());
    let by_get_user = |answer: Value| {
        let mut f = passkey_only("ann").with("GetUserPoolMfaConfig", sms());
        f.calls.retain(|c| c.input["Username"] != "ann");
        f.calls.push(Planned {
            service: "cognito-idp",
            operation: "AdminGetUser",
            region: "eu-west-1".to_owned(),
            sub: Some("sub-ann".to_owned()),
            pass: 1,
            input: json!({"UserPoolId": POOL, "Username": "ann"}),
            outcome: Ok(answer),
        });
        f
    };
    let mut cases = [alike(enrolled, "PASS all-enrolled"), alike(strong, "PASS all-strong")].concat();
    cases.extend([
        (enrolled, "one not enrolled", ann(json!({})).mode("OPTIONAL"), "FAIL not-enrolled"),
        (
            enrolled,
            "one not enrolled, a group not there",
            ann(json!({})).mode("OPTIONAL").declare(|p| p.privileged_groups = Some(vec!["admins".into(), "root".into()])),
            "FAIL not-enrolled",
        ),
        (
            enrolled,
            "one not enrolled, groups denied",
            ann(json!({})).mode("OPTIONAL").fails("ListGroups", "AccessDeniedException"),
            "FAIL not-enrolled",
        ),
        (enrolled, "somebody else not enrolled", super::users::bob(json!({})).mode("OPTIONAL"), "PASS all-enrolled"),
        (enrolled, "sms", with_sms(json!({"UserMFASettingList": ["SMS_MFA"]})), "PASS all-enrolled"),
        (strong, "sms", with_sms(json!({"UserMFASettingList": ["SMS_MFA"]})), "FAIL weak"),
        (
            strong,
            "sms, the mode in doubt",
            with_sms(json!({"UserMFASettingList": ["SMS_MFA"]}))
                .with("DescribeUserPool", json!({"UserPool": {"MfaConfiguration": "OPTIONAL"}})),
            "FAIL weak",
        ),
        (strong, "nothing under optional", ann(json!({})).mode("OPTIONAL"), "FAIL weak"),
        (strong, "a passkey that counts", passkey_only("ann"), "PASS all-strong"),
        (strong, "totp beside sms", with_sms(json!({"UserMFASettingList": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]})), "PASS all-strong"),
        (
            strong,
            "totp beside a preferred sms",
            with_sms(json!({"UserMFASettingList": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"], "PreferredMfaSetting": "SMS_MFA"})),
            "MANUAL prefers-sent",
        ),
        (
            strong,
            "totp listed, but off in the pool",
            with_sms(json!({"UserMFASettingList": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]}))
                .with("GetUserPoolMfaConfig", json!({"SoftwareTokenMfaConfiguration": {"Enabled": false}})),
            // Which makes bob and cyd, who have nothing else, none of this check's business.
            "INCOMPLETE unclear",
        ),
        (strong, "an undocumented word beside sms", with_sms(json!({"UserMFASettingList": ["SMS_MFA", "FOO"]})), "INCOMPLETE unclear"),
        (
            strong,
            "sms, and an answer that does not tell of passkeys",
            by_get_user(json!({"Username": "ann", "UserMFASettingList": ["SMS_MFA"]})),
            "INCOMPLETE unclear",
        ),
        (
            enrolled,
            "nothing, and an answer that does not tell of passkeys",
            by_get_user(json!({"Username": "ann"})).mode("OPTIONAL"),
            "INCOMPLETE unresolved",
        ),
    ]);
    cases
}
