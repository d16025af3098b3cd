//! Step 6, PDF: the one signature in `report.pdf`, over every byte of it, by the key that signed the statement.
//!
//! It must not parse PDF, nor look for a time: a time stamp in the signature is step 7's. What the report says is step 10's.

use crate::bundle::Bag;
use crate::bundle::layout::REPORT_PDF;
use crate::bundle::read::Refused;
use crate::clock::rfc3339;
use crate::sign::pades::{self, Sealed};
use crate::sign::{Fingerprint, PublicKey};

/// Step 6: the signature, where it holds.
pub(super) fn check(bag: &Bag, fingerprint: &Fingerprint) -> Result<Found, String> {
    let open = || match bag.stream(REPORT_PDF) {
        Ok(stream) => Ok(stream),
        Err(Refused(why)) => Err(why),
    };
    let sealed = pades::read(open).map_err(|why| format!("{REPORT_PDF}: {why}"))?;
    let key = sealed.signed.signer.spki().and_then(|spki| PublicKey::from_spki(&spki));
    let key = key.map_err(|why| format!("{REPORT_PDF}: the certificate in its signature: {why}"))?;
    if key.fingerprint() != *fingerprint {
        return Err(format!("{REPORT_PDF} is signed by another key ({}) than the statement", key.fingerprint()));
    }
    Ok(Found(sealed))
}

/// A signature that holds.
pub(super) struct Found(pub Sealed);

impl Found {
    /// What was checked, in words.
    pub fn note(&self) -> String {
        format!(
            "one signature by the same key, over every byte but itself, that allows no change (DocMDP); no revision after it; its signer says {}",
            rfc3339(self.0.scanned.slot.at)
        )
    }
}
