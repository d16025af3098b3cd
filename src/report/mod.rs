//! The report model: what `evidence.json` holds (`evidence_v1`), how it comes from a recording (`assess`), and the
//! other derived files that re-performance makes again (`population_csv`). No layout and no prose templates here.

pub mod assess;
pub mod evidence_v1;
mod left_out;
mod population;
mod statements;
