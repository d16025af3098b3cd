//! Sealing: from payload files, a predicate and a signer to one bundle file. Deterministic but for the signature.
//!
//! It must not decide what belongs into a bundle, nor sign the ZIP itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::layout::{self, BAG_INFO, BAGIT, DATA, EVIDENCE, MANIFEST, REPORT_PDF, TAG_MANIFEST};
use super::manifest::{self, BagInfo};
use super::read::{Bag, Stored};
use super::zip::{self, Common};
use crate::digest::{Sha256, sha256_hex};
use crate::io::{self, FileError};
use crate::sign::statement::{self, Predicate, StatementError};
use crate::sign::{Fingerprint, PublicKey, Signer, sigstore};

/// What a payload file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What this file holds; it must not change while the bundle is written.
    File(PathBuf),
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
pub fn seal(folder: &Path, input: &Input, signer: &dyn Signer) -> Result<Sealed, SealError> {
    let top = layout::top_folder(&input.info.organization, &input.period, &input.predicate.bundle_id);
    let path = folder.join(format!("{top}.zip"));
    if io::exists(&path) {
        return Err(SealError::Exists(path.display().to_string()));
    }
    let (files, contents, statement, fingerprint) = bag(input, signer)?;
    io::create_dir(folder)?;
    let mut sha256 = String::new();
    io::write_atomic_with(&path, false, |out| {
        pack(out, &top, &contents, &files)?;
        // What is about to get its name is read back with the verifier's own strict reader first.
        let again = Bag::zip(Box::new(out.try_clone()?)).map_err(std::io::Error::other)?;
        if again.files() != &files || again.note().is_some() {
            return Err(std::io::Error::other("it does not read back as it was written"));
        }
        out.seek(SeekFrom::Start(0))?;
        sha256 = digest(out)?.sha256;
        Ok(())
    })?;
    Ok(Sealed { path, sha256, statement, fingerprint, files })
}

type Parts = (BTreeMap<String, Stored>, BTreeMap<String, Content>, String, Fingerprint);

/// Every file of the bag, signed: digests, contents, the statement's digest and the key's fingerprint.
fn bag(input: &Input, signer: &dyn Signer) -> Result<Parts, SealError> {
    let mut contents = input.payload.clone();
    let mut files = BTreeMap::new();
    let mut names = layout::Names::default();
    for (path, content) in &contents {
        layout::check_path(path).and_then(|()| names.add(path)).map_err(SealError::Payload)?;
        if !path.starts_with(DATA) {
            return Err(SealError::Payload(format!("{path} does not lie below {DATA}")));
        }
        files.insert(path.clone(), stored(content)?);
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
    let listed = lines(&files, false);
    add(&mut files, TAG_MANIFEST, listed);
    Ok((files, contents, statement::digest(&envelope), key.fingerprint()))
}

fn stored(content: &Content) -> Result<Stored, SealError> {
    match content {
        Content::Bytes(bytes) => Ok(Stored { size: bytes.len() as u64, sha256: sha256_hex(bytes) }),
        Content::File(path) => {
            let read = io::open(path).map(|mut file| digest(&mut file))?;
            read.map_err(|source| SealError::File(FileError { action: "read", path: path.clone(), source }))
        }
    }
}

fn digest(input: &mut dyn Read) -> std::io::Result<Stored> {
    let (mut hash, mut size) = (Sha256::default(), 0);
    each_piece(input, |piece| {
        size += piece.len() as u64;
        hash.update(piece);
        Ok(())
    })?;
    Ok(Stored { size, sha256: hash.finish_hex() })
}

fn each_piece(input: &mut dyn Read, mut with: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match input.read(&mut buffer)? {
            0 => return Ok(()),
            n => with(buffer.get(..n).unwrap_or_default())?,
        }
    }
}

/// Writes the ZIP: entries sorted by name, then the directory, then its end.
fn pack(out: &mut File, top: &str, contents: &BTreeMap<String, Content>, files: &BTreeMap<String, Stored>) -> std::io::Result<()> {
    let mut directory = Vec::new();
    let mut offset = 0_u64;
    for (path, content) in contents {
        let name = format!("{top}/{path}");
        layout::check_path(&name).map_err(std::io::Error::other)?;
        out.seek(SeekFrom::Start(offset))?;
        out.write_all(&zip::local(&Common::default(), &name))?;
        let (common, sha256) = match content {
            Content::Bytes(bytes) => deflate(out, &mut bytes.as_slice())?,
            Content::File(file) => deflate(out, &mut io::open(file).map_err(std::io::Error::other)?)?,
        };
        if files.get(path).is_none_or(|s| s.sha256 != sha256) {
            return Err(std::io::Error::other(format!("{path} was changed while the bundle was being written")));
        }
        let end = out.stream_position()?;
        out.seek(SeekFrom::Start(offset))?;
        out.write_all(&zip::local(&common, &name))?;
        directory.extend(zip::central(&common, &name, fits(offset)?));
        offset = end;
    }
    out.seek(SeekFrom::Start(offset))?;
    out.write_all(&directory)?;
    let count = u16::try_from(contents.len()).map_err(|_| too_large())?;
    out.write_all(&zip::end(count, fits(directory.len() as u64)?, fits(offset)?))?;
    out.flush()
}

/// Packs a stream; returns its header and the SHA-256 of what was read.
fn deflate(out: &mut File, input: &mut dyn Read) -> std::io::Result<(Common, String)> {
    let start = out.stream_position()?;
    let (mut crc, mut hash, mut size) = (Crc::new(), Sha256::default(), 0_u64);
    // Level 6 and one crate's encoder: the same bytes for the same version of this program.
    let mut encoder = DeflateEncoder::new(&mut *out, Compression::new(6));
    each_piece(input, |piece| {
        crc.update(piece);
        hash.update(piece);
        size += piece.len() as u64;
        encoder.write_all(piece)
    })?;
    encoder.finish()?;
    let packed = out.stream_position()? - start;
    let common = Common {
        needed: zip::NEEDED,
        flags: 0,
        method: zip::DEFLATED,
        time: 0,
        date: zip::DATE,
        crc: crc.sum(),
        packed: fits(packed)?,
        size: fits(size)?,
    };
    Ok((common, hash.finish_hex()))
}

/// A number that the 32 bits of a ZIP hold; one that they do not is an error, never cut.
fn fits(n: u64) -> std::io::Result<u32> {
    u32::try_from(n).ok().filter(|n| *n < u32::MAX).ok_or_else(too_large)
}

fn too_large() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::FileTooLarge, "a bundle holds at most 65,534 files and 4 GiB")
}
