//! Asking one question: attempt after attempt, paced, until it is answered or there is no point in going on. Knows
//! nothing of files.

use super::live::Wire;
use super::pace::{Against, Pacer, back_off};
use super::plan::Operation;
use super::{CollectError, Patience};
use crate::io;
use crate::model::id::is_region;
use crate::recording::line::RawCall;
use crate::recording::redact;
use crate::snapshot::bucket;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The account where nobody could say.
pub(super) const UNKNOWN: &str = "unknown";

/// Error codes: AWS's and ours.
pub(super) mod code {
    use crate::recording::xml;
    use serde_json::Value;

    /// No request was made: no credentials, or settings that make none possible.
    pub const NOT_SENT: &str = "RequestNotSent";
    /// No whole answer came in time.
    pub const TIMED_OUT: &str = "TimedOut";
    /// No connection, or it broke before an answer.
    pub const NO_CONNECTION: &str = "ConnectionFailed";
    /// The answer broke off.
    pub const CUT_OFF: &str = "AnswerCutOff";
    /// The answer has no content.
    pub const EMPTY: &str = "EmptyAnswer";
    /// The answer is not the JSON or XML it should be.
    pub const MALFORMED: &str = "MalformedAnswer";

    /// The error code of an answer; `None` for a good one. The header comes first, as in AWS's own SDKs.
    pub fn of(status: u16, error_type: Option<&str>, body: &[u8]) -> Option<String> {
        if (200..300).contains(&status) {
            return None;
        }
        let json = || {
            let answer: Value = serde_json::from_slice(body).ok()?;
            ["__type", "code", "Code"].iter().find_map(|name| answer.get(*name)?.as_str().map(str::to_owned))
        };
        let xml = || xml::error_code(std::str::from_utf8(body).ok()?);
        let code = error_type.map(str::to_owned).or_else(json).or_else(xml);
        // `aws.protocoltests#FooError:http://…` means `FooError` (AWS JSON protocol, "Operation error serialization").
        let code = code.map(|c| c.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default().trim().to_owned());
        Some(code.filter(|c| !c.is_empty()).unwrap_or_else(|| format!("HttpStatus{status}")))
    }
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// An answer.
    Answered,
    /// AWS said "slower".
    Throttled,
    /// It may go better next time.
    Passing,
    /// The credentials are not accepted, or there are none.
    Credentials,
    /// AWS said no, and will say it again.
    Refused,
}

/// Codes by which AWS says "slower" (Cognito; SNS, whose `Throttled` the SDK would not retry; S3; common errors).
const THROTTLES: &[&str] = &[
    "TooManyRequestsException",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "LimitExceededException",
    "SlowDown",
];
/// Codes of failures that may pass.
const PASSING: &[&str] = &[
    code::TIMED_OUT,
    code::NO_CONNECTION,
    code::CUT_OFF,
    code::EMPTY,
    code::MALFORMED,
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
];
/// Codes by which credentials have run out or are missing.
const CREDENTIALS: &[&str] = &[code::NOT_SENT, "ExpiredToken", "ExpiredTokenException"];
/// Codes by which a service says that it does not know an operation.
const UNKNOWN_OPERATION: &[&str] = &["UnknownOperationException", "UnknownOperation", "NotImplemented", "InvalidAction"];

impl Class {
    /// From what a recorded call says.
    pub fn of(status: Option<u16>, error: Option<&str>) -> Self {
        match error {
            None => Self::Answered,
            Some(code) if THROTTLES.contains(&code) => Self::Throttled,
            Some(code) if UNKNOWN_OPERATION.contains(&code) => Self::Refused,
            Some(code) if CREDENTIALS.contains(&code) => Self::Credentials,
            Some(code) if PASSING.contains(&code) => Self::Passing,
            Some(_) if status == Some(429) => Self::Throttled,
            Some(_) if status.is_some_and(|s| s >= 500) => Self::Passing,
            Some(_) => Self::Refused,
        }
    }

    /// Whether nothing more is to be asked after `attempts` of them.
    pub const fn settled(self, attempts: u32, patience: &Patience) -> bool {
        match self {
            Self::Answered | Self::Refused => true,
            Self::Throttled => attempts >= patience.throttled,
            Self::Passing => attempts >= patience.failed,
            // Another session may have other credentials.
            Self::Credentials => false,
        }
    }
}

/// Whether a failure of AdminGetUserAuthFactors means that the service does not know it or that we may not use it:
/// then AdminGetUser is asked instead. A plain 500 counts once it has stayed one: so answer servers that lack it.
pub(super) fn falls_back(status: Option<u16>, error: &str) -> bool {
    UNKNOWN_OPERATION.contains(&error)
        || denied(error)
        || (error.starts_with("HttpStatus") && matches!(status, Some(400 | 404 | 405 | 500 | 501)))
}

/// Whether AWS says that the caller may not.
pub(super) fn denied(error: &str) -> bool {
    matches!(error, "AccessDenied" | "AccessDeniedException" | "NotAuthorizedException" | "AuthorizationError" | "UnauthorizedOperation")
}

/// A question.
#[derive(Clone)]
pub(super) struct Question {
    /// The operation.
    pub operation: &'static Operation,
    /// The region asked.
    pub region: String,
    /// The parameters.
    pub input: Value,
    /// Which reading it is, from 1.
    pub pass: u32,
    /// The `sub` of the user that it is about.
    pub subject_sub: Option<String>,
}

impl Question {
    /// The pool it is about.
    pub fn pool(&self) -> Option<&str> {
        self.input.get("UserPoolId").and_then(Value::as_str)
    }
}

/// An attempt as it ended. Holds secrets: no `Debug`.
pub(super) struct Attempt {
    /// As in [`RawCall`].
    pub origin: Option<String>,
    /// As in [`RawCall`].
    pub time: String,
    /// As in [`RawCall`].
    pub status: Option<u16>,
    /// As in [`RawCall`].
    pub request_id: Option<String>,
    /// As in [`RawCall`].
    pub server_date: Option<String>,
    /// As in [`RawCall`].
    pub error: Option<String>,
    /// As in [`RawCall`].
    pub body: Vec<u8>,
    /// The region that the answer names as the bucket's.
    pub bucket_region: Option<String>,
}

/// Who asks: credentials, pace and patience.
#[derive(Clone)]
pub(super) struct Asker {
    /// The way to AWS.
    pub wire: Wire,
    /// The buckets.
    pub pacer: Pacer,
    /// The account, for the buckets.
    pub account: String,
    /// How often and how long.
    pub patience: Patience,
    /// The credentials have been accepted in this session.
    pub accepted: Arc<AtomicBool>,
}

/// An attempt as the recording takes it, with what it means.
pub(super) struct Told {
    /// For the recording.
    pub raw: RawCall,
    /// What it means.
    pub class: Class,
    /// The exact answer as JSON, where there is one. Holds secrets.
    pub answer: Option<Value>,
    /// Where the question belongs instead: the region that a bucket is in, as the answer names it.
    pub elsewhere: Option<String>,
    /// The rate from now on, where this attempt was throttled and changed it.
    pub slower: Option<f64>,
}

impl Asker {
    /// Of an account that is not known yet.
    pub fn new(wire: Wire, pacer: Pacer, patience: Patience) -> Self {
        Self { wire, pacer, account: UNKNOWN.to_owned(), patience, accepted: Arc::default() }
    }

    /// Makes one attempt, paced; `number` counts from 1. Waits first where it is not the first.
    pub async fn attempt(&self, question: &Question, number: u32) -> Told {
        if number > 1 {
            let random = io::random::<8>().map_or(u64::MAX, u64::from_le_bytes);
            tokio::time::sleep(back_off(self.patience.first_wait, self.patience.longest_wait, number - 1, random)).await;
        }
        let against = Against { account: &self.account, region: &question.region, pool: question.pool() };
        self.pacer.wait(question.operation, against).await;
        let mut attempt = self.wire.attempt(question).await;
        let (service, operation) = (question.operation.service, question.operation.name);
        let mut answer = None;
        if attempt.error.is_none() {
            answer = redact::parse(service, operation, &attempt.body);
            attempt.error = answer.is_none().then(|| code::MALFORMED.to_owned());
        }
        let class = Class::of(attempt.status, attempt.error.as_deref());
        self.accepted.fetch_or(class == Class::Answered, Ordering::Relaxed);
        let slower = if class == Class::Throttled { self.pacer.throttled(question.operation, against) } else { None };
        let moved = attempt.error.as_deref().is_some_and(|error| bucket::MOVED.contains(&error));
        let elsewhere = attempt.bucket_region.filter(|region| moved && is_region(region) && *region != question.region);
        let raw = RawCall {
            service,
            operation,
            region: question.region.clone(),
            origin: attempt.origin,
            input: question.input.clone(),
            pass: question.pass,
            attempt: number,
            time: attempt.time,
            status: attempt.status,
            request_id: attempt.request_id,
            server_date: attempt.server_date,
            error: attempt.error,
            body: attempt.body,
            subject_sub: question.subject_sub.clone(),
        };
        Told { raw, class, answer, elsewhere, slower }
    }

    /// Attempts from number `from` on until the question is settled or the credentials fail. `each` gets every attempt.
    pub async fn ask(
        &self,
        question: &Question,
        from: u32,
        mut each: impl FnMut(Told) -> Result<(), CollectError>,
    ) -> Result<(), CollectError> {
        for number in from.max(1).. {
            let told = self.attempt(question, number).await;
            let class = told.class;
            each(told)?;
            if class == Class::Credentials || class.settled(number, &self.patience) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_header_json_and_xml() {
        let xml = b"<ErrorResponse><Error><Code>Throttled</Code><Message>secret</Message></Error></ErrorResponse>";
        for (status, header, body, expected) in [
            (200, None, &b"{}"[..], None),
            (400, Some("TooManyRequestsException:"), b"{}", Some("TooManyRequestsException")),
            (400, Some("com.amazonaws#NotAuthorizedException:http://x/y#z"), b"", Some("NotAuthorizedException")),
            (400, None, br#"{"__type":"a.b#UserNotFoundException","message":"ann"}"#, Some("UserNotFoundException")),
            (429, None, xml, Some("Throttled")),
            (500, None, b"<html>oops</html>", Some("HttpStatus500")),
            (403, None, b"", Some("HttpStatus403")),
        ] {
            assert_eq!(code::of(status, header, body).as_deref(), expected, "{status} {header:?}");
        }
    }

    #[test]
    fn what_is_tried_again_and_what_is_not() {
        let patience = Patience { throttled: 5, failed: 3, ..Patience::default() };
        for (status, error, class, settled) in [
            (Some(200), None, Class::Answered, true),
            (Some(400), Some("TooManyRequestsException"), Class::Throttled, false),
            (Some(429), Some("Throttled"), Class::Throttled, false),
            (Some(429), Some("Odd"), Class::Throttled, false),
            (Some(500), Some("HttpStatus500"), Class::Passing, true),
            (Some(400), Some("InternalErrorException"), Class::Passing, true),
            (None, Some("TimedOut"), Class::Passing, true),
            (Some(200), Some("MalformedAnswer"), Class::Passing, true),
            (Some(400), Some("AccessDeniedException"), Class::Refused, true),
            (Some(500), Some("UnknownOperationException"), Class::Refused, true),
            (Some(400), Some("ExpiredTokenException"), Class::Credentials, false),
            (None, Some("RequestNotSent"), Class::Credentials, false),
        ] {
            let got = Class::of(status, error);
            assert_eq!((got, got.settled(3, &patience)), (class, settled), "{status:?} {error:?}");
        }
    }
}
