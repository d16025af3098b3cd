//! JSON that every reader understands alike. Two readers may pick different values of a repeated key, and only some take
//! a list of values for an object: what is signed, or compared with what is signed, must have neither.
//!
//! It must not give meaning to any member.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most keys in one object: bounds the memory that a hostile file can claim.
const MOST_KEYS: usize = 20_000;

/// Reads JSON as `T`; a repeated key anywhere is an error, and so is a list where `T` writes an object. The nesting limit is
/// `serde_json`'s (128).
///
/// # Errors
/// No JSON, text after it, a repeated key or a list for an object (the message names it), or a member that is missing or of
/// another type.
pub fn strict<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, String> {
    let Built(text) = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let read = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    objects_are_objects(&text, &read)?;
    Ok(read)
}

/// Reads a value that [`strict`] gave as `T`.
///
/// # Errors
/// As [`strict`].
pub fn typed<T: DeserializeOwned + Serialize>(value: &Value) -> Result<T, String> {
    let read = T::deserialize(value).map_err(|e| e.to_string())?;
    objects_are_objects(value, &read)?;
    Ok(read)
}

/// `serde` takes a list of a struct's members, in order, for the struct: refused by holding the text against what is written.
fn objects_are_objects<T: Serialize>(text: &Value, read: &T) -> Result<(), String> {
    let written = serde_json::to_value(read).map_err(|e| e.to_string())?;
    match list_for_object(text, &written) {
        Some(place) if place.is_empty() => Err("it is a list where an object belongs".to_owned()),
        Some(place) => Err(format!("at {place} stands a list where an object belongs")),
        None => Ok(()),
    }
}

/// The JSON Pointer (RFC 6901) of the first list in `text` that stands for an object of `written`.
fn list_for_object(text: &Value, written: &Value) -> Option<String> {
    match (text, written) {
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        (Value::Array(text), Value::Array(written)) => {
            let mut pairs = text.iter().zip(written).enumerate();
            pairs.find_map(|(n, (text, written))| Some(format!("/{n}{}", list_for_object(text, written)?)))
        }
        (Value::Object(text), Value::Object(written)) => {
            text.iter().find_map(|(key, value)| Some(format!("/{key}{}", list_for_object(value, written.get(key)?)?)))
        }
        _ => None,
    }
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
        assert_eq!(twice, once);
        once
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

    #[derive(serde::Deserialize, Serialize)]
    struct Outer {
        inner: Vec<Inner>,
    }

    #[derive(serde::Deserialize, Serialize)]
    struct Inner {
        a: u8,
        pair: (u8, u8),
    }

    #[test]
    fn a_list_where_an_object_belongs_is_refused_and_named() {
        assert!(strict::<Outer>(br#"{"inner":[{"a":1,"pair":[1,2]}],"unknown":[]}"#).is_ok());
        for (text, said) in [
            (r#"[[{"a":1,"pair":[1,2]}]]"#, "it is a list where an object belongs"),
            (r#"{"inner":[{"a":1,"pair":[1,2]},[1,[1,2]]]}"#, "at /inner/1 stands a list where an object belongs"),
        ] {
            assert_eq!(strict::<Outer>(text.as_bytes()).err().unwrap(), said);
            assert_eq!(typed::<Outer>(&serde_json::from_str(text).unwrap()).err().unwrap(), said);
        }
    }
}
