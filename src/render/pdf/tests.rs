//! The PDF: same bytes, whole rows, repeated heads, hostile text, attachments.

use super::*;

#[test]
fn the_same_document_gives_the_same_bytes() {
    let once = || render(&sample::document(20), &Theme::default(), &sample::evidence()).unwrap();
    assert_eq!(once(), once());
}
