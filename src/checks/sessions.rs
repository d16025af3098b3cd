//! Sessions and tokens of app clients: how long, how to end them, and how they travel.

use super::mfa::clients::for_machines_only;
use super::mfa::words;
use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::Audience;
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::cognito::Client;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-SES-001", revision: 1, severity: Severity::Low, decide: Decide::Client(lifetimes) },
        Check { id: "COG-SES-002", revision: 1, severity: Severity::Low, decide: Decide::Client(revocation) },
        Check { id: "COG-SES-003", revision: 1, severity: Severity::Low, decide: Decide::Client(transit) },
    ],
    texts: include_str!("sessions.toml"),
    file: "checks/sessions.toml",
};

/// Most faults in a sentence; a client may name a hundred addresses.
const FAULTS_NAMED: usize = 10;
const HOUR: u64 = 3_600;
/// Validity of a refresh token for which nothing is set (API reference, CreateUserPoolClient).
const REFRESH_DEFAULT: u64 = 30 * 24 * HOUR;

/// Of a client through which no user signs in: nobody has a session there.
fn no_users(client: &Client) -> Option<Decision> {
    for_machines_only(client).map(|proof| Decision::new(Verdict::NotApplicable, "no-users", proof))
}

/// Decides COG-SES-001.
fn lifetimes(cx: &PoolCx, client: &Client) -> Result<Decision, Gap> {
    if let Some(decision) = no_users(client) {
        return Ok(decision);
    }
    if cx.scope().and_then(|p| p.audience) == Some(Audience::Consumer) {
        return Ok(Decision::new(Verdict::NotApplicable, "consumers", Proof::new(cx.declaration("audience"))).declared());
    }
    let limits = &cx.scope.thresholds;
    let tokens = [
        ("access token", &client.access_validity, HOUR, "hours", u64::from(limits.token_minutes) * 60, "token_minutes"),
        ("ID token", &client.id_validity, HOUR, "hours", u64::from(limits.token_minutes) * 60, "token_minutes"),
        (
            "refresh token",
            &client.refresh_validity,
            REFRESH_DEFAULT,
            "days",
            u64::from(limits.refresh_token_hours) * HOUR,
            "refresh_token_hours",
        ),
    ];
    let mut proof = Proof::new(client.described.at.clone());
    let mut long = Vec::new();
    let mut missing = None;
    for (name, validity, default, unit, most, limit) in tokens {
        match validity.seconds(default, unit) {
            Ok(seconds) if seconds > most => long.push(format!("{name} {} (at most {})", span(seconds), span(most))),
            Ok(_) => {}
            Err(gap) => missing = missing.or(Some(gap)),
        }
        let pointers = [validity.number.at.clone(), validity.unit.at.clone(), Evidence::scope(format!("/thresholds/{limit}"))];
        proof = proof.and_all(pointers);
    }
    if !long.is_empty() {
        return Ok(Decision::new(Verdict::Fail, "too-long", proof).with("tokens", long.join(", ")));
    }
    match missing {
        Some(gap) => Err(gap),
        None => {
            let proof = proof.and(Evidence::scope("/thresholds/idle_minutes"));
            Ok(Decision::new(Verdict::Manual, "idle-time-is-the-apps", proof).with("idle", limits.idle_minutes))
        }
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        s if s >= 48 * HOUR && s.is_multiple_of(24 * HOUR) => format!("{} days", s / (24 * HOUR)),
        s if s >= 2 * HOUR && s.is_multiple_of(HOUR) => format!("{} hours", s / HOUR),
        s if s.is_multiple_of(60) => format!("{} minutes", s / 60),
        s => format!("{s} seconds"),
    }
}

/// Decides COG-SES-002. Rotation decides nothing; the sentence says what AWS says of it.
fn revocation(_: &PoolCx, client: &Client) -> Result<Decision, Gap> {
    if let Some(decision) = no_users(client) {
        return Ok(decision);
    }
    let proof = Proof::new(client.token_revocation.at.clone()).and(client.rotation.at.clone());
    if !*client.token_revocation.needed()? {
        return Ok(Decision::new(Verdict::Fail, "not-revocable", proof));
    }
    Ok(match client.rotation.known() {
        Ok(Some(feature)) if feature == "ENABLED" => Decision::new(Verdict::Pass, "revocable-and-rotating", proof),
        Ok(feature) => Decision::new(Verdict::Pass, "revocable", proof).with("rotation", feature.map_or("not set", String::as_str)),
        Err(_) => Decision::new(Verdict::Pass, "revocable", proof).with("rotation", "not readable"),
    })
}

/// Decides COG-SES-003: the OAuth part concerns clients that use OAuth, user enumeration every client with users.
fn transit(_: &PoolCx, client: &Client) -> Result<Decision, Gap> {
    if let Some(decision) = no_users(client) {
        return Ok(decision);
    }
    let mut proof = Proof::new(client.prevent_user_existence_errors.at.clone());
    let mut faults = Vec::new();
    let mut private = Vec::new();
    // Absent means LEGACY (API reference, UserPoolClientType).
    if matches!(client.prevent_user_existence_errors.known(), Ok(value) if value.is_none_or(|v| v == "LEGACY")) {
        faults.push("error messages tell whether a user exists".to_owned());
    }
    let oauth = client.oauth_enabled.if_read() == Some(&true);
    proof = proof.and(client.oauth_enabled.at.clone());
    if oauth {
        proof = proof.and(client.oauth_flows.at.clone()).and(client.callback_urls.at.clone()).and(client.logout_urls.at.clone());
        if client.oauth_flows.if_read().is_some_and(|flows| flows.iter().any(|f| f == "implicit")) {
            faults.push("the implicit flow puts tokens into addresses".to_owned());
        }
        for url in [&client.callback_urls, &client.logout_urls].into_iter().filter_map(|f| f.if_read()).flatten() {
            match kind(url) {
                Url::Safe => {}
                Url::Plain => faults.push(format!("{url} is not https")),
                Url::Private => private.push(url.clone()),
            }
        }
    }
    if !faults.is_empty() {
        return Ok(Decision::new(Verdict::Fail, "exposed", proof).with("faults", listed(faults)));
    }
    let errors = client.prevent_user_existence_errors.needed()?;
    client.oauth_enabled.known()?;
    if oauth {
        client.oauth_flows.known()?;
        client.callback_urls.known()?;
        client.logout_urls.known()?;
    }
    if errors != "ENABLED" {
        return Ok(Decision::new(Verdict::Incomplete, "unknown-setting", proof).with("found", errors));
    }
    if !private.is_empty() {
        return Ok(Decision::new(Verdict::Manual, "private-scheme", proof).with("urls", words(private)));
    }
    Ok(Decision::new(Verdict::Pass, if oauth { "protected" } else { "no-oauth" }, proof))
}

/// Faults in one sentence; of many the first.
fn listed(faults: Vec<String>) -> String {
    let more = faults.len().saturating_sub(FAULTS_NAMED);
    let mut text = faults.into_iter().take(FAULTS_NAMED).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

enum Url {
    Safe,
    Plain,
    Private,
}

/// https is safe, http only to this machine itself (RFC 8252, 7.3); another scheme belongs to whichever app claims it (7.1).
fn kind(url: &str) -> Url {
    let Some((scheme, host)) = url.split_once("://") else {
        // A scheme that is a domain name turned around, followed by a path alone (7.1).
        return if url.ends_with(':') { Url::Private } else { Url::Plain };
    };
    let host = host.to_ascii_lowercase();
    let name = if host.starts_with('[') { host.split_inclusive(']').next() } else { host.split(':').next() }.unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Url::Safe,
        "http" if ["localhost", "127.0.0.1", "[::1]"].contains(&name) => Url::Safe,
        "http" => Url::Plain,
        _ => Url::Private,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::Fixture;
    use crate::model::scope::Audience;
    use serde_json::{Value, json};

    fn client(change: Value) -> Fixture {
        Fixture::good().with("DescribeUserPoolClient", json!({"UserPoolClient": change}))
    }

    fn machine() -> Fixture {
        client(json!({"AllowedOAuthFlows": ["client_credentials"], "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}))
    }

    fn machine_with(change: Value) -> Fixture {
        machine().with("DescribeUserPoolClient", json!({"UserPoolClient": change}))
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let denied = || Fixture::good().fails("DescribeUserPoolClient", "AccessDeniedException");
        let gap = "INCOMPLETE gap";
        vec![
            ("COG-SES-001", "short tokens", Fixture::good(), "MANUAL idle-time-is-the-apps"),
            ("COG-SES-001", "AWS's defaults: 30 days of refresh", client(json!({"RefreshTokenValidity": null})), "FAIL too-long"),
            ("COG-SES-001", "zero means the default", client(json!({"RefreshTokenValidity": 0})), "FAIL too-long"),
            (
                "COG-SES-001",
                "a number without its unit counts days",
                client(json!({"TokenValidityUnits": {"RefreshToken": null}})),
                "FAIL too-long",
            ),
            ("COG-SES-001", "two hours of access", client(json!({"AccessTokenValidity": 120})), "FAIL too-long"),
            ("COG-SES-001", "a unit nobody knows", client(json!({"TokenValidityUnits": {"IdToken": "fortnights"}})), gap),
            (
                "COG-SES-001",
                "too long beside a unit nobody knows",
                client(json!({"AccessTokenValidity": 120, "TokenValidityUnits": {"IdToken": "fortnights"}})),
                "FAIL too-long",
            ),
            ("COG-SES-001", "consumers", Fixture::good().declare(|p| p.audience = Some(Audience::Consumer)), "NOT_APPLICABLE consumers"),
            (
                "COG-SES-001",
                "machines with AWS's default of 30 days",
                machine_with(json!({"RefreshTokenValidity": null})),
                "NOT_APPLICABLE no-users",
            ),
            ("COG-SES-001", "a refresh token of just a day", client(json!({"RefreshTokenValidity": 24})), "MANUAL idle-time-is-the-apps"),
            ("COG-SES-001", "a number that is none", client(json!({"AccessTokenValidity": "15"})), gap),
            ("COG-SES-001", "never asked", Fixture::good().without("DescribeUserPoolClient"), gap),
            ("COG-SES-001", "denied", denied(), gap),
            (
                "COG-SES-001",
                "clients not listed",
                Fixture::good().fails("ListUserPoolClients", "AccessDeniedException").without("DescribeUserPoolClient"),
                gap,
            ),
            ("COG-SES-002", "revocable, rotating", Fixture::good(), "PASS revocable-and-rotating"),
            ("COG-SES-002", "revocable", client(json!({"RefreshTokenRotation": null})), "PASS revocable"),
            ("COG-SES-002", "not", client(json!({"EnableTokenRevocation": false})), "FAIL not-revocable"),
            ("COG-SES-002", "absent", client(json!({"EnableTokenRevocation": null})), gap),
            ("COG-SES-002", "machines", machine(), "NOT_APPLICABLE no-users"),
            ("COG-SES-002", "machines with default flows", machine_with(json!({"ExplicitAuthFlows": null})), "PASS revocable-and-rotating"),
            ("COG-SES-002", "machines that name no flow", machine_with(json!({"ExplicitAuthFlows": []})), "PASS revocable-and-rotating"),
            (
                "COG-SES-002",
                "machines and users",
                machine_with(json!({"AllowedOAuthFlows": ["client_credentials", "code"], "EnableTokenRevocation": false})),
                "FAIL not-revocable",
            ),
            (
                "COG-SES-002",
                "rotation of another time",
                client(json!({"RefreshTokenRotation": {"Feature": "SOMETIMES"}})),
                "PASS revocable",
            ),
            ("COG-SES-002", "rotation unreadable", client(json!({"RefreshTokenRotation": {"Feature": 1}})), "PASS revocable"),
            ("COG-SES-002", "a word", client(json!({"EnableTokenRevocation": "true"})), gap),
            ("COG-SES-002", "never asked", Fixture::good().without("DescribeUserPoolClient"), gap),
            ("COG-SES-002", "denied", denied(), gap),
            ("COG-SES-003", "https, code, no enumeration", Fixture::good(), "PASS protected"),
            (
                "COG-SES-003",
                "no OAuth",
                client(
                    json!({"AllowedOAuthFlowsUserPoolClient": false, "AllowedOAuthFlows": null, "CallbackURLs": ["http://old.example.com"]}),
                ),
                "PASS no-oauth",
            ),
            (
                "COG-SES-003",
                "localhost",
                client(json!({"CallbackURLs": ["http://localhost:3000/cb", "http://[::1]:3000/cb", "https://a.example.com"]})),
                "PASS protected",
            ),
            ("COG-SES-003", "not quite localhost", client(json!({"CallbackURLs": ["http://localhost.example.com/cb"]})), "FAIL exposed"),
            ("COG-SES-003", "http", client(json!({"LogoutURLs": ["http://app.example.com/"]})), "FAIL exposed"),
            ("COG-SES-003", "implicit", client(json!({"AllowedOAuthFlows": ["code", "implicit"]})), "FAIL exposed"),
            ("COG-SES-003", "legacy errors", client(json!({"PreventUserExistenceErrors": "LEGACY"})), "FAIL exposed"),
            ("COG-SES-003", "errors absent", client(json!({"PreventUserExistenceErrors": null})), "FAIL exposed"),
            (
                "COG-SES-003",
                "errors of another time",
                client(json!({"PreventUserExistenceErrors": "PERHAPS"})),
                "INCOMPLETE unknown-setting",
            ),
            ("COG-SES-003", "an app's own scheme", client(json!({"CallbackURLs": ["myapp://cb"]})), "MANUAL private-scheme"),
            (
                "COG-SES-003",
                "an app's own scheme as RFC 8252 wants it",
                client(json!({"CallbackURLs": ["com.example.app:/cb"]})),
                "MANUAL private-scheme",
            ),
            (
                "COG-SES-003",
                "http beside an app's own scheme and unreadable errors",
                client(json!({"CallbackURLs": ["http://app.example.com", "myapp://cb"], "PreventUserExistenceErrors": 1})),
                "FAIL exposed",
            ),
            ("COG-SES-003", "localhost in capitals", client(json!({"CallbackURLs": ["HTTP://LocalHost:3000/cb"]})), "PASS protected"),
            (
                "COG-SES-003",
                "implicit, but OAuth is off",
                client(json!({"AllowedOAuthFlowsUserPoolClient": null, "AllowedOAuthFlows": ["implicit"]})),
                "PASS no-oauth",
            ),
            ("COG-SES-003", "whether OAuth is on is unreadable", client(json!({"AllowedOAuthFlowsUserPoolClient": "no"})), gap),
            ("COG-SES-003", "never asked", Fixture::good().without("DescribeUserPoolClient"), gap),
            ("COG-SES-003", "machines", machine(), "NOT_APPLICABLE no-users"),
            ("COG-SES-003", "unreadable URLs", client(json!({"CallbackURLs": [17]})), gap),
            ("COG-SES-003", "denied", denied(), gap),
        ]
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
