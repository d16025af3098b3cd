//! The one form in which a time stamp is kept. An authority signs what it says, not what it wraps that in: the status, the
//! certificates beside its own, lists and attributes after the signature. What nobody signed is written in one way here, or left
//! out, so that a change of it shows.
//!
//! It must not touch a byte that was signed, nor say which authority is to be trusted.

use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use super::response::token_in;
use crate::sign::asn1::{self, CONTEXT_0, INTEGER, Item, SEQUENCE, SET};
use crate::sign::cms::{self, Over, Profile, Signed};
use crate::sign::x509::Certificate;

/// Most certificates on the way from the authority's own to a root.
const LONGEST_WAY: usize = 16;

/// An answer that grants a time stamp, in the form in which it is kept: granted, without a text, and its token as [`token`] has it.
///
/// # Errors
/// It refuses, or its token is no signature that holds.
pub fn response(answer: &[u8]) -> Result<Vec<u8>, String> {
    let token = token(token_in(answer)?)?;
    let granted = asn1::write(SEQUENCE, &asn1::write(INTEGER, &[0]));
    Ok(asn1::list(SEQUENCE, &[&granted, &token]))
}

/// A token in the form in which it is kept: the authority's certificate and those on the way above it (no root: who verifies has
/// his own), its one digest algorithm, and no lists and no attributes that are not signed.
///
/// # Errors
/// It is no signature that holds.
pub fn token(token: &[u8]) -> Result<Vec<u8>, String> {
    let signed = cms::read(token, Profile::Token, Over::Attached, &[]).map_err(|why| format!("the time-stamp token: {why}"))?;
    rewritten(token, &signed).ok_or_else(|| "the time-stamp token is not built as RFC 5652 asks for".to_owned())
}

fn rewritten(token: &[u8], signed: &Signed) -> Option<Vec<u8>> {
    let outer = Item::only(token).ok()?.parts().ok()?;
    let (kind, explicit) = (outer.first()?.whole, outer.get(1)?);
    let body = Item::only(explicit.value).ok()?.parts().ok()?;
    let (content, signers) = (body.get(2)?, body.last()?);
    // Version, name, digest algorithm, signed attributes, signature algorithm, signature.
    let signer = Item::only(signers.value).ok()?.parts().ok()?;
    let (digest, kept) = (signer.get(2)?, signer.get(..6)?);
    let kept: Vec<&[u8]> = kept.iter().map(|item| item.whole).collect();
    let body = asn1::list(
        SEQUENCE,
        &[
            // RFC 5652, 5.1: the content is no plain data, and all certificates are of X.509.
            &asn1::write(INTEGER, &[3]),
            &asn1::write(SET, digest.whole),
            content.whole,
            &asn1::set_of(CONTEXT_0, way(&signed.signer, &signed.certificates)),
            &asn1::write(SET, &asn1::list(SEQUENCE, &kept)),
        ],
    );
    Some(asn1::list(SEQUENCE, &[kind, &asn1::write(CONTEXT_0, &body)]))
}

/// The certificates from the authority's own upwards, by name, as far as these reach: at most one a step. No signature is
/// checked here; a way that leads nowhere is refused where the authority is looked for.
fn way(signer: &Certificate, all: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let (mut way, mut top) = (vec![signer.der().to_vec()], signer.clone());
    let mut others: Vec<Certificate> = all.iter().filter_map(|der| Certificate::read(der).ok()).collect();
    others.sort_by(|a, b| a.der().cmp(b.der()));
    while way.len() < LONGEST_WAY && !top.is_self_issued() {
        let named =
            |c: &&Certificate| c.fields().subject == top.fields().issuer && !c.is_self_issued() && !way.iter().any(|w| w == c.der());
        let by_key = |c: &&Certificate| issuer_key(&top).is_some_and(|key| c.key_identifier() == Some(key));
        let Some(next) = others.iter().filter(named).find(by_key).or_else(|| others.iter().find(named)) else { break };
        way.push(next.der().to_vec());
        top = next.clone();
    }
    way
}

/// Which of its issuer's keys signed a certificate, where it says so.
fn issuer_key(certificate: &Certificate) -> Option<Vec<u8>> {
    let found = certificate.fields().get::<AuthorityKeyIdentifier>().ok().flatten();
    found.and_then(|(_, id)| id.key_identifier).map(|id| id.into_bytes())
}
