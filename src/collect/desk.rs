//! One segment being written: asks what is still open, records every attempt, and keeps the private checkpoint ahead of
//! the recording, so that a run can be killed anywhere and go on.
//!
//! The order that makes it safe: an answer with a page token is in memory; the lines before it are made durable; the
//! checkpoint with the token is written aside and renamed; only then the page's line is appended. Whatever stands in the
//! recording can therefore be continued, and a call that was lost was in flight.

use super::ask::{Asker, Class, Question, Told};
use super::folder;
use super::ledger::{Key, Ledger, Pages, Past, about};
use super::plan::{self, Listing, Operation};
use super::progress::Progress;
use super::{CollectError, Collected};
use crate::io;
use crate::recording::line::{Call, RawCall};
use crate::recording::redact::Redactor;
use crate::recording::write::Segment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Largest checkpoint, bytes: a page of users and two tokens.
const LARGEST: u64 = 4 << 20;

/// A user of the page that was listed last, as far as reading on needs it. Private.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Listed {
    /// `Username`.
    pub name: String,
    /// `sub`.
    pub sub: Option<String>,
    /// The factors are to be read. Checkpoints of earlier releases hold no others.
    #[serde(default = "yes")]
    pub factors: bool,
    /// Sign-in events and devices are to be read.
    #[serde(default)]
    pub sign_ins: bool,
}

const fn yes() -> bool {
    true
}

/// What is needed to go on with a listing. Private: tokens and user names.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    operation: String,
    about: String,
    pass: u32,
    /// The page that this is about, from 1.
    page: u64,
    /// The token that asks for it.
    token: Option<String>,
    /// The token that asks for the next one.
    next: Option<String>,
    /// The users on it that are to be read.
    pub users: Vec<Listed>,
}

/// What every segment of a run shares.
pub(super) struct Office<'a> {
    /// The run's folder.
    pub run: &'a Path,
    /// Redaction of this run.
    pub redactor: &'a Redactor,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The figures.
    pub collected: Collected,
}

/// A segment being written.
pub(super) struct Desk<'a, 'o> {
    /// Shared with the other segments.
    pub office: &'o mut Office<'a>,
    /// Who asks.
    pub asker: Asker,
    /// In words, for messages.
    pub who: String,
    /// The region asked.
    pub region: String,
    /// What the segment says.
    pub ledger: Ledger,
    /// Where the last question of this session belongs instead, as its answer says. No recording keeps it.
    pub elsewhere: Option<String>,
    segment: Segment,
    checkpoint_file: PathBuf,
    checkpoint: Option<Checkpoint>,
}

impl<'a, 'o> Desk<'a, 'o> {
    /// Opens a segment, new or to go on.
    pub fn open(office: &'o mut Office<'a>, asker: Asker, who: &str, region: &str, name: &str) -> Result<Self, CollectError> {
        let mut ledger = Ledger::new(asker.patience);
        let segment = Segment::open(&folder::recording(office.run), name, office.redactor.clone(), |call| ledger.note(&call))?;
        if segment.torn() > 0 {
            office.collected.torn += segment.torn();
            office
                .progress
                .note(&format!("{name}: the last line was torn ({} bytes) and was cut; its call is asked again", segment.torn()));
        }
        let checkpoint_file = folder::private(office.run).join(format!("{name}.json"));
        let checkpoint = if io::exists(&checkpoint_file) {
            let bytes = io::read(&checkpoint_file, LARGEST)?;
            Some(serde_json::from_slice(&bytes).map_err(|e| CollectError::Private { path: checkpoint_file.clone(), why: e.to_string() })?)
        } else {
            None
        };
        Ok(Self {
            office,
            asker,
            who: who.to_owned(),
            region: region.to_owned(),
            ledger,
            elsewhere: None,
            segment,
            checkpoint_file,
            checkpoint,
        })
    }

    /// Records an attempt.
    pub fn record(&mut self, raw: &RawCall) -> Result<Call, CollectError> {
        let call = self.segment.append(raw)?;
        if call.error.is_none() {
            self.office.collected.answered += 1
        } else {
            self.office.collected.failed += 1
        }
        self.ledger.note(&call);
        Ok(call)
    }

    /// Records an attempt and says what the operator has to know of it.
    pub fn tell(&mut self, told: &Told) -> Result<(), CollectError> {
        self.record(&told.raw)?;
        self.elsewhere.clone_from(&told.elsewhere);
        if let Some(rate) = told.slower {
            let what = format!("{} {}: throttled; going on at {rate:.1} calls a second", told.raw.region, told.raw.operation);
            self.office.progress.note(&what);
        }
        Ok(())
    }

    /// Makes what was recorded durable.
    pub fn sync(&mut self) -> Result<(), CollectError> {
        Ok(self.segment.sync()?)
    }

    /// A question of this segment.
    pub fn question(&self, operation: &'static Operation, input: Value, pass: u32) -> Question {
        Question { operation, region: self.region.clone(), input, pass, subject_sub: None }
    }

    /// Asks, unless the segment already has the answer or a failure that stays.
    pub async fn ask(&mut self, operation: &str, input: Value, pass: u32) -> Result<Past, CollectError> {
        let Some(operation) = plan::operation(operation) else { return Ok(Past::default()) };
        let about = about(&input).to_owned();
        let known = self.ledger.single(operation.name, &about, pass);
        if known.settled(&self.asker.patience) {
            return Ok(known);
        }
        let question = self.question(operation, input, pass);
        let asker = self.asker.clone();
        asker.ask(&question, known.attempts + 1, |told| self.tell(&told)).await?;
        let past = self.ledger.single(operation.name, &about, pass);
        self.credentials(&past)?;
        Ok(past)
    }

    /// Credentials that were accepted before and are not now end the session, not the run: they can be renewed. Those that
    /// never were accepted are a fact like any other.
    pub fn credentials(&self, past: &Past) -> Result<(), CollectError> {
        if past.class() == Class::Credentials && self.asker.accepted.load(Ordering::Relaxed) {
            let code = past.error.clone().unwrap_or_default();
            return Err(CollectError::Credentials { who: self.who.clone(), code });
        }
        Ok(())
    }

    /// Asks for the next page of a listing. `None` where there is none, or none can be asked for. `users` picks from the
    /// exact answer what is to be read one by one; it goes into the checkpoint.
    pub async fn page(
        &mut self,
        operation: &'static Operation,
        listing: Listing,
        input: &Map<String, Value>,
        pass: u32,
        users: impl Fn(&Value) -> Vec<Listed>,
    ) -> Result<Option<Pages>, CollectError> {
        let key: Key = (operation.name.to_owned(), about(&Value::Object(input.clone())).to_owned(), pass);
        let known = self.ledger.pages(&key);
        if known.settled(&self.asker.patience) {
            return Ok(None);
        }
        let Some(token) = self.token(&key, known.answered + 1) else {
            let what = format!("{} {}: the private checkpoint is missing, so the listing cannot be continued", self.region, operation.name);
            self.office.progress.note(&what);
            return Ok(None);
        };
        let mut input = input.clone();
        if let Some((name, most)) = listing.page {
            input.insert(name.to_owned(), json!(most));
        }
        if let Some(token) = &token {
            input.insert(listing.token.to_owned(), json!(token));
        }
        let question = self.question(operation, Value::Object(input), pass);
        let asker = self.asker.clone();
        let page = known.answered + 1;
        asker
            .ask(&question, known.next.attempts + 1, |told| {
                if let Some(answer) = &told.answer {
                    let next = answer.get(listing.token).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
                    let (operation, about, pass) = key.clone();
                    self.keep(Checkpoint { operation, about, pass, page, token: token.clone(), next, users: users(answer) })?;
                }
                self.tell(&told)
            })
            .await?;
        let now = self.ledger.pages(&key);
        if now.answered == known.answered {
            self.credentials(&now.next)?;
            return Ok(None);
        }
        Ok(Some(now))
    }

    /// The whole of a listing that is not of users, as far as it can be had.
    pub async fn list(&mut self, operation: &str, input: Value) -> Result<Pages, CollectError> {
        let found = plan::operation(operation).and_then(|o| o.listing.map(|l| (o, l)));
        let (Some((operation, listing)), Value::Object(input)) = (found, &input) else { return Ok(Pages::default()) };
        while self.page(operation, listing, input, 1, |_| Vec::new()).await?.is_some() {}
        let about = about(&Value::Object(input.clone())).to_owned();
        Ok(self.ledger.pages(&(operation.name.to_owned(), about, 1)))
    }

    /// The token that asks for a page: `Some(None)` for the first, `None` where nobody knows it any more.
    fn token(&self, key: &Key, page: u64) -> Option<Option<String>> {
        if page == 1 {
            return Some(None);
        }
        let kept = self.checkpoint.as_ref().filter(|c| (&c.operation, &c.about, c.pass) == (&key.0, &key.1, key.2))?;
        match kept.page {
            p if p + 1 == page => kept.next.clone().map(Some),
            p if p == page => Some(kept.token.clone()),
            _ => None,
        }
    }

    /// The users to read of the page that was recorded last, where the checkpoint is of that page.
    pub fn users_of(&self, operation: &str, pass: u32, page: u64) -> Vec<Listed> {
        let kept = self.checkpoint.as_ref().filter(|c| c.operation == operation && c.pass == pass && c.page == page);
        kept.map(|c| c.users.clone()).unwrap_or_default()
    }

    fn keep(&mut self, checkpoint: Checkpoint) -> Result<(), CollectError> {
        if checkpoint.next.is_none() && checkpoint.users.is_empty() {
            // Nothing follows this page; if its line is lost, the checkpoint before it still has its token.
            return Ok(());
        }
        self.segment.sync()?;
        let bytes = serde_json::to_vec(&checkpoint).map_err(crate::recording::write::WriteError::Json)?;
        if let Some(parent) = self.checkpoint_file.parent() {
            io::create_dir(parent)?;
        }
        io::write_atomic(&self.checkpoint_file, &bytes, true)?;
        self.checkpoint = Some(checkpoint);
        Ok(())
    }
}
