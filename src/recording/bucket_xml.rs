//! S3 answers XML of its own (REST, no `…Result` around it). This turns what it says of a bucket into the JSON that the
//! AWS CLI would print, so that a live call and a file of the CLI are one recording.
//!
//! What an element is follows from S3's service model (botocore, `s3/2006-03-01/service-2.json`). An element that is not
//! known here stays as an empty object: nobody may read a rule as if it were not there.

use super::xml;
use roxmltree::Node;
use serde_json::{Map, Value};

/// What an element holds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Text, every blank of it: a prefix may begin or end with one.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Other elements.
    Members(&'static [Member]),
}

/// An element: its name, the name of its member in JSON, whether it may stand there more than once (then the member is a
/// list), and what it holds.
type Member = (&'static str, &'static str, bool, Kind);

const fn one(name: &'static str, kind: Kind) -> Member {
    (name, name, false, kind)
}

const fn many(element: &'static str, member: &'static str, kind: &'static [Member]) -> Member {
    (element, member, true, Kind::Members(kind))
}

const LIFECYCLE: &[Member] = &[many("Rule", "Rules", RULE)];
const RULE: &[Member] = &[
    one("ID", Kind::Text),
    one("Status", Kind::Text),
    one("Prefix", Kind::Text),
    one("Filter", Kind::Members(FILTER)),
    one("Expiration", Kind::Members(EXPIRATION)),
    many("Transition", "Transitions", TRANSITION),
    one("NoncurrentVersionExpiration", Kind::Members(OLD_VERSIONS)),
    many("NoncurrentVersionTransition", "NoncurrentVersionTransitions", OLD_TRANSITION),
    one("AbortIncompleteMultipartUpload", Kind::Members(ABORT)),
];
const SIZES: [Member; 2] = [one("ObjectSizeGreaterThan", Kind::Number), one("ObjectSizeLessThan", Kind::Number)];
const FILTER: &[Member] = &[one("Prefix", Kind::Text), one("Tag", Kind::Members(TAG)), SIZES[0], SIZES[1], one("And", Kind::Members(AND))];
const AND: &[Member] = &[one("Prefix", Kind::Text), many("Tag", "Tags", TAG), SIZES[0], SIZES[1]];
const TAG: &[Member] = &[one("Key", Kind::Text), one("Value", Kind::Text)];
const EXPIRATION: &[Member] = &[one("Days", Kind::Number), one("Date", Kind::Text), one("ExpiredObjectDeleteMarker", Kind::Flag)];
const TRANSITION: &[Member] = &[one("Days", Kind::Number), one("Date", Kind::Text), one("StorageClass", Kind::Text)];
const OLD_VERSIONS: &[Member] = &[one("NoncurrentDays", Kind::Number), one("NewerNoncurrentVersions", Kind::Number)];
const OLD_TRANSITION: &[Member] = &[OLD_VERSIONS[0], OLD_VERSIONS[1], one("StorageClass", Kind::Text)];
const ABORT: &[Member] = &[one("DaysAfterInitiation", Kind::Number)];
const VERSIONING: &[Member] = &[one("Status", Kind::Text), ("MfaDelete", "MFADelete", false, Kind::Text)];
const LOCK: &[Member] = &[one("ObjectLockEnabled", Kind::Text), one("Rule", Kind::Members(LOCK_RULE))];
const LOCK_RULE: &[Member] = &[one("DefaultRetention", Kind::Members(RETENTION))];
const RETENTION: &[Member] = &[one("Mode", Kind::Text), one("Days", Kind::Number), one("Years", Kind::Number)];

/// The answer of an operation as JSON; `None` where it is not that operation's.
pub fn to_json(operation: &str, text: &str) -> Option<Value> {
    let (root, members) = match operation {
        "GetBucketLifecycleConfiguration" => ("LifecycleConfiguration", LIFECYCLE),
        "GetObjectLockConfiguration" => ("ObjectLockConfiguration", LOCK),
        "GetBucketVersioning" => ("VersioningConfiguration", VERSIONING),
        _ => return None,
    };
    let document = xml::document(text)?;
    let element = document.root_element();
    (element.tag_name().name() == root).then_some(())?;
    let mut answer = object(element, members)?;
    match operation {
        // A list is there also where it is empty; a wrapper is there only in JSON.
        "GetBucketLifecycleConfiguration" => drop(answer.entry("Rules").or_insert_with(|| Value::Array(Vec::new()))),
        "GetObjectLockConfiguration" => answer = Map::from_iter([(root.to_owned(), Value::Object(answer))]),
        _ => {}
    }
    Some(Value::Object(answer))
}

/// The members of an element. Text between them, or one twice that may stand there once, is no answer of S3's.
fn object(element: Node<'_, '_>, known: &[Member]) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    for child in element.children() {
        if child.is_text() {
            child.text().unwrap_or_default().trim().is_empty().then_some(())?;
        }
        if !child.is_element() {
            continue;
        }
        let name = child.tag_name().name();
        match known.iter().find(|(element, ..)| *element == name) {
            Some((_, member, true, kind)) => {
                let list = members.entry(*member).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut()?.push(value(child, *kind)?);
            }
            Some((_, member, false, kind)) => members.insert((*member).to_owned(), value(child, *kind)?).map_or(Some(()), |_| None)?,
            None => members.insert(name.to_owned(), Value::Object(Map::new())).map_or(Some(()), |_| None)?,
        }
    }
    Some(members)
}

/// What an element holds. A number or a flag that is none stays a text, and whoever asks for it finds it malformed.
fn value(element: Node<'_, '_>, kind: Kind) -> Option<Value> {
    if let Kind::Members(known) = kind {
        return object(element, known).map(Value::Object);
    }
    element.children().all(|child| !child.is_element()).then_some(())?;
    let text: String = element.children().filter(Node::is_text).filter_map(|n| n.text()).collect();
    let plain = text.trim();
    Some(match kind {
        Kind::Number => plain.parse::<u64>().map_or_else(|_| Value::String(text.clone()), Value::from),
        Kind::Flag if plain == "true" => Value::Bool(true),
        Kind::Flag if plain == "false" => Value::Bool(false),
        _ => Value::String(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lifecycle(rules: &str) -> Option<Value> {
        to_json(
            "GetBucketLifecycleConfiguration",
            &format!(
                "<?xml version=\"1.0\"?>\n<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</LifecycleConfiguration>"
            ),
        )
    }

    #[test]
    fn a_lifecycle_is_what_the_aws_cli_prints() {
        let xml = "
          <Rule>
            <ID>logs</ID><Status>Enabled</Status>
            <Filter><And><Prefix> a&amp;b/ </Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>
            <Expiration><Days>400</Days></Expiration>
            <Transition><Days>0</Days><StorageClass>GLACIER_IR</StorageClass></Transition>
            <Transition><Date>2026-01-01T00:00:00.000Z</Date><StorageClass>DEEP_ARCHIVE</StorageClass></Transition>
            <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>
            <NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>
            <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>
          </Rule>
          <Rule><Status>Disabled</Status><Prefix/><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
          <Rule><Filter/></Rule>";
        let and = json!({"Prefix": " a&b/ ", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeLessThan": 9});
        let moves = json!([
            {"Days": 0, "StorageClass": "GLACIER_IR"}, {"Date": "2026-01-01T00:00:00.000Z", "StorageClass": "DEEP_ARCHIVE"}
        ]);
        let expected = json!({"Rules": [
            {"ID": "logs", "Status": "Enabled", "Filter": {"And": and}, "Expiration": {"Days": 400}, "Transitions": moves,
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
                "NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "GLACIER"}],
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
            {"Status": "Disabled", "Prefix": "", "Expiration": {"ExpiredObjectDeleteMarker": true}},
            {"Filter": {}}
        ]});
        assert_eq!(lifecycle(xml), Some(expected));
        assert_eq!(lifecycle(""), Some(json!({"Rules": []})));
    }

    #[test]
    fn a_lock_and_versioning_too() {
        let lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>1</Years></DefaultRetention></Rule></ObjectLockConfiguration>";
        let expected = json!({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 1}}});
        assert_eq!(to_json("GetObjectLockConfiguration", lock), Some(json!({"ObjectLockConfiguration": expected})));
        let on = "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>";
        assert_eq!(to_json("GetBucketVersioning", on), Some(json!({"Status": "Enabled", "MFADelete": "Disabled"})));
        assert_eq!(to_json("GetBucketVersioning", "<VersioningConfiguration xmlns='x'/>"), Some(json!({})));
    }

    #[test]
    fn an_element_of_another_time_is_seen_and_not_read() {
        assert_eq!(
            lifecycle("<Rule><Status>Enabled</Status><Shredding><Days>1</Days></Shredding></Rule>"),
            Some(json!({"Rules": [{"Status": "Enabled", "Shredding": {}}]}))
        );
        assert_eq!(
            lifecycle("<Rule><Expiration><Days>soon</Days></Expiration></Rule>"),
            Some(json!({"Rules": [{"Expiration": {"Days": "soon"}}]}))
        );
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for rules in [
            "<Rule><Status>Enabled</Status><Status>Disabled</Status></Rule>",
            "<Rule><Expiration><Days>400</Days></Expiration><Expiration><Days>1</Days></Expiration></Rule>",
            "<Rule><Transitions/><Transition/></Rule>",
            "<Rule><Days>1<Days>400</Days></Days></Rule><Rules/>",
            "<Rule><Prefix><b/></Prefix></Rule>",
            "<Rule>text<Status>Enabled</Status></Rule>",
        ] {
            assert_eq!(lifecycle(rules), None, "{rules}");
        }
        let error = "<Error><Code>AccessDenied</Code></Error>";
        for text in [error, "", "<LifecycleConfiguration>", "<VersioningConfiguration/>", "<!DOCTYPE a><LifecycleConfiguration/>"] {
            assert_eq!(to_json("GetBucketLifecycleConfiguration", text), None, "{text}");
        }
        assert_eq!(to_json("ListBuckets", "<VersioningConfiguration/>"), None);
    }
}
