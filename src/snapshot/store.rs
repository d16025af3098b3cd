//! The fold's memory: the best answer per question, and the pages per listing.

use super::answer::Answer;
use super::listing::{Listed, Pages};
use crate::recording::line::Call;
use serde_json::Value;
use std::collections::BTreeMap;

/// A question: operation and what it is about (a client, a group; empty where the pool or region is enough).
type Question = (String, String);

/// Answers of one segment's scope (a pool, a region or an account), users aside.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// By pass, the best attempt: a success beats a failure, a later failure an earlier one.
    answers: BTreeMap<Question, BTreeMap<u32, (u32, Answer)>>,
    listings: BTreeMap<Question, (Pages, BTreeMap<String, Vec<Value>>)>,
}

/// Operations that list, with the member that holds the items.
const LISTINGS: [(&str, &str); 11] = [
    ("ListUserPools", "UserPools"),
    ("ListUserPoolClients", "UserPoolClients"),
    ("ListGroups", "Groups"),
    ("ListUsersInGroup", "Users"),
    ("ListIdentityProviders", "Providers"),
    ("ListSMSSandboxPhoneNumbers", "PhoneNumbers"),
    ("ListOriginationNumbers", "PhoneNumbers"),
    ("ListPhoneNumbersOptedOut", "phoneNumbers"),
    ("DescribeTrails", "trailList"),
    ("DescribeLogGroups", "logGroups"),
    ("ListRules", "Rules"),
];

impl Store {
    /// Adds a recorded attempt.
    pub fn add(&mut self, call: &Call) {
        let about = ["ClientId", "GroupName", "Name", "TrailName", "logGroupNamePrefix", "Rule", "Bucket"]
            .iter()
            .filter_map(|n| call.input.get(*n))
            .find_map(Value::as_str)
            .unwrap_or_default();
        let question = (call.operation.clone(), about.to_owned());
        if let Some((_, member)) = LISTINGS.iter().find(|(operation, _)| *operation == call.operation) {
            let (pages, items) = self.listings.entry(question).or_default();
            pages.add(call);
            if let Some(answer) = &call.answer {
                // Cognito always names the list; SNS leaves an empty one out. A null item makes the listing malformed.
                let empty = if call.service == "sns" { Vec::new() } else { vec![Value::Null] };
                items.insert(
                    call.call.clone(),
                    answer.get(*member).map_or(empty, |v| v.as_array().cloned().unwrap_or_else(|| vec![Value::Null])),
                );
            }
            return;
        }
        let answer = Answer::of(call);
        let passes = self.answers.entry(question).or_default();
        let better =
            passes.get(&call.pass).is_none_or(|(attempt, known)| (answer.succeeded(), call.attempt) > (known.succeeded(), *attempt));
        if better {
            passes.insert(call.pass, (call.attempt, answer));
        }
    }

    /// The latest answer to a question; a success of an earlier pass is not used when a later pass failed.
    pub fn latest(&self, operation: &str, about: &str) -> Answer {
        self.passes(operation, about)
            .and_then(|p| p.values().next_back())
            .map_or_else(|| Answer::never_asked(operation), |(_, a)| a.clone())
    }

    /// The first answer to a question.
    pub fn first(&self, operation: &str, about: &str) -> Answer {
        self.passes(operation, about).and_then(|p| p.values().next()).map_or_else(|| Answer::never_asked(operation), |(_, a)| a.clone())
    }

    /// The answer of the last pass where there is more than one.
    pub fn again(&self, operation: &str, about: &str) -> Answer {
        self.passes(operation, about)
            .filter(|p| p.len() > 1)
            .and_then(|p| p.values().next_back())
            .map_or_else(|| Answer::never_asked(operation), |(_, a)| a.clone())
    }

    fn passes(&self, operation: &str, about: &str) -> Option<&BTreeMap<u32, (u32, Answer)>> {
        self.answers.get(&(operation.to_owned(), about.to_owned()))
    }

    /// A listing of the first pass: each item read by `read` with the answer's call and the item's pointer.
    pub fn list<T>(&self, operation: &str, about: &str, mut read: impl FnMut(&Value, &str, &str) -> Option<T>) -> Listed<T> {
        let Some((pages, items)) = self.listings.get(&(operation.to_owned(), about.to_owned())) else {
            return Listed::never_asked(operation);
        };
        let member = LISTINGS.iter().find(|(o, _)| *o == operation).map_or("", |(_, m)| m);
        let mut listed = Vec::new();
        let mut malformed = None;
        for (call, list) in items {
            for (n, item) in list.iter().enumerate() {
                let pointer = format!("/{member}/{n}");
                match read(item, call, &pointer) {
                    Some(item) => listed.push(item),
                    None => malformed = Some((call.clone(), pointer)),
                }
            }
        }
        let complete = match malformed {
            Some((call, pointer)) => crate::model::fetched::Fetched::gap(
                crate::model::fetched::GapKind::Malformed("a list item of the documented form".to_owned()),
                crate::model::evidence::Evidence::call(call, pointer),
            ),
            None => pages.complete(1),
        };
        Listed { items: listed, complete: complete.named(operation) }
    }

    /// The subjects asked about under an operation (clients described, groups listed).
    pub fn subjects(&self, operation: &str) -> Vec<String> {
        let of = |question: &Question| (question.0 == operation).then(|| question.1.clone());
        self.answers.keys().filter_map(of).chain(self.listings.keys().filter_map(of)).collect()
    }
}
