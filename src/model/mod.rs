//! Pure data that every stage speaks: ids, verdicts, pointers, findings, scope. No input or output happens here.

pub mod evidence;
pub mod exception;
pub mod fetched;
pub mod finding;
pub mod id;
pub mod json;
pub mod review;
pub mod roster;
pub mod scope;
pub mod verdict;
pub mod visible;
