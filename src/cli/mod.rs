//! The command line. It reads options, calls the library and prints; it decides nothing.

#[cfg(all(feature = "aws", feature = "pdf"))]
mod commands;
pub mod exit;
pub mod verify;

#[cfg(all(feature = "aws", feature = "pdf"))]
pub use commands::main;
