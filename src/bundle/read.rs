//! A bag as a list of files with their digests, whether it lies in a ZIP or in a folder. Every file is read once when the
//! bag is opened; later reads are held against what was seen then.
//!
//! It must not decide whether the files are the right ones.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::container::{Container, ReadSeek};
use super::folder;
use super::layout::{LARGEST_TOTAL, shown};
use crate::digest::Sha256;
use crate::io as files;

/// Why a bag cannot be read: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// A file of the bag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// Somebody who reads along while a bag is opened, so that a large file need not be unpacked a second time. What he sees of a
/// file is what its digest is made of.
pub trait Watch {
    /// The path of the file that he must see before all others.
    fn first(&self) -> &str;
    /// A file: he reads as much of it as he likes. An error of the content is the bag's, and comes up there too.
    fn file(&mut self, path: &str, content: &mut dyn BufRead);
}

/// Nobody reads along.
struct Nobody;

impl Watch for Nobody {
    fn first(&self) -> &str {
        ""
    }
    fn file(&mut self, _: &str, _: &mut dyn BufRead) {}
}

enum Source {
    Zip(Container),
    Folder(BTreeMap<String, PathBuf>),
}

/// An opened bag.
pub struct Bag {
    source: Source,
    files: BTreeMap<String, Stored>,
    top: Option<String>,
    note: Option<&'static str>,
}

impl Bag {
    /// Opens a bundle, a ZIP file or an unpacked folder, and reads every file in it once.
    ///
    /// # Errors
    /// It cannot be read, or its container is ambiguous, damaged or too large.
    pub fn open(path: &Path) -> Result<Self, Refused> {
        Self::open_watched(path, &mut Nobody)
    }

    /// As [`Bag::open`], while somebody reads along.
    ///
    /// # Errors
    /// As [`Bag::open`].
    pub fn open_watched(path: &Path, watch: &mut dyn Watch) -> Result<Self, Refused> {
        if files::is_dir(path) {
            return Self::new(Source::Folder(folder::files(path).map_err(Refused)?), watch);
        }
        if !files::exists(path) {
            return Err(Refused(format!("{} is not there", path.display())));
        }
        // A pipe would never end.
        if !files::is_file(path) {
            return Err(Refused(format!("{} is neither a file nor a folder", path.display())));
        }
        Self::zip_watched(Box::new(files::open(path).map_err(|e| Refused(e.to_string()))?), watch)
    }

    /// Opens a bundle's ZIP container.
    ///
    /// # Errors
    /// As [`Bag::open`].
    pub fn zip(input: Box<dyn ReadSeek>) -> Result<Self, Refused> {
        Self::zip_watched(input, &mut Nobody)
    }

    /// As [`Bag::zip`], while somebody reads along.
    ///
    /// # Errors
    /// As [`Bag::open`].
    pub fn zip_watched(input: Box<dyn ReadSeek>, watch: &mut dyn Watch) -> Result<Self, Refused> {
        Self::new(Source::Zip(Container::open(input).map_err(Refused)?), watch)
    }

    fn new(source: Source, watch: &mut dyn Watch) -> Result<Self, Refused> {
        let mut names: Vec<String> = match &source {
            Source::Zip(container) => container.entries.keys().cloned().collect(),
            Source::Folder(files) => files.keys().cloned().collect(),
        };
        names.sort_by_key(|name| name != watch.first());
        let (top, note) = match &source {
            Source::Zip(c) if c.as_sealed => (Some(c.top.clone()), None),
            Source::Zip(c) => (Some(c.top.clone()), Some("not the container as sealed, but packed again")),
            Source::Folder(_) => (None, Some("a folder: the bag, unpacked")),
        };
        let mut bag = Self { source, files: BTreeMap::new(), top, note };
        let mut total = 0;
        for name in names {
            let mut content =
                Hashed { input: bag.stream(&name)?, hash: Sha256::default(), size: 0, limit: LARGEST_TOTAL - total, failed: None };
            watch.file(&name, &mut content);
            let stored = content.stored().map_err(|why| Refused(format!("{:?}: {why}", shown(&name))))?;
            total += stored.size;
            bag.files.insert(name, stored);
        }
        Ok(bag)
    }

    /// Every file by its path in the bag.
    pub fn files(&self) -> &BTreeMap<String, Stored> {
        &self.files
    }

    /// The ZIP's top folder; `None` for a folder, whose name means nothing.
    pub fn top(&self) -> Option<&str> {
        self.top.as_deref()
    }

    /// What is not as sealed about the container, though nothing about it is ambiguous.
    pub fn note(&self) -> Option<&'static str> {
        self.note
    }

    /// A file as a stream. Who reads it to the end and needs to be sure should use [`Bag::read`].
    ///
    /// # Errors
    /// There is no such file, or it cannot be opened.
    pub fn stream(&self, path: &str) -> Result<Box<dyn BufRead + '_>, Refused> {
        let missing = || Refused(format!("{:?} is missing", shown(path)));
        match &self.source {
            Source::Zip(container) => {
                let entry = container.entries.get(path).ok_or_else(missing)?;
                Ok(Box::new(BufReader::with_capacity(64 * 1024, container.content(entry))))
            }
            Source::Folder(files) => {
                let file = files.get(path).ok_or_else(missing)?;
                if !files::is_regular_file(file) {
                    return Err(Refused(format!("{:?} is no longer a file", shown(path))));
                }
                Ok(Box::new(BufReader::with_capacity(64 * 1024, files::open(file).map_err(|e| Refused(e.to_string()))?)))
            }
        }
    }

    /// A whole file of at most `limit` bytes, the same as when the bag was opened.
    ///
    /// # Errors
    /// It is missing, larger, or was changed meanwhile.
    pub fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, Refused> {
        let mut bytes = Vec::new();
        let read = self.stream(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|e| Refused(format!("{:?}: {e}", shown(path))))?;
        if bytes.len() as u64 > limit {
            return Err(Refused(format!("{:?} is larger than the limit of {limit} bytes", shown(path))));
        }
        if self.files.get(path).is_none_or(|s| s.sha256 != crate::digest::sha256_hex(&bytes)) {
            return Err(Refused(format!("{:?} was changed while it was being verified", shown(path))));
        }
        Ok(bytes)
    }

    /// As [`Bag::read`], for UTF-8 text.
    ///
    /// # Errors
    /// As [`Bag::read`], or it is not UTF-8.
    pub fn read_text(&self, path: &str, limit: u64) -> Result<String, Refused> {
        String::from_utf8(self.read(path, limit)?).map_err(|_| Refused(format!("{:?} is not UTF-8 text", shown(path))))
    }
}

/// A stream that is hashed as it is read, of at most `limit` bytes.
struct Hashed<'a> {
    input: Box<dyn BufRead + 'a>,
    hash: Sha256,
    size: u64,
    limit: u64,
    /// Why it can be read no further. Whoever read along may have passed over it; the bag does not.
    failed: Option<String>,
}

impl Hashed<'_> {
    /// Reads what is left; size and digest of it all.
    fn stored(mut self) -> io::Result<Stored> {
        loop {
            let read = match self.fill_buf() {
                Ok(piece) => piece.len(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if read == 0 {
                return Ok(Stored { size: self.size, sha256: self.hash.finish_hex() });
            }
            self.consume(read);
        }
    }
}

impl BufRead for Hashed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.size > self.limit {
            self.failed = Some("all files together have more than 8 GiB".to_owned());
        }
        if let Some(why) = &self.failed {
            return Err(io::Error::other(why.clone()));
        }
        self.input.fill_buf().inspect_err(|e| {
            self.failed = (e.kind() != io::ErrorKind::Interrupted).then(|| e.to_string());
        })
    }
    fn consume(&mut self, read: usize) {
        // The same bytes as those that were given: nothing is read between the two.
        if let Ok(piece) = self.input.fill_buf() {
            self.hash.update(piece.get(..read).unwrap_or_default());
        }
        self.size += read as u64;
        self.input.consume(read);
    }
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
