//! MFA: is a second factor asked for, of whom, of what strength, and which ways lead around it.
//! Each file decides one check or two; this one holds the list and what several of them say alike.

pub(super) mod alone;
pub(super) mod clients;
pub(super) mod custom;
mod devices;
mod factors;
mod federation;
mod first;
mod flows;
mod mode;
mod onset;
pub(super) mod privileged;
mod recovery;
mod risk;
mod sms;
mod strength;
mod users;

#[cfg(test)]
pub mod cases;

use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::{Evidence, Proof};
use crate::model::finding::Decision;
use crate::model::verdict::Severity;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;
pub(super) use mode::no_local_sign_in;
pub(super) use users::interval;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-MFA-001", revision: 1, severity: Severity::High, decide: Decide::Pool(mode::required) },
        Check { id: "COG-MFA-002", revision: 1, severity: Severity::High, decide: Decide::Pool(factors::usable) },
        Check { id: "COG-MFA-003", revision: 1, severity: Severity::High, decide: Decide::Pool(users::enrolled) },
        Check { id: "COG-MFA-004", revision: 1, severity: Severity::Critical, decide: Decide::Pool(privileged::enrolled) },
        Check { id: "COG-MFA-005", revision: 1, severity: Severity::High, decide: Decide::Pool(strength::of_privileged) },
        Check { id: "COG-MFA-006", revision: 1, severity: Severity::Medium, decide: Decide::Pool(factors::permitted) },
        Check { id: "COG-MFA-007", revision: 1, severity: Severity::High, decide: Decide::Pool(first::no_code_alone) },
        Check { id: "COG-MFA-008", revision: 1, severity: Severity::High, decide: Decide::Pool(first::passkeys) },
        Check { id: "COG-MFA-009", revision: 2, severity: Severity::Medium, decide: Decide::Pool(devices::do_not_skip) },
        Check { id: "COG-MFA-010", revision: 1, severity: Severity::High, decide: Decide::Pool(custom::cannot_bypass) },
        Check { id: "COG-MFA-011", revision: 1, severity: Severity::High, decide: Decide::Pool(federation::covered) },
        Check { id: "COG-MFA-012", revision: 2, severity: Severity::Medium, decide: Decide::Pool(onset::first_sign_in) },
        Check { id: "COG-MFA-013", revision: 1, severity: Severity::Medium, decide: Decide::Pool(risk::exempts_nobody) },
        Check { id: "COG-MFA-014", revision: 1, severity: Severity::Medium, decide: Decide::Client(flows::replay) },
        Check { id: "COG-MFA-015", revision: 1, severity: Severity::Medium, decide: Decide::Client(flows::sound) },
        Check { id: "COG-MFA-016", revision: 1, severity: Severity::Medium, decide: Decide::Pool(sms::deliverable) },
        Check { id: "COG-MFA-017", revision: 1, severity: Severity::Medium, decide: Decide::Pool(recovery::keeps_factors_apart) },
    ],
    texts: concat!(
        include_str!("mode.toml"),
        include_str!("users.toml"),
        include_str!("ways.toml"),
        include_str!("channels.toml"),
        include_str!("signin.toml")
    ),
    file: "checks/mfa/*.toml",
};

/// Most users a finding points at one by one; the counts cover all, and the population file lists them.
const SHOWN: usize = 5;

/// Pointers to both readings of MfaConfiguration.
fn readings(pool: &Pool) -> Proof {
    Proof::new(pool.mfa_configuration.at.clone()).and(pool.mfa_in_description.at.clone())
}

/// Pointers to the first few of these users: where each is listed and what was read of the factors.
fn pointers<'a>(users: impl IntoIterator<Item = &'a User>) -> impl Iterator<Item = Evidence> {
    users.into_iter().take(SHOWN).flat_map(|user| [user.at.clone(), user.factors.at.clone()])
}

/// The decision with the number of these users in each state, and of those linked to an identity provider.
fn census(decision: Decision, users: &[&User]) -> Decision {
    let decision =
        FactorState::ALL.into_iter().fold(decision, |d, state| d.count(state.word(), users.iter().filter(|u| u.state == state).count()));
    decision.count("users", users.len()).count("linked", users.iter().filter(|u| is_linked(u)).count())
}

/// Signs in with a password here, and by an identity provider too.
fn is_linked(user: &User) -> bool {
    user.is_local() && !user.identities.is_empty()
}

/// Whether a user who counts could not be resolved.
pub(super) fn is_unresolved(state: FactorState) -> bool {
    matches!(state, FactorState::Indeterminate | FactorState::NotAsked | FactorState::Unread)
}

/// Enrolled with nothing but a passkey in a pool that lets a password alone in: no challenge follows the password,
/// since only an activated MFA setting brings one (developer guide, "Adding MFA to a user pool").
fn passkey_beside_password(cx: &PoolCx, user: &User) -> bool {
    use crate::snapshot::cognito::MfaMode;
    let settings = user.factors.if_read().is_some_and(|f| !f.settings.is_empty());
    user.state == FactorState::Enrolled && !settings && cx.pool.mfa_mode() != Ok(MfaMode::On)
}

/// Most names in a sentence.
const NAMED: usize = 20;

/// Names in a sentence: `a, b`, or `none`; of a long list the first, and how many more.
pub(super) fn words<S: AsRef<str>>(list: impl IntoIterator<Item = S>) -> String {
    let list: Vec<String> = list.into_iter().map(|s| s.as_ref().to_owned()).collect();
    match list.len() {
        0 => "none".to_owned(),
        n if n > NAMED => format!("{} and {} more", list[..NAMED].join(", "), n - NAMED),
        _ => list.join(", "),
    }
}
