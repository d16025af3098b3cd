//! Reading typed values out of a parsed TOML table: a wrong key, type or word becomes a problem with line and column,
//! and reading goes on, so that one run shows all of them. It knows nothing of what the keys mean.

use super::keys::Section;
use chrono::NaiveDate;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest text value, characters.
const LONGEST_TEXT: usize = 1000;

/// One thing wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

/// The text of the file, and what is wrong with it so far.
pub struct Source<'a> {
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Source<'a> {
    /// Of a file's text.
    pub fn new(text: &'a str) -> Self {
        Self { text, problems: RefCell::default() }
    }

    /// Notes a problem at a place in the text.
    pub fn problem(&self, at: Range<usize>, what: impl Into<String>) {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        self.problems.borrow_mut().push(Problem { line, column, what: what.into() });
    }

    /// Another list of problems about the same text.
    pub fn beside(&self) -> Self {
        Self::new(self.text)
    }

    /// The line, from 1, of a place in the text.
    pub fn line(&self, at: &Range<usize>) -> usize {
        self.text.get(..at.start).unwrap_or(self.text).matches('\n').count() + 1
    }

    /// Everything noted, in the order of the file.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems
    }
}

/// A section of the file.
pub struct Table<'a> {
    source: &'a Source<'a>,
    section: &'static Section,
    span: Range<usize>,
    map: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// A section; keys that it does not have are problems, `subsections` aside.
    pub fn new(
        source: &'a Source<'a>,
        section: &'static Section,
        span: Range<usize>,
        map: &'a DeTable<'a>,
        subsections: &[&'static str],
    ) -> Self {
        let known: Vec<&str> = section.keys.iter().map(|k| k.name).chain(subsections.iter().copied()).collect();
        for key in map.keys().filter(|k| !known.contains(&k.get_ref().as_ref())) {
            source.problem(key.span(), unknown("key", key.get_ref(), &format!(" in {}", section.title()), &known));
        }
        Self { source, section, span, map }
    }

    /// Where the section stands.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where a key's value stands, else the section.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.get(key).map_or_else(|| self.span(), Spanned::span)
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Notes a problem with a key's value.
    pub fn problem(&self, key: &str, what: impl Into<String>) {
        self.source.problem(self.span_of(key), what);
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        debug_assert!(self.section.keys.iter().any(|k| k.name == key), "{key} is not in the table of keys");
        self.map.get(key)
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        self.source.problem(value.span(), format!("`{key}` must be {wanted}, not {}", kind(value.get_ref())));
    }

    fn checked_text(&self, key: &str, value: &'a Spanned<DeValue<'a>>, wanted: &str) -> Option<&'a str> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, wanted);
            return None;
        };
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            self.source.problem(value.span(), format!("`{key}` holds the control character U+{:04X}", u32::from(c)));
            return None;
        }
        if text.chars().count() > LONGEST_TEXT {
            self.source.problem(value.span(), format!("`{key}` is longer than {LONGEST_TEXT} characters"));
            return None;
        }
        if text.trim().is_empty() {
            self.source.problem(value.span(), format!("`{key}` is empty; leave the key out instead"));
            return None;
        }
        Some(text)
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str) -> Option<String> {
        self.checked_text(key, self.get(key)?, "a text in quotes").map(str::to_owned)
    }

    /// A text that `parse` understands; its error says what would be right.
    pub fn parsed<T>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.get(key)?;
        let text = self.checked_text(key, value, "a text in quotes")?;
        parse(text).map_err(|why| self.source.problem(value.span(), format!("`{key}`: {why}"))).ok()
    }

    /// A list of texts, each of which `parse` understands; one that stands there twice is a problem.
    pub fn list<T: PartialEq>(&self, key: &str, mut parse: impl FnMut(&str) -> Result<T, String>) -> Option<Vec<T>> {
        const WANTED: &str = "a list of texts in quotes, such as [\"a\", \"b\"]";
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, WANTED);
            return None;
        };
        let mut out = Vec::new();
        for item in items.iter() {
            let Some(text) = self.checked_text(key, item, WANTED) else { continue };
            match parse(text) {
                Ok(parsed) if out.contains(&parsed) => self.source.problem(item.span(), format!("`{key}` names {text:?} twice")),
                Ok(parsed) => out.push(parsed),
                Err(why) => self.source.problem(item.span(), format!("`{key}`: {why}")),
            }
        }
        Some(out)
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, key: &str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
        self.parsed(key, |text| one_of(text, all, word))
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false (without quotes)");
        }
        flag
    }

    /// A whole number from 1.
    pub fn whole(&self, key: &str) -> Option<u32> {
        let value = self.get(key)?;
        let number = value.get_ref().as_integer().and_then(|n| u32::from_str_radix(&n.as_str().replace('_', ""), n.radix()).ok());
        let number = number.filter(|n| (1..=1_000_000).contains(n));
        if number.is_none() {
            self.wrong_type(key, value, "a whole number from 1 to 1,000,000");
        }
        number
    }

    /// A number that `allowed` accepts; `wanted` says which those are.
    pub fn number(&self, key: &str, wanted: &str, allowed: impl FnOnce(f64) -> bool) -> Option<f64> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => Some(n.as_str()),
            DeValue::Float(n) => Some(n.as_str()),
            _ => None,
        };
        let number = text.and_then(|t| t.replace('_', "").parse::<f64>().ok()).filter(|n| n.is_finite() && allowed(*n));
        if number.is_none() {
            self.wrong_type(key, value, wanted);
        }
        number
    }

    /// A day, in quotes or as a TOML date; what is none is `None`, and no problem yet.
    pub fn quiet_day(&self, key: &str) -> Option<NaiveDate> {
        super::exceptions::plain_day(self.get(key)?.get_ref())
    }

    /// A day, in quotes or as a TOML date.
    pub fn day(&self, key: &str) -> Option<NaiveDate> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(d) if d.time.is_none() => d.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => {
                self.wrong_type(key, value, "a day such as \"2026-09-30\"");
                return None;
            }
        };
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|d| d.to_string() == text);
        if day.is_none() {
            self.source.problem(value.span(), format!("`{key}`: {text:?} is not a day such as \"2026-09-30\""));
        }
        day
    }
}

/// One of some words, or what the words are and which is nearest.
///
/// # Errors
/// The text is none of them.
pub fn one_of<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> Result<T, String> {
    let words: Vec<&str> = all.iter().map(|t| word(*t)).collect();
    all.iter().copied().find(|t| word(*t) == text).ok_or_else(|| unknown("word", text, "", &words))
}

/// The sentence about a name that is not known: the nearest right one, and all of them.
pub fn unknown(what: &str, found: &str, place: &str, known: &[&str]) -> String {
    let found: String = found.chars().filter(|c| !c.is_control()).take(80).collect();
    let near = nearest(&found, known).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    format!("unknown {what} `{found}`{place}{near} (allowed: {})", known.join(", "))
}

/// The nearest of some names, if one is near enough to be meant.
pub fn nearest<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = found.to_lowercase().replace('-', "_");
    let score = |k: &str| strsim::jaro_winkler(&lower, &k.to_lowercase().replace('-', "_"));
    known.iter().rev().copied().map(|k| (score(k), k)).filter(|(s, _)| *s >= 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, k)| k)
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "this number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
