//! A ZIP writer that can lie in every field. For tests only.

use std::io::Write as _;

/// An entry, honest until a test changes a field.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub local_name: Option<Vec<u8>>,
    pub data: Vec<u8>,
    pub crc: u32,
    pub size: u32,
    pub packed: u32,
    pub local_size: Option<u32>,
    pub method: u16,
    pub flags: u16,
    pub external: u32,
    pub extra: Vec<u8>,
    pub comment: Vec<u8>,
    pub gap: Vec<u8>,
    pub offset: Option<u32>,
    pub descriptor: bool,
}

impl Entry {
    /// A stored file.
    pub fn stored(name: &str, content: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let size = content.len() as u32;
        Self {
            name: name.as_bytes().to_vec(),
            local_name: None,
            data: content.to_vec(),
            crc: crc.sum(),
            size,
            packed: size,
            local_size: None,
            method: 0,
            flags: 0,
            external: 0o100_644 << 16,
            extra: Vec::new(),
            comment: Vec::new(),
            gap: Vec::new(),
            offset: None,
            descriptor: false,
        }
    }
    /// A deflated file.
    pub fn deflated(name: &str, content: &[u8]) -> Self {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        let data = encoder.finish().unwrap();
        Self { packed: data.len() as u32, data, method: 8, ..Self::stored(name, content) }
    }
}

/// A whole container, honest until a test changes a field.
#[derive(Clone, Default)]
pub struct Zip {
    pub entries: Vec<Entry>,
    pub before: Vec<u8>,
    pub before_directory: Vec<u8>,
    pub after_directory: Vec<u8>,
    pub comment: Vec<u8>,
    pub after: Vec<u8>,
    pub count: Option<u16>,
}

fn common(e: &Entry, size: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for v in [20, e.flags, e.method, 0, 0x21] {
        out.extend(v.to_le_bytes());
    }
    let (crc, packed, size) = if e.descriptor { (0, 0, 0) } else { (e.crc, e.packed, size) };
    for v in [crc, packed, size] {
        out.extend(v.to_le_bytes());
    }
    out
}

impl Zip {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.before.clone();
        let mut directory = Vec::new();
        for e in &self.entries {
            out.extend(&e.gap);
            let offset = e.offset.unwrap_or(out.len() as u32);
            let local_name = e.local_name.as_ref().unwrap_or(&e.name);
            out.extend(0x0403_4b50_u32.to_le_bytes());
            out.extend(common(e, e.local_size.unwrap_or(e.size)));
            out.extend((local_name.len() as u16).to_le_bytes());
            out.extend((e.extra.len() as u16).to_le_bytes());
            out.extend(local_name);
            out.extend(&e.extra);
            out.extend(&e.data);
            if e.descriptor {
                for v in [0x0807_4b50, e.crc, e.packed, e.size] {
                    out.extend(v.to_le_bytes());
                }
            }
            directory.extend(0x0201_4b50_u32.to_le_bytes());
            directory.extend(0x0314_u16.to_le_bytes());
            directory.extend(common(&Entry { descriptor: false, ..e.clone() }, e.size));
            for v in [e.name.len(), e.extra.len(), e.comment.len(), 0, 0] {
                directory.extend((v as u16).to_le_bytes());
            }
            directory.extend(e.external.to_le_bytes());
            directory.extend(offset.to_le_bytes());
            directory.extend(&e.name);
            directory.extend(&e.extra);
            directory.extend(&e.comment);
        }
        out.extend(&self.before_directory);
        let at = out.len() as u32;
        out.extend(&directory);
        out.extend(&self.after_directory);
        let count = self.count.unwrap_or(self.entries.len() as u16);
        out.extend(0x0605_4b50_u32.to_le_bytes());
        out.extend([0; 4]);
        out.extend(count.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend((directory.len() as u32).to_le_bytes());
        out.extend(at.to_le_bytes());
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.after);
        out
    }
}
