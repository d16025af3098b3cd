//! Tests of the whole, in one program.

mod bundle;
mod cli;
#[cfg(feature = "aws")]
mod collect;
mod controls;
mod import;
mod module_table;
#[cfg(feature = "pdf")]
mod pdf;
mod recording;
mod redaction;
mod reports;
mod roll_up;
mod samples;
mod sealing;
mod verify;
