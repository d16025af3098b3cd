//! Runs that are killed with SIGKILL at every call, and go on: a child process collects, the stub holds a call back, and
//! the child dies while it waits.

use super::stub::{POOL, Reply, Request, Stub, event, readable, world};
use super::{calls_of, plan};
use poolproof::collect::{self, progress::Silent};
use poolproof::model::scope::{Scope, SignIns};
use poolproof::recording::read::Recording;
use poolproof::snapshot::Snapshot;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const USERS: usize = 14;
/// Calls about one user at most: factors, two pages of events, devices.
const EACH: usize = 4;
/// Reads of single users in flight at most: those may be asked again after a kill.
const IN_FLIGHT: usize = 12;

/// Whatever can be asked of users is.
fn scope() -> Scope {
    let mut scope = super::scope();
    scope.collect.sign_ins = SignIns::All;
    scope
}

/// The child.
#[test]
#[ignore = "a child process of the tests beside it"]
fn child() {
    let run = std::env::var("POOLPROOF_CHILD_RUN").unwrap();
    let endpoint = std::env::var("POOLPROOF_CHILD_ENDPOINT").unwrap();
    collect::collect_live(&plan(Path::new(&run), scope(), Some(&endpoint)), Path::new(&run), &Silent).unwrap();
}

/// Kills the child whenever it has been answered `step` new calls; returns how often.
///
/// The events of some users take two pages if `long`: those are begun anew where a kill comes between them.
fn killed_every(step: usize, long: bool, between: impl Fn(&Path, usize)) -> (tempfile::TempDir, Arc<Mutex<Vec<Request>>>, usize) {
    let run = tempfile::tempdir().unwrap();
    let answered: Arc<Mutex<Vec<Request>>> = Arc::default();
    let left = Arc::new(AtomicUsize::new(0));
    let (log, budget, all) = (answered.clone(), left.clone(), world(USERS));
    let stub = Stub::new(move |request| {
        if request.operation == "GetCallerIdentity" {
            return all(request);
        }
        if budget.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_err() {
            budget.store(usize::MAX, Ordering::SeqCst);
            return Reply::Hang;
        }
        if budget.load(Ordering::SeqCst) > usize::MAX / 2 {
            return Reply::Hang;
        }
        log.lock().unwrap().push(request.clone());
        let odd = request.input["Username"].as_str().is_some_and(|name| name.ends_with(['1', '3', '5']));
        if long && odd && request.operation == "AdminListUserAuthEvents" && request.input.get("NextToken").is_none() {
            return Reply::Json(200, serde_json::json!({"AuthEvents": [event("SignIn", "Fail", 1)], "NextToken": "secret-events-2"}));
        }
        all(request)
    });
    let mut kills = 0;
    loop {
        left.store(step, Ordering::SeqCst);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "collect::killed::child", "--ignored", "--test-threads=1"])
            .env("POOLPROOF_CHILD_RUN", run.path())
            .env("POOLPROOF_CHILD_ENDPOINT", &stub.endpoint)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if left.load(Ordering::SeqCst) > usize::MAX / 2 {
                // Whatever else it was answered in the meantime, it may write down.
                std::thread::sleep(Duration::from_millis(10));
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        match ended {
            Some(status) => {
                assert!(status.success(), "the child failed");
                return (run, answered, kills);
            }
            None => kills += 1,
        }
        assert!(kills < 200, "it never gets to the end");
        between(run.path(), kills);
    }
}

fn check(run: &Path, answered: &[Request], kills: usize, torn: usize) {
    let recording = Recording::folder(&collect::recording(run)).unwrap();
    let snapshot = Snapshot::build(&recording, &scope()).unwrap();
    let pool = &snapshot.pools[0];
    assert_eq!(pool.id.as_str(), POOL);
    pool.population.complete(&pool.estimated_before, &pool.estimated_after).unwrap();
    assert_eq!(pool.population.users.len(), USERS);
    assert_eq!(pool.population.users.iter().filter(|u| u.factors.if_read().is_some()).count(), readable(USERS));
    assert_eq!(pool.population.users.iter().filter(|u| u.events.if_read().is_some_and(|a| a.last.is_some())).count(), readable(USERS));
    assert_eq!(pool.population.users.iter().filter(|u| u.devices.if_read().is_some()).count(), readable(USERS));
    assert_eq!(snapshot.calls.unanswered, []);
    // Recorded once, each.
    let mut recorded: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls_of(run).iter().filter(|c| c.operation != "GetCallerIdentity") {
        assert_eq!(call.error, None);
        *recorded.entry(format!("{} {} {} {}", call.region, call.operation, call.pass, call.input)).or_default() += 1;
    }
    assert!(recorded.values().all(|n| *n == 1), "{recorded:#?}");
    // Asked once, each, beyond what was in flight when the run was killed.
    let users = answered.iter().filter(|r| r.operation.starts_with("Admin")).count();
    assert!(users <= EACH * readable(USERS) + kills * IN_FLIGHT);
    let others = answered.len() - users;
    let needed = recorded.keys().filter(|k| !k.contains(" Admin")).count();
    assert!((needed..=needed + torn).contains(&others), "{others} questions were answered, {needed} were open, {torn} lines were torn");
    let left: Vec<_> = std::fs::read_dir(collect::private(run)).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["join.key"], "the checkpoint outlives the run");
}

#[test]
fn killed_at_every_call_nothing_is_lost_repeated_or_asked_twice() {
    let (run, answered, kills) = killed_every(1, false, |_, _| ());
    assert!(kills > 20, "{kills}");
    check(run.path(), &answered.lock().unwrap(), kills, 0);
}

#[test]
fn killed_in_the_middle_of_a_page_it_goes_on_in_the_middle() {
    let (run, answered, kills) = killed_every(7, true, |_, _| ());
    check(run.path(), &answered.lock().unwrap(), kills, 0);
}

#[test]
fn a_line_torn_by_the_kill_is_asked_again_and_only_that() {
    let torn = AtomicUsize::new(0);
    let (run, answered, kills) = killed_every(3, true, |run, kills| {
        // A crash of the machine tears what the system had not written: here the last line of the pool's segment.
        let path = collect::recording(run).join(format!("123456789012.us-east-1.{POOL}.jsonl"));
        if kills % 2 == 0
            && let Ok(bytes) = std::fs::read(&path)
            && bytes.len() > 40
        {
            std::fs::write(&path, &bytes[..bytes.len() - 30]).unwrap();
            torn.fetch_add(1, Ordering::SeqCst);
        }
    });
    check(run.path(), &answered.lock().unwrap(), kills, torn.load(Ordering::SeqCst));
}
