//! Whether a password alone lets anybody in: what the MFA checks say together. Not a check: what checks of passwords ask.

use super::{custom, devices, mode, onset, users};
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;

/// What is known of sign-ins with nothing but a password.
pub enum Alone {
    /// None: MFA is required, every user has a factor, nobody is before a first sign-in, and neither devices nor code of the owner's
    /// stand for a factor.
    Nobody(Proof),
    /// Somebody is asked for nothing more.
    Somebody(Proof),
    /// Everything was read, and it is neither.
    Doubtful(Proof),
    /// One of the checks behind it is not decided: which, and where its facts stand.
    Open(&'static str, Proof),
}

/// What COG-MFA-001, 003, 009, 010 and 012 say together. The mode alone proves nobody's factor, and factors alone no mode.
pub fn password_alone(cx: &PoolCx) -> Alone {
    let enrolled = users::enrolled(cx);
    if let Ok(Decision { verdict: Verdict::Fail, proof, .. }) = enrolled {
        return Alone::Somebody(proof);
    }
    let parts = [
        ("COG-MFA-001", mode::required(cx)),
        ("COG-MFA-003", enrolled),
        ("COG-MFA-009", devices::do_not_skip(cx)),
        ("COG-MFA-010", custom::cannot_bypass(cx)),
        ("COG-MFA-012", onset::first_sign_in(cx)),
    ];
    let mut whole: Option<Proof> = None;
    let mut doubt = false;
    for (id, decided) in parts {
        let (verdict, proof) = match decided {
            Ok(decision) => (decision.verdict, decision.proof),
            Err(Gap { at, .. }) => (Verdict::Incomplete, Proof::new(at)),
        };
        if verdict == Verdict::Incomplete {
            return Alone::Open(id, proof);
        }
        doubt |= !matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
        whole = Some(match whole {
            None => proof,
            Some(known) => known.and_all(proof.iter().cloned()),
        });
    }
    let proof = whole.unwrap_or_else(|| super::readings(cx.pool));
    if doubt { Alone::Doubtful(proof) } else { Alone::Nobody(proof) }
}
