//! The ZIP of a bundle: one top folder, entries sorted by name, the same bytes for the same content and version of this
//! program. What was packed is read back with the verifier's own strict reader before anybody sees it.
//!
//! It must not know what the files mean, nor give the file its final name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::layout;
use super::read::{Bag, Stored};
use super::zip::{self, Common};
use crate::digest::Sha256;

/// Opens a file of the bag by its path; `None` where there is none.
pub(super) type Open<'a> = dyn Fn(&str) -> std::io::Result<Option<Box<dyn Read + 'a>>> + 'a;

/// Packs these files, reads them back, and returns the SHA-256 of the ZIP.
pub(super) fn whole(out: &mut File, top: &str, files: &BTreeMap<String, Stored>, open: &Open<'_>) -> std::io::Result<String> {
    pack(out, top, files, open)?;
    let again = Bag::zip(Box::new(out.try_clone()?)).map_err(std::io::Error::other)?;
    if again.files() != files || again.note().is_some() {
        return Err(std::io::Error::other("it does not read back as it was written"));
    }
    out.seek(SeekFrom::Start(0))?;
    Ok(digest(out)?.sha256)
}

/// Size and SHA-256 of a stream.
pub(super) fn digest(input: &mut dyn Read) -> std::io::Result<Stored> {
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
fn pack(out: &mut File, top: &str, files: &BTreeMap<String, Stored>, open: &Open<'_>) -> std::io::Result<()> {
    let mut directory = Vec::new();
    let mut offset = 0_u64;
    for (path, stored) in files {
        let name = format!("{top}/{path}");
        layout::check_path(&name).map_err(std::io::Error::other)?;
        out.seek(SeekFrom::Start(offset))?;
        out.write_all(&zip::local(&Common::default(), &name))?;
        let mut content = open(path)?.ok_or_else(|| std::io::Error::other(format!("{path} is missing")))?;
        let (common, sha256) = deflate(out, content.as_mut())?;
        if stored.sha256 != sha256 {
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
    let count = u16::try_from(files.len()).map_err(|_| too_large())?;
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
