//! Pseudonyms and commitments: HMAC-SHA256 under keys that never enter a bundle.
//!
//! Two keys: the organisation's privacy key, kept across quarters, makes user pseudonyms; a key of one bundle's own,
//! destroyed at the deletion date, makes the digests of e-mail addresses, telephone numbers and user names.

use crate::digest::{base32, hex, hmac_sha256, sha256};
use crate::model::scope::PrivacyMode;

/// The keys and the mode. No `Debug`: it holds keys.
#[derive(Clone)]
pub struct Pseudonyms {
    mode: PrivacyMode,
    sub_key: [u8; 32],
    join_key: [u8; 32],
}

/// Characters of a pseudonym after its prefix: 100 bits.
const LENGTH: usize = 20;

impl Pseudonyms {
    /// From the organisation's key and the bundle's own.
    pub fn new(mode: PrivacyMode, sub_key: [u8; 32], join_key: [u8; 32]) -> Self {
        Self { mode, sub_key, join_key }
    }

    /// Id of the organisation's key: a hash that binds it, and tells nothing of it.
    pub fn key_id(&self) -> String {
        let mut preimage = b"poolproof privacy key\0".to_vec();
        preimage.extend(self.sub_key);
        format!("k_{}", short(&sha256(&preimage)))
    }

    /// Whether identities stay as they are.
    pub fn clear(&self) -> bool {
        self.mode == PrivacyMode::Clear
    }

    /// The pseudonym of a `sub`.
    pub fn user(&self, sub: &str) -> String {
        format!("u_{}", keyed(&self.sub_key, "sub", sub))
    }

    /// The digest of a user name, for joins; also the pseudonym of a user whose `sub` the answer lacks.
    pub fn username(&self, name: &str) -> String {
        format!("n_{}", keyed(&self.join_key, "username", name))
    }

    /// The digest of an e-mail address (compared without case).
    pub fn email(&self, address: &str) -> String {
        format!("e_{}", keyed(&self.join_key, "email", &address.to_lowercase()))
    }

    /// The digest of a telephone number.
    pub fn phone(&self, number: &str) -> String {
        format!("p_{}", keyed(&self.join_key, "phone", number))
    }

    /// The digest of a principal's ARN, or of the address that it called from.
    pub fn principal(&self, who: &str) -> String {
        format!("w_{}", keyed(&self.join_key, "principal", who))
    }

    /// The digest of a page token, so that pages can be chained without it.
    pub fn token(&self, token: &str) -> String {
        format!("t_{}", keyed(&self.join_key, "token", token))
    }

    /// Keyed digests under which a named admin may be found: of an e-mail address or a user name.
    pub fn named(&self, identity: &str) -> String {
        if identity.contains('@') { self.email(identity) } else { self.username(identity) }
    }

    /// The commitment to an answer: HMAC-SHA256(HMAC-SHA256(privacy key, run id ‖ 0x00 ‖ call), exact bytes), hex.
    /// The inner key of one call can be opened to an auditor without opening any other.
    pub fn commitment(&self, run_id: &str, call: &str, bytes: &[u8]) -> String {
        let inner = hmac_sha256(&self.sub_key, format!("{run_id}\0{call}").as_bytes());
        hex(&hmac_sha256(&inner, bytes))
    }
}

fn keyed(key: &[u8], domain: &str, value: &str) -> String {
    short(&hmac_sha256(key, format!("{domain}\0{value}").as_bytes()))
}

fn short(digest: &[u8]) -> String {
    base32(digest).chars().take(LENGTH).collect()
}
