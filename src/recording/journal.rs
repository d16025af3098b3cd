//! The journal of attempts in an evidence folder: every run that starts leaves a line before its first call, and another
//! when it ends. Lines are chained by SHA-256, so that a run taken out later shows. It is self-reported: who controls the
//! folder can begin another journal, which is why a new one is stated (rulings 39).

use super::header::Attempts;
use super::lines::{self, Lines};
use crate::clock;
use crate::io::FileError;
use crate::model::json;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The journal's file name in the evidence folder.
pub const FILE: &str = "journal.jsonl";
/// Largest journal, bytes: some 100,000 runs.
const LARGEST: u64 = 64 << 20;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// A run began; its first call comes after this line.
    Started,
    /// An interrupted run is continued.
    Resumed,
    /// A run ended before all calls were made; what it collected is kept, and it can be continued.
    Stopped,
    /// All calls were made; there is no bundle yet.
    Collected,
    /// A bundle was sealed.
    Sealed,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// SHA-256 of the line before; of nothing, for the first.
    pub prev: String,
    /// The run's number in this folder, from 1.
    pub number: u64,
    /// Its id.
    pub run_id: String,
    /// What happened.
    pub event: Event,
    /// When, RFC 3339.
    pub time: String,
    /// SHA-256 of its `scope.json`.
    pub scope_digest: String,
    /// What came of it: the bundle's file name, or why there is none.
    pub outcome: Option<String>,
}

/// Why the journal cannot be kept. No run starts without its line.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The line cannot be appended.
    #[error("cannot append to {}: {source}; no run starts without its line in the journal of attempts", path.display())]
    Append {
        /// The journal.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// An entry cannot be put into JSON.
    #[error("cannot write an entry of the journal as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The journal of one evidence folder, open. The caller holds the folder's lock.
pub struct Journal {
    lines: Lines,
    entries: Vec<Entry>,
    broken: Vec<u64>,
}

impl Journal {
    /// Opens the journal of a folder, or begins one. A torn last line is cut.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let (lines, bytes) = Lines::open(&folder.join(FILE), false, LARGEST)?;
        let mut journal = Self { lines, entries: Vec::new(), broken: Vec::new() };
        for line in lines::all(&bytes) {
            match json::strict::<Entry>(line.bytes) {
                Ok(entry) if entry.prev == line.prev => journal.entries.push(entry),
                Ok(entry) => {
                    journal.broken.push(line.number);
                    journal.entries.push(entry);
                }
                Err(_) => journal.broken.push(line.number),
            }
        }
        Ok(journal)
    }

    /// Bytes of a torn last line that were cut; 0 for none.
    pub fn torn(&self) -> u64 {
        self.lines.torn()
    }

    /// Writes the line of a run that is about to start, durably, and says what the header has to say of attempts.
    ///
    /// # Errors
    /// The line cannot be written: then the run must not start.
    pub fn start(&mut self, run_id: &str, scope_digest: &str, time: DateTime<Utc>) -> Result<Attempts, JournalError> {
        let started: BTreeSet<u64> = self.of(Event::Started).map(|e| e.number).collect();
        let last = self.entries.iter().map(|e| e.number).max().unwrap_or(0);
        let sealed = self.entries.iter().rposition(|e| e.event == Event::Sealed).map_or(0, |n| n + 1);
        let since = self.entries.iter().skip(sealed).filter(|e| e.event == Event::Started).count() as u64;
        let attempts = Attempts {
            number: Some(last.saturating_add(1)),
            since_previous: since + 1,
            new_journal: self.lines.head().is_none(),
            missing: gaps(&started, last),
            broken: self.broken.clone(),
            journal_head: self.lines.head().map(str::to_owned),
        };
        self.write(last.saturating_add(1), run_id, Event::Started, scope_digest, time, None)?;
        Ok(attempts)
    }

    /// The last run that started, if not all of its calls were made: the one that can be continued.
    pub fn unfinished(&self) -> Option<&Entry> {
        let last = self.entries.iter().rfind(|e| e.event == Event::Started)?;
        let ended = |e: &&Entry| e.run_id == last.run_id && matches!(e.event, Event::Collected | Event::Sealed);
        (!self.entries.iter().any(|e| ended(&e))).then_some(last)
    }

    /// Writes what became of a run that has started, durably.
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn note(&mut self, run_id: &str, event: Event, time: DateTime<Utc>, outcome: Option<&str>) -> Result<(), JournalError> {
        let started = self.of(Event::Started).filter(|e| e.run_id == run_id).last();
        let (number, scope_digest) = started.map_or((0, String::new()), |e| (e.number, e.scope_digest.clone()));
        self.write(number, run_id, event, &scope_digest, time, outcome)
    }

    fn of(&self, event: Event) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.event == event)
    }

    fn write(
        &mut self,
        number: u64,
        run_id: &str,
        event: Event,
        scope_digest: &str,
        time: DateTime<Utc>,
        outcome: Option<&str>,
    ) -> Result<(), JournalError> {
        let entry = Entry {
            prev: self.lines.prev(),
            number,
            run_id: run_id.to_owned(),
            event,
            time: clock::rfc3339(time),
            scope_digest: scope_digest.to_owned(),
            outcome: outcome.map(str::to_owned),
        };
        let line = serde_json::to_vec(&entry)?;
        self.lines.append(line).map_err(|source| JournalError::Append { path: self.lines.path().to_owned(), source })?;
        self.entries.push(entry);
        Ok(())
    }
}

/// The numbers from 1 to `last` that are not there; at most 1,000 of them.
fn gaps(there: &BTreeSet<u64>, last: u64) -> Vec<u64> {
    let mut missing = Vec::new();
    let mut next = 1;
    for number in there.iter().copied().chain([last.saturating_add(1)]) {
        missing.extend((next..number).take(1000_usize.saturating_sub(missing.len())));
        next = number.saturating_add(1);
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io;
    use std::io::Write as _;

    fn at(minute: u32) -> DateTime<Utc> {
        clock::parse_rfc3339(&format!("2026-11-24T10:{minute:02}:00Z")).unwrap()
    }
    fn run(folder: &Path, id: &str, minute: u32, outcome: Option<Event>) -> Attempts {
        let mut journal = Journal::open(folder).unwrap();
        let attempts = journal.start(id, "scope", at(minute)).unwrap();
        if let Some(event) = outcome {
            journal.note(id, event, at(minute + 1), Some("x.zip")).unwrap();
        }
        attempts
    }
    fn edit(folder: &Path, change: impl FnOnce(Vec<String>) -> Vec<String>) {
        let text = io::read_text(&folder.join(FILE), LARGEST).unwrap();
        let lines = change(text.lines().map(str::to_owned).collect());
        io::write_atomic(&folder.join(FILE), (lines.join("\n") + "\n").as_bytes(), false).unwrap();
    }

    #[test]
    fn runs_are_numbered_and_counted_since_the_last_bundle() {
        let dir = tempfile::tempdir().unwrap();
        let first = run(dir.path(), "r_1", 0, Some(Event::Sealed));
        assert_eq!((first.number, first.since_previous, first.new_journal, first.journal_head), (Some(1), 1, true, None));
        run(dir.path(), "r_2", 2, None);
        run(dir.path(), "r_3", 4, Some(Event::Stopped));
        let fourth = run(dir.path(), "r_4", 6, None);
        assert_eq!((fourth.number, fourth.since_previous, fourth.new_journal), (Some(4), 3, false));
        assert!(fourth.missing.is_empty() && fourth.broken.is_empty());
        assert_eq!(fourth.journal_head.unwrap().len(), 64);
    }

    #[test]
    fn a_run_taken_out_shows_as_a_missing_number_and_a_broken_chain() {
        let dir = tempfile::tempdir().unwrap();
        for n in 1..=3 {
            run(dir.path(), &format!("r_{n}"), n, None);
        }
        edit(dir.path(), |mut lines| {
            lines.remove(1);
            lines
        });
        let next = run(dir.path(), "r_4", 9, None);
        assert_eq!((next.number, next.missing, next.broken), (Some(4), vec![2], vec![2]));
    }

    #[test]
    fn an_outcome_rewritten_shows_as_a_broken_chain() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), "r_1", 0, Some(Event::Stopped));
        run(dir.path(), "r_2", 2, None);
        edit(dir.path(), |lines| lines.iter().map(|l| l.replace("stopped", "sealed")).collect());
        assert_eq!(run(dir.path(), "r_3", 4, None).broken, [3]);
    }

    #[test]
    fn the_first_run_taken_out_shows() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), "r_1", 0, None);
        run(dir.path(), "r_2", 2, None);
        edit(dir.path(), |lines| lines[1..].to_vec());
        let next = run(dir.path(), "r_3", 4, None);
        assert_eq!((next.missing, next.broken, next.new_journal), (vec![1], vec![1], false));
    }

    #[test]
    fn a_torn_line_is_cut_and_an_unreadable_one_is_told() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), "r_1", 0, None);
        edit(dir.path(), |mut lines| {
            lines.push("what is this".to_owned());
            lines
        });
        io::append(&dir.path().join(FILE), false).unwrap().write_all(b"{\"prev\":\"torn").unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!((journal.torn(), journal.broken.as_slice()), (13, [2].as_slice()));
    }

    #[test]
    fn only_the_last_run_can_be_unfinished() {
        let dir = tempfile::tempdir().unwrap();
        let unfinished = || Journal::open(dir.path()).unwrap().unfinished().map(|e| e.run_id.clone());
        assert_eq!(unfinished(), None);
        run(dir.path(), "r_1", 0, None);
        assert_eq!(unfinished().as_deref(), Some("r_1"));
        run(dir.path(), "r_2", 2, Some(Event::Sealed));
        assert_eq!(unfinished(), None);
        run(dir.path(), "r_3", 4, Some(Event::Stopped));
        assert_eq!(unfinished().as_deref(), Some("r_3"));
        run(dir.path(), "r_4", 6, Some(Event::Collected));
        assert_eq!(unfinished(), None);
    }

    #[test]
    fn gaps_are_bounded() {
        assert_eq!(gaps(&[3, 5].into(), 6), [1, 2, 4, 6]);
        assert_eq!(gaps(&[u64::MAX].into(), u64::MAX).len(), 1000);
        assert!(gaps(&BTreeSet::new(), 0).is_empty());
    }

    #[test]
    fn a_journal_that_cannot_be_written_starts_no_run() {
        if !io::exists(Path::new("/dev/full")) {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.lines.write_to(io::append(Path::new("/dev/full"), false).unwrap());
        let error = journal.start("r_1", "scope", at(0)).unwrap_err().to_string();
        assert!(error.contains("no run starts without its line"), "{error}");
    }
}
