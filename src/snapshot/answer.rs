//! Reading typed facts out of redacted answers, each with its pointer. Absent, redacted and malformed stay apart.

use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind, State};
use crate::recording::line::Call;
use crate::recording::redact::MARK;
use serde_json::Value;

/// What came of one call after all its attempts.
#[derive(Clone, Debug)]
pub struct Answer {
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
    /// From a recorded attempt.
    pub fn of(call: &Call) -> Self {
        let content = match (&call.error, &call.answer) {
            (None, Some(answer)) => Ok(answer.clone()),
            (Some(code), _) => Err(gap_of(code)),
            (None, None) => Err(GapKind::Failed("NoAnswer".to_owned())),
        };
        Self { call: call.call.clone(), content }
    }

    /// Of a call that nobody made; points at the recording's header, which says where answers come from.
    pub fn never_asked() -> Self {
        Self { call: "header".to_owned(), content: Err(GapKind::NotAsked) }
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

    /// A fact of type `T` at a JSON pointer; `null` counts as absent.
    pub fn get<T: FromJson>(&self, pointer: &str) -> Fetched<T> {
        let state = match &self.content {
            Err(kind) => State::Gap(kind.clone()),
            Ok(answer) => match answer.pointer(pointer) {
                None | Some(Value::Null) => State::Absent,
                Some(value) => match T::from_json(value) {
                    Some(fact) => State::Value(fact),
                    None => State::Gap(GapKind::Malformed(T::EXPECTED.to_owned())),
                },
            },
        };
        Fetched { at: self.at(pointer), state }
    }

    /// Whether a member is there at all, redacted or not.
    pub fn present(&self, pointer: &str) -> Fetched<()> {
        self.get::<Present>(pointer).map(|Present| ())
    }
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
