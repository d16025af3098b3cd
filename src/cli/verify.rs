//! `verify`: options to steps, steps to text or JSON. Both programs share it: `poolproof verify` and `poolproof-verify`.

use super::exit::{CliError, Exit, VERIFY_TABLE};
use crate::bundle::layout::shown;
use crate::clock;
use crate::io;
use crate::sign::Fingerprint;
use crate::verify::chain::{Expected, Previous};
use crate::verify::reports::Renderer;
#[cfg(feature = "pdf")]
use crate::verify::reports::{Rendered, ToDraw};
use crate::verify::trail::Given;
use crate::verify::{
    self, Options, text, trail_keys, trust,
    trust::{Trust, TrustedCa},
};
use clap::{Args, Parser};
#[cfg(feature = "pdf")]
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The bundle: its ZIP file, or the folder it was unpacked to
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// Your trust file: keys with whose they are and when they sign
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub trust: Option<PathBuf>,
    /// The one key you trust: SHA-256 of its SubjectPublicKeyInfo
    #[arg(long, value_name = "SHA256")]
    pub fingerprint: Option<String>,
    /// Accept a key that a key in the trust file has signed over, while the latter is
    /// valid
    #[arg(long, requires = "trust")]
    pub allow_rotation: bool,
    /// Check the key's validity at this time, not now (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Evaluate the bundled recording again and compare
    #[arg(long)]
    pub reperform: bool,
    /// Fail unless the bundle is of this period
    #[arg(long, value_name = "LABEL")]
    pub expect_period: Option<String>,
    /// Fail unless the bundle answers this challenge
    #[arg(long, value_name = "TEXT")]
    pub challenge: Option<String>,
    /// Fail unless the bundle follows this one
    #[arg(long, value_name = "BUNDLE|SHA256")]
    pub previous: Option<String>,
    /// CloudTrail's public keys, fetched by yourself: the output of `aws cloudtrail
    /// list-public-keys` for the period, once for each region
    #[arg(long = "trail-keys", value_name = "FILE")]
    pub trail_keys: Vec<PathBuf>,
    /// The folder of CloudTrail log files: read them again and compare their events
    #[arg(long, value_name = "DIR", requires = "trail_keys")]
    pub trail: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// The small program for auditors.
#[derive(Debug, Parser)]
#[command(
    name = "poolproof-verify",
    version,
    about = "Verifies a poolproof bundle, offline, trusting nobody but you",
    after_help = VERIFY_TABLE,
    max_term_width = 80
)]
struct Alone {
    #[command(flatten)]
    verify: Verify,
}

/// Runs the program `poolproof-verify` with its arguments, the program's name first.
#[allow(clippy::print_stderr, reason = "this is the small program's door to stderr")]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let alone = match Alone::try_parse_from(arguments) {
        Ok(alone) => alone,
        Err(error) => {
            let told = error.print();
            let exit = if error.use_stderr() { Exit::Usage } else { told.map_or(Exit::Operational, |()| Exit::Done) };
            return exit.into();
        }
    };
    let done = run(&alone.verify).and_then(|(out, exit)| {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(CliError::operational(format!("cannot write to standard output: {e}")))
            }
            _ => Ok(exit),
        }
    });
    match done {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("poolproof-verify: {error}");
            error.exit.into()
        }
    }
}

/// Verifies; returns what is to be printed, and how the program ends.
///
/// # Errors
/// The options are wrong (exit 2), or the result cannot be put into JSON.
pub fn run(options: &Verify) -> Result<(String, Exit), CliError> {
    if !io::exists(&options.bundle) {
        // A slip of the keyboard is no forgery.
        return Err(CliError::usage(format!("there is no bundle {}", options.bundle.display())));
    }
    let report = verify::verify(&options.bundle, &wanted(options)?);
    let out = if options.json {
        let json = serde_json::to_string_pretty(&report).map_err(|e| CliError::operational(format!("the result as JSON: {e}")))?;
        format!("{json}\n")
    } else {
        text::render(&report)
    };
    let exit = match report.exit {
        0 => Exit::Done,
        3 => Exit::Incomplete,
        _ => Exit::Untrusted,
    };
    Ok((out, exit))
}

fn wanted(options: &Verify) -> Result<Options, CliError> {
    let (trust, authorities) = trust_of(options.trust.as_deref(), options.fingerprint.as_deref())?;
    let at = options.at.as_deref().map(clock::parse_rfc3339).transpose();
    Ok(Options {
        trust,
        authorities,
        at: at.map_err(|why| CliError::usage(format!("--at: {why}")))?,
        now: clock::now(),
        allow_rotation: options.allow_rotation,
        reperform: options.reperform,
        renderer: renderer(),
        expected: Expected {
            period: options.expect_period.clone(),
            challenge: options.challenge.clone(),
            previous: options.previous.as_deref().map(previous).transpose()?,
        },
        trail: log_files(options)?,
    })
}

/// The keys and the folder that the caller brings for the log files.
fn log_files(options: &Verify) -> Result<Given, CliError> {
    let mut keys = Vec::new();
    for file in &options.trail_keys {
        keys.extend(trail_keys::read(file).map_err(|why| CliError::usage(format!("--trail-keys: {why}")))?);
    }
    if let Some(folder) = options.trail.as_deref().filter(|folder| !io::is_dir(folder)) {
        return Err(CliError::usage(format!("--trail: {} is no folder", folder.display())));
    }
    Ok(Given { keys, files: options.trail.clone() })
}

/// Whom `--trust` or `--fingerprint` names, and the authorities of the trust file.
///
/// # Errors
/// The trust file or the fingerprint is none: exit code 2.
pub fn trust_of(file: Option<&Path>, fingerprint: Option<&str>) -> Result<(Trust, Vec<TrustedCa>), CliError> {
    match (file, fingerprint) {
        (Some(file), _) => trust::read(file).map(|f| (f.trust, f.authorities)).map_err(CliError::usage),
        (None, Some(text)) => {
            let key = Fingerprint::parse(text).map_err(|why| CliError::usage(format!("--fingerprint: {why}")))?;
            Ok((Trust::Key(key), Vec::new()))
        }
        (None, None) => Ok((Trust::Nobody, Vec::new())),
    }
}

/// A bundle that is there, or else a digest.
fn previous(text: &str) -> Result<Previous, CliError> {
    if io::exists(Path::new(text)) {
        return Ok(Previous::Bundle(text.into()));
    }
    let digest = Fingerprint::parse(text).map_err(|_| {
        CliError::usage(format!("--previous: {:?} is neither a bundle nor the SHA-256 of a statement (64 hex digits)", shown(text)))
    })?;
    Ok(Previous::Digest(digest.to_string()))
}

/// What draws reports again, in a program that can.
pub fn renderer() -> Option<Renderer> {
    #[cfg(feature = "pdf")]
    return Some(draw);
    #[cfg(not(feature = "pdf"))]
    return None;
}

/// The reports of an evidence with the release's templates and texts.
#[cfg(feature = "pdf")]
fn draw(what: &ToDraw<'_>) -> Result<Rendered, String> {
    use crate::checks::texts::Texts;
    use crate::render::{self, templates::Templates};
    use crate::sign::pades::{self, seal};
    let templates = Templates::release().map_err(|e| e.to_string())?;
    let texts = crate::report::check_text::all(&Texts::release().map_err(|e| e.to_string())?);
    let signer = what.signed_pdf.map(|pdf| pades::read(|| Ok(Box::new(pdf)))).transpose()?.map(|found| found.signed.signer);
    let signed_by = signer.as_ref().map(super::signed_by).transpose()?;
    let files = render::render_all(what.evidence, &texts, &templates, what.formats, what.evidence_json, signed_by.as_ref());
    let mut files: BTreeMap<_, _> = files.map_err(|e| e.to_string())?.into_iter().collect();
    // Where that cannot be, the report stays unsigned, and so differs from the sealed one.
    if let (Some(signed), Some(unsigned)) = (what.signed_pdf, files.get_mut("report.pdf"))
        && let Ok(again) = seal::again(unsigned, signed)
    {
        *unsigned = again;
    }
    Ok(Rendered { template: templates.digest(), files })
}
