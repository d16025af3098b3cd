//! Findings: what a check decided about one subject, with the pointers that prove it.

use super::evidence::Proof;
use super::id::{CheckId, ClientId, PoolId};
use super::verdict::{Severity, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Subject {
    /// The whole run.
    Run,
    /// A user pool.
    Pool {
        /// Its id.
        pool: PoolId,
    },
    /// An app client of a pool.
    Client {
        /// The pool.
        pool: PoolId,
        /// The client.
        client: ClientId,
    },
}

impl Subject {
    /// The pool it belongs to, if any.
    pub fn pool(&self) -> Option<&PoolId> {
        match self {
            Self::Run => None,
            Self::Pool { pool } | Self::Client { pool, .. } => Some(pool),
        }
    }
    /// One line for people.
    pub fn label(&self) -> String {
        match self {
            Self::Run => "this run".to_owned(),
            Self::Pool { pool } => format!("pool {pool}"),
            Self::Client { pool, client } => format!("client {client} of pool {pool}"),
        }
    }
}

/// A verdict with its reason, before the wording: what a check returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Which of the check's reasons; its text stands in the check's `.toml` under `[reasons]`.
    pub reason: &'static str,
    /// Values for the placeholders of that text.
    pub values: BTreeMap<&'static str, String>,
    /// Population figures behind the verdict, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Where the facts stand.
    pub proof: Proof,
    /// NOT_APPLICABLE only by the owner's word (rulings: "declared out").
    pub declared_out: bool,
    /// The severity where it depends on the facts; else the check's own.
    pub severity: Option<Severity>,
}

impl Decision {
    /// A decision with its first pointer.
    pub fn new(verdict: Verdict, reason: &'static str, proof: Proof) -> Self {
        Self { verdict, reason, values: BTreeMap::new(), counts: BTreeMap::new(), proof, declared_out: false, severity: None }
    }
    /// With a value for the reason's text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.insert(name, value.to_string());
        self
    }
    /// With a population figure.
    #[must_use]
    pub fn count(mut self, name: &'static str, n: usize) -> Self {
        self.counts.insert(name, n as u64);
        self
    }
    /// As an owner's declaration.
    #[must_use]
    pub fn declared(mut self) -> Self {
        self.declared_out = true;
        self
    }
    /// With a severity that the facts decide.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// A decision in words, about a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The check.
    pub check: CheckId,
    /// The check's logic revision that decided (rulings: a verifier that lacks it says NotChecked).
    pub revision: u32,
    /// The check's title.
    pub title: String,
    /// What it is about.
    pub subject: Subject,
    /// The verdict.
    pub verdict: Verdict,
    /// The severity of a FAIL here.
    pub severity: Severity,
    /// Which reason, as a stable word for machines.
    pub reason_code: String,
    /// The reason in words.
    pub reason: String,
    /// Population figures behind it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// NOT_APPLICABLE by the owner's declaration only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declared_out: bool,
    /// Where the facts stand.
    pub evidence: Proof,
}
