//! Pointers into what was recorded. A finding cannot exist without one.

use serde::{Deserialize, Serialize};

/// Where a fact stands: a recorded call and a JSON pointer (RFC 6901) into its redacted answer.
///
/// `call` is `<segment>:<n>` for line `n` of `data/recording/<segment>.jsonl`, `header` for the recording's header,
/// `scope` for `data/inputs/scope.json`, `roster` for `data/inputs/roster.json`,
/// `reviews` for `data/inputs/reviews.json` and `changes:<n>` for line `n` of
/// `data/inputs/changes.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which call or input.
    pub call: String,
    /// JSON pointer into it; empty for the whole.
    pub pointer: String,
}

impl Evidence {
    /// A pointer into a recorded call.
    pub fn call(call: impl Into<String>, pointer: impl Into<String>) -> Self {
        Self { call: call.into(), pointer: pointer.into() }
    }
    /// A pointer into the recording's header.
    pub fn header(pointer: impl Into<String>) -> Self {
        Self::call("header", pointer)
    }
    /// A pointer into the roster as kept.
    pub fn roster(pointer: impl Into<String>) -> Self {
        Self::call("roster", pointer)
    }
    /// A pointer into the access reviews.
    pub fn reviews(pointer: impl Into<String>) -> Self {
        Self::call("reviews", pointer)
    }
    /// A pointer into the scope as declared.
    pub fn scope(pointer: impl Into<String>) -> Self {
        Self::call("scope", pointer)
    }
    /// A line of the journal of changes, from 1.
    pub fn change(line: u64) -> Self {
        Self::call(format!("changes:{line}"), "")
    }
}

/// One pointer or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Evidence>", into = "Vec<Evidence>")]
pub struct Proof(Vec<Evidence>);

impl Proof {
    /// A proof of one pointer.
    pub fn new(first: Evidence) -> Self {
        Self(vec![first])
    }
    /// The same with another pointer; one that is already there is not repeated.
    #[must_use]
    pub fn and(mut self, more: Evidence) -> Self {
        if !self.0.contains(&more) {
            self.0.push(more);
        }
        self
    }
    /// The same with more pointers.
    #[must_use]
    pub fn and_all(self, more: impl IntoIterator<Item = Evidence>) -> Self {
        more.into_iter().fold(self, Self::and)
    }
    /// All pointers, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &Evidence> {
        self.0.iter()
    }
}

impl TryFrom<Vec<Evidence>> for Proof {
    type Error = &'static str;
    fn try_from(list: Vec<Evidence>) -> Result<Self, Self::Error> {
        if list.is_empty() { Err("a finding needs at least one pointer into the recording") } else { Ok(Self(list)) }
    }
}

impl From<Proof> for Vec<Evidence> {
    fn from(proof: Proof) -> Self {
        proof.0
    }
}
