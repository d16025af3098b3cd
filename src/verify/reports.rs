//! Part of step 10: the reports, made again from the evidence that was derived again, must be the bytes that were sealed.
//! So a report of another bundle, or an edited one, shows even where its owner sealed it anew.
//!
//! It must not draw a report itself: whoever calls `verify` brings the renderer, and a program without one says so.

use std::collections::BTreeMap;

use crate::bundle::Bag;
use crate::bundle::layout::DATA;
use crate::digest::sha256_hex;
use crate::model::scope::Format;
use crate::report::evidence_v1::EvidenceV1;

/// Reports of an evidence, made with the release's own templates.
pub struct Rendered {
    /// SHA-256 of those templates, as the statement names it.
    pub template: String,
    /// Each report by its path below `data/`.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Makes the reports of an evidence in these formats. `evidence_json` is the file that carries the evidence.
///
/// # Errors
/// In words, why they cannot be made.
pub type Renderer = fn(evidence: &EvidenceV1, evidence_json: &[u8], formats: &[Format]) -> Result<Rendered, String>;

/// What was found of the reports.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reports {
    /// All came out the same; their names.
    Same(Vec<String>),
    /// They were not made again, and why.
    NotMade(String),
}

/// Compares the bag's reports with those made again. `template` is what the statement says of the templates.
pub(super) fn compare(
    bag: &Bag,
    evidence: &EvidenceV1,
    evidence_json: &[u8],
    formats: &[Format],
    template: Option<&str>,
    renderer: Option<Renderer>,
) -> Result<Reports, String> {
    let Some(renderer) = renderer else {
        return Ok(Reports::NotMade("this program draws no reports; `poolproof verify --reperform` does".to_owned()));
    };
    let rendered = renderer(evidence, evidence_json, formats)?;
    if template != Some(rendered.template.as_str()) {
        return Ok(Reports::NotMade("they were made with other templates than this release's".to_owned()));
    }
    for (name, bytes) in &rendered.files {
        let sealed = bag.files().get(&format!("{DATA}{name}")).ok_or_else(|| format!("{name} is missing, though the scope asks for it"))?;
        if sealed.sha256 != sha256_hex(bytes) {
            return Err(format!("{name} comes out otherwise: it is not the report of this evidence"));
        }
    }
    Ok(Reports::Same(rendered.files.into_keys().collect()))
}
