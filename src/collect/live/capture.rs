//! The interceptor that keeps the exact answer of an attempt. It never looks at a request's headers or body.

use crate::clock;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What was seen of one attempt.
#[derive(Clone, Default)]
pub(super) struct Seen {
    /// When the request left; `None` where none did.
    pub sent: Option<DateTime<Utc>>,
    /// Scheme, host and port that it went to.
    pub origin: Option<String>,
    /// HTTP status, where an answer came.
    pub status: Option<u16>,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// The `Date` header.
    pub date: Option<DateTime<Utc>>,
    /// The `x-amzn-errortype` header.
    pub error_type: Option<String>,
    /// The `x-amz-bucket-region` header.
    pub bucket_region: Option<String>,
    /// The whole body; `None` where it did not come whole.
    pub body: Option<Vec<u8>>,
}

/// Watches one attempt.
#[derive(Clone, Default)]
pub(super) struct Capture(Arc<Mutex<Seen>>);

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Capture")
    }
}

impl Capture {
    /// What was seen.
    pub fn take(&self) -> Seen {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "poolproof capture"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let origin = origin(context.request().uri());
        self.note(|seen| (seen.sent, seen.origin) = (Some(clock::now()), origin));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(response) = context.response() else { return Ok(()) };
        let header = |name: &str| response.headers().get(name).map(str::to_owned);
        self.note(|seen| {
            seen.status = Some(response.status().as_u16());
            seen.request_id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id")).filter(|id| plain(id));
            seen.error_type = header("x-amzn-errortype");
            seen.bucket_region = header("x-amz-bucket-region");
            seen.date = header("date").and_then(|d| DateTime::parse_from_rfc2822(&d).ok()).map(|d| d.with_timezone(&Utc));
            seen.body = response.body().bytes().map(<[u8]>::to_vec);
        });
        Ok(())
    }
}

/// A request id as AWS writes them; a hostile endpoint could put anything there.
fn plain(id: &str) -> bool {
    id.len() <= 128 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'+' | b'/'))
}

/// Scheme, host and port of a URI, without path, query and user.
fn origin(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    (!host.is_empty()).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_no_user() {
        for (uri, expected) in [
            ("https://sns.eu-west-1.amazonaws.com/", Some("https://sns.eu-west-1.amazonaws.com")),
            ("http://127.0.0.1:5056", Some("http://127.0.0.1:5056")),
            ("http://me:secret@host:1/x?y", Some("http://host:1")),
            ("/only/a/path", None),
        ] {
            assert_eq!(origin(uri).as_deref(), expected, "{uri}");
        }
    }
}
