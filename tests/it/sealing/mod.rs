//! Makes real sealed bundles for the tests of bundle and verify: a sample recording, assessed, and sealed with a key made here.

pub mod certified;
pub mod pdf;
pub mod tsa;
pub mod zip;

use chrono::{DateTime, Duration, Utc};
use poolproof::bundle::Bag;
use poolproof::bundle::layout;
use poolproof::bundle::manifest::{self, BagInfo};
use poolproof::bundle::write::{self, Content, Input, SealError, Sealed};
use poolproof::clock::parse_rfc3339;
use poolproof::controls::catalogue::Catalogue;
use poolproof::digest::sha256_hex;
use poolproof::recording::changes::{Came, Entry, Step};
use poolproof::recording::read::Recording;
use poolproof::report::assess::{Assessed, Inputs, assess_with};
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::report::{population_csv, release};
use poolproof::sign::statement::{Attempts, Completeness, Listed, Predicate, Span, Versioned};
use poolproof::sign::{Identity, LocalKey};
use poolproof::verify::predicate;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Files of a bag, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The key of the honest signer.
pub static KEY: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());
/// A bundle sealed honestly from the sample `good`, as files.
pub static HONEST: LazyLock<Files> = LazyLock::new(|| resealed(&payload("good"), &KEY));

/// A key with a certificate that it made for itself.
pub fn identity(key: &LocalKey) -> Identity {
    Identity::self_signed(Box::new(key.clone()), "Example Ltd", sealed_at()).unwrap()
}

/// When the bundles of these tests are sealed, as they say.
pub fn sealed_at() -> DateTime<Utc> {
    parse_rfc3339("2026-11-24T10:30:00Z").unwrap()
}

/// Seals with a key and a certificate that it makes for itself.
pub fn seal(folder: &Path, input: &Input, key: &LocalKey) -> Result<Sealed, SealError> {
    write::seal(folder, input, &identity(key))
}

/// The payload of a sample: assessed with the release's catalogue.
pub fn payload(sample: &str) -> Files {
    payload_at(sample, Duration::zero())
}

/// As [`payload`], with verdicts for a time after the last call.
pub fn payload_at(sample: &str, after: Duration) -> Files {
    payload_with(&sample_folder(sample), Catalogue::release().unwrap(), after)
}

/// As [`payload_at`], of a recording and its scope in another folder.
pub fn payload_of(home: &Path, after: Duration) -> Files {
    payload_with(home, Catalogue::release().unwrap(), after)
}

/// Where a sample's recording and scope are.
pub fn sample_folder(sample: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/recordings").join(sample)
}

/// The roster and the reviews beside a recording, by their path in a bundle.
fn given_inputs(home: &Path) -> Files {
    let read = |path: &str| Some((path.to_owned(), std::fs::read(home.join(path.strip_prefix("data/")?)).ok()?));
    [layout::ROSTER, layout::REVIEWS].into_iter().filter_map(read).collect()
}

/// A recording judged with what stands beside it.
pub fn assessed(home: &Path, catalogue: &Catalogue, at: Option<DateTime<Utc>>) -> Assessed {
    let scope = std::fs::read(home.join("inputs/scope.json")).unwrap();
    let recording = Recording::folder(&home.join("recording")).unwrap();
    let given = given_inputs(home);
    let input = |path: &str| given.get(path).map(Vec::as_slice);
    let inputs = Inputs { roster: input(layout::ROSTER), reviews: input(layout::REVIEWS), ..Inputs::default() };
    assess_with(&recording, &scope, catalogue, at, inputs).unwrap()
}

/// As [`payload_of`], with a catalogue.
pub fn payload_with(home: &Path, catalogue: &Catalogue, after: Duration) -> Files {
    let scope = std::fs::read(home.join("inputs/scope.json")).unwrap();
    let given = given_inputs(home);
    let mut assessed = assessed(home, catalogue, None);
    if after > Duration::zero() {
        let at = parse_rfc3339(&assessed.evidence.run.at).unwrap() + after;
        assessed = self::assessed(home, catalogue, Some(at));
    }
    let mut files = given;
    for entry in std::fs::read_dir(home.join("recording")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        files.insert(format!("{}{name}", layout::RECORDING), std::fs::read(path).unwrap());
    }
    for (name, text) in catalogue.files() {
        files.insert(format!("{}{name}", layout::CATALOGUE), text.clone().into_bytes());
    }
    for (name, text) in release::check_texts() {
        files.insert(format!("{}{name}", layout::CHECK_TEXTS), text.as_bytes().to_vec());
    }
    for (name, text) in release::descriptions() {
        files.insert(format!("{}{name}", layout::FORMATS), text.into_bytes());
    }
    for format in poolproof::model::scope::Format::ALL {
        files.insert(format!("data/{}", release::path_of(*format)), b"stand-in\n".to_vec());
    }
    files.insert(layout::SCOPE.to_owned(), scope);
    files.insert(layout::EVIDENCE.to_owned(), assessed.evidence.to_json().unwrap());
    let rows = population_csv::bytes(&assessed.snapshot, assessed.scope.privacy.mode).unwrap();
    files.insert(layout::POPULATION.to_owned(), rows);
    files.insert(layout::VERIFY.to_owned(), release::VERIFY.as_bytes().to_vec());
    files.insert(layout::REPORT_PDF.to_owned(), pdf::signed(&KEY));
    files
}

/// Seals the payload files among these, with the predicate that their `evidence.json` demands.
pub fn resealed(files: &Files, key: &LocalKey) -> Files {
    resealed_with(files, key, |_| ())
}

/// As [`resealed`], with a predicate that a test changes.
pub fn resealed_with(files: &Files, key: &LocalKey, change: impl FnOnce(&mut Predicate)) -> Files {
    resealed_as(files, &identity(key), change)
}

/// As [`resealed_with`], by a key with a certificate that was made elsewhere.
pub fn resealed_as(files: &Files, identity: &Identity, change: impl FnOnce(&mut Predicate)) -> Files {
    let evidence: EvidenceV1 = serde_json::from_slice(&files[layout::EVIDENCE]).unwrap();
    let mut input = plain_input();
    input.predicate = predicate::of(&evidence, None, false);
    change(&mut input.predicate);
    input.payload = files.iter().filter(|(p, _)| p.starts_with("data/")).map(|(p, b)| (p.clone(), Content::Bytes(b.clone()))).collect();
    let dir = tempfile::tempdir().unwrap();
    let sealed = write::seal(dir.path(), &input, identity).unwrap();
    let bag = Bag::open(&sealed.path).unwrap();
    bag.files().keys().map(|path| (path.clone(), bag.read(path, u64::MAX - 1).unwrap())).collect()
}

/// Writes both manifests and the count anew over whatever the files now are: what a forger can always do.
pub fn refixed(files: Files) -> Files {
    refixed_tags(recounted(refixed_payload(files)))
}

/// Counts the payload anew in `bag-info.txt`.
pub fn recounted(mut files: Files) -> Files {
    let payload: Vec<usize> = files.iter().filter(|(p, _)| p.starts_with("data/")).map(|(_, b)| b.len()).collect();
    let oxum = format!("Payload-Oxum: {}.{}", payload.iter().sum::<usize>(), payload.len());
    let text = String::from_utf8(files[layout::BAG_INFO].clone()).unwrap();
    let old = text.lines().find(|l| l.starts_with("Payload-Oxum")).unwrap();
    files.insert(layout::BAG_INFO.to_owned(), text.replace(old, &oxum).into_bytes());
    files
}

/// Writes `manifest-sha256.txt` anew.
pub fn refixed_payload(mut files: Files) -> Files {
    let manifest = lines(&files, |p| p.starts_with("data/"));
    files.insert(layout::MANIFEST.to_owned(), manifest);
    files
}

/// Writes `tagmanifest-sha256.txt` anew.
pub fn refixed_tags(mut files: Files) -> Files {
    let tags = lines(&files, |p| !p.starts_with("data/") && p != layout::TAG_MANIFEST);
    files.insert(layout::TAG_MANIFEST.to_owned(), tags);
    files
}

fn lines(files: &Files, wanted: impl Fn(&str) -> bool) -> Vec<u8> {
    let digests: Vec<(String, String)> = files.iter().filter(|(p, _)| wanted(p)).map(|(p, b)| (p.clone(), sha256_hex(b))).collect();
    manifest::manifest(digests.iter().map(|(p, d)| (p.as_str(), d.as_str()))).into_bytes()
}

/// Packs files into an honest ZIP under one top folder.
pub fn packed(files: &Files) -> zip::Zip {
    let entries = files.iter().map(|(path, bytes)| zip::Entry::stored(&format!("top/{path}"), bytes));
    zip::Zip { entries: entries.collect(), ..zip::Zip::default() }
}

/// Replaces text in one file, which must hold it.
pub fn edit(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path} does not hold {from:?}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
}

/// A predicate that says little; for tests that do not look at it.
fn little(bundle_id: &str) -> Predicate {
    let versioned = Versioned { name: "poolproof".to_owned(), version: "0.1.0".to_owned(), sha256: None };
    Predicate {
        format: 1,
        bundle_id: bundle_id.to_owned(),
        period: Some("2026-Q3".to_owned()),
        at: "2026-11-24T10:00:00.000Z".to_owned(),
        source: "demo".to_owned(),
        endpoints: "none".to_owned(),
        collection: Span { start: None, end: None },
        run_id: "r_x".to_owned(),
        head_digest: String::new(),
        scope_digest: String::new(),
        accounts: Listed::of([]),
        pools: Listed::of([]),
        tool: versioned.clone(),
        catalogue: versioned,
        template: None,
        verdicts: BTreeMap::new(),
        completeness: Completeness { complete: false, gaps: 0, users: 0 },
        challenge: None,
        previous: None,
        attempts: Attempts { number: None, since_previous: 1, new_journal: false, missing: 0, broken: 0 },
        demo_key: true,
    }
}

/// A bundle's input with stand-ins for the payload.
pub fn plain_input() -> Input {
    let payload =
        [("data/evidence.json", "{}\n"), ("data/report.pdf", "%PDF-1.7\n"), ("data/recording/a.jsonl", ""), ("data/formats/x.md", "# x\n")];
    Input {
        payload: payload.map(|(path, text)| (path.to_owned(), Content::Bytes(text.as_bytes().to_vec()))).into(),
        info: BagInfo { organization: "Example Ltd".to_owned(), description: "Evidence".to_owned(), date: "2026-11-24".to_owned() },
        period: "2026-Q3".to_owned(),
        predicate: little("abcdefghijklmnop"),
        sealed_at: sealed_at(),
    }
}

/// A journal of changes as `onboard` leaves it: a window of the honest bundle's first pool, opened and closed.
pub fn journal() -> Vec<u8> {
    let evidence: EvidenceV1 = serde_json::from_slice(&HONEST["data/evidence.json"]).unwrap();
    let (pool, mut prev, mut out) = (evidence.timeline[0].pool.clone(), sha256_hex(b""), Vec::new());
    for (step, to, time) in [(Step::OpenWindow, "OPTIONAL", "09:00:00"), (Step::CloseWindow, "ON", "09:10:00")] {
        for came in [None, Some(Came::Done)] {
            let day = evidence.scope.period.from;
            let entry = Entry { prev, time: format!("{day}T{time}.000Z"), came, ..Entry::intent("c_window", &pool, step, to) };
            let line = serde_json::to_vec(&entry).unwrap();
            prev = sha256_hex(&line);
            out.extend(line);
            out.push(b'\n');
        }
    }
    out
}
