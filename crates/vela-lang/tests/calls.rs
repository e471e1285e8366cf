//! Calls as the evaluator makes them; expectations are those of the reference.

use vela_lang::{Engine, export};

fn shown(program: &str) -> String {
    export::compact(&Engine::new().eval("calls.cue", program).expect("the program loads"))
}

#[test]
fn checks_answer_when_all_arguments_are_given() {
    let program = r#"
        import ("list", "struct", "strings")
        a: list.UniqueItems([1, 1])
        b: list.MinItems([1], 2)
        c: struct.MinFields({x: 1}, 2)
        d: strings.MinRunes("a", 2)
        e: list.MatchN([1, 2], 1, int)
        f: list.UniqueItems([1, 2])
    "#;
    assert_eq!(shown(program), "{a:false,b:false,c:false,d:false,e:false,f:true}");
}

#[test]
fn checks_fail_their_value_as_validators() {
    let program = r#"
        import "list"
        a: [1, 1] & list.UniqueItems()
    "#;
    let value = Engine::new().eval("calls.cue", program).expect("the program loads");
    assert!(value.is_error());
}

#[test]
fn optional_parameters_take_their_defaults() {
    let program = r#"
        import "path"
        a: path.IsAbs("/x")
        b: path.Base("/x/y", path.Unix)
    "#;
    assert_eq!(shown(program), r#"{a:true,b:"y"}"#);
}
