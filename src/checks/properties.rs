//! What must hold of every check, whatever the pool: what was not read decides nothing, order decides nothing, and a
//! weakness never makes a verdict better. The pools are those of the tables of cases.

use super::cases::Case;
use super::testkit::{Fixture, POOL, Planned, user};
use crate::model::finding::{Finding, Subject};
use crate::model::scope::SignIns;
use crate::model::verdict::Verdict;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

type Said = BTreeMap<(String, Subject), (Verdict, String)>;

fn said(findings: &[Finding]) -> Said {
    findings.iter().map(|f| ((f.check.to_string(), f.subject.clone()), (f.verdict, f.reason_code.clone()))).collect()
}

/// Every pool of the tables of cases, but the one whose fault is in a stored answer: a call that is denied stores none. A family whose checks no table has is found by a test below.
static POOLS: LazyLock<Vec<Fixture>> = LazyLock::new(|| {
    let tables = TABLES.iter().flat_map(|table| table()).map(|(_, _, fixture, _)| fixture);
    super::mfa::cases::fixtures().into_iter().chain(super::evidence::tests::fixtures()).chain(tables).filter(|f| !f.unredacted).collect()
});

/// The tables of the families that have one.
const TABLES: [fn() -> Vec<Case>; 8] = [
    super::password::tests::table,
    super::credentials::tests::table,
    super::accounts::tests::table,
    super::people::tests::table,
    super::sessions::tests::table,
    super::resilience::tests::table,
    super::logging::tests::table,
    super::evidence::tests::table,
];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// How some calls go missing.
#[derive(Clone, Copy, Debug)]
enum Missing {
    Denied,
    Throttled,
    NeverAsked,
}

fn lose(mut fixture: Fixture, which: &[Index], how: Missing) -> Fixture {
    for index in which {
        if fixture.calls.is_empty() {
            break;
        }
        let n = index.index(fixture.calls.len());
        match how {
            Missing::Denied => fixture.calls[n].outcome = Err("AccessDeniedException".to_owned()),
            Missing::Throttled => fixture.calls[n].outcome = Err("TooManyRequestsException".to_owned()),
            Missing::NeverAsked => drop(fixture.calls.remove(n)),
        }
    }
    fixture
}

/// What losing answers may do to a verdict: nothing, or INCOMPLETE. Beyond that, the proof that a requirement does not
/// apply needs its answers: without them it applies, and may be found violated. And COG-MFA-001 and 017 pass by
/// readings that are no less true of a pool that was proved to hold federated users, or no passwords, only.
fn may_become(check: &str, before: Option<Verdict>, after: Verdict) -> bool {
    match (before, after) {
        (_, Verdict::Incomplete) | (Some(Verdict::NotApplicable), Verdict::Fail) => true,
        (Some(Verdict::NotApplicable), Verdict::Pass) => ["COG-MFA-001", "COG-MFA-017"].contains(&check),
        (Some(before), after) => before == after,
        (None, _) => false,
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn what_was_not_read_never_passes_and_never_fails(
        pool in any::<Index>(),
        which in proptest::collection::vec(any::<Index>(), 1..6),
        how in prop_oneof![Just(Missing::Denied), Just(Missing::Throttled), Just(Missing::NeverAsked)],
    ) {
        let whole = pool.get(&POOLS).clone();
        let before = said(&whole.all_findings());
        // A recording without any call of the pool has no pool.
        for (key, (verdict, reason)) in said(&lose(whole, &which, how).all_findings()) {
            let was = before.get(&key);
            prop_assert!(may_become(&key.0, was.map(|(v, _)| *v), verdict), "{key:?} was {was:?} and is {verdict} {reason} after {how:?}");
        }
    }
}

/// A pool of several pages of users, groups and clients, whose users are in every state.
fn paged(states: &[u8]) -> Fixture {
    let mut fixture = Fixture::good().mode("OPTIONAL");
    fixture.calls.retain(|c| !matches!(c.operation, "ListUsers" | "AdminGetUserAuthFactors" | "ListGroups" | "ListUserPoolClients"));
    let mut users = vec![user("ann")];
    fixture.factors("ann", json!({"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]}));
    for (n, state) in states.iter().enumerate() {
        let name = format!("user{n}");
        let mut listed = user(&name);
        match state % 6 {
            0 => fixture.factors(&name, json!({"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]})),
            1 => fixture.factors(&name, json!({})),
            2 => fixture.factors(&name, json!({"UserMFASettingList": ["FOO"]})),
            3 => listed["UserStatus"] = json!("EXTERNAL_PROVIDER"),
            4 => listed["Enabled"] = json!(false),
            _ => {}
        }
        users.push(listed);
    }
    fixture.scope.collect.sign_ins = SignIns::All;
    for (n, state) in states.iter().enumerate() {
        let events = |kind: &str, more: Value| {
            let mut answer = json!({"AuthEvents": [{"EventType": "SignIn", "EventResponse": kind, "CreationDate": 1_790_000_000.0}]});
            super::testkit::merge(&mut answer, more);
            answer
        };
        match state / 6 % 4 {
            0 => fixture.of_user("AdminListUserAuthEvents", &format!("user{n}"), events("Pass", json!({}))),
            1 => {
                let second = events("Pass", json!({}));
                fixture.of_user("AdminListUserAuthEvents", &format!("user{n}"), events("Fail", json!({"NextToken": "2"})));
                let mut call = fixture.calls.last().cloned().unwrap();
                call.input["NextToken"] = json!("2");
                call.outcome = Ok(second);
                fixture.calls.push(call);
            }
            2 => fixture.of_user(
                "AdminListDevices",
                &format!("user{n}"),
                json!({"Devices": [{"DeviceLastAuthenticatedDate": 1_780_000_000.0}]}),
            ),
            _ => {}
        }
    }
    let mut pages = |operation: &'static str, member: &str, items: Vec<Value>, token: &str| {
        let pages: Vec<&[Value]> = items.chunks(2).collect();
        for (n, page) in pages.iter().enumerate() {
            let mut input = json!({"UserPoolId": POOL});
            let mut answer = json!({member: page});
            if n > 0 {
                input[token] = json!(format!("{operation} page {n}"));
            }
            if n + 1 < pages.len() {
                answer[token] = json!(format!("{operation} page {}", n + 1));
            }
            let region = "eu-west-1".to_owned();
            fixture.calls.push(Planned { service: "cognito-idp", operation, region, input, sub: None, pass: 1, outcome: Ok(answer) });
        }
    };
    let total = users.len();
    pages("ListUsers", "Users", users, "PaginationToken");
    let groups = ["admins", "readers", "SuperUsers", "writers", "RootUsers"];
    pages("ListGroups", "Groups", groups.iter().map(|g| json!({"GroupName": g})).collect(), "NextToken");
    let clients = ["web1", "web2", "web3"];
    pages("ListUserPoolClients", "UserPoolClients", clients.iter().map(|c| json!({"ClientId": c, "ClientName": c})).collect(), "NextToken");
    for (client, flow) in [("web2", "ALLOW_USER_AUTH"), ("web3", "ALLOW_CUSTOM_AUTH")] {
        fixture.client(client, json!({"ExplicitAuthFlows": [flow], "SupportedIdentityProviders": ["Okta", "Google"]}));
    }
    fixture.with(
        "DescribeUserPool",
        json!({"UserPool": {
            "EstimatedNumberOfUsers": total, "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            "LambdaConfig": {"DefineAuthChallenge": "arn"}
        }}),
    )
}

/// Everything but where it stands: line numbers follow the order.
fn without_pointers(fixture: &Fixture) -> Vec<(Finding, usize)> {
    let plain = |mut finding: Finding| {
        let pointers = finding.evidence.iter().count();
        finding.evidence = crate::model::evidence::Proof::new(crate::model::evidence::Evidence::header(""));
        (finding, pointers)
    };
    fixture.all_findings().into_iter().map(plain).collect()
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn order_never_matters(states in proptest::collection::vec(any::<u8>(), 0..9), order in any::<u64>()) {
        let fixture = paged(&states);
        let expected = without_pointers(&fixture);
        let mut shuffled = fixture;
        // A shuffle that the seed decides: by a digest of seed and place.
        let mut calls: Vec<(String, Planned)> = shuffled.calls.into_iter().enumerate()
            .map(|(n, call)| (crate::digest::sha256_hex(format!("{order} {n}").as_bytes()), call)).collect();
        calls.sort_by(|a, b| a.0.cmp(&b.0));
        shuffled.calls = calls.into_iter().map(|(_, call)| call).collect();
        prop_assert_eq!(without_pointers(&shuffled), expected);
    }
}

/// Weaknesses that a pool may have, each a change for the worse that nothing else here takes back.
const WEAKNESSES: [&str; 15] = [
    "bob has no factor",
    "ann, who is privileged, has no factor",
    "codes by e-mail begin a sign-in",
    "passkeys without verification begin a sign-in",
    "devices skip",
    "custom auth",
    "a social provider",
    "a federated user",
    "recovery by telephone",
    "channels are not verified before an update",
    "SMS in the sandbox",
    "a group that looks privileged and is not declared",
    "the listing is cut off",
    "threat protection only takes notes",
    "optional",
];

fn weaken(weak: &[bool]) -> Fixture {
    let has = |name: &str| WEAKNESSES.iter().position(|w| *w == name).is_some_and(|n| weak[n]);
    let mut f = Fixture::good();
    for (weakness, name) in [("bob has no factor", "bob"), ("ann, who is privileged, has no factor", "ann")] {
        if has(weakness) {
            f.factors(name, json!({}));
        }
    }
    let mut first = vec!["PASSWORD"];
    let mut flows = vec!["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    if has("codes by e-mail begin a sign-in") {
        first.push("EMAIL_OTP");
        flows.push("ALLOW_USER_AUTH");
    }
    if has("passkeys without verification begin a sign-in") {
        first.push("WEB_AUTHN");
    }
    if has("custom auth") {
        flows.push("ALLOW_CUSTOM_AUTH");
        f = f.with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": {"DefineAuthChallenge": "arn"}}}));
    }
    f = f
        .with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": first}}}}))
        .with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": flows}}));
    if has("devices skip") {
        f = f.with("DescribeUserPool", json!({"UserPool": {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}}}));
    }
    if has("a social provider") {
        f = f
            .with("ListIdentityProviders", json!({"Providers": [{"ProviderName": "Google", "ProviderType": "Google"}]}))
            .with("DescribeUserPoolClient", json!({"UserPoolClient": {"SupportedIdentityProviders": ["COGNITO", "Google"]}}));
    }
    if has("a federated user") {
        let mut eve = user("eve");
        eve["UserStatus"] = json!("EXTERNAL_PROVIDER");
        f = f.users(vec![user("ann"), user("bob"), user("cyd"), eve]);
    }
    if has("recovery by telephone") {
        let telephone = json!([{"Priority": 1, "Name": "verified_phone_number"}]);
        f = f.with("DescribeUserPool", json!({"UserPool": {"AccountRecoverySetting": {"RecoveryMechanisms": telephone}}}));
    }
    if has("channels are not verified before an update") {
        f = f.with("DescribeUserPool", json!({"UserPool": {"UserAttributeUpdateSettings": null}}));
    }
    if has("SMS in the sandbox") {
        f = f
            .with("GetUserPoolMfaConfig", json!({"SmsMfaConfiguration": {"SmsConfiguration": {}}}))
            .with("GetSMSSandboxAccountStatus", json!({"IsInSandbox": true}));
    }
    if has("a group that looks privileged and is not declared") {
        f = f.with("ListGroups", json!({"Groups": [{"GroupName": "admins"}, {"GroupName": "SuperUsers"}]}));
    }
    if has("the listing is cut off") {
        f = f.with("ListUsers", json!({"PaginationToken": "more"}));
    }
    if has("threat protection only takes notes") {
        f = f.with("DescribeUserPool", json!({"UserPool": {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}}));
    }
    if has("optional") { f.mode("OPTIONAL") } else { f }
}

/// OPTIONAL is what AWS asks for where adaptive responses are relied upon: no weakness to threat protection. A pool that
/// requires nothing has no requirement that a first sign-in slips past. And a user of whom nothing is known under ON is
/// known to be asked for a password only under OPTIONAL, which is for the assessor where sign-ins are analysed.
const NOT_WEAKER_BY_OPTIONAL: [&str; 3] = ["COG-RES-002", "COG-MFA-012", "COG-PWD-005"];

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn a_weakness_never_improves_a_verdict(mut weak in proptest::collection::vec(any::<bool>(), WEAKNESSES.len()), one in any::<Index>()) {
        let one = one.index(WEAKNESSES.len());
        weak[one] = false;
        let before = said(&weaken(&weak).all_findings());
        weak[one] = true;
        for (key, (verdict, reason)) in said(&weaken(&weak).all_findings()) {
            if WEAKNESSES[one] == "optional" && NOT_WEAKER_BY_OPTIONAL.contains(&key.0.as_str()) {
                continue;
            }
            // Verdicts are declared worst first.
            let was = before.get(&key).map(|(v, _)| *v);
            prop_assert!(was.is_none_or(|was| verdict <= was), "{key:?} was {was:?} and is {verdict} {reason} with {}", WEAKNESSES[one]);
        }
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn one_more_leaver_never_improves_a_verdict(pool in any::<Index>(), left in proptest::collection::vec(any::<bool>(), 3), one in 0usize..3) {
        let roster = |left: &[bool]| {
            let rows = ["ann", "bob", "cyd"].iter().zip(left).map(|(name, left)| {
                format!("{name},{name}@example.com,{}\n", if *left { "left" } else { "active" })
            });
            format!("username,email,status\n{}", rows.collect::<String>())
        };
        let (mut fewer, mut more) = (left.clone(), left);
        fewer[one] = false;
        more[one] = true;
        let of = |left: &[bool]| said(&pool.get(&POOLS).clone().roster("2026-09-28", &roster(left)).findings("COG-ACC-005"));
        let before = of(&fewer);
        for (key, (verdict, reason)) in of(&more) {
            prop_assert!(verdict <= before[&key].0, "{key:?} was {:?} and is {verdict} {reason}", before[&key]);
        }
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn one_more_removal_never_improves_a_verdict_and_no_review_passes(pool in any::<Index>(), gone in proptest::collection::vec(any::<bool>(), 3), one in 0usize..3) {
        let of = |gone: &[bool]| {
            let who = |which: bool| ["ann", "bob", "cyd"].into_iter().zip(gone).filter(|(_, g)| **g == which).map(|(n, _)| n).collect::<Vec<_>>();
            said(&pool.get(&POOLS).clone().reviewed("2026-09-01", &who(false), &who(true)).findings("COG-ACC-006"))
        };
        let (mut fewer, mut more) = (gone.clone(), gone);
        fewer[one] = false;
        more[one] = true;
        let before = of(&fewer);
        for (key, (verdict, reason)) in of(&more) {
            prop_assert!(verdict <= before[&key].0, "{key:?} was {:?} and is {verdict} {reason}", before[&key]);
            prop_assert!(verdict != Verdict::Pass, "{key:?} passes: {reason}");
        }
    }
}

#[test]
fn every_family_is_in_the_pools() {
    let tested: BTreeSet<&str> = TABLES.iter().flat_map(|table| table()).map(|case| case.0).collect();
    for family in super::FAMILIES.iter().filter(|f| f.file != super::mfa::FAMILY.file) {
        assert!(family.checks.iter().any(|check| tested.contains(check.id)), "{} has no table in TABLES", family.file);
    }
}

#[test]
fn every_weakness_alone_is_seen() {
    let good = said(&Fixture::good().all_findings());
    for n in 0..WEAKNESSES.len() {
        let mut weak = vec![false; WEAKNESSES.len()];
        weak[n] = true;
        let seen = said(&weaken(&weak).all_findings());
        assert!(seen.iter().any(|(key, said)| good.get(key).is_some_and(|was| said.0 < was.0)), "{}", WEAKNESSES[n]);
    }
}

#[test]
fn nothing_passes_when_nothing_was_answered() {
    let mut nothing = Fixture::good();
    for call in &mut nothing.calls {
        call.outcome = Err("AccessDeniedException".to_owned());
    }
    let findings = nothing.all_findings();
    assert!(!findings.is_empty());
    for finding in findings {
        assert!(!matches!(finding.verdict, Verdict::Pass | Verdict::Fail), "{} {}", finding.check, finding.reason);
    }
}
