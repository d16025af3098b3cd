//! Reads a signed report back without a PDF library: strictly in the one form that `write` gives it, in bounded memory.
//!
//! It must not parse PDF: it finds what may be there only once, and holds it against the fixed form. What it accepts is
//! covered by the signature to the last byte, but for the hole that the CMS is in.

use std::io::BufRead;
use std::ops::Range;

use super::slot::{HOLE, HOLE_AT, LENGTH, Slot};
use crate::digest::Sha256;

/// How the file begins (ISO 32000-1, 7.5.2).
const HEADER: &[u8] = b"%PDF-1.7\n";
/// How the file ends; one line break may follow.
const END: &[u8] = b"\n%%EOF";
/// How the signature dictionary begins.
const DICTIONARY: &[u8] = b"<</Type/Sig/";
/// How the catalog begins: with what makes the signature a certification (ISO 32000-1, 12.8.4).
pub const CATALOG: &[u8] = b"<</Type/Catalog/Perms<</DocMDP ";
/// Words that must be there exactly once: they make a signature, a revision, or a certification.
const ONCE: [(&[u8], &str); 6] = [
    (DICTIONARY, "signature dictionaries in the fixed form"),
    (b"/ByteRange", "ByteRanges"),
    (CATALOG, "catalogs that make the signature a certification (Perms, DocMDP)"),
    (b"/Type/Catalog", "catalogs"),
    (b"startxref", "cross-reference tables, so revisions"),
    (END, "ends of a revision (%%EOF)"),
];
/// Words of other forms of signature and revision; none is written here, so none may be there.
const NEVER: [&[u8]; 8] =
    [b"/Type /Sig", b"/Type /Catalog", b"/ObjStm", b"/Type/XRef", b"/Type /XRef", b"/Encrypt", b"adbe.pkcs7", b"\r%%EOF"];
/// Longest of these words.
const LONGEST: usize = CATALOG.len();
/// Most bytes of a file before the dictionary that are looked at: `endobj`, ten digits, ` 0 obj`, line breaks.
const OBJECT_HEAD: usize = 26;
/// What follows the dictionary.
const OBJECT_END: &[u8] = b"\nendobj\n";
/// Bytes after [`CATALOG`] that are looked at.
const REFERENCE: usize = 16;

/// What the signature of a report is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The signature dictionary.
    pub slot: Slot,
    /// Number of its object.
    pub object: u32,
    /// Where the dictionary begins in the file, and where its object ends.
    pub place: Range<u64>,
    /// SHA-256 over both ranges: over all but the hole.
    pub digest: [u8; 32],
    /// Size of the file, bytes.
    pub size: u64,
}

/// Reads a file twice; `open` gives it from its beginning each time.
///
/// # Errors
/// In words, what is not as it must be, or why the file cannot be read.
pub fn scan<'s>(mut open: impl FnMut() -> Result<Box<dyn BufRead + 's>, String>) -> Result<Scanned, String> {
    let found = find(open()?)?;
    let offset = found.dictionary;
    let hole = offset + HOLE_AT as u64;
    let after = hole + HOLE as u64;
    let from = offset.saturating_sub(OBJECT_HEAD as u64);
    let to = offset + (LENGTH + OBJECT_END.len()) as u64;
    let reference_at = found.catalog + CATALOG.len() as u64;
    let (mut hash, mut around, mut reference) = (Sha256::default(), Vec::new(), Vec::new());
    let mut at = 0_u64;
    each_piece(open()?, |piece| {
        hash.update(part(piece, at, 0, hole));
        hash.update(part(piece, at, after, u64::MAX));
        around.extend_from_slice(part(piece, at, from, to));
        reference.extend_from_slice(part(piece, at, reference_at, reference_at + REFERENCE as u64));
        at += piece.len() as u64;
    })?;
    if at != found.size {
        return Err("it was changed while it was being read".to_owned());
    }
    let (head, body) = around.split_at_checked(usize::try_from(offset - from).unwrap_or(usize::MAX)).unwrap_or_default();
    let object = object_number(head).ok_or("the signature dictionary is no object of its own, in the fixed form")?;
    let (text, rest) = body.split_at_checked(LENGTH).ok_or("the signature dictionary is cut off")?;
    let slot = Slot::decode(text).map_err(|why| format!("the signature dictionary: {why}"))?;
    if rest != OBJECT_END {
        return Err("something follows the signature dictionary in its object".to_owned());
    }
    if slot.ranges != Slot::covering(offset, found.size) {
        return Err("its ByteRange does not cover the whole file but exactly the signature".to_owned());
    }
    if !reference.starts_with(format!("{object} 0 R>>").as_bytes()) {
        return Err("the catalog does not name this signature as its certification (Perms, DocMDP)".to_owned());
    }
    Ok(Scanned { slot, object, place: offset..to, digest: hash.finish(), size: found.size })
}

/// As [`scan`], of bytes in memory.
///
/// # Errors
/// As [`scan`].
pub fn scan_bytes(bytes: &[u8]) -> Result<Scanned, String> {
    scan(|| Ok(Box::new(bytes)))
}

/// Where the words are that may be there only once.
struct Found {
    dictionary: u64,
    catalog: u64,
    size: u64,
}

fn find(input: Box<dyn BufRead + '_>) -> Result<Found, String> {
    let mut places: [Vec<u64>; ONCE.len()] = Default::default();
    let mut foreign: Option<&[u8]> = None;
    // The last bytes of what was read before: a word may lie across two pieces.
    let mut kept: Vec<u8> = Vec::new();
    let mut kept_at = 0_u64;
    let (mut head, mut size): (Vec<u8>, u64) = (Vec::new(), 0);
    each_piece(input, |piece| {
        head.extend(piece.iter().take(HEADER.len().saturating_sub(head.len())));
        size += piece.len() as u64;
        kept.extend_from_slice(piece);
        // A word that begins among the last bytes is looked for when more is there; at the end there is no more.
        let whole = kept.len().saturating_sub(LONGEST - 1);
        look(&kept, whole, kept_at, &mut places, &mut foreign);
        kept.drain(..whole);
        kept_at += whole as u64;
    })?;
    look(&kept, kept.len(), kept_at, &mut places, &mut foreign);
    if head != HEADER {
        return Err("it does not begin as the PDFs that this program writes do (%PDF-1.7)".to_owned());
    }
    if let Some(word) = foreign {
        return Err(format!("it holds {:?}, which no signed report has", String::from_utf8_lossy(word)));
    }
    for (place, (_, what)) in places.iter().zip(ONCE) {
        match place.len() {
            1 => {}
            0 => return Err(format!("it has no {what}; there must be exactly one")),
            _ => return Err(format!("it has more than one of: {what}; there must be exactly one")),
        }
    }
    let end = kept.strip_suffix(b"\n").unwrap_or(&kept);
    if !end.ends_with(END) {
        return Err("something follows the end of the file (%%EOF)".to_owned());
    }
    let at = |n: usize| places.get(n).and_then(|p| p.first()).copied().unwrap_or_default();
    Ok(Found { dictionary: at(0), catalog: at(2), size })
}

/// Looks for the words that begin in the first `whole` bytes. No more than two places of each are kept.
fn look(bytes: &[u8], whole: usize, offset: u64, places: &mut [Vec<u64>; ONCE.len()], foreign: &mut Option<&'static [u8]>) {
    for (n, first) in bytes.iter().enumerate().take(whole) {
        if !matches!(first, b'<' | b'/' | b's' | b'a' | b'\n' | b'\r') {
            continue;
        }
        let rest = bytes.get(n..).unwrap_or_default();
        for (place, (word, _)) in places.iter_mut().zip(ONCE) {
            if place.len() < 2 && rest.starts_with(word) {
                place.push(offset + n as u64);
            }
        }
        *foreign = foreign.or_else(|| NEVER.into_iter().find(|word| rest.starts_with(word)));
    }
}

/// What of a piece that begins at `at` lies between `from` and `to`.
fn part(piece: &[u8], at: u64, from: u64, to: u64) -> &[u8] {
    let clip = |n: u64| usize::try_from(n.saturating_sub(at)).unwrap_or(usize::MAX).min(piece.len());
    piece.get(clip(from)..clip(to)).unwrap_or_default()
}

/// The number in `\n<number> 0 obj\n`, which must be the end of what stands before a dictionary.
fn object_number(head: &[u8]) -> Option<u32> {
    let text = head.strip_suffix(b" 0 obj\n")?;
    let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (before, number) = text.split_at_checked(text.len() - digits)?;
    if !before.ends_with(b"\n") || number.first().is_none_or(|b| *b == b'0') {
        return None;
    }
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn each_piece(mut input: Box<dyn BufRead + '_>, mut with: impl FnMut(&[u8])) -> Result<(), String> {
    loop {
        let piece = input.fill_buf().map_err(|e| e.to_string())?;
        if piece.is_empty() {
            return Ok(());
        }
        with(piece);
        let read = piece.len();
        input.consume(read);
    }
}
