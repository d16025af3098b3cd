//! The AWS SDK, behind its door: credentials and settings as every AWS tool reads them, one client per service and
//! region, one attempt at a time (the SDK's own retries are off, so that each attempt is paced and recorded).

mod capture;
pub(super) mod change;
mod json;
mod profile;
mod s3;
mod send;
mod settings;

use super::Patience;
use super::ask::{Attempt, Question, code};
use crate::clock;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_sdk_sts::config::SharedCredentialsProvider;
use aws_types::region::Region;
use capture::Capture;
use send::Ended;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Whose credentials, and how they are told apart. Holds a secret: no `Debug`.
#[derive(Clone, Default)]
pub(super) struct Who {
    /// The profile; `None`: the usual chain.
    pub profile: Option<String>,
    /// The role to assume.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

impl Who {
    /// In words, without the external id.
    pub fn words(&self) -> String {
        match (&self.profile, &self.role_arn) {
            (None, None) => "the usual AWS credentials".to_owned(),
            (Some(profile), None) => format!("profile {profile:?}"),
            (None, Some(role)) => format!("role {role}"),
            (Some(profile), Some(role)) => format!("role {role} by profile {profile:?}"),
        }
    }
}

/// Clients of one region.
#[derive(Clone)]
struct Clients {
    trail: aws_sdk_cloudtrail::Client,
    idp: aws_sdk_cognitoidentityprovider::Client,
    sns: aws_sdk_sns::Client,
    sts: aws_sdk_sts::Client,
    /// Services without a crate of their own.
    others: Vec<json::Speaker>,
}

/// The way to AWS with one set of credentials. No `Debug`.
#[derive(Clone)]
pub(super) struct Wire {
    config: SdkConfig,
    clients: Arc<Mutex<BTreeMap<String, Clients>>>,
}

impl Wire {
    /// Reads the settings; no service is called yet. The run id becomes part of the User-Agent of every call.
    pub async fn new(who: &Who, run_id: &str, patience: &Patience, profile_file: Option<&Path>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(patience.connect)
            .read_timeout(patience.answer)
            .operation_attempt_timeout(patience.answer)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
        if let Ok(name) = AppName::new(format!("poolproof-{run_id}")) {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &who.profile {
            loader = loader.profile_name(profile);
        }
        #[allow(deprecated, reason = "the new names live in a crate that is needed for nothing else")]
        let files = profile_file.map(|path| {
            use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
            let files = ProfileFiles::builder().with_file(ProfileFileKind::Config, path);
            files.with_file(ProfileFileKind::Credentials, path).build()
        });
        if let Some(files) = &files {
            loader = loader.profile_files(files.clone());
        }
        let mut config = loader.load().await;
        if let Some(name) = &who.profile {
            let provider = SharedCredentialsProvider::new(profile::credentials(name, files, &config));
            config = config.into_builder().credentials_provider(provider).build();
        }
        if let Some(role) = &who.role_arn {
            let mut provider = AssumeRoleProvider::builder(role).session_name(run_id).configure(&config);
            if let Some(external_id) = &who.external_id {
                provider = provider.external_id(external_id);
            }
            let provider = SharedCredentialsProvider::new(provider.build().await);
            config = config.into_builder().credentials_provider(provider).build();
        }
        config = config.into_builder().retry_config(RetryConfig::disabled()).build();
        Self { config, clients: Arc::default() }
    }

    /// The region that the settings give, where they give one.
    pub fn region(&self) -> Option<String> {
        self.config.region().map(|r| r.as_ref().to_owned())
    }

    /// Names of the settings that divert traffic, sorted.
    pub fn overrides(&self) -> Vec<String> {
        let mut names = settings::variables();
        names.extend(settings::of_profile(&self.config));
        names.sort();
        names
    }

    fn clients(&self, region: &str) -> Clients {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = clients.entry(region.to_owned()).or_insert_with(|| {
            let config = self.config.clone().into_builder().region(Region::new(region.to_owned())).build();
            Clients {
                trail: aws_sdk_cloudtrail::Client::new(&config),
                idp: aws_sdk_cognitoidentityprovider::Client::new(&config),
                sns: aws_sdk_sns::Client::new(&config),
                sts: aws_sdk_sts::Client::new(&config),
                others: json::Speaker::all(&config),
            }
        });
        made.clone()
    }

    /// Sends one attempt and keeps what came of it.
    pub async fn attempt(&self, question: &Question) -> Attempt {
        let clients = self.clients(&question.region);
        let capture = Capture::default();
        let asked = clock::now();
        let ended = send::send(&clients, question, &capture).await;
        let seen = capture.take();
        let body = seen.body.unwrap_or_default();
        let whole = seen.status.is_some() && !body.is_empty();
        let error = match (seen.sent, seen.status, ended) {
            (None, _, _) => Some(code::NOT_SENT.to_owned()),
            (_, _, Ended::TimedOut) => Some(code::TIMED_OUT.to_owned()),
            (_, Some(status), _) if whole => code::of(status, seen.error_type.as_deref(), &body),
            (_, Some(_), Ended::Broken) => Some(code::CUT_OFF.to_owned()),
            (_, Some(status), _) => Some(code::of(status, seen.error_type.as_deref(), &body).unwrap_or_else(|| code::EMPTY.to_owned())),
            (_, None, _) => Some(code::NO_CONNECTION.to_owned()),
        };
        Attempt {
            origin: seen.origin,
            time: clock::rfc3339(seen.sent.unwrap_or(asked)),
            status: seen.status,
            request_id: seen.request_id,
            server_date: seen.date.map(clock::rfc3339),
            error,
            body,
            bucket_region: seen.bucket_region,
        }
    }
}
