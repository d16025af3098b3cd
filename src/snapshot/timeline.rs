//! The MFA mode of a pool over a period: the mode read at the run, walked back through the log's events. Pure: facts and
//! where they come from; what follows from them is a check's business.
//!
//! Between two events that set the mode it is constant, so a stretch is known by the event before it or by a reading
//! before or after it, as far as the log is whole. What the log does not cover is unknown, never "as it was". Readings are
//! this run's and those of earlier bundles; two that the log cannot reconcile are a contradiction.

use super::cognito::{MfaMode, Pool};
use super::trail::{Event, SETTING, Stretch, Trail, midnight};
use crate::clock;
use crate::model::fetched::Gap;
use crate::model::scope::Period;
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// The mode.
    Mode(MfaMode),
    /// The log covers it, but no event or reading tells the mode.
    Unclear,
    /// The log does not cover it.
    NoLog,
}

/// The mode as an earlier bundle read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// When, by the clock of whoever ran it.
    pub time: DateTime<Utc>,
    /// The mode then.
    pub mode: MfaMode,
    /// SHA-256 of that bundle's statement.
    pub statement: String,
}

/// A stretch of time in which the mode did not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end, not included.
    pub to: DateTime<Utc>,
    /// What is known of it.
    pub known: Known,
    /// The event that it begins with, as a place in [`Timeline::events`].
    pub opened: Option<usize>,
    /// The event that it ends with.
    pub closed: Option<usize>,
}

/// The mode of one pool over a period.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// First moment looked at: the period's start, or the pool's creation where that is later.
    pub from: DateTime<Utc>,
    /// Last moment looked at: the period's end, or the reading where that is earlier.
    pub to: DateTime<Utc>,
    /// The period had ended at the reading.
    pub over: bool,
    /// When the mode was read.
    pub read: DateTime<Utc>,
    /// The mode then.
    pub mode: MfaMode,
    /// The time of the reading is the collector's own. An imported file may be of any day before: it tells no mode.
    pub dated: bool,
    /// What is known, in order and without a hole.
    pub spans: Vec<Span>,
    /// The events that set the mode, those before and after the period too.
    pub events: Vec<Event>,
    /// What earlier bundles read, by time.
    pub earlier: Vec<Reading>,
    /// The mode that log and readings tell before a reading, and the other one that was read: a change is missing.
    pub contradiction: Option<(MfaMode, MfaMode)>,
    /// Events about this pool in the period, refused ones aside, by name.
    pub calls: BTreeMap<String, u64>,
    /// What is wrong with the log itself.
    pub unreadable: Vec<Gap>,
}

impl Timeline {
    /// Of a pool. `read` is when the mode was read; not `dated` where that is only when a file was imported. `earlier` is what
    /// earlier bundles read.
    ///
    /// # Errors
    /// The mode was not read.
    pub fn of(pool: &Pool, read: Option<&str>, dated: bool, trail: &Trail, period: &Period, earlier: &[Reading]) -> Result<Self, Gap> {
        let mode = pool.mfa_mode()?;
        let never = || Gap {
            what: "GetUserPoolMfaConfig".to_owned(),
            kind: crate::model::fetched::GapKind::NotAsked,
            at: pool.mfa_read.at.clone(),
        };
        let read = read.and_then(|t| clock::parse_rfc3339(t).ok()).ok_or_else(never)?;
        let at = |fact: &crate::model::fetched::Fetched<String>| fact.if_read().and_then(|t| clock::parse_rfc3339(t).ok());
        let (begin, end) = (midnight(period.from), midnight(period.to) + Duration::days(1));
        let from = at(&pool.created).map_or(begin, |created| begin.max(created)).min(end);
        let to = end.min(read).max(from);
        let own = |e: &&Event| e.pool.as_deref() == Some(pool.id.as_str()) && e.refused.is_none();
        let mut events: Vec<Event> = trail.events.iter().filter(own).filter(|e| SETTING.contains(&e.name.as_str())).cloned().collect();
        events.retain(|e| e.time <= read);
        let mut calls = BTreeMap::new();
        for event in trail.events.iter().filter(own).filter(|e| from <= e.time && e.time < to) {
            *calls.entry(event.name.clone()).or_default() += 1;
        }
        let covered = bridged(trail.covered(), at(&pool.last_modified), read);
        let mut line = Self {
            from,
            to,
            over: read >= end,
            read,
            mode,
            dated,
            spans: Vec::new(),
            events,
            earlier: earlier.iter().filter(|r| r.time < read).cloned().collect(),
            contradiction: None,
            calls,
            unreadable: trail.unreadable.clone(),
        };
        line.earlier.sort();
        line.walk(&covered);
        Ok(line)
    }

    /// Cuts the time from the earliest event to the reading into pieces and fills in what is known of each.
    fn walk(&mut self, covered: &[Stretch]) {
        let first = self.events.first().map(|e| e.time).into_iter().chain(self.earlier.first().map(|r| r.time)).min();
        let start = first.map_or(self.from, |first| first.min(self.from));
        let mut cuts: BTreeSet<DateTime<Utc>> = [start, self.from, self.to, self.read].into();
        cuts.extend(self.events.iter().map(|e| e.time).chain(self.earlier.iter().map(|r| r.time)));
        cuts.extend(covered.iter().flat_map(|(a, b)| [*a, *b]));
        cuts.retain(|t| start <= *t && *t <= self.read);
        let cuts: Vec<DateTime<Utc>> = cuts.into_iter().collect();
        let mut pieces: Vec<Span> = Vec::new();
        let mut now = Known::Unclear;
        for pair in cuts.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let opened = self.events.iter().rposition(|e| e.time == from);
            let seen = covered.iter().any(|(a, b)| *a <= from && to <= *b);
            now = match opened {
                // What an event set is certain at its own moment (see `below`); how long it lasted only the log can tell.
                Some(_) if seen => self.set_at(from).map_or(Known::Unclear, Known::Mode),
                _ if !seen => Known::NoLog,
                _ if now == Known::NoLog => Known::Unclear,
                _ => now,
            };
            pieces.push(Span { from, to, known: now, opened, closed: self.events.iter().position(|e| e.time == to) });
        }
        for reading in self.earlier.clone() {
            self.walk_on(&mut pieces, reading.time, reading.mode);
            self.walk_back(&mut pieces, reading.time, reading.mode);
        }
        if self.dated {
            self.walk_back(&mut pieces, self.read, self.mode);
        }
        let (from, to) = (self.from, self.to);
        for piece in pieces.into_iter().filter(|p| from <= p.from && p.to <= to) {
            match self.spans.last_mut() {
                Some(before) if before.known == piece.known && piece.opened.is_none() && before.to == piece.from => {
                    before.to = piece.to;
                    before.closed = piece.closed;
                }
                _ => self.spans.push(piece),
            }
        }
        // A span that goes on from before the period began with an event there.
        let before = self.events.iter().rposition(|e| e.time <= from);
        if let Some(first) = self.spans.first_mut().filter(|s| matches!(s.known, Known::Mode(_))) {
            first.opened = first.opened.or(before);
        }
    }

    /// The mode that the events of one second leave behind: their order within it is not known, so they must agree.
    fn set_at(&self, time: DateTime<Utc>) -> Option<MfaMode> {
        let modes: BTreeSet<Option<MfaMode>> = self.events.iter().filter(|e| e.time == time).map(mode_of).collect();
        modes.into_iter().reduce(|_, _| None).flatten()
    }

    /// From a reading back to the event before it: the mode was the one read, as far as the log is whole.
    fn walk_back(&mut self, pieces: &mut [Span], read: DateTime<Utc>, mode: MfaMode) {
        for piece in pieces.iter_mut().rev().skip_while(|p| p.to > read) {
            if !self.tell(piece, mode) || piece.opened.is_some() {
                return;
            }
        }
    }

    /// From an earlier reading on to the event after it.
    fn walk_on(&mut self, pieces: &mut [Span], read: DateTime<Utc>, mode: MfaMode) {
        for piece in pieces.iter_mut().skip_while(|p| p.from < read) {
            // An event in the second of the reading may have come after it.
            if piece.opened.is_some() || !self.tell(piece, mode) {
                return;
            }
        }
    }

    /// Tells a piece its mode; `false` where the log breaks off. Another mode than is known already is a contradiction.
    fn tell(&mut self, piece: &mut Span, mode: MfaMode) -> bool {
        match piece.known {
            Known::NoLog => return false,
            Known::Mode(known) if known != mode => {
                self.contradiction = self.contradiction.or(Some((known, mode)));
                piece.known = Known::Unclear;
            }
            _ => piece.known = Known::Mode(mode),
        }
        true
    }

    /// Stretches below ON, each proved by what was read: the log is whole there, or an event in the period set the mode.
    pub fn below(&self) -> Vec<Span> {
        let mut found: Vec<Span> =
            self.spans.iter().filter(|s| matches!(s.known, Known::Mode(mode) if mode != MfaMode::On)).cloned().collect();
        for (n, event) in self.events.iter().enumerate() {
            let shown = found.iter().any(|s| s.opened == Some(n));
            let below = mode_of(event).filter(|mode| *mode != MfaMode::On);
            if let (Some(mode), false, true) = (below, shown, self.from <= event.time && event.time < self.to) {
                let closed = self.events.iter().enumerate().skip(n + 1).map(|(m, e)| (m, e.time)).next();
                let to = closed.map_or(self.to, |(_, t)| t.min(self.to));
                found.push(Span { from: event.time, to, known: Known::Mode(mode), opened: Some(n), closed: closed.map(|(m, _)| m) });
            }
        }
        // Read below ON within the period: that moment is certain without any log.
        if self.mode != MfaMode::On && self.dated && !self.over && self.from <= self.read && !found.iter().any(|s| s.to == self.to) {
            found.push(Span { from: self.read, to: self.read, known: Known::Mode(self.mode), opened: None, closed: None });
        }
        // So is what an earlier bundle read.
        for r in self.earlier.iter().filter(|r| r.mode != MfaMode::On && self.from <= r.time && r.time < self.to) {
            if !found.iter().any(|s| s.from <= r.time && r.time < s.to.max(s.from + Duration::nanoseconds(1))) {
                found.push(Span { from: r.time, to: r.time, known: Known::Mode(r.mode), opened: None, closed: None });
            }
        }
        found.sort_by_key(|s| (s.from, s.to));
        found
    }

    /// Stretches that the log does not cover.
    pub fn gaps(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|s| s.known == Known::NoLog)
    }

    /// Whether the mode is known throughout.
    pub fn is_whole(&self) -> bool {
        let known = self.spans.iter().all(|s| matches!(s.known, Known::Mode(_)));
        known && !self.spans.is_empty() && self.contradiction.is_none() && self.unreadable.is_empty()
    }
}

/// The mode that an event set; `None` where it does not say, or says something unknown.
pub fn mode_of(event: &Event) -> Option<MfaMode> {
    event.mode.as_deref().and_then(MfaMode::of)
}

/// The last stretch reaches to the reading where the pool was not modified after it ended: an event that is not delivered
/// yet, or lies after the exported files, would show in `LastModifiedDate`.
fn bridged(mut covered: Vec<Stretch>, modified: Option<DateTime<Utc>>, read: DateTime<Utc>) -> Vec<Stretch> {
    covered.retain(|(from, _)| *from < read);
    if let (Some(last), Some(modified)) = (covered.last_mut(), modified)
        && modified < last.1
    {
        last.1 = last.1.max(read);
    }
    covered
}
