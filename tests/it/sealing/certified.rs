//! A signer's public key as an authority of the tests takes it, to certify it.

use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm};

/// The signer's public key, for the authority to certify.
pub struct Public(pub Vec<u8>);

impl PublicKeyData for Public {
    fn der_bytes(&self) -> &[u8] {
        // Behind the algorithm of a P-256 key: the point.
        &self.0[26..]
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}
