//! Windows against a pool that fails and kills: MFA is required again afterwards, or the journal says that a window is open.

use super::*;
use crate::change::testkit::{Fake, Fate, POOL, at_desk, full, said};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const TIME: Duration = Duration::from_secs(600);

/// A pool with MFA required, and a user who sets up TOTP at the third look after the first.
fn needed() -> Fake {
    let mut fake = Fake::new("ON");
    fake.user("new", "FORCE_CHANGE_PASSWORD", &[]);
    fake.world.borrow_mut().enrols_after = Some(("new".to_owned(), 3));
    fake
}
fn looked(fake: &Fake) -> Looked {
    look(&mut fake.clone(), &PoolId::from(POOL), "new", false)
}
fn window(fake: &Fake, folder: &Path) -> Result<Report, JournalError> {
    let looked = looked(fake);
    at_desk(fake, folder, "c_1", |desk| run(desk, &looked, Some("u_new".to_owned()), TIME))
}
fn on(fake: &Fake) {
    assert_eq!(fake.modes(), ("ON".to_owned(), "ON".to_owned()));
    assert_eq!(fake.world.borrow().config, full("ON"));
}

#[test]
fn a_window_closes_when_the_user_has_totp() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    let report = window(&fake, dir.path()).unwrap();
    assert!(report.is_shut() && report.ended == Ended::Enrolled && report.journal.is_none());
    on(&fake);
    let said = said(dir.path());
    let lines: Vec<_> = said.entries().iter().map(|e| (e.step, e.came, e.to.as_str())).collect();
    let (open, close) = (Step::OpenWindow, Step::CloseWindow);
    let done = Some(Came::Done);
    assert_eq!(lines, [(open, None, "OPTIONAL"), (open, done, "OPTIONAL"), (close, None, "ON"), (close, done, "ON")]);
    let first = &said.entries()[0];
    assert_eq!((first.user.as_deref(), first.until.as_deref()), (Some("u_new"), Some("2026-11-24T10:10:00.000Z")));
    assert!(said.entries()[1].request_id.is_some() && said.open_windows().is_empty());
}

#[test]
fn a_window_closes_at_the_deadline_when_stopped_and_when_it_is_refused() {
    let ended = |change: fn(&Fake)| {
        let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
        fake.world.borrow_mut().enrols_after = None;
        let looked = looked(&fake);
        change(&fake);
        let report = at_desk(&fake, dir.path(), "c_1", |desk| run(desk, &looked, None, TIME)).unwrap();
        assert!(report.is_shut());
        on(&fake);
        assert!(said(dir.path()).open_windows().is_empty());
        report.ended
    };
    assert_eq!(ended(|_| {}), Ended::Deadline);
    assert_eq!(ended(|f| f.world.borrow_mut().stops_after = Some(3)), Ended::Stopped);
    assert_eq!(ended(|f| f.world.borrow_mut().factors_denied = true), Ended::Refused("AccessDeniedException".to_owned()));
}

#[test]
fn a_user_is_looked_at_no_more_often_than_the_pace_allows() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().enrols_after = None;
    window(&fake, dir.path()).unwrap();
    assert_eq!(fake.world.borrow().looks, 1 + 600 / 5);
}

#[test]
fn no_window_where_none_is_needed_or_it_could_not_help() {
    type Change = fn(&mut Fake);
    let cases: &[(&str, Change)] = &[
        ("HasTotp", |f| f.user("new", "CONFIRMED", &["SOFTWARE_TOKEN_MFA"])),
        ("NotRequired(Optional)", |f| {
            *f = Fake::new("OPTIONAL");
            f.user("new", "CONFIRMED", &[]);
        }),
        ("no such user", |f| f.world.borrow_mut().users.clear()),
        ("is disabled", |f| f.world.borrow_mut().users[0]["Enabled"] = json!(false)),
        ("not enabled TOTP", |f| f.world.borrow_mut().config["SoftwareTokenMfaConfiguration"]["Enabled"] = json!(false)),
        ("would lose (/New)", |f| f.world.borrow_mut().config["New"] = json!({})),
        ("could not be read", |f| f.world.borrow_mut().factors_denied = true),
        ("DescribeUserPool says OPTIONAL", |f| f.world.borrow_mut().pool["MfaConfiguration"] = json!("OPTIONAL")),
    ];
    for (expected, change) in cases {
        let mut fake = needed();
        change(&mut fake);
        let looked = looked(&fake);
        assert!(format!("{:?}", looked.verdict).contains(expected), "{expected}: {:?}", looked.verdict);
        let dir = tempfile::tempdir().unwrap();
        let report = at_desk(&fake, dir.path(), "c_1", |desk| run(desk, &looked, None, TIME)).unwrap();
        assert!(report.closed.is_none() && fake.writes() == 0, "{expected}");
    }
    assert_eq!(looked(&needed()).verdict, Verdict::SetsUpAtSignIn { first: true });
}

#[test]
fn an_address_of_two_users_opens_nothing() {
    let mut fake = needed();
    fake.user("other", "CONFIRMED", &[]);
    fake.world.borrow_mut().users[0]["Attributes"][1]["Value"] = json!("other@example.com");
    let looked = look(&mut fake.clone(), &PoolId::from(POOL), "other@example.com", false);
    assert!(matches!(looked.verdict, Verdict::Blocked(why) if why.contains("more than one")));
}

fn calls() -> usize {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    window(&fake, dir.path()).unwrap();
    let calls = fake.world.borrow().calls;
    assert!(calls >= 14, "{calls}");
    calls
}

#[test]
fn killed_at_every_call_the_pool_is_never_open_without_a_line_and_close_shuts_it() {
    let mut left_open = 0;
    for fate in [Fate::DiesBefore, Fate::DiesAfter] {
        for n in 1..=calls() {
            let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
            fake.world.borrow_mut().fate.insert(n, fate);
            assert!(catch_unwind(AssertUnwindSafe(|| window(&fake, dir.path()))).is_err());
            let windows = said(dir.path()).open_windows();
            if fake.mode() != "ON" {
                left_open += 1;
                assert_eq!(windows.len(), 1, "{fate:?} {n}: open without a line");
            }
            fake.world.borrow_mut().fate.clear();
            for window in &windows {
                let (closing, journal) = at_desk(&fake, dir.path(), &window.change, |desk| close_left(desk, window));
                assert!(journal.is_none());
                match closing {
                    Closing::Tried(written, same) => assert!(is_shut(&written) && same == Some(true)),
                    Closing::Already => {}
                    other => panic!("{fate:?} {n}: {other:?}"),
                }
            }
            on(&fake);
            assert!(said(dir.path()).open_windows().is_empty(), "{fate:?} {n}");
        }
    }
    assert!(left_open > 10, "{left_open}");
}

#[test]
fn a_call_that_fails_anywhere_never_leaves_the_pool_open() {
    for fate in [Fate::Lost, Fate::LostAfter, Fate::Refused] {
        for n in 1..=calls() {
            let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
            fake.world.borrow_mut().fate.insert(n, fate);
            let report = window(&fake, dir.path()).unwrap();
            assert!(report.is_shut(), "{fate:?} {n}: {report:?}");
            on(&fake);
            assert!(said(dir.path()).open_windows().is_empty(), "{fate:?} {n}");
        }
    }
}

#[test]
fn an_opening_without_an_answer_is_closed_even_where_it_was_not_seen() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    let looked = looked(&fake);
    let write = fake.world.borrow().calls + 3;
    fake.world.borrow_mut().fate.insert(write, Fate::Lost);
    let report = at_desk(&fake, dir.path(), "c_1", |desk| run(desk, &looked, None, TIME)).unwrap();
    assert!(report.is_shut() && report.ended == Ended::Odd(Came::NotSeen));
    assert_eq!(fake.writes(), 1, "the closing");
}

#[test]
fn a_network_that_stays_away_leaves_a_window_that_the_journal_tells() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().lost_from = Some(calls() - 4);
    let report = window(&fake, dir.path()).unwrap();
    assert!(!report.is_shut());
    assert_eq!(fake.mode(), "OPTIONAL");
    let windows = said(dir.path()).open_windows();
    assert_eq!(windows.len(), 1);
    fake.world.borrow_mut().lost_from = None;
    let (closing, _) = at_desk(&fake, dir.path(), "c_1", |desk| close_left(desk, &windows[0]));
    assert!(matches!(closing, Closing::Tried(written, Some(true)) if is_shut(&written)));
    on(&fake);
}

#[test]
fn what_changed_while_a_window_was_left_open_is_kept_and_told() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().lost_from = Some(calls() - 4);
    window(&fake, dir.path()).unwrap();
    fake.world.borrow_mut().lost_from = None;
    fake.world.borrow_mut().config["EmailMfaConfiguration"]["Subject"] = json!("another");
    let windows = said(dir.path()).open_windows();
    let (closing, _) = at_desk(&fake, dir.path(), "c_1", |desk| close_left(desk, &windows[0]));
    assert!(matches!(closing, Closing::Tried(written, Some(false)) if is_shut(&written)));
    assert_eq!(fake.world.borrow().config["EmailMfaConfiguration"]["Subject"], "another");
    assert_eq!(fake.mode(), "ON");
}

#[test]
fn closing_does_not_undo_what_somebody_else_set_while_the_window_was_open() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    fake.world.borrow_mut().meanwhile = Some(|config| config["EmailMfaConfiguration"]["Subject"] = json!("another"));
    let report = window(&fake, dir.path()).unwrap();
    assert!(report.is_shut() && report.ended == Ended::Enrolled);
    assert_eq!(report.closed.unwrap().unlike, ["EmailMfaConfiguration"], "it is said");
    assert_eq!(fake.world.borrow().config["EmailMfaConfiguration"]["Subject"], "another");
    assert_eq!(fake.mode(), "ON");
}

#[test]
fn readings_of_another_pool_close_no_window() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    let before = looked(&fake).state.unwrap();
    let closed = at_desk(&fake, dir.path(), "c_1", |desk| {
        assert_eq!(desk.send(&before, MfaMode::Optional, Kept::Settings).came, Came::Done);
        fake.world.borrow_mut().pool["Id"] = json!("eu-west-1_Other");
        close(desk, &before).0
    });
    assert_eq!((closed.came, closed.code.as_deref()), (Came::NotSeen, Some("AnswerAboutAnother")));
    assert!(!is_shut(&closed));
}

#[test]
fn a_window_is_closed_where_the_journal_cannot_be_written_any_more() {
    let (fake, dir) = (needed(), tempfile::tempdir().unwrap());
    let looked = looked(&fake);
    let report = at_desk(&fake, dir.path(), "c_1", |desk| {
        desk.journal.fails_after(1);
        run(desk, &looked, None, TIME)
    });
    let report = report.unwrap();
    assert!(report.is_shut() && report.journal.is_some());
    on(&fake);
    assert_eq!(said(dir.path()).open_windows().len(), 1, "the journal does not know better");
}
