//! Step 5: the signature over the manifest is missing, another's, over something else, or not in its one form.

use super::files;
use crate::sealing::{Files, HONEST, KEY, identity, packed, payload, refixed_tags, resealed, sealed_at};
use poolproof::bundle::layout::{CHAIN, MANIFEST, MANIFEST_P7S};
use poolproof::digest::sha256;
use poolproof::sign::cms::{self, Content, ToSign};
use poolproof::sign::x509::{self, Certificate};
use poolproof::sign::{Identity, LocalKey};

fn with(path: &str, bytes: Vec<u8>) -> Vec<u8> {
    packed(&refixed_tags(files(|f| drop(f.insert(path.to_owned(), bytes))))).bytes()
}

/// The certificate that the honest key's signature carries.
fn chain() -> Vec<Vec<u8>> {
    let pem = String::from_utf8(HONEST[CHAIN].clone()).unwrap();
    x509::chain_from_pem(&pem).unwrap().iter().map(|c| c.der().to_vec()).collect()
}

fn signed(manifest: &[u8], chain: &[Vec<u8>], key: &LocalKey, change: impl FnOnce(&mut ToSign<'_>)) -> cms::Built {
    let content = Content::Detached(sha256(manifest));
    let mut what = ToSign { content_type: cms::DATA, content, chain, signing_time: Some(sealed_at()) };
    change(&mut what);
    cms::build(&what, key).unwrap()
}

fn stranger() -> (LocalKey, Identity) {
    let key = LocalKey::throw_away().unwrap();
    let identity = identity(&key);
    (key, identity)
}

pub fn p7s_missing() -> Vec<u8> {
    packed(&refixed_tags(files(|f| drop(f.remove(MANIFEST_P7S))))).bytes()
}
pub fn p7s_of_another_manifest() -> Vec<u8> {
    with(MANIFEST_P7S, signed(b"", &chain(), &KEY, |_| ()).to_der().unwrap())
}
pub fn p7s_by_another_key() -> Vec<u8> {
    let (key, other) = stranger();
    let p7s = signed(&HONEST[MANIFEST], &other.chain, &key, |_| ()).to_der().unwrap();
    let pem = Certificate::read(&other.chain[0]).unwrap().to_pem();
    packed(&refixed_tags(files(|f| {
        f.insert(MANIFEST_P7S.to_owned(), p7s);
        f.insert(CHAIN.to_owned(), pem.into_bytes());
    })))
    .bytes()
}
pub fn p7s_replaced_by_its_certificate() -> Vec<u8> {
    with(MANIFEST_P7S, chain().remove(0))
}
pub fn p7s_with_trailing_bytes() -> Vec<u8> {
    with(MANIFEST_P7S, [HONEST[MANIFEST_P7S].as_slice(), b"\n"].concat())
}
pub fn p7s_without_a_signing_time() -> Vec<u8> {
    with(MANIFEST_P7S, signed(&HONEST[MANIFEST], &chain(), &KEY, |what| what.signing_time = None).to_der().unwrap())
}
pub fn p7s_with_a_time_stamp_added() -> Vec<u8> {
    with(MANIFEST_P7S, signed(&HONEST[MANIFEST], &chain(), &KEY, |_| ()).with_timestamp(b"\x30\x00").to_der().unwrap())
}
pub fn p7s_of_another_bundle() -> Vec<u8> {
    let other: Files = resealed(&payload("weak"), &KEY);
    with(MANIFEST_P7S, other[MANIFEST_P7S].clone())
}
pub fn signer_chain_of_another_key() -> Vec<u8> {
    with(CHAIN, Certificate::read(&stranger().1.chain[0]).unwrap().to_pem().into_bytes())
}
pub fn signer_chain_with_one_more() -> Vec<u8> {
    let more = Certificate::read(&stranger().1.chain[0]).unwrap().to_pem();
    with(CHAIN, [HONEST[CHAIN].as_slice(), more.as_bytes()].concat())
}
