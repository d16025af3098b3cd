//! Collecting facts: from AWS, or from files that the AWS CLI wrote. The only place that awaits.
//!
//! A run has a folder of its own. The collector writes `recording/` in it (see [`crate::recording`]) and `private/`, which
//! is never bundled: the run's own key and, until the run is complete, what is needed to go on after an interruption.
//! Whoever calls this holds the lock of the evidence folder and has written the journal's line already.

#[cfg(feature = "aws")]
mod ask;
#[cfg(feature = "aws")]
mod desk;
mod folder;
pub mod import;
#[cfg(feature = "aws")]
mod ledger;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod logging;
pub mod pace;
pub mod plan;
#[cfg(feature = "aws")]
mod pool;
pub mod progress;
#[cfg(feature = "aws")]
mod run;
#[cfg(feature = "aws")]
mod sign_ins;
pub mod trail;
#[cfg(feature = "aws")]
pub mod users;

pub use folder::{join_key, new_run_id, private, recording};
#[cfg(feature = "aws")]
pub use live::change::LivePool;
#[cfg(feature = "aws")]
pub use run::{collect_live, default_region, list_pools};

use crate::io::FileError;
use crate::model::id::{PoolId, Region};
use crate::model::scope::Scope;
use crate::recording::header::Attempts;
use crate::recording::pseudonym::Pseudonyms;
use crate::recording::write::WriteError;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What is known of a run before its first call. Holds keys: no `Debug`.
pub struct Plan {
    /// The run's id, see [`new_run_id`].
    pub run_id: String,
    /// What is asked.
    pub scope: Scope,
    /// SHA-256 of `inputs/scope.json`, hex.
    pub scope_digest: String,
    /// SHA-256 of the catalogue's files, hex.
    pub catalogue_digest: String,
    /// The auditor's challenge.
    pub challenge: Option<String>,
    /// SHA-256 of the time stamp from before the collection, see [`crate::recording::header::Header::begun`].
    pub begun: Option<String>,
    /// SHA-256 of `inputs/changes.jsonl`, see [`crate::recording::header::Header::changes`].
    pub changes: Option<String>,
    /// SHA-256 of the previous bundle's statement payload.
    pub previous: Option<String>,
    /// What the journal says of attempts.
    pub attempts: Attempts,
    /// Pseudonyms under the privacy key and the run's own [`join_key`].
    pub pseudonyms: Pseudonyms,
}

/// A live run. Holds secrets: no `Debug`.
pub struct LivePlan {
    /// The run.
    pub plan: Plan,
    /// External ids of the roles that read pools; secret.
    pub external_ids: BTreeMap<PoolId, String>,
    /// `--accept-mau-cost`: users of pools beyond 1,000 may be read one by one under `users.detail = "auto"`.
    pub accept_mau_cost: bool,
    /// How long to wait and how often to try.
    pub patience: Patience,
    /// An AWS configuration file to use instead of the usual ones; what tests give.
    pub profile_file: Option<PathBuf>,
}

/// How long to wait and how often to try. Every attempt is paced and recorded.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Most attempts at a call that is throttled.
    pub throttled: u32,
    /// Most attempts at a call that fails in a way that may pass (5xx, time-out, connection, cut-off or malformed answer).
    pub failed: u32,
    /// The wait before the second attempt; it doubles from there.
    pub first_wait: Duration,
    /// The longest wait between attempts.
    pub longest_wait: Duration,
    /// For a connection.
    pub connect: Duration,
    /// For a whole answer.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            throttled: 8,
            failed: 4,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(20),
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
        }
    }
}

/// What was collected, in figures. The recording says the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// The recording's folder.
    pub recording: PathBuf,
    /// The run was continued: part of it was there already.
    pub resumed: bool,
    /// Call attempts that were answered, in this session.
    pub answered: u64,
    /// Call attempts that failed, in this session.
    pub failed: u64,
    /// Pools that were asked about.
    pub pools: u64,
    /// Bytes of torn last lines that a crash had left and that were cut.
    pub torn: u64,
}

/// A pool as ListUserPools shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPool {
    /// Its id.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Region,
}

/// Why collecting stopped. What was recorded is kept, and the same command goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The recording cannot be written or continued.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file of the run's folder cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder holds another run.
    #[error("{} holds another run: its {what} is {found}, not {expected}; give another folder", folder.display())]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: &'static str,
        /// What stands there.
        found: String,
        /// What this run has.
        expected: String,
    },
    /// A private file is not what this tool wrote.
    #[error("{} is damaged ({why}); without it this run cannot be continued: begin another one", path.display())]
    Private {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Nobody said which region.
    #[error("no region: name a pool or a region (--pool, --region, `regions` in poolproof.toml), or set AWS_REGION or a profile's region")]
    NoRegion,
    /// Credentials of another account continue the run.
    #[error(
        "this run began with account {began}, and {who} now belongs to account {found}: continue with the credentials it began with, or begin another run"
    )]
    OtherAccount {
        /// Profile or role.
        who: String,
        /// The account then.
        began: String,
        /// The account now.
        found: String,
    },
    /// There are no credentials, or they ran out.
    #[error(
        "{who}: the credentials are missing or no longer accepted ({code}); log in (`aws sts get-caller-identity` must work) and run the same command again: it goes on where it stopped"
    )]
    Credentials {
        /// Profile or role.
        who: String,
        /// AWS's code.
        code: String,
    },
    /// ListUserPools did not answer (for `init`).
    #[error("{who} could not list the user pools of {region}: {code}")]
    NotListed {
        /// Profile.
        who: String,
        /// The region.
        region: String,
        /// AWS's code, or ours.
        code: String,
    },
    /// The operator stopped it.
    #[error("stopped; what was collected is kept, run the same command again to continue")]
    Interrupted,
    /// The system refused something that every run needs.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl CollectError {
    /// Whether it is a matter of options or configuration, found before anything was written (exit code 2, else 5).
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::NoRegion)
    }
}
