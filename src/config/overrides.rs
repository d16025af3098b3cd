//! What the command line says instead of the scope file. The scope that results is what is recorded.

use super::read::{pool_id, region};
use super::{Config, period};
use crate::model::scope::PoolScope;
use crate::model::verdict::Severity;
use chrono::NaiveDate;
use std::path::PathBuf;

/// Options that stand above the scope file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Only these pools; what the file declares of them stays.
    pub pools: Vec<String>,
    /// Only these regions, instead of the file's; pools declared in others are left out.
    pub regions: Vec<String>,
    /// The period.
    pub period: Option<String>,
    /// The least severity that makes the exit code 1.
    pub fail_on: Option<Severity>,
    /// The evidence folder.
    pub out: Option<PathBuf>,
    /// The roster's file.
    pub roster: Option<PathBuf>,
    /// The day that the roster is of.
    pub roster_as_of: Option<NaiveDate>,
    /// The files of the access reviews; empty: those of the scope file.
    pub reviews: Vec<PathBuf>,
}

impl Config {
    /// Applies the options.
    ///
    /// # Errors
    /// A pool id, region or period is none, or a pool is not in the regions asked for; the message names the option.
    pub fn with(mut self, options: &Overrides) -> Result<Self, String> {
        let scope = &mut self.scope;
        if !options.regions.is_empty() {
            scope.regions.clear();
            for text in &options.regions {
                let region = region(text).map_err(|e| format!("--region {e}"))?;
                if !scope.regions.contains(&region) {
                    scope.regions.push(region);
                }
            }
            scope.pools.retain(|p| scope.regions.contains(&p.region));
        }
        if !options.pools.is_empty() {
            let declared = std::mem::take(&mut scope.pools);
            for text in &options.pools {
                let id = pool_id(text).map_err(|e| format!("--pool {e}"))?;
                let own = id.region().ok_or_else(|| format!("--pool {text:?} names no region"))?;
                if !options.regions.is_empty() && !scope.regions.contains(&own) {
                    return Err(format!("--pool {id} is in {own}, which no --region names"));
                }
                if scope.pool(&id).is_none() {
                    let pool = declared.iter().find(|p| p.id == id).cloned();
                    scope.pools.push(pool.unwrap_or_else(|| PoolScope::undeclared(id, own)));
                }
            }
        }
        if let Some(label) = &options.period {
            scope.period = period::parse(label).map_err(|e| format!("--period {e}"))?;
        }
        scope.fail_on = options.fail_on.unwrap_or(scope.fail_on);
        self.out = options.out.clone().unwrap_or(self.out);
        self.roster = options.roster.clone().or(self.roster);
        self.roster_as_of = options.roster_as_of.or(self.roster_as_of);
        if !options.reviews.is_empty() {
            self.reviews.clone_from(&options.reviews);
        }
        Ok(self)
    }
}
