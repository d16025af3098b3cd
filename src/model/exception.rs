//! Exceptions and exclusions as the owner declares them: who accepted what, for which reason, until when. They annotate
//! a FAIL and what is left out; nothing here may change a verdict. What a declaration lacks by its own form is said here;
//! whether what it names exists is for the check COG-EVD-002.

use super::id::{CheckId, ClientId, PoolId};
use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// Longest validity, months (rulings 41).
pub const MOST_MONTHS: u32 = 12;

/// A declared exception. Every member may be missing: what is ill-formed is a finding, and still listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its line in the scope file, from 1; 0 where there is no such file.
    #[serde(default)]
    pub line: usize,
    /// The check (`COG-MFA-001`) or control (`pci-dss-4.0.1:8.4.2`).
    pub on: Option<String>,
    /// The pool.
    pub pool: Option<PoolId>,
    /// The app client, where it is about one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The user, where it is about one only: a pseudonym (`u_…`) or a keyed digest (`e_…`, `n_…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Why the rule is not kept.
    pub reason: Option<String>,
    /// What stands in its place.
    pub compensating_control: Option<String>,
    /// Who asked for it.
    pub requester: Option<String>,
    /// Who approved it: another person.
    pub approver: Option<String>,
    /// Where that is recorded.
    pub ticket: Option<String>,
    /// First day.
    pub start: Option<NaiveDate>,
    /// Last day.
    pub expiry: Option<NaiveDate>,
    /// Its approval, where somebody signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// What could not be read of it, each with line and column of the scope file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A signed approval, as the scope carries it. What it says of itself holds where `verify` has checked the envelope; whose key
/// it is, only a trust file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Fingerprint of the key that signed it.
    pub fingerprint: String,
    /// When, RFC 3339, by the approver's own clock.
    pub at: String,
    /// The DSSE envelope, as its file holds it.
    pub envelope: String,
}

/// A user's pseudonym, as reports show it: `u_` and 20 base32 characters.
pub fn is_pseudonym(text: &str) -> bool {
    let base32 = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
    text.strip_prefix("u_").is_some_and(|rest| rest.len() == 20 && rest.bytes().all(base32))
}

/// A declared exclusion: why something is outside of this evidence. It leaves nothing out by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Its line in the scope file, from 1; 0 where there is no such file.
    #[serde(default)]
    pub line: usize,
    /// A pool that the scope does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolId>,
    /// A check that the scope switches off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// Why it is outside.
    pub reason: Option<String>,
    /// Who approved that.
    pub approver: Option<String>,
    /// First day.
    pub start: Option<NaiveDate>,
    /// Last day.
    pub expiry: Option<NaiveDate>,
    /// What could not be read of it, each with line and column of the scope file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// Where a declaration stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It lacks something, or contradicts itself.
    IllFormed,
    /// Its last day is over.
    Expired,
    /// Its first day is still to come.
    NotYet,
    /// It is well-formed, and the day is within it. That says nothing of who approved it.
    InForce,
}

impl State {
    /// The word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::IllFormed => "ill-formed",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::InForce => "in-force",
        }
    }
}

fn stands(start: Option<NaiveDate>, expiry: Option<NaiveDate>, day: NaiveDate) -> State {
    match (start, expiry) {
        (Some(_), Some(expiry)) if expiry < day => State::Expired,
        (Some(start), Some(_)) if start > day => State::NotYet,
        (Some(_), Some(_)) => State::InForce,
        _ => State::IllFormed,
    }
}

/// What is missing, and which days contradict each other.
fn lacks(members: &[(&str, bool)], start: Option<NaiveDate>, expiry: Option<NaiveDate>) -> Vec<String> {
    let days = [("start", start.is_some()), ("expiry", expiry.is_some())];
    let missing = members.iter().chain(&days).filter(|(_, there)| !there);
    let mut out: Vec<String> = missing.map(|(name, _)| format!("no {name}")).collect();
    if let (Some(start), Some(expiry)) = (start, expiry) {
        if expiry < start {
            out.push(format!("it expires on {expiry}, before it begins on {start}"));
        }
        if start.checked_add_months(Months::new(MOST_MONTHS)).is_none_or(|last| expiry > last) {
            out.push(format!("it lasts from {start} to {expiry}, more than {MOST_MONTHS} months"));
        }
    }
    out
}

/// A name as it is compared: letters and digits only, without case.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Exception {
    /// What is ill-formed about it; empty for one that is well-formed.
    pub fn defects(&self) -> Vec<String> {
        let members = [
            ("on (the check or control)", self.on.is_some()),
            ("pool (the subject)", self.pool.is_some()),
            ("reason", self.reason.is_some()),
            ("compensating_control", self.compensating_control.is_some()),
            ("requester", self.requester.is_some()),
            ("approver", self.approver.is_some()),
            ("ticket", self.ticket.is_some()),
        ];
        let mut out = self.problems.clone();
        out.extend(lacks(&members, self.start, self.expiry));
        if self.client.is_some() && self.user.is_some() {
            out.push("it names both a client and a user; write two exceptions".to_owned());
        }
        if let (Some(requester), Some(approver)) = (&self.requester, &self.approver) {
            if bare(approver).is_empty() || bare(requester).is_empty() {
                out.push("requester or approver is no name".to_owned());
            } else if bare(requester) == bare(approver) {
                out.push("requester and approver are the same person".to_owned());
            }
        }
        out
    }

    /// Where it stands on a day, by its form alone.
    pub fn state(&self, day: NaiveDate) -> State {
        if self.defects().is_empty() { stands(self.start, self.expiry, day) } else { State::IllFormed }
    }
}

impl Exclusion {
    /// What is ill-formed about it; empty for one that is well-formed.
    pub fn defects(&self) -> Vec<String> {
        let mut out = self.problems.clone();
        out.extend(lacks(&[("reason", self.reason.is_some()), ("approver", self.approver.is_some())], self.start, self.expiry));
        match (&self.pool, &self.check) {
            (None, None) => out.push("no pool or check (what is excluded)".to_owned()),
            (Some(_), Some(_)) => out.push("it names both a pool and a check; write two exclusions".to_owned()),
            _ => {}
        }
        out
    }

    /// Where it stands on a day, by its form alone.
    pub fn state(&self, day: NaiveDate) -> State {
        if self.defects().is_empty() { stands(self.start, self.expiry, day) } else { State::IllFormed }
    }

    /// What it is about, in words.
    pub fn what(&self) -> String {
        match (&self.pool, &self.check) {
            (Some(pool), _) => format!("pool {pool}"),
            (None, Some(check)) => format!("check {check}"),
            (None, None) => "nothing".to_owned(),
        }
    }
}

#[cfg(test)]
impl Exception {
    /// A well-formed one, for tests.
    pub fn good() -> Self {
        let text = |t: &str| Some(t.to_owned());
        Self {
            line: 7,
            on: text("COG-MFA-001"),
            pool: Some("eu-west-1_A".into()),
            reason: text("migration"),
            compensating_control: text("network"),
            requester: text("Jane Doe"),
            approver: text("C. Santos"),
            ticket: text("SEC-1"),
            start: "2026-03-01".parse().ok(),
            expiry: "2027-03-01".parse().ok(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn with(change: impl FnOnce(&mut Exception)) -> Vec<String> {
        let mut e = Exception::good();
        change(&mut e);
        e.defects()
    }

    #[test]
    fn a_year_is_the_longest() {
        assert!(Exception::good().defects().is_empty());
        assert_eq!(with(|e| e.expiry = Some(day("2027-03-02"))).len(), 1);
        assert_eq!(with(|e| e.expiry = Some(day("2026-02-01"))).len(), 1);
        // From a leap day, the year ends with February.
        let leap = |last: &str| {
            with(|e| {
                e.start = Some(day("2028-02-29"));
                e.expiry = Some(day(last));
            })
        };
        assert!(leap("2029-02-28").is_empty() && !leap("2029-03-01").is_empty());
    }

    #[test]
    fn nobody_approves_what_he_asked_for() {
        assert!(with(|e| e.approver = Some("  jane   DOE\u{200b}".to_owned()))[0].contains("same person"));
        assert!(with(|e| e.approver = Some("-".to_owned()))[0].contains("no name"));
    }

    #[test]
    fn every_member_but_client_and_user_is_needed() {
        assert_eq!(Exception::default().defects().len(), 9);
        assert_eq!(Exclusion::default().defects().len(), 5);
        assert_eq!(with(|e| e.problems.push("3:1: something".to_owned())), ["3:1: something"]);
        assert_eq!(
            with(|e| {
                e.user = Some("u_x".to_owned());
                e.client = Some("web".into());
            })
            .len(),
            1
        );
    }

    #[test]
    fn first_and_last_day_count() {
        let on = |d: &str| Exception::good().state(day(d));
        assert_eq!((on("2026-02-28"), on("2026-03-01")), (State::NotYet, State::InForce));
        assert_eq!((on("2027-03-01"), on("2027-03-02")), (State::InForce, State::Expired));
        assert_eq!(Exception::default().state(day("2026-03-01")), State::IllFormed);
    }
}
