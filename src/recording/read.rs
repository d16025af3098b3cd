//! Reading a recording from anywhere (a folder, a bundle, memory), line by line and with bounded memory, checking the
//! chain on the way.

use super::header::{self, Header};
use super::line::Call;
use crate::digest::sha256_hex;
use crate::io;
use crate::model::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// How a segment's file name ends.
pub const SUFFIX: &str = ".jsonl";
/// Largest header, bytes.
pub const LARGEST_HEADER: u64 = 1 << 20;
/// Longest line, bytes. A page of 60 users is about 60 kB.
pub(super) const LONGEST_LINE: u64 = 16 << 20;
/// Most segments.
const MOST_SEGMENTS: usize = 100_000;

/// Why a recording cannot be read. Each names the place.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] io::FileError),
    /// A file could not be read from its container.
    #[error("cannot read {name}: {source}")]
    Container {
        /// The file.
        name: String,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// There is no header.
    #[error("{0} holds no recording: {FILE} is missing", FILE = header::FILE)]
    NoHeader(String),
    /// The header is not one.
    #[error("header.json is not a recording's header: {0}")]
    Header(String),
    /// A line is not a call.
    #[error("{segment}.jsonl line {line}: {why}")]
    Line {
        /// The segment.
        segment: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Something that does not belong there.
    #[error("{0} does not belong into a recording; only header.json and *.jsonl segments do")]
    Foreign(String),
}

/// Where the files of a recording come from.
pub trait Files {
    /// The names of all files, sorted.
    ///
    /// # Errors
    /// They cannot be listed.
    fn names(&self) -> Result<Vec<String>, ReadError>;
    /// A file's content.
    ///
    /// # Errors
    /// It cannot be opened.
    fn open(&self, name: &str) -> Result<Box<dyn BufRead + '_>, ReadError>;
}

/// A recording in a folder.
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn names(&self) -> Result<Vec<String>, ReadError> {
        let names = io::list(&self.0)?.into_iter().map(|p| p.file_name().unwrap_or_default().to_string_lossy().into_owned());
        // The private checkpoint lives in a folder of its own beside the recording, so everything here is part of it.
        Ok(names.collect())
    }
    fn open(&self, name: &str) -> Result<Box<dyn BufRead + '_>, ReadError> {
        Ok(Box::new(BufReader::new(io::open(&self.0.join(name))?)))
    }
}

/// A recording in memory: name to bytes.
impl Files for BTreeMap<String, Vec<u8>> {
    fn names(&self) -> Result<Vec<String>, ReadError> {
        Ok(self.keys().cloned().collect())
    }
    fn open(&self, name: &str) -> Result<Box<dyn BufRead + '_>, ReadError> {
        let missing = || ReadError::Container { name: name.to_owned(), source: std::io::ErrorKind::NotFound.into() };
        Ok(Box::new(self.get(name).ok_or_else(missing)?.as_slice()))
    }
}

/// Whether a text may name a segment.
pub fn is_segment_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// A recording, its header read and its segments known by name.
pub struct Recording<F: Files> {
    files: F,
    /// The header.
    pub header: Header,
    header_digest: String,
    segments: Vec<String>,
}

impl Recording<Folder> {
    /// Opens the recording in a folder.
    ///
    /// # Errors
    /// As [`Recording::new`].
    pub fn folder(path: &Path) -> Result<Self, ReadError> {
        Self::new(Folder(path.to_owned()))
    }
}

impl<F: Files> Recording<F> {
    /// Reads the header and the list of segments.
    ///
    /// # Errors
    /// There is no header, it is not one, or there are files that do not belong.
    pub fn new(files: F) -> Result<Self, ReadError> {
        let names = files.names()?;
        if !names.iter().any(|n| n == header::FILE) {
            return Err(ReadError::NoHeader("the folder".to_owned()));
        }
        let mut bytes = Vec::new();
        files
            .open(header::FILE)?
            .take(LARGEST_HEADER)
            .read_to_end(&mut bytes)
            .map_err(|source| ReadError::Container { name: header::FILE.to_owned(), source })?;
        let header: Header = json::strict(&bytes).map_err(ReadError::Header)?;
        if header.format != header::FORMAT {
            return Err(ReadError::Header(format!("its format is {:?}; this tool reads {:?}", header.format, header::FORMAT)));
        }
        let mut segments = Vec::new();
        for name in names.iter().filter(|n| *n != header::FILE) {
            match name.strip_suffix(SUFFIX).filter(|s| is_segment_name(s)) {
                Some(segment) if segments.len() < MOST_SEGMENTS => segments.push(segment.to_owned()),
                _ => return Err(ReadError::Foreign(name.clone())),
            }
        }
        segments.sort();
        Ok(Self { files, header, header_digest: sha256_hex(&bytes), segments })
    }

    /// The segments' names, sorted.
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// SHA-256 of `header.json`.
    pub fn header_digest(&self) -> &str {
        &self.header_digest
    }

    /// The calls of a segment, in order, each checked against the one before.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn calls(&self, segment: &str) -> Result<Lines<'_>, ReadError> {
        Ok(Lines::new(segment, &self.header_digest, self.files.open(&format!("{segment}{SUFFIX}"))?))
    }

    /// The head digest: SHA-256 over the sorted lines `<digest>  <file name>\n`, where a segment's digest is that of its
    /// last line (which binds all lines before it) and the header's is that of its bytes. Reads and checks everything.
    ///
    /// # Errors
    /// As reading every line.
    pub fn head_digest(&self) -> Result<String, ReadError> {
        let mut ends = Vec::new();
        for segment in &self.segments {
            let mut lines = self.calls(segment)?;
            for call in lines.by_ref() {
                call?;
            }
            ends.push((format!("{segment}{SUFFIX}"), lines.end().to_owned()));
        }
        Ok(head_digest(&self.header_digest, &ends))
    }
}

/// The head digest from the digests of the file ends (see [`Recording::head_digest`]).
pub fn head_digest(header_digest: &str, ends: &[(String, String)]) -> String {
    let mut lines = vec![format!("{header_digest}  {}\n", header::FILE)];
    lines.extend(ends.iter().map(|(name, digest)| format!("{digest}  {name}\n")));
    lines.sort();
    sha256_hex(lines.concat().as_bytes())
}

/// The calls of a segment as an iterator that checks the chain and the numbering. After an error it ends.
pub struct Lines<'a> {
    segment: String,
    input: Box<dyn BufRead + 'a>,
    prev: String,
    number: u64,
    line: Vec<u8>,
    done: bool,
}

impl<'a> Lines<'a> {
    /// Over an open file; `first` is the digest that the first line must carry.
    pub fn new(segment: &str, first: &str, input: Box<dyn BufRead + 'a>) -> Self {
        Self { segment: segment.to_owned(), input, prev: first.to_owned(), number: 0, line: Vec::new(), done: false }
    }
    /// Digest of the last line read (or the header's).
    pub fn end(&self) -> &str {
        &self.prev
    }
    /// Lines read.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn read(&mut self) -> Result<Option<Call>, String> {
        let line = &mut self.line;
        line.clear();
        let read = (&mut self.input).take(LONGEST_LINE).read_until(b'\n', line).map_err(|e| e.to_string())?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.pop() != Some(b'\n') {
            return Err("it is cut off (no newline at its end) or longer than a call can be".to_owned());
        }
        if line.first() != Some(&b'{') {
            return Err("it is not a recorded call: it is no JSON object".to_owned());
        }
        // A repeated key would show one value to this program and another, perhaps a secret, to other readers.
        let call: Call = serde_json::from_slice(line).map_err(|e| format!("it is not a recorded call: {e}"))?;
        if call.prev != self.prev {
            return Err(
                "the chain is broken: it does not carry the digest of the line before; a line was changed, added or removed".to_owned()
            );
        }
        let expected = format!("{}:{}", self.segment, self.number);
        if call.call != expected {
            return Err(format!("it calls itself {:?} where {expected:?} belongs", call.call));
        }
        self.prev = sha256_hex(line);
        Ok(Some(call))
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Call, ReadError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let read = self.read();
        self.done = !matches!(read, Ok(Some(_)));
        read.map_err(|why| ReadError::Line { segment: self.segment.clone(), line: self.number.max(1), why }).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(line: &str) -> Result<(), String> {
        Lines::new("s", "00", Box::new(line.as_bytes())).next().unwrap().map(|_| ()).map_err(|e| e.to_string())
    }

    /// The members in their order, without their names, are a call to some readers and not to others.
    #[test]
    fn a_line_is_an_object_and_no_list() {
        let good = r#"{"call":"s:1","prev":"00","service":"sts","operation":"X","region":"r","input":{},"pass":1,"attempt":1,"time":"t","bytes":0,"answer":{}}"#;
        assert_eq!(first(&format!("{good}\n")), Ok(()));
        let list = r#"["s:1","00","sts","X","r",null,{},1,1,"t",null,null,null,null,0,null,{}]"#;
        assert!(first(&format!("{list}\n")).unwrap_err().contains("no JSON object"));
        for twice in [r#""prev":"00","prev""#, r#""input":{"a":1,"a":2},"prev""#, r#""input":{},"prev""#] {
            assert!(first(&format!("{}\n", good.replacen("\"prev\"", twice, 1))).is_err(), "{twice}");
        }
    }
}
