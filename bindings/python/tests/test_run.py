"""Applications are deployed, with actions in Python."""

import pytest

import vela

STEP = """
greet: {type: "workflow-step"}
template: {
	say: {#do: "say", #provider: "greet", $params: whom: parameter.whom, $returns?: {...}}
	tell: {#do: "message", #provider: "builtin", $params: message: say.$returns.text}
	parameter: whom: string
}
"""

APPLICATION = """
kind: Application
metadata: {name: shop}
spec:
  components: []
  workflow: {steps: [{name: hi, type: greet, properties: {whom: world}}]}
"""


def run(action, **more):
    return vela.run(APPLICATION, definitions=[STEP], actions={"greet/say": action}, **more)


def test_a_step_calls_python():
    seen = []

    def say(params, about):
        seen.append((params, about["application"], about["attempt"]))
        return {"text": f"hello {params['whom']}"}

    ended = run(say)
    assert ended["phase"] == "running"
    assert ended["steps"][0]["message"] == "hello world"
    assert seen == [({"whom": "world"}, "default/shop", 1)]


def test_what_was_done_is_kept(tmp_path):
    calls = []

    def say(params, about):
        calls.append(about["key"])
        return {"text": "hello"}

    state = tmp_path / "state.redb"
    assert not run(say, state=state)["unchanged"]
    assert run(say, state=state)["unchanged"]
    assert len(calls) == 1


def test_an_exception_is_tried_again():
    def say(params, about):
        if about["attempt"] == 1:
            raise RuntimeError("not yet")
        return {"text": "at last"}

    assert run(say)["steps"][0]["message"] == "at last"


def test_names_and_effects_are_checked():
    with pytest.raises(ValueError, match="PROVIDER/ACTION"):
        vela.run(APPLICATION, actions={"say": print})

    def say(params, about):
        return None

    say.effect = "perhaps"
    with pytest.raises(ValueError, match="read, idempotent or once"):
        run(say)
