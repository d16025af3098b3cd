//! A small PDF in the form of a signed report, written here without the program's own PDF writer, so that tests can depart
//! from that form in one point at a time.

use chrono::{DateTime, Utc};
use poolproof::clock::parse_rfc3339;
use poolproof::digest::sha256;
use poolproof::sign::cms::{self, Content, ToSign};
use poolproof::sign::pades::slot::{HOLE, HOLE_AT, LENGTH, Slot};
use poolproof::sign::{LocalKey, Signer as _, x509};

/// The time that the signer claims.
pub fn at() -> DateTime<Utc> {
    parse_rfc3339("2026-11-24T10:30:00Z").unwrap()
}

/// What a report is made of.
pub struct Draft {
    /// Before the signature dictionary.
    pub before: Vec<u8>,
    /// After it.
    pub after: Vec<u8>,
    /// Changes the dictionary's text; the length must stay.
    pub edit: fn(&mut String),
    /// The time in the CMS, which PAdES forbids.
    pub signing_time: Option<DateTime<Utc>>,
    /// Changes the ByteRange that is written; what is signed follows it.
    pub ranges: fn(&mut [u64; 4]),
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            before: b"%PDF-1.7\n%stand-in\n1 0 obj\n<</Type/Catalog/Perms<</DocMDP 2 0 R>>/Pages 3 0 R>>\nendobj\n2 0 obj\n".to_vec(),
            after: b"\nendobj\n3 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF".to_vec(),
            edit: |_| (),
            signing_time: None,
            ranges: |_| (),
        }
    }
}

impl Draft {
    /// Signs it with a key and that key's own certificate.
    pub fn signed(&self, key: &LocalKey) -> Vec<u8> {
        let size = self.before.len() + LENGTH + self.after.len();
        let mut ranges = Slot::covering(self.before.len() as u64, size as u64);
        (self.ranges)(&mut ranges);
        let mut slot = Slot { at: at(), ranges, cms: Vec::new() };
        let certificate = x509::self_signed(key, "Example Ltd", at()).unwrap();
        let file = self.file(&slot);
        let [a, b, c, d] = ranges.map(|n| n as usize);
        let over = [&file[a..(a + b).min(size)], &file[c.min(size)..(c + d).min(size)]].concat();
        let what = ToSign {
            content_type: cms::DATA,
            content: Content::Detached(sha256(&over)),
            chain: &[certificate],
            signing_time: self.signing_time,
        };
        slot.cms = cms::build(&what, key).unwrap().to_der().unwrap();
        assert!(!key.public_key_spki().is_empty());
        self.file(&slot)
    }

    fn file(&self, slot: &Slot) -> Vec<u8> {
        let mut text = String::from_utf8(slot.encode().unwrap()).unwrap();
        (self.edit)(&mut text);
        assert_eq!(text.len(), LENGTH);
        [&self.before[..], text.as_bytes(), &self.after].concat()
    }

    /// Where the hole lies: `<`, the digits, `>`.
    pub fn hole(&self) -> std::ops::Range<usize> {
        let from = self.before.len() + HOLE_AT;
        from..from + HOLE
    }
}

/// An honest one.
pub fn signed(key: &LocalKey) -> Vec<u8> {
    Draft::default().signed(key)
}
