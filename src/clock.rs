//! The one door to the clock. Everything that judges or renders takes its time as an input instead.

use chrono::{DateTime, SubsecRound, Utc};

/// The current time in UTC, whole milliseconds (what AWS's own timestamps carry).
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

/// RFC 3339 in UTC with milliseconds and `Z`: the only way this project writes an instant.
pub fn rfc3339(t: DateTime<Utc>) -> String {
    t.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Reads an RFC 3339 instant in any offset as UTC.
///
/// # Errors
/// The text is not RFC 3339; the message quotes it.
pub fn parse_rfc3339(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|t| t.with_timezone(&Utc))
        .map_err(|e| format!("{text:?} is not an RFC 3339 time such as 2026-09-30T12:00:00Z ({e})"))
}
