//! Reading: one `SignedData`, taken apart byte by byte. What it returns has been checked: the signature over the signed
//! attributes as they are stored, the content's digest, and that the certificate is the one that was signed for.
//!
//! It must not say whether that certificate is to be trusted.

use chrono::{DateTime, Utc};
use der::Decode as _;
use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};

use super::algorithm::{self, Digest, identifier, object_identifier};
use super::{
    CONTENT_TYPE, DATA, MESSAGE_DIGEST, SHA_256, SIGNATURE_TIME_STAMP, SIGNED_DATA, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2,
    SIGNING_TIME, TST_INFO,
};
use crate::digest::sha256;
use crate::sign::asn1::{CONTEXT_0, CONTEXT_1, GENERALIZED_TIME, INTEGER, Item, OCTETS, SEQUENCE, SET, UTC_TIME};
use crate::sign::x509::Certificate;

/// Largest `SignedData` that is read, bytes.
const LARGEST: usize = 1 << 20;

/// What kind of signature is expected. The first two are what this program writes, and nothing else is taken for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Detached, with a signing time: CAdES-B.
    Cades,
    /// Detached, without a signing time: PAdES-B.
    Pades,
    /// A time-stamp token (RFC 3161), whoever made it.
    Token,
}

/// What the signature must be over.
#[derive(Clone, Copy, Debug)]
pub enum Over<'a> {
    /// These bytes, which it must not carry itself.
    Bytes(&'a [u8]),
    /// Bytes with this SHA-256, which it must not carry itself.
    Sha256([u8; 32]),
    /// The content that it carries.
    Attached,
}

/// A signature that holds.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What it carries, where it does.
    pub content: Option<Vec<u8>>,
    /// The certificate of the key that signed, named by the signed attributes.
    pub signer: Certificate,
    /// The signed attributes as SET OF: the bytes that were signed.
    pub signed_attributes: Vec<u8>,
    /// The content's digest, as signed.
    pub message_digest: Vec<u8>,
    /// The time that the signer claims.
    pub signing_time: Option<DateTime<Utc>>,
    /// The signature value.
    pub signature: Vec<u8>,
    /// The embedded certificates, DER, in their order: candidates for a chain, never trust.
    pub certificates: Vec<Vec<u8>>,
    /// What was added after signing. Nothing vouches for it but itself.
    pub unsigned: Vec<Unsigned>,
}

/// An unsigned attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Which.
    pub oid: ObjectIdentifier,
    /// Its one value, DER.
    pub value: Vec<u8>,
}

impl Signed {
    /// The signature time stamp, a `TimeStampToken` in DER. It has not been checked.
    pub fn timestamp(&self) -> Option<&[u8]> {
        self.unsigned.iter().find(|u| u.oid == SIGNATURE_TIME_STAMP).map(|u| u.value.as_slice())
    }
}

/// Reads and checks one signature. `more` are certificates in which a token's signer is looked for beside the embedded ones;
/// a seal must carry its own.
///
/// # Errors
/// What is wrong with it; nothing of it is to be used then.
pub fn read(bytes: &[u8], profile: Profile, over: Over<'_>, more: &[Vec<u8>]) -> Result<Signed, String> {
    if bytes.len() > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    let strict = profile != Profile::Token;
    let outer = Item::only(bytes)?.tagged(SEQUENCE, "the signature")?.parts()?;
    let [kind, explicit] = outer.as_slice() else { return Err("it is no CMS structure".to_owned()) };
    if object_identifier(kind, "its type")? != SIGNED_DATA {
        return Err("it is no CMS SignedData".to_owned());
    }
    let body = Item::only(explicit.tagged(CONTEXT_0, "its body")?.value)?.tagged(SEQUENCE, "its body")?.parts()?;
    let mut rest = Parts(body.into_iter().peekable());

    let version = rest.next(INTEGER, "its version")?.value;
    match (profile, version) {
        (Profile::Cades | Profile::Pades, [1]) | (Profile::Token, [3..=5]) => {}
        _ => return Err("its version does not fit its content".to_owned()),
    }
    let digests = rest.next(SET, "its digest algorithms")?;
    let named = if strict { digests.sorted("its digest algorithms")? } else { digests.parts()? };
    let content = content(&rest.next(SEQUENCE, "its content")?, profile, over)?;
    let certificates = match rest.maybe(CONTEXT_0) {
        Some(set) => if strict { set.sorted("its certificates")? } else { set.parts()? }.iter().map(|c| c.whole.to_vec()).collect(),
        None => Vec::new(),
    };
    if rest.maybe(CONTEXT_1).is_some() && strict {
        return Err("it carries revocation lists, which a seal does not".to_owned());
    }
    let signers = rest.next(SET, "its signers")?.parts()?;
    rest.end()?;
    let [signer] = signers.as_slice() else { return Err(format!("it has {} signers instead of one", signers.len())) };

    let mut entry = Parts(signer.tagged(SEQUENCE, "its signer")?.parts()?.into_iter().peekable());
    let version = entry.next(INTEGER, "the signer's version")?.value;
    let sid = entry.any("the signer's name")?;
    let digest_item = entry.any("the signer's digest algorithm")?;
    let digest = Digest::of(identifier(&digest_item, !strict, "the signer's digest algorithm")?)?;
    if strict && (digest != Digest::Sha256 || named.len() != 1) || !named.iter().any(|n| same_algorithm(n, &digest_item)) {
        return Err("its digest algorithms are not the ones expected".to_owned());
    }
    let stored = entry.next(CONTEXT_0, "its signed attributes")?;
    let signature_algorithm = identifier(&entry.any("the signature algorithm")?, !strict, "the signature algorithm")?;
    let signature = entry.next(OCTETS, "the signature value")?.value.to_vec();
    let unsigned = unsigned(entry.maybe(CONTEXT_1), strict)?;
    entry.end()?;

    let attributes = attributes(&stored, "signed attributes", true)?;
    let found = signed_attributes(&attributes, profile)?;
    // A seal carries its certificate itself; elsewhere is looked only for time-stamp authorities that leave theirs out.
    let candidates = certificates.iter().chain(if strict { &[] } else { more });
    let certificate = named_certificate(candidates, version, &sid, &found, strict)?;

    // As stored, with the tag under which it was signed: lengths are in their shortest form and the order is DER's, both
    // checked, so this is what any other encoder would make of it.
    let mut signed_attributes = stored.whole.to_vec();
    if let Some(tag) = signed_attributes.first_mut() {
        *tag = SET;
    }
    algorithm::check(&certificate, digest, signature_algorithm, &signed_attributes, &signature, strict)?;
    let expected = match (over, &content) {
        (Over::Bytes(bytes), None) => digest.compute(bytes),
        (Over::Sha256(wanted), None) if digest == Digest::Sha256 => wanted.to_vec(),
        (Over::Attached, Some(content)) => digest.compute(content),
        _ => return Err("whether it carries its content is not as expected".to_owned()),
    };
    if found.message_digest != expected {
        return Err("it is over other bytes".to_owned());
    }
    Ok(Signed {
        content,
        signer: certificate,
        signed_attributes,
        message_digest: found.message_digest,
        signing_time: found.signing_time,
        signature,
        certificates,
        unsigned,
    })
}

/// The parts of a SEQUENCE, taken one by one.
struct Parts<'a>(std::iter::Peekable<std::vec::IntoIter<Item<'a>>>);

impl<'a> Parts<'a> {
    fn any(&mut self, what: &str) -> Result<Item<'a>, String> {
        self.0.next().ok_or_else(|| format!("{what} is missing"))
    }
    fn next(&mut self, tag: u8, what: &str) -> Result<Item<'a>, String> {
        self.any(what)?.tagged(tag, what)
    }
    fn maybe(&mut self, tag: u8) -> Option<Item<'a>> {
        self.0.next_if(|item| item.tag == tag)
    }
    fn end(&mut self) -> Result<(), String> {
        self.0.next().map_or(Ok(()), |item| Err(format!("it has a part too many, with the tag {:02x}", item.tag)))
    }
}

fn same_algorithm(a: &Item<'_>, b: &Item<'_>) -> bool {
    let oid = |item: &Item<'_>| identifier(item, true, "a digest algorithm").ok();
    oid(a).is_some() && oid(a) == oid(b)
}

/// The content that it carries; its type must be the profile's.
fn content(item: &Item<'_>, profile: Profile, over: Over<'_>) -> Result<Option<Vec<u8>>, String> {
    let wanted = if profile == Profile::Token { TST_INFO } else { DATA };
    let parts = item.parts()?;
    let (kind, carried) = match parts.as_slice() {
        [kind] => (kind, None),
        [kind, explicit] => {
            let inner = Item::only(explicit.tagged(CONTEXT_0, "its content")?.value)?.tagged(OCTETS, "its content")?;
            (kind, Some(inner.value.to_vec()))
        }
        _ => return Err("its content has a part too many".to_owned()),
    };
    if object_identifier(kind, "its content type")? != wanted {
        return Err("its content is of another type than expected".to_owned());
    }
    if matches!(over, Over::Attached) != carried.is_some() {
        return Err("whether it carries its content is not as expected".to_owned());
    }
    Ok(carried)
}

/// Attributes by type, each with its one value; sorted and none twice.
fn attributes<'a>(set: &Item<'a>, what: &str, sorted: bool) -> Result<Vec<(ObjectIdentifier, Item<'a>)>, String> {
    let mut found: Vec<(ObjectIdentifier, Item<'a>)> = Vec::new();
    for item in if sorted { set.sorted(&format!("its {what}"))? } else { set.parts()? } {
        let parts = item.tagged(SEQUENCE, "an attribute")?.parts()?;
        let [kind, values] = parts.as_slice() else { return Err(format!("one of its {what} is no attribute")) };
        let oid = object_identifier(kind, "an attribute")?;
        let values = values.tagged(SET, "an attribute's values")?.parts()?;
        let [value] = values.as_slice() else { return Err(format!("the attribute {oid} has {} values instead of one", values.len())) };
        if found.iter().any(|(other, _)| *other == oid) {
            return Err(format!("the attribute {oid} stands there twice"));
        }
        found.push((oid, *value));
    }
    if found.is_empty() { Err(format!("its {what} are an empty set")) } else { Ok(found) }
}

/// A time-stamp authority's unsigned attributes need no order: nothing rests on them.
fn unsigned(set: Option<Item<'_>>, strict: bool) -> Result<Vec<Unsigned>, String> {
    let Some(set) = set else { return Ok(Vec::new()) };
    let found = attributes(&set, "unsigned attributes", strict)?;
    if strict && found.iter().any(|(oid, _)| *oid != SIGNATURE_TIME_STAMP) {
        return Err("it has an unsigned attribute that is no time stamp".to_owned());
    }
    Ok(found.into_iter().map(|(oid, value)| Unsigned { oid, value: value.whole.to_vec() }).collect())
}

/// What the signed attributes say.
struct Found {
    message_digest: Vec<u8>,
    signing_time: Option<DateTime<Utc>>,
    /// The signer's certificate by hash, in one or both forms, with issuer and serial number where they are given.
    ids: Vec<CertId>,
}

struct CertId {
    hash: Hash,
    value: Vec<u8>,
    issuer_serial: Option<(Vec<u8>, Vec<u8>)>,
}

enum Hash {
    Sha1,
    Sha2(Digest),
}

fn signed_attributes(attributes: &[(ObjectIdentifier, Item<'_>)], profile: Profile) -> Result<Found, String> {
    let strict = profile != Profile::Token;
    let (mut kind, mut digest, mut time, mut ids) = (None, None, None, Vec::new());
    for (oid, value) in attributes {
        match *oid {
            CONTENT_TYPE => kind = Some(object_identifier(value, "the signed content type")?),
            MESSAGE_DIGEST => digest = Some(value.tagged(OCTETS, "the message digest")?.value.to_vec()),
            SIGNING_TIME if profile != Profile::Pades => time = Some(instant(value)?),
            SIGNING_CERTIFICATE_V2 => ids.push(cert_id(value, true, strict)?),
            SIGNING_CERTIFICATE if !strict => ids.push(cert_id(value, false, strict)?),
            other if strict => return Err(format!("it has the signed attribute {other}, which such a signature does not have")),
            _ => {}
        }
    }
    if kind != Some(if profile == Profile::Token { TST_INFO } else { DATA }) {
        return Err("its signed content type is missing or another than expected".to_owned());
    }
    if profile == Profile::Cades && time.is_none() {
        return Err("it has no signing time".to_owned());
    }
    if ids.is_empty() {
        return Err("it does not name the signer's certificate among its signed attributes".to_owned());
    }
    Ok(Found { message_digest: digest.ok_or("it has no message digest")?, signing_time: time, ids })
}

/// The first entry of `SigningCertificate` or `SigningCertificateV2`: the signer's own (RFC 5035, 3 and 5).
fn cert_id(value: &Item<'_>, second_form: bool, strict: bool) -> Result<CertId, String> {
    let what = "the signer's certificate identifier";
    let parts = value.tagged(SEQUENCE, what)?.parts()?;
    let ids = parts.first().ok_or("the signer's certificate identifier is empty")?.tagged(SEQUENCE, what)?.parts()?;
    if strict && (parts.len() != 1 || ids.len() != 1) || parts.len() > 2 {
        return Err("the attribute that names the signer's certificate holds more than that".to_owned());
    }
    let first = ids.first().ok_or("the signer's certificate identifier is empty")?.tagged(SEQUENCE, what)?;
    let mut entry = Parts(first.parts()?.into_iter().peekable());
    let mut hash = if second_form { Hash::Sha2(Digest::Sha256) } else { Hash::Sha1 };
    if second_form && let Some(named) = entry.maybe(SEQUENCE) {
        let oid = identifier(&named, true, what)?;
        if strict || (oid == SHA_256 && named.parts()?.len() == 1) {
            return Err("it names SHA-256 for its certificate identifier, which is the default and must be left out".to_owned());
        }
        hash = Hash::Sha2(Digest::of(oid)?);
    }
    let value = entry.next(OCTETS, what)?.value.to_vec();
    let issuer_serial = entry.maybe(SEQUENCE).map(|item| issuer_serial(&item)).transpose()?;
    entry.end()?;
    if strict && issuer_serial.is_some() {
        return Err("the attribute that names the signer's certificate holds more than that".to_owned());
    }
    Ok(CertId { hash, value, issuer_serial })
}

/// `IssuerSerial`: one directoryName [4] and the serial number.
fn issuer_serial(item: &Item<'_>) -> Result<(Vec<u8>, Vec<u8>), String> {
    let bad = || "the issuer of the signer's certificate is not named as it must be".to_owned();
    let parts = item.parts()?;
    let [names, serial] = parts.as_slice() else { return Err(bad()) };
    let names = names.tagged(SEQUENCE, "the issuer")?.parts()?;
    let [name] = names.as_slice() else { return Err(bad()) };
    let name = Item::only(name.tagged(0xa4, "the issuer")?.value)?;
    Ok((name.whole.to_vec(), serial.tagged(INTEGER, "the serial number")?.whole.to_vec()))
}

/// The one certificate that both the signer's name and every signed identifier mean.
fn named_certificate<'a>(
    candidates: impl Iterator<Item = &'a Vec<u8>>,
    version: &[u8],
    sid: &Item<'_>,
    found: &Found,
    strict: bool,
) -> Result<Certificate, String> {
    let by_serial = match (version, sid.tag) {
        ([1], SEQUENCE) => true,
        ([3], 0x80) if !strict => false,
        _ => return Err("the signer is not named as its version asks for".to_owned()),
    };
    for der in candidates {
        let by_hash = found.ids.iter().all(|id| {
            id.value
                == match id.hash {
                    Hash::Sha1 => algorithm::sha1(der),
                    Hash::Sha2(Digest::Sha256) => sha256(der).to_vec(),
                    Hash::Sha2(other) => other.compute(der),
                }
        });
        if !by_hash {
            continue;
        }
        let certificate = Certificate::read(der).map_err(|why| format!("the signer's certificate: {why}"))?;
        let (issuer, serial) = issuer_and_serial(der)?;
        let ids_agree = found.ids.iter().filter_map(|id| id.issuer_serial.as_ref()).all(|(i, s)| (i, s) == (&issuer, &serial));
        let sid_agrees = if by_serial {
            sid.value == [issuer.as_slice(), serial.as_slice()].concat()
        } else {
            certificate.key_identifier().is_some_and(|id| id == sid.value)
        };
        if !ids_agree || !sid_agrees {
            return Err("the signer's name and the certificate identifier that was signed mean different certificates".to_owned());
        }
        return Ok(certificate);
    }
    Err("the certificate that was signed for is not there".to_owned())
}

/// Issuer and serial number of a certificate as they are written in it, so that bytes are compared with bytes.
fn issuer_and_serial(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>), String> {
    let outer = Item::only(der)?.parts()?;
    let mut fields = Parts(outer.first().ok_or("the signer's certificate is empty")?.parts()?.into_iter().peekable());
    let _version = fields.maybe(CONTEXT_0);
    let serial = fields.next(INTEGER, "the certificate's serial number")?;
    let _algorithm = fields.next(SEQUENCE, "the certificate's algorithm")?;
    let issuer = fields.next(SEQUENCE, "the certificate's issuer")?;
    Ok((issuer.whole.to_vec(), serial.whole.to_vec()))
}

fn instant(item: &Item<'_>) -> Result<DateTime<Utc>, String> {
    let bad = |_| "its signing time is no time".to_owned();
    let since = match item.tag {
        UTC_TIME => UtcTime::from_der(item.whole).map_err(bad)?.to_unix_duration(),
        GENERALIZED_TIME => GeneralizedTime::from_der(item.whole).map_err(bad)?.to_unix_duration(),
        _ => return Err("its signing time is no time".to_owned()),
    };
    i64::try_from(since.as_secs()).ok().and_then(|s| DateTime::from_timestamp(s, 0)).ok_or_else(|| "its signing time is no time".to_owned())
}
