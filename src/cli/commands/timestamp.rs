//! `poolproof timestamp`, and the time stamps of `run` and `bundle`: asks an authority and adds its answer to a sealed bundle.
//! A bundle is never lost for want of a time.

use super::args::Timestamp;
use super::evidence_folder::Begun;
use super::ui::Ui;
use super::{identity, prepare};
use crate::bundle::amend::Amending;
use crate::bundle::layout::{self, LARGEST_TAG, SIG};
use crate::bundle::write::Content;
use crate::cli::exit::{CliError, Exit};
use crate::config::{self, Tsa};
use crate::digest::{sha256, sha256_hex};
use crate::recording::header::begun_imprint;
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::timestamp::Token;
use crate::sign::{Identity, TsaConfig};
use crate::verify::intact;
use crate::{clock, io};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How far this machine's clock may be ahead of an authority's before that is told instead of waited for.
const WAIT_AT_MOST: i64 = 60;

/// Adds a time stamp.
pub fn run(options: &Timestamp, ui: &Ui) -> Result<Exit, CliError> {
    let declared = match &options.tsa {
        Some(_) if options.config.is_none() => None,
        _ => prepare::scope_file(options.config.as_deref())?.tsa,
    };
    let Some(tsa) = wanted(options.tsa.as_deref(), declared.as_ref())? else {
        return Err(CliError::usage(
            "no time-stamp authority is named: give --tsa http://… or https://…, or [signing.tsa] in the scope file",
        ));
    };
    if !io::exists(&options.bundle) {
        return Err(CliError::usage(format!("there is no bundle {}", options.bundle.display())));
    }
    let end = genuine(&options.bundle)?;
    let (path, token) = add(&options.bundle, &tsa, end).map_err(|why| CliError::operational(format!("{why} (the bundle is as it was)")))?;
    let (time, who) = (clock::rfc3339(token.time), token.signer.subject());
    if options.json {
        ui.json(&json!({ "file": path, "time": time, "authority": who, "policy": token.policy }))?;
    } else {
        ui.say(&format!("added {path}\ntime  {time}\nby    {who}"))?;
    }
    ui.note("Who verifies needs the authority's root in the trust file: [[ca]] for = \"time\".");
    Ok(Exit::Done)
}

/// Refuses to stamp what is altered. Returns the end of its collection.
fn genuine(bundle: &Path) -> Result<Option<DateTime<Utc>>, CliError> {
    let facts = intact::for_a_later_seal(bundle, clock::now())
        .map_err(|why| CliError::operational(format!("no time stamp is added to {}: {why}", bundle.display())))?;
    Ok(facts.collected_to.and_then(|t| clock::parse_rfc3339(&t).ok()))
}

/// Whom to ask: `--tsa`, else what is declared.
///
/// # Errors
/// The address is none, or this program was built without the feature: exit code 2.
pub fn wanted(url: Option<&str>, declared: Option<&Tsa>) -> Result<Option<TsaConfig>, CliError> {
    let tsa = match (url, declared) {
        (Some(url), declared) => {
            let url = config::tsa_url(url).map_err(|why| CliError::usage(format!("--tsa: {why}")))?;
            Some(declared.map_or_else(|| Tsa::at(url.clone()), |tsa| Tsa { url: url.clone(), ..tsa.clone() }))
        }
        (None, declared) => declared.cloned(),
    };
    if tsa.is_some() && !cfg!(feature = "tsa") {
        return Err(CliError::usage("this program was built without time stamps (feature tsa): leave [signing.tsa] and --tsa out"));
    }
    let Some(t) = tsa else { return Ok(None) };
    let roots = |file: &PathBuf| identity::certificates(file).map(|found| found.iter().map(|c| c.der().to_vec()).collect());
    let tls_roots = t.tls_roots.as_ref().map(roots).transpose()?;
    Ok(Some(TsaConfig { url: t.url, tls_roots, policy: t.policy, timeout_seconds: t.timeout_seconds.into(), retries: t.retries }))
}

/// Whom a sealing asks for the time, and the revocation lists of that authority, which go into the bundle.
///
/// # Errors
/// As [`wanted`], or a list is none.
pub fn of_identity(identity: &mut Identity, url: Option<&str>, declared: Option<&Tsa>) -> Result<(), CliError> {
    identity.tsa = wanted(url, declared)?;
    let lists = identity::revocation_lists(declared.map_or(&[][..], |tsa| tsa.crls.as_slice()))?;
    identity.crls.extend(lists);
    Ok(())
}

/// The end of what was collected: no time stamp may be before it.
pub fn end(evidence: &EvidenceV1) -> Option<DateTime<Utc>> {
    evidence.run.last_call.as_deref().and_then(|t| clock::parse_rfc3339(t).ok())
}

/// Stamps a bundle that was just sealed. Returns why there is no time, where one was wanted and is missing. An authority that gave
/// none for the report (`failed`), in all its tries, is not waited for a second time.
pub fn seal_time(bundle: &Path, evidence: &EvidenceV1, tsa: Option<&TsaConfig>, failed: Option<String>, ui: &Ui) -> Option<String> {
    let tsa = tsa?;
    match failed.map_or_else(|| add(bundle, tsa, end(evidence)), Err) {
        Ok((_, token)) => {
            ui.note(&format!("Time stamp: {} by {}.", clock::rfc3339(token.time), token.signer.subject()));
            None
        }
        Err(why) => {
            Some(format!("{why}. The bundle is sealed and whole; add the time later with: poolproof timestamp {}", bundle.display()))
        }
    }
}

/// Asks for the time before anything is collected, over the challenge and the scope. The header then names the answer, and
/// every line is chained to the header. An authority that does not answer holds nothing up: it is said, and the run goes on.
///
/// # Errors
/// The answer cannot be kept.
pub fn before_collection(begun: &mut Begun, tsa: Option<&TsaConfig>, ui: &Ui) -> Result<(), CliError> {
    let Some(tsa) = tsa.filter(|_| !begun.resumed) else { return Ok(()) };
    let imprint = begun_imprint(begun.plan.challenge.as_deref(), &begun.plan.scope_digest);
    let answer =
        ask(tsa, imprint, None).and_then(|token| token.response.clone().map(|r| (r, token)).ok_or("its answer was not kept".into()));
    match answer {
        Ok((answer, token)) => {
            io::write_atomic(&begun.run.begun_file(), &answer, false).map_err(CliError::operational)?;
            begun.plan.begun = Some(sha256_hex(&answer));
            ui.note(&format!("Time stamp before the first call: {} by {}.", clock::rfc3339(token.time), token.signer.subject()));
        }
        Err(why) => ui.note(&format!(
            "No time stamp before the first call: {why}. The run goes on; when it began is then this machine's word alone."
        )),
    }
    Ok(())
}

/// Asks, and adds the answer over the bundle's signature.
fn add(bundle: &Path, tsa: &TsaConfig, end: Option<DateTime<Utc>>) -> Result<(String, Token), String> {
    let amending = Amending::open(bundle).map_err(|e| e.to_string())?;
    let signature = amending.bag().read(SIG, LARGEST_TAG).map_err(|e| e.to_string())?;
    let token = ask(tsa, sha256(&signature), end)?;
    let path = (1..).map(layout::timestamp).find(|path| !amending.bag().files().contains_key(path)).unwrap_or_default();
    let answer = token.response.clone().ok_or("the authority's answer was not kept")?;
    amending.finish(&BTreeMap::from([(path.clone(), Content::Bytes(answer))])).map_err(|e| e.to_string())?;
    Ok((path, token))
}

/// Asks for a time stamp that is not before `end`: where this machine's clock is a little ahead of the authority's, it waits.
///
/// # Errors
/// There is none; the text says why.
#[cfg(feature = "tsa")]
pub fn ask(tsa: &TsaConfig, digest: [u8; 32], end: Option<DateTime<Utc>>) -> Result<Token, String> {
    use crate::sign::timestamp::{Transport as _, http::Http, timestamp};
    let early = |token: &Token| end.map(|end| end - token.time - token.accuracy).filter(|gap| *gap > chrono::TimeDelta::zero());
    let mut token = timestamp(tsa, digest).map_err(|e| e.to_string())?;
    if let Some(gap) = early(&token).filter(|gap| gap.num_seconds() < WAIT_AT_MOST) {
        Http.wait(gap.to_std().unwrap_or_default() + std::time::Duration::from_secs(1));
        token = timestamp(tsa, digest).map_err(|e| e.to_string())?;
    }
    match early(&token) {
        None => Ok(token),
        Some(gap) => Err(format!(
            "the time-stamp authority {} says {}, {} s before the end of the collection by the collector's clock: set that clock right",
            tsa.url,
            clock::rfc3339(token.time),
            gap.num_seconds()
        )),
    }
}

/// Without the feature nobody is asked; [`wanted`] has said so.
///
/// # Errors
/// Always.
#[cfg(not(feature = "tsa"))]
pub fn ask(_: &TsaConfig, _: [u8; 32], _: Option<DateTime<Utc>>) -> Result<Token, String> {
    Err(format!("this program was built without time stamps; it would wait up to {WAIT_AT_MOST} s for a clock"))
}
