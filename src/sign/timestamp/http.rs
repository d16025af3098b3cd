//! The real transport: one POST over HTTP (RFC 3161, 3.4). Without TLS: what comes back is signed, carries the nonce, and says
//! nothing secret; what goes out is a digest.
//!
//! It must not follow a redirect, nor read an answer without a limit.

use std::time::Duration;

use super::{LARGEST_ANSWER, Transport};
use crate::sign::TsaConfig;

/// HTTP with time-outs.
#[derive(Clone, Copy, Debug)]
pub struct Http;

impl Transport for Http {
    fn post(&self, config: &TsaConfig, body: &[u8]) -> Result<Vec<u8>, String> {
        let limit = Duration::from_secs(config.timeout_seconds);
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .timeout_connect(Some(limit))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("poolproof/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let sent = agent.post(&config.url).header("Content-Type", "application/timestamp-query").send(body);
        let mut answer = sent.map_err(|e| format!("no answer ({e})"))?;
        let status = answer.status().as_u16();
        match status {
            200 => {}
            300..=399 => return Err(format!("it answered with a redirect (HTTP {status}), which is not followed; give the final address")),
            _ => return Err(format!("it answered with HTTP {status}")),
        }
        let kind = answer.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/timestamp-reply") {
            let shown: String = kind.chars().take(80).collect();
            return Err(format!("it answered with {shown:?} instead of application/timestamp-reply"));
        }
        answer
            .body_mut()
            .with_config()
            .limit(LARGEST_ANSWER)
            .read_to_vec()
            .map_err(|e| format!("its answer broke off or is too large ({e})"))
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
