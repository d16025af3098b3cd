//! Fuzzes `bucket_xml` of `../entries.rs`.
#![no_main]

#[allow(dead_code, reason = "one target uses one entry")]
#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::bucket_xml(data));
