//! Step 7, time: the time stamps over the statement's signature (rulings 20, 21). Each must be a whole RFC 3161 answer over
//! exactly these bytes; the authority must be one of the caller's trust file. The time of the first such one bounds when the
//! seal was made, and step 4 checks the key at that time.
//!
//! It must not take the collector's own times for proof, nor an authority from the bundle.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Options;
use super::authority::{Question, Standing, TIME};
use super::begun;
use super::outcome::Outcome;
use super::pdf;
use super::recording::assessed_apart;
use super::statement::Sealed;
use super::trust::{Purpose, TrustedCa};
use crate::bundle::Bag;
use crate::bundle::layout::{LARGEST_TAG, REPORT_PDF, is_timestamp};
use crate::clock::{parse_rfc3339, rfc3339};
use crate::digest::{hex, sha256};
use crate::sign::timestamp::Token;

/// Most time stamps in one bundle.
const MOST: usize = 100;
/// A trusted time later than this after the end of collection proves existence from then on, and no more.
const SEALED_WITHIN: TimeDelta = TimeDelta::hours(24);
/// How far a machine's clock, the verifier's or the collector's, may lag behind an authority's.
pub(super) const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

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

/// What the step found.
pub(super) struct Time {
    /// How it ended.
    pub outcome: Outcome,
    /// When the seal existed at the latest, by an authority that the caller trusts.
    pub trusted: Option<DateTime<Utc>>,
    /// Whose word that is, in the caller's words.
    pub who: Option<String>,
    /// Every time stamp.
    pub stamps: Vec<Stamped>,
    /// After when the recording was written, and whose word that is, by an authority that the caller trusts.
    pub begun: Option<(DateTime<Utc>, String)>,
}

/// Step 7.
pub(super) fn check(bag: &Bag, sealed: &Sealed, options: &Options, pdf: Option<&pdf::Found>) -> Time {
    let found = stamps(bag, sealed, &options.authorities, pdf).and_then(|found| Ok((found, begun::read(bag, &options.authorities)?)));
    match found {
        Ok(((found, in_pdf), begun)) => begun::joined(begun, judged(found, in_pdf, sealed, options), &sealed.predicate),
        Err(why) => Time { outcome: Outcome::Failed(why), trusted: None, who: None, stamps: Vec::new(), begun: None },
    }
}

/// A time stamp that is whole, and what the trust file says of its authority.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) stamp: Stamped,
    pub(super) token: Token,
    /// Why its authority is not known.
    pub(super) unknown: Option<String>,
}

/// Looks for a token's authority in the trust file.
pub(super) fn found(path: &str, token: Token, authorities: &[TrustedCa]) -> Found {
    let authority = known(&token, authorities);
    let stamp = Stamped {
        path: path.to_owned(),
        time: rfc3339(token.time),
        who: authority.as_ref().ok().map(|ca| ca.who.clone()),
        named: token.signer.subject(),
        policy: token.policy.clone(),
        serial: hex(&token.serial),
    };
    Found { stamp, unknown: authority.err(), token }
}

/// The time stamps over the statement's signature, by path.
fn stamps(bag: &Bag, sealed: &Sealed, authorities: &[TrustedCa], pdf: Option<&pdf::Found>) -> Result<(Vec<Found>, Option<Found>), String> {
    let paths: Vec<&String> = bag.files().keys().filter(|path| is_timestamp(path)).collect();
    if paths.len() > MOST {
        return Err(format!("there are more than {MOST} time stamps"));
    }
    let digest = sha256(&sealed.envelope.signature);
    let judged = |path: &str, token: Token| found(path, token, authorities);
    let one = |path: &String| {
        let bytes = bag.read(path, LARGEST_TAG).map_err(|e| e.to_string())?;
        Ok(judged(path, Token::in_response(&bytes, digest)?))
    };
    let in_pdf = pdf.and_then(|found| Some((found.0.signed.timestamp()?, sha256(&found.0.signed.signature))));
    let in_pdf = in_pdf.map(|(token, digest)| Token::read(token, digest).map(|token| judged(REPORT_PDF, token)));
    let in_pdf = in_pdf.transpose().map_err(|why| format!("{REPORT_PDF}: {why}"))?;
    let found = paths.into_iter().map(|path| one(path).map_err(|why: String| format!("{path}: {why}"))).collect::<Result<_, _>>()?;
    Ok((found, in_pdf))
}

/// The authority of the trust file to which a token's certificate leads, valid when the token was made. Its revocation is not
/// looked at: nothing here asks anybody.
fn known<'a>(token: &Token, authorities: &'a [TrustedCa]) -> Result<&'a TrustedCa, String> {
    let mut why = None;
    for ca in authorities.iter().filter(|ca| ca.purpose == Purpose::Time) {
        let (from, to) = ca.certificate.validity();
        if token.time < ca.valid_from.max(from) || token.time > ca.valid_to.unwrap_or(to).min(to) {
            why.get_or_insert_with(|| format!("{:?} is not trusted by the trust file at {}", ca.who, rfc3339(token.time)));
            continue;
        }
        let question =
            Question { leaf: &token.signer, authority: &ca.certificate, others: &token.certificates, at: token.time, usage: &TIME };
        match question.standing(&[]) {
            Standing::Good | Standing::RevocationUnknown(_) => return Ok(ca),
            Standing::Unknown(_) => {}
            Standing::Expired(told) | Standing::NotYetValid(told) | Standing::WrongUse(told) | Standing::Revoked(told) => {
                why.get_or_insert(told);
            }
        }
    }
    let subject = token.signer.subject();
    Err(match why {
        Some(why) => format!("the certificate {subject:?} at {}: {why}", rfc3339(token.time)),
        None if authorities.iter().any(|ca| ca.purpose == Purpose::Time) => {
            format!("no path leads from the certificate {subject:?} to an authority of the trust file")
        }
        None => "the trust file names no authority ([[ca]]) for \"time\"".to_owned(),
    })
}

fn judged(found: Vec<Found>, in_pdf: Option<Found>, sealed: &Sealed, options: &Options) -> Time {
    let apart = assessed_apart(&sealed.evidence);
    let end = sealed.predicate.collection.end.as_deref().and_then(|t| parse_rfc3339(t).ok());
    let report = in_pdf.as_ref().map(|f| match &f.stamp.who {
        Some(who) => format!("; the signature in {REPORT_PDF} existed by {}, as {who:?} says", f.stamp.time),
        None => format!("; the time stamp in {REPORT_PDF} is by an authority that the trust file does not name"),
    });
    let apart_note = apart.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    let more = format!("{}{apart_note}", report.unwrap_or_default());
    let early = in_pdf.as_ref().filter(|f| end.is_some_and(|end| f.token.time + f.token.accuracy < end));
    let ended = |outcome, trusted, found: Vec<Found>| {
        let stamps = found.into_iter().chain(in_pdf.clone()).map(|f| f.stamp).collect();
        Time { outcome, trusted, who: None, stamps, begun: None }
    };
    if let Some(early) = early {
        let why = format!("the time stamp in {REPORT_PDF} says {}, which is before the end of the collection", early.stamp.time);
        return ended(Outcome::Failed(why), None, found);
    }
    let Some(first) = found.first() else {
        let why = "it carries no time stamp over the seal, so when it was sealed is the sealer's word; `poolproof timestamp` adds one";
        return ended(Outcome::NotChecked(format!("{why}{more}")), None, found);
    };
    // The latest moment that the token allows: the authority's clock may have been behind by its accuracy.
    let trusted = found.iter().filter(|f| f.unknown.is_none()).map(|f| f.token.time + f.token.accuracy).min();
    let Some(time) = trusted else {
        let why = first.unknown.clone().unwrap_or_default();
        let why = format!("{} is whole, but whose it is is not known: {why}", first.stamp.path);
        let named = options.authorities.iter().any(|ca| ca.purpose == Purpose::Time);
        let outcome = if named { Outcome::Failed(why) } else { Outcome::NotChecked(format!("{why}{more}")) };
        return ended(outcome, None, found);
    };
    let who = found.iter().find(|f| f.unknown.is_none() && f.token.time + f.token.accuracy == time).and_then(|f| f.stamp.who.clone());
    let by = format!("sealed by {} at the latest, as {:?} of the trust file says", rfc3339(time), who.as_deref().unwrap_or_default());
    let gap = end.map(|end| time - end);
    let outcome = match gap {
        Some(gap) if gap < TimeDelta::zero() => Outcome::Failed(format!(
            "{by}; but the bundle says that it was collected until {}, which is after that: one of the two is not true",
            sealed.predicate.collection.end.as_deref().unwrap_or_default()
        )),
        _ if time > options.now + CLOCKS_DIFFER => {
            Outcome::NotChecked(format!("{by}; but this machine's clock says {}: one of the two is wrong{more}", rfc3339(options.now)))
        }
        Some(gap) if gap > SEALED_WITHIN => Outcome::NotChecked(format!(
            "{by}, {} after the end of the collection: it existed by then, and when it was sealed before that is the sealer's word{more}",
            length(gap)
        )),
        _ if apart.is_some() => Outcome::NotChecked(format!("{by}{more}")),
        Some(gap) => Outcome::Passed(format!(
            "{by}, {} after the end of the collection; whether the authority's certificate was revoked was not asked{more}",
            length(gap)
        )),
        None => Outcome::Passed(format!("{by}; whether the authority's certificate was revoked was not asked{more}")),
    };
    let holds = !matches!(outcome, Outcome::Failed(_));
    Time { who: who.filter(|_| holds), ..ended(outcome, trusted.filter(|_| holds), found) }
}

/// A time span for people.
fn length(span: TimeDelta) -> String {
    let seconds = span.num_seconds();
    let (hours, minutes) = (seconds / 3_600, seconds % 3_600 / 60);
    match hours {
        0 if minutes == 0 => format!("{seconds} s"),
        0 => format!("{minutes} min {} s", seconds % 60),
        1..=47 => format!("{hours} h {minutes} min"),
        _ => format!("{} days", hours / 24),
    }
}
