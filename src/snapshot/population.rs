//! The users of a pool as listed between two instants, each with a factor state. "All users" is never claimed.

use super::activity::{self, Activity, DEVICES, EVENTS};
use super::answer::Answer;
use super::listing::Pages;
use super::state::FactorState;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Fetched, Gap, GapKind};
use crate::model::id::UserId;
use crate::recording::line::Call;
use crate::recording::redact::{NAME_DIGEST, SHARED_NAME};
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A user as listed, with what was read of the factors.
#[derive(Clone, Debug)]
pub struct User {
    /// Pseudonym (or name, under `privacy.mode = "clear"`).
    pub id: UserId,
    /// `UserStatus`, verbatim; `None` where the answer lacks it.
    pub status: Option<String>,
    /// `Enabled`; `None` where the answer lacks it.
    pub enabled: Option<bool>,
    /// `UserCreateDate`, day.
    pub created: Option<NaiveDate>,
    /// `UserLastModifiedDate`, day.
    pub modified: Option<NaiveDate>,
    /// E-mail address, as far as the checks need it.
    pub email: Option<Contact>,
    /// Telephone number, as far as the checks need it.
    pub phone: Option<Contact>,
    /// Names of the providers in `identities`.
    pub identities: Vec<String>,
    /// Digest of the user name, for joins.
    pub name_digest: Option<String>,
    /// Marked when it was recorded: the user name or address sounds as if several people used it.
    pub shared_name: bool,
    /// Pseudonym of the `sub`; `None` where none was listed.
    pub sub: Option<String>,
    /// What was read of the factors.
    pub factors: Fetched<Factors>,
    /// The user's sign-in events.
    pub events: Fetched<Activity>,
    /// The user's remembered devices.
    pub devices: Fetched<Activity>,
    /// The state that follows (set when the whole pool is known).
    pub state: FactorState,
    /// In a group declared privileged, or a named admin.
    pub privileged: bool,
    /// Where the user was listed.
    pub at: Evidence,
}

impl User {
    /// Every digest or name by which an admin may have been declared.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let email = self.email.as_ref().and_then(|e| e.digest.as_deref());
        [self.name_digest.as_deref(), email, Some(self.id.as_str())].into_iter().flatten()
    }
    /// Not EXTERNAL_PROVIDER: the pool itself authenticates this user (a status that is not known counts as local).
    pub fn is_local(&self) -> bool {
        self.status.as_deref() != Some("EXTERNAL_PROVIDER")
    }
}

/// An e-mail address or telephone number without itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// `…_verified` is `true`.
    pub verified: bool,
    /// Keyed digest, for joins.
    pub digest: Option<String>,
    /// A telephone number in E.164 form; `None` for e-mail.
    pub e164: Option<bool>,
    /// Its country code.
    pub country: Option<String>,
}

/// What AdminGetUserAuthFactors or AdminGetUser said of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// `UserMFASettingList`, verbatim.
    pub settings: Vec<String>,
    /// `PreferredMfaSetting`.
    pub preferred: Option<String>,
    /// `ConfiguredUserAuthFactors`, verbatim.
    pub configured: Vec<String>,
    /// The answer tells of passkeys at all: AdminGetUser does not.
    pub tells_passkeys: bool,
}

/// The users of a pool.
#[derive(Clone, Debug, Default)]
pub struct Population {
    /// Distinct users of the first pass, sorted by id.
    pub users: Vec<User>,
    /// Users listed more than once in a pass.
    pub duplicates: u64,
    /// Users without a `sub` (their pseudonym is of the user name).
    pub without_sub: u64,
    /// Users that the listing of the second pass shows otherwise (came, went).
    pub differs_in_second_pass: Option<u64>,
    /// Pages answered.
    pub pages: u64,
    /// Passes over the listing.
    pub passes: u32,
    /// First listing call, RFC 3339.
    pub from: Option<String>,
    /// Last listing call, RFC 3339.
    pub to: Option<String>,
    /// The chain of pages of each pass.
    pub chain: Pages,
}

/// The fold over a pool's user calls.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    pages: Pages,
    /// By pass, by user: how often listed, and the listing itself for the first pass.
    listed: BTreeMap<u32, BTreeMap<UserId, u64>>,
    users: BTreeMap<UserId, User>,
    factors: BTreeMap<UserId, (u8, u32, u32, Fetched<Factors>)>,
    /// By operation and user.
    activity: BTreeMap<(String, UserId), activity::Fold>,
    malformed: u64,
    from: Option<String>,
    to: Option<String>,
}

impl Gathering {
    /// Whether an operation is about users.
    pub fn takes(operation: &str) -> bool {
        matches!(operation, "ListUsers" | "AdminGetUser" | "AdminGetUserAuthFactors" | EVENTS | DEVICES)
    }

    /// Adds a recorded attempt.
    pub fn add(&mut self, call: &Call) {
        match call.operation.as_str() {
            "ListUsers" => self.add_page(call),
            EVENTS | DEVICES => {
                if let Some(id) = asked_about(call) {
                    self.activity.entry((call.operation.clone(), id)).or_default().add(call);
                }
            }
            operation => self.add_factors(call, operation),
        }
    }

    fn add_page(&mut self, call: &Call) {
        self.pages.add(call);
        self.from = earliest(self.from.take(), &call.time);
        self.to = self.to.take().max(Some(call.time.clone()));
        let Some(answer) = &call.answer else { return };
        let Some(list) = answer.get("Users").and_then(Value::as_array) else {
            self.malformed += 1;
            return;
        };
        for (n, item) in list.iter().enumerate() {
            let Some(user) = read_user(item, &call.call, n) else {
                self.malformed += 1;
                continue;
            };
            *self.listed.entry(call.pass).or_default().entry(user.id.clone()).or_default() += 1;
            if call.pass == 1 {
                // The same user twice: keep one, whichever order the pages stand in.
                match self.users.get(&user.id) {
                    Some(known) if known.at <= user.at => {}
                    _ => {
                        self.users.insert(user.id.clone(), user);
                    }
                }
            }
        }
    }

    fn add_factors(&mut self, call: &Call, operation: &str) {
        let Some(id) = asked_about(call) else { return };
        let answer = Answer::of(call);
        let read = read_factors(&answer, operation == "AdminGetUserAuthFactors");
        // Best first: a success beats a failure; AdminGetUserAuthFactors tells more than AdminGetUser; later beats earlier.
        let rank = if answer.succeeded() { if operation == "AdminGetUserAuthFactors" { 3 } else { 2 } } else { 1 };
        let order = (rank, call.pass, call.attempt);
        if self.factors.get(&id).is_none_or(|(r, p, a, _)| order > (*r, *p, *a)) {
            self.factors.insert(id, (order.0, order.1, order.2, read));
        }
    }

    /// The population, states not yet decided.
    pub fn finish(mut self) -> Population {
        let first = self.listed.remove(&1).unwrap_or_default();
        let subs: BTreeSet<&UserId> = first.keys().collect();
        let differs = self.listed.values().next_back().map(|second| {
            let again: BTreeSet<&UserId> = second.keys().collect();
            subs.symmetric_difference(&again).count() as u64
        });
        let mut users: Vec<User> = self.users.into_values().collect();
        for user in &mut users {
            if let Some((_, _, _, read)) = self.factors.remove(&user.id) {
                user.factors = read;
            }
            for (operation, fact) in [(EVENTS, &mut user.events), (DEVICES, &mut user.devices)] {
                if let Some(fold) = self.activity.remove(&(operation.to_owned(), user.id.clone())) {
                    *fact = fold.finish(operation);
                }
            }
        }
        Population {
            duplicates: first.values().filter(|n| **n > 1).count() as u64,
            without_sub: users.iter().filter(|u| u.sub.is_none()).count() as u64 + self.malformed,
            differs_in_second_pass: differs,
            pages: self.pages.answered(),
            passes: self.pages.passes(),
            from: self.from,
            to: self.to,
            chain: self.pages,
            users,
        }
    }
}

impl Population {
    /// The rule of COG-EVD-001 for one pool: one pass to the last token, every `sub` unique, and the count equal to
    /// EstimatedNumberOfUsers before and after; any difference asks for a second pass with an identical set of subs.
    ///
    /// # Errors
    /// The gap that makes this and every population check INCOMPLETE.
    pub fn complete(&self, before: &Fetched<u64>, after: &Fetched<u64>) -> Result<Proof, Gap> {
        let end = self.chain.complete(1).named("ListUsers");
        end.known()?;
        let not = |code: &str| Gap { what: "ListUsers".to_owned(), kind: GapKind::Failed(code.to_owned()), at: end.at.clone() };
        if self.duplicates > 0 {
            return Err(not("UsersListedTwice"));
        }
        if self.without_sub > 0 {
            return Err(not("UsersWithoutSub"));
        }
        let listed = self.users.len() as u64;
        let proof = Proof::new(end.at.clone()).and(before.at.clone()).and(after.at.clone());
        let estimates = [before.known()?, after.known()?];
        if estimates.iter().all(|e| *e == Some(&listed)) {
            return Ok(proof);
        }
        match self.differs_in_second_pass {
            Some(0) => {
                let second = self.chain.complete(2).named("ListUsers");
                second.known().map(|_| proof.and(second.at.clone()))
            }
            Some(_) => Err(not("SecondPassDiffers")),
            None => Err(not("CountDiffersFromEstimate")),
        }
    }

    /// Users that count as the population of sign-in: enabled, local, confirmed or to be reset.
    pub fn signing_in(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|u| u.state.counts())
    }

    /// How many users are in a state.
    pub fn in_state(&self, state: FactorState) -> usize {
        self.users.iter().filter(|u| u.state == state).count()
    }
}

/// The user that a call about one user is about.
fn asked_about(call: &Call) -> Option<UserId> {
    call.input.get("Username").and_then(Value::as_str).map(UserId::from)
}

fn earliest(known: Option<String>, time: &str) -> Option<String> {
    Some(known.filter(|k| k.as_str() <= time).unwrap_or_else(|| time.to_owned()))
}

/// A user out of a redacted listing; `None` where it has no id.
fn read_user(item: &Value, call: &str, n: usize) -> Option<User> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let day = |name: &str| text(name).and_then(|d| d.parse::<NaiveDate>().ok());
    let empty = Vec::new();
    let attributes = item.get("Attributes").and_then(Value::as_array).unwrap_or(&empty);
    let attribute =
        |name: &str| attributes.iter().find(|a| a.get("Name").and_then(Value::as_str) == Some(name)).and_then(|a| a.get("Value"));
    let verified = |name: &str| attribute(name).and_then(Value::as_str) == Some("true");
    let contact = |name: &str, flag: &str| {
        attribute(name).map(|v| Contact {
            verified: verified(flag),
            digest: v.get("digest").and_then(Value::as_str).map(str::to_owned),
            e164: v.get("e164").and_then(Value::as_bool),
            country: v.get("country").and_then(Value::as_str).map(str::to_owned),
        })
    };
    let identities = attribute("identities").map(|v| {
        let list = v.get("identities").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let named: Vec<String> =
            list.iter().map(|i| i.get("providerName").and_then(Value::as_str).unwrap_or("unreadable").to_owned()).collect();
        if named.is_empty() { vec!["unreadable".to_owned()] } else { named }
    });
    Some(User {
        id: UserId::from(text("Username")?),
        status: text("UserStatus").map(str::to_owned),
        enabled: item.get("Enabled").and_then(Value::as_bool),
        created: day("UserCreateDate"),
        modified: day("UserLastModifiedDate"),
        email: contact("email", "email_verified"),
        phone: contact("phone_number", "phone_number_verified"),
        identities: identities.unwrap_or_default(),
        name_digest: attribute(NAME_DIGEST).and_then(|v| v.get("digest")).and_then(Value::as_str).map(str::to_owned),
        shared_name: attribute(SHARED_NAME).and_then(Value::as_str) == Some("true"),
        sub: attribute("sub").map(|v| v.as_str().unwrap_or_default().to_owned()),
        factors: Answer::never_asked("AdminGetUserAuthFactors").present("").map(|()| Factors::default()),
        events: activity::never_asked(EVENTS),
        devices: activity::never_asked(DEVICES),
        state: FactorState::NotAsked,
        privileged: false,
        at: Evidence::call(call, format!("/Users/{n}")),
    })
}

/// Absent and empty lists mean the same here (the service omits an empty one); another form is a gap.
fn read_factors(answer: &Answer, tells_passkeys: bool) -> Fetched<Factors> {
    let whole = answer.present("");
    let read = || -> Result<Factors, Gap> {
        whole.known()?;
        // The service always names the user; an answer without is not one, and its missing list proves nothing.
        let named = answer.get::<String>("/Username");
        if named.known()?.is_none() {
            return Err(Gap { what: named.what, kind: GapKind::Malformed("Username".to_owned()), at: named.at });
        }
        Ok(Factors {
            tells_passkeys,
            settings: answer.get::<Vec<String>>("/UserMFASettingList").known()?.cloned().unwrap_or_default(),
            preferred: answer.get::<String>("/PreferredMfaSetting").known()?.filter(|s| !s.is_empty()).cloned(),
            configured: answer.get::<Vec<String>>("/ConfiguredUserAuthFactors").known()?.cloned().unwrap_or_default(),
        })
    };
    match read() {
        Ok(factors) => Fetched::value(factors, answer.at("")),
        Err(gap) => Fetched::gap(gap.kind, gap.at).named(gap.what),
    }
}
