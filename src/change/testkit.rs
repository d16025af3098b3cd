//! A pool at AWS for tests: settings, users, a clock that only waits move, and calls that fail, lie or end the program.

use super::journal::{Journal, Said};
use super::write::Desk;
use super::{Answer, Cloud, Patience, Trouble, journal};
use crate::clock;
use crate::model::id::PoolId;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// The pool.
pub(super) const POOL: &str = "eu-west-1_AbCdEf123";

/// GetUserPoolMfaConfig with every member that there is; what must never be shown has "secret" in it, or the account.
pub(super) fn full(mode: &str) -> Value {
    json!({
        "MfaConfiguration": mode,
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "secret-sms {####}",
            "SmsConfiguration": {
                "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "secret-external-id", "SnsRegion": "us-west-2",
                "EumsSms": {
                    "CallerArn": "arn:aws:iam::123456789012:role/eums", "ExternalId": "secret-eums", "OriginationIdentity": "secret-origin",
                    "ConfigurationSetName": "secret-set", "InEntityId": "secret-entity", "InTemplateId": "secret-template",
                    "Region": "us-west-2",
                },
            },
        },
        "EmailMfaConfiguration": {"Message": "secret-mail {####}", "Subject": "secret-subject"},
        "WebAuthnConfiguration": {
            "RelyingPartyId": "login.example.com", "UserVerification": "required",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
    })
}

/// `UserPool` of DescribeUserPool.
pub(super) fn pool(mode: &str) -> Value {
    json!({"Id": POOL, "Name": "prod", "MfaConfiguration": mode, "EstimatedNumberOfUsers": 7, "LastModifiedDate": 1, "UserPoolTier": "PLUS"})
}

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The program ends before it is sent.
    DiesBefore,
    /// The program ends after it was carried out, before its answer is there.
    DiesAfter,
    /// The network is gone before it is sent.
    Lost,
    /// It is carried out, and the answer never comes.
    LostAfter,
    /// AWS says no.
    Refused,
}

/// What AWS holds.
pub(super) struct World {
    pub config: Value,
    pub pool: Value,
    pub users: Vec<Value>,
    pub factors: BTreeMap<String, Value>,
    pub factors_denied: bool,
    /// The user who sets up TOTP when this many looks at factors were made.
    pub enrols_after: Option<(String, usize)>,
    /// Looks at factors.
    pub looks: usize,
    /// The operator stops at this many waits.
    pub stops_after: Option<usize>,
    /// Waits that listen.
    pub listened: usize,
    /// What happens to the call of this number, from 1; every later one is lost where it says so.
    pub fate: BTreeMap<usize, Fate>,
    pub lost_from: Option<usize>,
    /// Calls so far, and the writes among them.
    pub calls: usize,
    pub writes: Vec<Value>,
    /// A write is carried out as this makes it.
    pub twists: Option<fn(&mut Value)>,
    /// Somebody else changes the settings at the first wait that listens.
    pub meanwhile: Option<fn(&mut Value)>,
    /// DescribeUserPool keeps telling its first mode.
    pub describe_stuck: bool,
    pub now: DateTime<Utc>,
}

/// The way to it. Clones share the world, which outlives a program that ended.
#[derive(Clone)]
pub(super) struct Fake {
    pub world: Rc<RefCell<World>>,
}

impl Fake {
    pub fn new(mode: &str) -> Self {
        let world = World {
            config: full(mode),
            pool: pool(mode),
            users: Vec::new(),
            factors: BTreeMap::new(),
            factors_denied: false,
            enrols_after: None,
            looks: 0,
            stops_after: None,
            listened: 0,
            fate: BTreeMap::new(),
            lost_from: None,
            calls: 0,
            writes: Vec::new(),
            twists: None,
            meanwhile: None,
            describe_stuck: false,
            now: clock::parse_rfc3339("2026-11-24T10:00:00Z").unwrap(),
        };
        Self { world: Rc::new(RefCell::new(world)) }
    }
    pub fn user(&mut self, name: &str, status: &str, settings: &[&str]) {
        let mut world = self.world.borrow_mut();
        world.users.retain(|u| u["Username"] != name);
        world.users.push(json!({"Username": name, "UserStatus": status, "Enabled": true,
            "Attributes": [{"Name": "sub", "Value": format!("sub-{name}")}, {"Name": "email", "Value": format!("{name}@example.com")}]}));
        world.factors.insert(name.to_owned(), json!({"Username": name, "UserMFASettingList": settings}));
    }
    pub fn modes(&self) -> (String, String) {
        let world = self.world.borrow();
        let text = |v: &Value| v["MfaConfiguration"].as_str().unwrap().to_owned();
        (text(&world.config), text(&world.pool))
    }
    pub fn mode(&self) -> String {
        self.modes().0
    }
    pub fn writes(&self) -> usize {
        self.world.borrow().writes.len()
    }
    /// Counts a call, and lets its fate fall. `carry` is what it does at AWS.
    fn call<T>(&mut self, carry: impl FnOnce(&mut World) -> T) -> Result<T, Trouble> {
        let trouble = |code: &str, sure| Err(Trouble { code: code.to_owned(), sure, request_id: None });
        let mut world = self.world.borrow_mut();
        world.calls += 1;
        let fate = world.fate.get(&world.calls).copied();
        let fate = fate.or_else(|| world.lost_from.filter(|n| world.calls >= *n).map(|_| Fate::Lost));
        match fate {
            None => Ok(carry(&mut world)),
            Some(Fate::Refused) => trouble("AccessDeniedException", true),
            Some(Fate::Lost) => trouble("ConnectionFailed", false),
            Some(Fate::LostAfter) => {
                carry(&mut world);
                trouble("TimedOut", false)
            }
            Some(fate) => {
                if fate == Fate::DiesAfter {
                    carry(&mut world);
                }
                drop(world);
                // No destructor of the program under test closes anything, so this is what SIGKILL leaves.
                std::panic::resume_unwind(Box::new("killed"));
            }
        }
    }
}

impl Cloud for Fake {
    fn mfa_config(&mut self) -> Result<Answer, Trouble> {
        self.call(|w| Answer { value: w.config.clone(), request_id: Some(format!("r{}", w.calls)) })
    }
    fn describe(&mut self) -> Result<Answer, Trouble> {
        self.call(|w| Answer { value: json!({"UserPool": w.pool}), request_id: Some(format!("r{}", w.calls)) })
    }
    fn set_mfa(&mut self, request: &Value) -> Result<Answer, Trouble> {
        self.call(|w| {
            w.writes.push(request.clone());
            let mut config = request.clone();
            assert_eq!(config.as_object_mut().unwrap().remove("UserPoolId"), Some(json!(POOL)));
            if let Some(twist) = w.twists {
                twist(&mut config);
            }
            if !w.describe_stuck {
                w.pool["MfaConfiguration"] = config["MfaConfiguration"].clone();
            }
            w.config = config;
            Answer { value: w.config.clone(), request_id: Some(format!("r{}", w.calls)) }
        })
    }
    fn users(&mut self, filter: &str) -> Result<Vec<Value>, Trouble> {
        let (attribute, value) = filter.split_once(" = ").unwrap();
        let value = value.trim_matches('"').to_owned();
        self.call(|w| {
            let has = |u: &&Value| match attribute {
                "username" => u["Username"] == value.as_str(),
                name => u["Attributes"].as_array().unwrap().iter().any(|a| a["Name"] == name && a["Value"] == value.as_str()),
            };
            w.users.iter().filter(has).cloned().collect()
        })
    }
    fn factors(&mut self, username: &str) -> Result<Value, Trouble> {
        let answer = self.call(|w| {
            w.looks += 1;
            if let Some((name, _)) = w.enrols_after.clone().filter(|(_, n)| w.looks > *n) {
                w.factors.insert(name, json!({"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]}));
            }
            (!w.factors_denied).then(|| w.factors[username].clone())
        })?;
        answer.ok_or(Trouble { code: "AccessDeniedException".to_owned(), sure: true, request_id: None })
    }
    fn now(&self) -> DateTime<Utc> {
        self.world.borrow().now
    }
    fn pause(&mut self, time: Duration) {
        self.world.borrow_mut().now += TimeDelta::from_std(time).unwrap();
    }
    fn listen(&mut self, time: Duration) -> bool {
        self.pause(time);
        let mut world = self.world.borrow_mut();
        world.listened += 1;
        if let Some(change) = world.meanwhile.take() {
            change(&mut world.config);
        }
        world.stops_after.is_some_and(|n| world.listened >= n)
    }
}

/// Works at a desk over a fake and a folder.
pub(super) fn at_desk<T>(fake: &Fake, folder: &Path, change: &str, work: impl FnOnce(&mut Desk<'_>) -> T) -> T {
    let mut journal = Journal::open(folder).unwrap();
    let mut cloud = fake.clone();
    let mut desk = Desk {
        cloud: &mut cloud,
        journal: &mut journal,
        pool: PoolId::from(POOL),
        change: change.to_owned(),
        key: Some([7; 32]),
        patience: Patience::default(),
        tell: &mut |text| assert!(!text.contains("secret") && !text.contains("@example.com"), "{text}"),
    };
    work(&mut desk)
}

/// What the journal of a folder says; nothing secret may be in it.
pub(super) fn said(folder: &Path) -> Said {
    let text = crate::io::read_text(&folder.join(journal::FILE), 1 << 20).unwrap_or_default();
    for secret in ["secret", "123456789012", "@example.com", "sub-"] {
        assert!(!text.contains(secret), "{secret} is in the journal: {text}");
    }
    journal::read(folder).unwrap()
}
