//! Writing: one signature over given bytes, with the attributes that CAdES-B and PAdES-B ask for (ETSI EN 319 122-1 and
//! 319 142-1). It must not choose a time, and knows no file.

use chrono::{DateTime, Datelike as _, Utc};
use der::asn1::ObjectIdentifier;

use super::{CONTENT_TYPE, MESSAGE_DIGEST, SHA_256, SIGNATURE_TIME_STAMP, SIGNED_DATA, SIGNING_CERTIFICATE_V2, SIGNING_TIME};
use crate::digest::sha256;
use crate::sign::asn1::{self, CONTEXT_0, CONTEXT_1, GENERALIZED_TIME, INTEGER, OCTETS, SEQUENCE, SET, UTC_TIME};
use crate::sign::x509::{Certificate, ECDSA_WITH_SHA256};
use crate::sign::{SignError, Signer};

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Bytes that stay outside, by their SHA-256.
    Detached([u8; 32]),
    /// Bytes that the signature carries with it.
    Attached(&'a [u8]),
}

/// A signature to be made.
#[derive(Clone, Copy, Debug)]
pub struct ToSign<'a> {
    /// The type of the content: [`super::DATA`] for files and PDFs.
    pub content_type: ObjectIdentifier,
    /// The content.
    pub content: Content<'a>,
    /// The signer's certificate first, then its issuers: DER. All of them are embedded.
    pub chain: &'a [Vec<u8>],
    /// The time that the signer claims: asked for by CAdES, forbidden by PAdES (the PDF has /M).
    pub signing_time: Option<DateTime<Utc>>,
}

/// A signature that was made; a time stamp can still be added.
#[derive(Clone, Debug)]
pub struct Built {
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    /// The signer's entry without unsigned attributes: all its parts, written.
    signer: Vec<u8>,
    signature: Vec<u8>,
    timestamp: Option<Vec<u8>>,
}

impl Built {
    /// The signature value: what a signature time stamp is over.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Adds (or replaces) the signature time stamp: a `TimeStampToken` in DER. It does not check the token.
    #[must_use]
    pub fn with_timestamp(mut self, token: &[u8]) -> Self {
        self.timestamp = Some(token.to_vec());
        self
    }

    /// The whole `ContentInfo`, DER.
    ///
    /// # Errors
    /// An identifier cannot be written.
    pub fn to_der(&self) -> Result<Vec<u8>, SignError> {
        let mut signer = self.signer.clone();
        if let Some(token) = &self.timestamp {
            signer.extend(asn1::set_of(CONTEXT_1, vec![attribute(SIGNATURE_TIME_STAMP, token)?]));
        }
        let mut encapsulated = der(&self.content_type)?;
        if let Some(content) = &self.content {
            encapsulated.extend(asn1::write(CONTEXT_0, &asn1::write(OCTETS, content)));
        }
        // RFC 5652, 5.1: version 3 where the content is not plain data.
        let version = if self.content_type == super::DATA { 1 } else { 3 };
        let mut certificates = self.certificates.clone();
        certificates.sort();
        certificates.dedup();
        let signed = asn1::list(
            SEQUENCE,
            &[
                &asn1::write(INTEGER, &[version]),
                &asn1::set_of(SET, vec![algorithm(SHA_256)?]),
                &asn1::write(SEQUENCE, &encapsulated),
                &asn1::set_of(CONTEXT_0, certificates),
                &asn1::set_of(SET, vec![asn1::write(SEQUENCE, &signer)]),
            ],
        );
        Ok(asn1::list(SEQUENCE, &[&der(&SIGNED_DATA)?, &asn1::write(CONTEXT_0, &signed)]))
    }
}

/// Signs. The signed attributes are content-type, message-digest, signing-certificate-v2 and, where given, signing-time.
///
/// # Errors
/// There is no certificate, it is another key's, or the key cannot be used.
pub fn build(what: &ToSign<'_>, signer: &dyn Signer) -> Result<Built, SignError> {
    let bad = |why: String| SignError::Failed(format!("the signer's certificate: {why}"));
    let first = what.chain.first().ok_or_else(|| bad("there is none".to_owned()))?;
    let certificate = Certificate::read(first).map_err(bad)?;
    if certificate.spki().map_err(bad)? != signer.public_key_spki() {
        return Err(bad("it is not of the key that signs".to_owned()));
    }
    let (digest, content) = match what.content {
        Content::Detached(digest) => (digest, None),
        Content::Attached(bytes) => (sha256(bytes), Some(bytes.to_vec())),
    };
    let fields = certificate.fields();
    // ESSCertIDv2 with SHA-256: hashAlgorithm is its default, and DER leaves a default out (RFC 5035, 4).
    let cert_id = asn1::write(SEQUENCE, &asn1::write(OCTETS, &sha256(first)));
    let mut attributes = vec![
        attribute(CONTENT_TYPE, &der(&what.content_type)?)?,
        attribute(MESSAGE_DIGEST, &asn1::write(OCTETS, &digest))?,
        attribute(SIGNING_CERTIFICATE_V2, &asn1::write(SEQUENCE, &asn1::write(SEQUENCE, &cert_id)))?,
    ];
    if let Some(time) = what.signing_time {
        attributes.push(attribute(SIGNING_TIME, &written_time(time))?);
    }
    // Signed as SET OF, stored under [0]: the same bytes but for the first (RFC 5652, 5.4).
    let signature = signer.sign(&asn1::set_of(SET, attributes.clone()))?;
    let signer_entry = [
        asn1::write(INTEGER, &[1]),
        asn1::list(SEQUENCE, &[&der(&fields.issuer)?, &der(&fields.serial_number)?]),
        algorithm(SHA_256)?,
        asn1::set_of(CONTEXT_0, attributes),
        algorithm(ECDSA_WITH_SHA256)?,
        asn1::write(OCTETS, &signature),
    ]
    .concat();
    Ok(Built {
        content_type: what.content_type,
        content,
        certificates: what.chain.to_vec(),
        signer: signer_entry,
        signature,
        timestamp: None,
    })
}

fn der(value: &impl der::Encode) -> Result<Vec<u8>, SignError> {
    value.to_der().map_err(|e| SignError::Failed(format!("the signature cannot be written: {e}")))
}

/// An algorithm without parameters (RFC 5754, 2 and 3.2: left out, not NULL).
fn algorithm(oid: ObjectIdentifier) -> Result<Vec<u8>, SignError> {
    Ok(asn1::write(SEQUENCE, &der(&oid)?))
}

fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Result<Vec<u8>, SignError> {
    Ok(asn1::list(SEQUENCE, &[&der(&oid)?, &asn1::write(SET, value)]))
}

/// UTCTime from 1950 to 2049, else GeneralizedTime; whole seconds (RFC 5652, 11.3).
fn written_time(time: DateTime<Utc>) -> Vec<u8> {
    if (1950..2050).contains(&time.year()) {
        asn1::write(UTC_TIME, time.format("%y%m%d%H%M%SZ").to_string().as_bytes())
    } else {
        asn1::write(GENERALIZED_TIME, time.format("%Y%m%d%H%M%SZ").to_string().as_bytes())
    }
}
