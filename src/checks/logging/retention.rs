//! COG-LOG-003: how long the records of a pool are kept, the management events of its region and what it exports itself.
//! A log group's setting proves it, or the rules of a trail's bucket; what else a pool exports to, and what belongs to
//! another account, is for a person to show.

use super::bucket;
use super::trails::{Worth, worth};
use crate::checks::PoolCx;
use crate::checks::mfa::words;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Gap, GapKind};
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::logging::TrailSetting;
use crate::snapshot::retention::{LogGroup, Place};
use crate::snapshot::risk::{Export, TO_LOG_GROUP};

/// Twelve months (PCI DSS 10.5.1), days.
pub(super) const LEAST: u64 = 365;

/// How long something is kept, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// Less than it must be, or not readable at once for as long as it must be.
    Short,
    /// By something that is not judged here.
    Elsewhere,
    /// Long enough, and readable at once.
    Long,
}

/// What was found of one place.
pub(super) struct Found {
    pub kept: Kept,
    pub what: String,
    pub at: Vec<Evidence>,
}

impl Found {
    /// With whose records are kept there.
    fn of(self, whose: &str) -> Self {
        Self { what: format!("{whose} in {}", self.what), ..self }
    }
}

/// Decides COG-LOG-003.
pub(super) fn kept(cx: &PoolCx) -> Result<Decision, Gap> {
    let exports = &cx.pool.exports;
    let mut all: Vec<Result<Found, Gap>> = exports.needed()?.iter().map(|export| of_export(cx, export)).collect();
    let trail = of_trails(cx).transpose();
    let trailed = trail.is_some();
    all.extend(trail);
    let names = |kept: Kept| words(all.iter().flatten().filter(|f| f.kept == kept).map(|f| f.what.clone()));
    let has = |kept: Kept| all.iter().flatten().any(|f| f.kept == kept);
    let (verdict, reason) = match all.iter().find_map(|found| found.as_ref().err()) {
        _ if has(Kept::Short) => (Verdict::Fail, "short"),
        Some(gap) => return Err(gap.clone()),
        None if !trailed => (Verdict::Manual, "no-trail"),
        None if has(Kept::Elsewhere) => (Verdict::Manual, "elsewhere"),
        None => (Verdict::Pass, "long-enough"),
    };
    let proof = Proof::new(exports.at.clone()).and_all(all.iter().flatten().flat_map(|f| f.at.clone()));
    let proof = if trailed { proof } else { proof.and(cx.snapshot.logging_of(cx.pool).trails.complete.at) };
    Ok(Decision::new(verdict, reason, proof)
        .with("region", &cx.pool.region)
        .with("short", names(Kept::Short))
        .with("elsewhere", names(Kept::Elsewhere))
        .with("long", names(Kept::Long)))
}

/// What the pool exports: the destination that keeps longest counts.
fn of_export(cx: &PoolCx, export: &Export) -> Result<Found, Gap> {
    let at = &cx.pool.exports.at;
    let elsewhere = |where_to: &str| Found { kept: Kept::Elsewhere, what: format!("{} in {where_to}", export.source), at: Vec::new() };
    let one = |to: &&'static str| match (*to, &export.group) {
        (TO_LOG_GROUP, Some(arn)) => of_group(cx, arn, at).map(|group| group.of(&export.source)),
        (TO_LOG_GROUP, None) => Err(malformed("LogGroupArn", "an ARN", at)),
        (other, _) => Ok(elsewhere(other)),
    };
    best(export.to.iter().map(one)).unwrap_or_else(|| Ok(elsewhere("no destination that is known here")))
}

/// The management events of the pool's region: the trail that keeps them longest counts. `None`: no trail records them.
fn of_trails(cx: &PoolCx) -> Result<Option<Found>, Gap> {
    let trails = cx.snapshot.logging_of(cx.pool).trails;
    let found = best(trails.items.iter().filter_map(|trail| of_trail(cx, trail).transpose()));
    match found {
        Some(Ok(found)) if found.kept == Kept::Long => Ok(Some(found)),
        // Of the rest of the list one may be better.
        found => {
            trails.all()?;
            found.transpose()
        }
    }
}

/// A trail's bucket has everything that its log group has: the one that keeps longer counts, and a log group that keeps
/// less proves nothing of the trail.
fn of_trail(cx: &PoolCx, trail: &TrailSetting) -> Result<Option<Found>, Gap> {
    if worth(trail, &cx.pool.region)? == Worth::Nothing {
        return Ok(None);
    }
    let group = of_trail_s_group(cx, trail).transpose();
    if let Some(Ok(Found { kept: Kept::Long, .. })) = group {
        return group.transpose();
    }
    best([bucket::kept(cx, trail)].into_iter().chain(group)).transpose()
}

/// The log group of a trail; `None` where it has none, or does not reach it.
fn of_trail_s_group(cx: &PoolCx, trail: &TrailSetting) -> Result<Option<Found>, Gap> {
    let Some(arn) = trail.group.known()? else { return Ok(None) };
    if trail.group_error.known()?.is_some_and(|error| !error.is_empty()) {
        return Ok(None);
    }
    of_group(cx, arn, &trail.group.at).map(|group| Some(group.of(&format!("the trail {}", trail.name))))
}

/// A log group; `at` is where its ARN stands.
fn of_group(cx: &PoolCx, arn: &str, at: &Evidence) -> Result<Found, Gap> {
    let Some(place) = Place::of(arn) else { return Err(malformed("LogGroupArn", "the ARN of a log group", at)) };
    let account = &cx.pool.account;
    let name = &place.name;
    if account.as_str() != "unknown" && place.account != *account {
        let what = format!("the log group {name} of another account");
        return Ok(Found { kept: Kept::Elsewhere, what, at: vec![at.clone()] });
    }
    let group = cx.snapshot.log_group(account, &place);
    let group = group.needed()?;
    let days = days(group)?;
    let kept = if days.is_none_or(|days| days >= LEAST) { Kept::Long } else { Kept::Short };
    let time = days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
    Ok(Found { kept, what: format!("the log group {name} ({time})"), at: vec![at.clone(), group.days.at.clone()] })
}

/// For how many days a log group keeps what it holds; `None` for ever. Classes: CloudWatch Logs user guide, log classes.
fn days(group: &LogGroup) -> Result<Option<u64>, Gap> {
    match group.class.known()?.map(String::as_str) {
        None | Some("STANDARD" | "INFREQUENT_ACCESS") => Ok(group.days.known()?.copied()),
        // Whatever is set.
        Some("DELIVERY") => Ok(Some(1)),
        Some(_) => Err(malformed("logGroupClass", "STANDARD, INFREQUENT_ACCESS or DELIVERY", &group.class.at)),
    }
}

/// The best of several places. One of which something was not read may be the best, unless another is long enough.
fn best(found: impl Iterator<Item = Result<Found, Gap>>) -> Option<Result<Found, Gap>> {
    found.reduce(|a, b| match (a, b) {
        (Ok(a), Ok(b)) => Ok(if b.kept > a.kept { b } else { a }),
        (Ok(long), Err(_)) | (Err(_), Ok(long)) if long.kept == Kept::Long => Ok(long),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
    })
}

pub(super) fn malformed(what: &str, expected: &str, at: &Evidence) -> Gap {
    Gap { what: what.to_owned(), kind: GapKind::Malformed(expected.to_owned()), at: at.clone() }
}

#[cfg(test)]
pub(super) mod cases {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, GROUPS, merge};
    use serde_json::{Value, json};

    fn arn(name: &str) -> String {
        format!("{GROUPS}{name}")
    }

    fn to_group(name: &str) -> Value {
        json!({"EventSource": "userAuthEvents", "LogLevel": "INFO", "CloudWatchLogsConfiguration": {"LogGroupArn": arn(name)}})
    }

    fn exports(fixture: Fixture, list: Value) -> Fixture {
        fixture.with("GetLogDeliveryConfiguration", json!({"LogDeliveryConfiguration": {"LogConfigurations": list}}))
    }

    /// Sign-ins to a log group, the trail to another; both keep long enough.
    fn good() -> Fixture {
        exports(Fixture::good(), json!([to_group("pool")]))
    }

    /// With a change of one log group.
    fn group(mut fixture: Fixture, name: &str, change: Value) -> Fixture {
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeLogGroups" && c.input["logGroupNamePrefix"] == name).unwrap();
        merge(&mut call.outcome.as_mut().unwrap()["logGroups"][0], change);
        fixture
    }

    fn trail(mut fixture: Fixture, change: Value) -> Fixture {
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeTrails").unwrap();
        merge(&mut call.outcome.as_mut().unwrap()["trailList"][0], change);
        fixture
    }

    /// Another trail before the good one.
    fn another(status: Result<Value, String>) -> Fixture {
        let mut fixture = good();
        let other = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/other";
        let mut calls = Vec::new();
        for call in &fixture.calls {
            let mut call = call.clone();
            match call.operation {
                "GetTrailStatus" => (call.input, call.outcome) = (json!({"Name": other}), status.clone()),
                "GetEventSelectors" => {
                    call.input = json!({"TrailName": other});
                    call.outcome.as_mut().unwrap()["TrailARN"] = json!(other);
                }
                _ => continue,
            }
            calls.push(call);
        }
        fixture.calls.extend(calls);
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeTrails").unwrap();
        let list = call.outcome.as_mut().unwrap()["trailList"].as_array_mut().unwrap();
        list.insert(0, json!({"Name": "other", "TrailARN": other, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": false}));
        fixture
    }

    pub fn table() -> Vec<Case> {
        let gap = "INCOMPLETE gap";
        let id = "COG-LOG-003";
        let bucket = || json!({"CloudWatchLogsLogGroupArn": null});
        let unread = |fixture: Fixture| fixture.without("GetBucketLifecycleConfiguration");
        let days = |name: &str, days: Value| group(good(), name, json!({"retentionInDays": days}));
        let to_bucket =
            json!({"EventSource": "userNotification", "LogLevel": "ERROR", "S3Configuration": {"BucketArn": "arn:aws:s3:::logs"}});
        let foreign = |name: &str| arn(name).replace("123456789012", "210987654321");
        let mut both = to_group("pool");
        merge(&mut both, json!({"FirehoseConfiguration": {"StreamArn": "arn"}}));
        let unknown_group = |fixture: Fixture| Fixture { account_of_pools: "unknown".to_owned(), ..fixture };
        vec![
            (id, "both long enough", good(), "PASS long-enough"),
            (id, "365 days", days("pool", json!(365)), "PASS long-enough"),
            (id, "for ever", days("trail", Value::Null), "PASS long-enough"),
            (id, "of the rarer class", group(good(), "pool", json!({"logGroupClass": "INFREQUENT_ACCESS"})), "PASS long-enough"),
            (id, "nothing exported", exports(good(), json!([])), "PASS long-enough"),
            (id, "another trail beside it", another(Ok(json!({"IsLogging": true}))), "PASS long-enough"),
            (id, "another trail that was not read", another(Err("AccessDeniedException".to_owned())), "PASS long-enough"),
            (id, "364 days", days("pool", json!(364)), "FAIL short"),
            (id, "one day only", group(good(), "pool", json!({"logGroupClass": "DELIVERY"})), "FAIL short"),
            (id, "less, and the trails denied", days("pool", json!(90)).fails("DescribeTrails", "AccessDeniedException"), "FAIL short"),
            (id, "exported to a bucket", exports(good(), json!([to_bucket])), "MANUAL elsewhere"),
            (id, "less, and to a stream too", exports(days("pool", json!(90)), json!([both])), "MANUAL elsewhere"),
            (
                id,
                "to nowhere that is known",
                exports(good(), json!([{"EventSource": "userAuthEvents", "LogLevel": "INFO", "MoonConfiguration": {"Arn": "a"}}])),
                "MANUAL elsewhere",
            ),
            (
                id,
                "of another account",
                exports(
                    good(),
                    json!([{"EventSource": "userAuthEvents", "LogLevel": "INFO",
                "CloudWatchLogsConfiguration": {"LogGroupArn": foreign("pool")}}]),
                ),
                "MANUAL elsewhere",
            ),
            (id, "a trail with a bucket only", trail(good(), bucket()), "PASS long-enough"),
            (id, "a trail whose log group keeps less", days("trail", json!(90)), "PASS long-enough"),
            (
                id,
                "a trail with a log group of another account",
                trail(unread(good()), json!({"CloudWatchLogsLogGroupArn": foreign("trail")})),
                gap,
            ),
            (
                id,
                "a trail that does not reach its log group",
                unread(good()).with("GetTrailStatus", json!({"LatestCloudWatchLogsDeliveryError": "AccessDenied"})),
                gap,
            ),
            (id, "a log group that keeps less, a bucket that was not read", unread(days("trail", json!(90))), gap),
            (id, "no trail", good().with("DescribeTrails", json!({"trailList": []})), "MANUAL no-trail"),
            (id, "a trail that is off", good().with("GetTrailStatus", json!({"IsLogging": false})), "MANUAL no-trail"),
            (id, "exports denied", good().fails("GetLogDeliveryConfiguration", "AccessDeniedException"), gap),
            (id, "exports never asked", good().without("GetLogDeliveryConfiguration"), gap),
            (id, "log groups denied", good().fails("DescribeLogGroups", "AccessDeniedException"), gap),
            (id, "log groups never asked", good().without("DescribeLogGroups"), gap),
            (id, "log groups cut off", good().with("DescribeLogGroups", json!({"logGroups": [], "nextToken": "more"})), gap),
            (id, "a log group that is not there", good().with("DescribeLogGroups", json!({"logGroups": []})), gap),
            (id, "a log group of another name", group(good(), "pool", json!({"arn": arn("pool-of-tests")})), gap),
            (id, "a log group without an ARN", group(good(), "pool", json!({"arn": null})), gap),
            (id, "a class of another time", group(good(), "pool", json!({"logGroupClass": "FROZEN"})), gap),
            (id, "days that are no number", days("pool", json!("400")), gap),
            (
                id,
                "no ARN is named",
                exports(
                    good(),
                    json!([{"EventSource": "userAuthEvents", "LogLevel": "INFO",
                "CloudWatchLogsConfiguration": {}}]),
                ),
                gap,
            ),
            (
                id,
                "an ARN of something else",
                exports(
                    good(),
                    json!([{"EventSource": "userAuthEvents", "LogLevel": "INFO",
                "CloudWatchLogsConfiguration": {"LogGroupArn": "arn:aws:s3:::logs"}}]),
                ),
                gap,
            ),
            (id, "trails denied", good().fails("DescribeTrails", "AccessDeniedException"), gap),
            (id, "trails never asked", good().without("DescribeTrails"), gap),
            (id, "trails cut off", trail(unread(good()).with("DescribeTrails", json!({"NextToken": "more"})), bucket()), gap),
            (id, "status denied", good().fails("GetTrailStatus", "AccessDeniedException"), gap),
            (id, "an account that nobody named", unknown_group(good()), "PASS long-enough"),
        ]
    }
}
