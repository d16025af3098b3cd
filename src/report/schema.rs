//! The JSON Schema of `evidence.json`, format 1 (draft 2020-12), as it ships in bundles at `data/formats/evidence-1.schema.json`.
//! It closes every object, so that nothing can be added unseen; the tests here hold it and the wire types together.

/// The schema's file name below `data/formats/`.
pub const FILE: &str = "evidence-1.schema.json";

/// The schema.
pub const EVIDENCE_1: &str = include_str!("evidence-1.schema.json");

#[cfg(test)]
mod tests {
    use super::EVIDENCE_1;
    use crate::report::evidence_v1::EvidenceV1;
    use crate::report::testdata;
    use serde_json::{Value, json};

    fn schema() -> jsonschema::Validator {
        jsonschema::draft202012::options().build(&serde_json::from_str(EVIDENCE_1).unwrap()).unwrap()
    }

    fn sample() -> Value {
        serde_json::from_slice(&testdata::evidence().to_json().unwrap()).unwrap()
    }

    #[test]
    fn the_schema_is_a_schema() {
        jsonschema::draft202012::meta::validate(&serde_json::from_str(EVIDENCE_1).unwrap()).unwrap();
    }

    #[test]
    fn a_rich_sample_is_valid_and_comes_back_the_same() {
        let errors: Vec<String> = schema().iter_errors(&sample()).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let read: EvidenceV1 = serde_json::from_value(sample()).unwrap();
        assert_eq!(read, testdata::evidence());
    }

    #[test]
    fn every_member_of_the_types_is_in_the_schema_and_the_other_way_round() {
        // What the sample holds is all that the schema requires, plus the optional ones somewhere.
        let whole = EVIDENCE_1.to_owned();
        for optional in ["counts", "declared_out", "proposed"] {
            assert!(whole.contains(&format!("\"{optional}\"")) && sample().to_string().contains(optional), "{optional}");
        }
        fn closed(v: &Value, at: &str) {
            if let Some(map) = v.as_object() {
                if map.contains_key("properties") && map.get("type").is_some_and(|t| t == "object") {
                    assert_eq!(map.get("additionalProperties"), Some(&json!(false)), "{at}");
                }
                for (k, v) in map {
                    closed(v, &format!("{at}/{k}"));
                }
            } else if let Some(list) = v.as_array() {
                list.iter().for_each(|v| closed(v, at));
            }
        }
        closed(&serde_json::from_str(EVIDENCE_1).unwrap(), "");
    }

    /// Each change makes the sample invalid: (what, where, to which value; null removes it).
    #[test]
    fn tampered_samples_are_refused() {
        let refused: &[(&str, &str, Value)] = &[
            ("no evidence pointer", "/findings/0/evidence", json!([])),
            ("evidence missing", "/findings/0/evidence", Value::Null),
            ("pointer is no JSON pointer", "/findings/0/evidence/0/pointer", json!("MfaConfiguration")),
            ("unknown verdict", "/findings/0/verdict", json!("COMPLIANT")),
            ("verdict in lower case", "/findings/0/verdict", json!("pass")),
            ("extra field in a finding", "/findings/0/waived", json!(true)),
            ("extra field at the top", "/signature", json!("x")),
            ("extra field in the run", "/run/host", json!("x")),
            ("client subject without its client", "/findings/0/subject", json!({"kind": "client", "pool": "p"})),
            ("unknown kind of subject", "/findings/0/subject", json!({"kind": "user", "user": "u"})),
            ("another format", "/format", json!("poolproof-evidence/2")),
            ("head digest cut short", "/run/head_digest", json!("9f86")),
            ("negative count", "/population/0/listing/listed", json!(-1)),
            ("factor state of our own making", "/population/0/by_state/safe", json!(3)),
            ("strength of our own making", "/findings/0/controls/0/strength", json!("full")),
            ("roll-up without its sentence", "/controls/0/controls/0/overall/sentence", Value::Null),
            ("limits missing", "/limits", Value::Null),
            ("left_out missing", "/left_out", Value::Null),
            ("local time", "/run/at", json!("2026-09-30T14:05:48+02:00")),
        ];
        let schema = schema();
        for (what, at, value) in refused {
            let mut changed = sample();
            let (parent, name) = at.rsplit_once('/').unwrap();
            let parent = changed.pointer_mut(parent).unwrap();
            match (parent, value) {
                (Value::Object(map), Value::Null) => assert!(map.remove(name).is_some(), "{what}: nothing to remove"),
                (Value::Object(map), value) => {
                    map.insert((*name).to_owned(), value.clone());
                }
                (other, _) => panic!("{what}: {other} is no object"),
            }
            assert!(!schema.is_valid(&changed), "{what} is accepted");
        }
    }

    /// What serde must refuse too, since `verify` reads without the schema.
    #[test]
    fn the_types_refuse_what_must_not_be_there() {
        for (what, at, value) in [
            ("no evidence pointer", "/findings/0/evidence", json!([])),
            ("unknown verdict", "/findings/0/verdict", json!("COMPLIANT")),
            ("extra field at the top", "/signature", json!("x")),
            ("extra field in a finding", "/findings/0/waived", json!(true)),
            ("extra field in a subject", "/findings/0/subject/note", json!("x")),
        ] {
            let mut changed = sample();
            let (parent, name) = at.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[name] = value;
            assert!(serde_json::from_value::<EvidenceV1>(changed).is_err(), "{what} is accepted");
        }
    }
}
