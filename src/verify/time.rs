//! Step 7, time: the time stamps over the statement's signature (rulings 20, 21). Each must be a whole RFC 3161 answer over
//! exactly these bytes; the authority must be one of the caller's trust file, and not revoked. The time of the first such one
//! bounds when the seal was made, and step 4 checks the key at that time.
//!
//! It must not take the collector's own times for proof, nor an authority from the bundle.

use chrono::{DateTime, TimeDelta, Utc};

use super::Options;
use super::begun;
use super::outcome::Outcome;
use super::pdf;
use super::recording::assessed_apart;
use super::stamp::{Asked, Found, Stamped, Whose};
use super::statement::Sealed;
use super::trust::Purpose;
use crate::bundle::Bag;
use crate::bundle::layout::{LARGEST_TAG, REPORT_PDF, is_timestamp};
use crate::clock::{parse_rfc3339, rfc3339};
use crate::digest::sha256;
use crate::sign::timestamp::Token;

/// Most time stamps in one bundle.
const MOST: usize = 100;
/// A trusted time later than this after the end of collection proves existence from then on, and no more.
const SEALED_WITHIN: TimeDelta = TimeDelta::hours(24);
/// How far a machine's clock, the verifier's or the collector's, may lag behind an authority's.
pub(super) const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

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
pub(super) fn check(bag: &Bag, sealed: &Sealed, options: &Options, pdf: Option<&pdf::Found>, crls: &[Vec<u8>]) -> Time {
    let asked = Asked { authorities: &options.authorities, crls };
    let found = stamps(bag, sealed, &asked, pdf).and_then(|found| Ok((found, begun::read(bag, &asked)?)));
    match found {
        Ok(((found, in_pdf), begun)) => begun::joined(begun, judged(found, in_pdf, sealed, options), &sealed.predicate),
        Err(why) => Time { outcome: Outcome::Failed(why), trusted: None, who: None, stamps: Vec::new(), begun: None },
    }
}

/// The time stamps over the statement's signature, by path.
fn stamps(bag: &Bag, sealed: &Sealed, asked: &Asked<'_>, pdf: Option<&pdf::Found>) -> Result<(Vec<Found>, Option<Found>), String> {
    let paths: Vec<&String> = bag.files().keys().filter(|path| is_timestamp(path)).collect();
    if paths.len() > MOST {
        return Err(format!("there are more than {MOST} time stamps"));
    }
    let digest = sha256(&sealed.envelope.signature);
    let one = |path: &String| {
        let bytes = bag.read(path, LARGEST_TAG).map_err(|e| e.to_string())?;
        Ok(asked.found(path, Token::in_response(&bytes, digest)?))
    };
    let in_pdf = pdf.and_then(|found| Some((found.0.signed.timestamp()?, sha256(&found.0.signed.signature))));
    let in_pdf = in_pdf.map(|(token, digest)| Token::read(token, digest).map(|token| asked.found(REPORT_PDF, token)));
    let in_pdf = in_pdf.transpose().map_err(|why| format!("{REPORT_PDF}: {why}"))?;
    let found = paths.into_iter().map(|path| one(path).map_err(|why: String| format!("{path}: {why}"))).collect::<Result<_, _>>()?;
    Ok((found, in_pdf))
}

fn judged(found: Vec<Found>, in_pdf: Option<Found>, sealed: &Sealed, options: &Options) -> Time {
    let apart = assessed_apart(&sealed.evidence);
    let end = sealed.predicate.collection.end.as_deref().and_then(|t| parse_rfc3339(t).ok());
    let report = in_pdf.as_ref().map(|f| match (&f.whose, &f.stamp.who) {
        (Whose::Known { .. }, Some(who)) => format!("; the signature in {REPORT_PDF} existed by {}, as {who:?} says", f.stamp.time),
        (Whose::Revoked(why), _) => format!("; the time stamp in {REPORT_PDF} does not count: the certificate of its authority was {why}"),
        _ => format!("; the time stamp in {REPORT_PDF} is by an authority that the trust file does not name"),
    });
    let apart_note = apart.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    let mut more = format!("{}{apart_note}", report.unwrap_or_default());
    let early = in_pdf.as_ref().filter(|f| end.is_some_and(|end| f.latest() < end));
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
    let Some(decides) = found.iter().filter(|f| f.counts()).min_by_key(|f| f.latest()).cloned() else {
        let revoked = found.iter().find(|f| matches!(f.whose, Whose::Revoked(_)));
        let why = revoked.unwrap_or(first).doubt().unwrap_or_default();
        let named = options.authorities.iter().any(|ca| ca.purpose == Purpose::Time);
        let outcome = if named { Outcome::Failed(why) } else { Outcome::NotChecked(format!("{why}{more}")) };
        return ended(outcome, None, found);
    };
    let (time, who) = (decides.latest(), decides.stamp.who.clone());
    let bound: Vec<Vec<u8>> = in_pdf.iter().flat_map(|f| f.token.certificates.clone()).collect();
    let loose = |f: &&Found| matches!(f.whose, Whose::Known { loose: true, .. }) && !f.token.certificates.iter().all(|c| bound.contains(c));
    let loose = found.iter().find(loose).map(|f| {
        format!(
            "{} carries a certificate that the way to its authority does not use, so nothing keeps that from being changed",
            f.stamp.path
        )
    });
    let by = format!("sealed by {} at the latest, as {:?} of the trust file says", rfc3339(time), who.as_deref().unwrap_or_default());
    let gap = end.map(|end| time - end);
    let after = gap.map(|gap| format!(", {} after the end of the collection", length(gap))).unwrap_or_default();
    let open = decides.open().or(loose);
    if let Some(open) = &open {
        more = format!("; {open}{more}");
    }
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
        _ if apart.is_some() || open.is_some() => Outcome::NotChecked(format!("{by}{after}{more}")),
        _ => Outcome::Passed(format!("{by}{after}; a revocation list shows that its certificate was not revoked then{more}")),
    };
    let holds = !matches!(outcome, Outcome::Failed(_));
    Time { who: who.filter(|_| holds), ..ended(outcome, holds.then_some(time), found) }
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
