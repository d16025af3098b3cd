//! One time stamp and what is known of its authority: whether the caller's trust file names it, and whether it was revoked.
//!
//! It must not take an authority from the bundle, nor decide what that means for the step (`time` and `begun` do).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::authority::{Question, Standing, TIME};
use super::trust::{Purpose, TrustedCa};
use crate::clock::rfc3339;
use crate::digest::hex;
use crate::sign::timestamp::Token;

/// A time stamp that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamped {
    /// Its file.
    pub path: String,
    /// The time that it tells, RFC 3339.
    pub time: String,
    /// Who tells it, in the caller's own words; only for an authority of the trust file.
    pub who: Option<String>,
    /// What the authority's certificate calls itself. Whoever made it chose that.
    pub named: String,
    /// Under which policy, dotted numbers.
    pub policy: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
}

/// By what authorities are judged.
pub(super) struct Asked<'a> {
    /// The caller's own.
    pub authorities: &'a [TrustedCa],
    /// Revocation lists, from anybody.
    pub crls: &'a [Vec<u8>],
}

/// What is known of the authority of a time stamp.
#[derive(Clone)]
pub(super) enum Whose {
    /// The caller's trust file names it. Why it is not shown that it was not revoked, where it is not; whether the stamp carries
    /// certificates that the way to it does not use.
    Known { unproved: Option<String>, loose: bool },
    /// Its certificate was revoked: its stamp does not count.
    Revoked(String),
    /// The caller's trust file does not name it.
    Unknown(String),
}

/// A time stamp that is whole, and what is known of its authority.
#[derive(Clone)]
pub(super) struct Found {
    pub stamp: Stamped,
    pub token: Token,
    pub whose: Whose,
}

impl Found {
    /// Whether it counts: by an authority of the trust file, whose certificate was not revoked by any list that was read.
    pub(super) fn counts(&self) -> bool {
        matches!(self.whose, Whose::Known { .. })
    }

    /// Why it does not count, in words.
    pub(super) fn doubt(&self) -> Option<String> {
        match &self.whose {
            Whose::Known { .. } => None,
            Whose::Revoked(why) => Some(format!("{} does not count: the certificate of its authority was {why}", self.stamp.path)),
            Whose::Unknown(why) => Some(format!("{} is whole, but whose it is is not known: {why}", self.stamp.path)),
        }
    }

    /// What is open about one that counts, in words.
    pub(super) fn open(&self) -> Option<String> {
        let Whose::Known { unproved: Some(why), .. } = &self.whose else { return None };
        Some(format!("whether the certificate of the authority of {} was revoked is not shown: {why}", self.stamp.path))
    }

    /// The latest moment that it allows: the authority's clock may have been behind by its accuracy.
    pub(super) fn latest(&self) -> DateTime<Utc> {
        self.token.time + self.token.accuracy
    }
}

impl Asked<'_> {
    /// Looks for a token's authority in the trust file.
    pub(super) fn found(&self, path: &str, token: Token) -> Found {
        let (who, whose) = self.whose(&token);
        let stamp = Stamped {
            path: path.to_owned(),
            time: rfc3339(token.time),
            who,
            named: token.signer.subject(),
            policy: token.policy.clone(),
            serial: hex(&token.serial),
        };
        Found { stamp, whose, token }
    }

    /// The authority of the trust file to which a token's certificate leads, valid when the token was made, and what the
    /// revocation lists say of the way there. Nothing here asks anybody.
    fn whose(&self, token: &Token) -> (Option<String>, Whose) {
        let at = token.time + token.accuracy;
        let (mut known, mut revoked, mut why) = (None, None, None);
        for ca in self.authorities.iter().filter(|ca| ca.purpose == Purpose::Time) {
            let (from, to) = ca.certificate.validity();
            if token.time < ca.valid_from.max(from) || at > ca.valid_to.unwrap_or(to).min(to) {
                why.get_or_insert_with(|| format!("{:?} is not trusted by the trust file at {}", ca.who, rfc3339(token.time)));
                continue;
            }
            let (leaf, others) = (&token.signer, token.certificates.as_slice());
            let question = Question { leaf, authority: &ca.certificate, others, at, usage: &TIME };
            let way = question.way();
            let used = |der: &Vec<u8>| der == leaf.der() || der == ca.certificate.der() || way.contains(der);
            let loose = !others.iter().all(used);
            let is_known = |unproved| (Some(ca.who.clone()), Whose::Known { unproved, loose });
            match question.standing(&[self.crls, ca.crls.as_slice()].concat()) {
                Standing::Good => return is_known(None),
                Standing::RevocationUnknown(told) => drop(known.get_or_insert_with(|| is_known(Some(told)))),
                Standing::Revoked(told) => drop(revoked.get_or_insert(told)),
                Standing::Unknown(_) => {}
                Standing::Expired(told) | Standing::NotYetValid(told) | Standing::WrongUse(told) => drop(why.get_or_insert(told)),
            }
        }
        let subject = token.signer.subject();
        match (revoked, known, why) {
            // Revoked once is revoked.
            (Some(told), _, _) => (None, Whose::Revoked(told)),
            (None, Some(known), _) => known,
            (None, None, Some(why)) => (None, Whose::Unknown(format!("the certificate {subject:?} at {}: {why}", rfc3339(token.time)))),
            (None, None, None) if self.authorities.iter().any(|ca| ca.purpose == Purpose::Time) => {
                (None, Whose::Unknown(format!("no path leads from the certificate {subject:?} to an authority of the trust file")))
            }
            (None, None, None) => (None, Whose::Unknown("the trust file names no authority ([[ca]]) for \"time\"".to_owned())),
        }
    }
}
