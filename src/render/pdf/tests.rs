//! The PDF: same bytes, whole rows, repeated heads, hostile text, attachments.

use super::*;
use crate::io;

#[test]
fn the_same_document_gives_the_same_bytes() {
    let once = || render(&sample::document(20), &Theme::default(), &sample::evidence()).unwrap();
    assert_eq!(once(), once());
}

/// Writes the sample to look at, and for validators: `cargo test -- --ignored sample_to_look_at --nocapture` says where.
#[test]
#[ignore = "writes a file"]
fn sample_to_look_at() {
    let pdf = render(&sample::document(90), &Theme::default(), &sample::evidence()).unwrap();
    let path = tempfile::tempdir().unwrap().keep().join("sample.pdf");
    io::write_atomic(&path, &pdf.bytes, false).unwrap();
    println!("{}", path.display());
}
