//! Writing a recording: crash-safe appending, one chain per segment. Nothing that was appended is ever rewritten;
//! a torn last line (the only thing that a crash can leave) is cut and reported.

use super::header::{self, Header};
use super::line::{Call, RawCall};
use super::read::{self, ReadError};
use super::redact::Redactor;
use crate::digest::sha256_hex;
use crate::io::{self, FileError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A line up to this length, bytes, has no object of more keys than a reader takes.
const SURE: usize = 100_000;

/// What can go wrong while recording.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Appending failed; what stands before is kept.
    #[error("cannot append to {}: {source}; what was recorded before is kept, run the same command again to continue", path.display())]
    Append {
        /// The segment's file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// What is already there is not a recording that can be continued.
    #[error(transparent)]
    Existing(#[from] ReadError),
    /// A line could not be put into JSON.
    #[error("cannot write a call as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A segment's name would not be a plain file name.
    #[error("{0:?} cannot name a segment: letters, digits, '.', '-' and '_' only")]
    Name(String),
}

/// Writes the header of a new recording, aside and renamed. The folder is created.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn begin(folder: &Path, header: &Header) -> Result<(), WriteError> {
    io::create_dir(folder)?;
    io::write_atomic(&folder.join(header::FILE), &header.to_json()?, false)?;
    Ok(())
}

/// A segment open for appending.
pub struct Segment {
    name: String,
    path: PathBuf,
    file: std::fs::File,
    next: u64,
    prev: String,
    redactor: Redactor,
    torn: u64,
}

impl Segment {
    /// Opens a segment of a recording that has begun, to go on where it ends.
    /// `seen` gets every call that is already there, in order.
    ///
    /// # Errors
    /// The files cannot be read or written, or the chain does not hold.
    pub fn open(folder: &Path, name: &str, redactor: Redactor, mut seen: impl FnMut(Call)) -> Result<Self, WriteError> {
        if !read::is_segment_name(name) {
            return Err(WriteError::Name(name.to_owned()));
        }
        let header = io::read(&folder.join(header::FILE), read::LARGEST_HEADER)?;
        let path = folder.join(format!("{name}{}", read::SUFFIX));
        let mut file = io::append(&path, false)?;
        let torn = io::cut_torn_line(&path, &mut file)?;
        let mut lines = read::Lines::new(name, &sha256_hex(&header), Box::new(std::io::BufReader::new(io::open(&path)?)));
        for call in lines.by_ref() {
            seen(call?);
        }
        Ok(Self { name: name.to_owned(), path, file, next: lines.number() + 1, prev: lines.end().to_owned(), redactor, torn })
    }

    /// Bytes of a torn last line that were cut when the segment was opened; 0 for none.
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// Redacts a call attempt and appends it. Durable after [`Segment::sync`].
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn append(&mut self, raw: &RawCall) -> Result<Call, WriteError> {
        let mut call = self.redactor.call(raw, &format!("{}:{}", self.name, self.next), &self.prev);
        let mut line = serde_json::to_vec(&call)?;
        if line.len() as u64 >= read::LONGEST_LINE || (line.len() > SURE && serde_json::from_slice::<Call>(&line).is_err()) {
            // A line that nobody could read again would make the whole recording worthless.
            (call.answer, call.error) = (None, Some("AnswerTooLong".to_owned()));
            line = serde_json::to_vec(&call)?;
        }
        let digest = sha256_hex(&line);
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| WriteError::Append { path: self.path.clone(), source })?;
        self.next += 1;
        self.prev = digest;
        Ok(call)
    }

    /// Makes everything appended so far durable.
    ///
    /// # Errors
    /// The system cannot sync the file.
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.file.sync_data().map_err(|source| WriteError::Append { path: self.path.clone(), source })
    }
}
