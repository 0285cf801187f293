"""YAML by the rules of 1.2, with positions, and without what a fleet has no use for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.desired.yaml import Number, parse


def value(text: str) -> Any:
    """Return the value of a text without problems."""
    read = parse(text, "t.yaml")
    assert read.problems == []
    return read.value


def problem(text: str) -> str:
    """Return the one problem of a text, with its place."""
    [found] = parse(text, "t.yaml").problems
    return f"{found.place}: {found.message}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("0123", Number("0123")),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("12", 12),
        ("-3", -3),
        ("0.30", Decimal("0.30")),
        ("1e3", Decimal("1e3")),
        ("12:30:45", "12:30:45"),
        ("2026-12-31", "2026-12-31"),
        ("1_000", "1_000"),
        ("+32470123456", Number("+32470123456")),
        ('"0123"', "0123"),
        ("'no'", "no"),
        ("! 12", "12"),
        ("=", "="),
        (".inf", ".inf"),
        ("8932050000000000013", Number("8932050000000000013")),
    ],
)
def test_plain_words_are_read_by_yaml_1_2(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_every_value_and_key_has_its_place() -> None:
    read = parse("a:\n  b: [1,\n      2]\n", "t.yaml")
    assert str(read.place(("a", "b", 1))) == "t.yaml:3:7"
    assert str(read.place(("a", "b"), key=True)) == "t.yaml:2:3"
    assert str(read.place(("a", "b", 9, "c"))) == "t.yaml:2:6", "the nearest thing around it"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", "t.yaml:3:1: the key 'a' is here twice; it stands first at t.yaml:1"),
        ("a: !!python/object:os.system x", "t.yaml:1:4: found the tag tag:yaml.org,2002:python/object:os.sys"),
        ("base: &b {x: 1}\nuse:\n  <<: *b", "t.yaml:3:3: found a merge key '<<'"),
        ("a: *nowhere", "t.yaml:1:4: found the alias *nowhere of nothing before it"),
        ("a: 1\n---\nb: 2", "t.yaml:2:1: found a second document in one file"),
        ("? [1, 2]\n: 3", "t.yaml:1:3: found a key that is no plain word"),
        ("a:\n\t- 1", "t.yaml:2:1: this is no YAML: "),
        ("a: [1, 2", "t.yaml:1:9: this is no YAML: "),
        ("a: \x01", "t.yaml:1:1: this is no YAML: "),
    ],
)
def test_what_is_not_understood_is_refused_where_it_stands(text: str, expected: str) -> None:
    assert problem(text).startswith(expected)


def test_a_repeated_key_does_not_hide_what_is_repeated_after_it() -> None:
    found = parse("a: 1\na: {b: 1, b: 2}\na: 3", "t.yaml").problems
    assert [each.place.line for each in found if each.place] == [2, 2, 3]


def test_a_merge_key_in_quotes_is_a_word() -> None:
    assert value('"<<": 1') == {"<<": 1}


def test_an_anchor_and_its_alias_are_one_value() -> None:
    assert value("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


def test_aliases_that_blow_a_file_up_are_refused() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "aliases that blow the file up" in problem(f"l0: &l0 [lol]\n{levels}")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_a_file_nested_without_end_is_refused(opening: str) -> None:
    [found] = parse(opening * 100_000, "t.yaml").problems
    assert found.message.startswith(("this is nested too deeply", "this is no YAML"))


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"#%@`?, \n\t\x00é\ufeff\u2028<0.9~")), max_size=60))
@example("? ")
@example("&a")
@example("- *a")
@example("%YAML 9.9\n---\n")
@example("\ufeff")
def test_no_text_breaks_the_reader(text: str) -> None:
    read = parse(text, "t.yaml")
    assert read.value is None or not [each for each in read.problems if "twice" not in each.message]
