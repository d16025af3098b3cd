//! The journal of changes (`enforce`, `onboard`) as files carry it: in the evidence folder, and in a bundle as
//! `data/inputs/changes.jsonl`, where a line that is not in its form stands behind its digest. It says which lines do not
//! follow the one before; what follows from that, and what AWS's state is, it does not say.

use crate::clock;
use crate::digest::sha256_hex;
use crate::model::id::PoolId;
use crate::model::json;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Its file name, in the evidence folder and below `inputs/`.
pub const FILE: &str = "changes.jsonl";
/// Largest journal, bytes.
pub const LARGEST: u64 = 64 << 20;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// MFA is made required.
    Enforce,
    /// What was read before goes back, because what was written was not read back.
    RollBack,
    /// A window opens: MFA required becomes optional.
    OpenWindow,
    /// It closes.
    CloseWindow,
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// Written, and read back from both calls.
    Done,
    /// Nothing had to be written: both calls told it already.
    Already,
    /// AWS refused, or the write was seen not to have happened.
    NotWritten,
    /// What was read back is something else.
    Mismatch,
    /// It could not be read back.
    NotSeen,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// SHA-256 of the line before; of nothing, for the first.
    pub prev: String,
    /// When, RFC 3339.
    pub time: String,
    /// The change that it belongs to: the same for a window's opening and closing.
    pub change: String,
    /// The pool.
    pub pool: PoolId,
    /// Which write.
    pub step: Step,
    /// The mode that the write sets.
    pub to: String,
    /// `None` before the write, what came of it after.
    pub came: Option<Came>,
    /// The settings read before it, as they may be shown.
    pub settings: Option<Value>,
    /// A digest of them (the mode aside) under the privacy key.
    pub keyed: Option<String>,
    /// The pseudonym of the user whom a window is for.
    pub user: Option<String>,
    /// When a window is to be closed at the latest, RFC 3339.
    pub until: Option<String>,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// AWS's error code, or ours.
    pub code: Option<String>,
    /// Names of settings that were not read back as they were.
    pub unlike: Vec<String>,
}

/// What stands in a bundle for a line that is no entry in the journal's form: it could hold anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// SHA-256 of the line: the next line follows it.
    pub withheld: String,
}

/// An entry that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its line, from 1.
    pub line: u64,
    /// [`Entry::time`].
    pub time: DateTime<Utc>,
    /// The entry.
    pub entry: Entry,
}

/// A journal as a bundle carries it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Its lines, in order.
    pub told: Vec<Told>,
    /// Lines, from 1, that do not follow the line before or are no entries: somebody edited the file.
    pub broken: Vec<u64>,
    /// SHA-256 of each of its lines, as the journal has them.
    digests: Vec<String>,
}

impl Changes {
    /// Reads a journal. Nothing of it is refused: what cannot be read is named.
    pub fn of(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let mut prev = sha256_hex(b"");
        let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        for (n, bytes) in lines.enumerate() {
            let line = n as u64 + 1;
            let withheld: Option<Withheld> = json::strict(bytes).ok();
            let digest = withheld.map_or_else(|| sha256_hex(bytes), |w| w.withheld);
            found.digests.push(digest.clone());
            let before = std::mem::replace(&mut prev, digest);
            let entry: Option<Entry> = json::strict(bytes).ok();
            let read = entry.and_then(|entry| Some(Told { line, time: clock::parse_rfc3339(&entry.time).ok()?, entry }));
            let follows = read.as_ref().is_some_and(|told| told.entry.prev == before);
            if !follows {
                found.broken.push(line);
            }
            // A line that was put there or changed may open a window, never close one.
            found.told.extend(read.filter(|told| follows || told.entry.came.is_none()));
        }
        found
    }

    /// How many lines it has, and the SHA-256 of the last; `None` where it has none.
    pub fn head(&self) -> Option<(u64, &str)> {
        self.digests.last().map(|last| (self.digests.len() as u64, last.as_str()))
    }

    /// Whether this journal begins with the lines of an earlier one with that head. Each line names the one before, so none
    /// of them was cut or changed, unless [`Changes::broken`] says so.
    pub fn goes_on_from(&self, (lines, last): (u64, &str)) -> bool {
        let line = usize::try_from(lines).ok().and_then(|lines| self.digests.get(lines.checked_sub(1)?));
        line.is_some_and(|line| line == last)
    }
}

impl Entry {
    /// The line before a write.
    pub fn intent(change: &str, pool: &PoolId, step: Step, to: &str) -> Self {
        Self {
            prev: String::new(),
            time: String::new(),
            change: change.to_owned(),
            pool: pool.clone(),
            step,
            to: to.to_owned(),
            came: None,
            settings: None,
            keyed: None,
            user: None,
            until: None,
            request_id: None,
            code: None,
            unlike: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lines as the journal writes them.
    fn two() -> Vec<String> {
        let mut prev = sha256_hex(b"");
        [None, Some(Came::Done)]
            .into_iter()
            .map(|came| {
                let entry = Entry { prev: prev.clone(), time: "2026-08-10T09:00:00.000Z".to_owned(), came, ..entry() };
                let line = serde_json::to_string(&entry).unwrap();
                prev = sha256_hex(line.as_bytes());
                line
            })
            .collect()
    }
    fn entry() -> Entry {
        Entry::intent("c_1", &PoolId::from("eu-west-1_A"), Step::OpenWindow, "OPTIONAL")
    }
    fn read(lines: &[String]) -> (Vec<u64>, Vec<u64>) {
        let found = Changes::of(format!("{}\n", lines.join("\n")).as_bytes());
        (found.told.iter().map(|t| t.line).collect(), found.broken)
    }

    #[test]
    fn a_whole_journal_is_read_whole() {
        assert_eq!(read(&two()), (vec![1, 2], vec![]));
        assert_eq!(Changes::of(b""), Changes::default());
    }

    #[test]
    fn a_line_cut_out_or_edited_shows_at_the_next() {
        let lines = two();
        assert_eq!(read(&lines[1..]), (vec![], vec![1]));
        let edited = [lines[0].replace("09:00", "10:00"), lines[1].clone()];
        assert_eq!(read(&edited), (vec![1], vec![2]));
    }

    #[test]
    fn a_withheld_line_keeps_the_chain_and_is_named() {
        let lines = two();
        let withheld = serde_json::to_string(&Withheld { withheld: sha256_hex(lines[0].as_bytes()) }).unwrap();
        assert_eq!(read(&[withheld, lines[1].clone()]), (vec![2], vec![1]));
    }

    #[test]
    fn a_journal_cut_at_its_end_does_not_go_on_from_the_whole_one() {
        let of = |lines: &[String]| Changes::of(format!("{}\n", lines.join("\n")).as_bytes());
        let lines = two();
        let (one, both) = (of(&lines[..1]), of(&lines));
        assert!(both.goes_on_from(one.head().unwrap()) && both.goes_on_from(both.head().unwrap()));
        assert!(!one.goes_on_from(both.head().unwrap()) && !Changes::default().goes_on_from(one.head().unwrap()));
        let withheld = serde_json::to_string(&Withheld { withheld: sha256_hex(lines[0].as_bytes()) }).unwrap();
        assert_eq!(of(&[withheld]).head(), one.head(), "a withheld line counts by the digest of the original");
        assert_eq!(Changes::default().head(), None);
    }

    #[test]
    fn a_line_without_a_time_is_no_entry() {
        let line = serde_json::to_string(&Entry { prev: sha256_hex(b""), time: "noon".to_owned(), ..entry() }).unwrap();
        assert_eq!(read(&[line]), (vec![], vec![1]));
    }
}
