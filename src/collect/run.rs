//! A live run: targets, accounts, regions, pools and SNS, each with its segment of the recording.

use super::ask::{Asker, Class, Question, UNKNOWN};
use super::desk::{Desk, Office};
use super::live::{Who, Wire};
use super::logging;
use super::pace::Pacer;
use super::plan;
use super::pool::{self, Reading, Texting};
use super::progress::Progress;
use super::users;
use super::{CollectError, Collected, ListedPool, LivePlan, Patience, folder};
use crate::io;
use crate::model::id::{PoolId, Region, is_region};
use crate::model::scope::PoolScope;
use crate::recording::header::Source;
use crate::recording::redact::Redactor;
use crate::snapshot::sms::legacy_region;
use crate::snapshot::trail::WATCHED;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::{Path, PathBuf};

/// Largest private file of accounts, bytes.
const LARGEST: u64 = 1 << 20;

/// A set of credentials and what is asked with it.
struct Target<'p> {
    who: Who,
    wire: Wire,
    regions: BTreeSet<String>,
    pools: Vec<&'p PoolScope>,
}

/// Collects from AWS into `run/recording`, new or continued. Blocks until it is done, the operator stops it (ctrl-C) or
/// nothing can be written.
///
/// # Errors
/// See [`CollectError`]. Whatever was recorded is kept, and the same call goes on.
pub fn collect_live(plan: &LivePlan, run: &Path, progress: &dyn Progress) -> Result<Collected, CollectError> {
    block_on(async {
        tokio::select! {
            collected = collect(plan, run, progress) => collected,
            _ = tokio::signal::ctrl_c() => Err(CollectError::Interrupted),
        }
    })?
}

/// The pools of a region, for `init`. Nothing is recorded. `region`: else the one of the AWS settings.
///
/// # Errors
/// No region is known, or AWS does not answer.
pub fn list_pools(region: Option<&str>, profile: Option<&str>, progress: &dyn Progress) -> Result<Vec<ListedPool>, CollectError> {
    block_on(async {
        tokio::select! {
            listed = list(region, profile, progress) => listed,
            _ = tokio::signal::ctrl_c() => Err(CollectError::Interrupted),
        }
    })?
}

/// The region that the AWS settings give, for a run that names neither a pool nor a region.
///
/// # Errors
/// They give none.
pub fn default_region() -> Result<Region, CollectError> {
    let region = block_on(async { Wire::new(&Who::default(), "region", &Patience::default(), None).await.region() })?;
    region.map(Region::new).ok_or(CollectError::NoRegion)
}

fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    // A connection that hangs must not keep the program.
    runtime.shutdown_background();
    Ok(result)
}

async fn list(region: Option<&str>, profile: Option<&str>, progress: &dyn Progress) -> Result<Vec<ListedPool>, CollectError> {
    let patience = Patience::default();
    let who = Who { profile: profile.map(str::to_owned), ..Who::default() };
    let wire = Wire::new(&who, "init", &patience, None).await;
    let region = region.map(str::to_owned).or_else(|| wire.region()).ok_or(CollectError::NoRegion)?;
    let failed = |code: &str| CollectError::NotListed { who: who.words(), region: region.clone(), code: code.to_owned() };
    let asker = Asker::new(wire, Pacer::new(0.5), patience);
    let operation = plan::operation("ListUserPools").ok_or_else(|| failed("not in the plan"))?;
    progress.step(&format!("{region}: user pools"));
    let mut pools = Vec::new();
    let mut tokens = BTreeSet::new();
    let mut input = json!({"MaxResults": 60});
    loop {
        let question = Question { operation, region: region.clone(), input: input.clone(), pass: 1, subject_sub: None };
        let mut outcome = Err("no answer".to_owned());
        asker
            .ask(&question, 1, |told| {
                outcome = told.answer.ok_or_else(|| told.raw.error.unwrap_or_default());
                Ok(())
            })
            .await?;
        let answer = outcome.map_err(|code| failed(&code))?;
        for pool in answer.get("UserPools").and_then(serde_json::Value::as_array).into_iter().flatten() {
            let text = |name: &str| pool.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            pools.push(ListedPool { id: PoolId::new(text("Id")), name: text("Name"), region: Region::new(region.clone()) });
        }
        match answer.get("NextToken").and_then(serde_json::Value::as_str).filter(|t| !t.is_empty()) {
            Some(token) if tokens.insert(token.to_owned()) => input = json!({"MaxResults": 60, "NextToken": token}),
            Some(_) => return Err(failed("PageTokenRepeated")),
            None => return Ok(pools),
        }
    }
}

async fn collect(plan: &LivePlan, run: &Path, progress: &dyn Progress) -> Result<Collected, CollectError> {
    let targets = targets(plan).await?;
    let mut overrides: Vec<String> = targets.iter().flat_map(|t| t.wire.overrides()).collect();
    overrides.sort();
    overrides.dedup();
    let resumed = folder::begin(run, &plan.plan, Source::Live, overrides)?;
    let redactor = Redactor::new(plan.plan.pseudonyms.clone(), &plan.plan.run_id);
    let collected = Collected { recording: folder::recording(run), resumed, ..Collected::default() };
    let mut office = Office { run, redactor: &redactor, progress, collected };
    let mut accounts = Accounts::open(run)?;
    let pacer = Pacer::new(plan.plan.scope.users.quota_share);
    for target in &targets {
        read_target(plan, target, &mut office, &mut accounts, &pacer, targets.len() == 1).await?;
    }
    folder::complete(run)?;
    Ok(office.collected)
}

/// Profile, role and external id.
type WhoKey = (Option<String>, Option<String>, Option<String>);

/// The sets of credentials with their regions and pools.
async fn targets(plan: &LivePlan) -> Result<Vec<Target<'_>>, CollectError> {
    let scope = &plan.plan.scope;
    let mut by_who: BTreeMap<WhoKey, Vec<&PoolScope>> = BTreeMap::new();
    for pool in &scope.pools {
        let external_id = plan.external_ids.get(&pool.id).cloned();
        by_who.entry((pool.profile.clone(), pool.role_arn.clone(), external_id)).or_default().push(pool);
    }
    if by_who.is_empty() {
        by_who.insert((None, None, None), Vec::new());
    }
    let mut targets = Vec::new();
    for ((profile, role_arn, external_id), pools) in by_who {
        let who = Who { profile, role_arn, external_id };
        let wire = Wire::new(&who, &plan.plan.run_id, &plan.patience, plan.profile_file.as_deref()).await;
        let mut regions: BTreeSet<String> = scope.regions.iter().map(|r| r.as_str().to_owned()).collect();
        regions.extend(pools.iter().map(|p| p.region.as_str().to_owned()));
        if regions.is_empty() {
            regions.insert(wire.region().ok_or(CollectError::NoRegion)?);
        }
        targets.push(Target { who, wire, regions, pools });
    }
    Ok(targets)
}

async fn read_target(
    plan: &LivePlan,
    target: &Target<'_>,
    office: &mut Office<'_>,
    accounts: &mut Accounts,
    pacer: &Pacer,
    alone: bool,
) -> Result<(), CollectError> {
    let who = target.who.words();
    let region = target.regions.first().cloned().unwrap_or_default();
    let asker = Asker::new(target.wire.clone(), pacer.clone(), plan.patience);
    let account = identify(office, &asker, &who, &region, accounts, alone).await?;
    let asker = Asker { account: account.clone(), ..asker };
    let mut texting: Vec<(String, Texting)> = Vec::new();
    let mut buckets = BTreeSet::new();
    for region in &target.regions {
        office.progress.step(&format!("{account} {region}: user pools"));
        let mut desk = Desk::open(office, asker.clone(), &who, region, &format!("{account}.{region}"))?;
        let listed = desk.list("ListUserPools", json!({})).await?;
        desk.sync()?;
        let wanted: Vec<String> = if plan.plan.scope.pools.is_empty() {
            listed.ids
        } else {
            target.pools.iter().filter(|p| p.region.as_str() == region).map(|p| p.id.as_str().to_owned()).collect()
        };
        let any = !wanted.is_empty();
        let mut groups = BTreeSet::new();
        for id in wanted {
            if !is_pool_id(&id) {
                office
                    .progress
                    .note(&format!("{region}: {:?} is no pool id; it is not asked about", id.chars().take(80).collect::<String>()));
                continue;
            }
            let declared = target.pools.iter().copied().find(|p| p.id.as_str() == id);
            let mut desk = Desk::open(office, asker.clone(), &who, region, &format!("{account}.{region}.{id}"))?;
            let header = &plan.plan;
            let seed = users::seed(header.challenge.as_deref(), &header.scope_digest, &header.run_id);
            let reading = Reading { scope: &header.scope, consent: plan.accept_mau_cost, seed };
            let found = pool::read(&mut desk, &id, declared, &reading).await?;
            office.collected.pools += 1;
            groups.extend(found.groups);
            texting.push((region.clone(), found.texting));
        }
        if any && plan.plan.scope.collect.trail {
            office.progress.step(&format!("{account} {region}: CloudTrail events of the last 90 days"));
            let mut desk = Desk::open(office, asker.clone(), &who, region, &format!("{account}.{region}"))?;
            look_up(&mut desk).await?;
        }
        if any && plan.plan.scope.collect.logging {
            office.progress.step(&format!("{account} {region}: where logs go"));
            let mut desk = Desk::open(office, asker.clone(), &who, region, &format!("{account}.{region}"))?;
            let delivers = logging::read(&mut desk).await?;
            groups.extend(delivers.0);
            buckets.extend(delivers.1);
            for (region, names) in logging::groups_of(&account, &groups) {
                let mut desk = Desk::open(office, asker.clone(), &who, &region, &format!("{account}.{region}"))?;
                logging::read_groups(&mut desk, &names).await?;
            }
        }
    }
    logging::read_buckets(office, &asker, &who, &account, &buckets).await?;
    read_sns(office, &asker, &who, &account, &texting).await
}

/// The watched events of the last 90 days, one chain a name. Where the first is not answered, the others would not be either.
async fn look_up(desk: &mut Desk<'_, '_>) -> Result<(), CollectError> {
    for name in WATCHED {
        let pages = desk.list("LookupEvents", json!({"EventName": name})).await?;
        if pages.answered == 0 {
            let why = pages.next.error.unwrap_or_else(|| "no answer".to_owned());
            desk.office.progress.note(&format!("{}: LookupEvents: {why}; the period is not proved by it", desk.region));
            break;
        }
    }
    desk.sync()
}

/// SNS in every region that a pool may send codes from.
async fn read_sns(
    office: &mut Office<'_>,
    asker: &Asker,
    who: &str,
    account: &str,
    texting: &[(String, Texting)],
) -> Result<(), CollectError> {
    let mut regions: BTreeMap<String, bool> = BTreeMap::new();
    for (own, pool) in texting {
        let mut add = |region: &str| *regions.entry(region.to_owned()).or_default() |= pool.configured;
        match &pool.region {
            Some(region) if is_region(region) => add(region),
            _ => {
                add(own);
                if let Some(other) = legacy_region(&Region::new(own.clone())) {
                    add(other.as_str());
                }
            }
        }
    }
    for (region, texts) in regions {
        office.progress.step(&format!("{account} {region}: text messages"));
        let mut desk = Desk::open(office, asker.clone(), who, &region, &format!("{account}.{region}"))?;
        desk.ask("GetSMSSandboxAccountStatus", json!({}), 1).await?;
        if texts {
            desk.ask("GetSMSAttributes", json!({}), 1).await?;
            for listing in ["ListSMSSandboxPhoneNumbers", "ListOriginationNumbers", "ListPhoneNumbersOptedOut"] {
                desk.list(listing, json!({})).await?;
            }
        }
        desk.sync()?;
    }
    Ok(())
}

/// Asks who we are and records it in the account's segment. A continued run asks again: other credentials may be at work.
async fn identify(
    office: &mut Office<'_>,
    asker: &Asker,
    who: &str,
    region: &str,
    accounts: &mut Accounts,
    alone: bool,
) -> Result<String, CollectError> {
    let Some(operation) = plan::operation("GetCallerIdentity") else { return Ok(UNKNOWN.to_owned()) };
    office.progress.step(&format!("{who}: identity"));
    let mut question = Question { operation, region: region.to_owned(), input: json!({}), pass: 1, subject_sub: None };
    let mut attempts = Vec::new();
    asker
        .ask(&question, 1, |told| {
            attempts.push(told);
            Ok(())
        })
        .await?;
    let last = attempts.last();
    let answer = last.and_then(|told| told.answer.as_ref()?.get("Account")?.as_str());
    let told = answer.filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned);
    let failed_by = last.filter(|t| t.class != Class::Answered).and_then(|t| t.raw.error.clone());
    if alone && last.is_some_and(|t| t.class == Class::Credentials) {
        // Nothing at all can be collected before somebody logs in.
        return Err(CollectError::Credentials { who: who.to_owned(), code: failed_by.unwrap_or_default() });
    }
    let account = match (accounts.known.get(who).cloned(), told) {
        (None, told) => told.unwrap_or_else(|| UNKNOWN.to_owned()),
        // It stays what it was called when the run began, so that its segments go on.
        (Some(began), _) if began == UNKNOWN => began,
        (Some(began), Some(found)) if began == found => began,
        (Some(began), found) => {
            return Err(match found {
                Some(found) => CollectError::OtherAccount { who: who.to_owned(), began, found },
                None => CollectError::Credentials { who: who.to_owned(), code: failed_by.unwrap_or_default() },
            });
        }
    };
    accounts.keep(who, &account)?;
    if let Some(code) = &failed_by {
        let what =
            format!("{who}: the caller's account is not known ({code}); are there credentials? (`aws sts get-caller-identity` must work)");
        office.progress.note(&what);
    }
    let mut desk = Desk::open(office, asker.clone(), who, region, &account)?;
    question.pass = desk.ledger.last_pass(operation.name) + 1;
    for mut told in attempts {
        told.raw.pass = question.pass;
        desk.tell(&told)?;
    }
    desk.sync()?;
    Ok(account)
}

/// Which account each set of credentials belonged to when the run began. Private: it names profiles.
struct Accounts {
    path: PathBuf,
    known: BTreeMap<String, String>,
}

impl Accounts {
    fn open(run: &Path) -> Result<Self, CollectError> {
        let path = folder::private(run).join("accounts.json");
        let known = if io::exists(&path) {
            let bytes = io::read(&path, LARGEST)?;
            serde_json::from_slice(&bytes).map_err(|e| CollectError::Private { path: path.clone(), why: e.to_string() })?
        } else {
            BTreeMap::new()
        };
        Ok(Self { path, known })
    }

    fn keep(&mut self, who: &str, account: &str) -> Result<(), CollectError> {
        if self.known.get(who).is_some_and(|known| known == account) {
            return Ok(());
        }
        self.known.insert(who.to_owned(), account.to_owned());
        if let Some(parent) = self.path.parent() {
            io::create_dir(parent)?;
        }
        let bytes = serde_json::to_vec(&self.known).map_err(crate::recording::write::WriteError::Json)?;
        Ok(io::write_atomic(&self.path, &bytes, true)?)
    }
}

/// A pool id (API reference, UserPoolIdType: at most 55 of `[\w-]+_[0-9a-zA-Z]+`): it becomes part of a file name.
fn is_pool_id(text: &str) -> bool {
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    text.len() <= 55 && text.rsplit_once('_').is_some_and(|(region, rest)| plain(region) && plain(rest))
}
