//! Step 1: containers that two readers could understand differently, or that harm their reader.

use super::{EVIDENCE, entry, plus, plus_with, with_entry, zipped};
use crate::sealing::zip::{Entry, Zip};
use crate::sealing::{HONEST, packed};

pub fn no_zip_at_all() -> Vec<u8> {
    b"%PDF-1.7 this is something else altogether".to_vec()
}
pub fn empty_file() -> Vec<u8> {
    Vec::new()
}
pub fn empty_zip() -> Vec<u8> {
    Zip::default().bytes()
}
pub fn truncated_in_the_directory() -> Vec<u8> {
    let bytes = packed(&HONEST).bytes();
    bytes[..bytes.len() - 40].to_vec()
}
pub fn truncated_in_a_file() -> Vec<u8> {
    packed(&HONEST).bytes()[..500].to_vec()
}
pub fn trailing_bytes() -> Vec<u8> {
    zipped(|zip| zip.after = b"x".to_vec())
}
pub fn leading_bytes() -> Vec<u8> {
    zipped(|zip| zip.before = b"#!/bin/sh\n".to_vec())
}
pub fn container_comment() -> Vec<u8> {
    zipped(|zip| zip.comment = b"hello".to_vec())
}
pub fn entry_comment() -> Vec<u8> {
    with_entry("bagit.txt", |e| e.comment = b"hello".to_vec())
}
pub fn entry_count_lies() -> Vec<u8> {
    zipped(|zip| zip.count = Some(zip.entries.len() as u16 - 1))
}
pub fn gap_between_entries() -> Vec<u8> {
    with_entry("bagit.txt", |e| e.gap = b"hidden".to_vec())
}
pub fn gap_before_the_directory() -> Vec<u8> {
    zipped(|zip| zip.before_directory = b"hidden".to_vec())
}
pub fn bytes_in_the_directory() -> Vec<u8> {
    zipped(|zip| zip.after_directory = b"hidden".to_vec())
}
pub fn overlapping_entries() -> Vec<u8> {
    zipped(|zip| {
        let n = entry(zip, "bagit.txt");
        zip.entries[n].offset = Some(0);
    })
}
pub fn zip_local_header_name_differs() -> Vec<u8> {
    with_entry("bagit.txt", |e| e.local_name = Some(b"top/bagit.tx_".to_vec()))
}
pub fn zip_local_size_differs() -> Vec<u8> {
    with_entry("bagit.txt", |e| e.local_size = Some(e.size - 1))
}
pub fn zip_bomb_ratio() -> Vec<u8> {
    zipped(|zip| zip.entries.push(Entry::deflated("top/data/zeroes", &vec![0; 8 << 20])))
}
pub fn unpacks_to_more_than_its_size() -> Vec<u8> {
    zipped(|zip| zip.entries.push(Entry { size: 10, ..Entry::deflated("top/data/zeroes", &vec![0; 8 << 20]) }))
}
pub fn crc_differs() -> Vec<u8> {
    with_entry("bagit.txt", |e| e.crc ^= 1)
}
pub fn bytes_after_the_deflate_stream() -> Vec<u8> {
    with_entry("bagit.txt", |e| {
        *e = Entry::deflated("top/bagit.txt", &HONEST["bagit.txt"]);
        e.data.extend(b"hidden");
        e.packed += 6;
    })
}
pub fn deflate_stream_cut_off() -> Vec<u8> {
    with_entry(EVIDENCE, |e| {
        *e = Entry::deflated("top/data/evidence.json", &HONEST[EVIDENCE]);
        e.data.pop();
        e.packed -= 1;
    })
}
pub fn stored_sizes_differ() -> Vec<u8> {
    plus_with(|e| e.size = 2)
}
pub fn path_escape() -> Vec<u8> {
    plus("top/../../../etc/cron.d/x")
}
pub fn path_absolute() -> Vec<u8> {
    plus("/etc/passwd")
}
pub fn path_backslash() -> Vec<u8> {
    plus("top\\..\\..\\x")
}
pub fn path_with_empty_part() -> Vec<u8> {
    plus("top//data/x")
}
pub fn path_with_control_character() -> Vec<u8> {
    plus("top/data/a\u{1b}[2Jb")
}
pub fn path_of_another_normal_form() -> Vec<u8> {
    plus("top/data/re\u{301}sume\u{301}.txt")
}
pub fn path_windows_device() -> Vec<u8> {
    plus("top/data/nul.txt")
}
pub fn duplicate_entry() -> Vec<u8> {
    plus("top/data/evidence.json")
}
pub fn case_colliding_entry() -> Vec<u8> {
    plus("top/data/Evidence.json")
}
pub fn case_colliding_folder() -> Vec<u8> {
    plus("top/Data/x")
}
pub fn file_that_is_also_a_folder() -> Vec<u8> {
    plus("top/data/evidence.json/x")
}
pub fn two_top_folders() -> Vec<u8> {
    plus("other/data/x")
}
pub fn file_beside_the_top_folder() -> Vec<u8> {
    plus("readme")
}
pub fn symlink_entry() -> Vec<u8> {
    plus_with(|e| e.external = 0o120_777 << 16)
}
pub fn device_entry() -> Vec<u8> {
    plus_with(|e| e.external = 0o020_666 << 16)
}
pub fn encrypted_entry() -> Vec<u8> {
    plus_with(|e| e.flags = 1)
}
pub fn data_descriptor() -> Vec<u8> {
    plus_with(|e| (e.flags, e.descriptor) = (8, true))
}
pub fn zip64_extra() -> Vec<u8> {
    plus_with(|e| e.extra = [&[1, 0, 8, 0][..], &[0; 8]].concat())
}
pub fn unicode_path_extra() -> Vec<u8> {
    plus_with(|e| e.extra = [&[0x75, 0x70, 6, 0, 1][..], &[0; 4], b"y"].concat())
}
pub fn unknown_method() -> Vec<u8> {
    plus_with(|e| e.method = 12)
}
pub fn folder_entry_without_files() -> Vec<u8> {
    zipped(|zip| zip.entries.push(Entry { external: 0o040_755 << 16, ..Entry::stored("top/data/empty/", b"") }))
}
pub fn folder_entry_with_content() -> Vec<u8> {
    zipped(|zip| zip.entries.push(Entry { external: 0o040_755 << 16, ..Entry::stored("top/data/", b"x") }))
}
/// The extra field of NTFS as it is, its last 20 bytes the locator of a ZIP64 end record, from which Python's zipfile goes on.
pub fn zip64_locator_before_the_end() -> Vec<u8> {
    plus_with(|e| e.extra = [&[0x0a, 0, 32, 0][..], &[0; 12], b"PK\x06\x07", &[0; 16]].concat())
}
pub fn extra_field_with_room_for_a_directory() -> Vec<u8> {
    plus_with(|e| e.extra = [&[0x55, 0x54, 46, 0][..], b"PK\x01\x02", &[0; 42]].concat())
}
pub fn extra_field_twice() -> Vec<u8> {
    plus_with(|e| e.extra = [0x55, 0x54, 1, 0, 0].repeat(2))
}
pub fn volume_label_entry() -> Vec<u8> {
    plus_with(|e| e.external |= 8)
}
