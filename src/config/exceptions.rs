//! `[[exception]]` and `[[exclusion]]`. What is wrong with one is kept with it, line and column, for COG-EVD-002 to say: a
//! scope file with an ill-formed exception is still read. No value is repeated in what is said: it may name a person.

use super::keys::{self, Section};
use super::table::{Source, Table};
use super::{Config, Secret, read::pool_id};
use crate::model::exception::{Exception, Exclusion};
use crate::model::id::{CheckId, ClientId, PoolId};
use chrono::NaiveDate;
use std::ops::Range;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};

/// Most of either in a file; more are no longer exceptions.
const MOST: usize = 500;

/// Reads both lists into the scope.
pub fn read(source: &Source<'_>, root: &DeTable<'_>, config: &mut Config) {
    for (span, map) in items(source, root, &keys::EXCEPTION) {
        let (mut user, mut approval) = (None, None);
        let found = declared(source, &keys::EXCEPTION, span, map, |t, own| Exception {
            line: source.line(&t.span()),
            on: t.text("on"),
            pool: t.parsed("pool", pool),
            client: t.parsed("client", client),
            user: {
                user = t.text("user").map(Secret::new);
                None
            },
            reason: t.text("reason"),
            compensating_control: t.text("compensating_control"),
            requester: t.text("requester"),
            approver: t.text("approver"),
            ticket: t.text("ticket"),
            approval: {
                approval = t.text("approval").map(PathBuf::from);
                None
            },
            start: day(t, own, "start"),
            expiry: day(t, own, "expiry"),
            problems: Vec::new(),
        });
        config.scope.exceptions.push(match found {
            Ok((exception, problems)) => Exception { problems, ..exception },
            Err((line, problem)) => Exception { line, problems: vec![problem], ..Exception::default() },
        });
        config.excepted.push(user);
        config.approvals.push(approval);
    }
    for (span, map) in items(source, root, &keys::EXCLUSION) {
        let found = declared(source, &keys::EXCLUSION, span, map, |t, own| Exclusion {
            line: source.line(&t.span()),
            pool: t.parsed("pool", pool),
            check: t.text("check").map(CheckId::new),
            reason: t.text("reason"),
            approver: t.text("approver"),
            start: day(t, own, "start"),
            expiry: day(t, own, "expiry"),
            problems: Vec::new(),
        });
        config.scope.exclusions.push(match found {
            Ok((exclusion, problems)) => Exclusion { problems, ..exclusion },
            Err((line, problem)) => Exclusion { line, problems: vec![problem], ..Exclusion::default() },
        });
    }
}

/// A pool's id; the error does not repeat what was written.
fn pool(text: &str) -> Result<PoolId, String> {
    pool_id(text).map_err(|_| "this is no user pool id such as eu-west-1_AbCdEf123".to_owned())
}

/// The items of a repeated section; something else in its place is one item that cannot be read.
fn items<'a>(source: &Source<'_>, root: &'a DeTable<'a>, section: &Section) -> Vec<(Range<usize>, Option<&'a DeTable<'a>>)> {
    let Some(value) = root.get(section.name) else { return Vec::new() };
    let Some(list) = value.get_ref().as_array() else { return vec![(value.span(), None)] };
    if list.len() > MOST {
        source.problem(value.span(), format!("{} stand in this file; {MOST} are the most", section.title()));
    }
    list.iter().take(MOST).map(|item| (item.span(), item.get_ref().as_table())).collect()
}

/// One item and what is wrong with it; or, for what is no section at all, its line and what is wrong.
fn declared<T>(
    source: &Source<'_>,
    section: &'static Section,
    span: Range<usize>,
    map: Option<&DeTable<'_>>,
    of: impl FnOnce(&Table<'_>, &Source<'_>) -> T,
) -> Result<(T, Vec<String>), (usize, String)> {
    let own = source.beside();
    let Some(map) = map else {
        let line = source.line(&span);
        own.problem(span, format!("this must be a repeated section: write {} on a line of its own for each", section.title()));
        let said = own.into_problems().first().map(ToString::to_string);
        return Err((line, said.unwrap_or_default()));
    };
    let found = of(&Table::new(&own, section, span, map, &[]), &own);
    Ok((found, own.into_problems().iter().map(ToString::to_string).collect()))
}

/// A day; what is none is said without repeating it.
fn day(t: &Table<'_>, own: &Source<'_>, key: &'static str) -> Option<NaiveDate> {
    let day = t.quiet_day(key);
    if t.has(key) && day.is_none() {
        own.problem(t.span_of(key), format!("`{key}` is not a day such as \"2026-09-30\""));
    }
    day
}

/// An app client's id (API reference, ClientIdType: at most 128 characters, `[\w+]+`).
fn client(text: &str) -> Result<ClientId, String> {
    let good = text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'+');
    if good { Ok(ClientId::new(text)) } else { Err("this is no app client id".to_owned()) }
}

/// Whether a value is a day in quotes or a TOML date.
pub(super) fn plain_day(value: &DeValue<'_>) -> Option<NaiveDate> {
    let text = match value {
        DeValue::Datetime(d) if d.time.is_none() => d.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => return None,
    };
    NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|d| d.to_string() == text)
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, keys, read};
    use crate::model::exception::State;
    use crate::model::scope::Scope;

    const GOOD: &str = r#"
[[exception]]
on = "COG-MFA-001"
pool = "eu-west-1_AbCdEf123"
user = "Robot@example.com"
reason = "r"
compensating_control = "c"
requester = "a"
approver = "b"
ticket = "t"
start = "2026-09-01"
expiry = 2027-02-28
"#;

    fn config(text: &str) -> Config {
        read(text, "f", "2026-11-24".parse().unwrap(), &[]).unwrap()
    }
    fn scope(text: &str) -> Scope {
        config(text).scope(None, |name| format!("e_of {}", name.len()))
    }

    #[test]
    fn a_named_user_is_a_digest_and_a_pseudonym_stays() {
        let scope_of = |user: &str| scope(&GOOD.replace("Robot@example.com", user)).exceptions[0].user.clone().unwrap();
        assert_eq!(scope_of("Robot@example.com"), "e_of 17");
        let pseudonym = "u_abcdefghijklmnopqrst";
        assert_eq!(scope_of(pseudonym), pseudonym);
        let debug = format!("{:?}", config(GOOD));
        assert!(!debug.contains("Robot"), "{debug}");
        let found = &scope(GOOD).exceptions[0];
        assert_eq!((found.line, found.state("2026-11-24".parse().unwrap())), (2, State::InForce));
    }

    #[test]
    fn what_is_ill_formed_is_kept_with_its_place_and_the_rest_is_read() {
        let text =
            format!("{}\n[[exception]]\nuser = 7\npool = \"jane@example.com\"\nstart = \"soon@example.com\"\nwhy = \"x\"\n", GOOD.trim());
        let scope = scope(&text);
        assert!(scope.exceptions[0].problems.is_empty());
        let said = scope.exceptions[1].problems.join("\n");
        for part in [
            "13:8: `user` must be a text",
            "14:8: `pool`: this is no user pool id",
            "15:9: `start` is not a day",
            "16:1: unknown key `why`",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains('@'), "no value is repeated: {said}");
        assert_eq!(scope.exceptions[1].state("2026-11-24".parse().unwrap()), State::IllFormed);
    }

    #[test]
    fn what_is_no_section_is_an_ill_formed_exception() {
        for text in ["exception = 5", "exception = [\"x\"]", "[exception]\non = \"COG-MFA-001\""] {
            let scope = scope(text);
            assert!(scope.exceptions.len() == 1 && scope.exceptions[0].problems[0].contains("[[exception]]"), "{text}: {scope:?}");
        }
        assert!(scope("exclusion = true").exclusions[0].problems[0].contains("[[exclusion]]"));
        assert!(scope("exception = []").exceptions.is_empty());
    }

    #[test]
    fn broken_toml_is_refused() {
        assert!(read("[[exception]\n", "f", "2026-11-24".parse().unwrap(), &[]).is_err());
        let many = "[[exception]]\n".repeat(501);
        assert!(read(&many, "f", "2026-11-24".parse().unwrap(), &[]).unwrap_err().to_string().contains("500 are the most"));
    }

    #[test]
    fn the_examples_together_are_well_formed() {
        for section in [&keys::EXCEPTION, &keys::EXCLUSION] {
            let lines = section.keys.iter().filter(|k| !["client", "check"].contains(&k.name));
            let text: Vec<String> = lines.map(|k| format!("{} = {}", k.name, k.value)).collect();
            let scope = scope(&format!("{}\n{}", section.title(), text.join("\n")));
            assert!(scope.exceptions.iter().all(|e| e.defects().is_empty()), "{scope:?}");
            assert!(scope.exclusions.iter().all(|e| e.defects().is_empty()), "{scope:?}");
        }
    }
}
