//! Enforcement against a pool that fails, lies and kills: ON is set only where every admin holds a factor, everything else
//! is kept, and what cannot be read back is put back.

use super::*;
use crate::change::testkit::{Fake, Fate, POOL, at_desk, full, said};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

const ADMINS: &[&str] = &["ann@example.com", "bob"];

fn ready() -> Fake {
    let mut fake = Fake::new("OPTIONAL");
    fake.user("ann", "CONFIRMED", &["SOFTWARE_TOKEN_MFA"]);
    fake.user("bob", "CONFIRMED", &["SMS_MFA", "SOFTWARE_TOKEN_MFA"]);
    fake
}
fn looked(fake: &Fake, named: &[&str]) -> Looked {
    look(&mut fake.clone(), &PoolId::from(POOL), named, false)
}
fn enforce(fake: &Fake, folder: &std::path::Path) -> Outcome {
    let looked = looked(fake, ADMINS);
    at_desk(fake, folder, "c_1", |desk| apply(desk, &looked)).unwrap()
}
fn without_mode(mut value: Value) -> Value {
    value.as_object_mut().unwrap().remove("MfaConfiguration");
    value
}

#[test]
fn on_is_set_and_every_other_setting_kept() {
    let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
    let Outcome::Done(written) = enforce(&fake, dir.path()) else { panic!("not done") };
    assert!(written.request_id.is_some() && written.unlike.is_empty());
    assert_eq!(fake.modes(), ("ON".to_owned(), "ON".to_owned()));
    assert_eq!(without_mode(fake.world.borrow().config.clone()), without_mode(full("ON")));
    let said = said(dir.path());
    let steps: Vec<_> = said.entries().iter().map(|e| (e.step, e.came)).collect();
    assert_eq!(steps, [(Step::Enforce, None), (Step::Enforce, Some(Came::Done))]);
    assert!(said.unsettled().is_empty() && said.broken.is_empty());
}

#[test]
fn a_pool_that_is_on_is_left_alone() {
    let fake = Fake::new("ON");
    assert_eq!(looked(&fake, &[]).verdict, Verdict::Already);
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(enforce(&fake, dir.path()), Outcome::Changed);
    assert_eq!(fake.writes(), 0);
}

#[test]
fn on_is_never_set_where_an_admin_lacks_a_factor_or_was_not_read() {
    type Spoil = fn(&mut Fake);
    let cases: &[(&str, Spoil, &[&str])] = &[
        ("no admin is named", |_| {}, &[]),
        ("is not in this pool", |_| {}, &["ann", "nobody@example.com"]),
        ("no active TOTP", |f| f.user("bob", "CONFIRMED", &[]), ADMINS),
        ("no active TOTP", |f| f.user("bob", "CONFIRMED", &["SMS_MFA"]), ADMINS),
        ("is disabled", |f| f.world.borrow_mut().users[1]["Enabled"] = json!(false), ADMINS),
        ("identity provider", |f| f.user("bob", "EXTERNAL_PROVIDER", &["SOFTWARE_TOKEN_MFA"]), ADMINS),
        ("could not be read", |f| f.world.borrow_mut().factors_denied = true, ADMINS),
        ("would lose (/New)", |f| f.world.borrow_mut().config["New"] = json!(1), ADMINS),
        ("has not enabled TOTP", |f| f.world.borrow_mut().config["SoftwareTokenMfaConfiguration"]["Enabled"] = json!(false), ADMINS),
        ("says OPTIONAL and DescribeUserPool says OFF", |f| f.world.borrow_mut().pool["MfaConfiguration"] = json!("OFF"), ADMINS),
        ("another pool", |f| f.world.borrow_mut().pool["Id"] = json!("eu-west-1_Other"), ADMINS),
        ("can be no e-mail", |_| {}, &["ann", "x\" or y"]),
    ];
    for (expected, spoil, named) in cases {
        let mut fake = ready();
        spoil(&mut fake);
        let looked = looked(&fake, named);
        let why = match &looked.verdict {
            Verdict::Blocked(why) => why.join("; "),
            Verdict::Unread(why) => why.clone(),
            other => panic!("{expected}: {other:?}"),
        };
        assert!(why.contains(expected), "{why}");
        let dir = tempfile::tempdir().unwrap();
        let outcome = at_desk(&fake, dir.path(), "c_1", |desk| apply(desk, &looked)).unwrap();
        assert_eq!((outcome, fake.writes()), (Outcome::Changed, 0), "{expected}");
    }
}

#[test]
fn two_users_with_one_address_must_both_hold_a_factor() {
    let mut fake = ready();
    fake.user("ann2", "CONFIRMED", &[]);
    fake.world.borrow_mut().users[2]["Attributes"][1]["Value"] = json!("ann@example.com");
    assert!(matches!(looked(&fake, ADMINS).verdict, Verdict::Blocked(_)));
}

#[test]
fn an_open_window_blocks() {
    let fake = ready();
    let looked = look(&mut fake.clone(), &PoolId::from(POOL), ADMINS, true);
    assert!(matches!(looked.verdict, Verdict::Blocked(why) if why[0].contains("--close")));
}

#[test]
fn a_setting_that_the_write_lost_is_put_back() {
    let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().twists = Some(|config| {
        if config["MfaConfiguration"] == "ON" {
            config.as_object_mut().unwrap().remove("SmsMfaConfiguration");
        }
    });
    let Outcome::RolledBack(written, back) = enforce(&fake, dir.path()) else { panic!("not rolled back") };
    assert_eq!((written.unlike, back.came), (vec!["SmsMfaConfiguration".to_owned()], Came::Done));
    assert_eq!(fake.world.borrow().config, full("OPTIONAL"));
    assert!(said(dir.path()).unsettled().is_empty());
}

#[test]
fn a_mode_that_one_call_keeps_denying_is_put_back() {
    let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().describe_stuck = true;
    assert!(matches!(enforce(&fake, dir.path()), Outcome::RolledBack(w, b) if w.came == Came::Mismatch && b.came == Came::Done));
    assert_eq!(fake.mode(), "OPTIONAL");
}

#[test]
fn a_pool_that_changed_after_the_look_is_not_written() {
    let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
    let looked = looked(&fake, ADMINS);
    fake.world.borrow_mut().config["EmailMfaConfiguration"]["Subject"] = json!("another");
    let outcome = at_desk(&fake, dir.path(), "c_1", |desk| apply(desk, &looked)).unwrap();
    assert_eq!((outcome, fake.writes()), (Outcome::Changed, 0));
}

/// Calls of a whole enforcement, counted from the look.
fn calls() -> usize {
    let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
    enforce(&fake, dir.path());
    let calls = fake.world.borrow().calls;
    assert!(calls >= 9, "{calls}");
    calls
}

#[test]
fn killed_at_every_call_the_journal_is_ahead_of_the_pool_and_nothing_is_lost() {
    for fate in [Fate::DiesBefore, Fate::DiesAfter] {
        for n in 1..=calls() {
            let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
            fake.world.borrow_mut().fate.insert(n, fate);
            assert!(catch_unwind(AssertUnwindSafe(|| enforce(&fake, dir.path()))).is_err());
            assert_eq!(without_mode(fake.world.borrow().config.clone()), without_mode(full("ON")), "{fate:?} {n}");
            let said = said(dir.path());
            if fake.writes() > 0 {
                assert_eq!(said.unsettled().len(), 1, "{fate:?} {n}: the write has no line");
            }
            // The next time settles it and, where it is still needed, does it.
            fake.world.borrow_mut().fate.clear();
            let mode = if fake.mode() == "ON" { MfaMode::On } else { MfaMode::Optional };
            at_desk(&fake, dir.path(), "c_2", |desk| settle(desk, mode)).unwrap();
            assert!(super::super::journal::read(dir.path()).unwrap().unsettled().is_empty(), "{fate:?} {n}");
            if mode == MfaMode::Optional {
                assert!(matches!(enforce(&fake, dir.path()), Outcome::Done(_)));
            }
            assert_eq!(fake.mode(), "ON");
        }
    }
}

#[test]
fn a_call_that_fails_anywhere_never_reports_more_than_was_read() {
    for fate in [Fate::Lost, Fate::LostAfter, Fate::Refused] {
        for n in 1..=calls() {
            let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
            fake.world.borrow_mut().fate.insert(n, fate);
            let outcome = enforce(&fake, dir.path());
            said(dir.path());
            match outcome {
                Outcome::Done(_) => assert_eq!(fake.modes(), ("ON".to_owned(), "ON".to_owned()), "{fate:?} {n}"),
                Outcome::NotWritten(_) | Outcome::Changed => assert_eq!(fake.mode(), "OPTIONAL", "{fate:?} {n}"),
                other => panic!("{fate:?} {n}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_network_that_is_lost_after_the_write_leaves_the_stronger_setting_and_says_that_it_was_not_seen() {
    let write = calls() - 2;
    let (fake, dir) = (ready(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().lost_from = Some(write + 1);
    assert!(matches!(enforce(&fake, dir.path()), Outcome::NotSeen(_)));
    assert_eq!((fake.mode().as_str(), fake.writes()), ("ON", 1));
    assert_eq!(said(dir.path()).unsettled().len(), 1);
}
