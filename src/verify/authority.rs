//! Whether a certificate leads to an authority that the caller trusts, at one instant, for one use, and was not revoked.
//!
//! It must not take an authority from a bundle: what lies there are candidates for the way in between, nothing else. How an
//! answer weighs is for the steps to say.

use std::time::Duration;

use chrono::{DateTime, Utc};
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, RevocationOptionsBuilder,
    UnknownStatusPolicy, anchor_from_trusted_cert,
};
use x509_cert::ext::pkix;

use super::revoked;
use crate::clock::rfc3339;
use crate::sign::x509::{Certificate, DOCUMENT_SIGNING};

/// Most candidates and most revocation lists that are looked at: a bundle of a thousand would cost the verifier, not prove more.
const MOST: usize = 32;

/// What a certificate must have been made for: an extended key usage (RFC 5280, 4.2.1.12).
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Its identifier.
    id: ObjectIdentifier,
    /// Its name and identifier, for people.
    name: &'static str,
}

/// Sealing a document (RFC 9336).
pub(super) static SEALING: Usage = Usage { id: DOCUMENT_SIGNING, name: "document signing (1.3.6.1.5.5.7.3.36)" };

/// Telling the time (RFC 3161, 2.3).
pub(super) static TIME: Usage = Usage { id: ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"), name: "time stamping (1.3.6.1.5.5.7.3.8)" };

/// What was found out. Each `String` is the reason, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It leads to a trusted authority, is valid, and a list that was current then does not revoke it.
    Good,
    /// It leads there and is valid; whether it was revoked could not be told.
    RevocationUnknown(String),
    /// It, or what it leads over, had ended.
    Expired(String),
    /// It, or what it leads over, had not begun.
    NotYetValid(String),
    /// It was not made for this use.
    WrongUse(String),
    /// It, or what it leads over, was revoked.
    Revoked(String),
    /// It does not lead to a trusted authority.
    Unknown(String),
}

/// A certificate, the authority that it should lead to, and what is asked of it.
pub(super) struct Question<'a> {
    /// The certificate.
    pub leaf: &'a Certificate,
    /// The authority: the caller's own.
    pub authority: &'a Certificate,
    /// Candidates for the way in between; they may come from anybody.
    pub others: &'a [Vec<u8>],
    /// The instant.
    pub at: DateTime<Utc>,
    /// The use.
    pub usage: &'static Usage,
}

impl Question<'_> {
    /// The certificates between it and the authority, by one way that is valid; empty where there is none.
    pub(super) fn way(&self) -> Vec<Vec<u8>> {
        self.path(&[], self.at, None).unwrap_or_default()
    }

    /// Judges it. `crls` may come from anybody.
    pub(super) fn standing(&self, crls: &[Vec<u8>]) -> Standing {
        let Self { leaf, others, at, usage, .. } = *self;
        if others.len() > MOST || crls.len() > MOST {
            return Standing::Unknown(format!("there are more than {MOST} certificates or revocation lists beside it"));
        }
        let judged = self.valid(&[], at, None);
        let (from, to) = leaf.validity();
        match judged {
            Ok(()) => {}
            // Expired is a word for a certificate that was good once: one that never led anywhere is unknown.
            Err(error @ (Error::CertExpired { .. } | Error::CertNotValidYet { .. })) => {
                for instant in [at.clamp(from, to), to, from] {
                    match self.valid(&[], instant, None) {
                        Ok(()) | Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }) => {}
                        Err(other) => return self.named(&other),
                    }
                }
                return self.named(&error);
            }
            Err(error) => return self.named(&error),
        }
        // webpki asks the issuers for the usage only where they restrict theirs; the certificate itself must name it.
        if !leaf.usages().is_ok_and(|usages| usages.contains(&usage.id)) {
            return Standing::WrongUse(format!("its extended key usage is not {}", usage.name));
        }
        let signs =
            leaf.fields().get::<pkix::KeyUsage>().map(|found| found.is_none_or(|(_, u)| u.digital_signature() || u.non_repudiation()));
        if signs != Ok(true) {
            return Standing::WrongUse("its key usage is not for signatures".to_owned());
        }
        self.revocation(crls)
    }

    /// The certificate leads to the authority; what do the revocation lists say?
    fn revocation(&self, crls: &[Vec<u8>]) -> Standing {
        let at = self.at;
        let mut current: Vec<Vec<u8>> = Vec::new();
        let mut notes = Vec::new();
        for (n, crl) in crls.iter().enumerate() {
            // Revoked once is revoked: what any list says that its authority signed counts, also one that is old or too new.
            let alone = std::slice::from_ref(crl);
            let ignoring = Some((UnknownStatusPolicy::Allow, ExpirationPolicy::Ignore));
            match self.valid(alone, at, ignoring) {
                Err(Error::CertRevoked) => match self.in_spite_of(crl) {
                    Ok(note) => notes.push(note),
                    Err(why) => return Standing::Revoked(why),
                },
                Err(why) => notes.push(format!("revocation list {} cannot be used ({why:?})", n + 1)),
                Ok(()) => match current_between(crl) {
                    Ok((from, to)) if (from <= at || self.counts_later(from)) && at <= to => current.push(crl.clone()),
                    Ok((from, to)) => {
                        notes.push(format!("revocation list {} was current from {} to {}", n + 1, rfc3339(from), rfc3339(to)));
                    }
                    Err(why) => notes.push(format!("revocation list {}: {why}", n + 1)),
                },
            }
        }
        if crls.is_empty() {
            notes.push("there is no revocation list".to_owned());
        }
        let strict = Some((UnknownStatusPolicy::Deny, ExpirationPolicy::Enforce));
        if !current.is_empty() {
            match self.valid(&current, at, strict) {
                Ok(()) => return Standing::Good,
                Err(Error::CertRevoked) => return Standing::Revoked("a revocation list of its authority names it".to_owned()),
                Err(_) => notes.push("no revocation list covers every certificate on the way to the authority".to_owned()),
            }
        }
        Standing::RevocationUnknown(notes.join("; "))
    }

    fn for_time(&self) -> bool {
        self.usage.id == TIME.id
    }

    /// A list revokes something on the way. Whether a time stamp counts all the same, and why; else why not.
    fn in_spite_of(&self, crl: &[u8]) -> Result<String, String> {
        let names_it = "a revocation list of its authority names it, or an issuer above it";
        if !self.for_time() {
            return Err(names_it.to_owned());
        }
        let above = self.way().iter().filter_map(|der| Certificate::read(der).ok()).any(|c| !revoked::entries(crl, &c).is_empty());
        let found = revoked::entries(crl, self.leaf);
        let Some(worst) = found.iter().find(|e| !e.spares(self.at)).or(found.first()) else { return Err(names_it.to_owned()) };
        if above || !worst.spares(self.at) {
            return Err(worst.words());
        }
        Ok(format!("{}, which is after the time stamp and leaves it valid (RFC 3161, 4)", worst.words()))
    }

    /// Whether a list from after the instant still tells what was revoked then: a time stamp's certificates stay on the lists
    /// until they have ended (RFC 5280, 3.3). Of a signer only a list of that time is taken.
    fn counts_later(&self, from: DateTime<Utc>) -> bool {
        let way = self.way();
        let ends = way.iter().filter_map(|der| Certificate::read(der).ok()).map(|c| c.validity().1);
        self.for_time() && ends.chain([self.leaf.validity().1]).all(|end| from <= end)
    }

    fn valid(&self, crls: &[Vec<u8>], at: DateTime<Utc>, policy: Option<(UnknownStatusPolicy, ExpirationPolicy)>) -> Result<(), Error> {
        self.path(crls, at, policy).map(drop)
    }

    /// One validation by webpki (RFC 5280, 6) at an instant, with revocation where `policy` is given: the certificates between.
    fn path(
        &self,
        crls: &[Vec<u8>],
        at: DateTime<Utc>,
        policy: Option<(UnknownStatusPolicy, ExpirationPolicy)>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let Self { leaf, authority, others, usage, .. } = *self;
        let root = CertificateDer::from(authority.der());
        let anchors = [anchor_from_trusted_cert(&root)?];
        let between: Vec<CertificateDer<'_>> = others.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let lists = crls.iter().map(|der| BorrowedCertRevocationList::from_der(der).map(CertRevocationList::from));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
        let revocation = match policy {
            Some((status, expiry)) if !lists.is_empty() => {
                let builder = RevocationOptionsBuilder::new(&lists).map_err(|_| Error::UnknownRevocationStatus)?;
                Some(builder.with_status_policy(status).with_expiration_policy(expiry).build())
            }
            _ => None,
        };
        let der = CertificateDer::from(leaf.der());
        let end = EndEntityCert::try_from(&der)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.timestamp()).unwrap_or(0)));
        let usage = KeyUsage::required_if_present(usage.id.as_bytes());
        let path = end.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &between, time, usage, revocation, None)?;
        Ok(path.intermediate_certificates().map(|c| c.der().to_vec()).collect())
    }

    /// What webpki's answer means here. What has no name of its own leads nowhere.
    fn named(&self, error: &Error) -> Standing {
        let Self { leaf, usage, .. } = *self;
        let (from, to) = leaf.validity();
        let lasts = format!("the certificate is valid from {} to {}", rfc3339(from), rfc3339(to));
        match error {
            Error::CertExpired { .. } => Standing::Expired(format!("{lasts}; it or an issuer above it had ended")),
            Error::CertNotValidYet { .. } => Standing::NotYetValid(format!("{lasts}; it or an issuer above it had not begun")),
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
                Standing::WrongUse(format!("its extended key usage is not {}", usage.name))
            }
            Error::CaUsedAsEndEntity => Standing::WrongUse("it is the certificate of an authority".to_owned()),
            Error::CertRevoked => Standing::Revoked("it was revoked".to_owned()),
            Error::UnknownIssuer => Standing::Unknown("no chain leads from it to one of them".to_owned()),
            other => Standing::Unknown(format!("no valid chain leads from it to one of them ({other:?})")),
        }
    }
}

/// First and last instant at which a revocation list is current (RFC 5280, 5.1.2.4 and 5.1.2.5); one without an end is never taken.
///
/// # Errors
/// In words: it is damaged, has no end, or no sound time.
pub fn current_between(crl: &[u8]) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
    let list = x509_cert::crl::CertificateList::from_der(crl).map_err(|_| "it is damaged".to_owned())?.tbs_cert_list;
    let end = list.next_update.ok_or("it does not say until when it is current")?;
    let instant = |time: x509_cert::time::Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok();
        seconds.and_then(|s| DateTime::from_timestamp(s, 0)).ok_or("it has no sound time")
    };
    Ok((instant(list.this_update)?, instant(end)?))
}

#[cfg(test)]
mod limbo;
