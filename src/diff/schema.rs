//! The JSON Schema of `poolproof diff --json`, format 1 (draft 2020-12). The same members stand in `evidence.json` under
//! `since_previous`.

/// The schema.
pub const DIFF_1: &str = include_str!("diff-1.schema.json");
