//! A tiny time-stamp authority for tests (RFC 3161): honest, or wrong in one way.

use chrono::{DateTime, Duration, Utc};
use poolproof::sign::cms::{self, Content, ToSign};
use poolproof::sign::timestamp::{Transport, normal, request};
use poolproof::sign::x509::Certificate;
use poolproof::sign::{LocalKey, Signer, TsaConfig};
use poolproof::verify::trust::{Purpose, TrustedCa};
use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

const ECDSA: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// 1.2.3.4.1
const POLICY: &[u8] = &[6, 4, 0x2a, 3, 4, 1];

/// What is wrong with the authority's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    Nonce,
    Imprint,
    Policy,
    /// Its certificate has another extended key usage, an uncritical one, two, or none.
    Usage,
    UncriticalUsage,
    MoreUsages,
    NoUsage,
    Refuses,
    Extensions,
    /// Its certificate ended long ago.
    Ended,
    /// Not wrong: beside its own certificate it sends its CA's as an older CA issued it.
    Cross,
}

/// Why a certificate is on a revocation list (RFC 5280, 5.3.1): keyCompromise, superseded, cessationOfOperation.
pub const COMPROMISED: u8 = 1;
pub const SUPERSEDED: u8 = 4;
pub const CEASED: u8 = 5;

/// The authority, and its own CA.
pub struct Tsa {
    key: LocalKey,
    ca_key: LocalKey,
    ca: Vec<u8>,
    /// What the token carries beside the authority's own.
    beside: Vec<u8>,
    certificate: Vec<u8>,
    /// What it says the time is.
    pub time: Cell<DateTime<Utc>>,
    pub wrong: Cell<Wrong>,
    /// Waits between tries.
    pub waits: RefCell<Vec<std::time::Duration>>,
    /// How many of the next tries get no answer.
    pub down: Cell<u32>,
}

/// A value in DER, shorter than 64 kB.
pub fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let n = value.len();
    let length = match n {
        0..=127 => vec![n as u8],
        128..=255 => vec![0x81, n as u8],
        _ => vec![0x82, (n >> 8) as u8, n as u8],
    };
    [&[tag], length.as_slice(), value].concat()
}

fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// The parts of a constructed value whose lengths are all below 64 kB.
pub fn parts(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (head, length) = match bytes[1] {
            n @ 0..=127 => (2, n as usize),
            0x81 => (3, bytes[2] as usize),
            _ => (4, (bytes[2] as usize) << 8 | bytes[3] as usize),
        };
        found.push(&bytes[..head + length]);
        bytes = &bytes[head + length..];
    }
    found
}

/// The content of a value in DER.
pub fn inside(bytes: &[u8]) -> &[u8] {
    match bytes[1] {
        0..=127 => &bytes[2..],
        0x81 => &bytes[3..],
        _ => &bytes[4..],
    }
}

fn name(text: &str) -> Vec<u8> {
    seq(&[&tlv(0x31, &seq(&[&[6, 3, 0x55, 4, 3], &tlv(12, text.as_bytes())]))])
}

fn certificate(subject: &str, spki: &[u8], issuer: &str, by: &LocalKey, extensions: &[Vec<u8>], valid: (&str, &str)) -> Vec<u8> {
    let fields = seq(&[
        &tlv(0xa0, &[2, 1, 2]),
        &tlv(2, &[1 + subject.len() as u8]),
        ECDSA,
        &name(issuer),
        &seq(&[&tlv(0x18, valid.0.as_bytes()), &tlv(0x18, valid.1.as_bytes())]),
        &name(subject),
        spki,
        &tlv(0xa3, &tlv(0x30, &extensions.concat())),
    ]);
    let signature = by.sign(&fields).unwrap();
    seq(&[&fields, ECDSA, &tlv(3, &[&[0], signature.as_slice()].concat())])
}

/// The key of the CA that the caller of the tamper matrix trusts.
static HOUSE: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());

impl Tsa {
    pub fn new(time: DateTime<Utc>) -> Self {
        Self::wrong(time, Wrong::Nothing)
    }

    /// One below a CA of its own, as nobody else has it.
    pub fn wrong(time: DateTime<Utc>, wrong: Wrong) -> Self {
        Self::below(LocalKey::throw_away().unwrap(), time, wrong)
    }

    /// One below the CA that all of these have in common.
    pub fn house(time: DateTime<Utc>, wrong: Wrong) -> Self {
        Self::below(HOUSE.clone(), time, wrong)
    }

    fn below(ca_key: LocalKey, time: DateTime<Utc>, wrong: Wrong) -> Self {
        let key = LocalKey::throw_away().unwrap();
        let critical: &[u8] = &[1, 1, 0xff];
        let constraints = seq(&[&[6, 3, 0x55, 0x1d, 0x13], critical, &tlv(4, &seq(&[critical]))]);
        let stamping: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8];
        let signing: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 36];
        let usage = |critical: &[u8], usages: &[&[u8]]| seq(&[&[6, 3, 0x55, 0x1d, 0x25], critical, &tlv(4, &seq(usages))]);
        let identifier = seq(&[&[6, 3, 0x55, 0x1d, 0x0e], &tlv(4, &tlv(4, &[7; 20]))]);
        let extensions = match wrong {
            Wrong::Usage => usage(critical, &[signing]),
            Wrong::UncriticalUsage => usage(&[], &[stamping]),
            Wrong::MoreUsages => usage(critical, &[stamping, signing]),
            Wrong::NoUsage => identifier,
            _ => usage(critical, &[stamping]),
        };
        // UTCTime would be asked for until 2049; both readers take GeneralizedTime.
        let valid = ("20260101000000Z", "20280101000000Z");
        let ca = certificate("Test time CA", ca_key.public_key_spki(), "Test time CA", &ca_key, &[constraints], valid);
        let leaf = {
            let valid = if wrong == Wrong::Ended { (valid.0, "20260601000000Z") } else { valid };
            certificate("Test TSA", key.public_key_spki(), "Test time CA", &ca_key, &[extensions], valid)
        };
        let beside = match wrong {
            Wrong::Cross => {
                let constraints = seq(&[&[6, 3, 0x55, 0x1d, 0x13], critical, &tlv(4, &seq(&[critical]))]);
                let older = LocalKey::throw_away().unwrap();
                certificate("Test time CA", ca_key.public_key_spki(), "An older CA", &older, &[constraints], valid)
            }
            _ => ca.clone(),
        };
        let (time, wrong) = (Cell::new(time), Cell::new(wrong));
        Self { key, ca_key, ca, beside, certificate: leaf, time, wrong, waits: RefCell::default(), down: Cell::new(0) }
    }

    /// A revocation list of its CA, current between two times; of the authority's certificate where that was revoked: since when,
    /// and with which reason.
    pub fn list(&self, from: DateTime<Utc>, to: DateTime<Utc>, revoked: Option<(DateTime<Utc>, Option<u8>)>) -> Vec<u8> {
        let time = |t: DateTime<Utc>| tlv(0x18, t.format("%Y%m%d%H%M%SZ").to_string().as_bytes());
        let entry = |(since, reason): (DateTime<Utc>, Option<u8>)| {
            let reason = reason.map(|n| seq(&[&seq(&[&[6, 3, 0x55, 0x1d, 0x15], &tlv(4, &[0x0a, 1, n])])]));
            seq(&[&seq(&[&tlv(2, &[1 + "Test TSA".len() as u8]), &time(since), &reason.unwrap_or_default()])])
        };
        let number = tlv(0xa0, &seq(&[&seq(&[&[6, 3, 0x55, 0x1d, 0x14], &tlv(4, &[2, 1, 1])])]));
        let revoked = revoked.map(entry).unwrap_or_default();
        let fields = seq(&[&[2, 1, 1], ECDSA, &name("Test time CA"), &time(from), &time(to), &revoked, &number]);
        let signature = self.ca_key.sign(&fields).unwrap();
        seq(&[&fields, ECDSA, &tlv(3, &[&[0], signature.as_slice()].concat())])
    }

    /// The `TimeStampResp` to a `TimeStampReq`.
    pub fn answer(&self, question: &[u8]) -> Vec<u8> {
        let wrong = self.wrong.get();
        if wrong == Wrong::Refuses {
            // rejection, text, badAlg and timeNotAvailable
            let text = tlv(0x30, &tlv(12, b"come back later"));
            return seq(&[&seq(&[&[2, 1, 2], &text, &[3, 3, 1, 0x80, 0x02]])]);
        }
        let asked = parts(inside(question));
        let mut imprint = asked[1].to_vec();
        let last = imprint.len() - 1;
        imprint[last] ^= u8::from(wrong == Wrong::Imprint);
        let mut nonce = asked.iter().skip(2).find(|p| p[0] == 2).unwrap().to_vec();
        let last = nonce.len() - 1;
        nonce[last] ^= u8::from(wrong == Wrong::Nonce);
        let wanted = asked.iter().skip(2).find(|p| p[0] == 6).copied().unwrap_or(POLICY);
        let policy: &[u8] = if wrong == Wrong::Policy { &[6, 4, 0x2a, 3, 4, 9] } else { wanted };
        let time = self.time.get().format("%Y%m%d%H%M%S").to_string();
        let millis = self.time.get().timestamp_subsec_millis();
        let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}").trim_end_matches('0').to_owned() };
        let extensions = if wrong == Wrong::Extensions { tlv(0xa1, &seq(&[&[6, 3, 0x2a, 3, 4], &tlv(4, &[5, 0])])) } else { Vec::new() };
        let info = seq(&[
            &[2, 1, 1],
            policy,
            &imprint,
            &[2, 1, 42],
            &tlv(0x18, format!("{time}{fraction}Z").as_bytes()),
            // One second and 500 ms.
            &seq(&[&[2, 1, 1], &[0x80, 2, 1, 0xf4]]),
            &nonce,
            &extensions,
        ]);
        let chain = [self.certificate.clone(), self.beside.clone()];
        let what =
            ToSign { content_type: cms::TST_INFO, content: Content::Attached(&info), chain: &chain, signing_time: Some(self.time.get()) };
        let token = cms::build(&what, &self.key).unwrap().to_der().unwrap();
        seq(&[&seq(&[&[2, 1, 0]]), &token])
    }

    /// An answer about a digest, without a question of the program's own, as the authority sends it.
    pub fn sent(&self, digest: [u8; 32]) -> Vec<u8> {
        self.answer(&request(digest, &[7; 8], None).unwrap())
    }

    /// As [`Self::sent`], in the form in which it is kept.
    pub fn stamp(&self, digest: [u8; 32]) -> Vec<u8> {
        normal::response(&self.sent(digest)).unwrap()
    }

    /// Its CA, as a caller trusts it who has a list of that time.
    pub fn trusted(&self) -> TrustedCa {
        TrustedCa {
            certificate: Certificate::read(&self.ca).unwrap(),
            who: "Time Ltd".to_owned(),
            purpose: Purpose::Time,
            valid_from: self.time.get() - Duration::days(30),
            valid_to: None,
            crls: vec![self.list(self.time.get() - Duration::days(1), self.time.get() + Duration::days(1), None)],
        }
    }
}

/// How a test asks.
pub fn config() -> TsaConfig {
    TsaConfig { url: "http://tsa.test/".to_owned(), tls_roots: None, policy: None, timeout_seconds: 1, retries: 2 }
}

impl Transport for Tsa {
    fn post(&self, _: &TsaConfig, body: &[u8]) -> Result<Vec<u8>, String> {
        let down = self.down.get();
        self.down.set(down.saturating_sub(1));
        if down > 0 { Err("no answer".to_owned()) } else { Ok(self.answer(body)) }
    }
    fn wait(&self, time: std::time::Duration) {
        self.waits.borrow_mut().push(time);
    }
}
