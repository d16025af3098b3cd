//! What is said about a check, as the reports print it: so that `render` needs no sight of the checks themselves.

use crate::checks::texts::Texts;
use crate::model::id::CheckId;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is said about a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckText {
    /// The check.
    pub id: CheckId,
    /// One line.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// How the verdict is decided, a line a verdict.
    pub how_decided: String,
    /// AWS CLI commands and what to look for; `$POOL` and `$REGION` stand for the subject.
    pub by_hand: String,
    /// What to do about a FAIL.
    pub remediation: String,
    /// Sources.
    pub references: Vec<String>,
}

/// The texts of all checks, by check.
pub fn all(texts: &Texts) -> BTreeMap<CheckId, CheckText> {
    let one = |id: &CheckId, t: &crate::checks::texts::Text| CheckText {
        id: id.clone(),
        title: t.title.clone(),
        why: t.why.clone(),
        how_decided: t.how_decided.clone(),
        by_hand: t.by_hand.clone(),
        remediation: t.remediation.clone(),
        references: t.references.clone(),
    };
    texts.iter().map(|(id, text)| (id.clone(), one(id, text))).collect()
}
