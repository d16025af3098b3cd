//! CloudTrail log files, as delivered to S3, into the recording: one line a file, with its SHA-256, the days of which it
//! holds events, and the watched events about user pools, redacted. Every other event is counted and dropped.
//!
//! Whether the files are all that CloudTrail delivered is not looked at: its signed digest files say so, and an auditor
//! validates them with keys that he fetched himself.

use super::progress::Progress;
use super::{CollectError, Plan, folder};
use crate::clock;
use crate::digest::sha256_hex;
use crate::io;
use crate::model::scope::Scope;
use crate::recording::line::RawCall;
use crate::recording::redact::Redactor;
use crate::recording::write::Segment;
use crate::snapshot::trail::{SOURCE, WATCHED};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Largest log file, bytes as delivered; CloudTrail's are far smaller.
const LARGEST: u64 = 64 << 20;
/// Largest log file, bytes unpacked.
const LARGEST_UNPACKED: u64 = 512 << 20;
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

/// A log file, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LogFile {
    account: String,
    region: String,
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
/// recording; files that an interrupted run recorded already are passed over. Returns how many files were taken.
///
/// # Errors
/// See [`TrailError`].
pub fn record(plan: &Plan, from: &Path, run: &Path, at: DateTime<Utc>, progress: &dyn Progress) -> Result<u64, TrailError> {
    progress.step("reading CloudTrail log files");
    let wanted = regions(&plan.scope);
    let mut segments: BTreeMap<String, Vec<LogFile>> = BTreeMap::new();
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
    let mut taken = 0;
    for (name, files) in segments {
        let mut there = BTreeSet::new();
        let mut segment = Segment::open(&folder::recording(run), &name, redactor.clone(), |call| {
            there.extend(call.input.get("Key").and_then(Value::as_str).map(str::to_owned));
        })
        .map_err(CollectError::Write)?;
        for file in files.iter().filter(|f| !there.contains(&f.name)) {
            let raw = RawCall {
                service: "cloudtrail",
                operation: "LogFile",
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
        }
        segment.sync().map_err(CollectError::Write)?;
    }
    progress.note(&format!("{taken} CloudTrail log files recorded"));
    Ok(taken)
}

fn regions(scope: &Scope) -> BTreeSet<&str> {
    scope.pools.iter().map(|p| p.region.as_str()).chain(scope.regions.iter().map(|r| r.as_str())).collect()
}

/// Every log file below a folder, by account, region and name.
fn scan(from: &Path) -> Result<Vec<LogFile>, TrailError> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
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
                found.push(LogFile { account, region, name, path });
            } else if !name.starts_with('.') && !name.contains("_CloudTrail-Digest_") && !name.contains("_CloudTrail-Insight_") {
                problems.push(format!("{shown}: its name is not ACCOUNT_CloudTrail_REGION_TIME_ID.json.gz; take it out of the folder"));
            }
        }
        if found.len() > MOST {
            problems.push(format!("it holds more than {MOST} files; give those of the period and of the pools' regions"));
            break;
        }
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
    if found.is_empty() { Err(TrailError::Empty(from.to_owned())) } else { Ok(found) }
}

/// Account and region of a log file's name (CloudTrail user guide, "CloudTrail log file name format").
fn named(name: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = name.strip_suffix(".json.gz")?.split('_').collect();
    let [account, "CloudTrail", region, time, id] = parts.as_slice() else { return None };
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let plain = (4..=32).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let timed = NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%MZ").is_ok();
    let unique = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    (digits && plain && timed && unique).then(|| ((*account).to_owned(), (*region).to_owned()))
}

/// What is recorded of a file: its digest, its days, and the watched events.
fn read(file: &LogFile) -> Result<Vec<u8>, TrailError> {
    let fail = |why: &str| TrailError::File { path: file.path.clone(), why: why.to_owned() };
    let packed = io::read(&file.path, LARGEST)?;
    let mut bytes = Vec::new();
    let mut unpacked = flate2::read::MultiGzDecoder::new(packed.as_slice()).take(LARGEST_UNPACKED + 1);
    unpacked.read_to_end(&mut bytes).map_err(|_| fail("it is no gzip file, or cut off"))?;
    if bytes.len() as u64 > LARGEST_UNPACKED {
        return Err(fail("it is larger than any log file of CloudTrail"));
    }
    let content: Value = serde_json::from_slice(&bytes).map_err(|_| fail("it is not JSON"))?;
    let records = content.get("Records").and_then(Value::as_array).ok_or_else(|| fail("it has no Records"))?;
    let (mut days, mut last, mut kept) = (BTreeSet::new(), None, Vec::new());
    for record in records {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let time = text("eventTime").and_then(|t| clock::parse_rfc3339(t).ok()).ok_or_else(|| fail("a record has no eventTime"))?;
        days.insert(time.date_naive());
        last = last.max(Some(time));
        if text("eventSource") == Some(SOURCE) && text("eventName").is_some_and(|name| WATCHED.contains(&name)) {
            if text("awsRegion").is_some_and(|region| region != file.region) {
                return Err(fail("it holds events of another region than its name says"));
            }
            kept.push(record.to_string());
        }
    }
    let told = json!({
        "Sha256": sha256_hex(&bytes), "Count": records.len(), "Days": days, "Last": last.map(clock::rfc3339), "Records": kept,
    });
    serde_json::to_vec(&told).map_err(|e| fail(&e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_cloudtrail_gives_them() {
        let good = "123456789012_CloudTrail_eu-west-1_20260810T0905Z_AbCdEf0123456789.json.gz";
        assert_eq!(named(good), Some(("123456789012".to_owned(), "eu-west-1".to_owned())));
        for bad in [
            "123456789012_CloudTrail_eu-west-1_20260810T0905Z_AbCdEf.json",
            "12345_CloudTrail_eu-west-1_20260810T0905Z_AbCdEf.json.gz",
            "123456789012_CloudTrail_../x_20260810T0905Z_AbCdEf.json.gz",
            "123456789012_CloudTrail_eu-west-1_2026-08-10_AbCdEf.json.gz",
            "123456789012_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20260810T0905Z.json.gz",
            "events.json.gz",
        ] {
            assert_eq!(named(bad), None, "{bad}");
        }
    }
}
