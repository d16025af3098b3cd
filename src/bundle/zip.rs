//! The ZIP records that this project writes and reads (PKWARE APPNOTE 6.3.3, sections 4.3.7, 4.3.12, 4.3.16), as bytes.
//!
//! No policy: what is refused stands in `container`.

/// Signature of a local file header.
pub const LOCAL: u32 = 0x0403_4b50;
/// Signature of a central directory header.
pub const CENTRAL: u32 = 0x0201_4b50;
/// Signature of the end of the central directory.
pub const END: u32 = 0x0605_4b50;
/// Signature of what leads to the end record of ZIP64 (4.3.15).
pub const LOCATOR64: u32 = 0x0706_4b50;
/// Bytes of it.
pub const LOCATOR64_LEN: usize = 20;
/// Fixed bytes of each.
pub const LOCAL_LEN: usize = 30;
/// Fixed bytes of a central header.
pub const CENTRAL_LEN: usize = 46;
/// Bytes of the end record without a comment.
pub const END_LEN: usize = 22;

/// Method: stored.
pub const STORED: u16 = 0;
/// Method: DEFLATE (RFC 1951).
pub const DEFLATED: u16 = 8;
/// 1980-01-01 as MS-DOS writes it.
pub const DATE: u16 = 0x0021;
/// Made by UNIX, version 2.0.
pub const MADE_BY: u16 = 0x0314;
/// Version needed to extract: 2.0 (DEFLATE).
pub const NEEDED: u16 = 20;
/// A regular file of mode 0644, where UNIX keeps it in the external attributes.
pub const MODE: u32 = 0o100_644 << 16;

/// What the local and the central header both say of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// Version needed to extract.
    pub needed: u16,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// MS-DOS time.
    pub time: u16,
    /// MS-DOS date.
    pub date: u16,
    /// CRC-32 of the content.
    pub crc: u32,
    /// Bytes packed.
    pub packed: u32,
    /// Bytes unpacked.
    pub size: u32,
}

impl Common {
    fn write(&self, out: &mut Vec<u8>) {
        for v in [self.needed, self.flags, self.method, self.time, self.date] {
            out.extend(v.to_le_bytes());
        }
        for v in [self.crc, self.packed, self.size] {
            out.extend(v.to_le_bytes());
        }
    }

    fn read(input: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            needed: input.u16()?,
            flags: input.u16()?,
            method: input.u16()?,
            time: input.u16()?,
            date: input.u16()?,
            crc: input.u32()?,
            packed: input.u32()?,
            size: input.u32()?,
        })
    }
}

/// A local header as this project writes it: no extra field.
pub fn local(common: &Common, name: &str) -> Vec<u8> {
    let mut out = LOCAL.to_le_bytes().to_vec();
    common.write(&mut out);
    out.extend((name.len() as u16).to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out.extend(name.as_bytes());
    out
}

/// A central header as this project writes it.
pub fn central(common: &Common, name: &str, offset: u32) -> Vec<u8> {
    let mut out = CENTRAL.to_le_bytes().to_vec();
    out.extend(MADE_BY.to_le_bytes());
    common.write(&mut out);
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0; 8]);
    out.extend(MODE.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(name.as_bytes());
    out
}

/// The end record of one disk, without a comment.
pub fn end(entries: u16, size: u32, offset: u32) -> Vec<u8> {
    let mut out = END.to_le_bytes().to_vec();
    out.extend([0; 4]);
    out.extend(entries.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out
}

/// A local header as read: its fixed part and the lengths that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalHeader {
    /// What the central header must say too.
    pub common: Common,
    /// Bytes of the name.
    pub name_len: u16,
    /// Bytes of the extra field.
    pub extra_len: u16,
}

impl LocalHeader {
    /// Reads the fixed 30 bytes; `None` when they are no local header.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut input = Cursor(bytes);
        if input.u32()? != LOCAL {
            return None;
        }
        Some(Self { common: Common::read(&mut input)?, name_len: input.u16()?, extra_len: input.u16()? })
    }
}

/// A central header as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CentralHeader {
    /// System and version that made it.
    pub made_by: u16,
    /// What the local header must say too.
    pub common: Common,
    /// The name's bytes.
    pub name: Vec<u8>,
    /// The extra field.
    pub extra: Vec<u8>,
    /// Bytes of its comment.
    pub comment_len: u16,
    /// Disk on which it starts.
    pub disk: u16,
    /// External attributes.
    pub external: u32,
    /// Where its local header is.
    pub offset: u32,
}

impl CentralHeader {
    /// Reads one from the front of `input`; `None` when there is none.
    pub fn read(input: &mut Cursor<'_>) -> Option<Self> {
        if input.u32()? != CENTRAL {
            return None;
        }
        let made_by = input.u16()?;
        let common = Common::read(input)?;
        let (name_len, extra_len, comment_len) = (input.u16()?, input.u16()?, input.u16()?);
        let disk = input.u16()?;
        let _internal = input.u16()?;
        let (external, offset) = (input.u32()?, input.u32()?);
        let name = input.take(name_len.into())?.to_vec();
        let extra = input.take(extra_len.into())?.to_vec();
        input.take(comment_len.into())?;
        Some(Self { made_by, common, name, extra, comment_len, disk, external, offset })
    }
}

/// The end record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndRecord {
    /// This disk, the directory's disk.
    pub disks: (u16, u16),
    /// Entries on this disk, and in all.
    pub entries: (u16, u16),
    /// Bytes of the directory.
    pub size: u32,
    /// Where it begins.
    pub offset: u32,
    /// Bytes of the comment.
    pub comment_len: u16,
}

impl EndRecord {
    /// Reads the 22 bytes; `None` when they are no end record.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut input = Cursor(bytes);
        if input.u32()? != END {
            return None;
        }
        Some(Self {
            disks: (input.u16()?, input.u16()?),
            entries: (input.u16()?, input.u16()?),
            size: input.u32()?,
            offset: input.u32()?,
            comment_len: input.u16()?,
        })
    }
}

/// Little-endian numbers from the front of bytes; `None` past their end.
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(front)
    }
    /// The next two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }
    /// The next four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}
