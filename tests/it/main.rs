//! Tests of the whole, in one program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and make the files and settings they need themselves"
)]

mod amend;
mod bundle;
#[cfg(all(feature = "aws", feature = "pdf"))]
mod cli;
#[cfg(feature = "aws")]
mod collect;
mod controls;
mod foreign;
mod fuzz;
mod import;
mod module_table;
mod own;
#[cfg(feature = "pdf")]
mod pdf;
mod recording;
mod redaction;
mod reports;
mod roll_up;
mod samples;
mod sealing;
mod timestamp;
mod trail;
mod verifier_page;
mod verify;
