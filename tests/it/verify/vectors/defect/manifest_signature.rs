//! Step 5: the signature over the manifest is missing, another's, over something else, or not in its one form.

use super::files;
use crate::sealing::tsa::tlv;
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
pub fn p7s_with_another_content_type() -> Vec<u8> {
    with(MANIFEST_P7S, signed(&HONEST[MANIFEST], &chain(), &KEY, |what| what.content_type = cms::TST_INFO).to_der().unwrap())
}
pub fn p7s_that_carries_the_manifest() -> Vec<u8> {
    let p7s = signed(b"", &chain(), &KEY, |what| what.content = Content::Attached(&HONEST[MANIFEST])).to_der().unwrap();
    with(MANIFEST_P7S, p7s)
}

/// The honest signature taken apart (RFC 5652, 5.1 and 5.3).
struct Apart {
    /// Version, digest algorithms, content, certificates, signers.
    data: Vec<Vec<u8>>,
    /// Version, who, digest algorithm, signed attributes, signature algorithm, signature.
    entry: Vec<Vec<u8>>,
    /// The signed attributes, in their order.
    attributes: Vec<Vec<u8>>,
}

impl Apart {
    fn honest() -> Self {
        let info = parts(&HONEST[MANIFEST_P7S]);
        let data = parts(&parts(&info[1])[0]);
        let entry = parts(&parts(&data[4])[0]);
        let attributes = parts(&entry[3]);
        Self { data, entry, attributes }
    }
    /// Signs the attributes as they stand.
    fn sign(&mut self, key: &LocalKey) {
        let attributes = tlv(0x31, &self.attributes.concat());
        self.entry[3] = tlv(0xa0, &self.attributes.concat());
        self.entry[5] = tlv(4, &poolproof::sign::Signer::sign(key, &attributes).unwrap());
    }
    fn entry(&self) -> Vec<u8> {
        tlv(0x30, &self.entry.concat())
    }
    fn with_signers(self, signers: &[Vec<u8>]) -> Vec<u8> {
        with(MANIFEST_P7S, self.p7s(signers))
    }
    fn p7s(mut self, signers: &[Vec<u8>]) -> Vec<u8> {
        self.data[4] = tlv(0x31, &signers.concat());
        let data = tlv(0xa0, &tlv(0x30, &self.data.concat()));
        tlv(0x30, &[parts(&HONEST[MANIFEST_P7S])[0].clone(), data].concat())
    }
    fn together(self) -> Vec<u8> {
        let entry = self.entry();
        self.with_signers(&[entry])
    }
}

/// The parts of a constructed value whose lengths are all below 64 kB.
fn parts(whole: &[u8]) -> Vec<Vec<u8>> {
    let end = |bytes: &[u8]| match bytes[1] {
        0x82 => (4, 4 + (usize::from(bytes[2]) << 8) + usize::from(bytes[3])),
        0x81 => (3, 3 + usize::from(bytes[2])),
        n => (2, 2 + usize::from(n)),
    };
    let mut rest = &whole[end(whole).0..];
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (one, more) = rest.split_at(end(rest).1);
        parts.push(one.to_vec());
        rest = more;
    }
    parts
}

pub fn certificate_added_to_the_signature_and_the_chain() -> Vec<u8> {
    let more = Certificate::read(&stranger().1.chain[0]).unwrap();
    let mut apart = Apart::honest();
    let mut certificates = [parts(&apart.data[3]), vec![more.der().to_vec()]].concat();
    certificates.sort();
    apart.data[3] = tlv(0xa0, &certificates.concat());
    let entry = apart.entry();
    let p7s = apart.p7s(&[entry]);
    let chain = [HONEST[CHAIN].as_slice(), more.to_pem().as_bytes()].concat();
    packed(&refixed_tags(files(|f| f.extend([(MANIFEST_P7S.to_owned(), p7s), (CHAIN.to_owned(), chain)])))).bytes()
}
pub fn p7s_with_unsorted_attributes() -> Vec<u8> {
    let mut apart = Apart::honest();
    assert_eq!(tlv(0xa0, &apart.attributes.concat()), apart.entry[3]);
    apart.attributes.reverse();
    apart.sign(&KEY);
    apart.together()
}
pub fn p7s_with_two_signers() -> Vec<u8> {
    let apart = Apart::honest();
    let entry = apart.entry();
    apart.with_signers(&[entry.clone(), entry])
}
pub fn p7s_without_a_signer() -> Vec<u8> {
    Apart::honest().with_signers(&[])
}
pub fn p7s_with_two_digests() -> Vec<u8> {
    let mut apart = Apart::honest();
    let digest = sha256(&HONEST[MANIFEST]);
    let mut twin = apart.attributes.iter().find(|a| a.ends_with(&digest)).unwrap().clone();
    *twin.last_mut().unwrap() ^= 1;
    apart.attributes.push(twin);
    apart.attributes.sort();
    apart.sign(&KEY);
    apart.together()
}
pub fn p7s_without_its_certificate_named() -> Vec<u8> {
    let mut apart = Apart::honest();
    let hash = sha256(&chain()[0]);
    apart.attributes.retain(|a| !a.windows(32).any(|w| w == hash));
    apart.sign(&KEY);
    apart.together()
}
pub fn p7s_with_its_time_changed() -> Vec<u8> {
    let mut apart = Apart::honest();
    let time = sealed_at().format("%y%m%d%H%M%SZ").to_string();
    let at = |bytes: &[u8]| bytes.windows(time.len()).position(|w| w == time.as_bytes());
    let place = at(&apart.entry[3]).unwrap();
    apart.entry[3][place + 1] ^= 1;
    apart.together()
}
pub fn p7s_signed_by_another_key_under_the_honest_certificate() -> Vec<u8> {
    let mut apart = Apart::honest();
    apart.sign(&stranger().0);
    apart.together()
}
pub fn p7s_with_its_certificate_exchanged() -> Vec<u8> {
    let mut apart = Apart::honest();
    let twin = x509::self_signed(&*KEY, "Example Ltd", sealed_at()).unwrap();
    assert_ne!(twin, chain()[0]);
    apart.data[3] = tlv(0xa0, &twin);
    apart.together()
}
