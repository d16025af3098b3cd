//! What a segment already says: the one place that decides whether a question is still open, the same for calls of this
//! session and for those that an interrupted one left. Works on recorded calls only; memory does not grow with the
//! number of users (eight bytes are kept of each page token).

use super::Patience;
use super::ask::{Class, code, denied, falls_back};
use super::plan::{self, Listing};
use crate::digest::sha256;
use crate::recording::line::Call;
use crate::snapshot::bucket::ToAsk;
use crate::snapshot::{activity, bucket, watch};
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A question of a segment: operation, what it is about (client, group, user; else empty) and pass.
pub(super) type Key = (String, String, u32);

/// What is known of a question.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// Attempts made.
    pub attempts: u32,
    /// HTTP status of the last one.
    pub status: Option<u16>,
    /// Error code of the last one.
    pub error: Option<String>,
    /// The redacted answer.
    pub answer: Option<Value>,
}

impl Past {
    /// What the last attempt means.
    pub fn class(&self) -> Class {
        if self.answer.is_some() { Class::Answered } else { Class::of(self.status, self.error.as_deref()) }
    }
    /// Whether nothing more is to be asked.
    pub fn settled(&self, patience: &Patience) -> bool {
        self.attempts > 0 && self.class().settled(self.attempts, patience)
    }
    /// Whether the last attempt failed in a way that every user of the pool would: the feature is off (also in a replica
    /// region), or the operation is unknown or denied.
    fn refuses_all(&self, patience: &Patience) -> bool {
        let Some(error) = self.error.as_deref().filter(|_| self.settled(patience)) else { return false };
        matches!(error, activity::NOT_KEPT | "OperationNotEnabledException") || falls_back(self.status, error)
    }
    /// A text of the answer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.answer.as_ref()?.pointer(pointer)?.as_str()
    }
    fn note(&mut self, call: &Call) {
        self.attempts = self.attempts.max(call.attempt);
        self.status = call.status;
        self.error.clone_from(&call.error);
        if call.error.is_none() {
            self.answer.clone_from(&call.answer);
        }
    }
}

/// What is known of one pass over a listing.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    /// Pages answered.
    pub answered: u64,
    /// Items on them.
    pub items: u64,
    /// Ids of pools and app clients on them, ARNs of trails, and names of the rules whose targets are to be asked for.
    pub ids: Vec<String>,
    /// ARNs of the log groups that trails on them deliver to.
    pub groups: Vec<String>,
    /// The buckets that trails on them deliver to, as far as they may be asked about.
    pub buckets: Vec<ToAsk>,
    /// The page after them, as far as it was asked for.
    pub next: Past,
    /// The last page answered has no token.
    pub ended: bool,
    /// A token came twice.
    pub repeated: bool,
    tokens: BTreeSet<u64>,
}

/// What is known of one list of one user: sign-in events, devices.
#[derive(Clone, Debug, Default)]
pub(super) struct OfUser {
    /// The pass; a list that lost its place is begun anew in the next.
    pub pass: u32,
    /// Its pages.
    pub pages: Pages,
    /// The last sign-in that they show.
    pub last: Option<NaiveDate>,
    /// The day of the last call.
    pub on: Option<NaiveDate>,
}

impl OfUser {
    fn note(&mut self, call: &Call, listing: Listing) {
        if call.pass > self.pass {
            *self = Self { pass: call.pass, ..Self::default() };
        }
        self.pages.note(call, listing);
        self.on = call.time.get(..10).and_then(|d| d.parse().ok());
        self.last = self.last.max(call.answer.as_ref().and_then(|a| activity::last_recorded(&call.operation, a)));
    }
}

/// How single users of a pool are read, once that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// AdminGetUserAuthFactors.
    Factors,
    /// AdminGetUser.
    User,
    /// Neither is allowed.
    Neither,
}

/// A segment's calls, folded.
#[derive(Default)]
pub(super) struct Ledger {
    single: BTreeMap<Key, Past>,
    listings: BTreeMap<Key, Pages>,
    /// Calls about single users since the last page of users.
    block: BTreeMap<(String, String), Past>,
    /// Lists about single users since the last page of users.
    lists: BTreeMap<(String, String), OfUser>,
    /// Operations on single users that the whole pool refuses: no events are kept, or we may not.
    pub refused: BTreeSet<String>,
    /// A list about a user was answered in this session, so that more than one may be asked at once.
    pub answers_lists: bool,
    /// How single users are read.
    pub way: Option<Way>,
    patience: Patience,
}

/// What a call is about within its segment.
pub(super) fn about(input: &Value) -> &str {
    let names = ["ClientId", "GroupName", "Username", "EventName", "Name", "TrailName", "logGroupNamePrefix", "Rule", "Bucket"];
    names.iter().find_map(|n| input.get(*n)?.as_str()).unwrap_or_default()
}

impl Ledger {
    /// Empty.
    pub fn new(patience: Patience) -> Self {
        Self { patience, ..Self::default() }
    }

    /// Adds a recorded attempt; calls come in the segment's order.
    pub fn note(&mut self, call: &Call) {
        let about = about(&call.input).to_owned();
        let operation = call.operation.as_str();
        if let (true, Some(listing)) = (plan::is_of_user(operation), plan::operation(operation).and_then(|o| o.listing)) {
            let list = self.lists.entry((operation.to_owned(), about)).or_default();
            list.note(call, listing);
            if list.pages.next.refuses_all(&self.patience) {
                self.refused.insert(operation.to_owned());
            }
            return;
        }
        if plan::is_of_user(operation) {
            let past = self.block.entry((operation.to_owned(), about)).or_default();
            past.note(call);
            self.way = self.way.or(decided(operation, past, &self.patience));
            if operation == "AdminGetUser" && past.error.as_deref().is_some_and(denied) {
                self.way = Some(Way::Neither);
            }
            return;
        }
        let key = (operation.to_owned(), about, call.pass);
        match plan::operation(operation).and_then(|o| o.listing) {
            Some(listing) => {
                if operation == "ListUsers" && call.error.is_none() {
                    self.block.clear();
                    self.lists.clear();
                }
                self.listings.entry(key).or_default().note(call, listing);
            }
            None => self.single.entry(key).or_default().note(call),
        }
    }

    /// What is known of a question that is no listing.
    pub fn single(&self, operation: &str, about: &str, pass: u32) -> Past {
        self.single.get(&(operation.to_owned(), about.to_owned(), pass)).cloned().unwrap_or_default()
    }

    /// The last pass in which an operation was asked; 0 for never.
    pub fn last_pass(&self, operation: &str) -> u32 {
        self.single.keys().filter(|(o, _, _)| o == operation).map(|(_, _, pass)| *pass).max().unwrap_or(0)
    }

    /// What is known of a pass over a listing.
    pub fn pages(&self, key: &Key) -> Pages {
        self.listings.get(key).cloned().unwrap_or_default()
    }

    /// What is known of a user of the last page.
    pub fn user(&self, operation: &str, pseudonym: &str) -> Past {
        self.block.get(&(operation.to_owned(), pseudonym.to_owned())).cloned().unwrap_or_default()
    }

    /// What is known of a list of a user of the last page.
    pub fn list_of(&self, operation: &str, pseudonym: &str) -> OfUser {
        self.lists.get(&(operation.to_owned(), pseudonym.to_owned())).cloned().unwrap_or_default()
    }
}

impl Pages {
    /// Whether nothing more is to be asked.
    pub fn settled(&self, patience: &Patience) -> bool {
        self.ended || self.repeated || self.next.settled(patience)
    }

    fn note(&mut self, call: &Call, listing: Listing) {
        let Some(answer) = call.answer.as_ref().filter(|_| call.error.is_none()) else {
            self.next.note(call);
            return;
        };
        self.answered += 1;
        for item in answer.get(listing.items).and_then(Value::as_array).into_iter().flatten() {
            self.items += 1;
            let id = ["Id", "ClientId", "TrailARN"].iter().find_map(|n| item.get(*n)?.as_str());
            self.ids.extend(id.or_else(|| watch::to_ask(item)).map(str::to_owned));
            self.groups.extend(item.get("CloudWatchLogsLogGroupArn").and_then(Value::as_str).map(str::to_owned));
            self.buckets.extend(bucket::to_ask(item));
        }
        self.next = Past::default();
        let token = answer.get(listing.token).filter(|t| !t.is_null());
        self.ended = token.is_none();
        if let Some(token) = token {
            let digest = sha256(token.to_string().as_bytes());
            let short = digest.first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b));
            self.repeated |= !self.tokens.insert(short);
        }
    }
}

/// What the past of one user decides for the pool.
fn decided(operation: &str, past: &Past, patience: &Patience) -> Option<Way> {
    if operation == "AdminGetUser" {
        return Some(Way::User);
    }
    match (past.class(), past.error.as_deref()) {
        (Class::Answered, _) => Some(Way::Factors),
        (class, Some(error)) if class.settled(past.attempts, patience) && falls_back(past.status, error) => Some(Way::User),
        _ => None,
    }
}

/// Whether a failure means that no request could be made at all.
pub(super) fn not_sent(past: &Past) -> bool {
    past.error.as_deref() == Some(code::NOT_SENT)
}
