//! Page chains: whether a listing was read from its first page to its last token, whatever order the pages stand in.

use super::answer::Answer;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, GapKind, State};
use crate::recording::line::Call;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A list with what is known of its completeness.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The items of all pages that were read.
    pub items: Vec<T>,
    /// A value only if every page to the last token was read.
    pub complete: Fetched<()>,
}

impl<T> Listed<T> {
    /// A list that nobody asked for.
    pub fn never_asked(operation: &str) -> Self {
        Self { items: Vec::new(), complete: Answer::never_asked(operation).present("") }
    }
    /// Nobody asked for it.
    pub fn never_asked_for(&self) -> bool {
        matches!(&self.complete.state, State::Gap(GapKind::NotAsked))
    }
    /// All items, if the listing is complete.
    ///
    /// # Errors
    /// The gap, where it is not.
    pub fn all(&self) -> Result<&[T], crate::model::fetched::Gap> {
        self.complete.known().map(|_| self.items.as_slice())
    }
}

/// The pages of one listing operation on one subject, in passes.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    passes: BTreeMap<u32, Pass>,
}

#[derive(Clone, Debug, Default)]
struct Pass {
    /// By the digest of the token that asked for the page; the first page was asked for without.
    pages: BTreeMap<Option<String>, Page>,
    /// Some page was asked for with a filter, or the same page answered twice: then the pass proves nothing.
    doubtful: bool,
}

#[derive(Clone, Debug)]
struct Page {
    answer: Answer,
    next: Option<String>,
}

/// Names of the token members; Cognito and SNS use three spellings.
const TOKENS: [&str; 3] = ["PaginationToken", "NextToken", "nextToken"];

impl Pages {
    /// Adds a recorded attempt.
    pub fn add(&mut self, call: &Call) {
        let answer = Answer::of(call).emptied();
        let pass = self.passes.entry(call.pass).or_default();
        let key = token(&call.input);
        if call.input.get("Filter").is_some() {
            pass.doubtful = true;
        }
        let next = call.answer.as_ref().and_then(token);
        match pass.pages.get(&key) {
            Some(known) if known.answer.succeeded() => pass.doubtful |= answer.succeeded(),
            _ => {
                pass.pages.insert(key, Page { answer, next });
            }
        }
    }

    /// Number of passes.
    pub fn passes(&self) -> u32 {
        u32::try_from(self.passes.len()).unwrap_or(u32::MAX)
    }

    /// Pages that were answered, in all passes.
    pub fn answered(&self) -> u64 {
        self.passes.values().flat_map(|p| p.pages.values()).filter(|p| p.answer.succeeded()).count() as u64
    }

    /// Whether any pass was read to its last token; else the gap of the last. The caller names the operation.
    pub fn whole(&self) -> Fetched<()> {
        let mut ends = self.passes.keys().rev().map(|n| self.complete(*n));
        let latest = ends.next().unwrap_or_else(|| Answer::never_asked("").present(""));
        if latest.if_read().is_some() { latest } else { ends.find(|end| end.if_read().is_some()).unwrap_or(latest) }
    }

    /// The first page that was answered, in the order of calls; `otherwise` where none was.
    pub fn first_answer(&self, otherwise: &Evidence) -> Evidence {
        let answered = self.passes.values().flat_map(|p| p.pages.values()).filter(|p| p.answer.succeeded());
        answered.map(|p| p.answer.at("")).min().unwrap_or_else(|| otherwise.clone())
    }

    /// Whether a pass was read to its last token. The caller names the operation.
    pub fn complete(&self, number: u32) -> Fetched<()> {
        let Some(pass) = self.passes.get(&number) else { return Answer::never_asked("").present("") };
        let mut key = None;
        let mut seen = BTreeSet::new();
        let mut last = Evidence::header("/source");
        loop {
            let Some(page) = pass.pages.get(&key) else {
                return Fetched::gap(GapKind::Failed("ListingNotFinished".to_owned()), last);
            };
            if let Some(kind) = page.answer.gap() {
                return Fetched::gap(kind.clone(), page.answer.at(""));
            }
            last = page.answer.at("");
            seen.insert(key.clone());
            match &page.next {
                None if pass.doubtful || seen.len() != pass.pages.len() => {
                    return Fetched::gap(GapKind::Failed("ListingAmbiguous".to_owned()), last);
                }
                None => return Fetched::value((), last),
                Some(next) if seen.contains(&Some(next.clone())) => {
                    return Fetched::gap(GapKind::Failed("PageTokenRepeated".to_owned()), last);
                }
                Some(next) => key = Some(next.clone()),
            }
        }
    }
}

/// The digest of the page token among these members, if there is one. A token that was not kept as one (of another form
/// than a string, say) is still a token: the listing goes on, and nobody can follow it.
fn token(members: &Value) -> Option<String> {
    let token = TOKENS.iter().filter_map(|name| members.get(*name)).find(|t| !t.is_null())?;
    Some(token.get("digest").and_then(Value::as_str).unwrap_or("unreadable").to_owned())
}
