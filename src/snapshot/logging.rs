//! What keeps the management events of a region, as read: trails, whether they are on, and what they record. Nothing is
//! judged here, and what a selector says in a way that is not known here is never taken for "everything".

use super::answer::{Answer, FromJson};
use super::bucket::{self, Bucket};
use super::listing::Listed;
use super::retention::{self, LogGroup};
use super::store::Store;
use super::watch::Watch;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind, State};
use crate::model::id::AccountId;
use serde_json::Value;

/// The service whose management events count.
const OURS: &str = super::trail::SOURCE;

/// What keeps the logs of one account and region.
#[derive(Clone, Debug)]
pub struct Logging {
    /// DescribeTrails, with those of other regions and of the organisation that record this one (shadow trails).
    pub trails: Listed<TrailSetting>,
    /// DescribeLogGroups, by the prefix that was asked for.
    pub groups: Vec<(String, Listed<LogGroup>)>,
    /// Buckets that were asked about here; [`super::Snapshot::bucket`] finds one wherever it is.
    pub buckets: Vec<Bucket>,
    /// What watches for changes.
    pub watch: Watch,
}

/// A trail.
#[derive(Clone, Debug)]
pub struct TrailSetting {
    /// `Name`; its ARN where it has none.
    pub name: String,
    /// Where it stands in the list.
    pub at: Evidence,
    /// The account of its ARN; `None` where it is not the ARN of a trail.
    pub account: Option<AccountId>,
    /// `IsOrganizationTrail`.
    pub organization: Fetched<bool>,
    /// `HomeRegion`.
    pub home: Fetched<String>,
    /// `IsMultiRegionTrail`.
    pub multi_region: Fetched<bool>,
    /// `LogFileValidationEnabled`.
    pub validated: Fetched<bool>,
    /// GetTrailStatus `IsLogging`.
    pub on: Fetched<bool>,
    /// `S3BucketName`.
    pub bucket: Fetched<String>,
    /// `S3KeyPrefix`; absent: there is none.
    pub prefix: Fetched<String>,
    /// GetTrailStatus `LatestDeliveryError`.
    pub delivery_error: Fetched<String>,
    /// GetTrailStatus `LatestDigestDeliveryError`.
    pub digest_error: Fetched<String>,
    /// `CloudWatchLogsLogGroupArn`.
    pub group: Fetched<String>,
    /// GetTrailStatus `LatestCloudWatchLogsDeliveryError`.
    pub group_error: Fetched<String>,
    /// What it records of Amazon Cognito.
    pub records: Fetched<Recorded>,
}

/// Which management events of Amazon Cognito a trail records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Calls that change something.
    pub writes: bool,
    /// Calls that read.
    pub reads: bool,
    /// A selector narrows them in a way that is not followed here.
    pub unclear: bool,
}

impl Logging {
    pub(super) fn build(store: &Store) -> Self {
        Self {
            trails: store.list("DescribeTrails", "", |item, call, pointer| TrailSetting::read(item, call, pointer, store)),
            groups: retention::groups(store),
            buckets: bucket::buckets(store),
            watch: Watch::build(store),
        }
    }
}

impl TrailSetting {
    fn read(item: &Value, call: &str, pointer: &str, store: &Store) -> Option<Self> {
        let arn = item.get("TrailARN")?.as_str()?;
        let status = store.latest("GetTrailStatus", arn);
        let selectors = store.latest("GetEventSelectors", arn).about("", "TrailARN", arn);
        Some(Self {
            name: item.get("Name").and_then(Value::as_str).unwrap_or(arn).to_owned(),
            at: Evidence::call(call, pointer),
            account: bucket::trail_of(arn).map(|(_, account)| account),
            organization: member("DescribeTrails", item, "IsOrganizationTrail", call, pointer),
            bucket: member("DescribeTrails", item, "S3BucketName", call, pointer),
            prefix: member("DescribeTrails", item, "S3KeyPrefix", call, pointer),
            home: member("DescribeTrails", item, "HomeRegion", call, pointer),
            multi_region: member("DescribeTrails", item, "IsMultiRegionTrail", call, pointer),
            validated: member("DescribeTrails", item, "LogFileValidationEnabled", call, pointer),
            on: status.get("/IsLogging"),
            delivery_error: status.get("/LatestDeliveryError"),
            digest_error: status.get("/LatestDigestDeliveryError"),
            group: member("DescribeTrails", item, "CloudWatchLogsLogGroupArn", call, pointer),
            group_error: status.get("/LatestCloudWatchLogsDeliveryError"),
            records: recorded(&selectors),
        })
    }
}

/// A member of an item of a list.
pub(super) fn member<T: FromJson>(operation: &str, item: &Value, name: &str, call: &str, pointer: &str) -> Fetched<T> {
    let at = Evidence::call(call, format!("{pointer}/{name}"));
    let fetched = match item.get(name).filter(|v| !v.is_null()) {
        None => Fetched::absent(at),
        Some(value) => match T::from_json(value) {
            Some(fact) => Fetched::value(fact, at),
            None => Fetched::gap(GapKind::Malformed(T::EXPECTED.to_owned()), at),
        },
    };
    fetched.named(format!("{operation} {name}"))
}

/// From GetEventSelectors. A trail has basic selectors or advanced ones; an answer with neither is not the documented one.
fn recorded(answer: &Answer) -> Fetched<Recorded> {
    let basic = answer.get::<Vec<Value>>("/EventSelectors");
    let advanced = answer.get::<Vec<Value>>("/AdvancedEventSelectors");
    let mut all = Recorded::default();
    match (&basic.state, &advanced.state) {
        (State::Gap(_), _) => return basic.map(|_| all),
        (_, State::Gap(_)) => return advanced.map(|_| all),
        (State::Absent, State::Absent) => {
            return Fetched::gap(GapKind::Malformed("event selectors".to_owned()), basic.at).named("GetEventSelectors");
        }
        _ => {}
    }
    for selector in basic.if_read().into_iter().flatten() {
        all.add(of_basic(selector));
    }
    for selector in advanced.if_read().into_iter().flatten() {
        all.add(of_advanced(selector));
    }
    let read = if basic.if_read().is_some() { basic } else { advanced };
    read.map(|_| all)
}

impl Recorded {
    const UNCLEAR: Self = Self { writes: false, reads: false, unclear: true };
    const NOTHING: Self = Self { writes: false, reads: false, unclear: false };

    /// Selectors of a trail add up.
    fn add(&mut self, other: Self) {
        self.writes |= other.writes;
        self.reads |= other.reads;
        self.unclear |= other.unclear;
    }
}

/// API reference, EventSelector: management events are included unless it says otherwise, reads and writes alike.
fn of_basic(selector: &Value) -> Recorded {
    let set = |name: &str| selector.get(name).filter(|v| !v.is_null());
    match set("IncludeManagementEvents").map(Value::as_bool) {
        None | Some(Some(true)) => {}
        Some(Some(false)) => return Recorded::NOTHING,
        Some(None) => return Recorded::UNCLEAR,
    }
    match set("ExcludeManagementEventSources").map(|list| texts(Some(list))) {
        None => {}
        Some(Some(sources)) if !sources.contains(&OURS) => {}
        Some(Some(_)) => return Recorded::NOTHING,
        Some(None) => return Recorded::UNCLEAR,
    }
    match set("ReadWriteType").map(Value::as_str) {
        None | Some(Some("All")) => Recorded { writes: true, reads: true, unclear: false },
        Some(Some("WriteOnly")) => Recorded { writes: true, ..Recorded::NOTHING },
        Some(Some("ReadOnly")) => Recorded { reads: true, ..Recorded::NOTHING },
        Some(_) => Recorded::UNCLEAR,
    }
}

/// API reference, AdvancedFieldSelector: all fields of a selector must match. Of those that narrow management events only
/// `readOnly` and `eventSource` are followed.
fn of_advanced(selector: &Value) -> Recorded {
    let Some(fields) = selector.get("FieldSelectors").and_then(Value::as_array) else { return Recorded::UNCLEAR };
    let mut recorded = Recorded { writes: true, reads: true, unclear: false };
    let mut management = false;
    let mut unclear = false;
    for field in fields {
        let (equals, differs) = (texts(field.get("Equals")), texts(field.get("NotEquals")));
        let (Some(equals), Some(differs), true) = (equals, differs, only_these(field)) else {
            unclear = true;
            continue;
        };
        match (field.get("Field").and_then(Value::as_str), equals.as_slice(), differs.as_slice()) {
            (Some("eventCategory"), ["Management"], []) => management = true,
            (Some("eventCategory"), [_], []) => return Recorded::NOTHING,
            (Some("readOnly"), ["true"], []) => recorded.writes = false,
            (Some("readOnly"), ["false"], []) => recorded.reads = false,
            (Some("eventSource"), [], others) if others.contains(&OURS) => return Recorded::NOTHING,
            (Some("eventSource"), [], _) => {}
            (Some("eventSource"), sources, []) if sources.contains(&OURS) => {}
            (Some("eventSource"), _, []) => return Recorded::NOTHING,
            _ => unclear = true,
        }
    }
    if unclear || !management { Recorded::UNCLEAR } else { recorded }
}

/// A list of texts; an absent one is empty; `None` for anything else.
fn texts(list: Option<&Value>) -> Option<Vec<&str>> {
    match list {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(list) => list.as_array()?.iter().map(Value::as_str).collect(),
    }
}

/// A field selector that uses no other operator.
fn only_these(field: &Value) -> bool {
    let known = |name: &String| ["Field", "Equals", "NotEquals"].contains(&name.as_str());
    field.as_object().is_some_and(|members| members.iter().all(|(name, value)| known(name) || value.is_null()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(recorded: Recorded) -> &'static str {
        match (recorded.unclear, recorded.reads, recorded.writes) {
            (true, _, _) => "unclear",
            (_, true, true) => "all",
            (_, true, false) => "reads",
            (_, false, true) => "writes",
            _ => "nothing",
        }
    }

    #[test]
    fn basic_selectors_as_the_api_reference_has_them() {
        for (selector, expected) in [
            (json!({}), "all"),
            (json!({"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}), "all"),
            (json!({"ReadWriteType": "WriteOnly"}), "writes"),
            (json!({"ReadWriteType": "ReadOnly"}), "reads"),
            (json!({"ReadWriteType": "Sometimes"}), "unclear"),
            (json!({"IncludeManagementEvents": false}), "nothing"),
            (json!({"IncludeManagementEvents": "yes"}), "unclear"),
            (json!({"ExcludeManagementEventSources": ["kms.amazonaws.com"]}), "all"),
            (json!({"ExcludeManagementEventSources": ["cognito-idp.amazonaws.com"]}), "nothing"),
            (json!({"ExcludeManagementEventSources": {"$redacted": "array"}}), "unclear"),
        ] {
            assert_eq!(said(of_basic(&selector)), expected, "{selector}");
        }
    }

    #[test]
    fn advanced_selectors_count_only_where_every_field_is_understood() {
        let management = || json!({"Field": "eventCategory", "Equals": ["Management"]});
        for (fields, expected) in [
            (json!([management()]), "all"),
            (json!([management(), {"Field": "readOnly", "Equals": ["false"]}]), "writes"),
            (json!([management(), {"Field": "readOnly", "Equals": ["true"]}]), "reads"),
            (json!([management(), {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]), "all"),
            (json!([management(), {"Field": "eventSource", "NotEquals": ["cognito-idp.amazonaws.com"]}]), "nothing"),
            (json!([management(), {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}]), "nothing"),
            (json!([management(), {"Field": "eventName", "NotEquals": ["SetUserPoolMfaConfig"]}]), "unclear"),
            (json!([management(), {"Field": "eventSource", "StartsWith": ["cog"]}]), "unclear"),
            (json!([management(), {"Field": "eventSource", "NotStartsWith": {"$redacted": "array"}}]), "unclear"),
            (
                json!([{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]),
                "nothing",
            ),
            (json!([{"Field": "readOnly", "Equals": ["false"]}]), "unclear"),
            (json!([]), "unclear"),
        ] {
            assert_eq!(said(of_advanced(&json!({"Name": "x", "FieldSelectors": fields}))), expected, "{fields}");
        }
        assert_eq!(said(of_advanced(&json!({}))), "unclear");
    }
}
