//! The CloudTrail log files themselves, read again: has each the SHA-256 that the recording names, and does the recording say of
//! its events what it says?
//!
//! It needs no key of the sealer's: what is stored under a keyed digest (who called, from where) is left out of the comparison.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::io;
use crate::model::scope::PrivacyMode;
use crate::recording::line::{Call, RawCall};
use crate::recording::pseudonym::Pseudonyms;
use crate::recording::redact::{MARK, Redactor};
use crate::snapshot::log_file;

/// Most files of the folder, and its deepest folder.
const MOST: usize = 1_000_000;
const DEEPEST: usize = 12;

/// What came of it, where nothing differs.
pub(super) struct Reread {
    /// How many recorded log files are not in the folder.
    pub missing: usize,
}

/// Compares the recorded log files with those in a folder.
///
/// # Errors
/// One cannot be read, or differs; the message names it.
pub(super) fn compare(folder: &Path, calls: &[Call]) -> Result<Reread, String> {
    let paths = by_name(folder)?;
    let mut missing = 0;
    for call in calls {
        let name = call.input.get("Key").and_then(Value::as_str).unwrap_or_default();
        let Some(path) = paths.get(name) else {
            missing += 1;
            continue;
        };
        let fail = |why: String| format!("the log file {name}: {why}");
        let packed = io::read(path, log_file::LARGEST).map_err(|e| fail(e.to_string()))?;
        let told = log_file::unpack(&packed).and_then(|bytes| log_file::read(&bytes, &call.region)).map_err(fail)?;
        let again = redacted(call, told).map(unkeyed);
        let recorded = call.answer.clone().map(unkeyed);
        let sha256 = |v: &Option<Value>| v.as_ref().and_then(|v| v.get("Sha256")).cloned();
        if sha256(&again) != sha256(&recorded) {
            return Err(fail("it is another file than the one that was recorded".to_owned()));
        }
        if again != recorded {
            return Err(fail("the recording does not say of its events what it says".to_owned()));
        }
    }
    Ok(Reread { missing })
}

/// The log files of a folder, by name. Links are not followed.
fn by_name(folder: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for path in io::list(&folder).map_err(|e| e.to_string())? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if io::is_link(&path) {
                continue;
            }
            if io::is_dir(&path) && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if log_file::named(&name).is_some() {
                found.insert(name, path);
            }
        }
        if found.len() > MOST {
            return Err(format!("the folder holds more than {MOST} log files"));
        }
    }
    Ok(found)
}

/// What would be recorded of it, under other keys.
fn redacted(call: &Call, body: Vec<u8>) -> Option<Value> {
    let redactor = Redactor::new(Pseudonyms::new(PrivacyMode::Pseudonym, [0; 32], [0; 32]), "");
    let raw = RawCall {
        service: "cloudtrail",
        operation: "LogFile",
        region: call.region.clone(),
        origin: None,
        input: call.input.clone(),
        pass: 1,
        attempt: 1,
        time: call.time.clone(),
        status: None,
        request_id: None,
        server_date: None,
        error: None,
        body,
        subject_sub: None,
    };
    redactor.call(&raw, &call.call, &call.prev).answer
}

/// A recorded answer without what hangs on a key: the digest beside a mark, and the pseudonym of a user.
fn unkeyed(value: Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key(MARK) => members.get(MARK).cloned().unwrap_or_default(),
        Value::Object(members) => {
            let plain = |name: &str| matches!(name, "username" | "sub");
            let kept = members.into_iter().map(|(name, v)| if plain(&name) { (name, Value::Null) } else { (name, unkeyed(v)) });
            Value::Object(kept.collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(unkeyed).collect()),
        other => other,
    }
}
