"""``vela.eval``: expected values come from the reference implementation of CUE."""

from collections import OrderedDict

import pytest

import vela


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ('"é"', "é"),
        ("'ab'", b"ab"),
        ("null", None),
        ("true", True),
        ("[1, [2], {a: 3}]", [1, [2], {"a": 3}]),
        ("a: *1 | int, b: a + 1", {"a": 1, "b": 2}),
        ("#P: {port: *80 | int}\nweb: #P & {port: 8080}", {"web": {"port": 8080}}),
        ("_hidden: 1, #D: 2, o?: 3, a: 4", {"a": 4}),
        ('import "strings"\na: strings.ToUpper("x")', {"a": "X"}),
        ("a: 123456789012345678901234567890", {"a": 123456789012345678901234567890}),
        ("a: -123456789012345678901234567890", {"a": -123456789012345678901234567890}),
    ],
)
def test_data(text, expected):
    made = vela.eval(text)
    assert made == expected
    assert type(made) is type(expected)


def test_fields_keep_their_order():
    assert list(vela.eval("z: 1, a: 2, m: 3")) == ["z", "a", "m"]


def test_path_picks_a_part():
    text = 'a: {"x-y": [1, {b: 2}]}'
    assert vela.eval(text, path='a."x-y"[1].b') == 2


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -1,
        2**100,
        -(2**100),
        0.25,
        1e300,
        "text",
        b"\x00\xff",
        [1, "a", None],
        {"a": {"b": []}},
    ],
)
def test_fill_goes_in_and_comes_out(value):
    assert vela.eval("a: _, b: a", fill={"a": value}) == {"a": value, "b": value}


def test_fill_takes_other_sequences_and_mappings():
    assert vela.eval("a: _", fill={"a": (1, OrderedDict(x=2))}) == {"a": [1, {"x": 2}]}


def test_fill_at_a_path_unifies():
    made = vela.eval("s: {port: int, url: \"h:\\(port)\"}", fill={"s.port": 80}, path="s.url")
    assert made == "h:80"


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a", "b"}])
def test_fill_refuses_what_is_no_data(value):
    with pytest.raises(TypeError):
        vela.eval("a: _", fill={"a": value})


def test_fill_refuses_nan():
    with pytest.raises(ValueError):
        vela.eval("a: _", fill={"a": float("nan")})


def test_fill_refuses_data_that_holds_itself():
    value = []
    value.append(value)
    with pytest.raises(RecursionError):
        vela.eval("a: _", fill={"a": value})


def test_a_file_is_named_in_errors(tmp_path):
    file = tmp_path / "web.cue"
    file.write_text("a: 1\nb: a + 1\n")
    assert vela.eval(file) == {"a": 1, "b": 2}
    file.write_text("a: 1\na: 2\n")
    with pytest.raises(vela.Error) as caught:
        vela.eval(file)
    assert caught.value.span.file == str(file)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        vela.eval(tmp_path / "absent.cue")


def test_a_file_that_is_not_text(tmp_path):
    file = tmp_path / "binary.cue"
    file.write_bytes(b"a: \xff")
    with pytest.raises(UnicodeDecodeError):
        vela.eval(file)


def test_neither_text_nor_path():
    with pytest.raises(TypeError, match="text"):
        vela.eval(1)
