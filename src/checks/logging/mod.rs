//! Logging: are changes of a pool recorded and noticed, and did its MFA mode hold for the whole period.

mod bucket;
mod noticed;
mod period;
mod records;
mod retention;
mod trails;

use super::{Check, Decide, Family};
use crate::model::verdict::Severity;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-LOG-001", revision: 2, severity: Severity::High, decide: Decide::Pool(trails::trailed) },
        Check { id: "COG-LOG-002", revision: 1, severity: Severity::Medium, decide: Decide::Pool(records::exported) },
        Check { id: "COG-LOG-003", revision: 3, severity: Severity::Medium, decide: Decide::Pool(retention::kept) },
        Check { id: "COG-LOG-004", revision: 2, severity: Severity::Medium, decide: Decide::Pool(noticed::noticed) },
        Check { id: "COG-LOG-005", revision: 5, severity: Severity::High, decide: Decide::Pool(period::held) },
    ],
    texts: concat!(
        include_str!("trails.toml"),
        include_str!("records.toml"),
        include_str!("retention.toml"),
        include_str!("noticed.toml"),
        include_str!("period.toml")
    ),
    file: "checks/logging/*.toml",
};

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        [
            super::trails::cases::table(),
            super::records::cases::table(),
            super::retention::cases::table(),
            super::bucket::cases::table(),
            super::noticed::cases::table(),
            super::period::cases::table(),
        ]
        .concat()
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
