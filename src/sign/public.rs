//! The public half: a P-256 `SubjectPublicKeyInfo`, its fingerprint, and the check of a signature.
//!
//! It must not say whether a key is to be trusted.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::{NOT_WRITTEN, pem};
use crate::digest::sha256_hex;

/// DER of everything before the point in a P-256 key (RFC 5480, 2.1.1: id-ecPublicKey, secp256r1, 66-byte BIT STRING).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    0x07, 0x03, 0x42, 0x00,
];
/// Bytes of an uncompressed P-256 point (SEC 1, 2.3.3): 0x04, x, y.
const POINT: usize = 65;

/// Lower-case hex SHA-256 of a key's `SubjectPublicKeyInfo`: the name of a key everywhere in this project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Reads a fingerprint as people paste it: 64 hex digits, upper or lower case, colons and spaces ignored.
    ///
    /// # Errors
    /// Anything else; the message says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let hex: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect::<String>().to_ascii_lowercase();
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(hex))
        } else {
            Err(format!("{text:?} is no key fingerprint: 64 hex digits, the SHA-256 of the public key (SubjectPublicKeyInfo)"))
        }
    }

    /// The 64 lower-case hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A P-256 public key, kept as its one DER form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
}

impl PublicKey {
    /// Reads DER `SubjectPublicKeyInfo`. Only P-256 with an uncompressed point is taken, so a key has one spelling
    /// and one fingerprint.
    ///
    /// # Errors
    /// Any other key or encoding, or a point that is not on the curve.
    pub fn from_spki(der: &[u8]) -> Result<Self, String> {
        let point = der.strip_prefix(&SPKI_PREFIX).filter(|p| p.len() == POINT && p.first() == Some(&4));
        let Some(point) = point else {
            return Err("it is not a P-256 public key with an uncompressed point".to_owned());
        };
        Self::from_point(point)
    }

    /// Reads an uncompressed point.
    ///
    /// # Errors
    /// The point is not on the curve.
    pub(super) fn from_point(point: &[u8]) -> Result<Self, String> {
        aws_lc_rs::signature::ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .map_err(|_| "its point is not on the curve P-256".to_owned())?;
        Ok(Self { spki: [&SPKI_PREFIX, point].concat() })
    }

    /// Reads a PEM `PUBLIC KEY`.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`], or the PEM is damaged.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        Self::from_spki(&pem::decode("PUBLIC KEY", text)?)
    }

    /// As [`PublicKey::from_pem`], of a whole file in the one form in which [`PublicKey::to_pem`] writes it.
    ///
    /// # Errors
    /// As [`PublicKey::from_pem`], or it is written otherwise.
    pub fn from_written_pem(bytes: &[u8]) -> Result<Self, String> {
        let key = Self::from_pem(std::str::from_utf8(bytes).map_err(|_| "it is not text")?)?;
        if key.to_pem().as_bytes() != bytes {
            return Err(NOT_WRITTEN.to_owned());
        }
        Ok(key)
    }

    /// The key as PEM `PUBLIC KEY`, as `openssl pkey -pubin` reads it.
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.spki)
    }

    /// The DER bytes.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the DER bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(sha256_hex(&self.spki))
    }

    /// Whether `signature` (DER ECDSA, SHA-256) by this key is over exactly `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let point = self.spki.get(SPKI_PREFIX.len()..).unwrap_or_default();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{LocalKey, Signer as _};

    #[test]
    fn a_key_has_one_spelling() {
        let key = LocalKey::throw_away().unwrap();
        let public = PublicKey::from_spki(key.public_key_spki()).unwrap();
        assert_eq!(PublicKey::from_pem(&public.to_pem()).unwrap(), public);
        let mut longer = public.spki().to_vec();
        longer.push(0);
        assert!(PublicKey::from_spki(&longer).is_err());
        let mut off_curve = public.spki().to_vec();
        off_curve[90] ^= 1;
        assert!(PublicKey::from_spki(&off_curve).is_err());
    }

    #[test]
    fn fingerprints_as_people_paste_them() {
        let plain = "0123456789abcdef".repeat(4);
        assert_eq!(Fingerprint::parse(&plain.to_uppercase()).unwrap().as_str(), plain);
        let colons: Vec<&str> = (0..32).map(|i| &plain[i * 2..i * 2 + 2]).collect();
        assert_eq!(Fingerprint::parse(&colons.join(":")).unwrap().as_str(), plain);
        assert!(Fingerprint::parse(&plain[1..]).is_err());
        assert!(Fingerprint::parse("SHA256:abc").is_err());
    }
}
