//! Certificate paths (RFC 5280, 6) from a certificate to an authority of the caller's trust file, at a given time.
//!
//! It must not take an authority from anywhere else: what lies in a bundle is only ever a candidate in between.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use super::trust::{Purpose, TrustedCa};
use crate::clock::rfc3339;
use crate::sign::x509::Certificate;

/// The content of id-kp-timeStamping, 1.3.6.1.5.5.7.3.8.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
/// The content of id-kp-documentSigning, 1.3.6.1.5.5.7.3.36 (RFC 9336).
const DOCUMENT_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 36];
/// Most candidates that are looked at.
const MOST: usize = 20;

/// The authority of the trust file to which a path leads; every certificate on it is valid at `time` and allows the purpose.
/// Revocation is not looked at.
///
/// # Errors
/// There is no such path; the text says why.
pub(super) fn authority<'a>(
    leaf: &Certificate,
    between: &[Vec<u8>],
    authorities: &'a [TrustedCa],
    purpose: Purpose,
    time: DateTime<Utc>,
) -> Result<&'a TrustedCa, String> {
    let fitting: Vec<&TrustedCa> = authorities.iter().filter(|ca| ca.purpose == purpose).collect();
    if fitting.is_empty() {
        return Err(format!("the trust file names no authority ([[ca]]) for {:?}", purpose.word()));
    }
    let seconds = u64::try_from(time.timestamp()).map_err(|_| "the time is before 1970".to_owned())?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let usage = match purpose {
        Purpose::Time => TIME_STAMPING,
        Purpose::Signing => DOCUMENT_SIGNING,
    };
    let end = CertificateDer::from(leaf.der());
    let end = EndEntityCert::try_from(&end).map_err(|e| words(&e, leaf, time))?;
    let between: Vec<CertificateDer<'_>> = between.iter().take(MOST).map(|der| CertificateDer::from(der.as_slice())).collect();
    let mut worst = None;
    for ca in fitting {
        if time < ca.valid_from || ca.valid_to.is_some_and(|to| time > to) {
            worst.get_or_insert_with(|| format!("{:?} is not trusted by the trust file at {}", ca.who, rfc3339(time)));
            continue;
        }
        let root = CertificateDer::from(ca.certificate.der());
        let anchor = anchor_from_trusted_cert(&root)
            .map_err(|e| format!("the certificate of {:?} in the trust file cannot be used ({e})", ca.who))?;
        let anchors = [anchor];
        match end.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &between, at, KeyUsage::required_if_present(usage), None, None) {
            Ok(_) => {
                let (from, to) = ca.certificate.validity();
                if time >= from && time <= to {
                    return Ok(ca);
                }
                worst.get_or_insert_with(|| format!("the certificate of {:?} is not valid at {}", ca.who, rfc3339(time)));
            }
            Err(Error::UnknownIssuer) => {}
            Err(error) => {
                worst.get_or_insert_with(|| words(&error, leaf, time));
            }
        }
    }
    Err(worst.unwrap_or_else(|| format!("no path leads from the certificate {:?} to an authority of the trust file", leaf.subject())))
}

fn words(error: &Error, leaf: &Certificate, time: DateTime<Utc>) -> String {
    let why = match error {
        Error::CertExpired { .. } => "a certificate on the path had expired".to_owned(),
        Error::CertNotValidYet { .. } => "a certificate on the path was not valid yet".to_owned(),
        Error::RequiredEkuNotFoundContext(_) => "a certificate on the path is not for this purpose".to_owned(),
        Error::EndEntityUsedAsCa => "a certificate on the path is no CA's".to_owned(),
        Error::CaUsedAsEndEntity => "it is a CA's certificate".to_owned(),
        Error::InvalidSignatureForPublicKey => "a signature on the path is not valid".to_owned(),
        other => other.to_string(),
    };
    format!("the certificate {:?} has no valid path at {}: {why}", leaf.subject(), rfc3339(time))
}
