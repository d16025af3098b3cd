//! How long a bucket keeps what is written into it, as read: its lifecycle rules, its Object Lock and whether it keeps old
//! versions. Nothing is judged here, and a rule that says more than is known here is never taken for one that says less.

use super::Snapshot;
use super::answer::Answer;
use super::lifecycle::{self, Rule, get, only};
use super::store::Store;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind, State};
use crate::model::id::{AccountId, Region, is_region};
use serde_json::{Map, Value};

/// Reads the rules that move and delete.
pub const LIFECYCLE: &str = "GetBucketLifecycleConfiguration";
/// Reads what may not be deleted.
pub const LOCK: &str = "GetObjectLockConfiguration";
/// Reads whether old versions are kept.
pub const VERSIONING: &str = "GetBucketVersioning";

/// Errors of S3 that are an answer: there is no such setting (API reference, special errors of [`LIFECYCLE`] and [`LOCK`]).
pub(super) const NONE_SET: [&str; 2] = ["NoSuchLifecycleConfiguration", "ObjectLockConfigurationNotFoundError"];
/// Errors by which S3 says that the bucket is in another region (user guide, "Making requests": request redirection; the
/// last one where a region has to be enabled first).
pub const MOVED: [&str; 3] = ["PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"];

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    name: String,
    /// Its lifecycle rules, each with what could be read of it. Absent: there are none, and nothing is deleted by rule.
    pub rules: Fetched<Vec<Fetched<Rule>>>,
    /// What new objects are locked for. Absent: nothing is locked by default.
    pub lock: Fetched<Lock>,
    /// `Status` of versioning. Absent: it was never on (API reference, GetBucketVersioning).
    pub versioning: Fetched<String>,
}

/// The default retention of Object Lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: String,
    /// Days.
    pub days: u64,
}

/// The bucket of a trail, as far as it can be asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToAsk {
    /// The trail's account; the bucket is asked about only as one of this account.
    pub account: AccountId,
    /// The trail's home region, where the bucket most often is.
    pub region: Region,
    /// Its name.
    pub bucket: String,
}

/// The bucket to ask about of a trail as DescribeTrails lists it. Not that of a trail of an organisation: where its files
/// of this account stand in the bucket does not follow from the trail.
pub fn to_ask(trail: &Value) -> Option<ToAsk> {
    let text = |name: &str| trail.get(name).and_then(Value::as_str);
    let (region, account) = trail_of(text("TrailARN")?)?;
    let own = trail.get("IsOrganizationTrail").and_then(Value::as_bool) == Some(false);
    let bucket = text("S3BucketName").filter(|name| own && is_name(name))?;
    Some(ToAsk { account, region, bucket: bucket.to_owned() })
}

/// Region and account of a trail, from `arn:PARTITION:cloudtrail:REGION:ACCOUNT:trail/NAME`.
pub fn trail_of(arn: &str) -> Option<(Region, AccountId)> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "cloudtrail", region, account, name] = parts.as_slice() else { return None };
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    (digits && is_region(region) && name.starts_with("trail/")).then(|| (Region::from(*region), AccountId::from(*account)))
}

/// The name of a bucket (user guide, bucket naming rules; up to 255 letters and underscores are names of before 2018). It
/// becomes part of a URL.
pub fn is_name(text: &str) -> bool {
    (3..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) && !text.starts_with('.')
}

/// Every bucket that was asked about in a region.
pub(super) fn buckets(store: &Store) -> Vec<Bucket> {
    let mut names: Vec<String> = [LIFECYCLE, LOCK, VERSIONING].iter().flat_map(|operation| store.subjects(operation)).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| Bucket::build(store, name)).collect()
}

impl Bucket {
    fn build(store: &Store, name: String) -> Self {
        let lock = store.latest(LOCK, &name);
        Self {
            rules: rules(&store.latest(LIFECYCLE, &name)),
            lock: none_set(&lock).unwrap_or_else(|| read_lock(&lock)),
            versioning: store.latest(VERSIONING, &name).get("/Status"),
            name,
        }
    }
}

/// That there is no such setting, where S3 says so.
fn none_set<T>(answer: &Answer) -> Option<Fetched<T>> {
    let Some(GapKind::Failed(code)) = answer.gap() else { return None };
    NONE_SET.contains(&code.as_str()).then(|| Fetched::absent(answer.at("")))
}

fn malformed<T>(expected: &str, at: Evidence, what: &str) -> Fetched<T> {
    Fetched::gap(GapKind::Malformed(expected.to_owned()), at).named(what)
}

/// The default retention, where one is set. Without one a lock is a lock that somebody puts on each file by hand.
fn read_lock(answer: &Answer) -> Fetched<Lock> {
    let read = answer.get::<Map<String, Value>>("/ObjectLockConfiguration");
    let (at, what) = (read.at.clone(), read.what.clone());
    match read.state {
        State::Value(members) => match retention(&Value::Object(members)) {
            Some(Some(lock)) => Fetched::value(lock, at).named(what),
            Some(None) => Fetched::absent(at).named(what),
            None => malformed("Object Lock of the documented form", at, &what),
        },
        State::Absent => malformed("Object Lock of the documented form", at, &what),
        State::Gap(kind) => Fetched::gap(kind, at).named(what),
    }
}

/// API reference, ObjectLockConfiguration: enabled, with a mode and either days or years. A year is 365 days here.
#[allow(clippy::option_option, reason = "no form that is known, no default, a default")]
fn retention(value: &Value) -> Option<Option<Lock>> {
    let members = only(value, &["ObjectLockEnabled", "Rule"])?;
    (get(members, "ObjectLockEnabled")?.as_str()? == "Enabled").then_some(())?;
    let Some(rule) = get(members, "Rule") else { return Some(None) };
    let Some(default) = get(only(rule, &["DefaultRetention"])?, "DefaultRetention") else { return Some(None) };
    let default = only(default, &["Mode", "Days", "Years"])?;
    let mode = get(default, "Mode")?.as_str().filter(|mode| ["GOVERNANCE", "COMPLIANCE"].contains(mode))?;
    let days = match (get(default, "Days"), get(default, "Years")) {
        (Some(days), None) => days.as_u64()?,
        (None, Some(years)) => years.as_u64()?.checked_mul(365)?,
        _ => return None,
    };
    (days > 0).then(|| Some(Lock { mode: mode.to_owned(), days }))
}

/// An answer always has its list: one without is not the documented one, and says nothing of rules.
fn rules(answer: &Answer) -> Fetched<Vec<Fetched<Rule>>> {
    if let Some(none) = none_set(answer) {
        return none;
    }
    let list = answer.get::<Vec<Value>>("/Rules");
    if matches!(list.state, State::Absent) {
        return malformed("a list of rules", list.at, &list.what);
    }
    list.map(|list| {
        let read = |(n, item): (usize, &Value)| {
            let at = answer.at(&format!("/Rules/{n}"));
            match lifecycle::rule(item, n) {
                Some(rule) => Fetched::value(rule, at).named(LIFECYCLE),
                None => malformed("a lifecycle rule of the documented form", at, LIFECYCLE),
            }
        };
        list.iter().enumerate().map(read).collect()
    })
}

impl Snapshot {
    /// A bucket as it was read with the credentials of `account`, in whichever region it answered: names are unique in all
    /// of them (user guide, bucket naming rules).
    pub fn bucket(&self, account: &AccountId, name: &str) -> Bucket {
        let of_account = self.logging.iter().filter(|((owner, _), _)| owner == account);
        let read: Vec<&Bucket> = of_account.flat_map(|(_, logging)| &logging.buckets).filter(|b| b.name == name).collect();
        Bucket {
            name: name.to_owned(),
            rules: told(read.iter().map(|b| &b.rules), LIFECYCLE),
            lock: told(read.iter().map(|b| &b.lock), LOCK),
            versioning: told(read.iter().map(|b| &b.versioning), VERSIONING),
        }
        .named()
    }
}

impl Bucket {
    /// With the bucket's name where something is missing.
    fn named(self) -> Self {
        let name = &self.name;
        Self {
            rules: self.rules.named(format!("{LIFECYCLE} {name}")),
            lock: self.lock.named(format!("{LOCK} {name}")),
            versioning: self.versioning.named(format!("{VERSIONING} {name}")),
            ..self
        }
    }
}

/// The answer among those of several regions, which must not contradict each other; where none answered, why the one that
/// has the bucket did not.
fn told<'f, T: Clone + PartialEq + 'f>(facts: impl Iterator<Item = &'f Fetched<T>>, operation: &str) -> Fetched<T> {
    let weight = |fact: &&Fetched<T>| match &fact.state {
        State::Value(_) | State::Absent => 3,
        State::Gap(GapKind::Failed(code)) if MOVED.contains(&code.as_str()) => 1,
        State::Gap(GapKind::NotAsked) => 0,
        State::Gap(_) => 2,
    };
    let facts: Vec<&Fetched<T>> = facts.collect();
    let Some(best) = facts.iter().copied().max_by_key(weight) else {
        return Fetched::gap(GapKind::NotAsked, Answer::never_asked(operation).at(""));
    };
    if facts.iter().any(|fact| weight(fact) == 3 && fact.state != best.state) {
        return Fetched::gap(GapKind::Failed("ReadingsDisagree".to_owned()), best.at.clone());
    }
    best.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::{Fixture, TRAIL};
    use serde_json::json;

    fn good(fixture: &Fixture) -> Bucket {
        fixture.snapshot().bucket(&"123456789012".into(), "logs")
    }

    /// The same question in another region, answered so.
    fn elsewhere(mut fixture: Fixture, outcome: Result<Value, String>) -> Fixture {
        let mut call = fixture.calls.iter().find(|c| c.operation == LIFECYCLE).cloned().unwrap();
        (call.region, call.outcome) = ("us-east-1".to_owned(), outcome);
        fixture.calls.push(call);
        fixture
    }

    #[test]
    fn the_region_that_has_the_bucket_answers_for_it() {
        let moved = || Fixture::good().fails(LIFECYCLE, "PermanentRedirect");
        let rules = json!({"Rules": [{"ID": "a", "Status": "Disabled"}, {"ID": "b", "Status": "Disabled"}]});
        assert_eq!(good(&elsewhere(moved(), Ok(rules.clone()))).rules.needed().unwrap().len(), 2);
        assert_eq!(good(&elsewhere(moved(), Err(NONE_SET[0].to_owned()))).rules.known(), Ok(None));
        let gap = |fixture: &Fixture| good(fixture).rules.known().unwrap_err();
        assert_eq!(gap(&elsewhere(moved(), Err("AccessDenied".to_owned()))).kind, GapKind::Denied("AccessDenied".to_owned()));
        let both = gap(&elsewhere(Fixture::good(), Ok(rules)));
        assert_eq!(both.kind, GapKind::Failed("ReadingsDisagree".to_owned()));
        assert_eq!(both.what, "GetBucketLifecycleConfiguration logs");
        let other = Fixture::good().snapshot().bucket(&"210987654321".into(), "logs");
        assert_eq!(other.rules.known().unwrap_err().kind, GapKind::NotAsked);
    }

    #[test]
    fn a_bucket_is_asked_about_only_as_one_of_the_trail_s_account() {
        let trail = |change: Value| {
            let mut trail =
                json!({"TrailARN": TRAIL, "HomeRegion": "eu-west-1", "IsOrganizationTrail": false, "S3BucketName": "my.logs-1"});
            crate::checks::testkit::merge(&mut trail, change);
            to_ask(&trail)
        };
        let expected = ToAsk { account: "123456789012".into(), region: "eu-west-1".into(), bucket: "my.logs-1".to_owned() };
        assert_eq!(trail(json!({})), Some(expected));
        for change in [
            json!({"IsOrganizationTrail": true}),
            json!({"IsOrganizationTrail": null}),
            json!({"S3BucketName": null}),
            json!({"S3BucketName": "../logs"}),
            json!({"S3BucketName": "logs?acl"}),
            json!({"S3BucketName": "lo/gs"}),
            json!({"S3BucketName": ".."}),
            json!({"TrailARN": "arn:aws:cloudtrail:../x:123456789012:trail/all"}),
            json!({"TrailARN": "arn:aws:cloudtrail:eu-west-1:1234:trail/all"}),
            json!({"TrailARN": "arn:aws:s3:::trail/all"}),
        ] {
            assert_eq!(trail(change.clone()), None, "{change}");
        }
    }
}
