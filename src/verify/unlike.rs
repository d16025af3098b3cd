//! What in a bundle is not this release's, or is missing though it was asked for: each a sentence under "not proved".
//! None of it makes a bundle false. An owner may use templates of his own, and another version has other texts.
//!
//! It must not fail a step, and must not judge what the files say.

use std::collections::BTreeMap;

use crate::bundle::Bag;
use crate::bundle::layout::{
    BEGUN, CATALOGUE, CHANGES, CHECK_TEXTS, DATA, EVIDENCE, FORMATS, LARGEST_DOCUMENT, POPULATION, PREVIOUS, RECORDING, REPORT_PDF,
    REVIEWS, ROSTER, SCOPE, VERIFY, shown,
};
use crate::controls::catalogue::{digest_of, release_files};
use crate::digest::sha256_hex;
use crate::model::json;
use crate::model::scope::Scope;
use crate::report::release;
use crate::sign::statement::Predicate;

/// Most names in one sentence.
const MOST_NAMES: usize = 5;

/// The sentences.
pub(super) fn sentences(bag: &Bag, predicate: &Predicate) -> Vec<String> {
    let mut out = Vec::new();
    let other_version = if predicate.tool.version == env!("CARGO_PKG_VERSION") {
        String::new()
    } else {
        format!(" (the bundle says that version {} made it)", shown(&predicate.tool.version))
    };
    match &predicate.template {
        Some(digest) if *digest == release::template_digest() => {}
        Some(digest) => out.push(format!(
            "That the reports are worded as this release words them: their templates are the sealer's own, with the SHA-256 {}{other_version}.",
            shown(digest)
        )),
        None => out.push("That the reports are worded as this release words them: the statement names no template.".to_owned()),
    }
    if bag.files().get(VERIFY).is_some_and(|stored| stored.sha256 != sha256_hex(release::VERIFY.as_bytes())) {
        out.push(format!(
            "That the commands in {VERIFY} check what they say: they are not this release's; read them before you run them{other_version}."
        ));
    }
    out.extend(catalogue(bag, &other_version));
    let (differing, missing) = texts(bag);
    if !differing.is_empty() {
        out.push(format!("That these describe the checks and the format as this release does: {}{other_version}.", names(&differing)));
    }
    if !missing.is_empty() {
        out.push(format!("What the checks and the format mean: {} of this release are not in the bundle{other_version}.", names(&missing)));
    }
    let foreign: Vec<String> = bag.files().keys().filter(|path| path.starts_with(DATA) && !written(path)).cloned().collect();
    if !foreign.is_empty() {
        out.push(format!("Anything of {}: this release writes no such file; the sealer put it there.", names(&foreign)));
    }
    let absent = not_there(bag);
    if !absent.is_empty() {
        out.push(format!("What {} would show: the scope asks for it, and it is not in the bundle.", names(&absent)));
    }
    out
}

/// The files of the catalogue, by name, with their digests.
fn catalogue_files(bag: &Bag) -> BTreeMap<&str, &str> {
    let name = |path: &'_ str| path.starts_with(CATALOGUE) && !path.starts_with(CHECK_TEXTS);
    let files = bag.files().iter().filter(|(path, _)| name(path));
    files.map(|(path, stored)| (path.trim_start_matches(CATALOGUE), stored.sha256.as_str())).collect()
}

/// The digest that names the catalogue in the bundle: step 3 holds the statement against it.
pub(super) fn catalogue_digest(bag: &Bag) -> String {
    digest_of(catalogue_files(bag).into_iter().map(|(name, digest)| (name, digest.to_owned())))
}

/// Whether the catalogue in the bundle is this release's, which is the one that the statement names (step 3).
pub(super) fn release_catalogue(bag: &Bag) -> bool {
    catalogue(bag, "").is_empty()
}

/// Of a catalogue that is not this release's.
fn catalogue(bag: &Bag, other_version: &str) -> Vec<String> {
    let theirs = catalogue_files(bag);
    let mut out = Vec::new();
    let release: BTreeMap<String, String> = release_files().into_iter().map(|(name, text)| (name, sha256_hex(text.as_bytes()))).collect();
    let of = |name: &str| format!("{CATALOGUE}{name}");
    let added: Vec<String> = theirs.keys().filter(|name| !release.contains_key(**name)).map(|name| of(name)).collect();
    let changed = release.iter().filter(|(name, digest)| theirs.get(name.as_str()).is_some_and(|theirs| theirs != digest));
    let changed: Vec<String> = changed.map(|(name, _)| of(name)).collect();
    let missing: Vec<String> = release.keys().filter(|name| !theirs.contains_key(name.as_str())).map(|name| of(name)).collect();
    let parts = [("added", added), ("changed", changed), ("left out", missing)];
    let parts: Vec<String> = parts.iter().filter(|(_, n)| !n.is_empty()).map(|(what, n)| format!("{what}: {}", names(n))).collect();
    if !parts.is_empty() {
        out.push(format!(
            "That the mapping to controls is this release's: the catalogue is the sealer's own, with the SHA-256 {} ({}){other_version}.",
            catalogue_digest(bag),
            parts.join("; ")
        ));
    }
    out
}

/// The release's texts that differ in the bundle, and those that it lacks.
fn texts(bag: &Bag) -> (Vec<String>, Vec<String>) {
    let checks = release::check_texts().into_iter().map(|(name, text)| (format!("{CHECK_TEXTS}{name}"), sha256_hex(text.as_bytes())));
    let formats = release::descriptions().into_iter().map(|(name, text)| (format!("{FORMATS}{name}"), sha256_hex(text.as_bytes())));
    let (mut differing, mut missing) = (Vec::new(), Vec::new());
    for (path, digest) in checks.chain(formats) {
        match bag.files().get(&path) {
            Some(stored) if stored.sha256 == digest => {}
            Some(_) => differing.push(path),
            None => missing.push(path),
        }
    }
    let more = |path: &&String| path.starts_with(CHECK_TEXTS) && !release::check_texts().contains_key(path.trim_start_matches(CHECK_TEXTS));
    differing.extend(bag.files().keys().filter(more).cloned());
    (differing, missing)
}

/// Whether this release writes a file of this name below `data/`. The recording's and the catalogue's files are looked at
/// by steps 9 and 10.
fn written(path: &str) -> bool {
    let plain = |folder: &str, end: &str| path.strip_prefix(folder).is_some_and(|name| !name.contains('/') && name.ends_with(end));
    let format = |below: &str| crate::model::scope::Format::ALL.iter().any(|f| release::path_of(*f) == below);
    [EVIDENCE, REPORT_PDF, POPULATION, SCOPE, PREVIOUS, ROSTER, REVIEWS, BEGUN, CHANGES, VERIFY].contains(&path)
        || path.strip_prefix(DATA).is_some_and(format)
        || path.strip_prefix(FORMATS).is_some_and(|name| release::descriptions().contains_key(name))
        || plain(RECORDING, "")
        || plain(CATALOGUE, ".toml")
        || plain(CHECK_TEXTS, ".toml")
}

/// The formats that the scope asks for and that are not there. A scope that cannot be read is step 10's to say.
fn not_there(bag: &Bag) -> Vec<String> {
    let Ok(bytes) = bag.read(SCOPE, LARGEST_DOCUMENT) else { return Vec::new() };
    let Ok(scope) = json::strict::<Scope>(&bytes) else { return Vec::new() };
    let paths = scope.formats.iter().map(|f| format!("{DATA}{}", release::path_of(*f)));
    paths.filter(|path| !bag.files().contains_key(path)).collect()
}

/// Names in a sentence, cut to what one can bear.
fn names(paths: &[String]) -> String {
    let mut text = paths.iter().take(MOST_NAMES).map(|p| shown(p)).collect::<Vec<_>>().join(", ");
    if paths.len() > MOST_NAMES {
        text.push_str(&format!(" and {} more", paths.len() - MOST_NAMES));
    }
    text
}
