//! SNS and STS answer XML (AWS query protocol). This turns an answer into the JSON that the AWS CLI would print.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

/// Largest answer parsed, bytes (a page of SNS has at most 100 numbers).
const LARGEST: usize = 4 << 20;
/// Deepest nesting followed.
const DEEPEST: usize = 16;
/// Members that are lists also when they are empty.
const LISTS: [&str; 3] = ["PhoneNumbers", "phoneNumbers", "NumberCapabilities"];

/// The `<operation>Result` of an answer as JSON; `None` where it is not that.
pub fn to_json(operation: &str, text: &str) -> Option<Value> {
    let document = document(text)?;
    let root = document.root_element();
    (root.tag_name().name() == format!("{operation}Response")).then_some(())?;
    let result = root.children().find(|n| n.tag_name().name() == format!("{operation}Result"))?;
    match value(result, 0)? {
        Value::String(blank) if blank.trim().is_empty() => Some(Value::Object(Map::new())),
        other => Some(other),
    }
}

/// The error code of an answer, where it has one.
pub fn error_code(text: &str) -> Option<String> {
    let document = document(text)?;
    document.descendants().find(|n| n.tag_name().name() == "Code")?.text().map(|t| t.trim().to_owned())
}

/// An answer as it may be looked at: of bounded size, and without a document type (which could grow it).
pub(super) fn document(text: &str) -> Option<Document<'_>> {
    if text.len() > LARGEST {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 100_000, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).ok()
}

fn value(node: Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let name = node.tag_name().name();
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    if children.is_empty() {
        let text: String = node.children().filter_map(|n| n.text()).collect();
        return Some(match text.trim() {
            "" if LISTS.contains(&name) => Value::Array(Vec::new()),
            "" if name == "attributes" => Value::Object(Map::new()),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            trimmed => Value::String(trimmed.to_owned()),
        });
    }
    let all = |wanted: &str| children.iter().all(|c| c.tag_name().name() == wanted);
    if all("member") {
        return children.into_iter().map(|c| value(c, depth + 1)).collect::<Option<Vec<_>>>().map(Value::Array);
    }
    let mut members = Map::new();
    for child in &children {
        let (key, content) = if all("entry") {
            let part = |wanted: &str| child.children().find(|n| n.tag_name().name() == wanted);
            (part("key")?.text().unwrap_or_default().trim().to_owned(), Value::String(part("value")?.text().unwrap_or_default().to_owned()))
        } else {
            (child.tag_name().name().to_owned(), value(*child, depth + 1)?)
        };
        // The same member twice has no meaning in the protocol; taking either would be a guess.
        if members.insert(key, content).is_some() {
            return None;
        }
    }
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(operation: &str, inner: &str) -> Option<Value> {
        to_json(
            operation,
            &format!("<{operation}Response xmlns=\"x\"><{operation}Result>{inner}</{operation}Result></{operation}Response>"),
        )
    }

    #[test]
    fn the_shapes_of_sns_and_sts() {
        assert_eq!(answer("GetSMSSandboxAccountStatus", "<IsInSandbox>true</IsInSandbox>"), Some(json!({"IsInSandbox": true})));
        assert_eq!(
            answer("GetSMSAttributes", "<attributes><entry><key>MonthlySpendLimit</key><value>1</value></entry></attributes>"),
            Some(json!({"attributes": {"MonthlySpendLimit": "1"}}))
        );
        assert_eq!(answer("GetSMSAttributes", "<attributes/>"), Some(json!({"attributes": {}})));
        assert_eq!(answer("ListPhoneNumbersOptedOut", "<phoneNumbers/>"), Some(json!({"phoneNumbers": []})));
        assert_eq!(
            answer("ListPhoneNumbersOptedOut", "<phoneNumbers><member>+12025550123</member></phoneNumbers>"),
            Some(json!({"phoneNumbers": ["+12025550123"]}))
        );
        assert_eq!(answer("ListPhoneNumbersOptedOut", ""), Some(json!({})));
        assert_eq!(
            answer(
                "ListOriginationNumbers",
                "<PhoneNumbers><member><Status>ACTIVE</Status><NumberCapabilities><member>SMS</member></NumberCapabilities></member></PhoneNumbers>"
            ),
            Some(json!({"PhoneNumbers": [{"Status": "ACTIVE", "NumberCapabilities": ["SMS"]}]}))
        );
    }

    #[test]
    fn what_is_no_answer_is_none() {
        assert_eq!(to_json("GetSMSAttributes", "<html><body>500</body></html>"), None);
        assert_eq!(to_json("GetSMSAttributes", "<GetSMSAttributesResponse>"), None);
        assert_eq!(answer("GetSMSSandboxAccountStatus", "<IsInSandbox>false</IsInSandbox><IsInSandbox>true</IsInSandbox>"), None);
        assert_eq!(to_json("X", "<!DOCTYPE a [<!ENTITY b 'c'>]><XResponse><XResult>&b;</XResult></XResponse>"), None);
    }

    #[test]
    fn the_code_of_an_error() {
        assert_eq!(error_code("<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>").as_deref(), Some("Throttled"));
    }
}
