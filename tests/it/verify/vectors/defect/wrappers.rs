//! Step 8: the signature's other forms say something else.

use super::{DSSE, SIGSTORE, files};
use crate::sealing::{HONEST, KEY, edit, packed, refixed_tags};
use poolproof::sign::{dsse::Envelope, sigstore};

pub fn pae_wrapper_differs() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, "signature/statement.pae", "DSSEv1", "DSSEv2")))).bytes()
}
pub fn sig_wrapper_is_another_signature() -> Vec<u8> {
    let again = poolproof::sign::Signer::sign(&*KEY, &HONEST["signature/statement.pae"]).unwrap();
    packed(&refixed_tags(files(|f| drop(f.insert("signature/statement.sig".to_owned(), again))))).bytes()
}
pub fn sigstore_wrapper_names_another_key() -> Vec<u8> {
    let hint = KEY.public().fingerprint().to_string();
    packed(&refixed_tags(files(|f| edit(f, SIGSTORE, &hint, &"ab".repeat(32))))).bytes()
}
pub fn sigstore_wrapper_of_another_statement() -> Vec<u8> {
    let other = Envelope::seal("x", b"y".to_vec(), &*KEY).unwrap();
    packed(&refixed_tags(files(|f| drop(f.insert(SIGSTORE.to_owned(), sigstore::wrap(&other)))))).bytes()
}
pub fn sigstore_wrapper_with_a_second_content() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, SIGSTORE, "{", "{\"messageSignature\":{\"signature\":\"AA==\"},")))).bytes()
}
pub fn sigstore_wrapper_with_blanks() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, SIGSTORE, "{", "{ ")))).bytes()
}
pub fn envelope_with_a_member_that_nobody_signed() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, DSSE, "{", "{\"reviewed_by\":\"an auditor\",")))).bytes()
}
pub fn envelope_with_blanks() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, DSSE, "{", "{ ")))).bytes()
}
pub fn public_key_with_other_line_breaks() -> Vec<u8> {
    packed(&refixed_tags(files(|f| edit(f, "signature/signer.pub.pem", "\n", "\r\n")))).bytes()
}
