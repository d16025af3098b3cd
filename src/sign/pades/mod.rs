//! PAdES (ETSI EN 319 142-1): one signature inside the report, over the whole file but the signature itself.
//!
//! `write` (feature `pdf`) adds the signature field, the certificates and CRLs (`dss`) and the empty signature to a finished
//! PDF, in one revision, and `seal` fills it; `scan` reads such a file back without a PDF library, and refuses every other form.
//! `slot` is the exact text of the signature dictionary, which both share. It must not decide whom to trust.

pub mod dss;
pub mod scan;
#[cfg(feature = "pdf")]
pub mod seal;
pub mod slot;
#[cfg(feature = "pdf")]
pub mod write;

use std::io::BufRead;

use super::SignError;
use super::cms::{self, Over, Profile};
use scan::Scanned;

/// Why a PDF was not signed.
#[derive(Debug, thiserror::Error)]
pub enum PadesError {
    /// The key or its certificate cannot be used.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The PDF is not one that `render` writes.
    #[error("report.pdf cannot be signed: {0}")]
    Document(String),
    /// The signature does not fit.
    #[error(
        "report.pdf cannot be signed: the signature has {size} bytes and {room} are kept for it; use a shorter certificate chain or time-stamp token"
    )]
    TooLarge {
        /// Bytes of the CMS.
        size: usize,
        /// Bytes that are kept.
        room: usize,
    },
    /// What was written is not what the verifier accepts.
    #[error("report.pdf cannot be signed in the form that the verifier accepts: {0}")]
    Form(String),
}

/// A signature in a report that holds: in the fixed form, over the whole file, by the key of its certificate. Whose key that is,
/// it does not say.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Where it stands and what it covers.
    pub scanned: Scanned,
    /// The CMS.
    pub signed: cms::Signed,
}

/// Reads a signed report, twice; `open` gives it from its beginning each time.
///
/// # Errors
/// In words, what is not as it must be.
pub fn read<'s>(open: impl FnMut() -> Result<Box<dyn BufRead + 's>, String>) -> Result<Sealed, String> {
    let scanned = scan::scan(open)?;
    let signed = cms::read(&scanned.slot.cms, Profile::Pades, Over::Sha256(scanned.digest), &[]);
    Ok(Sealed { signed: signed.map_err(|why| format!("its signature: {why}"))?, scanned })
}
