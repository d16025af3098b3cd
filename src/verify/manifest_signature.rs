//! Step 5, manifest signature: the detached CAdES signature over the manifest, by the key that signed the statement, with no
//! certificates that the signature in the report does not have: the statement is over that file, and over these nothing is.
//!
//! It must not say whether that key is to be trusted (step 4), nor whether the files are those of the manifest (step 2).

use chrono::{DateTime, Utc};

use super::pdf;
use crate::bundle::Bag;
use crate::bundle::layout::{CHAIN, LARGEST_LIST, LARGEST_TAG, MANIFEST, MANIFEST_P7S, REPORT_PDF};
use crate::bundle::read::Refused;
use crate::clock::rfc3339;
use crate::digest::sha256_hex;
use crate::sign::Fingerprint;
use crate::sign::cms::{self, Over, Profile};
use crate::sign::x509::{self, Certificate};

/// A signature over the manifest that holds.
pub(super) struct ManifestSigned {
    /// The certificate of the key that signed: bound to it by the signed attributes.
    pub certificate: Certificate,
    /// The other certificates beside it, DER: candidates for a chain. Nothing has signed for them.
    pub others: Vec<Vec<u8>>,
    /// When the signer says that he signed.
    pub claimed: DateTime<Utc>,
}

impl ManifestSigned {
    /// The step's note.
    pub fn note(&self) -> String {
        format!(
            "CAdES, by the key of step 3, over this manifest; its certificate names {:?}; signed at {}, as the signer says",
            self.certificate.subject(),
            rfc3339(self.claimed)
        )
    }
}

/// Step 5. `pdf` is what step 6 found, where it passed.
pub(super) fn check(bag: &Bag, sealer: &Fingerprint, pdf: Option<&pdf::Found>) -> Result<ManifestSigned, String> {
    let read = |path: &str, limit| bag.read(path, limit).map_err(|Refused(why)| why);
    let at = |why: String| format!("{MANIFEST_P7S}: {why}");
    let manifest = read(MANIFEST, LARGEST_LIST)?;
    let signed = cms::read(&read(MANIFEST_P7S, LARGEST_TAG)?, Profile::Cades, Over::Bytes(&manifest), &[]).map_err(at)?;
    if sha256_hex(&signed.signer.spki().map_err(at)?) != sealer.as_str() {
        return Err(at("it is by another key than the one that signed the statement".to_owned()));
    }
    if !signed.unsigned.is_empty() {
        return Err(at("something was added to it after it was made".to_owned()));
    }
    let pem = String::from_utf8(read(CHAIN, LARGEST_TAG)?).map_err(|_| format!("{CHAIN} is not text"))?;
    let chain = x509::chain_from_pem(&pem).map_err(|why| format!("{CHAIN}: {why}"))?;
    let mut beside: Vec<&[u8]> = chain.iter().map(Certificate::der).collect();
    let first = beside.first() == Some(&signed.signer.der());
    beside.sort_unstable();
    let written: String = chain.iter().map(Certificate::to_pem).collect();
    if !first || beside != signed.certificates || written != pem {
        return Err(format!("{CHAIN} does not hold the certificates of {MANIFEST_P7S}, the signer's first"));
    }
    let others: Vec<Vec<u8>> = signed.certificates.into_iter().filter(|der| der.as_slice() != signed.signer.der()).collect();
    let claimed = signed.signing_time.ok_or_else(|| at("it has no signing time".to_owned()))?;
    if pdf.is_some_and(|found| others.iter().any(|der| !found.0.signed.certificates.contains(der))) {
        return Err(format!(
            "{MANIFEST_P7S} and {CHAIN} hold a certificate that the signature in {REPORT_PDF} does not have: it was added"
        ));
    }
    Ok(ManifestSigned { certificate: signed.signer, others, claimed })
}
