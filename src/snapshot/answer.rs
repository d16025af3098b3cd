//! Reading typed facts out of redacted answers, each with its pointer. Absent, redacted and malformed stay apart.

use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind, State};
use crate::recording::line::Call;
use crate::recording::redact::MARK;
use serde_json::Value;

/// What came of one call after all its attempts.
#[derive(Clone, Debug)]
pub struct Answer {
    operation: String,
    call: String,
    content: Result<Value, GapKind>,
}

/// Error codes by which AWS says that the caller may not (Cognito, SNS, STS; common errors of both protocols).
const DENIALS: [&str; 14] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "NotAuthorizedException",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

impl Answer {
    /// From a recorded attempt. Every answer that is read here is an object; anything else is no answer.
    pub fn of(call: &Call) -> Self {
        let content = match (&call.error, &call.answer) {
            (None, Some(answer)) if is_object(answer) => Ok(answer.clone()),
            (None, Some(_)) => Err(GapKind::Malformed(OBJECT.to_owned())),
            (Some(code), _) => Err(gap_of(code)),
            (None, None) => Err(GapKind::Failed("NoAnswer".to_owned())),
        };
        Self { operation: call.operation.clone(), call: call.call.clone(), content }
    }

    /// Of a call that nobody made; points at the recording's header, which says where answers come from.
    pub fn never_asked(operation: &str) -> Self {
        Self { operation: operation.to_owned(), call: "header".to_owned(), content: Err(GapKind::NotAsked) }
    }

    /// The same answer if it holds the object that everything else is in and that object's member `name` is not another
    /// subject's; else no answer. Without it, what is missing would count as "absent in the answer".
    #[must_use]
    pub fn about(mut self, pointer: &str, name: &str, subject: &str) -> Self {
        if let Ok(answer) = &self.content {
            let named = answer.pointer(pointer).filter(|v| is_object(v)).map(|v| v.get(name).and_then(Value::as_str));
            match named {
                Some(None) => {}
                Some(Some(named)) if named == subject => {}
                Some(Some(_)) => self.content = Err(GapKind::Malformed(format!("{name} as asked for"))),
                None => self.content = Err(GapKind::Malformed(OBJECT.to_owned())),
            }
        }
        self
    }

    /// The same without its content: whether it succeeded, and where it stands.
    #[must_use]
    pub fn emptied(self) -> Self {
        Self { content: self.content.map(|_| Value::Object(serde_json::Map::new())), ..self }
    }

    /// Whether the call succeeded.
    pub fn succeeded(&self) -> bool {
        self.content.is_ok()
    }

    /// The call's id, or `header`.
    pub fn call(&self) -> &str {
        &self.call
    }

    /// The error code or reason where it did not succeed.
    pub fn gap(&self) -> Option<&GapKind> {
        self.content.as_ref().err()
    }

    /// Where a pointer into this answer leads.
    pub fn at(&self, pointer: &str) -> Evidence {
        Evidence::call(&self.call, if self.call == "header" { "/source" } else { pointer })
    }

    /// A fact of type `T` at a JSON pointer; `null` counts as absent, but only where what holds it has the documented form.
    pub fn get<T: FromJson>(&self, pointer: &str) -> Fetched<T> {
        let state = match self.content.as_ref().map(|answer| walk(answer, pointer)) {
            Err(kind) => State::Gap(kind.clone()),
            Ok(None) => State::Gap(GapKind::Malformed(OBJECT.to_owned())),
            Ok(Some(Value::Null)) => State::Absent,
            Ok(Some(value)) => match T::from_json(value) {
                Some(fact) => State::Value(fact),
                None => State::Gap(GapKind::Malformed(T::EXPECTED.to_owned())),
            },
        };
        let what = format!("{} {}", self.operation, pointer.trim_start_matches('/').replace('/', "."));
        Fetched { what: what.trim_end().to_owned(), at: self.at(pointer), state }
    }

    /// Whether a member is there at all, redacted or not.
    pub fn present(&self, pointer: &str) -> Fetched<()> {
        self.get::<Present>(pointer).map(|Present| ())
    }
}

/// What is expected where members are looked for.
const OBJECT: &str = "an object";

fn is_object(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.contains_key(MARK))
}

/// The value at a pointer, `null` where it or what holds it is absent, `None` where what holds it is no object.
fn walk<'a>(answer: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(answer, |at, name| match at {
        Value::Null => Some(at),
        _ if is_object(at) => Some(at.get(name).unwrap_or(&Value::Null)),
        _ => None,
    })
}

/// What an error code means for the fact that was asked for.
fn gap_of(code: &str) -> GapKind {
    if DENIALS.contains(&code) { GapKind::Denied(code.to_owned()) } else { GapKind::Failed(code.to_owned()) }
}

/// Facts that can be read from JSON.
pub trait FromJson: Sized {
    /// What is expected, for the message about something else.
    const EXPECTED: &'static str;
    /// The fact, if the value has the form.
    fn from_json(value: &Value) -> Option<Self>;
}

struct Present;

impl FromJson for Present {
    const EXPECTED: &'static str = "anything";
    fn from_json(_: &Value) -> Option<Self> {
        Some(Self)
    }
}

impl FromJson for String {
    const EXPECTED: &'static str = "a string";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl FromJson for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJson for u64 {
    const EXPECTED: &'static str = "a whole number";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl FromJson for Vec<String> {
    const EXPECTED: &'static str = "a list of strings";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(String::from_json).collect()
    }
}

/// How many items a list has that was stored as its length only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub u64);

impl FromJson for Length {
    const EXPECTED: &'static str = "a list";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_object().filter(|members| members.contains_key(MARK))?.get("count")?.as_u64().map(Self)
    }
}

impl FromJson for Vec<Value> {
    const EXPECTED: &'static str = "a list";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array().cloned()
    }
}

impl FromJson for serde_json::Map<String, Value> {
    const EXPECTED: &'static str = "an object";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_object().filter(|members| !members.contains_key(MARK)).cloned()
    }
}
