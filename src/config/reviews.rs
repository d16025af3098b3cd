//! The file of an access review, a TOML: as its reviewer writes it, with users as `population.csv` names them. It reads text and
//! opens no file; no error repeats a line of it, because a name may stand where a pseudonym should.

use crate::digest::sha256_hex;
use crate::model::exception::is_pseudonym;
use crate::model::review::{PoolReview, Population, Review};
use chrono::NaiveDate;
use serde::Deserialize;

/// Largest file, bytes.
pub const LARGEST: u64 = 16 << 20;
/// What to do about a user who is named otherwise than by pseudonym.
const WITH_BUNDLE: &str = "rows and user names are known from the bundle whose population.csv the review names: give that bundle (run --previous BUNDLE, or poolproof review FILE --bundle BUNDLE)";
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

/// Reads a review file; `today` is the last day that it may be of. Users whom it names by row (`privacy.mode = "mask"`) or user
/// name (`clear`) are looked up in `population`, if that is the one that it is of.
///
/// # Errors
/// It is no TOML, lacks a key or holds another, is of a day to come, or is ill-formed; each sentence names the file.
pub fn read(text: &str, file: &str, today: NaiveDate, population: Option<&Population>) -> Result<Review, String> {
    let mut form: Form = toml::from_str(text).map_err(|e| {
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
    let (mut defects, mut unknown) = (Vec::new(), Vec::new());
    let population = population.filter(|p| p.sha256 == form.population);
    for PoolReview { id, keep, remove } in &mut form.pool {
        for (list, users) in [("keep", keep), ("remove", remove)] {
            for (user, n) in users.iter_mut().zip(1..) {
                match population.map(|p| p.pseudonym(id, user)) {
                    Some(Ok(pseudonym)) => *user = pseudonym,
                    Some(Err(why)) => defects.push(format!("user {n} of {list} of pool {id} {why}")),
                    None if is_pseudonym(user) => {}
                    None => unknown.push(format!("user {n} of {list} of pool {id}")),
                }
            }
        }
    }
    if let Some(first) = unknown.first() {
        let more = if unknown.len() > 1 { format!(" (and {} more)", unknown.len() - 1) } else { String::new() };
        defects.push(format!("{first} is no pseudonym (u_…){more}; {WITH_BUNDLE}"));
    }
    let review = Review {
        reviewer: form.reviewer,
        role: form.role,
        on,
        period: form.period,
        population: form.population,
        sha256: sha256_hex(text.as_bytes()),
        pools: form.pool,
        signature: None,
    };
    if defects.is_empty() {
        defects = review.defects();
    }
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
        super::read(text, "review.toml", "2026-07-01".parse().unwrap(), None)
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

    /// A population in which `name` stands for the user `b`.
    fn population(name: &str) -> Population {
        let named = |name: &str, of: &str| (name.to_owned(), (!of.is_empty()).then(|| format!("u_{}", of.repeat(20))));
        let users = [named(name, "b"), named("row 1", "a"), named("n_without", "")];
        Population { sha256: "0a".repeat(32), users: [("eu-west-1_A".into(), users.into())].into() }
    }

    #[test]
    fn users_are_named_as_the_population_names_them() {
        let pseudonyms = read(&good()).unwrap();
        let with = |text: &str, population: &Population| super::read(text, "review.toml", "2026-07-01".parse().unwrap(), Some(population));
        let renamed = |to: &str| good().replace(&format!("u_{}", "b".repeat(20)), to);
        for name in ["row 2", "bob@example.com", "'=bob", &format!("u_{}", "b".repeat(20))] {
            let review = with(&renamed(name), &population(name)).unwrap();
            assert_eq!(Review { sha256: pseudonyms.sha256.clone(), ..review }, pseudonyms, "{name}");
        }
        for (what, text, population, said) in [
            (
                "a row of nobody",
                renamed("row 7"),
                population("row 2"),
                "user 1 of remove of pool eu-west-1_A is no pseudonym (u_…), and is not",
            ),
            (
                "a row of another pool",
                renamed("row 2").replace("eu-west-1_A", "eu-west-1_B"),
                population("row 2"),
                "is not in that pool's rows",
            ),
            (
                "a row of another bundle",
                renamed("row 2"),
                Population { sha256: "0b".repeat(32), ..population("row 2") },
                "give that bundle",
            ),
            ("a user without a sub", renamed("n_without"), population("row 2"), "without a sub"),
            ("one user twice", renamed("row 1"), population("row 2"), "decided on twice"),
            (
                "a name that a stranger chose like a pseudonym",
                good(),
                population(&format!("u_{}", "a".repeat(20))),
                "has the form of a pseudonym",
            ),
        ] {
            let why = with(&text, &population).expect_err(what);
            assert!(why.contains(said) && why.starts_with("review.toml: "), "{what}: {why}");
        }
    }
}
