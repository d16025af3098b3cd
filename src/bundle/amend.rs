//! Adding a later seal to a bundle: tag files that the first seal does not name, and a new tag manifest. Nothing that is
//! there is changed; what was signed stays as it was, byte for byte (rulings 21).
//!
//! It must not decide what a later seal says, nor whether the bundle is genuine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::copy;
use std::path::{Path, PathBuf};

use super::layout::{DATA, TAG_MANIFEST, is_later_seal, shown};
use super::pack;
use super::read::{Bag, Refused, Stored};
use super::write::{Content, SealError};
use crate::digest::sha256_hex;
use crate::io::{self, FileError};

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// The bundle cannot be read.
    #[error("the bundle cannot be read: {0}")]
    Refused(#[from] Refused),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A new file cannot be read.
    #[error(transparent)]
    Content(#[from] SealError),
    /// Not a file that a later seal adds, or it is there already.
    #[error("{0:?} cannot be added to a sealed bundle: {1}")]
    NotLater(String, &'static str),
    /// Another process is at it.
    #[error("another process is adding a seal to {0}; wait until it has ended, and try again")]
    Busy(String),
}

/// A bundle that is about to get a later seal. No other process of this program changes it meanwhile.
pub struct Amending {
    path: PathBuf,
    bag: Bag,
    _lock: File,
}

impl Amending {
    /// Opens a bundle, a ZIP file or a folder, for a later seal.
    ///
    /// # Errors
    /// It cannot be read or written, or another process is changing it.
    pub fn open(path: &Path) -> Result<Self, AmendError> {
        if !io::exists(path) {
            return Err(Refused(format!("{} is not there", path.display())).into());
        }
        // The file behind a link is the one to replace.
        let path = io::resolve(path)?;
        let locked = if io::is_dir(&path) { path.join(TAG_MANIFEST) } else { path.clone() };
        if !io::is_regular_file(&locked) {
            return Err(Refused(format!("{} is no file", locked.display())).into());
        }
        let lock = io::lock(&locked)?.ok_or_else(|| AmendError::Busy(path.display().to_string()))?;
        Ok(Self { bag: Bag::open(&path)?, path, _lock: lock })
    }

    /// The bag as it is.
    pub fn bag(&self) -> &Bag {
        &self.bag
    }

    /// Adds files, written aside, synced and renamed. A ZIP is then either as before or whole; in a folder, where several
    /// files cannot be renamed at once, the tag manifest comes last, so that a crash leaves files that step 2 tells.
    ///
    /// # Errors
    /// A file is none of a later seal, is there already, or cannot be read or written; the bundle is then as it was.
    pub fn finish(self, added: &BTreeMap<String, Content>) -> Result<(), AmendError> {
        let mut files = self.bag.files().clone();
        for (path, content) in added {
            let not_later = |why| Err(AmendError::NotLater(shown(path), why));
            if !is_later_seal(path) {
                return not_later("a later seal adds only time stamps, key rotations and attestations");
            }
            if files.insert(path.clone(), content.stored()?).is_some() {
                return not_later("it is there already");
            }
        }
        let tags = files.iter().filter(|(p, _)| !p.starts_with(DATA) && *p != TAG_MANIFEST);
        let tags = super::manifest::manifest(tags.map(|(p, s)| (p.as_str(), s.sha256.as_str()))).into_bytes();
        files.insert(TAG_MANIFEST.to_owned(), Stored { size: tags.len() as u64, sha256: sha256_hex(&tags) });
        match self.bag.top() {
            Some(top) => self.zip(top, &files, added, &tags),
            None => self.folder(added, &tags),
        }
    }

    fn zip(&self, top: &str, files: &BTreeMap<String, Stored>, added: &BTreeMap<String, Content>, tags: &[u8]) -> Result<(), AmendError> {
        let open = |path: &str| -> std::io::Result<Option<Box<dyn std::io::Read + '_>>> {
            if path == TAG_MANIFEST {
                return Ok(Some(Box::new(tags)));
            }
            match added.get(path) {
                Some(content) => content.open().map(Some),
                None => Ok(Some(self.bag.stream(path).map_err(std::io::Error::other)?)),
            }
        };
        let private = io::foreign_permissions(&self.path)? == 0;
        Ok(io::write_atomic_with(&self.path, private, |out| pack::whole(out, top, files, &open).map(|_| ()))?)
    }

    fn folder(&self, added: &BTreeMap<String, Content>, tags: &[u8]) -> Result<(), AmendError> {
        let written = added.iter().try_for_each(|(path, content)| {
            let to = self.path.join(path);
            io::create_dir(to.parent().unwrap_or(&self.path))?;
            io::write_atomic_with(&to, false, |out| copy(&mut content.open()?, out).map(|_| ()))
        });
        let written = written.and_then(|()| io::write_atomic(&self.path.join(TAG_MANIFEST), tags, false));
        if written.is_err() {
            self.undo(added);
        }
        Ok(written?)
    }

    /// Takes back what was written into a folder; what cannot be removed is told by step 2.
    fn undo(&self, added: &BTreeMap<String, Content>) {
        let mut folders = BTreeSet::new();
        for path in added.keys() {
            let _ = io::remove_file(&self.path.join(path));
            folders.extend(path.match_indices('/').filter_map(|(end, _)| path.get(..end)));
        }
        for folder in folders.iter().rev() {
            io::remove_empty_folder(&self.path.join(folder));
        }
    }
}
