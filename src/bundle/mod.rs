//! The bundle: a BagIt 1.0 bag (RFC 8493) in a deterministic ZIP, and the same bag as a folder.
//!
//! It packs, unpacks and counts; it gives files no meaning and trusts nobody (`verify` does).

pub mod amend;
pub mod attest;
pub mod container;
mod folder;
pub mod layout;
pub mod manifest;
mod pack;
pub mod read;
pub mod write;
mod zip;

pub use read::Bag;
