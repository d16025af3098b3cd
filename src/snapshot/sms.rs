//! The SMS side of a region: sandbox, spend limit, numbers. It belongs to the pool's SNS region, not to the pool's.

use super::listing::Listed;
use super::store::Store;
use crate::model::fetched::Fetched;
use crate::model::id::{AccountId, Region};
use serde_json::Value;

/// SNS as read in one region of one account.
#[derive(Clone, Debug)]
pub struct SmsRegion {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// GetSMSSandboxAccountStatus `IsInSandbox`.
    pub in_sandbox: Fetched<bool>,
    /// GetSMSAttributes `MonthlySpendLimit`, USD as a string; absent unless it was set.
    pub monthly_spend_limit: Fetched<String>,
    /// GetSMSAttributes `DefaultSMSType`.
    pub default_sms_type: Fetched<String>,
    /// Status of each sandbox number.
    pub sandbox_numbers: Listed<String>,
    /// Country of each origination number.
    pub origination_numbers: Listed<String>,
    /// Digests of the numbers that opted out.
    pub opted_out: Listed<String>,
}

impl SmsRegion {
    pub(super) fn build(account: AccountId, region: Region, store: &Store) -> Self {
        let attributes = store.latest("GetSMSAttributes", "");
        let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            account,
            region,
            in_sandbox: store.latest("GetSMSSandboxAccountStatus", "").get("/IsInSandbox"),
            monthly_spend_limit: attributes.get("/attributes/MonthlySpendLimit"),
            default_sms_type: attributes.get("/attributes/DefaultSMSType"),
            sandbox_numbers: store.list("ListSMSSandboxPhoneNumbers", "", |item, _, _| text(item, "Status")),
            origination_numbers: store.list("ListOriginationNumbers", "", |item, _, _| {
                Some(text(item, "Iso2CountryCode").unwrap_or_else(|| "unknown".to_owned()))
            }),
            opted_out: store.list("ListPhoneNumbersOptedOut", "", |item, _, _| text(item, "digest")),
        }
    }
}

/// Regions that a pool without `SnsRegion` may use instead of its own (developer guide, list of 2023).
pub fn legacy_region(region: &Region) -> Option<Region> {
    let other = match region.as_str() {
        "us-east-2" | "ca-central-1" => "us-east-1",
        "ap-south-1" => "ap-southeast-1",
        "eu-central-1" | "eu-west-2" => "eu-west-1",
        "ap-northeast-2" => "ap-northeast-1",
        _ => return None,
    };
    Some(Region::from(other))
}
