//! The windows below ON that this tool's own journal of changes tells of: who opened one wrote it down before. Told by the
//! audited party's machine, so it can make a finding worse and never better; what follows from it is a check's business.

use super::cognito::{MfaMode, Pool};
use super::timeline::{Timeline, mode_of};
use super::trail::Event;
use crate::model::evidence::Evidence;
use crate::recording::changes::{Came, Changes, Step, Told};
use chrono::{DateTime, Duration, Utc};

/// How far the clocks of this tool and of AWS may be apart where no request id joins a line and an event.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// One write of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When, by the clock of whoever ran it.
    pub time: DateTime<Utc>,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// Its line.
    pub at: Evidence,
}

/// A window that the journal tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The change's id, also in the User-Agent of its calls.
    pub change: String,
    /// Whose it was, by pseudonym.
    pub user: Option<String>,
    /// When it was to be closed at the latest, RFC 3339.
    pub until: Option<String>,
    /// Its opening: what came of it, or only that it was about to be opened.
    pub opened: Mark,
    /// OPTIONAL was read back from both calls.
    pub read_back: bool,
    /// ON was read back; `None`: the journal does not say that it was closed.
    pub closed: Option<Mark>,
}

fn mark(told: &Told) -> Mark {
    Mark { time: told.time, request_id: told.entry.request_id.clone(), at: Evidence::change(told.line) }
}

/// The windows of a pool, in the order of their opening. One that AWS refused, or that was seen not to have opened, is none.
pub fn windows(changes: &Changes, pool: &Pool) -> Vec<Window> {
    let mut found: Vec<Window> = Vec::new();
    for told in changes.told.iter().filter(|told| told.entry.pool == pool.id) {
        let entry = &told.entry;
        let last = found.iter().rposition(|w| w.change == entry.change && w.closed.is_none());
        match (entry.step, entry.came, last) {
            (Step::OpenWindow, None, _) => found.push(Window {
                change: entry.change.clone(),
                user: entry.user.clone(),
                until: entry.until.clone(),
                opened: mark(told),
                read_back: false,
                closed: None,
            }),
            (Step::OpenWindow, Some(Came::NotWritten), Some(n)) => {
                found.remove(n);
            }
            (Step::OpenWindow, Some(came), Some(n)) => {
                if let Some(window) = found.get_mut(n) {
                    window.opened = mark(told);
                    window.read_back = came == Came::Done;
                }
            }
            (Step::CloseWindow, Some(Came::Done | Came::Already), Some(n)) => {
                if let Some(window) = found.get_mut(n) {
                    window.closed = Some(mark(told));
                }
            }
            _ => {}
        }
    }
    found
}

/// The event that a write left in the log: by its request id, or by mode and time where the journal has none.
pub fn event<'a>(mark: &Mark, mode: MfaMode, events: &'a [Event]) -> Option<&'a Event> {
    let near = |e: &&Event| (e.time - mark.time).abs() <= CLOCKS_DIFFER && mode_of(e) == Some(mode);
    match &mark.request_id {
        Some(id) => events.iter().find(|e| e.request_id.as_ref() == Some(id)),
        None => events.iter().find(near),
    }
}

/// The windows that were read back, lie in the time looked at, and that neither log nor reading shows: nothing there may
/// be called ON.
pub fn unshown(all: &[Window], line: &Timeline) -> Vec<Window> {
    let below = line.below();
    // One that the journal does not close may have been closed by other means: only its opening is certain.
    let end = |w: &Window| w.closed.as_ref().map_or(w.opened.time, |closed| closed.time);
    let within = |w: &Window| w.opened.time < line.to && line.from <= end(w);
    let shown = |w: &Window| below.iter().any(|s| s.from <= end(w) + CLOCKS_DIFFER && w.opened.time - CLOCKS_DIFFER <= s.to);
    all.iter().filter(|w| w.read_back && within(w) && !shown(w)).cloned().collect()
}
