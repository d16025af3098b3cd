//! The strict reader of ZIP containers. Whatever two readers could understand differently is refused: a bundle is shown
//! to auditors with other tools, and they must see the bytes that were checked here (rulings 24).
//!
//! Names and sizes are read from the directory; contents are streamed, so memory does not grow with them.
//! It must not know what the files mean.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::layout::{HIGHEST_RATIO, LARGEST_FILE, LARGEST_LIST, LARGEST_TOTAL, MOST_ENTRIES, Names, check_path, shown};
use super::zip::{
    CENTRAL_LEN, CentralHeader, Cursor, DATE, DEFLATED, END_LEN, EndRecord, LOCAL_LEN, LOCATOR64, LOCATOR64_LEN, LocalHeader, MADE_BY,
    MODE, NEEDED, STORED,
};

/// Anything that can be read from any position.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Flags that say nothing of how an entry is to be read: DEFLATE's level (bits 1, 2) and UTF-8 names (bit 11).
const HARMLESS_FLAGS: u16 = 0x0806;
/// Extra fields that only carry times and owners, and their most bytes: UT, ux, Ux, UX and NTFS (APPNOTE 4.5; Info-ZIP
/// `extrafld.txt`). Longer ones have room for a second directory and second files, which other readers can be led to.
const HARMLESS_EXTRAS: [(u16, u16); 5] = [(0x5455, 13), (0x7875, 19), (0x7855, 4), (0x5855, 12), (0x000a, 32)];
/// The attribute of MS-DOS for a volume's label: unzip leaves out what has it.
const VOLUME_LABEL: u32 = 0x08;
/// DEFLATE input is read in pieces of this many bytes.
const PIECE: usize = 64 * 1024;

/// A file in the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    data: u64,
    packed: u64,
    /// Bytes unpacked.
    pub size: u64,
    crc: u32,
    deflated: bool,
}

/// An opened container: its files by path below the one top folder.
pub(super) struct Container {
    input: RefCell<Box<dyn ReadSeek>>,
    /// The one top folder.
    pub top: String,
    /// Files by path below it.
    pub entries: BTreeMap<String, Entry>,
    /// It is, record by record, as this project's writer makes them.
    pub as_sealed: bool,
}

/// What stands in the directory, before the local headers were looked at.
struct Found {
    header: CentralHeader,
    path: String,
    folder: bool,
}

impl Container {
    /// Reads the directory and every local header, and refuses what is ambiguous. Contents are checked when they are read.
    pub fn open(mut input: Box<dyn ReadSeek>) -> Result<Self, String> {
        let found = directory(&mut input).map_err(|e| e.unwrap_or_else(|e| format!("it cannot be read: {e}")))?;
        let (found, directory_at) = found;
        let top = one_top(&found)?;
        let mut as_sealed = found.iter().all(|f| !f.folder) && found.is_sorted_by(|a, b| a.path < b.path);
        let mut order: Vec<&Found> = found.iter().collect();
        order.sort_by_key(|f| f.header.offset);
        let mut entries = BTreeMap::new();
        let mut next = 0_u64;
        for (n, f) in order.iter().enumerate() {
            as_sealed &= plain(&f.header) && found.get(n).is_some_and(|same| same.path == f.path);
            if u64::from(f.header.offset) != next {
                return Err(format!("there are bytes before {:?} that belong to no file, or files overlap", shown(&f.path)));
            }
            let local = local_header(&mut input, f)?;
            as_sealed &= local.extra_len == 0;
            let data = next + LOCAL_LEN as u64 + u64::from(local.name_len) + u64::from(local.extra_len);
            next = data + u64::from(f.header.common.packed);
            let below = f.path.strip_prefix(&top).and_then(|p| p.strip_prefix('/')).unwrap_or_default();
            if !f.folder {
                let c = &f.header.common;
                let entry = Entry { data, packed: c.packed.into(), size: c.size.into(), crc: c.crc, deflated: c.method == DEFLATED };
                entries.insert(below.to_owned(), entry);
            }
        }
        if next != directory_at {
            return Err("there are bytes between the last file and the directory".to_owned());
        }
        Ok(Self { input: RefCell::new(input), top, entries, as_sealed })
    }

    /// A file's content as a stream that checks itself: size, CRC-32 and the end of the packed data.
    pub fn content<'a>(&'a self, entry: &'a Entry) -> Content<'a> {
        let inflate = entry.deflated.then(|| Decompress::new(false));
        Content {
            container: self,
            entry,
            taken: 0,
            given: 0,
            crc: Crc::new(),
            inflate,
            inflated: false,
            piece: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut input = self.input.try_borrow_mut().map_err(io::Error::other)?;
        input.seek(SeekFrom::Start(offset))?;
        input.read(buffer)
    }
}

/// Reads and checks the directory. The error is a refusal, or the system's.
fn directory(input: &mut dyn ReadSeek) -> Result<(Vec<Found>, u64), Result<String, io::Error>> {
    let no = |why: &str| Err(Ok(why.to_owned()));
    let length = input.seek(SeekFrom::End(0)).map_err(Err)?;
    let mut last = [0; END_LEN];
    let Some(end_at) = length.checked_sub(END_LEN as u64) else { return no("it is no ZIP file: it has less than 22 bytes") };
    input.seek(SeekFrom::Start(end_at)).and_then(|_| input.read_exact(&mut last)).map_err(Err)?;
    let Some(end) = EndRecord::read(&last) else {
        return no("it is no ZIP file, or bytes follow its end record (a comment, or something appended)");
    };
    if end.comment_len != 0 || end.disks != (0, 0) || end.entries.0 != end.entries.1 {
        return no("its end record speaks of a comment or of several disks");
    }
    let entries = usize::from(end.entries.1);
    if entries == 0 || entries > MOST_ENTRIES || end.offset == u32::MAX || end.size == u32::MAX {
        return no("it is empty, or has more than 65,534 entries or 4 GiB (ZIP64 is not taken)");
    }
    let (size, offset) = (u64::from(end.size), u64::from(end.offset));
    if offset + size != end_at {
        return no("its directory is not where its end record says (bytes before the first file, or after the directory)");
    }
    if size > LARGEST_LIST || size < (entries * CENTRAL_LEN) as u64 {
        return no("the size of its directory cannot be right");
    }
    let mut bytes = vec![0; size as usize];
    input.seek(SeekFrom::Start(offset)).and_then(|_| input.read_exact(&mut bytes)).map_err(Err)?;
    // Some readers look there whatever the end record says, and then read the directory that it leads to (Python's zipfile does).
    let before_end = bytes.len().saturating_sub(LOCATOR64_LEN);
    if bytes.get(before_end..).is_some_and(|last| last.starts_with(&LOCATOR64.to_le_bytes())) {
        return no("before its end record stands the locator of another one (ZIP64 is not taken)");
    }
    let mut rest = Cursor(&bytes);
    let (mut found, mut names, mut total) = (Vec::new(), Names::default(), 0_u64);
    for _ in 0..entries {
        let Some(header) = CentralHeader::read(&mut rest) else { return no("its directory is damaged") };
        let one = entry(header).map_err(Ok)?;
        total += u64::from(one.header.common.size);
        if total > LARGEST_TOTAL {
            return no("unpacked it would have more than 8 GiB");
        }
        if !one.folder {
            names.add(&one.path).map_err(Ok)?;
        }
        found.push(one);
    }
    if !rest.0.is_empty() {
        return no("its directory has bytes that belong to no entry");
    }
    let mut folders: Vec<&str> = found.iter().filter(|f| f.folder).map(|f| f.path.as_str()).collect();
    folders.sort_unstable();
    if let Some(odd) = folders.iter().find(|p| !names.has_folder(p)) {
        return Err(Ok(format!("the folder {:?} holds no file, or collides with another name", shown(odd))));
    }
    if folders.windows(2).any(|w| w.first() == w.last()) {
        return no("a folder occurs twice");
    }
    Ok((found, offset))
}

/// Checks one entry of the directory by itself.
fn entry(header: CentralHeader) -> Result<Found, String> {
    let name = String::from_utf8(header.name.clone()).map_err(|_| "a name is not UTF-8".to_owned())?;
    let no = |why: &str| Err(format!("{:?} {why}", shown(&name)));
    let folder = name.ends_with('/');
    let path = name.strip_suffix('/').unwrap_or(&name).to_owned();
    check_path(&path)?;
    let c = &header.common;
    if c.flags & !HARMLESS_FLAGS != 0 {
        return no("is encrypted, or its sizes stand after it, or it is read in another unusual way; unpack it and verify the folder");
    }
    if !matches!(c.method, STORED | DEFLATED) || c.needed > NEEDED {
        return no("is packed with a method other than DEFLATE");
    }
    if header.comment_len != 0 || header.disk != 0 {
        return no("has a comment or lies on another disk");
    }
    extras(&header.extra).map_err(|why| format!("{:?} {why}", shown(&name)))?;
    let kind = (header.external >> 16) & 0o170_000;
    let right = if folder { matches!(kind, 0 | 0o040_000) } else { matches!(kind, 0 | 0o100_000) && header.external & 0x10 == 0 };
    if !right {
        return no("is a link, a device, or a folder under a file's name");
    }
    if header.external & VOLUME_LABEL != 0 {
        return no("is marked as a volume's label, which other programs do not unpack");
    }
    if folder && (c.size, c.packed, c.crc) != (0, 0, 0) {
        return no("is a folder with content");
    }
    if [c.size, c.packed, header.offset].contains(&u32::MAX) || u64::from(c.size) > LARGEST_FILE {
        return no("is 4 GiB or larger (ZIP64 is not taken)");
    }
    if c.method == STORED && c.size != c.packed {
        return no("is stored, yet its two sizes differ");
    }
    if u64::from(c.size) > (1 << 20) + u64::from(c.packed) * HIGHEST_RATIO {
        return no("would grow more than 500 times when unpacked");
    }
    Ok(Found { path, folder, header })
}

/// Whether the extra field holds nothing that changes how an entry is read.
fn extras(extra: &[u8]) -> Result<(), String> {
    let mut rest = Cursor(extra);
    let mut seen = Vec::new();
    while !rest.0.is_empty() {
        let field = (|| {
            let (tag, length) = (rest.u16()?, rest.u16()?);
            rest.take(length.into()).map(|_| (tag, length))
        })();
        match field {
            Some((tag, _)) if seen.contains(&tag) => return Err(format!("has the extra field {tag:#06x} twice")),
            Some((tag, length)) if HARMLESS_EXTRAS.iter().any(|(harmless, most)| tag == *harmless && length <= *most) => seen.push(tag),
            Some((tag, length)) if HARMLESS_EXTRAS.iter().any(|(harmless, _)| tag == *harmless) => {
                return Err(format!("has {length} bytes in the extra field {tag:#06x}, more than it has room for"));
            }
            Some((tag, _)) => return Err(format!("has the extra field {tag:#06x}, which could change its name, size or content")),
            None => return Err("has a damaged extra field".to_owned()),
        }
    }
    Ok(())
}

/// The one folder at the top, in which everything lies.
fn one_top(found: &[Found]) -> Result<String, String> {
    let mut tops = found.iter().map(|f| f.path.split('/').next().unwrap_or_default());
    let top = tops.next().unwrap_or_default().to_owned();
    if tops.any(|t| t != top) || found.iter().any(|f| !f.folder && !f.path.contains('/')) {
        return Err("its files do not lie in one top folder".to_owned());
    }
    Ok(top)
}

/// Reads the local header and holds it against the directory.
fn local_header(input: &mut dyn ReadSeek, found: &Found) -> Result<LocalHeader, String> {
    let name = shown(&found.path);
    let differs = || format!("the local header of {name:?} differs from the directory, or is missing");
    let mut fixed = [0; LOCAL_LEN];
    let at = SeekFrom::Start(found.header.offset.into());
    input.seek(at).and_then(|_| input.read_exact(&mut fixed)).map_err(|_| differs())?;
    let local = LocalHeader::read(&fixed).ok_or_else(differs)?;
    if local.common != found.header.common || usize::from(local.name_len) != found.header.name.len() {
        return Err(differs());
    }
    let mut rest = vec![0; usize::from(local.name_len) + usize::from(local.extra_len)];
    input.read_exact(&mut rest).map_err(|_| differs())?;
    let (local_name, extra) = rest.split_at(local.name_len.into());
    if local_name != found.header.name {
        return Err(differs());
    }
    extras(extra).map_err(|why| format!("{name:?} {why}"))?;
    Ok(local)
}

/// Whether a directory entry is as this project's writer makes it.
fn plain(header: &CentralHeader) -> bool {
    let c = &header.common;
    header.made_by == MADE_BY
        && (c.needed, c.flags, c.method, c.time, c.date) == (NEEDED, 0, DEFLATED, 0, DATE)
        && header.external == MODE
        && header.extra.is_empty()
}

/// A file's content, streamed and checked.
pub(super) struct Content<'a> {
    container: &'a Container,
    entry: &'a Entry,
    taken: u64,
    given: u64,
    crc: Crc,
    inflate: Option<Decompress>,
    /// The DEFLATE stream came to its last block's end.
    inflated: bool,
    piece: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Content<'_> {
    /// Makes sure that packed bytes are at hand, as long as there are any.
    fn fill(&mut self) -> io::Result<()> {
        if self.at < self.piece.len() {
            return Ok(());
        }
        let left = self.entry.packed - self.taken;
        self.piece.resize(left.min(PIECE as u64) as usize, 0);
        self.at = 0;
        let read = self.container.read_at(self.entry.data + self.taken, &mut self.piece)?;
        if read == 0 && left > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.piece.truncate(read);
        self.taken += read as u64;
        Ok(())
    }

    /// Everything was given: does it agree with what the headers said?
    fn finish(&mut self) -> io::Result<usize> {
        let all_taken = self.taken == self.entry.packed && self.at == self.piece.len();
        if !all_taken || self.given != self.entry.size || self.crc.sum() != self.entry.crc {
            return Err(damaged("its packed data, size or CRC-32 do not agree"));
        }
        self.ended = true;
        Ok(0)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.inflated {
                return self.finish();
            }
            self.fill()?;
            let input = self.piece.get(self.at..).unwrap_or_default();
            let nothing_left = input.is_empty();
            let given = match &mut self.inflate {
                None if nothing_left => return self.finish(),
                None => {
                    let n = input.len().min(buffer.len());
                    for (to, from) in buffer.iter_mut().zip(input.iter().take(n)) {
                        *to = *from;
                    }
                    self.at += n;
                    n
                }
                Some(inflate) => {
                    let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
                    let status = inflate.decompress(input, buffer, FlushDecompress::None);
                    let status = status.map_err(|_| damaged("its packed data is no DEFLATE stream"))?;
                    self.at += (inflate.total_in() - before_in) as usize;
                    self.inflated = status == Status::StreamEnd;
                    let given = (inflate.total_out() - before_out) as usize;
                    if nothing_left && given == 0 && !self.inflated {
                        return Err(damaged("its packed data is cut off"));
                    }
                    given
                }
            };
            self.given += given as u64;
            if self.given > self.entry.size {
                return Err(damaged("it unpacks to more than its size"));
            }
            self.crc.update(buffer.get(..given).unwrap_or_default());
            if given > 0 {
                return Ok(given);
            }
        }
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
