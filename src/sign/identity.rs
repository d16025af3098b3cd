//! Who seals: a signer with its certificate, its issuers, their revocation lists, and whom to ask for the time.
//!
//! It must not read files or settings (`cli` does), nor decide about trust.

use chrono::{DateTime, Utc};

use super::x509::{self, Certificate};
use super::{SignError, Signer};

/// A time-stamp authority (RFC 3161).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TsaConfig {
    /// Where it answers: `http://` or `https://`. What it answers is signed, so nothing relies on TLS.
    pub url: String,
    /// The roots, DER, to which the certificate of an `https://` server must lead; `None` for the machine's own.
    pub tls_roots: Option<Vec<Vec<u8>>>,
    /// The policy to ask for, as dotted numbers; `None` for the authority's own.
    pub policy: Option<String>,
    /// How long one try may take, seconds.
    pub timeout_seconds: u64,
    /// How often to ask again after a try that failed.
    pub retries: u32,
}

/// Everything that sealing takes of the signer.
pub struct Identity {
    /// The key.
    pub signer: Box<dyn Signer>,
    /// Its certificate first, then its issuers, DER. Never empty.
    pub chain: Vec<Vec<u8>>,
    /// Revocation lists of the issuers, DER.
    pub crls: Vec<Vec<u8>>,
    /// Whom to ask for the time.
    pub tsa: Option<TsaConfig>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({} certificates, {} CRLs, {:?})", self.chain.len(), self.crls.len(), self.tsa)
    }
}

impl Identity {
    /// A key without a certificate of its own: one is made here, signed by the key itself, valid from `at`. Trust then rests on
    /// the key's fingerprint alone.
    ///
    /// # Errors
    /// The key cannot be used.
    pub fn self_signed(signer: Box<dyn Signer>, organization: &str, at: DateTime<Utc>) -> Result<Self, SignError> {
        let certificate = x509::self_signed(signer.as_ref(), organization, at)?;
        Ok(Self { signer, chain: vec![certificate], crls: Vec::new(), tsa: None })
    }

    /// A key with its certificate and that certificate's issuers.
    ///
    /// # Errors
    /// There is no certificate, or the first is not of this key.
    pub fn with_chain(signer: Box<dyn Signer>, chain: &[Certificate]) -> Result<Self, SignError> {
        let bad = |why: &str| SignError::BadKey { what: "the signer's certificate".to_owned(), why: why.to_owned() };
        let first = chain.first().ok_or_else(|| bad("there is none"))?;
        if first.spki().map_err(|why| bad(&why))? != signer.public_key_spki() {
            return Err(bad("it is the certificate of another key; give the one that was issued for the signing key"));
        }
        let chain = chain.iter().map(|c| c.der().to_vec()).collect();
        Ok(Self { signer, chain, crls: Vec::new(), tsa: None })
    }
}
