//! Step 8: the signature's other forms say something else.

use super::{SIGSTORE, files};
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
