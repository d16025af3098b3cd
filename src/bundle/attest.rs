//! A reviewer's seal on a bundle: `attestations/<n>/` with the signed statement, the review, the key and what he attached.
//!
//! It must not decide whom to trust, nor check the bundle: its caller has verified it.

use std::collections::BTreeMap;

use super::amend::{AmendError, Amending};
use super::layout::{Attestation, LARGEST_TAG, MANIFEST, STATEMENT, is_later_seal, shown};
use super::read::{Bag, Refused};
use super::write::Content;
use crate::sign::attestation::{self, FORMAT, Item, NamedFile, Review};
use crate::sign::dsse::Envelope;
use crate::sign::statement;
use crate::sign::{PublicKey, Signer};

/// What a reviewer says.
#[derive(Clone, Debug)]
pub struct Words {
    /// Who he is.
    pub name: String,
    /// In which role he reviewed.
    pub role: String,
    /// What he states.
    pub statement: String,
    /// When, RFC 3339.
    pub at: String,
    /// The files that he reviewed, by path in the bag.
    pub reviewed: Vec<String>,
    /// His decision on each MANUAL finding, in the bundle's order.
    pub items: Vec<Item>,
    /// The files that he attaches, by name.
    pub attachments: BTreeMap<String, Content>,
}

/// Why nothing was attested.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// The bundle or a file.
    #[error(transparent)]
    Amend(#[from] AmendError),
    /// The statement.
    #[error(transparent)]
    Sign(#[from] attestation::AttestError),
    /// The words cannot be attested.
    #[error("this cannot be attested: {0}")]
    Words(String),
    /// The key that sealed the bundle.
    #[error(
        "this key sealed the bundle: an attestation is another person's word; sign it with the reviewer's own key (poolproof keys new --out keys/reviewer.p8)"
    )]
    SameKey,
}

impl From<Refused> for AttestError {
    fn from(why: Refused) -> Self {
        Self::Amend(why.into())
    }
}

/// The files of later seals, leaving out those of attestations from `number` on: what attestation `number` must name.
fn earlier(bag: &Bag, number: u32) -> Vec<NamedFile> {
    let before = |path: &str| Attestation::number_of(path).is_none_or(|n| n < number);
    let later = bag.files().iter().filter(|(path, _)| is_later_seal(path) && before(path));
    later.map(|(path, stored)| NamedFile { path: path.clone(), sha256: stored.sha256.clone() }).collect()
}

/// Signs the review and adds it to the bundle; returns its number.
///
/// # Errors
/// See [`AttestError`]; the bundle is then as it was.
pub fn attest(bundle: Amending, words: &Words, signer: &dyn Signer) -> Result<u32, AttestError> {
    let bag = bundle.bag();
    let wrong = AttestError::Words;
    let envelope = Envelope::decode(&bag.read(STATEMENT, LARGEST_TAG)?).map_err(AttestError::Words)?;
    let sealed = statement::read(&envelope).map_err(AttestError::Words)?;
    let key = PublicKey::from_spki(signer.public_key_spki()).map_err(AttestError::Words)?;
    if key.fingerprint() == envelope.keyid {
        return Err(AttestError::SameKey);
    }
    let number = bag.files().keys().filter_map(|p| Attestation::number_of(p)).max().unwrap_or(0) + 1;
    let its = Attestation(number);
    let of_bag = |path: &String| {
        let stored =
            bag.files().get(path).ok_or_else(|| wrong(format!("the bundle holds no {:?}, which is named as reviewed", shown(path))))?;
        Ok(NamedFile { path: path.clone(), sha256: stored.sha256.clone() })
    };
    let mut added = BTreeMap::new();
    let mut attachments = Vec::new();
    for (name, content) in &words.attachments {
        let path = its.attachment(name);
        attachments.push(NamedFile { path: path.clone(), sha256: content.stored().map_err(AmendError::from)?.sha256 });
        added.insert(path, content.clone());
    }
    let review = Review {
        format: FORMAT.to_owned(),
        number,
        bundle_id: sealed.predicate.bundle_id,
        statement_sha256: statement::digest(&envelope),
        name: words.name.clone(),
        role: words.role.clone(),
        statement: words.statement.clone(),
        at: words.at.clone(),
        reviewed: words.reviewed.iter().map(of_bag).collect::<Result<_, AttestError>>()?,
        items: words.items.clone(),
        attachments,
        earlier: earlier(bag, number),
    };
    attestation::check(&review).map_err(AttestError::Words)?;
    let document = attestation::document(&review)?;
    let named = attestation::named(&its.review(), &document);
    let envelope = attestation::seal(&review, &of_bag(&MANIFEST.to_owned())?, &named, signer)?;
    added.insert(its.envelope(), Content::Bytes(envelope.encode()));
    added.insert(its.review(), Content::Bytes(document));
    added.insert(its.signer(), Content::Bytes(key.to_pem().into_bytes()));
    bundle.finish(&added)?;
    Ok(number)
}
