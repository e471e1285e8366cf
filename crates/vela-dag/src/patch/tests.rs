use super::{json_merge_patch, json_patch, merge};
use serde_json::{Value as Json, json};
use vela_lang::{Engine, Value};

fn value(text: &str) -> Value {
    let value = Engine::new().eval("x.cue", format!("x: {text}")).expect("it loads");
    value.field("x").expect("x").clone()
}

/// The merged value, or the conflict.
fn merged(base: &str, patch: &str) -> String {
    match merge(&value(base), &value(patch)) {
        Ok(merged) => format!("{merged:?}"),
        Err(conflict) => conflict.to_string(),
    }
}

#[test]
fn patches_unify() {
    for (base, patch, wanted) in [
        ("{a: 1}", "{b: 2}", r#"{a:1,b:2}"#),
        ("{a: b: 1}", "{a: c: 2}", r#"{a:{b:1,c:2}}"#),
        ("{a: 1}", "{a: 1}", r#"{a:1}"#),
        ("{a: \"x\"}", "{a: \"y\"}", r#"a: conflicting values "y" and "x""#),
        (
            "{a: 1}",
            "{a: \"y\"}",
            r#"a: conflicting values "y" and 1 (mismatched types string and int)"#,
        ),
        ("{a: *1 | int}", "{a: 2}", "{a:2}"),
        ("{l: [{n: 1}]}", "{l: [{m: 2}, 3]}", r#"{l:[{n:1,m:2},3]}"#),
        ("{l: [1, 2]}", "{l: [1]}", "l: incompatible list lengths (1 and 2)"),
        ("{l: [1, 2]}", "{l: [1, ...]}", r#"{l:[1,2]}"#),
        ("{l: [1]}", "{l: [2]}", "l.0: conflicting values 2 and 1"),
        ("{}", "{l: [{n: 1}, {n: 1}]}", r#"{l:[{n:1},{n:1}]}"#),
    ] {
        assert_eq!(merged(base, patch), wanted, "{base} & {patch}");
    }
}

#[test]
fn a_key_that_occurs_twice_names_nothing() {
    let base = r#"{c: [{name: "a", v: 1}, {name: "b"}, {name: "a", v: 2}]}"#;
    let patch = |element: &str| format!("{{\n// +patchKey=name\nc: [{element}]}}");
    let refused = merged(base, &patch(r#"{name: "a", x: 1}"#));
    assert!(
        refused.starts_with("c: the patch is for the element whose name is \"a\""),
        "{refused}"
    );
    assert!(refused.contains("elements 0 and 2"), "{refused}");
    // What has one of the other keys, or a new one, is not in doubt; nor is a list that is not there yet.
    let changed = merged(base, &patch(r#"{name: "b", x: 1}"#));
    assert_eq!(changed, r#"{c:[{name:"a",v:1},{name:"b",x:1},{name:"a",v:2}]}"#);
    let twice = patch(r#"{name: "z", x: 1}, {name: "z", x: 2}"#);
    assert_eq!(merged("{}", &twice), r#"{c:[{name:"z",x:1},{name:"z",x:2}]}"#);
}

#[test]
fn top_changes_nothing() {
    assert_eq!(merged("{a: int}", "{a: _}"), "{a:int}");
    assert_eq!(merged("{a: _}", "{a: int}"), "{a:int}");
}

#[test]
fn keys_match_elements() {
    let base = r#"{c: [{name: "a", env: [{name: "A", v: 1}, {name: "B", v: 2}]}, {name: "b"}]}"#;
    for (patch, wanted) in [
        (
            "{\n// +patchKey=name\nc: [{name: \"b\", x: 1}, {name: \"z\"}]}",
            r#"{c:[{name:"a",env:[{name:"A",v:1},{name:"B",v:2}]},{name:"b",x:1},{name:"z"}]}"#,
        ),
        (
            "{\n// +patchKey=name\nc: [{name: \"a\", env: [{name: \"B\", w: 3}, {name: \"C\"}]}]}",
            r#"{c:[{name:"a",env:[{name:"A",v:1},{name:"B",v:2,w:3},{name:"C"}]},{name:"b"}]}"#,
        ),
        (
            "{\n// +patchKey=name\nc: [{name: \"a\", env: [{name: \"B\", v: 9}]}]}",
            "c.0.env.1.v: conflicting values 9 and 2",
        ),
        (
            "{\n// +patchKey=name\nc: [{name: \"a\",\n// +patchKey=name\n// +patchStrategy=retainKeys\nenv: [{name: \"B\"}]}]}",
            r#"{c:[{name:"a",env:[{name:"A",v:1},{name:"B"}]},{name:"b"}]}"#,
        ),
        ("{\n// +patchStrategy=replace\nc: [1]}", r#"{c:[1]}"#),
        (
            "{\n// +patchKey=x,name\nc: [{name: \"b\", x: 5}]}",
            r#"{c:[{name:"a",env:[{name:"A",v:1},{name:"B",v:2}]},{name:"b",x:5}]}"#,
        ),
        (
            "{\n// +patchKey=name has spaces\nc: [{}, {}, {name: \"c\"}]}",
            r#"{c:[{name:"a",env:[{name:"A",v:1},{name:"B",v:2}]},{name:"b"},{name:"c"}]}"#,
        ),
    ] {
        assert_eq!(merged(base, patch), wanted, "{patch}");
    }
    assert_eq!(
        merged("{l: [{a: b: 1}, {a: b: 2}]}", "{\n// +patchKey=a.b\nl: [{a: {b: 2, c: 3}}]}"),
        r#"{l:[{a:{b:1}},{a:{b:2,c:3}}]}"#
    );
}

#[test]
fn retain_keys_takes_the_place() {
    for (patch, wanted) in [
        ("{\n// +patchStrategy=retainKeys\na: {new: 1}}", r#"{a:{new:1},b:1}"#),
        ("{\n// +patchStrategy=retainKeys\nb: 2}", r#"{a:{old:1},b:2}"#),
        ("{\n// +patchStrategy=replace\na: {new: 1}}", r#"{a:{old:1,new:1},b:1}"#),
    ] {
        assert_eq!(merged("{a: {old: 1}, b: 1}", patch), wanted, "{patch}");
    }
}

#[test]
fn operations_on_json() {
    for (operation, wanted) in [
        (json!({"op": "add", "path": "/a/-", "value": 3}), json!({"a": [1, 2, 3], "b/c": {}})),
        (json!({"op": "add", "path": "/a/0", "value": 0}), json!({"a": [0, 1, 2], "b/c": {}})),
        (
            json!({"op": "add", "path": "/b~1c/d", "value": 1}),
            json!({"a": [1, 2], "b/c": {"d": 1}}),
        ),
        (json!({"op": "remove", "path": "/a/0"}), json!({"a": [2], "b/c": {}})),
        (json!({"op": "replace", "path": "/a", "value": 1}), json!({"a": 1, "b/c": {}})),
        (json!({"op": "move", "from": "/a", "path": "/d"}), json!({"b/c": {}, "d": [1, 2]})),
        (
            json!({"op": "copy", "from": "/a/0", "path": "/d"}),
            json!({"a": [1, 2], "b/c": {}, "d": 1}),
        ),
        (json!({"op": "test", "path": "/a/0", "value": 1}), json!({"a": [1, 2], "b/c": {}})),
    ] {
        let mut base = json!({"a": [1, 2], "b/c": {}});
        json_patch(&mut base, std::slice::from_ref(&operation)).expect("it applies");
        assert_eq!(base, wanted, "{operation}");
    }
    for (operation, wanted) in [
        (json!({"op": "test", "path": "/a", "value": 1}), "testing value /a failed"),
        (json!({"op": "remove", "path": "/x"}), "/x is missing"),
        (json!({"op": "add", "path": "/x/y", "value": 1}), "doc is missing path /x"),
        (json!({"op": "add", "path": "/a/9", "value": 1}), "index 9 is beyond the end"),
        (json!({"op": "replace", "path": "/x", "value": 1}), "nothing to replace"),
        (json!({"op": "fly", "path": ""}), "no operation"),
    ] {
        let mut base = json!({"a": [1, 2]});
        let error = json_patch(&mut base, std::slice::from_ref(&operation)).expect_err("it fails");
        assert!(error.contains(wanted), "{operation}: {error}");
    }
}

#[test]
fn merging_json() {
    let mut base: Json = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
    json_merge_patch(&mut base, &json!({"a": {"b": null, "d": {"e": null}}, "l": [3]}));
    assert_eq!(base, json!({"a": {"c": 2, "d": {}}, "l": [3]}));
}
