//! JSON in which every key of an object occurs once. Two readers may pick different values of a repeated key,
//! so what is signed, or compared with what is signed, must not have one.
//!
//! It must not give meaning to any member.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most keys in one object: bounds the memory that a hostile file can claim.
const MOST_KEYS: usize = 20_000;

/// As many keys are compared one by one; more are kept in order.
const FEW: usize = 24;

/// Reads JSON as `T`; a repeated key anywhere is an error. The nesting limit is `serde_json`'s (128).
///
/// # Errors
/// No JSON, text after it, a repeated key (the message names it), or a member that is missing or of another type.
pub fn strict<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice::<Checked>(bytes).map_err(|e| e.to_string())?;
    serde_json::from_slice(bytes).map_err(|e| e.to_string())
}

/// A member whose value is any JSON, for `#[serde(deserialize_with)]`: a repeated key anywhere in it is an error, as with
/// [`strict`], but found while the value is made, without a reading of its own.
///
/// # Errors
/// No JSON, or a repeated key (the message names it).
pub fn strict_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Built::deserialize(deserializer).map(|built| built.0)
}

/// As [`strict_value`], for a member that may be missing or null.
///
/// # Errors
/// As [`strict_value`].
pub fn strict_value_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Ok(Option::<Built>::deserialize(deserializer)?.map(|built| built.0))
}

fn repeated<E: serde::de::Error>(key: &str) -> E {
    E::custom(format!("the key {key:?} occurs twice in one object"))
}

fn too_many<E: serde::de::Error>() -> E {
    E::custom(format!("an object has more than {MOST_KEYS} keys"))
}

/// A key, borrowed from the text unless it is written with escapes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

/// Any JSON in which no key is repeated; holds nothing.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Check)
    }
}

struct Check;

impl<'de> Visitor<'de> for Check {
    type Value = Checked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(Checked)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked)
    }
    fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Checked, A::Error> {
        while seq.next_element::<Checked>()?.is_some() {}
        Ok(Checked)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Checked, A::Error> {
        // Most objects are small: their keys are compared one by one, and borrowed from the text.
        let (mut few, mut many): (Vec<Key<'de>>, BTreeSet<Key<'de>>) = (Vec::new(), BTreeSet::new());
        while let Some(key) = map.next_key::<Key<'de>>()? {
            if few.len() + many.len() >= MOST_KEYS {
                return Err(too_many());
            }
            if few.contains(&key) || many.contains(&key) {
                return Err(repeated(&key.0));
            }
            if few.len() < FEW {
                few.push(key);
            } else {
                many.insert(key);
            }
            map.next_value::<Checked>()?;
        }
        Ok(Checked)
    }
}

/// A JSON value in which no key is repeated.
struct Built(Value);

impl<'de> Deserialize<'de> for Built {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Build)
    }
}

struct Build;

impl<'de> Visitor<'de> for Build {
    type Value = Built;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Built, E> {
        Ok(Built(Value::Null))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Built, E> {
        Ok(Built(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Built, E> {
        Ok(Built(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Built, E> {
        Ok(Built(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Built, E> {
        Ok(Built(value.into()))
    }
    fn visit_str<E>(self, text: &str) -> Result<Built, E> {
        Ok(Built(text.into()))
    }
    fn visit_string<E>(self, text: String) -> Result<Built, E> {
        Ok(Built(text.into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Built, A::Error> {
        let mut list = Vec::new();
        while let Some(Built(item)) = seq.next_element()? {
            list.push(item);
        }
        Ok(Built(Value::Array(list)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Built, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.len() >= MOST_KEYS {
                return Err(too_many());
            }
            match members.entry(key) {
                serde_json::map::Entry::Occupied(there) => return Err(repeated(there.key())),
                serde_json::map::Entry::Vacant(free) => {
                    let Built(value) = map.next_value()?;
                    free.insert(value);
                }
            }
        }
        Ok(Built(Value::Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both readers of any JSON, which must say the same.
    fn both(bytes: &[u8]) -> Result<Value, String> {
        let (twice, once) = (strict(bytes), serde_json::from_slice::<Built>(bytes).map(|built| built.0).map_err(|e| e.to_string()));
        assert_eq!(twice.is_ok(), once.is_ok(), "{twice:?} {once:?}");
        once.inspect(|value| assert_eq!(Ok(value), twice.as_ref()))
    }

    #[test]
    fn a_repeated_key_is_refused_wherever_it_is() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":2,"a":3}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(both(text.as_bytes()).unwrap_err().contains("occurs twice"), "{text}");
        }
        let fine = r#"{"a":{"a":[1,-2,3.5,1e99,18446744073709551615,18446744073709551616,null,true,"x","\\u00e9"]}}"#;
        assert_eq!(both(fine.as_bytes()).unwrap(), serde_json::from_str::<Value>(fine).unwrap());
        assert!(both(b"{} {}").is_err());
        let many: String = (0..=MOST_KEYS).map(|n| format!(",\"{n}\":0")).collect();
        assert!(both(format!("{{{}}}", &many[1..]).as_bytes()).unwrap_err().contains("keys"));
        assert!(both("[".repeat(100_000).as_bytes()).is_err());
    }
}
