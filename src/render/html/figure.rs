//! Cover, tiles, matrix, bars and finding cards as HTML: each figure has its numbers as text.

use super::{Writer, class, escape, status};
use crate::render::blocks::*;
use std::fmt::Write as _;

impl Writer<'_> {
    pub(super) fn cover(&mut self, c: &Cover) {
        let (kicker, title) = (self.safe(&c.kicker), self.safe(&c.title));
        self.push(&format!("<section class=\"cover\" aria-labelledby=\"cover\">\n<div class=\"band\"><p class=\"kicker\">{kicker}</p><h1 id=\"cover\">{title}</h1>\n"));
        for line in &c.lines {
            let words = self.inlines(line);
            self.push(&format!("<p>{words}</p>\n"));
        }
        self.push("</div>\n");
        self.tiles(&c.verdicts);
        self.facts(&c.facts);
        for statement in &c.statements {
            self.callout(statement);
        }
        self.push("</section>\n");
    }

    fn facts(&mut self, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        self.push("<dl class=\"facts\">\n");
        for fact in facts {
            let (name, value) = (self.safe(&fact.name), self.inlines(&fact.value));
            self.push(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
        }
        self.push("</dl>\n");
    }

    pub(super) fn tiles(&mut self, tiles: &Tiles) {
        self.push("<ul class=\"tiles\">\n");
        for c in &tiles.counts {
            let zero = if c.count == 0 { " zero" } else { "" };
            let note = self.safe(&c.note);
            let word = c.verdict.word().replace('_', " ");
            self.push(&format!(
                "<li class=\"{}{zero}\"><b>{}</b><span><span aria-hidden=\"true\">{}</span>&nbsp;{word}</span><small>{note}</small></li>\n",
                class(c.verdict),
                c.count,
                c.verdict.sign()
            ));
        }
        self.push("</ul>\n");
    }

    pub(super) fn matrix(&mut self, m: &Matrix) {
        let single = if m.columns.len() == 1 { " single" } else { "" };
        self.push(&format!("<div class=\"scroll\" tabindex=\"0\"><table class=\"matrix{single}\">"));
        if !m.caption.is_empty() {
            let words = self.inlines(&m.caption);
            self.push(&format!("<caption>{words}</caption>"));
        }
        let control = escape(&self.labels.control);
        self.push(&format!("<thead><tr><th scope=\"col\">{control}</th>"));
        for column in &m.columns {
            let words = self.inlines(column);
            self.push(&format!("<th scope=\"col\">{words}</th>"));
        }
        self.push("</tr></thead>\n");
        for group in &m.groups {
            let title = self.safe(&group.title);
            let span = m.columns.len() + 1;
            self.push(&format!("<tbody><tr><th class=\"group\" colspan=\"{span}\" scope=\"rowgroup\">{title}</th></tr>\n"));
            for row in &group.rows {
                let (id, title) = (self.safe(&row.id), self.safe(&row.title));
                self.push(&format!("<tr><th scope=\"row\"><code>{id}</code> <span>{title}</span></th>"));
                for cell in &row.cells {
                    let text = self.safe(&cell.text);
                    let (kind, mark) = cell.verdict.map_or(("none", ' '), |v| (class(v), v.sign()));
                    self.push(&format!("<td class=\"cell {kind}\"><span aria-hidden=\"true\">{mark}</span> {text}</td>"));
                }
                self.push("</tr>\n");
            }
            self.push("</tbody>\n");
        }
        self.push("</table></div>\n");
    }

    pub(super) fn coverage(&mut self, c: &Coverage) {
        self.push("<figure class=\"coverage\">\n");
        if !c.caption.is_empty() {
            let words = self.inlines(&c.caption);
            self.push(&format!("<figcaption>{words}</figcaption>\n"));
        }
        for bar in &c.bars {
            let total = bar.parts.iter().fold(0u64, |sum, p| sum.saturating_add(p.count));
            let (label, users) = (self.safe(&bar.label), escape(&self.labels.users));
            self.push(&format!(
                "<div class=\"pool\"><p><b>{label}</b> <span>{total} {users}</span></p>\n<div class=\"bar\" aria-hidden=\"true\">"
            ));
            let mut legend = String::new();
            for part in &bar.parts {
                let fill = fill(part.state);
                if part.count > 0 {
                    self.push(&format!("<i class=\"{fill}\" style=\"flex-grow:{}\"></i>", part.count));
                }
                let label = self.safe(&part.label);
                let _ = write!(legend, "<li><i class=\"{fill}\" aria-hidden=\"true\"></i><b>{}</b> {label}</li>", part.count);
            }
            self.push(&format!("</div>\n<ul>{legend}</ul></div>\n"));
        }
        self.push("</figure>\n");
    }

    pub(super) fn finding(&mut self, f: &FindingCard) {
        let (anchor, id, title) = (self.safe(&f.anchor), self.safe(&f.id), self.safe(&f.title));
        // One level below the heading that the card stands under.
        let n = (self.level + 1).min(6);
        let severity = format!("{} {}", escape(&self.labels.severity), self.safe(&f.severity));
        let also: String = f.also.iter().map(|id| format!("<span id=\"{}\"></span>", self.safe(id))).collect();
        self.push(&format!(
            "<article class=\"finding {}\" id=\"{anchor}\" aria-labelledby=\"{anchor}-t\">\n{also}<h{n} id=\"{anchor}-t\">{} <code>{id}</code> {title} <small>{severity}</small></h{n}>\n<dl class=\"facts\">\n",
            class(f.verdict),
            status(f.verdict),
        ));
        let labels = self.labels;
        self.row(&labels.subject, std::slice::from_ref(&f.subject));
        self.row(&labels.reason, std::slice::from_ref(&f.reason));
        for fact in &f.facts {
            self.row(&fact.name, std::slice::from_ref(&fact.value));
        }
        self.row(&labels.evidence, &f.evidence);
        self.row(&labels.controls, &f.controls);
        self.push("</dl>\n");
        if !f.by_hand.is_empty() {
            let by_hand = escape(&labels.by_hand);
            self.push(&format!("<details><summary>{by_hand}</summary>"));
            self.block(&Block::Code(f.by_hand.clone()));
            self.push("</details>\n");
        }
        for note in &f.notes {
            self.callout(note);
        }
        self.push("</article>\n");
    }

    /// A name with its lines; nothing where there are none.
    fn row(&mut self, name: &str, lines: &[Inlines]) {
        if lines.iter().all(Vec::is_empty) {
            return;
        }
        let name = self.safe(name);
        let mut words = Vec::new();
        for line in lines {
            words.push(self.inlines(line));
        }
        self.push(&format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", words.join("<br>")));
    }
}

/// How a part of a bar is filled: told apart by lightness and hatching too.
fn fill(state: FactorState) -> &'static str {
    match state {
        FactorState::Enrolled => "enrolled",
        FactorState::Derived => "derived",
        FactorState::Indeterminate => "indeterminate",
        FactorState::NotEnrolled => "not-enrolled",
        FactorState::Excluded => "excluded",
        FactorState::NotAsked => "not-asked",
    }
}
