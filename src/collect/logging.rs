//! The questions about what keeps and watches the logs of a region. What one of them lacks never stops the others.

use super::CollectError;
use super::desk::Desk;
use serde_json::json;

/// Asks which trails record this region, and of each whether it is on and what it records. By ARN: only so does AWS answer
/// for a trail of another region or of the organisation (API reference, GetTrailStatus).
pub(super) async fn read(desk: &mut Desk<'_, '_>) -> Result<(), CollectError> {
    let trails = desk.list("DescribeTrails", json!({})).await?;
    for arn in trails.ids {
        desk.ask("GetTrailStatus", json!({"Name": arn}), 1).await?;
        desk.ask("GetEventSelectors", json!({"TrailName": arn}), 1).await?;
    }
    desk.sync()
}
