//! `population.csv`: one row a user (RFC 4180, UTF-8, CRLF), sorted by account, region, pool and pseudonym. Written row by row, so that a
//! million users need no more memory than one. It prints what the snapshot holds and decides nothing.
//!
//! Columns: see [`COLUMNS`]. `yes`/`no` where known, empty where the answer was silent. A list is joined with `|`. A value that a
//! spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"): the names are strangers'.

use super::population::listed_factors;
use crate::model::fetched::GapKind;
use crate::model::id::PoolId;
use crate::model::scope::PrivacyMode;
use crate::snapshot::Snapshot;
use crate::snapshot::activity::Activity;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::{Contact, User};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The columns with what each holds, in order. The head row is the names.
pub const COLUMNS: [(&str, &str); 25] = [
    ("account", "AWS account that holds the pool."),
    ("region", "Region of the pool."),
    ("pool", "Id of the user pool."),
    ("user", "Pseudonym (u_…), the user name under privacy.mode = clear, or the row's number under mask."),
    ("status", "UserStatus, verbatim."),
    ("enabled", "Enabled."),
    ("created", "Day of UserCreateDate, UTC."),
    ("modified", "Day of UserLastModifiedDate, UTC; says nothing of sign-ins."),
    (
        "last_sign_in",
        "Day of the last sign-in that was read of the user's events and remembered devices, UTC; `none-seen` where the events were read to \
         their end and none can be one, which does not say that there never was one; empty where they were not read or leave it open.",
    ),
    ("external", "Status EXTERNAL_PROVIDER: the identity provider authenticates."),
    ("linked", "Local, and linked to an identity provider too: both ways in."),
    ("providers", "Names of the identity providers in `identities`."),
    ("email_present", "An e-mail address is set."),
    ("email_verified", "It is verified."),
    ("phone_present", "A telephone number is set."),
    ("phone_verified", "It is verified."),
    ("phone_e164", "It is in E.164 form."),
    ("phone_country", "Its country code, digits only."),
    ("factors_read", "`yes`, `not-asked`, or `no` where it was denied or failed."),
    ("mfa_settings", "UserMFASettingList, verbatim."),
    ("preferred", "PreferredMfaSetting, verbatim."),
    ("configured", "ConfiguredUserAuthFactors, verbatim; only WEB_AUTHN can be a second factor."),
    ("factors", "The factors that are listed for the user, passkeys included."),
    ("factor_state", "enrolled, derived, not-enrolled, indeterminate, not-asked, unread, pending, federated, disabled or unconfirmed."),
    ("privileged", "In a group declared privileged, or a named administrator."),
];

/// Writes the whole file and returns the number of users.
///
/// # Errors
/// `out` cannot be written to.
pub fn write(snapshot: &Snapshot, mode: PrivacyMode, out: &mut dyn Write) -> io::Result<u64> {
    row(out, COLUMNS.iter().map(|(name, _)| (*name).to_owned()))?;
    each(snapshot, mode, &mut |pool, user, name| row(out, cells(pool, user, name)))
}

/// Every user in the order of the file, with what its `user` column says; returns their number.
///
/// # Errors
/// Those of `take`.
pub fn each<'a>(
    snapshot: &'a Snapshot,
    mode: PrivacyMode,
    take: &mut dyn FnMut(&'a Pool, &'a User, String) -> io::Result<()>,
) -> io::Result<u64> {
    let mut pools: Vec<&Pool> = snapshot.pools.iter().collect();
    pools.sort_by(|a, b| (&a.account, &a.region, &a.id).cmp(&(&b.account, &b.region, &b.id)));
    let mut number = 0;
    for pool in pools {
        let mut users: Vec<&User> = pool.population.users.iter().collect();
        users.sort_by(|a, b| a.id.cmp(&b.id));
        for user in users {
            number += 1;
            let name = if mode == PrivacyMode::Mask { format!("row {number}") } else { user.id.to_string() };
            take(pool, user, defuse(&name))?;
        }
    }
    Ok(number)
}

/// By pool, what the `user` column says of each user, and the pseudonym of the `sub` behind it.
pub fn named(snapshot: &Snapshot, mode: PrivacyMode) -> BTreeMap<PoolId, BTreeMap<String, Option<String>>> {
    let mut all: BTreeMap<PoolId, BTreeMap<String, Option<String>>> = BTreeMap::new();
    let mut take = |pool: &Pool, user: &User, name: String| {
        all.entry(pool.id.clone()).or_default().insert(name, user.sub.clone());
        Ok(())
    };
    // Nothing is written, so nothing fails.
    let _ = each(snapshot, mode, &mut take);
    all
}

/// The whole file in memory.
///
/// # Errors
/// As [`write`]; writing to memory does not fail.
pub fn bytes(snapshot: &Snapshot, mode: PrivacyMode) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write(snapshot, mode, &mut out)?;
    Ok(out)
}

/// File name of [`described`] below `data/formats/`.
pub const DESCRIBED: &str = "population-csv.md";

/// What the columns hold, as Markdown: ships beside the file at `data/formats/population-csv.md`.
pub fn described() -> String {
    let rows: String = COLUMNS.iter().map(|(name, what)| format!("| `{name}` | {} |\n", what.replace('|', "\\|"))).collect();
    format!(
        "# population.csv\n\nOne row a user, sorted by account, region, pool and user. RFC 4180, UTF-8, CRLF. `yes` or `no` where known, empty where \
         the answer was silent. A list is joined with a vertical bar. An apostrophe before `=`, `+`, `-` or `@` keeps a spreadsheet from \
         taking a value for a formula.\n\n| Column | What it holds |\n|:---|:---|\n{rows}"
    )
}

fn cells(pool: &Pool, user: &User, name: String) -> [String; COLUMNS.len()] {
    let yes = |b: bool| if b { "yes" } else { "no" }.to_owned();
    let day = |d: Option<chrono::NaiveDate>| d.map(|d| d.to_string()).unwrap_or_default();
    let verified = |c: &Option<Contact>| c.as_ref().map(|c| yes(c.verified)).unwrap_or_default();
    let (read, factors) = match user.factors.known() {
        Ok(Some(factors)) => ("yes", factors.clone()),
        Err(gap) if gap.kind == GapKind::NotAsked => ("not-asked", Default::default()),
        _ => ("no", Default::default()),
    };
    let phone = user.phone.as_ref();
    [
        pool.account.to_string(),
        pool.region.to_string(),
        pool.id.to_string(),
        name,
        user.status.clone().unwrap_or_default(),
        user.enabled.map(yes).unwrap_or_default(),
        day(user.created),
        day(user.modified),
        last_sign_in(user),
        yes(!user.is_local()),
        yes(user.is_local() && !user.identities.is_empty()),
        user.identities.join("|"),
        yes(user.email.is_some()),
        verified(&user.email),
        yes(phone.is_some()),
        verified(&user.phone),
        phone.and_then(|p| p.e164).map(yes).unwrap_or_default(),
        phone.and_then(|p| p.country.as_deref()).unwrap_or_default().trim_start_matches("+").to_owned(),
        read.to_owned(),
        factors.settings.join("|"),
        factors.preferred.unwrap_or_default(),
        factors.configured.join("|"),
        listed_factors(user).join("|"),
        user.state.word().to_owned(),
        yes(user.privileged),
    ]
}

/// As the column's text says. What was not read to its end, or has something that may have been a sign-in, shows no absence.
fn last_sign_in(user: &User) -> String {
    let read: Vec<&Activity> = [&user.events, &user.devices].into_iter().filter_map(|fact| fact.if_read()).collect();
    let quiet = |a: &&Activity| a.whole && a.maybe.is_none();
    match read.iter().filter_map(|a| a.last.as_ref()).map(|(day, _)| *day).max() {
        Some(day) => day.to_string(),
        None if user.events.if_read().is_some() && read.iter().all(quiet) => "none-seen".to_owned(),
        None => String::new(),
    }
}

/// Writes one row: RFC 4180, with CRLF, no cell a formula.
///
/// # Errors
/// `out` cannot be written to.
pub fn row(out: &mut dyn Write, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
    let line: Vec<String> = cells.into_iter().map(|cell| quote(&defuse(&cell))).collect();
    out.write_all(line.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

/// Quotes as RFC 4180, section 2 (6, 7) says, also where a spreadsheet would split at semicolons or tabs.
fn quote(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n', ';', '\t']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// An apostrophe before what would begin a formula: at the start, and after what some spreadsheets take for the start of a cell.
fn defuse(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len() + 1);
    let mut starts = true;
    for c in cell.chars() {
        let formula = matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠');
        if starts && formula {
            out.push('\'');
        }
        starts = matches!(c, ',' | ';' | '\t' | '\r' | '\n' | '"');
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::{Fixture, pseudonyms};
    use serde_json::json;

    #[test]
    fn formulas_are_defused_wherever_a_cell_may_begin() {
        for (from, to) in [
            ("plain", "plain"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("a-b", "a-b"),
            ("\t=1", "\"'\t'=1\""),
            ("x;=cmd|' /C calc'!A0", "\"x;'=cmd|' /C calc'!A0\""),
            ("a,\"=1", "\"a,\"\"'=1\""),
            ("＝1", "'＝1"),
            ("u_2b7kq6m4xw", "u_2b7kq6m4xw"),
        ] {
            assert_eq!(quote(&defuse(from)), to, "{from:?}");
        }
    }

    #[test]
    fn a_history_that_was_not_read_to_its_end_shows_no_absence() {
        let event = |kind: &str| json!({"EventType": kind, "EventResponse": "Pass", "CreationDate": 1_788_000_000.0});
        for (answer, shown) in [
            (None, ""),
            (Some(json!({"AuthEvents": []})), "none-seen"),
            (Some(json!({"AuthEvents": [event("ForgotPassword")]})), "none-seen"),
            (Some(json!({"AuthEvents": [event("PasswordChange")]})), ""),
            (Some(json!({"AuthEvents": [], "NextToken": "more"})), ""),
            (Some(json!({"AuthEvents": [event("SignIn")], "NextToken": "more"})), "2026-08-29"),
        ] {
            let mut fixture = Fixture::good();
            if let Some(answer) = &answer {
                fixture.of_user("AdminListUserAuthEvents", "bob", answer.clone());
            }
            let snapshot = fixture.snapshot();
            let of = |name: &str| {
                let id = pseudonyms().user(&format!("sub-{name}"));
                last_sign_in(snapshot.pools[0].population.users.iter().find(|u| u.id.as_str() == id).unwrap())
            };
            assert_eq!((of("bob").as_str(), of("ann").as_str()), (shown, ""), "{answer:?}");
        }
    }

    #[test]
    fn a_row_has_as_many_cells_as_columns_and_ends_with_crlf() {
        let mut out = Vec::new();
        row(&mut out, ["a".to_owned(), "b\"c\r\nd".to_owned(), "e,f".to_owned()]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,\"b\"\"c\r\nd\",\"e,f\"\r\n");
    }
}
