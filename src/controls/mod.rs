//! Controls: the catalogue of frameworks as data, and what findings say of each control.
//!
//! - `catalogue/*.toml`: frameworks, controls and mappings, each mapping with its strength and reason.
//! - `catalogue`: the types, and the release's catalogue with its digest.
//! - `load`: from TOML to these types, refusing whatever is not certain, with file and line.
//! - `own`: a user's own frameworks beside the release's.
//! - `assess`: the roll-up. `sentence`: its words.
//!
//! Sees `model` and `report`. Must not judge facts: a control is only as good as its findings.

pub mod assess;
pub mod catalogue;
mod load;
pub mod own;
mod sentence;
