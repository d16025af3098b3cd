//! Changing the MFA mode of a pool, safely: what would be sent, who blocks it, the journal that is ahead of every write,
//! and the way back. Pure but for the journal: AWS is behind [`Cloud`], and so is the clock, so that a test can end the
//! program at any call. Nothing here writes to AWS unless it is told to apply.

pub mod bundled;
pub mod enforce;
pub mod journal;
pub mod people;
pub mod settings;
#[cfg(test)]
mod testkit;
pub mod window;
pub mod write;

use chrono::{DateTime, Utc};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// One pool of AWS, as far as a change needs it. Answers are exact and hold secrets.
pub trait Cloud {
    /// GetUserPoolMfaConfig.
    ///
    /// # Errors
    /// There is no answer; see [`Trouble`]. So for each call here.
    fn mfa_config(&mut self) -> Result<Answer, Trouble>;
    /// DescribeUserPool.
    ///
    /// # Errors
    /// As above.
    fn describe(&mut self) -> Result<Answer, Trouble>;
    /// SetUserPoolMfaConfig with exactly this request. Sent once, unless AWS says "slower".
    ///
    /// # Errors
    /// As above; [`Trouble::sure`] says whether it may have been carried out.
    fn set_mfa(&mut self, request: &Value) -> Result<Answer, Trouble>;
    /// The `Users` of ListUsers with this filter, all pages.
    ///
    /// # Errors
    /// As above.
    fn users(&mut self, filter: &str) -> Result<Vec<Value>, Trouble>;
    /// AdminGetUserAuthFactors, or AdminGetUser where the service does not know the first or denies it.
    ///
    /// # Errors
    /// As above.
    fn factors(&mut self, username: &str) -> Result<Value, Trouble>;
    /// The time.
    fn now(&self) -> DateTime<Utc>;
    /// Waits, whatever the operator does.
    fn pause(&mut self, time: Duration);
    /// Waits, and ends early where the operator wants to stop; says whether he does.
    fn listen(&mut self, time: Duration) -> bool;
}

/// An answer of AWS. Holds secrets: no `Debug`.
#[derive(Clone)]
pub struct Answer {
    /// The whole answer.
    pub value: Value,
    /// AWS's request id.
    pub request_id: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// AWS's error code, or ours.
    pub code: String,
    /// AWS said no, or no request was made: certainly nothing was changed, and asking again is of no use.
    pub sure: bool,
    /// AWS's request id, where an answer came.
    pub request_id: Option<String>,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a written setting to be read back from both calls.
    pub seen: Duration,
    /// Between two such readings.
    pub between: Duration,
    /// Between two looks at a user's factors: 0.2 requests a second, of the 10 that AWS allows for one user and the 120 of
    /// the category UserRead.
    pub poll: Duration,
    /// For closing a window that does not want to close.
    pub close: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            seen: Duration::from_secs(60),
            between: Duration::from_secs(2),
            poll: Duration::from_secs(5),
            close: Duration::from_secs(600),
        }
    }
}
