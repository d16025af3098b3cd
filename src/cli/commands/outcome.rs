//! The outcome of an assessment, on stdout: figures first, then what is not good, then where things are.

use super::ui::{Ui, visible};
use crate::cli::exit::{self, CliError, Exit};
use crate::config::wrap;
use crate::model::verdict::{Severity, Verdict};
use crate::report::evidence_v1::{EvidenceV1, MappedFinding};
use serde_json::{Map, Value, json};

/// Most findings shown; the reports hold all of them.
const SHOWN: usize = 20;

/// Prints the outcome and gives its exit code. `places` says what was written where, as name and path; `no_time` why a time
/// stamp that was wanted is missing.
///
/// # Errors
/// stdout cannot be written.
pub fn show(
    evidence: &EvidenceV1,
    fail_on: Severity,
    places: &[(&str, String)],
    no_time: Option<&str>,
    json: bool,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let exit = match exit::of(evidence, fail_on) {
        Exit::Done if no_time.is_some() => Exit::Incomplete,
        exit => exit,
    };
    if json {
        ui.json(&value(evidence, fail_on, exit, places, no_time))?;
    } else {
        ui.raw(&text(evidence, fail_on, exit, places, no_time, ui))?;
    }
    Ok(exit)
}

fn value(evidence: &EvidenceV1, fail_on: Severity, exit: Exit, places: &[(&str, String)], no_time: Option<&str>) -> Value {
    let verdicts: Map<String, Value> = Verdict::ALL.iter().map(|v| (v.word().to_owned(), json!(count(evidence, *v)))).collect();
    let places: Map<String, Value> = places.iter().map(|(name, path)| ((*name).to_owned(), json!(path))).collect();
    json!({
        "exit": exit as u8, "fail_on": fail_on, "bundle_id": evidence.bundle_id, "run_id": evidence.run.id, "source": evidence.run.source,
        "verdicts": verdicts, "complete": evidence.completeness.complete, "completeness": evidence.completeness.sentence, "files": places, "no_time": no_time,
        "failed": not_good(evidence).iter().filter(|f| f.finding.verdict == Verdict::Fail).map(|f| json!({
            "check": f.finding.check, "subject": f.finding.subject.label(), "severity": f.finding.severity, "reason": f.finding.reason,
        })).collect::<Vec<_>>(),
    })
}

/// What the cover must say in capitals, and the findings by verdict.
pub fn figures(evidence: &EvidenceV1, ui: &Ui) -> String {
    let mut out = String::new();
    let mut put = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    let statements = evidence.run.statements.iter().filter(|s| s.chars().take_while(|c| *c != ':').all(|c| c.is_uppercase() || c == ' '));
    for line in statements.flat_map(|s| wrap(&visible(s), 80)) {
        put(&ui.heading(&line));
    }
    for verdict in Verdict::ALL {
        put(&format!("{} {}", ui.verdict(verdict), count(evidence, verdict)));
    }
    out
}

fn text(evidence: &EvidenceV1, fail_on: Severity, exit: Exit, places: &[(&str, String)], no_time: Option<&str>, ui: &Ui) -> String {
    let mut out = figures(evidence, ui);
    let mut put = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    let worse = not_good(evidence);
    for finding in worse.iter().take(SHOWN) {
        let f = &finding.finding;
        put(&format!("\n{} {} {} ({})", ui.verdict(f.verdict).trim_end(), f.check, visible(&f.subject.label()), f.severity));
        wrap(&visible(&f.reason), 76).iter().for_each(|l| put(&format!("    {l}")));
    }
    if worse.len() > SHOWN {
        put(&format!("\n… and {} more, in the reports.", worse.len() - SHOWN));
    }
    put("");
    wrap(&evidence.completeness.sentence, 80).iter().for_each(|l| put(l));
    let manual = count(evidence, Verdict::Manual);
    if manual > 0 {
        put(&format!("{manual} MANUAL: a human must supply evidence."));
    }
    if let Some(why) = no_time {
        put(&ui.heading("SEALED WITHOUT TRUSTED TIME"));
        wrap(&visible(why), 80).iter().for_each(|l| put(l));
    }
    let why = match exit {
        Exit::Failed => format!("Exit code 1: something at or above {fail_on} failed."),
        Exit::Incomplete if no_time.is_some() && exit::of(evidence, fail_on) == Exit::Done => {
            "Exit code 3: sealed without the trusted time that was asked for.".to_owned()
        }
        Exit::Incomplete => "Exit code 3: something could not be decided.".to_owned(),
        _ => format!("Exit code 0: nothing at or above {fail_on} failed."),
    };
    put(&why);
    if !places.is_empty() {
        put("");
    }
    for (name, path) in places {
        put(&format!("{name:<9} {path}"));
    }
    out
}

fn count(evidence: &EvidenceV1, verdict: Verdict) -> u64 {
    evidence.verdict_counts().get(&verdict).copied().unwrap_or(0)
}

/// FAIL before INCOMPLETE, the most severe first.
fn not_good(evidence: &EvidenceV1) -> Vec<&MappedFinding> {
    let mut found: Vec<&MappedFinding> =
        evidence.findings.iter().filter(|f| matches!(f.finding.verdict, Verdict::Fail | Verdict::Incomplete)).collect();
    found.sort_by_key(|f| (f.finding.verdict, std::cmp::Reverse(f.finding.severity)));
    found
}
