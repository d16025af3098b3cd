//! Documents of a bundle in which a list of its values stands for an object: `serde` would take it, other readers would not.

use poolproof::bundle::read::Bag;
use poolproof::model::json::strict;
use poolproof::model::scope::Scope;
use poolproof::recording::header::Header;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::dsse::Envelope;
use poolproof::sign::statement;
use serde_json::Value;
use std::path::Path;

/// Every text that one gets by writing one object of `text` as the list of its values.
fn lists(text: &Value) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    let mut places = vec![String::new()];
    while let Some(place) = places.pop() {
        match text.pointer(&place).unwrap() {
            Value::Object(members) => {
                let mut changed = text.clone();
                *changed.pointer_mut(&place).unwrap() = Value::Array(members.values().cloned().collect());
                out.push((place.clone(), changed));
                places.extend(members.keys().map(|key| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))));
            }
            // The first of a list stands for the others, or every table of users would be tried row by row.
            Value::Array(items) if !items.is_empty() => places.push(format!("{place}/0")),
            _ => {}
        }
    }
    out
}

#[test]
fn a_list_for_an_object_is_refused_anywhere_in_a_sealed_document() {
    let bag = Bag::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/bundle/demo.zip")).unwrap();
    let read = |path: &str| bag.read(path, 1 << 26).unwrap();
    let envelope = Envelope::decode(&read("signature/statement.dsse.json")).unwrap();
    let sealed = |payload: &[u8]| statement::read(&Envelope { payload: payload.to_vec(), ..envelope.clone() }).map(drop);
    type Reader<'a> = &'a dyn Fn(&[u8]) -> Result<(), String>;
    let documents: [(Vec<u8>, Reader<'_>); 5] = [
        (read("data/recording/header.json"), &|bytes| strict::<Header>(bytes).map(drop)),
        (read("data/inputs/scope.json"), &|bytes| strict::<Scope>(bytes).map(drop)),
        (read("data/evidence.json"), &|bytes| strict::<EvidenceV1>(bytes).map(drop)),
        (read("signature/statement.dsse.json"), &|bytes| Envelope::decode(bytes).map(drop)),
        (envelope.payload.clone(), &sealed),
    ];
    for (bytes, reader) in documents {
        reader(&bytes).unwrap();
        let text: Value = serde_json::from_slice(&bytes).unwrap();
        let changed = lists(&text);
        assert!(!changed.is_empty());
        for (place, changed) in changed {
            assert!(reader(&serde_json::to_vec(&changed).unwrap()).is_err(), "a list is taken at {place:?}");
        }
    }
}
