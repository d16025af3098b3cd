//! poolproof: sealed compliance evidence for multi-factor authentication on Amazon Cognito.
//!
//! Data flows one way: `collect` → `recording` → `snapshot` → `checks` → `controls` → `report` → `render` → `bundle`;
//! `verify` goes the same way again from a sealed bundle. Who may see whom is a table in CONTRIBUTING.md, and a test
//! (`tests/it/module_table.rs`) enforces it.

pub mod bundle;
pub mod change;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod controls;
pub mod diff;
pub mod digest;
pub mod history;
pub mod io;
pub mod model;
pub mod recording;
#[cfg(feature = "pdf")]
pub mod render;
pub mod report;
pub mod sample;
pub mod sign;
pub mod snapshot;
pub mod verify;
