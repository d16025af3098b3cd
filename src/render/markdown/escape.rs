//! Values into Markdown: so that our own parser cannot take a value for markup, and so that a stranger's parser will not.

pub use crate::model::visible::escape_markdown_file;

/// Where special characters of a value live while the text is Markdown: in Unicode's last private-use plane.
const BASE: u32 = 0x10_F000;
/// One place for each character below U+0100.
const SPAN: u32 = 0x100;
/// Stands around a value, so that emphasis beside it does not depend on what the value begins with, or whether it is empty.
const EDGE: char = '\u{10F1FF}';

/// Makes a value safe for a template that [`to_blocks`](super::to_blocks) reads: the auto-escape of report templates.
/// Works anywhere in the text: also in code spans, tables, headings, link targets, fences. Not for text that others read:
/// see [`escape_markdown_file`].
pub fn escape_markdown(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 16);
    out.push(EDGE);
    for c in value.chars() {
        let n = u32::from(c);
        if n < SPAN && !c.is_ascii_alphanumeric() {
            out.extend(char::from_u32(BASE + n));
        } else if (BASE..BASE + SPAN).contains(&n) || c == EDGE {
            // A value must not smuggle in what would be moved back.
            out.push(char::REPLACEMENT_CHARACTER);
        } else {
            out.push(c);
        }
    }
    out.push(EDGE);
    out
}

/// Moves the characters back.
pub(super) fn restore(text: &str) -> String {
    let back = |c: char| match u32::from(c).checked_sub(BASE) {
        Some(n) if n < SPAN => char::from_u32(n).unwrap_or(c),
        _ => c,
    };
    text.chars().filter(|c| *c != EDGE).map(back).collect()
}
