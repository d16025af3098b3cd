//! The real transport: one POST over HTTP or HTTPS (RFC 3161, 3.4). Nothing rests on TLS: what comes back is signed, carries the
//! nonce, and says nothing secret; what goes out is a digest. A server that shows a wrong certificate is refused all the same.
//!
//! It must not follow a redirect, nor read an answer without a limit.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{LARGEST_ANSWER, Transport};
use crate::sign::TsaConfig;

/// HTTP with time-outs.
#[derive(Clone, Copy, Debug)]
pub struct Http;

impl Transport for Http {
    fn post(&self, config: &TsaConfig, body: &[u8]) -> Result<Vec<u8>, String> {
        let limit = Duration::from_secs(config.timeout_seconds);
        let agent = ureq::Agent::config_builder()
            .tls_config(tls(config)?)
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

/// TLS by the library of every other signature here, with the roots that were named or the machine's own; nothing is read for
/// an address without TLS.
fn tls(config: &TsaConfig) -> Result<TlsConfig, String> {
    let secure = config.url.starts_with("https://");
    let roots = match &config.tls_roots {
        Some(named) => named.iter().map(|der| Certificate::from_der(der).to_owned()).collect(),
        None if secure => machines_own()?,
        None => Vec::new(),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(roots)));
    Ok(tls.unversioned_rustls_crypto_provider(provider).build())
}

fn machines_own() -> Result<Vec<Certificate<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(format!("this machine has no root certificates for https:// {why:?}; name some with tls_roots in [signing.tsa]"));
    }
    Ok(found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
}
