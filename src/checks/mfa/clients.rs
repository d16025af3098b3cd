//! Which app clients allow a sign-in flow. Not a check: what the checks of ways around MFA ask of the clients.

use crate::checks::PoolCx;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Gap, GapKind};
use crate::snapshot::cognito::Client;

/// Documented values of ExplicitAuthFlows (API reference, CreateUserPoolClient).
const FLOWS: [&str; 9] = [
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

/// The flows of a client, the default filled in.
fn flows(client: &Client) -> Result<Vec<&str>, Gap> {
    let named = client.auth_flows.known()?.filter(|flows| !flows.is_empty());
    Ok(named.map_or_else(|| DEFAULT.to_vec(), |flows| flows.iter().map(String::as_str).collect()))
}
