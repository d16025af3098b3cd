//! The windows below ON that the tool's own journal of changes tells of, as `evidence.json` lists them beside the timeline.
//! A line of it is the word of whoever ran the tool; where the log has the same call, it says where. It judges nothing.

use crate::clock;
use crate::model::evidence::Evidence;
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::told::{Mark, Window, event};
use crate::snapshot::trail::Event;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Most windows of a pool that are listed: the latest.
const MOST: usize = super::timeline::MOST;

/// A window that `onboard` wrote into its journal of changes: the word of whoever ran it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineTold {
    /// The change's id, also in the User-Agent of its calls.
    pub change: String,
    /// The pseudonym of the user whom it was for; `None` where pseudonyms are hidden or none was written.
    pub user: Option<String>,
    /// When it was opened, RFC 3339, by the clock of whoever ran it.
    pub opened: String,
    /// OPTIONAL was read back from AWS; else only that it was about to be opened is written.
    pub read_back: bool,
    /// AWS's request id of the opening.
    pub request_id: Option<String>,
    /// When it was to be closed at the latest.
    pub until: Option<String>,
    /// When ON was read back; `None`: the journal does not say that it was closed.
    pub closed: Option<String>,
    /// AWS's request id of the closing.
    pub closed_request_id: Option<String>,
    /// Where the log has the opening; `None`: no log shows it.
    pub opened_in_log: Option<Evidence>,
    /// Where the log has the closing.
    pub closed_in_log: Option<Evidence>,
    /// Its line in the journal.
    pub evidence: Evidence,
}

/// The windows of the journal that reach into the time looked at, each with its events in the log.
pub(super) fn of(all: &[Window], (from, to): (DateTime<Utc>, DateTime<Utc>), events: &[Event], mask: bool) -> Vec<TimelineTold> {
    let within = |w: &&Window| w.opened.time < to && w.closed.as_ref().is_none_or(|c| from <= c.time);
    let logged = |mark: &Mark, mode| event(mark, mode, events).map(|e| e.at.clone());
    let one = |w: &Window| TimelineTold {
        change: w.change.clone(),
        user: w.user.clone().filter(|_| !mask),
        opened: clock::rfc3339(w.opened.time),
        read_back: w.read_back,
        request_id: w.opened.request_id.clone(),
        until: w.until.clone(),
        closed: w.closed.as_ref().map(|c| clock::rfc3339(c.time)),
        closed_request_id: w.closed.as_ref().and_then(|c| c.request_id.clone()),
        opened_in_log: logged(&w.opened, MfaMode::Optional),
        closed_in_log: w.closed.as_ref().and_then(|c| logged(c, MfaMode::On)),
        evidence: w.opened.at.clone(),
    };
    // The latest, where there are more than can be listed: their lines are in the journal.
    let found: Vec<TimelineTold> = all.iter().filter(within).map(one).collect();
    found.into_iter().rev().take(MOST).rev().collect()
}

#[cfg(test)]
mod tests {
    use crate::checks::testkit::{Fixture, POOL, event};
    use crate::model::scope::PrivacyMode;
    use crate::report::timeline::{PoolTimeline, of};
    use serde_json::json;

    fn line(fixture: &Fixture) -> PoolTimeline {
        of(&fixture.snapshot(), &fixture.scope).remove(0)
    }
    fn onboarded() -> Fixture {
        let mut f = Fixture::good().onboarded("2026-08-10T09:00:00Z", "2026-08-10T09:10:00Z");
        f.changes[0].user = Some(format!("u_{}", "a".repeat(20)));
        f
    }
    fn set(time: &str, mode: &str, request: &str) -> serde_json::Value {
        let parameters = json!({"userPoolId": POOL, "mfaConfiguration": mode});
        event("SetUserPoolMfaConfig", time, json!({"requestID": request, "requestParameters": parameters}))
    }

    #[test]
    fn a_window_that_no_log_shows_is_told_and_nothing_is_called_on() {
        let line = line(&onboarded());
        let [told] = line.told.as_slice() else { panic!("{line:?}") };
        assert_eq!((told.change.as_str(), told.read_back), ("c_test", true));
        assert_eq!((told.opened.as_str(), told.closed.as_deref()), ("2026-08-10T09:00:00.000Z", Some("2026-08-10T09:10:00.000Z")));
        assert_eq!((&told.opened_in_log, &told.closed_in_log, told.evidence.call.as_str()), (&None, &None, "changes:2"));
        assert!(!line.whole && line.spans.iter().all(|s| s.state != "ON"), "{line:?}");
        assert!(line.notes.iter().any(|n| n.contains("journal of changes")), "{:?}", line.notes);
    }

    #[test]
    fn a_window_is_joined_to_its_events_by_the_request_id_alone() {
        let (opening, closing) = ("journal-2026-08-10T09:00:00Z", "journal-2026-08-10T09:10:00Z");
        let log = |open: &str| vec![set("2026-08-10T09:00:01Z", "OPTIONAL", open), set("2026-08-10T09:10:01Z", "ON", closing)];
        let joined = line(&onboarded().log(log(opening)));
        let [told] = joined.told.as_slice() else { panic!("{joined:?}") };
        assert_eq!(told.opened_in_log.as_ref(), joined.windows[0].opened.as_ref().map(|e| &e.evidence));
        assert_eq!(told.closed_in_log.as_ref(), joined.windows[0].closed.as_ref().map(|e| &e.evidence));
        assert!(told.opened_in_log.is_some() && told.closed_in_log.is_some());
        assert_eq!(line(&onboarded().log(log("another"))).told[0].opened_in_log, None);
    }

    #[test]
    fn an_opening_whose_end_was_never_written_is_joined_by_mode_and_time() {
        let mut f = onboarded();
        f.changes.truncate(1);
        let cut = line(&f);
        assert!(!cut.told[0].read_back && cut.whole, "an intent alone is no window: the whole log knows of none");
        let found = line(&f.clone().log(vec![set("2026-08-10T09:00:09Z", "OPTIONAL", "r"), set("2026-08-10T09:30:00Z", "ON", "s")]));
        assert!(found.told[0].opened_in_log.is_some());
        let far = line(&f.log(vec![set("2026-08-10T10:00:09Z", "OPTIONAL", "r"), set("2026-08-10T10:30:00Z", "ON", "s")]));
        assert_eq!(far.told[0].opened_in_log, None);
    }

    #[test]
    fn one_that_aws_refused_or_that_is_of_another_time_or_pool_is_not_listed() {
        let mut refused = onboarded();
        refused.changes.truncate(2);
        refused.changes[1].came = Some(crate::recording::changes::Came::NotWritten);
        let mut other = onboarded();
        other.changes.iter_mut().for_each(|e| e.pool = "eu-west-1_Other00001".into());
        let early = Fixture::good().onboarded("2026-07-10T09:00:00Z", "2026-07-10T09:10:00Z");
        for f in [refused, other, early] {
            assert!(line(&f).told.is_empty() && line(&f).whole);
        }
    }

    #[test]
    fn the_user_is_not_named_where_pseudonyms_are_hidden() {
        let mut f = onboarded();
        assert!(line(&f).told[0].user.is_some());
        f.scope.privacy.mode = PrivacyMode::Mask;
        assert!(!serde_json::to_string(&line(&f)).unwrap().contains("u_aaa"));
    }
}
