//! The form of a review, a TOML file: written with every MANUAL finding of a bundle, read when the reviewer has filled it in.
//! It opens no file.

use crate::config::wrap;
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::attestation::{Decision, Item};
use crate::verify::attestation::manual;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Columns of the comments.
const WIDTH: usize = 96;

/// A form as it was filled in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The bundle's id.
    pub bundle: String,
    /// Who reviewed.
    pub name: String,
    /// In which role.
    pub role: String,
    /// What he states.
    pub statement: String,
    /// Paths of the files that he reviewed.
    pub reviewed: Vec<String>,
    /// A block for each MANUAL finding.
    #[serde(default)]
    item: Vec<Block>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    check: String,
    subject: String,
    decision: String,
    #[serde(default)]
    note: String,
}

/// An empty form for a bundle.
pub fn template(evidence: &EvidenceV1) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    line("# Your review of a poolproof bundle. Fill it in, then sign it with your own key:");
    line("#   poolproof attest BUNDLE --review THIS-FILE --key keys/reviewer.p8");
    line("# It changes no verdict. It says, under your name, what you looked at and what you decided.");
    line(&format!("bundle = {}", quoted(&evidence.bundle_id)));
    line("name = \"\"            # who you are");
    line("role = \"\"            # as what you reviewed, such as \"external auditor, Example LLP\"");
    line("statement = \"\"       # what you state, in one sentence or several");
    line("# The files that you reviewed, by their path in the bundle.");
    line("reviewed = [\"data/evidence.json\", \"data/report.pdf\"]");
    line("");
    let items = manual(evidence);
    line(&format!("# {} findings are MANUAL: a person must look at evidence that no API gives.", items.len()));
    line("# decision: \"accepted\" (you have seen evidence that satisfies you), \"not accepted\", or \"not reviewed\".");
    for (check, subject) in &items {
        line("");
        let found = evidence.findings.iter().map(|f| &f.finding);
        for finding in found.filter(|f| f.check.as_str() == check && f.subject.label() == *subject) {
            for text in wrap(&plain(&format!("{}. {}", finding.title, finding.reason)), WIDTH) {
                line(&format!("# {text}"));
            }
        }
        line("[[item]]");
        line(&format!("check = {}", quoted(check)));
        line(&format!("subject = {}", quoted(subject)));
        line("decision = \"not reviewed\"");
        line("note = \"\"");
    }
    out
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Text of a bundle that cannot leave its comment.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Reads a form.
///
/// # Errors
/// It is no TOML, or holds unknown or missing keys.
pub fn read(text: &str) -> Result<Form, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

impl Form {
    /// The decision on each MANUAL finding of this bundle, in its order. A finding that the form leaves out is "not
    /// reviewed"; the second list names those.
    ///
    /// # Errors
    /// The form is for another bundle, decides on something that is not MANUAL here, decides twice, or uses another word.
    pub fn items(&self, evidence: &EvidenceV1) -> Result<(Vec<Item>, Vec<String>), String> {
        if self.bundle != evidence.bundle_id {
            return Err(format!("it is for the bundle {:?}, and this one is {:?}", self.bundle, evidence.bundle_id));
        }
        let mut decided = BTreeMap::new();
        for block in &self.item {
            let of = format!("{} of {}", block.check, block.subject);
            let word = Decision::ALL.into_iter().find(|d| d.word() == block.decision.trim());
            let decision = word.ok_or_else(|| {
                format!("the decision on {of} is {:?}; it must be \"accepted\", \"not accepted\" or \"not reviewed\"", block.decision)
            })?;
            let item = Item { check: block.check.clone(), subject: block.subject.clone(), decision, note: block.note.clone() };
            if decided.insert((block.check.clone(), block.subject.clone()), item).is_some() {
                return Err(format!("it decides twice on {of}"));
            }
        }
        let (mut items, mut left_out) = (Vec::new(), Vec::new());
        for (check, subject) in manual(evidence) {
            let item = decided.remove(&(check.clone(), subject.clone())).unwrap_or_else(|| {
                left_out.push(format!("{check} of {subject}"));
                Item { check, subject, decision: Decision::NotReviewed, note: String::new() }
            });
            items.push(item);
        }
        match decided.into_keys().next() {
            Some((check, subject)) => Err(format!("{check} of {subject} is no MANUAL finding of this bundle")),
            None => Ok((items, left_out)),
        }
    }
}
