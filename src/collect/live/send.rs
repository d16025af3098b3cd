//! One function from an operation's name and parameters to a request of the SDK. The typed answer is dropped: facts come
//! from the exact bytes alone (members that the SDK does not know would be lost in its types).

use super::Clients;
use super::capture::Capture;
use crate::collect::ask::Question;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;
use std::fmt;

/// How an attempt ended, as the SDK sees it.
pub(super) enum Ended {
    /// An answer came, good or bad.
    Answered,
    /// None came in time.
    TimedOut,
    /// The connection failed, or the answer broke off.
    Broken,
    /// The plan has no such operation, or the SDK refused to build the request.
    NotSent,
}

impl Ended {
    fn of<T, E, R>(result: &Result<T, SdkError<E, R>>) -> Self {
        match result {
            Ok(_) | Err(SdkError::ServiceError(_)) => Self::Answered,
            Err(SdkError::TimeoutError(_)) => Self::TimedOut,
            Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => Self::TimedOut,
            Err(SdkError::DispatchFailure(_) | SdkError::ResponseError(_)) => Self::Broken,
            Err(_) => Self::NotSent,
        }
    }
}

/// Sends one attempt; `capture` keeps what came.
#[allow(clippy::too_many_lines, reason = "one short arm for each operation of the plan")]
pub(super) async fn send(clients: &Clients, question: &Question, capture: &Capture) -> Ended {
    let text = |name: &str| question.input.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| question.input.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
    let pool = text("UserPoolId");
    macro_rules! send {
        ($builder:expr) => {
            Ended::of(&$builder.customize().interceptor(capture.clone()).send().await)
        };
    }
    let (idp, sns) = (&clients.idp, &clients.sns);
    match question.operation.name {
        "GetCallerIdentity" => send!(clients.sts.get_caller_identity()),
        "ListUserPools" => {
            send!(idp.list_user_pools().set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "DescribeUserPool" => send!(idp.describe_user_pool().set_user_pool_id(pool)),
        "GetUserPoolMfaConfig" => send!(idp.get_user_pool_mfa_config().set_user_pool_id(pool)),
        "ListUserPoolClients" => {
            let request = idp.list_user_pool_clients().set_user_pool_id(pool);
            send!(request.set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "DescribeUserPoolClient" => {
            send!(idp.describe_user_pool_client().set_user_pool_id(pool).set_client_id(text("ClientId")))
        }
        "ListGroups" => {
            send!(idp.list_groups().set_user_pool_id(pool).set_limit(number("Limit")).set_next_token(text("NextToken")))
        }
        "ListUsersInGroup" => {
            let request = idp.list_users_in_group().set_user_pool_id(pool).set_group_name(text("GroupName"));
            send!(request.set_limit(number("Limit")).set_next_token(text("NextToken")))
        }
        "ListIdentityProviders" => {
            let request = idp.list_identity_providers().set_user_pool_id(pool);
            send!(request.set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "DescribeRiskConfiguration" => {
            send!(idp.describe_risk_configuration().set_user_pool_id(pool).set_client_id(text("ClientId")))
        }
        "GetLogDeliveryConfiguration" => send!(idp.get_log_delivery_configuration().set_user_pool_id(pool)),
        "ListUsers" => {
            let request = idp.list_users().set_user_pool_id(pool).set_filter(text("Filter"));
            send!(request.set_limit(number("Limit")).set_pagination_token(text("PaginationToken")))
        }
        "AdminGetUserAuthFactors" => {
            send!(idp.admin_get_user_auth_factors().set_user_pool_id(pool).set_username(text("Username")))
        }
        "AdminGetUser" => send!(idp.admin_get_user().set_user_pool_id(pool).set_username(text("Username"))),
        "AdminListUserAuthEvents" => {
            let request = idp.admin_list_user_auth_events().set_user_pool_id(pool).set_username(text("Username"));
            send!(request.set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "AdminListDevices" => {
            let request = idp.admin_list_devices().set_user_pool_id(pool).set_username(text("Username"));
            send!(request.set_limit(number("Limit")).set_pagination_token(text("PaginationToken")))
        }
        "GetSMSSandboxAccountStatus" => send!(sns.get_sms_sandbox_account_status()),
        "GetSMSAttributes" => send!(sns.get_sms_attributes()),
        "ListSMSSandboxPhoneNumbers" => {
            let request = sns.list_sms_sandbox_phone_numbers();
            send!(request.set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "ListOriginationNumbers" => {
            let request = sns.list_origination_numbers();
            send!(request.set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "ListPhoneNumbersOptedOut" => send!(sns.list_phone_numbers_opted_out().set_next_token(text("nextToken"))),
        "LookupEvents" => {
            use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
            let attribute = LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName);
            let Ok(attribute) = attribute.attribute_value(text("EventName").unwrap_or_default()).build() else { return Ended::NotSent };
            let request = clients.trail.lookup_events().lookup_attributes(attribute);
            send!(request.set_max_results(number("MaxResults")).set_next_token(text("NextToken")))
        }
        "DescribeTrails" => send!(clients.trail.describe_trails()),
        "GetTrailStatus" => send!(clients.trail.get_trail_status().set_name(text("Name"))),
        "GetEventSelectors" => send!(clients.trail.get_event_selectors().set_trail_name(text("TrailName"))),
        // The one write, and only `change` asks for it. What was read goes back as it was read: the typed request would
        // invent an empty SnsCallerArn for a pool that has none.
        "SetUserPoolMfaConfig" => {
            let request = idp.set_user_pool_mfa_config().set_user_pool_id(pool).customize();
            let body = Exact(question.input.to_string());
            Ended::of(&request.interceptor(body).interceptor(capture.clone()).send().await)
        }
        operation => match clients.others.iter().find(|other| other.speaks_to(question.operation.service)) {
            // The request is any of the client's, and none of it is left when it is signed.
            Some(other) => {
                let request = other.client.describe_trails().customize().interceptor(other.say(operation, &question.input));
                Ended::of(&request.interceptor(capture.clone()).send().await)
            }
            None => Ended::NotSent,
        },
    }
}

/// Sends exactly this body. Holds secrets: `Debug` tells nothing of it.
struct Exact(String);

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exact")
    }
}

impl Intercept for Exact {
    fn name(&self) -> &'static str {
        "poolproof exact body"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.headers_mut().insert("content-length", self.0.len().to_string());
        *request.body_mut() = SdkBody::from(self.0.clone());
        Ok(())
    }
}
