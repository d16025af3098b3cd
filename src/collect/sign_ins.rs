//! When single users last signed in: their events and remembered devices, after the page that listed them, in listed
//! order whatever the concurrency. The pages of a list are asked for in one go and recorded together; a list that is cut
//! off between them is begun anew, since page tokens are not kept.

use super::CollectError;
use super::ask::{Asker, Question, Told};
use super::desk::{Desk, Listed};
use super::ledger::OfUser;
use super::plan::{self, Category, Operation};
use super::users::{Which, lasting, pseudonym};
use crate::clock;
use crate::model::scope::{Scope, SignIns, Thresholds};
use crate::snapshot::activity::{DEVICES, EVENTS, last_in_answer};
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// Lists in flight.
const IN_FLIGHT: usize = 12;
/// Most pages of one user's events: 1,200 of them. Beyond, the history counts as not read to its end.
const MOST_PAGES: u64 = 20;

/// What is read of whom.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// Whose.
    pub which: Which,
    /// The pool remembers devices, so they are asked for.
    pub devices: bool,
    /// A sign-in of fewer than so many days ago settles a user.
    pub days: i64,
}

impl Plan {
    /// Nobody.
    pub fn none() -> Self {
        Self { which: Which::None, devices: false, days: 0 }
    }

    /// For a pool, and what the operator has to know before the first call; `None` where nobody is asked.
    pub fn of(scope: &Scope, devices: bool, estimate: Option<u64>, seed: [u8; 32]) -> (Self, Option<String>) {
        let users = &scope.users;
        let which = match scope.collect.sign_ins {
            SignIns::None => return (Self::none(), None),
            SignIns::All => Which::All,
            SignIns::Sample => Which::Drawn { seed, rate: users.sample_rate },
        };
        let share = if let Which::Drawn { rate, .. } = which { rate } else { 1.0 };
        let each = if devices { 2.0 } else { 1.0 };
        let days = i64::from(scope.thresholds.inactive_days.min(Thresholds::default().inactive_days));
        let plan = Self { which, devices, days };
        let Some(estimate) = estimate else {
            return (
                plan,
                Some("the last sign-in of an unknown number of users is read: how long that takes cannot be estimated".to_owned()),
            );
        };
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let calls = (estimate as f64 * share).ceil() * each;
        let rate = Category::UserResourceRead.per_second() * users.quota_share;
        let text = format!(
            "the last sign-in of about {:.0} users is read: {calls:.0} calls, and more for long histories, at most {rate:.0} a second of the quota that group and device reads of your applications share: {} or more. AWS names no charge for these calls",
            (calls / each),
            lasting(calls / rate),
        );
        (plan, Some(text))
    }

    /// The operations asked of each user.
    fn operations(&self) -> impl Iterator<Item = &'static Operation> {
        [Some(EVENTS), self.devices.then_some(DEVICES)].into_iter().flatten().filter_map(plan::operation)
    }

    /// Whether a sign-in on `last` is recent on the day `on`; nothing more needs to be known then.
    fn recent(&self, last: Option<NaiveDate>, on: Option<NaiveDate>) -> bool {
        matches!((last, on), (Some(last), Some(on)) if (on - last).num_days() < self.days)
    }
}

/// A list of a user that is still open: what is asked first, and under which attempt.
struct Open {
    question: Question,
    from: u32,
}

/// Reads what is still open of the users of a page.
pub(super) async fn read_page(desk: &mut Desk<'_, '_>, pool: &str, users: Vec<Listed>, plan: &Plan) -> Result<(), CollectError> {
    let pseudonyms = desk.office.redactor.pseudonyms().clone();
    let id = |user: &Listed| if pseudonyms.clear() { user.name.clone() } else { pseudonym(user, &pseudonyms) };
    let lists: Vec<(String, &Listed, &'static Operation)> =
        users.iter().flat_map(|user| plan.operations().map(move |operation| (user, operation))).map(|(u, o)| (id(u), u, o)).collect();
    let mut flying: JoinSet<(usize, Vec<Told>)> = JoinSet::new();
    let mut done: BTreeMap<usize, Vec<Told>> = BTreeMap::new();
    let (mut started, mut recorded) = (0, 0);
    while recorded < lists.len() {
        // One alone until it is known what this pool answers: a pool that keeps no events is asked once.
        let most = if desk.ledger.answers_lists { IN_FLIGHT } else { 1 };
        while started < recorded + most
            && let Some((id, user, operation)) = lists.get(started)
        {
            let open = open(desk, pool, id, user, operation, plan);
            let (asker, plan, index) = (desk.asker.clone(), plan.clone(), started);
            flying.spawn(async move {
                let mut told = Vec::new();
                if let Some(open) = open {
                    read_list(&asker, open, &plan, &mut told).await;
                }
                (index, told)
            });
            started += 1;
        }
        match flying.join_next().await {
            Some(Ok((index, told))) => done.insert(index, told),
            Some(Err(_)) | None => return Err(CollectError::System(std::io::Error::other("a task of the collector failed"))),
        };
        while let Some(told) = done.remove(&recorded) {
            let known = desk.ledger.refused.len();
            for attempt in &told {
                desk.tell(attempt)?;
            }
            if let Some((id, _, operation)) = lists.get(recorded) {
                let list = desk.ledger.list_of(operation.name, id);
                desk.credentials(&list.pages.next)?;
                desk.ledger.answers_lists |= list.pages.answered > 0 && !told.is_empty();
                if desk.ledger.refused.len() > known {
                    let code = list.pages.next.error.unwrap_or_default();
                    let what =
                        format!("{pool}: {} is not answered for this pool ({code}); the other users are not asked about", operation.name);
                    desk.office.progress.note(&what);
                }
            }
            recorded += 1;
        }
    }
    Ok(())
}

/// What is still open of a list about a user.
fn open(desk: &Desk<'_, '_>, pool: &str, id: &str, user: &Listed, operation: &'static Operation, plan: &Plan) -> Option<Open> {
    let known = desk.ledger.list_of(operation.name, id);
    if desk.ledger.refused.contains(operation.name) || settled(&known, operation, plan, desk) {
        return None;
    }
    // Of a list that was cut off the next page's token is lost.
    let (pass, from) = if known.pages.answered > 0 { (known.pass + 1, 1) } else { (known.pass.max(1), known.pages.next.attempts + 1) };
    let mut input = json!({"UserPoolId": pool, "Username": user.name});
    if let (Some((name, most)), Some(members)) = (operation.listing.and_then(|l| l.page), input.as_object_mut()) {
        members.insert(name.to_owned(), json!(most));
    }
    Some(Open { question: Question { subject_sub: user.sub.clone(), ..desk.question(operation, input, pass) }, from })
}

fn settled(known: &OfUser, operation: &Operation, plan: &Plan, desk: &Desk<'_, '_>) -> bool {
    let pages = &known.pages;
    let enough = plan.recent(known.last, known.on) || pages.answered >= most_pages(operation);
    pages.settled(&desk.asker.patience) || (pages.answered > 0 && enough)
}

/// Devices prove that somebody was there, never that nobody was: one page does.
fn most_pages(operation: &Operation) -> u64 {
    if operation.name == DEVICES { 1 } else { MOST_PAGES }
}

/// Asks for page after page, until one shows a recent sign-in or is the last.
async fn read_list(asker: &Asker, open: Open, plan: &Plan, told: &mut Vec<Told>) {
    let Open { mut question, mut from } = open;
    let mut tokens = BTreeSet::new();
    for _ in 0..most_pages(question.operation) {
        let before = told.len();
        // Keeping an attempt cannot fail.
        let _ = asker
            .ask(&question, from, |attempt| {
                told.push(attempt);
                Ok(())
            })
            .await;
        let last = told.get(before..).and_then(<[Told]>::last);
        let Some((answer, time)) = last.and_then(|t| Some((t.answer.as_ref()?, &t.raw.time))) else { return };
        let on = clock::parse_rfc3339(time).ok().map(|t| t.date_naive());
        let token = question.operation.listing.map(|l| l.token).unwrap_or_default();
        let next = answer.get(token).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
        let (Some(next), false) = (next, plan.recent(last_in_answer(question.operation.name, answer), on)) else { return };
        if !tokens.insert(next.clone()) {
            return;
        }
        if let Some(members) = question.input.as_object_mut() {
            members.insert(token.to_owned(), json!(next));
        }
        from = 1;
    }
}
