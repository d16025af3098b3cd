//! The snapshot: a fold over a recording into typed facts. It judges nothing and invents nothing.

pub mod activity;
pub mod answer;
pub mod bucket;
pub mod cognito;
pub mod endpoints;
pub mod lifecycle;
pub mod listing;
pub mod log_file;
pub mod logging;
pub mod population;
pub mod retention;
pub mod risk;
pub mod sms;
pub mod state;
pub mod store;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod told;
pub mod trail;
pub mod validated;
pub mod watch;

use crate::clock;
use crate::model::fetched::{Fetched, GapKind};
use crate::model::id::{AccountId, PoolId, Region};
use crate::model::scope::Scope;
use crate::recording::audit;
use crate::recording::changes::Changes;
use crate::recording::header::Header;
use crate::recording::line::Call;
use crate::recording::read::{self, Files, ReadError, Recording, SUFFIX};
use answer::Answer;
use cognito::Pool;
use listing::Listed;
use logging::Logging;
use population::Gathering;
use sms::SmsRegion;
use std::collections::{BTreeMap, BTreeSet};
use store::Store;
use trail::Trail;

/// Everything a recording says.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The recording's header.
    pub header: Header,
    /// The digest that closes the recording.
    pub head_digest: String,
    /// Who called, by account.
    pub callers: BTreeMap<AccountId, Fetched<String>>,
    /// What ListUserPools showed, by account and region.
    pub regions: BTreeMap<(AccountId, Region), Listed<(PoolId, String)>>,
    /// SNS, by account and region.
    pub sms: BTreeMap<(AccountId, Region), SmsRegion>,
    /// The pools, by account, region and id.
    pub pools: Vec<Pool>,
    /// CloudTrail, by account and region.
    pub trails: BTreeMap<(AccountId, Region), Trail>,
    /// Where logs go and who watches, by account and region.
    pub logging: BTreeMap<(AccountId, Region), Logging>,
    /// When GetUserPoolMfaConfig last answered, by pool, RFC 3339: by AWS's clock where that is known.
    pub mode_read: BTreeMap<PoolId, String>,
    /// What earlier bundles read of the mode, by pool. No recording holds it: the assessment puts it here from the inputs.
    pub earlier: BTreeMap<PoolId, Vec<timeline::Reading>>,
    /// The journal of changes. No recording holds it: the assessment puts it here from the inputs.
    pub changes: Changes,
    /// The calls in figures.
    pub calls: Calls,
}

/// The calls in figures.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Attempts by outcome: `answered`, `denied`, `throttled`, `failed`.
    pub by_outcome: BTreeMap<&'static str, u64>,
    /// Time of the first attempt.
    pub first: Option<String>,
    /// Time of the last attempt.
    pub last: Option<String>,
    /// Largest difference to AWS's `Date`, seconds.
    pub skew: Option<i64>,
    /// Who answered: service, region, origin.
    pub origins: BTreeSet<(String, String, String)>,
    /// Questions whose last attempt failed: operation, what about, reason, call.
    pub unanswered: Vec<(String, String, GapKind, String)>,
    /// The first answered call that does not say which host answered.
    pub hostless: Option<String>,
    /// The first few values that are not in their redacted form: call and pointer.
    pub unredacted: Vec<(String, String)>,
}

/// Codes by which AWS says "slower" (Cognito, SNS, S3, and the common ones).
const THROTTLES: [&str; 7] = [
    "TooManyRequestsException",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "LimitExceededException",
    "SlowDown",
];

/// Codes that are an answer: the feature is not enabled, or nothing is set, so there is nothing to read.
const ANSWERS: [&str; 3] = ["UserPoolAddOnNotEnabledException", bucket::NONE_SET[0], bucket::NONE_SET[1]];

/// How many unredacted values are kept; one is enough for the verdict.
const UNREDACTED_SHOWN: usize = 10;

impl Calls {
    fn add(&mut self, call: &Call) {
        let bare = audit::call(call).into_iter().map(|pointer| (call.call.clone(), pointer));
        self.unredacted.extend(bare.take(UNREDACTED_SHOWN.saturating_sub(self.unredacted.len())));
        let answer = Answer::of(call);
        let outcome = match (answer.gap(), call.error.as_deref()) {
            (None, _) => "answered",
            (_, Some(code)) if ANSWERS.contains(&code) => "answered",
            (_, Some(code)) if THROTTLES.contains(&code) => "throttled",
            (Some(GapKind::Denied(_)), _) => "denied",
            _ => "failed",
        };
        *self.by_outcome.entry(outcome).or_default() += 1;
        self.first = Some(self.first.take().filter(|f| f.as_str() <= call.time.as_str()).unwrap_or_else(|| call.time.clone()));
        self.last = self.last.take().max(Some(call.time.clone()));
        match &call.origin {
            Some(origin) => {
                self.origins.insert((call.service.clone(), call.region.clone(), origin.clone()));
            }
            // A log file is no answer of a host.
            None if call.answer.is_some() && !trail::is_file(&call.operation) && self.hostless.is_none() => {
                self.hostless = Some(call.call.clone())
            }
            None => {}
        }
        let server = call.server_date.as_deref().and_then(|d| clock::parse_rfc3339(d).ok());
        if let (Some(server), Ok(ours)) = (server, clock::parse_rfc3339(&call.time)) {
            let skew = (ours - server).num_seconds();
            if self.skew.is_none_or(|known| skew.abs() > known.abs()) {
                self.skew = Some(skew);
            }
        }
    }
}

#[derive(Default)]
struct PoolFold {
    store: Store,
    users: Gathering,
}

/// A question: account, region, operation, parameters without page tokens' order.
type Asked = (String, String, String, String);
/// The attempt, its call and why it failed.
type Unanswered = (u32, String, GapKind);

impl Snapshot {
    /// Folds a recording, checking its chain on the way. The scope adds only who is privileged.
    ///
    /// # Errors
    /// A line cannot be read or the chain does not hold.
    pub fn build<F: Files>(recording: &Recording<F>, scope: &Scope) -> Result<Self, ReadError> {
        let mut accounts: BTreeMap<AccountId, Store> = BTreeMap::new();
        let mut regions: BTreeMap<(AccountId, Region), Store> = BTreeMap::new();
        let mut pools: BTreeMap<(AccountId, Region, PoolId), PoolFold> = BTreeMap::new();
        let mut trails: BTreeMap<(AccountId, Region), trail::Gathering> = BTreeMap::new();
        let mut mode_read: BTreeMap<PoolId, String> = BTreeMap::new();
        let mut calls = Calls::default();
        let mut open: BTreeMap<Asked, Option<Unanswered>> = BTreeMap::new();
        let mut ends = Vec::new();
        for segment in recording.segments() {
            let account = AccountId::from(segment.split('.').next().unwrap_or("unknown"));
            let mut lines = recording.calls(segment)?;
            for call in lines.by_ref() {
                let call = call?;
                calls.add(&call);
                note_open(&mut open, &account, &call);
                let region = Region::from(call.region.as_str());
                if trail::takes(&call.operation) {
                    trails.entry((account.clone(), region)).or_default().add(&call);
                    continue;
                }
                match call.input.get("UserPoolId").and_then(serde_json::Value::as_str) {
                    Some(pool) => {
                        if call.operation == "GetUserPoolMfaConfig" && call.answer.is_some() {
                            let read = mode_read.entry(PoolId::from(pool)).or_default();
                            *read = std::mem::take(read).max(call.by_aws().to_owned());
                        }
                        let fold = pools.entry((account.clone(), region, PoolId::from(pool))).or_default();
                        if Gathering::takes(&call.operation) { fold.users.add(&call) } else { fold.store.add(&call) }
                    }
                    None if call.service == "sts" => accounts.entry(account.clone()).or_default().add(&call),
                    None => regions.entry((account.clone(), region)).or_default().add(&call),
                }
            }
            ends.push((format!("{segment}{SUFFIX}"), lines.end().to_owned()));
        }
        let unanswered = open
            .into_iter()
            .filter_map(|((_, subject, operation, _), failure)| failure.map(|(_, call, kind)| (operation, subject, kind, call)));
        calls.unanswered = unanswered.collect();
        calls.unanswered.sort_by(|a, b| a.3.cmp(&b.3));
        let sms: BTreeMap<_, _> =
            regions.iter().map(|((a, r), store)| ((a.clone(), r.clone()), SmsRegion::build(a.clone(), r.clone(), store))).collect();
        let pools = pools.into_iter().map(|((account, region, id), fold)| {
            let mut pool = Pool::build(id, account, region, &fold.store, fold.users.finish());
            settle_users(&mut pool, &sms, scope);
            pool
        });
        Ok(Self {
            header: recording.header.clone(),
            head_digest: read::head_digest(recording.header_digest(), &ends),
            callers: accounts.iter().map(|(a, s)| (a.clone(), s.latest("GetCallerIdentity", "").get("/Arn"))).collect(),
            regions: regions.iter().map(|(key, store)| (key.clone(), listed_pools(store))).collect(),
            logging: regions.iter().map(|(key, store)| (key.clone(), Logging::build(store))).collect(),
            pools: pools.collect(),
            sms,
            trails: trails.into_iter().map(|(key, fold)| (key, fold.finish())).collect(),
            mode_read,
            earlier: BTreeMap::new(),
            changes: Changes::default(),
            calls,
        })
    }

    /// The log of the pool's account and region.
    pub fn trail_of(&self, pool: &Pool) -> Option<&Trail> {
        self.trails.get(&(pool.account.clone(), pool.region.clone()))
    }

    /// What earlier bundles read of the pool's mode.
    pub fn earlier_of(&self, pool: &Pool) -> &[timeline::Reading] {
        self.earlier.get(&pool.id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where the logs of the pool's account and region go; of one that was never asked, all of it is "never asked".
    pub fn logging_of(&self, pool: &Pool) -> Logging {
        self.logging.get(&(pool.account.clone(), pool.region.clone())).cloned().unwrap_or_else(|| Logging::build(&Store::default()))
    }

    /// SNS where a pool sends its codes from; `None` where that region was not asked or is not certain.
    pub fn sms_of(&self, pool: &Pool) -> Option<&SmsRegion> {
        sms_region(pool, &self.sms)
    }
}

/// Keeps the questions that no attempt answered, with the latest failure; `None` once one succeeded. Questions about
/// single users are not kept one by one: the factor states count them.
fn note_open(open: &mut BTreeMap<Asked, Option<Unanswered>>, account: &AccountId, call: &Call) {
    if call.operation != "ListUsers" && Gathering::takes(&call.operation) {
        return;
    }
    let subject = ["ClientId", "GroupName", "UserPoolId", "EventName", "Key", "Name", "TrailName", "logGroupNamePrefix", "Rule", "Bucket"]
        .iter()
        .find_map(|n| call.input.get(*n))
        .and_then(serde_json::Value::as_str);
    let subject = subject.map_or_else(|| call.region.clone(), str::to_owned);
    // A bucket is asked about again where it is: an answer there is the answer.
    let (region, pass) = if call.service == "s3" { ("", 1) } else { (call.region.as_str(), call.pass) };
    let key = (format!("{account} {region}"), subject, call.operation.clone(), format!("{} {pass}", call.input));
    let answered = call.error.as_deref().is_some_and(|code| ANSWERS.contains(&code));
    let failure = Answer::of(call).gap().filter(|_| !answered).map(|kind| (call.attempt, call.call.clone(), kind.clone()));
    match (open.get(&key), failure) {
        (_, None) => {
            open.insert(key, None);
        }
        (Some(None), Some(_)) => {}
        (Some(Some(known)), Some(failure)) if known.0 > failure.0 => {}
        (_, Some(failure)) => {
            open.insert(key, Some(failure));
        }
    }
}

fn listed_pools(store: &Store) -> Listed<(PoolId, String)> {
    store.list("ListUserPools", "", |item, _, _| {
        let text = |name: &str| item.get(name).and_then(serde_json::Value::as_str);
        Some((PoolId::from(text("Id")?), text("Name").unwrap_or_default().to_owned()))
    })
}

fn sms_region<'a>(pool: &Pool, sms: &'a BTreeMap<(AccountId, Region), SmsRegion>) -> Option<&'a SmsRegion> {
    let region = match pool.sms_region() {
        Ok(Some(region)) => region,
        Ok(None) if sms::legacy_region(&pool.region).is_none() => pool.region.clone(),
        _ => return None,
    };
    sms.get(&(pool.account.clone(), region))
}

/// Decides what only the whole pool can tell of each user: factor state and privilege.
fn settle_users(pool: &mut Pool, sms: &BTreeMap<(AccountId, Region), SmsRegion>, scope: &Scope) {
    let region = sms_region(pool, sms);
    let opted_out: Option<BTreeSet<String>> = region.and_then(|r| r.opted_out.all().ok()).map(|list| list.iter().cloned().collect());
    let declared = scope.pool(&pool.id).map(|(_, p)| p);
    let mut privileged = BTreeSet::new();
    for group in declared.and_then(|p| p.privileged_groups.as_ref()).into_iter().flatten() {
        if let Some(members) = pool.members.get(group) {
            privileged.extend(members.items.iter().cloned());
        }
    }
    let named: BTreeSet<&str> = declared.map(|p| p.named_admins.iter().map(String::as_str).collect()).unwrap_or_default();
    let mut users = std::mem::take(&mut pool.population.users);
    for user in &mut users {
        user.state = state::decide(user, pool, region, opted_out.as_ref());
        user.privileged = privileged.contains(&user.id) || user.names().any(|name| named.contains(name));
    }
    pool.population.users = users;
}
