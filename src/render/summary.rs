//! `summary.md`: what a CI job shows of a run, in GitHub-flavoured Markdown that any renderer may read. The template may say what it
//! likes; what warns of the source always stands before it, and what is left out is always counted after it.

use super::markdown::escape_markdown_file;
use super::templates::{TemplateError, Templates};
use super::view::View;

/// The whole file.
///
/// # Errors
/// The template is malformed or asks for what the view lacks.
pub fn render(view: &View<'_>, templates: &Templates) -> Result<String, TemplateError> {
    let mut out = String::new();
    for warning in &view.warnings {
        out.push_str(&format!("> [!WARNING]\n> {}\n\n", escape_markdown_file(warning)));
    }
    out.push_str(templates.summary(view)?.trim());
    let left: Vec<String> =
        view.left_out.iter().map(|(kind, n)| format!("{} ({n})", escape_markdown_file(&super::figures::kind_words(kind)))).collect();
    let left = if left.is_empty() { "nothing that this tool knows of".to_owned() } else { left.join(", ") };
    out.push_str(&format!("\n\nLeft out: {left}. This supports an auditor's opinion; it does not give one.\n"));
    Ok(out)
}
