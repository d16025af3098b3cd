//! From TOML to a validated catalogue. Refuses whatever is not certain, naming file and line; knows nothing of findings.
//!
//! The limits hold for a catalogue out of a stranger's bundle too: a roll-up takes time for each control and mapping.

use super::catalogue::{
    Catalogue, CatalogueError, Control, Framework, Mapping, NAMED_BY_POLICY, Named, Specification, Strength, is_release_file, rank,
};
use crate::model::id::{CheckId, ControlId};
use crate::model::visible::is_invisible;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::value::Datetime;

type Fail = CatalogueError;

/// Most frameworks, the release's among them: the signed statement names each, and is short.
pub const MOST_FRAMEWORKS: usize = 20;
/// Most controls, over all frameworks.
pub const MOST_CONTROLS: usize = 1000;
/// Most entries of any other list.
const MOST_ENTRIES: usize = 100;
/// Longest id of a framework or control, in characters.
const LONGEST_ID: usize = 40;
/// Longest other text, in characters.
const LONGEST_TEXT: usize = 2000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrameworkFile {
    framework: FrameworkHead,
    control: Vec<ControlEntry>,
    #[serde(default)]
    mapping: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, MappingEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrameworkHead {
    id: Spanned<String>,
    name: Spanned<String>,
    version: Spanned<String>,
    revision: u32,
    as_of: Spanned<Datetime>,
    source: Spanned<String>,
    licence: Spanned<String>,
    not_covered: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    needs_pci_scope: bool,
    #[serde(default)]
    manual_when_connected: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlEntry {
    id: Spanned<String>,
    title: Spanned<String>,
    description: Spanned<String>,
    specification: Option<Specification>,
    proposed: Option<Spanned<Datetime>>,
    #[serde(default)]
    members: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingEntry {
    strength: Spanned<Strength>,
    note: Option<Spanned<String>>,
    why: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedFile {
    #[serde(default)]
    named: Vec<NamedEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedEntry {
    name: Spanned<String>,
    controls: Spanned<Vec<Spanned<String>>>,
    truth: Spanned<String>,
}

/// A file being read: turns places into lines.
struct Source<'a> {
    name: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn fail(&self, at: usize, what: impl Into<String>) -> Fail {
        let line = self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1;
        Fail { file: self.name.to_owned(), line, what: what.into() }
    }
    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fail> {
        toml::from_str(self.text).map_err(|e| self.fail(e.span().map_or(0, |s| s.start), e.message()))
    }
    fn words(&self, what: &str, text: Spanned<String>) -> Result<String, Fail> {
        self.text(what, text, LONGEST_TEXT)
    }
    /// A text that a reader sees as it is: not empty, on one line, of a length that a page can bear.
    fn text(&self, what: &str, text: Spanned<String>, longest: usize) -> Result<String, Fail> {
        let at = text.span().start;
        if text.get_ref().trim().is_empty() {
            return Err(self.fail(at, format!("the {what} is empty: write it in our own words")));
        }
        if let Some(c) = text.get_ref().chars().find(|c| c.is_control() || is_invisible(*c)) {
            return Err(self.fail(at, format!("the {what} holds a character that cannot be seen (U+{:04X}): take it out", u32::from(c))));
        }
        if text.get_ref().chars().count() > longest {
            return Err(self.fail(at, format!("the {what} is longer than {longest} characters")));
        }
        Ok(text.into_inner())
    }
    fn at_most(&self, at: usize, found: usize, most: usize, what: &str) -> Result<(), Fail> {
        if found > most { Err(self.fail(at, format!("more than {most} {what}"))) } else { Ok(()) }
    }
    fn date(&self, date: &Spanned<Datetime>) -> Result<NaiveDate, Fail> {
        let text = date.get_ref().to_string();
        text.parse().map_err(|_| self.fail(date.span().start, format!("{text} is not a day such as 2026-09-30")))
    }
}

/// Loads all files. See [`Catalogue::load`].
pub(super) fn catalogue(files: &BTreeMap<String, String>, checks: &[&str]) -> Result<Catalogue, Fail> {
    let mut order: Vec<_> = files.iter().filter(|(name, _)| *name != NAMED_BY_POLICY).collect();
    order.sort_by_key(|(name, _)| (rank(name), *name));
    let mut frameworks: Vec<Framework> = Vec::new();
    for (name, text) in order {
        let source = Source { name, text };
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
        // A name that begins with a hyphen would be an option to whoever hashes the files by hand.
        if !plain || name.starts_with(['-', '.']) || !name.ends_with(".toml") {
            return Err(source.fail(
                0,
                "a catalogue file is named with lower-case letters, digits, dots and hyphens, begins with a letter or digit, and ends in .toml",
            ));
        }
        let loaded = framework(&source, checks, &frameworks)?;
        frameworks.push(loaded);
        source.at_most(0, frameworks.len(), MOST_FRAMEWORKS, "frameworks")?;
        source.at_most(0, frameworks.iter().map(|f| f.controls.len()).sum(), MOST_CONTROLS, "controls over all frameworks")?;
    }
    let mut catalogue = Catalogue { frameworks, named: Vec::new(), files: files.clone() };
    if let Some(text) = files.get(NAMED_BY_POLICY) {
        catalogue.named = named(&Source { name: NAMED_BY_POLICY, text }, &catalogue)?;
    }
    Ok(catalogue)
}

/// A framework's file. Its id and its name must be of no framework `before` it.
fn framework(source: &Source, checks: &[&str], before: &[Framework]) -> Result<Framework, Fail> {
    let FrameworkFile { framework: head, control: entries, mapping } = source.parse()?;
    let (id, id_at) = (head.id.get_ref(), head.id.span().start);
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
    if id.is_empty() || id.len() > LONGEST_ID || !plain {
        return Err(source.fail(
            id_at,
            format!("a framework's id is a word of at most {LONGEST_ID} lower-case letters, digits, dots and hyphens, such as soc2"),
        ));
    }
    if before.iter().any(|f| f.id == *id) {
        return Err(source.fail(id_at, format!("the framework {id} is in another file already: choose another id")));
    }
    let name = head.name.get_ref().trim();
    if before.iter().any(|f| f.name.to_lowercase() == name.to_lowercase()) {
        return Err(source
            .fail(head.name.span().start, format!("a framework of the name {name:?} is in another file already: choose another name")));
    }
    let not_covered_at = head.not_covered.span().start;
    if head.not_covered.get_ref().is_empty() {
        return Err(source.fail(not_covered_at, "say what this evidence does not cover of the framework"));
    }
    source.at_most(not_covered_at, head.not_covered.get_ref().len(), MOST_ENTRIES, "sentences")?;
    source.at_most(0, entries.len(), MOST_CONTROLS, "controls")?;
    let as_of = source.date(&head.as_of)?;
    let not_covered = head.not_covered.into_inner().into_iter().map(|s| source.words("sentence", s)).collect::<Result<_, _>>()?;
    let controls = controls(source, entries)?;
    let known: BTreeSet<&str> = controls.iter().map(|c| c.id.as_str()).collect();
    for id in &head.manual_when_connected {
        known_control(source, &known, id)?;
    }
    Ok(Framework {
        id: head.id.into_inner(),
        own: !is_release_file(source.name),
        name: source.words("name", head.name)?,
        version: source.words("version", head.version)?,
        revision: head.revision,
        as_of,
        source: source.words("source", head.source)?,
        licence: source.words("licence note", head.licence)?,
        not_covered,
        needs_pci_scope: head.needs_pci_scope,
        manual_when_connected: head.manual_when_connected.into_iter().map(Spanned::into_inner).collect(),
        mappings: mappings(source, mapping, checks, &controls)?,
        controls,
    })
}

fn controls(source: &Source, entries: Vec<ControlEntry>) -> Result<Vec<Control>, Fail> {
    let groups: BTreeSet<String> = entries.iter().filter(|e| !e.members.is_empty()).map(|e| e.id.get_ref().clone()).collect();
    let ids: BTreeSet<String> = entries.iter().map(|e| e.id.get_ref().clone()).collect();
    let known: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    let mut controls = Vec::new();
    for entry in entries {
        let at = entry.id.span().start;
        let id = source.text("control id", entry.id, LONGEST_ID)?;
        source.at_most(at, entry.members.len(), MOST_ENTRIES, "members")?;
        if !seen.insert(id.clone()) {
            return Err(source.fail(at, format!("control {id} is listed twice")));
        }
        for member in &entry.members {
            known_control(source, &known, member)?;
            if groups.contains(member.get_ref()) {
                return Err(source.fail(member.span().start, format!("{} is a group itself: list its members", member.get_ref())));
            }
        }
        controls.push(Control {
            id,
            title: source.words("title", entry.title)?,
            description: source.words("description", entry.description)?,
            specification: entry.specification,
            proposed: entry.proposed.as_ref().map(|d| source.date(d)).transpose()?,
            members: entry.members.into_iter().map(Spanned::into_inner).collect(),
        });
    }
    Ok(controls)
}

fn mappings(
    source: &Source,
    entries: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, MappingEntry>>,
    checks: &[&str],
    controls: &[Control],
) -> Result<Vec<Mapping>, Fail> {
    let by_id: BTreeMap<&str, &Control> = controls.iter().map(|c| (c.id.as_str(), c)).collect();
    let known = by_id.keys().copied().collect();
    let mut mappings = Vec::new();
    for (check, entries) in entries {
        if !checks.contains(&check.get_ref().as_str()) {
            return Err(source.fail(check.span().start, format!("there is no check {}", check.get_ref())));
        }
        for (control, entry) in entries {
            known_control(source, &known, &control)?;
            let at = control.span().start;
            if let Some(found) = by_id.get(control.get_ref().as_str()) {
                if !found.members.is_empty() {
                    return Err(source.fail(at, format!("{} is a group: map its members", found.id)));
                }
                if found.proposed.is_some() && *entry.strength.get_ref() != Strength::Context {
                    return Err(
                        source.fail(entry.strength.span().start, format!("{} is only proposed: its mappings are context", found.id))
                    );
                }
            }
            mappings.push(Mapping {
                check: CheckId::new(check.get_ref().clone()),
                control: control.into_inner(),
                strength: entry.strength.into_inner(),
                note: entry.note.filter(|n| !n.get_ref().is_empty()).map_or(Ok(String::new()), |n| source.words("note", n))?,
                why: source.words("reason (why)", entry.why)?,
            });
        }
    }
    Ok(mappings)
}

fn known_control(source: &Source, known: &BTreeSet<&str>, id: &Spanned<String>) -> Result<(), Fail> {
    if known.contains(id.get_ref().as_str()) {
        return Ok(());
    }
    Err(source.fail(id.span().start, format!("there is no control {} in this file", id.get_ref())))
}

fn named(source: &Source, catalogue: &Catalogue) -> Result<Vec<Named>, Fail> {
    let file: NamedFile = source.parse()?;
    source.at_most(0, file.named.len(), MOST_ENTRIES, "names")?;
    let mut all = Vec::new();
    for entry in file.named {
        if entry.controls.get_ref().is_empty() {
            return Err(source.fail(entry.controls.span().start, "name at least one control, such as soc2:CC6.2"));
        }
        source.at_most(entry.controls.span().start, entry.controls.get_ref().len(), MOST_ENTRIES, "controls")?;
        let mut controls = Vec::new();
        for id in entry.controls.into_inner() {
            let at = id.span().start;
            let id = ControlId::new(id.into_inner());
            if catalogue.control(&id).is_none() {
                return Err(source.fail(at, format!("there is no control {id} in the catalogue")));
            }
            controls.push(id);
        }
        all.push(Named { name: source.words("name", entry.name)?, truth: source.words("truth", entry.truth)?, controls });
    }
    Ok(all)
}
