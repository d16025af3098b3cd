//! Log files held against CloudTrail's digest files: which stretches of time are whole, and what breaks the others. Pure.
//!
//! It does not tell whether AWS signed a digest file: that takes AWS's keys, which only a verifier's caller can bring. But it
//! counts none whose signature is not at hand, so that whatever is counted here can be proved there.

use super::trail::{DELIVERY, Stretch};
use crate::model::evidence::Evidence;
use crate::recording::digest_file::DigestFile;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// A digest file as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// What it says.
    pub file: DigestFile,
    /// Its signature from the object's metadata, where it was given. The next digest file repeats it.
    pub signature: Option<String>,
    /// Where it is recorded.
    pub at: Evidence,
}

/// A log file as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// SHA-256 of its content.
    pub sha256: String,
    /// The watched events in it: `eventID` and `eventTime`.
    pub events: Vec<(String, DateTime<Utc>)>,
    /// Where it is recorded.
    pub at: Evidence,
}

/// Why a stretch of time is not whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// Events from this time on may be missing.
    pub from: DateTime<Utc>,
    /// Up to this time.
    pub to: DateTime<Utc>,
    /// What is missing or altered, as a clause.
    pub why: String,
}

/// What the digest files of one account and region say of the log files beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validated {
    /// Digest files that count: read, followed or with a signature of their own.
    pub digests: usize,
    /// Log files that are as one of these names them.
    pub named: usize,
    /// Times of which every event that CloudTrail delivered is in a log file that is here, by time.
    pub stretches: Vec<Stretch>,
    /// What is missing or altered, by time.
    pub breaks: Vec<Break>,
    /// Log files that none of these names, in order.
    pub unnamed: Vec<String>,
    /// Log files that are not as a digest file names them, in order.
    pub altered: Vec<String>,
}

/// Which digest files name which as the one before them.
pub struct Links<'a> {
    /// By the object of the one before.
    next: BTreeMap<&'a str, Vec<&'a Digest>>,
    last: BTreeMap<String, DateTime<Utc>>,
}

impl<'a> Links<'a> {
    /// Of all digest files of an account and region.
    pub fn of(all: &'a [Digest]) -> Self {
        let (mut next, mut last) = (BTreeMap::<_, Vec<&Digest>>::new(), BTreeMap::new());
        for digest in all {
            if let Some(previous) = &digest.file.previous {
                next.entry(previous.object.as_str()).or_default().push(digest);
            }
            let end = last.entry(digest.file.trail()).or_insert(digest.file.end);
            *end = digest.file.end.max(*end);
        }
        Self { next, last }
    }

    fn next(&self, digest: &Digest) -> impl Iterator<Item = &'a Digest> {
        let all = self.next.get(digest.file.object.as_str()).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(|d| d.file.previous.as_ref().is_some_and(|p| p.bucket == digest.file.bucket))
    }

    /// Every signature that is given for a digest file: by those that follow it, and beside it.
    pub fn signatures<'b>(&'b self, digest: &'b Digest) -> Vec<&'b str> {
        let repeated = self.next(digest).filter(|d| d.file.follows(&digest.file)).filter_map(|d| d.file.previous.as_ref());
        let mut found: Vec<&str> = repeated.map(|p| p.signature.as_str()).chain(digest.signature.as_deref()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a later digest file names this one as the one before it, but with other content.
    pub fn is_altered(&self, digest: &Digest) -> bool {
        self.next(digest).any(|d| !d.file.follows(&digest.file))
    }

    /// Whether no digest file of its trail is later.
    fn is_last(&self, digest: &Digest) -> bool {
        self.last.get(&digest.file.trail()).is_none_or(|end| *end <= digest.file.end)
    }
}

/// Holds log files against digest files.
pub fn validate(digests: &[Digest], files: &BTreeMap<String, Recorded>) -> Validated {
    let links = Links::of(digests);
    let mut found = Validated::default();
    let mut told: BTreeMap<&str, bool> = BTreeMap::new();
    let mut trails: BTreeMap<String, Vec<(&Digest, Option<String>)>> = BTreeMap::new();
    for digest in digests {
        let why = if links.is_altered(digest) {
            Some(format!("the digest file {} is not the one that the next names", digest.file.name()))
        } else if links.signatures(digest).is_empty() {
            if links.is_last(digest) {
                // Only the next one would bring its signature: it is as if it were not here yet.
                continue;
            }
            Some(format!("the digest file after {} is missing, which brings its signature", digest.file.name()))
        } else {
            found.digests += 1;
            for (name, sha256) in &digest.file.files {
                if let Some(file) = files.get(name) {
                    *told.entry(name).or_insert(true) &= file.sha256 == *sha256;
                }
            }
            missing(digest, files)
        };
        trails.entry(digest.file.trail()).or_default().push((digest, why));
    }
    found.named = told.values().filter(|same| **same).count();
    found.altered = told.iter().filter(|(_, same)| !**same).map(|(name, _)| (*name).to_owned()).collect();
    found.unnamed = files.keys().filter(|name| !told.contains_key(name.as_str())).cloned().collect();
    let mut late = Vec::new();
    for mut chain in trails.into_values() {
        chain.sort_by(|(a, _), (b, _)| (a.file.end, &a.file.object).cmp(&(b.file.end, &b.file.object)));
        let told = found.breaks.len();
        walk(&chain, &mut found);
        // A file that came late belongs to hours which its trail's own digest files call whole.
        if chain.iter().any(|(d, _)| d.file.is_backfill()) {
            late.extend(found.breaks.iter().skip(told).cloned());
        }
    }
    for gap in &late {
        found.stretches = without(&found.stretches, gap);
    }
    found.stretches.sort();
    found.breaks.sort();
    found
}

/// The first log file that a digest file names and that is not here, or not as it is named.
fn missing(digest: &Digest, files: &BTreeMap<String, Recorded>) -> Option<String> {
    let by = digest.file.name();
    digest.file.files.iter().find_map(|(name, sha256)| match files.get(name) {
        None => Some(format!("the log file {name}, which the digest file {by} names, was not given")),
        Some(file) if file.sha256 != *sha256 => Some(format!("the log file {name} is not as the digest file {by} names it")),
        Some(_) => None,
    })
}

/// Along the digest files of one trail, by time.
fn walk(chain: &[(&Digest, Option<String>)], found: &mut Validated) {
    let mut open: Option<Stretch> = None;
    let mut before: Option<&Digest> = None;
    for (digest, why) in chain {
        let (start, end) = (digest.file.start, digest.file.end);
        if let Some(why) = before.and_then(|b| parted(b, digest)) {
            let from = before.map_or(start, |b| b.file.end);
            close(&mut open, found);
            found.breaks.push(Break { from: from - DELIVERY, to: start.max(from), why });
        }
        match (why, &mut open) {
            (Some(why), _) => {
                close(&mut open, found);
                found.breaks.push(Break { from: start - DELIVERY, to: end, why: why.clone() });
            }
            // One that was made later for what its hour's own could not name covers nothing by itself.
            (None, _) if digest.file.is_backfill() => {}
            (None, Some(stretch)) => stretch.1 = end,
            (None, None) => open = Some((start, end)),
        }
        before = Some(digest);
    }
    close(&mut open, found);
}

/// Why a digest file does not go on where the one before it ends.
fn parted(before: &Digest, digest: &Digest) -> Option<String> {
    let (early, late) = (before.file.name(), digest.file.name());
    match &digest.file.previous {
        _ if digest.file.follows(&before.file) => {
            (digest.file.start > before.file.end).then(|| format!("the digest file {late} begins later than {early} ends"))
        }
        // Of those that are made when log files come late nothing is known of how one leads to the next.
        None if digest.file.is_backfill() => None,
        None => Some(format!("the digest file {late} is the first after logging or validation was off")),
        Some(p) if (&p.bucket, &p.object) == (&before.file.bucket, &before.file.object) => None,
        Some(p) => Some(format!("before the digest file {late} one is missing, {}", p.object.rsplit('/').next().unwrap_or_default())),
    }
}

/// Ends a stretch. What was delivered up to its end happened up to some minutes before that.
fn close(open: &mut Option<Stretch>, found: &mut Validated) {
    found.stretches.extend(open.take().map(|(from, to)| (from, to - DELIVERY)).filter(|(from, to)| from < to));
}

/// Stretches without the time of a break.
fn without(stretches: &[Stretch], gap: &Break) -> Vec<Stretch> {
    let pieces = stretches.iter().flat_map(|(from, to)| [(*from, (*to).min(gap.from)), ((*from).max(gap.to), *to)]);
    pieces.filter(|(from, to)| from < to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::parse_rfc3339;
    use crate::recording::digest_file;
    use serde_json::json;

    fn digest(object: &str, hours: [u32; 2], previous: Option<&Digest>, file: &str) -> Digest {
        let time = |hour: u32| format!("2026-08-01T{hour:02}:00:00Z");
        let content = json!({
            "awsAccountId": "123456789012", "digestStartTime": time(hours[0]), "digestEndTime": time(hours[1]), "digestS3Bucket": "logs",
            "digestS3Object": object, "digestPublicKeyFingerprint": "0f".repeat(16), "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": previous.map(|_| "logs"), "previousDigestS3Object": previous.map(|p| &p.file.object),
            "previousDigestHashValue": previous.map(|p| &p.file.sha256), "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|_| "5a".repeat(256)),
            "logFiles": [{"s3Bucket": "logs", "s3Object": file, "hashValue": "00".repeat(32), "hashAlgorithm": "SHA-256"}],
        });
        let file = digest_file::parse(content.to_string().as_bytes()).unwrap();
        Digest { file, signature: Some("5a".repeat(256)), at: Evidence::header("/source") }
    }

    fn files(names: &[&str]) -> BTreeMap<String, Recorded> {
        let file = || Recorded { sha256: "00".repeat(32), events: Vec::new(), at: Evidence::header("/source") };
        names.iter().map(|name| ((*name).to_owned(), file())).collect()
    }

    fn hours(found: &Validated) -> Vec<String> {
        found.stretches.iter().map(|(from, to)| format!("{}-{}", from.format("%H:%M"), to.format("%H:%M"))).collect()
    }

    #[test]
    fn a_log_file_that_came_late_and_is_missing_makes_a_hole_in_hours_that_were_whole() {
        let first = digest("x_t_20260801T020000Z.json.gz", [1, 2], None, "a");
        let second = digest("x_t_20260801T030000Z.json.gz", [2, 3], Some(&first), "b");
        let third = digest("x_t_20260801T040000Z.json.gz", [3, 4], Some(&second), "c");
        let mut all = vec![first, second, third];
        let whole = validate(&all, &files(&["a", "b", "c"]));
        assert_eq!((hours(&whole), whole.breaks.len(), whole.named), (vec!["01:00-03:45".to_owned()], 0, 3));
        all.push(digest("x_t_20260801T030000Z_backfill.json.gz", [2, 3], None, "late"));
        let holed = validate(&all, &files(&["a", "b", "c"]));
        assert_eq!(hours(&holed), ["01:00-01:45", "03:00-03:45"]);
        assert!(holed.breaks[0].why.contains("the log file late, which the digest file x_t_20260801T030000Z_backfill.json.gz names"));
        assert_eq!(hours(&validate(&all, &files(&["a", "b", "c", "late"]))), ["01:00-03:45"]);
    }

    #[test]
    fn a_chain_that_skips_time_or_a_file_ends_there() {
        let first = digest("x_t_20260801T020000Z.json.gz", [1, 2], None, "a");
        let later = digest("x_t_20260801T040000Z.json.gz", [3, 4], Some(&first), "b");
        let found = validate(&[first.clone(), later.clone()], &files(&["a", "b"]));
        assert_eq!(hours(&found), ["01:00-01:45", "03:00-03:45"]);
        assert!(found.breaks[0].why.contains("begins later than"), "{:?}", found.breaks);
        let (from, to) = (parse_rfc3339("2026-08-01T01:45:00Z").unwrap(), parse_rfc3339("2026-08-01T03:00:00Z").unwrap());
        assert_eq!((found.breaks[0].from, found.breaks[0].to), (from, to));
        let last = digest("x_t_20260801T050000Z.json.gz", [4, 5], Some(&later), "c");
        let found = validate(&[first, last], &files(&["a", "c"]));
        assert!(found.breaks[0].why.contains("one is missing, x_t_20260801T040000Z.json.gz"), "{:?}", found.breaks);
    }
}
