//! The journal of changes in an evidence folder: a line before every write to AWS (the intent) and one after it (what came
//! of it), each durable before the program goes on, chained by SHA-256. Whatever ends the program, the journal says that a
//! window may be open. It holds no secret and no identity. It never decides what AWS's state is: that is read.

use crate::clock;
use crate::io::{self, FileError};
use crate::model::id::PoolId;
use crate::model::json;
pub use crate::recording::changes::{Came, Entry, FILE, LARGEST, Step};
use crate::recording::lines::{self, Lines};
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// Why the journal cannot be kept. Nothing is opened or enforced without its line.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line cannot be appended.
    #[error("cannot append to {}: {source}; nothing is changed without its line in the journal of changes", path.display())]
    Append {
        /// The journal.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// An entry cannot be put into JSON.
    #[error("cannot write a line of the journal of changes as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// What a journal says.
#[derive(Default)]
pub struct Said {
    entries: Vec<Entry>,
    /// Lines, from 1, that are not chained to the line before or cannot be read: somebody edited the file.
    pub broken: Vec<u64>,
}

/// A window that the journal does not say to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its change.
    pub change: String,
    /// Its pool.
    pub pool: PoolId,
    /// When it was opened, RFC 3339.
    pub since: String,
    /// When it was to be closed, RFC 3339.
    pub until: Option<String>,
    /// Whose it was, by pseudonym.
    pub user: Option<String>,
    /// The digest of the settings before it.
    pub keyed: Option<String>,
}

/// Reads the journal of a folder without changing it. A torn last line, which a crash can leave, is left out: it stood
/// before a write that was then not made, or after one whose intent stands.
///
/// # Errors
/// It is there and cannot be read.
pub fn read(folder: &Path) -> Result<Said, JournalError> {
    let path = folder.join(FILE);
    if !io::exists(&path) {
        return Ok(Said::default());
    }
    let bytes = io::read(&path, LARGEST)?;
    Ok(Said::of(&bytes))
}

impl Said {
    fn of(bytes: &[u8]) -> Self {
        let mut said = Self::default();
        for line in lines::all(bytes) {
            match json::strict::<Entry>(line.bytes) {
                Ok(entry) if entry.prev == line.prev => said.entries.push(entry),
                // A line that was put there or changed may open a window, never close one.
                Ok(entry) if entry.came.is_none() => {
                    said.broken.push(line.number);
                    said.entries.push(entry);
                }
                _ => said.broken.push(line.number),
            }
        }
        said
    }

    /// The lines that could be read, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The windows that are not said to be closed, in the order of their opening. From the intent on a window counts as open.
    pub fn open_windows(&self) -> Vec<Window> {
        let mut open: Vec<Window> = Vec::new();
        for entry in &self.entries {
            match (entry.step, entry.came) {
                (Step::OpenWindow, None) => open.push(Window {
                    change: entry.change.clone(),
                    pool: entry.pool.clone(),
                    since: entry.time.clone(),
                    until: entry.until.clone(),
                    user: entry.user.clone(),
                    keyed: entry.keyed.clone(),
                }),
                (Step::OpenWindow, Some(Came::NotWritten)) | (Step::CloseWindow, Some(Came::Done | Came::Already)) => {
                    open.retain(|w| w.change != entry.change || w.pool != entry.pool);
                }
                _ => {}
            }
        }
        open
    }

    /// Writes other than windows of which the journal does not say what came: the last intent of a change with no line after.
    pub fn unsettled(&self) -> Vec<&Entry> {
        let mut open: Vec<&Entry> = Vec::new();
        for entry in self.entries.iter().filter(|e| matches!(e.step, Step::Enforce | Step::RollBack)) {
            open.retain(|e| e.pool != entry.pool);
            // What was not seen is as open as what was never answered.
            if matches!(entry.came, None | Some(Came::NotSeen | Came::Mismatch)) {
                open.push(entry);
            }
        }
        open
    }
}

/// The journal of one evidence folder, open for writing. The caller holds the folder's lock.
pub struct Journal {
    lines: Lines,
    said: Said,
    #[cfg(test)]
    lines_left: Option<usize>,
}

impl Journal {
    /// Opens the journal of a folder, or begins one. A torn last line is cut.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let (lines, bytes) = Lines::open(&folder.join(FILE), true, LARGEST)?;
        Ok(Self {
            lines,
            said: Said::of(&bytes),
            #[cfg(test)]
            lines_left: None,
        })
    }

    /// What it says.
    pub fn said(&self) -> &Said {
        &self.said
    }

    /// Appends a line, durably; `prev` and `time` are filled in.
    ///
    /// # Errors
    /// The line cannot be written: then the write that it stands for must not be made.
    pub fn write(&mut self, mut entry: Entry, now: DateTime<Utc>) -> Result<(), JournalError> {
        entry.prev = self.lines.prev();
        entry.time = clock::rfc3339(now);
        #[cfg(test)]
        self.run_out()?;
        let line = serde_json::to_vec(&entry)?;
        self.lines.append(line).map_err(|source| JournalError::Append { path: self.lines.path().to_owned(), source })?;
        self.said.entries.push(entry);
        Ok(())
    }
}

#[cfg(test)]
impl Journal {
    /// Takes this many lines more, and then none: a disk that is full.
    pub(super) fn fails_after(&mut self, lines: usize) {
        self.lines_left = Some(lines);
    }
    fn run_out(&mut self) -> Result<(), JournalError> {
        match &mut self.lines_left {
            Some(0) => Err(JournalError::Append { path: self.lines.path().to_owned(), source: std::io::ErrorKind::StorageFull.into() }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256_hex;
    use std::io::Write as _;

    fn at(minute: u32) -> DateTime<Utc> {
        clock::parse_rfc3339(&format!("2026-11-24T10:{minute:02}:00Z")).unwrap()
    }
    fn line(step: Step, change: &str, came: Option<Came>) -> Entry {
        Entry { came, ..Entry::intent(change, &PoolId::from("eu-west-1_A"), step, "ON") }
    }
    fn journal(lines: &[(Step, &str, Option<Came>)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        for (n, (step, change, came)) in lines.iter().enumerate() {
            journal.write(line(*step, change, *came), at(n as u32)).unwrap();
        }
        dir
    }
    fn open(dir: &tempfile::TempDir) -> Vec<String> {
        read(dir.path()).unwrap().open_windows().into_iter().map(|w| w.change).collect()
    }
    const OPEN: Step = Step::OpenWindow;
    const CLOSE: Step = Step::CloseWindow;

    #[test]
    fn a_window_is_open_from_its_intent_until_its_closing_was_seen() {
        assert_eq!(open(&journal(&[])), [""; 0]);
        assert_eq!(open(&journal(&[(OPEN, "a", None)])), ["a"]);
        assert_eq!(open(&journal(&[(OPEN, "a", None), (OPEN, "a", Some(Came::NotWritten))])), [""; 0]);
        assert_eq!(open(&journal(&[(OPEN, "a", None), (OPEN, "a", Some(Came::NotSeen)), (CLOSE, "a", None)])), ["a"]);
        for came in [Came::NotSeen, Came::Mismatch, Came::NotWritten] {
            assert_eq!(open(&journal(&[(OPEN, "a", None), (CLOSE, "a", None), (CLOSE, "a", Some(came))])), ["a"], "{came:?}");
        }
        assert_eq!(open(&journal(&[(OPEN, "a", None), (OPEN, "b", None), (CLOSE, "a", Some(Came::Done))])), ["b"]);
    }

    #[test]
    fn a_closing_that_was_written_by_hand_closes_nothing() {
        let dir = journal(&[(OPEN, "a", None)]);
        let forged = Entry { prev: sha256_hex(b"x"), ..line(CLOSE, "a", Some(Came::Done)) };
        let mut text = serde_json::to_vec(&forged).unwrap();
        text.push(b'\n');
        io::append(&dir.path().join(FILE), true).unwrap().write_all(&text).unwrap();
        let said = read(dir.path()).unwrap();
        assert_eq!((said.broken.as_slice(), said.open_windows().len()), ([2].as_slice(), 1));
    }

    #[test]
    fn an_opening_taken_out_shows() {
        let dir = journal(&[(OPEN, "a", None), (OPEN, "a", Some(Came::Done))]);
        let text = io::read_text(&dir.path().join(FILE), LARGEST).unwrap();
        let rest = text.split_once('\n').unwrap().1;
        io::write_atomic(&dir.path().join(FILE), rest.as_bytes(), true).unwrap();
        assert_eq!(read(dir.path()).unwrap().broken, [1]);
    }

    #[test]
    fn a_torn_line_is_left_out_when_reading_and_cut_when_writing() {
        let dir = journal(&[(OPEN, "a", None)]);
        io::append(&dir.path().join(FILE), true).unwrap().write_all(b"{\"prev\":\"to").unwrap();
        let said = read(dir.path()).unwrap();
        assert_eq!((said.entries().len(), said.broken.len()), (1, 0));
        Journal::open(dir.path()).unwrap().write(line(CLOSE, "a", Some(Came::Done)), at(9)).unwrap();
        let said = read(dir.path()).unwrap();
        assert_eq!((said.entries().len(), said.broken.len(), said.open_windows().len()), (2, 0, 0));
    }

    #[test]
    fn an_enforcement_without_its_outcome_is_unsettled() {
        let unsettled = |lines: &[(Step, &str, Option<Came>)]| read(journal(lines).path()).unwrap().unsettled().len();
        assert_eq!(unsettled(&[(Step::Enforce, "a", None)]), 1);
        assert_eq!(unsettled(&[(Step::Enforce, "a", None), (Step::Enforce, "a", Some(Came::Done))]), 0);
        assert_eq!(unsettled(&[(Step::Enforce, "a", None), (Step::Enforce, "a", Some(Came::NotSeen))]), 1);
        assert_eq!(unsettled(&[(Step::Enforce, "a", None), (Step::Enforce, "b", Some(Came::Already))]), 0);
    }

    #[test]
    fn a_journal_that_cannot_be_written_allows_no_change() {
        if !io::exists(Path::new("/dev/full")) {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.lines.write_to(io::append(Path::new("/dev/full"), true).unwrap());
        let error = journal.write(line(OPEN, "a", None), at(0)).unwrap_err().to_string();
        assert!(error.contains("nothing is changed without its line"), "{error}");
    }
}
