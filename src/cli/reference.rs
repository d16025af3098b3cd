//! The catalogue as one Markdown page: what each check looks at and decides, and which controls rest on it, and why.
//!
//! `poolproof explain --all` prints it; `samples/catalogue.md` is the release's. It must not say more of a check or a control
//! than the catalogue and the texts do.

use crate::checks::{self, Check, Decide, texts::Text, texts::Texts};
use crate::controls::catalogue::{Catalogue, Control, Framework, Strength};
use crate::model::id::CheckId;
use std::fmt::Write as _;

/// How the page begins: what the words mean on which everything below rests.
const HOW_TO_READ: &str = "\
Verdicts: **PASS**; **FAIL**; **NOT_APPLICABLE**, with the rule that says so; **MANUAL**, a human must supply evidence; **INCOMPLETE**,
something was not read, and that is never taken for good or bad. Only PASS is PASS. An exception rides on a FAIL and never changes it.

A mapping is as strong as its word:

- **direct**: the check tests the control, or a way round it, and decides it: FAIL before INCOMPLETE, MANUAL and PASS.
- **supporting**: it bears on the control without testing it. It decides only where nothing direct is mapped, and the control is then
  \"supported\" or \"not supported\" by this evidence, never met.
- **context**: worth knowing beside the control. It never counts.

No control is ever printed as met: \"n of m direct findings pass; covers only …\". Titles and descriptions of controls are our own
words; the framework's text decides. The severity of a FAIL is the usual one; a finding may carry another. In commands, `$POOL` and
`$REGION` stand for the pool that a finding names.
";

/// The whole page.
pub fn page(catalogue: &Catalogue, texts: &Texts) -> String {
    let mut page = Page(String::new());
    page.line("<!-- Printed by `poolproof explain --all`. Do not edit. -->\n");
    page.line("# The catalogue\n");
    page.line(&format!("`{}`, SHA-256 `{}`.\n", catalogue.version(), catalogue.digest()));
    page.line(HOW_TO_READ);
    page.line("Contents: [the checks](#checks), [the names of the policy](#policy)");
    for framework in catalogue.frameworks() {
        page.line(&format!("· [{}](#{})", inline(&framework.name), anchor(&framework.id)));
    }
    page.line("\n<a id=\"checks\"></a>\n\n## The checks\n");
    overview(&mut page, catalogue, texts);
    for check in checks::all() {
        if let Some(text) = texts.get(&CheckId::from(check.id)) {
            explain_check(&mut page, check, text, catalogue);
        }
    }
    named(&mut page, catalogue);
    for framework in catalogue.frameworks() {
        explain_framework(&mut page, framework, texts);
    }
    page.0
}

/// One line a check; how many controls of each framework it decides.
fn overview(page: &mut Page, catalogue: &Catalogue, texts: &Texts) {
    page.line("The figures: controls that the check is direct for, and in brackets those that it supports.\n");
    let heads: Vec<String> = catalogue.frameworks().iter().map(|f| inline(&f.name)).collect();
    page.line(&format!("| check | looks at | a FAIL is | {} |", heads.join(" | ")));
    page.line(&format!("|---|---|---|{}", "---|".repeat(heads.len())));
    for check in checks::all() {
        let id = CheckId::from(check.id);
        let count = |framework: &Framework, strength| framework.mappings.iter().filter(|m| m.check == id && m.strength == strength).count();
        let cell = |f: &Framework| match (count(f, Strength::Direct), count(f, Strength::Supporting)) {
            (0, 0) => String::new(),
            (direct, 0) => direct.to_string(),
            (0, supporting) => format!("({supporting})"),
            (direct, supporting) => format!("{direct} ({supporting})"),
        };
        let cells: Vec<String> = catalogue.frameworks().iter().map(cell).collect();
        let title = texts.get(&id).map_or("", |t| t.title.as_str());
        let link = format!("[{}](#{}) {}", check.id, anchor(check.id), inline(title));
        page.line(&format!("| {link} | {} | {} | {} |", looks_at(check), check.severity, cells.join(" | ")));
    }
    page.line("");
}

/// What the check has a finding for.
pub fn looks_at(check: &Check) -> &'static str {
    match check.decide {
        Decide::Pool(_) => "each pool",
        Decide::Client(_) => "each app client",
        Decide::Run(_) => "the run",
        Decide::PoolAndRun(..) => "each pool, and the run",
    }
}

fn explain_check(page: &mut Page, check: &Check, text: &Text, catalogue: &Catalogue) {
    page.heading(3, check.id, &format!("{}: {}", check.id, inline(&text.title)));
    page.line(&format!("Looks at {}. A FAIL is {}. Logic revision {}.\n", looks_at(check), check.severity, check.revision));
    page.part("Why it matters");
    page.prose(&text.why.replace('\n', " "));
    page.part("How it is decided");
    page.prose(&text.how_decided);
    page.part("By hand");
    page.code(&text.by_hand);
    page.part("What to do about a FAIL");
    page.prose(&text.remediation);
    page.part("Controls");
    let id = CheckId::from(check.id);
    for strength in [Strength::Direct, Strength::Supporting, Strength::Context] {
        let link = |(f, m): (&Framework, &crate::controls::catalogue::Mapping)| {
            let full = f.control_id(&m.control);
            format!("[{}](#{})", inline(full.as_str()), anchor(full.as_str()))
        };
        let links: Vec<String> = catalogue.mappings_of(&id).filter(|(_, m)| m.strength == strength).map(link).collect();
        if !links.is_empty() {
            page.line(&format!("- {}: {}", strength.word(), links.join(", ")));
        }
    }
    page.line("");
    page.part("Sources");
    page.list(text.references.iter().map(String::as_str));
}

/// The names under which the organisation's policy asks for MFA.
fn named(page: &mut Page, catalogue: &Catalogue) {
    page.line("<a id=\"policy\"></a>\n\n## The names of the policy\n");
    page.line("Controls under which policies commonly ask for MFA, and where the matter really is.\n");
    page.line("| named | truth | in the catalogue |\n|---|---|---|");
    for named in catalogue.named_by_policy() {
        let links: Vec<String> = named.controls.iter().map(|c| format!("[{}](#{})", inline(c.as_str()), anchor(c.as_str()))).collect();
        page.line(&format!("| {} | {} | {} |", inline(&named.name), inline(&named.truth), links.join(", ")));
    }
    page.line("");
}

fn explain_framework(page: &mut Page, framework: &Framework, texts: &Texts) {
    page.heading(2, &framework.id, &inline(&framework.name));
    if framework.own {
        page.line("**A framework of your own**: the release does not have it.\n");
    }
    page.line(&format!(
        "Id `{}`. Text: {}, as of {}. Revision {} of this mapping.\n",
        framework.id,
        inline(&framework.version),
        framework.as_of,
        framework.revision
    ));
    page.line(&format!("Source: {}\n", inline(&framework.source)));
    page.line(&format!("{}\n", inline(&framework.licence)));
    if framework.needs_pci_scope {
        page.line("Nothing here is better than MANUAL for a pool whose `audience` and `pci_scope` are not declared.\n");
    }
    page.part("What this evidence does not cover");
    page.list(framework.not_covered.iter().map(String::as_str));
    for control in &framework.controls {
        explain_control(page, framework, control, texts);
    }
}

fn explain_control(page: &mut Page, framework: &Framework, control: &Control, texts: &Texts) {
    let id = framework.control_id(&control.id);
    page.heading(3, id.as_str(), &format!("{}: {}", inline(id.as_str()), inline(&control.title)));
    page.line(&format!("{}\n", inline(&control.description)));
    if let Some(specification) = control.specification {
        page.line(&format!("Specification: {}.\n", specification.word()));
    }
    if let Some(as_of) = control.proposed {
        page.line(&format!("Proposed, not in force as of {as_of}: shown, never scored.\n"));
    }
    if framework.manual_when_connected.contains(&control.id) {
        page.line("MANUAL for a pool that is only connected to the cardholder data environment.\n");
    }
    if !control.members.is_empty() {
        let link = |member: &String| {
            let full = framework.control_id(member);
            format!("[{}](#{})", inline(full.as_str()), anchor(full.as_str()))
        };
        let links: Vec<String> = control.members.iter().map(link).collect();
        page.line(&format!("A group, never better than its worst member: {}.\n", links.join(", ")));
        return;
    }
    let mut mappings: Vec<_> = framework.mappings_of(&control.id).collect();
    mappings.sort_by(|a, b| (a.strength, &a.check).cmp(&(b.strength, &b.check)));
    if mappings.is_empty() {
        page.line("No check is mapped: this evidence says nothing of it.\n");
        return;
    }
    page.line("| check | strength | why |\n|---|---|---|");
    for m in mappings {
        let title = texts.get(&m.check).map_or("", |t| t.title.as_str());
        let note = if m.note.is_empty() { String::new() } else { format!(" ({})", inline(&m.note)) };
        let check = format!("[{}](#{}) {}", m.check, anchor(m.check.as_str()), inline(title));
        page.line(&format!("| {check} | {}{note} | {} |", m.strength.word(), inline(&m.why)));
    }
    page.line("");
}

/// Text in a line or a cell: a framework's file must not break the page that shows it. Code spans are left.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '[' | ']' | '*' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The target of a link to a check, a control or a framework.
fn anchor(id: &str) -> String {
    id.chars().map(|c| if c.is_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' }).collect()
}

/// Whether a line of a text belongs to a command.
fn is_command(line: &str) -> bool {
    ["aws ", "jq ", "  "].iter().any(|begin| line.starts_with(begin))
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}");
    }
    fn heading(&mut self, level: usize, id: &str, text: &str) {
        self.line(&format!("<a id=\"{}\"></a>\n\n{} {text}\n", anchor(id), "#".repeat(level)));
    }
    fn part(&mut self, name: &str) {
        self.line(&format!("**{name}**\n"));
    }
    /// An empty line, where there is none: else what follows would belong to the list before it.
    fn apart(&mut self) {
        if !self.0.ends_with("\n\n") {
            self.line("");
        }
    }
    fn list<'t>(&mut self, items: impl Iterator<Item = &'t str>) {
        items.for_each(|item| self.line(&format!("- {}", inline(item))));
        self.line("");
    }
    fn code(&mut self, text: &str) {
        self.apart();
        self.line(&format!("```sh\n{}\n```\n", text.trim_end()));
    }
    /// Paragraphs, with the commands among them in a block each. A verdict at the beginning of a line is its label.
    fn prose(&mut self, text: &str) {
        let mut code: Vec<&str> = Vec::new();
        for line in text.trim_end().lines().chain([""]) {
            if is_command(line) {
                code.push(line);
                continue;
            }
            if !code.is_empty() {
                self.code(&std::mem::take(&mut code).join("\n"));
            }
            if line.is_empty() {
                continue;
            }
            let label = line.split_once(':').filter(|(word, _)| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
            match label {
                Some((word, rest)) => self.line(&format!("- **{word}**:{}", inline(rest))),
                None => {
                    self.apart();
                    self.line(&format!("{}\n", inline(line)));
                }
            }
        }
        self.apart();
    }
}
