//! Which account, region and pool a file is about, and in which order the calls of a segment stand. What cannot be told
//! for certain is a problem, never a guess.

use super::Problem;
use super::file::{Found, kebab};
use crate::collect::plan::{Operation, is_of_user};
use crate::collect::progress::Progress;
use crate::model::id::{PoolId, Region};
use crate::model::scope::Scope;
use crate::snapshot::activity::{DEVICES, EVENTS};
use crate::snapshot::bucket;
use crate::snapshot::sms::legacy_region;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A file as a call.
pub(super) struct Placed {
    /// The file; it is read again when it is recorded.
    pub path: PathBuf,
    /// The operation.
    pub operation: &'static Operation,
    /// The region that was asked.
    pub region: String,
    /// The parameters, as far as they follow from the files.
    pub input: Value,
    /// Which reading it is.
    pub pass: u32,
    /// The user that it is about.
    pub subject_sub: Option<String>,
}

/// Every segment with its calls.
#[derive(Default)]
pub(super) struct Segments {
    /// By name.
    pub segments: BTreeMap<String, Vec<Placed>>,
    /// Pools among them.
    pub pools: u64,
}

/// Places all files. Problems are added; what is returned counts only where there are none.
pub(super) fn place(found: &[Found], scope: &Scope, problems: &mut Vec<Problem>, progress: &dyn Progress) -> Segments {
    let mut placing = Placing { scope, problems, segments: Segments::default() };
    let account = placing.account(found);
    let mut pools: BTreeMap<PoolId, Vec<&Found>> = BTreeMap::new();
    let here: BTreeSet<PoolId> = found.iter().filter(|f| f.folder.is_none()).filter_map(|f| pool_in(&f.content)).collect();
    for file in found.iter().filter(|f| of_pool(f)) {
        match placing.pool_of(file, &here) {
            Ok(pool) => pools.entry(pool).or_default().push(file),
            Err(why) => placing.problem(file, why),
        }
    }
    let regions = sms_regions(&pools);
    let mut by_region: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
    for file in found.iter().filter(|f| !of_pool(f) && f.operation.service != "sts") {
        match region_of(file, &pools, &regions) {
            Ok(region) => by_region.entry(region).or_default().push(file),
            Err(why) => placing.problem(file, why),
        }
    }
    for (region, files) in by_region {
        placing.segment(&format!("{account}.{region}"), &region, None, files);
    }
    for (pool, files) in pools {
        let (Some(region), true) = (pool.region(), plain(pool.as_str())) else {
            files.iter().for_each(|f| placing.problem(f, format!("{:?} is no pool id", shown(pool.as_str()))));
            continue;
        };
        if !scope.pools.is_empty() && scope.pool(&pool).is_none() {
            progress.note(&format!("{pool}: the scope does not name this pool; its {} files are left out", files.len()));
            continue;
        }
        placing.segments.pools += 1;
        placing.segment(&format!("{account}.{region}.{pool}"), region.as_str(), Some(&pool), files);
    }
    placing.segments
}

struct Placing<'a> {
    scope: &'a Scope,
    problems: &'a mut Vec<Problem>,
    segments: Segments,
}

impl Placing<'_> {
    fn problem(&mut self, file: &Found, why: impl Into<String>) {
        self.problems.push(Problem { file: file.name.clone(), why: why.into() });
    }

    /// The account, from the one get-caller-identity; `unknown` without.
    fn account(&mut self, found: &[Found]) -> String {
        let mut account = "unknown".to_owned();
        for (n, file) in found.iter().filter(|f| f.operation.service == "sts").enumerate() {
            let named = file.content.get("Account").and_then(Value::as_str).unwrap_or_default();
            if file.folder.is_some() || n > 0 {
                self.problem(file, "a folder is of one account: one get-caller-identity.json, at the top");
            } else if named.len() == 12 && named.bytes().all(|b| b.is_ascii_digit()) {
                named.clone_into(&mut account);
                // It is asked of any region; the files do not say which.
                self.segments.segments.insert(account.clone(), vec![placed(file, "aws-global", json!({}), 1, None)]);
            } else {
                self.problem(file, "its Account is not twelve digits");
            }
        }
        account
    }

    fn pool_of(&self, file: &Found, here: &BTreeSet<PoolId>) -> Result<PoolId, String> {
        let own = pool_in(&file.content);
        if let Some(folder) = &file.folder {
            let folder = PoolId::from(folder.as_str());
            return match own {
                Some(own) if own != folder => Err("it is about another pool than its folder is named after".to_owned()),
                _ if folder.region().is_none() => Err("its folder is not named after a pool id".to_owned()),
                _ => Ok(folder),
            };
        }
        match (own, here.len(), here.first(), self.scope.pools.as_slice()) {
            (Some(own), _, _, _) => Ok(own),
            (None, 1, Some(only), _) => Ok(only.clone()),
            (None, 0, _, [only]) => Ok(only.id.clone()),
            (None, 0, _, _) => Err("it does not say which pool it is about; put describe-user-pool.json beside it, or both into a folder named after the pool id".to_owned()),
            _ => {
                let ids: Vec<&str> = here.iter().map(PoolId::as_str).collect();
                Err(format!("it does not say which pool it is about, and there are {} here ({}); put each pool's files into a folder named after its id", ids.len(), ids.join(", ")))
            }
        }
    }

    /// Puts the files of a segment in order and says what each was asked.
    fn segment(&mut self, name: &str, region: &str, pool: Option<&PoolId>, files: Vec<&Found>) {
        let subs = subs(&files);
        let names: BTreeSet<String> =
            files.iter().flat_map(|f| users(&f.content)).filter_map(|(name, _)| name.map(str::to_owned)).collect();
        let trails = trails(&files);
        let mut groups: BTreeMap<(usize, &str, String), Vec<&Found>> = BTreeMap::new();
        for file in files {
            match self.about(file, pool, &trails, &names) {
                Ok(about) => groups.entry((rank(file.operation), file.operation.name, about)).or_default().push(file),
                Err(why) => self.problem(file, why),
            }
        }
        let mut calls = Vec::new();
        let mut reads: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
        let mut pages: Vec<(&Found, Placed)> = Vec::new();
        for ((_, operation, about), mut files) in groups {
            files.sort_by_key(|f| (f.number.is_some(), f.suffix.clone(), f.number));
            let mut input = Map::new();
            if let Some(pool) = pool {
                input.insert("UserPoolId".to_owned(), json!(pool.as_str()));
            }
            if let (Some(parameter), false) = (parameter(operation), about.is_empty()) {
                input.insert(parameter.to_owned(), json!(about));
            }
            let mut token: Option<Value> = None;
            for (n, file) in files.iter().enumerate() {
                let mut input = input.clone();
                let listing = file.operation.listing;
                if let (Some(listing), true) = (listing, n > 0) {
                    match &token {
                        Some(token) => drop(input.insert(listing.token.to_owned(), token.clone())),
                        None => self.problem(file, "the file before it is a whole listing already: it has no page token to go on with"),
                    }
                }
                token = listing.and_then(|l| page_token(&file.content, l.token));
                let pass = if listing.is_some() { 1 } else { u32::try_from(n).unwrap_or(0).saturating_add(1) };
                let sub = subs.get(&about).cloned();
                let call = placed(file, region, Value::Object(input), pass, sub);
                match operation {
                    "ListUsers" => pages.push((*file, call)),
                    _ if is_of_user(operation) => reads.entry(about.clone()).or_default().push(call),
                    _ => calls.push(call),
                }
            }
        }
        // A page and what was read of its users form one block, in listed order; then users that no page lists.
        for (file, page) in pages {
            calls.push(page);
            for user in users(&file.content) {
                calls.extend(user.0.and_then(|name| reads.remove(name)).unwrap_or_default());
            }
        }
        calls.extend(reads.into_values().flatten());
        self.segments.segments.insert(name.to_owned(), calls);
    }

    /// The client, group, user, trail, rule or bucket that a file is about.
    fn about(
        &self,
        file: &Found,
        pool: Option<&PoolId>,
        trails: &BTreeMap<String, String>,
        names: &BTreeSet<String>,
    ) -> Result<String, String> {
        let text = |pointer: &str| file.content.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        match file.operation.name {
            "DescribeUserPoolClient" => text("/UserPoolClient/ClientId").ok_or_else(|| "it has no ClientId".to_owned()),
            "DescribeRiskConfiguration" => Ok(text("/RiskConfiguration/ClientId").unwrap_or_default()),
            "AdminGetUser" | "AdminGetUserAuthFactors" => text("/Username").ok_or_else(|| "it has no Username".to_owned()),
            // Their output does not say whose it is; an alias would make it nobody's.
            EVENTS | DEVICES if names.contains(&file.suffix) => Ok(file.suffix.clone()),
            EVENTS | DEVICES => {
                let command = kebab(file.operation.name);
                Err(format!("it does not say which user it is of; name it {command}.USERNAME.json, after a Username of list-users.json beside it"))
            }
            "GetEventSelectors" => text("/TrailARN").ok_or_else(|| "it has no TrailARN".to_owned()),
            // Its output does not say which trail it is of.
            "GetTrailStatus" => trails.get(&file.suffix).cloned().ok_or_else(|| {
                "it does not say which trail it is of; name it get-trail-status.TRAIL.json, with describe-trails.json of the region beside it".to_owned()
            }),
            "ListTargetsByRule" if file.suffix.is_empty() => {
                Err("it does not say which rule it is of; name it list-targets-by-rule.RULE.json".to_owned())
            }
            "ListTargetsByRule" => Ok(file.suffix.clone()),
            // Their output does not say which bucket it is of.
            bucket::LIFECYCLE | bucket::LOCK | bucket::VERSIONING => {
                Some(file.whole_suffix()).filter(|name| bucket::is_name(name)).ok_or_else(|| {
                    format!("it does not say which bucket it is of; name it {}.BUCKET.json", kebab(file.operation.name))
                })
            }
            "ListUsersInGroup" if !file.suffix.is_empty() => Ok(file.suffix.clone()),
            "ListUsersInGroup" => {
                let declared = pool.and_then(|p| self.scope.pool(p)).and_then(|(_, p)| p.privileged_groups.as_deref());
                match declared {
                    Some([only]) => Ok(only.clone()),
                    _ => Err("it does not say which group it is of; name it list-users-in-group.GROUP.json".to_owned()),
                }
            }
            _ => Ok(String::new()),
        }
    }
}

fn placed(file: &Found, region: &str, input: Value, pass: u32, subject_sub: Option<String>) -> Placed {
    Placed { path: file.path.clone(), operation: file.operation, region: region.to_owned(), input, pass, subject_sub }
}

fn of_pool(file: &Found) -> bool {
    file.operation.service == "cognito-idp" && file.operation.name != "ListUserPools"
}

/// The order of a segment: configuration, lists, users.
fn rank(operation: &Operation) -> usize {
    crate::collect::plan::OPERATIONS.iter().position(|o| o.name == operation.name).unwrap_or(usize::MAX)
}

/// The parameter that says what a call is about.
fn parameter(operation: &str) -> Option<&'static str> {
    match operation {
        "DescribeUserPoolClient" | "DescribeRiskConfiguration" => Some("ClientId"),
        _ if is_of_user(operation) => Some("Username"),
        "ListUsersInGroup" => Some("GroupName"),
        "GetTrailStatus" => Some("Name"),
        "GetEventSelectors" => Some("TrailName"),
        "ListTargetsByRule" => Some("Rule"),
        bucket::LIFECYCLE | bucket::LOCK | bucket::VERSIONING => Some("Bucket"),
        _ => None,
    }
}

/// The token of the page after: the service's own member, or the one that the AWS CLI adds when it stops early.
fn page_token(content: &Value, own: &str) -> Option<Value> {
    [own, "NextToken"].iter().filter_map(|name| content.get(*name)).find(|t| t.as_str().is_some_and(|t| !t.is_empty())).cloned()
}

/// The pool that an output is about, where it says so.
fn pool_in(content: &Value) -> Option<PoolId> {
    let pointers = [
        "/UserPool/Id",
        "/UserPoolClient/UserPoolId",
        "/RiskConfiguration/UserPoolId",
        "/LogDeliveryConfiguration/UserPoolId",
        "/Groups/0/UserPoolId",
        "/UserPoolClients/0/UserPoolId",
    ];
    pointers.iter().find_map(|p| content.pointer(p)?.as_str()).map(PoolId::from)
}

/// Name and `sub` of each listed user.
fn users(content: &Value) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    let list = content.get("Users").and_then(Value::as_array).into_iter().flatten();
    list.map(|user| (user.get("Username").and_then(Value::as_str), sub(user.get("Attributes"))))
}

fn sub(attributes: Option<&Value>) -> Option<&str> {
    let list = attributes.and_then(Value::as_array).into_iter().flatten();
    list.filter(|a| a.get("Name").and_then(Value::as_str) == Some("sub")).find_map(|a| a.get("Value")?.as_str())
}

/// `sub` by user name, from the listing and from AdminGetUser: AdminGetUserAuthFactors has none.
fn subs(files: &[&Found]) -> BTreeMap<String, String> {
    let mut subs = BTreeMap::new();
    for file in files {
        let listed = users(&file.content);
        let read = (file.content.get("Username").and_then(Value::as_str), sub(file.content.get("UserAttributes")));
        for (name, sub) in listed.chain([read]) {
            if let (Some(name), Some(sub)) = (name, sub) {
                subs.insert(name.to_owned(), sub.to_owned());
            }
        }
    }
    subs
}

/// ARN by name of the trails that describe-trails lists; a name that is there twice (one of the organisation) names none.
fn trails(files: &[&Found]) -> BTreeMap<String, String> {
    let mut named: BTreeMap<String, Option<String>> = BTreeMap::new();
    for file in files.iter().filter(|f| f.operation.name == "DescribeTrails") {
        for trail in file.content.get("trailList").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| trail.get(name).and_then(Value::as_str).map(str::to_owned);
            if let (Some(name), Some(arn)) = (text("Name"), text("TrailARN")) {
                named.entry(name).and_modify(|known| *known = None).or_insert(Some(arn));
            }
        }
    }
    named.into_iter().filter_map(|(name, arn)| arn.map(|arn| (name, arn))).collect()
}

/// The regions that the pools send text messages from; both where that is not certain.
fn sms_regions(pools: &BTreeMap<PoolId, Vec<&Found>>) -> BTreeSet<String> {
    let mut regions = BTreeSet::new();
    for (pool, files) in pools {
        let pointers = ["/UserPool/SmsConfiguration/SnsRegion", "/SmsMfaConfiguration/SmsConfiguration/SnsRegion"];
        let named: BTreeSet<String> =
            files.iter().flat_map(|f| pointers.iter().filter_map(|p| f.content.pointer(p)?.as_str())).map(str::to_owned).collect();
        if named.is_empty() {
            let own = pool.region();
            regions.extend(own.iter().map(|r| r.as_str().to_owned()));
            regions.extend(own.as_ref().and_then(legacy_region).map(|r| r.as_str().to_owned()));
        }
        regions.extend(named);
    }
    regions
}

/// The region of an output that is about no pool.
fn region_of(file: &Found, pools: &BTreeMap<PoolId, Vec<&Found>>, sms: &BTreeSet<String>) -> Result<String, String> {
    if let Some(folder) = &file.folder {
        let fit = folder.contains('-') && folder.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        return if fit {
            Ok(folder.clone())
        } else {
            Err("it belongs to a region, not to a pool: put it into a folder named after the region".to_owned())
        };
    }
    let candidates: BTreeSet<String> = if file.operation.name == "ListUserPools" {
        let listed = file.content.get("UserPools").and_then(Value::as_array).into_iter().flatten();
        let listed: Vec<PoolId> = listed.filter_map(|p| p.get("Id")?.as_str().map(PoolId::from)).collect();
        let ids = if listed.is_empty() { pools.keys().cloned().collect() } else { listed };
        ids.iter().filter_map(PoolId::region).map(|r: Region| r.as_str().to_owned()).collect()
    } else if file.operation.service == "sns" {
        sms.clone()
    } else {
        pools.keys().filter_map(PoolId::region).map(|r: Region| r.as_str().to_owned()).collect()
    };
    match (candidates.len(), candidates.first()) {
        (1, Some(only)) if plain(only) => Ok(only.clone()),
        _ => Err("it does not say which region it is of; put it into a folder named after the region, such as us-west-2".to_owned()),
    }
}

fn plain(text: &str) -> bool {
    (1..=55).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
