//! Every flip of a byte in a small bundle is either refused or leaves every file as it was (rulings 24).

use super::{options, verified};
use crate::sealing::{KEY, plain_input, seal};
use poolproof::bundle::Bag;
use std::io::Cursor;

#[test]
fn every_flipped_byte_is_refused_or_changes_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let sealed = seal(dir.path(), &plain_input(), &KEY).unwrap();
    let honest = std::fs::read(&sealed.path).unwrap();
    let (mut refused, mut same) = (0, 0);
    for at in 0..honest.len() {
        for mask in [0x01, 0x80] {
            let mut flipped = honest.clone();
            flipped[at] ^= mask;
            match Bag::zip(Box::new(Cursor::new(flipped))) {
                Err(_) => refused += 1,
                Ok(bag) => {
                    assert_eq!(bag.files(), &sealed.files, "byte {at} ^ {mask:#x} changed a file, and the container was accepted");
                    same += 1;
                }
            }
        }
    }
    // The directory's "made by", mode bits and unused bits of DEFLATE padding say nothing of content; all else is refused.
    assert!(refused > 10 * same, "{refused} refused, {same} the same");
}

#[test]
fn every_flipped_byte_of_every_file_is_refused_by_the_steps_alone() {
    // The container's own CRC is put right each time, so that only manifests and the signature stand in the way.
    let files = &*crate::sealing::HONEST;
    for (path, bytes) in files.iter().filter(|(_, bytes)| bytes.len() < 3000) {
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = files.clone();
            changed.get_mut(path).unwrap()[at] ^= 0x01;
            let report = verified(crate::sealing::packed(&changed).bytes(), &super::Options { reperform: false, ..options() });
            assert_eq!(report.exit, 4, "{path} byte {at}");
        }
    }
}
