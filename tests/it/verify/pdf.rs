//! Step 6: an honest report passes, and no flip of one of its bytes does. The reports that depart from the one form in a single
//! point are vectors: `vectors/defect/pdf.rs`.

use super::vectors::defect::pdf::REVISION;
use super::{options, verified_files};
use crate::sealing::pdf::{Draft, signed};
use crate::sealing::{HONEST, KEY, resealed};
use poolproof::sign::pades;
use poolproof::verify::outcome::{Outcome, StepName};

fn draft(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = Draft::default();
    change(&mut draft);
    draft.signed(&KEY)
}

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
fn a_report_cut_off_anywhere_is_refused() {
    let whole = signed(&KEY);
    for keep in (0..whole.len()).rev().step_by(97).chain([0]) {
        assert!(pades::read(|| Ok(Box::new(&whole[..keep]))).is_err(), "{keep} bytes");
    }
}

#[test]
fn no_single_flip_of_a_byte_of_a_signed_report_is_accepted() {
    let honest = signed(&KEY);
    let holds = |pdf: &[u8]| pades::read(|| Ok(Box::new(pdf)));
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
    let small = |pdf: &[u8]| pades::scan::scan(|| Ok(Box::new(std::io::BufReader::with_capacity(1, std::io::Cursor::new(pdf.to_vec())))));
    assert_eq!(small(&honest).unwrap(), pades::scan::scan_bytes(&honest).unwrap());
    let twice = draft(|d| d.after.extend_from_slice(REVISION));
    assert!(small(&twice).unwrap_err().contains("more than one"));
}
