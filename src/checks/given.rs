//! What a run was given besides the answers: the scope, and what only somebody else can know of it (which controls there
//! are, what the bundle before this one said). Plain data; whoever assesses gathers it.

use crate::model::id::PoolId;
use crate::model::review::Reviews;
use crate::model::roster::Roster;
use crate::model::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// What a run was given.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// What was declared.
    pub scope: &'a Scope,
    /// The controls of the catalogue, as `framework:id`.
    pub controls: BTreeSet<String>,
    /// Places in `scope.exceptions` of those that the bundle before this one has not, while it has what they cover.
    pub late: BTreeSet<usize>,
    /// Who works here.
    pub roster: Option<&'a Roster>,
    /// Who looked at the users.
    pub reviews: Option<&'a Reviews>,
    /// What a review may be of: the earlier bundle's users, where their pseudonyms are those of this run.
    pub reviewable: Option<Reviewable>,
}

/// The users of the bundle before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewable {
    /// SHA-256 of its `population.csv`.
    pub sha256: String,
    /// By pool, the pseudonyms; `None` where they are not held one by one.
    pub users: BTreeMap<PoolId, Option<BTreeSet<String>>>,
}

impl Reviewable {
    /// The pseudonyms of a pool's users, none for a pool that it has not; `None` where they are not held one by one.
    pub fn of(&self, pool: &PoolId) -> Option<&BTreeSet<String>> {
        const NOBODY: &BTreeSet<String> = &BTreeSet::new();
        self.users.get(pool).map_or(Some(NOBODY), Option::as_ref)
    }
}

impl<'a> From<&'a Scope> for Given<'a> {
    /// The scope alone.
    fn from(scope: &'a Scope) -> Self {
        Self { scope, controls: BTreeSet::new(), late: BTreeSet::new(), roster: None, reviews: None, reviewable: None }
    }
}
