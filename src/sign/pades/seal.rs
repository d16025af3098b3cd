//! Signs a report, and makes a signed report again from the unsigned one, so that the two can be compared (rulings 16).
//!
//! It must not ask anybody for the time itself: who calls brings the answer.

use chrono::{DateTime, Utc};

use super::dss::Store;
use super::scan::scan_bytes;
use super::write::prepare;
use super::{PadesError, cms};
use crate::digest::sha256;
use crate::sign::Identity;
use crate::sign::cms::{Content, ToSign};

/// Signs a report with an identity. `at` is the time that is claimed. `stamp` gets the SHA-256 of the signature value and may
/// answer with a time-stamp token in DER (RFC 3161), which makes the signature PAdES-B-T; without one it is PAdES-B-B.
///
/// # Errors
/// The report is not one of ours, the key cannot be used, or the signature does not fit.
pub fn sign(
    unsigned: &[u8],
    identity: &Identity,
    at: DateTime<Utc>,
    stamp: impl FnOnce([u8; 32]) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, PadesError> {
    let store = Store { certificates: identity.chain.clone(), crls: identity.crls.clone() };
    let prepared = prepare(unsigned, &store, at)?;
    let what = ToSign {
        content_type: cms::DATA,
        content: Content::Detached(prepared.digest()),
        chain: &identity.chain,
        // The PDF has /M, and PAdES forbids a second time (ETSI EN 319 142-1, 6.3).
        signing_time: None,
    };
    let mut built = cms::build(&what, identity.signer.as_ref())?;
    if let Some(token) = stamp(sha256(built.signature())) {
        built = built.with_timestamp(&token);
    }
    prepared.complete(&built.to_der()?)
}

/// What the signed report would be if this were its unsigned one: with the signature, the time, the certificates and the CRLs
/// of the signed one. Equal bytes mean that the two differ in nothing but the signature.
///
/// # Errors
/// The signed report is not in the form that is written here, or the unsigned one is not.
pub fn again(unsigned: &[u8], signed: &[u8]) -> Result<Vec<u8>, PadesError> {
    let scanned = scan_bytes(signed).map_err(PadesError::Form)?;
    let behind = usize::try_from(scanned.place.end).ok().and_then(|end| signed.get(end..)).unwrap_or_default();
    let store = Store::read(behind, scanned.object).map_err(PadesError::Form)?;
    prepare(unsigned, &store, scanned.slot.at)?.complete(&scanned.slot.cms)
}
