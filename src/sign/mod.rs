//! Signing: one P-256 key behind one trait, its certificate, the DSSE envelope, the in-toto statement and its Sigstore
//! wrapping, and CMS for CAdES and PAdES.
//!
//! It must not know what a bundle holds or how it is packed (`bundle`), nor decide whom to trust (`verify`).
//! Private key bytes never leave `local`, and nothing here prints them.

pub mod access_review;
pub mod approval;
pub(crate) mod asn1;
pub mod attestation;
pub mod cms;
pub mod dsse;
pub mod identity;
pub mod in_toto;
#[cfg(feature = "aws")]
pub mod kms;
pub mod local;
pub mod pades;
mod passphrase;
pub(crate) mod pem;
pub mod public;
pub mod rotation;
pub mod sigstore;
pub mod statement;
pub mod timestamp;
pub mod x509;

pub use crate::model::json;
pub use identity::{Identity, TsaConfig};
pub use local::LocalKey;
pub use public::{Fingerprint, PublicKey};

use crate::io::FileError;

/// Why a file of a seal that no signature covers is refused in any but its one form.
const NOT_WRITTEN: &str = "it is not written as a seal writes it: something that nobody signed was added or changed";

/// Who signs: a local key file, a key made for one demo, or a remote key.
///
/// The message is always signed whole, never pre-hashed by the caller: AWS KMS takes at most
/// 4,096 bytes that way (`Sign`, `MessageType` RAW), see [`statement::PAE_LIMIT`].
pub trait Signer {
    /// Signs with ECDSA over P-256 and SHA-256; returns the DER form (RFC 3279, 2.2.3: SEQUENCE of r and s).
    ///
    /// # Errors
    /// The key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;

    /// The public key as DER `SubjectPublicKeyInfo` (RFC 5480).
    fn public_key_spki(&self) -> &[u8];
}

/// Why a key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key file is open to others.
    #[error("the private key {path} is open to other users of this machine (permission bits {bits:03o}); run: chmod 600 {path}")]
    OpenToOthers {
        /// The key file.
        path: String,
        /// The group's and others' permission bits that are set.
        bits: u32,
    },
    /// There is something under that name already.
    #[error("{path} exists already and is not overwritten: a lost key cannot be made again; choose another name")]
    Exists {
        /// The key file.
        path: String,
    },
    /// Not a key that this program can use.
    #[error("{what} is no usable signing key: {why}")]
    BadKey {
        /// Which file, or where the key came from.
        what: String,
        /// What is wrong with it, and what would be right. Never quotes key bytes.
        why: String,
    },
    /// The signing itself failed.
    #[error("signing failed: {0}")]
    Failed(String),
}
