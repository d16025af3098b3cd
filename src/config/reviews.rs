//! The file of an access review, a TOML: as its reviewer writes it. It reads text and opens no file; no error repeats a line
//! of it, because a name may stand where a pseudonym should.

use crate::digest::sha256_hex;
use crate::model::review::{PoolReview, Review};
use chrono::NaiveDate;
use serde::Deserialize;

/// Largest file, bytes.
pub const LARGEST: u64 = 16 << 20;
/// Most problems told at once.
const MOST_TOLD: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    reviewer: String,
    role: String,
    on: String,
    period: String,
    population: String,
    #[serde(default)]
    pool: Vec<PoolReview>,
}

/// Reads a review file; `today` is the last day that it may be of.
///
/// # Errors
/// It is no TOML, lacks a key or holds another, is of a day to come, or is ill-formed; each sentence names the file.
pub fn read(text: &str, file: &str, today: NaiveDate) -> Result<Review, String> {
    let form: Form = toml::from_str(text).map_err(|e| {
        let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        // What a parser says of a value may repeat it; the name of a key that is missing or not known may be said.
        let what =
            if e.message().contains(" field `") { e.message() } else { "this cannot be read as a review; see the README for its form" };
        format!("{file}:{line}: {what}")
    })?;
    let on: NaiveDate = form.on.parse().map_err(|_| format!("{file}: on must be a day in quotes, such as \"2026-06-30\""))?;
    if on > today {
        return Err(format!("{file}: it is of {on}, which is still to come"));
    }
    let review = Review {
        reviewer: form.reviewer,
        role: form.role,
        on,
        period: form.period,
        population: form.population,
        sha256: sha256_hex(text.as_bytes()),
        pools: form.pool,
    };
    let defects = review.defects();
    if defects.is_empty() {
        return Ok(review);
    }
    let mut lines: Vec<String> = defects.iter().take(MOST_TOLD).map(|what| format!("{file}: {what}")).collect();
    if defects.len() > MOST_TOLD {
        lines.push(format!("{file}: and {} more", defects.len() - MOST_TOLD));
    }
    Err(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> String {
        let user = |c: &str| format!("u_{}", c.repeat(20));
        format!(
            "reviewer = \"C. Santos\"\nrole = \"head of IT\"\non = \"2026-06-30\"\nperiod = \"2026-H1\"\npopulation = \"{}\"\n[[pool]]\nid = \"eu-west-1_A\"\nkeep = [\"{}\"]\nremove = [\"{}\"]\n",
            "0a".repeat(32),
            user("a"),
            user("b")
        )
    }
    fn read(text: &str) -> Result<Review, String> {
        super::read(text, "review.toml", "2026-07-01".parse().unwrap())
    }

    #[test]
    fn a_review_is_read_and_a_wrong_one_told_without_its_content() {
        let review = read(&good()).unwrap();
        assert_eq!((review.pools[0].keep.len(), review.pools[0].remove.len(), review.sha256), (1, 1, sha256_hex(good().as_bytes())));
        for (from, to, said) in [
            ("2026-06-30", "2026-07-02", "still to come"),
            ("2026-06-30", "in June", "on must be a day"),
            ("period", "perod", "perod"),
            ("role = \"head of IT\"\n", "", "role"),
            ("keep = [\"u_", "keep = [\"ann@example.com u_", "user 1 of keep of pool eu-west-1_A is no pseudonym"),
            ("keep = [", "keep = [ann@example.com, ", "review.toml:8: this cannot be read"),
            ("keep = [", "keep = [7, ", "review.toml:8: this cannot be read"),
        ] {
            let why = read(&good().replacen(from, to, 1)).expect_err(said);
            assert!(why.starts_with("review.toml:") && why.contains(said) && !why.contains("ann@"), "{why}");
        }
    }
}
