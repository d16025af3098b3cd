//! The one document that every human-readable format draws: headings, paragraphs, tables and figures as plain data.
//!
//! No drawing, no colours, no layout here, and no judgement: whoever fills a figure has decided its verdict. Text is kept as it
//! came (names come from strangers); each writer makes it safe for its own format.

use chrono::{DateTime, Utc};

pub use crate::model::verdict::Verdict;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What the report says of itself, and what stands on every page.
    pub meta: Meta,
    /// The fixed words of figures and pages, so that a report can be in another language.
    pub labels: Labels,
    /// The content in reading order.
    pub blocks: Vec<Block>,
}

/// Metadata and running texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Document title, shown in the title bar of a viewer.
    pub title: String,
    /// Language as in BCP 47, such as `en` or `de-CH`.
    pub lang: String,
    /// Who the document is by: the organisation.
    pub author: String,
    /// One line on what it is.
    pub subject: String,
    /// The instant the document carries as its creation time; never the clock's.
    pub at: DateTime<Utc>,
    /// The bundle id, in the footer.
    pub bundle_id: String,
    /// The first characters of the digest that the report rests on, in the footer.
    pub short_digest: String,
    /// Running header, left: the organisation.
    pub header_left: String,
    /// Running header, right: the period.
    pub header_right: String,
}

/// Words that figures and pages need and no template holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Page number; `{page}` and `{pages}` are replaced.
    pub page: String,
    /// Continued part of a table or card, after the caption.
    pub continued: String,
    /// Before the bundle id in the footer.
    pub bundle: String,
    /// Before the short digest in the footer.
    pub digest: String,
    /// Finding card: whom or what the finding is about.
    pub subject: String,
    /// Finding card: why the verdict.
    pub reason: String,
    /// Finding card: pointers into the recording.
    pub evidence: String,
    /// Finding card: the command that checks the same by hand.
    pub by_hand: String,
    /// Finding card: the controls it bears on.
    pub controls: String,
    /// Finding card: severity.
    pub severity: String,
    /// Matrix: head of the first column.
    pub control: String,
    /// Coverage: after the number of users of a pool.
    pub users: String,
    /// Callout: worth knowing.
    pub note: String,
    /// Callout: what to do.
    pub remedy: String,
    /// Callout: how to verify.
    pub verify: String,
    /// Callout: the reader would be misled without it.
    pub warning: String,
    /// Callout: something is left out.
    pub omission: String,
    /// Last line of a report in which `{count}` characters are shown as their number.
    pub substituted: String,
}

impl Default for Labels {
    fn default() -> Self {
        let s = str::to_owned;
        Self {
            page: s("page {page} of {pages}"),
            continued: s("continued"),
            bundle: s("Bundle"),
            digest: s("digest"),
            subject: s("Subject"),
            reason: s("Reason"),
            evidence: s("Evidence"),
            by_hand: s("By hand"),
            controls: s("Controls"),
            severity: s("severity"),
            control: s("Control"),
            users: s("users"),
            note: s("Note"),
            remedy: s("What to do"),
            verify: s("To verify, with tools that you trust"),
            warning: s("Warning"),
            omission: s("Left out"),
            substituted: s("{count} characters that hide, reorder or have no glyph here are printed as their number, such as ‹U+202E›."),
        }
    }
}

/// Text in a line: a sequence of inlines.
pub type Inlines = Vec<Inline>;

/// A piece of a line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Bold.
    Strong(Inlines),
    /// Emphasised.
    Emphasis(Inlines),
    /// Fixed width: ids, digests, settings.
    Code(String),
    /// A link to `#id` of a heading or finding, or to http(s) or mailto.
    Link {
        /// Where to.
        href: String,
        /// What is shown.
        inlines: Inlines,
    },
    /// A verdict as word and sign, in its colour.
    Status(Verdict),
    /// A forced new line.
    Break,
}

/// A part of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading, also a bookmark.
    Heading {
        /// 1 to 3; a document has its levels in order.
        level: u8,
        /// Anchor, unique in the document.
        id: String,
        /// The words.
        inlines: Inlines,
    },
    /// A paragraph.
    Paragraph(Inlines),
    /// A list.
    List {
        /// The first number of an ordered list; none for bullets.
        start: Option<u64>,
        /// Each item is blocks, so lists nest.
        items: Vec<Vec<Block>>,
    },
    /// A table.
    Table(Table),
    /// Lines as they are.
    Code(String),
    /// A framed note.
    Callout(Callout),
    /// The first page.
    Cover(Box<Cover>),
    /// Verdict counts as cards.
    Tiles(Tiles),
    /// Controls by pools.
    Matrix(Matrix),
    /// How much of each pool is covered, as stacked bars.
    Coverage(Coverage),
    /// What each pool required over the period, a bar a pool.
    Timeline(Timeline),
    /// The table of contents, made from the headings.
    Toc {
        /// Deepest heading level that is listed.
        depth: u8,
    },
    /// One finding in full.
    Finding(Box<FindingCard>),
    /// The next block begins a page.
    PageBreak,
}

/// A table with one head row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Words above the table.
    pub caption: Inlines,
    /// Columns: as many as cells in the head and in each row.
    pub columns: Vec<Column>,
    /// The head cells.
    pub head: Vec<Inlines>,
    /// The rows.
    pub rows: Vec<Vec<Inlines>>,
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Column {
    /// Left unless told.
    pub align: Align,
    /// Relative width; 0 lets the writer choose by content.
    pub weight: u16,
}

/// Alignment in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge: numbers.
    Right,
}

/// A framed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callout {
    /// How it is marked.
    pub kind: CalloutKind,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// How a callout is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalloutKind {
    /// Worth knowing.
    Note,
    /// What to do about it.
    Remedy,
    /// How to verify.
    Verify,
    /// The reader would be misled without it.
    Warning,
    /// Something is left out or was not looked at.
    Omission,
}

/// The first page: what, whose, when, by whom, with which result, and what it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Small line above the title: what kind of document.
    pub kicker: String,
    /// The title: usually the organisation and the period.
    pub title: String,
    /// Lines under the title.
    pub lines: Vec<Inlines>,
    /// Verdict counts.
    pub verdicts: Tiles,
    /// Key and value facts.
    pub facts: Vec<Fact>,
    /// Statements in boxes: sources, omissions, how to verify.
    pub statements: Vec<Callout>,
}

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Inlines,
}

/// Counts of verdicts, one card each, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tiles {
    /// The cards.
    pub counts: Vec<Count>,
}

/// How many findings have a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The verdict.
    pub verdict: Verdict,
    /// How many.
    pub count: u64,
    /// A short line under the word, such as "2 of high severity"; may be empty.
    pub note: String,
}

/// Controls by pools. Drawn as a table, so that it can be read out cell by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Words above it.
    pub caption: Inlines,
    /// The pools.
    pub columns: Vec<Inlines>,
    /// One group a framework.
    pub groups: Vec<MatrixGroup>,
}

/// The controls of one framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixGroup {
    /// Name of the framework.
    pub title: String,
    /// Its controls.
    pub rows: Vec<MatrixRow>,
}

/// One control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// The control's id.
    pub id: String,
    /// Our paraphrase of it, and what is covered.
    pub title: String,
    /// One cell a pool.
    pub cells: Vec<MatrixCell>,
}

/// One control in one pool. A control is never printed as PASS: the words say what the findings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixCell {
    /// The roll-up, for colour and sign; none when nothing maps.
    pub verdict: Option<Verdict>,
    /// Such as "2 of 3 direct findings pass".
    pub text: String,
}

/// Stacked bars, one a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Words above it.
    pub caption: Inlines,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// One pool's users by factor state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The pool.
    pub label: String,
    /// Parts in the order drawn; their counts add up to the bar.
    pub parts: Vec<Part>,
}

/// A part of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which colour and pattern.
    pub state: FactorState,
    /// The word in the legend.
    pub label: String,
    /// How many users.
    pub count: u64,
}

/// What is known of a user's factors, as bars show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactorState {
    /// A factor is listed.
    Enrolled,
    /// Challenged by SMS or e-mail without a listed factor.
    Derived,
    /// The API is silent in a pool with MFA required.
    Indeterminate,
    /// No factor.
    NotEnrolled,
    /// Out of the population: federated, disabled, unconfirmed.
    Excluded,
    /// Facts of this user were not read.
    NotAsked,
}

impl FactorState {
    /// The word of product.md, lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Derived => "derived",
            Self::Indeterminate => "indeterminate",
            Self::NotEnrolled => "not enrolled",
            Self::Excluded => "not applicable",
            Self::NotAsked => "not asked",
        }
    }
}

/// Bars over one stretch of time, one a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Words above it.
    pub caption: Inlines,
    /// Marks along every bar, in order.
    pub ticks: Vec<Tick>,
    /// The bars.
    pub lanes: Vec<Lane>,
}

/// A mark on the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where, in millionths of the whole from its beginning.
    pub at: u32,
    /// Its date; empty for a mark without words.
    pub label: String,
}

/// The bar of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The pool.
    pub label: String,
    /// A few words at the other end.
    pub note: String,
    /// The whole bar in words.
    pub alt: String,
    /// Its parts in order; what lies between them is empty.
    pub stretches: Vec<Stretch>,
    /// The states that it shows, each with how long.
    pub legend: Vec<(ModeState, String)>,
}

/// A part of a bar of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// How it is filled.
    pub state: ModeState,
    /// From where, in millionths of the whole.
    pub from: u32,
    /// To where.
    pub to: u32,
}

/// What a pool required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModeState {
    /// MFA of everybody.
    On,
    /// MFA of who has a factor.
    Optional,
    /// No MFA.
    Off,
    /// Nothing is known.
    Unknown,
}

impl ModeState {
    /// The word in the legend.
    pub fn word(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Optional => "OPTIONAL",
            Self::Off => "OFF",
            Self::Unknown => "not known",
        }
    }

    /// Its sign, so that it can be read without colour.
    pub fn sign(self) -> char {
        match self {
            Self::On => '✓',
            Self::Optional => '⚠',
            Self::Off => '✗',
            Self::Unknown => '?',
        }
    }
}

/// One finding in full. Empty parts are not drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingCard {
    /// Anchor, unique in the document.
    pub anchor: String,
    /// Anchors of further findings that the card speaks of.
    pub also: Vec<String>,
    /// The check's id.
    pub id: String,
    /// The check's title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Severity as a word.
    pub severity: String,
    /// Whom or what it is about.
    pub subject: Inlines,
    /// Why the verdict.
    pub reason: Inlines,
    /// More names and values: counts, settings.
    pub facts: Vec<Fact>,
    /// Pointers into the recording, a line each.
    pub evidence: Vec<Inlines>,
    /// The command that checks the same by hand.
    pub by_hand: String,
    /// The controls it bears on.
    pub controls: Vec<Inlines>,
    /// An exception that rides on a FAIL, or another note.
    pub notes: Vec<Callout>,
}

/// The words of inlines without their marks: for bookmarks, alternative texts, anchors.
pub fn plain(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for i in inlines {
        match i {
            Inline::Text(t) | Inline::Code(t) => out.push_str(t),
            Inline::Strong(v) | Inline::Emphasis(v) | Inline::Link { inlines: v, .. } => out.push_str(&plain(v)),
            Inline::Status(v) => out.push_str(v.word()),
            Inline::Break => out.push(' '),
        }
    }
    out
}

/// Plain text as inlines.
pub fn text(t: impl Into<String>) -> Inlines {
    vec![Inline::Text(t.into())]
}
