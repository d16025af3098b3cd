//! The access reviews as a run keeps them (`data/inputs/reviews.json`): who looked at which users, when, and whom he kept or
//! removed, by pseudonym. Pure data; reading it refuses whatever is no pseudonym where a user should stand. Nothing here
//! says who wrote a review, nor whether the signature that it carries holds.

use super::exception::{Approval, is_pseudonym};
use super::id::PoolId;
use super::{json, visible};
use crate::clock;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The value of [`Reviews::format`].
pub const FORMAT: &str = "poolproof-reviews/1";
/// Most reviews of a run.
pub const MOST: usize = 20;
/// Most decisions of one review.
const MOST_DECISIONS: usize = 200_000;
/// Longest text, characters.
const LONGEST: usize = 200;

/// A review of one pool's users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolReview {
    /// The pool.
    pub id: PoolId,
    /// Pseudonyms (`u_…`) of those who keep their access.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Pseudonyms of those whose access is to end.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// A review of access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Who reviewed, as the file says.
    pub reviewer: String,
    /// As what.
    pub role: String,
    /// The day of the decisions.
    pub on: NaiveDate,
    /// For which period, such as `2026-H1`.
    pub period: String,
    /// SHA-256 of the `population.csv` that was reviewed.
    pub population: String,
    /// SHA-256 of the file's exact bytes.
    pub sha256: String,
    /// The decisions, by pool.
    pub pools: Vec<PoolReview>,
    /// The reviewer's signature over all of the above, where he signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Approval>,
}

impl Review {
    /// What is wrong with it by its own form. No sentence repeats what stands where a pseudonym should: it may be a name.
    pub fn defects(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (name, text) in [("reviewer", &self.reviewer), ("role", &self.role), ("period", &self.period)] {
            let plain = !text.trim().is_empty() && text.chars().count() <= LONGEST;
            if !plain || text.chars().any(|c| c.is_control() || visible::is_invisible(c)) {
                out.push(format!("{name} must be a text of 1 to {LONGEST} characters that can be seen"));
            }
        }
        for (name, digest) in [("population", &self.population), ("sha256", &self.sha256)] {
            if !is_sha256(digest) {
                out.push(format!("{name} must be a SHA-256: 64 lower-case hexadecimal digits"));
            }
        }
        if let Some(signature) = &self.signature {
            if !is_sha256(&signature.fingerprint) {
                out.push("the fingerprint of its signature must be a SHA-256: 64 lower-case hexadecimal digits".to_owned());
            }
            if let Err(why) = clock::parse_rfc3339(&signature.at) {
                out.push(format!("the date of its signature: {why}"));
            }
        }
        let mut pools = BTreeSet::new();
        for pool in &self.pools {
            let mut seen = BTreeSet::new();
            for (list, users) in [("keep", &pool.keep), ("remove", &pool.remove)] {
                for (user, n) in users.iter().zip(1..) {
                    if !is_pseudonym(user) {
                        out.push(format!("user {n} of {list} of pool {} is no pseudonym (u_…, as in population.csv)", pool.id));
                    } else if !seen.insert(user) {
                        out.push(format!("user {n} of {list} of pool {} is decided on twice", pool.id));
                    }
                }
            }
            if seen.is_empty() {
                out.push(format!("it decides on nobody of pool {}", pool.id));
            }
            if !pools.insert(&pool.id) {
                out.push(format!("it names pool {} twice", pool.id));
            }
        }
        if self.pools.is_empty() {
            out.push("it names no pool".to_owned());
        }
        if self.pools.iter().map(|p| p.keep.len() + p.remove.len()).sum::<usize>() > MOST_DECISIONS {
            out.push(format!("it holds more than {MOST_DECISIONS} decisions"));
        }
        out
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The users of a bundle, as its `population.csv` names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// SHA-256 of that file.
    pub sha256: String,
    /// By pool, what the column `user` says: the pseudonym of the `sub`; `None` where none was listed.
    pub users: BTreeMap<PoolId, BTreeMap<String, Option<String>>>,
}

impl Population {
    /// The pseudonyms of a pool's users.
    pub fn pseudonyms(&self, pool: &PoolId) -> BTreeSet<&str> {
        self.users.get(pool).iter().flat_map(|users| users.values()).filter_map(Option::as_deref).collect()
    }

    /// The pseudonym of a user of a pool, named as in the file or by pseudonym.
    ///
    /// # Errors
    /// There is no such user, or it has no pseudonym, or the name is another user's pseudonym: what follows "user n of …".
    pub fn pseudonym(&self, pool: &PoolId, name: &str) -> Result<String, &'static str> {
        match self.users.get(pool).and_then(|users| users.get(name)) {
            Some(Some(sub)) if is_pseudonym(name) && sub != name => Err("is the name of one user and has the form of a pseudonym"),
            Some(Some(sub)) => Ok(sub.clone()),
            Some(None) => Err("was listed without a sub, so that no later bundle knows him again: he cannot be decided on here"),
            None if is_pseudonym(name) => Ok(name.to_owned()),
            None => Err("is no pseudonym (u_…), and is not in that pool's rows of the population.csv"),
        }
    }
}

/// All reviews of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviews {
    /// Always [`FORMAT`].
    pub format: String,
    /// The reviews, in the order in which they were named; never empty.
    pub reviews: Vec<Review>,
}

impl Reviews {
    /// Of these reviews.
    pub fn of(reviews: Vec<Review>) -> Self {
        Self { format: FORMAT.to_owned(), reviews }
    }

    /// Reads `reviews.json`.
    ///
    /// # Errors
    /// It is none of this format, holds no review or too many, or one is ill-formed.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let all: Self = json::strict(bytes)?;
        if all.format != FORMAT {
            return Err(format!("its format is not {FORMAT}"));
        }
        if all.reviews.is_empty() || all.reviews.len() > MOST {
            return Err(format!("it must hold 1 to {MOST} reviews"));
        }
        match all.reviews.iter().zip(1..).find_map(|(review, n)| review.defects().into_iter().next().map(|why| (n, why))) {
            Some((n, why)) => Err(format!("review {n}: {why}")),
            None => Ok(all),
        }
    }

    /// The bytes of `reviews.json`.
    ///
    /// # Errors
    /// Serialization fails.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn good() -> Value {
        let user = |c: &str| format!("u_{}", c.repeat(20));
        json!({"format": FORMAT, "reviews": [{"reviewer": "C. Santos", "role": "head of IT", "on": "2026-06-30", "period": "2026-H1",
            "population": "0a".repeat(32), "sha256": "0b".repeat(32),
            "pools": [{"id": "eu-west-1_A", "keep": [user("a")], "remove": [user("b")]}]}]})
    }

    #[test]
    fn what_is_no_pseudonym_is_refused_and_not_repeated() {
        let read = |value: &Value| Reviews::read(value.to_string().as_bytes());
        let reviews = read(&good()).unwrap();
        assert_eq!(Reviews::read(&reviews.to_json().unwrap()), Ok(reviews));
        let kept = good()["reviews"][0]["pools"][0]["keep"][0].clone();
        for (what, at, value) in [
            ("another format", "/format", json!("poolproof-reviews/2")),
            ("no review", "/reviews", json!([])),
            ("an address in clear", "/reviews/0/pools/0/keep/0", json!("ann@example.com")),
            ("a digest that the next run has another of", "/reviews/0/pools/0/remove/0", json!(format!("e_{}", "a".repeat(20)))),
            ("kept and removed", "/reviews/0/pools/0/remove/0", kept.clone()),
            ("nobody", "/reviews/0/pools/0", json!({"id": "eu-west-1_A", "keep": [], "remove": []})),
            ("no pool", "/reviews/0/pools", json!([])),
            (
                "a pool twice",
                "/reviews/0/pools",
                json!([{"id": "A", "keep": [kept], "remove": []}, {"id": "A", "keep": [kept], "remove": []}]),
            ),
            ("no reviewer", "/reviews/0/reviewer", json!(" ")),
            ("a role that hides something", "/reviews/0/role", json!("head\u{202e}TI fo")),
            ("a digest that is none", "/reviews/0/population", json!("0A".repeat(32))),
            ("a day that is none", "/reviews/0/on", json!("2026-06-31")),
        ] {
            let mut changed = good();
            *changed.pointer_mut(at).unwrap() = value;
            let why = read(&changed).expect_err(what);
            assert!(!why.contains("ann@example.com"), "{why}");
        }
    }
}
