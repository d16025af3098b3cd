//! Whether a stored call is in its redacted form: every value at a place that the allow-list names, in the form that it
//! names. Used by COG-EVD-004 and by verification; it needs no key, so it can tell form, not truth.

use super::allow::{self, Form, Rule};
use super::digest_file;
use super::line::Call;
use super::redact::{self, MARK, NAME_DIGEST, SHARED_NAME};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Members that may stand beside the mark of a value. `clear`, the value itself under `privacy.mode = "clear"`, is none.
const BESIDE: [&str; 5] = ["digest", "e164", "country", "identities", "count"];
/// Longest request id, characters; AWS's have 36.
const LONGEST_ID: usize = 128;

/// JSON pointers (into the line) of values that are not in their redacted form. Empty for a good line.
pub fn call(call: &Call) -> Vec<String> {
    let mut wrong = Vec::new();
    let id = |text: &String| text.len() <= LONGEST_ID && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=+/".contains(&b));
    let date = |text: &String| crate::clock::parse_rfc3339(text).is_ok();
    note(call.error.as_ref().is_none_or(|code| redact::is_error_code(code)), "/error", &mut wrong);
    note(call.origin.as_ref().is_none_or(|origin| is_origin(origin)), "/origin", &mut wrong);
    note(call.request_id.as_ref().is_none_or(id), "/request_id", &mut wrong);
    note(date(&call.time) && call.server_date.as_ref().is_none_or(date), "/time", &mut wrong);
    if let Some(answer) = &call.answer {
        value(answer, allow::answer_rule(&call.service, &call.operation), &mut "/answer".to_owned(), &mut wrong);
    }
    match &call.input {
        Value::Object(members) => {
            for (name, member) in members {
                let good = allow::input_form(name).map_or_else(|| is_mark(member), |form| leaf(member, form));
                if !good {
                    wrong.push(format!("/input/{}", escape(name)));
                }
            }
        }
        _ => wrong.push("/input".to_owned()),
    }
    wrong
}

fn note(good: bool, pointer: &str, wrong: &mut Vec<String>) {
    if !good {
        wrong.push(pointer.to_owned());
    }
}

fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { Cow::Owned(name.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(name) }
}

/// Looks at a value and all below it. `pointer` grows on the way down and is cut on the way up: this sees every value of a
/// recording, so it must not make a text for each.
fn value(value: &Value, rule: &Rule, pointer: &mut String, wrong: &mut Vec<String>) {
    if value.is_null() || is_mark(value) {
        return;
    }
    let length = pointer.len();
    let good = match (value, rule) {
        (Value::Array(list), _) => {
            for (n, item) in list.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&n.to_string());
                match rule {
                    Rule::Leaf(Form::Attributes) => note(is_attribute(item), pointer, wrong),
                    _ => self::value(item, rule, pointer, wrong),
                }
                pointer.truncate(length);
            }
            true
        }
        (Value::Object(members), Rule::Members(rules)) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&escape(name));
                match rules.get(name) {
                    Some(rule) => self::value(member, rule, pointer, wrong),
                    None => note(member.is_null() || is_mark(member), pointer, wrong),
                }
                pointer.truncate(length);
            }
            true
        }
        (Value::Object(_), Rule::Leaf(Form::Event)) => {
            self::value(value, allow::record_rule(), pointer, wrong);
            true
        }
        (Value::Object(_), Rule::Leaf(Form::Pattern)) => {
            self::value(value, allow::pattern_rule(), pointer, wrong);
            true
        }
        (_, Rule::Leaf(form)) => leaf(value, *form),
        _ => false,
    };
    note(good, pointer, wrong);
}

/// An object that only says what is not there.
fn is_mark(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        let kind = members.get(MARK).and_then(Value::as_str);
        let beside = |name: &String| name == MARK || BESIDE.contains(&name.as_str());
        kind.is_some_and(|k| ["boolean", "number", "string", "array", "object"].contains(&k))
            && members.keys().all(beside)
            && members.iter().all(|(name, member)| beside_is_good(name, member))
    })
}

fn beside_is_good(name: &str, member: &Value) -> bool {
    match name {
        "digest" => member.as_str().is_some_and(|d| ["e_", "p_", "n_", "t_", "w_"].iter().any(|p| is_pseudonym(d, p))),
        "e164" => member.is_boolean(),
        "country" => member.as_str().is_some_and(|c| c.len() <= 4 && c.starts_with('+') && c.bytes().skip(1).all(|b| b.is_ascii_digit())),
        "count" => member.is_u64(),
        "identities" => member.as_array().is_some_and(|list| list.iter().all(|i| i.as_object().is_some_and(is_identity))),
        _ => name == MARK,
    }
}

fn is_identity(members: &Map<String, Value>) -> bool {
    members.keys().all(|name| ["providerName", "providerType", "primary"].contains(&name.as_str()))
        && members.values().all(|v| v.is_null() || v.is_boolean() || v.is_string())
}

/// The keyed digest of an address, a number, a name or a user.
pub fn is_digest(text: &str) -> bool {
    ["e_", "p_", "n_", "u_"].iter().any(|prefix| is_pseudonym(text, prefix))
}

/// Scheme and host of a URL, or a native app's own scheme.
fn is_origin(text: &str) -> bool {
    match text.split_once("://") {
        Some((_, host)) => !host.contains(['/', '?', '#', '@']),
        None => text.strip_suffix(':').is_some_and(redact::is_private_scheme),
    }
}

fn is_pseudonym(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 20 && rest.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b)))
}

fn is_attribute(attribute: &Value) -> bool {
    let Some(members) = attribute.as_object().filter(|m| m.len() == 2) else { return false };
    let (Some(name), Some(value)) = (members.get("Name").and_then(Value::as_str), members.get("Value")) else { return false };
    match name {
        "sub" => value.as_str().is_some_and(|sub| is_pseudonym(sub, "u_")),
        "email_verified" | "phone_number_verified" => is_mark(value) || matches!(value.as_str(), Some("true" | "false")),
        SHARED_NAME => value.as_str() == Some("true"),
        "email" | "phone_number" | "identities" | NAME_DIGEST => is_mark(value),
        _ => false,
    }
}

fn leaf(value: &Value, form: Form) -> bool {
    if value.is_null() || is_mark(value) {
        return true;
    }
    match (form, value) {
        (Form::Keep, Value::Array(list)) => list.iter().all(|item| leaf(item, form)),
        (Form::Keep, other) => !other.is_object(),
        (Form::Time, Value::String(text)) => crate::clock::parse_rfc3339(text).is_ok(),
        (Form::Day, Value::String(text)) => text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok(),
        (Form::User, Value::String(text)) => is_pseudonym(text, "u_") || is_pseudonym(text, "n_"),
        (Form::Origin, Value::String(text)) => is_origin(text),
        (Form::Host, Value::String(text)) => redact::is_service_name(text),
        (Form::Sub, Value::String(text)) => is_pseudonym(text, "u_"),
        (Form::Digest, Value::String(text)) => digest_file::parse(text.as_bytes()).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::Fixture;
    use serde_json::json;

    fn lines() -> Vec<Call> {
        let files = Fixture::good().files();
        let text: String =
            files.iter().filter(|(n, _)| n.ends_with(".jsonl")).map(|(_, b)| String::from_utf8(b.clone()).unwrap()).collect();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn what_the_redactor_stores_is_in_its_form() {
        for line in lines() {
            assert_eq!(call(&line), Vec::<String>::new(), "{}", line.operation);
        }
    }

    #[test]
    fn what_clear_mode_stores_is_found() {
        use crate::model::scope::PrivacyMode;
        use crate::recording::line::RawCall;
        use crate::recording::pseudonym::Pseudonyms;
        use crate::recording::redact::Redactor;
        let redactor = Redactor::new(Pseudonyms::new(PrivacyMode::Clear, [1; 32], [2; 32]), "r_test");
        let body = json!({"Users": [{"Username": "ann", "Attributes": [{"Name": "sub", "Value": "1"}, {"Name": "phone_number", "Value": "+12065550100"}]}]});
        let raw = RawCall {
            service: "cognito-idp",
            operation: "ListUsers",
            region: "eu-west-1".to_owned(),
            origin: None,
            input: json!({}),
            pass: 1,
            attempt: 1,
            time: "2026-09-30T12:00:00.000Z".to_owned(),
            status: Some(200),
            request_id: None,
            server_date: None,
            error: None,
            body: serde_json::to_vec(&body).unwrap(),
            subject_sub: None,
        };
        let found = call(&redactor.call(&raw, "s:1", "00"));
        assert!(found.contains(&"/answer/Users/0/Username".to_owned()), "{found:?}");
        assert!(found.contains(&"/answer/Users/0/Attributes/1".to_owned()), "{found:?}");
    }

    #[test]
    fn identities_and_secrets_in_the_open_are_found() {
        let of = |operation: &str| lines().into_iter().find(|l| l.operation == operation).unwrap();
        let mut listing = of("ListUsers");
        listing.answer.as_mut().unwrap()["Users"][1]["Username"] = json!("jane");
        listing.answer.as_mut().unwrap()["Users"][0]["Attributes"][1]["Value"] = json!("jane@example.com");
        assert_eq!(call(&listing), ["/answer/Users/0/Attributes/1", "/answer/Users/1/Username"]);
        let mut client = of("DescribeUserPoolClient");
        client.answer.as_mut().unwrap()["UserPoolClient"]["ClientSecret"] = json!("s3cret");
        assert_eq!(call(&client), ["/answer/UserPoolClient/ClientSecret"]);
        let mut hidden = of("DescribeUserPoolClient");
        hidden.answer.as_mut().unwrap()["UserPoolClient"]["ClientSecret"] = json!({"$redacted": "string", "digest": "s3cret"});
        assert_eq!(call(&hidden), ["/answer/UserPoolClient/ClientSecret"]);
        let mut clear = of("ListUsers");
        let email = clear.answer.as_mut().unwrap()["Users"][0]["Attributes"][1]["Value"].as_object_mut().unwrap();
        email.insert("clear".to_owned(), json!("ann@example.com"));
        assert_eq!(call(&clear), ["/answer/Users/0/Attributes/1"]);
        let mut around = of("DescribeUserPool");
        around.error = Some("UserNotFoundException: ann@example.com".to_owned());
        around.origin = Some("https://ann@example.com".to_owned());
        around.request_id = Some("for ann".to_owned());
        around.time = "ann".to_owned();
        assert_eq!(call(&around), ["/error", "/origin", "/request_id", "/time"]);
        let mut factors = of("AdminGetUserAuthFactors");
        factors.input["Username"] = json!("ann");
        factors.input["Note"] = json!("x");
        assert_eq!(call(&factors), ["/input/Note", "/input/Username"]);
    }
}
