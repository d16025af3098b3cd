//! The names of settings that divert traffic (endpoints, proxies, certificate authorities). Names only: values may hold
//! passwords.

use crate::io;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Environment variables that change where requests go or whom TLS believes.
const VARIABLES: &[&str] = &[
    "ALL_PROXY",
    "AWS_CA_BUNDLE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_CLOUDTRAIL",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    "AWS_ENDPOINT_URL_CONFIG_SERVICE",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_STS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

/// The services called, as AWS configuration names them.
const SERVICES: &[&str] =
    &["CloudTrail", "CloudWatch Logs", "Cognito Identity Provider", "Config Service", "EventBridge", "S3", "SNS", "STS"];

/// The variables that are set, sorted.
pub(super) fn variables() -> Vec<String> {
    VARIABLES.iter().filter(|name| io::env(name).is_some()).map(|name| (*name).to_owned()).collect()
}

/// The endpoint settings of a profile, sorted; the name says which kind, not whose profile.
pub(super) fn of_profile(config: &SdkConfig) -> Vec<String> {
    let by_variable = VARIABLES.iter().any(|name| name.starts_with("AWS_ENDPOINT_URL") && io::env(name).is_some());
    let services = SERVICES.iter().any(|service| {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        key.ok().zip(config.service_config()).is_some_and(|(key, settings)| settings.load_config(key).is_some())
    });
    let found = !by_variable && (services || config.endpoint_url().is_some());
    if found { vec!["profile endpoint_url".to_owned()] } else { Vec::new() }
}
