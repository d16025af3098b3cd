//! What a revocation says of a time stamp from before it (RFC 3161, 4): one that was revoked because its key may be in other hands
//! never counts; one that was given up for another reason keeps what it stamped before that.
//!
//! It must not say whether a list is to be believed: its signature is checked where the path is.

use chrono::{DateTime, Utc};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid as _;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::ext::pkix::CrlReason;

use crate::clock::rfc3339;
use crate::sign::x509::Certificate;

/// id-ce-cRLReasons (RFC 5280, 5.3.1).
const REASON: ObjectIdentifier = CrlReason::OID;

/// What a list says of one certificate.
pub(super) struct Entry {
    since: DateTime<Utc>,
    /// `None` where the list gives none, or one that cannot be read.
    reason: Option<CrlReason>,
}

/// The entries about a certificate in a list of its issuer's name.
pub(super) fn entries(crl: &[u8], certificate: &Certificate) -> Vec<Entry> {
    let Ok(list) = CertificateList::from_der(crl).map(|list| list.tbs_cert_list) else { return Vec::new() };
    let fields = certificate.fields();
    if list.issuer != fields.issuer {
        return Vec::new();
    }
    let named = list.revoked_certificates.unwrap_or_default().into_iter().filter(|e| e.serial_number == fields.serial_number);
    named.map(|e| Entry { since: since(&e), reason: reason(&e) }).collect()
}

fn since(entry: &RevokedCert) -> DateTime<Utc> {
    let seconds = i64::try_from(entry.revocation_date.to_unix_duration().as_secs()).ok();
    seconds.and_then(|s| DateTime::from_timestamp(s, 0)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

fn reason(entry: &RevokedCert) -> Option<CrlReason> {
    let mut found = entry.crl_entry_extensions.iter().flatten().filter(|e| e.extn_id == REASON);
    let reason = CrlReason::from_der(found.next()?.extn_value.as_bytes()).ok()?;
    found.next().is_none().then_some(reason)
}

impl Entry {
    /// Whether a time stamp from `at`, at the latest, counts in spite of it.
    pub(super) fn spares(&self, at: DateTime<Utc>) -> bool {
        use CrlReason::{AffiliationChanged, CessationOfOperation, Superseded, Unspecified};
        matches!(self.reason, Some(Unspecified | AffiliationChanged | Superseded | CessationOfOperation)) && at < self.since
    }

    /// When and why, in words.
    pub(super) fn words(&self) -> String {
        let why = match self.reason {
            None => "no reason given, so nothing that it stamped counts: RFC 3161, 4",
            Some(CrlReason::Unspecified) => "unspecified",
            Some(CrlReason::KeyCompromise) => "keyCompromise: nothing that it stamped counts",
            Some(CrlReason::CaCompromise) => "cACompromise: nothing that it stamped counts",
            Some(CrlReason::AffiliationChanged) => "affiliationChanged",
            Some(CrlReason::Superseded) => "superseded",
            Some(CrlReason::CessationOfOperation) => "cessationOfOperation",
            Some(CrlReason::CertificateHold) => "certificateHold",
            Some(CrlReason::RemoveFromCRL) => "removeFromCRL",
            Some(CrlReason::PrivilegeWithdrawn) => "privilegeWithdrawn",
            Some(CrlReason::AaCompromise) => "aACompromise: nothing that it stamped counts",
        };
        format!("revoked on {} ({why})", rfc3339(self.since))
    }
}
