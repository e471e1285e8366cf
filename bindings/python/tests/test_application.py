"""``vela.render`` and ``vela.plan``."""

import threading

import pytest

import vela

APPLICATION = """
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
    - name: web
      type: webservice
      properties: {image: "nginx:1.27", ports: [{port: 80, expose: true}]}
      traits:
        - {type: scaler, properties: {replicas: 3}}
"""

NOTE = """
note: {
    type: "component"
    description: "Keeps a text."
    attributes: workload: definition: {apiVersion: "v1", kind: "ConfigMap"}
}
template: {
    output: {apiVersion: "v1", kind: "ConfigMap", data: text: parameter.text}
    parameter: text: *"hello" | string
}
"""

NOTES = """
kind: Application
metadata: {name: notes}
spec: {components: [{name: first, type: note}]}
"""


def test_render():
    deployment, service = vela.render(APPLICATION)
    assert (deployment["kind"], service["kind"]) == ("Deployment", "Service")
    assert deployment["metadata"]["name"] == "web"
    assert deployment["spec"]["replicas"] == 3
    assert deployment["metadata"]["labels"]["app.oam.dev/name"] == "shop"


def test_render_a_file(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text(APPLICATION)
    assert vela.render(file) == vela.render(APPLICATION)


def test_plan_is_the_same_each_time():
    plan = vela.plan(APPLICATION)
    assert plan["application"]["name"] == "shop"
    assert plan["version"] == 1
    assert {node["kind"] for node in plan["nodes"]} == {"artifact", "action"}
    artifact = next(node for node in plan["nodes"] if node["kind"] == "artifact")
    assert artifact["component"] == "web"
    assert plan == vela.plan(APPLICATION)


def test_a_warning_of_reading_is_in_the_plan():
    plan = vela.plan(APPLICATION + "  extra: 1\n")
    assert any("extra" in warning["message"] for warning in plan["warnings"])


def test_definitions_given_as_text_or_file(tmp_path):
    file = tmp_path / "note.cue"
    file.write_text(NOTE)
    for given in (NOTE, file):
        (note,) = vela.render(NOTES, definitions=[given])
        assert note["data"] == {"text": "hello"}
        assert note["metadata"]["name"] == "first"
    with pytest.raises(vela.Error):
        vela.render(NOTES)


def test_given_definitions_replace_built_in_ones():
    mine = NOTE.replace("note:", "webservice:")
    application = NOTES.replace("type: note", "type: webservice")
    (made,) = vela.render(application, definitions=[mine])
    assert made["kind"] == "ConfigMap"


def test_a_wrong_definition():
    with pytest.raises(vela.Error):
        vela.render(NOTES, definitions=["note: {type: }"])


def test_other_threads_run_meanwhile():
    """A thread that evaluates for long does not keep another from counting."""
    import time

    text = 'import "list"\na: len([for x in list.Range(0, 300, 1) for y in list.Range(0, 300, 1) {x * y}])'
    done = threading.Event()

    def work():
        assert vela.eval(text) == {"a": 90_000}
        done.set()

    worker = threading.Thread(target=work)
    longest, last = 0.0, time.perf_counter()
    started = last
    worker.start()
    while not done.is_set():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    worker.join()
    took = time.perf_counter() - started
    assert longest < max(took / 2, 0.1)


def test_many_threads_share_the_definitions():
    results = []

    def work():
        results.append(vela.render(APPLICATION))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)
