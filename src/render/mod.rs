//! Human-readable reports: one `Document` of blocks, made from a Markdown template, drawn as PDF and HTML; and what CI reads.
//! Sees the model and the report only; takes its time as an input; writes no file.

pub mod blocks;
mod figures;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod pdf;
pub mod summary;
pub mod templates;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod view;

use crate::clock;
use crate::model::id::CheckId;
use crate::model::scope::Format;
pub use crate::model::visible;
use crate::report::check_text::CheckText;
use crate::report::evidence_v1::EvidenceV1;
use blocks::{Block, Document, Labels, Meta};
use figures::Figures;
use markdown::MarkdownError;
use pdf::{Attachment, PdfError};
use std::collections::{BTreeMap, BTreeSet};
use templates::{REPORT, TemplateError, Templates};
use view::View;

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The templates.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The report's text, once filled.
    #[error("{file}: {source}", file = REPORT)]
    Markdown {
        /// What is wrong with it.
        #[source]
        source: MarkdownError,
    },
    /// The PDF.
    #[error("report.pdf: {0}")]
    Pdf(#[from] PdfError),
    /// The evidence holds a time that is none.
    #[error("evidence.json: run.at: {0}")]
    Time(String),
}

/// Who is going to sign the PDF, as its cover says it. No other format carries a signature of its own, so none names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// Whom the certificate names (RFC 4514).
    pub subject: String,
    /// Who issued the certificate; `None` where the key signed its own.
    pub issuer: Option<String>,
    /// SHA-256 of the key, lower-case hex.
    pub fingerprint: String,
}

/// Every report among `formats` that is made here, each with its path below `data/`: `report.pdf`, `report.html`,
/// `formats/summary.md`, `formats/junit.xml`. `evidence_json` is the file that carries the evidence; the PDF has it attached.
/// `signed_by` is who will sign the PDF; without it, its cover calls it a draft. The same input gives the same bytes.
///
/// # Errors
/// See [`RenderError`].
pub fn render_all(
    evidence: &EvidenceV1,
    texts: &BTreeMap<CheckId, CheckText>,
    templates: &Templates,
    formats: &[Format],
    evidence_json: &[u8],
    signed_by: Option<&SignedBy>,
) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let view = View::new(evidence, texts, evidence_json);
    let wanted = |format| formats.contains(&format);
    let mut out = Vec::new();
    if wanted(Format::Pdf) || wanted(Format::Html) {
        let mut document = document(&view, templates)?;
        if wanted(Format::Html) {
            out.push(("report.html".to_owned(), html::render(&document, &templates.theme).into_bytes()));
        }
        if wanted(Format::Pdf) {
            figures::say_who_signs(&mut document, signed_by);
            let attached = Attachment {
                name: "evidence.json".to_owned(),
                mime: "application/json".to_owned(),
                description: "The same evidence as data".to_owned(),
                bytes: evidence_json.to_vec(),
            };
            out.push(("report.pdf".to_owned(), pdf::render(&document, &templates.theme, &[attached])?.bytes));
        }
    }
    if wanted(Format::Markdown) {
        out.push(("formats/summary.md".to_owned(), summary::render(&view, templates)?.into_bytes()));
    }
    if wanted(Format::Junit) {
        out.push(("formats/junit.xml".to_owned(), junit::render(&view).into_bytes()));
    }
    Ok(out)
}

/// The report as blocks: the cover, the template's text with its figures, and what the template lacks of the built-in ones.
///
/// # Errors
/// The template is malformed, asks for what is not there, or the evidence's time is none.
pub fn document(view: &View<'_>, templates: &Templates) -> Result<Document, RenderError> {
    let filled = templates.report(view)?;
    let mut figures = Figures::new(view);
    let body = markdown::to_blocks(&filled, &mut |directive| figures.resolve(directive)).map_err(|e| located(e, templates))?;
    let mut blocks = vec![Block::Cover(Box::new(figures::cover(view))), Block::PageBreak];
    blocks.extend(body);
    let ids: BTreeSet<String> =
        blocks.iter().filter_map(|b| if let Block::Heading { id, .. } = b { Some(id.clone()) } else { None }).collect();
    blocks.extend(figures.missing(&ids));
    let (scope, run) = (&view.evidence.scope, &view.evidence.run);
    let title = format!("{}, {}: evidence of multi-factor authentication", view.organization, scope.period.label);
    Ok(Document {
        meta: Meta {
            title,
            lang: "en".to_owned(),
            author: view.organization.clone(),
            subject: "Evidence of multi-factor authentication on Amazon Cognito user pools, collected by poolproof".to_owned(),
            at: clock::parse_rfc3339(&run.at).map_err(RenderError::Time)?,
            bundle_id: view.evidence.bundle_id.clone(),
            short_digest: run.head_digest.chars().take(12).collect(),
            header_left: view.organization.clone(),
            header_right: scope.period.label.clone(),
        },
        labels: Labels::default(),
        blocks,
    })
}

/// An error of the filled text, at the line of the template where that can be told.
fn located(error: MarkdownError, templates: &Templates) -> RenderError {
    let name = match &error {
        MarkdownError::UnknownDirective { name, .. } | MarkdownError::Directive { name, .. } => format!("poolproof:{name}"),
        MarkdownError::DuplicateId { id, .. } => format!("{{#{id}}}"),
        MarkdownError::Unsupported { .. } => return RenderError::Markdown { source: error },
    };
    let why = match error {
        MarkdownError::UnknownDirective { name, .. } => format!("there is no figure `poolproof:{name}`"),
        MarkdownError::Directive { name, why, .. } => format!("figure `poolproof:{name}`: {why}"),
        other => other.to_string(),
    };
    RenderError::Template(TemplateError::Template { file: REPORT, line: templates.report_line(&name), why })
}
