//! One write to AWS, journalled before and after, and read back until both calls tell it. The only place that sends
//! SetUserPoolMfaConfig. It never reports what it did not read.

use super::journal::{Came, Entry, Journal, JournalError, Step};
use super::settings::{self, State};
use super::{Cloud, Patience, Trouble};
use crate::model::id::PoolId;
use crate::snapshot::cognito::MfaMode;
use chrono::TimeDelta;

/// One change of one pool: who is asked, where it is written down, and who is told.
pub struct Desk<'a> {
    /// The pool at AWS.
    pub cloud: &'a mut dyn Cloud,
    /// The journal of changes.
    pub journal: &'a mut Journal,
    /// The pool.
    pub pool: PoolId,
    /// The change's id.
    pub change: String,
    /// The privacy key, where there is one.
    pub key: Option<[u8; 32]>,
    /// How long to wait.
    pub patience: Patience,
    /// Who is told what is being done; never an identity, never a secret.
    pub tell: &'a mut dyn FnMut(&str),
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What came of it.
    pub came: Came,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// AWS's code, or ours.
    pub code: Option<String>,
    /// What differs from what was to be kept.
    pub unlike: Vec<String>,
    /// The modes that the two calls told last.
    pub seen: Option<(String, String)>,
}

/// What must be as it was, the mode aside, for a write to count as read back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The MFA settings; what else differs is said.
    Settings,
    /// And whatever else DescribeUserPool tells.
    All,
}

impl Desk<'_> {
    /// Writes down a write that is about to be made; `line` fills in its further members.
    ///
    /// # Errors
    /// It cannot be written down: then it must not be made.
    pub fn intend(&mut self, step: Step, before: &State, mode: MfaMode, line: impl FnOnce(&mut Entry)) -> Result<(), JournalError> {
        let mut intent = Entry::intent(&self.change, &self.pool, step, mode.word());
        intent.settings = Some(before.shown());
        intent.keyed = self.key.map(|key| before.keyed(&key, &self.change));
        line(&mut intent);
        let now = self.cloud.now();
        self.journal.write(intent, now)
    }

    /// Writes down what came of a write.
    ///
    /// # Errors
    /// It cannot be written down.
    pub fn note(&mut self, step: Step, mode: MfaMode, written: &Written) -> Result<(), JournalError> {
        let mut entry = Entry::intent(&self.change, &self.pool, step, mode.word());
        entry.came = Some(written.came);
        entry.request_id.clone_from(&written.request_id);
        entry.code.clone_from(&written.code);
        entry.unlike.clone_from(&written.unlike);
        let now = self.cloud.now();
        self.journal.write(entry, now)
    }

    /// Sets `mode`, everything else as in `before`, and reads it back. What [`Desk::intend`] wrote down stands before it.
    pub fn send(&mut self, before: &State, mode: MfaMode, kept: Kept) -> Written {
        let sent = self.cloud.set_mfa(&before.request(&self.pool, mode));
        let (request_id, code) = match sent {
            Ok(answer) => (answer.request_id, None),
            Err(Trouble { code, sure: true, request_id }) => {
                return Written { came: Came::NotWritten, request_id, code: Some(code), unlike: Vec::new(), seen: None };
            }
            // It may have been carried out: what is read back decides.
            Err(Trouble { code, sure: false, request_id }) => (request_id, Some(code)),
        };
        let mut written = Written { came: Came::NotSeen, request_id, code, unlike: Vec::new(), seen: None };
        let began = self.cloud.now();
        let longest = TimeDelta::from_std(self.patience.seen).unwrap_or(TimeDelta::MAX);
        loop {
            match settings::read(self.cloud) {
                Ok(state) if !state.is_of(&self.pool) => {
                    let code = Some("AnswerAboutAnother".to_owned());
                    written = Written { came: Came::NotSeen, code, unlike: Vec::new(), seen: None, ..written };
                }
                Ok(state) => {
                    let (settings, pool) = (before.settings_unlike(&state), before.pool_unlike(&state));
                    let right = state.mode() == Some(mode) && settings.is_empty() && (kept != Kept::All || pool.is_empty());
                    let untouched = written.code.is_some() && state.modes() == before.modes() && before.mode() != Some(mode);
                    written.came = match (right, untouched) {
                        (true, _) => Came::Done,
                        (false, true) => Came::NotWritten,
                        (false, false) => Came::Mismatch,
                    };
                    written.unlike = settings.into_iter().chain(pool).collect();
                    written.seen = Some(state.modes());
                    if right {
                        written.code = None;
                        return written;
                    }
                }
                Err(trouble) => {
                    // What was read a while ago says nothing of now.
                    written = Written { came: Came::NotSeen, code: Some(trouble.code), unlike: Vec::new(), seen: None, ..written };
                }
            }
            if self.cloud.now() - began >= longest {
                return written;
            }
            self.cloud.pause(self.patience.between);
        }
    }
}
