//! CloudTrail: the management events about user pools of one account and region, and which stretches of time the log
//! covers. A fold over recorded LookupEvents pages and exported log files; it judges nothing.
//!
//! An event that may have changed a pool and cannot be read is kept as such: it must never count as "nothing happened".

use super::answer::Answer;
use super::listing::Pages;
use super::log_file::named_digest;
use super::validated::{Digest, Recorded, Validated, validate};
use crate::clock;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, Gap, GapKind};
use crate::recording::digest_file;
use crate::recording::line::Call;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Events by which the MFA mode of a pool is set (API reference; UpdateUserPool sets what it leaves out to its default).
pub const SETTING: [&str; 4] = ["SetUserPoolMfaConfig", "UpdateUserPool", "CreateUserPool", "DeleteUserPool"];

/// Events that are looked up, those that set the MFA mode first. The others are listed for the review of risky calls.
pub const WATCHED: [&str; 20] = [
    "SetUserPoolMfaConfig",
    "UpdateUserPool",
    "CreateUserPool",
    "DeleteUserPool",
    "UpdateUserPoolClient",
    "CreateIdentityProvider",
    "UpdateIdentityProvider",
    "DeleteIdentityProvider",
    "SetRiskConfiguration",
    "SetLogDeliveryConfiguration",
    "AdminSetUserMFAPreference",
    "AdminSetUserPassword",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminResetUserPassword",
    "AdminDeleteUser",
    "AdminRemoveUserFromGroup",
    "DeleteGroup",
    "CreateUserPoolClient",
    "AdminAddUserToGroup",
];

/// The service whose events count.
pub const SOURCE: &str = "cognito-idp.amazonaws.com";

/// How far LookupEvents reaches back (API reference, LookupEvents).
pub const REACH: Duration = Duration::days(90);
/// How long after a call its event may be missing (CloudTrail FAQ: delivered within about 5 minutes on average, up to 15).
pub const DELIVERY: Duration = Duration::minutes(15);

/// Operations of a recording that are about the log and not about a pool.
pub fn takes(operation: &str) -> bool {
    matches!(operation, "LookupEvents" | "LogFile" | "DigestFile")
}

/// Operations that are files which were given, and no answers of a host.
pub fn is_file(operation: &str) -> bool {
    matches!(operation, "LogFile" | "DigestFile")
}

/// One management event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `eventTime`.
    pub time: DateTime<Utc>,
    /// `eventID`: the same in both sources.
    pub id: String,
    /// `eventName`.
    pub name: String,
    /// The pool, where the event names one.
    pub pool: Option<String>,
    /// `mfaConfiguration`, as answered, else as asked for.
    pub mode: Option<String>,
    /// `errorCode`: the call was refused and changed nothing.
    pub refused: Option<String>,
    /// The caller: kind of principal, account, and the digest of its ARN.
    pub who: String,
    /// Where it came from: an AWS service by name, or the digest of an address.
    pub address: Option<String>,
    /// `requestID`.
    pub request_id: Option<String>,
    /// `lookup-events` or `log-file`.
    pub source: &'static str,
    /// Where it is recorded.
    pub at: Evidence,
}

/// A listing of the events of one name.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Whether it was read to its end.
    pub complete: Fetched<()>,
    /// When its first page was asked for, by AWS's clock where that is known.
    pub asked: Option<DateTime<Utc>>,
}

/// What is known of the log of one account and region.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// Every event, by time, then id; each once.
    pub events: Vec<Event>,
    /// LookupEvents, by event name.
    pub lookups: BTreeMap<String, Lookup>,
    /// Days of which a log file holds events, with the time of the last one seen and where.
    pub days: BTreeMap<NaiveDate, (DateTime<Utc>, Evidence)>,
    /// The log files held against digest files; `None` where no digest file was given.
    pub validated: Option<Validated>,
    /// The log files, by name.
    pub files: BTreeMap<String, Recorded>,
    /// The digest files.
    pub digests: Vec<Digest>,
    /// Events and files that cannot be read.
    pub unreadable: Vec<Gap>,
}

/// A stretch of time, the end not included.
pub type Stretch = (DateTime<Utc>, DateTime<Utc>);

impl Trail {
    /// Whether anything was asked or given at all.
    pub fn is_empty(&self) -> bool {
        self.lookups.is_empty() && self.days.is_empty() && self.digests.is_empty() && self.unreadable.is_empty()
    }

    /// The stretches that the log covers, in order, joined where they meet.
    pub fn covered(&self) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = self.looked_up().into_iter().collect();
        match &self.validated {
            Some(validated) => stretches.extend(&validated.stretches),
            None => stretches.extend(self.by_days()),
        }
        stretches.retain(|(from, to)| from < to);
        stretches.sort();
        let mut joined: Vec<Stretch> = Vec::new();
        for (from, to) in stretches {
            match joined.last_mut() {
                Some(before) if from <= before.1 => before.1 = before.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        joined
    }

    /// What log files cover that no digest file speaks of: every day of which one holds an event, as if all were there.
    fn by_days(&self) -> impl Iterator<Item = Stretch> {
        let last = self.days.keys().next_back();
        self.days.iter().map(move |(day, (seen, _))| {
            let from = midnight(*day);
            // Of the last day nobody knows what came after the last event seen.
            let to = if Some(day) == last { *seen } else { from + Duration::days(1) };
            (from, to)
        })
    }

    /// What LookupEvents covers: only where the events of every watched name were read to the end.
    fn looked_up(&self) -> Option<Stretch> {
        let mut covered: Option<Stretch> = None;
        for name in WATCHED {
            let lookup = self.lookups.get(name)?;
            lookup.complete.known().ok()?;
            let asked = lookup.asked?;
            let (from, to) = (asked - REACH, asked - DELIVERY);
            covered = Some(covered.map_or((from, to), |(f, t)| (f.max(from), t.min(to))));
        }
        covered
    }

    /// Log files whose events must not count, though the log is whole without them: those that are not as a digest file
    /// names them, and those that none names, with an event in a time that is covered and that LookupEvents does not show.
    fn doubtful(&self, looked_up: &BTreeSet<String>) -> Vec<Gap> {
        let Some(validated) = &self.validated else { return Vec::new() };
        let covered = self.covered();
        let extra =
            |(id, time): &(String, DateTime<Utc>)| !looked_up.contains(id) && covered.iter().any(|(from, to)| from <= time && time < to);
        let altered = validated.altered.iter().map(|name| (name, "is not as a digest file names it"));
        let unnamed = validated.unnamed.iter().map(|name| (name, "is named by no digest file that counts"));
        let unnamed = unnamed.filter(|(name, _)| self.files.get(*name).is_some_and(|f| f.events.iter().any(extra)));
        let gap = |(name, why): (&String, &str)| {
            let at = self.files.get(name).map_or_else(|| Evidence::header("/source"), |f| f.at.clone());
            Gap {
                what: format!("the log file {name} (it {why})"),
                kind: GapKind::Malformed("a file as CloudTrail delivered it".to_owned()),
                at,
            }
        };
        altered.chain(unnamed).map(gap).collect()
    }

    /// What the log files are worth, in a sentence; `None` where none was given.
    pub fn standing(&self) -> Option<String> {
        let n = self.files.len();
        let Some(found) = &self.validated else {
            return (n > 0).then(|| "The log files were not validated: one taken out of a day would go unnoticed.".to_owned());
        };
        let breaks = match found.breaks.len() {
            0 => "none is missing".to_owned(),
            breaks => format!("with {breaks} breaks, which are gaps in the proof"),
        };
        let others = match found.unnamed.len() {
            0 => String::new(),
            others => format!(" {others} other log files are named by none of them and prove nothing."),
        };
        Some(format!(
            "{} log files are as {} digest files of CloudTrail name them, {breaks}.{others} That AWS signed these digest files is \
             not shown here: `poolproof verify --trail-keys` shows it, with public keys that the auditor fetched himself.",
            found.named, found.digests
        ))
    }

    /// Why log files do not cover a stretch of time, as a clause.
    pub fn file_gap(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        match &self.validated {
            None => "no log file that was given holds this time".to_owned(),
            Some(found) => match found.breaks.iter().find(|b| b.from < to && from < b.to) {
                Some(broken) => broken.why.clone(),
                None => "no digest file that counts speaks of this time".to_owned(),
            },
        }
    }

    /// The first reason why LookupEvents covers nothing, where it was asked.
    pub fn lookup_gap(&self) -> Option<Gap> {
        if self.lookups.is_empty() {
            return None;
        }
        WATCHED.iter().find_map(|name| match self.lookups.get(*name) {
            None => Some(never_asked()),
            Some(lookup) => lookup.complete.known().err(),
        })
    }

    /// Where the log's own statements stand: pages and files that were read.
    pub fn pointers(&self) -> impl Iterator<Item = Evidence> {
        let lookups = SETTING.iter().filter_map(|name| self.lookups.get(*name)).map(|lookup| lookup.complete.at.clone());
        let first = self.days.values().next().map(|(_, at)| at.clone());
        let last = self.days.values().next_back().map(|(_, at)| at.clone());
        let digests = [self.digests.first(), self.digests.last()].into_iter().flatten().map(|d| d.at.clone());
        lookups.chain(first).chain(last).chain(digests)
    }
}

/// The gap of a log that nobody asked for.
pub fn never_asked() -> Gap {
    Gap { what: "LookupEvents".to_owned(), kind: GapKind::NotAsked, at: Evidence::header("/source") }
}

/// The first moment of a day.
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The fold of one account and region.
#[derive(Default)]
pub struct Gathering {
    events: BTreeMap<String, Event>,
    pages: BTreeMap<String, (Pages, Option<DateTime<Utc>>)>,
    days: BTreeMap<NaiveDate, (DateTime<Utc>, Evidence)>,
    files: BTreeMap<String, Recorded>,
    /// By name; `None` for one that is not in the documented form.
    digests: BTreeMap<String, Option<Digest>>,
    /// Ids of the events that LookupEvents showed.
    looked_up: BTreeSet<String>,
    unreadable: Vec<Gap>,
}

impl Gathering {
    /// Adds a recorded attempt.
    pub fn add(&mut self, call: &Call) {
        match call.operation.as_str() {
            "LogFile" => self.file(call),
            "DigestFile" => self.digest(call),
            _ => self.page(call),
        }
    }

    fn page(&mut self, call: &Call) {
        let name = call.input.get("EventName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let first = call.input.get("NextToken").is_none();
        let asked = clock::parse_rfc3339(call.by_aws()).ok();
        let (pages, begun) = self.pages.entry(name.clone()).or_default();
        pages.add(call);
        if first && call.error.is_none() {
            // The earliest bounds both ends best: what it covers, every later page covers too.
            *begun = begun.or(asked).min(asked);
        }
        let Some(answer) = &call.answer else { return };
        let Some(list) = answer.get("Events").and_then(Value::as_array) else {
            return self.unreadable(call, "/Events", "a list of events");
        };
        for (n, item) in list.iter().enumerate() {
            let pointer = format!("/Events/{n}/CloudTrailEvent");
            match item.get("CloudTrailEvent") {
                Some(record) if record.get("eventName").and_then(Value::as_str) == Some(&name) => {
                    self.looked_up.extend(record.get("eventID").and_then(Value::as_str).map(str::to_owned));
                    self.record(record, call, &pointer, "lookup-events");
                }
                _ => self.unreadable(call, &pointer, "an event of the name asked for"),
            }
        }
    }

    fn file(&mut self, call: &Call) {
        let Some(answer) = &call.answer else {
            let kind = Answer::of(call).gap().cloned().unwrap_or(GapKind::NotAsked);
            self.unreadable.push(Gap { what: "log file".to_owned(), kind, at: Evidence::call(&call.call, "") });
            return;
        };
        let last = answer.get("Last").and_then(Value::as_str).and_then(|t| clock::parse_rfc3339(t).ok());
        for day in answer.get("Days").and_then(Value::as_array).into_iter().flatten() {
            let Some(day) = day.as_str().and_then(|d| d.parse::<NaiveDate>().ok()) else {
                self.unreadable(call, "/Days", "a list of days");
                continue;
            };
            let end = last.filter(|l| l.date_naive() == day).unwrap_or_else(|| midnight(day));
            let at = Evidence::call(&call.call, "/Days");
            let seen = self.days.entry(day).or_insert_with(|| (end, at.clone()));
            if end > seen.0 {
                *seen = (end, at);
            }
        }
        match answer.get("Records").and_then(Value::as_array) {
            Some(list) => {
                let text = |record: &Value, name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
                let events = list.iter().filter_map(|r| Some((text(r, "eventID")?, clock::parse_rfc3339(&text(r, "eventTime")?).ok()?)));
                let sha256 = answer.get("Sha256").and_then(Value::as_str).unwrap_or_default().to_owned();
                let recorded = Recorded { sha256, events: events.collect(), at: Evidence::call(&call.call, "") };
                let known = self.files.entry(key(call)).or_insert_with(|| recorded.clone());
                if known.sha256 != recorded.sha256 {
                    self.unreadable(call, "/Sha256", "the same content as the other file of this name");
                }
                for (n, record) in list.iter().enumerate() {
                    self.record(record, call, &format!("/Records/{n}"), "log-file");
                }
            }
            None => self.unreadable(call, "/Records", "a list of records"),
        }
    }

    fn digest(&mut self, call: &Call) {
        let text = |name: &str| call.answer.as_ref().and_then(|a| a.get(name)).and_then(Value::as_str);
        let name = key(call);
        // One that was renamed is not the one that AWS signed, and one of another region or account says nothing of this one.
        let account = call.call.split(['.', ':']).next().unwrap_or_default();
        let here = named_digest(&name).is_some_and(|(of, region)| of == account && region == call.region);
        let read = text("Content").and_then(|c| digest_file::parse(c.as_bytes()).ok()).filter(|file| here && file.name() == name);
        let digest = read.map(|file| Digest {
            file,
            signature: text("Signature").and_then(|s| digest_file::signature(s).ok()),
            at: Evidence::call(&call.call, ""),
        });
        match self.digests.get_mut(&name) {
            None => {
                self.digests.insert(name, digest);
            }
            Some(known) if known.as_ref().map(|k| &k.file) != digest.as_ref().map(|d| &d.file) => *known = None,
            Some(_) => {}
        }
    }

    fn record(&mut self, record: &Value, call: &Call, pointer: &str, source: &'static str) {
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
        let time = text("/eventTime").and_then(|t| clock::parse_rfc3339(t).ok());
        let (Some(time), Some(id), Some(name)) = (time, text("/eventID"), text("/eventName")) else {
            return self.unreadable(call, pointer, "eventTime, eventID and eventName");
        };
        if text("/eventSource") != Some(SOURCE) || !WATCHED.contains(&name) {
            return self.unreadable(call, pointer, "an event of Amazon Cognito that is watched");
        }
        let refused = match record.get("errorCode") {
            None | Some(Value::Null) => None,
            Some(code) => Some(code.as_str().unwrap_or("unreadable").to_owned()),
        };
        let pool = ["/requestParameters/userPoolId", "/responseElements/userPool/id"].iter().find_map(|p| text(p)).map(str::to_owned);
        let modes =
            ["/responseElements/mfaConfiguration", "/responseElements/userPool/mfaConfiguration", "/requestParameters/mfaConfiguration"];
        if pool.is_none() && refused.is_none() && SETTING.contains(&name) {
            // It changed a pool, and does not say which: it may have been any.
            self.unreadable(call, pointer, "userPoolId");
        }
        let event = Event {
            time,
            id: id.to_owned(),
            name: name.to_owned(),
            pool,
            mode: modes.iter().find_map(|p| text(p)).map(str::to_owned),
            refused,
            who: who(record),
            address: record.get("sourceIPAddress").and_then(shown),
            request_id: text("/requestID").map(str::to_owned),
            source,
            at: Evidence::call(&call.call, pointer),
        };
        // The same event from both sources is one; which of the two is shown must not depend on the order.
        let kept = self.events.entry(event.id.clone()).or_insert_with(|| event.clone());
        let differs = (kept.time, &kept.name, &kept.pool, &kept.mode, &kept.refused)
            != (event.time, &event.name, &event.pool, &event.mode, &event.refused);
        if event.at < kept.at {
            *kept = event;
        }
        if differs {
            self.unreadable(call, pointer, "the same content as the other record of this event");
        }
    }

    fn unreadable(&mut self, call: &Call, pointer: &str, expected: &str) {
        let what = format!("{} {}", call.operation, pointer.trim_start_matches('/').replace('/', "."));
        let kind = GapKind::Malformed(expected.to_owned());
        self.unreadable.push(Gap { what, kind, at: Evidence::call(&call.call, pointer) });
    }

    /// What was gathered.
    pub fn finish(self) -> Trail {
        let mut events: Vec<Event> = self.events.into_values().collect();
        events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        let lookups = self.pages.into_iter().map(|(name, (pages, asked))| {
            let complete = pages.complete(1).named(format!("LookupEvents {name}"));
            (name, Lookup { complete, asked })
        });
        let given = !self.digests.is_empty();
        let digests: Vec<Digest> = self.digests.into_values().flatten().collect();
        let mut trail = Trail {
            events,
            lookups: lookups.collect(),
            days: self.days,
            validated: given.then(|| validate(&digests, &self.files)),
            files: self.files,
            digests,
            unreadable: self.unreadable,
        };
        let doubtful = trail.doubtful(&self.looked_up);
        trail.unreadable.extend(doubtful);
        trail.unreadable.sort_by(|a, b| a.at.cmp(&b.at));
        trail
    }
}

/// The file's name.
fn key(call: &Call) -> String {
    call.input.get("Key").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A value that was kept, or the digest of one that was not.
fn shown(value: &Value) -> Option<String> {
    let digest = || value.get("digest").and_then(Value::as_str);
    value.as_str().or_else(digest).map(str::to_owned)
}

/// The caller in a few words; the ARN itself is never kept.
fn who(record: &Value) -> String {
    let identity = record.get("userIdentity");
    let member = |name: &str| identity.and_then(|i| i.get(name)).and_then(shown);
    let kind = member("type").unwrap_or_else(|| "unknown principal".to_owned());
    let mut words = vec![kind];
    words.extend(member("arn"));
    words.extend(member("accountId").map(|account| format!("of account {account}")));
    words.extend(member("invokedBy").map(|service| format!("by {service}")));
    words.join(" ")
}
