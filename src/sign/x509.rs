//! X.509 (RFC 5280): the self-signed certificate of a key, the request for one (PKCS#10, RFC 2986), and what a certificate says.
//!
//! It must not decide whether a certificate is to be trusted: that is for `verify`, from the caller's own list.

use std::str::FromStr as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString, UtcTime};
use der::{Decode as _, Encode as _};
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{AsExtension, Extension};
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use super::{SignError, Signer, pem};
use crate::digest::sha256;
use crate::io;

/// ecdsa-with-SHA256 (RFC 5758, 3.2).
pub const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// id-kp-documentSigning (RFC 9336): the extended key usage that a sealing certificate carries.
pub const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");
/// How long a self-signed certificate lasts. The key's own period stands in the caller's trust file; this is only long
/// enough that evidence can be checked with other tools while it must be kept (HIPAA: six years).
pub const SELF_SIGNED_DAYS: u64 = 3_653;
/// Most characters in a name's part (RFC 5280, A.1: ub-common-name, ub-organization-name).
const LONGEST_NAME: usize = 64;

/// A certificate, and the bytes that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads one DER certificate; nothing may follow it.
    ///
    /// # Errors
    /// It is none.
    pub fn read(der: &[u8]) -> Result<Self, String> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|e| format!("it is no X.509 certificate in DER ({e})"))?;
        Ok(Self { der: der.to_vec(), parsed })
    }

    /// The bytes that it was read from.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate's fields.
    pub fn fields(&self) -> &TbsCertificate {
        &self.parsed.tbs_certificate
    }

    /// Its public key, DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// The key cannot be written as DER again.
    pub fn spki(&self) -> Result<Vec<u8>, String> {
        self.fields().subject_public_key_info.to_der().map_err(|e| format!("its public key cannot be read ({e})"))
    }

    /// Whom it names, as RFC 4514 writes it.
    pub fn subject(&self) -> String {
        self.fields().subject.to_string()
    }

    /// Who issued it, as RFC 4514 writes it.
    pub fn issuer(&self) -> String {
        self.fields().issuer.to_string()
    }

    /// Whether subject and issuer are the same. It does not check a signature.
    pub fn is_self_issued(&self) -> bool {
        self.fields().subject == self.fields().issuer
    }

    /// First and last instant of its validity, UTC.
    pub fn validity(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let validity = &self.fields().validity;
        (instant(validity.not_before.to_unix_duration()), instant(validity.not_after.to_unix_duration()))
    }

    /// Its extended key usages; empty where it has none.
    ///
    /// # Errors
    /// The extension is damaged or stands there twice.
    pub fn usages(&self) -> Result<Vec<ObjectIdentifier>, String> {
        let found = self.fields().get::<ExtendedKeyUsage>().map_err(|_| "its extended key usage is damaged".to_owned())?;
        Ok(found.map(|(_, usages)| usages.0).unwrap_or_default())
    }

    /// Its subject key identifier, where it has one that can be read.
    pub fn key_identifier(&self) -> Option<Vec<u8>> {
        let found = self.fields().get::<SubjectKeyIdentifier>().ok().flatten();
        found.map(|(_, id)| id.0.into_bytes())
    }

    /// As PEM `CERTIFICATE`.
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der)
    }
}

/// The certificates in a PEM file, in its order; white space and comments may stand between them.
///
/// # Errors
/// There is none, or one is damaged.
pub fn chain_from_pem(text: &str) -> Result<Vec<Certificate>, String> {
    let found = pem::decode_all("CERTIFICATE", text)?;
    if found.is_empty() {
        return Err("it holds no PEM block labelled CERTIFICATE".to_owned());
    }
    found.iter().enumerate().map(|(n, der)| Certificate::read(der).map_err(|why| format!("certificate {}: {why}", n + 1))).collect()
}

/// Whether it is a revocation list in DER. It does not check a signature.
///
/// # Errors
/// It is none; nothing may follow it.
pub fn is_revocation_list(der: &[u8]) -> Result<(), String> {
    x509_cert::crl::CertificateList::from_der(der).map(|_| ()).map_err(|e| e.to_string())
}

/// Makes a certificate for a key, signed by that same key: key usage digitalSignature and nonRepudiation (critical), extended
/// key usage document signing, no CA; valid from `from` for [`SELF_SIGNED_DAYS`]. Returns DER.
///
/// # Errors
/// The key cannot be used, or the random generator fails.
pub fn self_signed(signer: &dyn Signer, organization: &str, from: DateTime<Utc>) -> Result<Vec<u8>, SignError> {
    let mut serial: [u8; 20] = io::random().map_err(|e| SignError::Failed(e.to_string()))?;
    // Positive and exactly 20 bytes long (RFC 5280, 4.1.2.2), whatever was drawn.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    let name = name(organization)?;
    let start = u64::try_from(from.timestamp()).map_err(|_| SignError::Failed("certificates begin in 1970 at the earliest".to_owned()))?;
    let spki = signer.public_key_spki();
    let fields = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial).map_err(bad)?,
        signature: algorithm(),
        issuer: name.clone(),
        validity: Validity { not_before: time(start)?, not_after: time(start + SELF_SIGNED_DAYS * 86_400)? },
        subject: name.clone(),
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(spki).map_err(bad)?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions(&name, spki, true)?),
    };
    let signature = signer.sign(&fields.to_der().map_err(bad)?)?;
    let certificate = x509_cert::Certificate {
        tbs_certificate: fields,
        signature_algorithm: algorithm(),
        signature: BitString::from_bytes(&signature).map_err(bad)?,
    };
    certificate.to_der().map_err(bad)
}

/// Makes a request for a certificate of this key (PKCS#10), asking for the same extensions. Returns PEM `CERTIFICATE REQUEST`.
///
/// # Errors
/// The key cannot be used.
pub fn request(signer: &dyn Signer, organization: &str) -> Result<String, SignError> {
    let name = name(organization)?;
    let spki = signer.public_key_spki();
    let asked = ExtensionReq(extensions(&name, spki, false)?);
    let info = CertReqInfo {
        version: x509_cert::request::Version::V1,
        subject: name,
        public_key: SubjectPublicKeyInfoOwned::from_der(spki).map_err(bad)?,
        attributes: vec![asked.try_into().map_err(bad)?].try_into().map_err(bad)?,
    };
    let signature = signer.sign(&info.to_der().map_err(bad)?)?;
    let request = CertReq { info, algorithm: algorithm(), signature: BitString::from_bytes(&signature).map_err(bad)? };
    Ok(pem::encode("CERTIFICATE REQUEST", &request.to_der().map_err(bad)?))
}

fn algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None }
}

/// `O=<organisation>, CN=<organisation> evidence seal`; without an organisation the common name alone.
fn name(organization: &str) -> Result<Name, SignError> {
    let plain: String = organization.chars().filter(|c| !c.is_control()).collect();
    let part = |text: &str| escaped(&text.chars().take(LONGEST_NAME).collect::<String>());
    let text = match plain.trim() {
        "" => "CN=Evidence seal".to_owned(),
        // RFC 4514 writes the last part first.
        named => format!("CN={},O={}", part(&format!("Evidence seal of {named}")), part(named)),
    };
    Name::from_str(&text).map_err(bad)
}

/// A value in an RFC 4514 name: what has a meaning there is written as hex.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-') || !c.is_ascii() {
            out.push(c);
        } else {
            out.push_str(&format!("\\{:02X}", u32::from(c)));
        }
    }
    out
}

fn extensions(name: &Name, spki: &[u8], for_certificate: bool) -> Result<Vec<Extension>, SignError> {
    let mut all: Vec<Extension> = Vec::new();
    if for_certificate {
        all.push(of(&BasicConstraints { ca: false, path_len_constraint: None }, name)?);
    }
    all.push(of(&KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation), name)?);
    all.push(of(&ExtendedKeyUsage(vec![DOCUMENT_SIGNING]), name)?);
    if for_certificate {
        all.push(of(&SubjectKeyIdentifier(OctetString::new(key_identifier(spki)).map_err(bad)?), name)?);
    }
    Ok(all)
}

fn of(extension: &impl AsExtension, name: &Name) -> Result<Extension, SignError> {
    extension.to_extension(name, &[]).map_err(bad)
}

/// RFC 7093, 2, method 1: the first 160 bits of the SHA-256 of the key's bits.
fn key_identifier(spki: &[u8]) -> Vec<u8> {
    // A P-256 key has one spelling here (`PublicKey`): 26 bytes, then the point.
    sha256(spki.get(26..).unwrap_or(spki)).iter().take(20).copied().collect()
}

/// UTCTime until 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5).
fn time(seconds: u64) -> Result<Time, SignError> {
    let since = Duration::from_secs(seconds);
    UtcTime::from_unix_duration(since)
        .map(Time::UtcTime)
        .or_else(|_| GeneralizedTime::from_unix_duration(since).map(Time::GeneralTime))
        .map_err(bad)
}

fn instant(since: Duration) -> DateTime<Utc> {
    i64::try_from(since.as_secs()).ok().and_then(|s| DateTime::from_timestamp(s, 0)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn bad(why: impl std::fmt::Display) -> SignError {
    SignError::Failed(format!("the certificate cannot be written: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::parse_rfc3339;
    use crate::sign::{LocalKey, PublicKey};

    #[test]
    fn a_self_signed_certificate_says_what_it_is_for() {
        let key = LocalKey::throw_away().unwrap();
        let from = parse_rfc3339("2026-10-01T08:00:00.999Z").unwrap();
        let der = self_signed(&key, "Example, \"Ltd\" + Söhne = #1", from).unwrap();
        let certificate = Certificate::read(&der).unwrap();
        assert_eq!(certificate.spki().unwrap(), key.public_key_spki());
        assert_eq!(certificate.validity().0, parse_rfc3339("2026-10-01T08:00:00Z").unwrap());
        assert_eq!((certificate.validity().1 - certificate.validity().0).num_days(), 3_653);
        assert_eq!(certificate.usages().unwrap(), [DOCUMENT_SIGNING]);
        assert!(certificate.is_self_issued());
        let serial = certificate.fields().serial_number.as_bytes();
        assert!(serial.len() == 20 && serial[0] & 0x80 == 0 && serial[0] != 0);
        let tbs = certificate.fields().to_der().unwrap();
        let signature = certificate.parsed.signature.as_bytes().unwrap();
        assert!(PublicKey::from_spki(&certificate.spki().unwrap()).unwrap().verifies(&tbs, signature));
        let subject = certificate.fields().subject.to_der().unwrap();
        assert!(subject.windows(10).any(|w| w == b"Example, \""), "{}", certificate.subject());
        assert_eq!(chain_from_pem(&certificate.to_pem().repeat(2)).unwrap(), [certificate.clone(), certificate]);
    }

    #[test]
    fn any_name_makes_a_certificate() {
        let key = LocalKey::throw_away().unwrap();
        let long = "ü".repeat(300);
        for name in ["", " ", "x", "\u{7}\n", "a\\b,c=d+e;f<g>h\"i#", " #lead", long.as_str()] {
            let der = self_signed(&key, name, DateTime::UNIX_EPOCH).unwrap();
            assert!(Certificate::read(&der).is_ok(), "{name:?}");
            assert!(request(&key, name).unwrap().starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
        }
    }

    #[test]
    fn trailing_bytes_and_other_files_are_no_certificate() {
        let key = LocalKey::throw_away().unwrap();
        let mut der = self_signed(&key, "x", DateTime::UNIX_EPOCH).unwrap();
        der.push(0);
        assert!(Certificate::read(&der).is_err());
        assert!(Certificate::read(key.public_key_spki()).is_err());
        assert!(chain_from_pem("").is_err());
    }
}
