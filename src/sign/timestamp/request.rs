//! `TimeStampReq` (RFC 3161, 2.4.1): what is asked. It must not send anything.

use der::Encode as _;
use der::asn1::ObjectIdentifier;

use crate::sign::asn1::{self, BOOLEAN, INTEGER, NULL, OCTETS, SEQUENCE};
use crate::sign::cms::SHA_256;

/// A request for a time stamp over a SHA-256: with a nonce, under a policy where one is wanted, and with the authority's
/// certificate in the answer.
///
/// # Errors
/// The policy is not written as dotted numbers.
pub fn request(digest: [u8; 32], nonce: &[u8], policy: Option<&str>) -> Result<Vec<u8>, String> {
    let mut parts = asn1::write(INTEGER, &[1]);
    parts.extend(imprint(digest)?);
    if let Some(policy) = policy {
        parts.extend(check_policy(policy)?.to_der().map_err(|e| e.to_string())?);
    }
    parts.extend(asn1::write(INTEGER, &integer(nonce)));
    parts.extend(asn1::write(BOOLEAN, &[0xff]));
    Ok(asn1::write(SEQUENCE, &parts))
}

/// `MessageImprint` of a SHA-256.
pub(super) fn imprint(digest: [u8; 32]) -> Result<Vec<u8>, String> {
    let oid = SHA_256.to_der().map_err(|e| e.to_string())?;
    // NULL, as openssl and others write it; some authorities take nothing else.
    let algorithm = asn1::list(SEQUENCE, &[&oid, &asn1::write(NULL, &[])]);
    Ok(asn1::list(SEQUENCE, &[&algorithm, &asn1::write(OCTETS, &digest)]))
}

/// A policy as an object identifier.
///
/// # Errors
/// It is none.
pub fn check_policy(text: &str) -> Result<ObjectIdentifier, String> {
    ObjectIdentifier::new(text).map_err(|_| format!("{text:?} is no policy: dotted numbers such as 1.2.3.4.1"))
}

/// The content of a positive INTEGER in its shortest form.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let rest: Vec<u8> = bytes.iter().copied().skip_while(|b| *b == 0).collect();
    match rest.first() {
        Some(first) if first & 0x80 == 0 => rest,
        _ => [&[0], rest.as_slice()].concat(),
    }
}
