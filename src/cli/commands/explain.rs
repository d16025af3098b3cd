//! `poolproof explain`: everything the catalogue knows of one check or control.

use super::args::Explain;
use super::evidence_folder::catalogue;
use super::ui::Ui;
use crate::checks::{self, texts::Texts};
use crate::cli::exit::{CliError, Exit};
use crate::cli::reference;
use crate::config::{table::nearest, wrap};
use crate::controls::catalogue::{Catalogue, Control, Framework};
use crate::model::id::{CheckId, ControlId};
use serde_json::{Value, json};

/// Columns of a terminal that nobody has widened.
const WIDTH: usize = 80;

/// Prints the explanation.
pub fn run(options: &Explain, ui: &Ui) -> Result<Exit, CliError> {
    let catalogue = &catalogue(options.catalogue.as_deref())?;
    let texts = Texts::release().map_err(CliError::operational)?;
    let Some(id) = options.id.as_deref().map(str::trim) else {
        ui.raw(&reference::page(catalogue, &texts))?;
        return Ok(Exit::Done);
    };
    let (text, value) = if let Some(check) = checks::all().find(|c| c.id.eq_ignore_ascii_case(id)) {
        explain_check(check, &texts, catalogue, ui)
    } else if let Some((framework, control)) = find_control(catalogue, id) {
        explain_control(framework, control, &texts, ui)
    } else {
        return Err(unknown(catalogue, id));
    };
    if options.json {
        ui.json(&value)?
    } else {
        ui.raw(&text)?
    }
    Ok(Exit::Done)
}

/// By the full id, or by the control's own where only one framework has it.
fn find_control<'c>(catalogue: &'c Catalogue, id: &str) -> Option<(&'c Framework, &'c Control)> {
    let all = || catalogue.frameworks().iter().flat_map(|f| f.controls.iter().map(move |c| (f, c)));
    let full = all().find(|(f, c)| f.control_id(&c.id).as_str().eq_ignore_ascii_case(id));
    let mut short = all().filter(|(_, c)| c.id.eq_ignore_ascii_case(id));
    full.or_else(|| short.next().filter(|_| short.next().is_none()))
}

fn unknown(catalogue: &Catalogue, id: &str) -> CliError {
    let controls = catalogue.frameworks().iter().flat_map(|f| f.controls.iter().map(|c| f.control_id(&c.id)));
    let controls: Vec<ControlId> = controls.collect();
    let full: Vec<&str> = checks::all().map(|c| c.id).chain(controls.iter().map(ControlId::as_str)).collect();
    let short: Vec<&str> = full.iter().map(|id| id.split_once(':').map_or(*id, |(_, short)| short)).collect();
    let near = nearest(id, &full).or_else(|| nearest(id, &short)).map_or_else(String::new, |n| format!("; did you mean {n}?"));
    CliError::usage(format!("{id:?} is neither a check nor a control{near} (see: poolproof list checks, poolproof list controls)"))
}

fn explain_check(check: &checks::Check, texts: &Texts, catalogue: &Catalogue, ui: &Ui) -> (String, Value) {
    let id = CheckId::from(check.id);
    let mut page = Page::new(ui);
    let mut controls = Vec::new();
    for (framework, mapping) in catalogue.mappings_of(&id) {
        controls.push((framework.control_id(&mapping.control), mapping));
    }
    let mut value = json!({
        "id": check.id, "revision": check.revision, "severity": check.severity,
        "controls": controls.iter().map(|(c, m)| json!({ "id": c, "strength": m.strength.word(), "note": m.note, "why": m.why })).collect::<Vec<_>>(),
    });
    let title = texts.get(&id).map_or("", |t| t.title.as_str());
    page.title(&format!("{}  {title}", check.id));
    page.line(&format!("Looks at {}. A FAIL is {}. Logic revision {}.", reference::looks_at(check), check.severity, check.revision));
    if let Some(text) = texts.get(&id) {
        page.part("Why it matters", &text.why.replace('\n', " "));
        page.part("How it is decided", &text.how_decided);
        page.part("By hand", "");
        text.by_hand.lines().for_each(|line| page.put(format!("  {line}").trim_end()));
        page.part("What to do about a FAIL", &text.remediation);
        page.part("Sources", &text.references.join("\n"));
        if let Value::Object(map) = &mut value {
            map.insert("title".to_owned(), json!(text.title));
            map.insert("why".to_owned(), json!(text.why));
            map.insert("how_decided".to_owned(), json!(text.how_decided));
            map.insert("by_hand".to_owned(), json!(text.by_hand));
            map.insert("remediation".to_owned(), json!(text.remediation));
            map.insert("references".to_owned(), json!(text.references));
        }
    }
    let lines: Vec<String> = controls.iter().map(|(c, m)| format!("{c} ({}): {}", m.strength.word(), m.why)).collect();
    page.part("Controls", if lines.is_empty() { "None." } else { "" });
    lines.iter().for_each(|l| page.item(l));
    (page.text, value)
}

fn explain_control(framework: &Framework, control: &Control, texts: &Texts, ui: &Ui) -> (String, Value) {
    let id = framework.control_id(&control.id);
    let mut page = Page::new(ui);
    page.title(&format!("{id}  {}", control.title));
    page.line(&format!("{} ({}), as of {}", framework.name, framework.version, framework.as_of));
    if framework.own {
        page.line("A framework of your own: the release does not have it.");
    }
    page.part(if framework.own { "In the file's words" } else { "In our words" }, &control.description);
    if let Some(as_of) = control.proposed {
        page.part("Proposed", &format!("Not in force as of {as_of}: shown, never scored."));
    }
    if let Some(specification) = control.specification {
        page.part("Specification", specification.word());
    }
    if !control.members.is_empty() {
        page.part("A group of", &control.members.join(", "));
    }
    let evaluated: Vec<&str> = checks::all().map(|c| c.id).collect();
    let mut mappings: Vec<_> = framework.mappings_of(&control.id).collect();
    mappings.sort_by(|a, b| (a.strength, &a.check).cmp(&(b.strength, &b.check)));
    page.part("Checks", if mappings.is_empty() { "None." } else { "" });
    for m in &mappings {
        let title = texts.get(&m.check).map_or("", |t| t.title.as_str());
        let later = if evaluated.contains(&m.check.as_str()) { "" } else { " [not evaluated by this release]" };
        page.item(&format!("{} ({}) {title}{later}: {}", m.check, m.strength.word(), m.why));
    }
    page.part("What this evidence does not cover", "");
    framework.not_covered.iter().for_each(|l| page.item(l));
    page.part("Source", &format!("{}\n{}", framework.source, framework.licence));
    let value = json!({
        "id": id, "title": control.title, "description": control.description, "framework": framework.name, "version": framework.version,
        "own": framework.own, "as_of": framework.as_of, "proposed": control.proposed, "specification": control.specification.map(|s| s.word()), "members": control.members,
        "source": framework.source, "licence": framework.licence, "not_covered": framework.not_covered,
        "checks": mappings.iter().map(|m| json!({
            "id": m.check, "strength": m.strength.word(), "note": m.note, "why": m.why, "evaluated": evaluated.contains(&m.check.as_str()),
        })).collect::<Vec<_>>(),
    });
    (page.text, value)
}

/// Text of at most 80 columns; commands stay in one piece.
struct Page<'u> {
    ui: &'u Ui,
    text: String,
}

impl<'u> Page<'u> {
    fn new(ui: &'u Ui) -> Self {
        Self { ui, text: String::new() }
    }
    fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
    fn title(&mut self, text: &str) {
        for line in wrap(text, WIDTH) {
            let line = self.ui.heading(&line);
            self.put(&line);
        }
    }
    fn line(&mut self, text: &str) {
        wrap(text, WIDTH).iter().for_each(|l| self.put(l));
    }
    fn part(&mut self, heading: &str, text: &str) {
        let heading = self.ui.heading(heading);
        self.put("");
        self.put(&heading);
        for line in text.lines() {
            let command = ["aws ", "jq ", "  "].iter().any(|p| line.starts_with(p));
            if command || line.trim().is_empty() {
                self.put(format!("  {line}").trim_end());
            } else {
                wrap(line, WIDTH - 2).iter().for_each(|l| self.put(&format!("  {l}")));
            }
        }
    }
    fn item(&mut self, text: &str) {
        for (n, line) in wrap(text, WIDTH - 4).iter().enumerate() {
            self.put(&format!("  {} {line}", if n == 0 { '-' } else { ' ' }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Color, Common};
    use super::*;

    #[test]
    fn every_check_and_control_is_explained_in_80_columns_with_all_its_parts() {
        let ui = Ui::new(&Common { quiet: true, color: Color::Never });
        let catalogue = Catalogue::release().unwrap();
        let texts = Texts::release().unwrap();
        let mut pages = Vec::new();
        for check in checks::all() {
            let (page, value) = explain_check(check, &texts, catalogue, &ui);
            for part in ["Why it matters", "How it is decided", "By hand", "What to do about a FAIL", "Sources", "Controls"] {
                let below = page.split_once(&format!("\n\n{part}\n")).map_or("", |(_, below)| below);
                assert!(below.starts_with("  ") && below.trim_start().len() > 30, "{}: {part}", check.id);
            }
            assert_ne!(value["controls"], json!([]), "{}", check.id);
            pages.push(page);
        }
        for framework in catalogue.frameworks() {
            for control in &framework.controls {
                let (page, value) = explain_control(framework, control, &texts, &ui);
                assert!(page.contains(&control.description.split_whitespace().take(3).collect::<Vec<_>>().join(" ")), "{page}");
                assert!(value["checks"] != json!([]) || value["members"] != json!([]), "{}", control.id);
                pages.push(page);
            }
        }
        for page in pages {
            let long: Vec<&str> = page
                .lines()
                .filter(|l| l.chars().count() > WIDTH && l.trim().contains(' ') && !l.trim_start().starts_with("aws "))
                .collect();
            assert!(long.is_empty(), "{long:#?}");
            assert!(page.lines().count() > 8, "{page}");
        }
    }

    #[test]
    fn a_control_is_found_by_its_own_id_only_where_that_is_unambiguous() {
        let catalogue = Catalogue::release().unwrap();
        let found = |id: &str| find_control(catalogue, id).map(|(f, c)| f.control_id(&c.id).to_string());
        assert_eq!(found("soc2:cc6.6").as_deref(), Some("soc2:CC6.6"));
        assert_eq!(found("CC6.6").as_deref(), Some("soc2:CC6.6"));
        assert_eq!(found("CC99"), None);
    }
}
