//! The command line. It reads options, calls the library and prints; it decides nothing.

#[cfg(all(feature = "aws", feature = "pdf"))]
mod commands;
pub mod exit;
#[cfg(feature = "pdf")]
pub mod reference;
pub mod verify;

#[cfg(all(feature = "aws", feature = "pdf"))]
pub use commands::main;

/// Whom the cover of a report names for a certificate.
///
/// # Errors
/// The certificate's key is none that seals.
#[cfg(feature = "pdf")]
fn signed_by(certificate: &crate::sign::x509::Certificate) -> Result<crate::render::SignedBy, String> {
    let key = certificate.spki().and_then(|spki| crate::sign::PublicKey::from_spki(&spki))?;
    Ok(crate::render::SignedBy {
        subject: certificate.subject(),
        issuer: (!certificate.is_self_issued()).then(|| certificate.issuer()),
        fingerprint: key.fingerprint().to_string(),
    })
}
