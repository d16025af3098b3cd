//! CloudTrail log files, as delivered to S3, into the recording: one line a file, with its SHA-256, the days of which it
//! holds events, and the watched events about user pools, redacted. Every other event is counted and dropped. The digest
//! files beside them are recorded as they are, for they tell whether these are all files that CloudTrail delivered.
//!
//! It judges nothing: what follows from a missing or altered file is told from the recording, and whether AWS signed the
//! digest files is for an auditor, with keys that he fetched himself.

use super::progress::Progress;
use super::{CollectError, Plan, folder};
use crate::clock;
use crate::io;
use crate::model::scope::Scope;
use crate::recording::digest_file;
use crate::recording::line::RawCall;
use crate::recording::redact::Redactor;
use crate::recording::write::Segment;
use crate::snapshot::log_file::{self, named, named_digest};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is added to a digest file's name for the file with its signature.
const SIGNATURE: &str = ".sig";
/// Largest such file, bytes.
const LARGEST_SIGNATURE: u64 = 4096;
/// Most files, and deepest folder (`AWSLogs/o-…/account/CloudTrail/region/year/month/day`).
const MOST: usize = 1_000_000;
const DEEPEST: usize = 12;
/// Most problems that are told.
const TOLD: usize = 20;

/// Why log files were not taken.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// Files that are not log files as delivered. Nothing was written.
    #[error("{} is no folder of CloudTrail log files as delivered to S3:\n{}", folder.display(), problems.iter().map(|p| format!("  {p}")).collect::<Vec<_>>().join("\n"))]
    Refused {
        /// The folder.
        folder: PathBuf,
        /// What is wrong, by file.
        problems: Vec<String>,
    },
    /// There is none in it.
    #[error(
        "{} holds no CloudTrail log file (ACCOUNT_CloudTrail_REGION_TIME_ID.json.gz); copy them with `aws s3 cp --recursive s3://BUCKET/AWSLogs/ACCOUNT/CloudTrail/REGION/ DIR`",
        .0.display()
    )]
    Empty(PathBuf),
    /// A file cannot be understood. What was recorded before is kept.
    #[error("{} cannot be read as a CloudTrail log file: {why}; fetch it again and run the same command again", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong. Holds nothing of its content.
        why: String,
    },
    /// The recording cannot be written, or a folder cannot be read.
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl TrailError {
    /// Whether it is a matter of what was given, found before anything was written (exit code 2, else 5).
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Empty(_))
    }
}

impl From<io::FileError> for TrailError {
    fn from(error: io::FileError) -> Self {
        Self::Collect(error.into())
    }
}

/// A log file or a digest file, by its name. Log files come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct File {
    account: String,
    region: String,
    is_digest: bool,
    name: String,
    path: PathBuf,
}

/// Whether a folder can be taken, by the names in it, before anything is written.
///
/// # Errors
/// It cannot; see [`TrailError`].
pub fn check(from: &Path) -> Result<(), TrailError> {
    scan(from).map(|_| ())
}

/// Records the log files of the regions in the scope (of every region where the scope names none) into the run's
/// recording, and the digest files beside them; files that an interrupted run recorded already are passed over. Returns how
/// many files were taken.
///
/// # Errors
/// See [`TrailError`].
pub fn record(plan: &Plan, from: &Path, run: &Path, at: DateTime<Utc>, progress: &dyn Progress) -> Result<u64, TrailError> {
    progress.step("reading CloudTrail log files");
    let wanted = regions(&plan.scope);
    let mut segments: BTreeMap<String, Vec<File>> = BTreeMap::new();
    let mut elsewhere = 0_u64;
    for file in scan(from)? {
        if !wanted.is_empty() && !wanted.contains(file.region.as_str()) {
            elsewhere += 1;
            continue;
        }
        segments.entry(format!("{}.{}.trail", file.account, file.region)).or_default().push(file);
    }
    if elsewhere > 0 {
        progress.note(&format!("{elsewhere} log files are of regions outside the scope; they are not looked at"));
    }
    let redactor = Redactor::new(plan.pseudonyms.clone(), &plan.run_id);
    let (mut taken, mut digests) = (0, 0_u64);
    for (name, files) in segments {
        let mut there = BTreeSet::new();
        let mut segment = Segment::open(&folder::recording(run), &name, redactor.clone(), |call| {
            there.extend(call.input.get("Key").and_then(Value::as_str).map(str::to_owned));
        })
        .map_err(CollectError::Write)?;
        for file in files.iter().filter(|f| !there.contains(&f.name)) {
            let raw = RawCall {
                service: "cloudtrail",
                operation: if file.is_digest { "DigestFile" } else { "LogFile" },
                region: file.region.clone(),
                origin: None,
                input: json!({"Key": file.name}),
                pass: 1,
                attempt: 1,
                time: clock::rfc3339(at),
                status: None,
                request_id: None,
                server_date: None,
                error: None,
                body: read(file)?,
                subject_sub: None,
            };
            segment.append(&raw).map_err(CollectError::Write)?;
            taken += 1;
            digests += u64::from(file.is_digest);
        }
        segment.sync().map_err(CollectError::Write)?;
    }
    progress.note(&format!("{taken} CloudTrail files recorded, {digests} of them digest files"));
    Ok(taken)
}

fn regions(scope: &Scope) -> BTreeSet<&str> {
    scope.pools.iter().map(|p| p.region.as_str()).chain(scope.regions.iter().map(|r| r.as_str())).collect()
}

/// Every log file and digest file below a folder, by account, region and name.
fn scan(from: &Path) -> Result<Vec<File>, TrailError> {
    let (mut found, mut signatures, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut folders = vec![(from.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for path in io::list(&folder)? {
            let shown = path.strip_prefix(from).unwrap_or(&path).display().to_string();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if io::is_link(&path) {
                problems.push(format!("{shown}: it is a link; put the file itself here"));
            } else if io::is_dir(&path) && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if let Some((account, region)) = named(&name) {
                found.push(File { account, region, is_digest: false, name, path });
            } else if let Some((account, region)) = named_digest(&name) {
                found.push(File { account, region, is_digest: true, name, path });
            } else if name.strip_suffix(SIGNATURE).is_some_and(|digest| named_digest(digest).is_some()) {
                signatures.push(path);
            } else if !name.starts_with('.') && !name.contains("_CloudTrail-Insight_") {
                problems.push(format!(
                    "{shown}: its name is not ACCOUNT_CloudTrail_REGION_TIME_ID.json.gz nor that of a digest file; take it out of the folder"
                ));
            }
        }
        if found.len() > MOST {
            problems.push(format!("it holds more than {MOST} files; give those of the period and of the pools' regions"));
            break;
        }
    }
    let there = |signature: &Path| found.iter().any(|f: &File| f.is_digest && signature_beside(&f.path) == *signature);
    for path in signatures.iter().filter(|p| !there(p)) {
        let shown = path.strip_prefix(from).unwrap_or(path).display();
        problems.push(format!("{shown}: the digest file that it belongs to is not beside it"));
    }
    found.sort();
    for pair in found.windows(2) {
        if let [one, other] = pair
            && one.name == other.name
        {
            problems.push(format!("{}: it is there twice", one.name));
        }
    }
    if !problems.is_empty() {
        problems.sort();
        let more = problems.len().saturating_sub(TOLD);
        problems.truncate(TOLD);
        if more > 0 {
            problems.push(format!("and {more} more"));
        }
        return Err(TrailError::Refused { folder: from.to_owned(), problems });
    }
    if found.iter().all(|f| f.is_digest) { Err(TrailError::Empty(from.to_owned())) } else { Ok(found) }
}

/// What is recorded of a file: of a log file its digest, its days and the watched events; of a digest file all of it, and
/// its signature where that lies beside it.
fn read(file: &File) -> Result<Vec<u8>, TrailError> {
    let fail = |why: String| TrailError::File { path: file.path.clone(), why };
    let bytes = log_file::unpack(&io::read(&file.path, log_file::LARGEST)?).map_err(fail)?;
    if !file.is_digest {
        return log_file::read(&bytes, &file.region).map_err(fail);
    }
    let beside = signature_beside(&file.path);
    let signature = match io::exists(&beside) {
        true => {
            let text = io::read_text(&beside, LARGEST_SIGNATURE)?;
            let hex = digest_file::signature(&text).map_err(|why| TrailError::File { path: beside.clone(), why })?;
            Some(hex)
        }
        false => None,
    };
    // One that is in another form than the documented one is recorded as such, and nothing of it.
    let content = String::from_utf8(bytes).map_err(|_| fail("it is not text".to_owned()))?;
    serde_json::to_vec(&json!({"Content": content, "Signature": signature})).map_err(|e| fail(e.to_string()))
}

/// Where the signature of a digest file is looked for, which S3 keeps in the object's metadata and no download carries:
/// `aws s3api head-object --bucket BUCKET --key KEY --query Metadata.signature --output text > NAME.json.gz.sig`.
fn signature_beside(digest: &Path) -> PathBuf {
    let mut name = digest.file_name().unwrap_or_default().to_owned();
    name.push(SIGNATURE);
    digest.with_file_name(name)
}
