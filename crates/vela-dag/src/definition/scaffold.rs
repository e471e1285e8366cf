//! A first version of a definition, to be changed.

use crate::oam::DefinitionKind;

/// The text of a definition file that can be used as it is.
pub fn scaffold(kind: DefinitionKind, name: &str, description: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let label = if plain { name.to_owned() } else { quoted(name) };
    let description =
        quoted(if description.is_empty() { "Says what it is for." } else { description });
    let (imports, attributes, template) = match kind {
        DefinitionKind::Component => ("", WORKLOAD, COMPONENT),
        DefinitionKind::Workload => {
            ("", "attributes: definitionRef: name: \"deployments.apps\"", COMPONENT)
        }
        DefinitionKind::Trait => ("", TRAIT_ATTRIBUTES, TRAIT),
        DefinitionKind::Policy => ("", "attributes: {}", POLICY),
        DefinitionKind::WorkflowStep => (STEP_IMPORTS, "attributes: {}", STEP),
    };
    format!(
        "{imports}{label}: {{\n\ttype: \"{kind}\"\n\tannotations: {{}}\n\tlabels: {{}}\n\t\
         description: {description}\n{}\n}}\ntemplate: {{\n{template}}}\n",
        indented(attributes),
    )
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("\t{line}")).collect::<Vec<_>>().join("\n")
}

const WORKLOAD: &str = r##"attributes: {
	workload: definition: {
		apiVersion: "apps/v1"
		kind:       "Deployment"
	}
	status: healthPolicy: #"""
		isHealth: *(context.output.status.readyReplicas == context.output.spec.replicas) | false
		"""#
}"##;

const COMPONENT: &str = r#"	output: {
		apiVersion: "apps/v1"
		kind:       "Deployment"
		spec: {
			replicas: parameter.replicas
			selector: matchLabels: "app.oam.dev/component": context.name
			template: {
				metadata: labels: "app.oam.dev/component": context.name
				spec: containers: [{
					name:  context.name
					image: parameter.image
				}]
			}
		}
	}

	parameter: {
		// +usage=Image of the container
		image: string
		// +usage=How many pods there are
		replicas: *1 | int
	}
"#;

const TRAIT_ATTRIBUTES: &str = "attributes: {
	podDisruptive: true
	appliesToWorkloads: [\"deployments.apps\"]
}";

const TRAIT: &str = r#"	patch: spec: template: metadata: labels: {
		for name, value in parameter.labels {(name): value}
	}

	parameter: {
		// +usage=Labels of the pods
		labels: [string]: string
	}
"#;

const POLICY: &str = r#"	output: {
		apiVersion: "v1"
		kind:       "ConfigMap"
		data:       parameter.data
	}

	parameter: {
		// +usage=What the ConfigMap holds
		data: [string]: string
	}
"#;

const STEP_IMPORTS: &str = "import \"vela/builtin\"\n\n";

const STEP: &str = r#"	say: builtin.#Message & {
		$params: message: parameter.message
	}

	parameter: {
		// +usage=What to say
		message: string
	}
"#;

#[cfg(test)]
mod tests {
    use super::scaffold;
    use crate::Catalog;
    use crate::definition::lint;
    use crate::oam::DefinitionKind;
    use vela_lang::Engine;
    use vela_lang::format::format;
    use vela_lang::source::{Source, Sources};
    use vela_lang::syntax::parse;

    #[test]
    fn scaffolds_are_in_order() {
        for kind in DefinitionKind::ALL {
            let text = scaffold(kind, "my-own", "Does \"it\".");
            let mut catalog = Catalog::new(Engine::new());
            catalog.add_file("my-own.cue", &text).unwrap();
            let definition = catalog.get(kind, "my-own").unwrap();
            assert_eq!(lint(catalog.engine(), definition), [], "{text}");
            let parsed = parse(&Sources::default(), "t.cue", text.clone());
            assert_eq!(format(&parsed.file, &Source::new("t.cue", text.clone())), text);
        }
    }
}
