//! `TimeStampToken` (RFC 3161, 2.4.2): a CMS signature by an authority over a digest and a time. What is read here holds:
//! signature, certificate identifier, digest, and a certificate that is for time stamps and nothing else.
//!
//! It must not say whether the authority is to be trusted.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid as _;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::{normal, response::token_in};
use crate::clock::rfc3339;
use crate::sign::asn1::{BOOLEAN, CONTEXT_0, CONTEXT_1, GENERALIZED_TIME, INTEGER, Item, OCTETS, OID, SEQUENCE};
use crate::sign::cms::{self, Over, Profile};
use crate::sign::x509::Certificate;

/// id-kp-timeStamping (RFC 5280, 4.2.1.12).
pub const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// Nothing but what was signed may differ between two answers.
const NOT_NORMAL: &str =
    "the time stamp is not in the form in which one is kept: a part of it that the authority did not sign was changed or added";

/// A time-stamp token that holds: made by the key of `signer`, over the digest that was asked for.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token (`ContentInfo`), DER: what goes into a PDF.
    pub token: Vec<u8>,
    /// The whole `TimeStampResp`, where it came in one: what goes into a `.tsr`.
    pub response: Option<Vec<u8>>,
    /// The time.
    pub time: DateTime<Utc>,
    /// How far from the true time it may be, as the authority says; zero where it says nothing.
    pub accuracy: TimeDelta,
    /// Under which policy, dotted numbers.
    pub policy: String,
    /// The authority's serial number: the content of an INTEGER.
    pub serial: Vec<u8>,
    /// The nonce: the content of an INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// The authority's certificate.
    pub signer: Certificate,
    /// All embedded certificates, DER: candidates for a chain.
    pub certificates: Vec<Vec<u8>>,
}

impl Token {
    /// Reads a `TimeStampResp` that must grant a time stamp over this SHA-256, in the form in which one is kept ([`normal`]).
    ///
    /// # Errors
    /// It refuses, the token does not hold, or something stands in it that nobody signed.
    pub fn in_response(response: &[u8], digest: [u8; 32]) -> Result<Self, String> {
        let token = Self::read(token_in(response)?, digest)?;
        if normal::response(response)? != response {
            return Err(NOT_NORMAL.to_owned());
        }
        Ok(Self { response: Some(response.to_vec()), ..token })
    }

    /// Reads a token that must be over this SHA-256. Its form is not looked at: something else must bind its bytes.
    ///
    /// # Errors
    /// What of it does not hold.
    pub fn read(token: &[u8], digest: [u8; 32]) -> Result<Self, String> {
        let signed = cms::read(token, Profile::Token, Over::Attached, &[]).map_err(|why| format!("the time-stamp token: {why}"))?;
        let content = signed.content.ok_or("the time-stamp token has no content")?;
        let info = Info::read(&content, digest).map_err(|why| format!("the time-stamp token: {why}"))?;
        for_time_stamps_only(&signed.signer)
            .map_err(|why| format!("the authority's certificate ({:?}): {why}", signed.signer.subject()))?;
        let (from, to) = signed.signer.validity();
        if info.time < from || info.time > to {
            return Err(format!(
                "its time {} is not within the validity of the authority's certificate ({} to {})",
                rfc3339(info.time),
                rfc3339(from),
                rfc3339(to)
            ));
        }
        Ok(Self {
            token: token.to_vec(),
            response: None,
            time: info.time,
            accuracy: info.accuracy,
            policy: info.policy,
            serial: info.serial,
            nonce: info.nonce,
            signer: signed.signer,
            certificates: signed.certificates,
        })
    }
}

/// RFC 3161, 2.3: the extended key usage is critical, and is time stamping alone.
fn for_time_stamps_only(certificate: &Certificate) -> Result<(), String> {
    let found: Vec<_> = certificate.fields().extensions.iter().flatten().filter(|e| e.extn_id == ExtendedKeyUsage::OID).collect();
    let [extension] = found.as_slice() else {
        return Err("it has no extended key usage (RFC 3161 wants time stamping), or two".to_owned());
    };
    let usages = ExtendedKeyUsage::from_der(extension.extn_value.as_bytes()).map_err(|_| "its extended key usage is damaged".to_owned())?;
    if usages.0 != [TIME_STAMPING] {
        return Err("its extended key usage is not time stamping alone".to_owned());
    }
    if !extension.critical {
        return Err("its extended key usage is not critical".to_owned());
    }
    Ok(())
}

/// What is signed: `TSTInfo`.
struct Info {
    time: DateTime<Utc>,
    accuracy: TimeDelta,
    policy: String,
    serial: Vec<u8>,
    nonce: Option<Vec<u8>>,
}

impl Info {
    fn read(content: &[u8], digest: [u8; 32]) -> Result<Self, String> {
        let parts = Item::only(content)?.tagged(SEQUENCE, "its content")?.parts()?;
        let mut rest = parts.into_iter().peekable();
        let mut next = |tag: u8, what: &str| rest.next().ok_or_else(|| format!("{what} is missing"))?.tagged(tag, what);
        if next(INTEGER, "its version")?.value != [1] {
            return Err("its version is not 1".to_owned());
        }
        let policy = ObjectIdentifier::from_bytes(next(OID, "its policy")?.value).map_err(|_| "its policy is damaged".to_owned())?;
        imprint(&next(SEQUENCE, "its imprint")?, digest)?;
        let serial = next(INTEGER, "its serial number")?.value.to_vec();
        let time = instant(next(GENERALIZED_TIME, "its time")?.value)?;
        let mut maybe = |tag: u8| rest.next_if(|item| item.tag == tag);
        let accuracy = maybe(SEQUENCE).map_or(Ok(TimeDelta::zero()), |item| accuracy(&item))?;
        // DER leaves a default (FALSE) out.
        if maybe(BOOLEAN).is_some_and(|item| item.value != [0xff]) {
            return Err("its ordering is written in another way than DER does".to_owned());
        }
        let nonce = maybe(INTEGER).map(|item| item.value.to_vec());
        let _name = maybe(CONTEXT_0);
        if maybe(CONTEXT_1).is_some() {
            return Err("it has extensions, and which of them change its meaning is not known".to_owned());
        }
        if rest.next().is_some() {
            return Err("its content has a part too many".to_owned());
        }
        Ok(Self { time, accuracy, policy: policy.to_string(), serial, nonce })
    }
}

fn imprint(item: &Item<'_>, digest: [u8; 32]) -> Result<(), String> {
    let parts = item.parts()?;
    let [algorithm, hashed] = parts.as_slice() else { return Err("its imprint is damaged".to_owned()) };
    if !cms::is_sha256(algorithm) {
        return Err("its imprint is not a SHA-256".to_owned());
    }
    if hashed.tagged(OCTETS, "its imprint")?.value != digest {
        return Err("it is over something else (another imprint)".to_owned());
    }
    Ok(())
}

/// `Accuracy`: seconds, then [0] milliseconds and [1] microseconds.
fn accuracy(item: &Item<'_>) -> Result<TimeDelta, String> {
    let bad = || "its accuracy is damaged".to_owned();
    let mut sum = TimeDelta::zero();
    let mut before = None;
    for part in item.parts()? {
        let order = match part.tag {
            INTEGER => 0,
            0x80 => 1,
            0x81 => 2,
            _ => return Err(bad()),
        };
        if before.is_some_and(|b| b >= order)
            || part.value.is_empty()
            || part.value.len() > 4
            || part.value.first().is_some_and(|b| b & 0x80 != 0)
        {
            return Err(bad());
        }
        before = Some(order);
        let n = part.value.iter().fold(0_i64, |n, b| (n << 8) | i64::from(*b));
        sum += match order {
            0 => TimeDelta::seconds(n),
            _ if !(1..=999).contains(&n) => return Err(bad()),
            1 => TimeDelta::milliseconds(n),
            _ => TimeDelta::microseconds(n),
        };
    }
    Ok(sum)
}

/// `YYYYMMDDhhmmss[.f…]Z`, no zero at the end of a fraction (RFC 3161, 2.4.2).
fn instant(value: &[u8]) -> Result<DateTime<Utc>, String> {
    let bad = || "its time is not written as RFC 3161 asks for".to_owned();
    let text = std::str::from_utf8(value).ok().and_then(|t| t.strip_suffix('Z')).ok_or_else(bad)?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || fraction.is_some_and(|f| !digits(f) || f.ends_with('0') || f.len() > 9) {
        return Err(bad());
    }
    let part = |from: usize, to: usize| whole.get(from..to).and_then(|t| t.parse::<u32>().ok());
    let number = |from, to| part(from, to).ok_or_else(bad);
    let nanos = fraction.map_or(Ok(0), |f| format!("{f:0<9}").parse::<u32>().map_err(|_| bad()))?;
    let year = i32::try_from(number(0, 4)?).map_err(|_| bad())?;
    NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?)
        .and_then(|d| d.and_hms_nano_opt(number(8, 10).ok()?, number(10, 12).ok()?, number(12, 14).ok()?, nanos))
        .map(|t| t.and_utc())
        .ok_or_else(bad)
}
