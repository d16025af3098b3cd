//! Trusted time (RFC 3161): what is asked of a time-stamp authority, what it answers, and the token itself, read strictly.
//!
//! It must not decide which authority is to be trusted (`verify` does), nor send anything itself: a [`Transport`] does, and the
//! real one exists only with the feature `tsa`.

#[cfg(feature = "tsa")]
pub mod http;
pub mod normal;
mod request;
mod response;
mod token;

pub use request::{check_policy, request};
pub use response::token_in;
pub use token::{TIME_STAMPING, Token};

use std::time::Duration;

use super::TsaConfig;
use crate::io;

/// Largest answer that is read, bytes. Tokens have 2 to 10 kB.
pub const LARGEST_ANSWER: u64 = 256 << 10;
/// Most tries beyond the first.
pub const MOST_RETRIES: u32 = 10;

/// Carries one request to an authority and its answer back.
pub trait Transport {
    /// Sends `body` as `application/timestamp-query` and returns the body of a `200` answer that is an
    /// `application/timestamp-reply` (RFC 3161, 3.4).
    ///
    /// # Errors
    /// No such answer came; the text says why.
    fn post(&self, config: &TsaConfig, body: &[u8]) -> Result<Vec<u8>, String>;
    /// Waits between two tries.
    fn wait(&self, time: Duration);
}

/// Why there is no time stamp.
#[derive(Debug, thiserror::Error)]
#[error("the time-stamp authority {url} gave no usable time stamp in {tries} tries; the last one: {why}")]
pub struct NoTime {
    /// Whom was asked.
    pub url: String,
    /// How often.
    pub tries: u32,
    /// What went wrong last.
    pub why: String,
}

/// Asks an authority for a time stamp over a SHA-256, again after a growing pause where the answer does not hold: wrong
/// nonce, imprint or policy, a refusal, no answer. What comes back has been checked but for who the authority is.
///
/// # Errors
/// No try gave a token that holds.
pub fn timestamp_over(config: &TsaConfig, digest: [u8; 32], transport: &dyn Transport) -> Result<Token, NoTime> {
    let mut tries = 0;
    loop {
        tries += 1;
        let why = match once(config, digest, transport) {
            Ok(token) => return Ok(token),
            Err(why) => why,
        };
        if tries > config.retries.min(MOST_RETRIES) {
            return Err(NoTime { url: config.url.clone(), tries, why });
        }
        // 0.5 s, 1 s, 2 s … at most 8 s.
        transport.wait(Duration::from_millis(500 << (tries - 1).min(4)));
    }
}

fn once(config: &TsaConfig, digest: [u8; 32], transport: &dyn Transport) -> Result<Token, String> {
    // A nonce of its own for each try, so that no earlier answer passes for this one.
    let nonce: [u8; 16] = io::random().map_err(|e| e.to_string())?;
    let asked = request(digest, &nonce, config.policy.as_deref())?;
    let answer = transport.post(config, &asked)?;
    let token = Token::in_response(&normal::response(&answer)?, digest)?;
    if token.nonce.as_deref() != Some(&request::integer(&nonce)) {
        return Err("its answer does not carry the nonce that was sent: it may be an old one".to_owned());
    }
    match &config.policy {
        Some(wanted) if *wanted != token.policy => Err(format!("its answer is under the policy {}, not {wanted}", token.policy)),
        _ => Ok(token),
    }
}

/// Asks an authority over HTTP: see [`timestamp_over`].
///
/// # Errors
/// No try gave a token that holds.
#[cfg(feature = "tsa")]
pub fn timestamp(config: &TsaConfig, digest: [u8; 32]) -> Result<Token, NoTime> {
    timestamp_over(config, digest, &http::Http)
}
