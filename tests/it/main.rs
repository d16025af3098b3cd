//! Tests of the whole, in one program.

#[cfg(all(feature = "aws", feature = "pdf", unix))]
mod cli;
mod controls;
mod module_table;
mod recording;
mod samples;
