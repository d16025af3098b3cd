//! What watches for changes in a region, as read: configuration recorders, and rules on events. An event pattern is a
//! language of its own; of it only lists of exact words are followed, and what is not followed never counts as a match.

use super::answer::{Answer, FromJson, Length};
use super::listing::Listed;
use super::logging::member;
use super::store::Store;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind, State};
use serde_json::Value;

/// The resource type of a user pool (AWS Config API reference, ResourceType).
const POOL_TYPE: &str = "AWS::Cognito::UserPool";
/// The calls that change how a pool asks for factors.
pub const CHANGES: [&str; 3] = ["SetUserPoolMfaConfig", "UpdateUserPool", "UpdateUserPoolClient"];
/// Members of an event of such a call that a pattern may name, with their values (EventBridge reference, Amazon Cognito).
const SOURCES: [(&str, &str); 2] = [("source", "aws.cognito-idp"), ("detail-type", "AWS API Call via CloudTrail")];

/// What watches one account and region.
#[derive(Clone, Debug)]
pub struct Watch {
    /// DescribeConfigurationRecorders.
    pub recorders: Fetched<Vec<Recorder>>,
    /// ListRules of the default event bus, which is where AWS's own events arrive.
    pub rules: Listed<Rule>,
}

/// A configuration recorder.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// `name`.
    pub name: String,
    /// Where it stands in the list.
    pub at: Evidence,
    /// Whether it includes user pools.
    pub pools: Follows,
    /// DescribeConfigurationRecorderStatus `recording`.
    pub on: Fetched<bool>,
    /// DescribeConfigurationRecorderStatus `lastStatus`.
    pub last: Fetched<String>,
}

/// Whether something follows a change of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It does not.
    No,
    /// In part, or in a way that is not judged here; in words.
    Partly(&'static str),
    /// It does.
    Yes,
}

/// A rule on events.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `Name`.
    pub name: String,
    /// Where it stands in the list.
    pub at: Evidence,
    /// `State`.
    pub state: Fetched<String>,
    /// Which changes of a pool it matches.
    pub matches: Matches,
    /// Number of its targets (ListTargetsByRule); asked only where it surely matches one of [`CHANGES`].
    pub targets: Fetched<u64>,
}

/// Which of [`CHANGES`] a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matches {
    /// None of them.
    Nothing,
    /// Some, perhaps: the pattern says more than is followed here.
    Unclear,
    /// These.
    These(Vec<&'static str>),
}

impl Watch {
    pub(super) fn build(store: &Store) -> Self {
        let recorders = store.latest("DescribeConfigurationRecorders", "");
        let status = store.latest("DescribeConfigurationRecorderStatus", "");
        Self {
            recorders: Recorder::all(&recorders, &status),
            rules: store.list("ListRules", "", |item, call, pointer| Rule::read(item, call, pointer, store)),
        }
    }
}

impl Recorder {
    fn all(answer: &Answer, status: &Answer) -> Fetched<Vec<Self>> {
        let list = answer.get::<Vec<Value>>("/ConfigurationRecorders");
        let State::Value(items) = &list.state else { return list.map(|_| Vec::new()) };
        let read = |(n, item): (usize, &Value)| {
            let name = item.get("name")?.as_str()?.to_owned();
            let at = answer.at(&format!("/ConfigurationRecorders/{n}"));
            let (on, last) = Self::status(status, &name);
            Some(Self { at, pools: follows(item), on, last, name })
        };
        match items.iter().enumerate().map(read).collect::<Option<Vec<Self>>>() {
            Some(all) => list.map(|_| all),
            None => Fetched::gap(GapKind::Malformed("recorders with names".to_owned()), list.at.clone()).named(list.what),
        }
    }

    /// The status of the recorder of this name; an answer without it is not the documented one.
    fn status(answer: &Answer, name: &str) -> (Fetched<bool>, Fetched<String>) {
        const OPERATION: &str = "DescribeConfigurationRecorderStatus";
        let list = answer.get::<Vec<Value>>("/ConfigurationRecordersStatus");
        let named = |item: &&Value| item.get("name").and_then(Value::as_str) == Some(name);
        let kind = match &list.state {
            State::Value(items) => match items.iter().filter(named).collect::<Vec<_>>().as_slice() {
                [item] => {
                    let at = "/ConfigurationRecordersStatus";
                    return (
                        member(OPERATION, item, "recording", answer.call(), at),
                        member(OPERATION, item, "lastStatus", answer.call(), at),
                    );
                }
                _ => GapKind::Malformed("one status for each recorder".to_owned()),
            },
            State::Absent => GapKind::Malformed("a list".to_owned()),
            State::Gap(kind) => kind.clone(),
        };
        (Fetched::gap(kind.clone(), list.at.clone()).named(OPERATION), Fetched::gap(kind, list.at).named(OPERATION))
    }
}

/// Whether a recorder includes user pools, and each change of one (AWS Config API reference: ConfigurationRecorder,
/// RecordingGroup, RecordingStrategy, RecordingMode).
fn follows(recorder: &Value) -> Follows {
    let text = |pointer: &str| recorder.pointer(pointer).and_then(Value::as_str);
    match (text("/recordingScope"), recorder.get("servicePrincipal").filter(|v| !v.is_null())) {
        (None | Some("PAID"), None) => {}
        _ => return Follows::Partly("it belongs to a service"),
    }
    let strategy = recorder.pointer("/recordingGroup/recordingStrategy/useOnly").filter(|v| !v.is_null());
    let all = recorder.pointer("/recordingGroup/allSupported").and_then(Value::as_bool).unwrap_or(false);
    let listed = |pointer: &str| names_it(recorder.pointer(pointer));
    let includes = match strategy.map(Value::as_str) {
        // Recorders from before there were strategies have the flag and the list alone.
        None if all => Some(true),
        None | Some(Some("INCLUSION_BY_RESOURCE_TYPES")) => listed("/recordingGroup/resourceTypes"),
        Some(Some("ALL_SUPPORTED_RESOURCE_TYPES")) => all.then_some(true),
        Some(Some("EXCLUSION_BY_RESOURCE_TYPES")) => listed("/recordingGroup/exclusionByResourceTypes/resourceTypes").map(|named| !named),
        Some(_) => None,
    };
    match includes {
        None => Follows::Partly("what it records is told in a way that is not judged here"),
        Some(false) => Follows::No,
        Some(true) => frequency(recorder),
    }
}

/// How often a recorder looks at user pools. Without a mode it is continuous, as before there were modes.
fn frequency(recorder: &Value) -> Follows {
    let unclear = Follows::Partly("how often it records is told in a way that is not judged here");
    let Some(mode) = recorder.get("recordingMode").filter(|v| !v.is_null()) else { return Follows::Yes };
    let mut frequency = mode.get("recordingFrequency");
    match mode.get("recordingModeOverrides") {
        None | Some(Value::Null) => {}
        Some(Value::Array(overrides)) => {
            for change in overrides {
                match names_it(change.get("resourceTypes")) {
                    Some(true) => frequency = change.get("recordingFrequency"),
                    Some(false) => {}
                    None => return unclear,
                }
            }
        }
        Some(_) => return unclear,
    }
    match frequency.and_then(Value::as_str) {
        Some("CONTINUOUS") => Follows::Yes,
        Some("DAILY") => Follows::Partly("it looks once a day, so what is put back in between is not seen"),
        _ => unclear,
    }
}

/// Whether a list of resource types names user pools; an absent one names none; `None` for anything else.
fn names_it(list: Option<&Value>) -> Option<bool> {
    match list {
        None | Some(Value::Null) => Some(false),
        Some(list) => Vec::<String>::from_json(list).map(|types| types.iter().any(|t| t == POOL_TYPE)),
    }
}

impl Rule {
    fn read(item: &Value, call: &str, pointer: &str, store: &Store) -> Option<Self> {
        let name = item.get("Name")?.as_str()?.to_owned();
        Some(Self {
            at: Evidence::call(call, pointer),
            state: member("ListRules", item, "State", call, pointer),
            matches: matches(item.get("EventPattern")),
            targets: store.latest("ListTargetsByRule", &name).get::<Length>("/Targets").map(|Length(n)| n),
            name,
        })
    }
}

/// The name of a rule of ListRules whose targets are to be asked for.
pub fn to_ask(item: &Value) -> Option<&str> {
    let on = is_on(item.get("State")?.as_str()?);
    (on && matches!(matches(item.get("EventPattern")), Matches::These(_))).then_some(item.get("Name")?.as_str()?)
}

/// Whether a rule in this state matches calls that change something (API reference, Rule).
pub fn is_on(state: &str) -> bool {
    ["ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"].contains(&state)
}

/// Which changes of a pool a pattern matches (EventBridge user guide, event patterns): every member that it names must
/// match, and a list matches if one of its values does. A rule without a pattern runs by the clock.
fn matches(pattern: Option<&Value>) -> Matches {
    let Some(pattern) = pattern.filter(|v| !v.is_null()) else { return Matches::Nothing };
    let (Some(members), false) = (pattern.as_object(), pattern.get(crate::recording::redact::MARK).is_some()) else {
        return Matches::Unclear;
    };
    let mut unclear = members.is_empty();
    let mut these = CHANGES.to_vec();
    for (name, wanted) in members {
        match (SOURCES.iter().find(|(source, _)| source == name), name.as_str()) {
            (Some((_, ours)), _) => match has(wanted, ours) {
                Some(true) => {}
                Some(false) => return Matches::Nothing,
                None => unclear = true,
            },
            (None, "detail") => match of_detail(wanted, &mut these) {
                Some(true) => {}
                Some(false) => return Matches::Nothing,
                None => unclear = true,
            },
            _ => unclear = true,
        }
    }
    match (these.is_empty(), unclear) {
        (true, _) => Matches::Nothing,
        (_, true) => Matches::Unclear,
        _ => Matches::These(these),
    }
}

/// The same of `detail`, which is the CloudTrail record; what it does not name is taken out of `these`.
fn of_detail(detail: &Value, these: &mut Vec<&'static str>) -> Option<bool> {
    let members = detail.as_object().filter(|members| !members.is_empty())?;
    let mut unclear = false;
    for (name, wanted) in members {
        match name.as_str() {
            "eventSource" => match has(wanted, super::trail::SOURCE) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => unclear = true,
            },
            "eventName" => match wanted.as_array().filter(|list| list.iter().all(Value::is_string)) {
                Some(list) => these.retain(|change| list.iter().any(|name| name == change)),
                None => unclear = true,
            },
            _ => unclear = true,
        }
    }
    (!unclear).then_some(true)
}

/// Whether a list of values has this one: `Some(false)` only where all of them are exact words.
fn has(wanted: &Value, ours: &str) -> Option<bool> {
    let list = wanted.as_array()?;
    if list.iter().any(|value| value == ours) {
        return Some(true);
    }
    list.iter().all(Value::is_string).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::redact::MARK;
    use serde_json::json;

    #[test]
    fn recorders_as_the_api_reference_has_them() {
        let types = |list: &[&str]| json!(list);
        let ours = [POOL_TYPE, "AWS::S3::Bucket"];
        let strategy = |word: &str| json!({"useOnly": word});
        for (group, expected) in [
            (json!({"allSupported": true}), Follows::Yes),
            (json!({"allSupported": true, "recordingStrategy": strategy("ALL_SUPPORTED_RESOURCE_TYPES")}), Follows::Yes),
            (json!({"allSupported": false, "resourceTypes": types(&ours)}), Follows::Yes),
            (json!({"resourceTypes": types(&ours), "recordingStrategy": strategy("INCLUSION_BY_RESOURCE_TYPES")}), Follows::Yes),
            (
                json!({"recordingStrategy": strategy("EXCLUSION_BY_RESOURCE_TYPES"),
                    "exclusionByResourceTypes": {"resourceTypes": types(&["AWS::S3::Bucket"])}}),
                Follows::Yes,
            ),
            (
                json!({"recordingStrategy": strategy("EXCLUSION_BY_RESOURCE_TYPES"), "exclusionByResourceTypes": {"resourceTypes": types(&ours)}}),
                Follows::No,
            ),
            (json!({"allSupported": false, "resourceTypes": []}), Follows::No),
            (json!({"resourceTypes": types(&["AWS::Cognito::UserPoolClient"])}), Follows::No),
            (json!({}), Follows::No),
        ] {
            assert_eq!(follows(&json!({"name": "default", "recordingGroup": group})), expected, "{group}");
        }
        for unclear in [
            json!({"recordingGroup": {"recordingStrategy": strategy("ALL_SUPPORTED_RESOURCE_TYPES")}}),
            json!({"recordingGroup": {"allSupported": true, "recordingStrategy": strategy("SOME")}}),
            json!({"recordingGroup": {"resourceTypes": {MARK: "array"}}}),
            json!({"recordingGroup": {"recordingStrategy": strategy("EXCLUSION_BY_RESOURCE_TYPES"), "exclusionByResourceTypes": {"resourceTypes": "x"}}}),
            json!({"recordingGroup": {"allSupported": true}, "recordingScope": "INTERNAL"}),
            json!({"recordingGroup": {"allSupported": true}, "servicePrincipal": "x.amazonaws.com"}),
        ] {
            assert!(matches!(follows(&unclear), Follows::Partly(_)), "{unclear}");
        }
    }

    #[test]
    fn a_recorder_that_looks_once_a_day_follows_in_part() {
        let of = |mode: Value| follows(&json!({"recordingGroup": {"allSupported": true}, "recordingMode": mode}));
        let over = |types: Value, frequency: &str| json!([{"resourceTypes": types, "recordingFrequency": frequency}]);
        assert_eq!(of(json!({"recordingFrequency": "CONTINUOUS"})), Follows::Yes);
        assert_eq!(
            of(json!({"recordingFrequency": "DAILY", "recordingModeOverrides": over(json!([POOL_TYPE]), "CONTINUOUS")})),
            Follows::Yes
        );
        assert_eq!(
            of(json!({"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": over(json!(["AWS::S3::Bucket"]), "DAILY")})),
            Follows::Yes
        );
        for partly in [
            json!({"recordingFrequency": "DAILY"}),
            json!({"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": over(json!([POOL_TYPE]), "DAILY")}),
            json!({"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": over(json!({MARK: "array"}), "DAILY")}),
            json!({"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": {MARK: "array"}}),
            json!({"recordingFrequency": "HOURLY"}),
            json!({}),
        ] {
            assert!(matches!(of(partly.clone()), Follows::Partly(_)), "{partly}");
        }
    }

    #[test]
    fn patterns_match_where_every_member_is_an_exact_word() {
        let all = || Matches::These(CHANGES.to_vec());
        let record = |names: Value| json!({"source": ["aws.cognito-idp"], "detail": {"eventSource": ["cognito-idp.amazonaws.com"], "eventName": names}});
        for (pattern, expected) in [
            (json!({"source": ["aws.cognito-idp"]}), all()),
            (json!({"source": ["aws.s3", "aws.cognito-idp"], "detail-type": ["AWS API Call via CloudTrail"]}), all()),
            (json!({"detail": {"eventSource": ["cognito-idp.amazonaws.com"]}}), all()),
            (record(json!(CHANGES)), all()),
            (record(json!(["CreateUserPool", "UpdateUserPool"])), Matches::These(vec!["UpdateUserPool"])),
            (record(json!(["CreateUserPool"])), Matches::Nothing),
            (record(json!([])), Matches::Nothing),
            (json!({"source": ["aws.s3"]}), Matches::Nothing),
            (json!({"source": ["aws.s3"], "$or": []}), Matches::Nothing),
            (json!({"source": ["AWS.cognito-idp"]}), Matches::Nothing),
            (json!({"source": ["aws.cognito-idp"], "detail-type": ["AWS Service Event via CloudTrail"]}), Matches::Nothing),
            (json!({"source": ["aws.cognito-idp"], "detail": {"eventSource": ["cognito-identity.amazonaws.com"]}}), Matches::Nothing),
            (Value::Null, Matches::Nothing),
        ] {
            assert_eq!(matches(Some(&pattern)), expected, "{pattern}");
        }
        assert_eq!(matches(None), Matches::Nothing);
    }

    #[test]
    fn what_a_pattern_says_beyond_exact_words_is_never_a_match() {
        let marked = |kind: &str| json!({MARK: kind});
        for pattern in [
            json!({}),
            marked("string"),
            json!("text"),
            json!({"source": [marked("object")]}),
            json!({"source": "aws.cognito-idp"}),
            json!({"source": marked("string")}),
            json!({"source": ["aws.cognito-idp"], "account": marked("array")}),
            json!({"source": ["aws.cognito-idp"], "$or": marked("array")}),
            json!({"source": ["aws.cognito-idp"], "detail": marked("object")}),
            json!({"source": ["aws.cognito-idp"], "detail": {}}),
            json!({"source": ["aws.cognito-idp"], "detail": {"eventName": [marked("object")]}}),
            json!({"source": ["aws.cognito-idp"], "detail": {"eventName": ["UpdateUserPool", marked("object")]}}),
            json!({"source": ["aws.cognito-idp"], "detail": {"eventName": CHANGES, "errorCode": marked("array")}}),
            json!({"source": ["aws.cognito-idp"], "detail": {"eventName": CHANGES, "userIdentity": marked("object")}}),
        ] {
            assert_eq!(matches(Some(&pattern)), Matches::Unclear, "{pattern}");
        }
    }
}
