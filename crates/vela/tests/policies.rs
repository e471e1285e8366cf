//! The built-in policies that refuse: what they let pass, what not, and what they say.

use vela::dag::plan::{EdgeReason, NodeKind, PlanOptions};
use vela::{Bundle, Plan};

/// The plan of an application of two components with a policy, or what is said against it.
fn planned(policy: &str, web: &str) -> Result<Plan, String> {
    let text = format!(
        "kind: Application
metadata: {{name: shop}}
spec:
  components:
  - name: web
    type: webservice
    properties: {web}
  - name: db
    type: worker
    properties: {{image: \"registry.example.com/db:1\"}}
  policies:
  - {policy}
  - {{name: places, type: topology, properties: {{clusters: [eu, us]}}}}
"
    );
    let read = Bundle::new("app.yaml", text).read().unwrap();
    read.plan(&PlanOptions::default()).map_err(|error| {
        let findings = error.findings().iter().map(|f| f.brief(error.sources()));
        findings.collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn security_refuses_and_says_what_made_the_field() {
    let loose = "latest: true, root: true, unlimited: true";
    let text = planned(
        &format!("{{name: safe, type: security, properties: {{{loose}, registries: [\"registry.example.com/\"]}}}}"),
        "{image: nginx}",
    )
    .unwrap_err();
    for part in [
        "policy safe (security) refuses Deployment web of component web on eu with \
         spec.template.spec.containers[0].image = \"nginx\"",
        "is of no allowed registry",
        // What the application says first, then the definition, then the policy.
        "app.yaml:7:25\n",
        "builtin/component/webservice.cue:",
        "app.yaml:12:5",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let passes = format!("{{name: safe, type: security, properties: {{{loose}}}}}");
    assert!(planned(&passes, "{image: nginx}").is_ok());
}

#[test]
fn security_asks_for_versions_limits_and_users() {
    let policy = "{name: safe, type: security, properties: {}}";
    let text = planned(policy, "{image: \"nginx:latest\"}").unwrap_err();
    for part in ["has no version", "no limit of cpu", "no limit of memory", "may run as root"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn quota_sums_over_clusters() {
    let web = "{image: nginx, cpu: 500m, memory: 1Gi}";
    let policy = |what: &str| format!("{{name: small, type: quota, properties: {{{what}}}}}");
    assert!(planned(&policy("application: {cpu: 1}, cluster: {memory: 1Gi}"), web).is_ok());
    let text = planned(&policy("application: {cpu: 900m}"), web).unwrap_err();
    for part in
        ["policy small (quota)", "the application takes 1 of cpu, more than 900m", "component web"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let text = planned(&policy("cluster: {replicas: 1}"), web).unwrap_err();
    assert!(text.contains("cluster eu takes 2 of replicas"), "{text}");
}

#[test]
fn firewall_writes_policies_and_refuses_open_ports() {
    let web = "{image: nginx, ports: [{port: 8080, expose: true}]}";
    let policy =
        |flows: &str| format!("{{name: wall, type: firewall, properties: {{flows: [{flows}]}}}}");
    let text = planned(&policy(""), web).unwrap_err();
    assert!(text.contains("port 8080 is exposed, and no flow allows it"), "{text}");
    assert!(text.contains("app.yaml:7:"), "{text}");
    let plan = planned(&policy("{from: outside, to: web, port: 8080}"), web).unwrap();
    let walls: Vec<_> = plan.nodes.iter().filter(|n| n.id.0.starts_with("policy/wall/")).collect();
    assert_eq!(walls.len(), 2, "one for each cluster");
    for wall in walls {
        let NodeKind::Artifact { objects, .. } = &wall.kind else { panic!("{:?}", wall.kind) };
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[0].manifest["kind"], "NetworkPolicy");
        let reasons: Vec<EdgeReason> =
            plan.edges.iter().filter(|e| e.from == wall.id).map(|e| e.reason).collect();
        assert_eq!(reasons.iter().filter(|r| **r == EdgeReason::Policy).count(), 2);
        let is_applied = plan.nodes.iter().any(|node| match &node.kind {
            NodeKind::Action { applies, .. } => applies.contains(&wall.id),
            _ => false,
        });
        assert!(is_applied);
    }
}
