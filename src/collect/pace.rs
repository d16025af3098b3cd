//! Pace: a token bucket per quota category, so that a run never takes more of a quota than its share, and less after a
//! throttle. The arithmetic takes its time as an input; the thin wrapper at the end sleeps.

use std::time::Duration;

/// Seconds without a throttle after which the rate doubles again.
const RECOVERY: Duration = Duration::from_secs(30);
/// Throttles that arrive this close together are answers to one burst and halve the rate once.
const ONE_BURST: Duration = Duration::from_secs(1);
/// Most halvings: a sixteenth of the share.
const MOST_HALVINGS: u32 = 4;

/// A bucket. It fills at `rate` tokens a second up to one second's worth (at least one token).
#[derive(Clone, Debug)]
pub struct Bucket {
    rate: f64,
    halvings: u32,
    tokens: f64,
    at: Duration,
    throttled_at: Duration,
}

impl Bucket {
    /// A full bucket with this share of a quota, requests per second.
    pub fn new(rate: f64) -> Self {
        let rate = rate.max(0.01);
        Self { rate, halvings: 0, tokens: rate.max(1.0), at: Duration::ZERO, throttled_at: Duration::ZERO }
    }

    /// The present rate, requests per second.
    pub fn rate(&self) -> f64 {
        self.rate / f64::from(2_u32.pow(self.halvings))
    }

    /// Takes a token and says how long to wait until it is there. `now` counts from any fixed moment and never goes back.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / self.rate()) }
    }

    /// AWS said "slower": half the rate for a while, and nothing saved up. Returns whether the rate changed.
    pub fn throttled(&mut self, now: Duration) -> bool {
        self.fill(now);
        let same_burst = self.halvings > 0 && now < self.throttled_at + ONE_BURST;
        let halve = !same_burst && self.halvings < MOST_HALVINGS;
        self.halvings += u32::from(halve);
        self.throttled_at = now;
        self.tokens = self.tokens.min(0.0);
        halve
    }

    fn fill(&mut self, now: Duration) {
        let now = now.max(self.at);
        self.tokens = (self.tokens + (now - self.at).as_secs_f64() * self.rate()).min(self.rate().max(1.0));
        self.at = now;
        while self.halvings > 0 && now >= self.throttled_at + RECOVERY {
            self.halvings -= 1;
            self.throttled_at += RECOVERY;
        }
    }
}

/// How long to wait before attempt `attempt` + 1: doubling from `first` up to `longest`, of which a random half is waited
/// (`random` is any number), so that those who were throttled together do not come back together.
pub fn back_off(first: Duration, longest: Duration, attempt: u32, random: u64) -> Duration {
    let whole = first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1).min(16))).min(longest);
    let share = 0.5 + 0.5 * (f64::from(u32::try_from(random & 0xffff_ffff).unwrap_or(0)) / f64::from(u32::MAX));
    whole.mul_f64(share)
}

#[cfg(feature = "aws")]
mod sleeping {
    use super::Bucket;
    use crate::collect::plan::Operation;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex, PoisonError};
    use tokio::time::{Instant, sleep};

    /// The buckets of a run, by account, region and category; shared by everything that calls.
    #[derive(Clone)]
    pub struct Pacer {
        share: f64,
        began: Instant,
        buckets: Arc<Mutex<BTreeMap<String, Bucket>>>,
    }

    /// What a call counts against.
    #[derive(Clone, Copy)]
    pub struct Against<'a> {
        /// The account.
        pub account: &'a str,
        /// The region.
        pub region: &'a str,
        /// The pool, where the call is about one.
        pub pool: Option<&'a str>,
    }

    impl Pacer {
        /// With this share of every quota, above 0 and at most 1.
        pub fn new(share: f64) -> Self {
            let share = if share > 0.0 && share <= 1.0 { share } else { 0.5 };
            Self { share, began: Instant::now(), buckets: Arc::default() }
        }

        /// Waits until the call may be made.
        pub async fn wait(&self, operation: &Operation, against: Against<'_>) {
            let wait = {
                let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
                let now = self.began.elapsed();
                let reserved = keys(operation, against)
                    .map(|(key, quota)| buckets.entry(key).or_insert_with(|| Bucket::new(quota * self.share)).reserve(now));
                reserved.max().unwrap_or_default()
            };
            if !wait.is_zero() {
                sleep(wait).await;
            }
        }

        /// AWS said "slower" to this call. Returns the rate from now on where it changed, requests per second.
        pub fn throttled(&self, operation: &Operation, against: Against<'_>) -> Option<f64> {
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.began.elapsed();
            let changed: Vec<f64> = keys(operation, against)
                .filter_map(|(key, _)| buckets.get_mut(&key).and_then(|b| b.throttled(now).then(|| b.rate())))
                .collect();
            changed.into_iter().reduce(f64::min)
        }
    }

    /// The buckets of a call with the quota of each.
    fn keys(operation: &Operation, against: Against<'_>) -> impl Iterator<Item = (String, f64)> {
        let Against { account, region, pool } = against;
        let category = operation.category;
        let all = (format!("{account} {region} {category:?}"), category.per_second());
        let one = category.per_second_and_pool().zip(pool).map(|(q, pool)| (format!("{account} {region} {} {pool}", operation.name), q));
        [Some(all), one].into_iter().flatten()
    }
}

#[cfg(feature = "aws")]
pub use sleeping::{Against, Pacer};

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_second_s_worth_at_once_then_one_by_one() {
        let mut bucket = Bucket::new(10.0);
        for _ in 0..10 {
            assert_eq!(bucket.reserve(at(0.0)), Duration::ZERO);
        }
        assert_eq!(bucket.reserve(at(0.0)), at(0.1));
        assert_eq!(bucket.reserve(at(0.0)), at(0.2));
        assert_eq!(bucket.reserve(at(0.3)), Duration::ZERO);
    }

    #[test]
    fn never_more_than_the_share_over_any_stretch() {
        let mut bucket = Bucket::new(15.0);
        let mut now = Duration::ZERO;
        for _ in 0..3_000 {
            now += bucket.reserve(now);
        }
        // 15 at once, 2,985 at 15 a second.
        assert!((now.as_secs_f64() - 199.0).abs() < 0.1, "{now:?}");
    }

    #[test]
    fn a_slow_quota_starts_with_one_call() {
        let mut bucket = Bucket::new(0.5);
        assert_eq!(bucket.reserve(at(0.0)), Duration::ZERO);
        assert_eq!(bucket.reserve(at(0.0)), at(2.0));
    }

    #[test]
    fn a_throttle_halves_the_rate_and_quiet_time_gives_it_back() {
        let mut bucket = Bucket::new(8.0);
        assert!(bucket.throttled(at(1.0)));
        assert_eq!(bucket.rate(), 4.0);
        assert_eq!(bucket.reserve(at(1.0)), at(0.25));
        // The same burst does not halve again, a later one does, down to a sixteenth.
        assert!(!bucket.throttled(at(1.5)));
        for n in 1..10 {
            bucket.throttled(at(1.5 + 2.0 * f64::from(n)));
        }
        assert_eq!(bucket.rate(), 0.5);
        bucket.reserve(at(49.6));
        assert_eq!(bucket.rate(), 1.0);
        bucket.reserve(at(1000.0));
        assert_eq!(bucket.rate(), 8.0);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_at_least_half_is_waited() {
        let wait = |attempt, random| back_off(at(0.2), at(3.0), attempt, random);
        assert_eq!(wait(1, u64::MAX), at(0.2));
        assert_eq!(wait(3, u64::MAX), at(0.8));
        assert_eq!(wait(3, 0), at(0.4));
        assert_eq!(wait(40, u64::MAX), at(3.0));
    }
}
