//! The wording of checks, one `.toml` per family: titles, explanations and the sentence of every reason.

use super::{Check, FAMILIES, incomplete};
use crate::model::fetched::Gap;
use crate::model::finding::{Decision, Finding, Subject};
use crate::model::id::CheckId;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is said about a check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// One line.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// How the verdict is decided, verdict by verdict.
    pub how_decided: String,
    /// How to check it by hand: AWS CLI commands and what to look for.
    pub by_hand: String,
    /// What to do about a FAIL.
    pub remediation: String,
    /// Sources: AWS pages, rules.
    pub references: Vec<String>,
    /// The sentence of each reason, `{name}` standing for a value.
    pub reasons: BTreeMap<String, String>,
}

/// The texts of all checks.
#[derive(Clone, Debug)]
pub struct Texts(BTreeMap<CheckId, Text>);

/// The sentence of a gap, the same for every check.
const GAP: &str = "Not decided: {what} was {why}. What was not read is never taken for good or bad.";

impl Texts {
    /// The texts built into this release.
    ///
    /// # Errors
    /// A `.toml` is malformed, or a check has no text (both are caught by a test).
    pub fn release() -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for family in FAMILIES {
            let texts: BTreeMap<String, Text> = toml::from_str(family.texts).map_err(|e| format!("{}: {e}", family.file))?;
            all.extend(texts.into_iter().map(|(id, text)| (CheckId::new(id), text)));
        }
        match super::all().find(|c| !all.contains_key(&CheckId::from(c.id))) {
            Some(check) => Err(format!("{} has no text", check.id)),
            None => Ok(Self(all)),
        }
    }

    /// What is said about a check.
    pub fn get(&self, check: &CheckId) -> Option<&Text> {
        self.0.get(check)
    }

    /// All texts, by check.
    pub fn iter(&self) -> impl Iterator<Item = (&CheckId, &Text)> {
        self.0.iter()
    }

    /// A decision (or gap) about a subject, in words.
    pub fn finding(&self, check: &Check, subject: Subject, decided: Result<Decision, Gap>) -> Finding {
        let decision = decided.unwrap_or_else(incomplete);
        let id = CheckId::from(check.id);
        let text = self.get(&id);
        let sentence = match decision.reason {
            "gap" => GAP,
            reason => text.and_then(|t| t.reasons.get(reason)).map_or(reason, String::as_str),
        };
        Finding {
            title: text.map_or_else(|| check.id.to_owned(), |t| t.title.clone()),
            check: id,
            revision: check.revision,
            subject,
            verdict: decision.verdict,
            severity: decision.severity.unwrap_or(check.severity),
            reason_code: decision.reason.to_owned(),
            reason: fill(sentence, &decision),
            counts: decision.counts.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
            declared_out: decision.declared_out,
            evidence: decision.proof,
        }
    }
}

/// Fills `{name}` from the decision's values and counts in one pass, so that a value is never itself filled.
fn fill(sentence: &str, decision: &Decision) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match (decision.values.get(name), decision.counts.get(name)) {
            (Some(value), _) => out.push_str(value),
            (None, Some(count)) => out.push_str(&count.to_string()),
            (None, None) => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader copies from the PDF must be whole lines: 84 columns fit into a card.
    #[test]
    fn commands_fit_into_a_line_of_the_report() {
        for (id, text) in Texts::release().unwrap().iter() {
            let commands = text.by_hand.lines().chain(text.remediation.lines().filter(|l| l.starts_with("aws ")));
            for line in commands {
                assert!(line.chars().count() <= 84, "{id}: {line}");
            }
            assert!(!text.by_hand.trim_end().ends_with('\\'), "{id}");
        }
    }
}
