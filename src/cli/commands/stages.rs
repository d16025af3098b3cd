//! The stages behind `assess`, `bundle`, `run` and `demo`: calls into the library, in order, and files written.

use super::evidence_folder::RunFolder;
use super::timestamp;
use crate::bundle::layout;
use crate::bundle::manifest::BagInfo;
use crate::bundle::write::{self, Content, Input};
use crate::checks::texts::Texts;
use crate::cli::{self, exit::CliError};
use crate::clock;
use crate::controls::catalogue::Catalogue;
use crate::io;
use crate::model::scope::Format;
use crate::recording::read::Recording;
use crate::render::{self, RenderError, SignedBy, templates::Templates};
use crate::report::assess::{self, AssessError, Assessed, Inputs};
use crate::report::evidence_v1::EvidenceV1;
use crate::report::{check_text, population_csv, release};
use crate::sign::Identity;
use crate::sign::pades;
use crate::sign::x509::Certificate;
use crate::verify::predicate;
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Judges the recording of a run.
///
/// # Errors
/// The recording or the scope cannot be read, or do not belong together.
pub fn judge(run: &RunFolder, catalogue: &Catalogue, at: Option<DateTime<Utc>>) -> Result<Assessed, CliError> {
    let recording = Recording::folder(&run.recording()).map_err(CliError::operational)?;
    let (previous, changes, roster, reviews) = (run.previous_json()?, run.changes_jsonl()?, run.roster_json()?, run.reviews_json()?);
    let (previous, changes) = (previous.as_deref(), changes.as_deref());
    let inputs = Inputs { previous, changes, roster: roster.as_deref(), reviews: reviews.as_deref() };
    assess::assess_with(&recording, &run.scope_json()?, catalogue, at, inputs).map_err(|error| match error {
        AssessError::NoTime | AssessError::Previous(_) => CliError::usage(error),
        _ => CliError::operational(error),
    })
}

/// The release's templates, or those of a folder.
///
/// # Errors
/// The folder's templates cannot be used; the message names file and line.
pub fn templates(folder: Option<&Path>) -> Result<Templates, CliError> {
    folder.map_or_else(Templates::release, Templates::folder).map_err(CliError::usage)
}

/// What an assessment wrote.
pub struct Written {
    /// The assessment.
    pub assessed: Assessed,
    /// What the findings were mapped with.
    catalogue: Catalogue,
    /// SHA-256 of the templates that the reports were made with.
    template: String,
    /// The files below `assessed/`, by their path there.
    pub files: Vec<String>,
}

/// Judges the recording of a run by the run's catalogue and writes what follows from it below `assessed/`. The PDF is a draft until
/// [`seal`] signs it; its cover names who will.
///
/// # Errors
/// As [`judge`], the run's catalogue cannot be used, or a file cannot be written.
pub fn assess(run: &RunFolder, at: Option<DateTime<Utc>>, templates: &Templates, identity: Option<&Identity>) -> Result<Written, CliError> {
    let signed_by = identity.map(signed_by).transpose()?;
    let catalogue = run.catalogue()?;
    let assessed = judge(run, &catalogue, at)?;
    let evidence = assessed.evidence.to_json().map_err(CliError::operational)?;
    let texts = check_text::all(&Texts::release().map_err(CliError::operational)?);
    let reports = render::render_all(&assessed.evidence, &texts, templates, &assessed.scope.formats, &evidence, signed_by.as_ref())
        .map_err(|error| match error {
            RenderError::Template(_) | RenderError::Markdown { .. } => CliError::usage(error),
            RenderError::Pdf(_) | RenderError::Time(_) => CliError::operational(error),
        })?;
    let mut files = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| {
        let path = run.assessed().join(name);
        io::create_dir(path.parent().unwrap_or(&path)).map_err(CliError::operational)?;
        io::write_atomic(&path, bytes, false).map_err(CliError::operational)?;
        files.push(name.to_owned());
        Ok(())
    };
    write("evidence.json", &evidence)?;
    write("VERIFY.md", release::VERIFY.as_bytes())?;
    for (name, text) in release::descriptions() {
        write(&format!("formats/{name}"), text.as_bytes())?;
    }
    if assessed.scope.formats.contains(&Format::Csv) {
        let rows = population_csv::bytes(&assessed.snapshot, assessed.scope.privacy.mode).map_err(CliError::operational)?;
        write("population.csv", &rows)?;
    }
    for (name, bytes) in reports {
        write(&name, &bytes)?;
    }
    Ok(Written { assessed, catalogue, template: templates.digest(), files })
}

/// Whom the cover names.
fn signed_by(identity: &Identity) -> Result<SignedBy, CliError> {
    let first = identity.chain.first().map(Vec::as_slice).unwrap_or_default();
    Certificate::read(first).and_then(|c| cli::signed_by(&c)).map_err(|why| CliError::usage(format!("the signer's certificate: {why}")))
}

/// Signs the PDF that [`assess`] wrote, in its place.
///
/// The time is asked for here first, and so bound by the report's digest (rulings 20); a report without it is a report.
///
/// Returns why there is no time in it, where one was asked for.
fn sign_report(run: &RunFolder, identity: &Identity, evidence: &EvidenceV1) -> Result<Option<String>, CliError> {
    let path = run.assessed().join("report.pdf");
    if !io::exists(&path) {
        return Ok(None);
    }
    let unsigned = io::read(&path, layout::LARGEST_DOCUMENT).map_err(CliError::operational)?;
    let no_time = RefCell::new(None);
    let stamp = |digest| match timestamp::ask(identity.tsa.as_ref()?, digest, timestamp::end(evidence)) {
        Ok(token) => Some(token.token),
        Err(why) => {
            no_time.replace(Some(why));
            None
        }
    };
    let signed = pades::seal::sign(&unsigned, identity, clock::now(), stamp).map_err(CliError::operational)?;
    io::write_atomic(&path, &signed, false).map_err(CliError::operational)?;
    Ok(no_time.into_inner())
}

/// A bundle that was sealed.
pub struct Packed {
    /// Where it is.
    pub path: PathBuf,
    /// Why the authority gave no time for the report, where it was asked: it is not asked again for the seal.
    pub no_time: Option<String>,
}

/// Seals what [`assess`] wrote with the same identity: signs the PDF, then packs all of it with the recording, the inputs and
/// the catalogue into a bundle in `out`.
///
/// # Errors
/// A file cannot be read or written, or the signer fails; there is no bundle then.
pub fn seal(run: &RunFolder, written: &Written, identity: &Identity, demo_key: bool, out: &Path) -> Result<Packed, CliError> {
    let evidence = &written.assessed.evidence;
    let no_time = sign_report(run, identity, evidence)?;
    let of_file = |name: &String| (format!("{}{name}", layout::DATA), Content::File(run.assessed().join(name)));
    let mut payload: BTreeMap<String, Content> = written.files.iter().map(of_file).collect();
    add_files(&mut payload, &run.recording(), "recording/")?;
    // Only what this program writes: whatever else lies beside it is neither read nor redacted, and a bundle is given away.
    payload.insert(layout::SCOPE.to_owned(), Content::File(run.scope_file()));
    if io::exists(&run.previous_file()) {
        payload.insert(layout::PREVIOUS.to_owned(), Content::File(run.previous_file()));
    }
    if io::exists(&run.roster_file()) {
        payload.insert(layout::ROSTER.to_owned(), Content::File(run.roster_file()));
    }
    if io::exists(&run.reviews_file()) {
        payload.insert(layout::REVIEWS.to_owned(), Content::File(run.reviews_file()));
    }
    if let Some(begun) = run.begun_tsr()? {
        payload.insert(layout::BEGUN.to_owned(), Content::Bytes(begun));
    }
    if let Some(changes) = run.changes_jsonl()? {
        payload.insert(layout::CHANGES.to_owned(), Content::Bytes(changes));
    }
    for (name, text) in written.catalogue.files() {
        payload.insert(format!("{}{name}", layout::CATALOGUE), Content::Bytes(text.clone().into_bytes()));
    }
    for (name, text) in release::check_texts() {
        payload.insert(format!("{}{name}", layout::CHECK_TEXTS), Content::Bytes(text.as_bytes().to_vec()));
    }
    let scope = &evidence.scope;
    let input = Input {
        payload,
        info: BagInfo {
            organization: scope.organization.name.clone(),
            description: format!("Evidence for multi-factor authentication on Amazon Cognito, {}", scope.period.label),
            date: evidence.run.at.chars().take(10).collect(),
        },
        period: scope.period.label.clone(),
        predicate: predicate::of(evidence, Some(written.template.clone()), demo_key),
        sealed_at: clock::now(),
    };
    let path = write::seal(out, &input, identity).map_err(CliError::operational)?.path;
    Ok(Packed { path, no_time })
}

/// The files of a folder and its folders, by their path in the bag. Links are refused: what they point to may change.
fn add_files(payload: &mut BTreeMap<String, Content>, folder: &Path, below: &str) -> Result<(), CliError> {
    for path in io::list(folder).map_err(CliError::operational)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if io::is_link(&path) {
            return Err(CliError::operational(format!("{} is a link; a bundle is made of files only", path.display())));
        }
        if io::is_dir(&path) {
            add_files(payload, &path, &format!("{below}{name}/"))?;
        } else {
            payload.insert(format!("{}{below}{name}", layout::DATA), Content::File(path));
        }
    }
    Ok(())
}
