//! The signature dictionary, in the one form that is written and read here (ISO 32000-1, 12.8.1; ETSI EN 319 142-1, 5.3):
//! every byte is fixed but the time, the four numbers of the ByteRange, and the signature.
//!
//! A fixed form leaves no second way to write the same, so nothing can hide in it. It must not interpret the CMS.

use chrono::{DateTime, NaiveDateTime, Utc};

/// Bytes that are kept for the CMS; in the file they are twice as many hex digits.
pub const ROOM: usize = 8_192;

/// Before the time: the type, the handler, CAdES without a copy of the document. No name and no reason: the certificate
/// says who.
const HEAD: &str = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:";
/// Between the time and the numbers: nothing in the document may change after it (DocMDP, P 1; ISO 32000-1, 12.8.2.2).
const MIDDLE: &str = ")/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]/ByteRange[";
/// Between the numbers and the signature.
const CONTENTS: &str = "]/Contents";
/// The end.
const TAIL: &str = ">>";
/// How the time is written (ISO 32000-1, 7.9.4), after `D:`.
const TIME: &str = "%Y%m%d%H%M%SZ";
/// `20261124120000Z`.
const TIME_LENGTH: usize = 15;
/// Four numbers of ten digits, with blanks between them.
const NUMBERS_LENGTH: usize = 43;
/// `<`, the digits, `>`: what the signature does not cover.
pub const HOLE: usize = 2 * ROOM + 2;
/// Where the hole begins in the dictionary.
pub const HOLE_AT: usize = HEAD.len() + TIME_LENGTH + MIDDLE.len() + NUMBERS_LENGTH + CONTENTS.len();
/// Length of the dictionary.
pub const LENGTH: usize = HOLE_AT + HOLE + TAIL.len();

/// A signature dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// `/M`: the time that the signer claims.
    pub at: DateTime<Utc>,
    /// `/ByteRange`: start and length of what comes before the hole, and of what comes after it.
    pub ranges: [u64; 4],
    /// The CMS, DER, without its padding; empty in a file that is not signed yet.
    pub cms: Vec<u8>,
}

impl Slot {
    /// The ByteRange of a file of `size` bytes whose dictionary begins at `at`: all but the hole.
    pub fn covering(at: u64, size: u64) -> [u64; 4] {
        let hole = at + HOLE_AT as u64;
        let after = hole + HOLE as u64;
        [0, hole, after, size.saturating_sub(after)]
    }

    /// The dictionary's text; always [`LENGTH`] bytes. `None` when the CMS or a number does not fit.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let numbers = self.ranges.map(|n| format!("{n:010}")).join(" ");
        let mut digits = data_encoding::HEXLOWER.encode(&self.cms);
        let missing = (2 * ROOM).checked_sub(digits.len())?;
        digits.push_str(&"0".repeat(missing));
        let text = format!("{HEAD}{}{MIDDLE}{numbers}{CONTENTS}<{digits}>{TAIL}", self.at.format(TIME)).into_bytes();
        (text.len() == LENGTH).then_some(text)
    }

    /// Reads a dictionary's text.
    ///
    /// # Errors
    /// In words, where it departs from the fixed form. A hole of zeros is no signature.
    pub fn decode(text: &[u8]) -> Result<Self, String> {
        let mut rest = Rest(text);
        let no_docmdp = "it is no certification that forbids every change (DocMDP, P 1), or not in the fixed form";
        rest.fixed(HEAD, "it does not begin as a detached CAdES signature in the fixed form does")?;
        let time = rest.text(TIME_LENGTH).unwrap_or_default();
        let at = NaiveDateTime::parse_from_str(time, TIME).map_err(|_| "its time /M is not in the fixed form".to_owned())?.and_utc();
        if at.format(TIME).to_string() != time {
            return Err("its time /M is not in the fixed form".to_owned());
        }
        rest.fixed(MIDDLE, no_docmdp)?;
        let ranges = numbers(rest.text(NUMBERS_LENGTH).unwrap_or_default())
            .ok_or("its ByteRange is not in the fixed form of four numbers of ten digits")?;
        rest.fixed(CONTENTS, "after its ByteRange it is not in the fixed form")?;
        rest.fixed("<", "its Contents are not in the fixed form")?;
        let digits = rest.text(2 * ROOM).unwrap_or_default();
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err("its Contents are not all lower-case hex".to_owned());
        }
        let bytes = data_encoding::HEXLOWER.decode(digits.as_bytes()).map_err(|_| "its Contents are not all lower-case hex".to_owned())?;
        rest.fixed(">", "its Contents do not have the fixed length")?;
        rest.fixed(TAIL, "after its Contents it is not in the fixed form")?;
        if bytes.len() != ROOM || !rest.0.is_empty() {
            return Err("its Contents do not have the fixed length".to_owned());
        }
        let length = der_length(&bytes).ok_or("its Contents do not begin with a signature in DER")?;
        let (cms, padding) = bytes.split_at_checked(length).ok_or("its Contents are cut off")?;
        if padding.iter().any(|b| *b != 0) {
            return Err("its Contents are not padded with zeros".to_owned());
        }
        Ok(Self { at, ranges, cms: cms.to_vec() })
    }
}

/// What is left to read.
struct Rest<'t>(&'t [u8]);

impl<'t> Rest<'t> {
    fn fixed(&mut self, wanted: &str, why: &str) -> Result<(), String> {
        self.0 = self.0.strip_prefix(wanted.as_bytes()).ok_or_else(|| why.to_owned())?;
        Ok(())
    }

    /// The next bytes as ASCII text.
    fn text(&mut self, length: usize) -> Option<&'t str> {
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

/// Four numbers of exactly ten digits.
fn numbers(text: &str) -> Option<[u64; 4]> {
    let parts: Vec<&str> = text.split(' ').collect();
    let read = |n: &&str| if n.len() == 10 && n.bytes().all(|b| b.is_ascii_digit()) { n.parse().ok() } else { None };
    let numbers: Vec<u64> = parts.iter().filter_map(read).collect();
    if parts.len() == 4 { numbers.try_into().ok() } else { None }
}

/// The length of a DER SEQUENCE of definite length with its head (X.690, 8.1.3), in its shortest form.
fn der_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x30, n @ 0..=0x7F, ..] => Some(2 + usize::from(*n)),
        [0x30, 0x81, n @ 0x80..=0xFF, ..] => Some(3 + usize::from(*n)),
        [0x30, 0x82, high @ 1..=0xFF, low, ..] => Some(4 + (usize::from(*high) << 8) + usize::from(*low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::parse_rfc3339;

    fn slot() -> Slot {
        Slot {
            at: parse_rfc3339("2026-11-24T12:34:56Z").unwrap(),
            ranges: [0, 1_234, 20_000, 56],
            cms: [&[0x30, 0x82, 0x01, 0x00][..], &[7; 256]].concat(),
        }
    }

    #[test]
    fn a_slot_goes_round_and_has_one_length() {
        let text = slot().encode().unwrap();
        assert_eq!((text.len(), text[HOLE_AT], text[HOLE_AT + HOLE - 1]), (LENGTH, b'<', b'>'));
        assert_eq!(Slot::decode(&text).unwrap(), slot());
        assert_eq!(Slot { cms: vec![0; ROOM + 1], ..slot() }.encode(), None);
        assert_eq!(Slot { ranges: [0, 10_000_000_000, 0, 0], ..slot() }.encode(), None);
    }

    #[test]
    fn every_other_way_to_write_it_is_refused_with_its_reason() {
        let good = String::from_utf8(slot().encode().unwrap()).unwrap();
        for (from, to, why) in [
            ("/Type/Sig", "/Type /Sig", "detached CAdES"),
            ("ETSI.CAdES.detached", "adbe.pkcs7.detached", "detached CAdES"),
            ("20261124123456Z", "2026112412345Z", "time"),
            ("20261124123456Z", "20261324123456Z", "time"),
            ("/P 1/", "/P 2/", "DocMDP"),
            ("0000001234", "1234", "ByteRange"),
            ("0000001234", "+000001234", "ByteRange"),
            ("0707", "070A", "lower-case"),
            ("0707", "070g", "lower-case"),
            ("0707", "07 7", "lower-case"),
            ("00>>>", "01>>>", "padded with zeros"),
            ("00>>>", "00/Prop_Build<<>>>>>", "Contents"),
            ("00>>>", ">>>", "Contents"),
            ("<3082", "<3182", "DER"),
            ("<3082", "<3080", "DER"),
            ("<30820100", "<30822100", "cut off"),
        ] {
            assert!(good.contains(from), "{from}");
            let said = Slot::decode(good.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(said.contains(why), "{from} -> {to}: {said}");
        }
        let zeros = Slot { cms: Vec::new(), ..slot() }.encode().unwrap();
        assert!(Slot::decode(&zeros).unwrap_err().contains("DER"));
    }

    #[test]
    fn no_change_of_one_byte_is_read_as_the_same() {
        let good = slot().encode().unwrap();
        for n in 0..good.len() {
            for bit in 0..8 {
                let mut other = good.clone();
                other[n] ^= 1 << bit;
                assert!(Slot::decode(&other).ok() != Some(slot()), "byte {n}, bit {bit}");
            }
        }
    }
}
