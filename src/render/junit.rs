//! `junit.xml` for CI: a suite a pool (and one for the run), a case a finding. FAIL is a failure, INCOMPLETE an error, MANUAL and
//! NOT_APPLICABLE are skipped with their reason: only PASS is a passed case. One case more says whether the run is complete: who
//! gates on this file alone must not see green where the exit code is 3. The shape is that of the common `junit-10.xsd`.

use super::html;
use super::view::{FindingView, View};
use super::visible;
use crate::model::id::PoolId;
use crate::model::verdict::Verdict;
use std::collections::BTreeMap;

/// The whole file.
pub fn render(view: &View<'_>) -> String {
    let mut suites: BTreeMap<Option<&PoolId>, Vec<&FindingView<'_>>> = BTreeMap::from([(None, Vec::new())]);
    for finding in &view.findings {
        suites.entry(finding.finding.subject.pool()).or_default().push(finding);
    }
    // The instant without milliseconds or zone: xs:dateTime as junit-10.xsd restricts it.
    let at = view.evidence.run.at.get(..19).unwrap_or_default();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<&FindingView<'_>> = view.findings.iter().collect();
    let lacking = !view.evidence.completeness.complete;
    out.push_str(&format!("<testsuites name=\"poolproof\" {} time=\"0\">\n", figures(&all, false, Some(lacking))));
    for (pool, findings) in &suites {
        let name = pool
            .and_then(|p| view.pool(p))
            .map_or_else(|| pool.map_or_else(|| "this run".to_owned(), ToString::to_string), |p| p.label.clone());
        out.push_str(&format!(
            "  <testsuite name=\"{}\" {} time=\"0\" timestamp=\"{}\" hostname=\"poolproof\">\n",
            escape(&name),
            figures(findings, true, pool.is_none().then_some(lacking)),
            escape(at)
        ));
        if pool.is_none() {
            completeness(&mut out, view);
        }
        findings.iter().for_each(|f| case(&mut out, f));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// The counts of a suite; `lacking` where the case of completeness is in it. The outermost element has no `skipped` in the
/// common schema.
fn figures(findings: &[&FindingView<'_>], skipped: bool, lacking: Option<bool>) -> String {
    let of = |verdicts: &[Verdict]| findings.iter().filter(|f| verdicts.contains(&f.finding.verdict)).count();
    let tests = findings.len() + usize::from(lacking.is_some());
    let errors = of(&[Verdict::Incomplete]) + usize::from(lacking == Some(true));
    let mut text = format!("tests=\"{tests}\" failures=\"{}\" errors=\"{errors}\"", of(&[Verdict::Fail]));
    if skipped {
        text.push_str(&format!(" skipped=\"{}\"", of(&[Verdict::Manual, Verdict::NotApplicable])));
    }
    text
}

/// Whether everything was asked and answered, as the exit code has it.
fn completeness(out: &mut String, view: &View<'_>) {
    let found = &view.evidence.completeness;
    out.push_str("    <testcase name=\"The run is complete\" classname=\"poolproof.completeness\" time=\"0\"");
    match found.complete {
        true => out.push_str("/>\n"),
        false => {
            let message = escape(&found.sentence);
            out.push_str(&format!(">\n      <error message=\"{message}\" type=\"incomplete\">{message}</error>\n    </testcase>\n"));
        }
    }
}

fn case(out: &mut String, f: &FindingView<'_>) {
    let finding = f.finding;
    let name = format!("{} {} ({})", finding.check, finding.title, f.about);
    out.push_str(&format!(
        "    <testcase name=\"{}\" classname=\"poolproof.{}\" time=\"0\"",
        escape(&name),
        escape(finding.check.as_str())
    ));
    let element = match finding.verdict {
        Verdict::Pass => {
            out.push_str("/>\n");
            return;
        }
        Verdict::Fail => "failure",
        Verdict::Incomplete => "error",
        Verdict::Manual | Verdict::NotApplicable => "skipped",
    };
    let message = escape(&format!("{}: {}", finding.verdict, finding.reason));
    if element == "skipped" {
        out.push_str(&format!(">\n      <skipped message=\"{message}\"/>\n    </testcase>\n"));
        return;
    }
    let pointers: Vec<String> =
        finding.evidence.iter().take(20).map(|e| format!("{} {}", e.call, e.pointer).trim_end().to_owned()).collect();
    let rides =
        f.exceptions.iter().map(|e| format!("Exception {} rides on it and changes nothing: {}\n", e.number, e.reason)).collect::<String>();
    let uncovered = f.uncovered.map(|said| format!("{said}\n")).unwrap_or_default();
    let body = escape(&format!("{}\nSeverity: {}\n{rides}{uncovered}Evidence:\n{}", finding.reason, finding.severity, pointers.join("\n")));
    out.push_str(&format!(">\n      <{element} message=\"{message}\" type=\"{}\">{body}</{element}>\n    </testcase>\n", finding.severity));
}

/// Text for XML 1.0: markup escaped; what XML cannot hold, or what would hide or reorder text, as its number.
fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push('\n'),
            c if c.is_control() || visible::is_invisible(c) => shown.push_str(&visible::substitute(c)),
            c => shown.push(c),
        }
    }
    html::escape(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    fn xml() -> String {
        let evidence = testdata::evidence();
        render(&View::new(&evidence, &BTreeMap::new(), b"{}"))
    }

    #[test]
    fn every_verdict_becomes_what_a_ci_server_shows() {
        let xml = xml();
        let doc = roxmltree::Document::parse(&xml).unwrap();
        let count = |name: &str| doc.descendants().filter(|n| n.has_tag_name(name)).count();
        let lacking = usize::from(!testdata::evidence().completeness.complete);
        assert_eq!((count("testsuite"), count("testcase")), (4, testdata::evidence().findings.len() + 1));
        assert_eq!((count("failure"), count("error"), count("skipped")), (3, 2 + lacking, 2));
        for suite in doc.descendants().filter(|n| n.has_tag_name("testsuite")) {
            for (attribute, tag) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
                let found = suite.descendants().filter(|n| n.has_tag_name(tag)).count();
                assert_eq!(suite.attribute(attribute), Some(found.to_string().as_str()), "{attribute}");
            }
        }
    }

    #[test]
    fn a_run_that_is_not_complete_is_not_green_though_every_finding_passes() {
        let mut evidence = testdata::evidence();
        evidence.findings.retain(|f| f.finding.verdict == Verdict::Pass);
        for (complete, errors) in [(true, 0), (false, 1)] {
            evidence.completeness.complete = complete;
            let xml = render(&View::new(&evidence, &BTreeMap::new(), b"{}"));
            let doc = roxmltree::Document::parse(&xml).unwrap();
            assert_eq!(doc.descendants().filter(|n| n.has_tag_name("error")).count(), errors);
            assert_eq!(doc.root_element().attribute("errors"), Some(errors.to_string().as_str()));
        }
    }

    /// The element and attribute names of junit-10.xsd (xunit plugin of Jenkins), as far as used here.
    #[test]
    fn only_what_the_common_schema_knows_is_written() {
        let xml = xml();
        let doc = roxmltree::Document::parse(&xml).unwrap();
        let allowed: &[(&str, &str, &[&str])] = &[
            ("testsuites", "", &["name", "time", "tests", "failures", "errors"]),
            ("testsuite", "testsuites", &["name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"]),
            ("testcase", "testsuite", &["name", "classname", "time"]),
            ("failure", "testcase", &["message", "type"]),
            ("error", "testcase", &["message", "type"]),
            ("skipped", "testcase", &["message"]),
        ];
        for node in doc.descendants().filter(|n| n.is_element()) {
            let (_, parent, attributes) = allowed.iter().find(|(name, ..)| node.has_tag_name(*name)).unwrap();
            assert_eq!(node.parent_element().map_or("", |p| p.tag_name().name()), *parent);
            assert!(node.attributes().all(|a| attributes.contains(&a.name())), "{node:?}");
        }
    }

    #[test]
    fn a_strangers_name_is_text_only() {
        let xml = xml();
        assert!(!xml.contains("<script") && !xml.contains('\u{202E}'));
        let doc = roxmltree::Document::parse(&xml).unwrap();
        let shown = doc.descendants().filter_map(|n| n.attribute("message")).any(|m| m.contains("<script>alert(1)</script>"));
        assert!(shown, "the name is shown as it is");
    }
}
