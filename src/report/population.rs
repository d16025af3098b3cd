//! A pool's users in figures, with a bounded list of those that somebody must look at.

use super::evidence_v1::{Attention, Listing, PoolPopulation};
use crate::model::scope::PrivacyMode;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use crate::snapshot::state::FactorState;
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;

/// Longest list of users in a report; the CSV has all.
const LONGEST: usize = 25;
/// Days before the run within which a change of a user is counted (rulings 30).
const RECENT_DAYS: u64 = 30;
/// States that somebody must look at, worst first.
const ATTENTION: [FactorState; 4] = [FactorState::NotEnrolled, FactorState::Indeterminate, FactorState::Unread, FactorState::Derived];

/// The figures of a pool for verdicts of `day`.
pub fn of(pool: &Pool, day: NaiveDate, mode: PrivacyMode) -> PoolPopulation {
    let users = &pool.population.users;
    let by_state = |filter: fn(&User) -> bool| -> BTreeMap<String, u64> {
        let count = |state| users.iter().filter(|u| filter(u) && u.state == state).count() as u64;
        FactorState::ALL.into_iter().map(|state| (state.word().to_owned(), count(state))).filter(|(_, n)| *n > 0).collect()
    };
    let mut by_status: BTreeMap<String, u64> = BTreeMap::new();
    let mut by_factor: BTreeMap<String, u64> = BTreeMap::new();
    for user in users {
        *by_status.entry(user.status.clone().unwrap_or_else(|| "absent".to_owned())).or_default() += 1;
        for factor in listed_factors(user) {
            *by_factor.entry(factor).or_default() += 1;
        }
    }
    let since = day.checked_sub_days(Days::new(RECENT_DAYS)).unwrap_or(day);
    let (attention, attention_more) = attention(users, mode);
    let text = |fact: &crate::model::fetched::Fetched<String>| fact.if_read().cloned();
    PoolPopulation {
        pool: pool.id.clone(),
        name: text(&pool.name),
        account: pool.account.clone(),
        region: pool.region.clone(),
        created: text(&pool.created),
        domains: [&pool.domain, &pool.custom_domain].into_iter().filter_map(text).collect(),
        clients: pool.clients.all().ok().map(|c| c.len() as u64),
        mfa: text(&pool.mfa_configuration),
        listing: Listing {
            listed: users.len() as u64,
            duplicates: pool.population.duplicates,
            pages: pool.population.pages,
            passes: u64::from(pool.population.passes),
            estimated_before: pool.estimated_before.if_read().copied(),
            estimated_after: pool.estimated_after.if_read().copied(),
            from: pool.population.from.clone(),
            to: pool.population.to.clone(),
            complete: pool.population.complete(&pool.estimated_before, &pool.estimated_after).is_ok(),
        },
        by_status,
        by_state: by_state(|_| true),
        by_factor,
        privileged: by_state(|u| u.privileged),
        linked: users.iter().filter(|u| !u.identities.is_empty() && u.state != FactorState::Federated).count() as u64,
        recently_modified: users.iter().filter(|u| u.modified.is_some_and(|m| m >= since)).count() as u64,
        attention,
        attention_more,
    }
}

/// The factors that the API lists for a user; of the configured ones only a passkey (rulings 1).
pub fn listed_factors(user: &User) -> Vec<String> {
    let Some(factors) = user.factors.if_read() else { return Vec::new() };
    let passkey = factors.configured.iter().filter(|f| *f == "WEB_AUTHN");
    let mut listed: Vec<String> = factors.settings.iter().chain(passkey).cloned().collect();
    listed.sort();
    listed.dedup();
    listed
}

fn attention(users: &[User], mode: PrivacyMode) -> (Vec<Attention>, u64) {
    let rank = |user: &User| ATTENTION.iter().position(|s| *s == user.state);
    let mut wanted: Vec<(bool, usize, &User)> = users.iter().filter_map(|u| rank(u).map(|r| (!u.privileged, r, u))).collect();
    wanted.sort_by(|a, b| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id)));
    let more = wanted.len().saturating_sub(LONGEST) as u64;
    let list = wanted.into_iter().take(LONGEST).enumerate().map(|(n, (_, _, user))| Attention {
        user: if mode == PrivacyMode::Mask { format!("user {}", n + 1).as_str().into() } else { user.id.clone() },
        status: user.status.clone().unwrap_or_else(|| "absent".to_owned()),
        state: user.state.word().to_owned(),
        factors: listed_factors(user),
        privileged: user.privileged,
    });
    (list.collect(), more)
}
