"""``vela.Error`` says what, where and what to do."""

import pickle

import pytest

import vela


def caught(call, *args, **options):
    with pytest.raises(vela.Error) as info:
        call(*args, **options)
    return info.value


def test_a_conflict_names_both_sides():
    error = caught(vela.eval, "x: a: 1\nx: a: 2\n")
    assert error.code == "cue/conflict"
    assert error.path == "x.a"
    assert (error.span.line, error.span.column) == (1, 7)
    first = error.diagnostics[0]
    assert first.severity == "error"
    assert "conflicting values" in first.message
    assert [(s.line, s.column) for s in (first.span, *first.related)] == [(1, 7), (2, 7)]
    assert str(error).endswith("-:2:7")


def test_all_syntax_errors_are_found():
    error = caught(vela.eval, "a: }\nb: 1\nc: )\n")
    assert error.code == "cue/syntax"
    assert {found.span.line for found in error.diagnostics} == {1, 3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: b", "cue/reference"),
        ("a: int", "cue/incomplete"),
        ("a!: int", "cue/required-field"),
        ("#A: {a: 1}\nb: #A & {c: 2}", "cue/field-not-allowed"),
    ],
)
def test_codes(text, code):
    assert caught(vela.eval, text).code == code


def test_a_path_without_a_value():
    error = caught(vela.eval, "a: 1", path="a.b")
    assert (error.code, error.path) == ("cue/path", "a.b")


def test_a_path_that_is_none():
    error = caught(vela.eval, "a: 1", path="a..b")
    assert error.code == "cue/path"
    assert error.diagnostics[0].help


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a: " + "{b: " * 100_000,
        "a: " + "(" * 100_000 + "1",
        "a: " + "-" * 100_000 + "1",
        "a: " + "1+" * 100_000 + "1",
        "a:" * 50_000 + "1",
        "x: {y: x & {}, z: y.z}",
    ],
    ids=["brackets", "braces", "parentheses", "signs", "sums", "labels", "cycle"],
)
def test_hostile_text_ends(text):
    try:
        vela.eval(text)
    except (vela.Error, RecursionError):
        pass


def test_it_can_be_pickled():
    error = caught(vela.eval, "a: 1\na: 2")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.diagnostics == error.diagnostics


def test_an_unknown_trait_names_the_nearest():
    application = """
kind: Application
metadata: {name: shop}
spec: {components: [{name: web, type: webservice, properties: {image: nginx},
                     traits: [{type: scalar, properties: {replicas: 2}}]}]}
"""
    error = caught(vela.render, application)
    assert "scalar" in error.message
    assert "scaler" in error.message


def test_a_mistyped_field_has_a_place(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text(
        "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: shop}\n"
        "spec:\n  components:\n  - name: [web]\n    type: webservice\n"
    )
    error = caught(vela.plan, file)
    assert error.span.file == str(file)
    assert error.span.line == 6


def test_no_application():
    assert caught(vela.render, "kind: Deployment\n").diagnostics
