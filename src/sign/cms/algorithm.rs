//! Digests and signatures by their identifiers: P-256 with SHA-256 for seals; P-384 and RSA PKCS#1 v1.5 with SHA-256, 384
//! or 512 as well for time-stamp authorities. Anything else is refused, SHA-1 signatures above all.

use aws_lc_rs::digest::{self, Algorithm};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::Encode as _;
use der::asn1::ObjectIdentifier;

use super::{SHA_256, SHA_384, SHA_512, oid};
use crate::sign::asn1::{Item, NULL, OID, SEQUENCE};
use crate::sign::x509::{Certificate, ECDSA_WITH_SHA256};

const EC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");
const ECDSA_WITH_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
const ECDSA_WITH_SHA512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");
const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const RSA_WITH_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
const RSA_WITH_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
const RSA_WITH_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");

/// A digest of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    pub fn of(oid: ObjectIdentifier) -> Result<Self, String> {
        match oid {
            SHA_256 => Ok(Self::Sha256),
            SHA_384 => Ok(Self::Sha384),
            SHA_512 => Ok(Self::Sha512),
            other => Err(format!("the digest algorithm {other} is not SHA-256, SHA-384 or SHA-512")),
        }
    }

    pub fn compute(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm: &'static Algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}

/// SHA-1, only to find the certificate that an older time-stamp authority names. Nothing is signed with it.
pub(super) fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// Reads an `AlgorithmIdentifier` whose parameters are absent, or (where `null` is allowed) NULL.
pub(super) fn identifier(item: &Item<'_>, null: bool, what: &str) -> Result<ObjectIdentifier, String> {
    let parts = item.tagged(SEQUENCE, what)?.parts()?;
    match parts.as_slice() {
        [oid] => object_identifier(oid, what),
        [oid, parameters] if null && parameters.tag == NULL && parameters.value.is_empty() => object_identifier(oid, what),
        _ => Err(format!("{what} has parameters that it may not have")),
    }
}

pub(super) fn object_identifier(item: &Item<'_>, what: &str) -> Result<ObjectIdentifier, String> {
    let value = item.tagged(OID, what)?.value;
    ObjectIdentifier::from_bytes(value).map_err(|_| format!("{what} holds a damaged identifier"))
}

/// Whether the certificate's key made `signature` over `message`. `seal`: only what this program seals with.
pub(super) fn check(
    certificate: &Certificate,
    digest: Digest,
    algorithm: ObjectIdentifier,
    message: &[u8],
    signature: &[u8],
    seal: bool,
) -> Result<(), String> {
    let key = &certificate.fields().subject_public_key_info;
    let curve = key.algorithm.parameters.as_ref().and_then(|p| p.to_der().ok());
    let curve = curve.and_then(|der| der::Decode::from_der(&der).ok());
    let kind = (key.algorithm.oid, curve);
    let fits = match algorithm {
        ECDSA_WITH_SHA256 | RSA_WITH_SHA256 => digest == Digest::Sha256,
        ECDSA_WITH_SHA384 | RSA_WITH_SHA384 => digest == Digest::Sha384,
        ECDSA_WITH_SHA512 | RSA_WITH_SHA512 => digest == Digest::Sha512,
        // The digest is the one named beside it.
        RSA => true,
        other => return Err(format!("the signature algorithm {other} is not one that is taken here")),
    };
    if !fits {
        return Err("its digest algorithm and its signature algorithm do not belong together".to_owned());
    }
    let rsa = matches!(algorithm, RSA | RSA_WITH_SHA256 | RSA_WITH_SHA384 | RSA_WITH_SHA512);
    let verify: &'static dyn VerificationAlgorithm = match (kind, rsa, digest) {
        ((EC_KEY, Some(P256)), false, Digest::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        _ if seal => return Err("it is not made with ECDSA over P-256 and SHA-256".to_owned()),
        ((EC_KEY, Some(P256)), false, Digest::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        ((EC_KEY, Some(P384)), false, Digest::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        ((EC_KEY, Some(P384)), false, Digest::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        ((EC_KEY, Some(P384)), false, Digest::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        ((RSA, _), true, Digest::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        ((RSA, _), true, Digest::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        ((RSA, _), true, Digest::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        _ => return Err("the signer's key is of a kind that is not taken here (P-256, P-384, RSA of 2048 to 8192 bits)".to_owned()),
    };
    let bits = key.subject_public_key.as_bytes().ok_or("the signer's key is damaged")?;
    UnparsedPublicKey::new(verify, bits)
        .verify(message, signature)
        .map_err(|_| "the signature over the signed attributes is not by the key of the certificate that it names".to_owned())
}
