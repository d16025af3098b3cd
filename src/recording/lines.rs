//! A file of lines, each of which carries the SHA-256 of the line before: what the journal of attempts and the journal of
//! changes share. A line is there whole and durable, or not at all.
//!
//! It must not know what a line says, nor judge a chain that is broken: whoever reads it does.

use crate::digest::sha256_hex;
use crate::io::{self, FileError};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What the first line carries as the digest of the line before: that of nothing.
fn beginning() -> String {
    sha256_hex(b"")
}

/// A line as it stands in the file.
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, without the line feed.
    pub bytes: &'a [u8],
    /// The digest of the line before, which it must carry.
    pub prev: String,
}

/// The lines of a file, in order, empty ones left out. What follows the last line feed was cut off by a crash and is left out.
pub fn all(bytes: &[u8]) -> Vec<Line<'_>> {
    let whole = bytes.iter().rposition(|b| *b == b'\n').and_then(|end| bytes.get(..end)).unwrap_or_default();
    let mut prev = beginning();
    let mut found = Vec::new();
    for (n, bytes) in whole.split(|b| *b == b'\n').filter(|line| !line.is_empty()).enumerate() {
        let digest = sha256_hex(bytes);
        found.push(Line { number: n as u64 + 1, bytes, prev: std::mem::replace(&mut prev, digest) });
    }
    found
}

/// Such a file, open for appending. The caller holds the folder's lock.
pub struct Lines {
    path: PathBuf,
    file: File,
    head: Option<String>,
    length: u64,
    torn: u64,
}

impl Lines {
    /// Opens the file, or begins it; a torn last line is cut. Returns its content too.
    ///
    /// # Errors
    /// It cannot be read or written, or is larger than `largest` bytes.
    pub fn open(path: &Path, private: bool, largest: u64) -> Result<(Self, Vec<u8>), FileError> {
        let mut file = io::append(path, private)?;
        let torn = io::cut_torn_line(path, &mut file)?;
        let bytes = io::read(path, largest)?;
        let head = all(&bytes).last().map(|line| sha256_hex(line.bytes));
        Ok((Self { path: path.to_owned(), file, head, length: bytes.len() as u64, torn }, bytes))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the last line; `None` in an empty file.
    pub fn head(&self) -> Option<&str> {
        self.head.as_deref()
    }

    /// The digest that the next line must carry.
    pub fn prev(&self) -> String {
        self.head.clone().unwrap_or_else(beginning)
    }

    /// Bytes of a torn last line that were cut; 0 for none.
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// Appends a line, durably. Where that fails the file and the head are as they were: the next line follows the last whole one.
    ///
    /// # Errors
    /// The system's reason.
    pub fn append(&mut self, mut line: Vec<u8>) -> std::io::Result<()> {
        let digest = sha256_hex(&line);
        line.push(b'\n');
        if let Err(why) = self.file.write_all(&line).and_then(|()| self.file.sync_all()) {
            // If this fails too, the part of a line is cut when the file is opened again.
            let _ = self.file.set_len(self.length);
            return Err(why);
        }
        self.head = Some(digest);
        self.length += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
impl Lines {
    /// Writes go to another file from now on: a disk that is full.
    pub fn write_to(&mut self, file: File) -> File {
        std::mem::replace(&mut self.file, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_could_not_be_written_leaves_the_chain_as_it_was() {
        let full = Path::new("/dev/full");
        if !io::exists(full) {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let (mut lines, _) = Lines::open(&path, false, 1 << 20).unwrap();
        lines.append(b"one".to_vec()).unwrap();
        let before = (lines.prev(), lines.length);
        let disk = lines.write_to(io::append(full, false).unwrap());
        assert!(lines.append(b"two".to_vec()).is_err());
        assert_eq!((lines.prev(), lines.length), before);
        lines.write_to(disk);
        lines.append(b"three".to_vec()).unwrap();
        let (again, bytes) = Lines::open(&path, false, 1 << 20).unwrap();
        let found = all(&bytes);
        assert_eq!(found.iter().map(|l| (l.number, l.bytes)).collect::<Vec<_>>(), [(1, b"one".as_slice()), (2, b"three".as_slice())]);
        assert_eq!((found[1].prev.clone(), again.head().unwrap()), (sha256_hex(b"one"), sha256_hex(b"three").as_str()));
    }

    #[test]
    fn what_a_crash_cut_off_is_no_line() {
        assert_eq!(all(b"a\n\nb\nc").iter().map(|l| l.bytes).collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!((all(b"a").len(), all(b"").len(), all(b"\n").len()), (0, 0, 0));
    }
}
