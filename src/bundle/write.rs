//! Sealing: from payload files, a predicate and a signer to one bundle file. Deterministic but for the signature.
//!
//! It must not decide what belongs into a bundle, nor sign the ZIP itself.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::layout::{self, BAG_INFO, BAGIT, DATA, EVIDENCE, MANIFEST, REPORT_PDF, TAG_MANIFEST};
use super::manifest::{self, BagInfo};
use super::pack::{self, digest};
use super::read::Stored;
use crate::digest::{sha256, sha256_hex};
use crate::io::{self, FileError};
use crate::sign::cms::{self, ToSign};
use crate::sign::statement::{self, Predicate, StatementError};
use crate::sign::x509::Certificate;
use crate::sign::{Fingerprint, Identity, PublicKey, SignError, sigstore};

/// What a payload file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What this file holds; it must not change while the bundle is written.
    File(PathBuf),
}

impl Content {
    /// The bytes as a stream.
    pub(super) fn open(&self) -> std::io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(bytes.as_slice()),
            Self::File(path) => Box::new(io::open(path).map_err(std::io::Error::other)?),
        })
    }

    /// Size and digest.
    pub(super) fn stored(&self) -> Result<Stored, SealError> {
        match self {
            Self::Bytes(bytes) => Ok(Stored { size: bytes.len() as u64, sha256: sha256_hex(bytes) }),
            Self::File(path) => {
                let read = io::open(path).map(|mut file| digest(&mut file))?;
                read.map_err(|source| SealError::File(FileError { action: "read", path: path.clone(), source }))
            }
        }
    }
}

/// What goes into a bundle.
#[derive(Clone, Debug)]
pub struct Input {
    /// Payload files by their path in the bag, each below `data/`. `data/evidence.json` and `data/report.pdf` must be there.
    pub payload: BTreeMap<String, Content>,
    /// What `bag-info.txt` says.
    pub info: BagInfo,
    /// The period's label, for the bundle's name.
    pub period: String,
    /// What the statement says.
    pub predicate: Predicate,
    /// When it is sealed, by the sealer's clock: what the signature over the manifest claims.
    pub sealed_at: DateTime<Utc>,
}

/// A sealed bundle.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The bundle's file.
    pub path: PathBuf,
    /// SHA-256 of that file. Not signed: it differs when the bag is packed again.
    pub sha256: String,
    /// The statement's digest: what the next bundle names as `previous`.
    pub statement: String,
    /// The key that sealed.
    pub fingerprint: Fingerprint,
    /// Every file in the bag.
    pub files: BTreeMap<String, Stored>,
}

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The statement was not signed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The manifest was not signed.
    #[error(transparent)]
    Manifest(#[from] SignError),
    /// The signer's certificate.
    #[error("the signer's certificate cannot be used: {0}")]
    Certificate(String),
    /// The signer's public key.
    #[error("the signer's public key cannot be used: {0}")]
    Key(String),
    /// A payload file is missing or may not be there.
    #[error("cannot be sealed: {0}")]
    Payload(String),
    /// The bundle is there already.
    #[error("{0} exists already; a sealed bundle is never overwritten: move it away, or choose another folder with --out")]
    Exists(String),
}

/// Packs and signs a bundle into `folder`, under its top folder's name with `.zip`.
///
/// # Errors
/// See [`SealError`]; nothing is left under the final name then.
pub fn seal(folder: &Path, input: &Input, identity: &Identity) -> Result<Sealed, SealError> {
    let top = layout::top_folder(&input.info.organization, &input.period, &input.predicate.bundle_id);
    let path = folder.join(format!("{top}.zip"));
    if io::exists(&path) {
        return Err(SealError::Exists(path.display().to_string()));
    }
    let (files, contents, statement, fingerprint) = bag(input, identity)?;
    io::create_dir(folder)?;
    let mut sha256 = String::new();
    let open = |path: &str| contents.get(path).map(Content::open).transpose();
    io::write_atomic_with(&path, false, |out| {
        sha256 = pack::whole(out, &top, &files, &open)?;
        Ok(())
    })?;
    Ok(Sealed { path, sha256, statement, fingerprint, files })
}

type Parts = (BTreeMap<String, Stored>, BTreeMap<String, Content>, String, Fingerprint);

/// Every file of the bag, signed: digests, contents, the statement's digest and the key's fingerprint.
fn bag(input: &Input, identity: &Identity) -> Result<Parts, SealError> {
    let signer = identity.signer.as_ref();
    let mut contents = input.payload.clone();
    let mut files = BTreeMap::new();
    let mut names = layout::Names::default();
    for (path, content) in &contents {
        layout::check_path(path).and_then(|()| names.add(path)).map_err(SealError::Payload)?;
        if !path.starts_with(DATA) {
            return Err(SealError::Payload(format!("{path} does not lie below {DATA}")));
        }
        files.insert(path.clone(), content.stored()?);
    }
    for needed in [EVIDENCE, REPORT_PDF] {
        if !files.contains_key(needed) {
            return Err(SealError::Payload(format!("{needed} is missing")));
        }
    }
    let octets = files.values().map(|s| s.size).sum();
    let count = files.len() as u64;
    let mut add = |files: &mut BTreeMap<String, Stored>, path: &str, bytes: Vec<u8>| {
        let sha256 = sha256_hex(&bytes);
        files.insert(path.to_owned(), Stored { size: bytes.len() as u64, sha256: sha256.clone() });
        contents.insert(path.to_owned(), Content::Bytes(bytes));
        sha256
    };
    let lines = |files: &BTreeMap<String, Stored>, payload: bool| {
        let listed = files.iter().filter(|(p, _)| p.starts_with(DATA) == payload);
        manifest::manifest(listed.map(|(p, s)| (p.as_str(), s.sha256.as_str()))).into_bytes()
    };
    let of = |files: &BTreeMap<String, Stored>, path: &str| files.get(path).map(|s| s.sha256.clone()).unwrap_or_default();
    let info = manifest::bag_info(&input.info, &input.predicate.bundle_id, octets, count);
    let digests = [
        add(&mut files, BAGIT, manifest::DECLARATION.as_bytes().to_vec()),
        add(&mut files, BAG_INFO, info.into_bytes()),
        {
            let listed = lines(&files, true);
            add(&mut files, MANIFEST, listed)
        },
        of(&files, EVIDENCE),
        of(&files, REPORT_PDF),
    ];
    let envelope = statement::seal(digests, input.predicate.clone(), signer)?;
    let key = PublicKey::from_spki(signer.public_key_spki()).map_err(SealError::Key)?;
    add(&mut files, layout::STATEMENT, envelope.encode());
    add(&mut files, layout::SIGSTORE, sigstore::wrap(&envelope));
    add(&mut files, layout::PAE, envelope.pae());
    add(&mut files, layout::SIG, envelope.signature.clone());
    add(&mut files, layout::SIGNER, key.to_pem().into_bytes());
    let to_sign = ToSign {
        content_type: cms::DATA,
        content: cms::Content::Detached(sha256(&lines(&files, true))),
        chain: &identity.chain,
        signing_time: Some(input.sealed_at),
    };
    add(&mut files, layout::MANIFEST_P7S, cms::build(&to_sign, signer)?.to_der()?);
    add(&mut files, layout::CHAIN, chain_pem(&identity.chain)?.into_bytes());
    for (n, crl) in identity.crls.iter().enumerate() {
        add(&mut files, &layout::crl(n + 1), crl.clone());
    }
    let listed = lines(&files, false);
    add(&mut files, TAG_MANIFEST, listed);
    Ok((files, contents, statement::digest(&envelope), key.fingerprint()))
}

/// The certificates as PEM, one below the other.
fn chain_pem(chain: &[Vec<u8>]) -> Result<String, SealError> {
    chain.iter().map(|der| Certificate::read(der).map(|c| c.to_pem())).collect::<Result<_, _>>().map_err(SealError::Certificate)
}
