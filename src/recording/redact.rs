//! Redaction before storage: an answer goes in as AWS gave it and comes out fit to be kept for years.

use super::allow::{self, Form, Rule};
use super::bucket_xml;
use super::digest_file;
use super::line::{Call, RawCall};
use super::phone;
use super::pseudonym::Pseudonyms;
use super::suspect;
use super::xml;
use crate::clock;
use crate::model::json;
use crate::model::scope::PrivacyMode;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

/// The member of an object that stands for a value which was not kept; its value is the JSON type.
pub const MARK: &str = "$redacted";
/// The attribute under which a user's name digest is kept for joins.
pub const NAME_DIGEST: &str = "$username";
/// The attribute that marks a user whose name sounds shared; there only where it does, and then `true`.
pub const SHARED_NAME: &str = "$shared_name";
/// Longest string kept, characters; a longer one is marked.
const LONGEST: usize = 2048;
/// Deepest nesting looked into.
const DEEPEST: usize = 24;

/// Redacts calls of one run.
#[derive(Clone)]
pub struct Redactor {
    pseudonyms: Pseudonyms,
    run_id: String,
}

/// The user that a value is about, where one is known.
#[derive(Clone, Default)]
struct Person {
    sub: Option<String>,
    name: Option<String>,
}

impl Redactor {
    /// For one run.
    pub fn new(pseudonyms: Pseudonyms, run_id: &str) -> Self {
        Self { pseudonyms, run_id: run_id.to_owned() }
    }

    /// The pseudonyms in use.
    pub fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// The run.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// A call attempt in the form in which it may be stored; `call` and `prev` are the segment's business.
    /// An answer that is not the JSON or XML it should be becomes the error `MalformedAnswer`; one about another pool,
    /// client or user than was asked about (a cache that mixes them up) becomes `AnswerAboutAnother`.
    pub fn call(&self, raw: &RawCall, call: &str, prev: &str) -> Call {
        let about = Person { sub: raw.subject_sub.clone(), name: None };
        let mut error = raw.error.clone();
        let mut answer = None;
        if error.is_none() {
            match parse(raw.service, raw.operation, &raw.body) {
                Some(value) if is_about_another(&raw.input, &value) => error = Some("AnswerAboutAnother".to_owned()),
                Some(value) => answer = Some(self.value(&value, allow::answer_rule(raw.service, raw.operation), &about, 0)),
                None => error = Some("MalformedAnswer".to_owned()),
            }
        }
        Call {
            call: call.to_owned(),
            prev: prev.to_owned(),
            service: raw.service.to_owned(),
            operation: raw.operation.to_owned(),
            region: raw.region.clone(),
            origin: raw.origin.clone(),
            input: self.input(&raw.input, &about),
            pass: raw.pass,
            attempt: raw.attempt,
            time: raw.time.clone(),
            status: raw.status,
            request_id: raw.request_id.clone(),
            server_date: raw.server_date.clone(),
            error: error.map(|code| error_code(&code)),
            bytes: raw.body.len() as u64,
            commitment: (!raw.body.is_empty()).then(|| self.pseudonyms.commitment(&self.run_id, call, &raw.body)),
            answer,
        }
    }

    /// Request parameters in the form in which they may be stored.
    fn input(&self, input: &Value, about: &Person) -> Value {
        let Value::Object(members) = input else { return json!({}) };
        let kept = members.iter().filter(|(_, v)| !v.is_null()).map(|(name, value)| {
            let value = match allow::input_form(name) {
                Some(Form::User) => {
                    let person = Person { sub: about.sub.clone(), name: value.as_str().map(str::to_owned) };
                    self.user(&person).unwrap_or_else(|| mark(value))
                }
                Some(form) => self.leaf(value, form, about),
                None => mark(value),
            };
            (name.clone(), value)
        });
        Value::Object(kept.collect())
    }

    fn value(&self, value: &Value, rule: &Rule, about: &Person, depth: usize) -> Value {
        if depth > DEEPEST {
            return mark(value);
        }
        match (value, rule) {
            (
                Value::Array(items),
                Rule::Leaf(Form::Keep | Form::Origin | Form::Phone | Form::Time | Form::Day | Form::Event) | Rule::Members(_),
            ) => Value::Array(items.iter().map(|item| self.value(item, rule, about, depth + 1)).collect()),
            (Value::Object(members), Rule::Members(rules)) => {
                let about = person_of(members).unwrap_or_else(|| about.clone());
                let kept = members.iter().map(|(name, member)| {
                    let kept = rules.get(name).map_or_else(|| mark(member), |rule| self.value(member, rule, &about, depth + 1));
                    (name.clone(), kept)
                });
                Value::Object(kept.collect())
            }
            (Value::Null, Rule::Members(_)) => Value::Null,
            (_, Rule::Leaf(form)) => self.leaf(value, *form, about),
            _ => mark(value),
        }
    }

    fn leaf(&self, value: &Value, form: Form, about: &Person) -> Value {
        match (form, value) {
            (_, Value::Null) => Value::Null,
            (Form::Keep, Value::Bool(_) | Value::Number(_)) => value.clone(),
            (Form::Keep, Value::String(text)) if text.chars().count() <= LONGEST => value.clone(),
            (Form::Time, _) => time(value).map_or_else(|| mark(value), |t| json!(clock::rfc3339(t))),
            (Form::Day, _) => day(value).map_or_else(|| mark(value), |d| json!(d.to_string())),
            (Form::User, Value::String(name)) => {
                let person = Person { sub: about.sub.clone(), name: Some(name.clone()) };
                self.user(&person).unwrap_or_else(|| mark(value))
            }
            (Form::Attributes, Value::Array(list)) => Value::Array(self.attributes(list, about)),
            // An empty token ends a listing, as in AWS's own paginators.
            (Form::Token, Value::String(token)) if token.is_empty() => Value::Null,
            (Form::Token, Value::String(token)) => digest_mark(value, self.pseudonyms.token(token)),
            (Form::Phone, Value::String(number)) => self.phone(number),
            (Form::Origin, Value::String(url)) => origin(url).map_or_else(|| mark(value), Value::String),
            (Form::Event, Value::String(text)) => match serde_json::from_str::<Value>(text) {
                Ok(record) if record.is_object() => self.value(&record, allow::record_rule(), about, 0),
                _ => mark(value),
            },
            // A key that stands there twice means one thing to one reader and another to the next.
            (Form::Pattern, Value::String(text)) => match json::strict::<Value>(text.as_bytes()) {
                Ok(pattern) if pattern.is_object() => self.value(&pattern, allow::pattern_rule(), about, 0),
                _ => mark(value),
            },
            (Form::Who, Value::String(arn)) => self.with_clear(arn, digest_mark(value, self.pseudonyms.principal(arn))),
            (Form::Host, Value::String(name)) if is_service_name(name) => value.clone(),
            (Form::Host, Value::String(address)) => self.with_clear(address, digest_mark(value, self.pseudonyms.principal(address))),
            (Form::Sub, Value::String(sub)) => json!(self.pseudonyms.user(sub)),
            (Form::Digest, Value::String(text)) if digest_file::parse(text.as_bytes()).is_ok() => value.clone(),
            (Form::Count, Value::Array(list)) => json!({MARK: "array", "count": list.len()}),
            _ => mark(value),
        }
    }

    fn user(&self, person: &Person) -> Option<Value> {
        let id = match (&person.sub, &person.name) {
            (_, Some(name)) if self.pseudonyms.clear() => name.clone(),
            (Some(sub), _) => self.pseudonyms.user(sub),
            (None, Some(name)) => self.pseudonyms.username(name),
            (None, None) => return None,
        };
        Some(Value::String(id))
    }

    /// Attributes that the checks need, and of those no more than they need; all others are dropped.
    fn attributes(&self, list: &[Value], about: &Person) -> Vec<Value> {
        let mut kept = Vec::new();
        for attribute in list {
            let (Some(name), Some(value)) = (attribute.get("Name").and_then(Value::as_str), attribute.get("Value").and_then(Value::as_str))
            else {
                continue;
            };
            let stored = match name {
                "sub" => json!(self.pseudonyms.user(value)),
                "email" => self.with_clear(value, digest_mark(&json!(value), self.pseudonyms.email(value))),
                "phone_number" => self.with_clear(value, self.phone(value)),
                "email_verified" | "phone_number_verified" if matches!(value, "true" | "false") => json!(value),
                "email_verified" | "phone_number_verified" => mark(&json!(value)),
                "identities" => identities(value),
                _ => continue,
            };
            kept.push(json!({"Name": name, "Value": stored}));
        }
        let text = |a: &Value, member: &str| a.get(member).and_then(Value::as_str).map(str::to_owned);
        let emails = list.iter().filter(|a| text(a, "Name").as_deref() == Some("email")).filter_map(|a| text(a, "Value"));
        if emails.chain(about.name.clone()).any(|name| suspect::sounds_shared(&name)) {
            kept.push(json!({"Name": SHARED_NAME, "Value": "true"}));
        }
        if let Some(name) = &about.name {
            kept.push(json!({"Name": NAME_DIGEST, "Value": digest_mark(&json!(name), self.pseudonyms.username(name))}));
        }
        kept
    }

    fn with_clear(&self, value: &str, mut marked: Value) -> Value {
        if self.pseudonyms.clear()
            && let Some(members) = marked.as_object_mut()
        {
            members.insert(PrivacyMode::Clear.word().to_owned(), json!(value));
        }
        marked
    }

    fn phone(&self, number: &str) -> Value {
        let mut kept = digest_mark(&json!(number), self.pseudonyms.phone(number));
        if let Some(members) = kept.as_object_mut() {
            members.insert("e164".to_owned(), json!(phone::is_e164(number)));
            if let Some(country) = phone::country(number) {
                members.insert("country".to_owned(), json!(country));
            }
        }
        kept
    }
}

/// The exact answer as JSON: JSON as it is, the query protocol's and S3's XML in the shape that the AWS CLI gives it. `None`
/// where it is neither, or no object. It holds everything that redaction takes out: for the collector, never for storage.
pub fn parse(service: &str, operation: &str, body: &[u8]) -> Option<Value> {
    let first = body.iter().find(|b| !b.is_ascii_whitespace())?;
    let value = match (*first, service) {
        (b'<', "s3") => bucket_xml::to_json(operation, std::str::from_utf8(body).ok()?)?,
        (b'<', _) => xml::to_json(operation, std::str::from_utf8(body).ok()?)?,
        _ => serde_json::from_slice(body).ok()?,
    };
    value.is_object().then_some(value)
}

/// Parameters with the members of an answer that repeat them (API reference: DescribeUserPool, DescribeUserPoolClient,
/// AdminGetUser, AdminGetUserAuthFactors).
const REPEATED: [(&str, &str); 4] = [
    ("UserPoolId", "/UserPool/Id"),
    ("UserPoolId", "/UserPoolClient/UserPoolId"),
    ("ClientId", "/UserPoolClient/ClientId"),
    ("Username", "/Username"),
];

/// Whether an answer says that it is about something else than was asked about.
fn is_about_another(input: &Value, answer: &Value) -> bool {
    REPEATED.iter().any(|(parameter, member)| {
        let (asked, answered) = (input.get(*parameter).and_then(Value::as_str), answer.pointer(member).and_then(Value::as_str));
        matches!((asked, answered), (Some(asked), Some(answered)) if asked != answered)
    })
}

/// The user that an object describes: its `sub` attribute and its `Username`.
fn person_of(members: &Map<String, Value>) -> Option<Person> {
    let list = members.get("Attributes").or_else(|| members.get("UserAttributes")).and_then(Value::as_array);
    let name = members.get("Username").and_then(Value::as_str).map(str::to_owned);
    let list = list?;
    let sub = list
        .iter()
        .find(|a| a.get("Name").and_then(Value::as_str) == Some("sub"))
        .and_then(|a| a.get("Value"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    Some(Person { sub, name })
}

/// The `identities` attribute: which providers, never who there.
fn identities(text: &str) -> Value {
    let Ok(Value::Array(list)) = serde_json::from_str::<Value>(text) else { return mark(&json!(text)) };
    let kept: Vec<Value> = list
        .iter()
        .map(|identity| {
            let keep = |name: &str| identity.get(name).filter(|v| v.is_string() || v.is_boolean()).cloned().unwrap_or(Value::Null);
            json!({"providerName": keep("providerName"), "providerType": keep("providerType"), "primary": keep("primary")})
        })
        .collect();
    json!({MARK: "string", "identities": kept})
}

/// An error code fit to be stored: AWS's own words are short identifiers; anything else is not repeated.
fn error_code(code: &str) -> String {
    let tail = code.rsplit('#').next().unwrap_or(code);
    if is_error_code(tail) { tail.to_owned() } else { "UnreadableErrorCode".to_owned() }
}

/// A short identifier, as AWS's error codes are.
pub(super) fn is_error_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The name of a service as CloudTrail gives it where AWS itself calls (record contents, `sourceIPAddress`, `invokedBy`).
pub(super) fn is_service_name(name: &str) -> bool {
    let plain =
        |s: &str| !s.is_empty() && s.len() <= 100 && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    name == "AWS Internal" || name.strip_suffix(".amazonaws.com").is_some_and(plain)
}

/// The day of a time as AWS gives it.
pub fn day(value: &Value) -> Option<NaiveDate> {
    time(value).map(|t| t.date_naive())
}

/// Epoch seconds (the service, AWS CLI v1) or ISO 8601 (AWS CLI v2).
pub fn time(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Number(seconds) => {
            let millis = seconds.as_f64()? * 1000.0;
            (millis.abs() < 8.0e15).then_some(())?;
            #[allow(clippy::cast_possible_truncation, reason = "bounded above")]
            DateTime::from_timestamp_millis(millis.round() as i64)
        }
        Value::String(text) => clock::parse_rfc3339(text).ok().or_else(|| {
            // AWS CLI v2 writes offsets; some tools leave them out or write a space.
            let text = text.replace(' ', "T");
            clock::parse_rfc3339(&text).or_else(|_| clock::parse_rfc3339(&format!("{text}Z"))).ok()
        }),
        _ => None,
    }
}

/// Scheme and host of a URL; of a native app's `com.example.app:/path` (RFC 8252, 7.1) the scheme.
fn origin(url: &str) -> Option<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        let (scheme, _) = url.split_once(":/")?;
        return is_private_scheme(scheme).then(|| format!("{scheme}:"));
    };
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let fit = |s: &str| !s.is_empty() && s.len() <= 255 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-:[]*_".contains(&b));
    (fit(scheme) && (fit(host) || host.is_empty())).then(|| format!("{scheme}://{host}"))
}

/// A scheme that is a domain name turned around (RFC 8252, 7.1), such as `com.example.app`.
pub(super) fn is_private_scheme(scheme: &str) -> bool {
    let label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    scheme.len() <= 255
        && scheme.contains('.')
        && scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && scheme.split('.').all(label)
}

/// The mark that stands for a value: its JSON type, nothing else.
pub fn mark(value: &Value) -> Value {
    let kind = match value {
        Value::Null => return Value::Null,
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    json!({MARK: kind})
}

fn digest_mark(value: &Value, digest: String) -> Value {
    let mut kept = mark(value);
    if let Some(members) = kept.as_object_mut() {
        members.insert("digest".to_owned(), Value::String(digest));
    }
    kept
}
