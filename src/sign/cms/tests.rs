//! What is written reads back, and each way of being ambiguous is refused although its signature is good.

use chrono::{DateTime, Utc};
use der::Encode as _;
use der::asn1::ObjectIdentifier;

use super::*;
use crate::clock::parse_rfc3339;
use crate::digest::sha256;
use crate::sign::asn1::{self, CONTEXT_0, CONTEXT_1, INTEGER, NULL, OCTETS, SEQUENCE, SET};
use crate::sign::x509::{self, Certificate, ECDSA_WITH_SHA256};
use crate::sign::{LocalKey, Signer as _};

const MESSAGE: &[u8] = b"0123  data/evidence.json\n";

fn at() -> DateTime<Utc> {
    parse_rfc3339("2026-10-01T08:00:00Z").unwrap()
}

fn signer() -> (LocalKey, Vec<Vec<u8>>) {
    let key = LocalKey::throw_away().unwrap();
    let chain = vec![x509::self_signed(&key, "Example Ltd", at()).unwrap()];
    (key, chain)
}

fn sealed(profile: Profile) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (key, chain) = signer();
    let what = ToSign {
        content_type: if profile == Profile::Token { TST_INFO } else { DATA },
        content: if profile == Profile::Token { Content::Attached(MESSAGE) } else { Content::Detached(sha256(MESSAGE)) },
        chain: &chain,
        signing_time: (profile != Profile::Pades).then(at),
    };
    (build(&what, &key).unwrap().to_der().unwrap(), chain)
}

fn cades(bytes: &[u8]) -> Result<Signed, String> {
    read(bytes, Profile::Cades, Over::Bytes(MESSAGE), &[])
}

#[test]
fn each_profile_reads_back_what_it_wrote_and_none_passes_for_another() {
    use Profile::{Cades, Pades, Token};
    for made in [Cades, Pades, Token] {
        let (bytes, chain) = sealed(made);
        for wanted in [Cades, Pades, Token] {
            let over = if wanted == Token { Over::Attached } else { Over::Sha256(sha256(MESSAGE)) };
            let result = read(&bytes, wanted, over, &[]);
            assert_eq!(result.is_ok(), made == wanted, "{made:?} as {wanted:?}: {result:?}");
            if let Ok(signed) = result {
                assert_eq!((signed.signer.der(), &signed.certificates), (chain[0].as_slice(), &chain));
                assert_eq!(signed.signing_time, (made != Pades).then(at));
                assert_eq!(signed.content.as_deref(), (made == Token).then_some(MESSAGE));
                assert!(signed.unsigned.is_empty());
            }
        }
    }
}

#[test]
fn a_time_stamp_is_added_without_touching_what_was_signed() {
    let (key, chain) = signer();
    let what = ToSign { content_type: DATA, content: Content::Detached(sha256(MESSAGE)), chain: &chain, signing_time: Some(at()) };
    let built = build(&what, &key).unwrap();
    let before = cades(&built.to_der().unwrap()).unwrap();
    let token = asn1::write(SEQUENCE, b"\x05\x00");
    let stamped = built.clone().with_timestamp(&token).to_der().unwrap();
    let after = cades(&stamped).unwrap();
    assert_eq!((before.signature.as_slice(), before.timestamp()), (built.signature(), None));
    assert_eq!((after.signature.as_slice(), after.timestamp()), (built.signature(), Some(token.as_slice())));
    assert_eq!(before.signed_attributes, after.signed_attributes);
    let again = built.with_timestamp(&token).with_timestamp(&token).to_der().unwrap();
    assert_eq!(again, stamped);
}

#[test]
fn other_bytes_another_key_and_trailing_bytes_are_refused() {
    let (bytes, chain) = sealed(Profile::Cades);
    assert!(cades(&bytes).is_ok());
    assert!(read(&bytes, Profile::Cades, Over::Bytes(b"other"), &[]).unwrap_err().contains("over other bytes"));
    assert!(cades(&[bytes.as_slice(), b"\0"].concat()).unwrap_err().contains("follow its end"));
    assert!(cades(&bytes[..bytes.len() - 1]).is_err());
    let what = ToSign { content_type: DATA, content: Content::Detached(sha256(MESSAGE)), chain: &chain, signing_time: Some(at()) };
    assert!(build(&what, &LocalKey::throw_away().unwrap()).unwrap_err().to_string().contains("not of the key"));
    assert!(build(&ToSign { chain: &[], ..what }, &LocalKey::throw_away().unwrap()).is_err());
}

/// A byte may only be changed where it says nothing: nowhere.
#[test]
fn no_flipped_bit_goes_through() {
    let (bytes, chain) = sealed(Profile::Cades);
    for n in 0..bytes.len() {
        for bit in [1, 0x20, 0x80] {
            let mut flipped = bytes.clone();
            flipped[n] ^= bit;
            // Even where the certificate is at hand from elsewhere.
            assert!(read(&flipped, Profile::Cades, Over::Bytes(MESSAGE), &chain).is_err(), "byte {n} bit {bit}");
        }
    }
}

/// A signature made by hand, with a good signature over whatever it says.
struct Forge {
    key: LocalKey,
    chain: Vec<Vec<u8>>,
    version: u8,
    /// In the order in which they are stored.
    attributes: Vec<Vec<u8>>,
    content: Vec<u8>,
    digests: Vec<u8>,
    certificates: Vec<u8>,
    signature_algorithm: Vec<u8>,
    unsigned: Vec<u8>,
    lists: Vec<u8>,
    signers: usize,
    after: Vec<u8>,
    sid: Option<Vec<u8>>,
    spell: fn(Vec<u8>) -> Vec<u8>,
}

fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    oid.to_der().unwrap()
}

fn attribute(kind: ObjectIdentifier, values: &[&[u8]]) -> Vec<u8> {
    asn1::list(SEQUENCE, &[&oid(kind), &asn1::list(SET, values)])
}

fn algorithm(kind: ObjectIdentifier) -> Vec<u8> {
    asn1::write(SEQUENCE, &oid(kind))
}

fn cert_id(parts: &[&[u8]]) -> Vec<u8> {
    attribute(SIGNING_CERTIFICATE_V2, &[&asn1::write(SEQUENCE, &asn1::write(SEQUENCE, &asn1::list(SEQUENCE, parts)))])
}

impl Forge {
    fn honest() -> Self {
        let (key, chain) = signer();
        let mut attributes = vec![
            attribute(CONTENT_TYPE, &[&oid(DATA)]),
            attribute(MESSAGE_DIGEST, &[&asn1::write(OCTETS, &sha256(MESSAGE))]),
            attribute(SIGNING_TIME, &[&asn1::write(0x17, b"261001080000Z")]),
            cert_id(&[&asn1::write(OCTETS, &sha256(&chain[0]))]),
        ];
        attributes.sort();
        Self {
            key,
            version: 1,
            attributes,
            content: oid(DATA),
            digests: algorithm(SHA_256),
            certificates: chain[0].clone(),
            chain,
            signature_algorithm: algorithm(ECDSA_WITH_SHA256),
            unsigned: Vec::new(),
            lists: Vec::new(),
            signers: 1,
            after: Vec::new(),
            sid: None,
            spell: |bytes| bytes,
        }
    }

    fn result(change: impl FnOnce(&mut Self)) -> Result<Signed, String> {
        let mut forge = Self::honest();
        change(&mut forge);
        cades(&forge.bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        let certificate = Certificate::read(&self.chain[0]).unwrap();
        let fields = certificate.fields();
        let set = asn1::write(SET, &self.attributes.concat());
        let signature = self.key.sign(&set).unwrap();
        let mut stored = (self.spell)(set);
        stored[0] = CONTEXT_0;
        let sid = asn1::list(SEQUENCE, &[&fields.issuer.to_der().unwrap(), &fields.serial_number.to_der().unwrap()]);
        let entry = [
            asn1::write(INTEGER, &[1]),
            self.sid.clone().unwrap_or(sid),
            algorithm(SHA_256),
            stored,
            self.signature_algorithm.clone(),
            asn1::write(OCTETS, &signature),
            self.unsigned.clone(),
        ];
        let body = [
            asn1::write(INTEGER, &[self.version]),
            asn1::write(SET, &self.digests),
            asn1::write(SEQUENCE, &self.content),
            asn1::write(CONTEXT_0, &self.certificates),
            self.lists.clone(),
            asn1::write(SET, &asn1::write(SEQUENCE, &entry.concat()).repeat(self.signers)),
            self.after.clone(),
        ];
        asn1::list(SEQUENCE, &[&oid(SIGNED_DATA), &asn1::write(CONTEXT_0, &asn1::write(SEQUENCE, &body.concat()))])
    }
}

#[test]
fn the_forge_is_honest_until_it_is_told_otherwise() {
    assert!(Forge::result(|_| ()).is_ok());
}

#[track_caller]
fn refused(word: &str, change: impl FnOnce(&mut Forge)) {
    let why = Forge::result(change).expect_err(word);
    assert!(why.contains(word), "{word}: {why}");
}

#[test]
fn unsorted_attributes_are_refused_although_they_are_signed_so() {
    refused("not in the order", |f| f.attributes.reverse());
}

#[test]
fn attributes_in_a_long_form_length_are_refused() {
    // The set is longer than 127 bytes: give it a length with a leading zero.
    refused("shortest form", |f| {
        f.spell = |set| {
            assert_eq!(set[1], 0x81);
            [&[set[0], 0x82, 0][..], &set[2..]].concat()
        };
    });
}

#[test]
fn two_signers_or_none_are_refused() {
    refused("2 signers", |f| f.signers = 2);
    refused("0 signers", |f| f.signers = 0);
}

#[test]
fn two_values_no_value_and_twins_are_refused() {
    let digest = asn1::write(OCTETS, &sha256(MESSAGE));
    let other = asn1::write(OCTETS, &sha256(b"other"));
    let replace = |f: &mut Forge, with: &[&[u8]]| {
        let at = f.attributes.iter().position(|a| a.windows(32).any(|w| w == sha256(MESSAGE))).unwrap();
        f.attributes[at] = attribute(MESSAGE_DIGEST, with);
        f.attributes.sort();
    };
    refused("2 values", |f| replace(f, &[&digest, &other]));
    refused("0 values", |f| replace(f, &[]));
    refused("stands there twice", |f| {
        f.attributes.push(attribute(MESSAGE_DIGEST, &[&other]));
        f.attributes.sort();
    });
    refused("over other bytes", |f| replace(f, &[&other]));
}

#[test]
fn what_is_missing_or_does_not_belong_is_refused() {
    let without =
        |kind: ObjectIdentifier| move |f: &mut Forge| f.attributes.retain(|a| !a.windows(oid(kind).len()).any(|w| w == oid(kind)));
    refused("content type", without(CONTENT_TYPE));
    refused("no message digest", without(MESSAGE_DIGEST));
    refused("no signing time", without(SIGNING_TIME));
    refused("does not name the signer's certificate", without(SIGNING_CERTIFICATE_V2));
    refused("does not have", |f| {
        f.attributes.push(attribute(SIGNATURE_TIME_STAMP, &[&asn1::write(NULL, &[])]));
        f.attributes.sort();
    });
    refused("empty set", |f| f.attributes.clear());
    refused("part too many", |f| f.after = asn1::write(NULL, &[]));
}

#[test]
fn another_content_type_inside_or_signed_is_refused() {
    refused("another type", |f| f.content = oid(TST_INFO));
    refused("content type", |f| {
        f.attributes.retain(|a| !a.windows(oid(CONTENT_TYPE).len()).any(|w| w == oid(CONTENT_TYPE)));
        f.attributes.push(attribute(CONTENT_TYPE, &[&oid(TST_INFO)]));
        f.attributes.sort();
    });
    refused("not as expected", |f| f.content.extend(asn1::write(CONTEXT_0, &asn1::write(OCTETS, MESSAGE))));
    refused("version", |f| f.version = 3);
}

#[test]
fn another_certificate_than_the_one_signed_for_is_refused() {
    // The same key and name, another certificate: the attack that signing-certificate-v2 is there for.
    let twin = |f: &Forge| x509::self_signed(&f.key, "Example Ltd", at()).unwrap();
    refused("not there", |f| f.certificates = twin(f));
    refused("different certificates", |f| {
        let other = twin(f);
        let certificate = Certificate::read(&other).unwrap();
        let fields = certificate.fields();
        f.sid = Some(asn1::list(SEQUENCE, &[&fields.issuer.to_der().unwrap(), &fields.serial_number.to_der().unwrap()]));
    });
    refused("named as its version asks", |f| f.sid = Some(asn1::write(0x80, &[7; 20])));
    refused("not in the order", |f| {
        let mut two = [twin(f), f.chain[0].clone()];
        two.sort();
        two.reverse();
        f.certificates = two.concat();
    });
}

#[test]
fn a_certificate_identifier_with_its_default_written_out_is_refused() {
    refused("default", |f| {
        let hash = asn1::write(OCTETS, &sha256(&f.chain[0]));
        f.attributes.retain(|a| !a.windows(32).any(|w| w == sha256(&f.chain[0])));
        f.attributes.push(cert_id(&[&algorithm(SHA_256), &hash]));
        f.attributes.sort();
    });
}

#[test]
fn other_algorithms_are_refused() {
    refused("signature algorithm", |f| f.signature_algorithm = algorithm(ObjectIdentifier::new_unwrap("1.2.840.10045.4.1")));
    refused("do not belong together", |f| f.signature_algorithm = algorithm(ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3")));
    refused("digest algorithms", |f| f.digests = algorithm(SHA_512));
    refused("digest algorithms", |f| f.digests = [algorithm(SHA_256), algorithm(SHA_512)].concat());
    refused("parameters", |f| f.signature_algorithm = asn1::list(SEQUENCE, &[&oid(ECDSA_WITH_SHA256), &asn1::write(NULL, &[])]));
}

#[test]
fn only_a_time_stamp_may_be_added() {
    refused("no time stamp", |f| f.unsigned = asn1::write(CONTEXT_1, &attribute(SIGNING_TIME, &[&asn1::write(NULL, &[])])));
    let ok = Forge::result(|f| f.unsigned = asn1::write(CONTEXT_1, &attribute(SIGNATURE_TIME_STAMP, &[&asn1::write(SEQUENCE, &[])])));
    assert!(ok.unwrap().timestamp().is_some());
    refused("revocation lists", |f| f.lists = asn1::write(CONTEXT_1, &[]));
}

#[test]
fn random_bytes_do_not_panic() {
    use proptest::prelude::*;
    let (bytes, _) = sealed(Profile::Token);
    proptest!(|(noise: Vec<u8>, at in 0..bytes.len(), value: u8, cut in 0..bytes.len())| {
        let mut changed = bytes.clone();
        changed[at] = value;
        changed.truncate(bytes.len() - cut);
        for input in [noise, changed] {
            for profile in [Profile::Cades, Profile::Pades, Profile::Token] {
                let _ = read(&input, profile, Over::Bytes(MESSAGE), &[]);
                let _ = read(&input, profile, Over::Attached, &[]);
            }
        }
    });
}
