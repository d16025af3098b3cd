//! A window for one user: MFA required becomes optional until his TOTP is active, and then required again, whatever
//! happens. The journal's line stands before the window opens; closing is tried until it is seen, and a missing line, the
//! operator's Ctrl-C or a failing call do not keep it from being tried. It opens nothing that the user does not need.

use super::journal::{Came, JournalError, Step, Window};
use super::people::{self, NotFound, Person, Standing};
use super::settings::{self, State};
use super::write::{Desk, Kept, Written};
use super::{Cloud, Trouble};
use crate::clock;
use crate::model::id::PoolId;
use crate::snapshot::cognito::MfaMode;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Longest window, minutes.
pub const LONGEST: u32 = 120;

/// A pool and a user, looked at. Holds secrets and identities: no `Debug`.
pub struct Looked {
    /// The settings; `None` where they could not be read.
    pub state: Option<State>,
    /// The user, where there is exactly one.
    pub person: Option<Person>,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The user's TOTP is active.
    HasTotp,
    /// MFA is required, and he sets up TOTP when he signs in next. `first`: he has never signed in.
    SetsUpAtSignIn {
        /// His first sign-in is still to come.
        first: bool,
    },
    /// MFA is not required in this pool, so he can set up TOTP as it is; a window would open nothing. The mode.
    NotRequired(MfaMode),
    /// A window cannot help, or must not be opened; why.
    Blocked(String),
    /// It could not be decided; why.
    Unread(String),
}

/// Looks at a pool and a user; writes nothing.
pub fn look(cloud: &mut dyn Cloud, pool: &PoolId, who: &str, window_open: bool) -> Looked {
    let mut looked = Looked { state: None, person: None, verdict: Verdict::Unread(String::new()) };
    looked.verdict = match looked_at(cloud, pool, who, window_open, &mut looked) {
        Ok(verdict) | Err(verdict) => verdict,
    };
    looked
}

fn looked_at(cloud: &mut dyn Cloud, pool: &PoolId, who: &str, window_open: bool, looked: &mut Looked) -> Result<Verdict, Verdict> {
    let blocked = |why: &str| Err(Verdict::Blocked(why.to_owned()));
    let state = settings::read(cloud).map_err(|t| Verdict::Unread(format!("the pool's settings could not be read ({t})")))?;
    let mode = state.is_of(pool).then(|| state.mode()).flatten();
    looked.state = Some(state.clone());
    let Some(mode) = mode else {
        let (one, other) = state.modes();
        return Err(Verdict::Unread(format!(
            "GetUserPoolMfaConfig says {one} and DescribeUserPool says {other}; run again when they agree"
        )));
    };
    if window_open {
        return blocked("a window is already open for this pool: close it first (`poolproof onboard --close --apply`)");
    }
    let mut found = people::find(cloud, who).map_err(|error| match error {
        NotFound::Odd => Verdict::Blocked("that can be no e-mail address or user name".to_owned()),
        NotFound::Unread(trouble) => Verdict::Unread(format!("the user could not be looked up ({trouble})")),
    })?;
    let person = match (found.pop(), found.is_empty()) {
        (None, _) => return blocked("there is no such user in this pool"),
        (Some(_), false) => return blocked("more than one user has this address: give the user name"),
        (Some(person), true) => person,
    };
    let standing = people::standing(cloud, &person, &state);
    let first = person.status == "FORCE_CHANGE_PASSWORD";
    looked.person = Some(person);
    match standing {
        Standing::Totp => return Ok(Verdict::HasTotp),
        Standing::Unread(code) => return Err(Verdict::Unread(format!("the user's factors could not be read ({code})"))),
        Standing::Outside(why) => return Err(Verdict::Blocked(format!("the user {why}"))),
        Standing::Nothing | Standing::Passkey => {}
    }
    if mode != MfaMode::On {
        return Ok(Verdict::NotRequired(mode));
    }
    if !state.totp() {
        return blocked("the pool has not enabled TOTP: nobody can set it up, with or without a window");
    }
    let unknown = state.unknown();
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        return Err(Verdict::Blocked(format!("the pool has settings that this version does not know and would lose ({names})")));
    }
    Ok(Verdict::SetsUpAtSignIn { first })
}

/// Why a window ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user's TOTP is active.
    Enrolled,
    /// The time was up.
    Deadline,
    /// The operator stopped it.
    Stopped,
    /// AWS refused to tell the user's factors.
    Refused(String),
    /// It was never open: AWS refused, or the opening was seen not to have happened.
    NotOpened(Option<String>),
    /// It was not seen to have opened as it should, so it was closed at once.
    Odd(Came),
}

/// A window that has ended.
#[derive(Debug)]
pub struct Report {
    /// Why.
    pub ended: Ended,
    /// The closing; `None` where it was never open.
    pub closed: Option<Written>,
    /// The journal could not be written after the window had opened; closing was tried all the same.
    pub journal: Option<JournalError>,
}

impl Report {
    /// Whether MFA was seen to be required again (or never ceased to be).
    pub fn is_shut(&self) -> bool {
        self.closed.as_ref().is_none_or(is_shut)
    }
}

/// Whether a closing was seen.
pub fn is_shut(written: &Written) -> bool {
    matches!(written.came, Came::Done | Came::Already)
}

/// Opens a window for a user and closes it again. `pseudonym` stands in the journal.
///
/// # Errors
/// The intent cannot be written into the journal: nothing was sent.
pub fn run(desk: &mut Desk<'_>, looked: &Looked, pseudonym: Option<String>, time: Duration) -> Result<Report, JournalError> {
    let unopened = |why: &str| Ok(Report { ended: Ended::NotOpened(Some(why.to_owned())), closed: None, journal: None });
    let (Verdict::SetsUpAtSignIn { .. }, Some(before), Some(person)) = (&looked.verdict, &looked.state, &looked.person) else {
        return unopened("NotNeeded");
    };
    // Between looking and writing somebody may have changed the pool: what goes back must be what is there.
    match settings::read(desk.cloud) {
        Ok(fresh) if fresh.is_of(&desk.pool) && fresh.modes() == before.modes() && fresh.settings_unlike(before).is_empty() => {}
        Ok(_) => return unopened("ChangedMeanwhile"),
        Err(trouble) => return unopened(&trouble.code),
    }
    let until = desk.cloud.now() + TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
    (desk.tell)("opening the window: MFA becomes optional for the whole pool (SetUserPoolMfaConfig)");
    desk.intend(Step::OpenWindow, before, MfaMode::Optional, |line| {
        line.user = pseudonym;
        line.until = Some(clock::rfc3339(until));
    })?;
    let mut opened = desk.send(before, MfaMode::Optional, Kept::Settings);
    if opened.came == Came::NotWritten && opened.seen.is_some() {
        // It was sent and nothing came back: it may still arrive. It counts as open, and is closed.
        opened.came = Came::NotSeen;
    }
    let noted = desk.note(Step::OpenWindow, MfaMode::Optional, &opened);
    let ended = match (opened.came, &noted) {
        (Came::NotWritten, _) => return Ok(Report { ended: Ended::NotOpened(opened.code), closed: None, journal: noted.err() }),
        (Came::Done, Ok(())) => {
            (desk.tell)(&format!("the window is open until {} at the latest; waiting for the user's TOTP", clock::rfc3339(until)));
            wait(desk, before, person, until)
        }
        (other, _) => Ended::Odd(other),
    };
    (desk.tell)("closing the window: MFA becomes required again (SetUserPoolMfaConfig)");
    let (kept, changed) = if opened.came == Came::Done { kept_since(desk, before) } else { (before.clone(), Vec::new()) };
    let (mut closed, journal) = close(desk, &kept);
    closed.unlike.extend(changed);
    Ok(Report { ended, closed: Some(closed), journal: journal.or(noted.err()) })
}

/// What closing must keep beside the mode, and the names of what is not as it was: the opening was seen to change nothing else, so
/// that what differs now somebody else set meanwhile. The settings before where that cannot be read or sent back.
fn kept_since(desk: &mut Desk<'_>, before: &State) -> (State, Vec<String>) {
    match settings::read(desk.cloud) {
        Ok(now) if now.is_of(&desk.pool) && now.unknown().is_empty() => {
            let changed = before.settings_unlike(&now);
            if !changed.is_empty() {
                (desk.tell)(&format!(
                    "somebody else changed other settings while the window was open ({}): they are kept",
                    changed.join(", ")
                ));
            }
            (now, changed)
        }
        _ => (before.clone(), Vec::new()),
    }
}

fn wait(desk: &mut Desk<'_>, before: &State, person: &Person, until: DateTime<Utc>) -> Ended {
    loop {
        let left = (until - desk.cloud.now()).to_std().unwrap_or_default();
        if left.is_zero() {
            return Ended::Deadline;
        }
        if desk.cloud.listen(left.min(desk.patience.poll)) {
            return Ended::Stopped;
        }
        match desk.cloud.factors(&person.username) {
            Ok(answer) if people::of_factors(&answer, before) == Standing::Totp => return Ended::Enrolled,
            Err(Trouble { code, sure: true, .. }) => return Ended::Refused(code),
            // An answer that did not come may come next time.
            Ok(_) | Err(_) => {}
        }
    }
}

/// Sets ON, everything else as in `before`, again and again until both calls tell it or `patience.close` is over.
fn close(desk: &mut Desk<'_>, before: &State) -> (Written, Option<JournalError>) {
    let began = desk.cloud.now();
    let longest = TimeDelta::from_std(desk.patience.close).unwrap_or(TimeDelta::MAX);
    let mut pause = desk.patience.between;
    loop {
        // An open window is worse than a missing line: it is closed even where the journal cannot be written.
        let intended = desk.intend(Step::CloseWindow, before, MfaMode::On, |_| {});
        let mut written = desk.send(before, MfaMode::On, Kept::Settings);
        let on = MfaMode::On.word();
        if written.came == Came::Mismatch && written.seen.as_ref().is_some_and(|(one, other)| one == on && other == on) {
            // MFA is required again, and another setting is not what it was: said, and no reason to go on.
            written.came = Came::Done;
        }
        let noted = desk.note(Step::CloseWindow, MfaMode::On, &written);
        if is_shut(&written) || desk.cloud.now() - began >= longest {
            return (written, intended.and(noted).err());
        }
        (desk.tell)(&format!("the window is not closed yet ({}); trying again", written.code.as_deref().unwrap_or("not read back")));
        desk.cloud.pause(pause);
        pause = (pause * 2).min(Duration::from_secs(30));
    }
}

/// What came of closing a window that was left open.
#[derive(Debug)]
pub enum Closing {
    /// It was closed, or not; with the names of settings that are not what they were before the window (`None`: the
    /// privacy key is missing or another, so nobody can say).
    Tried(Written, Option<bool>),
    /// MFA was required already; that is written down now.
    Already,
    /// The pool's settings could not be read; why.
    Unread(String),
    /// The pool has settings that this version would lose; their names.
    Unknown(Vec<String>),
}

/// Closes a window that the journal has open. `desk.change` must be the window's. There is nothing left of the settings
/// before it but a digest, so those of now are kept and only the mode is set.
///
/// # Errors
/// The journal cannot be written. The window was closed as far as the answer says.
pub fn close_left(desk: &mut Desk<'_>, window: &Window) -> (Closing, Option<JournalError>) {
    let state = match settings::read(desk.cloud) {
        Ok(state) if state.is_of(&desk.pool) => state,
        Ok(_) => return (Closing::Unread("the answer is about another pool".to_owned()), None),
        Err(trouble) => return (Closing::Unread(trouble.code), None),
    };
    if state.mode() == Some(MfaMode::On) {
        let seen = Written { came: Came::Already, request_id: None, code: None, unlike: Vec::new(), seen: Some(state.modes()) };
        return (Closing::Already, desk.note(Step::CloseWindow, MfaMode::On, &seen).err());
    }
    let unknown = state.unknown();
    if !unknown.is_empty() {
        return (Closing::Unknown(unknown), None);
    }
    let same = desk.key.zip(window.keyed.as_ref()).map(|(key, keyed)| &state.keyed(&key, &window.change) == keyed);
    let (written, journal) = close(desk, &state);
    (Closing::Tried(written, same), journal)
}

#[cfg(test)]
mod tests;
