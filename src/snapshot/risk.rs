//! Threat protection's rules and the export of logs, as read. Nothing is judged here: what the absence of a setting
//! means is for the check to say.

use super::answer::{Answer, Length};
use crate::model::evidence::Evidence;
use crate::model::fetched::{Fetched, Gap, GapKind, State};
use serde_json::Value;

/// DescribeRiskConfiguration of a pool or of an app client. A client's own settings stand in for the pool's (API
/// reference, DescribeRiskConfiguration).
#[derive(Clone, Debug)]
pub struct Risk {
    /// The answer as a whole.
    pub answered: Fetched<()>,
    /// Number of ranges in `RiskExceptionConfiguration.SkippedIPRangeList`.
    pub skipped: Fetched<u64>,
    /// `AccountTakeoverRiskConfiguration.Actions`, the EventAction for low, medium and high risk.
    pub takeover: [Fetched<String>; 3],
    /// `CompromisedCredentialsRiskConfiguration.Actions.EventAction`.
    pub compromised: Fetched<String>,
    /// `CompromisedCredentialsRiskConfiguration.EventFilter`; absent means all events (API reference).
    pub compromised_filter: Fetched<Vec<String>>,
}

impl Risk {
    /// From an answer that must be about the subject whose id is in `member`, where it names one.
    pub(super) fn of(answer: &Answer, member: &str, subject: &str) -> Self {
        let about = answer.clone().about("/RiskConfiguration", member, subject);
        let takeover = |level: &str| about.get(&format!("/RiskConfiguration/AccountTakeoverRiskConfiguration/Actions/{level}/EventAction"));
        Self {
            answered: answer.present(""),
            skipped: about.get::<Length>("/RiskConfiguration/RiskExceptionConfiguration/SkippedIPRangeList").map(|Length(n)| n),
            takeover: ["LowAction", "MediumAction", "HighAction"].map(takeover),
            compromised: about.get("/RiskConfiguration/CompromisedCredentialsRiskConfiguration/Actions/EventAction"),
            compromised_filter: about.get("/RiskConfiguration/CompromisedCredentialsRiskConfiguration/EventFilter"),
        }
    }

    /// Whether a rule of account takeover or a skipped range is set: then these are rules of the subject's own.
    ///
    /// # Errors
    /// They were not read.
    pub fn is_set(&self) -> Result<bool, Gap> {
        for action in &self.takeover {
            if action.known()?.is_some() {
                return Ok(true);
            }
        }
        Ok(self.skipped.known()?.is_some())
    }
}

/// One entry of GetLogDeliveryConfiguration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// `EventSource`.
    pub source: String,
    /// `LogLevel`.
    pub level: String,
    /// Kinds of destination that are set. Which one it is, and whether it exists, is not kept but of a log group.
    pub to: Vec<&'static str>,
    /// `CloudWatchLogsConfiguration.LogGroupArn`.
    pub group: Option<String>,
}

/// Members that name a destination, and what it is (API reference, LogConfigurationType).
const DESTINATIONS: [(&str, &str); 3] =
    [("CloudWatchLogsConfiguration", TO_LOG_GROUP), ("S3Configuration", "S3"), ("FirehoseConfiguration", "Firehose")];
/// The kind of destination that is a log group.
pub const TO_LOG_GROUP: &str = "CloudWatch Logs";

impl Export {
    /// Every entry of the answer.
    pub(super) fn all(answer: Answer, pool: &str) -> Fetched<Vec<Self>> {
        let answer = answer.about("/LogDeliveryConfiguration", "UserPoolId", pool);
        let list = answer.get::<Vec<Value>>("/LogDeliveryConfiguration/LogConfigurations");
        let State::Value(items) = &list.state else { return list.map(|_| Vec::new()) };
        match items.iter().map(Self::read).collect::<Option<Vec<Self>>>() {
            Some(all) => list.map(|_| all),
            None => {
                let at: Evidence = list.at.clone();
                Fetched::gap(GapKind::Malformed("EventSource and LogLevel".to_owned()), at).named(list.what)
            }
        }
    }

    fn read(item: &Value) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_str().map(str::to_owned);
        let set = |name: &str| item.get(name).is_some_and(|v| !v.is_null());
        let to = DESTINATIONS.iter().filter(|(member, _)| set(member)).map(|(_, kind)| *kind).collect();
        let group = item.pointer("/CloudWatchLogsConfiguration/LogGroupArn").and_then(Value::as_str).map(str::to_owned);
        Some(Self { source: text("EventSource")?, level: text("LogLevel")?, to, group })
    }
}
