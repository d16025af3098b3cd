//! The questions about what keeps and watches the logs of a region. What one of them lacks never stops the others.

use super::CollectError;
use super::desk::Desk;
use crate::snapshot::retention::Place;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Asks which trails record this region, and of each whether it is on and what it records. By ARN: only so does AWS answer
/// for a trail of another region or of the organisation (API reference, GetTrailStatus). Then what watches for changes.
/// Returns the ARNs of the log groups that the trails deliver to.
pub(super) async fn read(desk: &mut Desk<'_, '_>) -> Result<Vec<String>, CollectError> {
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
    Ok(trails.groups)
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
