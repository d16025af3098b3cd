//! Passwords: length, composition, history, temporary passwords.

use super::mfa::clients::without_passwords;
use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Fetched, Gap};
use crate::model::finding::Decision;
use crate::model::scope::Thresholds;
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;
use chrono::Days;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-PWD-001", revision: 1, severity: Severity::Medium, decide: Decide::Pool(length) },
        Check { id: "COG-PWD-002", revision: 1, severity: Severity::Low, decide: Decide::Pool(composition) },
        Check { id: "COG-PWD-003", revision: 1, severity: Severity::Low, decide: Decide::Pool(history) },
        Check { id: "COG-PWD-004", revision: 1, severity: Severity::Medium, decide: Decide::Pool(temporary) },
    ],
    texts: include_str!("password.toml"),
    file: "checks/password.toml",
};

/// What 0 and an absent TemporaryPasswordValidityDays mean (API reference, PasswordPolicyType).
const DEFAULT_TEMPORARY_DAYS: u64 = 7;
/// Users a finding points at one by one.
const SHOWN: usize = 5;

/// NOT_APPLICABLE where no password can be used.
///
/// # Errors
/// PASSWORD is not among the first factors, and a client that might go around that was not read.
fn passwordless(cx: &PoolCx) -> Result<Option<Decision>, Gap> {
    Ok(without_passwords(cx)?.map(|proof| Decision::new(Verdict::NotApplicable, "no-passwords", proof)))
}

/// Thresholds of passwords may be made stricter, never laxer: they are the standards' own (rulings 50), and a laxer one
/// is for an exception to say.
fn limit(name: &str) -> Evidence {
    Evidence::scope(format!("/thresholds/{name}"))
}

/// Decides COG-PWD-001.
fn length(cx: &PoolCx) -> Result<Decision, Gap> {
    if let Some(decision) = passwordless(cx)? {
        return Ok(decision);
    }
    let fact = &cx.pool.password.minimum_length;
    let least = u64::from(cx.scope.thresholds.password_min_length.max(Thresholds::default().password_min_length));
    let found = *fact.needed()?;
    let proof = Proof::new(fact.at.clone()).and(limit("password_min_length"));
    let (verdict, reason) = if found >= least { (Verdict::Pass, "long-enough") } else { (Verdict::Fail, "too-short") };
    Ok(Decision::new(verdict, reason, proof).with("found", found).with("least", least))
}

/// Decides COG-PWD-002.
fn composition(cx: &PoolCx) -> Result<Decision, Gap> {
    if let Some(decision) = passwordless(cx)? {
        return Ok(decision);
    }
    let policy = &cx.pool.password;
    // Without any policy AWS's default is in force, so an absent setting says nothing.
    policy.given.needed()?;
    let proof = [&policy.require_lowercase, &policy.require_uppercase]
        .iter()
        .fold(Proof::new(policy.require_numbers.at.clone()), |p, f| p.and(f.at.clone()));
    let on = |fact: &Fetched<bool>| fact.if_read() == Some(&true);
    let off = |fact: &Fetched<bool>| matches!(fact.known(), Ok(None | Some(false)));
    let without_digits = off(&policy.require_numbers);
    let without_letters = off(&policy.require_lowercase) && off(&policy.require_uppercase);
    if without_digits || without_letters {
        let lacking = match (without_digits, without_letters) {
            (true, true) => "digits and letters",
            (true, false) => "digits",
            _ => "letters",
        };
        return Ok(Decision::new(Verdict::Fail, "lacking", proof).with("lacking", lacking));
    }
    policy.require_numbers.known()?;
    if !on(&policy.require_lowercase) && !on(&policy.require_uppercase) {
        policy.require_lowercase.known()?;
        policy.require_uppercase.known()?;
    }
    Ok(Decision::new(Verdict::Pass, "required", proof))
}

/// Decides COG-PWD-003. An absent PasswordHistorySize means that no password is remembered.
fn history(cx: &PoolCx) -> Result<Decision, Gap> {
    if let Some(decision) = passwordless(cx)? {
        return Ok(decision);
    }
    let fact = &cx.pool.password.history_size;
    let least = u64::from(cx.scope.thresholds.password_history.max(Thresholds::default().password_history));
    cx.pool.password.given.needed()?;
    let found = fact.known()?.copied().unwrap_or(0);
    let proof = Proof::new(fact.at.clone()).and(limit("password_history"));
    let (verdict, reason) = if found >= least { (Verdict::Pass, "remembered") } else { (Verdict::Fail, "too-few") };
    Ok(Decision::new(verdict, reason, proof).with("found", found).with("least", least))
}

/// Decides COG-PWD-004: the setting, the accounts that outlived it, and what only CloudTrail knows.
fn temporary(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let setting = &pool.password.temporary_validity_days;
    let most = u64::from(cx.scope.thresholds.temporary_password_days.min(Thresholds::default().temporary_password_days));
    let days = setting.known().map(|d| d.copied().filter(|d| *d > 0).unwrap_or(DEFAULT_TEMPORARY_DAYS));
    let limit = limit("temporary_password_days");
    if let Ok(days) = days.clone()
        && days > most
    {
        let proof = Proof::new(setting.at.clone()).and(limit);
        return Ok(Decision::new(Verdict::Fail, "valid-too-long", proof).with("days", days).with("most", most));
    }
    let window = days.clone().unwrap_or(most);
    let stale: Vec<&User> = pool.population.users.iter().filter(|u| u.state == FactorState::Pending && outlived(u, cx, window)).collect();
    if let (Ok(days), false) = (&days, stale.is_empty()) {
        let proof = Proof::new(setting.at.clone()).and_all(stale.iter().take(SHOWN).map(|u| u.at.clone()));
        return Ok(Decision::new(Verdict::Fail, "stale-accounts", proof).with("days", days).count("stale", stale.len()));
    }
    let days = days?;
    let listing = cx.population()?;
    let proof = Proof::new(setting.at.clone()).and(limit).and_all(listing.iter().cloned());
    let pending = pool.population.in_state(FactorState::Pending);
    let undated = pool.population.users.iter().any(|u| u.state == FactorState::Pending && u.modified.or(u.created).is_none());
    if undated {
        return Ok(Decision::new(Verdict::Incomplete, "undated", proof).count("pending", pending));
    }
    Ok(Decision::new(Verdict::Manual, "events-not-read", proof).with("days", days).count("pending", pending))
}

/// Whether a pending account is older than the validity of its temporary password. UserLastModifiedDate moves when a
/// new temporary password is set, so it counts where it is there.
fn outlived(user: &User, cx: &PoolCx, days: u64) -> bool {
    let since = user.modified.or(user.created);
    since.and_then(|day| day.checked_add_days(Days::new(days))).is_some_and(|last| last < cx.day)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::{Fixture, user};
    use serde_json::{Value, json};

    fn policy(change: Value) -> Fixture {
        Fixture::good().with("DescribeUserPool", json!({"UserPool": {"Policies": {"PasswordPolicy": change}}}))
    }

    fn relaxed(change: Value) -> Fixture {
        let mut fixture = policy(change);
        fixture.scope.thresholds.password_min_length = 8;
        fixture.scope.thresholds.password_history = 1;
        fixture.scope.thresholds.temporary_password_days = 30;
        fixture
    }

    fn passwordless() -> Fixture {
        Fixture::good()
            .with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["WEB_AUTHN"]}}}}))
            .with(
                "DescribeUserPoolClient",
                json!({"UserPoolClient": {"ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "AllowedOAuthFlowsUserPoolClient": false}}),
            )
    }

    fn first_factors(factors: Value) -> Fixture {
        passwordless().with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}}}))
    }

    fn client(change: Value) -> Fixture {
        passwordless().with("DescribeUserPoolClient", json!({"UserPoolClient": change}))
    }

    fn pending(modified: f64) -> Fixture {
        let mut who = user("new");
        who["UserStatus"] = json!("FORCE_CHANGE_PASSWORD");
        who["UserLastModifiedDate"] = json!(modified);
        Fixture::good().users(vec![user("ann"), who])
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let denied = || Fixture::good().fails("DescribeUserPool", "AccessDeniedException");
        let gap = "INCOMPLETE gap";
        // 2026-09-30 12:00 and ten days before it.
        let (today, ten_days_ago) = (1_790_769_600.0, 1_789_905_600.0);
        vec![
            ("COG-PWD-001", "fourteen", Fixture::good(), "PASS long-enough"),
            ("COG-PWD-001", "twelve", policy(json!({"MinimumLength": 12})), "PASS long-enough"),
            ("COG-PWD-001", "eleven", policy(json!({"MinimumLength": 11})), "FAIL too-short"),
            ("COG-PWD-001", "a laxer threshold", relaxed(json!({"MinimumLength": 11})), "FAIL too-short"),
            ("COG-PWD-003", "a laxer threshold", relaxed(json!({"PasswordHistorySize": 1})), "FAIL too-few"),
            ("COG-PWD-004", "a laxer threshold", relaxed(json!({"TemporaryPasswordValidityDays": 30})), "FAIL valid-too-long"),
            ("COG-PWD-001", "passwordless", passwordless(), "NOT_APPLICABLE no-passwords"),
            ("COG-PWD-001", "passwordless but for a default client", client(json!({"ExplicitAuthFlows": null})), "PASS long-enough"),
            (
                "COG-PWD-001",
                "passwordless but for a client that names no flow",
                client(json!({"ExplicitAuthFlows": []})),
                "PASS long-enough",
            ),
            ("COG-PWD-001", "passwordless, a flow of another time", client(json!({"ExplicitAuthFlows": ["ALLOW_NEW"]})), gap),
            (
                "COG-PWD-001",
                "passwordless but for hosted pages",
                client(json!({"AllowedOAuthFlowsUserPoolClient": true})),
                "PASS long-enough",
            ),
            (
                "COG-PWD-001",
                "passwordless, the hosted client for machines",
                client(json!({
                    "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["client_credentials"],
                    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]
                })),
                "NOT_APPLICABLE no-passwords",
            ),
            ("COG-PWD-001", "passwordless, hosted pages unreadable", client(json!({"AllowedOAuthFlowsUserPoolClient": "yes"})), gap),
            ("COG-PWD-001", "no first factor named", first_factors(json!([])), "PASS long-enough"),
            ("COG-PWD-001", "a first factor of another time", first_factors(json!(["WEB_AUTHN", "PASSPHRASE"])), "PASS long-enough"),
            ("COG-PWD-001", "passwordless but for SRP", client(json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]})), "PASS long-enough"),
            (
                "COG-PWD-001",
                "passwordless, a client not described",
                passwordless().fails("DescribeUserPoolClient", "AccessDeniedException"),
                gap,
            ),
            ("COG-PWD-001", "no value", policy(json!({"MinimumLength": null})), gap),
            ("COG-PWD-001", "a word", policy(json!({"MinimumLength": "12"})), gap),
            ("COG-PWD-001", "denied", denied(), gap),
            ("COG-PWD-001", "never asked", Fixture::good().without("DescribeUserPool"), gap),
            ("COG-PWD-002", "both", Fixture::good(), "PASS required"),
            ("COG-PWD-002", "upper case only", policy(json!({"RequireLowercase": false})), "PASS required"),
            ("COG-PWD-002", "no digits", policy(json!({"RequireNumbers": false})), "FAIL lacking"),
            ("COG-PWD-002", "absent", policy(json!({"RequireNumbers": null})), "FAIL lacking"),
            (
                "COG-PWD-002",
                "no policy in the answer",
                Fixture::good().with("DescribeUserPool", json!({"UserPool": {"Policies": null}})),
                gap,
            ),
            (
                "COG-PWD-002",
                "digits unreadable, no letters",
                policy(json!({"RequireNumbers": 1, "RequireLowercase": false, "RequireUppercase": false})),
                "FAIL lacking",
            ),
            ("COG-PWD-002", "digits of unknown form, letters required", policy(json!({"RequireNumbers": "yes"})), gap),
            ("COG-PWD-002", "never asked", Fixture::good().without("DescribeUserPool"), gap),
            ("COG-PWD-002", "no letters", policy(json!({"RequireLowercase": false, "RequireUppercase": false})), "FAIL lacking"),
            (
                "COG-PWD-002",
                "neither",
                policy(json!({"RequireNumbers": false, "RequireLowercase": false, "RequireUppercase": false})),
                "FAIL lacking",
            ),
            ("COG-PWD-002", "passwordless", passwordless(), "NOT_APPLICABLE no-passwords"),
            ("COG-PWD-002", "denied", denied(), gap),
            ("COG-PWD-002", "letters unreadable", policy(json!({"RequireLowercase": "yes", "RequireUppercase": false})), gap),
            ("COG-PWD-003", "twenty-four", Fixture::good(), "PASS remembered"),
            ("COG-PWD-003", "three", policy(json!({"PasswordHistorySize": 3})), "FAIL too-few"),
            ("COG-PWD-003", "absent", policy(json!({"PasswordHistorySize": null})), "FAIL too-few"),
            (
                "COG-PWD-003",
                "no policy in the answer",
                Fixture::good().with("DescribeUserPool", json!({"UserPool": {"Policies": {"PasswordPolicy": null}}})),
                gap,
            ),
            ("COG-PWD-003", "a word", policy(json!({"PasswordHistorySize": "4"})), gap),
            ("COG-PWD-003", "four", policy(json!({"PasswordHistorySize": 4})), "PASS remembered"),
            ("COG-PWD-003", "never asked", Fixture::good().without("DescribeUserPool"), gap),
            ("COG-PWD-003", "passwordless", passwordless(), "NOT_APPLICABLE no-passwords"),
            ("COG-PWD-003", "denied", denied(), gap),
            ("COG-PWD-004", "one day, nobody waits", Fixture::good(), "MANUAL events-not-read"),
            ("COG-PWD-004", "zero means seven", policy(json!({"TemporaryPasswordValidityDays": 0})), "MANUAL events-not-read"),
            ("COG-PWD-004", "eight days", policy(json!({"TemporaryPasswordValidityDays": 8})), "FAIL valid-too-long"),
            (
                "COG-PWD-004",
                "eight days, users not read",
                policy(json!({"TemporaryPasswordValidityDays": 8})).fails("ListUsers", "AccessDeniedException"),
                "FAIL valid-too-long",
            ),
            ("COG-PWD-004", "an account older than its password", pending(ten_days_ago), "FAIL stale-accounts"),
            ("COG-PWD-004", "a fresh account", pending(today), "MANUAL events-not-read"),
            (
                "COG-PWD-004",
                "an account without a date",
                {
                    let mut who = user("new");
                    who["UserStatus"] = json!("FORCE_CHANGE_PASSWORD");
                    who["UserLastModifiedDate"] = Value::Null;
                    who["UserCreateDate"] = Value::Null;
                    Fixture::good().users(vec![user("ann"), who])
                },
                "INCOMPLETE undated",
            ),
            (
                "COG-PWD-004",
                "an account older than its password, the rest of the listing missing",
                pending(ten_days_ago).with("ListUsers", json!({"PaginationToken": "more"})),
                "FAIL stale-accounts",
            ),
            ("COG-PWD-004", "an account on its last day", pending(today - 24.0 * 3_600.0), "MANUAL events-not-read"),
            ("COG-PWD-004", "an account a day later", pending(today - 2.0 * 24.0 * 3_600.0), "FAIL stale-accounts"),
            (
                "COG-PWD-004",
                "an old account that is disabled",
                {
                    let mut who = user("new");
                    who["UserStatus"] = json!("FORCE_CHANGE_PASSWORD");
                    who["Enabled"] = json!(false);
                    Fixture::good().users(vec![user("ann"), who])
                },
                "MANUAL events-not-read",
            ),
            ("COG-PWD-004", "absent means seven", policy(json!({"TemporaryPasswordValidityDays": null})), "MANUAL events-not-read"),
            ("COG-PWD-004", "a page left", Fixture::good().with("ListUsers", json!({"PaginationToken": "more"})), gap),
            ("COG-PWD-004", "never asked", Fixture::good().without("ListUsers"), gap),
            ("COG-PWD-004", "users not read", Fixture::good().fails("ListUsers", "AccessDeniedException"), gap),
            ("COG-PWD-004", "setting not read", denied(), gap),
        ]
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
