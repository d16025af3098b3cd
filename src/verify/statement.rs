//! Step 3, statement: exactly one signature, valid over the statement, which names these very files and says of them what
//! `evidence.json` says. Step 8, wrappers: the same signature in its other forms.
//!
//! It must not say whether the key is anybody's: see `signer`.

use serde::Deserialize;

use super::predicate;
use crate::bundle::Bag;
use crate::bundle::layout::{
    BAGIT, CATALOGUE, EVIDENCE, FORMAT, LARGEST_DOCUMENT, LARGEST_TAG, PAE, SIG, SIGNER, SIGSTORE, STATEMENT, shown,
};
use crate::bundle::read::Refused;
use crate::report::evidence_v1::{self, EvidenceV1};
use crate::sign::dsse::Envelope;
use crate::sign::rotation::Rotation;
use crate::sign::statement::{self, Predicate};
use crate::sign::{Fingerprint, PublicKey, json, sigstore};

/// A statement whose signature and subjects hold.
pub(super) struct Sealed {
    pub envelope: Envelope,
    pub fingerprint: Fingerprint,
    pub predicate: Predicate,
    pub evidence: EvidenceV1,
    /// Key rotations that the bag carries, each signed by the key that it names as the old one.
    pub rotations: Vec<(String, Rotation)>,
}

/// The one member that says how to read the others.
#[derive(Deserialize)]
struct Format {
    format: String,
}

/// Step 3.
pub(super) fn check(bag: &Bag) -> Result<Sealed, String> {
    let envelope = Envelope::decode(&read(bag, STATEMENT, LARGEST_TAG)?).map_err(|why| format!("{STATEMENT}: {why}"))?;
    let pem = String::from_utf8(read(bag, SIGNER, LARGEST_TAG)?).map_err(|_| format!("{SIGNER} is not text"))?;
    let key = PublicKey::from_pem(&pem).map_err(|why| format!("{SIGNER}: {why}"))?;
    if key.fingerprint() != envelope.keyid {
        return Err(format!("the keyid of {STATEMENT} is not the fingerprint of {SIGNER}"));
    }
    if !key.verifies(&envelope.pae(), &envelope.signature) {
        return Err("the signature is not valid: the statement or the signature was changed, or another key signed".to_owned());
    }
    let sealed = statement::read(&envelope).map_err(|why| format!("the statement: {why}"))?;
    for subject in &sealed.subject {
        let found = bag.files().get(&subject.name).ok_or_else(|| format!("{} is signed, but missing", subject.name))?;
        if subject.digest.get("sha256") != Some(&found.sha256) {
            return Err(format!("{} is not the file that was signed", subject.name));
        }
    }
    if sealed.predicate.format != FORMAT || !bag.files().contains_key(BAGIT) {
        return Err(format!("the bundle has format {}; this program reads format {FORMAT}", sealed.predicate.format));
    }
    let bytes = read(bag, EVIDENCE, LARGEST_DOCUMENT)?;
    let Format { format } = serde_json::from_slice(&bytes).map_err(|why| format!("{EVIDENCE}: {why}"))?;
    if format != evidence_v1::FORMAT {
        return Err(format!("{EVIDENCE} has the format {:?}; this program reads {:?}", shown(&format), evidence_v1::FORMAT));
    }
    let evidence: EvidenceV1 = json::strict(&bytes).map_err(|why| format!("{EVIDENCE}: {why}"))?;
    if let Some(member) = predicate::difference(&sealed.predicate, &evidence) {
        return Err(format!("the statement says something else than {EVIDENCE} of: {member}"));
    }
    let catalogue = super::unlike::catalogue_digest(bag);
    if sealed.predicate.catalogue.sha256.as_deref() != Some(catalogue.as_str()) {
        return Err(format!("the statement names another catalogue than the files in {CATALOGUE}, whose SHA-256 is {catalogue}"));
    }
    let rotations = super::rotation::read(bag)?;
    Ok(Sealed { rotations, fingerprint: key.fingerprint(), predicate: sealed.predicate, envelope, evidence })
}

/// Step 8. No signature is over these files, and an envelope may hold members that nobody signed, so each must be, byte for byte,
/// as a seal writes it.
pub(super) fn wrappers(bag: &Bag, envelope: &Envelope) -> Result<String, String> {
    if read(bag, PAE, LARGEST_TAG)? != envelope.pae() {
        return Err(format!("{PAE} is not what was signed"));
    }
    if read(bag, SIG, LARGEST_TAG)? != envelope.signature {
        return Err(format!("{SIG} is another signature"));
    }
    if read(bag, SIGSTORE, LARGEST_TAG)? != sigstore::wrap(envelope) {
        return Err(format!("{SIGSTORE} says something else than {STATEMENT}, or is not written as a seal writes it"));
    }
    Envelope::decode_written(&read(bag, STATEMENT, LARGEST_TAG)?).map_err(|why| format!("{STATEMENT}: {why}"))?;
    PublicKey::from_written_pem(&read(bag, SIGNER, LARGEST_TAG)?).map_err(|why| format!("{SIGNER}: {why}"))?;
    Ok(".pae, .sig and .sigstore.json carry the same statement and signature".to_owned())
}

fn read(bag: &Bag, path: &str, limit: u64) -> Result<Vec<u8>, String> {
    bag.read(path, limit).map_err(|Refused(why)| why)
}
