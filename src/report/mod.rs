//! The report model: what `evidence.json` holds (`evidence_v1`, `schema`), how it comes from a recording (`assess`), and the
//! other derived files that re-performance makes again (`population_csv`). No layout and no prose templates here.

pub mod assess;
pub mod check_text;
pub mod evidence_v1;
pub mod exceptions;
pub mod left_out;
mod population;
pub mod population_csv;
pub mod release;
pub mod reviews;
pub mod rollout;
pub mod roster;
pub mod schema;
mod statements;
pub mod summarise;
#[cfg(test)]
pub(crate) mod testdata;
pub mod timeline;
pub mod told;
