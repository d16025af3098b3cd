//! Services that are asked a handful of questions and get no SDK crate of their own: over the CloudTrail client.
//!
//! CloudWatch Logs, AWS Config and EventBridge speak the same protocol as CloudTrail (AWS JSON 1.1); S3 speaks its own
//! ([`super::s3`]). Only the exact answer counts. Their crates would add minutes to every build for eight operations. So a
//! request of the CloudTrail client is given another target, body, host and signing name before it is signed; credentials,
//! time-outs, proxies, the User-Agent with the run id and the capture are the client's, the same as for every other call.

use super::s3;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::Builder;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::service_config::ServiceConfigKey;
use aws_types::{SdkConfig, SigningName};
use serde_json::Value;

/// A service.
#[derive(Debug)]
pub(super) struct Service {
    /// As IAM, signatures and host names have it.
    pub name: &'static str,
    /// As AWS configuration names it, for an endpoint of its own.
    pub id: &'static str,
    /// What stands before the operation in `X-Amz-Target`; `None` for S3.
    target: Option<&'static str>,
}

/// All of them. Names and targets are those of the services' own models (`endpointPrefix`, `serviceId`, `targetPrefix`).
pub(super) const SERVICES: &[Service] = &[
    Service { name: "config", id: "Config Service", target: Some("StarlingDoveService") },
    Service { name: "events", id: "EventBridge", target: Some("AWSEvents") },
    Service { name: "logs", id: "CloudWatch Logs", target: Some("Logs_20140328") },
    Service { name: "s3", id: "S3", target: None },
];

/// The endpoint that settings give a service, its own before the general one.
fn endpoint(config: &SdkConfig, service: &Service) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
    let own = key.zip(config.service_config()).and_then(|(key, settings)| settings.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// A way to a service in one region.
#[derive(Clone)]
pub(super) struct Speaker {
    /// Sends the requests.
    pub client: Client,
    service: &'static Service,
    /// The host is AWS's own; settings give none.
    plain: bool,
}

impl Speaker {
    /// One for each service.
    pub fn all(config: &SdkConfig) -> Vec<Self> {
        let speaker = |service: &'static Service| {
            let endpoint = endpoint(config, service);
            let plain = endpoint.is_none();
            let mut builder = Builder::from(config);
            builder.set_endpoint_url(endpoint);
            Self { client: Client::from_conf(builder.build()), service, plain }
        };
        SERVICES.iter().map(speaker).collect()
    }

    /// Whether it speaks to the service of this name in the plan.
    pub fn speaks_to(&self, service: &str) -> bool {
        self.service.name == service
    }

    /// What turns any request of the client into one for this operation.
    pub fn say(&self, operation: &'static str, input: &Value) -> Said {
        Said { service: self.service, plain: self.plain, operation, input: input.clone() }
    }
}

/// A request as it is to be.
#[derive(Debug)]
pub(super) struct Said {
    service: &'static Service,
    plain: bool,
    operation: &'static str,
    input: Value,
}

impl Intercept for Said {
    fn name(&self) -> &'static str {
        "poolproof other service"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if self.plain {
            let uri = host_of(request.uri(), self.service.name).ok_or("the client's host is not CloudTrail's")?;
            request.set_uri(uri)?;
        }
        match self.service.target {
            None => s3::ask(request, self.operation, &self.input)?,
            Some(target) => {
                let body = self.input.to_string();
                request.headers_mut().insert("x-amz-target", format!("{target}.{}", self.operation));
                request.headers_mut().insert("content-length", body.len().to_string());
                *request.body_mut() = SdkBody::from(body);
            }
        }
        bag.interceptor_state().store_put(SigningName::from_static(self.service.name));
        Ok(())
    }
}

/// The same URI at another service. What follows the service's name in CloudTrail's host (FIPS, region, partition, dual
/// stack) is the same for all of them (AWS General Reference, service endpoints), but for dual stack of S3.
fn host_of(uri: &str, service: &str) -> Option<String> {
    let rest = uri.strip_prefix("https://cloudtrail").filter(|rest| rest.starts_with(['.', '-']))?;
    let dual = [(".api.aws", ".amazonaws.com"), (".api.amazonwebservices.com.cn", ".amazonaws.com.cn")];
    for (domain, own) in dual.into_iter().filter(|_| service == "s3") {
        if let Some((kind, region)) = rest.trim_end_matches('/').strip_suffix(domain).and_then(|rest| rest.split_once('.')) {
            return Some(format!("https://s3{kind}.dualstack.{region}{own}/"));
        }
    }
    Some(format!("https://{service}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn hosts_follow_cloudtrail_s_in_every_partition() {
        for (uri, expected) in [
            ("https://cloudtrail.eu-west-1.amazonaws.com/", Some("https://logs.eu-west-1.amazonaws.com/")),
            ("https://cloudtrail-fips.us-east-1.amazonaws.com/", Some("https://logs-fips.us-east-1.amazonaws.com/")),
            ("https://cloudtrail.cn-north-1.amazonaws.com.cn/", Some("https://logs.cn-north-1.amazonaws.com.cn/")),
            ("https://cloudtrail.us-gov-west-1.amazonaws.com/", Some("https://logs.us-gov-west-1.amazonaws.com/")),
            ("https://cloudtrails.example.com/", None),
            ("http://127.0.0.1:5056/", None),
        ] {
            assert_eq!(host_of(uri, "logs").as_deref(), expected, "{uri}");
        }
        for (uri, expected) in [
            ("https://cloudtrail.eu-west-1.amazonaws.com/", "https://s3.eu-west-1.amazonaws.com/"),
            ("https://cloudtrail-fips.us-east-1.amazonaws.com/", "https://s3-fips.us-east-1.amazonaws.com/"),
            ("https://cloudtrail.eu-west-1.api.aws/", "https://s3.dualstack.eu-west-1.amazonaws.com/"),
            ("https://cloudtrail-fips.us-east-1.api.aws/", "https://s3-fips.dualstack.us-east-1.amazonaws.com/"),
            ("https://cloudtrail.cn-north-1.api.amazonwebservices.com.cn/", "https://s3.dualstack.cn-north-1.amazonaws.com.cn/"),
        ] {
            assert_eq!(host_of(uri, "s3").as_deref(), Some(expected), "{uri}");
        }
    }
}
