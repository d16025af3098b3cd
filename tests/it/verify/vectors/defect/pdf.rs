//! Step 6: a report whose signature departs from the one form in a single point, sealed by its own dishonest owner, so that only
//! this step can tell.

use super::sealed;
use crate::sealing::KEY;
use crate::sealing::pdf::{Draft, at, signed};
use poolproof::sign::LocalKey;

/// A bundle with this report, sealed by the honest key.
fn with(pdf: Vec<u8>) -> Vec<u8> {
    sealed(|f| drop(f.insert("data/report.pdf".to_owned(), pdf)))
}

/// A report that is made otherwise, and signed so.
fn draft(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = Draft::default();
    change(&mut draft);
    with(draft.signed(&KEY))
}

/// An honest report, changed after it was signed.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut pdf = signed(&KEY);
    change(&mut pdf);
    with(pdf)
}

fn replaced(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
    bytes.splice(at..at + from.len(), to.bytes());
}

/// A revision as any program appends it.
pub const REVISION: &[u8] =
    b"\n9 0 obj\n<</Type/Pages>>\nendobj\nxref\n9 1\n0000000000 00000 n \ntrailer\n<</Prev 1>>\nstartxref\n1\n%%EOF";

pub fn pdf_that_is_none() -> Vec<u8> {
    with(b"no PDF at all".to_vec())
}
pub fn pdf_without_bytes() -> Vec<u8> {
    with(Vec::new())
}
pub fn pdf_unsigned() -> Vec<u8> {
    with(b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF".to_vec())
}
pub fn pdf_signature_not_filled_in() -> Vec<u8> {
    changed(|pdf| pdf[Draft::default().hole()][1..].iter_mut().rev().skip(1).for_each(|b| *b = b'0'))
}
pub fn pdf_byte_range_short() -> Vec<u8> {
    draft(|d| d.ranges = |r| r[3] -= 1)
}
pub fn pdf_byte_range_long() -> Vec<u8> {
    draft(|d| d.ranges = |r| r[3] += 1)
}
pub fn pdf_byte_range_with_a_wider_hole() -> Vec<u8> {
    draft(|d| d.ranges = |r| r[2] += 10)
}
pub fn pdf_byte_range_with_an_earlier_hole() -> Vec<u8> {
    draft(|d| d.ranges = |r| r[1] -= 5)
}
pub fn pdf_byte_range_not_from_the_beginning() -> Vec<u8> {
    draft(|d| d.ranges = |r| *r = [9, r[1] - 9, r[2], r[3]])
}
pub fn pdf_byte_range_edited() -> Vec<u8> {
    changed(|pdf| replaced(pdf, "/ByteRange[0000000000 ", "/ByteRange[0000000001 "))
}
pub fn pdf_byte_range_in_another_form() -> Vec<u8> {
    draft(|d| d.edit = |t| *t = t.replacen("[0000000000 ", "[         0 ", 1))
}
pub fn pdf_revision_appended() -> Vec<u8> {
    changed(|pdf| pdf.extend_from_slice(REVISION))
}
pub fn pdf_revision_signed_with_it() -> Vec<u8> {
    draft(|d| d.after.extend_from_slice(REVISION))
}
pub fn pdf_end_with_an_old_line_break() -> Vec<u8> {
    draft(|d| d.after.extend_from_slice(b"\r%%EOF"))
}
pub fn pdf_with_bytes_after_its_end() -> Vec<u8> {
    draft(|d| d.after.extend_from_slice(b"\n% more"))
}
pub fn pdf_with_two_line_breaks_at_its_end() -> Vec<u8> {
    draft(|d| d.after.extend_from_slice(b"\n\n"))
}
pub fn pdf_signature_in_upper_case() -> Vec<u8> {
    changed(|pdf| pdf[Draft::default().hole()].make_ascii_uppercase())
}
pub fn pdf_padding_not_zero() -> Vec<u8> {
    changed(|pdf| pdf[Draft::default().hole().end - 2] = b'1')
}
pub fn pdf_padding_not_hex() -> Vec<u8> {
    changed(|pdf| pdf[Draft::default().hole().end - 2] = b' ')
}
pub fn pdf_signature_of_another_length() -> Vec<u8> {
    changed(|pdf| pdf[Draft::default().hole().start + 5] ^= 1)
}
pub fn pdf_signed_by_another_key() -> Vec<u8> {
    with(signed(&LocalKey::throw_away().unwrap()))
}
pub fn pdf_changed_before_its_signature() -> Vec<u8> {
    changed(|pdf| replaced(pdf, "/Pages 3 0 R", "/Pages 4 0 R"))
}
pub fn pdf_changed_after_its_signature() -> Vec<u8> {
    changed(|pdf| replaced(pdf, "/Count 0", "/Count 1"))
}
pub fn pdf_claimed_time_changed() -> Vec<u8> {
    changed(|pdf| replaced(pdf, "20261124103000Z", "20251124103000Z"))
}
pub fn pdf_cut_off() -> Vec<u8> {
    changed(|pdf| pdf.truncate(pdf.len() - 1))
}
pub fn pdf_cut_off_in_its_signature() -> Vec<u8> {
    changed(|pdf| pdf.truncate(5_000))
}
/// Another object after the signature, signed with it.
fn more(object: &str) -> Vec<u8> {
    draft(|d| d.after = [format!("\nendobj\n8 0 obj\n{object}").as_bytes(), &d.after].concat())
}
pub fn pdf_with_two_signatures() -> Vec<u8> {
    more(&String::from_utf8_lossy(&signed(&KEY)[Draft::default().before.len()..][..300]))
}
pub fn pdf_with_a_second_byte_range() -> Vec<u8> {
    more("<</Type/Sig /ByteRange [0 1 2 3]>>")
}
pub fn pdf_with_a_second_signature_in_another_form() -> Vec<u8> {
    more("<</Type /Sig /Filter/X>>")
}
pub fn pdf_with_a_signature_of_the_old_kind() -> Vec<u8> {
    more("<</SubFilter/adbe.pkcs7.detached>>")
}
pub fn pdf_with_an_object_stream() -> Vec<u8> {
    more("<</Type/ObjStm>>")
}
pub fn pdf_with_a_cross_reference_stream() -> Vec<u8> {
    more("<</Type/XRef>>")
}
pub fn pdf_encrypted() -> Vec<u8> {
    more("<</Encrypt 7 0 R>>")
}
pub fn pdf_with_a_time_inside_its_signature() -> Vec<u8> {
    draft(|d| d.signing_time = Some(at()))
}
pub fn pdf_that_allows_changes() -> Vec<u8> {
    draft(|d| d.edit = |t| *t = t.replacen("/P 1/", "/P 2/", 1))
}
pub fn pdf_not_certified() -> Vec<u8> {
    draft(|d| replaced(&mut d.before, "/Perms<</DocMDP 2 0 R>>", ""))
}
pub fn pdf_certified_by_another_object() -> Vec<u8> {
    draft(|d| replaced(&mut d.before, "DocMDP 2 0 R", "DocMDP 3 0 R"))
}
pub fn pdf_certified_by_a_longer_number() -> Vec<u8> {
    draft(|d| replaced(&mut d.before, "DocMDP 2 0 R", "DocMDP 20 0 R"))
}
pub fn pdf_with_a_second_catalog() -> Vec<u8> {
    draft(|d| replaced(&mut d.after, "<</Type/Pages", "<</Type/Catalog>> <</Type/Pages"))
}
pub fn pdf_signature_of_another_kind() -> Vec<u8> {
    draft(|d| d.edit = |t| *t = t.replacen("ETSI.CAdES", "ETSI.XAdES", 1))
}
pub fn pdf_signature_inside_another_object() -> Vec<u8> {
    draft(|d| d.before.extend_from_slice(b"<</V "))
}
pub fn pdf_signature_with_something_behind_it() -> Vec<u8> {
    draft(|d| d.after.splice(0..0, *b" 7").for_each(drop))
}
