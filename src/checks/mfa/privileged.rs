//! COG-MFA-004, and who is privileged: the members of the groups declared so, and the admins named.

use super::{census, is_linked, is_unresolved, passkey_beside_password, pointers, readings, words};
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::{Group, MfaMode};
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;
use std::collections::BTreeSet;

/// What was declared of privileged users.
pub enum Declared<'a> {
    /// Nothing: MANUAL.
    Nothing(Decision),
    /// That the pool holds none: declared out.
    NoneHeld(Decision),
    /// Groups, admins or both.
    Someone(Roster<'a>),
}

/// The privileged users as far as they are known.
pub struct Roster<'a> {
    /// Those who are listed, by id.
    pub users: Vec<&'a User>,
    /// The declarations and the groups' listings.
    pub proof: Proof,
    /// What keeps it from being complete.
    gap: Option<Box<Result<Decision, Gap>>>,
    /// Groups that were not declared and look privileged; all of them where no groups were declared at all.
    undeclared: Vec<String>,
    /// Groups were declared.
    by_group: bool,
    /// How many groups are listed, and how many are declared.
    groups: (usize, usize),
}

/// Parts of a group's name that make it look privileged (ours).
const ADMIN_LIKE: [&str; 8] = ["admin", "operator", "owner", "power", "privileg", "root", "sudo", "super"];

/// Whether a group looks privileged: it carries an IAM role, or its name sounds like administration.
pub fn looks_privileged(group: &Group) -> bool {
    let name = group.name.to_lowercase();
    group.role || ADMIN_LIKE.iter().any(|part| name.contains(part))
}

/// Reads the declarations. One of no privileged users beside named ones is a contradiction: the named ones count.
pub fn declared<'a>(cx: &PoolCx<'a>) -> Declared<'a> {
    let scope = cx.scope();
    let groups = scope.and_then(|p| p.privileged_groups.as_deref());
    let named = scope.map(|p| p.named_admins.as_slice()).unwrap_or_default();
    let proof = Proof::new(cx.declaration("privileged_groups")).and(cx.declaration("named_admins"));
    let listed = cx.pool.groups.complete.at.clone();
    if groups.is_none_or(<[_]>::is_empty) && named.is_empty() {
        let seen = match cx.pool.groups.all() {
            Ok(_) => words(looking_privileged(cx, &[])),
            Err(gap) => format!("not known, ListGroups was {}", gap.kind.words()),
        };
        if scope.is_some_and(|p| p.no_privileged_users) {
            let proof = Proof::new(cx.declaration("no_privileged_users")).and(listed);
            let decision = Decision::new(Verdict::NotApplicable, "declared-none", proof).with("groups", seen);
            return Declared::NoneHeld(decision.declared());
        }
        if groups.is_none() {
            return Declared::Nothing(Decision::new(Verdict::Manual, "not-declared", proof.and(listed)).with("groups", seen));
        }
    }
    Declared::Someone(roster(cx, groups, named, proof))
}

fn looking_privileged(cx: &PoolCx, declared: &[String]) -> Vec<String> {
    let groups = cx.pool.groups.items.iter().filter(|g| !declared.contains(&g.name) && looks_privileged(g));
    let names: BTreeSet<String> = groups.map(|g| g.name.clone()).collect();
    names.into_iter().collect()
}

fn roster<'a>(cx: &PoolCx<'a>, groups: Option<&[String]>, named: &[String], proof: Proof) -> Roster<'a> {
    let pool = cx.pool;
    let declared = groups.unwrap_or_default();
    let members = declared.iter().filter_map(|g| pool.members.get(g)).map(|m| m.complete.at.clone());
    let proof = proof.and(pool.groups.complete.at.clone()).and_all(members);
    let users: Vec<&User> = pool.population.users.iter().filter(|u| u.privileged).collect();
    let undeclared = looking_privileged(cx, declared);
    let gap = gap(cx, declared, named, &users, &proof).map(Box::new);
    Roster { users, gap, undeclared, by_group: groups.is_some(), groups: (pool.groups.items.len(), declared.len()), proof }
}

/// What keeps the roster from being complete: a group, a member or an admin of whom nothing is known.
fn gap(cx: &PoolCx, declared: &[String], named: &[String], users: &[&User], proof: &Proof) -> Option<Result<Decision, Gap>> {
    let pool = cx.pool;
    let open = |reason, who: String| Some(Ok(census(Decision::new(Verdict::Incomplete, reason, proof.clone()).with("who", who), users)));
    let groups = match pool.groups.all() {
        Ok(groups) => groups,
        Err(gap) => return Some(Err(gap)),
    };
    let missing: Vec<&String> = declared.iter().filter(|name| !groups.iter().any(|g| g.name == **name)).collect();
    if !missing.is_empty() {
        return open("group-missing", words(missing));
    }
    // Users are sorted by id.
    let mut strangers = BTreeSet::new();
    for name in declared {
        match pool.members.get(name).map(|members| members.all()) {
            Some(Ok(members)) => {
                strangers.extend(members.iter().filter(|id| pool.population.users.binary_search_by(|u| u.id.cmp(id)).is_err()))
            }
            Some(Err(gap)) => return Some(Err(gap)),
            None => return open("members-not-asked", name.clone()),
        }
    }
    if let Err(gap) = cx.population() {
        return Some(Err(gap));
    }
    if !strangers.is_empty() {
        return open("member-not-listed", strangers.len().to_string());
    }
    let called = |name: &str| pool.population.users.iter().any(|u| u.names().any(|n| n == name));
    let unknown: Vec<&String> = named.iter().filter(|name| !called(name)).collect();
    if !unknown.is_empty() { open("admin-not-listed", words(unknown)) } else { None }
}

impl Roster<'_> {
    /// A decision with the states of the privileged users and the proof of who they are.
    pub fn decide(&self, verdict: Verdict, reason: &'static str, proof: Proof) -> Decision {
        let decision = census(Decision::new(verdict, reason, proof.and_all(self.proof.iter().cloned())), &self.users);
        decision.count("groups-listed", self.groups.0).count("groups-declared", self.groups.1)
    }

    /// What stands between these users and PASS once nothing is proved against them: first what is not known, then what
    /// only a human can answer for.
    ///
    /// # Errors
    /// A gap of the roster, the listing or the mode.
    pub fn open(&self, cx: &PoolCx) -> Result<Option<Decision>, Gap> {
        let proof = || readings(cx.pool);
        cx.pool.mfa_mode()?;
        if let Some(gap) = &self.gap {
            return gap.as_ref().clone().map(Some);
        }
        let whose = |wanted: &dyn Fn(&User) -> bool| -> Vec<&User> { self.users.iter().copied().filter(|u| wanted(u)).collect() };
        let manual = |reason, users: &[&User]| {
            Ok(Some(self.decide(Verdict::Manual, reason, proof().and_all(pointers(users.iter().copied()))).count("concerned", users.len())))
        };
        let unresolved = whose(&|u| is_unresolved(u.state));
        if !unresolved.is_empty() {
            let proof = proof().and_all(pointers(unresolved.iter().copied()));
            return Ok(Some(self.decide(Verdict::Incomplete, "unresolved", proof)));
        }
        if whose(&|u| u.state.counts() || matches!(u.state, FactorState::Pending | FactorState::Federated)).is_empty() {
            return manual("nobody-found", &[]);
        }
        let questions: [(&'static str, Vec<&User>); 4] = [
            ("derived", whose(&|u| u.state == FactorState::Derived)),
            ("federated", whose(&|u| u.state == FactorState::Federated || (is_linked(u) && u.state.counts()))),
            ("pending", whose(&|u| u.state == FactorState::Pending)),
            ("passkey-beside-password", whose(&|u| passkey_beside_password(cx, u))),
        ];
        for (reason, users) in &questions {
            if !users.is_empty() {
                return manual(reason, users);
            }
        }
        if !self.by_group || !self.undeclared.is_empty() {
            let decision = self.decide(Verdict::Manual, "groups-not-declared", proof());
            return Ok(Some(decision.with("groups", words(&self.undeclared))));
        }
        Ok(None)
    }
}

/// Decides COG-MFA-004.
pub fn enrolled(cx: &PoolCx) -> Result<Decision, Gap> {
    let roster = match declared(cx) {
        Declared::Nothing(decision) | Declared::NoneHeld(decision) => return Ok(decision),
        Declared::Someone(roster) => roster,
    };
    if cx.pool.mfa_mode() == Ok(MfaMode::Off) {
        return Ok(roster.decide(Verdict::Fail, "mode-off", readings(cx.pool)));
    }
    let without: Vec<&User> = roster.users.iter().copied().filter(|u| u.state == FactorState::NotEnrolled).collect();
    if !without.is_empty() {
        return Ok(roster.decide(Verdict::Fail, "not-enrolled", readings(cx.pool).and_all(pointers(without))));
    }
    if let Some(open) = roster.open(cx)? {
        return Ok(open);
    }
    let proof = readings(cx.pool).and_all(cx.population()?.iter().cloned()).and_all(pointers(roster.users.iter().copied()));
    Ok(roster.decide(Verdict::Pass, "all-enrolled", proof))
}
