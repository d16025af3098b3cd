//! Logging: are changes of a pool recorded and noticed, and did its MFA mode hold for the whole period.

mod period;

use super::{Check, Decide, Family};
use crate::model::verdict::Severity;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[Check { id: "COG-LOG-005", revision: 1, severity: Severity::High, decide: Decide::Pool(period::held) }],
    texts: include_str!("period.toml"),
    file: "checks/logging/*.toml",
};

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        super::period::cases::table()
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
