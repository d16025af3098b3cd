//! Step 4 by authority: each way in which a certificate stands, with certificates and lists that another library made.

use super::{Options, options, text, time, verified};
use crate::sealing::certified::Public;
use crate::sealing::{packed, payload, resealed_as};
use poolproof::sign::x509::Certificate;
use poolproof::sign::{Identity, LocalKey, Signer as _};
use poolproof::verify::outcome::{Outcome, StepName};
use poolproof::verify::trust::{Purpose, Trust, TrustedCa};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

type Issuer = CertifiedIssuer<'static, KeyPair>;
const DOCUMENT_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 36];

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn root(name: &str) -> Issuer {
    CertifiedIssuer::self_signed(ca_params(name), KeyPair::generate().unwrap()).unwrap()
}

/// A revocation list with one entry.
pub(crate) fn revoked_list() -> Vec<u8> {
    crl(&root("Root"), 20, 30, &[8])
}

/// A case: what differs from an honest seal by a certified key.
struct Case {
    authority: Issuer,
    /// Between the authority and the signer.
    between: Option<Issuer>,
    leaf: CertificateParams,
    crls: Vec<Vec<u8>>,
    trusted: Vec<TrustedCa>,
    at: Option<&'static str>,
}

fn leaf() -> CertificateParams {
    let mut params = named("Evidence of Example Ltd");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())];
    params.serial_number = Some(SerialNumber::from_slice(&[7, 7]));
    params
}

/// A list that is current from a day in November 2026 until another.
fn crl(issuer: &Issuer, from: u8, to: u8, revoked: &[u8]) -> Vec<u8> {
    let entry = |serial: &[u8]| RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: date_time_ymd(2026, 11, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, from),
        next_update: date_time_ymd(2026, 11, to),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs: if revoked.is_empty() { Vec::new() } else { vec![entry(revoked)] },
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().der().to_vec()
}

fn trusted(issuer: &Issuer, purpose: Purpose) -> TrustedCa {
    let certificate = Certificate::read(issuer.der()).unwrap();
    TrustedCa {
        certificate,
        who: "the certifier".to_owned(),
        purpose,
        valid_from: time("2026-01-01T00:00:00Z"),
        valid_to: None,
        crls: Vec::new(),
    }
}

impl Case {
    fn honest() -> Self {
        let authority = root("Root");
        let crls = vec![crl(&authority, 20, 30, &[])];
        Self { trusted: vec![trusted(&authority, Purpose::Signing)], authority, between: None, leaf: leaf(), crls, at: None }
    }

    /// What step 4 says, and whom it names.
    fn judged(self) -> (Outcome, Option<String>) {
        let key = LocalKey::throw_away().unwrap();
        let public = Public(key.public_key_spki().to_vec());
        let issuer = self.between.as_ref().unwrap_or(&self.authority);
        let leaf = self.leaf.signed_by(&public, issuer).unwrap();
        let mut chain = vec![Certificate::read(leaf.der()).unwrap()];
        chain.extend(self.between.iter().map(|c| Certificate::read(c.der()).unwrap()));
        let mut identity = Identity::with_chain(Box::new(key), &chain).unwrap();
        let lists = self.crls.len();
        identity.crls = self.crls;
        let files = resealed_as(&payload("good"), &identity, |_| ());
        let trust = Trust::Keys(Vec::new());
        let wanted = Options { trust, authorities: self.trusted, at: self.at.map(time), reperform: false, ..options() };
        let report = verified(packed(&files).bytes(), &wanted);
        assert!(report.passed(StepName::ManifestSignature), "{}", text::render(&report));
        let all = report.proved.iter().any(|s| s.starts_with("All files are"));
        assert!(!(all && lists > 0), "a revocation list is not called signed by the statement");
        (report.outcome(StepName::Signer).unwrap().clone(), report.facts.unwrap().who)
    }
}

fn judged(change: impl FnOnce(&mut Case)) -> (Outcome, Option<String>) {
    let mut case = Case::honest();
    change(&mut case);
    case.judged()
}

#[track_caller]
fn fails(word: &str, change: impl FnOnce(&mut Case)) {
    let (outcome, who) = judged(change);
    assert!(matches!(&outcome, Outcome::Failed(why) if why.starts_with(word)), "{word}: {outcome:?}");
    assert_eq!(who, None);
}

#[track_caller]
fn open(word: &str, change: impl FnOnce(&mut Case)) {
    let (outcome, who) = judged(change);
    assert!(matches!(&outcome, Outcome::NotChecked(why) if why.contains(word)), "{word}: {outcome:?}");
    assert_eq!(who, None);
}

#[test]
fn a_certified_key_is_trusted_and_named_as_the_authority_names_it() {
    let (outcome, who) = judged(|_| ());
    assert!(matches!(&outcome, Outcome::Passed(_)), "{outcome:?}");
    let who = who.unwrap();
    assert!(who.contains("Evidence of Example Ltd") && who.contains("the certifier"), "{who}");
}

fn over_an_intermediate(case: &mut Case, serial: &[u8]) {
    let mut params = ca_params("Between");
    params.serial_number = Some(SerialNumber::from_slice(serial));
    case.between = Some(CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &case.authority).unwrap());
    case.crls.push(crl(case.between.as_ref().unwrap(), 20, 30, &[]));
}

#[test]
fn a_chain_over_an_intermediate_holds_and_its_revocation_counts() {
    assert!(matches!(judged(|c| over_an_intermediate(c, &[8])).0, Outcome::Passed(_)));
    fails("revoked", |c| {
        over_an_intermediate(c, &[8]);
        c.crls[0] = crl(&c.authority, 20, 30, &[8]);
    });
    open("whether it was revoked", |c| {
        over_an_intermediate(c, &[8]);
        c.crls.remove(0);
    });
}

#[test]
fn expired_is_a_failure_at_a_given_time_and_open_now() {
    let ended = |c: &mut Case| c.leaf.not_after = date_time_ymd(2026, 11, 23);
    open("expired", ended);
    fails("expired", |c| {
        ended(c);
        c.at = Some("2026-11-24T12:00:00Z");
    });
}

#[test]
fn an_expired_certificate_of_nobody_known_is_unknown() {
    fails("unknown", |c| {
        c.leaf.not_after = date_time_ymd(2026, 11, 23);
        c.trusted = vec![trusted(&root("Root"), Purpose::Signing)];
    });
}

#[test]
fn not_yet_valid() {
    fails("not yet valid", |c| c.leaf.not_before = date_time_ymd(2026, 12, 1));
}

#[test]
fn wrong_use() {
    fails("wrong use", |c| c.leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    fails("wrong use", |c| c.leaf.extended_key_usages.clear());
    fails("wrong use", |c| c.leaf.key_usages = vec![KeyUsagePurpose::KeyAgreement]);
}

#[test]
fn revoked_by_a_current_and_by_an_old_list() {
    fails("revoked", |c| c.crls = vec![crl(&c.authority, 20, 30, &[7, 7])]);
    fails("revoked", |c| c.crls = vec![crl(&c.authority, 2, 3, &[7, 7])]);
    fails("revoked", |c| c.crls.push(crl(&c.authority, 21, 30, &[7, 7])));
    assert!(matches!(judged(|c| c.crls = vec![crl(&c.authority, 20, 30, &[9])]).0, Outcome::Passed(_)), "another certificate's");
}

#[test]
fn without_a_current_list_of_its_authority_revocation_is_open() {
    open("no revocation list", |c| c.crls.clear());
    open("current from", |c| c.crls = vec![crl(&c.authority, 2, 3, &[])]);
    open("current from", |c| c.crls = vec![crl(&c.authority, 28, 30, &[])]);
    open("cannot be used", |c| c.crls = vec![b"no list".to_vec()]);
    // A list under the authority's name that another key signed neither clears nor revokes.
    open("cannot be used", |c| c.crls = vec![crl(&root("Root"), 20, 30, &[])]);
    open("cannot be used", |c| c.crls = vec![crl(&root("Root"), 20, 30, &[7, 7])]);
}

#[test]
fn unknown_authorities() {
    fails("unknown", |c| c.trusted = vec![trusted(&root("Other"), Purpose::Signing)]);
    fails("unknown", |c| c.trusted = vec![trusted(&root("Root"), Purpose::Signing)]);
    // What lies in the bundle is a candidate only: its own root makes nothing trusted.
    fails("unknown", |c| {
        over_an_intermediate(c, &[8]);
        c.trusted = vec![trusted(&root("Other"), Purpose::Signing)];
    });
    // An authority for time stamps does not certify signers.
    fails("sealed by a key that is not in the trust file", |c| c.trusted = vec![trusted(&c.authority, Purpose::Time)]);
    // The caller's own period for the authority.
    fails("unknown", |c| c.trusted[0].valid_from = time("2026-12-01T00:00:00Z"));
    fails("unknown", |c| c.trusted[0].valid_to = Some(time("2026-11-01T00:00:00Z")));
}

#[test]
fn a_leaf_that_another_leaf_issued_is_unknown() {
    fails("unknown", |c| {
        let mut params = leaf();
        params.distinguished_name.push(DnType::CommonName, "No authority");
        params.serial_number = Some(SerialNumber::from_slice(&[9]));
        c.between = Some(CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &c.authority).unwrap());
    });
}
