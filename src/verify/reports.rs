//! Part of step 10: the reports, made again from the evidence that was derived again, must be the bytes that were sealed.
//! So a report of another bundle, or an edited one, shows even where its owner sealed it anew.
//!
//! It must not draw a report itself: whoever calls `verify` brings the renderer, and a program without one says so.

use std::collections::BTreeMap;

use super::pdf;
use super::statement::Sealed;
use crate::bundle::Bag;
use crate::bundle::layout::{DATA, LARGEST_DOCUMENT, REPORT_PDF};
use crate::bundle::read::Refused;
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

/// What the reports are made from.
pub struct ToDraw<'a> {
    /// The evidence.
    pub evidence: &'a EvidenceV1,
    /// The file that carries it.
    pub evidence_json: &'a [u8],
    /// The formats that the scope asks for.
    pub formats: &'a [Format],
    /// The sealed `report.pdf`, for its signature, where that holds: the PDF is made again as it was before it was signed, and
    /// the signature is put into it (rulings 16).
    pub signed_pdf: Option<&'a [u8]>,
}

/// Makes reports.
///
/// # Errors
/// In words, why they cannot be made.
pub type Renderer = fn(&ToDraw<'_>) -> Result<Rendered, String>;

/// What was found of the reports.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reports {
    /// All came out the same; their names.
    Same(Vec<String>),
    /// They were not made again, and why.
    NotMade(String),
}

/// Compares the bag's reports with those made again from `evidence`, in these formats. `evidence_json` is its file.
pub(super) fn compare(
    bag: &Bag,
    sealed: &Sealed,
    evidence: &EvidenceV1,
    evidence_json: &[u8],
    formats: &[Format],
    renderer: Option<Renderer>,
) -> Result<Reports, String> {
    let (template, fingerprint) = (sealed.predicate.template.as_deref(), &sealed.fingerprint);
    let Some(renderer) = renderer else {
        return Ok(Reports::NotMade("this program draws no reports; `poolproof verify --reperform` does".to_owned()));
    };
    // A report.pdf whose signature does not hold is step 6's to tell; here it then differs from the draft.
    let signed_pdf = match pdf::check(bag, fingerprint) {
        Ok(_) => Some(bag.read(REPORT_PDF, LARGEST_DOCUMENT).map_err(|Refused(why)| why)?),
        Err(_) => None,
    };
    let rendered = renderer(&ToDraw { evidence, evidence_json, formats, signed_pdf: signed_pdf.as_deref() })?;
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
