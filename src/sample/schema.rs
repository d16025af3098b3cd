//! The JSON Schema of `poolproof sample --json`, format 1 (draft 2020-12). It closes every object, so that nothing can be added
//! unseen; the tests of this module hold it and the types together.

/// The schema.
pub const SAMPLE_1: &str = include_str!("sample-1.schema.json");
