//! How the collector says what it is doing. The command line shows it; the collector knows nothing of terminals.

/// Who is told. Texts hold no identities and no secrets: they go to a terminal or a CI log.
pub trait Progress: Send + Sync {
    /// A step begins, such as `eu-west-1_AbCdEf123: listing users`.
    fn step(&self, what: &str);
    /// The step has done so many of so many (`None`: unknown) units, such as users.
    fn count(&self, done: u64, of: Option<u64>);
    /// Something that the operator has to see: a throttle, a denial, an estimate before per-user reads.
    fn note(&self, text: &str);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn count(&self, _: u64, _: Option<u64>) {}
    fn note(&self, _: &str) {}
}
