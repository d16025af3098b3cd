//! Which app clients allow a sign-in flow. Not a check: what checks ask of the clients.

use crate::checks::PoolCx;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Gap, GapKind};
use crate::snapshot::cognito::Client;

/// Documented values of ExplicitAuthFlows (API reference, CreateUserPoolClient).
pub(super) const FLOWS: [&str; 9] = [
    "ADMIN_NO_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",
];

/// What a client supports that names no flow (API reference, ExplicitAuthFlows). An empty list is taken for none named.
const DEFAULT: [&str; 3] = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"];

/// First factors that are no password (API reference, SignInPolicyType).
const PASSWORDLESS: [&str; 3] = ["EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];
/// Flows that go around the list of first factors and take a password (ALLOW_USER_AUTH keeps to the list).
const WITH_PASSWORD: [&str; 7] = [
    "ADMIN_NO_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",
];
/// The clients that allow one of some flows, as far as the clients are known.
pub struct Allowing<'a> {
    /// Those that do.
    pub clients: Vec<&'a Client>,
    /// Where the flows of every client stand, and the clients' listing.
    pub proof: Vec<Evidence>,
    /// Why it is not certain that the others do not.
    pub gap: Option<Gap>,
}

impl Allowing<'_> {
    /// Their ids, and names where they have one.
    pub fn names(&self) -> String {
        super::words(self.clients.iter().map(|c| match &c.name {
            Some(name) => format!("{} ({name})", c.id),
            None => c.id.to_string(),
        }))
    }
    /// Where the flows of those that do stand.
    pub fn pointers(&self) -> impl Iterator<Item = Evidence> {
        self.clients.iter().map(|c| c.auth_flows.at.clone())
    }
}

/// Which clients allow one of these flows.
pub fn allowing<'a>(cx: &PoolCx<'a>, wanted: &[&str]) -> Allowing<'a> {
    let listed = &cx.pool.clients;
    let mut found = Allowing { clients: Vec::new(), proof: vec![listed.complete.at.clone()], gap: listed.all().err() };
    for client in &listed.items {
        found.proof.push(client.auth_flows.at.clone());
        match flows(client) {
            Ok(flows) if flows.iter().any(|f| wanted.contains(f)) => found.clients.push(client),
            Ok(flows) => {
                if let Some(stranger) = flows.iter().find(|f| !FLOWS.contains(f)) {
                    let kind = GapKind::Malformed(format!("documented flows instead of {stranger:?}"));
                    found.gap.get_or_insert(Gap { what: client.auth_flows.what.clone(), kind, at: client.auth_flows.at.clone() });
                }
            }
            Err(gap) => {
                found.gap.get_or_insert(gap);
            }
        }
    }
    found
}

/// The proof that no user signs in through a client: client credentials are its only grant, and it allows no sign-in flow.
pub fn for_machines_only(client: &Client) -> Option<Proof> {
    let oauth = client.oauth_enabled.if_read() == Some(&true) && client.oauth_flows.if_read().is_some_and(|f| f == &["client_credentials"]);
    let no_flows = flows(client).is_ok_and(|flows| flows.iter().all(|flow| *flow == "ALLOW_REFRESH_TOKEN_AUTH"));
    (oauth && no_flows)
        .then(|| Proof::new(client.oauth_flows.at.clone()).and(client.oauth_enabled.at.clone()).and(client.auth_flows.at.clone()))
}

/// The proof that no client can take a password: every first factor is known to be none, no client allows a flow that
/// goes around that list, and none signs users in on hosted pages, of which the classic ones know passwords only
/// (developer guide, Things to know about authentication). An empty list of factors is taken for an absent one.
///
/// # Errors
/// PASSWORD is not among the first factors, and a client that might go around that was not read.
pub fn without_passwords(cx: &PoolCx) -> Result<Option<Proof>, Gap> {
    let factors = &cx.pool.first_factors;
    if factors.known()?.is_none_or(|list| list.is_empty() || list.iter().any(|f| !PASSWORDLESS.contains(&f.as_str()))) {
        return Ok(None);
    }
    let allowing = allowing(cx, &WITH_PASSWORD);
    let mut gap = allowing.gap;
    let mut proof = Proof::new(factors.at.clone()).and_all(allowing.proof);
    let mut hosted = false;
    for client in cx.pool.clients.items.iter().filter(|c| for_machines_only(c).is_none()) {
        match client.oauth_enabled.known() {
            Ok(oauth) => hosted |= oauth == Some(&true),
            Err(missing) => gap = gap.or(Some(missing)),
        }
        proof = proof.and(client.oauth_enabled.at.clone());
    }
    if hosted || !allowing.clients.is_empty() {
        return Ok(None);
    }
    gap.map_or_else(|| Ok(Some(proof)), Err)
}

/// The flows of a client, the default filled in.
///
/// # Errors
/// The client was not described.
pub(super) fn flows(client: &Client) -> Result<Vec<&str>, Gap> {
    let named = client.auth_flows.known()?.filter(|flows| !flows.is_empty());
    Ok(named.map_or_else(|| DEFAULT.to_vec(), |flows| flows.iter().map(String::as_str).collect()))
}
