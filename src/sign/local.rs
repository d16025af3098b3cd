//! A P-256 key in a PKCS#8 file (RFC 5958), or one that lives in memory for a single demo.
//!
//! The file is PEM, so that openssl reads it; DER is read too. It must never print, log or copy the private bytes elsewhere.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

use super::{PublicKey, SignError, Signer, passphrase, pem};
use crate::io::{self, FileError};

/// A PKCS#8 P-256 file is about 240 bytes; more than this is something else.
const KEY_FILE_LIMIT: u64 = 16 * 1024;

/// The environment variable that may hold a key's passphrase.
pub const PASSPHRASE: &str = "POOLPROOF_KEY_PASSPHRASE";
/// The environment variable that may name a file whose first line is the passphrase.
pub const PASSPHRASE_FILE: &str = "POOLPROOF_KEY_PASSPHRASE_FILE";

/// A private key at hand; a clone is the same key, and copies no private bytes.
#[derive(Clone)]
pub struct LocalKey {
    pair: Arc<EcdsaKeyPair>,
    public: PublicKey,
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalKey({})", self.public.fingerprint())
    }
}

impl LocalKey {
    /// Makes a key and keeps it in memory only. For the demo and for tests: nobody can vouch for it later.
    ///
    /// # Errors
    /// The system's random generator fails.
    pub fn throw_away() -> Result<Self, SignError> {
        Self::from_pkcs8(&new_pkcs8()?, "the new key")
    }

    /// Makes a key and writes it to `path` (mode 0600, PEM `PRIVATE KEY`).
    ///
    /// # Errors
    /// Something stands there already, or the file cannot be written.
    pub fn create(path: &Path) -> Result<Self, SignError> {
        Self::create_with(path, None)
    }

    /// As [`LocalKey::create`], encrypted under a passphrase where there is one (PEM `ENCRYPTED PRIVATE KEY`, PBES2).
    ///
    /// # Errors
    /// As [`LocalKey::create`], or the passphrase is shorter than 12 characters.
    pub fn create_with(path: &Path, secret: Option<&str>) -> Result<Self, SignError> {
        if secret.is_some_and(|s| s.chars().count() < passphrase::SHORTEST) {
            let why = format!("its passphrase has fewer than {} characters; choose a longer one", passphrase::SHORTEST);
            return Err(SignError::BadKey { what: "the new key".to_owned(), why });
        }
        let der = new_pkcs8()?;
        if io::exists(path) || io::is_link(path) {
            return Err(SignError::Exists { path: path.display().to_string() });
        }
        let text = match secret {
            Some(secret) => pem::encode("ENCRYPTED PRIVATE KEY", &passphrase::encrypt(&der, secret)?),
            None => pem::encode("PRIVATE KEY", &der),
        };
        io::write_new(path, text.as_bytes(), true)?;
        Self::from_pkcs8(&der, "the new key")
    }

    /// Reads a key file, PEM or DER.
    ///
    /// # Errors
    /// The file is missing, open to others, encrypted, or no P-256 PKCS#8 key.
    pub fn load(path: &Path) -> Result<Self, SignError> {
        Self::load_with(path, &|| Ok(None))
    }

    /// As [`LocalKey::load`]; `secret` is asked for the passphrase where the file is encrypted.
    ///
    /// # Errors
    /// As [`LocalKey::load`], or there is no passphrase, or another one.
    pub fn load_with(path: &Path, secret: &dyn Fn() -> Result<Option<String>, FileError>) -> Result<Self, SignError> {
        let what = path.display().to_string();
        let bits = io::foreign_permissions(path)?;
        if bits != 0 {
            return Err(SignError::OpenToOthers { path: what, bits });
        }
        let bytes = io::read(path, KEY_FILE_LIMIT)?;
        if bytes.first() == Some(&0x30) {
            return Self::from_pkcs8(&bytes, &what);
        }
        let bad = |why: String| SignError::BadKey { what: what.clone(), why };
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("it is neither PEM nor DER".to_owned()))?;
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") {
            let Some(secret) = secret()? else {
                return Err(bad(format!(
                    "it is encrypted; put its passphrase into the environment variable {PASSPHRASE}, or into a file that {PASSPHRASE_FILE} names; on a terminal it is asked for"
                )));
            };
            let der = pem::decode("ENCRYPTED PRIVATE KEY", text).map_err(bad)?;
            return Self::from_pkcs8(&passphrase::decrypt(&der, &secret).map_err(bad)?, &what);
        }
        if text.contains("BEGIN EC PRIVATE KEY") {
            return Err(bad("it is in the older SEC 1 form; convert it with: openssl pkcs8 -topk8 -nocrypt".to_owned()));
        }
        Self::from_pkcs8(&pem::decode("PRIVATE KEY", text).map_err(bad)?, &what)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    fn from_pkcs8(der: &[u8], what: &str) -> Result<Self, SignError> {
        let bad = |why: &str| SignError::BadKey { what: what.to_owned(), why: why.to_owned() };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der)
            .map_err(|_| bad("a P-256 key in PKCS#8 form is wanted; make one with: poolproof keys new"))?;
        let public = PublicKey::from_point(pair.public_key().as_ref()).map_err(|why| bad(&why))?;
        Ok(Self { pair: Arc::new(pair), public })
    }
}

impl Signer for LocalKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.map(|s| s.as_ref().to_vec()).map_err(|_| SignError::Failed("the key refused the message".to_owned()))
    }

    fn public_key_spki(&self) -> &[u8] {
        self.public.spki()
    }
}

fn new_pkcs8() -> Result<Vec<u8>, SignError> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
    made.map(|d| d.as_ref().to_vec())
        .map_err(|_| SignError::Failed("no key could be made: the system's random generator failed".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_goes_round_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.p8");
        let made = LocalKey::create(&path).unwrap();
        assert_eq!(io::foreign_permissions(&path).unwrap(), 0);
        let loaded = LocalKey::load(&path).unwrap();
        assert_eq!(made.public(), loaded.public());
        let signature = loaded.sign(b"message").unwrap();
        assert!(made.public().verifies(b"message", &signature));
        assert!(!made.public().verifies(b"massage", &signature));
        assert!(matches!(LocalKey::create(&path), Err(SignError::Exists { .. })));
    }

    #[test]
    fn an_encrypted_key_file_goes_round_and_wants_its_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.p8");
        assert!(LocalKey::create_with(&path, Some("too short")).unwrap_err().to_string().contains("12 characters"));
        let made = LocalKey::create_with(&path, Some("correct horse battery")).unwrap();
        assert!(io::read_text(&path, 9_999).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        let with = |secret: Option<&str>| LocalKey::load_with(&path, &|| Ok(secret.map(str::to_owned)));
        assert_eq!(with(Some("correct horse battery")).unwrap().public(), made.public());
        let why = with(Some("wrong horse battery")).unwrap_err().to_string();
        assert!(why.contains("passphrase") && !why.contains("wrong horse"), "{why}");
        assert!(LocalKey::load(&path).unwrap_err().to_string().contains(PASSPHRASE));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_open_to_others_is_refused_with_the_command_to_run() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.p8");
        LocalKey::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let why = LocalKey::load(&path).unwrap_err().to_string();
        assert!(why.contains("chmod 600") && why.contains("040"), "{why}");
    }

    #[test]
    fn nothing_prints_the_private_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.p8");
        let key = LocalKey::create(&path).unwrap();
        let text = io::read_text(&path, 9_999).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert_eq!(format!("{key:?}"), format!("LocalKey({})", key.public().fingerprint()));
        io::write_atomic(&path, text.replace(line, &line.to_lowercase()).as_bytes(), true).unwrap();
        let why = LocalKey::load(&path).unwrap_err();
        assert!(!format!("{why} {why:?}").contains(&line.to_lowercase()[8..24]));
    }
}
