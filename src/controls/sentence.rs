//! The words of a roll-up. A control is never said to pass or to be met: only how many findings do, and what is left.

use super::assess::{Basis, DECLARED_OUT, Gate, NOT_EVALUATED, Tally};
use super::catalogue::Control;
use crate::clock;
use crate::model::verdict::Verdict;
use chrono::{DateTime, Utc};

/// What is listed after the count, in this order.
const LISTED: [(&str, &str); 5] = [
    ("FAIL", "FAIL"),
    ("INCOMPLETE", "INCOMPLETE"),
    (NOT_EVALUATED, "not evaluated"),
    ("MANUAL", "MANUAL"),
    (DECLARED_OUT, "declared out by the owner"),
];

/// The sentences of one roll-up.
pub(super) fn of(
    control: &Control,
    basis: Basis,
    gate: Option<Gate>,
    verdict: Option<Verdict>,
    tally: &Tally,
    at: DateTime<Utc>,
    period: &str,
) -> String {
    if let Some(day) = control.proposed {
        return format!("Proposed, not in force as of {day}: shown for information, not scored.");
    }
    if basis == Basis::None {
        return "Only context is mapped: no finding counts towards it.".to_owned();
    }
    let mut text = String::new();
    if let Some(gate) = gate {
        text.push_str(match gate {
            Gate::Undeclared => "For a human to decide: audience and pci_scope are not both declared. ",
            Gate::Consumer => "Declared out by the owner (audience consumer), for a human to confirm. ",
            Gate::Out => "Declared out by the owner (pci_scope out), for a human to confirm. ",
            Gate::Connected => "For a human to decide: the pool is declared connected to, not part of, the cardholder data environment. ",
        });
    }
    let kind = match basis {
        Basis::Direct => "direct ",
        Basis::Supporting => "supporting ",
        Basis::Mixed | Basis::None => "",
    };
    if basis == Basis::Supporting && gate.is_none() {
        text.push_str(match verdict {
            Some(Verdict::Pass) => "Supported by this evidence: ",
            Some(Verdict::Fail) => "Not supported by this evidence: ",
            Some(Verdict::NotApplicable) => "",
            _ => "Whether this evidence supports it is open: ",
        });
    }
    if tally.of == 0 {
        text.push_str(&format!("no {kind}finding applies"));
    } else {
        text.push_str(&format!("{} of {} {kind}findings pass", tally.pass, tally.of));
    }
    for (word, said) in LISTED {
        if let Some(ids) = tally.checks.get(word) {
            text.push_str(&format!("; {said}: {}", ids.iter().map(String::as_str).collect::<Vec<_>>().join(", ")));
        }
    }
    text.push_str(&format!("; covers only sign-in through the user pools read, never the whole of {}.", control.id));
    text.push_str(&format!(" As of {}", clock::rfc3339(at)));
    if tally.covers_period() {
        text.push_str(&format!("; COG-LOG-005 covers the period {period}"));
    }
    text.push('.');
    text
}
