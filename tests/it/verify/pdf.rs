//! Step 6: a report whose signature departs from the one form in a single point, sealed by its own dishonest owner, so that only
//! this step can tell. Each is named after its defect, and fails with its own reason.

use super::{options, verified_files};
use crate::sealing::pdf::{Draft, at, signed};
use crate::sealing::{HONEST, KEY, resealed};
use poolproof::sign::LocalKey;
use poolproof::verify::outcome::{Outcome, StepName};
use poolproof::verify::text;

/// A bundle with this report, sealed by the honest key: the reason for which step 6 fails, and that it is the first.
fn fails(name: &str, pdf: Vec<u8>, why: &str) {
    let mut files = HONEST.clone();
    files.insert("data/report.pdf".to_owned(), pdf);
    let report = verified_files(&resealed(&files, &KEY), &options());
    let said = match report.outcome(StepName::Pdf) {
        Some(Outcome::Failed(said)) => said.clone(),
        other => panic!("{name}: {other:?}"),
    };
    assert!(said.contains(why), "{name}: {said}");
    assert_eq!((report.failed().first(), report.exit), (Some(&StepName::Pdf), 4), "{name}: {}", text::render(&report));
    assert!(report.proved.is_empty(), "{name}");
}

fn draft(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = Draft::default();
    change(&mut draft);
    draft.signed(&KEY)
}

/// An honest report, changed after it was signed.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut pdf = signed(&KEY);
    change(&mut pdf);
    pdf
}

fn replaced(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
    bytes.splice(at..at + from.len(), to.bytes());
}

/// A revision as any program appends it.
const REVISION: &[u8] = b"\n9 0 obj\n<</Type/Pages>>\nendobj\nxref\n9 1\n0000000000 00000 n \ntrailer\n<</Prev 1>>\nstartxref\n1\n%%EOF";

#[test]
fn an_honest_report_passes_and_its_time_is_called_the_signers_word() {
    let report = verified_files(&HONEST, &options());
    let said = report.outcome(StepName::Pdf);
    assert!(matches!(said, Some(Outcome::Passed(note)) if note.contains("its signer says 2026-11-24T10:30")), "{said:?}");
    let mut files = HONEST.clone();
    files.insert("data/report.pdf".to_owned(), draft(|d| d.after.push(b'\n')));
    assert!(verified_files(&resealed(&files, &KEY), &options()).passed(StepName::Pdf), "one line break at the end");
}

#[test]
fn without_signature() {
    fails("no PDF", b"no PDF at all".to_vec(), "%PDF-1.7");
    fails("empty", Vec::new(), "%PDF-1.7");
    let plain = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF".to_vec();
    fails("unsigned", plain, "no signature dictionaries");
    fails("not filled", changed(|pdf| pdf[Draft::default().hole()][1..].iter_mut().rev().skip(1).for_each(|b| *b = b'0')), "DER");
}

#[test]
fn byte_range_wrong() {
    let why = "does not cover the whole file";
    fails("one byte short at the end", draft(|d| d.ranges = |r| r[3] -= 1), why);
    fails("one byte too many", draft(|d| d.ranges = |r| r[3] += 1), why);
    fails("a wider hole", draft(|d| d.ranges = |r| r[2] += 10), why);
    fails("a hole that begins earlier", draft(|d| d.ranges = |r| r[1] -= 5), why);
    fails("not from the beginning", draft(|d| d.ranges = |r| *r = [9, r[1] - 9, r[2], r[3]]), why);
    fails("edited afterwards", changed(|pdf| replaced(pdf, "/ByteRange[0000000000 ", "/ByteRange[0000000001 ")), why);
    fails(
        "in another form",
        draft(|d| d.edit = |t| *t = t.replacen("[0000000000 ", "[         0 ", 1)),
        "ByteRange is not in the fixed form",
    );
}

#[test]
fn revision_appended() {
    fails("after signing", changed(|pdf| pdf.extend_from_slice(REVISION)), "more than one of: cross-reference tables");
    fails("before signing, and signed with it", draft(|d| d.after.extend_from_slice(REVISION)), "more than one of");
    fails("with old line breaks", draft(|d| d.after.extend_from_slice(b"\r%%EOF")), "%%EOF");
    fails("bytes after the end, signed with it", draft(|d| d.after.extend_from_slice(b"\n% more")), "follows the end of the file");
    fails("two line breaks at the end", draft(|d| d.after.extend_from_slice(b"\n\n")), "follows the end of the file");
}

#[test]
fn contents_written_otherwise() {
    let hole = Draft::default().hole();
    let upper = |pdf: &mut Vec<u8>| pdf[hole.clone()].make_ascii_uppercase();
    fails("upper-case hex", changed(upper), "lower-case hex");
    fails("padding not zero", changed(|pdf| pdf[hole.end - 2] = b'1'), "padded with zeros");
    fails("padding not hex", changed(|pdf| pdf[hole.end - 2] = b' '), "lower-case hex");
    fails("another length in its head", changed(|pdf| pdf[hole.start + 5] ^= 1), "");
}

#[test]
fn signed_by_another_key() {
    fails("another key", signed(&LocalKey::throw_away().unwrap()), "another key");
}

#[test]
fn signature_over_other_bytes() {
    fails("changed before it", changed(|pdf| replaced(pdf, "/Pages 3 0 R", "/Pages 4 0 R")), "its signature: ");
    fails("changed after it", changed(|pdf| replaced(pdf, "/Count 0", "/Count 1")), "its signature: ");
    fails("another time", changed(|pdf| replaced(pdf, "20261124103000Z", "20251124103000Z")), "its signature: ");
}

#[test]
fn truncated() {
    let whole = signed(&KEY);
    for keep in [10, 80, 400, 5_000, whole.len() - 20, whole.len() - 6, whole.len() - 1] {
        fails("cut off", whole[..keep].to_vec(), "");
    }
}

#[test]
fn two_signatures() {
    let slot = String::from_utf8_lossy(&signed(&KEY)[Draft::default().before.len()..][..300]).into_owned();
    let second = format!("\nendobj\n8 0 obj\n{slot}");
    fails(
        "a second one in the same form",
        draft(|d| d.after = [second.as_bytes(), &d.after].concat()),
        "more than one of: signature dictionaries",
    );
    for (other, why) in [
        ("<</Type/Sig /ByteRange [0 1 2 3]>>", "more than one of: ByteRanges"),
        ("<</Type /Sig /Filter/X>>", "/Type /Sig"),
        ("<</SubFilter/adbe.pkcs7.detached>>", "adbe.pkcs7"),
        ("<</Type/ObjStm>>", "/ObjStm"),
        ("<</Type/XRef>>", "/Type/XRef"),
        ("<</Encrypt 7 0 R>>", "/Encrypt"),
    ] {
        let second = format!("\nendobj\n8 0 obj\n{other}");
        fails(other, draft(|d| d.after = [second.as_bytes(), &d.after].concat()), why);
    }
}

#[test]
fn time_within_the_signature() {
    fails("signing-time", draft(|d| d.signing_time = Some(at())), "its signature: ");
}

#[test]
fn no_certification() {
    fails("P 2", draft(|d| d.edit = |t| *t = t.replacen("/P 1/", "/P 2/", 1)), "DocMDP");
    fails(
        "no Perms",
        draft(|d| replaced(&mut d.before, "/Perms<</DocMDP 2 0 R>>", "")),
        "no catalogs that make the signature a certification",
    );
    fails("Perms of another", draft(|d| replaced(&mut d.before, "DocMDP 2 0 R", "DocMDP 3 0 R")), "does not name this signature");
    fails("a longer number", draft(|d| replaced(&mut d.before, "DocMDP 2 0 R", "DocMDP 20 0 R")), "does not name this signature");
    fails(
        "a second catalog",
        draft(|d| replaced(&mut d.after, "<</Type/Pages", "<</Type/Catalog>> <</Type/Pages")),
        "more than one of: catalogs",
    );
}

#[test]
fn another_kind_of_signature() {
    fails("subfilter", draft(|d| d.edit = |t| *t = t.replacen("ETSI.CAdES", "ETSI.XAdES", 1)), "detached CAdES");
    fails("inside another object", draft(|d| d.before.extend_from_slice(b"<</V ")), "no object of its own");
    fails("something behind it", draft(|d| d.after.splice(0..0, *b" 7").for_each(drop)), "follows the signature dictionary");
}

#[test]
fn no_single_flip_of_a_byte_of_a_signed_report_is_accepted() {
    let honest = signed(&KEY);
    let holds = |pdf: &[u8]| poolproof::sign::pades::read(|| Ok(Box::new(pdf)));
    assert!(holds(&honest).is_ok());
    let hole = Draft::default().hole();
    let mut other = honest.clone();
    for n in 0..honest.len() {
        // Every bit outside of the hole; in the signature's digits their value and their case; in the padding one place in 31.
        let bits: &[u8] = match n {
            _ if !hole.contains(&n) => &[1, 2, 4, 8, 16, 32, 64, 128],
            _ if n < hole.start + 2_400 => &[1, 32],
            _ if n % 31 == 0 => &[1],
            _ => continue,
        };
        for bit in bits {
            other[n] ^= bit;
            assert!(holds(&other).is_err(), "byte {n} ^ {bit}");
            other[n] ^= bit;
        }
    }
}

#[test]
fn what_lies_across_two_pieces_is_found() {
    // A reader that gives one byte at a time.
    let honest = signed(&KEY);
    let small = |pdf: &[u8]| {
        poolproof::sign::pades::scan::scan(|| Ok(Box::new(std::io::BufReader::with_capacity(1, std::io::Cursor::new(pdf.to_vec())))))
    };
    assert_eq!(small(&honest).unwrap(), poolproof::sign::pades::scan::scan_bytes(&honest).unwrap());
    let twice = draft(|d| d.after.extend_from_slice(REVISION));
    assert!(small(&twice).unwrap_err().contains("more than one"));
}
