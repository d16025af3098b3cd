//! Cases of COG-MFA-003.

use super::Case;
use crate::checks::testkit::{Fixture, user};
use serde_json::{Value, json};

/// A user of the listing with some members changed.
pub fn who(name: &str, change: Value) -> Value {
    let mut listed = user(name);
    crate::checks::testkit::merge(&mut listed, change);
    listed
}

/// The good pool whose `bob` has these factors.
pub fn bob(answer: Value) -> Fixture {
    let mut fixture = Fixture::good();
    fixture.factors("bob", answer);
    fixture
}

/// A verified telephone number for a user of the listing.
pub fn with_phone(mut listed: Value) -> Value {
    if let Some(list) = listed["Attributes"].as_array_mut() {
        list.push(json!({"Name": "phone_number", "Value": "+14155550123"}));
        list.push(json!({"Name": "phone_number_verified", "Value": "true"}));
    }
    listed
}

/// The good pool with SMS beside TOTP, and `name` reachable by it without a listed factor.
pub fn derived(name: &str) -> Fixture {
    let users = ["ann", "bob", "cyd"].map(|n| if n == name { with_phone(user(n)) } else { user(n) });
    let mut fixture =
        Fixture::good().users(users.to_vec()).with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {}}}));
    fixture.factors(name, json!({}));
    fixture
}

/// The good pool with passkeys that count, and `name` having nothing else.
pub fn passkey_only(name: &str) -> Fixture {
    let mut fixture = Fixture::good()
        .with("GetUserPoolMfaConfig", json!({"WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION", "UserVerification": "required"}}))
        .with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}}}));
    fixture.factors(name, json!({"ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]}));
    fixture
}

pub fn cases() -> Vec<Case> {
    const ID: &str = "COG-MFA-003";
    let good = Fixture::good;
    let partial = json!({"PaginationToken": "more"});
    let unasked = || {
        let mut f = good();
        f.calls.retain(|c| c.input["Username"] != "bob");
        f
    };
    let sampled = |mut f: Fixture| {
        f.scope.users.detail = crate::model::scope::Detail::Sample;
        f
    };
    let answered = |answer: Value| {
        let mut f = good();
        for call in f.calls.iter_mut().filter(|c| c.input["Username"] == "bob") {
            call.outcome = Ok(answer.clone());
        }
        f
    };
    let denied = || {
        let mut f = good();
        for call in f.calls.iter_mut().filter(|c| c.input["Username"] == "bob") {
            call.outcome = Err("AccessDeniedException".to_owned());
        }
        f
    };
    vec![
        (ID, "all enrolled", good(), "PASS all-enrolled"),
        (ID, "all enrolled under optional", good().mode("OPTIONAL"), "PASS all-enrolled"),
        (ID, "passkey under on", passkey_only("bob"), "PASS all-enrolled"),
        (ID, "passkey beside a password under optional", passkey_only("bob").mode("OPTIONAL"), "MANUAL passkey-beside-password"),
        (ID, "one not enrolled", bob(json!({})).mode("OPTIONAL"), "FAIL not-enrolled"),
        (
            ID,
            "one not enrolled, the rest of the listing missing",
            bob(json!({})).mode("OPTIONAL").with("ListUsers", partial.clone()),
            "FAIL not-enrolled",
        ),
        (ID, "off, all enrolled", good().mode("OFF"), "FAIL mode-off"),
        (ID, "off, never asked", good().mode("OFF").without("AdminGetUserAuthFactors"), "FAIL mode-off"),
        (ID, "silent under on", bob(json!({})), "INCOMPLETE unresolved"),
        (ID, "an undocumented factor", bob(json!({"UserMFASettingList": ["WEB_AUTHN_MFA"]})), "INCOMPLETE unresolved"),
        (ID, "not asked", unasked(), "INCOMPLETE unresolved"),
        (ID, "a sample", sampled(unasked()), "INCOMPLETE sampled"),
        (ID, "a sample that found one not enrolled", sampled(bob(json!({})).mode("OPTIONAL")), "FAIL not-enrolled"),
        (ID, "a sample with one denied", sampled(denied()), "INCOMPLETE unresolved"),
        (ID, "a sample of nobody", sampled(good().without("AdminGetUserAuthFactors")), "INCOMPLETE unresolved"),
        (ID, "denied", denied(), "INCOMPLETE unresolved"),
        (ID, "an answer that names nobody", answered(json!({})).mode("OPTIONAL"), "INCOMPLETE unresolved"),
        (ID, "derived", derived("bob"), "MANUAL derived"),
        (
            ID,
            "a derived user in the sandbox is not derived",
            derived("bob").with("GetSMSSandboxAccountStatus", json!({"IsInSandbox": true})),
            "INCOMPLETE unresolved",
        ),
        (
            ID,
            "federated only",
            good().users(vec![who("Okta_eve", json!({"UserStatus": "EXTERNAL_PROVIDER"}))]),
            "NOT_APPLICABLE no-local-users",
        ),
        (ID, "nobody listed", good().users(vec![]), "NOT_APPLICABLE no-local-users"),
        (ID, "nobody listed, but the estimate says otherwise", good().with("ListUsers", json!({"Users": []})), "INCOMPLETE gap"),
        (ID, "pending only", good().users(vec![who("bob", json!({"UserStatus": "FORCE_CHANGE_PASSWORD"}))]), "MANUAL nobody-signs-in"),
        (
            ID,
            "pending beside enrolled",
            good().users(vec![user("ann"), who("bob", json!({"UserStatus": "FORCE_CHANGE_PASSWORD"}))]),
            "PASS all-enrolled",
        ),
        (
            ID,
            "a status of another time",
            good().users(vec![user("ann"), who("bob", json!({"UserStatus": "ARCHIVED"}))]),
            "INCOMPLETE unresolved",
        ),
        (ID, "listing cut off", good().with("ListUsers", partial), "INCOMPLETE gap"),
        (ID, "listing denied", good().fails("ListUsers", "AccessDeniedException"), "INCOMPLETE gap"),
        (ID, "listing never asked", good().without("ListUsers"), "INCOMPLETE gap"),
        (ID, "the mode in doubt", good().with("GetUserPoolMfaConfig", json!({"MfaConfiguration": "OFF"})), "INCOMPLETE gap"),
    ]
}
