//! `Fetched<T>`: tri-state all the way. What was not read can be asked for, but never taken for a value.

use super::evidence::Evidence;
use serde::{Deserialize, Serialize};

/// A fact with where it stands, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched<T> {
    /// What was asked for, for people: operation and member.
    pub what: String,
    /// The call that answered, was refused, or would have answered (then the header).
    pub at: Evidence,
    /// What came of it.
    pub state: State<T>,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State<T> {
    /// The answer has it.
    Value(T),
    /// The answer came and does not have it.
    Absent,
    /// There is no answer.
    Gap(GapKind),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "code")]
pub enum GapKind {
    /// AWS refused; its error code.
    Denied(String),
    /// The call failed in another way (throttled out, timed out, malformed, unknown operation); its code.
    Failed(String),
    /// The call was never made, or the import does not have it.
    NotAsked,
    /// The answer has the member in a form that is not the documented one; what was expected.
    Malformed(String),
}

/// A missing answer: what was needed, why it is missing and where that is recorded. Turns into INCOMPLETE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The operation or field that was needed.
    pub what: String,
    /// Why it is missing.
    pub kind: GapKind,
    /// Where that is recorded.
    pub at: Evidence,
}

impl<T> Fetched<T> {
    /// A value at a pointer.
    pub fn value(value: T, at: Evidence) -> Self {
        Self::new(at, State::Value(value))
    }
    /// The answer came without it.
    pub fn absent(at: Evidence) -> Self {
        Self::new(at, State::Absent)
    }
    /// No answer.
    pub fn gap(kind: GapKind, at: Evidence) -> Self {
        Self::new(at, State::Gap(kind))
    }
    fn new(at: Evidence, state: State<T>) -> Self {
        Self { what: at.pointer.clone(), at, state }
    }
    /// The same, called by a name that people know.
    #[must_use]
    pub fn named(self, what: impl Into<String>) -> Self {
        Self { what: what.into(), ..self }
    }
    /// The value, `None` where the answer came without it.
    ///
    /// # Errors
    /// There is no answer: the [`Gap`], which a check passes on with `?` and so becomes INCOMPLETE.
    pub fn known(&self) -> Result<Option<&T>, Gap> {
        match &self.state {
            State::Value(value) => Ok(Some(value)),
            State::Absent => Ok(None),
            State::Gap(kind) => Err(Gap { what: self.what.clone(), kind: kind.clone(), at: self.at.clone() }),
        }
    }
    /// The value, where AWS always gives one: an answer without it is malformed.
    ///
    /// # Errors
    /// There is no answer, or it lacks the member.
    pub fn needed(&self) -> Result<&T, Gap> {
        self.known()?.ok_or_else(|| Gap { what: self.what.clone(), kind: GapKind::Malformed("a value".to_owned()), at: self.at.clone() })
    }
    /// The value if one was read; for facts whose absence and gap mean the same to the caller (say why there).
    pub fn if_read(&self) -> Option<&T> {
        match &self.state {
            State::Value(value) => Some(value),
            _ => None,
        }
    }
    /// The same fact seen otherwise.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fetched<U> {
        let state = match self.state {
            State::Value(v) => State::Value(f(v)),
            State::Absent => State::Absent,
            State::Gap(kind) => State::Gap(kind),
        };
        Fetched { what: self.what, at: self.at, state }
    }
}

/// Codes that are this tool's own, not AWS's, in words that follow "was".
const OURS: [(&str, &str); 9] = [
    ("CountDiffersFromEstimate", "not proved complete (the count differs from EstimatedNumberOfUsers, and there was no second pass)"),
    ("ListingAmbiguous", "not proved complete (pages that do not belong to one chain)"),
    ("ListingNotFinished", "not read to its last page"),
    ("LogGroupNotListed", "not found in the list of log groups"),
    ("PageTokenRepeated", "broken off (a page token came back)"),
    ("ReadingsDisagree", "read twice, with different values"),
    ("SecondPassDiffers", "not proved complete (the second pass shows other users)"),
    ("UsersListedTwice", "not proved complete (users were listed twice)"),
    ("UsersWithoutSub", "not proved complete (users without a sub)"),
];

impl GapKind {
    /// The reason in words, for a report.
    pub fn words(&self) -> String {
        match self {
            Self::Denied(code) => format!("denied ({code})"),
            Self::Failed(code) => match OURS.iter().find(|(ours, _)| ours == code) {
                Some((_, words)) => (*words).to_owned(),
                None => format!("not answered ({code})"),
            },
            Self::NotAsked => "not asked".to_owned(),
            Self::Malformed(expected) => format!("answered in an unexpected form ({expected} expected)"),
        }
    }
}
