//! The evidence folder: `<run id>/` for each run, the journal of attempts, the bundles, and the lock that keeps two runs
//! apart. A run's folder holds `recording/`, `inputs/`, `assessed/` and, never bundled, `private/`.

use crate::bundle::layout::{LARGEST_DOCUMENT, LARGEST_TAG};
use crate::change::bundled;
use crate::cli::exit::CliError;
use crate::clock;
use crate::collect::{self, Plan};
use crate::config::Config;
use crate::config::roster::{Column, RosterFile};
use crate::controls::{catalogue::Catalogue, own};
use crate::diff::summary::{self, Summary};
use crate::digest::sha256_hex;
use crate::io;
use crate::model::review::Reviews;
use crate::recording::changes;
use crate::recording::header::{self, Header, Source};
use crate::recording::journal::{Event, Journal};
use crate::recording::pseudonym::Pseudonyms;
use chrono::{DateTime, Duration, Utc};
use std::path::{Path, PathBuf};

/// Largest `scope.json`, bytes.
pub const LARGEST_SCOPE: u64 = 16 << 20;
/// An interrupted run older than this is not continued: its facts would lie too far apart.
const RESUME_HOURS: i64 = 24;

/// A run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// At a path.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// What was recorded.
    pub fn recording(&self) -> PathBuf {
        collect::recording(&self.0)
    }
    /// What was declared.
    pub fn scope_file(&self) -> PathBuf {
        self.0.join("inputs/scope.json")
    }
    /// The summary of the bundle before this run's.
    pub fn previous_file(&self) -> PathBuf {
        self.0.join("inputs/previous.json")
    }
    /// The roster by keyed digests.
    pub fn roster_file(&self) -> PathBuf {
        self.0.join("inputs/roster.json")
    }
    /// The access reviews.
    pub fn reviews_file(&self) -> PathBuf {
        self.0.join("inputs/reviews.json")
    }
    /// The time stamp from before the collection.
    pub fn begun_file(&self) -> PathBuf {
        self.0.join("inputs/begun.tsr")
    }
    /// Reads that time stamp, where the recording's header names one.
    ///
    /// # Errors
    /// It is not there, or not the one that the header names: the recording cannot be sealed without it.
    pub fn begun_tsr(&self) -> Result<Option<Vec<u8>>, CliError> {
        let Some(named) = self.header().and_then(|h| h.begun) else { return Ok(None) };
        let file = self.begun_file();
        let bytes = io::read(&file, LARGEST_TAG).map_err(CliError::operational)?;
        if sha256_hex(&bytes) != named {
            let shown = file.display();
            return Err(CliError::operational(format!(
                "{shown} is not the time stamp with which the recording began: put the original back, or collect again"
            )));
        }
        Ok(Some(bytes))
    }
    /// Reads that summary, where there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn previous_json(&self) -> Result<Option<Vec<u8>>, CliError> {
        let file = self.previous_file();
        io::exists(&file).then(|| io::read(&file, summary::LARGEST)).transpose().map_err(CliError::operational)
    }
    /// The journal of changes as it stood when the run began.
    pub fn changes_file(&self) -> PathBuf {
        self.0.join("inputs/changes.jsonl")
    }
    /// Reads that journal, where the recording's header names one.
    ///
    /// # Errors
    /// It is not there, or not the one that the header names.
    pub fn changes_jsonl(&self) -> Result<Option<Vec<u8>>, CliError> {
        let Some(named) = self.header().and_then(|h| h.changes) else { return Ok(None) };
        let file = self.changes_file();
        let bytes = io::read(&file, changes::LARGEST).map_err(CliError::operational)?;
        if sha256_hex(&bytes) != named {
            let shown = file.display();
            return Err(CliError::operational(format!(
                "{shown} is not the journal of changes with which the recording began: put the original back, or collect again"
            )));
        }
        Ok(Some(bytes))
    }
    /// The user's own frameworks, where the run has some.
    pub fn frameworks(&self) -> PathBuf {
        self.0.join("inputs/frameworks")
    }
    /// The catalogue of the run: the release's, and the frameworks that the run has of its own.
    ///
    /// # Errors
    /// Those cannot be read or are not certain.
    pub fn catalogue(&self) -> Result<Catalogue, CliError> {
        let own = self.frameworks();
        let own = io::exists(&own).then_some(own.as_path());
        catalogue(own)
    }
    /// Keeps the own frameworks of a catalogue with the run, in place of what was there.
    ///
    /// # Errors
    /// A file cannot be written or removed.
    pub fn keep_catalogue(&self, catalogue: &Catalogue) -> Result<(), CliError> {
        let folder = self.frameworks();
        let before = if io::is_dir(&folder) { io::list(&folder).map_err(CliError::operational)? } else { Vec::new() };
        let mut ours = before.iter().filter(|file| file.extension().is_some_and(|e| e == "toml"));
        ours.try_for_each(|file| io::remove_file(file)).map_err(CliError::operational)?;
        for (name, text) in catalogue.own_files() {
            io::create_dir(&folder).map_err(CliError::operational)?;
            io::write_atomic(&folder.join(name), text.as_bytes(), false).map_err(CliError::operational)?;
        }
        io::remove_empty_folder(&folder);
        Ok(())
    }
    /// Reads the roster, where there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn roster_json(&self) -> Result<Option<Vec<u8>>, CliError> {
        let file = self.roster_file();
        io::exists(&file).then(|| io::read(&file, LARGEST_DOCUMENT)).transpose().map_err(CliError::operational)
    }
    /// Reads the access reviews, where there are some.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn reviews_json(&self) -> Result<Option<Vec<u8>>, CliError> {
        let file = self.reviews_file();
        io::exists(&file).then(|| io::read(&file, LARGEST_DOCUMENT)).transpose().map_err(CliError::operational)
    }
    /// What assess wrote.
    pub fn assessed(&self) -> PathBuf {
        self.0.join("assessed")
    }
    /// Whether a recording has begun here.
    pub fn has_recording(&self) -> bool {
        io::exists(&self.recording().join(header::FILE))
    }
    /// Reads the scope's exact bytes.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn scope_json(&self) -> Result<Vec<u8>, CliError> {
        io::read(&self.scope_file(), LARGEST_SCOPE).map_err(CliError::operational)
    }
    fn header(&self) -> Option<Header> {
        let bytes = io::read(&self.recording().join(header::FILE), 1 << 20).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// The release's catalogue, or that with the frameworks of a folder.
///
/// # Errors
/// The folder's frameworks cannot be used; the message names file and line. Exit code 2.
pub fn catalogue(own: Option<&Path>) -> Result<Catalogue, CliError> {
    match own {
        Some(folder) => own::with(folder).map_err(CliError::usage),
        None => Catalogue::release().cloned().map_err(CliError::operational),
    }
}

/// What a run is asked to record, besides its scope.
pub struct Request<'a> {
    /// The scope file's content with the options applied.
    pub config: &'a Config,
    /// The privacy key.
    pub privacy_key: [u8; 32],
    /// Where the answers come from.
    pub source: Source,
    /// What its findings will be mapped with.
    pub catalogue: &'a Catalogue,
    /// The auditor's challenge.
    pub challenge: Option<String>,
    /// SHA-256 of the previous bundle's statement payload, and that bundle in short.
    pub previous: Option<(String, Summary)>,
    /// Who works here.
    pub roster: Option<RosterFile>,
    /// Who looked at the users.
    pub reviews: Option<Reviews>,
}

/// A run that may begin: its folder, and what the collector needs to know.
pub struct Begun {
    /// Its folder.
    pub run: RunFolder,
    /// The plan for the collector.
    pub plan: Plan,
    /// Whether an interrupted run is continued.
    pub resumed: bool,
}

/// Takes the folder's lock for this process.
///
/// # Errors
/// Another command holds it, or it cannot be written.
pub fn lock(path: &Path) -> Result<std::fs::File, CliError> {
    let lock = io::lock(&path.join(".lock")).map_err(CliError::operational)?;
    lock.ok_or_else(|| {
        let shown = path.display();
        CliError::operational(format!(
            "another run is using the evidence folder {shown}: wait until it has ended (nothing was collected, nothing was changed)"
        ))
    })
}

/// An evidence folder, locked for this process.
pub struct EvidenceFolder {
    path: PathBuf,
    journal: Journal,
    _lock: std::fs::File,
}

impl EvidenceFolder {
    /// Opens the folder (or makes it) and takes its lock. The second value says what a crash left behind.
    ///
    /// # Errors
    /// It cannot be written, or another run holds it.
    pub fn open(path: &Path) -> Result<(Self, Option<String>), CliError> {
        io::create_dir(path).map_err(CliError::operational)?;
        super::changes::warn(path);
        let lock = lock(path)?;
        let journal = Journal::open(path).map_err(CliError::operational)?;
        let torn = journal.torn();
        let said = (torn > 0).then(|| format!("The journal ended in {torn} bytes of a line that a crash had cut off; they were removed."));
        Ok((Self { path: path.to_owned(), journal, _lock: lock }, said))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Continues the interrupted run of the same scope and request, or begins a new one: its key and its scope, then
    /// its line in the journal. The collector writes the header and makes the first call after that.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn begin(&mut self, request: &Request<'_>, now: DateTime<Utc>) -> Result<Begun, CliError> {
        match self.resume(request, now)? {
            Some(begun) => Ok(begun),
            None => self.begin_new(request, now),
        }
    }

    /// Begins a new run, whatever was interrupted before.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn begin_new(&mut self, request: &Request<'_>, now: DateTime<Utc>) -> Result<Begun, CliError> {
        let run_id = collect::new_run_id().map_err(CliError::operational)?;
        let run = RunFolder(self.path.join(&run_id));
        let join_key = collect::join_key(run.path()).map_err(CliError::operational)?;
        let Planned { mut plan, scope_json, roster, reviews } = plan(request, run_id, join_key)?;
        io::create_dir(&run.path().join("inputs")).map_err(CliError::operational)?;
        io::write_atomic(&run.scope_file(), &scope_json, false).map_err(CliError::operational)?;
        run.keep_catalogue(request.catalogue)?;
        if let Some(roster) = roster {
            io::write_atomic(&run.roster_file(), &roster, false).map_err(CliError::operational)?;
        }
        if let Some(reviews) = reviews {
            io::write_atomic(&run.reviews_file(), &reviews, false).map_err(CliError::operational)?;
        }
        if let Some((_, summary)) = &request.previous {
            let privacy = &plan.scope.privacy;
            let beside = summary.clone().beside(privacy.mode.word(), privacy.key_id.as_deref());
            let bytes = beside.to_json().map_err(CliError::operational)?;
            io::write_atomic(&run.previous_file(), &bytes, false).map_err(CliError::operational)?;
        }
        if let Some(journal) = self.changes()? {
            plan.changes = Some(sha256_hex(&journal));
            io::write_atomic(&run.changes_file(), &journal, false).map_err(CliError::operational)?;
        }
        plan.attempts = self.journal.start(&plan.run_id, &plan.scope_digest, now).map_err(CliError::operational)?;
        Ok(Begun { run, plan, resumed: false })
    }

    /// The journal of changes as a bundle carries it. Nobody appends to it while the folder is locked.
    fn changes(&self) -> Result<Option<Vec<u8>>, CliError> {
        let file = self.path.join(changes::FILE);
        if !io::exists(&file) {
            return Ok(None);
        }
        let journal = io::read(&file, changes::LARGEST).map_err(CliError::operational)?;
        bundled::bundled(&journal).map_err(CliError::operational)
    }

    /// Notes what became of a run.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn note(&mut self, run_id: &str, event: Event, outcome: Option<&str>) -> Result<(), CliError> {
        self.journal.note(run_id, event, clock::now(), outcome).map_err(CliError::operational)
    }

    fn resume(&mut self, request: &Request<'_>, now: DateTime<Utc>) -> Result<Option<Begun>, CliError> {
        let Some(entry) = self.journal.unfinished().cloned() else { return Ok(None) };
        // The journal is a file that anybody may have edited: its run id must be one before it names a folder.
        if !entry.run_id.starts_with("r_") || !entry.run_id.chars().skip(2).all(|c| c.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let run = RunFolder(self.path.join(&entry.run_id));
        let recent = clock::parse_rfc3339(&entry.time).is_ok_and(|t| now - t < Duration::hours(RESUME_HOURS));
        let (Some(header), true) = (run.header(), recent) else { return Ok(None) };
        let Ok(join_key) = collect::join_key(run.path()) else { return Ok(None) };
        let Planned { mut plan, scope_json, .. } = plan(request, entry.run_id.clone(), join_key)?;
        let same = (header.source, &header.challenge, &header.previous, &header.scope_digest, &header.catalogue_digest)
            == (request.source, &plan.challenge, &plan.previous, &plan.scope_digest, &plan.catalogue_digest);
        if !same || run.scope_json().ok().as_deref() != Some(&scope_json) {
            return Ok(None);
        }
        // A change of a pool since then lies between its answers and those to come.
        if header.changes != self.changes()?.as_deref().map(sha256_hex) {
            return Ok(None);
        }
        plan.changes = header.changes;
        run.keep_catalogue(request.catalogue)?;
        plan.attempts = header.attempts;
        plan.begun = header.begun;
        self.note(&entry.run_id, Event::Resumed, None)?;
        Ok(Some(Begun { run, plan, resumed: true }))
    }
}

/// A plan, and the bytes of what it binds.
struct Planned {
    plan: Plan,
    scope_json: Vec<u8>,
    roster: Option<Vec<u8>>,
    reviews: Option<Vec<u8>>,
}

fn plan(request: &Request<'_>, run_id: String, join_key: [u8; 32]) -> Result<Planned, CliError> {
    let mode = request.config.declared().privacy.mode;
    let pseudonyms = Pseudonyms::new(mode, request.privacy_key, join_key);
    let mut scope = request.config.scope(Some(pseudonyms.key_id()), |identity| pseudonyms.named(identity));
    let keyed = |column, name: &str| match column {
        Column::Email => pseudonyms.email(name),
        Column::Sub => pseudonyms.user(name),
        Column::Username | Column::Status | Column::LeftOn => pseudonyms.username(name),
    };
    let roster = request.roster.as_ref().map(|file| file.redacted(keyed, |bytes| pseudonyms.commitment(&run_id, "roster", bytes)));
    let roster = roster.map(|r| r.to_json()).transpose().map_err(CliError::operational)?;
    scope.inputs.roster = roster.as_deref().map(sha256_hex);
    let reviews = request.reviews.as_ref().map(Reviews::to_json).transpose().map_err(CliError::operational)?;
    scope.inputs.reviews = reviews.as_deref().map(sha256_hex);
    let scope_json = scope.to_json().map_err(CliError::operational)?;
    let plan = Plan {
        run_id,
        scope,
        scope_digest: sha256_hex(&scope_json),
        catalogue_digest: request.catalogue.digest(),
        challenge: request.challenge.clone(),
        begun: None,
        changes: None,
        previous: request.previous.as_ref().map(|(digest, _)| digest.clone()),
        attempts: crate::recording::header::Attempts::default(),
        pseudonyms,
    };
    Ok(Planned { plan, scope_json, roster, reviews })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;
    use crate::config;

    fn at(hour: u32) -> DateTime<Utc> {
        clock::parse_rfc3339(&format!("2026-11-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24)).unwrap()
    }
    fn config(text: &str) -> Config {
        config::read(text, "f", at(0).date_naive(), &[]).unwrap()
    }
    fn request(config: &Config) -> Request<'_> {
        let catalogue = Catalogue::release().unwrap();
        Request {
            config,
            privacy_key: [7; 32],
            source: Source::Live,
            catalogue,
            challenge: None,
            previous: None,
            roster: None,
            reviews: None,
        }
    }
    /// Begins a run, and writes the header as the collector does.
    fn begin(dir: &Path, request: &Request<'_>, hour: u32) -> Begun {
        let begun = EvidenceFolder::open(dir).unwrap().0.begin(request, at(hour)).unwrap();
        if !begun.resumed {
            let header = Header {
                format: header::FORMAT.to_owned(),
                run_id: begun.plan.run_id.clone(),
                source: request.source,
                started: clock::rfc3339(at(hour)),
                tool: header::Tool { name: "poolproof".to_owned(), version: "0".to_owned(), digest: None },
                scope_digest: begun.plan.scope_digest.clone(),
                catalogue_digest: begun.plan.catalogue_digest.clone(),
                challenge: begun.plan.challenge.clone(),
                begun: None,
                changes: None,
                previous: None,
                attempts: begun.plan.attempts.clone(),
                overrides: Vec::new(),
                key_id: None,
                originals_kept: false,
            };
            crate::recording::write::begin(&begun.run.recording(), &header).unwrap();
        }
        begun
    }
    const NAMED: &str = "[[pool]]\nid = \"eu-west-1_A\"\nnamed_admins = [\"ann@example.com\"]";

    #[test]
    fn an_interrupted_run_is_continued_with_its_own_keys() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(NAMED);
        let first = begin(dir.path(), &request(&config), 0);
        let second = begin(dir.path(), &request(&config), 1);
        assert!(!first.resumed && second.resumed);
        assert_eq!((&first.plan.run_id, &first.plan.attempts), (&second.plan.run_id, &second.plan.attempts));
        assert_eq!(first.plan.scope, second.plan.scope);
        assert!(first.plan.scope.pools[0].named_admins[0].starts_with("e_"));
        assert_eq!(first.plan.attempts.number, Some(1));
    }

    #[test]
    fn another_scope_challenge_key_or_day_begins_another_run() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(NAMED);
        begin(dir.path(), &request(&config), 0);
        let challenge = begin(dir.path(), &Request { challenge: Some("c".into()), ..request(&config) }, 1);
        assert!(!challenge.resumed);
        assert_eq!((challenge.plan.attempts.number, challenge.plan.attempts.since_previous), (Some(2), 2));
        let back = begin(dir.path(), &request(&config), 2);
        assert!(!back.resumed, "only the last run can be continued");
        assert!(!begin(dir.path(), &Request { privacy_key: [8; 32], ..request(&config) }, 3).resumed);
        assert!(!begin(dir.path(), &request(&super::tests::config("")), 4).resumed);
        assert!(!begin(dir.path(), &request(&super::tests::config("")), 29).resumed, "more than a day later");
    }

    #[test]
    fn the_same_roster_continues_a_run_and_another_begins_one() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(NAMED);
        let of = |csv: &str| {
            let roster = RosterFile::read(csv.as_bytes(), "people.csv", at(0).date_naive()).unwrap();
            Request { roster: Some(roster), ..request(&config) }
        };
        let first = begin(dir.path(), &of("email\nann@example.com\n"), 0);
        assert_eq!(first.plan.scope.inputs.roster.as_deref(), Some(sha256_hex(&first.run.roster_json().unwrap().unwrap()).as_str()));
        assert!(begin(dir.path(), &of("email\nann@example.com\n"), 1).resumed);
        assert!(!begin(dir.path(), &of("email\nbob@example.com\n"), 2).resumed);
        assert!(!begin(dir.path(), &request(&config), 3).resumed, "nor none");
    }

    #[test]
    fn a_run_whose_calls_were_all_made_is_not_continued() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(NAMED);
        let first = begin(dir.path(), &request(&config), 0);
        EvidenceFolder::open(dir.path()).unwrap().0.note(&first.plan.run_id, Event::Collected, None).unwrap();
        assert!(!begin(dir.path(), &request(&config), 1).resumed);
    }

    #[test]
    fn a_scope_edited_by_hand_is_not_continued() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(NAMED);
        let first = begin(dir.path(), &request(&config), 0);
        let edited = String::from_utf8(first.run.scope_json().unwrap()).unwrap().replace("\"high\"", "\"critical\"");
        io::write_atomic(&first.run.scope_file(), edited.as_bytes(), false).unwrap();
        assert!(!begin(dir.path(), &request(&config), 1).resumed);
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let held = EvidenceFolder::open(dir.path()).unwrap();
        let error = EvidenceFolder::open(dir.path()).err().unwrap();
        assert!(error.exit == Exit::Operational && error.to_string().contains("another run is using"));
        drop(held);
        assert!(EvidenceFolder::open(dir.path()).is_ok());
    }

    #[test]
    fn no_identity_and_no_key_is_in_the_scope() {
        let dir = tempfile::tempdir().unwrap();
        let begun = begin(dir.path(), &request(&config(NAMED)), 0);
        let text = String::from_utf8(begun.run.scope_json().unwrap()).unwrap();
        assert!(!text.contains("ann@") && !text.contains(&crate::digest::hex(&[7; 32])));
    }
}
