//! pyHanko's PDF files: signed ones, altered ones, malformed ones. None is a report of ours, and none may pass for one.

use super::home;
use poolproof::sign::pades;
use std::io::BufRead;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(home("pyhanko/pdf")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())).collect();
    all.sort();
    assert!(all.len() > 100, "{} files", all.len());
    all
}

fn read(bytes: &[u8]) -> Result<pades::Sealed, String> {
    pades::read(|| Ok(Box::new(bytes) as Box<dyn BufRead>))
}

#[test]
fn no_foreign_pdf_passes_for_a_signed_report() {
    for (name, bytes) in corpus() {
        let why = read(&bytes).expect_err(&name);
        assert!(!why.is_empty(), "{name}");
    }
}

/// Only reports as `render` writes them are signed; whatever a PDF library makes of the others, the answer is in words.
#[cfg(feature = "pdf")]
#[test]
fn no_foreign_pdf_is_signed_as_a_report() {
    let identity = crate::sealing::identity(&crate::sealing::KEY);
    for (name, bytes) in corpus() {
        let why = pades::seal::sign(&bytes, &identity, poolproof::clock::now(), |_| None).expect_err(&name);
        assert!(why.to_string().starts_with("report.pdf cannot be signed"), "{name}: {why}");
    }
}
