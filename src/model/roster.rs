//! The roster as a run keeps it (`data/inputs/roster.json`): who works here, by keyed digests only, and who has left.
//! Pure data; reading it refuses whatever is no digest, so that nothing personal can stand in the file.

use super::json;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The value of [`Roster::format`].
pub const FORMAT: &str = "poolproof-roster/1";

/// Whether somebody works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Works here.
    Active,
    /// Has left.
    Left,
}

/// Somebody on the roster. At least one of the three digests is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// `e_…`: of the e-mail address, without case, under the bundle's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `n_…`: of the user name, under the bundle's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `u_…`: the pseudonym of the `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Works here or has left.
    pub status: Status,
    /// The last day; it may be ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_on: Option<NaiveDate>,
}

impl Person {
    /// The digests by which a user may be found.
    pub fn digests(&self) -> impl Iterator<Item = &str> {
        [&self.email, &self.username, &self.sub].into_iter().flatten().map(String::as_str)
    }
    /// Whether the account should have ended before `day`: the last day itself is still a day of work.
    pub fn has_left(&self, day: NaiveDate) -> bool {
        self.left_on.map_or(self.status == Status::Left, |last| last < day)
    }
}

/// The roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// Always [`FORMAT`].
    pub format: String,
    /// The day that it is of, as its owner says.
    pub as_of: NaiveDate,
    /// Keyed commitment to the exact bytes of the file (hex): a plain digest of a small file could be guessed.
    pub commitment: String,
    /// Length of that file, bytes.
    pub bytes: u64,
    /// How many there are in `people`.
    pub rows: u64,
    /// Everybody on it, sorted: not in the order of the file.
    pub people: Vec<Person>,
}

impl Roster {
    /// Reads `roster.json`.
    ///
    /// # Errors
    /// It is none of this format, or something in it is no keyed digest.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let roster: Self = json::strict(bytes)?;
        if roster.format != FORMAT {
            return Err(format!("its format is not {FORMAT}"));
        }
        if roster.people.is_empty() || roster.rows != roster.people.len() as u64 {
            return Err("it holds nobody, or not as many as it says".to_owned());
        }
        let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !hex(&roster.commitment) {
            return Err("its commitment is not 64 hexadecimal digits".to_owned());
        }
        for (n, person) in roster.people.iter().enumerate() {
            let found = [(&person.email, "e_"), (&person.username, "n_"), (&person.sub, "u_")];
            if found.iter().any(|(digest, prefix)| digest.as_ref().is_some_and(|d| !is_keyed(d, prefix))) {
                return Err(format!("/people/{n} holds something that is no keyed digest"));
            }
            if person.digests().next().is_none() {
                return Err(format!("/people/{n} has no digest by which a user could be found"));
            }
        }
        Ok(roster)
    }

    /// The bytes of `roster.json`.
    ///
    /// # Errors
    /// Serialization fails.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// A prefix and 20 characters of base32, as `recording::pseudonym` makes them.
fn is_keyed(text: &str, prefix: &str) -> bool {
    let base32 = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 20 && rest.bytes().all(base32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn good() -> Value {
        json!({"format": FORMAT, "as_of": "2026-09-28", "commitment": "0a".repeat(32), "bytes": 20, "rows": 1,
            "people": [{"email": format!("e_{}", "a".repeat(20)), "status": "active"}]})
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let read = |value: &Value| Roster::read(value.to_string().as_bytes());
        let roster = read(&good()).unwrap();
        assert_eq!(Roster::read(&roster.to_json().unwrap()), Ok(roster));
        for (what, at, value) in [
            ("an address in clear", "/people/0/email", json!("ann@example.com")),
            ("a user's pseudonym for an address", "/people/0/email", json!(format!("u_{}", "a".repeat(20)))),
            ("a name", "/people/0/name", json!("Ann")),
            ("nobody", "/people", json!([])),
            ("more than it says", "/rows", json!(2)),
            ("a person without a digest", "/people/0/email", Value::Null),
            ("a commitment that is none", "/commitment", json!("ann")),
            ("another format", "/format", json!("poolproof-roster/2")),
        ] {
            let mut changed = good();
            let (parent, name) = at.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[name] = value;
            assert!(read(&changed).is_err(), "{what} is taken");
        }
    }

    #[test]
    fn the_last_day_is_a_day_of_work() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let left_on = |status, on: Option<&str>| Person { email: None, username: None, sub: None, status, left_on: on.map(day) };
        for (person, expected) in [
            (left_on(Status::Active, None), false),
            (left_on(Status::Left, None), true),
            (left_on(Status::Left, Some("2026-09-29")), true),
            (left_on(Status::Left, Some("2026-09-30")), false),
            (left_on(Status::Active, Some("2026-09-29")), true),
            (left_on(Status::Active, Some("2026-10-31")), false),
        ] {
            assert_eq!(person.has_left(day("2026-09-30")), expected, "{person:?}");
        }
    }
}
