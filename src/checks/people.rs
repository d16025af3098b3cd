//! Accounts and the people behind them: locking, inactivity, shared identities, leavers, reviews. Most of this is known
//! outside of Cognito; what a run has not been given is MANUAL or INCOMPLETE here, and says what to supply.

use super::{Check, Decide, Family, PoolCx, inactive, leavers, reviews};
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::{Audience, PciScope, Thresholds};
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::{Contact, User};
use std::collections::BTreeMap;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-ACC-001", revision: 1, severity: Severity::Medium, decide: Decide::Pool(locking) },
        Check { id: "COG-ACC-002", revision: 2, severity: Severity::Medium, decide: Decide::Pool(inactive::disabled) },
        Check { id: "COG-ACC-003", revision: 2, severity: Severity::Medium, decide: Decide::Pool(shared) },
        Check { id: "COG-ACC-005", revision: 2, severity: Severity::High, decide: Decide::Pool(leavers::decide) },
        Check { id: "COG-ACC-006", revision: 3, severity: Severity::Medium, decide: Decide::Pool(reviews::decide) },
    ],
    texts: include_str!("people.toml"),
    file: "checks/people.toml",
};

/// The longest that Cognito locks an account for after failed sign-ins, minutes (developer guide, Lockout behavior for
/// failed sign-in attempts: about 15, and subject to change).
const LOCK_MINUTES: u64 = 15;
/// Users a finding points at one by one.
pub(super) const SHOWN: usize = 5;

fn audience(cx: &PoolCx) -> Option<Audience> {
    cx.scope().and_then(|p| p.audience)
}

/// NOT_APPLICABLE by the owner's word that the pool holds consumers.
pub(super) fn consumers(cx: &PoolCx) -> Option<Decision> {
    let out = || Decision::new(Verdict::NotApplicable, "consumers", Proof::new(cx.declaration("audience"))).declared();
    (audience(cx) == Some(Audience::Consumer)).then(out)
}

/// May sign in as far as the listing says; a user whose listing does not say counts.
pub(super) fn enabled(pool: &Pool) -> Vec<&User> {
    pool.population.users.iter().filter(|u| u.enabled != Some(false)).collect()
}

/// Decides COG-ACC-001. There is no setting: what is compared is what AWS documents of the service.
fn locking(cx: &PoolCx) -> Result<Decision, Gap> {
    if let Some(decision) = consumers(cx) {
        return Ok(decision);
    }
    let pci = cx.scope().and_then(|p| p.pci_scope);
    if pci == Some(PciScope::Out) {
        return Ok(Decision::new(Verdict::NotApplicable, "out-of-scope", Proof::new(cx.declaration("pci_scope"))).declared());
    }
    let nobody = super::mfa::no_local_sign_in(cx);
    if let Some(proof) = nobody {
        return Ok(Decision::new(Verdict::NotApplicable, "no-local-users", proof));
    }
    // A pool of which nothing was read is not known to lock anybody.
    cx.pool.described.known()?;
    let least = u64::from(cx.scope.thresholds.lockout_minutes.max(Thresholds::default().lockout_minutes));
    let proof =
        Proof::new(cx.declaration("pci_scope")).and(Evidence::scope("/thresholds/lockout_minutes")).and(cx.pool.described.at.clone());
    if pci.is_some() {
        return Ok(Decision::new(Verdict::Fail, "lock-too-short", proof).with("minutes", LOCK_MINUTES).with("least", least));
    }
    // Users of identity providers only would make it not applicable; so the listing is needed.
    let listing = cx.population()?;
    cx.pool.admin_create_only.known()?;
    cx.pool.trigger("UserMigration")?;
    Ok(Decision::new(Verdict::Manual, "undeclared", proof.and_all(listing.iter().cloned())).with("minutes", LOCK_MINUTES))
}

/// Users that share a contact with another: groups, users in them, and the first few.
#[derive(Default)]
struct Sharing<'a> {
    groups: usize,
    users: Vec<&'a User>,
}

fn sharing<'a>(users: &[&'a User], contact: fn(&User) -> Option<&Contact>) -> Sharing<'a> {
    let mut by: BTreeMap<&str, Vec<&'a User>> = BTreeMap::new();
    for user in users {
        if let Some(digest) = contact(user).and_then(|c| c.digest.as_deref()) {
            by.entry(digest).or_default().push(user);
        }
    }
    let mut found = Sharing::default();
    for group in by.into_values().filter(|g| g.len() > 1) {
        found.groups += 1;
        found.users.extend(group);
    }
    // Digests differ from run to run; users are named in the order of the listing.
    found.users.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// Decides COG-ACC-003. A shared address or number, or a name that sounds shared, makes suspects, never culprits; and a clean list proves no identity.
fn shared(cx: &PoolCx) -> Result<Decision, Gap> {
    let listing = cx.population()?;
    let enabled = enabled(cx.pool);
    let email = sharing(&enabled, |u| u.email.as_ref());
    let phone = sharing(&enabled, |u| u.phone.as_ref());
    let named: Vec<&User> = enabled.iter().copied().filter(|u| u.shared_name).collect();
    let lists = [&email.users, &phone.users, &named];
    let suspects = lists.into_iter().flat_map(|users| users.iter().take(SHOWN)).map(|u| u.at.clone());
    let reason = if lists.iter().all(|users| users.is_empty()) { "none-found" } else { "suspects" };
    let decision = Decision::new(Verdict::Manual, reason, listing.and_all(suspects)).count("enabled", enabled.len());
    let decision = decision.count("same-email", email.users.len()).count("emails", email.groups);
    let decision = decision.count("shared-name", named.len());
    Ok(decision.count("same-phone", phone.users.len()).count("phones", phone.groups))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::{Fixture, merge, user};
    use crate::model::scope::{Audience, PciScope};
    use serde_json::{Value, json};

    fn who(name: &str, change: Value) -> Value {
        let mut listed = user(name);
        merge(&mut listed, change);
        listed
    }

    /// `name` with the address and the number of somebody.
    fn with(name: &str, email: &str, phone: Option<&str>) -> Value {
        let mut attributes = vec![json!({"Name": "sub", "Value": format!("sub-{name}")}), json!({"Name": "email", "Value": email})];
        attributes.extend(phone.map(|p| json!({"Name": "phone_number", "Value": p})));
        who(name, json!({"Attributes": attributes}))
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let good = Fixture::good;
        let gap = "INCOMPLETE gap";
        let cut = || good().with("ListUsers", json!({"PaginationToken": "more"}));
        let federated = || good().users(vec![who("Okta_eve", json!({"UserStatus": "EXTERNAL_PROVIDER"}))]);
        let consumer = || good().declare(|p| p.audience = Some(Audience::Consumer));
        let undeclared = |f: Fixture| f.declare(|p| p.pci_scope = None);
        let disabled = |name| who(name, json!({"Enabled": false}));
        let mut cases: Vec<Case> = vec![
            ("COG-ACC-001", "in scope", good(), "FAIL lock-too-short"),
            ("COG-ACC-001", "connected", good().declare(|p| p.pci_scope = Some(PciScope::Connected)), "FAIL lock-too-short"),
            (
                "COG-ACC-001",
                "a laxer limit changes nothing",
                {
                    let mut f = good();
                    f.scope.thresholds.lockout_minutes = 1;
                    f
                },
                "FAIL lock-too-short",
            ),
            ("COG-ACC-001", "in scope, nothing read of users", good().without("ListUsers"), "FAIL lock-too-short"),
            ("COG-ACC-001", "in scope, never described", good().without("DescribeUserPool"), gap),
            ("COG-ACC-001", "undeclared", undeclared(good()), "MANUAL undeclared"),
            ("COG-ACC-001", "undeclared, listing cut off", undeclared(cut()), gap),
            ("COG-ACC-001", "undeclared, never described", undeclared(good().without("DescribeUserPool")), gap),
            ("COG-ACC-001", "consumers", consumer(), "NOT_APPLICABLE consumers"),
            ("COG-ACC-001", "out of scope", good().declare(|p| p.pci_scope = Some(PciScope::Out)), "NOT_APPLICABLE out-of-scope"),
            ("COG-ACC-001", "federated only", federated(), "NOT_APPLICABLE no-local-users"),
            ("COG-ACC-002", "nothing tells of sign-ins", good(), "MANUAL no-source"),
            ("COG-ACC-002", "all disabled", good().users(vec![disabled("ann"), disabled("bob")]), "PASS nobody-enabled"),
            (
                "COG-ACC-002",
                "one does not say",
                good().users(vec![disabled("ann"), who("bob", json!({"Enabled": null}))]),
                "MANUAL no-source",
            ),
            ("COG-ACC-002", "consumers", consumer(), "NOT_APPLICABLE consumers"),
            ("COG-ACC-003", "an address each", good(), "MANUAL none-found"),
            (
                "COG-ACC-003",
                "an address of two",
                good().users(vec![with("ann", "ab@example.com", None), with("bob", "ab@example.com", None), user("cyd")]),
                "MANUAL suspects",
            ),
            (
                "COG-ACC-003",
                "a number of two",
                good()
                    .users(vec![with("ann", "a@example.com", Some("+442079460123")), with("bob", "b@example.com", Some("+442079460123"))]),
                "MANUAL suspects",
            ),
            ("COG-ACC-003", "a name that sounds shared", good().users(vec![user("ann"), user("helpdesk")]), "MANUAL suspects"),
            ("COG-ACC-003", "an address that sounds shared", good().users(vec![with("ann", "info@example.com", None)]), "MANUAL suspects"),
            (
                "COG-ACC-003",
                "a name that sounds shared, disabled",
                good().users(vec![user("ann"), disabled("helpdesk")]),
                "MANUAL none-found",
            ),
            (
                "COG-ACC-003",
                "an address of two, one of them disabled",
                good().users(vec![with("ann", "ab@example.com", None), {
                    let mut bob = with("bob", "ab@example.com", None);
                    merge(&mut bob, json!({"Enabled": false}));
                    bob
                }]),
                "MANUAL none-found",
            ),
            ("COG-ACC-005", "no roster", good(), "MANUAL no-roster"),
            ("COG-ACC-006", "no review", good(), "MANUAL no-review"),
        ];
        cases.extend(crate::checks::inactive::tests::table());
        for id in ["COG-ACC-002", "COG-ACC-003", "COG-ACC-005", "COG-ACC-006"] {
            cases.extend([
                (id, "listing cut off", cut(), gap),
                (id, "listing denied", good().fails("ListUsers", "AccessDeniedException"), gap),
                (id, "never asked", good().without("ListUsers"), gap),
            ]);
        }
        cases.extend(crate::checks::leavers::tests::table());
        cases.extend(crate::checks::reviews::tests::table());
        cases
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
