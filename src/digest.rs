//! Digests and their spellings: SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104), lower-case hex and base32 (RFC 4648).

use aws_lc_rs::{digest, hmac};
use data_encoding::{BASE32_NOPAD, HEXLOWER};

/// Running SHA-256 for content that is streamed.
pub struct Sha256(digest::Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Sha256 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// The digest of everything added.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
    /// The digest of everything added, in lower-case hex.
    pub fn finish_hex(self) -> String {
        HEXLOWER.encode(&self.finish())
    }
}

/// SHA-256 of the bytes, raw.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// SHA-256 of the bytes in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&sha256(bytes))
}

/// MD5 of the bytes (RFC 1321) in lower-case hex: the name of CloudTrail's public keys. It proves nothing.
pub fn md5_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&<md5::Md5 as md5::Digest>::digest(bytes))
}

/// HMAC-SHA256 under `key`.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    out
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Lower-case base32 without padding.
pub fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}
