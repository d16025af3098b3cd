//! Report templates: those of the release, or a folder of the user's. Fills them; every value is escaped, and no filter takes that away.
//! A template says what stands where; the facts, and what a reader must never miss, are not its to change.

use super::markdown::{escape_markdown, escape_markdown_file};
use super::theme::{self, Theme, ThemeError};
use super::view::{View, utc};
use crate::io;
use crate::report::release;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use std::collections::BTreeMap;
use std::path::Path;

/// The report.
pub const REPORT: &str = "report.md";
/// The summary of a CI job.
pub const SUMMARY: &str = "summary.md";
/// Colours, page, fonts.
pub const THEME: &str = "theme.toml";

/// Largest template that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Why templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file of the folder cannot be read.
    #[error(transparent)]
    File(#[from] io::FileError),
    /// The folder holds none of the files that templates are.
    #[error("{0} holds none of report.md, summary.md and theme.toml; copy report-templates and change the copy")]
    Empty(String),
    /// The theme cannot be used.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// A template is malformed, or asks for what a report does not have.
    #[error("{file}, line {line}: {why}")]
    Template {
        /// The file.
        file: &'static str,
        /// The line in it, from 1; 0 where it is not known.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// The files that make a report look as it does.
#[derive(Debug, Clone)]
pub struct Templates {
    files: BTreeMap<&'static str, String>,
    /// The theme, its further fonts read.
    pub theme: Theme,
}

impl Templates {
    /// The templates of this release.
    ///
    /// # Errors
    /// The release is broken (a test sees to it that it is not).
    pub fn release() -> Result<Self, TemplateError> {
        let files: BTreeMap<_, _> = release::TEMPLATES.into_iter().map(|(name, text)| (name, text.to_owned())).collect();
        Ok(Self { files, theme: Theme::from_toml(theme::BUILT_IN)? })
    }

    /// The templates of a folder; a file that it lacks is the release's.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read or used, or it holds none of the files.
    pub fn folder(path: &Path) -> Result<Self, TemplateError> {
        let mut templates = Self::release()?;
        let mut found = false;
        for (name, text) in &mut templates.files {
            let file = path.join(name);
            if io::exists(&file) {
                *text = io::read_text(&file, LARGEST)?;
                found = true;
            }
        }
        if !found {
            return Err(TemplateError::Empty(path.display().to_string()));
        }
        let mut theme = Theme::from_toml(templates.files.get(THEME).map(String::as_str).unwrap_or_default())?;
        theme.load_fonts(path)?;
        templates.theme = theme;
        Ok(templates)
    }

    /// SHA-256 over every file (see [`release::digest_of`]). Further fonts count too.
    pub fn digest(&self) -> String {
        let fonts: Vec<(String, &[u8])> =
            self.theme.extra_fonts.iter().enumerate().map(|(n, font)| (format!("font-{n}"), font.as_slice())).collect();
        let texts = self.files.iter().map(|(name, text)| (*name, text.as_bytes()));
        release::digest_of(texts.chain(fonts.iter().map(|(name, font)| (name.as_str(), *font))))
    }

    /// Whether these are the release's own.
    pub fn is_release(&self) -> bool {
        release::TEMPLATES.iter().all(|(name, text)| self.files.get(name).is_some_and(|t| t == text)) && self.theme.extra_fonts.is_empty()
    }

    /// The report's text, filled, for our own Markdown parser.
    ///
    /// # Errors
    /// The template is malformed or asks for what the view lacks.
    pub fn report(&self, view: &View<'_>) -> Result<String, TemplateError> {
        self.fill(REPORT, escape_markdown, view)
    }

    /// The summary's text, filled, for anybody's Markdown renderer.
    ///
    /// # Errors
    /// As [`Templates::report`].
    pub fn summary(&self, view: &View<'_>) -> Result<String, TemplateError> {
        self.fill(SUMMARY, escape_markdown_file, view)
    }

    /// The line of the report's template that holds a text, from 1; 0 where none does.
    pub(super) fn report_line(&self, holds: &str) -> usize {
        let text = self.files.get(REPORT).map(String::as_str).unwrap_or_default();
        text.lines().position(|line| line.contains(holds)).map_or(0, |n| n + 1)
    }

    fn fill(&self, file: &'static str, escape: fn(&str) -> String, view: &View<'_>) -> Result<String, TemplateError> {
        let fail = |e: minijinja::Error| TemplateError::Template {
            file,
            line: e.line().unwrap_or(0),
            why: e.detail().map_or_else(|| e.kind().to_string(), |detail| format!("{}: {detail}", e.kind())),
        };
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        // `{#id}` is the id of a heading here, so a comment is written as in HTML.
        env.set_syntax(
            SyntaxConfig::builder().comment_delimiters("<!--", "-->").trim_blocks(true).lstrip_blocks(true).build().map_err(fail)?,
        );
        env.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
        env.set_formatter(move |out, _, value| {
            if value.is_undefined() {
                return Err(minijinja::ErrorKind::UndefinedError.into());
            }
            let plain = if value.is_none() { "—".to_owned() } else { value.to_string() };
            let written = if value.is_safe() { out.write_str(&plain) } else { out.write_str(&escape(&plain)) };
            written.map_err(minijinja::Error::from)
        });
        // With these a template could let a stranger's name be read as markup.
        for filter in ["safe", "escape", "e"] {
            env.remove_filter(filter);
        }
        env.add_filter("utc", |instant: String| utc(&instant));
        env.add_filter("words", |word: String| super::figures::kind_words(&word).replace('_', " "));
        env.add_filter("clip", |text: String, longest: usize| super::view::clip(&text, longest));
        let source = self.files.get(file).map(String::as_str).unwrap_or_default();
        let template = env.template_from_named_str(file, source).map_err(fail)?;
        template.render(Value::from(Serde(view))).map_err(fail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    fn with(report: &str) -> Templates {
        let mut templates = Templates::release().unwrap();
        templates.files.insert(REPORT, report.to_owned());
        templates
    }

    fn fill(report: &str) -> Result<String, TemplateError> {
        let evidence = testdata::evidence();
        let texts = BTreeMap::new();
        with(report).report(&View::new(&evidence, &texts, b"{}"))
    }

    #[test]
    fn errors_name_file_and_line() {
        for (report, line, says) in [
            ("# ok\n\n{{ evidence.run.host }}\n", 3, "undefined"),
            ("{% for x in %}", 1, "syntax"),
            ("\n{{ organization | safe }}", 2, "safe"),
            ("{% include 'other.md' %}", 1, "include"),
        ] {
            let said = fill(report).unwrap_err().to_string();
            assert!(said.starts_with(&format!("report.md, line {line}: ")) && said.contains(says), "{said}");
        }
    }

    #[test]
    fn a_value_stays_escaped_through_blocks_macros_and_filters() {
        for report in [
            "{{ pools[2].name }}",
            "{% set x %}{{ pools[2].name }}{% endset %}{{ x }}",
            "{% macro m(v) %}{{ v }}{% endmacro %}{{ m(pools[2].name) }}",
            "{{ pools[2].name | upper | lower }}",
            "{{ pools[2].name ~ '' }}",
        ] {
            let filled = fill(report).unwrap();
            assert!(!filled.contains(['<', '[', '`', '|']), "{report}: {filled}");
        }
    }

    #[test]
    fn the_digest_is_of_names_and_bytes() {
        let ours = Templates::release().unwrap();
        assert!(ours.is_release());
        let other = with("# other");
        assert!(!other.is_release());
        assert_ne!(ours.digest(), other.digest());
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Templates::folder(folder.path()), Err(TemplateError::Empty(_))));
        let copied = Path::new(env!("CARGO_MANIFEST_DIR")).join("report-templates");
        assert_eq!(Templates::folder(&copied).unwrap().digest(), ours.digest());
        assert_eq!(release::template_digest(), ours.digest(), "the verifier knows the release's templates");
    }
}
