//! Bars of time as HTML: drawn with widths only, with the whole of each bar as a label for who cannot see it.

use super::{Writer, escape};
use crate::render::blocks::*;

impl Writer<'_> {
    pub(super) fn timeline(&mut self, t: &Timeline) {
        self.push("<figure class=\"timeline\">\n");
        if !t.caption.is_empty() {
            let words = self.inlines(&t.caption);
            self.push(&format!("<figcaption>{words}</figcaption>\n"));
        }
        for lane in &t.lanes {
            let (label, note, alt) = (self.safe(&lane.label), self.safe(&lane.note), self.safe(&lane.alt));
            self.push(&format!(
                "<div class=\"pool\"><p><b>{label}</b> <span>{note}</span></p>\n<div class=\"line\" role=\"img\" aria-label=\"{label}: {alt}\">"
            ));
            for s in &lane.stretches {
                let (left, width) = (percent(s.from), percent(s.to.saturating_sub(s.from)));
                let mark = if s.to.saturating_sub(s.from) >= 25_000 { s.state.sign() } else { ' ' };
                self.push(&format!("<i class=\"{}\" style=\"left:{left};width:{width}\">{mark}</i>", fill(s.state)));
            }
            self.push("</div>\n<div class=\"axis\" aria-hidden=\"true\">");
            for tick in &t.ticks {
                let (at, label) = (percent(tick.at), self.safe(&tick.label));
                let minor = if tick.label.is_empty() { " class=\"minor\"" } else { "" };
                self.push(&format!("<span{minor} style=\"left:{at}\">{label}</span>"));
            }
            self.push("</div>\n<ul>");
            for (state, lasted) in &lane.legend {
                let (lasted, word) = (self.safe(lasted), escape(state.word()));
                self.push(&format!(
                    "<li><i class=\"{}\" aria-hidden=\"true\">{}</i><b>{word}</b> {lasted}</li>",
                    fill(*state),
                    state.sign()
                ));
            }
            self.push("</ul></div>\n");
        }
        self.push("</figure>\n");
    }
}

fn percent(part: u32) -> String {
    format!("{}.{:04}%", part / 10_000, part % 10_000)
}

/// How a stretch is filled: told apart by lightness, hatching and sign too.
fn fill(state: ModeState) -> &'static str {
    match state {
        ModeState::On => "on",
        ModeState::Optional => "optional",
        ModeState::Off => "off",
        ModeState::Unknown => "unknown",
    }
}
