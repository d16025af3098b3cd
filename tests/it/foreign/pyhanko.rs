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

/// Whatever the PDF library takes, what comes out is a signed report in the one form that is read, or an error in words.
#[cfg(feature = "pdf")]
#[test]
fn a_foreign_pdf_is_signed_in_full_or_refused() {
    let identity = crate::sealing::identity(&crate::sealing::KEY);
    let (mut signed, mut refused) = (0, 0);
    for (name, bytes) in corpus() {
        match pades::seal::sign(&bytes, &identity, poolproof::clock::now(), |_| None) {
            Ok(sealed) => {
                read(&sealed).unwrap_or_else(|why| panic!("{name}: {why}"));
                assert_eq!(pades::seal::again(&bytes, &sealed).unwrap(), sealed, "{name}");
                signed += 1;
            }
            Err(why) => {
                assert!(!why.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(signed > 0 && refused > 0, "{signed} signed, {refused} refused");
}
