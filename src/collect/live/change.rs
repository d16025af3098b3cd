//! A pool at AWS for a change: the calls of [`Cloud`] through the SDK, paced and tried again as every other call, but for
//! the write, which is sent once. Once told to guard, it takes Ctrl-C, SIGTERM and SIGHUP as a wish to stop that
//! the change heeds when it can, so that none of them leaves a pool half changed. Facts come from the exact bytes.

use super::{Who, Wire};
use crate::change::{Answer, Cloud, Trouble};
use crate::clock;
use crate::collect::ask::{Asker, Class, Question, denied, falls_back};
use crate::collect::pace::Pacer;
use crate::collect::plan::{self, Operation};
use crate::collect::{CollectError, Patience};
use crate::model::scope::PoolScope;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// Most pages of one filtered listing.
const MOST_PAGES: usize = 100;

/// One pool at AWS. Holds credentials: no `Debug`.
pub struct LivePool {
    runtime: Runtime,
    asker: Asker,
    pool: String,
    region: String,
    stop: Arc<AtomicBool>,
    wake: Arc<Notify>,
}

impl LivePool {
    /// The way to a pool with the credentials that the scope gives for it. Nothing is called yet. `name` becomes part of
    /// the User-Agent of every call, so that CloudTrail shows it; `quota_share` is the share of each quota.
    ///
    /// # Errors
    /// The system gives no runtime.
    pub fn new(
        pool: &PoolScope,
        external_id: Option<&str>,
        name: &str,
        quota_share: f64,
        patience: Patience,
        profile_file: Option<&Path>,
    ) -> Result<Self, CollectError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let who = Who { profile: pool.profile.clone(), role_arn: pool.role_arn.clone(), external_id: external_id.map(str::to_owned) };
        let wire = runtime.block_on(Wire::new(&who, name, &patience, profile_file));
        Ok(Self {
            runtime,
            asker: Asker::new(wire, Pacer::new(quota_share), patience),
            pool: pool.id.as_str().to_owned(),
            region: pool.region.as_str().to_owned(),
            stop: Arc::default(),
            wake: Arc::default(),
        })
    }

    /// From now on Ctrl-C, SIGTERM and SIGHUP do not end the program; [`Cloud::listen`] tells them.
    ///
    /// # Errors
    /// The system refuses to hand signals over: then nothing should be changed.
    pub fn guard(&mut self) -> Result<(), CollectError> {
        let (stop, wake) = (self.stop.clone(), self.wake.clone());
        let _inside = self.runtime.enter();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            let mut hang_up = signal(SignalKind::hangup())?;
            self.runtime.spawn(async move {
                loop {
                    tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hang_up.recv() => {} }
                    stop.store(true, Ordering::SeqCst);
                    wake.notify_one();
                }
            });
        }
        #[cfg(not(unix))]
        self.runtime.spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                stop.store(true, Ordering::SeqCst);
                wake.notify_one();
            }
        });
        Ok(())
    }

    fn question(&self, operation: &'static Operation, input: Value) -> Question {
        Question { operation, region: self.region.clone(), input, pass: 1, subject_sub: None }
    }

    /// Asks until there is an answer or no point in going on.
    fn ask(&self, name: &str, input: Value) -> Result<Answer, (Trouble, Option<u16>)> {
        let Some(operation) = plan::operation(name) else { return Err((not_planned(name), None)) };
        let question = self.question(operation, input);
        let mut outcome = Err((not_planned(name), None));
        let asked = self.runtime.block_on(self.asker.ask(&question, 1, |told| {
            outcome = match (told.class, told.answer) {
                (Class::Answered, Some(value)) => Ok(Answer { value, request_id: told.raw.request_id }),
                (class, _) => Err((trouble(class, told.raw.error, told.raw.request_id), told.raw.status)),
            };
            Ok(())
        }));
        if let Err(error) = asked {
            return Err((Trouble { code: error.to_string(), sure: false, request_id: None }, None));
        }
        outcome
    }

    fn about_pool(&self) -> Value {
        json!({"UserPoolId": self.pool})
    }
}

fn not_planned(name: &str) -> Trouble {
    Trouble { code: format!("NotInThePlan:{name}"), sure: true, request_id: None }
}

/// What a failed attempt means for what it asked for.
fn trouble(class: Class, code: Option<String>, request_id: Option<String>) -> Trouble {
    // A throttled request was not carried out; one that timed out or met a broken server may have been.
    let sure = matches!(class, Class::Refused | Class::Credentials | Class::Throttled);
    Trouble { code: code.unwrap_or_else(|| "NoAnswer".to_owned()), sure, request_id }
}

/// A read that was throttled to the end may go better later.
fn of_read((trouble, _): (Trouble, Option<u16>)) -> Trouble {
    let throttled = Class::of(None, Some(&trouble.code)) == Class::Throttled;
    Trouble { sure: trouble.sure && !throttled, ..trouble }
}

impl Cloud for LivePool {
    fn mfa_config(&mut self) -> Result<Answer, Trouble> {
        self.ask("GetUserPoolMfaConfig", self.about_pool()).map_err(of_read)
    }

    fn describe(&mut self) -> Result<Answer, Trouble> {
        self.ask("DescribeUserPool", self.about_pool()).map_err(of_read)
    }

    fn set_mfa(&mut self, request: &Value) -> Result<Answer, Trouble> {
        let question = self.question(&plan::SET_MFA, request.clone());
        let mut number = 1;
        loop {
            let told = self.runtime.block_on(self.asker.attempt(&question, number));
            if told.class == Class::Throttled && !told.class.settled(number, &self.asker.patience) {
                number += 1;
                continue;
            }
            return match told.class {
                Class::Answered => Ok(Answer { value: told.answer.unwrap_or(Value::Null), request_id: told.raw.request_id }),
                class => Err(trouble(class, told.raw.error, told.raw.request_id)),
            };
        }
    }

    fn users(&mut self, filter: &str) -> Result<Vec<Value>, Trouble> {
        let odd = |code: &str| Trouble { code: code.to_owned(), sure: false, request_id: None };
        let (mut users, mut tokens) = (Vec::new(), BTreeSet::new());
        let mut input = json!({"UserPoolId": self.pool, "Limit": 60, "Filter": filter});
        for _ in 0..MOST_PAGES {
            let answer = self.ask("ListUsers", input.clone()).map_err(of_read)?.value;
            users.extend(answer.get("Users").and_then(Value::as_array).ok_or_else(|| odd("MalformedAnswer"))?.iter().cloned());
            match answer.get("PaginationToken").and_then(Value::as_str).filter(|t| !t.is_empty()) {
                None => return Ok(users),
                Some(token) if tokens.insert(token.to_owned()) => {
                    input = json!({"UserPoolId": self.pool, "Limit": 60, "Filter": filter, "PaginationToken": token});
                }
                Some(_) => return Err(odd("PageTokenRepeated")),
            }
        }
        Err(odd("TooManyPages"))
    }

    fn factors(&mut self, username: &str) -> Result<Value, Trouble> {
        let input = json!({"UserPoolId": self.pool, "Username": username});
        match self.ask("AdminGetUserAuthFactors", input.clone()) {
            Ok(answer) => Ok(answer.value),
            Err((trouble, status)) if denied(&trouble.code) || falls_back(status, &trouble.code) => {
                self.ask("AdminGetUser", input).map(|a| a.value).map_err(of_read)
            }
            Err(other) => Err(of_read(other)),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        clock::now()
    }

    fn pause(&mut self, time: Duration) {
        self.runtime.block_on(tokio::time::sleep(time));
    }

    fn listen(&mut self, time: Duration) -> bool {
        let (stop, wake) = (self.stop.clone(), self.wake.clone());
        self.runtime.block_on(async move {
            if !stop.load(Ordering::SeqCst) {
                tokio::select! { () = tokio::time::sleep(time) => {}, () = wake.notified() => {} }
            }
            stop.load(Ordering::SeqCst)
        })
    }
}
