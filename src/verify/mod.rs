//! Checking a bundle, step by step, without trusting anybody but the caller's own list of keys.
//!
//! It must not reach a network or AWS, and must never say more than it checked: a step that was not taken is listed as
//! such, and so is what no step can show.

pub mod access_review;
pub mod approval;
pub mod attestation;
mod authority;
mod bag;
mod begun;
mod certified;
pub mod chain;
pub mod intact;
mod manifest_signature;
pub mod outcome;
mod pdf;
pub mod predicate;
mod recording;
mod reperform;
pub mod reports;
mod revoked;
mod rotation;
mod signer;
pub mod stamp;
mod statement;
pub mod text;
pub mod time;
pub mod trail;
mod trail_files;
pub mod trail_keys;
pub mod trust;
mod unlike;
mod words;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::bundle::Bag;
use crate::bundle::layout::{LARGEST_TAG, is_crl, is_later_seal};
use crate::bundle::read::{Refused, Watch};
use crate::clock::rfc3339;
use crate::recording::header::Source;
use crate::sign::statement::digest;
use chain::Expected;
use manifest_signature::ManifestSigned;
use outcome::{FORMAT, Facts, Outcome, Report, Step, StepName, exit};
use signer::CheckedAt;
use trust::{Trust, TrustedCa};

pub use authority::current_between;

/// What the caller wants of a verification.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whom he trusts.
    pub trust: Trust,
    /// The certificate authorities that he trusts, each for one purpose.
    pub authorities: Vec<TrustedCa>,
    /// The time against which the key's validity is checked; without it, `now`.
    pub at: Option<DateTime<Utc>>,
    /// The current time.
    pub now: DateTime<Utc>,
    /// Follow key rotations that a trusted key signed.
    pub allow_rotation: bool,
    /// Evaluate the recording again.
    pub reperform: bool,
    /// Draws the reports again, for the re-performance; a program that has no renderer says that it did not.
    pub renderer: Option<reports::Renderer>,
    /// The bundle that he expects.
    pub expected: Expected,
    /// What he brings to have the CloudTrail log files checked.
    pub trail: trail::Given,
}

impl Options {
    /// Every step that needs no further wish: trust in these, `now`, and nothing else.
    pub fn trusting(trust: Trust, now: DateTime<Utc>) -> Self {
        Self {
            trust,
            authorities: Vec::new(),
            at: None,
            now,
            allow_rotation: false,
            reperform: false,
            renderer: None,
            expected: Expected::default(),
            trail: trail::Given::default(),
        }
    }
}

/// Verifies a bundle, a ZIP file or an unpacked folder. Every error is the outcome of a step.
pub fn verify(bundle: &Path, options: &Options) -> Report {
    verify_opened(&bundle.display().to_string(), |watch| Bag::open_watched(bundle, watch), options)
}

/// As [`verify`], for a bag that the caller opens (or cannot open) while step 9 reads along.
pub fn verify_opened(name: &str, open: impl FnOnce(&mut dyn Watch) -> Result<Bag, Refused>, options: &Options) -> Report {
    let mut followed = recording::Follower::new();
    let opened = open(&mut followed);
    let at = options.at.map_or(CheckedAt::Now(options.now), CheckedAt::Given);
    let mut steps = Vec::new();
    let (facts, at) = take(opened, &followed, options, at, &mut steps);
    let exit = exit(&steps);
    let mut report = Report {
        format: FORMAT,
        bundle: name.to_owned(),
        result: match exit {
            0 => "passed",
            3 => "not_checked",
            _ => "failed",
        },
        exit,
        checked_at: at.words(),
        steps,
        facts,
        proved: Vec::new(),
        not_proved: Vec::new(),
    };
    (report.proved, report.not_proved) = words::of(&report);
    report
}

/// Takes the steps in order. A step that rests on one that failed is listed as not checked, with that reason.
fn take(
    opened: Result<Bag, Refused>,
    followed: &recording::Follower,
    options: &Options,
    at: CheckedAt,
    steps: &mut Vec<Step>,
) -> (Option<Facts>, CheckedAt) {
    use StepName::{Chain, Container, LogFiles, ManifestSignature, Pdf, Recording, Reperformance, Signer, Statement, Time, Wrappers};
    let mut push = |step: StepName, outcome: Outcome| steps.push(Step { number: step.number(), step, outcome });
    let bag = match opened {
        Ok(bag) => bag,
        Err(Refused(why)) => {
            push(Container, Outcome::Failed(why));
            for step in StepName::ALL.into_iter().skip(1) {
                push(step, rests_on(Container));
            }
            return (None, at);
        }
    };
    let form = bag.note().map_or_else(|| "as sealed".to_owned(), |note| format!("{note}; the same to every reader"));
    push(Container, Outcome::Passed(format!("{form}; {} files", bag.files().len())));
    let whole = bag::check(&bag);
    let bag_holds = whole.is_ok();
    push(StepName::Bag, either(whole));
    let checked = statement::check(&bag).and_then(|s| {
        let approvals = approval::check(&s.evidence, &s.fingerprint, options)?;
        let reviews = access_review::check(&bag, &s.evidence, &s.fingerprint, options)?;
        Ok((attestation::check(&bag, &s, options)?, approvals, reviews, s))
    });
    let (attestations, approvals, reviews, sealed) = match checked {
        Ok(checked) => checked,
        Err(why) => {
            push(Statement, Outcome::Failed(why));
            for step in [Signer, ManifestSignature, Pdf, Time, Wrappers, Recording, Reperformance, Chain, LogFiles] {
                push(step, rests_on(Statement));
            }
            return (None, at);
        }
    };
    let later = match attestations.len() {
        0 => String::new(),
        n => format!("; {n} attestations, each signed and about this bundle"),
    };
    let approved = match approvals.len() {
        0 => String::new(),
        n => format!("; {n} approvals of exceptions, each signed and of its words"),
    };
    let reviewed = match (reviews.len(), reviews.iter().filter(|r| r.fingerprint.is_some()).count()) {
        (0, _) => String::new(),
        (n, 0) => format!("; {n} reviews of access, none of them signed"),
        (n, signed) => format!("; {n} reviews of access, {signed} of them signed, each signature over what the checks read"),
    };
    push(
        Statement,
        Outcome::Passed(format!(
            "one signature, valid, over these five files; it says of them what evidence.json says{later}{approved}{reviewed}"
        )),
    );
    // Step 7 is taken before step 4, which needs its time; they are listed in the order of their numbers.
    let pdf = pdf::check(&bag, &sealed.fingerprint);
    let crls = crls(&bag);
    let time = time::check(&bag, &sealed, options, pdf.as_ref().ok(), &crls);
    let at = time.trusted.map_or(at, CheckedAt::Trusted);
    let manifest_signed = manifest_signature::check(&bag, &sealed.fingerprint, pdf.as_ref().ok());
    let (trusted, who) = certified::signer(&sealed, manifest_signed.as_ref().ok(), &crls, options, at);
    push(Signer, trusted);
    push(ManifestSignature, either(manifest_signed.as_ref().map(ManifestSigned::note).map_err(Clone::clone)));
    push(Pdf, either(pdf.map(|found| found.note())));
    let (stamps, trusted_time, time_told_by, begun) = (time.stamps, time.trusted, time.who, time.begun.filter(|_| bag_holds));
    push(Time, time.outcome);
    push(Wrappers, either(statement::wrappers(&bag, &sealed.envelope)));
    let recorded = if bag_holds { either(recording::check(&bag, followed, &sealed.evidence)) } else { rests_on(StepName::Bag) };
    let recording_holds = matches!(recorded, Outcome::Passed(_));
    push(Recording, recorded);
    let (reperformed, reports_derived) = match (options.reperform, recording_holds) {
        (false, _) => (Outcome::NotApplicable("not asked for: --reperform".to_owned()), false),
        (true, false) => (rests_on(Recording), false),
        (true, true) => reperform::check(&bag, &sealed, options.renderer),
    };
    push(Reperformance, reperformed);
    push(Chain, chain::check(&bag, &sealed, options));
    let made_up = sealed.predicate.source == Source::Demo.word();
    let log_files = if recording_holds { trail::check(&bag, followed, &options.trail, made_up) } else { trail::not_taken() };
    push(LogFiles, log_files.outcome);
    let predicate = sealed.predicate;
    let facts = Facts {
        not_of_this_release: unlike::sentences(&bag, &predicate),
        release_catalogue: unlike::release_catalogue(&bag),
        statement_sha256: digest(&sealed.envelope),
        fingerprint: sealed.fingerprint.to_string(),
        who,
        bundle_id: predicate.bundle_id,
        period: predicate.period,
        at: predicate.at,
        collected_from: predicate.collection.start,
        collected_to: predicate.collection.end,
        source: predicate.source,
        endpoints: predicate.endpoints,
        reports_derived,
        log_events_compared: log_files.compared,
        verdicts: predicate.verdicts,
        complete: predicate.completeness.complete,
        attempts: predicate.attempts,
        challenge: predicate.challenge,
        previous: predicate.previous,
        demo_key: predicate.demo_key,
        // What lies beside files that nobody listed is not shown as anybody's word.
        attestations: if bag_holds { attestations } else { Vec::new() },
        approvals,
        reviews: if bag_holds { reviews } else { Vec::new() },
        rotations: sealed.rotations.len(),
        revocation_lists: bag.files().keys().filter(|path| is_crl(path)).count(),
        later_seals: bag.files().keys().filter(|path| is_later_seal(path)).count(),
        // What lies beside files that nobody listed is not shown as anybody's word.
        stamps: if bag_holds { stamps } else { Vec::new() },
        existed_by: trusted_time.filter(|_| bag_holds).map(rfc3339),
        existed_by_whom: time_told_by.filter(|_| bag_holds),
        recorded_after: begun.as_ref().map(|(time, _)| rfc3339(*time)),
        recorded_after_whom: begun.map(|(_, who)| who),
    };
    (Some(facts), at)
}

fn either(result: Result<String, String>) -> Outcome {
    match result {
        Ok(note) => Outcome::Passed(note),
        Err(why) => Outcome::Failed(why),
    }
}

fn rests_on(step: StepName) -> Outcome {
    Outcome::NotChecked(format!("it rests on step {} ({}), which did not pass", step.number(), step.title()))
}

/// The revocation lists beside the signature: candidates, each signed by its authority or of no use.
fn crls(bag: &Bag) -> Vec<Vec<u8>> {
    bag.files().keys().filter(|path| is_crl(path)).filter_map(|path| bag.read(path, LARGEST_TAG).ok()).collect()
}
