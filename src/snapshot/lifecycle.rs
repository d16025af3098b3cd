//! One rule of a bucket's lifecycle, as read (S3 user guide, "Lifecycle configuration elements"). A rule that is on and says
//! anything in a form that is not known here is no rule at all, so that nobody takes it for a milder one.

use crate::clock;
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// A lifecycle rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `ID`; its number in the list where it has none.
    pub name: String,
    /// `Status` is `Enabled`. Of a rule that is not, the rest is not read.
    pub on: bool,
    /// What the keys that it applies to begin with.
    pub prefix: String,
    /// It applies only to objects that carry tags, or are of a size, that it names.
    pub narrowed: bool,
    /// When it deletes objects (where old versions are kept: hides them).
    pub expires: Option<When>,
    /// When it moves objects, and to which storage class.
    pub moves: Vec<(When, String)>,
    /// When it deletes old versions.
    pub old_versions: Option<OldVersions>,
}

/// When a rule acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So many days after an object was written.
    After(u64),
    /// On a day and ever after, on whatever is there (user guide: a rule by date is not a one-time action).
    On(NaiveDate),
}

/// `NoncurrentVersionExpiration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldVersions {
    /// Days after a version became an old one.
    pub days: u64,
    /// Some of the newest stay beyond that.
    pub some_stay: bool,
}

/// Members of a rule. What is done to uploads that were never finished, and which class old versions move to, bears on no
/// log file that is there.
const KNOWN: [&str; 9] = [
    "ID",
    "Status",
    "Prefix",
    "Filter",
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
];
/// Members that narrow a filter by something else than a key.
const NARROWS: [&str; 4] = ["Tag", "Tags", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];

/// A rule as it was listed, with its number in the list; `None` where it has a form that is not known here.
pub fn rule(value: &Value, number: usize) -> Option<Rule> {
    let members = value.as_object()?;
    let name = match get(members, "ID").map(Value::as_str) {
        None | Some(Some("")) => format!("number {}", number.saturating_add(1)),
        Some(name) => name?.to_owned(),
    };
    let mut rule = Rule { name, on: false, prefix: String::new(), narrowed: false, expires: None, moves: Vec::new(), old_versions: None };
    match get(members, "Status")?.as_str()? {
        "Enabled" => rule.on = true,
        "Disabled" => return Some(rule),
        _ => return None,
    }
    let members = only(value, &KNOWN)?;
    (rule.prefix, rule.narrowed) = applies_to(members)?;
    rule.expires = get(members, "Expiration").map_or(Some(None), expires)?;
    rule.moves = match get(members, "Transitions") {
        Some(list) => list.as_array()?.iter().map(moved).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    rule.old_versions = match get(members, "NoncurrentVersionExpiration") {
        Some(value) => Some(old_versions(value)?),
        None => None,
    };
    Some(rule)
}

/// A member that is there; null is not.
pub(super) fn get<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.get(name).filter(|v| !v.is_null())
}

/// The members of an object that has no others than these.
pub(super) fn only<'v>(value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
    let members = value.as_object()?;
    members.iter().all(|(name, value)| value.is_null() || known.contains(&name.as_str())).then_some(members)
}

/// What keys begin with, and whether there is more to it. A rule has a filter, or, as of old, a prefix.
fn applies_to(members: &Map<String, Value>) -> Option<(String, bool)> {
    match (get(members, "Prefix"), get(members, "Filter")) {
        (Some(prefix), None) => Some((prefix.as_str()?.to_owned(), false)),
        (None, Some(filter)) => applies_by(filter),
        _ => None,
    }
}

/// A filter says one thing, or several in `And`; an empty one means every object.
fn applies_by(filter: &Value) -> Option<(String, bool)> {
    let members = only(filter, &["Prefix", "And", NARROWS[0], NARROWS[2], NARROWS[3]])?;
    let said: Vec<&str> = members.iter().filter(|(_, v)| !v.is_null()).map(|(name, _)| name.as_str()).collect();
    match said.as_slice() {
        [] => Some((String::new(), false)),
        ["Prefix"] => Some((get(members, "Prefix")?.as_str()?.to_owned(), false)),
        ["And"] => {
            let all = only(get(members, "And")?, &["Prefix", NARROWS[1], NARROWS[2], NARROWS[3]])?;
            let prefix = get(all, "Prefix").map_or(Some(""), Value::as_str)?;
            let narrowed = NARROWS.iter().any(|name| get(all, name).is_some());
            (narrowed || !prefix.is_empty()).then(|| (prefix.to_owned(), narrowed))
        }
        [_] => Some((String::new(), true)),
        _ => None,
    }
}

/// `Expiration`: days, a date, or (of delete markers alone) neither.
#[allow(clippy::option_option, reason = "no form that is known, no expiration, an expiration")]
fn expires(value: &Value) -> Option<Option<When>> {
    let members = only(value, &["Days", "Date", "ExpiredObjectDeleteMarker"])?;
    match get(members, "ExpiredObjectDeleteMarker") {
        Some(marker) => (marker.is_boolean() && get(members, "Days").is_none() && get(members, "Date").is_none()).then_some(None),
        None => when(members, 1).map(Some),
    }
}

fn moved(value: &Value) -> Option<(When, String)> {
    let members = only(value, &["Days", "Date", "StorageClass"])?;
    Some((when(members, 0)?, get(members, "StorageClass")?.as_str()?.to_owned()))
}

/// Days, no fewer than `least`, or a date; never both.
fn when(members: &Map<String, Value>, least: u64) -> Option<When> {
    match (get(members, "Days"), get(members, "Date")) {
        (Some(days), None) => days.as_u64().filter(|days| *days >= least).map(When::After),
        (None, Some(date)) => Some(When::On(clock::parse_rfc3339(date.as_str()?).ok()?.date_naive())),
        _ => None,
    }
}

fn old_versions(value: &Value) -> Option<OldVersions> {
    let members = only(value, &["NoncurrentDays", "NewerNoncurrentVersions"])?;
    let days = get(members, "NoncurrentDays")?.as_u64().filter(|days| *days > 0)?;
    let stay = get(members, "NewerNoncurrentVersions").map_or(Some(0), Value::as_u64)?;
    Some(OldVersions { days, some_stay: stay > 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(change: Value) -> Option<Rule> {
        let mut value = json!({"ID": "a", "Status": "Enabled", "Filter": {}});
        crate::checks::testkit::merge(&mut value, change);
        rule(&value, 0)
    }

    #[test]
    fn what_a_rule_applies_to() {
        let mark = json!({"$redacted": "object"});
        for (filter, expected) in [
            (json!({}), Some(("", false))),
            (json!({"Prefix": "a/"}), Some(("a/", false))),
            (json!({"Prefix": null}), Some(("", false))),
            (json!({"Tag": mark}), Some(("", true))),
            (json!({"ObjectSizeLessThan": mark}), Some(("", true))),
            (json!({"And": {"Prefix": "a/", "Tags": {"$redacted": "array"}}}), Some(("a/", true))),
            (json!({"And": {"ObjectSizeLessThan": mark, "ObjectSizeGreaterThan": mark}}), Some(("", true))),
            (json!({"And": {"Prefix": "a/"}}), Some(("a/", false))),
            (json!({"And": {}}), None),
            (json!({"And": {"Suffix": ".gz"}}), None),
            (json!({"And": mark}), None),
            (json!({"Suffix": ".gz"}), None),
            (json!({"Prefix": "a/", "Tag": mark}), None),
            (json!({"Prefix": mark}), None),
            (mark.clone(), None),
            (json!("a/"), None),
        ] {
            let found = rule(&json!({"ID": "a", "Status": "Enabled", "Filter": filter}), 0);
            assert_eq!(found.as_ref().map(|r| (r.prefix.as_str(), r.narrowed)), expected, "{filter}");
        }
        assert_eq!(with(json!({"Filter": null, "Prefix": "b"})).unwrap().prefix, "b");
        assert_eq!(with(json!({"Filter": null})), None);
        assert_eq!(with(json!({"Prefix": ""})), None, "a rule with a filter and a prefix");
    }

    #[test]
    fn when_a_rule_deletes_and_moves() {
        let day = |text: &str| When::On(text.parse().unwrap());
        for (expiration, expected) in [
            (json!({"Days": 30}), Some(Some(When::After(30)))),
            (json!({"Date": "2026-01-01T00:00:00.000Z"}), Some(Some(day("2026-01-01")))),
            (json!({"ExpiredObjectDeleteMarker": true}), Some(None)),
            (json!({}), None),
            (json!({"Days": 0}), None),
            (json!({"Days": "30"}), None),
            (json!({"Days": -1}), None),
            (json!({"Days": 30, "Date": "2026-01-01T00:00:00.000Z"}), None),
            (json!({"Days": 30, "ExpiredObjectDeleteMarker": false}), None),
            (json!({"Date": {"$redacted": "string"}}), None),
            (json!({"Hours": 1}), None),
        ] {
            let found = rule(&json!({"ID": "a", "Status": "Enabled", "Filter": {}, "Expiration": expiration}), 0);
            assert_eq!(found.map(|r| r.expires), expected, "{expiration}");
        }
        let moves = with(json!({"Transitions": [{"Days": 0, "StorageClass": "GLACIER"}]})).unwrap().moves;
        assert_eq!(moves, [(When::After(0), "GLACIER".to_owned())]);
        for wrong in [json!({"Days": 1, "StorageClass": "GLACIER"}), json!([{"Days": 1}]), json!([{"StorageClass": "GLACIER"}]), json!([1])]
        {
            assert_eq!(with(json!({"Transitions": wrong})), None);
        }
        let old = |value: Value| with(json!({"NoncurrentVersionExpiration": value})).map(|r| r.old_versions.unwrap());
        assert_eq!(old(json!({"NoncurrentDays": 9})), Some(OldVersions { days: 9, some_stay: false }));
        assert_eq!(old(json!({"NoncurrentDays": 9, "NewerNoncurrentVersions": 1})), Some(OldVersions { days: 9, some_stay: true }));
        assert_eq!(old(json!({"NewerNoncurrentVersions": 1})), None);
    }

    #[test]
    fn a_rule_that_is_off_is_not_read_and_one_of_another_time_is_none() {
        assert_eq!(with(json!({"Shredding": {}})), None);
        assert!(!with(json!({"Shredding": {}, "Status": "Disabled"})).unwrap().on);
        assert_eq!(with(json!({"Status": "Paused"})), None);
        assert_eq!(with(json!({"Status": null})), None);
        assert_eq!(with(json!({"ID": null})).unwrap().name, "number 1");
        assert_eq!(rule(&json!({"$redacted": "object"}), 0), None);
    }
}
