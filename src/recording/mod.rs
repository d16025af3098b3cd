//! The recording: an append-only log of API calls and the only source of facts.
//!
//! A recording is a folder: `header.json`, and one `<segment>.jsonl` per account, region, pool and shard. Each line
//! is one call attempt and carries the SHA-256 of the line before it (the first line: of `header.json`). What stands
//! in a line is already redacted; the exact answer leaves only a keyed commitment.

pub mod allow;
pub mod audit;
pub mod bucket_xml;
pub mod changes;
pub mod digest_file;
pub mod header;
pub mod journal;
pub mod line;
pub mod lines;
pub mod phone;
pub mod pseudonym;
pub mod read;
pub mod redact;
pub mod suspect;
pub mod write;
pub mod xml;
