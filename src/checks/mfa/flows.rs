//! COG-MFA-014 and 015, client by client: how long a sign-in stays open between its steps, and which flows carry it.

use super::clients::{FLOWS, flows, for_machines_only};
use super::custom::CUSTOM;
use super::{readings, words};
use crate::checks::PoolCx;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::Thresholds;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::{Client, MfaMode};

/// An absent AuthSessionValidity, minutes (API reference, CreateUserPoolClient).
const SESSION_DEFAULT: u64 = 3;

/// Values from before the `ALLOW_` ones, which end a client's other flows, and a way to sign in as somebody else.
const WEAK: [&str; 3] = ["ADMIN_NO_SRP_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "CUSTOM_AUTH_FLOW_ONLY"];
/// Flows in which a server of the owner's stands between user and pool.
const BY_A_SERVER: [&str; 2] = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_TOKEN_EXCHANGE_DELEGATION"];
/// Flows that send the password itself.
const PLAIN: [&str; 2] = ["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"];

fn no_users(client: &Client) -> Option<Decision> {
    for_machines_only(client).map(|proof| Decision::new(Verdict::NotApplicable, "no-users", proof))
}

/// Decides COG-MFA-014. It never passes: that a code cannot be used twice is for AWS's documents to show.
pub fn replay(cx: &PoolCx, client: &Client) -> Result<Decision, Gap> {
    if let Some(decision) = no_users(client) {
        return Ok(decision);
    }
    let mode = cx.pool.mfa_mode();
    if mode == Ok(MfaMode::Off) {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-off", readings(cx.pool)));
    }
    let session = &client.auth_session_minutes;
    let most = u64::from(cx.scope.thresholds.auth_session_minutes.min(Thresholds::default().auth_session_minutes));
    let minutes = session.known()?.copied().unwrap_or(SESSION_DEFAULT);
    let proof = Proof::new(session.at.clone()).and(Evidence::scope("/thresholds/auth_session_minutes"));
    let decide = |verdict, reason| Ok(Decision::new(verdict, reason, proof.clone()).with("minutes", minutes).with("most", most));
    if minutes > most {
        return decide(Verdict::Fail, "open-too-long");
    }
    mode?;
    decide(Verdict::Manual, "vendor-document")
}

/// Decides COG-MFA-015. A plain password over TLS is for a person to judge (rulings); so is what the owner's servers do.
pub fn sound(cx: &PoolCx, client: &Client) -> Result<Decision, Gap> {
    if let Some(decision) = no_users(client) {
        return Ok(decision);
    }
    let pool = cx.pool;
    let flows = flows(client)?;
    let proof = Proof::new(client.auth_flows.at.clone());
    let among = |wanted: &[&str]| flows.iter().copied().filter(|f| wanted.contains(f)).collect::<Vec<&str>>();
    let weak = among(&WEAK);
    if !weak.is_empty() {
        return Ok(Decision::new(Verdict::Fail, "weak-flows", proof).with("flows", words(weak)));
    }
    let strangers = flows.iter().copied().filter(|f| !FLOWS.contains(f) && !BY_A_SERVER.contains(f)).collect::<Vec<&str>>();
    if !strangers.is_empty() {
        return Ok(Decision::new(Verdict::Incomplete, "unknown-flow", proof).with("flows", words(strangers)));
    }
    let mut proof = proof;
    let mut matters = Vec::new();
    let plain = among(&PLAIN);
    if !plain.is_empty() {
        matters.push(format!("{} sends the password itself over TLS", words(plain)));
    }
    if flows.contains(&"ALLOW_USER_AUTH") {
        proof = proof.and(pool.first_factors.at.clone());
        let first = super::first::allowed(pool)?;
        if first.is_empty() || first.contains(&"PASSWORD") {
            matters.push("ALLOW_USER_AUTH takes the password itself too, where the app chooses so".to_owned());
        }
    }
    let server = among(&BY_A_SERVER);
    if !server.is_empty() {
        matters.push(format!("{} is used by a server of yours, which sees what the user sends", words(server)));
    }
    if !among(&CUSTOM).is_empty() {
        proof = proof.and(pool.triggers.at.clone());
        if pool.trigger("DefineAuthChallenge")? {
            matters.push("ALLOW_CUSTOM_AUTH leaves the steps to a Lambda function (COG-MFA-010)".to_owned());
        }
    }
    Ok(match matters.is_empty() {
        true => Decision::new(Verdict::Pass, "sound", proof).with("flows", words(flows)),
        false => Decision::new(Verdict::Manual, "to-explain", proof).with("matters", matters.join("; ")),
    })
}
