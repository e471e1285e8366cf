//! The laws of the value lattice, over generated values: what a user can see of a result must not
//! depend on the order or the repetition of what it was made from.

use proptest::prelude::*;
use serde_json::Value as Json;

mod tree;

fn tree(program: &str) -> Json {
    tree::tree(program).expect("generated programs load")
}

/// The value of `x` in a program.
fn value(expression: &str) -> Json {
    tree(&format!("{DEFINITIONS}\nx: {expression}"))["f"]
        .as_array()
        .and_then(|fields| fields.iter().find(|f| f[0] == "x").map(|f| f[1].clone()))
        .unwrap_or(Json::Null)
}

const DEFINITIONS: &str = "#A: {a: int, b?: string}\n#B: {a: *1 | int, c: {d: string}}\nr: {a: >0}";

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("1"),
        Just("2"),
        Just("1.5"),
        Just("\"s\""),
        Just("\"t\""),
        Just("true"),
        Just("null"),
        Just("int"),
        Just("string"),
        Just("number"),
        Just("_"),
        Just(">0"),
        Just(">=1 & <10"),
        Just("!=2"),
        Just("=~\"^s\""),
        Just("'x'"),
    ]
    .prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => scalar(),
        1 => prop_oneof![Just("#A"), Just("#B"), Just("r")].prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let field = (prop_oneof![Just("a"), Just("b"), Just("c?"), Just("d!")], inner.clone());
        prop_oneof![
            prop::collection::vec(field, 0..3).prop_map(|fields| {
                let fields: Vec<String> =
                    fields.iter().map(|(label, v)| format!("{label}: {v}")).collect();
                format!("{{{}}}", fields.join(", "))
            }),
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            inner.clone().prop_map(|v| format!("[...{v}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} | {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(*({a}) | ({b}))")),
            inner.clone().prop_map(|v| format!("{{[=~\"^a\"]: {v}}}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn unification_is_idempotent(a in expression()) {
        prop_assert_eq!(value(&format!("({a}) & ({a})")), value(&a));
    }

    #[test]
    fn unification_is_commutative(a in expression(), b in expression()) {
        prop_assert_eq!(value(&format!("({a}) & ({b})")), value(&format!("({b}) & ({a})")));
    }

    #[test]
    fn unification_is_associative(a in expression(), b in expression(), c in expression()) {
        prop_assert_eq!(
            value(&format!("(({a}) & ({b})) & ({c})")),
            value(&format!("({a}) & (({b}) & ({c}))"))
        );
    }

    #[test]
    fn top_is_neutral_and_bottom_absorbs(a in expression()) {
        prop_assert_eq!(value(&format!("({a}) & _")), value(&a));
        let bottom = value(&format!("({a}) & _|_"));
        prop_assert_eq!(&bottom["k"], "_|_");
    }

    #[test]
    fn a_disjunction_of_equals_is_one(a in expression()) {
        let one = value(&a);
        prop_assume!(one["k"] != "_|_");
        prop_assert_eq!(value(&format!("({a}) | ({a})")), one);
    }

    #[test]
    fn the_order_of_fields_and_files_does_not_matter(
        fields in prop::collection::vec((prop_oneof![Just("p"), Just("q"), Just("s")], expression()), 1..5),
        seed in any::<u64>(),
    ) {
        let lines: Vec<String> =
            fields.iter().map(|(label, v)| format!("{label}: {v}")).collect();
        let mut shuffled = lines.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let program = |lines: &[String]| format!("{DEFINITIONS}\n{}", lines.join("\n"));
        prop_assert_eq!(tree(&program(&lines)), tree(&program(&shuffled)));
    }

    #[test]
    fn definitions_close_whichever_side_they_stand_on(a in expression()) {
        prop_assert_eq!(value(&format!("#A & ({a})")), value(&format!("({a}) & #A")));
    }
}
