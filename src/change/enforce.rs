//! Making MFA required: what stands in the way, and the change itself. It sets ON only where every named admin holds a
//! factor that was read, and puts back what it read where it cannot read back what it wrote. It never guesses an admin.

use super::journal::{Came, JournalError, Step};
use super::people::{self, NotFound, Standing};
use super::settings::{self, State};
use super::write::{Desk, Kept, Written};
use super::{Cloud, Trouble};
use crate::model::id::PoolId;
use crate::snapshot::cognito::MfaMode;

/// A pool, looked at. Holds secrets and identities: no `Debug`.
pub struct Looked {
    /// Its settings; `None` where they could not be read.
    pub state: Option<State>,
    /// The named admins, each with where he stands, in the order of the scope file.
    pub admins: Vec<(String, Vec<Standing>)>,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// MFA is required already; nothing is to be written.
    Already,
    /// Nothing stands in the way.
    Ready,
    /// Something does; why, each as a sentence about the pool.
    Blocked(Vec<String>),
    /// It could not be decided; why.
    Unread(String),
}

/// Looks at a pool; writes nothing.
pub fn look(cloud: &mut dyn Cloud, pool: &PoolId, named: &[&str], window_open: bool) -> Looked {
    let unread = |why: String, state| Looked { state, admins: Vec::new(), verdict: Verdict::Unread(why) };
    let state = match settings::read(cloud) {
        Ok(state) => state,
        Err(trouble) => return unread(format!("its settings could not be read ({trouble})"), None),
    };
    if !state.is_of(pool) {
        return unread("the answer is about another pool".to_owned(), None);
    }
    let Some(mode) = state.mode() else {
        let (one, other) = state.modes();
        let why = format!("GetUserPoolMfaConfig says {one} and DescribeUserPool says {other}; run again when they agree");
        return unread(why, Some(state));
    };
    if mode == MfaMode::On {
        return Looked { state: Some(state), admins: Vec::new(), verdict: Verdict::Already };
    }
    let mut blocks: Vec<String> = Vec::new();
    if window_open {
        blocks.push("a window of `poolproof onboard` is open for it: close it first (`poolproof onboard --close --apply`)".to_owned());
    }
    let unknown = state.unknown();
    if !unknown.is_empty() {
        blocks.push(format!(
            "it has settings that this version does not know and would lose ({}): set MFA to required in the console",
            unknown.join(", ")
        ));
    }
    if named.is_empty() {
        blocks.push("no admin is named: list in the scope file, `named_admins`, those who must be able to sign in afterwards".to_owned());
    }
    let mut admins = Vec::new();
    let mut gaps = Vec::new();
    for name in named {
        let standings = match people::find(cloud, name) {
            Ok(found) => found.iter().map(|person| people::standing(cloud, person, &state)).collect(),
            Err(NotFound::Odd) => {
                blocks.push(format!("{name:?} can be no e-mail address or user name"));
                continue;
            }
            Err(NotFound::Unread(trouble)) => vec![Standing::Unread(trouble.code)],
        };
        match blocked_by(name, &standings, &state) {
            Some(Block::Why(why)) => blocks.push(why),
            Some(Block::Gap(why)) => gaps.push(why),
            None => {}
        }
        admins.push(((*name).to_owned(), standings));
    }
    let verdict = match (blocks.is_empty(), gaps.is_empty()) {
        (false, _) => Verdict::Blocked(blocks.into_iter().chain(gaps).collect()),
        (true, false) => Verdict::Unread(gaps.join("; ")),
        (true, true) => Verdict::Ready,
    };
    Looked { state: Some(state), admins, verdict }
}

enum Block {
    Why(String),
    Gap(String),
}

/// Why an admin stands in the way. More users with one address must all hold a factor.
fn blocked_by(name: &str, standings: &[Standing], state: &State) -> Option<Block> {
    if standings.is_empty() {
        return Some(Block::Why(format!("{name} is not in this pool")));
    }
    let mut gap = None;
    for standing in standings {
        match standing {
            Standing::Totp | Standing::Passkey => {}
            Standing::Nothing if !state.totp() => {
                return Some(Block::Why(format!("{name} has no factor that counts, and the pool has not enabled TOTP")));
            }
            Standing::Nothing => {
                return Some(Block::Why(format!("{name} has no active TOTP and would have to set it up at the next sign-in")));
            }
            Standing::Outside(why) => return Some(Block::Why(format!("{name} {why}"))),
            Standing::Unread(code) => gap = Some(Block::Gap(format!("{name} could not be read ({code})"))),
        }
    }
    gap
}

/// What came of an enforcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// MFA is required, read back from both calls, and everything else is as it was.
    Done(Written),
    /// The pool changed between looking and writing; nothing was written.
    Changed,
    /// AWS refused, or the write was seen not to have happened.
    NotWritten(Written),
    /// It was sent and could not be read back; it was left as it is, for the stronger setting may hold.
    NotSeen(Written),
    /// What was read back was something else, and what was read before was put back; the second is the way back.
    RolledBack(Written, Written),
}

/// Sets ON. `looked` must be [`Verdict::Ready`]; the pool is read once more before anything is sent.
///
/// # Errors
/// The journal of changes cannot be written: where that was the line before the write, nothing was sent.
pub fn apply(desk: &mut Desk<'_>, looked: &Looked) -> Result<Outcome, JournalError> {
    let (Verdict::Ready, Some(state)) = (&looked.verdict, &looked.state) else { return Ok(Outcome::Changed) };
    let fresh = match settings::read(desk.cloud) {
        Ok(fresh) => fresh,
        Err(Trouble { code, request_id, .. }) => {
            return Ok(Outcome::NotWritten(Written {
                came: Came::NotWritten,
                request_id,
                code: Some(code),
                unlike: Vec::new(),
                seen: None,
            }));
        }
    };
    if fresh.modes() != state.modes() || !fresh.settings_unlike(state).is_empty() || !fresh.pool_unlike(state).is_empty() {
        return Ok(Outcome::Changed);
    }
    let Some(mode) = fresh.mode() else { return Ok(Outcome::Changed) };
    (desk.tell)("setting MFA to required (SetUserPoolMfaConfig) and reading it back");
    desk.intend(Step::Enforce, &fresh, MfaMode::On, |_| {})?;
    let written = desk.send(&fresh, MfaMode::On, Kept::All);
    let noted = desk.note(Step::Enforce, MfaMode::On, &written);
    match written.came {
        Came::Done | Came::Already => noted.map(|()| Outcome::Done(written)),
        Came::NotWritten => noted.map(|()| Outcome::NotWritten(written)),
        Came::NotSeen => noted.map(|()| Outcome::NotSeen(written)),
        Came::Mismatch => {
            (desk.tell)("what was read back is not what was written: putting back what was read before");
            // The way back is taken whether or not the journal can be written.
            let intended = desk.intend(Step::RollBack, &fresh, mode, |_| {});
            let back = desk.send(&fresh, mode, Kept::Settings);
            let told = desk.note(Step::RollBack, mode, &back);
            noted.and(intended).and(told).map(|()| Outcome::RolledBack(written, back))
        }
    }
}

/// Writes down that a pool's mode is known again where the journal left it open. Sends nothing.
///
/// # Errors
/// The journal of changes cannot be written.
pub fn settle(desk: &mut Desk<'_>, mode: MfaMode) -> Result<(), JournalError> {
    let open = desk.journal.said().unsettled().into_iter().find(|e| e.pool == desk.pool).map(|e| (e.change.clone(), e.step));
    let Some((change, step)) = open else { return Ok(()) };
    let own = std::mem::replace(&mut desk.change, change);
    let seen = Written { came: Came::Already, request_id: None, code: None, unlike: Vec::new(), seen: None };
    let noted = desk.note(step, mode, &seen);
    desk.change = own;
    noted
}

#[cfg(test)]
mod tests;
