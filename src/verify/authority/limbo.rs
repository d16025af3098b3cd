//! C2SP's x509-limbo: what of it does not hang on a host's name. Where it comes from, and where we differ on purpose, is in
//! `tests/vectors/x509-limbo/README.md`.

use super::{Question, Standing, Usage};
use crate::clock::parse_rfc3339;
use crate::sign::x509::Certificate;
use data_encoding::BASE64;
use der::asn1::ObjectIdentifier;
use std::collections::BTreeSet;

/// Limbo's leaves are made for TLS servers, which is how the other rules can be seen at work.
static TLS_SERVER: Usage = Usage { id: ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"), name: "TLS server" };

#[derive(serde::Deserialize)]
struct Case {
    id: String,
    expected: String,
    time: Option<String>,
    leaf: String,
    roots: Vec<String>,
    between: Vec<String>,
    crls: Vec<String>,
}

fn der(text: &str) -> Vec<u8> {
    BASE64.decode(text.as_bytes()).unwrap()
}

impl Case {
    /// Whether a seal by this certificate would not be refused.
    fn is_taken(&self) -> bool {
        let at = parse_rfc3339(self.time.as_deref().unwrap_or("2026-01-01T00:00:00Z")).unwrap();
        let Ok(leaf) = Certificate::read(&der(&self.leaf)) else { return false };
        let others: Vec<Vec<u8>> = self.between.iter().map(|text| der(text)).collect();
        let crls: Vec<Vec<u8>> = self.crls.iter().map(|text| der(text)).collect();
        self.roots.iter().filter_map(|root| Certificate::read(&der(root)).ok()).any(|authority| {
            let question = Question { leaf: &leaf, authority: &authority, others: &others, at, usage: &TLS_SERVER };
            match question.standing(&crls) {
                Standing::Good => true,
                // Weighed as "not checked" by the steps. Limbo asks for no revocation where it gives no list.
                Standing::RevocationUnknown(_) => crls.is_empty(),
                _ => false,
            }
        })
    }
}

/// What Limbo wants refused and is taken, with the reason why that cannot make a false seal look true.
const TAKEN: [(&str, &[&str]); 5] = [
    (
        "A form that RFC 5280 asks of authorities, which adds nothing to what the signatures prove.",
        &[
            "crl::crlnumber-missing",
            "crl::crlnumber-critical",
            "rfc5280::aki::critical-aki",
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::cross-signed-root-missing-aki",
            "rfc5280::pc::ica-noncritical-pc",
            "rfc5280::serial::zero",
            "rfc5280::ski::critical-ski",
            "rfc5280::ski::intermediate-missing-ski",
            "rfc5280::ca-empty-subject",
            "webpki::malformed-aia",
        ],
    ),
    (
        "The caller's trust file names the root: its name and key count (RFC 5280, 6.1.1 d), not what else stands in it. Whoever
         holds that key can issue anything.",
        &[
            "crl::issuer-missing-crlsign",
            "rfc5280::ski::root-missing-ski",
            "rfc5280::unknown-critical-extension-root",
            "rfc5280::root-missing-basic-constraints",
            "rfc5280::root-non-critical-basic-constraints",
            "rfc5280::root-inconsistent-ca-extensions",
            "webpki::aki::root-with-aki-missing-keyidentifier",
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-ski-mismatch",
            "webpki::eku::root-has-eku",
            "webpki::forbidden-rsa-not-divisible-by-8-in-root",
        ],
    ),
    ("The steps that ask compare the root's own validity with the time.", &["rfc5280::validity::expired-root"]),
    (
        "A leaf that may do more than it is asked for here; what it is asked for stands in it.",
        &["rfc5280::leaf-ku-keycertsign", "webpki::eku::ee-anyeku", "webpki::eku::ee-critical-eku"],
    ),
    (
        "A leaf's own key signs no certificate: the steps that check what it signed take P-256, and RSA from 2048 bits, only.",
        &[
            "webpki::forbidden-p192-leaf",
            "webpki::forbidden-dsa-leaf",
            "webpki::forbidden-weak-rsa-in-leaf",
            "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        ],
    ),
];

/// What Limbo wants taken and is refused: a leaf that is an authority, that names no use, or is issued by its own name.
const REFUSED: [&str; 4] = [
    "pathlen::self-issued-certs-pathlen",
    "pathlen::validation-ignores-pathlen-in-leaf",
    "rfc5280::ca-as-leaf",
    "rfc5280::eku::ee-without-eku",
];

#[test]
fn chains_are_judged_as_limbo_judges_them_but_for_what_is_named() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/vectors/x509-limbo/cases.json")).unwrap();
    let unlike = |expected: &str, taken: bool| -> BTreeSet<&str> {
        cases.iter().filter(|c| c.expected == expected && c.is_taken() == taken).map(|c| c.id.as_str()).collect()
    };
    assert_eq!(unlike("FAILURE", true), TAKEN.iter().flat_map(|(_, ids)| ids.iter().copied()).collect());
    assert_eq!(unlike("SUCCESS", false), BTreeSet::from(REFUSED));
    assert!(cases.len() >= 90);
}
