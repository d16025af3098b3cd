//! A signing key in AWS KMS: `ECC_NIST_P256`, asked to sign whole messages (`MessageType` RAW) with `ECDSA_SHA_256`. The key
//! never leaves KMS. It is looked at once, before anything is collected: its public half, kind and usage.
//!
//! It must not log messages, nor sign anything else than it is given. The SDK is named here and in `collect/live` only.

use std::fmt;

use aws_config::BehaviorVersion;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_kms::config::SharedCredentialsProvider;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec};

use super::statement::PAE_LIMIT;
use super::{PublicKey, SignError, Signer};

/// How a key in KMS is written where a key file may stand.
pub const PREFIX: &str = "kms:";

/// What KMS says of a key (`GetPublicKey`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// DER `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// `KeySpec`.
    pub spec: String,
    /// `KeyUsage`.
    pub usage: String,
    /// `SigningAlgorithms`.
    pub algorithms: Vec<String>,
}

/// Who answers: AWS, or a fake in tests.
pub trait Backend {
    /// `GetPublicKey`.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    fn describe(&self) -> Result<Described, String>;
    /// `Sign` with `MessageType` RAW and `ECDSA_SHA_256`: DER.
    ///
    /// # Errors
    /// As [`Backend::describe`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String>;
}

/// A key in KMS that can seal.
pub struct KmsKey {
    backend: Box<dyn Backend>,
    public: PublicKey,
    name: String,
}

impl fmt::Debug for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KmsKey({}, {})", self.name, self.public.fingerprint())
    }
}

impl KmsKey {
    /// Looks a key up by `arn:…`, `alias/…` or its id, with the credentials of `profile`, else with the usual AWS credentials and
    /// settings; the region is that of the ARN, else that of the settings.
    ///
    /// # Errors
    /// It is no such name, AWS denies it, or the key is not of the kind that seals.
    pub fn load(name: &str, profile: Option<&str>) -> Result<Self, SignError> {
        let region = region(name).map_err(|why| bad(name, why))?;
        let backend = Aws::new(name, region, profile).map_err(|why| bad(name, why))?;
        Self::with(name, Box::new(backend))
    }

    /// As [`KmsKey::load`], with another backend.
    ///
    /// # Errors
    /// As [`KmsKey::load`].
    pub fn with(name: &str, backend: Box<dyn Backend>) -> Result<Self, SignError> {
        let found = backend.describe().map_err(|why| bad(name, why))?;
        if found.spec != KeySpec::EccNistP256.as_str() {
            return Err(bad(
                name,
                format!(
                    "it has the key spec {}; ECC_NIST_P256 is wanted (aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY)",
                    found.spec
                ),
            ));
        }
        if found.usage != KeyUsageType::SignVerify.as_str() {
            return Err(bad(
                name,
                format!("its usage is {}; SIGN_VERIFY is wanted, which cannot be changed later: make another key", found.usage),
            ));
        }
        let algorithm = SigningAlgorithmSpec::EcdsaSha256.as_str();
        if found.algorithms.iter().all(|a| a != algorithm) {
            return Err(bad(name, format!("it does not sign with {algorithm}")));
        }
        let public = PublicKey::from_spki(&found.spki).map_err(|why| bad(name, why))?;
        Ok(Self { backend, public, name: name.to_owned() })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl Signer for KmsKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        if message.len() > PAE_LIMIT {
            return Err(SignError::Failed(format!("the message has {} bytes; AWS KMS signs at most {PAE_LIMIT} at once", message.len())));
        }
        let signature = self.backend.sign(message).map_err(|why| SignError::Failed(format!("{}: {why}", self.name)))?;
        // Whatever answered: what is not this key's signature is none.
        if !self.public.verifies(message, &signature) {
            return Err(SignError::Failed(format!("{}: what KMS returned is not this key's signature", self.name)));
        }
        Ok(signature)
    }

    fn public_key_spki(&self) -> &[u8] {
        self.public.spki()
    }
}

fn bad(name: &str, why: impl Into<String>) -> SignError {
    SignError::BadKey { what: format!("the KMS key {name}"), why: why.into() }
}

/// The region of an ARN; `None` for an alias or an id (AWS KMS API reference, `KeyId`).
fn region(name: &str) -> Result<Option<String>, String> {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/'));
    let wrong = || "write kms:arn:aws:kms:REGION:ACCOUNT:key/ID, kms:alias/NAME or kms:ID".to_owned();
    if !name.starts_with("arn:") {
        return if plain(name) { Ok(None) } else { Err(wrong()) };
    }
    match name.split(':').collect::<Vec<_>>().as_slice() {
        [_, partition, "kms", region, account, resource]
            if plain(partition)
                && plain(region)
                && plain(account)
                && plain(resource)
                && (resource.starts_with("key/") || resource.starts_with("alias/")) =>
        {
            Ok(Some((*region).to_owned()))
        }
        _ => Err(wrong()),
    }
}

/// AWS itself, or whatever the settings point at.
struct Aws {
    runtime: tokio::runtime::Runtime,
    client: aws_sdk_kms::Client,
    key: String,
}

impl Aws {
    fn new(key: &str, region: Option<String>, profile: Option<&str>) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(aws_types::region::Region::new(region));
        }
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let mut config = runtime.block_on(loader.load());
        if config.region().is_none() {
            return Err("its region is not known: write the whole ARN, or set AWS_REGION".to_owned());
        }
        if let Some(profile) = profile {
            // Asked for alone: in the usual chain the environment's credentials would come before those of a named profile.
            let of = ProviderConfig::without_region().with_region(config.region().cloned());
            let named = ProfileFileCredentialsProvider::builder().configure(&of).profile_name(profile).build();
            config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(named)).build();
        }
        Ok(Self { runtime, client: aws_sdk_kms::Client::new(&config), key: key.to_owned() })
    }
}

impl Backend for Aws {
    fn describe(&self) -> Result<Described, String> {
        let answer = self.runtime.block_on(self.client.get_public_key().key_id(&self.key).send()).map_err(|e| words(&e))?;
        let text = |word: Option<&str>| word.unwrap_or("not stated").to_owned();
        Ok(Described {
            spki: answer.public_key().map(|b| b.as_ref().to_vec()).unwrap_or_default(),
            spec: text(answer.key_spec().map(KeySpec::as_str)),
            usage: text(answer.key_usage().map(KeyUsageType::as_str)),
            algorithms: answer.signing_algorithms().iter().map(|a| a.as_str().to_owned()).collect(),
        })
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let call = self.client.sign().key_id(&self.key).message(Blob::new(message));
        let call = call.message_type(MessageType::Raw).signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        let answer = self.runtime.block_on(call.send()).map_err(|e| words(&e))?;
        answer.signature().map(|b| b.as_ref().to_vec()).ok_or_else(|| "AWS KMS answered without a signature".to_owned())
    }
}

/// Why KMS did not do it, and what to do. The request is never shown.
fn words<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(_) => of_code(error.code().unwrap_or("an error without a code")),
        SdkError::TimeoutError(_) => "AWS KMS did not answer in time; try again".to_owned(),
        SdkError::DispatchFailure(_) => {
            "AWS KMS cannot be reached, or there are no credentials: check the network, AWS_PROFILE and AWS_REGION".to_owned()
        }
        SdkError::ConstructionFailure(_) => "the call cannot be made: check the credentials (aws sts get-caller-identity)".to_owned(),
        _ => "AWS KMS gave an answer that cannot be read".to_owned(),
    }
}

/// Error codes of `GetPublicKey` and `Sign` (AWS KMS API reference) in words.
fn of_code(code: &str) -> String {
    match code {
        "AccessDeniedException" => "AWS denies it: kms:GetPublicKey and kms:Sign are needed (poolproof iam-policy --features kms)",
        "DisabledException" => "it is disabled; enable it with: aws kms enable-key",
        "KMSInvalidStateException" => "it is not in a state to be used (pending deletion, or not yet there)",
        "NotFoundException" => "AWS KMS knows no such key in this region and account",
        "InvalidKeyUsageException" | "UnsupportedOperationException" => {
            "it is no key that signs; an ECC_NIST_P256 key with the usage SIGN_VERIFY is wanted"
        }
        "KeyUnavailableException" | "DependencyTimeoutException" | "KMSInternalException" | "ThrottlingException" => {
            return format!("AWS KMS is not available just now ({code}); try again");
        }
        "ExpiredTokenException" | "UnrecognizedClientException" | "InvalidSignatureException" | "IncompleteSignature" => {
            return format!("AWS does not take the credentials ({code}); sign in again");
        }
        other => {
            let plain: String = other.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
            return format!("AWS KMS answered {plain}");
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{LocalKey, statement, x509};
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Answers as KMS would, with a key at hand.
    struct Fake {
        key: LocalKey,
        described: Described,
        seen: Rc<RefCell<Vec<usize>>>,
        signs: bool,
    }

    impl Backend for Fake {
        fn describe(&self) -> Result<Described, String> {
            Ok(self.described.clone())
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
            self.seen.borrow_mut().push(message.len());
            if self.signs { Ok(self.key.sign(message).unwrap()) } else { Err(of_code("DisabledException")) }
        }
    }

    fn fake(change: impl FnOnce(&mut Fake)) -> Result<KmsKey, SignError> {
        let key = LocalKey::throw_away().unwrap();
        let described = Described {
            spki: key.public_key_spki().to_vec(),
            spec: "ECC_NIST_P256".to_owned(),
            usage: "SIGN_VERIFY".to_owned(),
            algorithms: vec!["ECDSA_SHA_256".to_owned()],
        };
        let mut fake = Fake { key, described, seen: Rc::default(), signs: true };
        change(&mut fake);
        KmsKey::with("alias/evidence", Box::new(fake))
    }

    #[test]
    fn a_statement_and_a_certificate_are_signed_whole() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let key = fake(|f| f.seen = Rc::clone(&seen)).unwrap();
        let digests = std::array::from_fn(|n| crate::digest::sha256_hex(&[n as u8]));
        let envelope = statement::seal(digests, statement::tests::predicate(500), &key).unwrap();
        assert!(key.public().verifies(&envelope.pae(), &envelope.signature));
        assert_eq!(*seen.borrow(), [envelope.pae().len()]);
        let at = crate::clock::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
        let certificate = x509::Certificate::read(&x509::self_signed(&key, "Example Ltd", at).unwrap()).unwrap();
        assert_eq!(certificate.spki().unwrap(), key.public_key_spki());
        assert!(x509::request(&key, "Example Ltd").unwrap().contains("CERTIFICATE REQUEST"));
    }

    #[test]
    fn what_kms_cannot_sign_whole_is_not_sent() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let key = fake(|f| f.seen = Rc::clone(&seen)).unwrap();
        assert!(key.sign(&[0; PAE_LIMIT]).is_ok());
        assert!(key.sign(&[0; PAE_LIMIT + 1]).unwrap_err().to_string().contains("4096"));
        assert_eq!(*seen.borrow(), [PAE_LIMIT]);
    }

    #[test]
    fn another_kind_of_key_is_refused_before_it_is_used() {
        let why = |change: fn(&mut Fake)| fake(change).unwrap_err().to_string();
        assert!(why(|f| f.described.spec = "RSA_2048".to_owned()).contains("RSA_2048"));
        assert!(why(|f| f.described.spec = "ECC_NIST_P384".to_owned()).contains("ECC_NIST_P256 is wanted"));
        assert!(why(|f| f.described.usage = "KEY_AGREEMENT".to_owned()).contains("SIGN_VERIFY is wanted"));
        assert!(why(|f| f.described.algorithms.clear()).contains("ECDSA_SHA_256"));
        let cut_off = |f: &mut Fake| {
            f.described.spki.pop();
        };
        assert!(why(cut_off).contains("P-256"));
    }

    #[test]
    fn a_signature_that_is_not_the_keys_own_is_none() {
        let key = fake(|f| f.described.spki = LocalKey::throw_away().unwrap().public_key_spki().to_vec()).unwrap();
        assert!(key.sign(b"message").unwrap_err().to_string().contains("not this key's signature"));
        let disabled = fake(|f| f.signs = false).unwrap();
        assert!(disabled.sign(b"message").unwrap_err().to_string().contains("enable-key"));
    }

    #[test]
    fn names_of_keys_and_their_regions() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(region(&format!("arn:aws:kms:eu-west-1:123456789012:key/{id}")).unwrap().as_deref(), Some("eu-west-1"));
        assert_eq!(region("arn:aws-cn:kms:cn-north-1:123456789012:alias/a").unwrap().as_deref(), Some("cn-north-1"));
        assert_eq!((region("alias/evidence").unwrap(), region(id).unwrap()), (None, None));
        for bad in [
            "",
            "arn:aws:sns:eu-west-1:1:key/x",
            "arn:aws:kms:eu-west-1:1:grant/x",
            "arn:aws:kms::1:key/x",
            "a b",
            "arn:aws:kms:e:1:key/x:y",
        ] {
            assert!(region(bad).is_err(), "{bad}");
        }
    }
}
