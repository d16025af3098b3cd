//! `enforce` and `onboard` as programs against a Cognito of our own, killed before and after every call that they make:
//! a pool is never left below ON without a journal that says so, and the next command mends it.

use super::{Ended, ended, program};
use crate::collect::stub::{Reply, Request, Stub, error};
use poolproof::change::journal;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const POOL: &str = "us-east-1_Example01";

/// When the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Before the call is carried out.
    Before(usize),
    /// After it was carried out; its answer never comes.
    After(usize),
}

/// The pool as AWS holds it.
struct World {
    config: Value,
    /// Looks at the user's factors until TOTP is there.
    looks_left: usize,
    calls: usize,
    fate: Option<Fate>,
}

struct Fake {
    world: Arc<Mutex<World>>,
    dies: Arc<AtomicBool>,
    stub: Stub,
}

fn settings(mode: &str) -> Value {
    json!({
        "MfaConfiguration": mode,
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "hidden {####}", "SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "hidden-external-id", "SnsRegion": "us-east-1"}},
    })
}

impl Fake {
    fn new(mode: &str, looks: usize, fate: Option<Fate>) -> Self {
        let world = Arc::new(Mutex::new(World { config: settings(mode), looks_left: looks, calls: 0, fate }));
        let dies: Arc<AtomicBool> = Arc::default();
        let (served, dying) = (world.clone(), dies.clone());
        let stub = Stub::new(move |request| {
            let mut world = served.lock().unwrap();
            if request.operation != "GetCallerIdentity" {
                world.calls += 1;
            }
            if dying.load(Ordering::SeqCst) || world.fate == Some(Fate::Before(world.calls)) {
                dying.store(true, Ordering::SeqCst);
                return Reply::Hang;
            }
            let reply = carry_out(&mut world, request);
            if world.fate == Some(Fate::After(world.calls)) {
                dying.store(true, Ordering::SeqCst);
                return Reply::Hang;
            }
            reply
        });
        Self { world, dies, stub }
    }

    /// AWS goes on; nobody is killed any more.
    fn lives_on(&self) {
        self.world.lock().unwrap().fate = None;
        self.dies.store(false, Ordering::SeqCst);
    }

    fn config(&self) -> Value {
        self.world.lock().unwrap().config.clone()
    }

    fn program(&self, folder: &Path, line: &str) -> Command {
        let mut command = program(folder);
        command.args(line.split_whitespace()).env("AWS_ENDPOINT_URL", &self.stub.endpoint).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
        command
    }

    fn run(&self, folder: &Path, line: &str) -> Ended {
        ended(self.program(folder, line).output().unwrap())
    }

    /// Runs until it ends or its fate falls; whether it was killed.
    fn killed(&self, folder: &Path, line: &str) -> bool {
        let mut child = self.program(folder, line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        loop {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.dies.load(Ordering::SeqCst) {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn carry_out(world: &mut World, request: &Request) -> Reply {
    let user = json!({"Username": "ann", "UserStatus": "CONFIRMED", "Enabled": true, "Attributes": [
        {"Name": "sub", "Value": "5d1c8a52-0000-4000-8000-000000000001"}, {"Name": "email", "Value": "ann@example.com"}]});
    match request.operation.as_str() {
        "GetCallerIdentity" => Reply::Body(200, "text/xml", String::new()),
        "GetUserPoolMfaConfig" => Reply::Json(200, world.config.clone()),
        "DescribeUserPool" => {
            Reply::Json(200, json!({"UserPool": {"Id": POOL, "Name": "prod", "MfaConfiguration": world.config["MfaConfiguration"]}}))
        }
        "SetUserPoolMfaConfig" => {
            world.config = request.input.clone();
            world.config.as_object_mut().unwrap().remove("UserPoolId");
            Reply::Json(200, world.config.clone())
        }
        "ListUsers" => {
            let asked = request.input["Filter"].as_str().unwrap().starts_with("email");
            Reply::Json(200, json!({"Users": if asked { vec![user] } else { Vec::new() }}))
        }
        "AdminGetUserAuthFactors" => {
            let list: &[&str] = if world.looks_left == 0 { &["SOFTWARE_TOKEN_MFA"] } else { &[] };
            world.looks_left = world.looks_left.saturating_sub(1);
            Reply::Json(200, json!({"Username": "ann", "UserMFASettingList": list}))
        }
        other => error(400, &format!("Unexpected{other}")),
    }
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("poolproof.toml"), format!("[[pool]]\nid = \"{POOL}\"\nnamed_admins = [\"ann@example.com\"]\n"))
        .unwrap();
    let key = dir.path().join("keys/privacy.key");
    std::fs::create_dir_all(key.parent().unwrap()).unwrap();
    poolproof::io::write_atomic(&key, "5a".repeat(32).as_bytes(), true).unwrap();
    dir
}

/// Runs the cases of every call, some at a time.
fn every_fate(calls: usize, case: impl Fn(Fate) + Sync) {
    let fates: Vec<Fate> = (1..=calls).flat_map(|n| [Fate::Before(n), Fate::After(n)]).collect();
    let next = Mutex::new(fates.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let fate = next.lock().unwrap().next();
                    let Some(fate) = fate else { return };
                    case(fate);
                }
            });
        }
    });
}

#[test]
fn onboard_killed_at_every_call_never_leaves_a_pool_below_on_without_a_journal_that_says_so() {
    const OPEN: &str = "onboard ann@example.com --window --apply";
    let (dir, fake) = (folder(), Fake::new("ON", 1, None));
    fake.run(dir.path(), OPEN).expect(0);
    assert_eq!(fake.config(), settings("ON"));
    let calls = fake.world.lock().unwrap().calls;
    assert!(calls > 8, "{calls}");
    let left_open = Mutex::new(0);
    every_fate(calls, |fate| {
        let (dir, fake) = (folder(), Fake::new("ON", 1, Some(fate)));
        assert!(fake.killed(dir.path(), OPEN), "{fate:?}");
        fake.lives_on();
        let windows = journal::read(&dir.path().join("evidence")).unwrap().open_windows();
        if fake.config()["MfaConfiguration"] != "ON" {
            assert_eq!(windows.len(), 1, "{fate:?}: the pool is open and nobody knows");
            *left_open.lock().unwrap() += 1;
        }
        if !windows.is_empty() {
            let said = fake.run(dir.path(), "onboard --close").expect(1);
            assert!(
                said.err.contains("a window is open") || said.out.contains("MFA may be OPTIONAL"),
                "{fate:?}: {} {}",
                said.out,
                said.err
            );
        }
        fake.run(dir.path(), "onboard --close --apply").expect(0);
        assert_eq!(fake.config(), settings("ON"), "{fate:?}");
        assert!(journal::read(&dir.path().join("evidence")).unwrap().open_windows().is_empty(), "{fate:?}");
    });
    assert!(*left_open.lock().unwrap() > 2, "no kill fell into the window");
}

#[test]
fn enforce_killed_at_every_call_writes_nothing_without_its_line_and_gets_there_the_next_time() {
    const APPLY: &str = "enforce --apply";
    let (dir, fake) = (folder(), Fake::new("OPTIONAL", 0, None));
    fake.run(dir.path(), APPLY).expect(0);
    assert_eq!(fake.config(), settings("ON"));
    let calls = fake.world.lock().unwrap().calls;
    assert!(calls > 5, "{calls}");
    every_fate(calls, |fate| {
        let (dir, fake) = (folder(), Fake::new("OPTIONAL", 0, Some(fate)));
        assert!(fake.killed(dir.path(), APPLY), "{fate:?}");
        fake.lives_on();
        let said = journal::read(&dir.path().join("evidence")).unwrap();
        if fake.stub.asked("SetUserPoolMfaConfig") > 0 {
            assert!(
                said.entries().iter().any(|e| e.step == journal::Step::Enforce && e.came.is_none()),
                "{fate:?}: written without a line"
            );
        }
        fake.run(dir.path(), APPLY).expect(0);
        assert_eq!(fake.config(), settings("ON"), "{fate:?}");
        let said = journal::read(&dir.path().join("evidence")).unwrap();
        assert!(said.unsettled().is_empty() && said.broken.is_empty(), "{fate:?}");
        let text = std::fs::read_to_string(dir.path().join("evidence/changes.jsonl")).unwrap_or_default();
        assert!(!text.contains("hidden") && !text.contains("ann@") && !text.contains("123456789012"), "{fate:?}");
    });
}
