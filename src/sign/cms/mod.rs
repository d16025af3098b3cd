//! CMS `SignedData` (RFC 5652) with one signer: written for CAdES and PAdES, read strictly for those and for time-stamp tokens.
//!
//! It must not say whether the signer is to be trusted, and must not read leniently: whatever could be understood in two
//! ways is refused.

mod algorithm;
mod build;
mod read;
#[cfg(test)]
mod tests;

pub use build::{Built, Content, ToSign, build};
pub use read::{Over, Profile, Signed, Unsigned, read};

use der::asn1::ObjectIdentifier;

/// Whether this is the `AlgorithmIdentifier` of SHA-256, with NULL or no parameters.
pub(crate) fn is_sha256(item: &crate::sign::asn1::Item<'_>) -> bool {
    algorithm::identifier(item, true, "the digest algorithm").is_ok_and(|oid| oid == SHA_256)
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// id-data (RFC 5652, 4): bytes without a type.
pub const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
/// id-signedData (RFC 5652, 5.1).
pub const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// id-ct-TSTInfo (RFC 3161, 2.4.2): the content of a time-stamp token.
pub const TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
/// id-contentType (RFC 5652, 11.1).
pub const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
/// id-messageDigest (RFC 5652, 11.2).
pub const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
/// id-signingTime (RFC 5652, 11.3).
pub const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// id-aa-signingCertificate (RFC 2634, 5.4): the older form, with SHA-1, that time-stamp authorities still use.
pub const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
/// id-aa-signingCertificateV2 (RFC 5035, 3).
pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
/// id-aa-signatureTimeStampToken (RFC 3161, appendix A): an unsigned attribute.
pub const SIGNATURE_TIME_STAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
/// id-sha256 (RFC 5754, 2.2).
pub const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
/// id-sha384 (RFC 5754, 2.3).
pub const SHA_384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
/// id-sha512 (RFC 5754, 2.4).
pub const SHA_512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
