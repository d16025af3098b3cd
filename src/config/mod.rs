//! The scope file `poolproof.toml`: what the owner declares, with every default filled in.
//!
//! It reads text and gives a [`Config`]; it opens no file, asks no clock and no AWS. Identities and external ids stay in
//! [`Secret`]s until [`Config::scope`] turns them into keyed digests.

mod exceptions;
pub mod keys;
mod overrides;
pub mod period;
mod read;
pub mod reviews;
pub mod roster;
pub mod table;
mod write;

pub use overrides::Overrides;
pub use read::{pool_id, read, tsa_url};
pub use write::{FoundPool, commented, wrap};

use crate::model::exception::{Approval, Exception, is_pseudonym};
use crate::model::id::{PoolId, Region};
use crate::model::scope::Scope;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use table::Problem;

/// Its name, where nobody gives another.
pub const FILE: &str = "poolproof.toml";
/// Largest file, bytes.
pub const LARGEST: u64 = 1 << 20;
/// The signing key, unless declared.
const SIGNING_KEY: &str = "keys/evidence.p8";
/// The privacy key, unless declared.
const PRIVACY_KEY: &str = "keys/privacy.key";
/// The evidence folder, unless declared.
const OUT: &str = "evidence";

/// Text that is shown nowhere: `Debug` does not tell it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

/// A time-stamp authority (RFC 3161).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tsa {
    /// Where it answers, `http://` or `https://`.
    pub url: String,
    /// The roots of its server's certificate, PEM; `None` for the machine's own.
    pub tls_roots: Option<PathBuf>,
    /// Revocation lists of its certificate and those above it, DER.
    pub crls: Vec<PathBuf>,
    /// The policy to ask for, dotted numbers.
    pub policy: Option<String>,
    /// How long one try may take, seconds.
    pub timeout_seconds: u32,
    /// How often to ask again.
    pub retries: u32,
}

impl Tsa {
    /// At an address, with the defaults.
    pub fn at(url: String) -> Self {
        Self { url, tls_roots: None, crls: Vec::new(), policy: None, timeout_seconds: 15, retries: 3 }
    }
}

/// Where the signing key's certificates stand; without any, beside the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// The key's own, PEM; its issuers may stand below it.
    pub certificate: Option<PathBuf>,
    /// Its issuers, PEM.
    pub chain: Option<PathBuf>,
    /// The issuers' revocation lists, DER.
    pub crls: Vec<PathBuf>,
}

/// Why a scope file is refused: everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}", .problems.iter().map(|p| format!("{file}:{p}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// What is wrong, in the order of the file; never empty.
    pub problems: Vec<Problem>,
}

/// What the owner declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    scope: Scope,
    named_admins: BTreeMap<PoolId, Vec<Secret>>,
    /// The user of each exception, by its place.
    excepted: Vec<Option<Secret>>,
    /// The file of each exception's signed approval, by its place.
    approvals: Vec<Option<PathBuf>>,
    external_ids: BTreeMap<PoolId, Secret>,
    /// The signing key's file, or `kms:` and the name of a key in AWS KMS.
    pub signing_key: PathBuf,
    /// By which profile of the AWS settings a signing key in AWS KMS is used; `None`: the usual chain.
    pub signing_profile: Option<String>,
    /// The certificates of the signing key.
    pub certificates: Certificates,
    /// Whom to ask for the time.
    pub tsa: Option<Tsa>,
    /// The privacy key's file.
    pub privacy_key: PathBuf,
    /// The evidence folder.
    pub out: PathBuf,
    /// The roster's file.
    pub roster: Option<PathBuf>,
    /// The day that the roster is of.
    pub roster_as_of: Option<NaiveDate>,
    /// The files of the access reviews.
    pub reviews: Vec<PathBuf>,
}

impl Config {
    /// Nothing declared; the period is the quarter of `today`, paths are relative to the current folder.
    pub fn defaults(today: NaiveDate) -> Self {
        Self {
            scope: Scope::undeclared(period::quarter_of(today)),
            named_admins: BTreeMap::new(),
            excepted: Vec::new(),
            approvals: Vec::new(),
            external_ids: BTreeMap::new(),
            signing_key: SIGNING_KEY.into(),
            signing_profile: None,
            certificates: Certificates::default(),
            tsa: None,
            privacy_key: PRIVACY_KEY.into(),
            out: OUT.into(),
            roster: None,
            roster_as_of: None,
            reviews: Vec::new(),
        }
    }

    /// Makes the declared paths relative to the folder that the scope file stands in.
    pub fn relative_to(mut self, folder: &Path) -> Self {
        for path in [&mut self.signing_key, &mut self.privacy_key, &mut self.out] {
            // A key in KMS stands in no folder.
            if !path.to_string_lossy().starts_with("kms:") {
                *path = folder.join(&path);
            }
        }
        let named = &mut self.certificates;
        let approvals = self.approvals.iter_mut().flatten();
        let inputs = self.roster.iter_mut().chain(&mut self.reviews);
        for path in named.certificate.iter_mut().chain(&mut named.chain).chain(&mut named.crls).chain(approvals).chain(inputs) {
            *path = folder.join(&path);
        }
        if let Some(tsa) = &mut self.tsa {
            tsa.tls_roots.iter_mut().chain(&mut tsa.crls).for_each(|path| *path = folder.join(&path));
        }
        self
    }

    /// The scope as declared, without the digests that need a key: for questions that no identity bears on.
    pub fn declared(&self) -> &Scope {
        &self.scope
    }

    /// The exceptions as declared, each with the file of its approval. A user is named where he is by pseudonym; an address
    /// is left as it is, so what is returned must not be shown.
    pub fn exceptions(&self) -> Vec<(Exception, Option<PathBuf>)> {
        let users = self.excepted.iter().map(|user| user.as_ref().map(|u| u.expose().to_owned()));
        let declared = self.scope.exceptions.iter().cloned().zip(users).map(|(e, user)| Exception { user, ..e });
        declared.zip(self.approvals.iter().cloned()).collect()
    }

    /// What came of reading the approval of the exception at this place: the approval, or why it is none.
    pub fn approved(&mut self, place: usize, approval: Result<Approval, String>) {
        let Some(exception) = self.scope.exceptions.get_mut(place) else { return };
        match approval {
            Ok(approval) => exception.approval = Some(approval),
            Err(why) => exception.problems.push(format!("`approval`: {why}")),
        }
    }

    /// Asks this region too.
    pub fn ask_region(&mut self, region: Region) {
        self.scope.regions.push(region);
    }

    /// The admins named for a pool, as declared.
    pub fn named_admins(&self, pool: &PoolId) -> &[Secret] {
        self.named_admins.get(pool).map_or(&[], Vec::as_slice)
    }

    /// The external id for the role that reads a pool.
    pub fn external_id(&self, pool: &PoolId) -> Option<&Secret> {
        self.external_ids.get(pool)
    }

    /// The scope as it is recorded: `named` turns an e-mail address or a user name into its keyed digest, `key_id` is the
    /// id of the privacy key.
    pub fn scope(&self, key_id: Option<String>, named: impl Fn(&str) -> String) -> Scope {
        let mut scope = self.scope.clone();
        scope.privacy.key_id = key_id;
        for pool in &mut scope.pools {
            pool.named_admins = self.named_admins.get(&pool.id).into_iter().flatten().map(|s| named(s.expose())).collect();
            pool.named_admins.sort();
            pool.named_admins.dedup();
        }
        for (exception, user) in scope.exceptions.iter_mut().zip(&self.excepted) {
            // A pseudonym is one already: it was read off a report.
            let digest = |user: &Secret| if is_pseudonym(user.expose()) { user.expose().to_owned() } else { named(user.expose()) };
            exception.user = user.as_ref().map(digest);
        }
        scope
    }
}

#[cfg(test)]
mod tests;
