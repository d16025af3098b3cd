//! `poolproof attest`: a reviewer's own seal on a bundle, beside the first.

use super::args::Attest;
use super::keys;
use super::review_form as form;
use super::ui::Ui;
use crate::bundle::amend::{AmendError, Amending};
use crate::bundle::attest::{self, AttestError, Words};
use crate::bundle::layout::{EVIDENCE, LARGEST_DOCUMENT, LARGEST_TAG, STATEMENT, shown};
use crate::bundle::write::Content;
use crate::cli::exit::{CliError, Exit};
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::attestation::Decision;
use crate::sign::{dsse::Envelope, json, statement};
use crate::verify::intact;
use crate::{clock, io};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest form, bytes.
const LARGEST_FORM: u64 = 4 << 20;

/// Writes a form, or signs one.
pub fn run(options: &Attest, ui: &Ui) -> Result<Exit, CliError> {
    if !io::exists(&options.bundle) {
        return Err(CliError::usage(format!("there is no bundle {}", options.bundle.display())));
    }
    // The key first: nobody should fill in a form to learn that he cannot sign it.
    let key = if options.template.is_none() { Some(keys::signer(&options.key)?) } else { None };
    let bundle = Amending::open(&options.bundle).map_err(refused)?;
    let evidence = genuine(&options.bundle, &bundle)?;
    match (&options.template, &options.review, key) {
        (Some(to), _, _) => template(to, &evidence, ui),
        (None, Some(review), Some(key)) => {
            let text = io::read_text(review, LARGEST_FORM).map_err(CliError::usage)?;
            let wrong = |why: String| CliError::usage(format!("{}: {why}", review.display()));
            let filled = form::read(&text).map_err(wrong)?;
            let (items, left_out) = filled.items(&evidence).map_err(wrong)?;
            for what in left_out {
                ui.note(&format!("{what} is not in the form: it is attested as \"not reviewed\"."));
            }
            let count = |d: Decision| items.iter().filter(|i| i.decision == d).count();
            let counts = Decision::ALL.map(|d| format!("{} {}", count(d), d.word())).join(", ");
            let words = Words {
                name: filled.name,
                role: filled.role,
                statement: filled.statement,
                at: clock::rfc3339(clock::now()),
                reviewed: filled.reviewed,
                items,
                attachments: attachments(&options.attach, ui)?,
            };
            let number = attest::attest(bundle, &words, key.as_ref()).map_err(|error| match error {
                AttestError::Words(_) | AttestError::SameKey => CliError::usage(error),
                AttestError::Amend(error) => refused(error),
                AttestError::Sign(_) => CliError::operational(error),
            })?;
            let shown = options.bundle.display().to_string();
            if options.json {
                ui.json(&json!({ "bundle": shown, "attestation": number }))?;
            } else {
                ui.say(&format!("attestation {number} added to {shown}\n{counts}"))?;
            }
            ui.note(&format!("\nThe first seal is untouched. Who trusts your key (poolproof keys show KEY --trust --for review) sees both seals with:\n  poolproof verify {shown} --trust trust.toml"));
            Ok(Exit::Done)
        }
        _ => Err(CliError::usage("attest needs a form: write one with --template FILE, fill it in, and give it with --review FILE")),
    }
}

fn refused(error: AmendError) -> CliError {
    match error {
        AmendError::NotLater(..) => CliError::usage(error),
        _ => CliError::operational(error),
    }
}

/// The evidence of a bundle that nothing is wrong with. Whose key sealed it is for the reviewer to know.
fn genuine(path: &Path, bundle: &Amending) -> Result<EvidenceV1, CliError> {
    let altered = |why: String| CliError::operational(why);
    let facts = intact::for_a_later_seal(path, clock::now())
        .map_err(|why| altered(format!("nothing was attested of {}: {why}; see poolproof verify", path.display())))?;
    let bag = bundle.bag();
    let envelope = bag.read(STATEMENT, LARGEST_TAG).map_err(|e| e.to_string()).and_then(|b| Envelope::decode(&b)).map_err(altered)?;
    if facts.statement_sha256 != statement::digest(&envelope) {
        return Err(altered(format!("{} was changed while it was being read: nothing was attested", path.display())));
    }
    let bytes = bag.read(EVIDENCE, LARGEST_DOCUMENT).map_err(|e| altered(e.to_string()))?;
    json::strict(&bytes).map_err(altered)
}

fn template(to: &Path, evidence: &EvidenceV1, ui: &Ui) -> Result<Exit, CliError> {
    if io::exists(to) {
        return Err(CliError::usage(format!("{} exists already and is not overwritten; choose another name", to.display())));
    }
    io::write_new(to, form::template(evidence).as_bytes(), false).map_err(CliError::operational)?;
    ui.say(&format!("wrote {}", to.display()))?;
    ui.note(&format!("\nFill it in, then:\n  poolproof attest BUNDLE --review {} --key keys/reviewer.p8", to.display()));
    Ok(Exit::Done)
}

/// The files to attach, under names that every system takes.
fn attachments(paths: &[PathBuf], ui: &Ui) -> Result<BTreeMap<String, Content>, CliError> {
    let mut found = BTreeMap::new();
    for path in paths {
        if !io::is_file(path) {
            return Err(CliError::usage(format!("--attach {}: there is no such file", path.display())));
        }
        let given = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
        let name: String = given.chars().map(plain).collect();
        if name != given {
            ui.note(&format!("{given} is attached as {name}: names in a bundle are letters, digits, . _ and -"));
        }
        if found.insert(name, Content::File(path.clone())).is_some() {
            return Err(CliError::usage(format!("--attach {}: another file has that name already", shown(&given))));
        }
    }
    Ok(found)
}
