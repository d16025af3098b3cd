//! `poolproof list`: what the catalogue knows, one line each.

use super::args::{List, Listed};
use super::evidence_folder::catalogue;
use super::ui::Ui;
use crate::checks::{self, texts::Texts};
use crate::cli::exit::{CliError, Exit};
use crate::controls::catalogue::Catalogue;
use crate::model::id::CheckId;
use crate::model::scope::Format;
use serde_json::{Value, json};

/// Prints the list.
pub fn run(options: &List, ui: &Ui) -> Result<Exit, CliError> {
    let (lines, values) = match options.what {
        Listed::Checks => checks()?,
        Listed::Controls => controls(&catalogue(options.catalogue.as_deref())?),
        Listed::Formats => formats(),
    };
    if options.json {
        ui.json(&Value::Array(values))?
    } else {
        ui.say(&lines.join("\n"))?
    }
    Ok(Exit::Done)
}

type Both = (Vec<String>, Vec<Value>);

fn checks() -> Result<Both, CliError> {
    let texts = Texts::release().map_err(CliError::operational)?;
    let all = checks::all().map(|c| {
        let title = texts.get(&CheckId::from(c.id)).map_or("", |t| t.title.as_str());
        let line = format!("{:<12} {:<9} {title}", c.id, c.severity);
        (line, json!({ "id": c.id, "revision": c.revision, "severity": c.severity, "title": title }))
    });
    Ok(all.unzip())
}

fn controls(catalogue: &Catalogue) -> Both {
    let mut both = Both::default();
    for framework in catalogue.frameworks() {
        for control in &framework.controls {
            let id = framework.control_id(&control.id);
            let proposed = if control.proposed.is_some() { " (proposed, not scored)" } else { "" };
            let own = if framework.own { " (own)" } else { "" };
            both.0.push(format!("{:<30} {}{proposed}{own}", id.as_str(), control.title));
            both.1.push(json!({
                "id": id, "framework": framework.name, "version": framework.version, "title": control.title,
                "proposed": control.proposed.is_some(), "own": framework.own,
                "mappings": framework.mappings_of(&control.id).count(),
            }));
        }
    }
    both
}

fn formats() -> Both {
    let all = Format::ALL.iter().map(|f| {
        let (file, what) = match f {
            Format::Json => ("evidence.json", "findings, controls, scope, completeness (always)"),
            Format::Pdf => ("report.pdf", "the report for people, with evidence.json attached (always)"),
            Format::Html => ("report.html", "the same report as one self-contained page"),
            Format::Csv => ("population.csv", "one row a user, pseudonymous by default"),
            Format::Markdown => ("formats/summary.md", "a summary for a CI job"),
            Format::Junit => ("formats/junit.xml", "one test case a finding, for CI systems"),
        };
        (format!("{f:<9} {file:<19} {what}"), json!({ "format": f, "file": file, "what": what }))
    });
    all.unzip()
}
