//! What a run was given besides the answers: the scope, and what only somebody else can know of it (which controls there
//! are, what the bundle before this one said). Plain data; whoever assesses gathers it.

use crate::model::review::Reviews;
use crate::model::roster::Roster;
use crate::model::scope::Scope;
use std::collections::BTreeSet;

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
    /// SHA-256 of the earlier bundle's `population.csv`, where its pseudonyms are those of this run.
    pub reviewable: Option<String>,
}

impl<'a> From<&'a Scope> for Given<'a> {
    /// The scope alone.
    fn from(scope: &'a Scope) -> Self {
        Self { scope, controls: BTreeSet::new(), late: BTreeSet::new(), roster: None, reviews: None, reviewable: None }
    }
}
