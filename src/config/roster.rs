//! The roster file: a CSV as the personnel department exports it. It reads bytes and opens no file; identities stay in
//! [`Secret`]s until [`RosterFile::redacted`] turns them into keyed digests. No error repeats a cell: cells are personal.

use super::Secret;
use crate::model::roster::{FORMAT, Person, Roster, Status};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fmt;

/// Largest file, bytes.
pub const LARGEST: u64 = 32 << 20;
/// Most people.
const MOST_ROWS: usize = 200_000;
/// Longest cell, characters.
const LONGEST: usize = 320;
/// Most problems told at once.
const MOST_TOLD: usize = 20;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// E-mail address.
    Email,
    /// User name in the pool.
    Username,
    /// The pool's `sub`.
    Sub,
    /// `active` or `left`.
    Status,
    /// The last day.
    LeftOn,
}

impl Column {
    /// By its head: case, spaces, dashes and underscores aside.
    fn named(head: &str) -> Option<Self> {
        let plain: String = head.chars().filter(|c| !c.is_whitespace() && !"-_".contains(*c)).flat_map(char::to_lowercase).collect();
        match plain.as_str() {
            "email" => Some(Self::Email),
            "username" => Some(Self::Username),
            "sub" => Some(Self::Sub),
            "status" => Some(Self::Status),
            "lefton" => Some(Self::LeftOn),
            _ => None,
        }
    }
}

/// Why a roster file is refused: everything that is wrong with it, by line.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(file, problems))]
pub struct RosterError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Line (from 1) and what is wrong; never empty.
    pub problems: Vec<(u64, String)>,
}

fn told(file: &str, problems: &[(u64, String)]) -> String {
    let mut lines: Vec<String> = problems.iter().take(MOST_TOLD).map(|(line, what)| format!("{file}:{line}: {what}")).collect();
    if problems.len() > MOST_TOLD {
        lines.push(format!("{file}: and {} lines more are wrong", problems.len() - MOST_TOLD));
    }
    lines.join("\n")
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    names: BTreeMap<Column, Secret>,
    status: Status,
    left_on: Option<NaiveDate>,
}

/// A roster file that was read: somebody on every line.
#[derive(Clone, PartialEq)]
pub struct RosterFile {
    as_of: NaiveDate,
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

impl fmt::Debug for RosterFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a roster of {} people (not shown)", self.rows.len())
    }
}

impl RosterFile {
    /// Reads a CSV (RFC 4180; or with semicolons, as spreadsheets of some countries write it; UTF-8 with or without its
    /// mark). `as_of` is the day that its owner says it is of.
    ///
    /// # Errors
    /// It is no such file, holds nobody, names somebody twice, or a line cannot be read: all of it at once.
    pub fn read(bytes: &[u8], file: &str, as_of: NaiveDate) -> Result<Self, RosterError> {
        let refused = |problems| RosterError { file: file.to_owned(), problems };
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let line = bytes.get(..e.valid_up_to()).unwrap_or_default().iter().filter(|b| **b == b'\n').count() as u64 + 1;
            refused(vec![(line, "this is not UTF-8: export it as \"CSV UTF-8\"".to_owned())])
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Lines::of(text);
        let columns = columns(&mut lines).map_err(|what| refused(vec![(1, what)]))?;
        let (mut rows, mut problems, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (line, cells) in lines {
            match cells.and_then(|cells| row(&columns, &cells, as_of)) {
                Ok(row) => {
                    for (column, name) in &row.names {
                        let key = if *column == Column::Email { name.expose().to_lowercase() } else { name.expose().to_owned() };
                        if let Some(first) = seen.insert((*column, key), line) {
                            problems
                                .push((line, format!("whom it names stands on line {first} already: one line each, with today's status")));
                        }
                    }
                    rows.push(row);
                }
                Err(what) => problems.push((line, what)),
            }
            if rows.len() > MOST_ROWS {
                problems.push((line, format!("a roster holds at most {MOST_ROWS} people")));
                break;
            }
        }
        if rows.is_empty() && problems.is_empty() {
            problems.push((1, "there is nobody below the heads: an empty roster would make everybody a leaver".to_owned()));
        }
        if problems.is_empty() { Ok(Self { as_of, bytes: bytes.to_vec(), rows }) } else { Err(refused(problems)) }
    }

    /// The roster as it is kept: `keyed` makes the digest of a name, `commit` the keyed commitment to the exact bytes.
    pub fn redacted(&self, keyed: impl Fn(Column, &str) -> String, commit: impl Fn(&[u8]) -> String) -> Roster {
        let digest = |row: &Row, column| row.names.get(&column).map(|name: &Secret| keyed(column, name.expose()));
        let of = |row: &Row| Person {
            email: digest(row, Column::Email),
            username: digest(row, Column::Username),
            sub: digest(row, Column::Sub),
            status: row.status,
            left_on: row.left_on,
        };
        let mut people: Vec<Person> = self.rows.iter().map(of).collect();
        people.sort();
        Roster {
            format: FORMAT.to_owned(),
            as_of: self.as_of,
            commitment: commit(&self.bytes),
            bytes: self.bytes.len() as u64,
            rows: people.len() as u64,
            people,
        }
    }
}

/// The lines of a CSV with their numbers, empty ones left out.
struct Lines<'a> {
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    /// Where the line begins that was read last, and its number.
    begin: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    /// The heads tell what separates the cells.
    fn of(text: &'a str) -> Self {
        let heads = text.lines().find(|l| !l.is_empty()).unwrap_or_default();
        let delimiter = if heads.contains(';') { b';' } else { b',' };
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(delimiter).has_headers(false).flexible(true).trim(csv::Trim::All);
        Self { text, reader: builder.from_reader(text.as_bytes()), record: csv::StringRecord::new(), begin: 0, line: 1 }
    }

    /// Counts on to the line that is read next: the reader's own count is of what it has looked at.
    fn count(&mut self) {
        let from = usize::try_from(self.reader.position().byte()).unwrap_or(self.text.len());
        let ends = self.text.get(from..).unwrap_or_default().bytes().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let passed = self.text.get(self.begin..from + ends).unwrap_or_default();
        let returns = passed.matches('\r').count() - passed.matches("\r\n").count();
        self.line += (passed.matches('\n').count() + returns) as u64;
        self.begin = from + ends;
    }
}

impl Iterator for Lines<'_> {
    type Item = (u64, Result<Vec<String>, String>);

    fn next(&mut self) -> Option<Self::Item> {
        self.count();
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some((self.line, self.record.iter().map(cell).collect())),
            Err(_) => Some((self.line, Err("this is no line of a CSV".to_owned()))),
        }
    }
}

/// A cell, if it can be one. A quote or a line's end in it is a quoted cell that was never closed.
fn cell(text: &str) -> Result<String, String> {
    if text.chars().any(|c| c.is_control() || c == '"') {
        return Err("a cell holds a quote, a line's end or another control character: is a quote missing?".to_owned());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("a cell is longer than {LONGEST} characters"));
    }
    Ok(text.to_owned())
}

fn columns(lines: &mut Lines<'_>) -> Result<Vec<Column>, String> {
    const KNOWN: &str = "email, username, sub, status, left_on";
    let (_, heads) = lines.next().ok_or_else(|| format!("the file is empty; its first line names the columns ({KNOWN})"))?;
    let mut columns = Vec::new();
    for (n, head) in heads?.iter().enumerate() {
        // What stands in another column may be what decides (a status by another name): it is not passed over.
        let column = Column::named(head)
            .ok_or_else(|| format!("the head of column {} is none that is read ({KNOWN}): rename the column, or take it out", n + 1))?;
        if columns.contains(&column) {
            return Err(format!("column {} has the head of another column", n + 1));
        }
        columns.push(column);
    }
    if ![Column::Email, Column::Username, Column::Sub].iter().any(|c| columns.contains(c)) {
        return Err("no column names anybody: email, username or sub must be there".to_owned());
    }
    Ok(columns)
}

fn row(columns: &[Column], cells: &[String], as_of: NaiveDate) -> Result<Row, String> {
    if cells.len() != columns.len() {
        return Err(format!("it has {} cells where the first line has {}", cells.len(), columns.len()));
    }
    let mut row = Row { names: BTreeMap::new(), status: Status::Active, left_on: None };
    let mut status = None;
    for (column, text) in columns.iter().zip(cells).filter(|(_, text)| !text.is_empty()) {
        match column {
            Column::Email if !is_address(text) => return Err("its e-mail address is none".to_owned()),
            Column::Sub if text.contains(char::is_whitespace) => return Err("its sub is none".to_owned()),
            Column::Email | Column::Username | Column::Sub => drop(row.names.insert(*column, Secret::new(text.as_str()))),
            Column::Status => {
                let word = text.to_lowercase();
                status = match word.as_str() {
                    "active" => Some(Status::Active),
                    "left" => Some(Status::Left),
                    _ => return Err("its status is neither active nor left".to_owned()),
                };
            }
            Column::LeftOn => {
                let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|d| d.to_string() == *text);
                row.left_on = Some(day.ok_or("its left_on is no day such as 2026-09-30")?);
            }
        }
    }
    if columns.contains(&Column::Status) && status.is_none() {
        return Err("it has no status: active or left".to_owned());
    }
    if row.names.is_empty() {
        return Err("it names nobody: neither email, username nor sub".to_owned());
    }
    match (status, row.left_on) {
        (Some(Status::Active), Some(last)) if last < as_of => {
            return Err(format!("it is active, with a last day before {as_of}, the day of the roster"));
        }
        (Some(Status::Left), Some(last)) if last > as_of => {
            return Err(format!("it has left, with a last day after {as_of}, the day of the roster"));
        }
        _ => {}
    }
    row.status = status.unwrap_or(if row.left_on.is_some_and(|last| last < as_of) { Status::Left } else { Status::Active });
    Ok(row)
}

/// Something, one `@`, something, and no blank.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@')) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RosterFile, String> {
        RosterFile::read(text.as_bytes(), "people.csv", "2026-09-28".parse().unwrap()).map_err(|e| e.to_string())
    }
    fn people(text: &str) -> Vec<Person> {
        let clear = |column, name: &str| format!("{column:?} {name}");
        read(text).unwrap().redacted(clear, |bytes| bytes.len().to_string()).people
    }

    #[test]
    fn spreadsheets_of_every_country_are_read() {
        let plain = people("email,status,left_on\nann@example.com,active,\nbob@example.com,left,2026-08-31\n");
        assert_eq!(plain.len(), 2);
        assert_eq!((plain[0].email.as_deref(), plain[0].status), (Some("Email ann@example.com"), Status::Active));
        assert_eq!((plain[1].status, plain[1].left_on.unwrap().to_string()), (Status::Left, "2026-08-31".to_owned()));
        for same in [
            "\u{feff}E-Mail;Status;Left on\r\nann@example.com;Active;\r\nbob@example.com;LEFT;2026-08-31\r\n",
            "\"email\",\"status\",\"left-on\"\r\n\"ann@example.com\",\"active\",\"\"\r\n\r\n\"bob@example.com\",\"left\",\"2026-08-31\"",
            " email , status , left_on \n bob@example.com , left , 2026-08-31 \n ann@example.com , active , \n",
        ] {
            assert_eq!(people(same), plain, "{same}");
        }
        assert_eq!(people("username\nann\n")[0].username.as_deref(), Some("Username ann"));
        assert_eq!(people("username\n\"Ann, B.\"\n")[0].username.as_deref(), Some("Username Ann, B."));
    }

    #[test]
    fn every_wrong_line_is_named_with_its_number_and_no_cell_is_repeated() {
        for (text, said) in [
            ("", "people.csv:1: the file is empty"),
            ("email,status\r\n", "people.csv:1: there is nobody below the heads"),
            ("name,email\nAnn,ann@example.com\n", "people.csv:1: the head of column 1"),
            ("email,statu\nann@example.com,left\n", "people.csv:1: the head of column 2"),
            ("email,e-mail\n", "people.csv:1: column 2 has the head of another"),
            ("status\nleft\n", "people.csv:1: no column names anybody"),
            ("email\nann@example.com\nbob\n", "people.csv:3: its e-mail address is none"),
            ("email,status\r\nann@example.com,active\r\nbob@example.com,gone\r\n", "people.csv:3: its status is neither"),
            ("email,status\nann@example.com,\n", "people.csv:2: it has no status"),
            ("email,left_on\nann@example.com,31.08.2026\n", "people.csv:2: its left_on is no day"),
            ("email,status,left_on\nann@example.com,active,2026-09-27\n", "people.csv:2: it is active, with a last day before"),
            ("email,status,left_on\nann@example.com,left,2026-09-29\n", "people.csv:2: it has left, with a last day after"),
            ("email,username\nann@example.com\n", "people.csv:2: it has 1 cells where the first line has 2"),
            ("email,username\n,\n", "people.csv:2: it names nobody"),
            ("email\n\n\nann@example.com\nAnn@Example.com\n", "people.csv:5: whom it names stands on line 4"),
            ("email\rann@example.com\rx\r", "people.csv:3: its e-mail"),
            ("email,status\r\n\r\n\"ann@example.com,active\r\nbob@example.com,left\r\n", "people.csv:3: a cell holds a quote"),
            ("email,status\n\"ann\"\"x@example.com\",active\n", "people.csv:2: a cell holds a quote"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text:?}: {error}");
            assert!(!error.to_lowercase().contains("ann") && !error.contains("bob") && !error.contains("gone"), "{error}");
        }
        let both = read("email\nx\ny\n").unwrap_err();
        assert!(both.contains("csv:2:") && both.contains("csv:3:"), "{both}");
        let latin = RosterFile::read(b"email\nann@example.com\nj\xf6rg@example.com\n", "p.csv", "2026-09-28".parse().unwrap());
        assert!(latin.unwrap_err().to_string().starts_with("p.csv:3: this is not UTF-8"));
    }

    #[test]
    fn a_thousand_wrong_lines_are_counted() {
        let error = read(&format!("email\n{}", "x\n".repeat(1000))).unwrap_err();
        assert_eq!(error.lines().count(), 21);
        assert!(error.ends_with("980 lines more are wrong"), "{error}");
    }

    #[test]
    fn nothing_of_it_is_shown_by_debug() {
        let file = read("email\nann@example.com\n").unwrap();
        for shown in [format!("{file:?}"), format!("{:?}", file.rows)] {
            assert!(!shown.contains("ann"), "{shown}");
        }
    }
}
