//! The questions about one pool, in order. What one of them lacks never stops the others.

use super::CollectError;
use super::ask::Class;
use super::desk::Desk;
use super::ledger::{Past, not_sent};
use super::sign_ins;
use super::users::{self, Reads};
use crate::model::scope::{PoolScope, Scope};
use serde_json::{Value, json};

/// What a pool says of text messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Texting {
    /// It has an SMS configuration.
    pub configured: bool,
    /// The SNS region that it names.
    pub region: Option<String>,
}

/// What a pool names that is to be asked about elsewhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// What it says of text messages.
    pub texting: Texting,
    /// ARNs of the log groups that it exports to.
    pub groups: Vec<String>,
}

/// How the users of a run are read.
pub(super) struct Reading<'a> {
    /// As the scope says.
    pub scope: &'a Scope,
    /// Consent to what the reads may cost.
    pub consent: bool,
    /// The seed of the sample.
    pub seed: [u8; 32],
}

/// Asks everything about a pool.
pub(super) async fn read(
    desk: &mut Desk<'_, '_>,
    pool: &str,
    declared: Option<&PoolScope>,
    reading: &Reading<'_>,
) -> Result<Found, CollectError> {
    let id = json!({"UserPoolId": pool});
    let progress = desk.office.progress;
    progress.step(&format!("{pool}: configuration"));
    let described = desk.ask("DescribeUserPool", id.clone(), 1).await?;
    if missing(&described) {
        progress.note(&format!("{pool}: {}", failure(&described)));
        return Ok(Found::default());
    }
    let mfa = desk.ask("GetUserPoolMfaConfig", id.clone(), 1).await?;
    let mut texting = Texting::of(&described, &mfa);
    let mut passes = 1;
    if contradict(&described, &mfa) {
        passes = 2;
        progress.note(&format!("{pool}: DescribeUserPool and GetUserPoolMfaConfig contradict each other; both are read again"));
        let described = desk.ask("DescribeUserPool", id.clone(), passes).await?;
        let mfa = desk.ask("GetUserPoolMfaConfig", id.clone(), passes).await?;
        texting = Texting::of(&described, &mfa);
    }
    let clients = desk.list("ListUserPoolClients", id.clone()).await?;
    for client in &clients.ids {
        let about = json!({"UserPoolId": pool, "ClientId": client});
        desk.ask("DescribeUserPoolClient", about.clone(), 1).await?;
        desk.ask("DescribeRiskConfiguration", about, 1).await?;
    }
    desk.list("ListGroups", id.clone()).await?;
    for group in declared.and_then(|p| p.privileged_groups.as_ref()).into_iter().flatten() {
        desk.list("ListUsersInGroup", json!({"UserPoolId": pool, "GroupName": group})).await?;
    }
    desk.list("ListIdentityProviders", id.clone()).await?;
    desk.ask("DescribeRiskConfiguration", id.clone(), 1).await?;
    let delivery = desk.ask("GetLogDeliveryConfiguration", id.clone(), 1).await?;
    desk.sync()?;
    read_users(desk, pool, &id, &described, passes, reading).await?;
    desk.sync()?;
    Ok(Found { texting, groups: groups(&delivery) })
}

/// The log groups among the destinations of GetLogDeliveryConfiguration.
fn groups(delivery: &Past) -> Vec<String> {
    let list = delivery.answer.as_ref().and_then(|a| a.pointer("/LogDeliveryConfiguration/LogConfigurations")?.as_array());
    let arn = |entry: &Value| entry.pointer("/CloudWatchLogsConfiguration/LogGroupArn")?.as_str().map(str::to_owned);
    list.into_iter().flatten().filter_map(arn).collect()
}

/// Users, and the pool's own estimate of their number after them.
async fn read_users(
    desk: &mut Desk<'_, '_>,
    pool: &str,
    id: &Value,
    described: &Past,
    passes: u32,
    reading: &Reading<'_>,
) -> Result<(), CollectError> {
    let progress = desk.office.progress;
    let before = estimate(described);
    let (factors, what) = users::which(&reading.scope.users, before, reading.consent, reading.seed);
    progress.note(&format!("{pool}: {what}"));
    let devices = described.answer.as_ref().and_then(|a| a.pointer("/UserPool/DeviceConfiguration")).is_some_and(|d| !d.is_null());
    let (sign_ins, what) = sign_ins::Plan::of(reading.scope, devices, before, reading.seed);
    if let Some(what) = what {
        progress.note(&format!("{pool}: {what}"));
    }
    let reads = Reads { factors, sign_ins };
    progress.step(&format!("{pool}: users"));
    let listed = users::list(desk, pool, 1, &reads, before).await?;
    let described = desk.ask("DescribeUserPool", id.clone(), passes + 1).await?;
    let after = estimate(&described);
    let agree = [before, after].iter().all(|e| *e == Some(listed.items));
    if listed.ended && !agree && before.is_some() && after.is_some() {
        progress.note(&format!("{pool}: {} users listed, the pool's own estimate differs; listed a second time", listed.items));
        users::list(desk, pool, 2, &Reads::none(), before).await?;
    }
    if !listed.ended {
        let why = if listed.repeated { "a page token came twice".to_owned() } else { failure(&listed.next) };
        progress.note(&format!("{pool}: the listing of users did not reach its end: {why}"));
    }
    Ok(())
}

impl Texting {
    fn of(described: &Past, mfa: &Past) -> Self {
        let configurations = [(described, "/UserPool/SmsConfiguration"), (mfa, "/SmsMfaConfiguration/SmsConfiguration")];
        let configured =
            configurations.iter().any(|(past, at)| past.answer.as_ref().and_then(|a| a.pointer(at)).is_some_and(|c| !c.is_null()));
        let region = configurations.iter().find_map(|(past, at)| past.text(&format!("{at}/SnsRegion"))).map(str::to_owned);
        Self { configured, region }
    }
}

fn estimate(described: &Past) -> Option<u64> {
    described.answer.as_ref()?.pointer("/UserPool/EstimatedNumberOfUsers")?.as_u64()
}

/// Both answered, and not the same MFA mode.
fn contradict(described: &Past, mfa: &Past) -> bool {
    let modes = (described.text("/UserPool/MfaConfiguration"), mfa.text("/MfaConfiguration"));
    described.class() == Class::Answered && mfa.class() == Class::Answered && modes.0 != modes.1
}

/// There is no such pool, or no request could be made: nothing else about it can be asked.
fn missing(described: &Past) -> bool {
    described.error.as_deref() == Some("ResourceNotFoundException") || not_sent(described)
}

fn failure(past: &Past) -> String {
    past.error.clone().unwrap_or_else(|| "no answer".to_owned())
}
