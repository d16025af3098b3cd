//! Human-readable reports: one `Document` of blocks, made from a Markdown template, drawn as PDF (and HTML).
//! Sees the model and the report only; takes its time as an input; writes no file.

pub mod blocks;
pub mod markdown;
pub mod pdf;
pub mod theme;
pub mod visible;
