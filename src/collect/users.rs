//! The users of a pool: listed page by page, each page followed by what is read of its users, in listed order whatever
//! the concurrency. Memory holds one page.
//!
//! Read one by one for their factors are only enabled local users who can sign in: the factors of all others (federated, disabled,
//! UNCONFIRMED, FORCE_CHANGE_PASSWORD) decide nothing, and a read may cost money.

use super::CollectError;
use super::ask::{Question, Told, falls_back};
use super::desk::{Desk, Listed};
use super::ledger::{Key, Pages, Way};
use super::plan::{self, Operation};
use super::sign_ins;
use crate::digest::sha256;
use crate::model::scope::{Detail, Users};
use crate::recording::pseudonym::Pseudonyms;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Users up to which `users.detail = "auto"` reads all without consent.
const WITHOUT_CONSENT: u64 = 1_000;
/// Reads of single users in flight: enough for the whole quota at 100 ms each.
const IN_FLIGHT: usize = 12;
const LISTING: &str = "ListUsers";
const FACTORS: &str = "AdminGetUserAuthFactors";
const USER: &str = "AdminGetUser";

/// Which users are read one by one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Which {
    /// None.
    None,
    /// All who can sign in.
    All,
    /// Those whom the seed draws.
    Drawn {
        /// See [`seed`].
        seed: [u8; 32],
        /// The share, above 0 and at most 1.
        rate: f64,
    },
}

/// What is read of which users, beside the listing.
#[derive(Clone, Debug)]
pub(super) struct Reads {
    /// Whose factors.
    pub factors: Which,
    /// Whose sign-ins.
    pub sign_ins: sign_ins::Plan,
}

impl Reads {
    /// The listing alone.
    pub fn none() -> Self {
        Self { factors: Which::None, sign_ins: sign_ins::Plan::none() }
    }
}

/// The seed of the collection's sample: SHA-256(challenge ‖ scope digest ‖ run id), the texts as they stand in the header
/// (no challenge: nothing). Nobody chooses it.
pub fn seed(challenge: Option<&str>, scope_digest: &str, run_id: &str) -> [u8; 32] {
    sha256([challenge.unwrap_or_default(), scope_digest, run_id].concat().as_bytes())
}

/// Whether a sample takes a user: SHA-256(seed ‖ pseudonym) < rate · 2^256, decided on the first 64 bits.
pub fn drawn(seed: &[u8; 32], pseudonym: &str, rate: f64) -> bool {
    let digest = sha256(&[seed.as_slice(), pseudonym.as_bytes()].concat());
    let top = digest.first_chunk::<8>().map_or(u64::MAX, |b| u64::from_be_bytes(*b));
    #[allow(clippy::cast_precision_loss, reason = "a share of users needs no more than 53 bits")]
    let share = top as f64 / 2_f64.powi(64);
    share < rate || rate >= 1.0
}

/// Which users of a pool are read, and what the operator has to know of it before the first read.
pub(super) fn which(users: &Users, estimate: Option<u64>, consent: bool, seed: [u8; 32]) -> (Which, String) {
    let which = match users.detail {
        Detail::None => Which::None,
        Detail::All => Which::All,
        Detail::Sample => Which::Drawn { seed, rate: users.sample_rate },
        Detail::Auto if consent || estimate.is_some_and(|n| n <= WITHOUT_CONSENT) => Which::All,
        Detail::Auto => Which::None,
    };
    let number = estimate.map_or_else(|| "an unknown number of".to_owned(), |n| format!("about {n}"));
    let share = match which {
        Which::None if users.detail == Detail::Auto => {
            let text = format!(
                "{number} users, more than the {WITHOUT_CONSENT} read without consent: the factors of single users are not asked for. --accept-mau-cost reads all, users.detail = \"sample\" a sample"
            );
            return (which, text);
        }
        Which::None => return (which, "users.detail = \"none\": the factors of single users are not asked for".to_owned()),
        Which::All => 1.0,
        Which::Drawn { rate, .. } => rate,
    };
    let Some(estimate) = estimate else {
        return (which, format!("{number} users: neither cost nor duration of reading them one by one can be estimated"));
    };
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let reads = (estimate as f64 * share).ceil();
    let rate = plan::Category::UserRead.per_second() * users.quota_share;
    let lasting = lasting(reads / rate);
    let text = format!(
        "{number} users, at most {reads:.0} reads of single users: at most USD {:.2} if none of them was active this month (USD {} each by the scope), {lasting} at {rate:.0} reads a second",
        reads * users.mau_price_usd,
        users.mau_price_usd,
    );
    (which, text)
}

/// A duration in words.
pub(super) fn lasting(seconds: f64) -> String {
    let minutes = seconds / 60.0;
    if minutes < 1.0 { "less than a minute".to_owned() } else { format!("about {minutes:.0} minutes") }
}

impl Which {
    /// Whether a user is among them.
    pub(super) fn takes(&self, user: &Listed, pseudonyms: &Pseudonyms) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Drawn { seed, rate } => drawn(seed, &pseudonym(user, pseudonyms), *rate),
        }
    }
}

/// The users of a page that are to be read one by one.
fn pick(answer: &Value, reads: &Reads, pseudonyms: &Pseudonyms) -> Vec<Listed> {
    let listed = answer.get("Users").and_then(Value::as_array).into_iter().flatten();
    let read = listed.filter_map(|user| {
        let name = user.get("Username")?.as_str()?.to_owned();
        let attributes = user.get("Attributes").and_then(Value::as_array).into_iter().flatten();
        let sub = attributes.filter(|a| a.get("Name").and_then(Value::as_str) == Some("sub")).find_map(|a| a.get("Value")?.as_str());
        let mut listed = Listed { name, sub: sub.map(str::to_owned), factors: false, sign_ins: false };
        // UNCONFIRMED users cannot sign in, those of providers sign in elsewhere.
        let status = user.get("UserStatus").and_then(Value::as_str);
        let local = user.get("Enabled") == Some(&Value::Bool(true)) && !matches!(status, Some("EXTERNAL_PROVIDER" | "UNCONFIRMED"));
        // Who has a temporary password may have signed in before it was set.
        listed.sign_ins = local && reads.sign_ins.which.takes(&listed, pseudonyms);
        listed.factors = local && status != Some("FORCE_CHANGE_PASSWORD") && reads.factors.takes(&listed, pseudonyms);
        Some(listed)
    });
    read.filter(|user| user.factors || user.sign_ins).collect()
}

pub(super) fn pseudonym(user: &Listed, pseudonyms: &Pseudonyms) -> String {
    user.sub.as_ref().map_or_else(|| pseudonyms.username(&user.name), |sub| pseudonyms.user(sub))
}

/// One pass over the users of a pool; single users are read in the first.
pub(super) async fn list(
    desk: &mut Desk<'_, '_>,
    pool: &str,
    pass: u32,
    reads: &Reads,
    estimate: Option<u64>,
) -> Result<Pages, CollectError> {
    let key: Key = (LISTING.to_owned(), String::new(), pass);
    let Some((operation, listing)) = plan::operation(LISTING).and_then(|o| o.listing.map(|l| (o, l))) else {
        return Ok(Pages::default());
    };
    let input = Map::from_iter([("UserPoolId".to_owned(), json!(pool))]);
    let pseudonyms = desk.office.redactor.pseudonyms().clone();
    let none = Reads::none();
    let reads = if pass == 1 { reads } else { &none };
    loop {
        let pages = desk.ledger.pages(&key);
        if pages.answered > 0 {
            let users = desk.users_of(LISTING, pass, pages.answered);
            read_page(desk, pool, users.iter().filter(|u| u.factors).cloned().collect()).await?;
            sign_ins::read_page(desk, pool, users.into_iter().filter(|u| u.sign_ins).collect(), &reads.sign_ins).await?;
            desk.office.progress.count(pages.items, estimate);
        }
        if desk.page(operation, listing, &input, pass, |answer| pick(answer, reads, &pseudonyms)).await?.is_none() {
            return Ok(desk.ledger.pages(&key));
        }
    }
}

/// Reads the users of a page that are not read yet.
async fn read_page(desk: &mut Desk<'_, '_>, pool: &str, users: Vec<Listed>) -> Result<(), CollectError> {
    let pseudonyms = desk.office.redactor.pseudonyms().clone();
    let id = |user: &Listed| if pseudonyms.clear() { user.name.clone() } else { pseudonym(user, &pseudonyms) };
    let mut open: VecDeque<Listed> = users.into_iter().filter(|user| !settled(desk, &id(user))).collect();
    // One by one until it is known how this pool lets users be read.
    while desk.ledger.way.is_none()
        && let (Some(user), Some(operation)) = (open.pop_front(), plan::operation(FACTORS))
    {
        let question = question(desk, operation, pool, &user);
        let from = desk.ledger.user(FACTORS, &id(&user)).attempts + 1;
        let asker = desk.asker.clone();
        asker.ask(&question, from, |told| desk.tell(&told)).await?;
        let past = desk.ledger.user(FACTORS, &id(&user));
        desk.credentials(&past)?;
        if desk.ledger.way == Some(Way::User) {
            let code = past.error.unwrap_or_default();
            desk.office.progress.note(&format!("{pool}: {FACTORS} is not available ({code}); {USER} is asked instead"));
            open.push_front(user);
        }
    }
    let (name, operation) = match desk.ledger.way {
        Some(Way::Factors) => (FACTORS, plan::operation(FACTORS)),
        Some(Way::User) => (USER, plan::operation(USER)),
        Some(Way::Neither) | None => return Ok(()),
    };
    let Some(operation) = operation else { return Ok(()) };
    read_together(desk, pool, operation, open.into_iter().map(|user| (id(&user), user)).collect(), name).await
}

/// Reads users concurrently and records each as soon as all before it are recorded.
async fn read_together(
    desk: &mut Desk<'_, '_>,
    pool: &str,
    operation: &'static Operation,
    users: Vec<(String, Listed)>,
    name: &str,
) -> Result<(), CollectError> {
    let users = Arc::new(users);
    let mut flying: JoinSet<(usize, Vec<Told>)> = JoinSet::new();
    let mut done: BTreeMap<usize, Vec<Told>> = BTreeMap::new();
    let mut started = 0;
    let mut recorded = 0;
    while recorded < users.len() {
        while flying.len() < IN_FLIGHT
            && let Some((id, user)) = users.get(started)
        {
            let question = question(desk, operation, pool, user);
            let from = desk.ledger.user(name, id).attempts + 1;
            let asker = desk.asker.clone();
            let index = started;
            flying.spawn(async move {
                let mut attempts = Vec::new();
                let _ = asker
                    .ask(&question, from, |told| {
                        attempts.push(told);
                        Ok(())
                    })
                    .await;
                (index, attempts)
            });
            started += 1;
        }
        match flying.join_next().await {
            Some(Ok((index, attempts))) => done.insert(index, attempts),
            // A task of ours cannot end otherwise; nothing is recorded of it, so the user is asked when the run goes on.
            Some(Err(_)) | None => return Err(CollectError::System(std::io::Error::other("a task of the collector failed"))),
        };
        while let Some(attempts) = done.remove(&recorded) {
            for told in &attempts {
                desk.tell(told)?;
            }
            if let Some((id, _)) = users.get(recorded) {
                desk.credentials(&desk.ledger.user(name, id))?;
            }
            recorded += 1;
            if desk.ledger.way == Some(Way::Neither) {
                let what = format!("{pool}: reading single users is denied; the other users are not asked for");
                desk.office.progress.note(&what);
                return Ok(());
            }
        }
    }
    Ok(())
}

fn question(desk: &Desk<'_, '_>, operation: &'static Operation, pool: &str, user: &Listed) -> Question {
    let input = json!({"UserPoolId": pool, "Username": user.name});
    Question { subject_sub: user.sub.clone(), ..desk.question(operation, input, 1) }
}

/// Whether nothing more is to be asked of a user of the last page.
fn settled(desk: &Desk<'_, '_>, id: &str) -> bool {
    let patience = &desk.asker.patience;
    let factors = desk.ledger.user(FACTORS, id);
    match desk.ledger.way {
        Some(Way::Neither) => true,
        Some(Way::Factors) | None => factors.settled(patience),
        Some(Way::User) => {
            let fell_back = factors.error.as_deref().is_some_and(|e| falls_back(factors.status, e));
            desk.ledger.user(USER, id).settled(patience) || (factors.settled(patience) && !fell_back)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scope::PrivacyMode;

    fn users(detail: Detail) -> Users {
        Users { detail, ..Users::default() }
    }

    #[test]
    fn nobody_is_read_beyond_a_thousand_without_consent() {
        let decide = |detail, estimate, consent| which(&users(detail), estimate, consent, [0; 32]).0;
        assert_eq!(decide(Detail::Auto, Some(1_000), false), Which::All);
        assert_eq!(decide(Detail::Auto, Some(1_001), false), Which::None);
        assert_eq!(decide(Detail::Auto, None, false), Which::None);
        assert_eq!(decide(Detail::Auto, Some(40_000_000), true), Which::All);
        assert_eq!(decide(Detail::None, Some(5), true), Which::None);
        assert!(matches!(decide(Detail::Sample, Some(5_000), false), Which::Drawn { .. }));
    }

    #[test]
    fn the_estimate_names_users_money_and_minutes() {
        let (_, text) = which(&users(Detail::All), Some(100_000), false, [0; 32]);
        assert_eq!(
            text,
            "about 100000 users, at most 100000 reads of single users: at most USD 1500.00 if none of them was active this month (USD 0.015 each by the scope), about 28 minutes at 60 reads a second"
        );
    }

    #[test]
    fn a_sample_takes_its_share_and_the_same_users_again() {
        let seed = seed(Some("auditor's word"), "00", "r_1");
        let taken = |rate| (0..10_000).filter(|n| drawn(&seed, &format!("u_{n}"), rate)).count();
        assert!((900..1_100).contains(&taken(0.1)), "{}", taken(0.1));
        assert_eq!((taken(0.1), taken(1.0)), (taken(0.1), 10_000));
        assert_ne!(seed, super::seed(None, "00", "r_1"));
    }

    #[test]
    fn only_enabled_local_users_who_can_sign_in_are_read() {
        let user = |name: &str, status: &str, enabled: Value| json!({"Username": name, "UserStatus": status, "Enabled": enabled});
        let answer = json!({"Users": [
            user("a", "CONFIRMED", json!(true)), user("b", "CONFIRMED", json!(false)), user("c", "EXTERNAL_PROVIDER", json!(true)),
            user("d", "UNCONFIRMED", json!(true)), user("e", "FORCE_CHANGE_PASSWORD", json!(true)), user("f", "RESET_REQUIRED", json!(true)),
            user("g", "CONFIRMED", Value::Null), json!({"UserStatus": "CONFIRMED", "Enabled": true}),
        ]});
        let pseudonyms = Pseudonyms::new(PrivacyMode::Pseudonym, [1; 32], [2; 32]);
        let picked = |factors: Which, sign_ins: Which| {
            let reads = Reads { factors, sign_ins: sign_ins::Plan { which: sign_ins, ..sign_ins::Plan::none() } };
            pick(&answer, &reads, &pseudonyms)
        };
        let names = |users: Vec<Listed>| users.into_iter().map(|u| u.name).collect::<Vec<String>>();
        assert_eq!(names(picked(Which::All, Which::None)), ["a", "f"]);
        let both = picked(Which::All, Which::All);
        assert_eq!(both.iter().map(|u| (u.name.as_str(), u.factors)).collect::<Vec<_>>(), [("a", true), ("e", false), ("f", true)]);
        assert!(both.iter().all(|u| u.sign_ins));
        assert_eq!(names(picked(Which::None, Which::None)), Vec::<String>::new());
    }
}
