//! When a user last signed in, as far as the pool's event history and the user's remembered devices tell. Days only; it
//! judges nothing.

use super::answer::Answer;
use super::listing::Pages;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, State};
use crate::recording::line::Call;
use chrono::NaiveDate;
use serde_json::Value;
use std::cmp::Reverse;

/// The operation that lists a user's sign-in events. Its order is not documented, so none is assumed.
pub const EVENTS: &str = "AdminListUserAuthEvents";
/// The operation that lists a user's remembered devices.
pub const DEVICES: &str = "AdminListDevices";
/// What AWS answers where the pool keeps no events: threat protection needs the Plus tier and is off (API reference).
pub const NOT_KEPT: &str = "UserPoolAddOnNotEnabledException";

/// What one of the two operations showed of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Events, or devices.
    pub items: u64,
    /// The last day of a sign-in, and where it stands.
    pub last: Option<(NaiveDate, Evidence)>,
    /// The last day of something that may have been one.
    pub maybe: Option<NaiveDate>,
    /// It was read to the end, and every item has the documented form: what is not there did not happen.
    pub whole: bool,
    /// The day on which it was read first.
    pub read: NaiveDate,
}

/// What an item says of its day.
enum Said {
    SignedIn(NaiveDate),
    Perhaps(NaiveDate),
    Nothing,
    Unreadable,
}

/// The fold over one user's calls of one operation.
#[derive(Debug, Default)]
pub(super) struct Fold {
    pages: Pages,
    items: u64,
    last: Option<(NaiveDate, Reverse<Evidence>)>,
    maybe: Option<NaiveDate>,
    unreadable: bool,
    read: Option<NaiveDate>,
}

impl Fold {
    /// Adds a recorded attempt.
    pub fn add(&mut self, call: &Call) {
        self.pages.add(call);
        let Some(answer) = &call.answer else { return };
        let on = call.time.get(..10).and_then(|d| d.parse::<NaiveDate>().ok());
        self.read = [self.read, on].into_iter().flatten().min();
        let member = member(&call.operation);
        let Some(list) = answer.get(member).and_then(Value::as_array) else {
            self.unreadable = true;
            return;
        };
        for (n, item) in list.iter().enumerate() {
            self.items += 1;
            match said(&call.operation, item, stored_day) {
                Said::SignedIn(day) => {
                    // The first place of the last day, whatever order the calls stand in.
                    let found = (day, Reverse(Evidence::call(&call.call, format!("/{member}/{n}"))));
                    self.last = self.last.take().max(Some(found));
                }
                Said::Perhaps(day) => self.maybe = self.maybe.max(Some(day)),
                Said::Nothing => {}
                Said::Unreadable => self.unreadable = true,
            }
        }
    }

    /// What the calls show; a gap where none was answered.
    pub fn finish(self, operation: &str) -> Fetched<Activity> {
        let end = self.pages.whole().named(operation);
        let Some(read) = self.read else { return never_answered(end) };
        let whole = end.if_read().is_some() && !self.unreadable;
        let last = self.last.map(|(day, Reverse(at))| (day, at));
        let at = last.as_ref().map_or_else(|| self.pages.first_answer(&end.at), |(_, at)| at.clone());
        Fetched::value(Activity { items: self.items, last, maybe: self.maybe, whole, read }, at).named(operation)
    }
}

/// Of a user of whom nobody asked.
pub(super) fn never_asked(operation: &str) -> Fetched<Activity> {
    never_answered(Answer::never_asked(operation).present("").named(operation))
}

fn never_answered(end: Fetched<()>) -> Fetched<Activity> {
    let Fetched { what, at, state } = end;
    let state = match state {
        State::Gap(kind) => State::Gap(kind),
        // Only a call without a day has an end and no answer; it proves nothing.
        State::Value(()) | State::Absent => State::Absent,
    };
    Fetched { what, at, state }
}

/// The last day of a successful sign-in in one exact answer, before redaction.
pub fn last_in_answer(operation: &str, answer: &Value) -> Option<NaiveDate> {
    last(operation, answer, crate::recording::redact::day)
}

/// The last day of a successful sign-in in one recorded answer.
pub fn last_recorded(operation: &str, answer: &Value) -> Option<NaiveDate> {
    last(operation, answer, stored_day)
}

fn last(operation: &str, answer: &Value, day: fn(&Value) -> Option<NaiveDate>) -> Option<NaiveDate> {
    let items = answer.get(member(operation)).and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(|item| match said(operation, item, day) {
            Said::SignedIn(day) => Some(day),
            _ => None,
        })
        .max()
}

fn member(operation: &str) -> &'static str {
    if operation == EVENTS { "AuthEvents" } else { "Devices" }
}

fn stored_day(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.parse().ok()
}

/// An event is a sign-in where it is one that passed; one that failed is none, and neither is what anybody may ask for
/// without being signed in (SignUp, ForgotPassword, ResendCode). All else may be one: a sign-in that waits for its second
/// factor, a changed password, words of another time. Of a device only its last authentication tells (API reference,
/// AuthEventType, DeviceType).
fn said(operation: &str, item: &Value, day: fn(&Value) -> Option<NaiveDate>) -> Said {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let dated = |name: &str, as_what: fn(NaiveDate) -> Said| match item.get(name) {
        Some(value) => day(value).map_or(Said::Unreadable, as_what),
        None => Said::Unreadable,
    };
    if operation == DEVICES {
        return match item.get("DeviceLastAuthenticatedDate") {
            None | Some(Value::Null) if item.is_object() => Said::Nothing,
            _ => dated("DeviceLastAuthenticatedDate", Said::SignedIn),
        };
    }
    match (text("EventType"), text("EventResponse")) {
        (Some("SignIn"), Some("Pass")) => dated("CreationDate", Said::SignedIn),
        (Some("SignIn"), Some("Fail")) | (Some("SignUp" | "ForgotPassword" | "ResendCode"), Some(_)) => Said::Nothing,
        _ => dated("CreationDate", Said::Perhaps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(n: usize, operation: &str, token: Option<&str>, answer: Value) -> Call {
        let digest = |t: &str| json!({"$redacted": "string", "digest": t});
        let mut input = json!({"UserPoolId": "p", "Username": "u_ann"});
        if let Some(token) = token {
            input["NextToken"] = digest(token);
        }
        let mut answer = answer;
        if let Some(next) = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned) {
            answer["NextToken"] = digest(&next);
        }
        serde_json::from_value(json!({
            "call": format!("s:{n}"), "prev": "", "service": "cognito-idp", "operation": operation, "region": "eu-west-1", "origin": null,
            "input": input, "pass": 1, "attempt": 1, "time": format!("2026-09-30T12:00:0{n}.000Z"), "status": 200, "request_id": null,
            "server_date": null, "error": null, "bytes": 2, "commitment": null, "answer": answer,
        }))
        .unwrap()
    }

    fn event(kind: &str, response: &str, day: &str) -> Value {
        json!({"EventType": kind, "EventResponse": response, "CreationDate": day})
    }

    fn fold(operation: &str, calls: &[Call]) -> Fetched<Activity> {
        let mut fold = Fold::default();
        calls.iter().for_each(|c| fold.add(c));
        fold.finish(operation)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_sign_in_that_passed_is_one_and_only_what_cannot_be_one_is_none() {
        for (kind, response, signed_in, maybe) in [
            ("SignIn", "Pass", true, false),
            ("SignIn", "Fail", false, false),
            ("SignIn", "InProgress", false, true),
            ("SignIn", "Deferred", false, true),
            ("PasswordChange", "Pass", false, true),
            ("Passkey", "Pass", false, true),
            ("ForgotPassword", "Pass", false, false),
            ("ResendCode", "InProgress", false, false),
            ("SignUp", "Pass", false, false),
        ] {
            let read = fold(EVENTS, &[call(1, EVENTS, None, json!({"AuthEvents": [event(kind, response, "2026-09-01")]}))]);
            let read = read.if_read().unwrap();
            assert_eq!((read.last.is_some(), read.maybe.is_some(), read.whole), (signed_in, maybe, true), "{kind} {response}");
        }
    }

    #[test]
    fn pages_in_any_order_say_the_same_and_their_order_of_days_does_not_matter() {
        let one = call(1, EVENTS, None, json!({"AuthEvents": [event("SignIn", "Pass", "2026-01-01")], "NextToken": "b"}));
        let two = call(
            2,
            EVENTS,
            Some("b"),
            json!({"AuthEvents": [event("SignIn", "Pass", "2026-09-01"), event("SignIn", "Pass", "2026-09-01")]}),
        );
        let forth = fold(EVENTS, &[one.clone(), two.clone()]);
        assert_eq!(forth, fold(EVENTS, &[two, one]));
        let read = forth.if_read().unwrap();
        assert_eq!(
            (read.last.clone(), read.whole, read.items),
            (Some((day("2026-09-01"), Evidence::call("s:2", "/AuthEvents/0"))), true, 3)
        );
    }

    #[test]
    fn a_history_that_is_cut_off_or_unreadable_is_not_whole() {
        let cut = json!({"AuthEvents": [], "NextToken": "b"});
        let undated = json!({"AuthEvents": [{"EventType": "SignIn", "EventResponse": "Pass"}]});
        for answer in [cut, undated, json!({}), json!({"AuthEvents": "none"}), json!({"AuthEvents": [7]})] {
            let read = fold(EVENTS, &[call(1, EVENTS, None, answer.clone())]);
            assert_eq!(read.if_read().map(|a| a.whole), Some(false), "{answer}");
        }
    }

    #[test]
    fn a_device_tells_by_its_last_authentication_only() {
        let devices = json!({"Devices": [
            {"DeviceCreateDate": "2026-09-01", "DeviceLastModifiedDate": "2026-09-02"},
            {"DeviceLastAuthenticatedDate": "2026-08-01"},
        ]});
        let read = fold(DEVICES, &[call(1, DEVICES, None, devices)]);
        let read = read.if_read().unwrap();
        assert_eq!((read.items, read.last.as_ref().map(|l| l.0), read.whole), (2, Some(day("2026-08-01")), true));
    }

    #[test]
    fn exact_and_recorded_answers_tell_the_same_day() {
        let exact = json!({"AuthEvents": [{"EventType": "SignIn", "EventResponse": "Pass", "CreationDate": 1_788_000_000.0}]});
        assert_eq!(last_in_answer(EVENTS, &exact), Some(day("2026-08-29")));
        let recorded = json!({"AuthEvents": [event("SignIn", "Pass", "2026-08-29")]});
        assert_eq!(last_recorded(EVENTS, &recorded), Some(day("2026-08-29")));
    }
}
