use super::{MASK, Secrets};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn known(values: &[&str]) -> Secrets {
    let secrets = Secrets::new();
    values.iter().for_each(|value| secrets.add(value));
    secrets
}

#[test]
fn where_a_value_stands_makes_it_secret() {
    let document = json!({
        "objects": [
            {"kind": "Secret", "data": {"key": STANDARD.encode("in-secret-data")},
             "stringData": {"key": "in-string-data"}},
            {"kind": "ConfigMap", "data": {"key": "no-secret-at-all"}},
            {"kind": "Pod", "env": [{"name": "DB_PASSWORD", "value": "in-environment"},
                                    {"name": "DB_HOST", "value": "no-secret-either"}]}],
        "header": {"Authorization": ["Bearer in-a-header"]},
        "dbPassword": "by-its-name",
        "config": {"api_key": "short"},
        "secretName": "only-a-name", "tokenRef": "only-a-reference",
        "docker": {"kind": "Secret", "stringData": {".dockerconfigjson": "{\"auths\":{\"r.io\":{\"auth\":\"in-json\"}}}"}}
    });
    let secrets = Secrets::new();
    secrets.add_from(&document);
    for secret in [
        "in-secret-data",
        "in-string-data",
        "in-environment",
        "in-a-header",
        "by-its-name",
        "in-json",
    ] {
        assert_eq!(secrets.mask(secret), MASK, "{secret}");
    }
    for plain in ["no-secret-at-all", "no-secret-either", "only-a-name", "only-a-reference"] {
        assert_eq!(secrets.mask(plain), plain);
    }
    let masked = secrets.mask_json(&document);
    assert_eq!(masked["objects"][0]["data"]["key"], MASK);
    assert_eq!(masked["config"]["api_key"], MASK);
    assert_eq!(masked["objects"][1], document["objects"][1]);
}

#[test]
fn a_text_without_secrets_is_not_touched() {
    assert!(matches!(known(&[]).mask("text"), std::borrow::Cow::Borrowed("text")));
    assert!(matches!(known(&["other"]).mask("text"), std::borrow::Cow::Borrowed("text")));
}

/// The ways in which a value is written in texts.
fn shapes(value: &str, around: (&str, &str)) -> Vec<String> {
    let whole = format!("{}{value}{}", around.0, around.1);
    let inner = json!({"k": value}).to_string();
    vec![
        value.to_owned(),
        STANDARD.encode(value),
        URL_SAFE.encode(&whole),
        STANDARD.encode(&whole),
        value.bytes().map(|b| format!("{b:02x}")).collect(),
        value.bytes().map(|b| format!("{b:02X}")).collect(),
        format!("{value:?}"),
        inner.clone(),
        Json::from(inner).to_string(),
        STANDARD.encode(json!({"k": value}).to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_shape_of_a_secret_is_left(value in "[ -~éß\n]{12,40}", a in "[a-z]{0,5}", b in "[a-z]{0,5}") {
        let secrets = Secrets::new();
        secrets.add_from(&json!({"password": value}));
        for shape in shapes(&value, (&a, &b)) {
            let shown = secrets.mask(&shape);
            prop_assert!(shown.contains(MASK), "{shape} is shown as {shown}");
            // Nothing of any length can be read out of what is left.
            for hidden in [&value, &STANDARD.encode(&value), &Json::from(value.as_str()).to_string()] {
                prop_assert!(!shown.contains(hidden.as_str()));
            }
        }
    }
}

#[cfg(feature = "redb")]
mod sealed {
    use super::super::{Key, KeyError, Sealing};
    use crate::engine::{Event, Outcome, Record, StepIx, VERSION};
    use crate::store::{MemoryStore, StateStore, StoreError, Table, Transaction, Write};
    use serde_json::json;
    use std::sync::Arc;

    fn record(seq: u64) -> Record {
        let outcome = Outcome::Value { value: json!({"token": "canary-in-a-result"}) };
        let event =
            Event::Returned { step: StepIx(0), pass: 1, path: "p".into(), outcome, keep: false };
        Record { v: VERSION, seq, at: 5, token: 0, event }
    }

    #[test]
    fn nothing_is_readable_below_and_all_of_it_above() {
        let below = Arc::new(MemoryStore::new());
        let key = Key::new(&[7; 32]);
        let above = Sealing::new(below.clone(), key.clone()).unwrap();
        let mut transaction = Transaction::default();
        transaction.put(Table::Configs, "k", b"\"canary-in-a-value\"".to_vec());
        transaction.append.push(("r".to_owned(), record(0)));
        above.commit(&transaction).unwrap();
        assert_eq!(above.get(Table::Configs, "k").unwrap().unwrap(), b"\"canary-in-a-value\"");
        assert_eq!(above.events("r", 0).unwrap(), [record(0)]);
        assert_eq!(above.scan(Table::Configs, "").unwrap().len(), 1);
        let raw = below.get(Table::Configs, "k").unwrap().unwrap();
        let log = format!("{:?}{}", below.events("r", 0).unwrap(), String::from_utf8_lossy(&raw));
        assert!(!log.contains("canary"), "{log}");
        // The next process has the key, or is refused.
        let again = Sealing::new(below.clone(), key).unwrap();
        assert_eq!(again.events("r", 0).unwrap(), [record(0)]);
        let other = Sealing::new(below, Key::new(&[8; 32]));
        assert!(matches!(other, Err(StoreError::Key(_))));
    }

    #[test]
    fn expectations_hold_across_sealing() {
        let below = Arc::new(MemoryStore::new());
        let mut before = Transaction::default();
        before.put(Table::Leases, "old", b"1".to_vec());
        below.commit(&before).unwrap();
        let above = Sealing::new(below, Key::new(&[7; 32])).unwrap();
        for (expected, value, holds) in
            [(b"1", b"2", true), (b"1", b"3", false), (b"2", b"3", true)]
        {
            let mut change = Transaction::default();
            let value = value.to_vec();
            change.expect.push(Write {
                table: Table::Leases,
                key: "old".into(),
                value: Some(expected.to_vec()),
            });
            change.put(Table::Leases, "old", value);
            assert_eq!(above.commit(&change).is_ok(), holds);
        }
    }

    #[test]
    fn keys() {
        let text = Key::generate().unwrap();
        let key = Key::parse(&text).unwrap();
        let sealed = key.seal("here", b"value");
        assert_eq!(key.seal("here", b"value"), sealed);
        assert_eq!(key.open("here", &sealed).unwrap(), b"value");
        assert_eq!(key.open("there", &sealed), Err(KeyError::Other));
        for at in 2..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert_eq!(key.open("here", &other), Err(KeyError::Other));
            assert_eq!(key.open("here", &sealed[..at]), Err(KeyError::Other));
        }
        assert!(Key::parse(&"ab".repeat(32)).is_ok());
        assert_eq!(Key::parse("password").unwrap_err(), KeyError::Malformed);
        assert_ne!(Key::generate().unwrap(), text);
    }
}
