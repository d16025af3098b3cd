//! How long log groups keep what is written into them, as read. Nothing is judged here, and a log group that no answer
//! lists has no retention: it may be gone, or of somebody else.

use super::Snapshot;
use super::answer::{Answer, FromJson};
use super::listing::Listed;
use super::store::Store;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind};
use crate::model::id::{AccountId, Region};
use serde_json::Value;

/// The operation that reads retention.
const OPERATION: &str = "DescribeLogGroups";

/// Where a log group is: its ARN taken apart (CloudWatch Logs API reference, LogGroup: `arn` and `logGroupArn`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its region.
    pub region: Region,
    /// Its account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
}

impl Place {
    /// From `arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME`, with or without `:*` behind it; `None` for anything else.
    pub fn of(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.strip_suffix(":*").unwrap_or(arn).split(':').collect();
        let ["arn", _, "logs", region, account, "log-group", name] = parts.as_slice() else { return None };
        let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let code = (4..=32).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        // API reference, DescribeLogGroups: names have 1 to 512 of these.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/#".contains(&b);
        let named = (1..=512).contains(&name.len()) && name.bytes().all(plain);
        (digits && code && named).then(|| Self {
            region: Region::from(*region),
            account: AccountId::from(*account),
            name: (*name).to_owned(),
        })
    }
}

/// A log group as it was listed.
#[derive(Clone, Debug)]
pub struct LogGroup {
    /// Which one.
    pub place: Place,
    /// Where it stands in the list.
    pub at: Evidence,
    /// `retentionInDays`; absent: nothing is ever deleted (API reference, LogGroup).
    pub days: Fetched<u64>,
    /// `logGroupClass`; absent: STANDARD, as before there were classes.
    pub class: Fetched<String>,
}

/// Every log group that was listed in a region, whatever prefix was asked for.
pub(super) fn groups(store: &Store) -> Vec<(String, Listed<LogGroup>)> {
    let read = |prefix: String| {
        let listed = store.list(OPERATION, &prefix, LogGroup::read);
        (prefix, listed)
    };
    store.subjects(OPERATION).into_iter().map(read).collect()
}

impl LogGroup {
    fn read(item: &Value, call: &str, pointer: &str) -> Option<Self> {
        Some(Self {
            place: Place::of(item.get("arn")?.as_str()?)?,
            at: Evidence::call(call, pointer),
            days: member(item, "retentionInDays", call, pointer),
            class: member(item, "logGroupClass", call, pointer),
        })
    }
}

fn member<T: FromJson>(item: &Value, name: &str, call: &str, pointer: &str) -> Fetched<T> {
    super::logging::member(OPERATION, item, name, call, pointer)
}

impl Snapshot {
    /// A log group as it was listed with the credentials of `account`: the owner's, or of an account that nobody named.
    pub fn log_group(&self, account: &AccountId, place: &Place) -> Fetched<&LogGroup> {
        let what = format!("{OPERATION} {}", place.name);
        let lists = self.logging.get(&(account.clone(), place.region.clone())).map(|l| l.groups.as_slice()).unwrap_or_default();
        if let Some(found) = lists.iter().flat_map(|(_, list)| &list.items).find(|g| g.place == *place) {
            return Fetched::value(found, found.at.clone()).named(what);
        }
        let asked = lists.iter().find(|(prefix, _)| *prefix == place.name).or_else(|| lists.first());
        let gap = match asked {
            None => Answer::never_asked(OPERATION).get::<bool>(""),
            Some((_, list)) => match list.complete.known() {
                Err(gap) => Fetched::gap(gap.kind, gap.at),
                Ok(_) => Fetched::gap(GapKind::Failed("LogGroupNotListed".to_owned()), list.complete.at.clone()),
            },
        };
        match gap.known() {
            Err(gap) => Fetched::gap(gap.kind, gap.at).named(what),
            Ok(_) => Fetched::gap(GapKind::NotAsked, gap.at).named(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart_or_refused() {
        let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/trail";
        let place = Place { region: "eu-west-1".into(), account: "123456789012".into(), name: "/aws/trail".to_owned() };
        assert_eq!(Place::of(arn), Some(place.clone()));
        assert_eq!(Place::of(&format!("{arn}:*")), Some(place));
        for wrong in [
            "",
            "arn",
            "arn:aws:logs:eu-west-1:123456789012:log-group:",
            "arn:aws:logs:eu-west-1:123456789012:log-group:a b",
            "arn:aws:logs:eu-west-1:123456789012:log-group:a:log-stream:b",
            "arn:aws:logs:../../x:123456789012:log-group:a",
            "arn:aws:logs:eu-west-1:12345:log-group:a",
            "arn:aws:s3:eu-west-1:123456789012:log-group:a",
        ] {
            assert_eq!(Place::of(wrong), None, "{wrong}");
        }
    }
}
