//! How long a trail's bucket keeps what the trail writes: the part of COG-LOG-003 that a lifecycle decides. Every rule that
//! is on and may bear on the trail's files counts by itself, as S3 does whatever comes first.

use super::retention::{Found, Kept, LEAST, malformed};
use crate::checks::PoolCx;
use crate::model::evidence::Evidence;
use crate::model::fetched::Gap;
use crate::snapshot::bucket::{Bucket, Lock};
use crate::snapshot::lifecycle::{Rule, When};
use crate::snapshot::logging::TrailSetting;

/// Of which so many must be readable at once (PCI DSS 10.5.1), days.
const AT_HAND: u64 = 90;

/// A rule that is on and bears on a trail's files.
struct Bearing<'b> {
    rule: &'b Rule,
    at: &'b Evidence,
    /// On every one of them: it goes neither by tags or sizes, nor by a part of their keys.
    surely: bool,
}

/// What is said of one thing that a rule does.
type Said = (Kept, String);

/// How long the bucket of a trail keeps its files.
///
/// # Errors
/// Something was not read, or has a form that is not known here, and nothing else proves that they are deleted too soon.
pub(super) fn kept(cx: &PoolCx, trail: &TrailSetting) -> Result<Found, Gap> {
    let found = |kept: Kept, why: &str, at: Vec<Evidence>| Found { kept, what: format!("the trail {} in its bucket{why}", trail.name), at };
    let own = vec![trail.at.clone(), trail.bucket.at.clone()];
    if trail.delivery_error.known()?.is_some_and(|error| !error.is_empty()) {
        return Ok(found(Kept::Elsewhere, " (its last delivery failed)", own));
    }
    if *trail.organization.needed()? {
        return Ok(found(Kept::Elsewhere, " (a trail of the organisation; the account that owns the bucket has to show it)", own));
    }
    let Some(account) = &trail.account else { return Err(malformed("TrailARN", "the ARN of a trail", &trail.at)) };
    if cx.pool.account.as_str() != "unknown" && cx.pool.account != *account {
        return Ok(found(Kept::Elsewhere, " (a trail of another account)", own));
    }
    let prefix = trail.prefix.known()?.map(String::as_str).unwrap_or_default();
    if prefix.starts_with('/') || prefix.ends_with('/') {
        return Err(malformed("S3KeyPrefix", "a prefix without a slash at its ends", &trail.prefix.at));
    }
    // User guide, "Finding your CloudTrail log files".
    let start = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let keys = format!("{start}AWSLogs/{account}/CloudTrail/{}/", cx.pool.region);
    let name = trail.bucket.needed()?;
    let bucket = cx.snapshot.bucket(&cx.pool.account, name);
    let judged = judge(cx, &bucket, &keys)?;
    let read = [bucket.versioning.known().map(|_| &bucket.versioning.at), bucket.lock.known().map(|_| &bucket.lock.at)];
    let at = own.into_iter().chain([bucket.rules.at.clone()]).chain(judged.at).chain(read.into_iter().flatten().cloned());
    Ok(found(judged.kept, &format!(" {name} ({})", judged.what), at.collect()))
}

/// What the rules make of files whose keys begin with `keys`. What deletes too soon proves it, whatever else was not read.
fn judge(cx: &PoolCx, bucket: &Bucket, keys: &str) -> Result<Found, Gap> {
    let mut gap = None;
    let mut bearing = Vec::new();
    for listed in bucket.rules.known()?.into_iter().flatten() {
        match listed.needed() {
            Ok(rule) => bearing.extend(Bearing::of(rule, &listed.at, keys)),
            Err(missing) => gap = gap.or(Some(missing)),
        }
    }
    let mut said: Vec<Said> = Vec::new();
    for one in &bearing {
        for act in [one.expires(cx, bucket, &bearing)].into_iter().chain(one.moves(cx)) {
            match act {
                Ok(act) => said.extend(act),
                Err(missing) => gap = gap.or(Some(missing)),
            }
        }
    }
    let worst = said.iter().map(|(kept, _)| *kept).min().unwrap_or(Kept::Long);
    if let (Some(gap), true) = (gap, worst != Kept::Short) {
        return Err(gap);
    }
    let what = match worst {
        Kept::Long => long(bucket, &bearing),
        _ => said.into_iter().filter(|(kept, _)| *kept == worst).map(|(_, what)| what).collect::<Vec<_>>().join("; "),
    };
    Ok(Found { kept: worst, what, at: bearing.iter().map(|one| one.at.clone()).collect() })
}

impl<'b> Bearing<'b> {
    /// Where this rule is on and may bear on files whose keys begin with `keys`.
    fn of(rule: &'b Rule, at: &'b Evidence, keys: &str) -> Option<Self> {
        let whole = keys.starts_with(&rule.prefix);
        let part = rule.prefix.starts_with(keys);
        (rule.on && (whole || part)).then_some(Self { rule, at, surely: whole && !rule.narrowed })
    }

    /// The rule in words, with what it surely does to the trail's files or does to a part that is not known.
    fn says(&self, does: &str) -> String {
        let some = if self.surely { "" } else { " (of what it applies to by tags, sizes or a part of the keys)" };
        format!("the rule {:?} {does}{some}", self.rule.name)
    }

    /// What its expiration does too soon.
    fn expires(&self, cx: &PoolCx, bucket: &Bucket, all: &[Self]) -> Result<Option<Said>, Gap> {
        let (days, when) = match self.rule.expires {
            None => return Ok(None),
            Some(When::After(days)) if days >= LEAST => return Ok(None),
            Some(When::After(days)) => (days, format!("after {days} days")),
            // The files of its last year are deleted younger; those of today, perhaps, not.
            Some(When::On(day)) if day > cx.day => {
                return Ok(Some((Kept::Elsewhere, self.says(&format!("deletes on {day} whatever is there")))));
            }
            Some(When::On(day)) => (0, format!("at once, since {day}")),
        };
        if !self.surely {
            return Ok(Some((Kept::Elsewhere, self.says(&format!("deletes {when}")))));
        }
        match bucket.versioning.known()?.map(String::as_str) {
            // Of a file that is deleted while versioning is suspended nothing stays (user guide, deleting from such buckets).
            None | Some("Suspended") => Ok(Some((Kept::Short, self.says(&format!("deletes {when}"))))),
            Some("Enabled") => self.hides(days, &when, bucket, all).map(Some),
            Some(_) => Err(malformed("Status", "Enabled or Suspended", &bucket.versioning.at)),
        }
    }

    /// Where versions are kept, an expiration only hides: the file stays as an old version, as long as no rule deletes those.
    fn hides(&self, days: u64, when: &str, bucket: &Bucket, all: &[Self]) -> Result<Said, Gap> {
        let surely = all.iter().filter(|one| one.surely).filter_map(|one| one.rule.old_versions);
        let old = surely.filter(|old| !old.some_stay).map(|old| old.days).min();
        match old {
            Some(old) if days.saturating_add(old) < LEAST && bucket.lock.known()?.is_none_or(|lock| lock.days < LEAST) => {
                Ok((Kept::Short, self.says(&format!("deletes {when}, and the old versions go {old} days later"))))
            }
            _ => Ok((Kept::Elsewhere, self.says(&format!("hides {when} what is then kept as an old version only")))),
        }
    }

    /// Where it moves files, before so many days are over, to a storage class that cannot be read at once (user guide,
    /// storage classes). The archive tiers of INTELLIGENT_TIERING are a setting of its own, which is not read.
    fn moves(&self, cx: &PoolCx) -> Vec<Result<Option<Said>, Gap>> {
        let one = |(when, class): &(When, String)| {
            let (kept, said) = match when {
                When::After(days) if *days >= AT_HAND => (Kept::Long, String::new()),
                When::After(days) => (Kept::Short, format!("after {days} days")),
                When::On(day) if *day > cx.day => (Kept::Elsewhere, format!("on {day}")),
                When::On(day) => (Kept::Short, format!("at once, since {day}")),
            };
            let archived = match class.as_str() {
                "STANDARD_IA" | "ONEZONE_IA" | "GLACIER_IR" => return Ok(None),
                "GLACIER" | "DEEP_ARCHIVE" => true,
                "INTELLIGENT_TIERING" => false,
                _ => return Err(malformed("StorageClass", "a storage class that is known here", self.at)),
            };
            let kept = if kept == Kept::Short && !(archived && self.surely) { Kept::Elsewhere } else { kept };
            Ok((kept != Kept::Long).then(|| (kept, self.says(&format!("moves to {class}, {said}")))))
        };
        self.rule.moves.iter().map(one).collect()
    }
}

/// How long files stay where nothing deletes them too soon, and what keeps a person from deleting them.
fn long(bucket: &Bucket, bearing: &[Bearing]) -> String {
    let after = |one: &Bearing| match one.rule.expires {
        Some(When::After(days)) => Some(days),
        _ => None,
    };
    let rules = match bearing.iter().filter_map(after).min() {
        Some(days) => format!("no rule deletes before {days} days"),
        None => "no rule deletes".to_owned(),
    };
    let by_hand = match bucket.lock.known() {
        Err(_) => "Object Lock was not read, so that files may be deleted by hand any day".to_owned(),
        Ok(None) => "without Object Lock by default, so that whoever may delete there can do it any day".to_owned(),
        Ok(Some(Lock { mode, days })) if mode == "COMPLIANCE" => format!("Object Lock lets nobody delete a new file for {days} days"),
        Ok(Some(Lock { days, .. })) => format!("Object Lock keeps a new file {days} days from all but those who may bypass it"),
    };
    format!("{rules}; {by_hand}")
}

#[cfg(test)]
pub(super) mod cases {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, TRAIL, merge};
    use serde_json::{Value, json};

    const ID: &str = "COG-LOG-003";

    /// The good trail without a log group, and nothing that the pool exports: the bucket decides.
    fn alone() -> Fixture {
        let fixture = Fixture::good().with("GetLogDeliveryConfiguration", json!({"LogDeliveryConfiguration": {"LogConfigurations": []}}));
        trail(fixture, json!({"CloudWatchLogsLogGroupArn": null}))
    }

    fn trail(mut fixture: Fixture, change: Value) -> Fixture {
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeTrails").unwrap();
        merge(&mut call.outcome.as_mut().unwrap()["trailList"][0], change);
        fixture
    }

    /// The rules of its bucket, each for every object unless it says otherwise, over which versions are not kept.
    fn rules(list: Value) -> Fixture {
        let full = |rule: &Value| {
            let mut full = json!({"ID": "a rule", "Status": "Enabled", "Filter": {}});
            merge(&mut full, rule.clone());
            full
        };
        let list: Vec<Value> = list.as_array().unwrap().iter().map(full).collect();
        alone().with("GetBucketLifecycleConfiguration", json!({"Rules": list})).with("GetBucketVersioning", json!({"Status": null}))
    }

    /// One rule.
    fn rule(rule: Value) -> Fixture {
        rules(json!([rule]))
    }

    /// A default retention, which S3 has only where versions are kept.
    fn locked(mut fixture: Fixture, default: Value) -> Fixture {
        let answer = json!({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": default}}});
        fixture.calls.iter_mut().find(|c| c.operation == "GetObjectLockConfiguration").unwrap().outcome = Ok(answer);
        versions(fixture, "Enabled")
    }

    fn versions(fixture: Fixture, status: &str) -> Fixture {
        fixture.with("GetBucketVersioning", json!({"Status": status}))
    }

    fn expire(days: u64) -> Value {
        json!({"Expiration": {"Days": days}})
    }

    fn to(class: &str, days: u64) -> Value {
        json!({"Transitions": [{"Days": days, "StorageClass": class}]})
    }

    fn filtered(filter: Value, days: u64) -> Value {
        json!({"Filter": filter, "Expiration": {"Days": days}})
    }

    pub fn table() -> Vec<Case> {
        let (pass, fail, manual, gap) = ("PASS long-enough", "FAIL short", "MANUAL elsewhere", "INCOMPLETE gap");
        let keys = "AWSLogs/123456789012/CloudTrail/";
        let none = || alone().fails("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration");
        let old = |days: u64, after: u64| json!({"Expiration": {"Days": days}, "NoncurrentVersionExpiration": {"NoncurrentDays": after}});
        let by = |date: &str| json!({"Expiration": {"Date": date}});
        let move_by = |date: &str| json!({"Transitions": [{"Date": date, "StorageClass": "GLACIER"}]});
        let year = || json!({"Mode": "COMPLIANCE", "Days": 365});
        let marked = json!({"$redacted": "object"});
        let case = |what: &'static str, fixture: Fixture, says: &'static str| (ID, what, fixture, says);
        vec![
            case("a bucket alone", alone(), pass),
            case("365 days", rule(expire(365)), pass),
            case("364 days", rule(expire(364)), fail),
            case("no lifecycle", none(), pass),
            case("no lifecycle, nothing else read", none().without("GetBucketVersioning").without("GetObjectLockConfiguration"), pass),
            case("365 days, the lock denied", rule(expire(365)).fails("GetObjectLockConfiguration", "AccessDenied"), pass),
            case("locked for a year", locked(rule(expire(400)), year()), pass),
            case("locked by those who may bypass it", locked(rule(expire(400)), json!({"Mode": "GOVERNANCE", "Years": 1})), pass),
            case("a rule that is off", rule(json!({"Status": "Disabled", "Expiration": {"Days": 1}})), pass),
            case("of other keys", rule(filtered(json!({"Prefix": "access-logs/"}), 30)), pass),
            case("of digest files alone", rule(filtered(json!({"Prefix": "AWSLogs/123456789012/CloudTrail-Digest/"}), 30)), pass),
            case("of another region", rule(filtered(json!({"Prefix": format!("{keys}us-east-1/")}), 30)), pass),
            case("delete markers alone", rule(json!({"Expiration": {"ExpiredObjectDeleteMarker": true}})), pass),
            case("uploads that never ended", rule(json!({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}})), pass),
            case("old versions alone", versions(rule(json!({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}})), "Enabled"), pass),
            case("to a class that is read at once", rule(to("GLACIER_IR", 0)), pass),
            case("to an archive after 90 days", rule(to("GLACIER", 90)), pass),
            case("a rule for all of the trail's keys", rule(filtered(json!({"Prefix": "AWSLogs/1234"}), 30)), fail),
            case("a rule of old form", rule(json!({"Filter": null, "Prefix": "", "Expiration": {"Days": 30}})), fail),
            case("for the pool's region", rule(filtered(json!({"Prefix": format!("{keys}eu-west-1/")}), 30)), fail),
            case("the soonest of several counts", rules(json!([expire(400), expire(30), to("STANDARD_IA", 30)])), fail),
            case("with a prefix of its own", trail(rule(filtered(json!({"Prefix": "ours/"}), 30)), json!({"S3KeyPrefix": "ours"})), fail),
            case(
                "of the same prefix elsewhere",
                trail(rule(filtered(json!({"Prefix": "AWSLogs/"}), 30)), json!({"S3KeyPrefix": "ours"})),
                pass,
            ),
            case("versions no longer kept", versions(rule(expire(30)), "Suspended"), fail),
            case("old versions go too", versions(rule(old(90, 30)), "Enabled"), fail),
            case(
                "old versions go by another rule",
                versions(rules(json!([expire(90), {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}])), "Enabled"),
                fail,
            ),
            case("old versions go, locked for a month", locked(rule(old(90, 30)), json!({"Mode": "COMPLIANCE", "Days": 30})), fail),
            case("old versions stay", versions(rule(expire(30)), "Enabled"), manual),
            case("old versions stay long enough", versions(rule(old(90, 275)), "Enabled"), manual),
            case(
                "some old versions stay",
                versions(
                    rule(
                        json!({"Expiration": {"Days": 90}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}}),
                    ),
                    "Enabled",
                ),
                manual,
            ),
            case("hidden, and locked for a year", locked(rule(old(90, 30)), year()), manual),
            case("by a date that is over", rule(by("2026-01-01T00:00:00+00:00")), fail),
            case("by a date to come", rule(by("2027-01-01T00:00:00.000Z")), manual),
            case("to an archive after 89 days", rule(to("GLACIER", 89)), fail),
            case("to a deep archive at once", rule(to("DEEP_ARCHIVE", 0)), fail),
            case("to an archive, locked for a year", locked(rule(to("DEEP_ARCHIVE", 0)), year()), fail),
            case("to an archive by a date that is over", rule(move_by("2026-01-01T00:00:00Z")), fail),
            case("to an archive by a date to come", rule(move_by("2027-01-01T00:00:00Z")), manual),
            case("to tiers that may be archives", rule(to("INTELLIGENT_TIERING", 30)), manual),
            case(
                "what is archived by a tag",
                rule(json!({"Filter": {"Tag": marked}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]})),
                manual,
            ),
            case("by a tag", rule(filtered(json!({"Tag": {"Key": "k", "Value": "secret"}}), 30)), manual),
            case("by a size", rule(filtered(json!({"ObjectSizeGreaterThan": 1}), 30)), manual),
            case("by both", rule(filtered(json!({"And": {"Prefix": "AWSLogs/", "Tags": [{"Key": "k", "Value": "v"}]}}), 30)), manual),
            case("by a part of its keys", rule(filtered(json!({"Prefix": format!("{keys}eu-west-1/2024/")}), 30)), manual),
            case("of the organisation", trail(alone(), json!({"IsOrganizationTrail": true})), manual),
            case("whose delivery failed", alone().with("GetTrailStatus", json!({"LatestDeliveryError": "NoSuchBucket"})), manual),
            case("of another account", trail_of("210987654321"), manual),
            case("the lifecycle denied", alone().fails("GetBucketLifecycleConfiguration", "AccessDenied"), gap),
            case("the bucket is gone", alone().fails("GetBucketLifecycleConfiguration", "NoSuchBucket"), gap),
            case("in a region that nobody asked", alone().fails("GetBucketLifecycleConfiguration", "PermanentRedirect"), gap),
            case("never asked", alone().without("GetBucketLifecycleConfiguration"), gap),
            case("another bucket was asked", trail(alone(), json!({"S3BucketName": "logs-of-tests"})), gap),
            case("versioning denied where it decides", rule(expire(30)).fails("GetBucketVersioning", "AccessDenied"), gap),
            case("versioning in another form", versions(rule(expire(30)), "Paused"), gap),
            case(
                "the lock denied where it decides",
                versions(rule(old(90, 30)), "Enabled").fails("GetObjectLockConfiguration", "AccessDenied"),
                gap,
            ),
            case("a lock of another form", locked(rule(old(90, 30)), json!({"Mode": "COMPLIANCE"})), gap),
            case("a lock for no days", locked(rule(old(90, 30)), json!({"Mode": "COMPLIANCE", "Days": 0})), gap),
            case("no list of rules", alone().with("GetBucketLifecycleConfiguration", json!({"Rules": null})), gap),
            case("a status of another time", rule(json!({"Status": "Paused", "Expiration": {"Days": 400}})), gap),
            case("a rule that does something else", rule(json!({"Shredding": {"Days": 1}})), gap),
            case("a filter of another kind", rule(filtered(json!({"Suffix": ".gz"}), 400)), gap),
            case("no days", rule(json!({"Expiration": {}})), gap),
            case("days that are no number", rule(json!({"Expiration": {"Days": "400"}})), gap),
            case("a class of another time", rule(to("FROZEN", 400)), gap),
            case("a rule that is not understood, and one that deletes", rules(json!([{"Shredding": {}}, expire(30)])), fail),
            case(
                "a rule that is not understood, and one that may delete",
                rules(json!([{"Shredding": {}}, filtered(json!({"Tag": marked}), 30)])),
                gap,
            ),
            case("a trail without a bucket", trail(alone(), json!({"S3BucketName": null})), gap),
            case("a prefix that ends in a slash", trail(alone(), json!({"S3KeyPrefix": "ours/"})), gap),
            case("not said whether of an organisation", trail(alone(), json!({"IsOrganizationTrail": null})), gap),
        ]
    }

    /// The trail of somebody else.
    fn trail_of(account: &str) -> Fixture {
        let arn = TRAIL.replace("123456789012", account);
        let mut fixture = trail(alone(), json!({"TrailARN": arn}));
        for call in &mut fixture.calls {
            match call.operation {
                "GetTrailStatus" => call.input = json!({"Name": arn}),
                "GetEventSelectors" => {
                    call.input = json!({"TrailName": arn});
                    call.outcome.as_mut().unwrap()["TrailARN"] = json!(arn);
                }
                _ => {}
            }
        }
        fixture
    }
}
