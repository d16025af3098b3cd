//! The commented `poolproof.toml` that `init` writes: every key of the table of keys, its default and why one would
//! change it.

use super::keys::{Key, POOL, SECTIONS, Section};
use crate::model::id::PoolId;

/// A pool that a listing showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPool {
    /// Its id.
    pub id: PoolId,
    /// Its name.
    pub name: String,
}

/// The file's text. Each found pool gets its [[pool]]; with none, an example stands there commented out.
pub fn commented(pools: &[FoundPool]) -> String {
    let mut out = String::from(
        "# The scope of poolproof: which pools, for which period, judged how.\n\
         # Every key is here. A line that is commented out shows the default or, where it\n\
         # says \"example\", a possible value. Paths are relative to this file.\n",
    );
    for section in SECTIONS {
        out.push('\n');
        comment(&mut out, section.about);
        if section.name != POOL.name {
            if !section.name.is_empty() {
                out.push_str(if section.repeated { "# " } else { "" });
                out.push_str(&section.title());
                out.push('\n');
            }
            section.keys.iter().for_each(|k| key(&mut out, k));
            continue;
        }
        if pools.is_empty() {
            out.push_str("# [[pool]]\n");
            section.keys.iter().for_each(|k| key(&mut out, k));
        }
        for (n, pool) in pools.iter().enumerate() {
            found(&mut out, section, pool, n == 0);
        }
    }
    out
}

/// A found pool; only the first carries the comments.
fn found(out: &mut String, section: &Section, pool: &FoundPool, explained: bool) {
    if !explained {
        out.push('\n');
    }
    let name: String = pool.name.chars().filter(|c| !c.is_control()).collect();
    out.push_str(&format!("[[pool]]\n# {name}\nid = {}\n", toml::Value::from(pool.id.as_str())));
    if explained {
        section.keys.iter().filter(|k| k.name != "id").for_each(|k| key(out, k));
    }
}

fn key(out: &mut String, key: &Key) {
    comment(out, key.about);
    let example = if key.default { "" } else { "   # example" };
    out.push_str(&format!("# {} = {}{example}\n", key.name, key.value));
}

fn comment(out: &mut String, text: &str) {
    for line in wrap(text, 77) {
        out.push_str("## ");
        out.push_str(&line);
        out.push('\n');
    }
}

/// Lines of at most `width` characters, broken at spaces; a longer word stands alone.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
