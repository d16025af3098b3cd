//! The questions about what keeps and watches the logs of a region. What one of them lacks never stops the others.

use super::CollectError;
use super::ask::Asker;
use super::desk::{Desk, Office};
use crate::snapshot::bucket::{self, ToAsk};
use crate::snapshot::retention::Place;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Asks which trails record this region, and of each whether it is on and what it records. By ARN: only so does AWS answer
/// for a trail of another region or of the organisation (API reference, GetTrailStatus). Then what watches for changes.
/// Returns what the trails deliver to: the ARNs of log groups, and buckets.
pub(super) async fn read(desk: &mut Desk<'_, '_>) -> Result<(Vec<String>, Vec<ToAsk>), CollectError> {
    let trails = desk.list("DescribeTrails", json!({})).await?;
    for arn in trails.ids {
        desk.ask("GetTrailStatus", json!({"Name": arn}), 1).await?;
        desk.ask("GetEventSelectors", json!({"TrailName": arn}), 1).await?;
    }
    desk.ask("DescribeConfigurationRecorders", json!({}), 1).await?;
    desk.ask("DescribeConfigurationRecorderStatus", json!({}), 1).await?;
    let rules = desk.list("ListRules", json!({})).await?;
    for rule in rules.ids {
        desk.ask("ListTargetsByRule", json!({"Rule": rule}), 1).await?;
    }
    desk.sync()?;
    Ok((trails.groups, trails.buckets))
}

/// The log groups of this account among these ARNs, by region. Those of other accounts cannot be asked about.
pub(super) fn groups_of(account: &str, arns: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for place in arns.iter().filter_map(|arn| Place::of(arn)).filter(|p| p.account.as_str() == account) {
        groups.entry(place.region.as_str().to_owned()).or_default().insert(place.name);
    }
    groups
}

/// Asks how long these log groups keep what they hold.
pub(super) async fn read_groups(desk: &mut Desk<'_, '_>, names: &BTreeSet<String>) -> Result<(), CollectError> {
    for name in names {
        desk.list("DescribeLogGroups", json!({"logGroupNamePrefix": name})).await?;
    }
    desk.sync()
}

/// Asks how long the buckets of this account's trails keep what they hold, each bucket once. It is asked for where the trail
/// is at home, and where S3 says that it is elsewhere, once more there. Of an account that nobody named none is asked: its
/// owner could not be told from another.
pub(super) async fn read_buckets(
    office: &mut Office<'_>,
    asker: &Asker,
    who: &str,
    account: &str,
    trails: &BTreeSet<ToAsk>,
) -> Result<(), CollectError> {
    let homes: BTreeMap<&str, &str> =
        trails.iter().filter(|t| t.account.as_str() == account).map(|t| (t.bucket.as_str(), t.region.as_str())).collect();
    for (bucket, home) in homes {
        office.progress.step(&format!("{account} {home}: how long the bucket {bucket} keeps the trail"));
        let input = json!({"Bucket": bucket, "ExpectedBucketOwner": account});
        let mut desk = Desk::open(office, asker.clone(), who, home, &format!("{account}.{home}"))?;
        match find(&mut desk, &input).await? {
            Some(region) => {
                desk.sync()?;
                let mut desk = Desk::open(office, asker.clone(), who, &region, &format!("{account}.{region}"))?;
                read_bucket(&mut desk, &input).await?;
            }
            None => read_bucket(&mut desk, &input).await?,
        }
    }
    Ok(())
}

/// The region that S3 sends us to. A recording keeps that it did, not where to: a run that is continued asks again.
async fn find(desk: &mut Desk<'_, '_>, input: &Value) -> Result<Option<String>, CollectError> {
    desk.elsewhere = None;
    let past = desk.ask(bucket::LIFECYCLE, input.clone(), 1).await?;
    if desk.elsewhere.is_none() && past.error.as_deref().is_some_and(|error| bucket::MOVED.contains(&error)) {
        desk.ask(bucket::LIFECYCLE, input.clone(), 2).await?;
    }
    Ok(desk.elsewhere.take())
}

async fn read_bucket(desk: &mut Desk<'_, '_>, input: &Value) -> Result<(), CollectError> {
    for operation in [bucket::LIFECYCLE, bucket::LOCK, bucket::VERSIONING] {
        desk.ask(operation, input.clone(), 1).await?;
    }
    desk.sync()
}
