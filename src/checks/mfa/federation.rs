//! COG-MFA-011: who comes in by an identity provider is asked for a factor there, since Cognito asks for none.

use super::{is_linked, words};
use crate::checks::PoolCx;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::scope::{Audience, PciScope};
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::Client;
use crate::snapshot::population::User;
use std::collections::BTreeSet;

/// ProviderType of social providers, whose names are the same (API reference, CreateIdentityProvider).
const SOCIAL: [&str; 4] = ["Facebook", "Google", "LoginWithAmazon", "SignInWithApple"];
/// The pool itself in SupportedIdentityProviders.
const POOL_ITSELF: &str = "COGNITO";

/// Decides COG-MFA-011.
pub fn covered(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let providers = &pool.providers;
    let external: Vec<&User> = pool.population.users.iter().filter(|u| !u.is_local()).collect();
    let linked = pool.population.users.iter().filter(|u| is_linked(u)).count();
    let enabled = enabled(&pool.clients.items);
    let at_clients = || enabled.iter().map(|(client, _)| client.providers.at.clone());
    let configured: BTreeSet<String> = providers.items.iter().map(|p| format!("{} ({})", p.name, p.kind)).collect();
    let decide = |verdict, reason, proof: Proof| {
        let named: BTreeSet<&str> = enabled.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let decision = Decision::new(verdict, reason, proof).with("providers", words(&configured)).with("enabled", words(named));
        Ok(decision.count("federated", external.len()).count("linked", linked))
    };

    let social = |name: &str| SOCIAL.contains(&name) || providers.items.iter().any(|p| p.name == name && SOCIAL.contains(&p.kind.as_str()));
    let offending: Vec<&(&Client, Vec<&str>)> = enabled.iter().filter(|(_, names)| names.iter().any(|n| social(n))).collect();
    if let Some((why, declared)) = no_social(cx)
        && !offending.is_empty()
    {
        let at: Vec<Evidence> = offending.iter().map(|(client, _)| client.providers.at.clone()).collect();
        let names: BTreeSet<&str> = offending.iter().flat_map(|(_, names)| names.iter().copied().filter(|n| social(n))).collect();
        let decision = decide(Verdict::Fail, "social", Proof::new(declared).and_all(at).and(providers.complete.at.clone()))?;
        return Ok(decision
            .with("social", words(names))
            .with("why", why)
            .with("clients", words(offending.iter().map(|(c, _)| c.id.as_str()))));
    }

    providers.all()?;
    let listing = cx.population()?;
    for client in pool.clients.all()? {
        client.providers.known()?;
    }
    let every = pool.clients.items.iter().map(|c| c.providers.at.clone());
    let proof = Proof::new(providers.complete.at.clone()).and_all(listing.iter().cloned()).and(pool.clients.complete.at.clone());
    if providers.items.is_empty() && enabled.is_empty() && external.is_empty() && linked == 0 {
        return decide(Verdict::Pass, "no-federation", proof.and_all(every));
    }
    let someone = external.iter().copied().chain(pool.population.users.iter().filter(|u| is_linked(u)));
    decide(Verdict::Manual, "evidence-needed", proof.and_all(at_clients()).and_all(someone.take(super::SHOWN).map(|u| u.at.clone())))
}

/// The clients that let other providers in, with the names of these. One that was not described is asked for again below.
fn enabled(clients: &[Client]) -> Vec<(&Client, Vec<&str>)> {
    let others = clients.iter().filter_map(|client| {
        let named = client.providers.if_read()?;
        Some((client, named.iter().map(String::as_str).filter(|n| *n != POOL_ITSELF).collect::<Vec<_>>()))
    });
    others.filter(|(_, names)| !names.is_empty()).collect()
}

/// Why a social provider must not let anybody into this pool, with the declaration that says so.
fn no_social(cx: &PoolCx) -> Option<(&'static str, Evidence)> {
    let scope = cx.scope()?;
    if scope.audience == Some(Audience::Workforce) {
        return Some(("workforce accounts", cx.declaration("audience")));
    }
    (scope.pci_scope == Some(PciScope::Cde)).then(|| ("access to the cardholder data environment", cx.declaration("pci_scope")))
}
