//! The fold: page chains, passes, retries, factor states. Fixtures go through redaction like real answers.

use super::state::FactorState;
use crate::checks::testkit::{Fixture, POOL, Planned, user};
use crate::model::fetched::GapKind;
use serde_json::{Value, json};

fn page(token: Option<&str>, next: Option<&str>, names: &[&str], pass: u32) -> Planned {
    let mut input = json!({"UserPoolId": POOL, "Limit": 60});
    let mut answer = json!({"Users": names.iter().map(|n| user(n)).collect::<Vec<Value>>()});
    if let Some(token) = token {
        input["PaginationToken"] = json!(token);
    }
    if let Some(next) = next {
        answer["PaginationToken"] = json!(next);
    }
    Planned { service: "cognito-idp", operation: "ListUsers", region: "eu-west-1".to_owned(), input, sub: None, pass, outcome: Ok(answer) }
}

/// The good pool with these pages as its listing.
fn listing(pages: Vec<Planned>, estimate: u64) -> Fixture {
    let mut fixture =
        Fixture::good().without("ListUsers").with("DescribeUserPool", json!({"UserPool": {"EstimatedNumberOfUsers": estimate}}));
    fixture.calls.extend(pages);
    fixture
}

fn complete(fixture: &Fixture) -> Result<(), GapKind> {
    let snapshot = fixture.snapshot();
    let pool = &snapshot.pools[0];
    pool.population.complete(&pool.estimated_before, &pool.estimated_after).map(|_| ()).map_err(|gap| gap.kind)
}

fn failed(code: &str) -> Result<(), GapKind> {
    Err(GapKind::Failed(code.to_owned()))
}

#[test]
fn pages_chain_in_any_order() {
    let pages =
        vec![page(None, Some("a"), &["ann", "bob"], 1), page(Some("a"), Some("b"), &["cyd"], 1), page(Some("b"), None, &["dan"], 1)];
    assert_eq!(complete(&listing(pages.clone(), 4)), Ok(()));
    let reversed: Vec<_> = pages.into_iter().rev().collect();
    assert_eq!(complete(&listing(reversed, 4)), Ok(()));
}

#[test]
fn last_page_missing() {
    assert_eq!(complete(&listing(vec![page(None, Some("a"), &["ann"], 1)], 1)), failed("ListingNotFinished"));
}

#[test]
fn page_between_missing() {
    let pages = vec![page(None, Some("a"), &["ann"], 1), page(Some("b"), None, &["bob"], 1)];
    assert_eq!(complete(&listing(pages, 2)), failed("ListingNotFinished"));
}

#[test]
fn page_token_repeats() {
    let pages = vec![page(None, Some("a"), &["ann"], 1), page(Some("a"), Some("a"), &["bob"], 1)];
    assert_eq!(complete(&listing(pages, 2)), failed("PageTokenRepeated"));
}

#[test]
fn page_beside_the_chain() {
    let pages = vec![page(None, None, &["ann"], 1), page(Some("x"), None, &["bob"], 1)];
    assert_eq!(complete(&listing(pages, 2)), failed("ListingAmbiguous"));
}

#[test]
fn user_listed_twice() {
    let pages = vec![page(None, Some("a"), &["ann"], 1), page(Some("a"), None, &["ann"], 1)];
    assert_eq!(complete(&listing(pages, 1)), failed("UsersListedTwice"));
}

#[test]
fn count_differs_from_the_estimate_without_a_second_pass() {
    assert_eq!(complete(&listing(vec![page(None, None, &["ann"], 1)], 2)), failed("CountDiffersFromEstimate"));
}

#[test]
fn a_second_pass_settles_a_difference_or_does_not() {
    let twice = |second: &[&str]| listing(vec![page(None, None, &["ann"], 1), page(None, None, second, 2)], 2);
    assert_eq!(complete(&twice(&["ann"])), Ok(()));
    assert_eq!(complete(&twice(&["ann", "bob"])), failed("SecondPassDiffers"));
    assert_eq!(complete(&twice(&["bob"])), failed("SecondPassDiffers"));
}

#[test]
fn a_filtered_listing_is_not_the_whole_listing() {
    let mut filtered = page(None, None, &["ann"], 1);
    filtered.input["Filter"] = json!("sub ^= \"a\"");
    assert_eq!(complete(&listing(vec![filtered], 1)), failed("ListingAmbiguous"));
}

#[test]
fn users_member_missing_or_malformed() {
    assert!(complete(&Fixture::good().with("ListUsers", json!({"Users": null}))).is_err());
    assert!(complete(&Fixture::good().with("ListUsers", json!({"Users": "none"}))).is_err());
}

#[test]
fn an_estimate_that_was_not_read_again_proves_nothing() {
    let mut fixture = Fixture::good();
    fixture.calls.retain(|c| !(c.operation == "DescribeUserPool" && c.pass == 2));
    assert_eq!(complete(&fixture), Err(GapKind::NotAsked));
}

fn state(fixture: &Fixture) -> FactorState {
    let snapshot = fixture.snapshot();
    let bob = snapshot.pools[0].population.users.iter().find(|u| !u.privileged).cloned();
    bob.map(|u| u.state).unwrap()
}

/// The good pool with the user `bob` changed, `ann` aside.
fn bob(change: Value, factors: Option<Value>) -> Fixture {
    let mut who = user("bob");
    crate::checks::testkit::merge(&mut who, change);
    let mut fixture = Fixture::good().users(vec![user("ann"), who]);
    match factors {
        Some(answer) => fixture.factors("bob", answer),
        None => fixture.calls.retain(|c| c.input["Username"] != "bob"),
    }
    fixture
}

#[test]
fn factor_states() {
    let totp = || Some(json!({"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]}));
    let nothing = || Some(json!({}));
    let webauthn = || Some(json!({"ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]}));
    let passkeys = |fixture: Fixture| {
        fixture
            .with(
                "DescribeUserPool",
                json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}}}),
            )
            .with("GetUserPoolMfaConfig", json!({"WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}}))
    };
    let cases: Vec<(&str, Fixture, FactorState)> = vec![
        ("listed", bob(json!({}), totp()), FactorState::Enrolled),
        ("listed under OFF", bob(json!({}), totp()).mode("OFF"), FactorState::Enrolled),
        ("nothing under ON", bob(json!({}), nothing()), FactorState::Indeterminate),
        (
            "an empty list under ON",
            bob(json!({}), Some(json!({"UserMFASettingList": [], "PreferredMfaSetting": ""}))),
            FactorState::Indeterminate,
        ),
        ("nothing under OPTIONAL", bob(json!({}), nothing()).mode("OPTIONAL"), FactorState::NotEnrolled),
        ("nothing under OFF", bob(json!({}), nothing()).mode("OFF"), FactorState::NotEnrolled),
        ("nothing under a mode nobody knows", bob(json!({}), nothing()).mode("SOMETIMES"), FactorState::Indeterminate),
        (
            "an unknown factor",
            bob(json!({}), Some(json!({"UserMFASettingList": ["CARRIER_PIGEON"]}))).mode("OPTIONAL"),
            FactorState::Indeterminate,
        ),
        ("a factor the pool lacks", bob(json!({}), Some(json!({"UserMFASettingList": ["SMS_MFA"]}))), FactorState::Indeterminate),
        (
            "configured is not enrolled",
            bob(json!({}), Some(json!({"ConfiguredUserAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN", "EMAIL_OTP", "WEB_AUTHN"]}))),
            FactorState::Indeterminate,
        ),
        ("a passkey with user verification", passkeys(bob(json!({}), webauthn())), FactorState::Enrolled),
        (
            "a passkey that may not begin a sign-in",
            passkeys(bob(json!({}), webauthn()))
                .with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}}})),
            FactorState::Indeterminate,
        ),
        (
            "an undocumented word",
            passkeys(bob(json!({}), Some(json!({"UserMFASettingList": ["WEB_AUTHN_MFA"]}))).mode("OPTIONAL")),
            FactorState::Indeterminate,
        ),
        ("not asked", bob(json!({}), None), FactorState::NotAsked),
        ("disabled", bob(json!({"Enabled": false}), totp()), FactorState::Disabled),
        ("federated", bob(json!({"UserStatus": "EXTERNAL_PROVIDER"}), None), FactorState::Federated),
        ("unconfirmed", bob(json!({"UserStatus": "UNCONFIRMED"}), None), FactorState::Unconfirmed),
        ("pending", bob(json!({"UserStatus": "FORCE_CHANGE_PASSWORD"}), None), FactorState::Pending),
        ("to be reset", bob(json!({"UserStatus": "RESET_REQUIRED"}), totp()), FactorState::Enrolled),
        ("a status of another time", bob(json!({"UserStatus": "ARCHIVED"}), totp()), FactorState::Indeterminate),
        ("no status", bob(json!({"UserStatus": null}), totp()), FactorState::Indeterminate),
        ("no flag", bob(json!({"Enabled": null}), totp()), FactorState::Indeterminate),
    ];
    for (name, fixture, expected) in cases {
        assert_eq!(state(&fixture), expected, "{name}");
    }
}

#[test]
fn denied_factors_are_unread() {
    let mut fixture = bob(json!({}), Some(json!({})));
    for call in fixture.calls.iter_mut().filter(|c| c.input["Username"] == "bob") {
        call.outcome = Err("AccessDeniedException".to_owned());
    }
    assert_eq!(state(&fixture), FactorState::Unread);
}

fn texted() -> Fixture {
    let phone = json!([
        {"Name": "sub", "Value": "sub-bob"}, {"Name": "phone_number", "Value": "+12025550123"}, {"Name": "phone_number_verified", "Value": "true"}
    ]);
    bob(json!({"Attributes": phone}), Some(json!({})))
        .with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {"SnsRegion": "eu-west-1"}}}))
}

#[test]
fn derived_only_where_a_code_would_arrive() {
    assert_eq!(state(&texted()), FactorState::Derived);
    let phone = |number: &str, verified: &str| json!([{"Name": "sub", "Value": "sub-bob"}, {"Name": "phone_number", "Value": number}, {"Name": "phone_number_verified", "Value": verified}]);
    let change = |fixture: Fixture, attributes: Value| {
        let mut who = user("bob");
        who["Attributes"] = attributes;
        fixture.with("ListUsers", json!({"Users": [user("ann"), who]}))
    };
    for (name, fixture) in [
        ("unverified", change(texted(), phone("+12025550123", "false"))),
        ("not E.164", change(texted(), phone("2025550123", "true"))),
        ("sandbox", texted().with("GetSMSSandboxAccountStatus", json!({"IsInSandbox": true}))),
        ("sandbox unknown", texted().fails("GetSMSSandboxAccountStatus", "AuthorizationError")),
        ("opted out", texted().with("ListPhoneNumbersOptedOut", json!({"phoneNumbers": ["+12025550123"]}))),
        ("opted-out list unknown", texted().fails("ListPhoneNumbersOptedOut", "AuthorizationError")),
        (
            "another sender",
            texted().with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": {"CustomSMSSender": {"LambdaArn": "x"}}}})),
        ),
        ("SMS region not asked", texted().with("DescribeUserPool", json!({"UserPool": {"SmsConfiguration": {"SnsRegion": "us-west-2"}}}))),
    ] {
        assert_eq!(state(&fixture), FactorState::Indeterminate, "{name}");
    }
}

#[test]
fn a_retry_that_succeeds_closes_the_question_and_a_later_failure_does_not_open_it() {
    for order in [[1, 2], [2, 1]] {
        let mut fixture = Fixture::good();
        let at = fixture.calls.iter().position(|c| c.operation == "ListGroups").unwrap();
        let good = fixture.calls.remove(at);
        let bad = Planned { outcome: Err("TooManyRequestsException".to_owned()), ..good.clone() };
        for n in order {
            fixture.calls.push(if n == 1 { bad.clone() } else { good.clone() });
        }
        let snapshot = fixture.snapshot();
        assert_eq!(snapshot.calls.by_outcome.get("throttled"), Some(&1));
        assert!(snapshot.pools[0].groups.all().is_ok(), "{order:?}");
        assert!(snapshot.calls.unanswered.is_empty(), "{order:?}: {:?}", snapshot.calls.unanswered);
    }
}

#[test]
fn what_holds_a_fact_must_have_its_form() {
    // An answer without the object that everything is in, about another pool, or with text where an object belongs:
    // none of them may look like "absent", which often means a default.
    let gaps = |fixture: Fixture| {
        let pool = fixture.snapshot().pools.remove(0);
        (pool.first_factors.known().is_err(), pool.device_challenge_on_new.known().is_err(), pool.triggers.known().is_err())
    };
    assert_eq!(gaps(Fixture::good()), (false, false, false));
    assert_eq!(gaps(Fixture::good().with("DescribeUserPool", json!({"UserPool": null}))), (true, true, true));
    assert_eq!(gaps(Fixture::good().with("DescribeUserPool", json!({"UserPool": []}))), (true, true, true));
    assert_eq!(gaps(Fixture::good().with("DescribeUserPool", json!({"UserPool": {"Id": "eu-west-1_Another01"}}))), (true, true, true));
    let text = json!({"UserPool": {"Policies": "none", "DeviceConfiguration": "none", "LambdaConfig": "none"}});
    assert_eq!(gaps(Fixture::good().with("DescribeUserPool", text)), (true, true, true));
}

#[test]
fn a_gap_says_which_operation_lacks_an_answer() {
    let pool = Fixture::good().without("GetUserPoolMfaConfig").snapshot().pools.remove(0);
    assert_eq!(pool.software_token.known().unwrap_err().what, "GetUserPoolMfaConfig SoftwareTokenMfaConfiguration.Enabled");
    let pool = Fixture::good().without("ListGroups").snapshot().pools.remove(0);
    assert_eq!(pool.groups.all().unwrap_err().what, "ListGroups");
}
