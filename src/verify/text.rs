//! A verification for people: at most 80 columns, every step, then what was proved and what was not.
//!
//! It must not leave a step out, nor let a bundle's text steer a terminal.

use super::attestation::Attested;
use super::outcome::{Outcome, Report};

/// Columns.
const WIDTH: usize = 80;

/// The report as text, with a final newline.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    wrap(&mut out, "", &report.bundle);
    out.push('\n');
    for step in &report.steps {
        let (mark, note) = match &step.outcome {
            Outcome::Passed(note) => ("ok", note),
            Outcome::Failed(note) => ("FAILED", note),
            Outcome::NotChecked(note) => ("not checked", note),
            Outcome::NotApplicable(note) => ("-", note),
        };
        let head = format!("{:>2}  {:<11}  ", step.number, mark);
        wrap(&mut out, &head, &format!("{}: {note}", step.step.title()));
    }
    if let Some(facts) = &report.facts {
        out.push('\n');
        let mut line = |label: &str, value: &str| wrap(&mut out, &format!("{label:<15}"), value);
        line("statement", &facts.statement_sha256);
        line("key", &facts.fingerprint);
        line("sealed by", facts.who.as_deref().unwrap_or("not known"));
        line("key checked at", &report.checked_at);
        line("bundle", &facts.bundle_id);
        line("period", facts.period.as_deref().unwrap_or("none stated"));
        line("judged as of", &facts.at);
        let none = "no call";
        let (from, to) = (facts.collected_from.as_deref().unwrap_or(none), facts.collected_to.as_deref().unwrap_or(none));
        line("collected", &format!("{from} to {to}, source {}, endpoints {}", facts.source, facts.endpoints));
        let verdicts: Vec<String> = facts.verdicts.iter().map(|(verdict, n)| format!("{n} {verdict}")).collect();
        line("findings", &format!("{}; {}", verdicts.join(", "), if facts.complete { "complete" } else { "NOT COMPLETE" }));
        let a = &facts.attempts;
        let number = a.number.map_or_else(|| "no journal".to_owned(), |n| format!("run {n}"));
        let new = if a.new_journal { "; the journal is new" } else { "" };
        line(
            "attempts",
            &format!("{number}; {} since the previous bundle, {} missing, by the sealer's word{new}", a.since_previous, a.missing),
        );
        if let Some(challenge) = &facts.challenge {
            line("challenge", challenge);
        }
        for stamp in &facts.stamps {
            let who = stamp.who.as_deref().map_or_else(|| format!("not known; it calls itself {}", stamp.named), str::to_owned);
            line("time stamp", &format!("{} by {who}", stamp.time));
        }
        line("previous", facts.previous.as_deref().unwrap_or("none: it calls itself the first"));
    }
    for approval in report.facts.iter().flat_map(|f| &f.approvals) {
        out.push_str(&format!("\nApproval of exception {}\n", approval.exception));
        let mut line = |label: &str, value: &str| wrap(&mut out, &format!("{label:<15}"), value);
        line("of", &approval.about);
        line("signed", &approval.standing);
        line("key", &approval.fingerprint);
        line("name given", &format!("{:?}; dated {}", approval.approver, approval.at));
    }
    for review in report.facts.iter().flat_map(|f| &f.reviews) {
        out.push_str(&format!("\nReview of access {}\n", review.review));
        let mut line = |label: &str, value: &str| wrap(&mut out, &format!("{label:<15}"), value);
        line("signed", &review.standing);
        if let Some(key) = &review.fingerprint {
            line("key", key);
        }
        let signed = review.at.as_ref().map_or_else(String::new, |at| format!("; signed {at}"));
        line("name given", &format!("{:?}, {:?}; dated {}{signed}", review.reviewer, review.role, review.on));
        line("decided", &format!("{} users to keep, {} to remove", review.keep, review.remove));
    }
    for attested in report.facts.iter().flat_map(|f| &f.attestations) {
        attestation(&mut out, attested);
    }
    for (title, sentences) in [("Proved:", &report.proved), ("Not proved:", &report.not_proved)] {
        if !sentences.is_empty() {
            out.push_str(&format!("\n{title}\n"));
            for sentence in sentences {
                wrap(&mut out, "- ", sentence);
            }
        }
    }
    let verdict = match report.exit {
        0 => "Every step that applies passed (exit 0).",
        3 => "Intact, but not every step could be checked (exit 3).",
        _ => "FAILED: altered, forged, or not signed by a trusted key (exit 4).",
    };
    out.push_str(&format!("\n{verdict}\n"));
    out
}

/// A later seal: whose key, then the reviewer's own words, marked as such.
fn attestation(out: &mut String, a: &Attested) {
    out.push_str(&format!("\nAttestation {}\n", a.number));
    let mut line = |label: &str, value: &str| wrap(out, &format!("{label:<15}"), value);
    line("signed", &a.standing);
    line("key", &a.fingerprint);
    line("name given", &format!("{:?}, {:?}; dated {}", a.name, a.role, a.at));
    line("states", &format!("{:?}", a.statement));
    line("reviewed", &a.reviewed.join(", "));
    for item in &a.items {
        let note = if item.note.is_empty() { String::new() } else { format!(": {:?}", item.note) };
        line(item.decision.word(), &format!("{}, {}{note}", item.check, item.subject));
    }
    if !a.attachments.is_empty() {
        line("attached", &a.attachments.join(", "));
    }
}

/// Adds text after a head, broken at spaces (or within a word that is too long), later lines indented to the head's width.
fn wrap(out: &mut String, head: &str, text: &str) {
    let indent = head.chars().count();
    let room = WIDTH - indent;
    let visible: String = text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect();
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in visible.split_whitespace() {
        let width: usize = word.chars().map(columns).sum();
        if used > 0 && used + 1 + width.min(room) > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            if used + columns(c) > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += columns(c);
        }
    }
    lines.push(line);
    for (n, line) in lines.iter().enumerate() {
        if n == 0 {
            out.push_str(head);
        } else {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
        out.push('\n');
    }
}

/// The most columns that a terminal gives a character: from Hangul on it may be two (Unicode, UAX 11). Were they counted as one, a
/// terminal would break the line itself, and begin the next where this program's own words begin.
fn columns(c: char) -> usize {
    if c < '\u{1100}' { 1 } else { 2 }
}

/// Characters that turn the direction of what follows (Unicode, UAX 9): a file name must not rewrite its line.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_and_hostile_characters_stay_within_the_columns() {
        let mut out = String::new();
        wrap(&mut out, " 1  ok  ", &format!("{} \u{1b}[31mred\u{202e} {}", "x".repeat(200), "word ".repeat(40)));
        assert!(out.lines().all(|l| l.chars().count() <= 80), "{out}");
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'));
        assert_eq!(out.lines().count(), 6, "{out}");
    }

    #[test]
    fn wide_characters_count_as_two_columns() {
        let mut out = String::new();
        wrap(&mut out, "states  ", &"\u{8b49}".repeat(100));
        assert!(out.lines().all(|l| l.chars().map(columns).sum::<usize>() <= WIDTH) && out.lines().count() == 3, "{out}");
    }
}
