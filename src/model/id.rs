//! Newtypes for ids, so that a client id never passes for a pool id.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);
        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

id!(/// A user pool id, such as `eu-west-1_AbCdEf123`.
    PoolId);
id!(/// An app client id.
    ClientId);
id!(/// An AWS region code.
    Region);
id!(/// A twelve-digit AWS account id, or `unknown` where the caller could not be identified.
    AccountId);
id!(/// A check of the catalogue, such as `COG-MFA-001`.
    CheckId);
id!(/// A control with its framework, such as `soc2:CC6.6`.
    ControlId);
id!(/// A user's pseudonym (`u_…`), or the user name where `privacy.mode = "clear"`.
    UserId);

/// Whether a text is a region code; one becomes part of file names and of host names.
pub fn is_region(text: &str) -> bool {
    (4..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl PoolId {
    /// The region that a pool id begins with (API reference, UserPoolIdType: `[\w-]+_[0-9a-zA-Z]+`).
    pub fn region(&self) -> Option<Region> {
        let (region, rest) = self.0.split_once('_')?;
        (region.contains('-') && !rest.is_empty()).then(|| Region::new(region))
    }
}

impl CheckId {
    /// Whether it says what the evidence itself is worth (`COG-EVD-…`): such a check has no exception and cannot be switched off.
    pub fn is_of_evidence(&self) -> bool {
        self.0.starts_with("COG-EVD-")
    }
}
