//! Programs of any size that benches evaluate.

use std::fmt::Write as _;

/// Structs of four scalars.
pub(crate) fn flat(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        let on = i % 2 == 0;
        let _ = writeln!(text, "f{i}: {{id: {i}, name: \"item {i}\", ratio: {i}.5, on: {on}}}");
    }
    text
}

/// Structs unified with one closed definition of twelve fields with bounds, defaults and patterns.
pub(crate) fn schema(count: usize) -> String {
    let mut text = String::from(
        r##"
#Item: {
	id!:      int & >=0
	name!:    string & =~"^[a-z][a-z0-9-]*$"
	kind:     *"standard" | "premium" | "basic"
	replicas: int & >=1 & <=100 | *1
	cpu:      number & >0 & <=64
	memory:   string | *"256Mi"
	labels: [string]: string
	ports: [...{port: uint16, proto: *"TCP" | "UDP"}]
	env?: [...{name: string, value: string}]
	limits: {cpu: number | *2, memory: string | *"1Gi"}
	enabled: bool | *true
	note?:   string
}
"##,
    );
    for i in 0..count {
        let _ = writeln!(
            text,
            "items: \"i{i}\": #Item & {{id: {i}, name: \"item-{i}\", cpu: {}, labels: {{app: \"a{}\", tier: \"t{}\"}}, ports: [{{port: {}}}, {{port: 53, proto: \"UDP\"}}]}}",
            1 + i % 8,
            i % 7,
            i % 3,
            1000 + i % 9000
        );
    }
    text
}

/// Values of a disjunction of structs told apart by a literal.
pub(crate) fn oneof(count: usize) -> String {
    let mut text = String::new();
    for i in 0..6 {
        let _ = writeln!(
            text,
            "#K{i}: {{kind: \"k{i}\", size: *{i} | int, opts: {{a: *true | bool}}, only{i}: string}}"
        );
    }
    text.push_str("#Any: #K0 | #K1 | #K2 | #K3 | #K4 | #K5\n");
    for i in 0..count {
        let _ = writeln!(text, "v{i}: #Any & {{kind: \"k{}\", only{}: \"s{i}\"}}", i % 6, i % 6);
    }
    text
}
